//! What a user writes to check linearizability: a sequential object, one operation at a time.

use std::fmt::Debug;
use std::hash::Hash;

use serde::de::DeserializeOwned;

use crate::history::Value;

use super::{Act, Family};

/// A sequential object: what it may answer when operations take effect one at a time.
///
/// Operations are an ordinary serde enum whose variant names are the history's `f`:
///
/// ```
/// use testimony::prelude::*;
///
/// /// How many seats are left; a sale never answers more than there were.
/// struct SeatsLeft;
///
/// #[derive(Debug, Deserialize)]
/// #[serde(rename_all = "kebab-case")]
/// enum Call {
///     Sell(u32),
///     Left,
/// }
///
/// impl Spec for SeatsLeft {
///     type State = u32;
///     type Call = Call;
///     type Reply = Value;
///
///     fn initial(&self) -> u32 {
///         100
///     }
///
///     fn step(&self, left: &u32, call: &Call, reply: Option<&Value>) -> impl IntoIterator<Item = u32> {
///         match call {
///             Call::Sell(seats) => left.checked_sub(*seats),
///             Call::Left => (reply.is_none_or(|seen| *seen == Value::from(i64::from(*left)))).then_some(*left),
///         }
///     }
/// }
/// assert_eq!(SeatsLeft.step(&3, &Call::Sell(4), None).into_iter().count(), 0);
/// ```
pub trait Spec: Send + Sync + 'static {
    /// What the object is between two operations. Equal states must behave alike for ever.
    type State: Clone + Eq + Hash + Debug + Send;
    /// An operation with its input: an enum whose variant names are the history's `f`.
    type Call: DeserializeOwned + Debug + Send + Sync;
    /// An answer. An enum here is read by the operation's name too; anything else from the value alone.
    /// An `ok` without a value reads as null.
    type Reply: DeserializeOwned + Debug + Send + Sync;

    /// The state before the first operation.
    fn initial(&self) -> Self::State;

    /// The states that may follow when `call` takes effect in `state` and answers `reply`; none where that
    /// answer is impossible. `None` as reply: the answer was never seen, every answer is possible.
    fn step(
        &self,
        state: &Self::State,
        call: &Self::Call,
        reply: Option<&Self::Reply>,
    ) -> impl IntoIterator<Item = Self::State>;

    /// Why the operation cannot take effect in `state` with that answer, where [`Spec::step`] refuses it: a phrase
    /// that reads well behind "refused: ", such as "the value is 3". `None`: the state is shown as it prints itself.
    fn reason(
        &self,
        state: &Self::State,
        call: &Self::Call,
        reply: Option<&Self::Reply>,
    ) -> Option<String> {
        let _ = (state, call, reply);
        None
    }

    /// The family of objects that this one belongs to, where special algorithms for one are wanted. `object`
    /// is the one that [`Spec::object`] names; `None` where it names none, or where `--by-key` names the objects.
    fn family(&self, object: Option<&Value>) -> Option<Family> {
        let _ = object;
        None
    }

    /// What the operation, with the answer it gave, does to an object of that family; `None` where that is
    /// none of its acts: then the object is searched.
    fn act<'v>(&self, call: &'v Self::Call, reply: Option<&'v Self::Reply>) -> Option<Act<'v>> {
        let _ = (call, reply);
        None
    }

    /// The independent object that the operation is about; objects are checked apart where that is exact.
    fn object(&self, call: &Self::Call) -> Option<Value> {
        let _ = call;
        None
    }

    /// Whether the operation, with the answer it gave, changes the state in no placement whatever.
    fn observes(&self, call: &Self::Call, reply: Option<&Self::Reply>) -> bool {
        let _ = (call, reply);
        false
    }

    /// Whether the answer tells anything. An operation that only observes and tells nothing is left out.
    fn tells(&self, call: &Self::Call, reply: &Self::Reply) -> bool {
        let _ = (call, reply);
        true
    }

    /// Whether the operation makes the object grow: where [`Spec::rules_out`] says that an answer can never be given
    /// any more, it says the same of every state that the operation leads to, whatever it answers.
    fn grows(&self, call: &Self::Call) -> bool {
        let _ = call;
        false
    }

    /// Whether the answer is impossible in this state and will be as long as the object only grows: a list that was read
    /// does not begin with what is in the log. Lets a search give up early; `false` is always right.
    fn rules_out(&self, state: &Self::State, call: &Self::Call, reply: &Self::Reply) -> bool {
        let _ = (state, call, reply);
        false
    }

    /// The answer that a failed operation amounts to, where the failure itself is evidence. `None`: the
    /// failed operation is removed. `error` says whether the history gives a reason for the failure.
    fn refusal(&self, call: &Self::Call, error: bool) -> Option<Self::Reply> {
        let _ = (call, error);
        None
    }

    /// Tells the operation who called it, where that matters (the holder of a lock).
    fn attribute(&self, call: &mut Self::Call, process: &Value) {
        let _ = (call, process);
    }

    /// Bytes that a state holds beyond its own size, for `--memory`.
    fn heap_bytes(&self, state: &Self::State) -> usize {
        let _ = state;
        0
    }
}
