//! One document for programs: stable and versioned; fields are only ever added.
//!
//! Objects that hold no lists stand on one line each, so that a changed verdict is a changed line:
//!
//! ```json
//! {
//!   "report": 1,
//!   "tool": {"name": "testimony", "version": "0.1.0"},
//!   "verdict": "broken",
//! ```
//! Where a check judged nothing its `verdict` is null. So is the document's where nothing is broken or
//! undecided, and some check judged nothing or some history could not be judged: that is not kept.
//!
//! A verdict says what is true, whatever it counts for: what the exit code leaves out stands in the check's `level`
//! and in `accepted` of its findings.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::PrettyFormatter;

use crate::check::config::Acceptance;
use crate::history::{EventId, History, OpId, Outcome, Value, ValueId, Verdict};
use crate::verdict::{
    Answer, DeadEnd, Judgement, Linearization, Missing, Settled, Step, Twins, Violation,
};

use super::one_line::{Line, on_one_line, tool};
use super::{CheckReport, HistoryReport, Report, StaleEntry};

/// The version of the document. It changes only where a field is taken away or means something else.
pub const VERSION: u32 = 1;

/// Writes the report as one JSON document with a last end of line.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let document = Document::of(report)?;
    let pretty = PrettyFormatter::with_indent(b"  ");
    document.serialize(&mut serde_json::Serializer::with_formatter(
        &mut *out, pretty,
    ))?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Document<'r> {
    report: u32,
    tool: Line,
    verdict: Option<&'static str>,
    summary: Line,
    histories: Vec<HistoryPart<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stale: Vec<Line>,
}

#[derive(Serialize)]
struct HistoryPart<'r> {
    path: &'r str,
    events: usize,
    operations: usize,
    participants: Line,
    order: &'static str,
    checks: Vec<CheckPart<'r>>,
    title: Option<&'r str>,
}

#[derive(Serialize)]
struct CheckPart<'r> {
    id: &'r str,
    kind: &'r str,
    verdict: Option<&'static str>,
    judged: usize,
    violations: Vec<ViolationPart<'r>>,
    missing: Vec<MissingPart<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    twins: Vec<TwinsPart<'r>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    settled: Vec<SettledPart<'r>>,
    scopes: Line,
    notes: &'r [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    methods: &'r [String],
    level: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    witness: Vec<WitnessPart<'r>>,
}

#[derive(Serialize)]
struct ViolationPart<'r> {
    scope: Option<&'r str>,
    says: &'r str,
    events: Vec<Line>,
    why: &'r [String],
    #[serde(rename = "dead-end", skip_serializing_if = "Option::is_none")]
    dead_end: Option<DeadEndPart<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<Line>,
}

/// How far an order gets, and what then refuses to come next.
#[derive(Serialize)]
struct DeadEndPart<'r> {
    order: Vec<Line>,
    refused: Vec<RefusedPart<'r>>,
}

#[derive(Serialize)]
struct RefusedPart<'r> {
    operation: Line,
    reason: &'r str,
}

#[derive(Serialize)]
struct MissingPart<'r> {
    because: &'static str,
    scope: Option<&'r str>,
    events: Vec<Line>,
    ask: Option<Value>,
    question: &'r str,
    answers: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clocks: Option<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<Line>,
}

/// Two worlds of one scope; `first-difference` and `breach-at` are positions in their lists, from 0.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct TwinsPart<'r> {
    scope: Option<&'r str>,
    keeps: Vec<Line>,
    breaks: Vec<Line>,
    first_difference: usize,
    difference: &'r str,
    breach: &'r str,
    breach_at: Option<usize>,
}

/// A scope that specifications beside the promise decide, by these answers.
#[derive(Serialize)]
struct SettledPart<'r> {
    scope: Option<&'r str>,
    verdict: &'static str,
    says: &'r str,
    by: Vec<Line>,
    specs: &'r [String],
}

#[derive(Serialize)]
struct WitnessPart<'r> {
    scope: Option<&'r str>,
    operations: Vec<Line>,
}

#[derive(Serialize)]
struct SummaryLine {
    histories: usize,
    checks: usize,
    kept: usize,
    broken: usize,
    undecided: usize,
    nothing: usize,
}

#[derive(Serialize)]
struct ScopesLine {
    kept: usize,
    broken: usize,
    undecided: usize,
}

/// That a finding is accepted, and until when.
#[derive(Serialize)]
struct AcceptedLine<'r> {
    reason: &'r str,
    until: Option<String>,
}

/// An entry of a configuration that accepts nothing: `expired` or `unmatched`.
#[derive(Serialize)]
struct StaleLine<'r> {
    config: &'r str,
    line: u32,
    check: &'r str,
    scope: Option<&'r str>,
    because: &'static str,
}

