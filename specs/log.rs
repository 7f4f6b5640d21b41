//! A log: what is appended stays, in one order that every reader sees.
//!
//! # Operations
//! - `append` v: v stands at the end from here on. Answers its offset: the
//!   first entry has 0. A null answer does not tell the offset.
//! - `read`: answers the list of all entries so far.
//!
//! # Parameters
//! - `initial`: the list of entries at the beginning (default none); they
//!   have the first offsets.
//!
//! # Unknown outcomes
//! An `append` without an answer may put its entry in at any time after
//! its invocation, or never; the next offset that is answered may show
//! which.
//!
//! # Example
//! Broken: an entry once read is gone.
//! ```text
//! {"process": 0, "type": "invoke", "f": "append", "value": "a"}
//! {"process": 0, "type": "info",   "f": "append", "error": "timed out"}
//! {"process": 1, "type": "invoke", "f": "read"}
//! {"process": 1, "type": "ok",     "f": "read", "value": ["a"]}
//! {"process": 1, "type": "invoke", "f": "read"}
//! {"process": 1, "type": "ok",     "f": "read", "value": []}
//! ```
//!
//! # Which one to use
//! Where the order of entries does not count: `set`. Where readers take
//! entries out: `queue`.

use std::sync::Arc;

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "log",
    page: include_str!("log.rs"),
    build: |parameters| {
        Ok(AnySpec::of(Log {
            initial: parameters.list("initial")?,
        }))
    },
};

/// A log with its initial entries.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// What stands in it before the first operation.
    pub initial: Vec<Value>,
}

/// What can be asked of a log.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogCall {
    /// Puts an entry at the end and answers its offset.
    Append(Value),
    /// Answers all entries.
    Read,
}

/// What a log may answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogReply {
    /// The offset of the entry, where it is told.
    Append(Option<u64>),
    /// All entries.
    Read(Vec<Value>),
}

impl Spec for Log {
    type State = Arc<[Value]>;
    type Call = LogCall;
    type Reply = LogReply;

    fn initial(&self) -> Arc<[Value]> {
        self.initial.as_slice().into()
    }

    fn step(
        &self,
        state: &Arc<[Value]>,
        call: &LogCall,
        reply: Option<&LogReply>,
    ) -> impl IntoIterator<Item = Arc<[Value]>> {
        match (call, reply) {
            (LogCall::Append(_), Some(LogReply::Append(Some(offset))))
                if *offset != state.len() as u64 =>
            {
                None
            }
            (LogCall::Append(entry), _) => Some(state.iter().chain([entry]).cloned().collect()),
            (LogCall::Read, Some(LogReply::Read(seen))) if **seen != **state => None,
            (LogCall::Read, _) => Some(state.clone()),
        }
    }

    fn observes(&self, call: &LogCall, _reply: Option<&LogReply>) -> bool {
        matches!(call, LogCall::Read)
    }

    fn grows(&self, call: &LogCall) -> bool {
        matches!(call, LogCall::Append(_))
    }

    fn rules_out(&self, state: &Arc<[Value]>, _call: &LogCall, reply: &LogReply) -> bool {
        match reply {
            LogReply::Append(offset) => offset.is_some_and(|offset| offset < state.len() as u64),
            LogReply::Read(seen) => !seen.starts_with(state),
        }
    }

    fn heap_bytes(&self, state: &Arc<[Value]>) -> usize {
        size_of_val::<[Value]>(state) + state.iter().map(Value::heap_bytes).sum::<usize>()
    }

    fn reason(
        &self,
        state: &Arc<[Value]>,
        call: &LogCall,
        _reply: Option<&LogReply>,
    ) -> Option<String> {
        Some(match call {
            LogCall::Append(_) => format!("the next offset is {}", state.len()),
            LogCall::Read => format!("the entries are {}", Value::from(state.to_vec())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LogCall::{Append, Read};

    fn log<const N: usize>(entries: [i64; N]) -> Arc<[Value]> {
        entries.map(Value::from).into()
    }

    #[test]
    fn entries_stay_in_the_order_of_their_offsets() {
        let one = || Value::from(1);
        let offset = |offset| Some(LogReply::Append(Some(offset)));
        let untold = || Some(LogReply::Append(None));
        let seen = |entries: &[i64]| {
            Some(LogReply::Read(
                entries.iter().map(|entry| Value::from(*entry)).collect(),
            ))
        };
        let table = [
            (log([]), Append(one()), offset(0), Some(log([1]))),
            (log([]), Append(one()), offset(1), None),
            (log([5, 6]), Append(one()), offset(2), Some(log([5, 6, 1]))),
            (log([5, 6]), Append(one()), offset(0), None),
            (log([5]), Append(one()), untold(), Some(log([5, 1]))),
            (log([5]), Append(one()), None, Some(log([5, 1]))),
            (
                log([]),
                Append(Value::Null),
                offset(0),
                Some([Value::Null].into()),
            ),
            (log([1, 2]), Read, seen(&[1, 2]), Some(log([1, 2]))),
            (log([1, 2]), Read, seen(&[2, 1]), None),
            (log([1, 2]), Read, seen(&[1]), None),
            (log([]), Read, seen(&[]), Some(log([]))),
            (log([1]), Read, None, Some(log([1]))),
        ];
        for (state, call, reply, expected) in table {
            let after = Log::default()
                .step(&state, &call, reply.as_ref())
                .into_iter()
                .next();
            assert_eq!(after, expected, "{call:?} answering {reply:?} in {state:?}");
        }
    }

    #[test]
    fn only_a_read_observes() {
        let log = Log {
            initial: vec![Value::from(1)],
        };
        assert_eq!(log.initial().len(), 1);
        assert!(log.observes(&Read, None));
        assert!(!log.observes(&Append(Value::Null), None));
    }
}
