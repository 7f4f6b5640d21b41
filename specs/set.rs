//! A set: `read` and `contains` answer what was added and not removed.
//!
//! # Operations
//! - `add` x: x is in the set, also where it already was. Any answer.
//! - `remove` x: x is not in the set, also where it was not. Any answer.
//! - `contains` x: answers `[x, true]` or `[x, false]`.
//! - `read`: answers the list of the elements, in any order. An element
//!   that stands there twice is a wrong answer.
//!
//! # Parameters
//! - `initial`: the list of elements at the beginning (default none).
//!
//! # Unknown outcomes
//! An `add` or `remove` without an answer may take effect at any time
//! after its invocation, or never: an element may appear long after its
//! `add` timed out, and an element just removed may be removed again
//! after somebody else has added it.
//!
//! # Example
//! Broken: an element that was acknowledged is missing.
//! ```text
//! {"process": 0, "type": "invoke", "f": "add", "value": "a"}
//! {"process": 0, "type": "ok",     "f": "add"}
//! {"process": 1, "type": "invoke", "f": "read"}
//! {"process": 1, "type": "ok",     "f": "read", "value": []}
//! ```
//!
//! # Which one to use
//! Where the order of additions counts: `log`. Where taking an element
//! out hands it to the caller: `queue`, `stack` or `priority-queue`.

use std::sync::Arc;

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "set",
    page: include_str!("set.rs"),
    build: |parameters| {
        Ok(AnySpec::of(Set {
            initial: parameters.list("initial")?.into(),
        }))
    },
};

/// A set with its initial elements.
#[derive(Clone, Debug, Default)]
pub struct Set {
    /// What is in it before the first operation.
    pub initial: Elements,
}

/// Elements in their order; each as often as it was given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<Value>")]
pub struct Elements(Vec<Value>);

impl From<Vec<Value>> for Elements {
    fn from(mut elements: Vec<Value>) -> Self {
        elements.sort_unstable();
        Self(elements)
    }
}

/// What can be asked of a set.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetCall {
    /// Puts an element in.
    Add(Value),
    /// Takes an element out.
    Remove(Value),
    /// Answers whether the element is in.
    Contains(Value),
    /// Answers all elements.
    Read,
}

/// What a set may answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetReply {
    /// It is in.
    Add,
    /// It is out.
    Remove,
    /// The element, and whether it is in.
    Contains(Value, bool),
    /// All elements.
    Read(Elements),
}

impl Spec for Set {
    /// The elements, each once, in their order.
    type State = Arc<[Value]>;
    type Call = SetCall;
    type Reply = SetReply;

    fn initial(&self) -> Arc<[Value]> {
        let mut elements = self.initial.0.clone();
        elements.dedup();
        elements.into()
    }

    fn step(
        &self,
        state: &Arc<[Value]>,
        call: &SetCall,
        reply: Option<&SetReply>,
    ) -> impl IntoIterator<Item = Arc<[Value]>> {
        match call {
            SetCall::Add(element) => Some(with(state, element)),
            SetCall::Remove(element) => Some(without(state, element)),
            SetCall::Contains(_) | SetCall::Read => reply
                .is_none_or(|reply| is_right(state, call, reply))
                .then(|| state.clone()),
        }
    }

    fn observes(&self, call: &SetCall, _reply: Option<&SetReply>) -> bool {
        matches!(call, SetCall::Contains(_) | SetCall::Read)
    }

    fn heap_bytes(&self, state: &Arc<[Value]>) -> usize {
        size_of_val::<[Value]>(state) + state.iter().map(Value::heap_bytes).sum::<usize>()
    }

    fn reason(
        &self,
        state: &Arc<[Value]>,
        call: &SetCall,
        _reply: Option<&SetReply>,
    ) -> Option<String> {
        Some(match call {
            SetCall::Contains(element) if state.binary_search(element).is_ok() => {
                format!("{element} is in")
            }
            SetCall::Contains(element) => format!("{element} is not in"),
            _ => format!("the elements are {}", Value::from(state.to_vec())),
        })
    }
}

fn with(state: &Arc<[Value]>, element: &Value) -> Arc<[Value]> {
    match state.binary_search(element) {
        Ok(_) => state.clone(),
        Err(at) => state[..at]
            .iter()
            .chain([element])
            .chain(&state[at..])
            .cloned()
            .collect(),
    }
}

fn without(state: &Arc<[Value]>, element: &Value) -> Arc<[Value]> {
    match state.binary_search(element) {
        Ok(at) => state[..at]
            .iter()
            .chain(&state[at + 1..])
            .cloned()
            .collect(),
        Err(_) => state.clone(),
    }
}

fn is_right(state: &[Value], call: &SetCall, reply: &SetReply) -> bool {
    match (call, reply) {
        (SetCall::Contains(asked), SetReply::Contains(answered, is_in)) => {
            asked == answered && *is_in == state.binary_search(asked).is_ok()
        }
        (SetCall::Read, SetReply::Read(seen)) => seen.0 == state,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use SetCall::{Add, Contains, Read, Remove};

    fn set<const N: usize>(elements: [i64; N]) -> Arc<[Value]> {
        elements.map(Value::from).into()
    }

    fn seen<const N: usize>(elements: [i64; N]) -> Option<SetReply> {
        Some(SetReply::Read(Elements::from(
            elements.map(Value::from).to_vec(),
        )))
    }

    #[test]
    fn it_holds_what_was_added_and_not_removed() {
        let one = || Value::from(1);
        let found = |is_in| Some(SetReply::Contains(Value::from(1), is_in));
        let table = [
            (set([]), Add(one()), Some(SetReply::Add), Some(set([1]))),
            (set([0, 2]), Add(one()), None, Some(set([0, 1, 2]))),
            (set([1]), Add(one()), None, Some(set([1]))),
            (set([]), Add(Value::Null), None, Some([Value::Null].into())),
            (
                set([0, 1, 2]),
                Remove(one()),
                Some(SetReply::Remove),
                Some(set([0, 2])),
            ),
            (set([0]), Remove(one()), None, Some(set([0]))),
            (set([1]), Contains(one()), found(true), Some(set([1]))),
            (set([1]), Contains(one()), found(false), None),
            (set([]), Contains(one()), found(false), Some(set([]))),
            (set([]), Contains(one()), found(true), None),
            (set([]), Contains(one()), None, Some(set([]))),
            (set([2]), Contains(Value::from(2)), found(true), None),
            (set([1, 2]), Read, seen([2, 1]), Some(set([1, 2]))),
            (set([1, 2]), Read, seen([1]), None),
            (set([1]), Read, seen([1, 1]), None),
            (set([]), Read, seen([]), Some(set([]))),
            (set([1]), Read, None, Some(set([1]))),
        ];
        for (state, call, reply, expected) in table {
            let after = Set::default()
                .step(&state, &call, reply.as_ref())
                .into_iter()
                .next();
            assert_eq!(after, expected, "{call:?} answering {reply:?} in {state:?}");
        }
    }

    #[test]
    fn it_starts_with_each_given_element_once() {
        let given = [2, 1, 2].map(Value::from).to_vec();
        assert_eq!(
            Set {
                initial: given.into()
            }
            .initial(),
            set([1, 2])
        );
    }

    #[test]
    fn what_only_looks_observes() {
        let all = [
            Add(Value::Null),
            Remove(Value::Null),
            Contains(Value::Null),
            Read,
        ];
        let observes = all.map(|call| Set::default().observes(&call, None));
        assert_eq!(observes, [false, false, true, true]);
    }
}