/// With each question of a scope answered by one that is `as-kept`, the scope is kept.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct AnswerLine<'r> {
    answer: &'r str,
    then: &'static str,
    as_kept: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ClocksLine<'r> {
    clock_error_below: u64,
    says: &'r str,
}

#[derive(Serialize)]
struct StepLine<'r> {
    line: Option<u32>,
    process: Option<Value>,
    says: &'r str,
}

/// The line is null where the event was never read from a file.
#[derive(Serialize)]
struct EventLine {
    line: Option<u32>,
    process: Value,
}

/// An operation of a linearization: its `value` is its input, its `answer` that of an `ok`.
#[derive(Serialize)]
struct OperationLine<'r> {
    line: Option<u32>,
    completion: Option<u32>,
    process: Value,
    f: Option<&'r str>,
    value: Option<Value>,
    outcome: &'static str,
    answer: Option<Value>,
}

impl<'r> Document<'r> {
    fn of(report: &'r Report) -> io::Result<Self> {
        let summary = report.summary();
        let histories = report.histories.iter().map(HistoryPart::of);
        Ok(Self {
            report: VERSION,
            tool: tool()?,
            verdict: report.verdict().map(|verdict| verdict.as_str()),
            summary: on_one_line(&SummaryLine {
                histories: summary.histories,
                checks: summary.checks,
                kept: summary.kept,
                broken: summary.broken,
                undecided: summary.undecided,
                nothing: summary.nothing,
            })?,
            histories: histories.collect::<io::Result<_>>()?,
            stale: report
                .stale
                .iter()
                .map(stale_line)
                .collect::<io::Result<_>>()?,
        })
    }
}

impl<'r> HistoryPart<'r> {
    fn of(report: &'r HistoryReport) -> io::Result<Self> {
        let history = &report.history;
        let participants: Vec<Value> = history
            .processes()
            .iter()
            .map(|process| history.values().to_value(*process))
            .collect();
        let checks = report
            .checks
            .iter()
            .map(|check| CheckPart::of(check, history));
        Ok(Self {
            path: history.path(),
            events: history.events().len(),
            operations: history.operations().len(),
            participants: on_one_line(&participants)?,
            order: history.line_order().as_str(),
            checks: checks.collect::<io::Result<_>>()?,
            title: history.header().title.as_deref(),
        })
    }
}

impl<'r> CheckPart<'r> {
    fn of(check: &'r CheckReport, history: &'r History) -> io::Result<Self> {
        let Judgement {
            scopes,
            violations,
            missing,
            twins,
            witnesses,
            settled,
            notes,
            methods,
            ..
        } = &check.judgement;
        let violations = violations.iter().map(|one| {
            let accepted = check.acceptance(one.scope.as_deref(), Verdict::Broken);
            let accepted = accepted_line(accepted)?;
            Ok(ViolationPart {
                accepted,
                ..ViolationPart::of(one, history)?
            })
        });
        let missing = missing.iter().map(|one| {
            let accepted = check.acceptance(one.scope.as_deref(), Verdict::Undecided);
            let accepted = accepted_line(accepted)?;
            Ok(MissingPart {
                accepted,
                ..MissingPart::of(one, history)?
            })
        });
        let twins = twins.iter().map(|one| TwinsPart::of(one, history));
        let settled = settled.iter().map(|one| SettledPart::of(one, history));
        let witness = witnesses.iter().map(|one| WitnessPart::of(one, history));
        Ok(Self {
            id: &check.id,
            kind: &check.kind,
            verdict: check.verdict().map(|verdict| verdict.as_str()),
            judged: scopes.judged(),
            violations: violations.collect::<io::Result<_>>()?,
            missing: missing.collect::<io::Result<_>>()?,
            twins: twins.collect::<io::Result<_>>()?,
            settled: settled.collect::<io::Result<_>>()?,
            scopes: on_one_line(&ScopesLine {
                kept: scopes.kept,
                broken: scopes.broken,
                undecided: scopes.undecided,
            })?,
            notes,
            methods,
            level: check.level.as_str(),
            witness: witness.collect::<io::Result<_>>()?,
        })
    }
}

impl<'r> ViolationPart<'r> {
    fn of(violation: &'r Violation, history: &History) -> io::Result<Self> {
        Ok(Self {
            scope: violation.scope.as_deref(),
            says: &violation.says,
            events: event_lines(&violation.events, history)?,
            why: &violation.why,
            dead_end: violation
                .dead_end
                .as_ref()
                .map(|dead_end| DeadEndPart::of(dead_end, history))
                .transpose()?,
            accepted: None,
        })
    }
}

impl<'r> MissingPart<'r> {
    fn of(missing: &'r Missing, history: &History) -> io::Result<Self> {
        Ok(Self {
            because: missing.because.as_str(),
            scope: missing.scope.as_deref(),
            events: event_lines(&missing.events, history)?,
            ask: value(missing.ask, history),
            question: &missing.question,
            answers: missing
                .answers
                .iter()
                .map(answer_line)
                .collect::<io::Result<_>>()?,
            clocks: match &missing.clocks {
                None => None,
                Some(clocks) => Some(on_one_line(&ClocksLine {
                    clock_error_below: clocks.error_below_ns,
                    says: &clocks.says,
                })?),
            },
            accepted: None,
        })
    }
}

