//! A stack: what was pushed last is popped first.
//!
//! # Operations
//! - `push` v: v lies on top. Any answer. v is not null, because a `pop`
//!   that answers null says that the stack was empty.
//! - `pop`: takes the youngest element off and answers it, or null where
//!   the stack was empty.
//!
//! # Parameters
//! - `initial`: the list of elements at the beginning, bottom first
//!   (default none).
//!
//! # Unknown outcomes
//! A `push` without an answer may put its element on top at any time after
//! its invocation, or never. A `pop` without an answer may have taken the
//! top with it: nobody will ever see that element.
//!
//! # Example
//! Broken: the bottom is popped although something lay on it.
//! ```text
//! {"process": 0, "type": "invoke", "f": "push", "value": 1}
//! {"process": 0, "type": "ok",     "f": "push"}
//! {"process": 0, "type": "invoke", "f": "push", "value": 2}
//! {"process": 0, "type": "ok",     "f": "push"}
//! {"process": 1, "type": "invoke", "f": "pop"}
//! {"process": 1, "type": "ok",     "f": "pop", "value": 1}
//! ```
//!
//! # Which one to use
//! Oldest first: `queue`. Greatest first: `priority-queue`.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "stack",
    page: include_str!("stack.rs"),
    build: |parameters| {
        let initial: Result<Vec<Element>, String> = parameters
            .list("initial")?
            .into_iter()
            .map(Element::try_from)
            .collect();
        match initial {
            Ok(initial) => Ok(AnySpec::of(Stack { initial })),
            Err(says) => Err(ParameterFault {
                name: "initial".to_owned(),
                says,
            }),
        }
    },
};

/// A stack with its initial elements.
#[derive(Clone, Debug, Default)]
pub struct Stack {
    /// What is in it before the first operation, bottom first.
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
            return Err("must not hold null: a pop answers null where it was empty".to_owned());
        }
        Ok(Self(value))
    }
}

/// What can be asked of a stack.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackCall {
    /// Puts an element on top.
    Push(Element),
    /// Takes the top off and answers it.
    Pop,
}

impl Spec for Stack {
    /// The elements, the top first.
    type State = ListSync<Value>;
    type Call = StackCall;
    /// The element, or null; for a `push` anything.
    type Reply = Value;

    fn initial(&self) -> ListSync<Value> {
        let from_the_top = self.initial.iter().rev();
        from_the_top.map(|element| element.0.clone()).collect()
    }

    fn step(
        &self,
        state: &ListSync<Value>,
        call: &StackCall,
        reply: Option<&Value>,
    ) -> impl IntoIterator<Item = ListSync<Value>> {
        match (call, state.first()) {
            (StackCall::Push(element), _) => Some(state.push_front(element.0.clone())),
            (StackCall::Pop, None) => reply.is_none_or(Value::is_null).then(|| state.clone()),
            (StackCall::Pop, Some(top)) => reply
                .is_none_or(|seen| seen == top)
                .then(|| state.drop_first())
                .flatten(),
        }
    }

    fn reason(
        &self,
        state: &ListSync<Value>,
        _call: &StackCall,
        _reply: Option<&Value>,
    ) -> Option<String> {
        Some(state.first().map_or_else(
            || "the stack is empty".to_owned(),
            |next| format!("the top is {next}"),
        ))
    }

    fn family(&self, _object: Option<&Value>) -> Option<Family> {
        let initial = self.initial.iter().map(|element| element.0.clone());
        Some(Family::Stack {
            initial: initial.collect(),
        })
    }

    fn act<'v>(&self, call: &'v StackCall, reply: Option<&'v Value>) -> Option<Act<'v>> {
        Some(match (call, reply) {
            (StackCall::Push(element), _) => Act::Insert(&element.0),
            (StackCall::Pop, Some(Value::Null)) => Act::FoundEmpty,
            (StackCall::Pop, taken) => Act::Take(taken),
        })
    }

    fn observes(&self, call: &StackCall, reply: Option<&Value>) -> bool {
        matches!(call, StackCall::Pop) && reply.is_some_and(Value::is_null)
    }

    /// The top alone: what lies below it belongs to the state that it was pushed on.
    fn heap_bytes(&self, state: &ListSync<Value>) -> usize {
        let element =
            |value: &Value| size_of::<Value>() + size_of::<[usize; 4]>() + value.heap_bytes();
        state.first().map_or(0, element)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StackCall::{Pop, Push};

    fn stack<const N: usize>(elements: [i64; N]) -> ListSync<Value> {
        elements.into_iter().rev().map(Value::from).collect()
    }

    fn push(element: i64) -> StackCall {
        Push(Element::try_from(Value::from(element)).unwrap())
    }

    #[test]
    fn the_youngest_element_comes_off_first() {
        let (null, one, two) = (
            Some(Value::Null),
            Some(Value::from(1)),
            Some(Value::from(2)),
        );
        let table = [
            (stack([]), push(1), null.clone(), Some(stack([1]))),
            (stack([2, 3]), push(1), None, Some(stack([2, 3, 1]))),
            (stack([1]), push(1), one.clone(), Some(stack([1, 1]))),
            (stack([1, 2]), Pop, two, Some(stack([1]))),
            (stack([1, 2]), Pop, one.clone(), None),
            (stack([1]), Pop, null.clone(), None),
            (stack([]), Pop, null, Some(stack([]))),
            (stack([]), Pop, one, None),
            // Nobody saw what it took.
            (stack([1, 2]), Pop, None, Some(stack([1]))),
            (stack([]), Pop, None, Some(stack([]))),
        ];
        for (state, call, reply, expected) in table {
            let after = Stack::default()
                .step(&state, &call, reply.as_ref())
                .into_iter()
                .next();
            assert_eq!(after, expected, "{call:?} answering {reply:?} in {state:?}");
        }
    }

    #[test]
    fn only_a_pop_that_found_nothing_observes() {
        let stack = Stack::default();
        assert!(stack.observes(&Pop, Some(&Value::Null)));
        assert!(!stack.observes(&Pop, Some(&Value::from(1))));
        assert!(!stack.observes(&Pop, None));
        assert!(!stack.observes(&push(1), Some(&Value::Null)));
    }

    #[test]
    fn null_is_no_element() {
        assert!(Element::try_from(Value::Null).is_err());
        let mut holds_null =
            Parameters::new([("initial".to_owned(), Value::from(vec![Value::Null]))]);
        assert_eq!((ENTRY.build)(&mut holds_null).unwrap_err().name, "initial");
    }
}
