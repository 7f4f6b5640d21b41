//! Whatever can happen is equally likely to happen next.
//!
//! # Source
//! Thomson, Donaldson and Betts, "Concurrency testing using controlled schedulers: an empirical study", TOPC 2016: the plain baseline,
//! and hard to beat where models are small. It hardly ever holds one message back for long: k steps have a chance of 2^-k or less.

use crate::sim::chance::Chance;
use crate::sim::deviation::Strategy;
use crate::sim::program::Program;
use crate::sim::run::{Run, Way};

use super::mishaps::Mishaps;
use super::patience::Patience;

/// A uniform choice at every step.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    chance: Chance,
    mishaps: Mishaps,
    patience: Patience,
}

impl Random {
    pub(crate) fn new(chance: Chance, mishaps: Mishaps) -> Self {
        Self {
            chance,
            mishaps,
            patience: Patience::default(),
        }
    }
}

impl Strategy for Random {
    fn next(&mut self, program: &mut Program, run: &Run) -> Option<(usize, Way)> {
        let can_happen = |at: &usize| run.is_enabled(program, run.pending[*at]);
        let count = (0..run.pending.len()).filter(can_happen).count() as u64;
        let overdue = self.patience.overdue(program, run);
        if count == 0 {
            return None;
        }
        let drawn = self.chance.below(count) as usize;
        let drawn = (0..run.pending.len()).filter(can_happen).nth(drawn);
        let at = overdue.or(drawn)?;
        Some((at, self.mishaps.way(program, run, at)))
    }

    fn happened(&mut self, program: &Program, run: &Run) {
        self.patience.happened(program, run);
    }
}
