//! A register with compare-and-set: `cas` writes only where the value is the expected one.
//!
//! # Operations
//! - `read`: answers the value; null where nothing was ever written.
//! - `write` v: v becomes the value. Any answer.
//! - `cas` `[old, new]`: an `ok` says that the value was old and is now
//!   new. A `fail` says that nothing was changed, and no more than that:
//!   it is no evidence of the value (the request may never have arrived).
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
//! Broken: two swaps succeed from one value.
//! ```text
//! {"process": 0, "type": "invoke", "f": "cas", "value": [null, 2]}
//! {"process": 1, "type": "invoke", "f": "cas", "value": [null, 3]}
//! {"process": 0, "type": "ok",     "f": "cas"}
//! {"process": 1, "type": "ok",     "f": "cas"}
//! ```
//!
//! # Which one to use
//! Where a `fail` means that the store compared and refused, say
//! `strict-cas-register`: it finds more. Without compare-and-set:
//! `register`. With keys: `kv`.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "cas-register",
    page: include_str!("cas_register.rs"),
    build: |parameters| {
        Ok(AnySpec::of(CasRegister {
            initial: parameters.value("initial").unwrap_or_default(),
            null_says_nothing: parameters.word("null-reads", &["unwritten", "anything"])?
                == Some("anything"),
        }))
    },
};

/// A register with compare-and-set; a failed swap is no evidence.
#[derive(Clone, Debug, Default)]
pub struct CasRegister {
    /// What a read answers before the first write.
    pub initial: Value,
    /// Whether a read that answered null may have seen anything.
    pub null_says_nothing: bool,
}

/// What can be asked of the register.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CasRegisterCall {
    /// Answers the value.
    Read,
    /// Replaces the value.
    Write(Value),
    /// Replaces the first value by the second.
    Cas(Value, Value),
}

impl CasRegister {
    fn says_nothing(&self, seen: &Value) -> bool {
        self.null_says_nothing && seen.is_null()
    }
}

impl Spec for CasRegister {
    type State = Value;
    type Call = CasRegisterCall;
    type Reply = Value;

    fn initial(&self) -> Value {
        self.initial.clone()
    }

    fn step(
        &self,
        state: &Value,
        call: &CasRegisterCall,
        reply: Option<&Value>,
    ) -> impl IntoIterator<Item = Value> {
        match call {
            CasRegisterCall::Read => reply
                .is_none_or(|seen| seen == state || self.says_nothing(seen))
                .then(|| state.clone()),
            CasRegisterCall::Write(value) => Some(value.clone()),
            CasRegisterCall::Cas(old, new) if old == state => Some(new.clone()),
            CasRegisterCall::Cas(..) => reply.is_none().then(|| state.clone()),
        }
    }

    fn tells(&self, call: &CasRegisterCall, reply: &Value) -> bool {
        !matches!(call, CasRegisterCall::Read) || !self.says_nothing(reply)
    }

    fn family(&self, _object: Option<&Value>) -> Option<Family> {
        Some(Family::Register {
            initial: self.initial.clone(),
        })
    }

    fn act<'v>(&self, call: &'v CasRegisterCall, reply: Option<&'v Value>) -> Option<Act<'v>> {
        match call {
            CasRegisterCall::Read => reply.map(Act::Read),
            CasRegisterCall::Write(value) => Some(Act::Write(value)),
            CasRegisterCall::Cas(old, new) => Some(Act::Swap(old, new)),
        }
    }

    fn observes(&self, call: &CasRegisterCall, _reply: Option<&Value>) -> bool {
        match call {
            CasRegisterCall::Read => true,
            CasRegisterCall::Write(_) => false,
            CasRegisterCall::Cas(old, new) => old == new,
        }
    }

    fn heap_bytes(&self, state: &Value) -> usize {
        state.heap_bytes()
    }

    fn reason(
        &self,
        state: &Value,
        _call: &CasRegisterCall,
        _reply: Option<&Value>,
    ) -> Option<String> {
        Some(format!("the value is {state}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_succeeds_from_its_old_value_only() {
        use CasRegisterCall::{Cas, Read, Write};
        let (null, one, two) = (&Value::Null, &Value::from(1), &Value::from(2));
        let cas = |old: &Value, new: &Value| Cas(old.clone(), new.clone());
        let table = [
            (null, Read, Some(null), Some(null)),
            (one, Read, Some(two), None),
            (one, Read, None, Some(one)),
            (one, Write(two.clone()), Some(null), Some(two)),
            (one, Write(two.clone()), None, Some(two)),
            (one, cas(one, two), Some(null), Some(two)),
            (two, cas(one, two), Some(null), None),
            (null, cas(null, two), Some(null), Some(two)),
            (one, cas(one, null), Some(null), Some(null)),
            // Nobody saw whether it was swapped: the value tells.
            (one, cas(one, two), None, Some(two)),
            (null, cas(one, two), None, Some(null)),
        ];
        for (state, call, reply, expected) in table {
            let after = CasRegister::default()
                .step(state, &call, reply)
                .into_iter()
                .next();
            assert_eq!(
                after.as_ref(),
                expected,
                "{call:?} answering {reply:?} in {state}"
            );
        }
    }

    #[test]
    fn a_failed_swap_is_no_evidence() {
        let cas = CasRegisterCall::Cas(Value::from(1), Value::from(2));
        assert!(CasRegister::default().refusal(&cas, false).is_none());
        assert!(!CasRegister::default().observes(&cas, Some(&Value::Null)));
        let same = CasRegisterCall::Cas(Value::from(1), Value::from(1));
        assert!(CasRegister::default().observes(&same, Some(&Value::Null)));
        assert!(CasRegister::default().observes(&CasRegisterCall::Read, None));
    }
}
