//! A counter: a `read` answers the sum of everything added so far.
//!
//! # Operations
//! - `add` n: n (a whole number, may be negative) is added. Any answer.
//! - `read`: answers the sum.
//!
//! # Parameters
//! - `initial`: the sum before the first `add` (default 0).
//!
//! # Unknown outcomes
//! An `add` without an answer may be counted from any time after its
//! invocation, or never; once counted it stays counted.
//!
//! # Example
//! Broken: a sum that was once seen is taken back.
//! ```text
//! {"process": 0, "type": "invoke", "f": "add", "value": 2}
//! {"process": 0, "type": "info",   "f": "add", "error": "timed out"}
//! {"process": 1, "type": "invoke", "f": "read"}
//! {"process": 1, "type": "ok",     "f": "read", "value": 2}
//! {"process": 1, "type": "invoke", "f": "read"}
//! {"process": 1, "type": "ok",     "f": "read", "value": 0}
//! ```
//!
//! # Which one to use
//! Where `add` must not be counted twice, look at the promise
//! `at-most-once` too. Where the amounts matter one by one: `set`, `log`.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "counter",
    page: include_str!("counter.rs"),
    build: |parameters| {
        Ok(AnySpec::of(Counter {
            initial: parameters.integer("initial")?.unwrap_or(0),
        }))
    },
};

/// A counter with an initial sum.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counter {
    /// What a read answers before the first `add`.
    pub initial: i64,
}

/// What can be asked of a counter.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CounterCall {
    /// Adds so much.
    Add(i64),
    /// Answers the sum.
    Read,
}

/// What a counter may answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CounterReply {
    /// It is added.
    Add,
    /// The sum.
    Read(i64),
}

impl Spec for Counter {
    /// The sum. No history is long enough to exceed 128 bits by steps of 64.
    type State = i128;
    type Call = CounterCall;
    type Reply = CounterReply;

    fn initial(&self) -> i128 {
        i128::from(self.initial)
    }

    fn step(
        &self,
        sum: &i128,
        call: &CounterCall,
        reply: Option<&CounterReply>,
    ) -> impl IntoIterator<Item = i128> {
        match (call, reply) {
            (CounterCall::Add(amount), _) => Some(*sum + i128::from(*amount)),
            (CounterCall::Read, Some(CounterReply::Read(seen))) if i128::from(*seen) != *sum => {
                None
            }
            (CounterCall::Read, _) => Some(*sum),
        }
    }

    fn observes(&self, call: &CounterCall, _reply: Option<&CounterReply>) -> bool {
        matches!(call, CounterCall::Read | CounterCall::Add(0))
    }

    fn reason(
        &self,
        sum: &i128,
        _call: &CounterCall,
        _reply: Option<&CounterReply>,
    ) -> Option<String> {
        Some(format!("the sum is {sum}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_answers_the_sum() {
        use CounterCall::{Add, Read};
        let seen = |sum| Some(CounterReply::Read(sum));
        let table = [
            (0, Read, seen(0), Some(0)),
            (0, Read, seen(1), None),
            (5, Read, None, Some(5)),
            (5, Add(-7), Some(CounterReply::Add), Some(-2)),
            (5, Add(2), None, Some(7)),
            (5, Add(0), None, Some(5)),
            (
                i128::from(i64::MAX),
                Add(i64::MAX),
                None,
                Some(2 * i128::from(i64::MAX)),
            ),
        ];
        for (sum, call, reply, expected) in table {
            let after = Counter::default()
                .step(&sum, &call, reply.as_ref())
                .into_iter()
                .next();
            assert_eq!(after, expected, "{call:?} answering {reply:?} at {sum}");
        }
    }

    #[test]
    fn what_adds_nothing_observes() {
        let counter = Counter { initial: -3 };
        assert_eq!(counter.initial(), -3);
        assert!(counter.observes(&CounterCall::Read, None));
        assert!(counter.observes(&CounterCall::Add(0), None));
        assert!(!counter.observes(&CounterCall::Add(1), Some(&CounterReply::Add)));
    }
}
