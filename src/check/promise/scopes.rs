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
    let mut positions: HashMap<Scope, usize, FxBuildHasher> = HashMap::default();
    let mut scopes: Vec<ScopeEffects<P::Fact>> = Vec::new();
    let mut unplaced = Vec::new();
    let mut objections = Vec::new();
    for (effect, item) in effects(history) {
        match promise.read(&effect) {
            Ok(None) => {}
            Ok(Some((scope, fact))) => {
                let scope = canonical(history, scope);
                let at = *positions.entry(scope.clone()).or_insert_with(|| {
                    scopes.push(ScopeEffects {
                        scope,
                        shown: Vec::new(),
                    });
                    scopes.len() - 1
                });
                scopes[at].shown.push(Shown {
                    fact,
                    item,
                    source: effect.source,
                });
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
    scopes.retain(|scope| {
        scope
            .shown
            .iter()
            .any(|shown| promise.concerns(&shown.fact))
    });
    Ok(Reading { scopes, unplaced })
}

/// All facts and all operations that did not fail, in the order of their first lines.
fn effects(history: &History) -> impl Iterator<Item = (Effect<'_>, Item)> {
    history.event_ids().filter_map(|id| {
        let event = history.event(id);
        let (source, item) = match event.kind {
            EventKind::Fact => (
                Source::Fact(id),
                Item {
                    lo: id,
                    hi: Some(id),
                    is_certain: true,
                },
            ),
            EventKind::Invoke => {
                let op = event.op?;
                let operation = history.operation(op);
                let item = match operation.outcome {
                    Outcome::Ok => Item {
                        lo: id,
                        hi: operation.completion,
                        is_certain: true,
                    },
                    Outcome::Unknown => Item {
                        lo: id,
                        hi: None,
                        is_certain: false,
                    },
                    Outcome::Failed => return None,
                };
                (Source::Operation(op), item)
            }
            _ => return None,
        };
        Some((
            Effect {
                history,
                name: history.name(event.f?),
                source,
            },
            item,
        ))
    })
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
