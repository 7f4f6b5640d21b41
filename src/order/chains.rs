//! Chains: the events laid out so that each participant's own order is a run of neighbours.
//!
//! # Source
//! H. V. Jagadish, "A Compression Technique to Materialize Transitive Closure", ACM TODS 15(4), 1990:
//! reachability over a decomposition into chains. Where it differs: the decomposition is not computed
//! but given, since each participant already is a chain; only whole participants are joined.
//!
//! # Idea
//! A clock has one entry a chain, so fewer chains make smaller clocks. Where a participant's first
//! event directly follows (a message, a cause) the last event of another one, the two make one chain:
//! a thousand participants of one request each, handed from one to the next, are one chain.
//!
//! # Invariants
//! I1  The events of one participant stand next to each other in one chain, in their own order.
//! I2  Neighbours in a chain are joined by an edge, so a chain is totally ordered by happened-before.
//! I3  At most one participant joins another one's end: there are never more chains than participants.
//!
//! # Complexity
//! Time and space O(events + participants + edges); 12 bytes an event, 4 where the lines are the chain.
//!
//! # Not chosen
//! A minimum chain decomposition (matching, O(n^2.5)) would save little: participants are few where
//! histories are long. Joining at any event would cost a search a participant.

use crate::history::History;

use super::edges::Edges;
use super::rows::{claim, starts};
use super::{Reason, index};

/// Where each event stands: its participant, its chain and its position there.
#[derive(Clone, Debug)]
pub(super) struct Chains {
    /// The participant of each event.
    processes: Vec<u32>,
    chain_of_process: Vec<u32>,
    /// Where each chain begins among the slots; one entry more than chains.
    chain_starts: Vec<u32>,
    /// The slot of each event; empty where slots are lines.
    slots: Vec<u32>,
    /// The event at each slot; empty where slots are lines.
    events: Vec<u32>,
    /// Why neighbours of different participants follow each other: in the order of one observer.
    has_line_order: bool,
}

impl Chains {
    /// All lines as one chain, as one observer saw them.
    pub(super) fn of_lines(history: &History) -> Self {
        let events = history.events().len() as u32;
        let chain_starts = if events == 0 {
            vec![0]
        } else {
            vec![0, events]
        };
        Self {
            processes: processes(history),
            chain_of_process: vec![0; history.processes().len()],
            chain_starts,
            slots: Vec::new(),
            events: Vec::new(),
            has_line_order: true,
        }
    }

    /// One chain a participant that witnessed anything.
    pub(super) fn of_processes(history: &History) -> Self {
        let count = history.processes().len() as u32;
        Self::laid_out(processes(history), (0..count).collect(), |_| true)
    }

    /// The same participants with those joined whose first event directly follows another's last one.
    pub(super) fn joined(self, edges: &Edges) -> Self {
        const NOBODY: u32 = u32::MAX;
        let count = self.chain_of_process.len();
        let mut successor = vec![NOBODY; count];
        let mut is_joined = vec![false; count];
        for chain in 0..self.count() {
            let first = self.event_at(chain, 0);
            let joins = edges.sources(first).iter().copied().find(|source| {
                self.next_of_process(*source).is_none()
                    && successor[index(self.process(*source))] == NOBODY
            });
            if let Some(source) = joins {
                let process = self.process(first);
                assert_ne!(process, self.process(source), "the edges have no cycle");
                successor[index(self.process(source))] = process;
                is_joined[index(process)] = true;
            }
        }
        if !is_joined.contains(&true) {
            return self;
        }
        let mut sequence = Vec::with_capacity(count);
        for head in (0..count as u32).filter(|process| !is_joined[index(*process)]) {
            let mut process = head;
            while process != NOBODY {
                sequence.push(process);
                process = successor[index(process)];
            }
        }
        assert_eq!(
            sequence.len(),
            count,
            "joins have no cycle, so each has a head"
        );
        Self::laid_out(self.processes, sequence, |process| {
            !is_joined[index(process)]
        })
    }

