//! `testimony test`: judges every history against the verdicts that its own header expects.

use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use crate::check::Budget;
use crate::check::config::Config;
use crate::check::linear::SpecOptions;
use crate::check::session::{self, Judged};
use crate::history::{History, OnFault, Verdict};
use crate::verdict::Judgement;

use super::args::{Reading, TestArgs};
use super::diagnostic;
use super::exit;
use super::promises::Promises;
use super::registry::{Registry, Shared, SpecText};
use super::terminal::{Stop, Terminal};
use super::work;

/// A history and the configuration that its expectations may name promises of.
struct Job {
    path: PathBuf,
    config: Option<Arc<Config>>,
}

/// What became of a history.
#[derive(Default)]
struct Done {
    /// Expectations judged.
    expected: usize,
    /// One line an expectation that is not met.
    differing: Vec<String>,
    /// One line an expectation that is met.
    met: Vec<String>,
    /// What could not be checked, as it is shown on standard error.
    unchecked: Vec<String>,
    /// The header expects nothing.
    silent: Option<String>,
}

/// Judges the histories and prints what differs, and a summary.
pub(super) fn run(args: &TestArgs, registry: &Registry, terminal: Terminal) -> Result<u8, Stop> {
    let (paths, mut code) = work::histories(&args.histories, terminal);
    let mut promises = Promises::new(registry, args.configured.config.as_deref(), terminal);
    let mut jobs = Vec::new();
    let mut unusable = 0;
    for path in paths {
        match promises.of(&path) {
            Ok(config) => jobs.push(Job { path, config }),
            Err(_told) => unusable += 1,
        }
    }
    let reading = args.histories.reading;
    let done = work::for_each(&jobs, &args.limits, |job, budget| {
        job.run(registry, &promises, budget, reading)
    })?;

    for unchecked in done.iter().flat_map(|done| &done.unchecked) {
        terminal.show(unchecked);
    }
    let count = |of: fn(&Done) -> usize| done.iter().map(of).sum::<usize>();
    let expected = count(|done| done.expected);
    if unusable > 0 || done.iter().any(|done| !done.unchecked.is_empty()) {
        code = exit::worse(code, exit::NOT_CHECKED);
    }
    if done.iter().any(|done| !done.differing.is_empty()) {
        code = exit::worse(code, exit::BROKEN);
    }
    if expected == 0 {
        code = exit::worse(code, exit::NOTHING);
    }
    if code != exit::KEPT || !terminal.is_quiet() {
        terminal.print(told(&done, unusable, terminal).as_bytes())?;
    }
    Ok(code)
}

/// The lines and the summary.
fn told(done: &[Done], unusable: usize, terminal: Terminal) -> String {
    let mut text = String::new();
    for done in done {
        let met = done.met.iter().filter(|_| terminal.is_verbose());
        let silent = done.silent.iter();
        for line in met.chain(&done.differing).chain(silent) {
            text.push_str(line);
            text.push('\n');
        }
    }
    let count = |of: fn(&Done) -> usize| done.iter().map(of).sum::<usize>();
    let expected = count(|done| done.expected);
    let differing = count(|done| done.differing.len());
    let silent = count(|done| done.silent.iter().len());
    let unchecked = done
        .iter()
        .filter(|done| !done.unchecked.is_empty())
        .count();
    let unchecked = unchecked + unusable;
    let _infallible = write!(
        text,
        "{}, {}: {} as expected, {differing} otherwise",
        counted(done.len() + unusable, "history", "histories"),
        counted(expected, "expectation", "expectations"),
        expected - differing
    );
    if unchecked > 0 {
        let _infallible = write!(
            text,
            "; {} could not be checked",
            counted(unchecked, "history", "histories")
        );
    }
    if silent > 0 {
        let verb = if silent == 1 { "expects" } else { "expect" };
        let _infallible = write!(
            text,
            "; {} {verb} nothing",
            counted(silent, "history", "histories")
        );
    }
    text.push('\n');
    text
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

impl Job {
    fn run(
        &self,
        registry: &Registry,
        promises: &Promises<'_>,
        budget: &Budget,
        reading: Reading,
    ) -> Done {
        let on_fault = reading.on_fault();
        let mut done = Done::default();
        let history = match work::read(&self.path, reading) {
            Ok(history) => history,
            Err(error) => {
                let unjudged = session::Unjudged::Read(error);
                done.unchecked
                    .push(diagnostic::unjudged(&unjudged, on_fault));
                return done;
            }
        };
        let expect = history.header().expect.clone();
        if expect.is_empty() {
            done.silent = Some(format!("{}: expects nothing", history.path()));
            return done;
        }
        let mut checks = Vec::new();
        let mut verdicts = Vec::new();
        for (id, verdict) in expect {
            match resolve(&id, registry, promises, self.config.as_deref()) {
                Ok(check) => {
                    checks.push(check);
                    verdicts.push((id, verdict));
                }
                Err(says) => done
                    .unchecked
                    .push(diagnostic::of_expectation(&history, &id, &says)),
            }
        }
        done.judge(history, &checks, &verdicts, (budget, on_fault));
        done
    }
}

/// The check that an id in a header names.
fn resolve(
    id: &str,
    registry: &Registry,
    promises: &Promises<'_>,
    config: Option<&Config>,
) -> Result<Shared, String> {
    let spec = SpecText::parse(id);
    match spec.consistency {
        Some(_) => {
            let check = registry.spec_check(&spec, SpecOptions::default())?;
            let effects = config.map(|config| config.effects.as_slice());
            Ok(Arc::new(
                check.with_effects(effects.unwrap_or_default().into()),
            ))
        }
        None => promises.promise(id, config),
    }
}

impl Done {
    fn judge(
        &mut self,
        history: History,
        checks: &[Shared],
        verdicts: &[(String, Verdict)],
        (budget, on_fault): (&Budget, OnFault),
    ) {
        let judged = match session::judge(history, checks, budget) {
            Ok(judged) => judged,
            Err(unjudged) => {
                self.unchecked
                    .push(diagnostic::unjudged(&unjudged, on_fault));
                return;
            }
        };
        for ((id, verdict), finding) in verdicts.iter().zip(&judged.findings) {
            self.expected += 1;
            let path = judged.history.path();
            let found = found(&finding.judgement);
            let expected = verdict.as_str();
            if found == expected {
                self.met.push(format!("{path}: {id}: {found}, as expected"));
            } else {
                let why = why(&finding.judgement, &judged);
                self.differing.push(format!(
                    "{path}: {id}: expected {expected}, found {found}{why}"
                ));
            }
        }
    }
}

fn found(judgement: &Judgement) -> &'static str {
    match judgement.judged() {
        0 => "nothing to judge",
        _ => judgement.verdict.as_str(),
    }
}

/// What broke first or what is missing first, on the same line.
fn why(judgement: &Judgement, judged: &Judged) -> String {
    if let Some(violation) = judgement.violations.first() {
        let last = violation.events.last();
        let line = last.map_or(0, |event| judged.history.event(*event).place.line);
        return match violation.says.contains("line ") {
            true => format!(": {}", violation.says),
            false => format!(": {} (line {line})", violation.says),
        };
    }
    match judgement.missing.first() {
        Some(missing) => format!(
            ": for want of {}: {}",
            missing.because.as_str(),
            missing.question
        ),
        None => String::new(),
    }
}
