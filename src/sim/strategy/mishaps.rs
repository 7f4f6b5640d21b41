//! Where faults fall in one random run.
//!
//! # Idea
//! Each fault of the budget is used or not, by the toss of a coin. One that is used waits for one of its *opportunities*, all equally
//! likely as far as the default run tells how many there are: a crash has one before the first group of effects of a reaction and one
//! behind each. So a long reaction is cut short as often as its length makes likely, and a fault does not come early only because
//! there is time for it.

use crate::model::Faults;
use crate::sim::chance::Chance;
use crate::sim::program::Program;
use crate::sim::run::{Run, Way};

/// How much there is in a run: counted in the default one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) steps: u32,
    /// Messages that could have been lost, or arrived twice.
    messages: u32,
    /// Places where a participant could have crashed.
    crash_points: u32,
    /// Participants whose clock could have been wrong.
    starts: u32,
}

impl Extent {
    /// Counts in a run that was played.
    pub(crate) fn of(program: &Program, run: &Run) -> Self {
        let mut extent = Self {
            steps: run.steps.len() as u32,
            ..Self::default()
        };
        for step in &run.steps {
            let kind = program.kind_of(step.kind);
            extent.messages += u32::from(kind.sender().is_some());
            extent.starts += u32::from(kind.is_start());
            if step.reaction != u32::MAX && program.may_crash[kind.to.index()] {
                extent.crash_points += program.reaction(step.reaction).groups.len() as u32 + 1;
            }
        }
        extent
    }
}

/// Where faults fall in one random run.
#[derive(Clone, Debug)]
pub(super) struct Mishaps(Vec<Mishap>);

/// A fault, and how many opportunities pass before it happens.
#[derive(Clone, Copy, Debug)]
struct Mishap {
    way: Way,
    waits: u32,
}

impl Mishaps {
    /// Draws them from what the budget allows.
    pub(super) fn draw(chance: &mut Chance, faults: Faults, extent: Extent) -> Self {
        let mut mishaps = Vec::new();
        let mut draw = |budget: u8, way: Way, opportunities: u32| {
            for _ in 0..budget {
                if chance.is_hit(1, 2) {
                    // A little more than the default run has: random ones may be longer.
                    let among = u64::from(opportunities + opportunities / 4 + 1);
                    let waits = chance.below(among) as u32;
                    let way = match way {
                        Way::Ahead if chance.is_hit(1, 2) => Way::Behind,
                        way => way,
                    };
                    mishaps.push(Mishap { way, waits });
                }
            }
        };
        draw(faults.skews, Way::Ahead, extent.starts);
        draw(faults.partitions, Way::Cut, extent.messages);
        draw(faults.drops, Way::Lost, extent.messages);
        draw(faults.duplicates, Way::Twice, extent.messages);
        draw(faults.crashes, Way::CrashAfter(0), extent.crash_points);
        Self(mishaps)
    }

    /// How the item at this position happens, now that it does.
    pub(super) fn way(&mut self, program: &mut Program, run: &Run, at: usize) -> Way {
        let item = run.pending[at];
        for number in 0..self.0.len() {
            let Mishap { way, waits } = self.0[number];
            if !run.permits(program, item, way) {
                continue;
            }
            let opportunities = match way {
                Way::CrashAfter(_) => run.groups(program, item) + 1,
                _ => 1,
            };
            if waits >= opportunities {
                self.0[number].waits -= opportunities;
                continue;
            }
            self.0.remove(number);
            return match way {
                Way::CrashAfter(_) => Way::CrashAfter(waits as u8),
                way => way,
            };
        }
        Way::Whole
    }
}
