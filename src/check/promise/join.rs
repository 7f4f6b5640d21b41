//! Effects that operations and facts evidence together: `[effect.NAME]` of a configuration.
//!
//! # Idea
//! An operation is an attempt; what its owner records is what settles it. An attempt and a fact with equal values at the paths
//! `same` are one effect, and it takes place where the fact stands. An attempt that no fact shows had no effect where
//! the owner's record is whole; else it stays what its own outcome says. Several attempts of one
//! identity are settled by the same fact; where no fact shows them, the first that was answered ok certainly took effect, and
//! the others may have been recognised as the same.
//!
//! What is not used as evidence of order: that the fact of a settled attempt lies between its invocation and its
//! `ok`. Without it there are more worlds, so a verdict can be undecided, never wrong.
//!
//! # Complexity
//! O(events) with a hash of each identity.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::check::Objection;
use crate::check::worlds::Item;
use crate::history::{EventId, EventKind, History, NameId, OpId, Outcome, Spot, Value, ValueId};

use super::effect::{Effect, Source};
use super::time::Times;

/// One `[effect.NAME]`: which operations and facts speak of one effect.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectEntry {
    /// What promises call it.
    pub name: String,
    /// The operations that attempt it, by any participant; empty where none was named.
    pub operations: Vec<String>,
    /// What the owner records when it takes effect; empty where nothing was named.
    pub facts: Vec<String>,
    /// Whose facts they are: a string or an integer, as in a history.
    pub owner: Option<Value>,
    /// The paths at which an operation and a fact are equal where they speak of one effect.
    pub same: Vec<String>,
    /// Whether the owner's record is whole: an attempt that it does not show had no effect.
    pub is_complete: bool,
    /// Where its name stands.
    pub spot: Spot,
}

/// An effect as one world promise sees it.
#[derive(Clone, Debug)]
pub(super) struct Evidenced<'h> {
    pub(super) effect: Effect<'h>,
    pub(super) item: Item,
    /// Whose record would settle it, where the configuration says.
    pub(super) owner: Option<ValueId>,
}

/// The identity of an effect: the values at the paths `same`, for the effect at this position.
type Identity = (usize, Vec<ValueId>);

/// A history's names, as the configuration speaks of them.
#[derive(Debug)]
pub(super) struct Joining<'h> {
    history: &'h History,
    entries: &'h [EffectEntry],
    /// Of each name: the effects that its facts, and its operations, speak of.
    by_fact: Vec<Vec<usize>>,
    by_operation: Vec<Vec<usize>>,
    /// Of each name: whether the configuration gives it another meaning than the history's own.
    is_renamed: Vec<bool>,
    owners: Vec<Option<ValueId>>,
    /// Identities that some fact of the owner shows.
    recorded: HashMap<Identity, EventId, FxBuildHasher>,
    /// The first attempt of each identity that was answered ok.
    answered: HashMap<Identity, OpId, FxBuildHasher>,
    /// The first attempt of each identity, whatever became of it: it may say what the fact does not.
    attempted: HashMap<Identity, OpId, FxBuildHasher>,
    times: &'h Times,
}

impl<'h> Joining<'h> {
    pub(super) fn new(history: &'h History, entries: &'h [EffectEntry], times: &'h Times) -> Self {
        let naming = |of: fn(&EffectEntry) -> &[String], name: &str| {
            let named = entries.iter().enumerate();
            let named = named.filter(|(_, entry)| of(entry).iter().any(|known| known == name));
            named.map(|(at, _)| at).collect::<Vec<usize>>()
        };
        let by_fact = history
            .names()
            .map(|name| naming(|entry| &entry.facts, name))
            .collect();
        let by_operation = history
            .names()
            .map(|name| naming(|entry| &entry.operations, name))
            .collect();
        let renames = |name: &str| entries.iter().any(|entry| entry.name == name);
        let is_renamed = history.names().map(renames).collect();
        let owner = |entry: &EffectEntry| history.values().find(entry.owner.as_ref()?);
        let owners = entries.iter().map(owner).collect();
        let mut joining = Self {
            history,
            entries,
            by_fact,
            by_operation,
            is_renamed,
            owners,
            recorded: HashMap::default(),
            answered: HashMap::default(),
            attempted: HashMap::default(),
            times,
        };
        if !entries.is_empty() {
            joining.recorded = joining.identities_recorded();
            joining.attempted = joining.identities_of(|_| true);
            joining.answered = joining.identities_of(|outcome| outcome == Outcome::Ok);
        }
        joining
    }

