//! A register: a `read` answers what the last `write` wrote.
//!
//! Operations: `write` v answers anything; `read` answers the value, null where nothing was ever written.
//! Parameter: `initial`, the value before the first write.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "register",
    page: include_str!("register.rs"),
    build: |parameters| {
        Ok(AnySpec::of(Register {
            initial: parameters.value("initial").unwrap_or_default(),
        }))
    },
};

/// A register with an initial value.
#[derive(Clone, Debug, Default)]
pub struct Register {
    /// What a read answers before the first write.
    pub initial: Value,
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
                .is_none_or(|seen| seen == state)
                .then(|| state.clone()),
        }
    }

    fn observes(&self, call: &RegisterCall, _reply: Option<&Value>) -> bool {
        matches!(call, RegisterCall::Read)
    }

    fn heap_bytes(&self, state: &Value) -> usize {
        state.heap_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_answers_what_was_written_last() {
        let register = Register::default();
        let after = |state: &Value, call, reply: Option<Value>| {
            register
                .step(state, &call, reply.as_ref())
                .into_iter()
                .next()
        };
        let seven = Value::from(7);
        assert_eq!(
            after(&Value::Null, RegisterCall::Read, Some(Value::Null)),
            Some(Value::Null)
        );
        assert_eq!(
            after(&Value::Null, RegisterCall::Write(seven.clone()), None),
            Some(seven.clone())
        );
        assert_eq!(after(&seven, RegisterCall::Read, Some(Value::Null)), None);
        assert_eq!(after(&seven, RegisterCall::Read, None), Some(seven));
    }
}
