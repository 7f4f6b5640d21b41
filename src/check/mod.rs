//! Judges histories: specifications by a search for one possible world, promises over all of them.

mod budget;
pub mod catalog;
mod certify;
pub mod config;
pub mod linear;
mod minimise;
pub mod promise;
pub mod session;
pub mod story;
mod worlds;

use std::time::Duration;

use crate::history::{EventId, History};
use crate::order::Order;
use crate::verdict::Judgement;

use linear::{Beside, SpecCheck};

pub use budget::{Budget, Spent};

/// What a check judges: a history with its happened-before order.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'s> {
    /// What was witnessed.
    pub history: &'s History,
    /// Everything that is known of its order.
    pub order: &'s Order,
}

/// A length of time as clocks count it.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Something that a history can be judged by: a specification or a promise.
///
/// A check never panics: what it cannot decide is undecided, with the reason.
pub trait Check: Send + Sync {
    /// The name in reports and in a header's `expect`: `linearizable:register`, `charge-at-most-once`.
    fn id(&self) -> &str;

    /// What kind of check it is: `linearizable`, `at-most-once`.
    fn kind(&self) -> &str;

    /// How far the clocks of different participants differ at most, where this check is to be judged by an order in which they
    /// count ([`Order::with_clocks`]).
    fn clock_error(&self) -> Option<Duration> {
        None
    }

    /// Where the history does not speak the words of this check: input that cannot be judged.
    fn objections(&self, history: &History) -> Vec<Objection>;

    /// Judges a history to which there is no objection.
    fn judge(&self, subject: Subject<'_>, budget: &Budget) -> Judgement;

    /// Both at once, for checks that need not read a history twice.
    ///
    /// # Errors
    /// The objections, where there are any.
    fn read_and_judge(
        &self,
        subject: Subject<'_>,
        budget: &Budget,
    ) -> Result<Judgement, Vec<Objection>> {
        match self.objections(subject.history) {
            none if none.is_empty() => Ok(self.judge(subject, budget)),
            objections => Err(objections),
        }
    }

    /// The specification that this is, where it is one: promises may be judged beside it.
    fn as_spec(&self) -> Option<&SpecCheck> {
        None
    }

    /// The same as [`Check::read_and_judge`], where worlds that the specifications rule out do not count.
    ///
    /// # Errors
    /// The objections, where there are any.
    fn judge_beside(
        &self,
        subject: Subject<'_>,
        beside: &Beside<'_>,
        budget: &Budget,
    ) -> Result<Judgement, Vec<Objection>> {
        let _ = beside;
        self.read_and_judge(subject, budget)
    }
}

/// An event that a check cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objection {
    /// The event.
    pub event: EventId,
    /// What is wrong with it: a lowercase fragment.
    pub says: String,
    /// What was expected instead.
    pub expected: String,
}
