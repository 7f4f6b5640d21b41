//! `testimony explain --order IDENTITY PATH`: what was promised and shown, beside what each participant witnessed.

use std::path::Path;

use crate::check::Subject;
use crate::check::session::{self, Unjudged};
use crate::check::story::{self, closest_identity};
use crate::report::human::Look;
use crate::report::story::{StoryReport, json, write};
use crate::report::{CheckReport, HistoryReport, Palette};

use super::args::{ExplainArgs, StoryFormat};
use super::diagnostic;
use super::exit;
use super::promises::Promises;
use super::terminal::{Stop, Terminal};
use super::work;

/// Judges the history by its promises, and tells the stories.
pub(super) fn run(
    args: &ExplainArgs,
    identity: &str,
    promises: &mut Promises<'_>,
    terminal: Terminal,
) -> Result<u8, Stop> {
    let path = Path::new(&args.id);
    let config = promises.of(path).map_err(|_told| Stop::Told)?;
    let checks = promises.all(config.as_deref());
    let unjudged = |unjudged: &Unjudged| {
        terminal.show(&diagnostic::unjudged(unjudged, args.reading.on_fault()));
        Stop::Told
    };
    let history = work::read(path, args.reading).map_err(|error| unjudged(&error.into()))?;
    let mut judged = work::for_each(&[()], &args.limits, |(), budget| {
        // One history: the closure runs once, but may only borrow.
        session::judge(history.clone(), &checks, budget)
    })?;
    let Some(judged) = judged.pop() else {
        return Ok(exit::NOTHING);
    };
    let judged = judged.map_err(|error| unjudged(&error))?;
    let subject = Subject {
        history: &judged.history,
        order: &judged.order,
    };
    let told = story::tell(subject, identity, config.as_deref());
    let told = told.map_err(|cycle| {
        unjudged(&Unjudged::Cycle {
            history: Box::new(history.clone()),
            cycle,
        })
    })?;
    let Some(story) = told else {
        let meant = closest_identity(&judged.history, identity);
        let meant = meant.map_or_else(String::new, |name| format!(": did you mean `{name}`?"));
        terminal.error(&format!(
            "no event of {} holds `{identity}`{meant}",
            args.id
        ));
        return Ok(exit::NOTHING);
    };
    let checks = judged.findings.into_iter();
    let checks = checks.map(|found| CheckReport::new(&found.id, &found.kind, found.judgement));
    let report = StoryReport {
        part: HistoryReport {
            history: judged.history,
            order: judged.order,
            checks: checks.collect(),
        },
        story,
    };
    let mut text = Vec::new();
    let written = match args.format {
        StoryFormat::Json => json::write(&report, &mut text),
        StoryFormat::Human => write(&report, look(terminal), &mut text),
    };
    written.map_err(|error| Stop::writing("the stories", &error))?;
    terminal.print(&text)?;
    Ok(exit::KEPT)
}

fn look(terminal: Terminal) -> Look {
    Look {
        width: Terminal::width(),
        palette: Palette::Ansi,
        detail: terminal.detail(),
    }
}
