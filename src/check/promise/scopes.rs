//! Effects of a history, sorted by the scope that they concern.
//!
//! All effects of a promise stand in one table, scope by scope: a history has hundreds of thousands of scopes, and most
//! show two or three effects.
//!
//! # Complexity
//! One pass over the events whose names the promise reads.

use std::collections::BTreeSet;

use crate::check::Objection;
use crate::check::worlds::Item;
use crate::history::{EventId, History, ValueId};

use super::effect::{Key, Scope, Source};
use super::join::{Evidenced, Joining};
use super::table::{Finding, Table};
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
pub(super) struct ScopeEffects<'r, F> {
    pub(super) scope: &'r Scope,
    pub(super) shown: &'r [Shown<F>],
}

impl<F> Clone for ScopeEffects<'_, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for ScopeEffects<'_, F> {}

/// Everything that a promise reads in a history.
#[derive(Debug)]
pub(super) struct Reading<F> {
    table: Table<Shown<F>>,
    /// The scopes that the promise judges, in the order in which they first appear.
    judged: Vec<u32>,
    /// Effects that concern the promise, but do not say which scope.
    pub(super) unplaced: Vec<(EventId, Misfit)>,
    /// What the promise calls them.
    pub(super) unplaced_names: BTreeSet<String>,
}

impl<F> Reading<F> {
    /// The scopes that the promise judges, in the order in which they first appear.
    pub(super) fn scopes(&self) -> impl Iterator<Item = ScopeEffects<'_, F>> {
        self.judged.iter().map(|scope| {
            let (scope, shown) = self.table.scope(*scope);
            ScopeEffects { scope, shown }
        })
    }
}

/// Reads all effects of a history.
///
/// # Errors
/// Where an effect's value is of the wrong form.
pub(super) fn read<P: Promise>(
    promise: &P,
    joining: &Joining<'_>,
) -> Result<Reading<P::Fact>, Vec<Objection>> {
    let history = joining.history();
    let mut unplaced = Vec::new();
    let mut unplaced_names = BTreeSet::new();
    let mut objections = Vec::new();
    let events = history.events_named(&joining.read_names(promise.names().as_deref()));
    let mut finding = Finding::of_about(events.len());
    // What concerns every scope.
    let mut every = Vec::new();
    let mut found = Vec::new();
    for id in events {
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
                    match canonical(history, scope) {
                        Scope(Key::Every) => every.push(shown),
                        scope => finding.add(scope, shown),
                    }
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
    let table = finding.finish().with_in_each(&every, |shown| shown.item.lo);
    let judged = table.those(|shown: &Shown<P::Fact>| promise.concerns(&shown.fact));
    Ok(Reading {
        table,
        judged,
        unplaced,
        unplaced_names,
    })
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
