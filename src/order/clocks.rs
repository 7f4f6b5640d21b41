//! Decides whether one event is before another, for every acyclic history.
//!
//! # Source
//! C. J. Fidge, "Timestamps in Message-Passing Systems That Preserve the Partial Ordering", ACSC 1988;
//! F. Mattern, "Virtual Time and Global States of Distributed Systems", 1989. We differ in three ways:
//! entries stand for chains, not for participants (see `chains`, after Jagadish 1990); a clock is kept
//! only for a **gate**, an event at which a message or cause tells its chain something new, and the
//! events after it up to the next gate share it; and an event's own entry is never read, since its
//! position in its chain says the same.
//!
//! # Idea
//! The events of a chain that are before `e` are a prefix of the chain, so one number a chain, the
//! length of that prefix, says all that is before `e`. The naive version:
//! ```text
//! for e in topological order:
//!     clock[e] = clock[previous of e in its chain], or zeroes
//!     for f with an edge f → e:
//!         clock[e] = max(clock[e], clock[f]) in every entry
//!         clock[e][chain of f] = max(…, position of f + 1)
//! before(a, b) = position of a < clock[b][chain of a]
//! ```
//!
//! # Invariants
//! I1  For a chain other than its own, an event's clock counts the events of the chain before it.
//!     Soundness: by induction over the topological order. What is before `e` is its predecessors and
//!     what is before them. The predecessor in its chain counts all other chains right by induction and
//!     is itself in the own chain. A predecessor `f` of another chain counts every chain but its own
//!     right; of its own chain, exactly its position and itself: that is the second line of the loop.
//!     An entry for the own chain is at most the position, as otherwise `e` were before itself: taking
//!     it into a maximum never counts too much. Prefixes of one chain are nested, so maxima are unions.
//! I2  Events between gates have the clock of the gate before them: none of their other predecessors
//!     tells anything that the clock does not count (the entry of `f`'s chain exceeds its position, so
//!     `f`, and with it all before `f`, is before the chain's previous event).
//!
//! # Complexity
//! For n events, m edges, c chains, r gates (r ≤ m): time O(n + m + m·c) at worst, space 4·n + 4·r·c
//! bytes; `before` O(1). Where 4·r·c exceeds `bytes_max`, gates are kept without clocks (4·r bytes) and a
//! query searches back from `b` over gates, latest rank first, never below the rank of what it has found
//! so far: O(k log k) for the k edges into gates whose rank is between the two events.
//!
//! # Example
//! Two participants; p sends at its second event, q receives at its second and answers at its third.
//! ```text
//! p:  p0   p1 ──┐         ┌── p2
//! q:  q0        └ q1   q2 ┘
//! gates: q1 with [p 2, q –] and p2 with [p –, q 3]; q2 shares the clock of q1.
//! before(p0, q2): position 0 < 2, yes.    before(q0, p1): p1 is after no gate, no.
//! ```
//!
//! # Not chosen
//! A full vector an event: 4·n·c bytes, 320 MB for a million events and eight participants each with ten
//! threads. Interval labels over spanning trees (GRAIL): smaller, but a negative answer may search.
//! Trees with shared parts for clocks that do not fit: linear at best, and a log factor on every answer.

use std::collections::BinaryHeap;

use rustc_hash::FxHashSet;

use super::{Net, Order, Ranks, index};

/// What is before each event.
#[derive(Clone, Debug)]
pub(super) struct Past {
    /// The number of the last gate at or before each event in its chain; empty where there is no gate.
    gate_of_event: Vec<u32>,
    gates: Gates,
}

#[derive(Clone, Debug)]
enum Gates {
    /// One row of `chains` counts a gate.
    Clocks { chains: usize, counts: Vec<u32> },
    /// The event of each gate.
    Events(Vec<u32>),
}

/// What is known of an event's past outside its chain.
#[derive(Debug)]
pub(super) enum Clock<'a> {
    /// There is nothing.
    Nothing,
    /// A count of events for each chain; the own one means nothing.
    Row(&'a [u32]),
    /// It must be searched.
    Unknown,
}

const NO_GATE: u32 = u32::MAX;

/// The most bytes that clocks may take: 64 an event, and 64 MiB for any history.
pub(super) fn bytes_max(events: usize) -> usize {
    events.saturating_mul(64).max(64 << 20)
}

impl Past {
    /// The past where all events stand in one chain.
    pub(super) const fn of_one_chain() -> Self {
        Self {
            gate_of_event: Vec::new(),
            gates: Gates::Events(Vec::new()),
        }
    }

    /// Finds the gates, and their clocks where those fit in so many bytes.
    pub(super) fn of(net: &Net, ranks: &Ranks, bytes_max: usize) -> Self {
        if net.edges.len() == 0 || net.chains.count() <= 1 {
            return Self::of_one_chain();
        }
        Self::with_clocks(net, ranks, bytes_max).unwrap_or_else(|| Self::with_events(net, ranks))
    }

