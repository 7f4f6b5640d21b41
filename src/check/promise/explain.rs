//! What shows that a scope is broken, and why no other order and no other outcome saves it.
//!
//! Effects are set aside as long as no world keeps the promise. Setting one aside means relaxing it: it may take effect at
//! any time after it began, or never. That only adds worlds, so what is left breaks the promise whatever the others did.

use crate::check::minimise::minimise;
use crate::check::worlds::{Item, Machine, Move, Search, Slice, find_world, find_world_counting};
use crate::history::{EventId, History};
use crate::order::{Order, Reason};
use crate::verdict::Violation;

use super::decide::Case;
use super::effect::Source;
use super::machine::Goal;
use super::questions::seconds;
use super::{Breach, Promise};

/// Nodes that one attempt to set effects aside may cost.
const NODES_MAX: u64 = 20_000;
/// Attempts to set effects aside.
const ATTEMPTS_MAX: usize = 500;
/// Nodes and items that all attempts together may cost: an explanation must not take longer than a verdict.
const WORK_MAX: u64 = 2_000_000;
/// Scopes of more effects are not searched for the fewest that break the promise.
const ITEMS_MAX: usize = 500;
/// Pairs of events whose order is explained.
const PAIRS_MAX: usize = 4;

pub(super) fn violation<P: Promise>(case: &Case<'_, P>) -> Violation {
    let history = case.subject.history;
    let (breach, kept) = match case.items.len() {
        0..=ITEMS_MAX => {
            let kept = fewest(case);
            (breach(case, &kept), kept)
        }
        _ => until_the_breach(case),
    };
    let mut events: Vec<EventId> = kept
        .iter()
        .flat_map(|at| events_of(history, case.effects.shown[*at].source))
        .collect();
    events.sort_unstable();
    events.dedup();
    let scope = case.scope();
    let says = match &scope {
        Some(scope) => format!("{} for {scope}", breach.says),
        None => breach.says,
    };
    let why = match case.items.len() {
        0..=ITEMS_MAX => why(case, &kept),
        many => vec![format!(
            "No world keeps the promise. Shown is how one of them breaks it: with {many} effects there are too many to look for the fewest that do."
        )],
    };
    Violation {
        scope,
        says,
        events,
        why,
        dead_end: None,
    }
}

/// The effects of one world up to the first breach.
fn until_the_breach<P: Promise>(case: &Case<'_, P>) -> (Breach, Vec<usize>) {
    let (breach, mut shown) = replayed(case, case.find(Goal::SurelyBreak));
    shown.sort_unstable();
    (breach, shown)
}

/// The smallest set of effects found that breaks the promise whatever the others did.
fn fewest<P: Promise>(case: &Case<'_, P>) -> Vec<usize> {
    let mut work = 0;
    minimise(case.items.len(), ATTEMPTS_MAX, |kept| {
        if work > WORK_MAX || case.budget.is_stopped() {
            return false;
        }
        work += case.items.len() as u64;
        let slice = Slice::new(case.subject.order, &relaxed_but(&case.items, kept));
        let budget = case.budget.with_nodes(NODES_MAX);
        find_world_counting(&slice, &mut case.machine(Goal::Keep), &budget, &mut work).is_none()
    })
}

