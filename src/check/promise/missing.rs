//! Which evidence would decide an undecided scope: the smallest set of facts found, and what each answer would change.
//!
//! # Idea
//! Take a world that keeps the promise and everything that is true in it: the outcome of each unknown
//! operation, the order of each pair that nothing orders, and what happened that no line shows (nothing, where that is possible). With all of
//! these given, the verdict is kept. Give up one fact after the other as long as the promise is still kept in every world that
//! agrees with the rest. What is left is a prime implicant: none of it can be spared, so each is a question whose
//! answer the verdict turns on. What the verdict is after one answer alone is found by deciding the scope again among the
//! worlds that agree with it.
//!
//! # Invariants
//! M1  A verdict behind an answer is that of the two searches among the worlds that agree with the answer; "undecided" where
//!     one of them reached its limit.
//! M2  With each question answered as in the keeping world, the scope is kept.
//!
//! # Complexity
//! One search for each fact given up and at most two for each answer, each within limits (see `assume`); pairs are quadratic in the
//! scope's effects and are capped, those next to each other last, so that the facts still imply the whole order.

use crate::check::minimise::minimise;
use crate::check::worlds::{Move, Search};
use crate::history::Verdict;
use crate::verdict::Missing;

use super::Promise;
use super::assume::{Given, Worlds};
use super::decide::{Case, Undecided};
use super::machine::Goal;
use super::questions::{self, Reply};
use super::twins;

/// Facts that are all asked for although fewer may do.
const QUESTIONS_MAX: usize = 50;
/// Attempts to do without facts.
const ATTEMPTS_MAX: usize = 500;
/// Pairs that nothing orders, among which the deciding ones are looked for, beyond those next to each other.
const PAIRS_MAX: usize = 300;

/// What would decide a scope that `keeping` surely keeps and another world may break; `None`: what a search may cost was spent while more was left than
/// anybody would answer.
pub(super) fn evidence<P: Promise>(case: &Case<'_, P>, keeping: Vec<Move>) -> Option<Undecided> {
    let mut worlds = Worlds::new(case);
    worlds.product = case.product.as_ref();
    let keeping = with_least_unseen(&mut worlds, keeping);
    let is_unseen = |step: &Move| match step {
        Move::Unseen(number) => Some(*number),
        Move::Item(_) => None,
    };
    worlds.script = keeping.iter().filter_map(is_unseen).collect();
    let given = all_given(case, &keeping);
    let left = minimise(given.len(), ATTEMPTS_MAX, |kept| {
        let given: Vec<Given> = kept.iter().map(|at| given[*at]).collect();
        worlds.find(&given, Goal::Break).is_none()
    });
    if worlds.are_spent() && left.len() > QUESTIONS_MAX {
        return None;
    }
    let left: Vec<Given> = left.iter().map(|at| given[*at]).collect();
    let mut asked = questions::of(case, &worlds.script, &left);
    for (missing, replies) in &mut asked {
        answer(&mut worlds, missing, replies);
    }
    let twins = twins::of(&mut worlds, (&keeping, &given), &left);
    let mut missing: Vec<Missing> = asked.into_iter().map(|(missing, _)| missing).collect();
    missing.sort_by_key(|missing| (missing.because, missing.events.clone()));
    Some(Undecided {
        missing,
        twins,
        note: None,
    })
}

/// A keeping world in which as little as was found happens that no line shows.
fn with_least_unseen<P: Promise>(worlds: &mut Worlds<'_, '_, P>, keeping: Vec<Move>) -> Vec<Move> {
    let mut keeping = keeping;
    if !keeping.iter().any(|step| matches!(step, Move::Unseen(_))) {
        return keeping;
    }
    if let Search::World(shown) = worlds.find(&[Given::NothingUnseen], Goal::SurelyKeep) {
        return shown;
    }
    let mut at = 0;
    while at < keeping.len() {
        let mut without = keeping.clone();
        let step = without.remove(at);
        if matches!(step, Move::Unseen(_)) && is_kept(worlds.case, &without) {
            keeping = without;
        } else {
            at += 1;
        }
    }
    keeping
}

fn is_kept<P: Promise>(case: &Case<'_, P>, moves: &[Move]) -> bool {
    let mut state = P::State::default();
    let mut facts = moves.iter().map(|step| case.fact(*step));
    facts.all(|fact| case.promise.observe(&mut state, fact).is_ok())
        && case.promise.settle(&state).is_ok()
}

