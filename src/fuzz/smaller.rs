//! A breach with smaller inputs.
//!
//! # Idea
//! A schedule names items by what they say, and with other inputs they may say something else. So it is played as it is, and where it
//! does not break the same thing, a few schedules with as many deviations are tried in its place.

use crate::model::{ModelFault, Noise};
use crate::sim::Deviation;

use super::Suite;
use super::campaign::{Found, Means, Progress};
use super::gauge::Gauge;
use super::levels::Levels;
use super::pool::Pool;

/// How many schedules are tried for each smaller workflow.
const SCHEDULES_MAX: u64 = 500;
/// How many times a workflow is made smaller: it is the user's, and could go on for ever.
const ROUNDS_MAX: u32 = 100;

/// A schedule that breaks the same thing in another workflow: this one, or another with no more deviations.
///
/// # Errors
/// What is wrong with the model.
pub(super) fn carried_over(
    pool: &Pool,
    schedule: &[Deviation],
    judge: usize,
) -> Result<Option<Found>, ModelFault> {
    let (played, used) = pool.with(|worker| worker.replay(schedule))?;
    if let Some(breach) = played.found.filter(|breach| breach.judge == judge) {
        return Ok(Some(Found {
            breach,
            schedule: used,
            by: Means::Deviations,
            replays: 1,
        }));
    }
    let gauge = Gauge::default();
    let deviations_max = schedule.len() as u32;
    let mut progress = Progress::default();
    Levels::new(pool, &gauge, deviations_max, SCHEDULES_MAX)?.play(&mut progress)?;
    Ok(progress.found.filter(|found| found.breach.judge == judge))
}

/// A workflow with smaller inputs, and how it breaks.
#[derive(Debug)]
pub(super) struct WithSmaller {
    pub(super) suite: Suite,
    pub(super) found: Found,
    /// How many times its inputs were made smaller.
    pub(super) times: u32,
}

/// The workflow with the smallest inputs that breaks the same thing, and how; `None`: those it has are the smallest.
///
/// # Errors
/// What is wrong with the model.
pub(super) fn with_smaller_inputs(
    suite: &Suite,
    noise: Noise,
    steps_max: u32,
    found: &Found,
) -> Result<Option<WithSmaller>, ModelFault> {
    let judge = found.breach.judge;
    let mut smallest: Option<WithSmaller> = None;
    for times in 1..=ROUNDS_MAX {
        let (suite, schedule) = match &smallest {
            Some(smallest) => (&smallest.suite, &smallest.found.schedule),
            None => (suite, &found.schedule),
        };
        let mut smaller = suite.play.smaller().into_iter().map(|play| {
            let smaller = Suite {
                play,
                ..suite.clone()
            };
            let pool = Pool::new(&smaller, noise, steps_max)?;
            let found = carried_over(&pool, schedule, judge)?;
            Ok(found.map(|found| WithSmaller {
                suite: smaller,
                found,
                times,
            }))
        });
        match smaller.find_map(Result::transpose).transpose()? {
            Some(found) => smallest = Some(found),
            None => break,
        }
    }
    Ok(smallest)
}
