//! A priority queue: the greatest element comes out first.
//!
//! # Operations
//! - `insert` v: v is in the queue, once more where it already was. Any
//!   answer. v is not null, because a `remove-max` that answers null says
//!   that the queue was empty.
//! - `remove-max`: takes the greatest element out and answers it, or null
//!   where the queue was empty.
//!
//! Values are ordered by kind (booleans, numbers, strings, lists, objects)
//! and within a kind as usual; a list `[priority, name]` is ordered by its
//! priority first.
//!
//! # Parameters
//! - `initial`: the list of elements at the beginning (default none).
//!
//! # Unknown outcomes
//! An `insert` without an answer may put its element in at any time after
//! its invocation, or never. A `remove-max` without an answer may have
//! taken the greatest element with it: nobody will ever see that element.
//!
//! # Example
//! Broken: the smaller of two elements comes out first.
//! ```text
//! {"process": 0, "type": "invoke", "f": "insert", "value": 3}
//! {"process": 0, "type": "ok",     "f": "insert"}
//! {"process": 0, "type": "invoke", "f": "insert", "value": 7}
//! {"process": 0, "type": "ok",     "f": "insert"}
//! {"process": 1, "type": "invoke", "f": "remove-max"}
//! {"process": 1, "type": "ok",     "f": "remove-max", "value": 3}
//! ```
//!
//! # Which one to use
//! Oldest first: `queue`. Youngest first: `stack`.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "priority-queue",
    page: include_str!("priority_queue.rs"),
    build: |parameters| {
        let initial: Result<Vec<Element>, String> = parameters
            .list("initial")?
            .into_iter()
            .map(Element::try_from)
            .collect();
        match initial {
            Ok(initial) => Ok(AnySpec::of(PriorityQueue { initial })),
            Err(says) => Err(ParameterFault {
                name: "initial".to_owned(),
                says,
            }),
        }
    },
};

/// A priority queue with its initial elements.
#[derive(Clone, Debug, Default)]
pub struct PriorityQueue {
    /// What is in it before the first operation.
    pub initial: Vec<Element>,
}

/// Anything but null.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub struct Element(Value);

impl TryFrom<Value> for Element {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        if value.is_null() {
            return Err(
                "must not hold null: a remove-max answers null where it was empty".to_owned(),
            );
        }
        Ok(Self(value))
    }
}

/// What can be asked of a priority queue.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriorityQueueCall {
    /// Puts an element in.
    Insert(Element),
    /// Takes the greatest element out and answers it.
    RemoveMax,
}

impl Spec for PriorityQueue {
    /// The elements, smallest first, each with how often it is in.
    type State = RedBlackTreeMapSync<Value, usize>;
    type Call = PriorityQueueCall;
    /// The element, or null; for an `insert` anything.
    type Reply = Value;

    fn initial(&self) -> Self::State {
        let elements = self.initial.iter().map(|element| &element.0);
        elements.fold(Self::State::new_sync(), |state, element| {
            with(&state, element)
        })
    }

    fn step(
        &self,
        state: &Self::State,
        call: &PriorityQueueCall,
        reply: Option<&Value>,
    ) -> impl IntoIterator<Item = Self::State> {
        match (call, state.last()) {
            (PriorityQueueCall::Insert(Element(element)), _) => Some(with(state, element)),
            (PriorityQueueCall::RemoveMax, None) => {
                reply.is_none_or(Value::is_null).then(|| state.clone())
            }
            (PriorityQueueCall::RemoveMax, Some((greatest, times))) => reply
                .is_none_or(|seen| seen == greatest)
                .then(|| match times {
                    1 => state.remove(greatest),
                    _ => state.insert(greatest.clone(), times - 1),
                }),
        }
    }

    fn reason(
        &self,
        state: &Self::State,
        _call: &PriorityQueueCall,
        _reply: Option<&Value>,
    ) -> Option<String> {
        Some(state.keys().next_back().map_or_else(
            || "the queue is empty".to_owned(),
            |next| format!("the greatest element is {next}"),
        ))
    }

    fn family(&self, _object: Option<&Value>) -> Option<Family> {
        let initial = self.initial.iter().map(|element| element.0.clone());
        Some(Family::PriorityQueue {
            initial: initial.collect(),
        })
    }

