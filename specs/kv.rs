//! A key-value store: each key is a register of its own that can also be appended to and deleted.
//!
//! # Operations
//! - `get` `[k, null]`: answers `[k, v]`; `[k, null]` where there is none.
//! - `put` `[k, v]`: v becomes the value. Any answer. Putting null is the
//!   same as deleting.
//! - `append` `[k, text]`: the text is joined to the end of the value; of
//!   a key that is not there, to the empty text. Any answer. It cannot
//!   take effect on a value that is no text.
//! - `cas` `[k, [old, new]]`: an `ok` says that the value was old (null:
//!   none) and is now new. A `fail` is no evidence of the value.
//! - `delete` `[k]`: the key is not there, also where it was not. Any
//!   answer.
//!
//! Every key is an object of its own and checked apart: `--by-key` is not
//! needed.
//!
//! # Parameters
//! - `initial`: the values at the beginning (default none): an object says
//!   it of each key it names (`{"x": 1}`), anything else of every key.
//!
//! # Unknown outcomes
//! A `put`, `append`, `cas` or `delete` without an answer may take effect
//! at any time after its invocation, or never, and an `append` never
//! twice. A `cas` that takes effect changes nothing where the value is not
//! old then.
//!
//! # Example
//! Broken: a deleted key is still read.
//! ```text
//! {"process": 0, "type": "invoke", "f": "put", "value": ["x", "a"]}
//! {"process": 0, "type": "ok",     "f": "put", "value": ["x", "a"]}
//! {"process": 0, "type": "invoke", "f": "delete", "value": ["x"]}
//! {"process": 0, "type": "ok",     "f": "delete", "value": ["x"]}
//! {"process": 1, "type": "invoke", "f": "get", "value": ["x", null]}
//! {"process": 1, "type": "ok",     "f": "get", "value": ["x", "a"]}
//! ```
//!
//! # Which one to use
//! Operations named `read` and `write`: `register` or `cas-register` with
//! `--by-key`. Several keys in one transaction: `multi-register`.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "kv",
    page: include_str!("kv.rs"),
    build: |parameters| {
        Ok(AnySpec::of(Kv {
            initial: parameters.value("initial").unwrap_or_default(),
        }))
    },
};

/// A key-value store with its initial values.
#[derive(Clone, Debug, Default)]
pub struct Kv {
    /// An object with the values of the keys that it names, or the value of every key; null: none.
    pub initial: Value,
}

/// What can be asked of the store.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KvCall {
    /// Answers the value of a key.
    Get(Key),
    /// Replaces the value of a key.
    Put(Value, Value),
    /// Joins a text to the value of a key.
    Append(Value, String),
    /// Replaces the first value of a key by the second.
    Cas(Value, (Value, Value)),
    /// Takes a key away.
    Delete(Key),
}

/// A key that stands alone (`[k]`) or before a null (`[k, null]`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Value>")]
pub struct Key(pub Value);

impl TryFrom<Vec<Value>> for Key {
    type Error = String;

    fn try_from(elements: Vec<Value>) -> Result<Self, String> {
        match elements.as_slice() {
            [key] | [key, Value::Null] => Ok(Self(key.clone())),
            _ => Err(format!(
                "expected [key] or [key, null], found {}",
                Value::from(elements)
            )),
        }
    }
}

/// What the store may answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KvReply {
    /// The key and its value; null: none.
    Get(Value, Value),
    /// It is put.
    Put,
    /// It is appended.
    Append,
    /// It is swapped.
    Cas,
    /// It is not there.
    Delete,
}

impl KvCall {
    const fn key(&self) -> &Value {
        match self {
            Self::Get(Key(key))
            | Self::Put(key, _)
            | Self::Append(key, _)
            | Self::Cas(key, _)
            | Self::Delete(Key(key)) => key,
        }
    }
}

impl Kv {
    /// The value of a key before the first operation.
    fn initial_of(&self, key: &Value) -> Value {
        match (&self.initial, key) {
            (Value::Object(_), Value::Str(name)) => self.initial.get(name).cloned(),
            (Value::Object(_), _) => self.initial.get(&key.to_string()).cloned(),
            (value, _) => Some(value.clone()),
        }
        .unwrap_or_default()
    }

    fn value(&self, state: &[(Value, Value)], key: &Value) -> Value {
        match state.binary_search_by(|(known, _)| known.cmp(key)) {
            Ok(at) => state[at].1.clone(),
            Err(_) => self.initial_of(key),
        }
    }

    fn put(&self, state: &[(Value, Value)], key: &Value, value: Value) -> Vec<(Value, Value)> {
        let mut state = state.to_vec();
        let place = state.binary_search_by(|(known, _)| known.cmp(key));
        match (place, value == self.initial_of(key)) {
            (Ok(at), false) => state[at].1 = value,
            (Ok(at), true) => drop(state.remove(at)),
            (Err(at), false) => state.insert(at, (key.clone(), value)),
            (Err(_), true) => {}
        }
        state
    }
}