    /// Lays out participants in this sequence; a chain begins at those who are heads.
    fn laid_out(processes: Vec<u32>, sequence: Vec<u32>, is_head: impl Fn(u32) -> bool) -> Self {
        let mut places = vec![0; sequence.len()];
        for (place, process) in sequence.iter().enumerate() {
            places[index(*process)] = place as u32;
        }
        let place_of = |process: &u32| places[index(*process)];
        let mut next = starts(sequence.len(), processes.iter().map(place_of));
        let mut chain_of_process = vec![0; sequence.len()];
        let mut chain_starts = vec![0];
        for (place, process) in sequence.iter().enumerate() {
            let (start, end) = (next[place], next[place + 1]);
            if start == end {
                continue; // nothing witnessed: no chain
            }
            if is_head(*process) && start > 0 {
                chain_starts.push(start);
            }
            chain_of_process[index(*process)] = chain_starts.len() as u32 - 1;
        }
        if !processes.is_empty() {
            chain_starts.push(processes.len() as u32);
        }
        let mut slots = Vec::new();
        let mut events = Vec::new();
        if sequence.len() > 1 {
            slots.reserve_exact(processes.len());
            events = vec![0; processes.len()];
            for (event, process) in processes.iter().enumerate() {
                let slot = claim(&mut next, place_of(process));
                slots.push(slot as u32);
                events[slot] = event as u32;
            }
        }
        Self {
            processes,
            chain_of_process,
            chain_starts,
            slots,
            events,
            has_line_order: false,
        }
    }

    /// The number of events.
    pub(super) fn len(&self) -> usize {
        self.processes.len()
    }

    /// The number of chains.
    pub(super) fn count(&self) -> u32 {
        self.chain_starts.len() as u32 - 1
    }

    /// Whether the order of the lines holds by itself.
    pub(super) fn has_line_order(&self) -> bool {
        self.has_line_order
    }

    /// The participant of an event.
    pub(super) fn process(&self, event: u32) -> u32 {
        self.processes[index(event)]
    }

    /// The chain of an event and its position there.
    pub(super) fn place(&self, event: u32) -> (u32, u32) {
        let chain = self.chain_of_process[index(self.process(event))];
        (chain, self.slot(event) - self.chain_starts[index(chain)])
    }

    /// The event at a position of a chain, which must exist.
    pub(super) fn event_at(&self, chain: u32, position: u32) -> u32 {
        let slot = self.chain_starts[index(chain)] + position;
        assert!(
            slot < self.chain_starts[index(chain) + 1],
            "the chain has such a position"
        );
        self.at(slot)
    }

    /// The length of a chain.
    pub(super) fn chain_len(&self, chain: u32) -> u32 {
        self.chain_starts[index(chain) + 1] - self.chain_starts[index(chain)]
    }

    /// The event before this one in its chain.
    pub(super) fn previous_of_chain(&self, event: u32) -> Option<u32> {
        let (_, position) = self.place(event);
        (position > 0).then(|| self.at(self.slot(event) - 1))
    }

    /// The next event of the same participant, where it is the next one of the chain too.
    ///
    /// It always is, save where the chain is the lines.
    pub(super) fn next_of_process(&self, event: u32) -> Option<u32> {
        let next = self.following(event)?;
        (self.process(next) == self.process(event)).then_some(next)
    }

    /// The neighbour that this event leads to without a message or a cause.
    pub(super) fn next(&self, event: u32) -> Option<(u32, Reason)> {
        let next = self.following(event)?;
        Some((next, self.neighbour_reason(event, next)?))
    }

    /// The neighbour that leads to this event without a message or a cause.
    pub(super) fn previous(&self, event: u32) -> Option<u32> {
        let previous = self.previous_of_chain(event)?;
        self.neighbour_reason(previous, event).map(|_| previous)
    }

    /// Where participants are joined, the edge between them is a message or a cause.
    fn neighbour_reason(&self, event: u32, next: u32) -> Option<Reason> {
        if self.process(event) == self.process(next) {
            Some(Reason::Process)
        } else {
            self.has_line_order.then_some(Reason::RealTime)
        }
    }

    /// The event after this one in its chain.
    fn following(&self, event: u32) -> Option<u32> {
        let chain = self.chain_of_process[index(self.process(event))];
        let next = self.slot(event) + 1;
        (next < self.chain_starts[index(chain) + 1]).then(|| self.at(next))
    }

    fn slot(&self, event: u32) -> u32 {
        self.slots.get(index(event)).copied().unwrap_or(event)
    }

    fn at(&self, slot: u32) -> u32 {
        self.events.get(index(slot)).copied().unwrap_or(slot)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let words = [
            &self.processes,
            &self.chain_of_process,
            &self.chain_starts,
            &self.slots,
            &self.events,
        ];
        words
            .iter()
            .map(|words| words.capacity() * size_of::<u32>())
            .sum()
    }
}

fn processes(history: &History) -> Vec<u32> {
    let of_event = |event: &crate::history::Event| event.process.index() as u32;
    history.events().iter().map(of_event).collect()
}
