//! Which evidence would decide an undecided scope: the smallest set of facts found.
//!
//! # Idea
//! Take a world that keeps the promise and everything that is true in it: the outcome of each unknown
//! operation, the order of each pair that nothing orders, and that nothing unseen happened. With all of
//! these given, the verdict is kept. Give up one fact after the other as long as the promise is still kept in every world that
//! agrees with the rest. What is left is a prime implicant: none of it can be spared, so each is a question whose
//! answer the verdict turns on.
//!
//! # Complexity
//! One search for each fact given up, each within [`NODES_MAX`] nodes; pairs are quadratic in the scope's effects and are capped.

use crate::check::minimise::minimise;
use crate::check::worlds::{Item, Move, Slice, find_world_counting};
use crate::history::{EventId, History, Verdict};
use crate::verdict::{Because, Judgement, Missing};

use super::Promise;
use super::decide::Case;
use super::explain::events_of;
use super::machine::{Goal, PromiseMachine};
use super::scopes::Reading;

/// Nodes that one attempt to do without a fact may cost.
const NODES_MAX: u64 = 20_000;
/// Attempts to do without facts.
const ATTEMPTS_MAX: usize = 500;
/// Nodes and items that all attempts together may cost: questions must not take longer than a verdict.
const WORK_MAX: u64 = 2_000_000;
/// Pairs that nothing orders, among which the deciding ones are looked for.
const PAIRS_MAX: usize = 300;

/// Something that is true in the world that keeps the promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// What became of an unknown operation.
    Outcome { item: u32, took_effect: bool },
    /// Which of two effects came first.
    Order { earlier: u32, later: u32 },
    /// Nothing happened that no line shows.
    NothingUnseen,
}

pub(super) fn evidence<P: Promise>(case: &Case<'_, P>, keeping: &[Move]) -> Vec<Missing> {
    if keeping.iter().any(|step| matches!(step, Move::Unseen(_))) {
        // Only something unseen keeps it: the record is what is missing.
        return vec![hidden(case)];
    }
    let given = all_given(case, keeping);
    let mut work = 0;
    let left = minimise(given.len(), ATTEMPTS_MAX, |kept| {
        if work > WORK_MAX || case.budget.is_stopped() {
            return false;
        }
        let given: Vec<Given> = kept.iter().map(|at| given[*at]).collect();
        is_kept_given(case, &given, &mut work)
    });
    let mut missing: Vec<Missing> = left
        .iter()
        .map(|at| match given[*at] {
            Given::Outcome { item, .. } => outcome(case, item),
            Given::Order { earlier, later } => order(case, earlier, later),
            Given::NothingUnseen => hidden(case),
        })
        .collect();
    missing.sort_by_key(|missing| (missing.because, missing.events.clone()));
    missing
}

/// Outcomes first and pairs last: what stands last is given up first.
fn all_given<P: Promise>(case: &Case<'_, P>, keeping: &[Move]) -> Vec<Given> {
    let placed: Vec<u32> = keeping
        .iter()
        .filter_map(|step| match step {
            Move::Item(item) => Some(*item),
            Move::Unseen(_) => None,
        })
        .collect();
    let mut is_placed = vec![false; case.items.len()];
    for item in &placed {
        is_placed[*item as usize] = true;
    }
    let mut given: Vec<Given> = (0..case.items.len() as u32)
        .filter(|item| !case.items[*item as usize].is_certain)
        .map(|item| Given::Outcome {
            item,
            took_effect: is_placed[item as usize],
        })
        .collect();
    if !case.unseen.is_empty() {
        given.push(Given::NothingUnseen);
    }
    let happened_before = case.subject.order;
    let is_before = |a: u32, b: u32| {
        let (a, b) = (case.items[a as usize], case.items[b as usize]);
        a.hi.is_some_and(|hi| happened_before.before(hi, b.lo))
    };
    let pairs = placed
        .iter()
        .enumerate()
        .flat_map(|(at, earlier)| placed[at + 1..].iter().map(|later| (*earlier, *later)));
    let open = pairs.filter(|(earlier, later)| !is_before(*earlier, *later));
    given.extend(
        open.take(PAIRS_MAX)
            .map(|(earlier, later)| Given::Order { earlier, later }),
    );
    given
}

