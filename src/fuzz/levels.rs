//! Plays schedules of few deviations from the default order, the likeliest to break something first.
//!
//! # Source
//! Iterative bounding: Musuvathi and Qadeer, "Iterative context bounding for systematic testing of multithreaded programs", PLDI 2007; the
//! bound here is a sum of *costs* (`strategy/postpone.rs`), where theirs counts.
//!
//! # Idea
//! A deviation costs a little where it is likely to matter and more where it hardly does. Schedules are played by their cost: all of cost
//! 0, then 1, and so on, so that three cheap deviations may come before two costly ones. Nothing is left out: each schedule has its turn,
//! as long as the budget lasts. How many of those with 0, 1, 2, … deviations were played is counted for the report.
//!
//! # Invariants
//! - I1: a child costs more than its parent, so no schedule of the cost under way is still to come.
//! - I2: what is played, and in which order, does not depend on threads.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::model::ModelFault;
use crate::sim::{Deviation, Encoded, Focus, Played};

use super::campaign::{Level, Means, Progress, small};
use super::coverage::Origin;
use super::gauge::Gauge;
use super::pool::Pool;

/// How many schedules are played at once: so many that threads have work, so few that little is played behind a find.
const CHUNK: usize = 256;
/// How much more a schedule costs that extends one of which the class was seen before.
const REPEATED: u32 = 3;
/// How many schedules wait for each that can still be played: behind that the costliest are only counted.
const WAITING_MAX: usize = 4;

/// A schedule that was played, or waits: another one and one deviation more.
#[derive(Clone, Copy, Debug)]
struct Child {
    /// Its place among those that were played; `u32::MAX`: the default order.
    parent: u32,
    last: Option<Deviation>,
    cost: u32,
    deviations: u32,
}

/// What came of a schedule: and by what it can be extended, each with its cost.
struct Extended {
    schedule: Vec<Deviation>,
    played: Played,
    menu: Vec<Deviation>,
    costs: Vec<u8>,
}

/// Schedules by their cost.
pub(super) struct Levels<'p> {
    pool: &'p Pool,
    gauge: &'p Gauge,
    focus: Arc<Focus>,
    deviations_max: u32,
    schedules_max: u64,
    played: Vec<Child>,
    waiting: BTreeMap<u32, Vec<Child>>,
}

impl<'p> Levels<'p> {
    /// Looks at the default run.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn new(
        pool: &'p Pool,
        gauge: &'p Gauge,
        deviations_max: u32,
        schedules_max: u64,
    ) -> Result<Self, ModelFault> {
        let focus = pool.with(|worker| {
            worker.extend(&[])?;
            Ok(Arc::new(worker.focus()))
        })?;
        let default = Child {
            parent: u32::MAX,
            last: None,
            cost: 0,
            deviations: 0,
        };
        Ok(Self {
            pool,
            gauge,
            focus,
            deviations_max,
            schedules_max,
            played: Vec::new(),
            waiting: BTreeMap::from([(0, vec![default])]),
        })
    }

    /// Plays schedules until something is found or there are no more to be played.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn play(mut self, progress: &mut Progress) -> Result<(), ModelFault> {
        progress.levels.push(Level::new(0, 1));
        while let Some((_, children)) = self.waiting.pop_first() {
            for chunk in children.chunks(CHUNK) {
                let chunk = &chunk[..chunk.len().min(self.left(progress))];
                if chunk.is_empty() || self.gauge.is_stopped() {
                    return Ok(());
                }
                self.play_chunk(progress, chunk)?;
                self.gauge.show(progress);
                if progress.found.is_some() {
                    return Ok(());
                }
            }
            self.forget(self.left(progress));
        }
        Ok(())
    }

    fn left(&self, progress: &Progress) -> usize {
        let left = self.schedules_max.saturating_sub(progress.schedules);
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    fn play_chunk(&mut self, progress: &mut Progress, chunk: &[Child]) -> Result<(), ModelFault> {
        let extended = chunk.par_iter().map(|child| self.extend(child));
        let extended: Vec<Extended> = extended.collect::<Result<_, ModelFault>>()?;
        for (child, extended) in chunk.iter().zip(extended) {
            let is_new = progress.count(&extended.played, Origin::Deviations);
            progress.levels[child.deviations as usize].played += 1;
            self.gauge.enter_level(child.deviations);
            if let Some(breach) = extended.played.found {
                let near = Vec::new();
                let schedule = extended.schedule;
                let encoded = Encoded { schedule, near };
                let by = Means::Deviations;
                let found = self
                    .pool
                    .with(|worker| small(worker, progress, encoded, breach, by))?;
                progress.found = Some(found);
                return Ok(());
            }
            if child.deviations < self.deviations_max {
                let cost = child.cost + if is_new { 0 } else { REPEATED };
                self.wait(
                    progress,
                    Child { cost, ..*child },
                    &extended.menu,
                    &extended.costs,
                );
            }
        }
        Ok(())
    }

    /// Lets the children of a schedule wait for their turn.
    fn wait(&mut self, progress: &mut Progress, parent: Child, menu: &[Deviation], costs: &[u8]) {
        let place = self.played.len() as u32;
        self.played.push(parent);
        let deviations = parent.deviations + 1;
        if menu.is_empty() {
            return;
        }
        if progress.levels.len() <= deviations as usize {
            progress.levels.push(Level::new(deviations, 0));
        }
        progress.levels[deviations as usize].of += menu.len() as u64;
        for (last, own) in menu.iter().zip(costs) {
            let cost = parent.cost + u32::from(*own).max(1);
            self.waiting.entry(cost).or_default().push(Child {
                parent: place,
                last: Some(*last),
                cost,
                deviations,
            });
        }
    }

    /// Lets go of the costliest schedules, which never have their turn.
    fn forget(&mut self, left: usize) {
        let waiting: usize = self.waiting.values().map(Vec::len).sum();
        let mut surplus = waiting.saturating_sub(left.saturating_mul(WAITING_MAX));
        while let Some(mut costliest) = self.waiting.last_entry().filter(|_| surplus > 0) {
            let kept = costliest.get().len().saturating_sub(surplus);
            surplus -= costliest.get().len() - kept;
            costliest.get_mut().truncate(kept);
            if kept == 0 {
                costliest.remove();
            }
        }
    }

    fn extend(&self, child: &Child) -> Result<Extended, ModelFault> {
        let schedule = self.schedule(child);
        self.pool.with(|worker| {
            worker.set_focus(&self.focus);
            let (played, menu) = worker.extend(&schedule)?;
            Ok(Extended {
                schedule,
                played,
                menu,
                costs: worker.costs().to_vec(),
            })
        })
    }

    fn schedule(&self, child: &Child) -> Vec<Deviation> {
        let mut schedule = Vec::with_capacity(child.deviations as usize);
        let mut at = *child;
        while let Some(last) = at.last {
            schedule.push(last);
            at = self.played[at.parent as usize];
        }
        schedule.reverse();
        schedule
    }
}
