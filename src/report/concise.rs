//! One line a finding, for grep and editors: `path:line: broken charge-at-most-once: charged twice`.

use std::io::{self, Write};

use crate::check::config::Level;
use crate::history::{EventId, History, Verdict};
use crate::verdict::{Missing, Violation};

use super::excerpt::line_of;
use super::layout::printable;
use super::standing::acceptance_words;
use super::{CheckReport, Detail, Report, counted, name};

/// So many lines are named behind a finding.
const LINES_MAX: usize = 6;

/// Writes one line for each violation and each piece of missing evidence, and a last one with the counts.
///
/// The line number is that of the last event concerned: the one that broke the promise. Checks that are
/// kept, those of level `allow` and notes appear only with [`Detail::Everything`]; checks that judged nothing
/// always do. What does not count ends in `[accepted: …]` or `[level warn]`.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write(report: &Report, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    for part in &report.histories {
        for check in part.checks.iter().filter(|check| check.is_shown(detail)) {
            for line in lines(check, &part.history, detail) {
                writeln!(out, "{}", printable(&line))?;
            }
        }
    }
    writeln!(out, "{}", summary(report))
}

/// "2 histories, 3 checks: 1 kept, 1 broken, 1 undecided", and what judged nothing where there is any.
pub(super) fn summary(report: &Report) -> String {
    let summary = report.summary();
    let histories = counted(summary.histories, "history", "histories");
    let checks = counted(summary.checks, "check", "checks");
    if summary.checks == 0 {
        return format!("{histories}, {checks}: nothing to check");
    }
    let mut text = format!(
        "{histories}, {checks}: {} kept, {} broken, {} undecided",
        summary.kept, summary.broken, summary.undecided,
    );
    if summary.nothing > 0 {
        text.push_str(&format!(", {} judged nothing", summary.nothing));
    }
    let uncounted = uncounted(report);
    if !uncounted.is_empty() {
        text.push_str(&format!("; not counted: {}", uncounted.join(", ")));
    }
    text
}

/// How many checks that are not kept are accepted, or of a level that does not fail.
fn uncounted(report: &Report) -> Vec<String> {
    let checks = report.histories.iter().flat_map(|history| &history.checks);
    let found: Vec<&CheckReport> = checks
        .filter(|check| {
            check
                .verdict()
                .is_some_and(|verdict| verdict != Verdict::Kept)
        })
        .collect();
    let is_accepted = |check: &&&CheckReport| check.unaccepted() == Some(Verdict::Kept);
    let accepted = found.iter().filter(is_accepted).count();
    let of_level = |level| {
        let checks = found.iter().filter(|check| !is_accepted(check));
        checks.filter(|check| check.level == level).count()
    };
    [
        (accepted, "accepted"),
        (of_level(Level::Warn), "of level warn"),
        (of_level(Level::Allow), "of level allow"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, which)| format!("{count} {which}"))
    .collect()
}

fn lines(check: &CheckReport, history: &History, detail: Detail) -> Vec<String> {
    let judgement = &check.judgement;
    let (id, path) = (&check.id, name(history));
    let Some(verdict) = check.verdict() else {
        return vec![format!("{path}: judged nothing {id}: no event concerns it")];
    };
    let violations = judgement.violations.iter();
    let missing = judgement.missing.iter();
    let mut lines: Vec<String> = violations
        .map(|violation| {
            let mark = mark(check, violation.scope.as_deref(), Verdict::Broken);
            broken(id, violation, history) + &mark
        })
        .chain(missing.map(|missing| {
            let mark = mark(check, missing.scope.as_deref(), Verdict::Undecided);
            undecided(id, missing, history) + &mark
        }))
        .collect();
    let is_told = match verdict {
        Verdict::Kept => detail != Detail::Everything,
        Verdict::Broken => !judgement.violations.is_empty(),
        Verdict::Undecided => !judgement.missing.is_empty(),
    };
    if !is_told {
        let judged = judgement.judged();
        lines.push(format!(
            "{path}: {} {id} (judged {judged}){}",
            verdict.as_str(),
            level_mark(check.level)
        ));
    }
    if detail == Detail::Everything {
        let notes = judgement.notes.iter().chain(&judgement.methods);
        let settled = judgement.settled.iter().map(|settled| &settled.says);
        let notes = settled.chain(notes);
        lines.extend(notes.map(|note| format!("{path}: note {id}: {note}")));
    }
    lines
}

/// What the finding of a scope does not count for: " [accepted: …]", " [level warn]".
fn mark(check: &CheckReport, scope: Option<&str>, verdict: Verdict) -> String {
    match check.acceptance(scope, verdict) {
        Some(one) => format!(" [{}]", acceptance_words(one)),
        None => level_mark(check.level),
    }
}

fn level_mark(level: Level) -> String {
    match level {
        Level::Deny => String::new(),
        level => format!(" [level {}]", level.as_str()),
    }
}

fn broken(id: &str, violation: &Violation, history: &History) -> String {
    let place = place(&violation.events, history);
    let says = sentence(violation);
    format!(
        "{place}: broken {id}: {says}{}",
        line_list(&violation.events, history)
    )
}

fn undecided(id: &str, missing: &Missing, history: &History) -> String {
    let place = place(&missing.events, history);
    let scope = missing.scope.as_ref();
    let scope = scope.map_or_else(String::new, |scope| format!(" for {scope}"));
    let ask = missing
        .ask
        .map(|ask| format!(" (ask {})", history.plain(ask)));
    format!(
        "{place}: undecided {id}{scope}: {}: {}{}",
        missing.because.as_str(),
        missing.question,
        ask.unwrap_or_default(),
    )
}

/// What happened, with the scope where the sentence does not name it.
pub(super) fn sentence(violation: &Violation) -> String {
    match &violation.scope {
        Some(scope) if !violation.says.contains(scope.as_str()) => {
            format!("{scope}: {}", violation.says)
        }
        _ => violation.says.clone(),
    }
}

fn place(events: &[EventId], history: &History) -> String {
    match events.last() {
        None => name(history).to_owned(),
        Some(last) => format!("{}:{}", name(history), line_of(*last, history)),
    }
}

/// " (lines 6, 9)"; nothing where the place says it all.
fn line_list(events: &[EventId], history: &History) -> String {
    if events.len() < 2 {
        return String::new();
    }
    let shown = events.iter().take(LINES_MAX);
    let shown: Vec<String> = shown.map(|event| line_of(*event, history)).collect();
    let more = match events.len().saturating_sub(LINES_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(" (lines {}{more})", shown.join(", "))
}
