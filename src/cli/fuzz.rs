//! `testimony fuzz` and `testimony replay`: looks for the smallest run of a workflow that breaks a promise, and plays one again.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::fuzz::{
    Exercised, Exhausted, Explored, Failure, Fuzz, FuzzFault, Fuzzed, Method, Replay, Replayed,
    fuzz,
};
use crate::model::Noise;
use crate::report::diagram;

use super::args::{ExploreArgs, FuzzArgs, ReplayArgs, WorkflowArgs};
use super::exit;
use super::progress;
use super::registry::{Registry, SpecText};
use super::terminal::{Stop, Terminal};

impl From<FuzzFault> for Stop {
    fn from(fault: FuzzFault) -> Self {
        Self::failed(fault.to_string())
    }
}

impl From<crate::model::ModelFault> for Stop {
    fn from(fault: crate::model::ModelFault) -> Self {
        Self::failed(fault.to_string())
    }
}

/// The workflow that the arguments name.
pub(super) fn asked(args: &WorkflowArgs, registry: &Registry) -> Result<Fuzz, Stop> {
    let suite = registry
        .workflow(&SpecText::parse(&args.workflow))
        .map_err(Stop::Failed)?;
    let noise = args.noise.unwrap_or(Noise::NONE);
    Ok(fuzz(suite)
        .name(&args.workflow)
        .noise(noise)
        .steps_max(args.steps))
}

/// Fuzzes a workflow.
pub(super) fn run(args: &FuzzArgs, registry: &Registry, terminal: Terminal) -> Result<u8, Stop> {
    let fuzz = asked(&args.workflow, registry)?
        .cases(args.cases)
        .seed(args.seed);
    let fuzzed = progress::watched(args.cases, |gauge| fuzz.run_watched(gauge))?;
    let mut text = summary(&fuzzed);
    text.push_str(&shown_and_saved(fuzzed.failure.as_ref(), &args.save)?);
    if fuzzed.failure.is_some() || !terminal.is_quiet() {
        terminal.print(text.as_bytes())?;
    }
    Ok(match (&fuzzed.failure, fuzzed.is_kept()) {
        (Some(_), _) => exit::BROKEN,
        (None, true) => exit::KEPT,
        (None, false) if fuzzed.is_interrupted || fuzzed.cut_short > 0 => exit::UNDECIDED,
        (None, false) if is_undecided(&fuzzed.checks) => exit::UNDECIDED,
        (None, false) => exit::NOTHING,
    })
}

fn is_undecided(checks: &[Exercised]) -> bool {
    checks.iter().any(|check| check.is_undecided)
}

/// Visits everything that a workflow can do.
pub(super) fn explore(
    args: &ExploreArgs,
    registry: &Registry,
    terminal: Terminal,
) -> Result<u8, Stop> {
    let fuzz = asked(&args.workflow, registry)?;
    let explored = progress::watched(args.states, |gauge| fuzz.explore(args.states, gauge))?;
    let mut text = explored_in_words(&explored);
    text.push_str(&shown_and_saved(explored.failure.as_ref(), &args.save)?);
    if explored.failure.is_some() || !terminal.is_quiet() {
        terminal.print(text.as_bytes())?;
    }
    Ok(match (&explored.failure, explored.is_kept()) {
        (Some(_), _) => exit::BROKEN,
        (None, true) => exit::KEPT,
        (None, false) if !explored.is_complete || is_undecided(&explored.checks) => exit::UNDECIDED,
        (None, false) => exit::NOTHING,
    })
}

