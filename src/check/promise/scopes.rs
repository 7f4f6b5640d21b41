//! Effects of a history, sorted by the scope that they concern.
//!
//! All effects of a promise stand in one table, scope by scope: a history has hundreds of thousands of scopes, and most
//! show two or three effects.
//!
//! # Complexity
//! One pass over the events; an effect whose name the promise does not read costs one look at its name. A scope that
//! one value names is found by the value's position, any other by its hash.

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
    table: Table<F>,
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
        self.judged.iter().map(|scope| self.table.scope(*scope))
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
    let is_read = joining.read_names(promise.names().as_deref());
    let may_show = |id: &EventId| history.event(*id).f.is_some_and(|f| is_read[f.index()]);
    let events = || history.event_ids().filter(may_show);
    let mut finding = Finding::over(history, events().count());
    let mut found = Vec::new();
    for id in events() {
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
                    finding.add(canonical(history, scope), shown);
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
    let table = finding.finish();
    let is_judged = |scope: &u32| {
        let mut shown = table.scope(*scope).shown.iter();
        shown.any(|shown| promise.concerns(&shown.fact))
    };
    let judged = (0..table.scopes.len() as u32).filter(is_judged).collect();
    Ok(Reading {
        table,
        judged,
        unplaced,
        unplaced_names,
    })
}

/// Effects, scope by scope.
#[derive(Debug)]
struct Table<F> {
    scopes: Vec<Scope>,
    /// Where the effects of each scope begin; one more than there are scopes.
    starts: Vec<u32>,
    shown: Vec<Shown<F>>,
}

impl<F> Table<F> {
    fn scope(&self, scope: u32) -> ScopeEffects<'_, F> {
        let at = scope as usize;
        let (start, end) = (self.starts[at] as usize, self.starts[at + 1] as usize);
        ScopeEffects {
            scope: &self.scopes[at],
            shown: &self.shown[start..end],
        }
    }
}

/// Effects as they are found.
struct Finding<F> {
    /// Of each value: one more than the position of the scope that it names alone; 0 where there is none.
    of_value: Vec<u32>,
    of_others: HashMap<Scope, u32, FxBuildHasher>,
    scopes: Vec<Scope>,
    shown: Vec<Shown<F>>,
    /// Of each effect: its scope.
    belongs: Vec<u32>,
    /// What concerns every scope.
    every: Vec<Shown<F>>,
}

impl<F: Clone> Finding<F> {
    fn over(history: &History, effects: usize) -> Self {
        Self {
            of_value: vec![0; history.values().len()],
            of_others: HashMap::default(),
            scopes: Vec::new(),
            // A table of about the right size from the start: growing one holds it twice.
            shown: Vec::with_capacity(effects),
            belongs: Vec::with_capacity(effects),
            every: Vec::new(),
        }
    }

    fn add(&mut self, scope: Scope, shown: Shown<F>) {
        if scope == Scope::every() {
            self.every.push(shown);
            return;
        }
        let next = self.scopes.len() as u32;
        let at = match &scope.0 {
            Key::One(value) => {
                let known = &mut self.of_value[value.index()];
                if *known == 0 {
                    *known = next + 1;
                }
                *known - 1
            }
            _ => match self.of_others.get(&scope) {
                Some(at) => *at,
                None => {
                    self.of_others.insert(scope.clone(), next);
                    next
                }
            },
        };
        if at == next {
            self.scopes.push(scope);
        }
        self.belongs.push(at);
        self.shown.push(shown);
    }

    /// Sorts the effects by their scopes, in place; those of one scope stay in the order of the lines.
    fn finish(mut self) -> Table<F> {
        let mut starts = vec![0; self.scopes.len() + 1];
        for scope in &self.belongs {
            starts[*scope as usize + 1] += 1;
        }
        for scope in 0..self.scopes.len() {
            starts[scope + 1] += starts[scope];
        }
        let mut places = self.belongs;
        let mut next = starts.clone();
        for place in &mut places {
            let scope = *place as usize;
            *place = next[scope];
            next[scope] += 1;
        }
        for at in 0..places.len() {
            while places[at] as usize != at {
                let place = places[at] as usize;
                places.swap(at, place);
                self.shown.swap(at, place);
            }
        }
        let table = Table {
            scopes: self.scopes,
            starts,
            shown: self.shown,
        };
        match self.every.is_empty() {
            true => table,
            false => table.with_in_each(&self.every),
        }
    }
}

impl<F: Clone> Table<F> {
    /// Adds effects to every scope.
    fn with_in_each(self, every: &[Shown<F>]) -> Self {
        let mut starts = vec![0];
        let mut shown = Vec::with_capacity(self.shown.len() + every.len() * self.scopes.len());
        for scope in 0..self.scopes.len() as u32 {
            let start = shown.len();
            shown.extend(self.scope(scope).shown.iter().chain(every).cloned());
            shown[start..].sort_by_key(|shown: &Shown<F>| shown.item.lo);
            starts.push(shown.len() as u32);
        }
        Self {
            scopes: self.scopes,
            starts,
            shown,
        }
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
