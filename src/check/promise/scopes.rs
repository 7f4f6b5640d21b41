//! Effects of a history, sorted by the scope that they concern.

use std::collections::{BTreeSet, HashMap};

use rustc_hash::FxBuildHasher;

use crate::check::Objection;
use crate::check::worlds::Item;
use crate::history::{EventId, History, ValueId};

use super::effect::{Key, Scope, Source};
use super::join::{Evidenced, Joining};
use super::{Misfit, Promise};

/// An effect that concerns a promise.
#[derive(Clone, Debug)]
pub(super) struct Shown<F> {
    pub(super) fact: F,
    pub(super) item: Item,
    pub(super) source: Source,
    /// Whose record would settle it, where the configuration says.
    pub(super) owner: Option<ValueId>,
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
    /// What the promise calls them.
    pub(super) unplaced_names: BTreeSet<String>,
}

/// Reads all effects of a history.
///
/// # Errors
/// Where an effect's value is of the wrong form.
pub(super) fn read<P: Promise>(
    promise: &P,
    joining: &Joining<'_>,
) -> Result<Reading<P::Fact>, Vec<Objection>> {
    let mut table = Table {
        positions: HashMap::default(),
        scopes: Vec::new(),
        every: Vec::new(),
    };
    let mut unplaced = Vec::new();
    let mut unplaced_names = BTreeSet::new();
    let mut objections = Vec::new();
    let history = joining.history();
    let mut found = Vec::new();
    for id in history.event_ids() {
        found.clear();
        joining.effects_at(id, &mut found, &mut objections);
        for Evidenced {
            effect,
            item,
            owner,
        } in found.drain(..)
        {
            let read = match effect.source {
                Source::Unknown(_) => promise.read_unknown(&effect),
                _ => promise.read(&effect),
            };
            match read {
                Ok(None) => {}
                Ok(Some((scope, fact))) => {
                    let shown = Shown {
                        fact,
                        item,
                        source: effect.source,
                        owner,
                    };
                    table.add(canonical(history, scope), shown);
                }
                Err(misfit) if misfit.absent.is_some() => {
                    if !unplaced_names.contains(effect.name) {
                        unplaced_names.insert(effect.name.to_owned());
                    }
                    unplaced.push((effect.first_event(), misfit));
                }
                Err(misfit) => objections.push(Objection {
                    event: effect.first_event(),
                    says: misfit.says,
                    expected: format!("a value as the promise reads `{}`", effect.name),
                }),
            }
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
    Ok(Reading {
        scopes,
        unplaced,
        unplaced_names,
    })
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

/// A scope that was named by a value of its own is the scope of the interned value, where there is one.
pub(super) fn canonical(history: &History, scope: Scope) -> Scope {
    match scope.0 {
        Key::Own(value) => match history.values().find(&value) {
            Some(id) => Scope(Key::One(id)),
            None => Scope(Key::Own(value)),
        },
        key => Scope(key),
    }
}
