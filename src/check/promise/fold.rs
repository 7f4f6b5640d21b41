//! Follows a promise through one order, effect by effect: what a run of a model needs, in which everything is witnessed.
//!
//! # Idea
//! Where every line stands in one order and every effect is a fact, there is one world: a promise is a fold over its lines. States and scopes
//! are numbers, equal ones where the states are equal, so that a search can tell whether it was there before.
//!
//! # Invariants
//! - I1: a promise is folded only where the fold says what [`PromiseCheck`](super::PromiseCheck) says: it has no bounds of time, and what it reads are facts, or
//!   that an outcome is unknown. The first effect of an operation that it reads ends that ([`Told::NeedsHistory`]).
//! - I2: values are interned in one table over all lines: what a fact and a state remember of them stays true.
//!
//! # Complexity
//! One line: what `Promise::read` costs. One step of the fold: the number of scopes seen so far, for the copy of their states.

use crate::check::worlds::States;
use crate::history::{EventDraft, EventKind, History, HistoryBuilder, Value, ValueId, Values};

use super::effect::{Effect, Key, Scope, Source};
use super::time::Times;
use super::{AnyPromise, Promise};

/// A promise that can be followed line by line.
pub(crate) trait Fold: Send {
    /// Reads a line that stands alone: a fact, or an operation from its invocation to the moment at which its caller gave up.
    fn read(&mut self, line: &Alone) -> Told;

    /// The state before the first line.
    fn start(&mut self) -> u32;

    /// The state behind what was read; `Err`: what is broken.
    fn observe(&mut self, state: u32, read: u32) -> Result<u32, String>;

    /// What is broken by what did not happen.
    fn settle(&mut self, state: u32) -> Result<(), String>;
}

/// One line, or one operation, alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Alone {
    /// A fact.
    Fact(EventDraft),
    /// An operation of which only the invocation is known.
    Invoked(EventDraft),
    /// An operation whose caller gave up.
    GivenUp(EventDraft),
}

/// What a promise reads in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// It does not concern the promise.
    Nothing,
    /// The number of what it says, the number of its scope (0: every scope), and whether it asks for a judgement.
    Fact {
        read: u32,
        scope: u32,
        concerns: bool,
    },
    /// It is the effect of an operation, which may lie anywhere between its ends: only a whole history can be judged.
    NeedsHistory,
    /// The promise cannot read it: why.
    Misfit(String),
}

impl AnyPromise {
    /// The promise line by line; `None` where it must see a whole history.
    pub(crate) fn fold(&self) -> Option<Box<dyn Fold>> {
        self.0.clone().fold()
    }
}

/// A scope by its values, which mean the same in every history.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Named {
    Whole,
    One(Value),
    Many(Vec<Value>),
}

/// The state of one scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct InScope {
    scope: u32,
    /// `None`: what broke it; kept until something asks for a judgement.
    state: Result<u32, u32>,
    is_judged: bool,
}

/// A promise of a known type, followed line by line.
pub(super) struct Following<P: Promise> {
    promise: std::sync::Arc<P>,
    values: Option<Values>,
    times: Times,
    read: Vec<(u32, P::Fact, bool)>,
    /// The scopes by number, less one, and their names.
    scopes: Vec<(Named, Option<String>)>,
    states: States<P::State>,
    says: States<String>,
    wholes: States<Vec<InScope>>,
}

impl<P: Promise> Following<P> {
    pub(super) fn of(promise: std::sync::Arc<P>) -> Option<Self> {
        if promise.lenient().is_some() {
            return None;
        }
        Some(Self {
            promise,
            values: Some(Values::default()),
            times: Times::default(),
            read: Vec::new(),
            scopes: Vec::new(),
            states: States::new(),
            says: States::new(),
            wholes: States::new(),
        })
    }

    fn scope_number(&mut self, scope: &Scope, history: &History) -> u32 {
        let value = |id: &ValueId| history.values().to_value(*id);
        let scope_named = match &scope.0 {
            Key::Every => return 0,
            Key::Whole => Named::Whole,
            Key::One(id) => Named::One(value(id)),
            Key::Own(value) => Named::One(value.clone()),
            Key::Many(ids) => Named::Many(ids.iter().map(value).collect()),
        };
        let name = scope.name(history);
        let scope = scope_named;
        let known = self.scopes.iter().position(|(known, _)| *known == scope);
        let at = known.unwrap_or_else(|| {
            self.scopes.push((scope, name));
            self.scopes.len() - 1
        });
        at as u32 + 1
    }

