//! One document for programs: stable and versioned; fields are only ever added.
//!
//! The form is that of [`crate::report::json`]: what holds no lists stands on one line. `docs/workflows.md` lists the fields.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::PrettyFormatter;

use crate::fuzz::{Drawn, Explored, Failure, Fuzzed, Level, Limit, Method, Replayed};
use crate::report::one_line::{Line, on_one_line, tool};

use super::{Findings, Saved, WorkflowReport};

/// The version of the document. It changes only where a field is taken away or means something else.
pub const VERSION: u32 = 1;

/// Writes the report as one JSON document with a last end of line. The exit code is that of the command.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write(report: &WorkflowReport<'_>, exit_code: u8, out: &mut dyn Write) -> io::Result<()> {
    let document = Document::of(report, exit_code)?;
    let pretty = PrettyFormatter::with_indent(b"  ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, pretty);
    document.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Document<'r> {
    workflow_report: u32,
    tool: Line,
    command: &'static str,
    workflow: &'r str,
    verdict: &'static str,
    means: &'static str,
    exit_code: u8,
    checks: Vec<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fuzzed: Option<FuzzedPart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explored: Option<Line>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replayed: Option<Line>,
    failure: Option<FailurePart<'r>>,
}

#[derive(Serialize)]
struct CheckLine<'r> {
    id: &'r str,
    verdict: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct FuzzedPart {
    cases: u64,
    schedules: u64,
    steps: u64,
    distinct_runs: u64,
    levels: Vec<Line>,
    random: u64,
    chance_of_new: Option<f64>,
    cut_short: u64,
    interrupted: bool,
    exhausted: Option<Line>,
}

#[derive(Serialize)]
struct LevelLine {
    deviations: u32,
    played: u64,
    of: u64,
}

#[derive(Serialize)]
struct ExhaustedLine {
    method: &'static str,
    states: u64,
}

#[derive(Serialize)]
struct ExploredLine {
    method: &'static str,
    complete: bool,
    limit: Option<&'static str>,
    states: u64,
    transitions: u64,
    ends: u64,
    unanswered: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct ReplayedLine {
    deviations: usize,
    passed_over: usize,
    same: bool,
    steps: u32,
    cut_short: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct FailurePart<'r> {
    check: &'r str,
    says: &'r str,
    deviations: usize,
    in_words: Vec<String>,
    steps: u32,
    history: Option<&'r str>,
    replay: Option<&'r str>,
    command: Option<&'r str>,
    found: Option<Line>,
    smaller: Option<SmallerPart<'r>>,
}

/// The random schedule that showed the failure.
#[derive(Serialize)]
struct FoundLine<'r> {
    seed: u64,
    number: u64,
    deviations: u32,
    command: Option<&'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct SmallerPart<'r> {
    times: u32,
    says: &'r str,
    deviations: usize,
    in_words: Vec<String>,
    steps: u32,
}

impl<'r> Document<'r> {
    fn of(report: &'r WorkflowReport<'r>, exit_code: u8) -> io::Result<Self> {
        let checks = report.checks().map(|(id, answer)| {
            let verdict = answer.as_str();
            on_one_line(&CheckLine { id, verdict })
        });
        let answer = report.answer();
        let document = Self {
            workflow_report: VERSION,
            tool: tool()?,
            command: "",
            workflow: report.workflow(),
            verdict: answer.as_str(),
            means: answer.means(),
            exit_code,
            checks: checks.collect::<io::Result<_>>()?,
            fuzzed: None,
            explored: None,
            replayed: None,
            failure: match report.failure() {
                Some(failure) => Some(FailurePart::of(failure, report)?),
                None => None,
            },
        };
        Ok(match report.findings {
            Findings::Fuzzed(fuzzed) => Self {
                command: "fuzz",
                fuzzed: Some(FuzzedPart::of(fuzzed)?),
                ..document
            },
            Findings::Explored(explored) => Self {
                command: "explore",
                explored: Some(explored_line(explored)?),
                ..document
            },
            Findings::Replayed(replayed) => Self {
                command: "replay",
                replayed: Some(replayed_line(replayed)?),
                ..document
            },
        })
    }
}

impl FuzzedPart {
    fn of(fuzzed: &Fuzzed) -> io::Result<Self> {
        let level_line = |level: &Level| {
            on_one_line(&LevelLine {
                deviations: level.deviations,
                played: level.played,
                of: level.of,
            })
        };
        let exhausted = fuzzed.exhausted.map(|exhausted| {
            on_one_line(&ExhaustedLine {
                method: method(exhausted.method),
                states: exhausted.states,
            })
        });
        Ok(Self {
            cases: fuzzed.cases,
            schedules: fuzzed.schedules,
            steps: fuzzed.steps,
            distinct_runs: fuzzed.classes,
            levels: fuzzed
                .levels
                .iter()
                .map(level_line)
                .collect::<io::Result<_>>()?,
            random: fuzzed.random,
            chance_of_new: fuzzed.chance_of_new,
            cut_short: fuzzed.cut_short,
            interrupted: fuzzed.is_interrupted,
            exhausted: exhausted.transpose()?,
        })
    }
}

fn explored_line(explored: &Explored) -> io::Result<Line> {
    on_one_line(&ExploredLine {
        method: method(explored.method),
        complete: explored.is_complete,
        limit: explored.limit.map(|limit| match limit {
            Limit::States => "states",
            Limit::Memory => "memory",
            Limit::Steps => "steps",
            Limit::Interrupt => "interrupt",
        }),
        states: explored.states,
        transitions: explored.transitions,
        ends: explored.ends,
        unanswered: explored.unanswered,
    })
}

fn replayed_line(replayed: &Replayed) -> io::Result<Line> {
    on_one_line(&ReplayedLine {
        deviations: replayed.replay.deviations(),
        passed_over: replayed.passed_over,
        same: replayed.is_same,
        steps: replayed.replay.steps,
        cut_short: replayed.is_cut_short,
    })
}

impl<'r> FailurePart<'r> {
    fn of(failure: &'r Failure, report: &'r WorkflowReport<'r>) -> io::Result<Self> {
        let found = match report.findings {
            Findings::Fuzzed(fuzzed) => fuzzed.drawn,
            Findings::Explored(_) | Findings::Replayed(_) => None,
        };
        let found = found.map(|drawn| {
            let Drawn {
                seed,
                number,
                deviations,
            } = drawn;
            on_one_line(&FoundLine {
                seed,
                number,
                deviations,
                command: report.as_found.as_deref(),
            })
        });
        let saved = |part: fn(&Saved) -> &String| report.saved.as_ref().map(part);
        Ok(Self {
            check: &failure.check,
            says: &failure.says,
            deviations: failure.replay.deviations(),
            in_words: failure.replay.in_words(),
            steps: failure.replay.steps,
            history: saved(|saved| &saved.history).map(String::as_str),
            replay: saved(|saved| &saved.replay).map(String::as_str),
            command: saved(|saved| &saved.command).map(String::as_str),
            found: found.transpose()?,
            smaller: report.smaller().map(|smaller| SmallerPart {
                times: smaller.times,
                says: &smaller.failure.says,
                deviations: smaller.failure.replay.deviations(),
                in_words: smaller.failure.replay.in_words(),
                steps: smaller.failure.replay.steps,
            }),
        })
    }
}

const fn method(method: Method) -> &'static str {
    match method {
        Method::States => "states",
        Method::Kinds => "kinds",
    }
}
