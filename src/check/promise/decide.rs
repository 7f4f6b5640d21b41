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
//!
//! # Beside specifications
//! A scope that is undecided alone is decided again among the worlds that the specifications beside the promise allow (see
//! `product` and `settle`). Fewer worlds decide no scope otherwise that was decided alone.

use rayon::prelude::*;

use crate::check::certify::{Opinion, certify_no_world, certify_world};
use crate::check::linear::{Beside, Objects};
use crate::check::worlds::{Item, Move, Search, Slice, find_world};
use crate::check::{Budget, Spent, Subject};
use crate::history::{Completeness, Verdict};
use crate::order::Order;
use crate::verdict::{Judgement, Missing, Settled, Twins, Violation};

use super::clocks;
use super::effect::Source;
use super::explain;
use super::fast;
use super::fork;
use super::join::Joining;
use super::machine::{Goal, PromiseMachine};
use super::missing;
use super::product::Product;
use super::questions;
use super::record::Record;
use super::scopes::{Reading, ScopeEffects};
use super::settle;
use super::together::decide_together;
use super::{Promise, Rules};

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
    /// What the specifications beside the promise say of it, while it is undecided.
    pub(super) product: Option<Product<'c>>,
    rules: Rules,
    pub(super) budget: &'c Budget,
}

/// What is known of one scope.
pub(super) enum Decided {
    Kept,
    Broken(Violation),
    Undecided(Undecided),
    /// By the specifications beside the promise.
    Settled(Settled, Option<Violation>),
}

/// Why a scope is undecided alone.
enum Open {
    /// Something may be unseen that the promise cannot imagine.
    Endless,
    Spent(Spent),
    /// A world that keeps the promise, and one that breaks it.
    Both(Vec<Move>, Vec<Move>),
}

/// Why a scope is undecided.
pub(super) struct Undecided {
    pub(super) missing: Vec<Missing>,
    pub(super) twins: Option<Twins>,
    /// Why specifications beside the promise rule out nothing.
    pub(super) note: Option<String>,
}

impl Undecided {
    fn asking(missing: Missing) -> Self {
        Self {
            missing: vec![missing],
            twins: None,
            note: None,
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
            product: None,
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

    /// Looks for a world by what is known of the promise's class, else by the search.
    pub(super) fn find(&self, goal: Goal) -> Search {
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

    /// Decides the scope alone, and where that does not suffice beside the specifications.
    fn decide(mut self, objects: impl Fn() -> Option<&'c Objects<'c>>) -> (Self, Decided) {
        let open = match self.decide_alone() {
            Ok(decided) => return (self, decided),
            Err(open) => open,
        };
        let effects = self.effects.shown.iter();
        let effects: Vec<(Item, Source)> = effects.map(|one| (one.item, one.source)).collect();
        let is_open_ended = matches!(open, Open::Endless);
        let product = objects().filter(|_| !is_open_ended);
        let product = product.and_then(|objects| Product::of(objects, &effects));
        let Some(product) = product else {
            let undecided = self.undecided(open);
            return (self, Decided::Undecided(undecided));
        };
        match settle::decide(&self, &product) {
            settle::Found::Settled(settled, violation) => {
                (self, Decided::Settled(settled, violation))
            }
            settle::Found::Both(keeping, breaking) => {
                self.product = Some(product);
                let undecided = self.undecided(Open::Both(keeping, breaking));
                (self, Decided::Undecided(undecided))
            }
            settle::Found::Nothing(why) => {
                let undecided = self.undecided(open);
                let note = Some(why);
                (self, Decided::Undecided(Undecided { note, ..undecided }))
            }
        }
    }

    fn decide_alone(&self) -> Result<Decided, Open> {
        if self.is_open_ended {
            return Err(Open::Endless);
        }
        if self.unseen.is_empty()
            && keeps_in_the_only_world(self.promise, self.subject.order, self.effects)
        {
            return Ok(Decided::Kept);
        }
        // Every scope has a world, and each world keeps the promise or breaks it: one answer of "none" decides.
        let keeping = self.find(Goal::Keep);
        if keeping.is_none() {
            self.confirm(Goal::Keep);
            return Ok(Decided::Broken(explain::violation(self)));
        }
        let breaking = self.find(Goal::Break);
        if breaking.is_none() {
            self.confirm(Goal::Break);
            return Ok(Decided::Kept);
        }
        match (keeping, breaking) {
            (Search::World(keeping), Search::World(breaking)) => Err(Open::Both(keeping, breaking)),
            (Search::Spent(spent), _) | (_, Search::Spent(spent)) => Err(Open::Spent(spent)),
            (Search::None, _) | (_, Search::None) => {
                unreachable!("a search that found no world has decided already")
            }
        }
    }

    /// What would decide a scope that may be kept and may be broken.
    fn undecided(&self, open: Open) -> Undecided {
        let (keeping, breaking) = match open {
            Open::Endless => return Undecided::asking(questions::open_ended(self)),
            Open::Spent(spent) => return Undecided::asking(spent.missing(self.scope())),
            Open::Both(keeping, breaking) => (keeping, breaking),
        };
        let surely = match self.is_timed() {
            true => self.find(Goal::SurelyKeep),
            false => Search::World(keeping.clone()),
        };
        match surely {
            Search::World(keeping) => {
                let is_small = self.items.len() <= EVIDENCE_ITEMS_MAX;
                let evidence = is_small.then(|| missing::evidence(self, keeping.clone()));
                let of_fork = || Undecided::asking(fork::missing(self, &keeping, &breaking));
                evidence.flatten().unwrap_or_else(of_fork)
            }
            Search::None => Undecided {
                missing: clocks::open(self, &keeping),
                twins: None,
                note: None,
            },
            Search::Spent(spent) => Undecided::asking(spent.missing(self.scope())),
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
    beside: &Beside<'_>,
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
    let decided: Vec<(Case<'_, P>, Decided)> = open
        .into_par_iter()
        .map(|effects| Case::new(context, effects).decide(|| beside.objects()))
        .collect();
    let mut undecided = Vec::new();
    for (case, decided) in decided {
        let is_undecided = matches!(decided, Decided::Undecided(_));
        add(decided, &mut judgement);
        if is_undecided {
            undecided.push(case);
        }
    }
    if !undecided.is_empty() {
        judgement.notes.extend_from_slice(beside.excused());
    }
    questions::unplaced(subject.history, reading, &mut judgement);
    judgement.verdict = match judgement.scopes {
        scopes if scopes.broken > 0 => Verdict::Broken,
        scopes if scopes.undecided > 0 => Verdict::Undecided,
        _ => Verdict::Kept,
    };
    if judgement.verdict == Verdict::Undecided {
        decide_together(&undecided, beside.objects(), &mut judgement);
    }
    judgement
}

/// Adds what is known of one scope.
fn add(decided: Decided, judgement: &mut Judgement) {
    match decided {
        Decided::Kept => judgement.scopes.add(Verdict::Kept),
        Decided::Broken(violation) => {
            judgement.scopes.add(Verdict::Broken);
            judgement.violations.push(violation);
        }
        Decided::Settled(settled, violation) => {
            judgement.scopes.add(settled.verdict);
            judgement.settled.push(settled);
            judgement.violations.extend(violation);
        }
        Decided::Undecided(Undecided {
            missing,
            twins,
            note,
        }) => {
            judgement.scopes.add(Verdict::Undecided);
            judgement.missing.extend(missing);
            judgement.twins.extend(twins);
            judgement.notes.extend(note);
        }
    }
}