    fn act<'v>(&self, call: &'v PriorityQueueCall, reply: Option<&'v Value>) -> Option<Act<'v>> {
        Some(match (call, reply) {
            (PriorityQueueCall::Insert(element), _) => Act::Insert(&element.0),
            (PriorityQueueCall::RemoveMax, Some(Value::Null)) => Act::FoundEmpty,
            (PriorityQueueCall::RemoveMax, taken) => Act::Take(taken),
        })
    }

    fn observes(&self, call: &PriorityQueueCall, reply: Option<&Value>) -> bool {
        matches!(call, PriorityQueueCall::RemoveMax) && reply.is_some_and(Value::is_null)
    }

    fn heap_bytes(&self, state: &Self::State) -> usize {
        let element =
            |value: &Value| size_of::<Value>() + 2 * size_of::<[usize; 4]>() + value.heap_bytes();
        state.keys().map(element).sum()
    }
}

/// The elements with one more.
fn with(
    state: &RedBlackTreeMapSync<Value, usize>,
    element: &Value,
) -> RedBlackTreeMapSync<Value, usize> {
    let times = state.get(element).copied().unwrap_or(0);
    state.insert(element.clone(), times + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use PriorityQueueCall::{Insert, RemoveMax};

    fn queue<const N: usize>(elements: [i64; N]) -> RedBlackTreeMapSync<Value, usize> {
        let empty = RedBlackTreeMapSync::new_sync();
        let elements = elements.into_iter().map(Value::from);
        elements.fold(empty, |state, element| with(&state, &element))
    }

    fn insert(element: i64) -> PriorityQueueCall {
        Insert(Element::try_from(Value::from(element)).unwrap())
    }

    #[test]
    fn the_greatest_element_comes_out_first() {
        let (null, one, two) = (
            Some(Value::Null),
            Some(Value::from(1)),
            Some(Value::from(2)),
        );
        let table = [
            (queue([]), insert(1), null.clone(), Some(queue([1]))),
            (queue([0, 3]), insert(1), None, Some(queue([0, 1, 3]))),
            (queue([1]), insert(1), one.clone(), Some(queue([1, 1]))),
            (queue([1, 2]), RemoveMax, two.clone(), Some(queue([1]))),
            (queue([2, 2]), RemoveMax, two, Some(queue([2]))),
            (queue([1, 2]), RemoveMax, one.clone(), None),
            (queue([1]), RemoveMax, null.clone(), None),
            (queue([]), RemoveMax, null, Some(queue([]))),
            (queue([]), RemoveMax, one, None),
            // Nobody saw what it took.
            (queue([1, 2]), RemoveMax, None, Some(queue([1]))),
            (queue([]), RemoveMax, None, Some(queue([]))),
        ];
        for (state, call, reply, expected) in table {
            let after = PriorityQueue::default()
                .step(&state, &call, reply.as_ref())
                .into_iter()
                .next();
            assert_eq!(after, expected, "{call:?} answering {reply:?} in {state:?}");
        }
    }

    #[test]
    fn only_a_remove_max_that_found_nothing_observes() {
        let queue = PriorityQueue::default();
        assert!(queue.observes(&RemoveMax, Some(&Value::Null)));
        assert!(!queue.observes(&RemoveMax, Some(&Value::from(1))));
        assert!(!queue.observes(&RemoveMax, None));
        assert!(!queue.observes(&insert(1), Some(&Value::Null)));
    }

    #[test]
    fn it_starts_with_what_was_given_in_any_order() {
        let initial = [3, 1, 2]
            .map(|int| Element::try_from(Value::from(int)).unwrap())
            .to_vec();
        assert_eq!(PriorityQueue { initial }.initial(), queue([1, 2, 3]));
    }

    #[test]
    fn null_is_no_element() {
        assert!(Element::try_from(Value::Null).is_err());
        let mut holds_null =
            Parameters::new([("initial".to_owned(), Value::from(vec![Value::Null]))]);
        assert_eq!((ENTRY.build)(&mut holds_null).unwrap_err().name, "initial");
    }
}
