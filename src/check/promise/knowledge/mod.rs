//! Knowledge promises: invariants over the evidence itself, not over worlds.
//!
//! # Idea
//! A world promise asks what may have happened; a knowledge promise asks what a participant had reason to say.
//! A claim that turned out right by luck was not honest, so no world is searched: each claim is judged on its own
//! **causal past**, the events that certainly came before it.
//!
//! # What is certain
//! A fact is certain where it stands; the effect of an operation from its `ok` on; one of unknown outcome never, and one that
//! failed took no effect. Order is reachability in happened-before.
//!
//! # What an incomplete record changes
//! Judged are the claims that somebody saw. More evidence can only add support, so a claim that has it is kept whatever
//! the record hides; one that has none is broken where nothing hidden could carry any to it, else undecided.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `evidence` | what a promise is shown of one scope, and what it answers |
//! | `reading` | the history, sorted by scope |
//! | `judge` | one judgement of all scopes |
//! | `support` | claims that must rest on something in their past |
//! | `gaps` | what an incomplete record may hide |
//! | `certify` | a second look at what is reported as broken |

mod certify;
mod evidence;
mod gaps;
mod judge;
mod reading;
mod support;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use crate::check::linear::Beside;
use crate::check::{Budget, Objection, Subject};
use crate::verdict::Judgement;

use super::effect::Source;
use super::fold::Fold;
use super::join::Joining;
use super::scopes::canonical;
use super::{Effect, Judge, Misfit, Rules, Scope};

pub use evidence::{Certainty, Evidence, Ruling, Seen};

/// An invariant over what was witnessed: who said what on which evidence.
///
/// ```
/// use testimony::prelude::*;
///
/// /// A parcel is called delivered only by somebody who had the courier's word for it.
/// struct DeliveredIsKnown;
///
/// impl Knowledge for DeliveredIsKnown {
///     type Fact = ();
///
///     fn role(&self, effect: &Effect<'_>) -> Option<Role> {
///         match effect.name() {
///             "show_delivered" => Some(Role::Claim),
///             "handed_over" => Some(Role::Support),
///             _ => None,
///         }
///     }
///
///     fn scope(&self, effect: &Effect<'_>) -> Result<Scope, Misfit> {
///         effect.scope(&["parcel".to_owned()])
///     }
///
///     fn fact(&self, _: &Effect<'_>) -> Result<(), Misfit> {
///         Ok(())
///     }
///
///     fn judge(&self, evidence: &Evidence<'_, ()>) -> Ruling {
///         evidence.every_claim_rests_on(&["handed_over".to_owned()], "was said without")
///     }
/// }
///
/// let history = testimony::history::History::parse(
///     r#"
///     {"process": "web",     "type": "fact", "f": "show_delivered", "value": {"parcel": 7}, "id": "a"}
///     {"process": "courier", "type": "fact", "f": "handed_over",    "value": {"parcel": 7}, "after": ["a"]}
///     "#,
/// )?;
/// testimony::check_history(history)
///     .named_promise("delivered is known", AnyPromise::of_knowledge(DeliveredIsKnown))
///     .assert_broken();
/// # Ok::<(), testimony::history::Faults>(())
/// ```
pub trait Knowledge: Send + Sync + 'static {
    /// What one effect says, as this promise reads it, beyond its part and its scope.
    type Fact: Clone + Debug + Send + Sync;

    /// The names of the effects that [`role`](Self::role) may answer anything but `None` to; `None`: any.
    ///
    /// Effects of other names are not shown to it, which spares time.
    fn names(&self) -> Option<Vec<&str>> {
        None
    }

    /// Which part an effect plays; `None`: it does not concern this promise.
    ///
    /// Every fact is shown, and every operation whatever became of it: see [`Effect::outcome`].
    fn role(&self, effect: &Effect<'_>) -> Option<Role>;

    /// Which order, seat or intent it concerns.
    ///
    /// # Errors
    /// Where the effect does not say so.
    fn scope(&self, effect: &Effect<'_>) -> Result<Scope, Misfit>;

    /// What it says.
    ///
    /// # Errors
    /// Where the value is not of the form that the promise needs.
    fn fact(&self, effect: &Effect<'_>) -> Result<Self::Fact, Misfit>;

    /// Judges one scope with at least one claim.
    fn judge(&self, evidence: &Evidence<'_, Self::Fact>) -> Ruling;
}

/// Which part an effect plays for a knowledge promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It is judged: a scope without a claim is not.
    Claim,
    /// Claims rest on it, once it is certain.
    Support,
    /// Claims rest on it from its beginning on, whatever became of it: that somebody asked for something.
    Intent,
}

/// A knowledge promise where any promise is held.
pub(super) struct Knowing<K>(pub(super) K);

impl<K: Knowledge> Judge for Knowing<K> {
    fn fold(self: Arc<Self>) -> Option<Box<dyn Fold>> {
        None
    }

    fn is_about_knowledge(&self) -> bool {
        true
    }

    fn clocks(&self) -> (Option<Duration>, bool) {
        (None, false)
    }

    fn objections(&self, joining: &Joining<'_>) -> Vec<Objection> {
        reading::read(&self.0, joining).err().unwrap_or_default()
    }

    /// Costs no search: the budget is not touched.
    fn judge(
        &self,
        subject: Subject<'_>,
        joining: &Joining<'_>,
        _beside: &Beside<'_>,
        _limits: (Rules, &Budget),
    ) -> Result<Judgement, Vec<Objection>> {
        let reading = reading::read(&self.0, joining)?;
        Ok(judge::judge(&self.0, subject, &reading))
    }
}