impl Spec for Kv {
    /// The keys whose value is not their initial one, in their order, with their values.
    type State = Vec<(Value, Value)>;
    type Call = KvCall;
    type Reply = KvReply;

    fn initial(&self) -> Vec<(Value, Value)> {
        Vec::new()
    }

    fn step(
        &self,
        state: &Vec<(Value, Value)>,
        call: &KvCall,
        reply: Option<&KvReply>,
    ) -> impl IntoIterator<Item = Vec<(Value, Value)>> {
        let key = call.key();
        let value = self.value(state, key);
        match call {
            KvCall::Get(_) => {
                let is_right = match reply {
                    Some(KvReply::Get(answered, seen)) => answered == key && *seen == value,
                    _ => true,
                };
                is_right.then(|| state.clone())
            }
            KvCall::Put(_, new) => Some(self.put(state, key, new.clone())),
            KvCall::Append(_, text) => {
                joined(&value, text).map(|joined| self.put(state, key, joined))
            }
            KvCall::Cas(_, (old, new)) if *old == value => Some(self.put(state, key, new.clone())),
            KvCall::Cas(..) => reply.is_none().then(|| state.clone()),
            KvCall::Delete(_) => Some(self.put(state, key, Value::Null)),
        }
    }

    fn family(&self, key: Option<&Value>) -> Option<Family> {
        key.map(|key| Family::Register {
            initial: self.initial_of(key),
        })
    }

    fn act<'v>(&self, call: &'v KvCall, reply: Option<&'v KvReply>) -> Option<Act<'v>> {
        /// What a deleted key holds.
        static NOTHING: Value = Value::Null;
        match (call, reply) {
            (KvCall::Get(Key(key)), Some(KvReply::Get(answered, seen))) if key == answered => {
                Some(Act::Read(seen))
            }
            (KvCall::Put(_, value), _) => Some(Act::Write(value)),
            (KvCall::Cas(_, (old, new)), _) => Some(Act::Swap(old, new)),
            (KvCall::Delete(_), _) => Some(Act::Write(&NOTHING)),
            (KvCall::Get(_) | KvCall::Append(..), _) => None,
        }
    }

    fn object(&self, call: &KvCall) -> Option<Value> {
        Some(call.key().clone())
    }

    fn observes(&self, call: &KvCall, _reply: Option<&KvReply>) -> bool {
        match call {
            KvCall::Get(_) => true,
            KvCall::Cas(_, (old, new)) => old == new,
            KvCall::Put(..) | KvCall::Append(..) | KvCall::Delete(_) => false,
        }
    }

    fn grows(&self, call: &KvCall) -> bool {
        matches!(call, KvCall::Append(..))
    }

    fn rules_out(&self, state: &Vec<(Value, Value)>, _call: &KvCall, reply: &KvReply) -> bool {
        let KvReply::Get(key, seen) = reply else {
            return false;
        };
        match (self.value(state, key), seen) {
            (Value::Null, Value::Null | Value::Str(_)) => false,
            (Value::Str(start), Value::Str(seen)) => !seen.starts_with(&*start),
            (value, seen) => value != *seen,
        }
    }

    fn heap_bytes(&self, state: &Vec<(Value, Value)>) -> usize {
        let content = state
            .iter()
            .map(|(key, value)| key.heap_bytes() + value.heap_bytes());
        size_of_val(state.as_slice()) + content.sum::<usize>()
    }

    fn reason(
        &self,
        state: &Vec<(Value, Value)>,
        call: &KvCall,
        _reply: Option<&KvReply>,
    ) -> Option<String> {
        Some(match self.value(state, call.key()) {
            Value::Null => "there is no value".to_owned(),
            value => format!("the value is {value}"),
        })
    }
}

