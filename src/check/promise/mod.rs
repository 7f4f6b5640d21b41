//! Promises: invariants over every world that the evidence permits.

mod contract;
mod effect;

use crate::history::History;
use crate::verdict::Judgement;

use super::{Budget, Check, Objection, Subject};

pub use contract::{Breach, Promise};
pub use effect::{Effect, Misfit, Scope};

/// A promise of any type.
pub struct AnyPromise {}

impl AnyPromise {
    /// Wraps a promise.
    pub fn of<P: Promise>(_promise: P) -> Self {
        Self {}
    }
}

impl std::fmt::Debug for AnyPromise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AnyPromise")
    }
}

/// A promise as a check: `charge-at-most-once`.
#[derive(Debug)]
pub struct PromiseCheck {
    id: String,
    kind: String,
}

impl PromiseCheck {
    /// Checks `promise`, which reports call by the slug of `name`.
    #[must_use]
    pub fn new(name: &str, kind: &str, _promise: AnyPromise) -> Self {
        Self {
            id: slug(name),
            kind: kind.to_owned(),
        }
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

    fn objections(&self, _history: &History) -> Vec<Objection> {
        Vec::new()
    }

    fn judge(&self, _subject: Subject<'_>, _budget: &Budget) -> Judgement {
        Judgement::of_nothing()
    }
}