    /// Applies what was read to one scope.
    fn apply(&mut self, before: &InScope, read: u32) -> InScope {
        let (_, fact, concerns) = &self.read[read as usize];
        let is_judged = before.is_judged || *concerns;
        let state = before.state.and_then(|state| {
            let mut after = self.states.get(state).clone();
            match self.promise.observe(&mut after, fact) {
                Ok(()) => Ok(self.states.intern(after, 0)),
                Err(breach) => Err(self.says.intern(breach.says, 0)),
            }
        });
        InScope {
            scope: before.scope,
            state,
            is_judged,
        }
    }

    fn breach(&self, scope: &InScope) -> Option<String> {
        let says = self
            .says
            .get(scope.state.err().filter(|_| scope.is_judged)?);
        Some(self.aloud(scope, says))
    }

    fn aloud(&self, scope: &InScope, says: &str) -> String {
        let at = (scope.scope as usize).checked_sub(1);
        let name = at.and_then(|at| self.scopes[at].1.as_deref());
        match name {
            Some(name) => format!("{says} for {name}"),
            None => says.to_owned(),
        }
    }
}

impl<P: Promise> Fold for Following<P> {
    fn read(&mut self, line: &Alone) -> Told {
        let (Alone::Fact(draft) | Alone::Invoked(draft) | Alone::GivenUp(draft)) = line;
        let mut builder = HistoryBuilder::interning_in(self.values.take().unwrap_or_default());
        let event = builder.push(draft.clone());
        if matches!(line, Alone::GivenUp(_)) {
            builder.push(draft.completed(EventKind::Info));
        }
        let history = match builder.finish() {
            Ok(history) => history,
            Err(faults) => return Told::Misfit(faults.to_string()),
        };
        let shown = history.event(event);
        let source = match (line, shown.op) {
            (Alone::Invoked(_), Some(op)) => Source::Operation(op),
            (Alone::GivenUp(_), Some(op)) => Source::Unknown(op),
            _ => Source::Fact(event),
        };
        let name = shown.f.map_or("", |name| history.name(name));
        let is_named = self
            .promise
            .names()
            .is_none_or(|names| names.contains(&name));
        let effect = Effect {
            history: &history,
            name,
            source,
            times: &self.times,
        };
        let read = match source {
            _ if !is_named => Ok(None),
            Source::Unknown(_) => self.promise.read_unknown(&effect),
            _ => self.promise.read(&effect),
        };
        let told = match (read, source) {
            (Ok(None), _) => Told::Nothing,
            (_, Source::Operation(_)) => Told::NeedsHistory,
            (Err(misfit), _) => Told::Misfit(format!("`{name}`: {}", misfit.says)),
            (Ok(Some((scope, fact))), _) => {
                let scope = self.scope_number(&scope, &history);
                let concerns = self.promise.concerns(&fact);
                let read = self.read.len() as u32;
                self.read.push((scope, fact, concerns));
                Told::Fact {
                    read,
                    scope,
                    concerns,
                }
            }
        };
        self.values = Some(history.into_values());
        told
    }

    fn start(&mut self) -> u32 {
        let state = Ok(self.states.intern(P::State::default(), 0));
        // What concerns every scope also concerns those that nothing has named yet.
        let unnamed = InScope {
            scope: 0,
            state,
            is_judged: false,
        };
        self.wholes.intern(vec![unnamed], 0)
    }

    fn observe(&mut self, state: u32, read: u32) -> Result<u32, String> {
        let mut whole = self.wholes.get(state).clone();
        let scope = self.read[read as usize].0;
        if scope == 0 {
            for in_scope in &mut whole {
                *in_scope = self.apply(in_scope, read);
            }
        } else {
            let at = match whole.binary_search_by_key(&scope, |known| known.scope) {
                Ok(at) => at,
                Err(at) => {
                    let unnamed = InScope {
                        scope,
                        ..whole[0].clone()
                    };
                    whole.insert(at, unnamed);
                    at
                }
            };
            whole[at] = self.apply(&whole[at], read);
        }
        // The scope that nothing has named is none.
        match whole[1..].iter().find_map(|scope| self.breach(scope)) {
            Some(says) => Err(says),
            None => Ok(self.wholes.intern(whole, 0)),
        }
    }

    fn settle(&mut self, state: u32) -> Result<(), String> {
        for scope in &self.wholes.get(state)[1..] {
            if let (Ok(last), true) = (scope.state, scope.is_judged)
                && let Err(breach) = self.promise.settle(self.states.get(last))
            {
                return Err(self.aloud(scope, &breach.says));
            }
        }
        Ok(())
    }
}
