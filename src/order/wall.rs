//! Clocks of different participants as evidence of order, where they are known to agree to within a bound.
//!
//! # Source
//! Partial synchrony as in Ganguly, Momtaz and Bonakdarpour, "Distributed Runtime Verification Under Partial Synchrony",
//! OPODIS 2020. They ask a solver; here the clocks are further edges of happened-before.
//!
//! # Idea
//! Let two clocks, read at one moment, differ by at most `error`. Then of two events whose times differ by more, the one
//! with the smaller time came first. Before that is believed it is held against what is certain: an event that comes before
//! another one, and has a time that is greater by more than `error`, refutes the bound.
//!
//! Not every pair is an edge. Let T be the greatest time that is smaller than that of f by more than `error`. Events
//! earlier than T by more than `error` come before the one at T, and that comes before f; so only the rest are edges to f.
//! What came before the participant's previous event is not told again.
//!
//! # Invariants
//! * I1 the transitive closure of these edges and each participant's own order has every pair that the bound orders.
//!
//! # Complexity
//! O(n log n) for n events, and the edges: for each event at most those in a stretch of time of length `error`.

use std::fmt;

use crate::history::{EventId, History, LineOrder};

use super::edges::{Edge, all};
use super::{Cycle, Order, Reason, Relation, event_id, number};

/// Why clocks cannot be what they were said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClockFault {
    /// Two events that are certainly in order have times that are further apart, the other way.
    Refuted(Refutation),
    /// Together with everything else that is known, some event would come before itself.
    Cycle(Cycle),
}

/// Evidence that two clocks differ by more than was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refutation {
    /// The event that certainly came first.
    pub earlier: EventId,
    /// The one that came later, with the smaller time.
    pub later: EventId,
    /// By how much its time is smaller, in nanoseconds: no smaller bound can be right.
    pub apart_ns: u64,
    /// Their lines, and why the one is before the other.
    lines: (u32, u32),
    because: Reason,
}

impl std::error::Error for ClockFault {}

impl fmt::Display for ClockFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refuted(refutation) => refutation.fmt(f),
            Self::Cycle(cycle) => cycle.fmt(f),
        }
    }
}

impl fmt::Display for Refutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (earlier, later) = self.lines;
        match self.because {
            Reason::Message => write!(f, "line {later} received what line {earlier} sent")?,
            Reason::Cause => write!(f, "line {later} names line {earlier} as its cause")?,
            _ => write!(
                f,
                "line {later} comes after line {earlier} in one participant's order"
            )?,
        }
        write!(
            f,
            ", but its time is smaller by {} ns: no smaller error of the clocks is possible",
            self.apart_ns
        )
    }
}

impl Order {
    /// Orders the events by everything known and by clocks that differ by at most `error_ns` nanoseconds.
    ///
    /// Where one observer saw all lines, clocks add nothing.
    ///
    /// # Errors
    /// Where the history itself shows that the clocks differ by more.
    pub fn with_clocks(history: &History, error_ns: u64) -> Result<Self, ClockFault> {
        if let Some(refutation) = refutation(history, error_ns) {
            return Err(ClockFault::Refuted(refutation));
        }
        let order = match history.line_order() {
            LineOrder::RealTime => Self::of(history, Relation::HappenedBefore),
            LineOrder::HappenedBefore => Self::of_edges(history, &edges(history, error_ns)),
        };
        order.map_err(ClockFault::Cycle)
    }
}

/// The worst contradiction between the times and what is certain, if it is worse than `error_ns`.
fn refutation(history: &History, error_ns: u64) -> Option<Refutation> {
    let apart = |edge: &Edge| {
        let earlier = history.time_ns(event_id(edge.from))?;
        let later = history.time_ns(event_id(edge.to))?;
        (earlier > later).then(|| earlier.abs_diff(later))
    };
    let told = all(history).chain(own_order(history));
    let apart = told.filter_map(|edge| Some((apart(&edge)?, edge)));
    let worst = apart.max_by_key(|(apart_ns, edge)| (*apart_ns, std::cmp::Reverse(edge.to)));
    let (apart_ns, edge) = worst.filter(|(apart_ns, _)| *apart_ns > error_ns)?;
    let line = |event| history.event(event_id(event)).place.line;
    Some(Refutation {
        earlier: event_id(edge.from),
        later: event_id(edge.to),
        apart_ns,
        lines: (line(edge.from), line(edge.to)),
        because: edge.because,
    })
}

/// For each event with a time, the one of its participant before it that had the greatest time.
fn own_order(history: &History) -> impl Iterator<Item = Edge> + '_ {
    let mut greatest: Vec<Option<(i64, u32)>> = vec![None; history.processes().len()];
    history.event_ids().filter_map(move |id| {
        let time = history.time_ns(id)?;
        let known = &mut greatest[history.event(id).process.index()];
        let before = *known;
        if before.is_none_or(|(greatest, _)| time > greatest) {
            *known = Some((time, number(id)));
        }
        let (_, from) = before?;
        Some(Edge {
            from,
            to: number(id),
            because: Reason::Process,
        })
    })
}

