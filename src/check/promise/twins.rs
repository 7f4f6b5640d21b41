//! Twin worlds of an undecided scope: one that keeps the promise beside one that breaks it, as alike as was found.
//!
//! # Idea
//! The questions of a scope are a prime implicant: with all but one of them answered as in the keeping world, some world still
//! breaks the promise. It is looked for among the worlds that share as much as possible with the keeping one: of all that is
//! true there, a smallest set found is given up (see `minimise`), orders and what no line shows before outcomes.
//!
//! # Invariants
//! T1  Both worlds are replayed and their order is checked backwards before they are reported (see `certify`).
//! T2  The two agree in every question of the scope but one.
//!
//! # Complexity
//! O(d log f) searches for f facts of which d are given up, at most [`ATTEMPTS_MAX`], within the limits of the scope's questions.

use crate::check::certify::certify_world;
use crate::check::minimise::minimise;
use crate::check::worlds::{Move, Search};
use crate::verdict::{Step, Twins};

use super::Promise;
use super::assume::{Given, Worlds};
use super::decide::Case;
use super::effect::Source;
use super::machine::Goal;
use super::questions::{began, described, words};

/// Attempts to share one more fact.
const ATTEMPTS_MAX: usize = 60;

/// Two worlds that differ in one of the facts `turning`, which decide the scope; `given` is all that is true in `keeping`.
pub(super) fn of<P: Promise>(
    worlds: &mut Worlds<'_, '_, P>,
    (keeping, given): (&[Move], &[Given]),
    turning: &[Given],
) -> Option<Twins> {
    let (turn, fixed) = turning.split_first()?;
    // What is given up last is tried to be shared first: outcomes.
    let others: Vec<Given> = given
        .iter()
        .rev()
        .filter(|given| !turning.contains(given) && !contradicts(turn, given))
        .copied()
        .collect();
    let given_but = |given_up: &[usize]| {
        let shared = (0..others.len()).filter(|at| given_up.binary_search(at).is_err());
        let shared = shared.map(|at| others[at]);
        fixed.iter().copied().chain(shared).collect::<Vec<Given>>()
    };
    let given_up = minimise(others.len(), ATTEMPTS_MAX, |given_up| {
        let found = worlds.find(&given_but(given_up), Goal::SurelyBreak);
        matches!(found, Search::World(_))
    });
    let Search::World(breaking) = worlds.find(&given_but(&given_up), Goal::SurelyBreak) else {
        return None;
    };
    let case = worlds.case;
    for (goal, moves) in [(Goal::SurelyKeep, keeping), (Goal::SurelyBreak, &breaking)] {
        let machine = &mut case.machine(goal);
        certify_world(case.subject.order, &case.items, machine, moves);
    }
    let (keeps, breaks) = (steps(case, keeping), steps(case, &breaking));
    let pairs = keeps.iter().zip(&breaks);
    let (breach, breach_at) = breach(case, &breaking);
    Some(Twins {
        scope: case.scope(),
        first_difference: pairs.take_while(|(one, other)| one == other).count(),
        difference: difference(case, turn, &breaking),
        keeps,
        breaks,
        breach,
        breach_at,
    })
}

/// Whether no world in which `turn` is otherwise agrees with `given`.
fn contradicts(turn: &Given, given: &Given) -> bool {
    let Given::Outcome { item, .. } = turn else {
        return false;
    };
    match given {
        Given::Order { earlier, later } => earlier == item || later == item,
        Given::Beside { item: other, .. } => other == item,
        _ => false,
    }
}

/// What happens, in its order, and then what never does.
fn steps<P: Promise>(case: &Case<'_, P>, moves: &[Move]) -> Vec<Step> {
    let history = case.subject.history;
    let mut is_placed = vec![false; case.items.len()];
    let mut steps: Vec<Step> = Vec::new();
    for step in moves {
        let step = match step {
            Move::Unseen(number) => Step {
                event: None,
                says: format!(
                    "`{}`, which no line shows",
                    case.unseen_names[*number as usize]
                ),
            },
            Move::Item(item) => {
                is_placed[*item as usize] = true;
                let shown = &case.effects.shown[*item as usize];
                let name = words(history, shown.item.lo);
                let says = match shown.source {
                    Source::Fact(_) | Source::Settled(..) => name,
                    Source::Operation(_) => format!("{name} takes effect"),
                    Source::Unknown(_) => format!("{name} is given up"),
                };
                Step {
                    event: Some(shown.item.lo),
                    says,
                }
            }
        };
        steps.push(step);
    }
    let never = (0..case.items.len()).filter(|item| !is_placed[*item]);
    steps.extend(never.map(|item| {
        let lo = case.items[item].lo;
        Step {
            event: Some(lo),
            says: format!("{} never takes effect", words(history, lo)),
        }
    }));
    steps
}

/// What goes wrong first, and at which move.
fn breach<P: Promise>(case: &Case<'_, P>, moves: &[Move]) -> (String, Option<usize>) {
    let mut state = P::State::default();
    for (at, step) in moves.iter().enumerate() {
        if let Err(breach) = case.lenient.observe(&mut state, case.fact(*step)) {
            return (breach.says, Some(at));
        }
    }
    let left_open = case.lenient.settle(&state).err();
    (
        left_open.map(|breach| breach.says).unwrap_or_default(),
        None,
    )
}

/// How the two worlds part.
fn difference<P: Promise>(case: &Case<'_, P>, turn: &Given, breaking: &[Move]) -> String {
    let history = case.subject.history;
    let shown = |item: u32| &case.effects.shown[item as usize];
    match *turn {
        Given::Outcome { item, took_effect } => {
            let what = began(history, shown(item).item.lo);
            let (kept, broken) = match took_effect {
                true => ("takes effect", "never does"),
                false => ("never takes effect", "does"),
            };
            format!("Where the promise is kept, {what} {kept}; where it is broken, it {broken}.")
        }
        Given::Order { earlier, later } => {
            let [one, other] = [earlier, later].map(|item| described(history, shown(item)));
            let never = [earlier, later]
                .into_iter()
                .find(|item| !breaking.contains(&Move::Item(*item)));
            let broken = match never {
                None => "the other way round".to_owned(),
                Some(item) => format!("{} never takes effect", described(history, shown(item))),
            };
            format!(
                "Where the promise is kept, {one} comes before {other}; where it is broken, {broken}."
            )
        }
        Given::NothingUnseen | Given::SomethingUnseen => {
            "Where the promise is broken, something happens that no line shows.".to_owned()
        }
        Given::Script | Given::Beside { .. } => {
            "The two differ in what happens that no line shows.".to_owned()
        }
    }
}