    pub(super) const fn history(&self) -> &'h History {
        self.history
    }

    /// What is known of the clocks.
    pub(super) const fn times(&self) -> &'h Times {
        self.times
    }

    /// Appends the effects that this event shows first; what is wrong with an attempt goes to `objections`.
    pub(super) fn effects_at(
        &self,
        id: EventId,
        found: &mut Vec<Evidenced<'h>>,
        objections: &mut Vec<Objection>,
    ) {
        let event = self.history.event(id);
        let Some(name) = event.f else { return };
        if !self.is_renamed(name) {
            self.plain(id, name, found);
        }
        match (event.kind, event.op) {
            _ if self.entries.is_empty() => {}
            (EventKind::Fact, _) => found.extend(self.recorded_by(id, name)),
            (EventKind::Invoke, Some(op)) => self.attempted_by(op, name, found, objections),
            _ => {}
        }
    }

    /// The configured effects of facts or operations of this name, as promises call them.
    pub(super) fn aliases(&self, name: NameId, kind: EventKind) -> impl Iterator<Item = &'h str> {
        let entries = self.entries;
        let by = if kind == EventKind::Fact {
            &self.by_fact
        } else {
            &self.by_operation
        };
        by[name.index()]
            .clone()
            .into_iter()
            .map(|at| entries[at].name.as_str())
    }

    /// Whether the configuration gives this name another meaning than the history's own.
    pub(super) fn is_renamed(&self, name: NameId) -> bool {
        self.is_renamed[name.index()]
    }

    /// Of each of the history's names: whether events of that name may show an effect of one of `names` (`None`: of any), or
    /// something to object to.
    pub(super) fn read_names(&self, names: Option<&[&str]>) -> Vec<bool> {
        let is_read = |name: &str| names.is_none_or(|names| names.contains(&name));
        let mut own = self.history.names().zip(&self.is_renamed);
        let mut known = self.by_fact.iter().zip(&self.by_operation);
        let mut all = Vec::new();
        while let (Some((name, is_renamed)), Some((facts, operations))) = (own.next(), known.next())
        {
            let is_alias = |at: &usize| is_read(&self.entries[*at].name);
            let is_own = !is_renamed && is_read(name);
            all.push(is_own || facts.iter().any(is_alias) || !operations.is_empty());
        }
        all
    }

    /// The configured effect of this name.
    pub(super) fn entry(&self, name: &str) -> Option<(&'h EffectEntry, Option<ValueId>)> {
        let at = self.entries.iter().position(|entry| entry.name == name)?;
        Some((&self.entries[at], self.owners[at]))
    }

    /// A fact, an operation that did not fail, and that an operation's outcome is unknown.
    fn plain(&self, id: EventId, name: NameId, found: &mut Vec<Evidenced<'h>>) {
        let history = self.history;
        let event = history.event(id);
        let point = Item {
            lo: id,
            hi: Some(id),
            is_certain: true,
        };
        let mut show = |source, item| {
            let effect = Effect {
                history,
                name: history.name(name),
                source,
                times: self.times,
            };
            found.push(Evidenced {
                effect,
                item,
                owner: None,
            });
        };
        if event.kind == EventKind::Fact {
            show(Source::Fact(id), point);
        }
        let Some(op) = event.op else { return };
        let operation = history.operation(op);
        if event.kind == EventKind::Invoke && operation.outcome != Outcome::Failed {
            show(Source::Operation(op), attempt(history, op));
        }
        let gives_up = operation.completion.unwrap_or(operation.invoke) == id;
        if operation.outcome == Outcome::Unknown && gives_up {
            show(Source::Unknown(op), point);
        }
    }

    /// The configured effects that a fact of their owner shows.
    fn recorded_by(&self, id: EventId, name: NameId) -> impl Iterator<Item = Evidenced<'h>> {
        let point = Item {
            lo: id,
            hi: Some(id),
            is_certain: true,
        };
        let of = self.by_fact[name.index()]
            .iter()
            .filter(move |at| self.is_owners(**at, id));
        of.map(move |at| {
            let identity = self.identity(*at, Source::Fact(id));
            let attempt = identity.and_then(|identity| self.attempted.get(&identity));
            let source = attempt.map_or(Source::Fact(id), |op| Source::Settled(id, *op));
            self.evidenced(*at, source, point)
        })
    }

    /// The configured effects that an operation attempts, unless a fact settles them.
    fn attempted_by(
        &self,
        op: OpId,
        name: NameId,
        found: &mut Vec<Evidenced<'h>>,
        objections: &mut Vec<Objection>,
    ) {
        let operation = self.history.operation(op);
        for at in &self.by_operation[name.index()] {
            let entry = &self.entries[*at];
            let identity = self.identity(*at, Source::Operation(op));
            let is_settled = identity
                .as_ref()
                .is_some_and(|id| self.recorded.contains_key(id));
            if operation.outcome == Outcome::Failed || is_settled {
                continue;
            }
            let is_shown_to_fail = entry.is_complete && identity.is_some();
            if !is_shown_to_fail {
                let first = identity.as_ref().and_then(|id| self.answered.get(id));
                // A later attempt of the same identity may be the same effect, recognised.
                let is_repeat = first.is_some_and(|first| *first != op);
                let own = attempt(self.history, op);
                let item = if is_repeat { own.relaxed() } else { own };
                found.push(self.evidenced(*at, Source::Operation(op), item));
            } else if let (Outcome::Ok, Some(end)) = (operation.outcome, operation.completion) {
                objections.push(Objection {
                    event: end,
                    says: format!(
                        "`{}` was answered ok, and nothing records it",
                        entry.operations.join(" or ")
                    ),
                    expected: format!(
                        "a fact {} of the same {}, because the record is said to be complete",
                        entry.facts.join(" or "),
                        entry.same.join(" and ")
                    ),
                });
            }
            if operation.outcome == Outcome::Unknown && !is_shown_to_fail {
                let gives_up = operation.completion.unwrap_or(operation.invoke);
                let point = Item {
                    lo: gives_up,
                    hi: Some(gives_up),
                    is_certain: true,
                };
                found.push(self.evidenced(*at, Source::Unknown(op), point));
            }
        }
    }

    fn evidenced(&self, at: usize, source: Source, item: Item) -> Evidenced<'h> {
        let name = self.entries[at].name.as_str();
        let effect = Effect {
            history: self.history,
            name,
            source,
            times: self.times,
        };
        Evidenced {
            effect,
            item,
            owner: self.owners[at],
        }
    }

    /// The first fact of each identity that some fact of the owner shows.
    fn identities_recorded(&self) -> HashMap<Identity, EventId, FxBuildHasher> {
        let mut recorded = HashMap::default();
        for id in self.history.event_ids() {
            let event = self.history.event(id);
            if let (EventKind::Fact, Some(name)) = (event.kind, event.f) {
                let of = self.by_fact[name.index()]
                    .iter()
                    .filter(|at| self.is_owners(**at, id));
                for identity in of.filter_map(|at| self.identity(*at, Source::Fact(id))) {
                    recorded.entry(identity).or_insert(id);
                }
            }
        }
        recorded
    }

    /// The first attempt of each identity whose outcome is one of those asked for.
    fn identities_of(
        &self,
        is_asked: impl Fn(Outcome) -> bool,
    ) -> HashMap<Identity, OpId, FxBuildHasher> {
        let mut answered = HashMap::default();
        for (at, operation) in self.history.operations().iter().enumerate() {
            let name = self.history.event(operation.invoke).f;
            let Some(name) = name.filter(|_| is_asked(operation.outcome)) else {
                continue;
            };
            for entry in &self.by_operation[name.index()] {
                if let Some(identity) = self.identity(*entry, Source::Operation(OpId::new(at))) {
                    answered.entry(identity).or_insert(OpId::new(at));
                }
            }
        }
        answered
    }

    /// The values at `same`; `None` where one is absent, or nothing says what makes two the same.
    fn identity(&self, at: usize, source: Source) -> Option<Identity> {
        let same = &self.entries[at].same;
        let effect = Effect {
            history: self.history,
            name: "",
            source,
            times: self.times,
        };
        let ids: Option<Vec<ValueId>> = same.iter().map(|path| effect.id_at(path)).collect();
        ids.filter(|ids| !ids.is_empty()).map(|ids| (at, ids))
    }

    fn is_owners(&self, at: usize, fact: EventId) -> bool {
        let process = self.history.process(self.history.event(fact).process);
        self.entries[at].owner.is_none() || self.owners[at] == Some(process)
    }
}

