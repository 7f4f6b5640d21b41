//! Happened-before: which events certainly came before which others, and why.
//!
//! An [`Order`] is built once from a [`History`] and answers [`before`](Order::before) in constant time.
//! Its edges are each participant's own order, messages, declared causes and, where one observer saw
//! every line, the order of the lines. Clocks of participants order nothing.
//!
//! ```
//! use testimony::history::HistoryBuilder;
//! use testimony::order::{Order, Reason, Relation};
//!
//! let mut builder = HistoryBuilder::new();
//! let sent = builder.send("checkout", "order-781");
//! let recorded = builder.fact("payment", "started", 1);
//! let received = builder.receive("payment", "order-781");
//! let order = Order::of(&builder.finish()?, Relation::HappenedBefore)?;
//! assert!(order.before(sent, received) && order.concurrent(sent, recorded));
//! let why = order.why(sent, received).unwrap_or_default();
//! assert_eq!(why[0].because, Reason::Message);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | file | what it holds |
//! | --- | --- |
//! | `edges` | messages and causes as compressed sparse rows |
//! | `chains` | participants laid out as chains |
//! | `sort` | the topological order |
//! | `clocks` | which events of each chain are before an event: vector clocks, or a search |
//! | `path` | the shortest explanation why one event is before another |
//! | `cycle` | what is wrong with a history whose events come before themselves |
//! | `wall` | clocks that agree to within a bound, as further edges |
//! | `graph` | the same graph for petgraph, and its drawing |

mod chains;
mod clocks;
mod cycle;
mod edges;
pub mod graph;
mod path;
mod rows;
mod sort;
#[cfg(test)]
mod tests;
mod wall;

use std::fmt;

use crate::history::{EventId, History, LineOrder};

use chains::Chains;
use clocks::Past;
pub use cycle::Cycle;
use edges::{Edge, Edges};
use sort::Ranks;
pub use wall::{ClockFault, Refutation};

/// What an order respects, from the strongest to the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// Everything known: participants' own order, messages, causes, and the order of the lines where
    /// one observer saw all of them.
    HappenedBefore,
    /// Participants' own order, messages and causes, but no real time.
    Causal,
    /// Participants' own order only.
    Sequential,
}

/// Why one event is before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// One participant witnessed both, in this order.
    Process,
    /// The earlier one sent what the later one received.
    Message,
    /// The later one names the earlier one as its cause.
    Cause,
    /// One observer saw both, in this order.
    RealTime,
    /// Clocks that agree to within a bound show times that are further apart.
    Clock,
}

impl Reason {
    /// The word for it in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Message => "message",
            Self::Cause => "cause",
            Self::RealTime => "real-time",
            Self::Clock => "clock",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One link of an explanation: `from` is before `to` for one reason.
///
/// A step of [`Reason::Process`] or [`Reason::RealTime`] may pass over events in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The earlier event.
    pub from: EventId,
    /// The later event.
    pub to: EventId,
    /// Why it is later.
    pub because: Reason,
}

/// The partial order of a history's events.
///
/// Memory is linear in the history: at most 36 bytes an event, 9 a message or cause, and clocks of at
/// most 64 bytes an event (or 64 MiB, where that is more).
#[derive(Clone, Debug)]
pub struct Order {
    net: Net,
    ranks: Ranks,
    past: Past,
}

/// The graph of events: neighbours in chains, and the edges between participants.
#[derive(Clone, Debug)]
struct Net {
    chains: Chains,
    edges: Edges,
}

impl Order {
    /// Orders the events of a history.
    ///
    /// # Complexity
    /// Time O(n + m + r·c) for n events, m messages and causes, c chains and r events at which a message
    /// or cause tells their participant anything new; O((n + m) log n) more where some edge runs
    /// backward in the lines. Clocks are kept where r·c entries fit the limit that [`Order`] states.
    ///
    /// # Errors
    /// [`Cycle`] where an event would come before itself.
    pub fn of(history: &History, relation: Relation) -> Result<Self, Cycle> {
        let clock_bytes_max = clocks::bytes_max(history.events().len());
        Self::within(history, relation, clock_bytes_max)
    }

