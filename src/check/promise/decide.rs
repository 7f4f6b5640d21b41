//! Decides a promise over all worlds: each scope alone, then those that are undecided alone together.
//!
//! # Idea
//! Two searches decide a scope: is there a world that keeps the promise, and is there one that breaks it?
//! Both: undecided. Only the first: kept. Only the second: broken. (Each scope has at least one world.)
//!
//! # Why a scope may be cut out
//! The linear extensions of an induced sub-order are exactly the restrictions of linear extensions of the
//! whole order, and outcomes are chosen independently; so the worlds of a scope are the restrictions
//! of the worlds of the history. Order is closed before it is restricted (see the slice).
//!
//! # Clocks
//! A promise with bounds of time has a lenient form. What may be kept is asked of that one, what may be broken of the promise
//! itself; where the clocks leave nothing open the two are the same.
//!
//! # Why that is not all
//! Scopes that can each be kept may force each other's order. Only scopes that are undecided alone matter for this: one that is kept
//! in every world is kept in any. So those are searched together, as far as they are entangled.

use std::collections::HashMap;

use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use crate::check::certify::{Opinion, certify_no_world, certify_world};
use crate::check::worlds::{Item, Joint, Machine, Move, Search, Slice, entangled, find_world};
use crate::check::{Budget, Subject};
use crate::history::{Completeness, Verdict};
use crate::order::Order;
use crate::verdict::{Judgement, Missing, Twins, Violation};

use super::clocks;
use super::effect::Source;
use super::explain;
use super::fast;
use super::fork;
use super::join::Joining;
use super::machine::{Goal, PromiseMachine};
use super::missing;
use super::questions;
use super::record::Record;
use super::scopes::{Reading, ScopeEffects};
use super::{Promise, Rules};

/// Scopes that can constrain each other are searched together up to this many effects.
const JOINT_ITEMS_MAX: usize = 4_096;

/// Of larger scopes only one piece of missing evidence is named: each attempt to do without a fact is a search.
const EVIDENCE_ITEMS_MAX: usize = 1_000;

/// What all scopes of one promise share.
struct Context<'c, P: Promise> {
    promise: &'c P,
    lenient: &'c P,
    subject: Subject<'c>,
    reading: &'c Reading<P::Fact>,
    record: &'c Record<'c>,
    rules: Rules,
    budget: &'c Budget,
}

impl<P: Promise> Clone for Context<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Promise> Copy for Context<'_, P> {}

impl<P: Promise> Context<'_, P> {
    /// Whether something may have happened that no line shows. A whole record hides nothing, so the usual scope
    /// need not be asked what it might hide.
    fn may_hide(&self) -> bool {
        !self.reading.unplaced.is_empty()
            || self.subject.history.header().complete != Completeness::Whole
    }
}

/// One scope about to be decided.
pub(super) struct Case<'c, P: Promise> {
    /// Counts as missed what the clocks leave open.
    pub(super) promise: &'c P,
    /// Counts it as met; of a promise without bounds of time, the promise itself.
    pub(super) lenient: &'c P,
    pub(super) subject: Subject<'c>,
    pub(super) effects: ScopeEffects<'c, P::Fact>,
    pub(super) items: Vec<Item>,
    /// What may have happened in this scope without a line that shows it: names and facts.
    pub(super) unseen_names: Vec<String>,
    pub(super) unseen: Vec<P::Fact>,
    /// Whether something may be unseen that the promise cannot imagine.
    pub(super) is_open_ended: bool,
    pub(super) record: &'c Record<'c>,
    rules: Rules,
    pub(super) budget: &'c Budget,
}

/// What is known of one scope.
pub(super) enum Decided {
    Kept,
    Broken(Violation),
    Undecided(Undecided),
}

/// Why a scope is undecided.
pub(super) struct Undecided {
    pub(super) missing: Vec<Missing>,
    pub(super) twins: Option<Twins>,
}

impl Undecided {
    fn asking(missing: Missing) -> Self {
        Self {
            missing: vec![missing],
            twins: None,
        }
    }
}

impl<'c, P: Promise> Case<'c, P> {
    fn new(context: Context<'c, P>, effects: ScopeEffects<'c, P::Fact>) -> Self {
        let Context {
            promise,
            lenient,
            subject,
            reading,
            record,
            rules,
            budget,
        } = context;
        let imagined = context.may_hide().then(|| {
            let shown = effects.shown.iter();
            let facts: Vec<P::Fact> = shown.map(|shown| shown.fact.clone()).collect();
            promise.unseen(&facts)
        });
        let is_open_ended = imagined.as_ref().is_some_and(Option::is_none);
        let (unseen_names, unseen) = imagined
            .flatten()
            .unwrap_or_default()
            .into_iter()
            .filter(|(name, _)| reading.unplaced_names.contains(name) || record.may_hide(name))
            .unzip();
        let items = effects.shown.iter().map(|shown| shown.item).collect();
        Self {
            promise,
            lenient,
            subject,
            effects,
            items,
            unseen_names,
            unseen,
            is_open_ended,
            record,
            rules,
            budget,
        }
    }

