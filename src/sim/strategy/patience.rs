//! Keeps a random order from starving anything.
//!
//! A timer that its owner sets again whenever it fires could win every draw, and a run would never come to rest. So an item that can
//! happen waits for at most [`PATIENCE`] timers, as in the default order. Musuvathi and Qadeer, "Fair stateless model checking", PLDI
//! 2008, say why a search without such a bound judges runs that no scheduler would allow.

use crate::sim::deviation::PATIENCE;
use crate::sim::program::Program;
use crate::sim::run::{Pending, Run};

/// For how many timers each item has waited.
#[derive(Clone, Debug, Default)]
pub(super) struct Patience {
    timers: u32,
    /// By birth: how many timers had fired when it was first seen.
    since: Vec<u32>,
}

impl Patience {
    /// Something happened.
    pub(super) fn happened(&mut self, program: &Program, run: &Run) {
        let is_timer = |kind: u32| program.kind_of(kind).is_patient();
        self.timers += u32::from(run.steps.last().is_some_and(|step| is_timer(step.kind)));
    }

    /// The oldest item that has waited long enough.
    pub(super) fn overdue(&mut self, program: &Program, run: &Run) -> Option<usize> {
        let newest = run.pending.last()?.born as usize;
        if self.since.len() <= newest {
            self.since.resize(newest + 1, self.timers);
        }
        if self.timers <= PATIENCE {
            return None;
        }
        let is_overdue = |item: &Pending| {
            let waited = self.timers - self.since[item.born as usize];
            waited > PATIENCE && run.is_enabled(program, *item)
        };
        run.pending.iter().position(is_overdue)
    }
}
