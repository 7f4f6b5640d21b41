//! Plays schedules until one breaks something or the budget is spent.
//!
//! # The plan
//! 1. The default run, and runs with few deviations from it, in the order of what they cost, for a fifth of the budget (`levels.rs`): the same
//!    ones each time.
//! 2. The rest at random (`gamble.rs`).
//!
//! What is found is made small. Where one deviation is enough to break the same thing, one is left.

use crate::model::ModelFault;
use crate::sim::{Breach, Deviation, Encoded, End, Gamble, Played, Shrinker, Worker, shrink};

use super::coverage::{Coverage, Origin};
use super::gamble::Gambling;
use super::gauge::Gauge;
use super::levels::Levels;
use super::pool::Pool;

/// How far a search by deviations has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The number of deviations of each schedule.
    pub deviations: u32,
    /// How many such schedules were played.
    pub played: u64,
    /// How many there are, as far as those with fewer deviations show it.
    pub of: u64,
}

impl Level {
    pub(super) const fn new(deviations: u32, of: u64) -> Self {
        Self {
            deviations,
            played: 0,
            of,
        }
    }
}

/// How much is played, and which random schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) schedules_max: u64,
    pub(super) seed: u64,
    /// Schedules by deviations have no more of them than this.
    pub(super) deviations_max: u32,
    /// The most schedules by deviations, in parts of a hundred.
    pub(super) percent_by_deviations: u8,
}

impl Plan {
    /// The usual one.
    pub(super) const fn new(schedules_max: u64, seed: u64) -> Self {
        Self {
            schedules_max,
            seed,
            deviations_max: u32::MAX,
            percent_by_deviations: 20,
        }
    }
}

/// A schedule that breaks something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) breach: Breach,
    /// As small as it was made.
    pub(super) schedule: Vec<Deviation>,
    pub(super) by: Means,
    /// How many runs it took to make it small.
    pub(super) replays: u32,
}

/// How a schedule was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    Deviations,
    Exploration,
    /// At random, as the run of this number; it had so many deviations before it was made small.
    Random {
        gamble: Gamble,
        run: u64,
        deviations: u32,
    },
}

/// What was looked at, and what was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    pub(super) schedules: u64,
    pub(super) steps: u64,
    /// Runs that did not come to rest within the limit of steps.
    pub(super) cut_short: u64,
    pub(super) levels: Vec<Level>,
    pub(super) coverage: Coverage,
    pub(super) found: Option<Found>,
}

impl Progress {
    /// Counts a run; says whether its class is new.
    pub(super) fn count(&mut self, played: &Played, origin: Origin) -> bool {
        self.schedules += 1;
        self.steps += u64::from(played.steps);
        self.cut_short += u64::from(played.end == End::StepsMax);
        self.coverage.count(played, origin)
    }
}

/// How often a schedule that was found is played to make it smaller.
const REPLAYS_MAX: u32 = 1_000;

/// Makes a schedule that was found small. Where not all schedules of one deviation were played before, they are now.
///
/// # Errors
/// What is wrong with the model.
pub(super) fn small(
    worker: &mut Worker,
    progress: &Progress,
    encoded: Encoded,
    breach: Breach,
    by: Means,
) -> Result<Found, ModelFault> {
    let is_complete = |level: &Level| level.played == level.of;
    let singles = match progress.levels.get(1).is_none_or(is_complete) {
        true => Vec::new(),
        false => worker.singles()?,
    };
    let shrinker = Shrinker::new(encoded).or_one_of(singles);
    let shrunk = shrink(worker, shrinker, breach, REPLAYS_MAX)?;
    Ok(Found {
        breach: shrunk.breach,
        schedule: shrunk.schedule,
        by,
        replays: shrunk.replays,
    })
}

/// Plays schedules as planned, until one breaks something.
///
/// # Errors
/// What is wrong with the model.
pub(super) fn campaign(pool: &Pool, plan: Plan, gauge: &Gauge) -> Result<Progress, ModelFault> {
    let mut progress = Progress::default();
    let percent = u64::from(plan.percent_by_deviations);
    let by_deviations = plan.schedules_max.div_ceil(100).saturating_mul(percent);
    let by_deviations = by_deviations.clamp(1, plan.schedules_max.max(1));
    Levels::new(pool, gauge, plan.deviations_max, by_deviations)?.play(&mut progress)?;
    let left = plan.schedules_max.saturating_sub(progress.schedules);
    if progress.found.is_none() && left > 0 && !gauge.is_stopped() {
        Gambling::new(pool, gauge, plan.seed)?.play(&mut progress, left)?;
    }
    Ok(progress)
}