fn edges(history: &History, error_ns: u64) -> Vec<Edge> {
    let error = i128::from(error_ns);
    let timed = history.event_ids().filter_map(|id| {
        let time = history.time_ns(id)?;
        Some((i128::from(time), number(id)))
    });
    let mut by_time: Vec<(i128, u32)> = timed.collect();
    by_time.sort_unstable();
    let earlier_than = |time: i128| by_time.partition_point(|(other, _)| *other < time);
    let process = |event: u32| history.event(event_id(event)).process;
    // Of each participant: how many of the sorted events are known to come before its last one.
    let mut known = vec![0; history.processes().len()];
    let mut edges = Vec::new();
    for id in history.event_ids() {
        let Some(time) = history.time_ns(id) else {
            continue;
        };
        let end = earlier_than(i128::from(time) - error);
        let own = process(number(id));
        if end <= known[own.index()] {
            continue;
        }
        let start = earlier_than(by_time[end - 1].0 - error);
        for (_, from) in &by_time[start.max(known[own.index()])..end] {
            if process(*from) != own {
                edges.push(Edge {
                    from: *from,
                    to: number(id),
                    because: Reason::Clock,
                });
            }
        }
        known[own.index()] = end;
    }
    edges.sort_unstable_by_key(|edge| (edge.from, edge.to));
    edges
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A history of three participants: who witnessed each line, when by its own clock, and a message to the next line.
    fn history(lines: &[(u8, Option<i8>, bool)]) -> History {
        let mut text = String::from("{\"history\": 1, \"order\": \"happened-before\"}\n");
        let mut open: Option<usize> = None;
        for (at, (process, time, sends)) in lines.iter().enumerate() {
            let process = process % 3;
            let time = time.map_or(String::new(), |time| format!(", \"time\": {time}"));
            let line = match (open.take(), sends) {
                (Some(msg), _) => format!("\"type\": \"receive\", \"msg\": {msg}"),
                (None, true) if at + 1 < lines.len() => {
                    open = Some(at);
                    format!("\"type\": \"send\", \"msg\": {at}")
                }
                _ => "\"type\": \"fact\", \"f\": \"x\"".to_owned(),
            };
            text.push_str(&format!("{{\"process\": {process}, {line}{time}}}\n"));
        }
        History::parse(&text).unwrap()
    }

    /// Everything that is before everything else, by closing over all pairs; `None` where there is a cycle.
    fn closure(history: &History, error: i64) -> Option<Vec<Vec<bool>>> {
        let count = history.events().len();
        let plain = Order::of(history, Relation::HappenedBefore).unwrap();
        let time = |at: usize| history.time_ns(EventId::new(at));
        let mut before = vec![vec![false; count]; count];
        for (a, row) in before.iter_mut().enumerate() {
            for (b, is_before) in row.iter_mut().enumerate() {
                let by_clock = time(a).zip(time(b)).is_some_and(|(a, b)| b - a > error);
                let own = history.event(EventId::new(a)).process
                    == history.event(EventId::new(b)).process;
                *is_before = plain.before(EventId::new(a), EventId::new(b)) || by_clock && !own;
            }
        }
        for middle in 0..count {
            for a in 0..count {
                for b in 0..count {
                    before[a][b] |= before[a][middle] && before[middle][b];
                }
            }
        }
        (0..count).all(|at| !before[at][at]).then_some(before)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn clocks_order_what_is_further_apart(
            lines in prop::collection::vec((any::<u8>(), prop::option::weighted(0.8, 0..20_i8), any::<bool>()), 1..12),
            error in 0..12_i64,
        ) {
            let history = history(&lines);
            match Order::with_clocks(&history, error as u64) {
                Ok(order) => {
                    let closure = closure(&history, error);
                    prop_assert!(closure.is_some(), "a cycle is refused");
                    for (a, row) in closure.unwrap().iter().enumerate() {
                        for (b, is_before) in row.iter().enumerate() {
                            prop_assert_eq!(order.before(EventId::new(a), EventId::new(b)), *is_before, "{} {}", a, b);
                        }
                    }
                }
                Err(ClockFault::Refuted(refutation)) => {
                    let plain = Order::of(&history, Relation::HappenedBefore).unwrap();
                    prop_assert!(plain.before(refutation.earlier, refutation.later));
                    let time = |event| history.time_ns(event).unwrap();
                    prop_assert_eq!(time(refutation.earlier) - time(refutation.later), refutation.apart_ns as i64);
                    prop_assert!(refutation.apart_ns > error as u64);
                }
                Err(ClockFault::Cycle(_)) => prop_assert!(closure(&history, error).is_none()),
            }
        }
    }

    #[test]
    fn a_message_that_arrives_before_it_was_sent_refutes_the_bound() {
        let history = history(&[(0, Some(9), true), (1, Some(2), false)]);
        assert!(Order::with_clocks(&history, 7).is_ok());
        let fault = Order::with_clocks(&history, 6).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "line 3 received what line 2 sent, but its time is smaller by 7 ns: no smaller error of the clocks is possible"
        );
    }
}
