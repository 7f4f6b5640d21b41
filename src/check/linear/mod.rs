//! Specifications: is there a world in which every answer is one that the sequential object could give?

mod beside;
mod cells;
mod decide;
mod deed;
mod explain;
mod family;
mod fifo;
mod follow;
mod hint;
mod judge;
mod machine;
mod monitor;
mod race;
mod reading;
mod remaining;
mod rules;
mod source;
mod spec;

use std::sync::Arc;

use crate::history::{History, NameId};
use crate::order::{Order, Relation};
use crate::verdict::Judgement;

use super::promise::EffectEntry;
use super::{Budget, Check, Objection, Subject};

use hint::{Facts, Versions};

pub use beside::Beside;
pub(crate) use beside::Objects;
pub use family::{Act, Family};
pub(crate) use follow::{Follow, Heard};
pub use reading::AnySpec;
pub use rules::Rules;
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

/// How a specification is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpecOptions {
    /// Which order the search must respect.
    pub consistency: Consistency,
    /// Whether values are `[key, …]` and each key is an object of its own.
    pub by_key: bool,
    /// Whether a kept verdict carries its linearization.
    pub witness: bool,
    /// Whether a broken verdict goes without its explanation: it says which object cannot be ordered, and no more.
    pub verdict_only: bool,
    /// Which rules the search may use.
    pub rules: Rules,
}

/// A specification as a check: `linearizable:register`.
#[derive(Clone, Debug)]
pub struct SpecCheck {
    id: String,
    spec: AnySpec,
    options: SpecOptions,
    siblings: Vec<Sibling>,
    effects: Arc<[EffectEntry]>,
    hint: Option<String>,
}

/// A specification that knows all operations of another one, and more.
#[derive(Clone, Debug)]
struct Sibling {
    name: String,
    names: &'static [&'static str],
}

impl SpecCheck {
    /// Checks against `spec`, which reports call `name` (with its parameters, as the user wrote it).
    #[must_use]
    pub fn new(name: &str, spec: AnySpec, options: SpecOptions) -> Self {
        let id = format!("{}:{name}", options.consistency.as_str());
        Self {
            id,
            spec,
            options,
            siblings: Vec::new(),
            effects: Arc::default(),
            hint: None,
        }
    }

    /// Says which operations and facts speak of one effect: facts of an owner settle operations of unknown outcome.
    #[must_use]
    pub fn with_effects(self, effects: Arc<[EffectEntry]>) -> Self {
        Self { effects, ..self }
    }

    /// Says where answers carry a number that grows with each update (a revision, a version): a dotted path into the
    /// answer, or a field of its own. It guides the search, and is never trusted.
    #[must_use]
    pub fn hinted_by(self, path: &str) -> Self {
        Self {
            hint: Some(path.to_owned()),
            ..self
        }
    }

    /// Names another specification. Where it knows all operations of this one and more, a history
    /// with one of those is refused: leaving it out could turn a right history into a broken one.
    #[must_use]
    pub fn beside(mut self, name: &str, other: &AnySpec) -> Self {
        if let (Some(own), Some(names)) = (self.spec.names(), other.names())
            && names.len() > own.len()
            && own.iter().all(|name| names.contains(name))
        {
            self.siblings.push(Sibling {
                name: name.to_owned(),
                names,
            });
        }
        self
    }

    fn foreign(&self, history: &History) -> Vec<Objection> {
        if self.siblings.is_empty() {
            return Vec::new();
        }
        let own = self.spec.names().unwrap_or_default();
        let sibling_of = |name: &str| {
            let is_own = own.contains(&name);
            self.siblings
                .iter()
                .find(|sibling| !is_own && sibling.names.contains(&name))
        };
        let siblings: Vec<Option<&Sibling>> = history.names().map(sibling_of).collect();
        let first_of = |name: NameId| {
            history
                .operations()
                .iter()
                .find(|operation| history.event(operation.invoke).f == Some(name))
        };
        let is_concerned = history.names().any(|name| own.contains(&name));
        let found = siblings.iter().enumerate().filter_map(|(name, sibling)| {
            let name = NameId::new(name);
            Some((name, (*sibling)?, first_of(name)?))
        });
        found
            .filter(|_| is_concerned)
            .map(|(name, sibling, operation)| Objection {
                event: operation.invoke,
                says: format!("`{}` is none of its operations", history.name(name)),
                expected: format!("{}; {} has it too", own.join(", "), sibling.name),
            })
            .collect()
    }

    fn relation(&self) -> Relation {
        match self.options.consistency {
            Consistency::Linearizable => Relation::HappenedBefore,
            Consistency::CausalOrder => Relation::Causal,
            Consistency::Sequential => Relation::Sequential,
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

    fn as_spec(&self) -> Option<&SpecCheck> {
        Some(self)
    }

    fn objections(&self, history: &History) -> Vec<Objection> {
        let mut objections = self.foreign(history);
        if let Err(misread) = self.spec.0.read(history, self.options, &Facts::default()) {
            objections.extend(misread);
        }
        objections
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
        let history = subject.history;
        let mut objections = self.foreign(history);
        let facts = Facts::of(history, subject.order, &self.effects);
        let operations = match self.spec.0.read(history, self.options, &facts) {
            Ok(operations) => operations,
            Err(misread) => {
                objections.extend(misread);
                return Err(objections);
            }
        };
        if !objections.is_empty() {
            return Err(objections);
        }
        let weaker = match self.relation() {
            Relation::HappenedBefore => None,
            relation => Order::of(history, relation).ok(),
        };
        let versions = self.hint.as_deref();
        let versions = versions.map(|path| Versions::of(history, operations.entries(), path));
        let (versions, useless) = match versions {
            Some(Ok(versions)) => (Some(versions), None),
            Some(Err(says)) => (None, Some(says)),
            None => (None, None),
        };
        let case = judge::Case {
            history,
            order: weaker.as_ref().unwrap_or(subject.order),
            operations: &*operations,
            budget,
        };
        let mut judgement = judge::judge(&case, versions.as_ref(), self.options);
        judgement.notes.extend(facts.summary(history));
        judgement.notes.extend(facts.contradicted);
        judgement.notes.extend(useless);
        Ok(judgement)
    }
}
