//! A register: a `read` answers what the last `write` wrote.
//!
//! # Operations
//! - `write` v: v becomes the value. Any answer.
//! - `read`: answers the value; null where nothing was ever written.
//!
//! # Parameters
//! - `initial`: the value before the first write (default null).
//! - `null-reads`: what a `read` that answered null saw: `unwritten` (that
//!   there was no value; the default) or `anything` (it says nothing, as in
//!   Knossos and many Jepsen histories).
//!
//! # Unknown outcomes
//! A `write` without an answer may have written its value at any time
//! after its invocation, or never: a later read may show the old value,
//! and a read after that the new one.
//!
//! # Example
//! Broken: the second read goes back to a value that had been replaced.
//! ```text
//! {"process": 0, "type": "invoke", "f": "write", "value": 1}
//! {"process": 0, "type": "ok",     "f": "write"}
//! {"process": 1, "type": "invoke", "f": "read"}
//! {"process": 1, "type": "ok",     "f": "read", "value": 1}
//! {"process": 1, "type": "invoke", "f": "read"}
//! {"process": 1, "type": "ok",     "f": "read", "value": null}
//! ```
//!
//! # Which one to use
//! With compare-and-set: `cas-register`. One register for each key:
//! `register` with `--by-key`, or `kv`. Transactions over several
//! registers: `multi-register`.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "register",
    page: include_str!("register.rs"),
    build: |parameters| {
        Ok(AnySpec::of(Register {
            initial: parameters.value("initial").unwrap_or_default(),
            null_says_nothing: parameters.word("null-reads", &["unwritten", "anything"])?
                == Some("anything"),
        }))
    },
};

/// A register with an initial value.
#[derive(Clone, Debug, Default)]
pub struct Register {
    /// What a read answers before the first write.
    pub initial: Value,
    /// Whether a read that answered null may have seen anything.
    pub null_says_nothing: bool,
}

/// What can be asked of a register.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RegisterCall {
    /// Answers the value.
    Read,
    /// Replaces the value.
    Write(Value),
}

impl Register {
    fn says_nothing(&self, seen: &Value) -> bool {
        self.null_says_nothing && seen.is_null()
    }
}

impl Spec for Register {
    type State = Value;
    type Call = RegisterCall;
    type Reply = Value;

    fn initial(&self) -> Value {
        self.initial.clone()
    }

    fn step(
        &self,
        state: &Value,
        call: &RegisterCall,
        reply: Option<&Value>,
    ) -> impl IntoIterator<Item = Value> {
        match call {
            RegisterCall::Write(value) => Some(value.clone()),
            RegisterCall::Read => reply
                .is_none_or(|seen| seen == state || self.says_nothing(seen))
                .then(|| state.clone()),
        }
    }

    fn tells(&self, call: &RegisterCall, reply: &Value) -> bool {
        !matches!(call, RegisterCall::Read) || !self.says_nothing(reply)
    }

    fn family(&self, _object: Option<&Value>) -> Option<Family> {
        Some(Family::Register {
            initial: self.initial.clone(),
        })
    }

    fn act<'v>(&self, call: &'v RegisterCall, reply: Option<&'v Value>) -> Option<Act<'v>> {
        match call {
            RegisterCall::Write(value) => Some(Act::Write(value)),
            RegisterCall::Read => reply.map(Act::Read),
        }
    }

    fn observes(&self, call: &RegisterCall, _reply: Option<&Value>) -> bool {
        matches!(call, RegisterCall::Read)
    }

    fn heap_bytes(&self, state: &Value) -> usize {
        state.heap_bytes()
    }

    fn reason(
        &self,
        state: &Value,
        _call: &RegisterCall,
        _reply: Option<&Value>,
    ) -> Option<String> {
        Some(format!("the value is {state}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_answers_what_was_written_last() {
        use RegisterCall::{Read, Write};
        let (null, seven) = (Value::Null, Value::from(7));
        let table = [
            (&null, Read, Some(&null), Some(&null)),
            (&null, Read, Some(&seven), None),
            (&null, Read, None, Some(&null)),
            (&seven, Read, Some(&seven), Some(&seven)),
            (&seven, Read, Some(&null), None),
            (&null, Write(seven.clone()), None, Some(&seven)),
            (&null, Write(seven.clone()), Some(&null), Some(&seven)),
            (&seven, Write(null.clone()), Some(&seven), Some(&null)),
        ];
        for (state, call, reply, expected) in table {
            let after = Register::default()
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
    fn only_a_read_observes() {
        let register = Register::default();
        assert!(register.observes(&RegisterCall::Read, None));
        assert!(!register.observes(&RegisterCall::Write(Value::Null), Some(&Value::Null)));
    }

    #[test]
    fn a_read_of_null_may_say_nothing() {
        let register = Register {
            null_says_nothing: true,
            ..Register::default()
        };
        let (null, seven) = (Value::Null, Value::from(7));
        assert!(!register.tells(&RegisterCall::Read, &null));
        assert!(register.tells(&RegisterCall::Read, &seven));
        assert!(register.tells(&RegisterCall::Write(seven.clone()), &null));
        let after = |seen| {
            register
                .step(&seven, &RegisterCall::Read, Some(seen))
                .into_iter()
                .count()
        };
        assert_eq!((after(&null), after(&Value::from(8))), (1, 0));
        assert!(Register::default().tells(&RegisterCall::Read, &null));
    }

    #[test]
    fn it_starts_with_what_was_given() {
        assert_eq!(Register::default().initial(), Value::Null);
        assert_eq!(
            Register {
                initial: Value::from(3),
                ..Default::default()
            }
            .initial(),
            Value::from(3)
        );
    }
}
