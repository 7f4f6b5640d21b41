//! Plays schedules again.

use crate::model::ModelFault;
use crate::sim::{Deviation, End, ItemName, Tale};

use super::Replay;
use super::builder::Fuzz;
use super::gamble::Gambling;
use super::gauge::Gauge;
use super::outcome::Replayed;
use super::pool::Pool;
use super::replay::written;

impl Fuzz {
    /// Plays the default order: nothing is late, lost or down.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub fn default_order(&self) -> Result<Replayed, ModelFault> {
        let nothing = Replay::new(&self.name, self.noise, &[], |_| String::new());
        self.replay(&nothing)
    }

    /// Plays the schedule of a file, with the noise that it was found in.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub fn replay(&self, replay: &Replay) -> Result<Replayed, ModelFault> {
        let fuzz = self.clone().noise(replay.noise());
        let pool = fuzz.pool()?;
        let replayed = fuzz.played(&pool, &replay.schedule())?;
        Ok(Replayed {
            is_same: replayed.replay.trace == replay.trace,
            ..replayed
        })
    }

    /// Plays the random schedule of this number, from 0, as [`Fuzz::run`] draws it from [`Fuzz::seed`], and as it was before it is made small.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub fn replay_drawn(&self, number: u64) -> Result<Replayed, ModelFault> {
        let pool = self.pool()?;
        let gauge = Gauge::default();
        let (schedule, breach) = Gambling::new(&pool, &gauge, self.seed)?.written(number)?;
        let replayed = self.played(&pool, &schedule)?;
        Ok(Replayed {
            failure: replayed.failure.filter(|_| breach.is_some()),
            ..replayed
        })
    }

    /// Plays a schedule with workers of which nothing was asked before.
    fn played(&self, pool: &Pool, schedule: &[Deviation]) -> Result<Replayed, ModelFault> {
        pool.forget();
        let (played, used) = pool.with(|worker| {
            let (played, _) = worker.extend(schedule)?;
            Ok((played, worker.used()))
        })?;
        let (tale, replay) = self.replayed(pool, schedule)?;
        let failure = match &played.found {
            Some(breach) => Some(self.failure(pool, breach, schedule)?),
            None => None,
        };
        Ok(Replayed {
            name: self.name.clone(),
            is_same: true,
            passed_over: schedule.len() - used,
            is_cut_short: played.end == End::StepsMax,
            checks: pool.exercises(),
            tale,
            replay,
            failure,
        })
    }

    /// Plays one schedule again, for what people read of it.
    pub(super) fn replayed(
        &self,
        pool: &Pool,
        schedule: &[Deviation],
    ) -> Result<(Tale, Replay), ModelFault> {
        pool.with(|worker| {
            let (played, _) = worker.extend(schedule)?;
            let name = |name: ItemName| {
                let text = worker.program.text_of(name.kind).unwrap_or_default();
                written(text, name.copy)
            };
            let mut replay = Replay::new(&self.name, self.noise, schedule, name);
            replay.steps = played.steps;
            replay.trace = format!("{:016x}", worker.trace());
            Ok((worker.tell(), replay))
        })
    }
}
