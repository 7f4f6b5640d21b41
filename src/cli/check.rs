//! `testimony check`: judges histories by specifications and promises.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use crate::check::Budget;
use crate::check::config::{Config, EffectEntry, Profile};
use crate::check::linear::{SpecCheck, SpecOptions};
use crate::check::session::{self, Judged, Unjudged};
use crate::report::Report;

use super::args::{CheckArgs, Limits, Reading};
use super::diagnostic;
use super::exit;
use super::format;
use super::promises::Promises;
use super::registry::{Registry, Shared, SpecText};
use super::select;
use super::settle::Settlement;
use super::terminal::{Stop, Terminal};
use super::work;

/// A history and the checks that were selected for it.
pub(super) struct Job {
    pub(super) path: PathBuf,
    pub(super) checks: Vec<Shared>,
    pub(super) config: Option<Arc<Config>>,
}

/// What became of a job.
enum Done {
    Judged(Box<Judged>),
    Unjudged(Unjudged),
    /// No check was selected; the ids that the history's header expects.
    Unselected {
        path: String,
        expected: Vec<String>,
    },
}

/// Judges the histories and writes the reports.
pub(super) fn run(args: &CheckArgs, registry: &Registry, terminal: Terminal) -> Result<u8, Stop> {
    let targets = format::targets(&args.formats).map_err(Stop::Failed)?;
    let specs = specs(args, registry)?;
    let (paths, mut code) = work::histories(&args.histories, terminal);
    let mut promises = Promises::new(registry, args.configured.config.as_deref(), terminal);
    let mut jobs = Vec::new();
    for path in paths {
        let Ok(config) = promises.of(&path) else {
            code = exit::worse(code, exit::NOT_CHECKED);
            continue;
        };
        let checks = named(args, registry, &promises, config.as_deref());
        let mut checks = checks.map_err(Stop::Failed)?;
        checks.splice(0..0, with_effects(&specs, config.as_deref()));
        jobs.push(Job {
            path,
            checks,
            config,
        });
    }
    code = exit::worse(code, select::apply(&args.selection, &mut jobs, terminal)?);
    let profile = args.selection.profile.as_deref();
    let limits = within_profiles(args.limits, &jobs, profile);
    let done = work::for_each(&jobs, &limits, |job, budget| {
        let budget = job.budget(&args.limits, profile, budget);
        job.run(&budget, args.histories.reading)
    })?;

    let mut settlement = Settlement::new(args, terminal);
    let mut report = Report {
        is_partial: code != exit::KEPT,
        ..Report::default()
    };
    let mut unselected = Vec::new();
    for (job, done) in jobs.iter().zip(done) {
        let found = match done {
            Done::Judged(judged) => {
                let (history, found) = settlement.settle(job, *judged);
                report.histories.push(history);
                found
            }
            Done::Unjudged(unjudged) => {
                let on_fault = args.histories.reading.on_fault();
                terminal.show(&diagnostic::unjudged(&unjudged, on_fault));
                settlement.unjudged(job);
                report.is_partial = true;
                exit::NOT_CHECKED
            }
            Done::Unselected { path, expected } => {
                unselected.push((path, expected));
                report.is_partial = true;
                exit::NOTHING
            }
        };
        code = exit::worse(code, found);
    }
    if !unselected.is_empty() {
        terminal.error(&nothing_selected(&unselected));
    }
    let (stale, found) = settlement.stale();
    report.stale = stale;
    code = exit::worse(code, found);
    let mut checks = report.histories.iter().flat_map(|history| &history.checks);
    if !report.histories.is_empty() && checks.all(|check| check.verdict().is_none()) {
        code = exit::worse(code, exit::NOTHING);
    }
    format::write(&targets, terminal, code, |target| {
        target.render(&report, terminal)
    })
}

/// The limits of the run: the shortest time of the profiles, where the command line gives none.
fn within_profiles(limits: Limits, jobs: &[Job], profile: Option<&str>) -> Limits {
    let profiles = jobs.iter().filter_map(|job| job.profile(profile));
    let shortest = profiles.filter_map(|profile| profile.timeout).min();
    Limits {
        timeout: limits.timeout.or(shortest),
        ..limits
    }
}

