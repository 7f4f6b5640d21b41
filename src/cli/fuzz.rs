//! `testimony fuzz`, `explore` and `replay`: looks for the smallest run of a workflow that breaks a promise, and plays one again.

use std::fs;
use std::path::Path;

use crate::fuzz::{Drawn, Failure, Fuzz, FuzzFault, Replay, Replayed, fuzz};
use crate::model::{ModelFault, Noise};
use crate::report::workflow::{Findings, Saved, WorkflowReport, human, json};

use super::args::{ExploreArgs, FuzzArgs, ReplayArgs, STEPS, WorkflowArgs};
use super::exit;
use super::format::{self, Format, Target};
use super::progress::{self, Counted};
use super::registry::{Registry, SpecText};
use super::seed::{self, Seed};
use super::terminal::{Stop, Terminal};

impl From<FuzzFault> for Stop {
    fn from(fault: FuzzFault) -> Self {
        Self::failed(fault.to_string())
    }
}

impl From<ModelFault> for Stop {
    fn from(fault: ModelFault) -> Self {
        Self::failed(fault.to_string())
    }
}

/// The workflow of this name.
fn named(name: &str, registry: &Registry) -> Result<Fuzz, Stop> {
    let suite = registry.workflow(&SpecText::parse(name));
    Ok(fuzz(suite.map_err(Stop::Failed)?).name(name))
}

/// The workflow that the arguments name.
fn asked(args: &WorkflowArgs, registry: &Registry) -> Result<Fuzz, Stop> {
    let fuzz = named(&args.workflow, registry)?;
    let noise = args.noise.unwrap_or(Noise::NONE);
    Ok(fuzz.noise(noise).steps_max(args.steps))
}

/// Fuzzes a workflow.
pub(super) fn run(args: &FuzzArgs, registry: &Registry, terminal: Terminal) -> Result<u8, Stop> {
    let targets = format::targets(&args.formats).map_err(Stop::Failed)?;
    let fuzz = asked(&args.workflow, registry)?
        .cases(args.cases)
        .seed(args.seed);
    let counted = Counted::Schedules(args.cases);
    let fuzzed = progress::watched(counted, |gauge| fuzz.run_watched(gauge))?;
    let as_found = fuzzed.drawn.map(|drawn| as_found(&args.workflow, drawn));
    let report = WorkflowReport {
        findings: Findings::Fuzzed(&fuzzed),
        saved: saved(fuzzed.failure.as_ref(), &args.save)?,
        as_found,
    };
    write(&report, &targets, terminal)
}

/// The command that plays a random schedule as it was found.
fn as_found(args: &WorkflowArgs, drawn: Drawn) -> String {
    let seed = Seed {
        workflow: &args.workflow,
        seed: drawn.seed,
        number: drawn.number,
    };
    let mut command = format!("testimony replay {}", seed::shell_word(&seed.to_string()));
    if let Some(Noise { pairs, messages }) = args.noise {
        command.push_str(&format!(" --noise {pairs}x{messages}"));
    }
    if args.steps != STEPS {
        command.push_str(&format!(" --steps {}", args.steps));
    }
    command
}

/// Visits everything that a workflow can do.
pub(super) fn explore(
    args: &ExploreArgs,
    registry: &Registry,
    terminal: Terminal,
) -> Result<u8, Stop> {
    let targets = format::targets(&args.formats).map_err(Stop::Failed)?;
    let fuzz = asked(&args.workflow, registry)?;
    let counted = Counted::States(args.states);
    let explored = progress::watched(counted, |gauge| fuzz.explore(args.states, gauge))?;
    let report = WorkflowReport {
        saved: saved(explored.failure.as_ref(), &args.save)?,
        ..WorkflowReport::new(Findings::Explored(&explored))
    };
    write(&report, &targets, terminal)
}

/// Plays a file or a random schedule again.
pub(super) fn replay(
    args: &ReplayArgs,
    registry: &Registry,
    terminal: Terminal,
) -> Result<u8, Stop> {
    let targets = format::targets(&args.formats).map_err(Stop::Failed)?;
    let replayed = match args.path.exists() {
        true => replay_file(args, registry, terminal)?,
        false => replay_seed(args, registry)?,
    };
    let report = WorkflowReport::new(Findings::Replayed(&replayed));
    write(&report, &targets, terminal)
}

fn replay_file(
    args: &ReplayArgs,
    registry: &Registry,
    terminal: Terminal,
) -> Result<Replayed, Stop> {
    let path = args.path.display().to_string();
    if args.noise.is_some() {
        let says = format!("--noise is for a seed: {path} says itself in what noise it is played");
        return Err(Stop::Failed(says));
    }
    let text = fs::read_to_string(&args.path)
        .map_err(|error| Stop::failed(format!("failed to read {path}: {error}")))?;
    let replay = Replay::read(&path, &text).map_err(|fault| Stop::failed(fault.to_string()))?;
    let fuzz = named(&replay.workflow, registry)?.steps_max(args.steps);
    let replayed = fuzz.replay(&replay)?;
    if !replayed.is_same {
        terminal.warn(&format!(
            "{path}: the run is not the one that was recorded: the workflow has changed since"
        ));
    }
    if replayed.passed_over > 0 {
        terminal.warn(&format!(
            "{path}: {} of {} deviations never had their turn",
            replayed.passed_over,
            replay.deviations()
        ));
    }
    Ok(replayed)
}

fn replay_seed(args: &ReplayArgs, registry: &Registry) -> Result<Replayed, Stop> {
    let Some(seed) = args.path.to_str().and_then(Seed::parse) else {
        let says = format!(
            "{} is no file, and no random schedule of the form WORKFLOW@SEED:NUMBER, as in checkout:bug=new-key@0:17",
            args.path.display()
        );
        return Err(Stop::Failed(says));
    };
    let noise = args.noise.unwrap_or(Noise::NONE);
    let fuzz = named(seed.workflow, registry)?.seed(seed.seed);
    let fuzz = fuzz.noise(noise).steps_max(args.steps);
    Ok(fuzz.replay_drawn(seed.number)?)
}

/// Writes the report in each format; the exit code is that of its answer.
fn write(report: &WorkflowReport<'_>, targets: &[Target], terminal: Terminal) -> Result<u8, Stop> {
    let code = exit::of_workflow(report.answer());
    let is_replay = matches!(report.findings, Findings::Replayed(_));
    let is_shown = is_replay || report.failure().is_some() || !terminal.is_quiet();
    format::write(targets, terminal, code, |target| {
        let mut text = Vec::new();
        match (target.format, &target.path) {
            (Format::Json, _) => json::write(report, code, &mut text)?,
            _ if !is_shown => {}
            (_, None) => text.extend(human::text(report, Terminal::width()).into_bytes()),
            (_, Some(_)) => text.extend(human::text(report, Terminal::WIDTH).into_bytes()),
        }
        Ok(text)
    })
}

/// Writes the history and the replay file of a failure, where there is one.
fn saved(failure: Option<&Failure>, folder: &Path) -> Result<Option<Saved>, Stop> {
    let Some(failure) = failure else {
        return Ok(None);
    };
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
    let command = format!("testimony replay {}", seed::shell_word(&replay));
    Ok(Some(Saved {
        history,
        replay,
        command,
    }))
}
