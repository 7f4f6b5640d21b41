//! Several registers behind one transaction: what one transaction reads and writes happens at once.
//!
//! # Operations
//! - `txn` `[["r", k, null], ["w", k, v], …]`: reads and writes registers,
//!   one after the other, with nothing in between; a read sees the writes
//!   that stand before it in its own transaction. Answers the same list
//!   with its reads filled in. The words `read` and `write` mean the same
//!   as `r` and `w`.
//!
//! # Parameters
//! - `initial`: the values at the beginning (default null): an object says
//!   it of each register it names (`{"x": 0, "y": 0}`), anything else of
//!   every register.
//!
//! # Unknown outcomes
//! A transaction without an answer may take effect at any time after its
//! invocation, or never; its writes take effect all at once.
//!
//! # Example
//! Broken: half of a transaction is seen.
//! ```text
//! {"process": 0, "type": "invoke", "f": "txn",
//!  "value": [["w", "x", 1], ["w", "y", 1]]}
//! {"process": 1, "type": "invoke", "f": "txn",
//!  "value": [["r", "x", null], ["r", "y", null]]}
//! {"process": 1, "type": "ok",     "f": "txn",
//!  "value": [["r", "x", 1], ["r", "y", null]]}
//! ```
//!
//! # Which one to use
//! One register in each operation: `register` with `--by-key`, or `kv`:
//! they are checked much faster, because each key stands alone.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "multi-register",
    page: include_str!("multi_register.rs"),
    build: |parameters| {
        let initial = parameters.value("initial").unwrap_or_default();
        Ok(AnySpec::of(MultiRegister { initial }))
    },
};

/// Registers with their initial values.
#[derive(Clone, Debug, Default)]
pub struct MultiRegister {
    /// An object with the values of the registers that it names, or the value of every register.
    pub initial: Value,
}

/// What can be asked of the registers.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MultiRegisterCall {
    /// Reads and writes, in this order and at once.
    Txn(Vec<Micro>),
}

/// What the registers may answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MultiRegisterReply {
    /// The same with the reads filled in.
    Txn(Vec<Micro>),
}

/// One read or write of a transaction: the register, and the value written or seen.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Micro(pub Access, pub Value, pub Value);

/// Whether a register is read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Access {
    /// It is read.
    #[serde(rename = "r", alias = "read")]
    Read,
    /// It is written.
    #[serde(rename = "w", alias = "write")]
    Write,
}

impl MultiRegister {
    /// The value of a register before the first transaction.
    fn initial_of(&self, register: &Value) -> Value {
        match (&self.initial, register) {
            (Value::Object(_), Value::Str(name)) => self.initial.get(name).cloned(),
            (Value::Object(_), _) => self.initial.get(&register.to_string()).cloned(),
            (value, _) => Some(value.clone()),
        }
        .unwrap_or_default()
    }

    fn holds(&self, state: &[(Value, Value)], register: &Value, value: &Value) -> bool {
        match state.binary_search_by(|(known, _)| known.cmp(register)) {
            Ok(at) => state[at].1 == *value,
            Err(_) => self.initial_of(register) == *value,
        }
    }

    fn write(&self, state: &mut Vec<(Value, Value)>, register: &Value, value: &Value) {
        let place = state.binary_search_by(|(known, _)| known.cmp(register));
        match (place, *value == self.initial_of(register)) {
            (Ok(at), false) => state[at].1 = value.clone(),
            (Ok(at), true) => drop(state.remove(at)),
            (Err(at), false) => state.insert(at, (register.clone(), value.clone())),
            (Err(_), true) => {}
        }
    }
}

impl Spec for MultiRegister {
    /// The registers whose value is not their initial one, in their order, with their values.
    type State = Vec<(Value, Value)>;
    type Call = MultiRegisterCall;
    type Reply = MultiRegisterReply;

    fn initial(&self) -> Vec<(Value, Value)> {
        Vec::new()
    }

    fn step(
        &self,
        state: &Vec<(Value, Value)>,
        call: &MultiRegisterCall,
        reply: Option<&MultiRegisterReply>,
    ) -> impl IntoIterator<Item = Vec<(Value, Value)>> {
        let MultiRegisterCall::Txn(asked) = call;
        let answered = reply.map(|MultiRegisterReply::Txn(answered)| answered);
        if answered.is_some_and(|answered| !fits(asked, answered)) {
            return None;
        }
        let mut state = state.clone();
        for (position, Micro(access, register, value)) in asked.iter().enumerate() {
            match access {
                Access::Write => self.write(&mut state, register, value),
                Access::Read => {
                    let seen = answered.map(|answered| &answered[position].2);
                    if seen.is_some_and(|seen| !self.holds(&state, register, seen)) {
                        return None;
                    }
                }
            }
        }
        Some(state)
    }

    fn observes(&self, call: &MultiRegisterCall, _reply: Option<&MultiRegisterReply>) -> bool {
        let MultiRegisterCall::Txn(asked) = call;
        asked
            .iter()
            .all(|Micro(access, ..)| *access == Access::Read)
    }

    fn heap_bytes(&self, state: &Vec<(Value, Value)>) -> usize {
        let content = state
            .iter()
            .map(|(register, value)| register.heap_bytes() + value.heap_bytes());
        size_of_val(state.as_slice()) + content.sum::<usize>()
    }

