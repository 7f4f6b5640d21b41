//! Shows what is wrong with an input: the place, the line itself with the place marked, and what was
//! expected instead.

use std::ops::Range;
use std::time::Duration;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::check::Objection;
use crate::check::config::{ConfigFault, ConfigFaults};
use crate::check::session::Unjudged;
use crate::history::{EventId, Fault, Faults, History, OnFault, ReadError};
use crate::order::{ClockFault, Cycle, Reason};

use super::terminal::Terminal;

/// A place in a text, with what is said of it.
struct Mark {
    span: Range<usize>,
    says: String,
}

/// One thing that is wrong.
struct Diagnostic<'t> {
    title: String,
    path: &'t str,
    text: &'t str,
    at: Mark,
    related: Vec<Mark>,
    help: Option<String>,
}

/// Characters of a mark: more would hide that the line is longer than the terminal is wide.
const MARKED_MAX: usize = 48;

/// Why a history could not be judged.
pub(super) fn unjudged(unjudged: &Unjudged, on_fault: OnFault) -> String {
    match unjudged {
        Unjudged::Read(ReadError::Faults(faults)) => of_history(faults),
        Unjudged::Read(ReadError::Io { path, source }) => {
            format!("error: failed to read {}: {source}", path.display())
        }
        Unjudged::Cycle { history, cycle } => of_cycle(history, cycle),
        Unjudged::Clocks {
            history,
            error,
            fault,
        } => of_clocks(history, *error, fault),
        Unjudged::Objections { history, list } => of_objections(history, list, on_fault),
    }
}

/// Everything that is wrong with a history.
fn of_history(faults: &Faults) -> String {
    let shown = faults
        .list
        .iter()
        .map(|fault| of_fault(faults, fault).shown());
    let mut shown: Vec<String> = shown.collect();
    if faults.more > 0 {
        shown.push(format!(
            "error: {}: {} more faults",
            faults.path, faults.more
        ));
    }
    shown.join("\n\n")
}

fn of_fault<'t>(faults: &'t Faults, fault: &Fault) -> Diagnostic<'t> {
    let related = fault.related.iter().map(|(says, spot)| Mark {
        span: spot.span.clone(),
        says: says.clone(),
    });
    Diagnostic {
        title: fault.kind.to_string(),
        path: &faults.path,
        text: &faults.text,
        at: Mark {
            span: fault.at.span.clone(),
            says: format!("expected {}", fault.expected),
        },
        related: related.collect(),
        help: None,
    }
}

/// Everything that is wrong with a configuration.
pub(super) fn config(faults: &ConfigFaults) -> String {
    let shown = faults
        .list
        .iter()
        .map(|fault| of_config(faults, fault).shown());
    let shown: Vec<String> = shown.collect();
    shown.join("\n\n")
}

fn of_config<'t>(faults: &'t ConfigFaults, fault: &ConfigFault) -> Diagnostic<'t> {
    let expected = fault
        .expected
        .as_ref()
        .map(|expected| format!("expected {expected}"));
    let related = fault.related.iter().map(|(says, spot)| Mark {
        span: spot.span.clone(),
        says: says.clone(),
    });
    Diagnostic {
        title: fault.says.clone(),
        path: &faults.path,
        text: &faults.text,
        at: Mark {
            span: fault.at.span.clone(),
            says: expected.unwrap_or_default(),
        },
        related: related.collect(),
        help: fault
            .meant
            .as_ref()
            .map(|meant| format!("did you mean `{meant}`?")),
    }
}

/// The events of a cycle, each with why it is before the next.
fn of_cycle(history: &History, cycle: &Cycle) -> String {
    let line = |event: EventId| history.event(event).place.line;
    let marks = cycle.steps.iter().map(|step| {
        let next = line(step.to);
        let says = match step.because {
            Reason::Process => format!("before line {next}: its participant's own order"),
            Reason::Message => format!("before line {next}, which received what this sent"),
            Reason::Cause => format!("before line {next}, which names this as its cause"),
            Reason::RealTime => format!("before line {next} in the order that one observer saw"),
            Reason::Clock => format!("before line {next}, which has a greater time"),
        };
        Mark {
            span: span_of(history, step.from),
            says,
        }
    });
    let mut marks = marks.collect::<Vec<Mark>>().into_iter();
    let Some(first) = marks.next() else {
        return format!("error: {}: a cycle in happened-before", history.path());
    };
    let diagnostic = Diagnostic {
        title: "a cycle in happened-before: each of these events would come before itself"
            .to_owned(),
        path: history.path(),
        text: history.text(),
        at: first,
        related: marks.collect(),
        help: Some("a message, a cause or the order of the lines was recorded wrongly".to_owned()),
    };
    diagnostic.shown()
}