pub(super) fn violation_together<P: Promise>(cases: &[&Case<'_, P>]) -> Violation {
    let mut events: Vec<EventId> = cases
        .iter()
        .flat_map(|case| {
            let history = case.subject.history;
            case.effects
                .shown
                .iter()
                .flat_map(|shown| events_of(history, shown.source))
        })
        .collect();
    events.sort_unstable();
    events.dedup();
    let scope = names(cases);
    let named = scope.clone().unwrap_or_default();
    Violation {
        scope,
        says: format!("no world keeps the promise for all of {named}"),
        events,
        why: vec![
            "Each of them could be kept alone, but the order that keeps one breaks another."
                .to_owned(),
        ],
        dead_end: None,
    }
}

pub(super) fn names<P: Promise>(cases: &[&Case<'_, P>]) -> Option<String> {
    let names: Vec<String> = cases.iter().filter_map(|case| case.scope()).collect();
    Some(names.join(", "))
}

/// The lines that show an effect: a fact, or an invocation with its answer.
pub(super) fn events_of(history: &History, source: Source) -> Vec<EventId> {
    match source {
        Source::Fact(event) | Source::Settled(event, _) => vec![event],
        Source::Operation(op) | Source::Unknown(op) => {
            let operation = history.operation(op);
            [Some(operation.invoke), operation.completion]
                .into_iter()
                .flatten()
                .collect()
        }
    }
}

fn relaxed_but(items: &[Item], kept: &[usize]) -> Vec<Item> {
    let all = items.iter().enumerate();
    all.map(|(at, item)| {
        if kept.binary_search(&at).is_ok() {
            *item
        } else {
            item.relaxed()
        }
    })
    .collect()
}

/// The first breach in some world (all worlds have one), and the effects that took place by then.
fn breach<P: Promise>(case: &Case<'_, P>, kept: &[usize]) -> Breach {
    let slice = Slice::new(case.subject.order, &relaxed_but(&case.items, kept));
    let mut machine = case.machine(Goal::SurelyBreak);
    let (breach, _) = replayed(case, find_world(&slice, &mut machine, case.budget));
    breach
}

/// How a world that was found breaks the promise, and its effects up to there.
fn replayed<P: Promise>(case: &Case<'_, P>, found: Search) -> (Breach, Vec<usize>) {
    let mut placed = Vec::new();
    let nothing = Breach::new("the promise is broken");
    let Search::World(moves) = found else {
        return (nothing, placed);
    };
    let mut state = P::State::default();
    for step in &moves {
        let fact = match step {
            Move::Item(item) => {
                placed.push(*item as usize);
                &case.effects.shown[*item as usize].fact
            }
            Move::Unseen(number) => &case.unseen[*number as usize],
        };
        if let Err(breach) = case.lenient.observe(&mut state, fact) {
            return (breach, placed);
        }
    }
    (case.lenient.settle(&state).err().unwrap_or(nothing), placed)
}

fn why<P: Promise>(case: &Case<'_, P>, kept: &[usize]) -> Vec<String> {
    let mut why = Vec::new();
    let items: Vec<Item> = relaxed_but(&case.items, kept);
    let anyhow = Slice::unordered(&items);
    let budget = case.budget.with_nodes(NODES_MAX);
    let needs_order = !find_world(
        &anyhow,
        &mut case.machine(Goal::Keep) as &mut dyn Machine,
        &budget,
    )
    .is_none();
    why.push(certainty(case, kept));
    if needs_order {
        why.extend(orders(case, kept));
    } else if kept.len() > 1 {
        why.push("The order in which they took effect makes no difference.".to_owned());
    }
    why.extend(others(case, kept));
    why
}

/// What the other effects of the scope have to do with it: nothing, or there are none.
fn others<P: Promise>(case: &Case<'_, P>, kept: &[usize]) -> Option<String> {
    let of = case
        .scope()
        .map(|scope| format!(" of {scope}"))
        .unwrap_or_default();
    let unknown = case.items.iter().filter(|item| !item.is_certain).count();
    let rest = case.items.len() - kept.len();
    match (rest, unknown) {
        (0, _) if kept.len() == 1 => Some(format!(
            "Nothing else that would matter is recorded{of}, and the record is whole."
        )),
        (0, _) => None,
        (_, 0) => Some(format!("What else is recorded{of} does not change this.")),
        _ => Some(format!(
            "What else is recorded{of} does not change this, whatever became of the operations whose outcome is unknown."
        )),
    }
}

fn certainty<P: Promise>(case: &Case<'_, P>, kept: &[usize]) -> String {
    let is_unknown = |at: &usize| {
        let is_unanswered = matches!(case.effects.shown[*at].source, Source::Unknown(_));
        is_unanswered || !case.items[*at].is_certain
    };
    let is_fact = |at: &usize| {
        matches!(
            case.effects.shown[*at].source,
            Source::Fact(_) | Source::Settled(..)
        )
    };
    if kept.iter().any(is_unknown) {
        return "This is so whether an operation of unknown outcome took effect or not.".to_owned();
    }
    let facts = kept.iter().filter(|at| is_fact(at)).count();
    match (facts, kept.len() - facts) {
        (0, 0) => "What is missing is certainly missing: the record is whole.".to_owned(),
        (1, 0) => "It certainly happened: the participant recorded it itself.".to_owned(),
        (2, 0) => "Both certainly happened: each was recorded by its own participant.".to_owned(),
        (_, 0) => {
            format!("All {facts} certainly happened: each was recorded by its own participant.")
        }
        (0, 1) => "It certainly took effect: it was answered ok.".to_owned(),
        (0, 2) => "Both certainly took effect: each was answered ok.".to_owned(),
        (0, operations) => {
            format!("All {operations} certainly took effect: each was answered ok.")
        }
        _ => "All of them certainly took effect: recorded, or answered ok.".to_owned(),
    }
}

/// The pairs that no world can turn round, with the evidence for their order.
fn orders<P: Promise>(case: &Case<'_, P>, kept: &[usize]) -> Vec<String> {
    let order = case.subject.order;
    let mut why = Vec::new();
    for earlier in kept {
        for later in kept {
            let (a, b) = (case.items[*earlier], case.items[*later]);
            if let Some(hi) = a.hi.filter(|hi| order.before(*hi, b.lo)) {
                why.push(ordered(case.subject.history, order, hi, b.lo));
            }
        }
    }
    let more = why.len().saturating_sub(PAIRS_MAX);
    why.truncate(PAIRS_MAX);
    if more > 0 {
        why.push(format!(
            "{more} more pairs of them are ordered in the same way."
        ));
    }
    why
}

fn ordered(history: &History, order: &Order, earlier: EventId, later: EventId) -> String {
    let line = |event: EventId| history.event(event).place.line;
    let steps = order.why(earlier, later).unwrap_or_default();
    let path: Vec<String> = steps
        .iter()
        .map(|step| {
            let time = |event: EventId| history.time_ns(event);
            let apart = time(step.to).zip(time(step.from));
            let because = match (step.because, apart) {
                (Reason::Clock, Some((later, earlier))) => {
                    format!("its clock shows {} more", seconds(later.abs_diff(earlier)))
                }
                (because, _) => because.as_str().to_owned(),
            };
            format!("line {} ({because})", line(step.to))
        })
        .collect();
    format!(
        "Line {} happened before line {}: line {0} → {}.",
        line(earlier),
        line(later),
        path.join(" → ")
    )
}