    fn reason(
        &self,
        state: &Vec<(Value, Value)>,
        call: &MultiRegisterCall,
        _reply: Option<&MultiRegisterReply>,
    ) -> Option<String> {
        let MultiRegisterCall::Txn(asked) = call;
        let mut told: Vec<String> = Vec::new();
        for Micro(_, register, _) in asked
            .iter()
            .filter(|Micro(access, ..)| *access == Access::Read)
        {
            let known = state.iter().find(|(known, _)| known == register);
            let value = known.map_or_else(|| self.initial_of(register), |(_, value)| value.clone());
            told.push(format!("{register} is {value}"));
        }
        told.dedup();
        Some(format!("before it {}", told.join(", ")))
    }
}

/// Whether the answer speaks of the same registers in the same order, and of the same writes.
fn fits(asked: &[Micro], answered: &[Micro]) -> bool {
    let agrees = |asked: &Micro, answered: &Micro| {
        let is_same = asked.0 == answered.0 && asked.1 == answered.1;
        is_same && (asked.0 == Access::Read || asked.2 == answered.2)
    };
    asked.len() == answered.len()
        && asked
            .iter()
            .zip(answered)
            .all(|(asked, answered)| agrees(asked, answered))
}

#[cfg(test)]
mod tests {
    use super::*;

    type State = Vec<(Value, Value)>;

    fn r(register: &str, value: i64) -> Micro {
        Micro(Access::Read, Value::from(register), Value::from(value))
    }

    fn w(register: &str, value: i64) -> Micro {
        Micro(Access::Write, Value::from(register), Value::from(value))
    }

    fn ask(register: &str) -> Micro {
        Micro(Access::Read, Value::from(register), Value::Null)
    }

    fn holding(registers: &[(&str, i64)]) -> State {
        registers
            .iter()
            .map(|(name, value)| (Value::from(*name), Value::from(*value)))
            .collect()
    }

    #[test]
    fn a_transaction_happens_at_once() {
        let spec = MultiRegister {
            initial: Value::from(0),
        };
        let (empty, one) = (holding(&[]), holding(&[("x", 1)]));
        let table = [
            (
                &empty,
                vec![w("x", 1)],
                Some(vec![w("x", 1)]),
                Some(one.clone()),
            ),
            (&empty, vec![w("x", 1)], None, Some(one.clone())),
            (&one, vec![w("x", 0)], None, Some(empty.clone())),
            (
                &one,
                vec![ask("x"), ask("y")],
                Some(vec![r("x", 1), r("y", 0)]),
                Some(one.clone()),
            ),
            (
                &one,
                vec![ask("x"), ask("y")],
                Some(vec![r("x", 1), r("y", 1)]),
                None,
            ),
            (&one, vec![ask("x")], Some(vec![ask("x")]), None),
            (&one, vec![ask("x")], None, Some(one.clone())),
            // A read sees the writes before it, and not those behind it.
            (
                &empty,
                vec![w("x", 1), ask("x")],
                Some(vec![w("x", 1), r("x", 1)]),
                Some(one.clone()),
            ),
            (
                &empty,
                vec![w("x", 1), ask("x")],
                Some(vec![w("x", 1), r("x", 0)]),
                None,
            ),
            (
                &empty,
                vec![ask("x"), w("x", 1)],
                Some(vec![r("x", 0), w("x", 1)]),
                Some(one.clone()),
            ),
            (
                &empty,
                vec![ask("x"), w("x", 1)],
                Some(vec![r("x", 1), w("x", 1)]),
                None,
            ),
            // The answer is the question, with its reads filled in.
            (&empty, vec![w("x", 1)], Some(vec![w("x", 2)]), None),
            (&empty, vec![w("x", 1)], Some(vec![]), None),
            (&empty, vec![ask("x")], Some(vec![r("y", 0)]), None),
            (&empty, vec![ask("x")], Some(vec![w("x", 0)]), None),
            (&empty, vec![], Some(vec![]), Some(empty.clone())),
        ];
        for (state, asked, answered, expected) in table {
            let call = MultiRegisterCall::Txn(asked);
            let reply = answered.map(MultiRegisterReply::Txn);
            let after = spec.step(state, &call, reply.as_ref()).into_iter().next();
            assert_eq!(after, expected, "{call:?} answering {reply:?} in {state:?}");
        }
    }

    #[test]
    fn registers_start_with_what_was_given() {
        let of = |initial: &Value, register: &str| {
            MultiRegister {
                initial: initial.clone(),
            }
            .initial_of(&Value::from(register))
        };
        let named = Value::Object([("x".into(), Value::from(5))].into());
        assert_eq!(of(&named, "x"), Value::from(5));
        assert_eq!(of(&named, "y"), Value::Null);
        assert_eq!(of(&Value::from(0), "y"), Value::from(0));
        assert_eq!(of(&Value::Null, "y"), Value::Null);
    }

    #[test]
    fn a_transaction_that_only_reads_observes() {
        let spec = MultiRegister::default();
        assert!(spec.observes(&MultiRegisterCall::Txn(vec![ask("x"), ask("y")]), None));
        assert!(!spec.observes(&MultiRegisterCall::Txn(vec![ask("x"), w("y", 1)]), None));
    }
}