/// Whether every world that agrees with `given` keeps the promise; adds what that costs to `work`.
fn is_kept_given<P: Promise>(case: &Case<'_, P>, given: &[Given], work: &mut u64) -> bool {
    *work += case.items.len() as u64;
    let mut outcomes: Vec<Option<bool>> = vec![None; case.items.len()];
    for given in given {
        if let Given::Outcome { item, took_effect } = given {
            outcomes[*item as usize] = Some(*took_effect);
        }
    }
    // Items that certainly did not take effect are left out; `position` says where the others went.
    let mut items: Vec<Item> = Vec::new();
    let mut facts: Vec<&P::Fact> = Vec::new();
    let mut position: Vec<Option<u32>> = Vec::new();
    for (at, item) in case.items.iter().enumerate() {
        let outcome = outcomes[at];
        let is_left_out = !item.is_certain && outcome == Some(false);
        position.push((!is_left_out).then_some(items.len() as u32));
        if !is_left_out {
            items.push(Item {
                is_certain: item.is_certain || outcome == Some(true),
                ..*item
            });
            facts.push(&case.effects.shown[at].fact);
        }
    }
    let pairs: Vec<(u32, u32)> = given
        .iter()
        .filter_map(|given| match given {
            Given::Order { earlier, later } => {
                Some((position[*earlier as usize]?, position[*later as usize]?))
            }
            _ => None,
        })
        .filter(|(earlier, later)| {
            items[*earlier as usize].is_certain && items[*later as usize].is_certain
        })
        .collect();
    let is_whole = given.contains(&Given::NothingUnseen);
    let unseen: &[P::Fact] = if is_whole { &[] } else { &case.unseen };
    let slice = Slice::new(case.subject.order, &items).assuming(&pairs);
    let mut machine = PromiseMachine::new(case.promise, facts, unseen, Goal::Break);
    let budget = case.budget.with_nodes(NODES_MAX);
    find_world_counting(&slice, &mut machine, &budget, work).is_none()
}

pub(super) fn outcome<P: Promise>(case: &Case<'_, P>, item: u32) -> Missing {
    let history = case.subject.history;
    let shown = &case.effects.shown[item as usize];
    let invoke = shown.item.lo;
    let ask = shown
        .owner
        .unwrap_or_else(|| case.record.whom_to_ask(invoke));
    Missing {
        because: Because::Outcome,
        scope: case.scope(),
        events: events_of(history, shown.source),
        ask: Some(ask),
        question: format!(
            "Did the {} take effect that {} began on line {}?",
            words(history, invoke),
            history.process_name(history.event(invoke).process),
            history.event(invoke).place.line
        ),
    }
}

pub(super) fn order<P: Promise>(case: &Case<'_, P>, earlier: u32, later: u32) -> Missing {
    let history = case.subject.history;
    let mut pair = [
        &case.effects.shown[earlier as usize],
        &case.effects.shown[later as usize],
    ];
    pair.sort_by_key(|shown| shown.item.lo);
    let [first, second] = pair.map(|shown| shown.item.lo);
    let describe = |event: EventId| {
        let process = history.process_name(history.event(event).process);
        format!(
            "{} of {process} (line {})",
            words(history, event),
            history.event(event).place.line
        )
    };
    let mut events: Vec<EventId> = pair
        .iter()
        .flat_map(|shown| events_of(history, shown.source))
        .collect();
    events.sort_unstable();
    Missing {
        because: Because::Order,
        scope: case.scope(),
        events,
        ask: Some(history.process(history.event(second).process)),
        question: format!(
            "Which came first: {}, or {}?",
            describe(first),
            describe(second)
        ),
    }
}

pub(super) fn hidden<P: Promise>(case: &Case<'_, P>) -> Missing {
    let history = case.subject.history;
    let mut names = case.unseen_names.clone();
    names.sort();
    names.dedup();
    let ask = names.iter().find_map(|name| case.record.first_writer(name));
    let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let of = case
        .scope()
        .map(|scope| format!(" for {scope}"))
        .unwrap_or_default();
    Missing {
        because: Because::Record,
        scope: case.scope(),
        events: case
            .effects
            .shown
            .iter()
            .flat_map(|shown| events_of(history, shown.source))
            .collect(),
        ask,
        question: format!(
            "Did any {}{of} happen that no line shows?",
            listed.join(" or ")
        ),
    }
}

/// The record is incomplete and the promise cannot say what that may hide.
pub(super) fn open_ended<P: Promise>(case: &Case<'_, P>) -> Missing {
    let of = case
        .scope()
        .map(|scope| format!(" for {scope}"))
        .unwrap_or_default();
    Missing {
        because: Because::Record,
        scope: case.scope(),
        events: Vec::new(),
        ask: None,
        question: format!("What happened{of} that no line shows?"),
    }
}

/// Effects that concern the promise but do not say which scope: each may belong to any of those that are shown (which
/// is why they count as hidden there), or to another one, which stands undecided for all of them.
pub(super) fn unplaced<F>(history: &History, reading: &Reading<F>, judgement: &mut Judgement) {
    if reading.unplaced.is_empty() {
        return;
    }
    judgement.scopes.add(Verdict::Undecided);
    for (event, misfit) in &reading.unplaced {
        let line = history.event(*event).place.line;
        let path = misfit.absent.clone().unwrap_or_default();
        judgement.missing.push(Missing {
            because: Because::Record,
            scope: None,
            events: vec![*event],
            ask: Some(history.process(history.event(*event).process)),
            question: format!(
                "Which `{path}` does the {} on line {line} concern?",
                words(history, *event)
            ),
        });
    }
}

fn words(history: &History, event: EventId) -> String {
    let name = history
        .event(event)
        .f
        .map(|name| history.name(name))
        .unwrap_or_default();
    format!("`{name}`")
}