impl<'r> TwinsPart<'r> {
    fn of(twins: &'r Twins, history: &History) -> io::Result<Self> {
        let lines = |steps: &'r [Step]| -> io::Result<Vec<Line>> {
            steps.iter().map(|step| step_line(step, history)).collect()
        };
        Ok(Self {
            scope: twins.scope.as_deref(),
            keeps: lines(&twins.keeps)?,
            breaks: lines(&twins.breaks)?,
            first_difference: twins.first_difference,
            difference: &twins.difference,
            breach: &twins.breach,
            breach_at: twins.breach_at,
        })
    }
}

impl<'r> DeadEndPart<'r> {
    fn of(dead_end: &'r DeadEnd, history: &History) -> io::Result<Self> {
        let refused = dead_end.refused.iter().map(|(operation, reason)| {
            let operation = operation_line(*operation, history)?;
            Ok(RefusedPart { operation, reason })
        });
        Ok(Self {
            order: operation_lines(&dead_end.order, history)?,
            refused: refused.collect::<io::Result<_>>()?,
        })
    }
}

impl<'r> SettledPart<'r> {
    fn of(settled: &'r Settled, history: &History) -> io::Result<Self> {
        Ok(Self {
            scope: settled.scope.as_deref(),
            verdict: settled.verdict.as_str(),
            says: &settled.says,
            by: operation_lines(&settled.by, history)?,
            specs: &settled.specs,
        })
    }
}

impl<'r> WitnessPart<'r> {
    fn of(witness: &'r Linearization, history: &History) -> io::Result<Self> {
        Ok(Self {
            scope: witness.scope.as_deref(),
            operations: operation_lines(&witness.operations, history)?,
        })
    }
}

/// Nothing where it no longer is accepted.
fn accepted_line(acceptance: Option<&Acceptance>) -> io::Result<Option<Line>> {
    let valid = acceptance.filter(|one| !one.is_expired);
    let line = valid.map(|one| {
        on_one_line(&AcceptedLine {
            reason: &one.reason,
            until: one.until.map(|until| until.to_string()),
        })
    });
    line.transpose()
}

fn stale_line(entry: &StaleEntry) -> io::Result<Line> {
    on_one_line(&StaleLine {
        config: &entry.config,
        line: entry.line,
        check: &entry.check,
        scope: entry.scope.as_deref(),
        because: entry.because.as_str(),
    })
}

fn answer_line(answer: &Answer) -> io::Result<Line> {
    on_one_line(&AnswerLine {
        answer: &answer.says,
        then: answer.then.as_str(),
        as_kept: answer.is_as_kept,
    })
}

fn step_line(step: &Step, history: &History) -> io::Result<Line> {
    let process = step.event.map(|event| {
        let process = history.process(history.event(event).process);
        history.values().to_value(process)
    });
    on_one_line(&StepLine {
        line: step.event.and_then(|event| line(event, history)),
        process,
        says: &step.says,
    })
}

fn event_lines(events: &[EventId], history: &History) -> io::Result<Vec<Line>> {
    let lines = events.iter().map(|event| {
        let process = history.process(history.event(*event).process);
        on_one_line(&EventLine {
            line: line(*event, history),
            process: history.values().to_value(process),
        })
    });
    lines.collect()
}

fn operation_lines(operations: &[OpId], history: &History) -> io::Result<Vec<Line>> {
    let lines = operations.iter();
    lines
        .map(|operation| operation_line(*operation, history))
        .collect()
}

fn operation_line(id: OpId, history: &History) -> io::Result<Line> {
    let operation = history.operation(id);
    let invoke = history.event(operation.invoke);
    let answered = operation
        .completion
        .filter(|_| operation.outcome == Outcome::Ok);
    on_one_line(&OperationLine {
        line: line(operation.invoke, history),
        completion: operation.completion.and_then(|event| line(event, history)),
        process: history.values().to_value(history.process(invoke.process)),
        f: invoke.f.map(|name| history.name(name)),
        value: value(invoke.value, history),
        outcome: match operation.outcome {
            Outcome::Ok => "ok",
            Outcome::Failed => "failed",
            Outcome::Unknown => "unknown",
        },
        answer: value(
            answered.and_then(|event| history.event(event).value),
            history,
        ),
    })
}

fn line(event: EventId, history: &History) -> Option<u32> {
    Some(history.event(event).place.line).filter(|line| *line > 0)
}

fn value(id: Option<ValueId>, history: &History) -> Option<Value> {
    id.map(|id| history.values().to_value(id))
}
