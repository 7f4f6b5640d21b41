//! What a user writes to check a promise: an invariant, as if everything had been seen in one order.

use std::fmt::Debug;
use std::hash::Hash;
use std::time::Duration;

use crate::history::Value;

use super::effect::{Effect, Misfit, Scope};
use super::time::OpenBound;

/// An invariant, written as if everything had been seen in one order. The checker worries about what was not.
///
/// ```
/// use testimony::prelude::*;
///
/// /// A seat is held by one cart at a time.
/// struct NoDoubleHold;
///
/// #[derive(Clone, Debug, Deserialize)]
/// #[serde(rename_all = "snake_case")]
/// enum Seat {
///     Hold { seat: String, cart: u64 },
///     Release { seat: String, cart: u64 },
/// }
///
/// impl Promise for NoDoubleHold {
///     type Fact = Seat;
///     type State = Option<u64>;
///
///     fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Seat)>, Misfit> {
///         Ok(effect.parse::<Seat>()?.map(|fact| match &fact {
///             Seat::Hold { seat, .. } | Seat::Release { seat, .. } => (Scope::of(seat.as_str()), fact),
///         }))
///     }
///
///     fn observe(&self, holder: &mut Option<u64>, fact: &Seat) -> Result<(), Breach> {
///         match (*holder, fact) {
///             (Some(other), Seat::Hold { cart, .. }) if other != *cart => {
///                 return Err(Breach::new("held by two carts at once"));
///             }
///             (_, Seat::Hold { cart, .. }) => *holder = Some(*cart),
///             (Some(own), Seat::Release { cart, .. }) if own == *cart => *holder = None,
///             (_, Seat::Release { .. }) => {}
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Promise: Send + Sync + 'static {
    /// What one effect says, as this promise reads it.
    type Fact: Clone + Debug + Send + Sync;
    /// What must be remembered of the effects seen so far, in one scope.
    type State: Clone + Eq + Hash + Default + Debug + Send;

    /// The names of the effects that it reads; `None`: any. It is shown no others, which spares a long history
    /// the look at each of their values.
    fn names(&self) -> Option<Vec<&str>> {
        None
    }

    /// Which order, seat or intent an effect concerns, and what it says of it; `None`: it does not concern
    /// this promise.
    ///
    /// # Errors
    /// Where the effect concerns this promise but does not say what the promise needs to know.
    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Self::Fact)>, Misfit>;

    /// What it means that an operation's outcome is unknown: from the moment at which the caller gave up (where
    /// that was not recorded, from the invocation on) this is so in every world, whether the operation took
    /// effect or not. `None`: nothing.
    ///
    /// # Errors
    /// As for [`Promise::read`].
    fn read_unknown(&self, operation: &Effect<'_>) -> Result<Option<(Scope, Self::Fact)>, Misfit> {
        let _ = operation;
        Ok(None)
    }

    /// One more effect takes place.
    ///
    /// # Errors
    /// Where this breaks the promise, whatever comes after.
    fn observe(&self, state: &mut Self::State, fact: &Self::Fact) -> Result<(), Breach>;

    /// Everything has taken place: what must not be left open at the end.
    ///
    /// # Errors
    /// Where the promise is broken by what did not happen.
    fn settle(&self, state: &Self::State) -> Result<(), Breach> {
        let _ = state;
        Ok(())
    }

    /// Whether a scope that shows this is judged. Where nothing in a scope asks for a judgement, the promise
    /// says nothing of it and it does not count as judged.
    fn concerns(&self, fact: &Self::Fact) -> bool {
        let _ = fact;
        true
    }

    /// What may have happened, any number of times, without a line that shows it, in a scope of which
    /// `facts` are shown: the name of each such effect, and what it would say. `None` where this promise
    /// cannot tell: then an incomplete record leaves every scope undecided.
    fn unseen(&self, facts: &[Self::Fact]) -> Option<Vec<(String, Self::Fact)>> {
        let _ = facts;
        None
    }

    /// How far the clocks of different participants may differ, where this promise says so itself.
    fn clock_error(&self) -> Option<Duration> {
        None
    }

    /// The promise with the benefit of the doubt: a bound of time that is not surely missed counts as met. The promise itself
    /// counts as missed what is not surely met. `None`: it has no bounds of time.
    ///
    /// It is kept where the promise itself is kept in every world, and broken where the lenient form is broken in every world. So
    /// whatever world the one keeps, the other must keep.
    fn lenient(&self) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }

    /// The bounds of time that decide whether the promise is kept in this world, and that the clocks leave open. It is asked of
    /// worlds that the [lenient](Self::lenient) form keeps and the promise itself does not.
    fn open_bounds(&self, world: &[&Self::Fact]) -> Vec<OpenBound> {
        let _ = world;
        Vec::new()
    }

    /// The class that the promise belongs to, where it does: then its scopes are decided without a search.
    fn class(&self) -> Option<Class> {
        None
    }

    /// Which part a fact plays in the promise's [class](Self::class).
    fn part<'f>(&self, fact: &'f Self::Fact) -> Option<Part<'f>> {
        let _ = fact;
        None
    }
}

/// A class of promises for which a special algorithm is known.
///
/// The worlds that it finds are replayed by [`Promise::observe`] and [`Promise::settle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Class {
    /// In whichever order effects take place, the promise is kept or broken alike, and more of them never repair it. Facts need
    /// no part.
    AtMost,
    /// Each [`Part::Second`] needs a [`Part::First`] before it.
    OnlyAfter,
    /// Each [`Part::First`] needs a [`Part::Second`] after it.
    LeadsTo,
    /// No [`Part::Second`] comes after a [`Part::First`].
    NeverAfter,
    /// Nobody takes what another one holds: [`Part::Takes`], [`Part::Gives`]. Who holds may take again, and who does not may give back.
    Exclusive,
}

/// Which part a fact plays in its promise's [`Class`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part<'f> {
    /// One of the first kind.
    First,
    /// One of the second kind.
    Second,
    /// This holder takes it; `None`: one like no other.
    Takes(Option<&'f Value>),
    /// This holder gives it back; `None`: one of those like no other.
    Gives(Option<&'f Value>),
}

/// How a promise was broken: a short phrase that reads well before "for order-781".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    pub(crate) says: String,
}

impl Breach {
    /// Names what happened: `Breach::new("charged twice")`.
    #[must_use]
    pub fn new(says: impl Into<String>) -> Self {
        Self { says: says.into() }
    }

    /// The phrase.
    #[must_use]
    pub fn says(&self) -> &str {
        &self.says
    }
}