    pub(super) fn machine(&self, goal: Goal) -> PromiseMachine<'_, P> {
        let facts = self.effects.shown.iter().map(|shown| &shown.fact).collect();
        PromiseMachine::new(self.form(goal), facts, &self.unseen, goal)
    }

    /// The form of the promise that a goal is asked of.
    pub(super) fn form(&self, goal: Goal) -> &'c P {
        match goal.is_lenient() {
            true => self.lenient,
            false => self.promise,
        }
    }

    /// Whether the promise has bounds of time, which the clocks may leave open.
    pub(super) fn is_timed(&self) -> bool {
        !std::ptr::eq(self.promise, self.lenient)
    }

    /// What a step of a world says.
    pub(super) fn fact(&self, step: Move) -> &P::Fact {
        match step {
            Move::Item(item) => &self.effects.shown[item as usize].fact,
            Move::Unseen(number) => &self.unseen[number as usize],
        }
    }

    /// The name of the scope in reports.
    pub(super) fn scope(&self) -> Option<String> {
        self.effects.scope.name(self.subject.history)
    }

    fn find(&self, goal: Goal) -> Search {
        let known = self.rules.classes.then(|| fast::find(self, goal)).flatten();
        let found = known.unwrap_or_else(|| {
            let slice = Slice::new(self.subject.order, &self.items);
            find_world(&slice, &mut self.machine(goal), self.budget)
        });
        if let Search::World(moves) = &found {
            certify_world(
                self.subject.order,
                &self.items,
                &mut self.machine(goal),
                moves,
            );
        }
        found
    }

    fn decide(&self) -> Decided {
        if self.is_open_ended {
            return Decided::Undecided(Undecided::asking(questions::open_ended(self)));
        }
        if self.unseen.is_empty()
            && keeps_in_the_only_world(self.promise, self.subject.order, self.effects)
        {
            return Decided::Kept;
        }
        // Every scope has a world, and each world keeps the promise or breaks it: one answer of "none" decides.
        let keeping = self.find(Goal::Keep);
        if keeping.is_none() {
            self.confirm(Goal::Keep);
            return Decided::Broken(explain::violation(self));
        }
        let breaking = self.find(Goal::Break);
        if breaking.is_none() {
            self.confirm(Goal::Break);
            return Decided::Kept;
        }
        match (keeping, breaking) {
            (Search::World(keeping), Search::World(breaking)) => {
                Decided::Undecided(self.undecided(keeping, &breaking))
            }
            (Search::Spent(spent), _) | (_, Search::Spent(spent)) => {
                Decided::Undecided(Undecided::asking(spent.missing(self.scope())))
            }
            (Search::None, _) | (_, Search::None) => {
                unreachable!("a search that found no world has decided already")
            }
        }
    }

    /// What would decide a scope that may be kept and may be broken.
    fn undecided(&self, keeping: Vec<Move>, breaking: &[Move]) -> Undecided {
        let surely = match self.is_timed() {
            true => self.find(Goal::SurelyKeep),
            false => Search::World(keeping.clone()),
        };
        match (surely, self.items.len()) {
            (Search::World(keeping), 0..=EVIDENCE_ITEMS_MAX) => missing::evidence(self, keeping),
            (Search::World(keeping), _) => {
                Undecided::asking(fork::missing(self, &keeping, breaking))
            }
            (Search::None, _) => Undecided {
                missing: clocks::open(self, &keeping),
                twins: None,
            },
            (Search::Spent(spent), _) => Undecided::asking(spent.missing(self.scope())),
        }
    }

    /// Puts "there is no such world" to a second search.
    fn confirm(&self, goal: Goal) -> Opinion {
        if self.items.len() < 2 {
            return Opinion::Confirmed;
        }
        certify_no_world(
            self.subject.order,
            &self.items,
            &mut self.machine(goal),
            self.budget,
        )
    }
}

/// Whether there is only one world, and it keeps the promise: the usual case, decided in one pass.
///
/// Each effect is certain and ends before the next one begins, so no other order agrees with
/// happened-before. Where something may be unseen, it could come between.
fn keeps_in_the_only_world<P: Promise>(
    promise: &P,
    order: &Order,
    effects: ScopeEffects<'_, P::Fact>,
) -> bool {
    let items = || effects.shown.iter().map(|shown| shown.item);
    let is_before = |earlier: Item, later: Item| {
        let end = earlier.hi;
        end.is_some_and(|end| order.before(end, later.lo))
    };
    let mut pairs = items().zip(items().skip(1));
    if !items().all(|item| item.is_certain)
        || !pairs.all(|(earlier, later)| is_before(earlier, later))
    {
        return false;
    }
    let mut state = P::State::default();
    let mut facts = effects.shown.iter().map(|shown| &shown.fact);
    facts.all(|fact| promise.observe(&mut state, fact).is_ok()) && promise.settle(&state).is_ok()
}

