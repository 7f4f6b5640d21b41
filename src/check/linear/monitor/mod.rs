//! Monitors: algorithms that decide one family of objects without a search, in O(n log n).
//!
//! # Idea
//! Deciding linearizability is hard in general and easy for most objects that people use, most of the time: when
//! each value is written once, say, an answer tells which operation it came from. A monitor either decides or
//! says why it cannot ([`Finding::Unfit`]); it never guesses. What it finds is checked by other means before
//! anybody sees it: an order is replayed, a breach is put to the breadth-first search.
//!
//! # Preconditions
//! Monitors need the interval order of one observer: each operation lies between two positions on one line.

mod container;
mod counter;
mod deadlines;
#[cfg(test)]
mod details;
mod gaps;
mod layers;
mod priority_queue;
mod queue;
#[cfg(test)]
mod reasons;
mod refusals;
mod register;
mod semaphore;
#[cfg(test)]
mod sentences;
mod set;
mod shrink;
mod stack;
mod stale;
mod telling;
mod tenure;
#[cfg(test)]
mod trial;
mod values;
mod zones;

use crate::history::EventId;

use container::Kind;

use super::{Act, Family};

/// What stands for the end of an operation that nobody saw end.
pub(super) const NEVER: u32 = u32::MAX;

/// An operation as a monitor sees it: what it did, between which two positions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed<'v> {
    /// Where it was invoked. No two ends of operations are equal.
    pub(super) call: u32,
    /// Where it returned. [`NEVER`]: its outcome is unknown, it may take effect at any time after the call or never.
    pub(super) ret: u32,
    pub(super) act: Act<'v>,
}

impl Deed<'_> {
    pub(super) const fn position(event: EventId) -> u32 {
        event.index() as u32
    }

    pub(super) const fn is_certain(&self) -> bool {
        self.ret != NEVER
    }
}

/// What a monitor found out about one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// An order, as positions among the deeds: all certain ones, and those of unknown outcome that are needed.
    Order(Vec<u32>),
    /// There is no order.
    Breach(Breach),
    /// Not a case for this monitor, and why, as the end of a sentence: "3 is written twice (lines 4 and 9)".
    Unfit(String),
}

/// Operations that cannot be ordered, even with everything else left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Breach {
    /// The certain operations that show it, as positions among the deeds, sorted.
    pub(super) deeds: Vec<u32>,
    /// Operations of unknown outcome that do not save it: the claim holds even if they took effect.
    pub(super) excuses: Vec<u32>,
    /// Why, one sentence an entry.
    pub(super) why: Vec<String>,
}

/// The operations of one object, and how to speak of them.
#[derive(Clone, Copy)]
pub(super) struct Scene<'s, 'v> {
    pub(super) deeds: &'s [Deed<'v>],
    /// A deed as one reads it aloud: "`read` → 3 (line 7)".
    pub(super) words: &'s dyn Fn(u32) -> String,
    /// The line of a position.
    pub(super) line: &'s dyn Fn(u32) -> usize,
}

/// Decides one object of a family.
pub(super) fn decide<'v>(family: &'v Family, scene: Scene<'_, 'v>) -> Finding {
    match family {
        Family::Register { initial } => register::decide(initial, scene),
        Family::Set { initial } => set::decide(initial, scene),
        Family::Counter { initial } => counter::decide(*initial, scene),
        Family::Semaphore { permits } => semaphore::decide(*permits, scene),
        Family::OwnedMutex => tenure::decide(scene),
        Family::Queue { initial } => container::decide(Kind::Queue, scene, initial),
        Family::Stack { initial } => container::decide(Kind::Stack, scene, initial),
        Family::PriorityQueue { initial } => container::decide(Kind::PriorityQueue, scene, initial),
    }
}

/// What the algorithm of a family is called in reports.
pub(super) const fn name(family: &Family) -> &'static str {
    match family {
        Family::Register { .. } => "zones",
        Family::Set { .. } | Family::Counter { .. } | Family::Semaphore { .. } => {
            "earliest deadline first"
        }
        Family::OwnedMutex => "tenures",
        Family::Queue { .. } | Family::Stack { .. } | Family::PriorityQueue { .. } => {
            "critical intervals"
        }
    }
}
