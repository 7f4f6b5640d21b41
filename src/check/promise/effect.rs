//! What a promise sees: effects, each with its name, its values and its scope.

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::check::config::units;

use crate::history::{EventId, History, OpId, Value, ValueId, variant_names};

use super::time::{Times, When};

/// A fact, or the effect of an operation: what a promise names by its `f`.
#[derive(Clone, Copy, Debug)]
pub struct Effect<'h> {
    pub(crate) history: &'h History,
    pub(crate) name: &'h str,
    pub(crate) source: Source,
    pub(super) times: &'h Times,
}

/// Where an effect is evidenced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// A fact: it takes effect where it stands.
    Fact(EventId),
    /// An operation that did not fail.
    Operation(OpId),
    /// That an operation's outcome is unknown.
    Unknown(OpId),
    /// A fact of the owner, with the first attempt that it settles.
    Settled(EventId, OpId),
}

impl<'h> Effect<'h> {
    /// The name of the fact or operation.
    #[must_use]
    pub fn name(&self) -> &'h str {
        self.name
    }

    /// The participant that recorded the fact or called the operation.
    #[must_use]
    pub fn process(&self) -> ValueId {
        self.history
            .process(self.history.event(self.first_event()).process)
    }

    /// The history that shows it.
    #[must_use]
    pub fn history(&self) -> &'h History {
        self.history
    }

    /// The fact's event, or the operation's invocation.
    #[must_use]
    pub fn first_event(&self) -> EventId {
        match self.source {
            Source::Fact(event) | Source::Settled(event, _) => event,
            Source::Operation(op) | Source::Unknown(op) => self.history.operation(op).invoke,
        }
    }

    /// The interned value at a dotted path into the value, or of the words `intent` and `process`. Of an
    /// operation, the input is asked first and the answer second; of a fact that settles an attempt, the fact before both.
    #[must_use]
    pub fn id_at(&self, path: &str) -> Option<ValueId> {
        match path {
            "intent" => self
                .lines()
                .find_map(|event| self.history.event(event).intent),
            "process" => Some(self.process()),
            _ => self.lines().find_map(|event| {
                self.history
                    .values()
                    .at_path(self.history.event(event).value?, path)
            }),
        }
    }

    /// The lines whose values speak of it, in the order in which they are asked.
    fn lines(&self) -> impl Iterator<Item = EventId> {
        let (fact, op) = match self.source {
            Source::Fact(fact) => (Some(fact), None),
            Source::Operation(op) | Source::Unknown(op) => (None, Some(op)),
            Source::Settled(fact, op) => (Some(fact), Some(op)),
        };
        let operation = op.map(|op| self.history.operation(op));
        let invoke = operation.map(|operation| operation.invoke);
        let completion = operation.and_then(|operation| operation.completion);
        [fact, invoke, completion].into_iter().flatten()
    }

    /// The value at a dotted path, on its own.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<Value> {
        self.id_at(path)
            .map(|id| self.history.values().to_value(id))
    }

    /// When it took place, as far as the clocks say.
    #[must_use]
    pub fn when(&self) -> When {
        self.times.when(self.history, self.source)
    }

    /// The length of time at a dotted path: a text like `30s`, or a whole number of nanoseconds.
    ///
    /// # Errors
    /// Where something else stands there.
    pub fn duration_at(&self, path: &str) -> Result<Option<Duration>, Misfit> {
        let Some(found) = self.at(path).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let duration = match &found {
            Value::Str(text) => units::duration(text).ok(),
            Value::Int(ns) => u64::try_from(*ns).ok().map(Duration::from_nanos),
            _ => None,
        };
        let says = || {
            format!("its `{path}` must be a length of time (`30s`, or nanoseconds), and is {found}")
        };
        duration.map(Some).ok_or_else(|| Misfit::new(says()))
    }

    /// The scope that the values at these paths make.
    ///
    /// # Errors
    /// Where one of them is absent.
    pub fn scope(&self, paths: &[String]) -> Result<Scope, Misfit> {
        let id_at = |path: &String| self.id_at(path).ok_or_else(|| Misfit::absent(path));
        Ok(Scope(match paths {
            [] => Key::Whole,
            [one] => Key::One(id_at(one)?),
            many => Key::Many(many.iter().map(id_at).collect::<Result<_, _>>()?),
        }))
    }

    /// Reads the effect as the variant of a serde enum that has its name; `None` where none has.
    ///
    /// # Errors
    /// Where a variant has its name and its value does not fit.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<Option<T>, Misfit> {
        if variant_names::<T>().is_some_and(|names| !names.contains(&self.name)) {
            return Ok(None);
        }
        let value = self.history.event(self.first_event()).value;
        match self.history.values().decode_named(self.name, value) {
            Ok(fact) => Ok(Some(fact)),
            Err(error) => Err(Misfit::new(error.to_string())),
        }
    }
}

/// An effect that concerns a promise but does not say what the promise needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The path that is absent, where that is what is wrong.
    pub(crate) absent: Option<String>,
    pub(crate) says: String,
}

impl Misfit {
    /// Says what does not fit: a lowercase fragment.
    #[must_use]
    pub fn new(says: impl Into<String>) -> Self {
        Self {
            absent: None,
            says: says.into(),
        }
    }

    /// The value does not have what stands at this path.
    #[must_use]
    pub fn absent(path: &str) -> Self {
        Self {
            absent: Some(path.to_owned()),
            says: format!("it does not say its `{path}`"),
        }
    }

    /// What does not fit.
    #[must_use]
    pub fn says(&self) -> &str {
        &self.says
    }
}

/// Which order, seat or intent an effect concerns. Scopes are judged apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope(pub(crate) Key);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    /// The promise has one scope: the whole history.
    Whole,
    /// What concerns each scope that something else names.
    Every,
    One(ValueId),
    Many(Box<[ValueId]>),
    Own(Value),
}

impl Scope {
    /// The one scope of a promise that speaks of the whole history.
    #[must_use]
    pub const fn whole() -> Self {
        Self(Key::Whole)
    }

    /// Every scope that some other effect names: a read of a whole list concerns each order that may be in it.
    #[must_use]
    pub const fn every() -> Self {
        Self(Key::Every)
    }

    /// A scope named by a value of its own.
    #[must_use]
    pub fn of(value: impl Into<Value>) -> Self {
        Self(Key::Own(value.into()))
    }

    /// The scope as people write it; `None` for the whole history.
    #[must_use]
    pub fn name(&self, history: &History) -> Option<String> {
        match &self.0 {
            Key::Whole | Key::Every => None,
            Key::One(id) => Some(history.plain(*id)),
            Key::Many(ids) => {
                let parts: Vec<String> = ids.iter().map(|id| history.plain(*id)).collect();
                Some(parts.join(", "))
            }
            Key::Own(Value::Str(text)) => Some(text.to_string()),
            Key::Own(value) => Some(value.to_string()),
        }
    }
}