pub(super) fn judge<P: Promise>(
    promise: &P,
    (subject, joining): (Subject<'_>, &Joining<'_>),
    reading: &Reading<P::Fact>,
    (rules, budget): (Rules, &Budget),
) -> Judgement {
    let record = Record::of(joining);
    let lenient = promise.lenient();
    let context = Context {
        promise,
        lenient: lenient.as_ref().unwrap_or(promise),
        subject,
        reading,
        record: &record,
        rules,
        budget,
    };
    let mut judgement = Judgement::of_nothing();
    let is_plain = |effects: &ScopeEffects<'_, P::Fact>| {
        !context.may_hide() && keeps_in_the_only_world(promise, subject.order, *effects)
    };
    let mut open = Vec::new();
    for effects in reading.scopes() {
        match is_plain(&effects) {
            true => judgement.scopes.add(Verdict::Kept),
            false => open.push(effects),
        }
    }
    let decided: Vec<Decided> = open
        .par_iter()
        .map(|effects| Case::new(context, *effects).decide())
        .collect();
    let mut undecided = Vec::new();
    for (effects, decided) in open.into_iter().zip(decided) {
        match decided {
            Decided::Kept => judgement.scopes.add(Verdict::Kept),
            Decided::Broken(violation) => {
                judgement.scopes.add(Verdict::Broken);
                judgement.violations.push(violation);
            }
            Decided::Undecided(Undecided { missing, twins }) => {
                judgement.scopes.add(Verdict::Undecided);
                judgement.missing.extend(missing);
                judgement.twins.extend(twins);
                undecided.push(Case::new(context, effects));
            }
        }
    }
    questions::unplaced(subject.history, reading, &mut judgement);
    judgement.verdict = match judgement.scopes {
        scopes if scopes.broken > 0 => Verdict::Broken,
        scopes if scopes.undecided > 0 => Verdict::Undecided,
        _ => Verdict::Kept,
    };
    if judgement.verdict == Verdict::Undecided {
        decide_together(&undecided, &mut judgement);
    }
    judgement
}

/// The effects of several scopes, each once, with the scopes that it concerns and its place in each.
struct Union {
    items: Vec<Item>,
    /// Of each item: positions among the scopes, and among that scope's effects.
    of_item: Vec<Vec<(u32, u32)>>,
}

impl Union {
    fn of<P: Promise>(cases: &[&Case<'_, P>]) -> Self {
        let mut known: HashMap<Source, usize, FxBuildHasher> = HashMap::default();
        let mut union = Self {
            items: Vec::new(),
            of_item: Vec::new(),
        };
        for (part, case) in cases.iter().enumerate() {
            for (own, shown) in case.effects.shown.iter().enumerate() {
                let at = *known.entry(shown.source).or_insert_with(|| {
                    union.items.push(shown.item);
                    union.of_item.push(Vec::new());
                    union.items.len() - 1
                });
                union.of_item[at].push((part as u32, own as u32));
            }
        }
        union
    }
}

/// Scopes that can each be kept, but perhaps not all in one world.
fn decide_together<P: Promise>(cases: &[Case<'_, P>], judgement: &mut Judgement) {
    let all: Vec<&Case<'_, P>> = cases.iter().collect();
    let Some(first) = cases.first() else { return };
    if cases.len() < 2 {
        return;
    }
    let union = Union::of(&all);
    let belongs = (0..).zip(&union.of_item);
    let belongs: Vec<(u32, u32)> = belongs
        .flat_map(|(item, scopes)| scopes.iter().map(move |(scope, _)| (item, *scope)))
        .collect();
    let slice = Slice::new(first.subject.order, &union.items);
    for group in entangled(&slice, &belongs, cases.len()) {
        let members: Vec<&Case<'_, P>> = group.iter().map(|case| &cases[*case as usize]).collect();
        let union = Union::of(&members);
        if union.items.len() > JOINT_ITEMS_MAX {
            judgement.notes.push(format!(
                "whether one world keeps all {} undecided scopes from {} on was not searched: they constrain each other and have more than {JOINT_ITEMS_MAX} effects",
                members.len(),
                members[0].scope().unwrap_or_default()
            ));
            continue;
        }
        match find_together(&members, &union) {
            Search::World(_) => {}
            Search::None => {
                judgement.verdict = Verdict::Broken;
                judgement
                    .violations
                    .push(explain::violation_together(&members));
            }
            Search::Spent(spent) => judgement
                .missing
                .push(spent.missing(explain::names(&members))),
        }
    }
}

fn find_together<P: Promise>(cases: &[&Case<'_, P>], union: &Union) -> Search {
    let Some(first) = cases.first() else {
        return Search::World(Vec::<Move>::new());
    };
    let machine = || {
        let parts = cases
            .iter()
            .map(|case| Box::new(case.machine(Goal::Keep)) as Box<dyn Machine + '_>);
        Joint::new(parts.collect(), union.of_item.clone())
    };
    let slice = Slice::new(first.subject.order, &union.items);
    let found = find_world(&slice, &mut machine(), first.budget);
    if let Search::World(moves) = &found {
        certify_world(first.subject.order, &union.items, &mut machine(), moves);
    }
    found
}