    /// Orders the events of a history without real time by everything known and by further edges.
    fn of_edges(history: &History, further: &[Edge]) -> Result<Self, Cycle> {
        let clock_bytes_max = clocks::bytes_max(history.events().len());
        Self::of_net(history, Edges::with(history, further), clock_bytes_max)
    }

    /// Orders the events, with clocks only where they fit in so many bytes.
    fn within(
        history: &History,
        relation: Relation,
        clock_bytes_max: usize,
    ) -> Result<Self, Cycle> {
        let edges = match relation {
            Relation::Sequential => Edges::default(),
            Relation::Causal | Relation::HappenedBefore => Edges::of(history),
        };
        if relation == Relation::HappenedBefore && history.line_order() == LineOrder::RealTime {
            cycle::check_lines(history)?;
            let net = Net {
                chains: Chains::of_lines(history),
                edges,
            };
            return Ok(Self {
                net,
                ranks: Ranks::lines(),
                past: Past::of_one_chain(),
            });
        }
        Self::of_net(history, edges, clock_bytes_max)
    }

    fn of_net(history: &History, edges: Edges, clock_bytes_max: usize) -> Result<Self, Cycle> {
        let net = Net {
            chains: Chains::of_processes(history),
            edges,
        };
        let ranks = match Ranks::of(&net) {
            Ok(ranks) => ranks,
            Err(unsorted) => return Err(cycle::shortest(history, &net, &unsorted)),
        };
        let net = net.joined();
        let past = Past::of(&net, &ranks, clock_bytes_max);
        Ok(Self { net, ranks, past })
    }

    /// Whether `a` certainly came before `b`. Strict: no event is before itself.
    ///
    /// # Complexity
    /// O(1) with clocks. Where they would not fit ([`has_clocks`](Self::has_clocks)), a search back
    /// from `b` through the messages and causes that stand between the two: see
    /// [`last_before`](Self::last_before).
    #[must_use]
    pub fn before(&self, a: EventId, b: EventId) -> bool {
        self.is_before(number(a), number(b))
    }

    /// Whether neither event is before the other: either may have come first.
    #[must_use]
    pub fn concurrent(&self, a: EventId, b: EventId) -> bool {
        a != b && !self.before(a, b) && !self.before(b, a)
    }

    /// Whether the order is the order of the lines: `before(a, b)` is `a < b` for all events.
    #[must_use]
    pub fn is_total(&self) -> bool {
        self.chains() <= 1 && self.ranks.are_lines()
    }

    /// Whether `before` is answered by clocks, in constant time.
    #[must_use]
    pub fn has_clocks(&self) -> bool {
        self.past.has_clocks()
    }

    /// The shortest explanation why `a` is before `b`; `None` where it is not.
    ///
    /// The steps lead from `a` to `b`. Where one participant witnessed several events in a row, one
    /// step passes over them. Of equally short explanations it is the same one on every run.
    ///
    /// # Complexity
    /// Linear in the events and edges between the two; without clocks, in those that stand between
    /// them in the topological order.
    #[must_use]
    pub fn why(&self, a: EventId, b: EventId) -> Option<Vec<Step>> {
        if !self.before(a, b) {
            return None;
        }
        let (from, to) = (number(a), number(b));
        if self.net.chains.has_line_order() {
            return Some(vec![self.net.line_step(from, to)]);
        }
        let is_between = |event: u32| {
            if self.has_clocks() {
                self.is_before(event, to)
            } else {
                self.ranks.rank(event) < self.ranks.rank(to)
            }
        };
        path::shortest(
            &self.net,
            from,
            to,
            &mut path::Effort::unbounded(),
            is_between,
        )
    }

