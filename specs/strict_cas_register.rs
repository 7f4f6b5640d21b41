//! A register with compare-and-set whose refusals are evidence: the value was not the expected one.
//!
//! # Operations
//! - `read`: answers the value; null where nothing was ever written.
//! - `write` v: v becomes the value. Any answer.
//! - `cas` `[old, new]`: an `ok` says that the value was old and is now
//!   new. A `fail` without `error` says that the store compared and
//!   refused: the value was not old. A `fail` with an `error` ("no
//!   leader") is no evidence, and the operation is left out.
//!
//! # Parameters
//! - `initial`: the value before the first write (default null).
//! - `null-reads`: what a `read` that answered null saw: `unwritten` (that
//!   there was no value; the default) or `anything` (it says nothing, as in
//!   Knossos and many Jepsen histories).
//!
//! # Unknown outcomes
//! A `write` or `cas` without an answer may take effect at any time after
//! its invocation, or never. A `cas` that takes effect swaps where the
//! value is old then, and changes nothing where it is not.
//!
//! # Example
//! Broken: the swap is refused, but the value was 1 all along.
//! (`cas-register` keeps this: there a refusal proves nothing.)
//! ```text
//! {"process": 0, "type": "invoke", "f": "write", "value": 1}
//! {"process": 0, "type": "ok",     "f": "write"}
//! {"process": 1, "type": "invoke", "f": "cas", "value": [1, 2]}
//! {"process": 1, "type": "fail",   "f": "cas"}
//! ```
//!
//! # Which one to use
//! This one where your recorder writes `fail` only for the store's own
//! refusal and gives an `error` for everything else; if it does not keep
//! the two apart: `cas-register`.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "strict-cas-register",
    page: include_str!("strict_cas_register.rs"),
    build: |parameters| {
        let initial = parameters.value("initial").unwrap_or_default();
        let null_reads = parameters.word("null-reads", &["unwritten", "anything"])?;
        Ok(AnySpec::of(StrictCasRegister {
            initial,
            null_says_nothing: null_reads == Some("anything"),
        }))
    },
};

/// A register with compare-and-set; a failed swap without a reason is evidence.
#[derive(Clone, Debug, Default)]
pub struct StrictCasRegister {
    /// What a read answers before the first write.
    pub initial: Value,
    /// Whether a read that answered null may have seen anything.
    pub null_says_nothing: bool,
}

/// What can be asked of the register.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StrictCasRegisterCall {
    /// Answers the value.
    Read,
    /// Replaces the value.
    Write(Value),
    /// Replaces the first value by the second.
    Cas(Value, Value),
}

/// What the register may answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StrictCasRegisterReply {
    /// The value.
    Read(Value),
    /// It is written.
    Write,
    /// It is swapped.
    Cas,
    /// It is not swapped: the value was another one.
    #[serde(skip)]
    Refused,
}

impl StrictCasRegister {
    fn says_nothing(&self, seen: &Value) -> bool {
        self.null_says_nothing && seen.is_null()
    }
}

impl Spec for StrictCasRegister {
    type State = Value;
    type Call = StrictCasRegisterCall;
    type Reply = StrictCasRegisterReply;

    fn initial(&self) -> Value {
        self.initial.clone()
    }

    fn step(
        &self,
        state: &Value,
        call: &StrictCasRegisterCall,
        reply: Option<&StrictCasRegisterReply>,
    ) -> impl IntoIterator<Item = Value> {
        use StrictCasRegisterCall as Call;
        use StrictCasRegisterReply as Reply;
        match (call, reply) {
            (Call::Read, Some(Reply::Read(seen))) if seen != state && !self.says_nothing(seen) => {
                None
            }
            (Call::Read, _) => Some(state.clone()),
            (Call::Write(value), _) => Some(value.clone()),
            (Call::Cas(old, new), None | Some(Reply::Cas)) if old == state => Some(new.clone()),
            (Call::Cas(old, _), None | Some(Reply::Refused)) if old != state => Some(state.clone()),
            (Call::Cas(..), _) => None,
        }
    }

    fn tells(&self, _call: &StrictCasRegisterCall, reply: &StrictCasRegisterReply) -> bool {
        !matches!(reply, StrictCasRegisterReply::Read(seen) if self.says_nothing(seen))
    }

