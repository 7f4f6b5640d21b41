//! Both stories as one document for programs: versioned; fields are only ever added.

use std::io::{self, Write};

use serde::Serialize;

use crate::check::story::{Doubt, Lesson, Repair, Settled, Witnessed};
use crate::history::{EventId, OpId, Outcome, Value, ValueId};

use super::StoryReport;
use super::product::verdict_here;

/// The version of the document. It changes only where a field is taken away or means something else.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'r> {
    story: u32,
    identity: &'r str,
    path: &'r str,
    product: Product<'r>,
    evidence: Evidence<'r>,
}

#[derive(Serialize)]
struct Product<'r> {
    asked: Vec<Operation<'r>>,
    recorded: Vec<Place<'r>>,
    promised: Vec<Promised<'r>>,
}

#[derive(Serialize)]
struct Promised<'r> {
    id: &'r str,
    kind: &'r str,
    /// As far as the identity is concerned; null where nothing of it is known to be judged.
    verdict: Option<&'static str>,
}

#[derive(Serialize)]
struct Operation<'r> {
    #[serde(rename = "f")]
    name: &'r str,
    process: Value,
    line: Option<u32>,
    completion: Option<u32>,
    value: Option<Value>,
    outcome: &'static str,
    answer: Option<Value>,
}

#[derive(Serialize)]
struct Place<'r> {
    line: Option<u32>,
    process: Value,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "f")]
    name: Option<&'r str>,
    msg: Option<Value>,
    value: Option<Value>,
}

#[derive(Serialize)]
struct Evidence<'r> {
    witnessed: Vec<WitnessedPart<'r>>,
    unknown: Vec<DoubtPart<'r>>,
}

#[derive(Serialize)]
struct WitnessedPart<'r> {
    event: Place<'r>,
    learned: Vec<LessonPart>,
    in_doubt: Vec<Option<u32>>,
}

/// That a participant could know of the event on a line from this one on, and how the news came.
#[derive(Serialize)]
struct LessonPart {
    line: Option<u32>,
    how: Vec<StepPart>,
}

#[derive(Serialize)]
struct StepPart {
    from: Option<u32>,
    to: Option<u32>,
    because: &'static str,
}

#[derive(Serialize)]
struct DoubtPart<'r> {
    operation: Operation<'r>,
    settled: Option<SettledPart<'r>>,
    known: Option<LessonPart>,
    repairs: Vec<RepairPart<'r>>,
}

/// `effect` is false where the owner's whole record shows none.
#[derive(Serialize)]
struct SettledPart<'r> {
    effect: bool,
    line: Option<u32>,
    same: &'r [String],
    configured: bool,
}

#[derive(Serialize)]
struct RepairPart<'r> {
    path: &'static str,
    event: Place<'r>,
    outcome: Option<&'static str>,
    differs: Vec<&'r str>,
}

/// Writes both stories as one JSON document with a last end of line.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write(report: &StoryReport, out: &mut dyn Write) -> io::Result<()> {
    let story = &report.story;
    let asked = story.asked.iter().map(|op| report.operation_part(*op));
    let recorded = story.recorded.iter().map(|event| report.place(*event));
    let promised = report.checks().map(|check| Promised {
        id: &check.id,
        kind: &check.kind,
        verdict: verdict_here(report, check).map(|verdict| verdict.as_str()),
    });
    let document = Document {
        story: VERSION,
        identity: &story.identity,
        path: report.history().path(),
        product: Product {
            asked: asked.collect(),
            recorded: recorded.collect(),
            promised: promised.collect(),
        },
        evidence: Evidence {
            witnessed: story
                .witnessed
                .iter()
                .map(|one| report.witnessed(one))
                .collect(),
            unknown: story.doubts.iter().map(|one| report.doubt(one)).collect(),
        },
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

impl StoryReport {
    fn value_of(&self, id: Option<ValueId>) -> Option<Value> {
        id.map(|id| self.history().values().to_value(id))
    }

    fn line_number(&self, event: EventId) -> Option<u32> {
        Some(self.history().event(event).place.line).filter(|line| *line > 0)
    }

    fn place(&self, id: EventId) -> Place<'_> {
        let history = self.history();
        let event = history.event(id);
        Place {
            line: self.line_number(id),
            process: history.values().to_value(history.process(event.process)),
            kind: event.kind.as_str(),
            name: event.f.map(|name| history.name(name)),
            msg: self.value_of(event.msg),
            value: self.value_of(event.value),
        }
    }

    fn operation_part(&self, op: OpId) -> Operation<'_> {
        let history = self.history();
        let operation = history.operation(op);
        let invoke = history.event(operation.invoke);
        let answered = operation
            .completion
            .filter(|_| operation.outcome == Outcome::Ok);
        Operation {
            name: self.name(operation.invoke),
            process: history.values().to_value(history.process(invoke.process)),
            line: self.line_number(operation.invoke),
            completion: operation.completion.and_then(|end| self.line_number(end)),
            value: self.value_of(invoke.value),
            outcome: outcome_word(operation.outcome),
            answer: self.value_of(answered.and_then(|end| history.event(end).value)),
        }
    }

    fn witnessed(&self, one: &Witnessed) -> WitnessedPart<'_> {
        let in_doubt = one.in_doubt.iter().map(|op| {
            let operation = self.history().operation(*op);
            self.line_number(operation.invoke)
        });
        WitnessedPart {
            event: self.place(one.event),
            learned: one
                .learned
                .iter()
                .map(|lesson| self.lesson(lesson))
                .collect(),
            in_doubt: in_doubt.collect(),
        }
    }

    fn lesson(&self, lesson: &Lesson) -> LessonPart {
        let how = lesson.how.iter().map(|step| StepPart {
            from: self.line_number(step.from),
            to: self.line_number(step.to),
            because: step.because.as_str(),
        });
        LessonPart {
            line: self.line_number(lesson.of),
            how: how.collect(),
        }
    }

    fn doubt<'r>(&'r self, one: &'r Doubt) -> DoubtPart<'r> {
        let settled = one.settled.as_ref().map(|settled| match settled {
            Settled::NoEffect => SettledPart {
                effect: false,
                line: None,
                same: &[],
                configured: true,
            },
            Settled::Shown {
                fact,
                same,
                is_configured,
            } => SettledPart {
                effect: true,
                line: self.line_number(*fact),
                same,
                configured: *is_configured,
            },
        });
        DoubtPart {
            operation: self.operation_part(one.operation),
            settled,
            known: one.known.as_ref().map(|lesson| self.lesson(lesson)),
            repairs: one
                .repairs
                .iter()
                .map(|repair| self.repair(repair))
                .collect(),
        }
    }

    fn repair<'r>(&'r self, repair: &'r Repair) -> RepairPart<'r> {
        let op = self.history().event(repair.event).op;
        let outcome = op.map(|op| outcome_word(self.history().operation(op).outcome));
        RepairPart {
            path: repair.path.as_str(),
            event: self.place(repair.event),
            outcome,
            differs: repair
                .differs
                .iter()
                .map(|(name, ..)| name.as_str())
                .collect(),
        }
    }
}

const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Failed => "failed",
        Outcome::Unknown => "unknown",
    }
}