/// What the record of an owner says of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It took effect where this fact stands, or before.
    TookEffect(EventId),
    /// The record is whole and does not show it.
    HadNoEffect,
}

/// What the facts of owners say of operations that did not fail. Of several attempts of one identity a fact says
/// only that one of them took effect: nothing is said of these here.
pub(crate) fn settlements(history: &History, entries: &[EffectEntry]) -> Vec<(OpId, Settled)> {
    let times = Times::default();
    let joining = Joining::new(history, entries, &times);
    let mut attempts: HashMap<Identity, u32, FxBuildHasher> = HashMap::default();
    let mut asked: Vec<(OpId, Identity)> = Vec::new();
    for (at, operation) in history.operations().iter().enumerate() {
        let name = history.event(operation.invoke).f;
        let Some(name) = name.filter(|_| operation.outcome != Outcome::Failed) else {
            continue;
        };
        for entry in &joining.by_operation[name.index()] {
            let op = OpId::new(at);
            if let Some(identity) = joining.identity(*entry, Source::Operation(op)) {
                *attempts.entry(identity.clone()).or_insert(0) += 1;
                asked.push((op, identity));
            }
        }
    }
    let settled = asked.into_iter().filter_map(|(op, identity)| {
        let settled = match joining.recorded.get(&identity) {
            Some(fact) if attempts[&identity] == 1 => Settled::TookEffect(*fact),
            None if entries[identity.0].is_complete => Settled::HadNoEffect,
            _ => return None,
        };
        Some((op, settled))
    });
    settled.collect()
}

/// An operation that did not fail: between its invocation and its `ok`, or perhaps, without an end.
fn attempt(history: &History, op: OpId) -> Item {
    let operation = history.operation(op);
    match operation.outcome {
        Outcome::Ok => Item {
            lo: operation.invoke,
            hi: operation.completion,
            is_certain: true,
        },
        _ => Item {
            lo: operation.invoke,
            hi: None,
            is_certain: false,
        },
    }
}
