//! Promises: invariants over every world that the evidence permits, or over the evidence itself.

mod assume;
mod clocks;
mod contract;
mod decide;
mod effect;
mod explain;
mod fast;
mod fold;
mod fork;
mod join;
mod knowledge;
mod machine;
mod missing;
mod owed;
mod product;
mod questions;
mod record;
mod scopes;
mod settle;
mod table;
mod time;
mod together;
mod twins;

use std::sync::Arc;
use std::time::Duration;

use crate::history::History;
use crate::verdict::Judgement;

use super::linear::Beside;
use super::{Budget, Check, Objection, Subject};
use join::Joining;
use time::Times;

pub use contract::{Breach, Class, Part, Promise};
pub use effect::{Effect, Misfit, Scope};
pub(crate) use fold::{Alone, Fold, Told};
pub use join::EffectEntry;
pub(crate) use join::{Settled, settlements};
pub use owed::{Duty, Owed};
pub use time::{Bound, Elapsed, Open, OpenBound, When};

pub use knowledge::{Certainty, Evidence, Knowledge, Role, Ruling, Seen};

/// A promise of any type.
#[derive(Clone)]
pub struct AnyPromise(Arc<dyn Judge>);

impl AnyPromise {
    /// Wraps a promise.
    pub fn of<P: Promise>(promise: P) -> Self {
        Self(Arc::new(promise))
    }

    /// Wraps a promise about the evidence itself.
    pub fn of_knowledge<K: Knowledge>(promise: K) -> Self {
        Self(Arc::new(knowledge::Knowing(promise)))
    }
}

impl AnyPromise {
    /// Whether it looks at the evidence itself, and not at worlds.
    pub(crate) fn is_about_knowledge(&self) -> bool {
        self.0.is_about_knowledge()
    }
}

impl std::fmt::Debug for AnyPromise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AnyPromise")
    }
}

/// Which of the ways to a verdict may be used. None of them changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Scopes of promises of a known [`Class`] are decided without a search, where that is possible.
    pub classes: bool,
}

impl Rules {
    /// The plain search.
    pub const NONE: Self = Self { classes: false };
}

impl Default for Rules {
    fn default() -> Self {
        Self { classes: true }
    }
}

/// A promise with its types hidden.
trait Judge: Send + Sync {
    /// The promise line by line; `None` where it must see a whole history.
    fn fold(self: Arc<Self>) -> Option<Box<dyn Fold>>;
    /// Whether it looks at the evidence itself, and not at worlds.
    fn is_about_knowledge(&self) -> bool;
    /// How far clocks of different participants may differ, where the promise says so, and whether it heeds
    /// what others say of that.
    fn clocks(&self) -> (Option<Duration>, bool);
    fn objections(&self, joining: &Joining<'_>) -> Vec<Objection>;
    /// Reads a history once and judges it.
    fn judge(
        &self,
        subject: Subject<'_>,
        joining: &Joining<'_>,
        beside: &Beside<'_>,
        limits: (Rules, &Budget),
    ) -> Result<Judgement, Vec<Objection>>;
}

impl<P: Promise> Judge for P {
    fn fold(self: Arc<Self>) -> Option<Box<dyn Fold>> {
        Some(Box::new(fold::Following::of(self)?))
    }

    fn is_about_knowledge(&self) -> bool {
        false
    }

    fn clocks(&self) -> (Option<Duration>, bool) {
        (self.clock_error(), true)
    }

    fn objections(&self, joining: &Joining<'_>) -> Vec<Objection> {
        scopes::read(self, joining).err().unwrap_or_default()
    }

    fn judge(
        &self,
        subject: Subject<'_>,
        joining: &Joining<'_>,
        beside: &Beside<'_>,
        limits: (Rules, &Budget),
    ) -> Result<Judgement, Vec<Objection>> {
        let reading = scopes::read(self, joining)?;
        let case = (subject, joining);
        Ok(decide::judge(self, case, &reading, beside, limits))
    }
}

/// A promise as a check: `charge-at-most-once`.
#[derive(Clone, Debug)]
pub struct PromiseCheck {
    id: String,
    kind: String,
    promise: AnyPromise,
    effects: Arc<[EffectEntry]>,
    rules: Rules,
    clock_error: Option<Duration>,
}

impl PromiseCheck {
    /// Checks `promise`, which reports call by the slug of `name`.
    #[must_use]
    pub fn new(name: &str, kind: &str, promise: AnyPromise) -> Self {
        Self {
            id: slug(name),
            kind: kind.to_owned(),
            promise,
            effects: Arc::default(),
            rules: Rules::default(),
            clock_error: None,
        }
    }

    /// Says how far clocks of different participants differ at most: events whose times are further apart are
    /// ordered by them. A promise that says so itself, and one about knowledge, which no clock conveys, does not heed it.
    #[must_use]
    pub fn with_clock_error(self, clock_error: Option<Duration>) -> Self {
        Self {
            clock_error,
            ..self
        }
    }

    /// Says which operations and facts speak of one effect: the promise may name these effects.
    #[must_use]
    pub fn with_effects(self, effects: Arc<[EffectEntry]>) -> Self {
        Self { effects, ..self }
    }

    fn times(&self) -> Times {
        let error = self.clock_error();
        Times::agreeing_within(error.map(super::nanoseconds))
    }

    /// Says which ways to a verdict may be used.
    #[must_use]
    pub fn with_rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }
}

/// The id of a promise: its name in lower case, with one hyphen for everything that is no letter or digit.
#[must_use]
pub fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    words.join("-")
}

impl Check for PromiseCheck {
    fn id(&self) -> &str {
        &self.id
    }

    fn kind(&self) -> &str {
        &self.kind
    }

    fn objections(&self, history: &History) -> Vec<Objection> {
        let times = self.times();
        let joining = Joining::new(history, &self.effects, &times);
        self.promise.0.objections(&joining)
    }

    fn clock_error(&self) -> Option<Duration> {
        let (own, heeds) = self.promise.0.clocks();
        own.or(self.clock_error).filter(|_| heeds)
    }

    fn judge(&self, subject: Subject<'_>, budget: &Budget) -> Judgement {
        self.read_and_judge(subject, budget)
            .unwrap_or_else(|_| Judgement::of_nothing())
    }

    fn read_and_judge(
        &self,
        subject: Subject<'_>,
        budget: &Budget,
    ) -> Result<Judgement, Vec<Objection>> {
        self.judge_beside(subject, &Beside::of(subject, &[]), budget)
    }

    fn judge_beside(
        &self,
        subject: Subject<'_>,
        beside: &Beside<'_>,
        budget: &Budget,
    ) -> Result<Judgement, Vec<Objection>> {
        let times = self.times();
        let joining = Joining::new(subject.history, &self.effects, &times);
        let limits = (self.rules, budget);
        self.promise.0.judge(subject, &joining, beside, limits)
    }
}