/// What is true in a world. Outcomes stand first, then pairs, those next to each other last: what stands last is given up first.
fn all_given<P: Promise>(case: &Case<'_, P>, keeping: &[Move]) -> Vec<Given> {
    let mut is_placed = vec![false; case.items.len()];
    let mut script = 0;
    for step in keeping {
        match step {
            Move::Item(item) => is_placed[*item as usize] = true,
            Move::Unseen(_) => script += 1,
        }
    }
    let mut given: Vec<Given> = (0..case.items.len() as u32)
        .filter(|item| !case.items[*item as usize].is_certain)
        .map(|item| Given::Outcome {
            item,
            took_effect: is_placed[item as usize],
        })
        .collect();
    match (case.unseen.is_empty(), script) {
        (true, _) => {}
        (false, 0) => given.push(Given::NothingUnseen),
        (false, _) => given.push(Given::Script),
    }
    given.extend(beside(keeping));
    given.extend(open_pairs(case, keeping));
    given
}

/// Where each effect that no line shows stands among the others; the farthest of these first.
fn beside(keeping: &[Move]) -> Vec<Given> {
    let mut pairs = Vec::new();
    let mut unseen = 0;
    for (at, step) in keeping.iter().enumerate() {
        let Move::Unseen(_) = step else { continue };
        for (other, step) in keeping.iter().enumerate() {
            if let Move::Item(item) = step {
                let given = Given::Beside {
                    unseen,
                    item: *item,
                    comes_first: at < other,
                };
                pairs.push((at.abs_diff(other), given));
            }
        }
        unseen += 1;
    }
    farthest_first(pairs)
}

fn open_pairs<P: Promise>(case: &Case<'_, P>, keeping: &[Move]) -> Vec<Given> {
    let placed: Vec<u32> = keeping.iter().filter_map(|step| step.item()).collect();
    let is_before = |a: u32, b: u32| {
        let (a, b) = (case.items[a as usize], case.items[b as usize]);
        a.hi.is_some_and(|hi| case.subject.order.before(hi, b.lo))
    };
    let mut pairs = Vec::new();
    for distance in 1..placed.len() {
        if distance > 1 && pairs.len() >= PAIRS_MAX {
            break;
        }
        for at in 0..placed.len() - distance {
            let (earlier, later) = (placed[at], placed[at + distance]);
            if !is_before(earlier, later) {
                pairs.push((distance, Given::Order { earlier, later }));
            }
        }
    }
    farthest_first(pairs)
}

/// A pair next to each other is implied by none that are farther apart, so those are given up first.
fn farthest_first(mut pairs: Vec<(usize, Given)>) -> Vec<Given> {
    pairs.sort_by_key(|(distance, _)| usize::MAX - distance);
    let nearest = pairs.len().saturating_sub(PAIRS_MAX);
    let is_kept = |at: usize, distance: usize| at >= nearest || distance == 1;
    let pairs = pairs.into_iter().enumerate();
    pairs
        .filter(|(at, (distance, _))| is_kept(*at, *distance))
        .map(|(_, (_, given))| given)
        .collect()
}

/// Decides the scope again, once for each answer to one question.
fn answer<P: Promise>(worlds: &mut Worlds<'_, '_, P>, missing: &mut Missing, replies: &[Reply]) {
    let mut replies = replies.iter();
    missing.answers.retain_mut(|answer| {
        let Some(reply) = replies.next() else {
            return true;
        };
        let then = verdict_given(worlds, reply);
        answer.then = then.unwrap_or(Verdict::Undecided);
        then.is_some()
    });
}

/// The verdict among the worlds that agree with one of the alternatives; `None` where the specifications beside the promise
/// rule out all of them.
fn verdict_given<P: Promise>(worlds: &mut Worlds<'_, '_, P>, reply: &Reply) -> Option<Verdict> {
    let has_product = worlds.product.is_some();
    let mut is_none = |goal| {
        let mut ways = reply.iter();
        ways.all(|given| worlds.find(given, goal).is_none())
    };
    let cannot_be_kept = is_none(Goal::Keep);
    if !cannot_be_kept {
        let is_kept = is_none(Goal::Break);
        return Some(if is_kept {
            Verdict::Kept
        } else {
            Verdict::Undecided
        });
    }
    let is_impossible = has_product && is_none(Goal::Break);
    (!is_impossible).then_some(Verdict::Broken)
}
