//! Partial order sampling: random priorities, drawn again for whatever lost a race.
//!
//! # Source
//! Yuan, Yang and Gu, "Partial order aware concurrency sampling", CAV 2018, algorithm 1 (POS). Two items race where the same participant
//! reacts to both.
//!
//! # Idea
//! Each item gets a priority when it comes up, and the highest one happens. Whatever else was pending for the same participant draws
//! again: so the order of each pair of racing items is decided afresh, and each partial order is about as likely as any other,
//! however many steps of others lie in between.
//!
//! # Invariants
//! - I1: an item waits for at most so many timers (`patience.rs`); the paper's programs end, workflows that try again may not.
//!
//! # Complexity
//! O(p) a step, for `p` pending items.

use crate::sim::chance::Chance;
use crate::sim::deviation::Strategy;
use crate::sim::program::Program;
use crate::sim::run::{Run, Way};

use super::mishaps::Mishaps;
use super::patience::Patience;

/// Partial order sampling.
#[derive(Clone, Debug)]
pub(crate) struct PartialOrder {
    chance: Chance,
    mishaps: Mishaps,
    patience: Patience,
    /// By birth.
    priorities: Vec<u64>,
}

impl PartialOrder {
    pub(crate) fn new(chance: Chance, mishaps: Mishaps) -> Self {
        Self {
            chance,
            mishaps,
            patience: Patience::default(),
            priorities: Vec::new(),
        }
    }
}

impl Strategy for PartialOrder {
    fn next(&mut self, program: &mut Program, run: &Run) -> Option<(usize, Way)> {
        let newest = run.pending.last()?.born as usize;
        while self.priorities.len() <= newest {
            self.priorities.push(self.chance.number());
        }
        let can_happen = |at: &usize| run.is_enabled(program, run.pending[*at]);
        let highest = (0..run.pending.len())
            .filter(can_happen)
            .max_by_key(|at| self.priorities[run.pending[*at].born as usize]);
        let at = self.patience.overdue(program, run).or(highest)?;
        let to = program.kind_of(run.pending[at].kind).to;
        for (other, item) in run.pending.iter().enumerate() {
            if other != at && program.kind_of(item.kind).to == to {
                self.priorities[item.born as usize] = self.chance.number();
            }
        }
        Some((at, self.mishaps.way(program, run, at)))
    }

    fn happened(&mut self, program: &Program, run: &Run) {
        self.patience.happened(program, run);
    }
}
