//! Specifications: is there a world in which every answer is one that the sequential object could give?

mod spec;

use crate::history::History;
use crate::verdict::Judgement;

use super::{Budget, Check, Objection, Subject};

pub use spec::Spec;

/// Which order the search must respect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Consistency {
    /// Everything that is known: the real-time order of one observer where there is one.
    #[default]
    Linearizable,
    /// Each participant's own order only.
    Sequential,
    /// Each participant's own order, messages and declared causes; no real time.
    CausalOrder,
}

impl Consistency {
    /// All of them, strongest first.
    pub const ALL: [Self; 3] = [Self::Linearizable, Self::CausalOrder, Self::Sequential];

    /// The word on the command line and in the ids of checks.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Linearizable => "linearizable",
            Self::Sequential => "sequential",
            Self::CausalOrder => "causal-order",
        }
    }
}

/// A specification of any type.
pub struct AnySpec {}

impl AnySpec {
    /// Wraps a specification.
    pub fn of<S: Spec>(_spec: S) -> Self {
        Self {}
    }
}

impl std::fmt::Debug for AnySpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AnySpec")
    }
}

/// How a specification is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpecOptions {
    /// Which order the search must respect.
    pub consistency: Consistency,
    /// Whether values are `[key, …]` and each key is an object of its own.
    pub by_key: bool,
    /// Whether a kept verdict carries its linearization.
    pub witness: bool,
}

/// A specification as a check: `linearizable:register`.
#[derive(Debug)]
pub struct SpecCheck {
    id: String,
    options: SpecOptions,
}

impl SpecCheck {
    /// Checks against `spec`, which reports call `name` (with its parameters, as the user wrote it).
    #[must_use]
    pub fn new(name: &str, _spec: AnySpec, options: SpecOptions) -> Self {
        Self {
            id: format!("{}:{name}", options.consistency.as_str()),
            options,
        }
    }
}

impl Check for SpecCheck {
    fn id(&self) -> &str {
        &self.id
    }

    fn kind(&self) -> &str {
        self.options.consistency.as_str()
    }

    fn objections(&self, _history: &History) -> Vec<Objection> {
        Vec::new()
    }

    fn judge(&self, _subject: Subject<'_>, _budget: &Budget) -> Judgement {
        Judgement::of_nothing()
    }
}
