//! Effects of a history, sorted by the scope that they concern.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::check::Objection;
use crate::check::worlds::Item;
use crate::history::{Completeness, EventId, EventKind, History, Outcome, ValueId};

use super::effect::{Effect, Key, Scope, Source};
use super::{Misfit, Promise};

/// An effect that concerns a promise.
#[derive(Clone, Debug)]
pub(super) struct Shown<F> {
    pub(super) fact: F,
    pub(super) item: Item,
    pub(super) source: Source,
}

/// One scope with all that is shown of it, in the order of the lines.
#[derive(Debug)]
pub(super) struct ScopeEffects<F> {
    pub(super) scope: Scope,
    pub(super) shown: Vec<Shown<F>>,
}

/// Everything that a promise reads in a history.
#[derive(Debug)]
pub(super) struct Reading<F> {
    /// Scopes in the order in which they first appear; only those that the promise judges.
    pub(super) scopes: Vec<ScopeEffects<F>>,
    /// Effects that concern the promise, but do not say which scope.
    pub(super) unplaced: Vec<(EventId, Misfit)>,
}

/// Reads all effects of a history.
///
/// # Errors
/// Where an effect's value is of the wrong form.
pub(super) fn read<P: Promise>(
    promise: &P,
    history: &History,
) -> Result<Reading<P::Fact>, Vec<Objection>> {
    let mut table = Table {
        positions: HashMap::default(),
        scopes: Vec::new(),
        every: Vec::new(),
    };
    let mut unplaced = Vec::new();
    let mut objections = Vec::new();
    for (effect, item) in effects(history) {
        let read = match effect.source {
            Source::Unknown(_) => promise.read_unknown(&effect),
            _ => promise.read(&effect),
        };
        match read {
            Ok(None) => {}
            Ok(Some((scope, fact))) => {
                table.add(
                    canonical(history, scope),
                    Shown {
                        fact,
                        item,
                        source: effect.source,
                    },
                );
            }
            Err(misfit) if misfit.absent.is_some() => unplaced.push((effect.first_event(), misfit)),
            Err(misfit) => objections.push(Objection {
                event: effect.first_event(),
                says: misfit.says,
                expected: format!("a value as the promise reads `{}`", effect.name),
            }),
        }
    }
    if !objections.is_empty() {
        return Err(objections);
    }
    let mut scopes = table.finish();
    scopes.retain(|scope| {
        scope
            .shown
            .iter()
            .any(|shown| promise.concerns(&shown.fact))
    });
    Ok(Reading { scopes, unplaced })
}

/// Scopes as they are found.
struct Table<F> {
    positions: HashMap<Scope, usize, FxBuildHasher>,
    scopes: Vec<ScopeEffects<F>>,
    /// What concerns every scope.
    every: Vec<Shown<F>>,
}

impl<F: Clone> Table<F> {
    fn add(&mut self, scope: Scope, shown: Shown<F>) {
        if scope == Scope::every() {
            self.every.push(shown);
            return;
        }
        let at = *self.positions.entry(scope.clone()).or_insert_with(|| {
            self.scopes.push(ScopeEffects {
                scope,
                shown: Vec::new(),
            });
            self.scopes.len() - 1
        });
        self.scopes[at].shown.push(shown);
    }

    fn finish(mut self) -> Vec<ScopeEffects<F>> {
        if !self.every.is_empty() {
            for scope in &mut self.scopes {
                scope.shown.extend(self.every.iter().cloned());
                scope.shown.sort_by_key(|shown| shown.item.lo);
            }
        }
        self.scopes
    }
}

/// All facts, all operations that did not fail, and that their outcome is unknown, in the order of the lines.
fn effects(history: &History) -> impl Iterator<Item = (Effect<'_>, Item)> {
    history
        .event_ids()
        .flat_map(|id| effects_at(history, id).into_iter().flatten())
}

fn effects_at(history: &History, id: EventId) -> [Option<(Effect<'_>, Item)>; 2] {
    let event = history.event(id);
    let point = Item {
        lo: id,
        hi: Some(id),
        is_certain: true,
    };
    let Some(f) = event.f else {
        return [None, None];
    };
    let shown = |source, item| {
        Some((
            Effect {
                history,
                name: history.name(f),
                source,
            },
            item,
        ))
    };
    if event.kind == EventKind::Fact {
        return [shown(Source::Fact(id), point), None];
    }
    let Some(op) = event.op else {
        return [None, None];
    };
    let operation = history.operation(op);
    let own = match (event.kind, operation.outcome) {
        (EventKind::Invoke, Outcome::Ok) => shown(
            Source::Operation(op),
            Item {
                hi: operation.completion,
                ..point
            },
        ),
        (EventKind::Invoke, Outcome::Unknown) => shown(
            Source::Operation(op),
            Item {
                hi: None,
                is_certain: false,
                ..point
            },
        ),
        _ => None,
    };
    let gives_up = operation.completion.unwrap_or(operation.invoke) == id;
    let unknown = match operation.outcome {
        Outcome::Unknown if gives_up => shown(Source::Unknown(op), point),
        _ => None,
    };
    [own, unknown]
}

/// A scope that was named by a value of its own is the scope of the interned value, where there is one.
fn canonical(history: &History, scope: Scope) -> Scope {
    match scope.0 {
        Key::Own(value) => match history.values().find(&value) {
            Some(id) => Scope(Key::One(id)),
            None => Scope(Key::Own(value)),
        },
        key => Scope(key),
    }
}

/// Whether effects of this name may have happened without a line that shows it.
///
/// A participant's record is whole or not; who records effects of a name are the participants that show some. So where
/// the header names whose record is whole, an effect is wholly shown iff somebody shows it and
/// everybody who does is named.
pub(super) fn may_hide(history: &History, name: &str) -> bool {
    match &history.header().complete {
        Completeness::Whole => false,
        Completeness::InPart => true,
        Completeness::Only(whole) => {
            let mut writers = writers(history, name).peekable();
            writers.peek().is_none() || writers.any(|writer| !whole.contains(&writer))
        }
    }
}

/// The participants of the facts and operations of this name, in the order of the lines.
pub(super) fn writers<'h>(history: &'h History, name: &str) -> impl Iterator<Item = ValueId> + 'h {
    let name = history.find_name(name);
    history
        .events()
        .iter()
        .filter(move |event| {
            matches!(event.kind, EventKind::Fact | EventKind::Invoke) && event.f == name
        })
        .map(|event| history.process(event.process))
}
