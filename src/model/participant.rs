//! What a user writes: a workflow, and each of its participants.

use std::fmt::Debug;
use std::hash::Hash;

use serde::Serialize;

use super::{Address, Cast, Cx, Faults};

/// What participants send each other: usually an enum with one variant a message. Implemented for every type that can be one.
pub trait Message: Clone + Eq + Hash + Debug + Serialize + Send + Sync + 'static {}

impl<T: Clone + Eq + Hash + Debug + Serialize + Send + Sync + 'static> Message for T {}

/// What a participant remembers. Implemented for every type that can be that.
///
/// Use containers with one order (`BTreeMap`, `Vec`): two states that are equal must hash alike.
pub trait Remembered: Clone + Eq + Hash + Debug + Default + Send + Sync + 'static {}

impl<T: Clone + Eq + Hash + Debug + Default + Send + Sync + 'static> Remembered for T {}

/// One service, database, queue or client of a workflow.
///
/// [`Participant::on`] must be a function of what it is given: the same state and the same incoming event always have the same
/// effects. No clock but [`Cx::now`], no randomness, no shared memory: testimony calls it once and remembers what it did.
pub trait Participant: Send + Sync + 'static {
    /// The messages of the workflow.
    type Msg: Message;
    /// What survives a crash. It is written through [`Cx::save`] and [`Cx::record`] only.
    type Durable: Remembered;
    /// What a crash wipes out.
    type Volatile: Remembered;

    /// Reacts to what comes in.
    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Self::Msg>);
}

/// What a participant reacts to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Incoming<M> {
    /// The workflow begins.
    Start,
    /// It comes back after a crash: with its durable state, and with nothing else.
    Restart,
    /// Somebody sent this.
    Message(Address, M),
    /// A timer fires that it set with [`Cx::timer`].
    Timer(M),
}

/// A workflow: who takes part, and what may go wrong.
///
/// The fields of the type are the workflow's inputs: how many orders, which bug.
pub trait Workflow: Send + Sync + 'static {
    /// What its participants send each other.
    type Msg: Message;

    /// Names the participants.
    fn cast(&self, cast: &mut Cast<Self::Msg>);

    /// How much may go wrong in one run. Nothing, where this is not said.
    fn faults(&self) -> Faults {
        Faults::default()
    }

    /// The same workflow with smaller inputs, the smallest first: what is tried where a run broke a promise.
    fn smaller(&self) -> Vec<Self>
    where
        Self: Sized,
    {
        Vec::new()
    }
}
