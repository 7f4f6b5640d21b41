//! A queue: what was enqueued first is dequeued first.
//!
//! # Operations
//! - `enqueue` v: v stands at the end. Any answer. v is not null, because
//!   a `dequeue` that answers null says that the queue was empty.
//! - `dequeue`: takes the oldest element out and answers it, or null where
//!   the queue was empty.
//!
//! # Parameters
//! - `initial`: the list of elements at the beginning, oldest first
//!   (default none).
//!
//! # Unknown outcomes
//! An `enqueue` without an answer may put its element in at any time after
//! its invocation, or never. A `dequeue` without an answer may have taken
//! the oldest element with it: nobody will ever see that element.
//!
//! # Example
//! Broken: the younger element overtakes the older one.
//! ```text
//! {"process": 0, "type": "invoke", "f": "enqueue", "value": 1}
//! {"process": 0, "type": "ok",     "f": "enqueue"}
//! {"process": 0, "type": "invoke", "f": "enqueue", "value": 2}
//! {"process": 0, "type": "ok",     "f": "enqueue"}
//! {"process": 1, "type": "invoke", "f": "dequeue"}
//! {"process": 1, "type": "ok",     "f": "dequeue", "value": 2}
//! ```
//!
//! # Which one to use
//! Youngest first: `stack`. Greatest first: `priority-queue`. Where
//! readers do not take elements out: `log`.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "queue",
    page: include_str!("queue.rs"),
    build: |parameters| {
        let initial: Result<Vec<Element>, String> = parameters
            .list("initial")?
            .into_iter()
            .map(Element::try_from)
            .collect();
        match initial {
            Ok(initial) => Ok(AnySpec::of(Queue { initial })),
            Err(says) => Err(ParameterFault {
                name: "initial".to_owned(),
                says,
            }),
        }
    },
};

/// A first-in, first-out queue with its initial elements.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// What is in it before the first operation, oldest first.
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
            return Err("must not hold null: a dequeue answers null where it was empty".to_owned());
        }
        Ok(Self(value))
    }
}

/// What can be asked of a queue.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueueCall {
    /// Puts an element at the end.
    Enqueue(Element),
    /// Takes the oldest element out and answers it.
    Dequeue,
}

impl Spec for Queue {
    /// The elements, oldest first.
    type State = QueueSync<Value>;
    type Call = QueueCall;
    /// The element, or null; for an `enqueue` anything.
    type Reply = Value;

    fn initial(&self) -> QueueSync<Value> {
        self.initial
            .iter()
            .map(|element| element.0.clone())
            .collect()
    }

    fn step(
        &self,
        state: &QueueSync<Value>,
        call: &QueueCall,
        reply: Option<&Value>,
    ) -> impl IntoIterator<Item = QueueSync<Value>> {
        match (call, state.peek()) {
            (QueueCall::Enqueue(element), _) => Some(state.enqueue(element.0.clone())),
            (QueueCall::Dequeue, None) => reply.is_none_or(Value::is_null).then(|| state.clone()),
            (QueueCall::Dequeue, Some(oldest)) => reply
                .is_none_or(|seen| seen == oldest)
                .then(|| state.dequeue())
                .flatten(),
        }
    }

    fn reason(
        &self,
        state: &QueueSync<Value>,
        _call: &QueueCall,
        _reply: Option<&Value>,
    ) -> Option<String> {
        Some(state.peek().map_or_else(
            || "the queue is empty".to_owned(),
            |next| format!("the oldest element is {next}"),
        ))
    }

    fn family(&self, _object: Option<&Value>) -> Option<Family> {
        let initial = self.initial.iter().map(|element| element.0.clone());
        Some(Family::Queue {
            initial: initial.collect(),
        })
    }

    fn act<'v>(&self, call: &'v QueueCall, reply: Option<&'v Value>) -> Option<Act<'v>> {
        Some(match (call, reply) {
            (QueueCall::Enqueue(element), _) => Act::Insert(&element.0),
            (QueueCall::Dequeue, Some(Value::Null)) => Act::FoundEmpty,
            (QueueCall::Dequeue, taken) => Act::Take(taken),
        })
    }

    fn observes(&self, call: &QueueCall, reply: Option<&Value>) -> bool {
        matches!(call, QueueCall::Dequeue) && reply.is_some_and(Value::is_null)
    }

    fn heap_bytes(&self, state: &QueueSync<Value>) -> usize {
        let element =
            |value: &Value| size_of::<Value>() + size_of::<[usize; 4]>() + value.heap_bytes();
        state.iter().map(element).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use QueueCall::{Dequeue, Enqueue};

    fn queue<const N: usize>(elements: [i64; N]) -> QueueSync<Value> {
        elements.into_iter().map(Value::from).collect()
    }

    fn enqueue(element: i64) -> QueueCall {
        Enqueue(Element::try_from(Value::from(element)).unwrap())
    }

    #[test]
    fn the_oldest_element_comes_out_first() {
        let (null, one, two) = (
            Some(Value::Null),
            Some(Value::from(1)),
            Some(Value::from(2)),
        );
        let table = [
            (queue([]), enqueue(1), null.clone(), Some(queue([1]))),
            (queue([2, 3]), enqueue(1), None, Some(queue([2, 3, 1]))),
            (queue([1]), enqueue(1), one.clone(), Some(queue([1, 1]))),
            (queue([1, 2]), Dequeue, one.clone(), Some(queue([2]))),
            (queue([1, 2]), Dequeue, two, None),
            (queue([1]), Dequeue, null.clone(), None),
            (queue([]), Dequeue, null, Some(queue([]))),
            (queue([]), Dequeue, one, None),
            // Nobody saw what it took.
            (queue([1, 2]), Dequeue, None, Some(queue([2]))),
            (queue([]), Dequeue, None, Some(queue([]))),
        ];
        for (state, call, reply, expected) in table {
            let after = Queue::default()
                .step(&state, &call, reply.as_ref())
                .into_iter()
                .next();
            assert_eq!(after, expected, "{call:?} answering {reply:?} in {state:?}");
        }
    }

    #[test]
    fn only_a_dequeue_that_found_nothing_observes() {
        let queue = Queue::default();
        assert!(queue.observes(&Dequeue, Some(&Value::Null)));
        assert!(!queue.observes(&Dequeue, Some(&Value::from(1))));
        assert!(!queue.observes(&Dequeue, None));
        assert!(!queue.observes(&enqueue(1), Some(&Value::Null)));
    }

    #[test]
    fn null_is_no_element() {
        assert!(Element::try_from(Value::Null).is_err());
        let mut holds_null =
            Parameters::new([("initial".to_owned(), Value::from(vec![Value::Null]))]);
        assert_eq!((ENTRY.build)(&mut holds_null).unwrap_err().name, "initial");
    }
}
