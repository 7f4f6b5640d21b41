//! Plays schedules drawn at random: partial order sampling, PCT with one and two changes, and plain chance, in turns.
//!
//! # Invariants
//! - I1: schedule number `n` depends on the seed and on `n` alone, so what is found does not depend on how many threads there are: of
//!   several finds the one with the least number counts.

use rayon::prelude::*;

use crate::model::ModelFault;
use crate::sim::{Breach, Deviation, Encoded, Gamble, Played, Setting, Worker};

use super::campaign::{Found, Means, Progress, small};
use super::coverage::Origin;
use super::gauge::Gauge;
use super::pool::Pool;

/// How many schedules one strategy draws before it is the next one's turn.
const CHUNK: u64 = 256;

/// Who draws the schedule of this number.
const fn turn(run: u64) -> Gamble {
    let chunk = run / CHUNK;
    Gamble::TURNS[(chunk % Gamble::TURNS.len() as u64) as usize]
}

/// Draws schedules.
pub(super) struct Gambling<'p> {
    pool: &'p Pool,
    gauge: &'p Gauge,
    seed: u64,
    setting: Setting,
}

impl<'p> Gambling<'p> {
    /// Looks at the default run.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn new(pool: &'p Pool, gauge: &'p Gauge, seed: u64) -> Result<Self, ModelFault> {
        let setting = pool.with(|worker| {
            worker.extend(&[])?;
            Ok(worker.setting())
        })?;
        Ok(Self {
            pool,
            gauge,
            seed,
            setting,
        })
    }

    /// Plays so many schedules, or until something is found.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn play(&self, progress: &mut Progress, schedules: u64) -> Result<(), ModelFault> {
        self.gauge.draw_at_random();
        for first in (0..schedules).step_by(CHUNK as usize) {
            if self.gauge.is_stopped() {
                break;
            }
            let chunk = first..schedules.min(first + CHUNK);
            let played = chunk.clone().into_par_iter().map(|run| self.draw(run));
            let played: Vec<Played> = played.collect::<Result<_, ModelFault>>()?;
            for (run, played) in chunk.zip(played) {
                progress.count(&played, Origin::Random);
                if played.found.is_some() {
                    progress.found = self.found(progress, run)?;
                }
                if progress.found.is_some() {
                    return Ok(());
                }
            }
            self.gauge.show(progress);
        }
        Ok(())
    }

    fn draw(&self, run: u64) -> Result<Played, ModelFault> {
        self.pool.with(|worker| self.play_with(worker, run))
    }

    /// Plays the schedule of this number.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn play_with(&self, worker: &mut Worker, run: u64) -> Result<Played, ModelFault> {
        let mut drawn = turn(run).draw(self.seed, run, self.setting);
        worker.play(&mut *drawn)
    }

    /// The schedule of this number as deviations, and what it breaks.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn written(&self, run: u64) -> Result<(Vec<Deviation>, Option<Breach>), ModelFault> {
        self.pool.with(|worker| {
            let (encoded, breach) = self.write_with(worker, run)?;
            Ok((encoded.schedule, breach))
        })
    }

    fn write_with(
        &self,
        worker: &mut Worker,
        run: u64,
    ) -> Result<(Encoded, Option<Breach>), ModelFault> {
        let played = self.play_with(worker, run)?;
        let encoded = worker.encode()?;
        // What does not come to rest is broken only where it also does not behind the last deviation, as it is written.
        let (again, _) = worker.replay(&encoded.schedule)?;
        Ok((encoded, played.found.filter(|_| again.found.is_some())))
    }

    /// Draws a schedule again, writes it down, and makes it smaller.
    fn found(&self, progress: &Progress, run: u64) -> Result<Option<Found>, ModelFault> {
        self.pool.with(|worker| {
            let (encoded, Some(breach)) = self.write_with(worker, run)? else {
                return Ok(None);
            };
            let deviations = encoded.schedule.len() as u32;
            let by = Means::Random {
                gamble: turn(run),
                run,
                deviations,
            };
            Ok(Some(small(worker, progress, encoded, breach, by)?))
        })
    }
}