/// Two lines that show that the clocks differ by more than was said.
fn of_clocks(history: &History, error: Duration, fault: &ClockFault) -> String {
    let refutation = match fault {
        ClockFault::Cycle(cycle) => return of_cycle(history, cycle),
        ClockFault::Refuted(refutation) => refutation,
    };
    let diagnostic = Diagnostic {
        title: format!("the history refutes `clock-error = \"{error:?}\"`: {refutation}"),
        path: history.path(),
        text: history.text(),
        at: Mark {
            span: span_of(history, refutation.earlier),
            says: "this certainly came first".to_owned(),
        },
        related: vec![Mark {
            span: span_of(history, refutation.later),
            says: "and this later, with a smaller time".to_owned(),
        }],
        help: Some(format!(
            "the clocks differ by at least {:?}: a greater `clock-error`, or none at all",
            Duration::from_nanos(refutation.apart_ns)
        )),
    };
    diagnostic.shown()
}

/// What the checks cannot read: the first, or all.
fn of_objections(history: &History, list: &[(String, Objection)], on_fault: OnFault) -> String {
    let shown_max = match on_fault {
        OnFault::Stop => 1,
        OnFault::KeepGoing => Faults::LIST_MAX,
    };
    let shown = list.iter().take(shown_max).map(|(check, objection)| {
        let diagnostic = Diagnostic {
            title: format!("{check}: {}", objection.says),
            path: history.path(),
            text: history.text(),
            at: Mark {
                span: span_of(history, objection.event),
                says: format!("expected {}", objection.expected),
            },
            related: Vec::new(),
            help: None,
        };
        diagnostic.shown()
    });
    let mut shown: Vec<String> = shown.collect();
    let more = list.len() - shown.len();
    if more > 0 && on_fault == OnFault::Stop {
        shown.push(format!("{more} more such events: --keep-going shows them"));
    }
    shown.join("\n\n")
}

/// An id in the header's `expect` that cannot be judged.
pub(super) fn of_expectation(history: &History, id: &str, says: &str) -> String {
    let quoted = serde_json::to_string(id).unwrap_or_default();
    let Some(start) = history.text().find(&quoted) else {
        return format!("error: {}: {says}", history.path());
    };
    let diagnostic = Diagnostic {
        title: says.to_owned(),
        path: history.path(),
        text: history.text(),
        at: Mark {
            span: start..start + quoted.len(),
            says: "the header expects this".to_owned(),
        },
        related: Vec::new(),
        help: None,
    };
    diagnostic.shown()
}

fn span_of(history: &History, event: EventId) -> Range<usize> {
    let start = history.event(event).place.offset as usize;
    start..start.saturating_add(history.event_text(event).len())
}

impl Diagnostic<'_> {
    fn shown(&self) -> String {
        if self.text.is_empty() {
            return format!("error: {}: {}; {}", self.path, self.title, self.at.says);
        }
        let mut group = Group::with_title(Level::ERROR.primary_title(self.title.as_str()))
            .element(self.snippet(&self.at, AnnotationKind::Primary));
        for mark in &self.related {
            group = group.element(self.snippet(mark, AnnotationKind::Context));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        Renderer::styled()
            .term_width(Terminal::error_width())
            .render(&[group])
    }

    /// The line in which a mark begins, with the mark.
    fn snippet<'s>(&'s self, mark: &'s Mark, kind: AnnotationKind) -> Snippet<'s, Annotation<'s>> {
        let (line, number, span) = line_of(self.text, &mark.span);
        Snippet::source(line)
            .line_start(number)
            .path(self.path)
            .annotation(kind.span(span).label(mark.says.as_str()))
    }
}

/// The line in which a span begins, its number counted from 1, and the span within the line, cut to
/// [`MARKED_MAX`] characters.
fn line_of<'t>(text: &'t str, span: &Range<usize>) -> (&'t str, usize, Range<usize>) {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let (head, tail) = text.split_at(start);
    let begin = head.rfind('\n').map_or(0, |end| end + 1);
    let length = tail.find('\n').unwrap_or(tail.len());
    let line = text[begin..start + length].trim_end_matches('\r');
    let line_end = begin + line.len();
    let mut end = span.end.min(line_end).max(start);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = text[start..end].char_indices().nth(MARKED_MAX);
    let end = cut.map_or(end, |(at, _)| start + at);
    let number = head.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, number, start - begin..end - begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_cut_to_its_first_line() {
        let text = "one\r\ntwo ääh\nthree";
        assert_eq!(line_of(text, &(9..30)), ("two ääh", 2, 4..9));
        assert_eq!(line_of(text, &(0..2)), ("one", 1, 0..2));
        assert_eq!(line_of(text, &(99..120)), ("three", 3, 5..5));
        let long = "x".repeat(900);
        assert_eq!(line_of(&long, &(100..900)).2, 100..100 + MARKED_MAX);
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}\n{}\"X\"{}", "{}", "a".repeat(700), "b".repeat(700));
        let diagnostic = Diagnostic {
            title: "something is wrong".to_owned(),
            path: "h.jsonl",
            text: &text,
            at: Mark {
                span: 703..706,
                says: "expected something else".to_owned(),
            },
            related: vec![Mark {
                span: 0..2,
                says: "the first one".to_owned(),
            }],
            help: None,
        };
        let plain = anstream::adapter::strip_str(&diagnostic.shown()).to_string();
        assert!(plain.contains("h.jsonl:2:701"), "{plain}");
        assert!(plain.contains("\"X\""), "{plain}");
        assert!(
            plain.lines().all(|line| line.chars().count() <= 110),
            "{plain}"
        );
    }
}