fn explored_in_words(explored: &Explored) -> String {
    let broken = explored
        .failure
        .as_ref()
        .map(|failure| failure.check.as_str());
    let kept = match explored.is_complete {
        true => "✓ kept         ",
        false => "? not broken   ",
    };
    let mut text = verdicts(&explored.name, &explored.checks, broken, kept);
    let Explored {
        states,
        transitions,
        ends,
        unanswered,
        ..
    } = explored;
    let extent = match (explored.is_complete, explored.method, broken) {
        (true, method, _) => everything(method),
        (false, _, Some(_)) => "up to the first run that breaks something",
        (false, ..) => "not everything was visited: --states, or Ctrl-C, ended it",
    };
    let _infallible = writeln!(
        text,
        "  {extent}: {states} states, {transitions} transitions, {ends} different ends"
    );
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

/// Plays a file again.
pub(super) fn replay(
    args: &ReplayArgs,
    registry: &Registry,
    terminal: Terminal,
) -> Result<u8, Stop> {
    let path = args.path.display().to_string();
    let text = fs::read_to_string(&args.path)
        .map_err(|error| Stop::failed(format!("failed to read {path}: {error}")))?;
    let replay = Replay::read(&path, &text).map_err(|fault| Stop::failed(fault.to_string()))?;
    let suite = registry
        .workflow(&SpecText::parse(&replay.workflow))
        .map_err(Stop::Failed)?;
    let Replayed {
        is_same,
        passed_over,
        tale,
        failure,
        ..
    } = fuzz(suite).name(&replay.workflow).replay(&replay)?;
    if !is_same {
        terminal.warn(&format!(
            "{path}: the run is not the one that was recorded: the workflow has changed since"
        ));
    }
    if passed_over > 0 {
        terminal.warn(&format!(
            "{path}: {passed_over} of {} deviations never had their turn",
            replay.deviations()
        ));
    }
    let text = match &failure {
        Some(failure) => story(failure),
        None => {
            let mut text = format!("{}: nothing is broken\n\n", replay.workflow);
            text.push_str(&diagram(&tale, Terminal::width()));
            text
        }
    };
    terminal.print(text.as_bytes())?;
    Ok(if failure.is_some() {
        exit::BROKEN
    } else {
        exit::KEPT
    })
}

/// The checks, one a line.
fn verdicts(name: &str, checks: &[Exercised], broken: Option<&str>, kept: &str) -> String {
    let mut text = format!("{name}\n");
    for check in checks {
        let verdict = match check.is_exercised {
            _ if broken == Some(check.id.as_str()) => "✗ broken       ",
            true if check.is_undecided => "? undecided    ",
            true => kept,
            false => "- not exercised",
        };
        let _infallible = writeln!(text, "  {verdict}  {}", check.id);
    }
    text
}

/// The story of what breaks, and where it was saved; nothing where nothing does.
fn shown_and_saved(failure: Option<&Failure>, folder: &Path) -> Result<String, Stop> {
    let Some(failure) = failure else {
        return Ok(String::new());
    };
    let saved = save(failure, folder)?;
    Ok(format!("\n{}\n{saved}", story(failure)))
}

/// What was looked at, and what came of it.
fn summary(fuzzed: &Fuzzed) -> String {
    let broken = fuzzed
        .failure
        .as_ref()
        .map(|failure| failure.check.as_str());
    let kept = match fuzzed.exhausted {
        Some(_) if fuzzed.cut_short == 0 => "✓ kept         ",
        _ => "✓ not broken   ",
    };
    let mut text = verdicts(&fuzzed.name, &fuzzed.checks, broken, kept);
    let _infallible = writeln!(
        text,
        "  {} schedules, {} steps, {} distinct runs",
        fuzzed.schedules, fuzzed.steps, fuzzed.classes
    );
    for level in fuzzed.levels.iter().filter(|level| level.played > 0) {
        let extent = match level.played == level.of {
            true => format!("all {}", level.of),
            false => format!("{} of {}", level.played, level.of),
        };
        let deviations = match level.deviations {
            0 => "the default order".to_owned(),
            1 => "1 deviation".to_owned(),
            several => format!("{several} deviations"),
        };
        let _infallible = writeln!(text, "  {deviations}: {extent}");
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
    if let Some(Exhausted { method, states }) = fuzzed.exhausted {
        let extent = everything(method);
        let _infallible = writeln!(text, "  then {extent}: {states} states");
    }
    text
}

/// What breaks, by which deviations, and the run.
fn story(failure: &Failure) -> String {
    let Failure {
        check,
        says,
        replay,
        ..
    } = failure;
    let mut text = format!("✗ {check}: {says}\n");
    match replay.deviations() {
        0 => text.push_str("  in the default order, without any fault or delay\n"),
        _ => text.push_str("  where the run departs from the default order:\n"),
    }
    for deviation in replay.in_words() {
        let _infallible = writeln!(text, "    {deviation}");
    }
    text.push('\n');
    text.push_str(&diagram(&failure.tale, Terminal::width()));
    text
}

/// Writes the history and the replay file, and says what to do with them.
fn save(failure: &Failure, folder: &Path) -> Result<String, Stop> {
    let stem = folder.join(failure.file_stem());
    let (history, replay) = (
        format!("{}.jsonl", stem.display()),
        format!("{}.replay", stem.display()),
    );
    let writing = |place: &str| {
        let place = place.to_owned();
        move |error: std::io::Error| Stop::writing(&place, &error)
    };
    fs::create_dir_all(folder).map_err(writing(&folder.display().to_string()))?;
    let mut bytes = Vec::new();
    let told = failure.history();
    let told = told.unwrap_or_else(|faults| unreachable!("a run is a history: {faults}"));
    told.write(&mut bytes).map_err(writing(&history))?;
    fs::write(&history, bytes).map_err(writing(&history))?;
    fs::write(&replay, failure.replay.text()).map_err(writing(&replay))?;
    Ok(format!(
        "history: {history}\nreplay:  testimony replay {replay}\n"
    ))
}