/// The checks that `--spec` names.
fn specs(args: &CheckArgs, registry: &Registry) -> Result<Vec<SpecCheck>, Stop> {
    let options = SpecOptions {
        consistency: args.consistency.0,
        by_key: args.by_key,
        witness: args.witness,
        ..SpecOptions::default()
    };
    let specs = args.specs.iter().map(|text| {
        let check = registry.spec_check(&SpecText::parse(text), options)?;
        Ok(match &args.hint {
            Some(path) => check.hinted_by(path),
            None => check,
        })
    });
    specs.collect::<Result<_, String>>().map_err(Stop::Failed)
}

/// The specifications as checks of a history of this configuration, whose facts settle unknown outcomes.
fn with_effects(specs: &[SpecCheck], config: Option<&Config>) -> Vec<Shared> {
    let effects = config.map(|config| config.effects.as_slice());
    let effects: Arc<[EffectEntry]> = effects.unwrap_or_default().into();
    let specs = specs.iter().cloned();
    let settled = specs.map(|spec| Arc::new(spec.with_effects(Arc::clone(&effects))) as Shared);
    settled.collect()
}

/// The promises that a history of this configuration is held to.
fn named(
    args: &CheckArgs,
    registry: &Registry,
    promises: &Promises<'_>,
    config: Option<&Config>,
) -> Result<Vec<Shared>, String> {
    if !args.promises.is_empty() {
        let named = args.promises.iter();
        return named.map(|name| promises.promise(name, config)).collect();
    }
    let mut checks = Vec::new();
    if args.specs.is_empty() {
        checks.extend(registry.own_promises.iter().cloned());
    }
    if args.specs.is_empty() || args.configured.config.is_some() {
        let configured = config.map_or(&[][..], |config| &config.promises);
        checks.extend(
            configured
                .iter()
                .map(|promise| Arc::new(promise.check.clone()) as Shared),
        );
    }
    Ok(checks)
}

impl Job {
    /// The profile of this name, where the configuration has one.
    pub(super) fn profile(&self, name: Option<&str>) -> Option<&Profile> {
        self.config.as_deref()?.profile(name?)
    }

    /// The budget of the run, or what the profile says where the command line says nothing.
    fn budget(&self, limits: &Limits, profile: Option<&str>, of_run: &Budget) -> Budget {
        let mut budget = of_run.clone();
        if let Some(profile) = self.profile(profile) {
            let nodes = limits.budget_nodes.or(profile.budget_nodes);
            let memory = limits.memory.or(profile.memory_bytes);
            budget.nodes = nodes.unwrap_or(budget.nodes);
            budget.memory_bytes = memory.unwrap_or(budget.memory_bytes);
        }
        budget
    }

    fn run(&self, budget: &Budget, reading: Reading) -> Done {
        let history = match work::read(&self.path, reading) {
            Ok(history) => history,
            Err(error) => return Done::Unjudged(Unjudged::Read(error)),
        };
        if self.checks.is_empty() {
            let expected = history.header().expect.iter();
            return Done::Unselected {
                path: history.path().to_owned(),
                expected: expected.map(|(id, _)| id.clone()).collect(),
            };
        }
        match session::judge(history, &self.checks, budget) {
            Ok(judged) => Done::Judged(Box::new(judged)),
            Err(unjudged) => Done::Unjudged(unjudged),
        }
    }
}

/// What to do about histories for which no check was selected.
fn nothing_selected(histories: &[(String, Vec<String>)]) -> String {
    let (first, _) = &histories[0];
    let which = match histories.len() - 1 {
        0 => first.clone(),
        more => format!("{first} and {more} more"),
    };
    let mut says = format!(
        "nothing to check in {which}: name a specification with --spec, or write promises into a \
         testimony.toml beside the history"
    );
    let expecting = histories.iter().find(|(_, expected)| !expected.is_empty());
    if let Some((path, expected)) = expecting {
        let _infallible = write!(
            says,
            "\n  the header of {path} expects a verdict of {}: `testimony test {path}` judges that",
            expected.join(", ")
        );
    }
    says
}