    fn with_clocks(net: &Net, ranks: &Ranks, bytes_max: usize) -> Option<Self> {
        let chains = index(net.chains.count());
        let counts_max = bytes_max / size_of::<u32>();
        let mut gate_of_event = vec![NO_GATE; net.chains.len()];
        let mut counts: Vec<u32> = Vec::new();
        for rank in 0..net.chains.len() as u32 {
            let event = ranks.event(rank);
            let (own, own_position) = net.chains.place(event);
            let previous = net.chains.previous_of_chain(event);
            let inherited = previous.map_or(NO_GATE, |event| gate_of_event[index(event)]);
            gate_of_event[index(event)] = inherited;
            let mut is_gate = false;
            // Backward: of several events of one chain, the last one tells all that the others do.
            for source in net.edges.sources(event).iter().rev() {
                let (chain, position) = net.chains.place(*source);
                let gate = gate_of_event[index(event)];
                let is_known = chain == own
                    || gate != NO_GATE && counts[index(gate) * chains + index(chain)] > position;
                if is_known {
                    continue;
                }
                if !is_gate {
                    is_gate = true;
                    gate_of_event[index(event)] = add_row(&mut counts, chains, inherited);
                    if counts.len() > counts_max {
                        return None;
                    }
                }
                let from = gate_of_event[index(*source)];
                let row = merge_row(&mut counts, chains, from);
                row[index(chain)] = row[index(chain)].max(position + 1);
                assert!(row[index(own)] <= own_position, "no event is before itself");
            }
        }
        counts.shrink_to_fit();
        Some(Self {
            gate_of_event,
            gates: Gates::Clocks { chains, counts },
        })
    }

    fn with_events(net: &Net, ranks: &Ranks) -> Self {
        let mut gate_of_event = vec![NO_GATE; net.chains.len()];
        let mut gates = Vec::new();
        for rank in 0..net.chains.len() as u32 {
            let event = ranks.event(rank);
            let (own, _) = net.chains.place(event);
            let is_elsewhere = |source: &u32| net.chains.place(*source).0 != own;
            gate_of_event[index(event)] = if net.edges.sources(event).iter().any(is_elsewhere) {
                gates.push(event);
                gates.len() as u32 - 1
            } else {
                let previous = net.chains.previous_of_chain(event);
                previous.map_or(NO_GATE, |event| gate_of_event[index(event)])
            };
        }
        Self {
            gate_of_event,
            gates: Gates::Events(gates),
        }
    }

    pub(super) fn has_clocks(&self) -> bool {
        self.gate_of_event.is_empty() || matches!(self.gates, Gates::Clocks { .. })
    }

    /// What is known of the past of an event.
    pub(super) fn clock(&self, event: u32) -> Clock<'_> {
        let gate = self.gate(event);
        match &self.gates {
            _ if gate == NO_GATE => Clock::Nothing,
            Gates::Clocks { chains, counts } => {
                Clock::Row(&counts[index(gate) * chains..][..*chains])
            }
            Gates::Events(_) => Clock::Unknown,
        }
    }

    fn gate(&self, event: u32) -> u32 {
        self.gate_of_event
            .get(index(event))
            .copied()
            .unwrap_or(NO_GATE)
    }

    /// The event of the last gate at or before `event` in its chain, where clocks are not kept.
    fn gate_event(&self, event: u32) -> Option<u32> {
        match &self.gates {
            Gates::Events(gates) => gates.get(index(self.gate(event))).copied(),
            Gates::Clocks { .. } => None,
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let (Gates::Clocks { counts: words, .. } | Gates::Events(words)) = &self.gates;
        (self.gate_of_event.capacity() + words.capacity()) * size_of::<u32>()
    }
}

/// Appends a row that begins as the inherited one, or as zeroes.
fn add_row(counts: &mut Vec<u32>, chains: usize, inherited: u32) -> u32 {
    let gate = counts.len() / chains;
    if inherited == NO_GATE {
        counts.resize(counts.len() + chains, 0);
    } else {
        let start = index(inherited) * chains;
        counts.extend_from_within(start..start + chains);
    }
    assert!(gate < index(NO_GATE), "there are fewer gates than events");
    gate as u32
}

/// Raises the last row to at least the row of another gate.
fn merge_row(counts: &mut [u32], chains: usize, from: u32) -> &mut [u32] {
    let (known, row) = counts.split_at_mut(counts.len() - chains);
    if from != NO_GATE {
        let other = &known[index(from) * chains..][..chains];
        for (count, other) in row.iter_mut().zip(other) {
            *count = (*count).max(*other);
        }
    }
    row
}

impl Order {
    /// How many events of another chain are before `event`, by search over the gates in its past.
    pub(super) fn search_back(&self, chain: u32, event: u32, enough: u32) -> u32 {
        let net = &self.net;
        let mut found = 0;
        // Nothing at or below this rank can add to what is found.
        let mut floor = match enough {
            u32::MAX => None,
            _ => Some(self.ranks.rank(net.chains.event_at(chain, enough - 1))),
        };
        let mut seen = FxHashSet::default();
        let mut open = BinaryHeap::new();
        let open_gate = |open: &mut BinaryHeap<u32>, event: u32| {
            open.extend(
                self.past
                    .gate_event(event)
                    .map(|gate| self.ranks.rank(gate)),
            );
        };
        open_gate(&mut open, event);
        while let Some(rank) = open.pop() {
            if floor.is_some_and(|floor| rank <= floor) {
                break;
            }
            if !seen.insert(rank) {
                continue;
            }
            let gate = self.ranks.event(rank);
            for source in net.edges.sources(gate) {
                let (other, position) = net.chains.place(*source);
                if other != chain {
                    open_gate(&mut open, *source);
                } else if position >= found {
                    found = position + 1;
                    floor = floor.max(Some(self.ranks.rank(*source)));
                }
            }
            if found >= enough {
                return found;
            }
            if let Some(previous) = net.chains.previous_of_chain(gate) {
                open_gate(&mut open, previous);
            }
        }
        found
    }
}
