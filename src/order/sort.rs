//! The topological order: every event after all that are before it.
//!
//! # Source
//! A. B. Kahn, "Topological Sorting of Large Networks", CACM 5(11), 1962, with a heap instead of a
//! list: of the events that could be next, the first line is. Where no edge runs backward in the
//! lines, the answer is the lines themselves and nothing is stored.
//!
//! # Invariants
//! I1  An event's rank is greater than the ranks of all events before it.
//!
//! # Complexity
//! O(n + m) where no edge runs backward, else O((n + m) log n); 0 or 8 bytes an event.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Net, index};

/// The place of each event in the topological order.
#[derive(Clone, Debug)]
pub(super) struct Ranks {
    /// Both empty where ranks are lines.
    events: Vec<u32>,
    ranks: Vec<u32>,
}

/// The events that could not be sorted: those on a cycle and those after one.
#[derive(Debug)]
pub(super) struct Unsorted {
    pub(super) events: Vec<u32>,
}

impl Ranks {
    /// The order of the lines.
    pub(super) const fn lines() -> Self {
        Self {
            events: Vec::new(),
            ranks: Vec::new(),
        }
    }

    /// Sorts the events of a graph of participants.
    pub(super) fn of(net: &Net) -> Result<Self, Unsorted> {
        let events = net.chains.len() as u32;
        let is_forward = |event: u32| net.edges.targets(event).iter().all(|to| *to > event);
        if net.edges.len() == 0 || (0..events).all(is_forward) {
            return Ok(Self::lines());
        }
        let incoming = |event: u32| {
            net.edges.sources(event).len() as u32 + u32::from(net.chains.previous(event).is_some())
        };
        let mut waiting_for: Vec<u32> = (0..events).map(incoming).collect();
        let is_ready = |event: &u32| waiting_for[index(*event)] == 0;
        let mut ready: BinaryHeap<_> = (0..events).filter(is_ready).map(Reverse).collect();
        let mut sorted = Vec::with_capacity(index(events));
        while let Some(Reverse(event)) = ready.pop() {
            sorted.push(event);
            for (next, _) in net.successors(event) {
                waiting_for[index(next)] -= 1;
                if waiting_for[index(next)] == 0 {
                    ready.push(Reverse(next));
                }
            }
        }
        if sorted.len() < index(events) {
            let is_left = |event: &u32| waiting_for[index(*event)] > 0;
            return Err(Unsorted {
                events: (0..events).filter(is_left).collect(),
            });
        }
        let mut ranks = waiting_for; // all zero by now: the same memory
        for (rank, event) in sorted.iter().enumerate() {
            ranks[index(*event)] = rank as u32;
        }
        Ok(Self {
            events: sorted,
            ranks,
        })
    }

    /// Whether the topological order is the order of the lines.
    pub(super) fn are_lines(&self) -> bool {
        self.events.is_empty()
    }

    pub(super) fn rank(&self, event: u32) -> u32 {
        self.ranks.get(index(event)).copied().unwrap_or(event)
    }

    pub(super) fn event(&self, rank: u32) -> u32 {
        self.events.get(index(rank)).copied().unwrap_or(rank)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        (self.events.capacity() + self.ranks.capacity()) * size_of::<u32>()
    }
}