/// The value with the text at its end; `None` where the value is neither a text nor absent.
fn joined(value: &Value, text: &str) -> Option<Value> {
    match value {
        Value::Null => Some(Value::from(text)),
        Value::Str(start) => Some(Value::from(format!("{start}{text}").as_str())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use KvCall::{Append, Cas, Delete, Get, Put};

    type State = Vec<(Value, Value)>;

    fn after(spec: &Kv, state: &State, call: &KvCall, reply: Option<&KvReply>) -> Option<State> {
        spec.step(state, call, reply).into_iter().next()
    }

    #[test]
    fn each_key_holds_what_was_put_there() {
        let text = |text: &str| Value::from(text);
        let (x, y, null) = (text("x"), text("y"), Value::Null);
        let at_x = |value: &str| vec![(x.clone(), text(value))];
        let cas = |old: &Value, new: &str| Cas(x.clone(), (old.clone(), text(new)));
        let get = |key: &Value| Get(Key(key.clone()));
        let seen = |key: &Value, value: &Value| Some(KvReply::Get(key.clone(), value.clone()));
        let table = [
            (vec![], get(&x), seen(&x, &null), Some(vec![])),
            (at_x("a"), get(&x), seen(&x, &text("a")), Some(at_x("a"))),
            (at_x("a"), get(&x), seen(&x, &null), None),
            (at_x("a"), get(&x), seen(&y, &text("a")), None),
            (at_x("a"), get(&y), seen(&y, &null), Some(at_x("a"))),
            (at_x("a"), get(&x), None, Some(at_x("a"))),
            (
                vec![],
                Put(x.clone(), text("a")),
                Some(KvReply::Put),
                Some(at_x("a")),
            ),
            (at_x("a"), Put(x.clone(), text("b")), None, Some(at_x("b"))),
            (at_x("a"), Put(x.clone(), null.clone()), None, Some(vec![])),
            (
                vec![],
                Append(x.clone(), "a".into()),
                Some(KvReply::Append),
                Some(at_x("a")),
            ),
            (
                at_x("a"),
                Append(x.clone(), "b".into()),
                None,
                Some(at_x("ab")),
            ),
            (
                vec![(x.clone(), Value::from(5))],
                Append(x.clone(), "b".into()),
                None,
                None,
            ),
            (
                at_x("a"),
                cas(&text("a"), "b"),
                Some(KvReply::Cas),
                Some(at_x("b")),
            ),
            (at_x("a"), cas(&text("c"), "b"), Some(KvReply::Cas), None),
            (vec![], cas(&null, "b"), Some(KvReply::Cas), Some(at_x("b"))),
            (at_x("a"), cas(&text("a"), "b"), None, Some(at_x("b"))),
            (at_x("a"), cas(&text("c"), "b"), None, Some(at_x("a"))),
            (
                at_x("a"),
                Delete(Key(x.clone())),
                Some(KvReply::Delete),
                Some(vec![]),
            ),
            (vec![], Delete(Key(x.clone())), None, Some(vec![])),
            (at_x("a"), Delete(Key(y.clone())), None, Some(at_x("a"))),
        ];
        for (state, call, reply, expected) in table {
            let found = after(&Kv::default(), &state, &call, reply.as_ref());
            assert_eq!(found, expected, "{call:?} answering {reply:?} in {state:?}");
        }
    }

    #[test]
    fn equal_stores_are_equal_states() {
        let spec = Kv::default();
        let put = |key: i64| Put(Value::from(key), Value::from(7));
        let one = after(&spec, &spec.initial(), &put(1), None).unwrap();
        let one_two = after(&spec, &one, &put(2), None).unwrap();
        let two = after(&spec, &spec.initial(), &put(2), None).unwrap();
        assert_eq!(after(&spec, &two, &put(1), None).unwrap(), one_two);
        assert_eq!(
            after(&spec, &one_two, &Delete(Key(Value::from(2))), None).unwrap(),
            one
        );
    }

    #[test]
    fn keys_start_with_what_was_given() {
        let of = |initial: &Value, key: Value| {
            Kv {
                initial: initial.clone(),
            }
            .initial_of(&key)
        };
        let named = Value::Object([("1".into(), Value::from(5)), ("x".into(), "a".into())].into());
        assert_eq!(of(&named, Value::from("x")), Value::from("a"));
        assert_eq!(of(&named, Value::from(1)), Value::from(5));
        assert_eq!(of(&named, Value::from("y")), Value::Null);
        assert_eq!(of(&Value::from(0), Value::from("y")), Value::from(0));
        let zero = Kv {
            initial: Value::from(0),
        };
        let deleted = after(&zero, &vec![], &Delete(Key(Value::from("x"))), None).unwrap();
        assert_eq!(deleted, [(Value::from("x"), Value::Null)]);
    }

    #[test]
    fn a_key_stands_alone_or_before_a_null() {
        let key = |elements: &[Value]| Key::try_from(elements.to_vec());
        let x = Value::from("x");
        assert_eq!(key(std::slice::from_ref(&x)), Ok(Key(x.clone())));
        assert_eq!(key(&[x.clone(), Value::Null]), Ok(Key(x.clone())));
        assert_eq!(
            key(&[x.clone(), x]),
            Err("expected [key] or [key, null], found [\"x\",\"x\"]".to_owned())
        );
        assert!(key(&[]).is_err());
    }

    #[test]
    fn what_changes_nothing_observes() {
        let (spec, x, one) = (Kv::default(), Value::from("x"), Value::from(1));
        assert!(spec.observes(&Get(Key(x.clone())), None));
        assert!(spec.observes(&Cas(x.clone(), (one.clone(), one.clone())), None));
        assert!(!spec.observes(&Cas(x.clone(), (one, Value::Null)), Some(&KvReply::Cas)));
        assert!(!spec.observes(&Delete(Key(x.clone())), Some(&KvReply::Delete)));
        assert_eq!(spec.object(&Append(x.clone(), String::new())), Some(x));
    }
}
