//! One line a finding, for grep and editors: `path:line: broken charge-at-most-once: charged twice`.

use std::io::{self, Write};

use crate::history::{EventId, History, Verdict};
use crate::verdict::{Missing, Violation};

use super::excerpt::line_of;
use super::layout::printable;
use super::{CheckReport, Detail, Report, counted, name};

/// So many lines are named behind a finding.
const LINES_MAX: usize = 6;

/// Writes one line for each violation and each piece of missing evidence, and a last one with the counts.
///
/// The line number is that of the last event concerned: the one that broke the promise. Checks that are
/// kept and notes appear only with [`Detail::Everything`]; checks that judged nothing always do.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write(report: &Report, detail: Detail, out: &mut dyn Write) -> io::Result<()> {
    for part in &report.histories {
        for check in &part.checks {
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
    text
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
        .map(|violation| broken(id, violation, history))
        .chain(missing.map(|missing| undecided(id, missing, history)))
        .collect();
    let is_told = match verdict {
        Verdict::Kept => detail != Detail::Everything,
        Verdict::Broken => !judgement.violations.is_empty(),
        Verdict::Undecided => !judgement.missing.is_empty(),
    };
    if !is_told {
        let judged = judgement.judged();
        lines.push(format!(
            "{path}: {} {id} (judged {judged})",
            verdict.as_str()
        ));
    }
    if detail == Detail::Everything {
        let notes = judgement.notes.iter().chain(&judgement.methods);
        lines.extend(notes.map(|note| format!("{path}: note {id}: {note}")));
    }
    lines
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