    /// All events, each after all that are before it; of several that could be next, the first line.
    pub fn topological(&self) -> impl ExactSizeIterator<Item = EventId> + '_ {
        (0..self.net.chains.len()).map(|rank| event_id(self.ranks.event(rank as u32)))
    }

    /// The place of an event in the topological order, counted from 0.
    pub(crate) fn rank(&self, event: EventId) -> u32 {
        self.ranks.rank(number(event))
    }

    /// The chain of an event and its position there, both counted from 0.
    ///
    /// The events of a chain are totally ordered by their positions, and those of one participant stand
    /// in one chain. A chain may hold several participants.
    #[must_use]
    pub fn chain(&self, event: EventId) -> (u32, u32) {
        self.net.chains.place(number(event))
    }

    /// The number of chains: at most the number of participants, and 1 where the lines are ordered.
    #[must_use]
    pub fn chains(&self) -> usize {
        index(self.net.chains.count())
    }

    /// The number of events of a chain.
    ///
    /// # Panics
    /// Where there is no such chain.
    #[must_use]
    pub fn chain_len(&self, chain: u32) -> u32 {
        self.net.chains.chain_len(chain)
    }

    /// The event at a position of a chain.
    ///
    /// # Panics
    /// Where the chain has no such position.
    #[must_use]
    pub fn event_at(&self, chain: u32, position: u32) -> EventId {
        event_id(self.net.chains.event_at(chain, position))
    }

    /// The position of the last event of `chain` that is before `event`, if any is.
    ///
    /// All earlier events of the chain are before `event` too, and no later one is.
    ///
    /// # Complexity
    /// O(1) with clocks; without, O(k log k) for the k messages and causes in the past of `event` that
    /// are not in the past of the answer.
    ///
    /// # Panics
    /// Where there is no such chain.
    #[must_use]
    pub fn last_before(&self, chain: u32, event: EventId) -> Option<u32> {
        assert!(index(chain) < self.chains(), "the order has chain {chain}");
        self.count_before(chain, number(event), u32::MAX)
            .checked_sub(1)
    }

    /// The number of events.
    #[must_use]
    pub fn len(&self) -> usize {
        self.net.chains.len()
    }

    /// Whether there is no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that the order holds.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.net.chains.heap_bytes()
            + self.net.edges.heap_bytes()
            + self.ranks.heap_bytes()
            + self.past.heap_bytes()
    }

    fn is_before(&self, a: u32, b: u32) -> bool {
        let (chain, position) = self.net.chains.place(a);
        self.count_before(chain, b, position + 1) > position
    }

    /// How many events of `chain` are before `event`; a search may stop once it has found `enough`.
    fn count_before(&self, chain: u32, event: u32, enough: u32) -> u32 {
        let (own, position) = self.net.chains.place(event);
        if own == chain {
            return position;
        }
        match self.past.clock(event) {
            clocks::Clock::Nothing => 0,
            clocks::Clock::Row(row) => row[index(chain)],
            clocks::Clock::Unknown => self.search_back(chain, event, enough),
        }
    }
}

impl Net {
    fn joined(self) -> Self {
        Self {
            chains: self.chains.joined(&self.edges),
            edges: self.edges,
        }
    }

    /// The events that `event` leads to over one edge, with the reasons.
    fn successors(&self, event: u32) -> impl Iterator<Item = (u32, Reason)> + '_ {
        self.chains
            .next(event)
            .into_iter()
            .chain(self.edges.out(event))
    }

    /// The successor with this number, in the order of `successors`, in constant time.
    fn successor(&self, event: u32, place: u32) -> Option<(u32, Reason)> {
        let next = self.chains.next(event);
        if place == 0 && next.is_some() {
            return next;
        }
        self.edges
            .out_at(event, index(place) - usize::from(next.is_some()))
    }

    /// The best reason why one line is before a later one, where one observer saw both.
    fn line_step(&self, from: u32, to: u32) -> Step {
        let edge = self.edges.out(from).find(|(target, _)| *target == to);
        let because = if self.chains.process(from) == self.chains.process(to) {
            Reason::Process
        } else {
            edge.map_or(Reason::RealTime, |(_, because)| because)
        };
        Step {
            from: event_id(from),
            to: event_id(to),
            because,
        }
    }
}

/// The position of an event as it is stored: four bytes.
fn number(event: EventId) -> u32 {
    event.index() as u32 // an index fits: `EventId` stores four bytes itself
}

fn event_id(number: u32) -> EventId {
    EventId::new(index(number))
}

const fn index(number: u32) -> usize {
    number as usize
}
