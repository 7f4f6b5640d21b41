//! The families of objects for which special algorithms are known, and what an operation does to one of them.

use crate::history::Value;

/// A family of objects with its state before the first operation. A [`Spec`](super::Spec) that names its family,
/// and the [`Act`] of each operation, has most of its histories decided in time proportional to their length.
///
/// What a special algorithm finds is held to [`Spec::step`](super::Spec::step): an order is replayed, and the operations that are said
/// to have none are searched alone. Whether they have one beside the others is taken from the family.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Family {
    /// One value that writes replace: [`Act::Write`], [`Act::Read`], [`Act::Swap`], [`Act::Differs`].
    Register {
        /// What is read before the first write.
        initial: Value,
    },
    /// Elements that are in or out: [`Act::Add`], [`Act::Discard`], [`Act::Contains`], [`Act::Elements`].
    Set {
        /// The elements that are in.
        initial: Vec<Value>,
    },
    /// A sum: [`Act::Plus`], [`Act::Sum`].
    Counter {
        /// The sum.
        initial: i64,
    },
    /// First in, first out: [`Act::Insert`], [`Act::Take`], [`Act::FoundEmpty`].
    Queue {
        /// The elements, oldest first.
        initial: Vec<Value>,
    },
    /// Last in, first out: [`Act::Insert`], [`Act::Take`], [`Act::FoundEmpty`].
    Stack {
        /// The elements, the bottom first.
        initial: Vec<Value>,
    },
    /// The greatest first: [`Act::Insert`], [`Act::Take`], [`Act::FoundEmpty`].
    PriorityQueue {
        /// The elements.
        initial: Vec<Value>,
    },
    /// Permits that are taken and given back by whoever wants: [`Act::Acquire`], [`Act::Release`]. With one permit: a mutex.
    Semaphore {
        /// How many there are; all are free.
        permits: u64,
    },
    /// One permit that only its holder gives back: [`Act::Hold`], [`Act::Yield`].
    OwnedMutex,
}

/// What an operation, with the answer it gave, does to an object of a [`Family`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Act<'v> {
    /// Replaces the value.
    Write(&'v Value),
    /// Saw the value.
    Read(&'v Value),
    /// Saw the first value and replaced it by the second. Where nobody saw the answer: only if it was the first.
    Swap(&'v Value, &'v Value),
    /// Saw that the value was another one.
    Differs(&'v Value),
    /// Puts an element in, whether or not it was in.
    Add(&'v Value),
    /// Puts an element out, whether or not it was in.
    Discard(&'v Value),
    /// Saw whether the element is in.
    Contains(&'v Value, bool),
    /// Saw all elements, in their order.
    Elements(&'v [Value]),
    /// Adds to the sum.
    Plus(i64),
    /// Saw the sum.
    Sum(i64),
    /// Puts an element in.
    Insert(&'v Value),
    /// Takes the element out that is next; `None` where nobody saw which, or whether there was one.
    Take(Option<&'v Value>),
    /// Saw that there was no element.
    FoundEmpty,
    /// Takes so many free permits.
    Acquire(u64),
    /// Gives so many permits back.
    Release(u64),
    /// This participant takes the free permit.
    Hold(&'v Value),
    /// This participant gives back the permit that it holds.
    Yield(&'v Value),
}
