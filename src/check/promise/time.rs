//! When effects took place, as far as clocks say: what promises with bounds of time compare.
//!
//! # Idea
//! `time` is what a participant's own clock showed. A fact has one time; the effect of an operation lies between the times of its invocation
//! and its `ok`; of unknown outcome, from the invocation on. How long after one effect another one took place is known exactly where both
//! have one time on one clock, to within the error where the clocks of two participants are known to agree so far, else not at all.
//! So a bound is surely met, surely missed, or open. A promise counts what is open as missed; its lenient form
//! ([`Promise::lenient`](super::Promise::lenient)) counts it as met.
//!
//! # Invariants
//! * T1 whatever the clocks showed within their error, the true span lies between the two bounds of [`Elapsed`]. So what the strict form
//!   keeps is kept, and what the lenient form breaks is broken.
//!
//! # Not chosen
//! Bounds that follow from messages (a reply that came after 5 s bounds what it replies to), and bounds of several pairs that no one
//! position of the clocks misses together: without them a verdict can be undecided, never wrong.

use std::sync::OnceLock;
use std::time::Duration;

use crate::history::{EventId, History, Outcome, ProcessId};

use super::effect::Source;

/// What is known of a history's clocks.
#[derive(Debug, Default)]
pub(super) struct Times {
    /// By how much clocks of different participants may differ; `None`: nobody knows.
    error_ns: Option<u64>,
    /// The greatest time of each participant.
    ends: OnceLock<Vec<Option<i64>>>,
}

impl Times {
    pub(super) fn agreeing_within(error_ns: Option<u64>) -> Self {
        Self {
            error_ns,
            ends: OnceLock::new(),
        }
    }

    pub(super) const fn error_ns(&self) -> Option<u64> {
        self.error_ns
    }

    pub(super) fn when(&self, history: &History, source: Source) -> When {
        let time = |event: EventId| history.time_ns(event);
        let (first, earliest, latest) = match source {
            Source::Fact(event) | Source::Settled(event, _) => (event, time(event), time(event)),
            Source::Operation(op) => {
                let operation = history.operation(op);
                let end = operation
                    .completion
                    .filter(|_| operation.outcome == Outcome::Ok);
                let invoke = operation.invoke;
                (invoke, time(invoke), end.and_then(time))
            }
            Source::Unknown(op) => {
                let operation = history.operation(op);
                let given_up = operation.completion.unwrap_or(operation.invoke);
                (given_up, time(given_up), time(given_up))
            }
        };
        let clock = history.event(first).process;
        When {
            clock: Some(clock),
            earliest,
            latest,
            record_end: self.record_end(history, clock),
            error_ns: self.error_ns,
        }
    }

    /// The latest moment, by the clock of a participant, at which surely something was still recorded.
    fn record_end(&self, history: &History, clock: ProcessId) -> Option<i128> {
        let ends = self.ends.get_or_init(|| greatest(history));
        let own = ends[clock.index()].map(i128::from);
        let others = self.error_ns.and_then(|error_ns| {
            let latest = ends.iter().flatten().max()?;
            Some(i128::from(*latest) - i128::from(error_ns))
        });
        own.max(others)
    }
}

/// The greatest time of each participant.
fn greatest(history: &History) -> Vec<Option<i64>> {
    let mut ends = vec![None; history.processes().len()];
    for id in history.event_ids() {
        let end = &mut ends[history.event(id).process.index()];
        *end = history.time_ns(id).max(*end);
    }
    ends
}

/// When an effect took place, as far as the clocks say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct When {
    /// Whose clock; `None`: no line shows it.
    clock: Option<ProcessId>,
    earliest: Option<i64>,
    latest: Option<i64>,
    record_end: Option<i128>,
    error_ns: Option<u64>,
}

/// How long after one effect another one took place: at least and at most, in nanoseconds; `None`: without a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed {
    pub(super) at_least_ns: Option<i128>,
    pub(super) at_most_ns: Option<i128>,
}

/// What a comparison answers where the clocks leave it open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Open {
    /// A bound that is not surely met counts as missed.
    #[default]
    Missed,
    /// A bound that is not surely missed counts as met.
    Met,
}

impl When {
    /// Nothing is known: what no line shows.
    #[must_use]
    pub const fn unknown() -> Self {
        Self {
            clock: None,
            earliest: None,
            latest: None,
            record_end: None,
            error_ns: None,
        }
    }

    /// How long after this effect another one took place.
    #[must_use]
    pub fn until(&self, later: &Self) -> Elapsed {
        let error = match (self.clock, later.clock) {
            (Some(own), Some(other)) if own == other => Some(0),
            (Some(_), Some(_)) => self.error_ns.map(i128::from),
            _ => None,
        };
        let span = |from: Option<i64>, to: Option<i64>| {
            Some((i128::from(to?) - i128::from(from?), error?))
        };
        let shortest = span(self.latest, later.earliest);
        let longest = span(self.earliest, later.latest);
        Elapsed {
            at_least_ns: shortest.map(|(ns, error)| ns - error),
            at_most_ns: longest.map(|(ns, error)| ns + error),
        }
    }