    fn family(&self, _object: Option<&Value>) -> Option<Family> {
        Some(Family::Register {
            initial: self.initial.clone(),
        })
    }

    fn act<'v>(
        &self,
        call: &'v StrictCasRegisterCall,
        reply: Option<&'v StrictCasRegisterReply>,
    ) -> Option<Act<'v>> {
        use StrictCasRegisterCall as Call;
        use StrictCasRegisterReply as Reply;
        match (call, reply) {
            (Call::Read, Some(Reply::Read(seen))) => Some(Act::Read(seen)),
            (Call::Write(value), _) => Some(Act::Write(value)),
            (Call::Cas(old, new), None | Some(Reply::Cas)) => Some(Act::Swap(old, new)),
            (Call::Cas(old, _), Some(Reply::Refused)) => Some(Act::Differs(old)),
            _ => None,
        }
    }

    fn observes(
        &self,
        call: &StrictCasRegisterCall,
        reply: Option<&StrictCasRegisterReply>,
    ) -> bool {
        match call {
            StrictCasRegisterCall::Read => true,
            StrictCasRegisterCall::Write(_) => false,
            StrictCasRegisterCall::Cas(old, new) => {
                old == new || matches!(reply, Some(StrictCasRegisterReply::Refused))
            }
        }
    }

    fn refusal(&self, call: &StrictCasRegisterCall, error: bool) -> Option<StrictCasRegisterReply> {
        let is_compared = matches!(call, StrictCasRegisterCall::Cas(..)) && !error;
        is_compared.then_some(StrictCasRegisterReply::Refused)
    }

    fn heap_bytes(&self, state: &Value) -> usize {
        state.heap_bytes()
    }

    fn reason(
        &self,
        state: &Value,
        _call: &StrictCasRegisterCall,
        _reply: Option<&StrictCasRegisterReply>,
    ) -> Option<String> {
        Some(format!("the value is {state}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StrictCasRegisterCall as Call;
    use StrictCasRegisterReply as Reply;

    #[test]
    fn a_refused_swap_says_that_the_value_was_another() {
        let (null, one, two) = (&Value::Null, &Value::from(1), &Value::from(2));
        let cas = |old: &Value, new: &Value| Call::Cas(old.clone(), new.clone());
        let read = |value: &Value| Some(Reply::Read(value.clone()));
        let table = [
            (null, Call::Read, read(null), Some(null)),
            (one, Call::Read, read(two), None),
            (one, Call::Read, None, Some(one)),
            (one, Call::Write(two.clone()), Some(Reply::Write), Some(two)),
            (one, Call::Write(two.clone()), None, Some(two)),
            (one, cas(one, two), Some(Reply::Cas), Some(two)),
            (two, cas(one, two), Some(Reply::Cas), None),
            (one, cas(one, two), Some(Reply::Refused), None),
            (two, cas(one, two), Some(Reply::Refused), Some(two)),
            (null, cas(one, two), Some(Reply::Refused), Some(null)),
            (one, cas(one, two), None, Some(two)),
            (two, cas(one, two), None, Some(two)),
        ];
        for (state, call, reply, expected) in table {
            let spec = StrictCasRegister::default();
            let after = spec.step(state, &call, reply.as_ref()).into_iter().next();
            assert_eq!(
                after.as_ref(),
                expected,
                "{call:?} answering {reply:?} in {state}"
            );
        }
    }

    #[test]
    fn a_failure_with_a_reason_is_no_evidence() {
        let spec = StrictCasRegister::default();
        let cas = Call::Cas(Value::from(1), Value::from(2));
        assert!(matches!(spec.refusal(&cas, false), Some(Reply::Refused)));
        assert!(spec.refusal(&cas, true).is_none());
        assert!(spec.refusal(&Call::Read, false).is_none());
        assert!(spec.refusal(&Call::Write(Value::Null), false).is_none());
    }

    #[test]
    fn a_refused_swap_changes_nothing() {
        let spec = StrictCasRegister::default();
        let cas = Call::Cas(Value::from(1), Value::from(2));
        assert!(spec.observes(&cas, Some(&Reply::Refused)));
        assert!(!spec.observes(&cas, Some(&Reply::Cas)));
        assert!(!spec.observes(&cas, None));
        assert!(!spec.observes(&Call::Write(Value::Null), Some(&Reply::Write)));
    }
}
