//! For a person at a terminal: verdicts, what was looked at, and the story of what breaks.

use std::fmt::Write as _;

use crate::fuzz::{Exhausted, Explored, Failure, Fuzzed, Level, Limit, Method, Replayed, Smaller};
use crate::report::diagram;

use super::{Answer, Findings, Saved, WorkflowReport};

/// The report as text of so many columns.
#[must_use]
pub fn text(report: &WorkflowReport<'_>, width: usize) -> String {
    let mut text = match report.findings {
        Findings::Fuzzed(fuzzed) => verdicts(report) + &played(fuzzed),
        Findings::Explored(explored) => verdicts(report) + &visited(explored),
        Findings::Replayed(replayed) => return played_again(report, replayed, width),
    };
    if let Some(failure) = report.failure() {
        text.push('\n');
        text.push_str(&story(failure, report.smaller(), width));
        text.push_str(&files(report));
    }
    text
}

/// The checks, one a line.
fn verdicts(report: &WorkflowReport<'_>) -> String {
    let not_broken = match report.findings {
        Findings::Fuzzed(fuzzed) if !fuzzed.is_interrupted => "✓ not broken   ",
        _ => "? not broken   ",
    };
    let mut text = format!("{}\n", report.workflow());
    for (id, answer) in report.checks() {
        let verdict = match answer {
            Answer::Kept => "✓ kept         ",
            Answer::NotBroken => not_broken,
            Answer::Broken => "✗ broken       ",
            Answer::Undecided => "? undecided    ",
            Answer::NotExercised => "- not exercised",
        };
        let _infallible = writeln!(text, "  {verdict}  {id}");
    }
    text
}

/// What fuzzing looked at.
fn played(fuzzed: &Fuzzed) -> String {
    let Fuzzed {
        schedules,
        steps,
        classes,
        ..
    } = fuzzed;
    let mut text = format!("  {schedules} schedules, {steps} steps, {classes} distinct runs\n");
    for level in fuzzed.levels.iter().filter(|level| level.played > 0) {
        text.push_str(&level_in_words(level));
    }
    if let Some(chance) = fuzzed.chance_of_new {
        let _infallible = writeln!(
            text,
            "  {} at random; the next would show a new run with a chance of about {:.1} %",
            fuzzed.random,
            chance * 100.0
        );
    }
    if fuzzed.cut_short > 0 {
        let runs = fuzzed.cut_short;
        let _infallible = writeln!(text, "  {runs} runs did not end within --steps");
    }
    if fuzzed.is_interrupted {
        let _infallible = match *schedules < fuzzed.cases {
            true => writeln!(
                text,
                "  interrupted: {schedules} of {} schedules were played",
                fuzzed.cases
            ),
            false => writeln!(
                text,
                "  interrupted: all schedules were played, not every state was visited"
            ),
        };
    }
    if let Some(Exhausted { method, states }) = fuzzed.exhausted {
        let extent = everything(method);
        let _infallible = writeln!(text, "  then {extent}: {states} states");
    }
    text
}

fn level_in_words(level: &Level) -> String {
    let extent = match level.played == level.of {
        true => format!("all {}", level.of),
        false => format!("{} of {}", level.played, level.of),
    };
    match level.deviations {
        0 => format!("  the default order: {extent}\n"),
        1 => format!("  1 deviation: {extent}\n"),
        several => format!("  {several} deviations: {extent}\n"),
    }
}

/// What exploring looked at.
fn visited(explored: &Explored) -> String {
    let Explored {
        states,
        transitions,
        ends,
        unanswered,
        ..
    } = explored;
    let extent = match explored.limit {
        None if explored.failure.is_some() => "up to the first run that breaks something",
        None => everything(explored.method),
        Some(Limit::States) => "not everything was visited: --states ended it",
        Some(Limit::Memory) => "not everything was visited: the memory for states was used up",
        Some(Limit::Steps) => "not everything was visited: some run did not end within --steps",
        Some(Limit::Interrupt) => "interrupted: not everything was visited",
    };
    let mut text =
        format!("  {extent}: {states} states, {transitions} transitions, {ends} different ends\n");
    if *unanswered > 0 {
        let _infallible = writeln!(
            text,
            "  in {unanswered} of these ends an operation was never answered and never given up"
        );
    }
    text
}

/// How everything was looked at.
const fn everything(method: Method) -> &'static str {
    match method {
        Method::States => "every state was visited",
        Method::Kinds => "one run of each kind was played",
    }
}

fn played_again(report: &WorkflowReport<'_>, replayed: &Replayed, width: usize) -> String {
    if let Some(failure) = report.failure() {
        return story(failure, None, width);
    }
    let mut text = format!("{}: nothing is broken\n", replayed.name);
    if replayed.is_cut_short {
        text.push_str("  the run did not end within --steps\n");
    }
    text.push('\n');
    text.push_str(&diagram(&replayed.tale, width));
    text
}

/// What breaks, by which deviations, and the run: with the smallest inputs there are.
fn story(failure: &Failure, smaller: Option<&Smaller>, width: usize) -> String {
    let shown = smaller.map_or(failure, |smaller| &smaller.failure);
    let Failure { check, says, .. } = shown;
    let mut text = format!("✗ {check}: {says}\n");
    if let Some(smaller) = smaller {
        let times = match smaller.times {
            1 => "once".to_owned(),
            times => format!("{times} times"),
        };
        let _infallible = writeln!(
            text,
            "  shown with smaller inputs than the workflow's own: they were made smaller {times}"
        );
    }
    match shown.replay.deviations() {
        0 => text.push_str("  in the default order, without any fault or delay\n"),
        _ => text.push_str("  where the run departs from the default order:\n"),
    }
    for deviation in shown.replay.in_words() {
        let _infallible = writeln!(text, "    {deviation}");
    }
    text.push('\n');
    text.push_str(&diagram(&shown.tale, width));
    if smaller.is_some() {
        let (own, steps) = (failure.replay.steps, shown.replay.steps);
        let _infallible = writeln!(
            text,
            "\nWith the workflow's own inputs it takes {own} steps, not {steps}: that run is saved."
        );
    }
    text
}

/// Where a failure was saved, and how it is played again.
fn files(report: &WorkflowReport<'_>) -> String {
    let mut text = String::new();
    if let Some(Saved {
        history, command, ..
    }) = &report.saved
    {
        let _infallible = write!(text, "\nhistory: {history}\nreplay:  {command}\n");
    }
    if let Some(command) = &report.as_found {
        let _infallible = writeln!(text, "found:   {command}");
    }
    text
}