    /// Whether the record surely runs beyond the moment so long after this effect. What has not happened by
    /// its end may still happen in time otherwise.
    #[must_use]
    pub fn is_due(&self, within: Duration) -> bool {
        let deadline = self.latest.map(|latest| i128::from(latest) + ns(within));
        let due = deadline.zip(self.record_end);
        due.is_some_and(|(deadline, end)| end > deadline)
    }

    /// Whether any effect that meets a bound for `self` also meets it for `other`, where both stand open: they are of one clock,
    /// and this one was earlier in all that `open` asks for.
    #[must_use]
    pub fn is_stricter(&self, other: &Self, open: Open) -> bool {
        let relevant = |when: &Self| match open {
            Open::Missed => when.earliest,
            Open::Met => when.latest,
        };
        self.clock == other.clock
            && match (relevant(self), relevant(other), open) {
                (Some(own), Some(other), _) => own <= other,
                // Without a time nothing is surely in time, and nothing is surely late.
                (None, _, Open::Missed) | (_, None, Open::Met) => true,
                _ => false,
            }
    }

    pub(super) const fn clock(&self) -> Option<ProcessId> {
        self.clock
    }

    pub(super) const fn earliest_ns(&self) -> Option<i64> {
        self.earliest
    }

    pub(super) const fn latest_ns(&self) -> Option<i64> {
        self.latest
    }

    pub(super) const fn record_end_ns(&self) -> Option<i128> {
        self.record_end
    }

    /// The same with clocks that agree exactly: what the stamps themselves say.
    pub(super) const fn taken_literally(self) -> Self {
        Self {
            error_ns: Some(0),
            ..self
        }
    }
}

impl Elapsed {
    /// Whether no more than this time passed.
    #[must_use]
    pub fn is_at_most(&self, bound: Duration, open: Open) -> bool {
        match open {
            Open::Missed => self.at_most_ns.is_some_and(|most| most <= ns(bound)),
            Open::Met => self.at_least_ns.is_none_or(|least| least <= ns(bound)),
        }
    }

    /// Whether no less than this time passed.
    #[must_use]
    pub fn is_at_least(&self, bound: Duration, open: Open) -> bool {
        match open {
            Open::Missed => self.at_least_ns.is_some_and(|least| least >= ns(bound)),
            Open::Met => self.at_most_ns.is_none_or(|most| most >= ns(bound)),
        }
    }
}

/// A bound that the clocks leave open in some world: two of its effects, and how far apart they would have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenBound {
    /// The earlier effect, as its place in the world.
    pub earlier: usize,
    /// The later one; `None`: it has not taken place and is not due yet.
    pub later: Option<usize>,
    /// The bound itself.
    pub bound: Bound,
}

/// How far apart two effects would have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// No further than this.
    AtMost(Duration),
    /// No less than this.
    AtLeast(Duration),
}

pub(super) fn ns(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(clock: usize, earliest: i64, latest: i64) -> When {
        When {
            clock: Some(ProcessId::new(clock)),
            earliest: Some(earliest),
            latest: Some(latest),
            record_end: Some(100),
            error_ns: Some(3),
        }
    }

    fn elapsed(from: When, to: When) -> (Option<i128>, Option<i128>) {
        let elapsed = from.until(&to);
        (elapsed.at_least_ns, elapsed.at_most_ns)
    }

    #[test]
    fn one_clock_is_exact_and_two_are_as_good_as_their_error() {
        assert_eq!(elapsed(at(0, 5, 5), at(0, 9, 9)), (Some(4), Some(4)));
        assert_eq!(elapsed(at(0, 5, 6), at(0, 9, 20)), (Some(3), Some(15)));
        assert_eq!(elapsed(at(0, 5, 5), at(1, 9, 9)), (Some(1), Some(7)));
        let nobody_knows = When {
            error_ns: None,
            ..at(0, 5, 5)
        };
        assert_eq!(elapsed(nobody_knows, at(1, 9, 9)), (None, None));
        assert_eq!(elapsed(at(0, 5, 5), When::unknown()), (None, None));
        let without_end = When {
            latest: None,
            ..at(0, 9, 9)
        };
        assert_eq!(elapsed(at(0, 5, 5), without_end), (Some(4), None));
    }

    #[test]
    fn what_is_open_is_counted_as_it_is_said() {
        let bound = Duration::from_nanos(4);
        let answers = |least: i128, most: i128| {
            let elapsed = Elapsed {
                at_least_ns: Some(least),
                at_most_ns: Some(most),
            };
            [Open::Missed, Open::Met].map(|open| {
                (
                    elapsed.is_at_most(bound, open),
                    elapsed.is_at_least(bound, open),
                )
            })
        };
        assert_eq!(answers(1, 3), [(true, false), (true, false)]);
        assert_eq!(answers(3, 5), [(false, false), (true, true)]);
        assert_eq!(answers(4, 4), [(true, true), (true, true)]);
        assert_eq!(answers(5, 9), [(false, true), (false, true)]);
    }

    #[test]
    fn it_is_due_once_the_record_surely_runs_beyond() {
        assert!(at(0, 5, 5).is_due(Duration::from_nanos(94)));
        assert!(!at(0, 5, 5).is_due(Duration::from_nanos(95)));
        assert!(!When::unknown().is_due(Duration::ZERO));
    }
}
