//! Visits all that a workflow can do.
//!
//! # Idea
//! Two searches, of which neither is always the better one: states that are remembered are few where crashes and retries lead to the same place,
//! and runs of different kinds are few where participants have little to do with each other (`sim/strategy/exhaustive.rs` and `dpor.rs` have the
//! figures of their own). So both are tried with a small budget first, and the first one goes on with the whole.
//!
//! What participants can know is no part of a state, but it is the same for all runs of a kind: promises about knowledge are judged run by run, one of
//! each kind (Mazurkiewicz, "Trace Theory", LNCS 255, 1987: equivalent runs have one partial order of steps, and messages and each participant's own order are part of it).

use crate::model::ModelFault;
use crate::sim::{Count, Ended, Exactly, Exploration, Limits, Worker, by_traces, explore};

use super::builder::Fuzz;
use super::campaign::{Found, Means, Progress, small};
use super::gauge::Gauge;
use super::outcome::{Exercised, Failure, FuzzFault};
use super::pool::Pool;

/// How many states each search may see before the other one is tried.
const PROBE_STATES_MAX: u64 = 200_000;

/// Which search has looked at everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Every state.
    States,
    /// One run of each kind: two are of one kind where they differ only in the order of unrelated steps.
    Kinds,
}

/// That everything was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted {
    /// How.
    pub method: Method,
    /// How many states were entered.
    pub states: u64,
}

/// What came of looking at everything behind a campaign.
#[derive(Debug, Default)]
pub(super) struct Exhaustion {
    pub(super) exhausted: Option<Exhausted>,
    pub(super) found: Option<Found>,
    pub(super) is_interrupted: bool,
}

/// Why not everything was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// As many states as were asked for.
    States,
    /// As much memory as states may take.
    Memory,
    /// Some run did not come to rest within the limit of steps; all others were looked at.
    Steps,
    /// Somebody stopped it.
    Interrupt,
}

/// What an exploration found.
#[derive(Clone, Debug)]
pub struct Explored {
    /// What the workflow is called.
    pub name: String,
    /// How it was explored.
    pub method: Method,
    /// Whether everything was looked at that can happen.
    pub is_complete: bool,
    /// What ended it before everything was looked at; `None`: nothing did, or a run that breaks something.
    pub limit: Option<Limit>,
    /// How many states were entered; of [`Method::States`]: different ones.
    pub states: u64,
    /// How many steps were taken from them.
    pub transitions: u64,
    /// How many different ends there are.
    pub ends: u64,
    /// In how many of them an operation was never answered, and nobody gave it up.
    pub unanswered: u64,
    /// The checks, and whether any run asked them for a judgement.
    pub checks: Vec<Exercised>,
    /// A run that breaks something, made small.
    pub failure: Option<Failure>,
}

impl Explored {
    /// Whether everything was looked at, nothing was broken, and every check judged something and left nothing undecided.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.is_complete && self.failure.is_none() && Exercised::all_judged(&self.checks)
    }
}

/// How much memory the states may take.
const BYTES_MAX: u64 = 4 << 30;

impl Fuzz {
    /// Visits every state, or one run of each kind, as far as so many states allow.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub fn explore(&self, states_max: u64, gauge: &Gauge) -> Result<Explored, FuzzFault> {
        let pool = self.pool()?;
        let (method, exploration, failure) = pool.with(|worker| {
            let (method, exploration) = self.visit(worker, states_max, gauge)?;
            let found = shown(worker, &exploration)?;
            Ok::<_, ModelFault>((method, exploration, found))
        })?;
        let failure = match failure {
            Some(Found {
                breach, schedule, ..
            }) => Some(self.failure(&pool, &breach, &schedule)?),
            None => None,
        };
        let Exploration {
            count,
            ended,
            ends,
            unanswered,
            ..
        } = exploration;
        Ok(Explored {
            name: self.name.clone(),
            method,
            is_complete: ended == Ended::Complete,
            limit: match ended {
                Ended::Complete | Ended::Found => None,
                Ended::StatesMax => Some(Limit::States),
                Ended::BytesMax => Some(Limit::Memory),
                Ended::StepsMax => Some(Limit::Steps),
                Ended::Stopped => Some(Limit::Interrupt),
            },
            states: count.states,
            transitions: count.transitions,
            ends: ends.len() as u64,
            unanswered: unanswered.map_or(0, |(ends, _)| ends),
            checks: pool.exercises(),
            failure,
        })
    }

    /// Looks at everything after a campaign that found nothing, if so many states are enough for it.
    pub(super) fn exhaust(
        &self,
        pool: &Pool,
        states_max: u64,
        gauge: &Gauge,
    ) -> Result<Exhaustion, ModelFault> {
        if gauge.is_stopped() {
            return Ok(Exhaustion {
                is_interrupted: true,
                ..Exhaustion::default()
            });
        }
        pool.with(|worker| {
            let states_max = states_max.min(PROBE_STATES_MAX);
            let (method, exploration) = self.visit(worker, states_max, gauge)?;
            let found = shown(worker, &exploration)?;
            let is_complete = exploration.ended == Ended::Complete;
            let exhausted = is_complete.then_some(Exhausted {
                method,
                states: exploration.count.states,
            });
            Ok(Exhaustion {
                exhausted,
                found,
                is_interrupted: exploration.ended == Ended::Stopped,
            })
        })
    }

    fn visit(
        &self,
        worker: &mut Worker,
        states_max: u64,
        gauge: &Gauge,
    ) -> Result<(Method, Exploration), ModelFault> {
        let limits = |states_max| Limits {
            states_max,
            bytes_max: BYTES_MAX,
            steps_max: self.steps_max,
        };
        let mut watch = |count: Count| {
            gauge.show_states(count.states);
            !gauge.is_stopped()
        };
        let probe = limits(states_max.min(PROBE_STATES_MAX));
        let program = &mut worker.program;
        if let Some(after) = &mut worker.after {
            let by_kinds = by_traces(program, limits(states_max), &mut watch, Some(&mut **after))?;
            return Ok((Method::Kinds, by_kinds));
        }
        let by_states = explore(program, probe, &mut watch)?;
        if by_states.ended != Ended::StatesMax {
            return Ok((Method::States, by_states));
        }
        let by_kinds = by_traces(program, probe, &mut watch, None)?;
        if matches!(by_kinds.ended, Ended::Complete | Ended::Found) {
            return Ok((Method::Kinds, by_kinds));
        }
        if by_kinds.ended == Ended::Stopped {
            let ended = Ended::Stopped;
            return Ok((Method::States, Exploration { ended, ..by_states }));
        }
        if by_states.count.states > states_max {
            return Ok((Method::States, by_states));
        }
        let whole = explore(program, limits(states_max), &mut watch)?;
        Ok((Method::States, whole))
    }
}

/// The run that an exploration found, as a small schedule.
fn shown(worker: &mut Worker, exploration: &Exploration) -> Result<Option<Found>, ModelFault> {
    let Some((breach, trace)) = &exploration.found else {
        return Ok(None);
    };
    let played = worker.play(&mut Exactly::new(trace))?;
    debug_assert!(played.found.is_some(), "a run that was found can be played");
    let encoded = worker.encode()?;
    let breach = played.found.unwrap_or_else(|| breach.clone());
    let progress = Progress::default();
    small(worker, &progress, encoded, breach, Means::Exploration).map(Some)
}
