//! Worlds: the ways in which everything may have gone, and the one search through them.
//!
//! A world chooses an outcome for each unknown one and one total order that agrees with happened-before.
//! What the search moves through are *items* (operations or effects), each somewhere between two events.
//! Whether a world is the one looked for is the business of a [`Machine`].

mod farthest;
mod frontier;
mod joint;
mod layers;
mod search;
mod seen;
mod slice;
mod states;

use crate::history::EventId;

pub(crate) use farthest::find_farthest;
pub(crate) use joint::{Joint, entangled};
pub(crate) use layers::find_world_by_layers;
pub(crate) use search::{Search, find_world, find_world_counting};
pub(crate) use slice::Slice;
pub(crate) use states::States;

/// One operation or effect: it takes place once, after `lo` was reached and before `hi` is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// The invocation; of a fact, the fact itself.
    pub(crate) lo: EventId,
    /// The `ok`; of a fact, the fact itself; `None` where the effect has no upper end.
    pub(crate) hi: Option<EventId>,
    /// Whether it takes place in every world.
    pub(crate) is_certain: bool,
}

impl Item {
    /// The same item where nobody knows whether and until when it took effect: a weaker claim, so what is
    /// impossible with it is impossible with the original.
    pub(crate) const fn relaxed(self) -> Self {
        Self {
            lo: self.lo,
            hi: None,
            is_certain: false,
        }
    }
}

/// One step through a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// An item takes place.
    Item(u32),
    /// Something takes place that no line shows: the machine's own numbering.
    Unseen(u32),
}

impl Move {
    /// The item that takes place.
    pub(crate) const fn item(self) -> Option<u32> {
        match self {
            Self::Item(item) => Some(item),
            Self::Unseen(_) => None,
        }
    }
}

/// Decides, step by step, whether a world is one that is looked for. States are small numbers.
pub(crate) trait Machine {
    /// The state before anything has taken place.
    fn start(&mut self) -> u32;

    /// Appends the states that may follow when `item` takes place, each once; none where it cannot. What stands in
    /// `next` before is not this step's business.
    fn step(&mut self, state: u32, item: u32, next: &mut Vec<u32>);

    /// Appends the states that something unseen may lead to, with its number.
    fn unseen(&mut self, state: u32, next: &mut Vec<(u32, u32)>) {
        let _ = (state, next);
    }

    /// Whether `item` leaves the state as it is wherever it can take place at all.
    fn observes(&self, item: u32) -> bool {
        let _ = item;
        false
    }

    /// The class of an item, where others may have the same: items of one class do the same in every state.
    fn class(&self, item: u32) -> Option<u32> {
        let _ = item;
        None
    }

    /// Hears that `item` took place and led from the first state to the second; answers whether any world
    /// goes on from there. It is told of each item until [`Machine::taken_back`], the last one first.
    fn goes_on(&mut self, item: u32, states: (u32, u32)) -> bool {
        let _ = (item, states);
        true
    }

    /// Hears that the item that took place last did not.
    fn taken_back(&mut self, item: u32) {
        let _ = item;
    }

    /// Takes those out of the open items, the most urgent first, that need not be tried in this state: if
    /// some world goes on from here, then one does with an item that stays.
    fn prune(&mut self, state: u32, open: &mut Vec<u32>) {
        let _ = (state, open);
    }

    /// The state that stands for this one and all that have the same future, after what took place.
    fn representative(&self, state: u32) -> u32 {
        state
    }

    /// Whether a world that ends in this state is one that is looked for.
    fn accepts(&mut self, state: u32) -> bool {
        let _ = state;
        true
    }

    /// Whether every world that goes through this state is one that is looked for.
    fn is_final(&mut self, state: u32) -> bool {
        let _ = state;
        false
    }

    /// Bytes that the machine remembers.
    fn heap_bytes(&self) -> u64;
}
