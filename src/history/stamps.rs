//! What participants' clocks showed, beside the events: most histories record no times at all.
//!
//! # Complexity
//! Eight bytes for each event up to the last one with a time; nothing where none has one.

use super::EventId;

/// The times of events, in nanoseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stamps {
    /// Event by event, with [`Stamps::ABSENT`] where none is recorded.
    ns: Vec<i64>,
}

impl Stamps {
    /// Stands for a missing time: no clock shows the smallest integer.
    pub(super) const ABSENT: i64 = i64::MIN;

    /// Adds the time of an event behind all that have one.
    pub(super) fn add(&mut self, event: EventId, time_ns: i64) {
        debug_assert!(self.ns.len() <= event.index(), "events come in their order");
        self.ns.resize(event.index(), Self::ABSENT);
        self.ns.push(time_ns);
    }

    pub(super) fn get(&self, event: EventId) -> Option<i64> {
        let time_ns = self.ns.get(event.index()).copied();
        time_ns.filter(|time_ns| *time_ns != Self::ABSENT)
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.ns.shrink_to_fit();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.ns.capacity() * size_of::<i64>()
    }
}
