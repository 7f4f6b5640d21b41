//! What was asked and answered, what was recorded, and what the promises say of it.

use crate::history::{EventId, Verdict};
use crate::report::CheckReport;
use crate::report::layout::Ink;

use super::StoryReport;
use super::columns::Text;
use super::words::in_brackets;

/// So many operations are shown.
const OPERATIONS_MAX: usize = 40;
/// So many lines of one fact are named.
const LINES_MAX: usize = 8;

pub(super) fn tell(report: &StoryReport, width: usize) -> Text {
    let mut text = Text::new(width);
    text.heading("THE PRODUCT STORY");
    text.heading("Asked and answered");
    asked(report, &mut text);
    text.heading("Recorded");
    recorded(report, &mut text);
    text.heading("Promised");
    promised(report, &mut text);
    text
}

fn asked(report: &StoryReport, text: &mut Text) {
    let asked = &report.story.asked;
    if asked.is_empty() {
        text.says("  ", "No operation concerns it.");
    }
    for op in asked.iter().take(OPERATIONS_MAX) {
        let invoke = report.history().operation(*op).invoke;
        let (who, name) = (report.participant(invoke), report.name(invoke));
        let value = in_brackets(&report.value(report.history().event(invoke).value));
        text.says("  ", &format!("{who}: {name}{value}"));
        let lines = report.operation_lines(*op);
        text.says("    → ", &format!("{} [{lines}]", report.outcome(*op)));
    }
    unshown(asked.len(), OPERATIONS_MAX, text);
}

fn unshown(count: usize, max: usize, text: &mut Text) {
    if let Some(more @ 1..) = count.checked_sub(max) {
        text.says("  ", &format!("… and {more} more; --format json lists all"));
    }
}

/// Facts of one name and participant stand together.
fn recorded(report: &StoryReport, text: &mut Text) {
    let mut groups: Vec<(&str, String, Vec<EventId>)> = Vec::new();
    for event in &report.story.recorded {
        let (name, who) = (report.name(*event), report.participant(*event));
        match groups
            .iter_mut()
            .find(|(of, by, _)| *of == name && *by == who)
        {
            Some((.., events)) => events.push(*event),
            None => groups.push((name, who, vec![*event])),
        }
    }
    if groups.is_empty() {
        text.says("  ", "Nothing.");
    }
    for (name, who, events) in groups.iter().take(OPERATIONS_MAX) {
        let lines = events
            .iter()
            .take(LINES_MAX)
            .map(|event| report.line(*event));
        let lines = lines.collect::<Vec<String>>().join(", ");
        let times = match events.len() {
            1 => format!("[line {lines}]"),
            count if count <= LINES_MAX => format!("{count} times [lines {lines}]"),
            count => format!("{count} times [lines {lines}, …]"),
        };
        text.says("  ", &format!("{name} by {who} {times}"));
    }
    unshown(groups.len(), OPERATIONS_MAX, text);
}

fn promised(report: &StoryReport, text: &mut Text) {
    if report.checks().next().is_none() {
        let says = "No promise is configured: write a testimony.toml beside the history, or name one with --config.";
        text.says("  ", says);
    }
    for check in report.checks() {
        promise(report, check, text);
    }
}

/// The verdict as far as the identity is concerned.
pub(super) fn verdict_here(report: &StoryReport, check: &CheckReport) -> Option<Verdict> {
    let judgement = &check.judgement;
    let mut violations = judgement.violations.iter();
    let mut missing = judgement.missing.iter();
    if violations.any(|one| report.concerns(one.scope.as_deref(), &one.events)) {
        return Some(Verdict::Broken);
    }
    if missing.any(|one| report.concerns(one.scope.as_deref(), &one.events)) {
        return Some(Verdict::Undecided);
    }
    check.verdict().filter(|verdict| *verdict == Verdict::Kept)
}

fn promise(report: &StoryReport, check: &CheckReport, text: &mut Text) {
    let here = verdict_here(report, check);
    let (ink, mark) = match here {
        Some(Verdict::Broken) => (Ink::Broken, "  ✗ "),
        Some(Verdict::Undecided) => (Ink::Undecided, "  ? "),
        Some(Verdict::Kept) => (Ink::Kept, "  ✓ "),
        None => (Ink::Faint, "  - "),
    };
    let says = match (here, check.verdict()) {
        (Some(verdict), _) => verdict.as_str().to_owned(),
        (None, None) => "no event concerns it".to_owned(),
        (None, Some(verdict)) => format!("nothing against it here, {} elsewhere", verdict.as_str()),
    };
    text.inked(Some(ink), mark, &format!("{}: {says}", check.id));
    for violation in &check.judgement.violations {
        if report.concerns(violation.scope.as_deref(), &violation.events) {
            text.says("      ", &violation.says);
        }
    }
    for missing in &check.judgement.missing {
        if report.concerns(missing.scope.as_deref(), &missing.events) {
            text.says("      ", &missing.question);
        }
    }
}
