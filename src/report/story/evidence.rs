//! What each participant witnessed and could know, and what stayed unknown.

use crate::check::story::{Doubt, Lesson, Repair, RepairPath, Settled, Witnessed};
use crate::history::{EventId, EventKind, OpId, Outcome};
use crate::order::Reason;
use crate::report::layout::Ink;

use super::StoryReport;
use super::columns::Text;

/// So many events are shown.
const EVENTS_MAX: usize = 120;
/// So many news of one event are shown.
const LESSONS_MAX: usize = 4;
/// The longest name of a participant that keeps the lines below each other.
const PARTICIPANT_MAX: usize = 16;

pub(super) fn tell(report: &StoryReport, width: usize) -> Text {
    let mut text = Text::new(width);
    text.heading("THE EVIDENCE STORY");
    text.heading("Witnessed, causes before effects");
    let witnessed = &report.story.witnessed;
    let shown = &witnessed[..witnessed.len().min(EVENTS_MAX)];
    let names = shown
        .iter()
        .map(|one| report.participant(one.event).chars().count());
    let column = names.max().unwrap_or(0).min(PARTICIPANT_MAX);
    let lines = shown
        .iter()
        .map(|one| report.line(one.event).chars().count());
    let gutter = lines.max().unwrap_or(0).max(3);
    for one in shown {
        event(report, one, (gutter, column), &mut text);
    }
    if witnessed.len() > shown.len() {
        let more = witnessed.len() - shown.len();
        text.says(
            "  ",
            &format!("… and {more} more events; --format json lists all"),
        );
    }
    text.heading("What stayed unknown");
    if report.story.doubts.is_empty() {
        text.says("  ", "Nothing: the outcome of every operation is known.");
    }
    for one in &report.story.doubts {
        doubt(report, one, &mut text);
    }
    if report.story.doubts.iter().any(is_look_alike) {
        let says = "An `apparently` goes by equal fields; [effect.NAME] in testimony.toml would make it certain.";
        text.inked(Some(Ink::Faint), "  ", says);
    }
    text
}

const fn is_look_alike(doubt: &Doubt) -> bool {
    matches!(
        doubt.settled,
        Some(Settled::Shown {
            is_configured: false,
            ..
        })
    )
}

fn event(report: &StoryReport, one: &Witnessed, columns: (usize, usize), text: &mut Text) {
    let (gutter, column) = columns;
    let line = report.line(one.event);
    let who = report.participant(one.event);
    let label = format!("{line:>gutter$}  {who:<column$}  ");
    text.says(&label, &report.event(one.event));
    let indent = format!("{:gutter$}  {:column$}  ", "", "");
    if let Some(says) = lessons_words(report, &one.learned) {
        text.inked(Some(Ink::Faint), &format!("{indent}↳ "), &says);
    }
    for op in &one.in_doubt {
        let says = format!("while {} was unknown to it", operation(report, *op));
        text.inked(Some(Ink::Undecided), &format!("{indent}! "), &says);
    }
}

/// "can know: payment recorded charge [5], checkout began authorize [2] through request-1". The last carrier is the
/// event itself.
fn lessons_words(report: &StoryReport, lessons: &[Lesson]) -> Option<String> {
    let shown = lessons.iter().take(LESSONS_MAX);
    let shown: Vec<String> = shown.map(|lesson| lesson_words(report, lesson)).collect();
    let more = match lessons.len().saturating_sub(LESSONS_MAX) {
        0 => String::new(),
        more => format!(" and {more} events more"),
    };
    (!shown.is_empty()).then(|| format!("can know: {}{more}", shown.join("; ")))
}

fn lesson_words(report: &StoryReport, lesson: &Lesson) -> String {
    let name = report.name(lesson.of);
    let who = report.participant(lesson.of);
    let what = match report.history().event(lesson.of).kind {
        EventKind::Invoke => format!("{who} began {name}"),
        EventKind::Fact => format!("{who} recorded {name}"),
        EventKind::Ok => format!("{name} of {who} was answered ok"),
        EventKind::Fail => format!("{name} of {who} failed"),
        EventKind::Info | EventKind::Send | EventKind::Receive => {
            format!("{who} gave up on {name}")
        }
    };
    let carriers = report.carriers(&lesson.how);
    let through = match carriers.split_last() {
        Some((_, before @ [_, ..])) => format!(" through {}", before.join(", ")),
        _ => String::new(),
    };
    format!("{what} [{}]{through}", report.line(lesson.of))
}

/// "authorize of checkout [line 2]".
fn operation(report: &StoryReport, op: OpId) -> String {
    let invoke = report.history().operation(op).invoke;
    let (name, who, line) = (
        report.name(invoke),
        report.participant(invoke),
        report.line(invoke),
    );
    format!("{name} of {who} [{line}]")
}

fn doubt(report: &StoryReport, one: &Doubt, text: &mut Text) {
    text.inked(
        Some(Ink::Undecided),
        "  ",
        &operation(report, one.operation),
    );
    let end = report.history().operation(one.operation).completion;
    let since = match end {
        None => "unknown from its beginning on: no completion was seen".to_owned(),
        Some(end) => report.given_up(end),
    };
    text.says("    ", &since);
    for repair in &one.repairs {
        text.says("    ", &repair_words(report, repair));
    }
    for says in settled_words(report, one) {
        text.says("    ", &says);
    }
    text.says("    ", &format!("⇒ {}", closing_words(report, one)));
}

fn repair_words(report: &StoryReport, repair: &Repair) -> String {
    let path = match repair.path {
        RepairPath::Configured => "resolved as configured",
        path => path.as_str(),
    };
    let (name, who) = (report.name(repair.event), report.participant(repair.event));
    let op = report.history().event(repair.event).op;
    let became = match op {
        None => format!("[line {}]", report.line(repair.event)),
        Some(op) => format!("→ {} [{}]", report.outcome(op), report.operation_lines(op)),
    };
    let differs = repair.differs.iter().map(|(field, before, after)| {
        let history = report.history();
        let (before, after) = (history.plain(*before), history.plain(*after));
        format!("; another {field}: {after}, not {before}")
    });
    let differs: String = differs.collect();
    format!("{path}: {name} by {who} {became}{differs}")
}

fn settled_words(report: &StoryReport, one: &Doubt) -> Vec<String> {
    let invoke = report.history().operation(one.operation).invoke;
    let caller = report.participant(invoke);
    let Some(Settled::Shown {
        fact,
        same,
        is_configured,
    }) = &one.settled
    else {
        return Vec::new();
    };
    let shown = format!(
        "{} by {} [line {}]",
        report.name(*fact),
        report.participant(*fact),
        report.line(*fact)
    );
    let same = same.join(" and ");
    let mut says = vec![match is_configured {
        true => format!("evidence: {shown}, one effect with it by the configuration (same {same})"),
        false => format!("evidence: {shown}, which has the same {same}"),
    }];
    says.push(match &one.known {
        None => format!("{caller} never heard of it in this history"),
        Some(lesson) => match lesson.how.last() {
            None => format!("{caller} recorded it itself"),
            Some(last) if is_only_cause(report, lesson) => format!(
                "{caller} could know of it from line {} on, which declares it as its cause",
                report.line(last.to)
            ),
            Some(last) => format!(
                "{caller} could know of it from line {} on, through {}",
                report.line(last.to),
                report.carriers(&lesson.how).join(", ")
            ),
        },
    });
    says
}

/// Whether nothing but a cause that the event itself declares brought the news.
fn is_only_cause(report: &StoryReport, lesson: &Lesson) -> bool {
    let last = lesson.how.last().map(|step| step.because);
    last == Some(Reason::Cause) && report.carriers(&lesson.how).len() == 1
}

/// How it ended.
fn closing_words(report: &StoryReport, one: &Doubt) -> String {
    let retries = one
        .repairs
        .iter()
        .filter(|one| one.path == RepairPath::Retry);
    let answers = retries.filter_map(|repair| {
        let op = report.history().event(repair.event).op?;
        let operation = report.history().operation(op);
        let answer = operation
            .completion
            .filter(|_| operation.outcome == Outcome::Ok)?;
        Some((repair.differs.is_empty(), answer))
    });
    let answers: Vec<(bool, EventId)> = answers.collect();
    let recognised = answers.iter().find(|(is_same, _)| *is_same);
    let apparently = if is_look_alike(one) {
        "apparently "
    } else {
        ""
    };
    match (&one.settled, &one.known) {
        (Some(Settled::NoEffect), _) => {
            "it had no effect: its owner's record is whole and does not show it".to_owned()
        }
        (Some(Settled::Shown { fact, .. }), Some(lesson)) => {
            let at = lesson.how.last().map_or(*fact, |last| last.to);
            format!(
                "{apparently}it took effect; closed at line {}",
                report.line(at)
            )
        }
        (Some(Settled::Shown { .. }), None) => match recognised {
            Some((_, answer)) => format!(
                "{apparently}it took effect; closed by the retry, answered at line {}",
                report.line(*answer)
            ),
            None => format!("{apparently}it took effect, and its caller never knew"),
        },
        (None, _) if !answers.is_empty() => {
            "the retry was answered; whether this attempt took effect too stays open".to_owned()
        }
        (None, _) if one.repairs.is_empty() => {
            "open to the end: nobody asked again, undid or reviewed it".to_owned()
        }
        (None, _) => "nothing in this history says whether it took effect".to_owned(),
    }
}
