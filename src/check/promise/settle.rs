//! Decides a scope among the worlds that the specifications allow, and says which observations rule the others out.
//!
//! # Idea
//! Both searches are repeated in the product. Unlike the worlds of a scope, those of a product may be none at all: so "none"
//! on one side counts only beside a world on the other side.
//!
//! What ruled the worlds out is a smallest set of answers found: with all others doubted (they may have been anything, and
//! their operations may have done nothing) there is still no world of the other verdict. Doubt only adds worlds.
//!
//! # Complexity
//! Two searches, and for a set of s of n answers about O(s log n) more, each within limits (see `assume`).

use crate::check::certify::{certify_no_world, certify_world};
use crate::check::minimise::minimise;
use crate::check::worlds::{Item, Joint, Move, Search, Slice, find_world};
use crate::history::{EventId, OpId, Verdict};
use crate::verdict::{Settled, Violation};

use super::Promise;
use super::assume::{Given, Worlds};
use super::decide::Case;
use super::effect::Source;
use super::explain::events_of;
use super::machine::Goal;
use super::product::{Assembly, Product, Told};
use super::questions::described;

/// Attempts to do without an answer.
const ATTEMPTS_MAX: usize = 500;
/// So many effects of unknown outcome are looked at for the sentence.
const OUTCOMES_MAX: usize = 16;
/// Orders are looked for in scopes of so many effects.
const PAIRED_MAX: usize = 8;
/// So many operations are named in the sentence.
const NAMED_MAX: usize = 4;

/// What the product says of a scope.
pub(super) enum Found {
    Settled(Settled, Option<Violation>),
    /// A world that keeps the promise, and one that breaks it.
    Both(Vec<Move>, Vec<Move>),
    /// Nothing; why not.
    Nothing(String),
}

/// Decides a scope among the worlds of its product.
pub(super) fn decide<P: Promise>(case: &Case<'_, P>, product: &Product<'_>) -> Found {
    let keeping = find(case, product, Goal::Keep);
    let breaking = find(case, product, Goal::Break);
    match (keeping, breaking) {
        (Search::World(_), Search::None) => {
            Found::Settled(settled(case, product, Verdict::Kept), None)
        }
        (Search::None, Search::World(breaking)) => {
            let settled = settled(case, product, Verdict::Broken);
            let violation = violation(case, &breaking, &settled);
            Found::Settled(settled, Some(violation))
        }
        (Search::World(keeping), Search::World(breaking)) => Found::Both(keeping, breaking),
        (Search::None, Search::None) => Found::Nothing(format!(
            "the specifications allow no world{}: they rule out nothing there",
            of_scope(case)
        )),
        (Search::Spent(_), _) | (_, Search::Spent(_)) => Found::Nothing(format!(
            "whether the specifications decide anything{} was not searched to the end",
            of_scope(case)
        )),
    }
}

fn of_scope<P: Promise>(case: &Case<'_, P>) -> String {
    let scope = case.scope();
    scope.map(|name| format!(" of {name}")).unwrap_or_default()
}

/// Searches the product; a world is told by its effects alone.
fn find<P: Promise>(case: &Case<'_, P>, product: &Product<'_>, goal: Goal) -> Search {
    let build = || {
        let mut assembly = Assembly::of_one(case.items.clone(), Box::new(case.machine(goal)));
        product.extend(&mut assembly, Some, Told::All);
        assembly.into_parts()
    };
    let found = search(case, build);
    match found {
        Search::World(moves) => Search::World(of_effects(moves, case.items.len())),
        other => other,
    }
}

/// Searches for a world, and puts what was found to a second search or a replay.
pub(super) fn search<'m, P: Promise>(
    case: &Case<'_, P>,
    build: impl Fn() -> (Vec<Item>, Joint<'m>),
) -> Search {
    let order = case.subject.order;
    let (items, mut machine) = build();
    let found = find_world(&Slice::new(order, &items), &mut machine, case.budget);
    let (_, mut fresh) = build();
    match &found {
        Search::World(moves) => certify_world(order, &items, &mut fresh, moves),
        Search::None => {
            certify_no_world(order, &items, &mut fresh, case.budget);
        }
        Search::Spent(_) => {}
    }
    found
}

/// The moves of the first items, which are the effects, and of what no line shows.
pub(super) fn of_effects(moves: Vec<Move>, effects: usize) -> Vec<Move> {
    let is_own = |step: &Move| !matches!(step, Move::Item(item) if *item as usize >= effects);
    moves.into_iter().filter(is_own).collect()
}

fn settled<P: Promise>(case: &Case<'_, P>, product: &Product<'_>, verdict: Verdict) -> Settled {
    let excluded = match verdict {
        Verdict::Kept => Goal::Break,
        _ => Goal::Keep,
    };
    let answered = product.answered();
    let mut worlds = Worlds::new(case);
    worlds.product = Some(product);
    let needed = minimise(answered.len(), ATTEMPTS_MAX, |kept| {
        worlds.told = Some(kept.iter().map(|at| answered[*at]).collect());
        worlds.find(&[], excluded).is_none()
    });
    let by: Vec<OpId> = needed.iter().map(|at| answered[*at]).collect();
    worlds.told = Some(by.clone());
    let what = ruled_out(&mut worlds, excluded);
    Settled {
        scope: case.scope(),
        verdict,
        specs: product.specs_of(&by),
        says: sentence(case, verdict, &by, &what),
        by,
    }
}

/// What the answers rule out, in words: outcomes, and perhaps an order, where these alone decide the scope; else worlds.
fn ruled_out<P: Promise>(worlds: &mut Worlds<'_, '_, P>, excluded: Goal) -> String {
    let case = worlds.case;
    let unknown = (0..case.items.len() as u32).filter(|at| !case.items[*at as usize].is_certain);
    let mut known: Vec<(u32, bool)> = Vec::new();
    for item in unknown.take(OUTCOMES_MAX) {
        let is_ruled_out = |took_effect: &bool| {
            is_none(
                worlds,
                Given::Outcome {
                    item,
                    took_effect: *took_effect,
                },
            )
        };
        let ruled_out = [true, false].into_iter().find(is_ruled_out);
        known.extend(ruled_out.map(|took_effect| (item, !took_effect)));
    }
    let mut alone = Worlds::new(case);
    let order = match decides(&mut alone, &known, (None, excluded)) {
        true => None,
        false => {
            let mut pairs = pairs(case).filter(|pair| {
                let (earlier, later) = *pair;
                is_none(worlds, Given::Order { earlier, later })
            });
            let order = pairs.find(|pair| decides(&mut alone, &known, (Some(*pair), excluded)));
            match (order, excluded) {
                (Some(_), _) => order,
                (None, goal) if goal.is_keeping() => {
                    return "every world that keeps the promise".to_owned();
                }
                (None, _) => return "every world that breaks the promise".to_owned(),
            }
        }
    };
    let needed = minimise(known.len(), ATTEMPTS_MAX, |kept| {
        let known: Vec<(u32, bool)> = kept.iter().map(|at| known[*at]).collect();
        decides(&mut alone, &known, (order, excluded))
    });
    let outcomes = needed.iter().map(|at| {
        let (item, took_effect) = known[*at];
        let never = if took_effect { " never" } else { "" };
        format!("that {}{never} took effect", effect_words(case, item))
    });
    let order = order.map(|(earlier, later)| {
        let [earlier, later] = [earlier, later].map(|item| effect_words(case, item));
        format!("that {earlier} took effect before {later}")
    });
    let all: Vec<String> = outcomes.chain(order).collect();
    all.join(" and ")
}

/// Whether no world that the answers allow agrees with this.
fn is_none<P: Promise>(worlds: &mut Worlds<'_, '_, P>, given: Given) -> bool {
    let mut goals = [Goal::Keep, Goal::Break].into_iter();
    goals.all(|goal| worlds.find(&[given], goal).is_none())
}

/// Pairs of effects of a small scope whose order is open.
fn pairs<P: Promise>(case: &Case<'_, P>) -> impl Iterator<Item = (u32, u32)> {
    let count = match case.items.len() {
        few @ 0..=PAIRED_MAX => few as u32,
        _ => 0,
    };
    let all = (0..count).flat_map(move |one| (0..count).map(move |other| (one, other)));
    all.filter(|(one, other)| {
        let [one, other] = [one, other].map(|at| case.items[*at as usize]);
        let is_before =
            |a: Item, b: Item| a.hi.is_some_and(|hi| case.subject.order.before(hi, b.lo));
        one != other && !is_before(one, other) && !is_before(other, one)
    })
}

/// Whether these outcomes, and that one effect did not take place before another, leave no world alone.
fn decides<P: Promise>(
    alone: &mut Worlds<'_, '_, P>,
    known: &[(u32, bool)],
    (order, excluded): (Option<(u32, u32)>, Goal),
) -> bool {
    let outcome = |&(item, took_effect): &(u32, bool)| Given::Outcome { item, took_effect };
    let given: Vec<Given> = known.iter().map(outcome).collect();
    let Some((earlier, later)) = order else {
        return alone.find(&given, excluded).is_none();
    };
    let never = |item: u32| Given::Outcome {
        item,
        took_effect: false,
    };
    let turned = Given::Order {
        earlier: later,
        later: earlier,
    };
    let mut ways = [turned, never(earlier), never(later)].into_iter();
    ways.all(|way| {
        let given: Vec<Given> = given.iter().copied().chain([way]).collect();
        alone.find(&given, excluded).is_none()
    })
}

/// "`authorize {…}` (line 5, outcome unknown)".
fn effect_words<P: Promise>(case: &Case<'_, P>, item: u32) -> String {
    let history = case.subject.history;
    match case.effects.shown[item as usize].source {
        Source::Operation(op) | Source::Unknown(op) => history.aloud(op),
        Source::Fact(_) | Source::Settled(..) => {
            described(history, &case.effects.shown[item as usize])
        }
    }
}

fn sentence<P: Promise>(case: &Case<'_, P>, verdict: Verdict, by: &[OpId], what: &str) -> String {
    let named = by.iter().take(NAMED_MAX);
    let mut named: Vec<String> = named.map(|op| case.subject.history.aloud(*op)).collect();
    match by.len().saturating_sub(NAMED_MAX) {
        0 => {}
        1 => named.push("one more answer".to_owned()),
        more => named.push(format!("{more} more answers")),
    }
    let subject = match named.split_last() {
        None => "what the specifications say".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    };
    let verb = if by.len() > 1 {
        "rule out"
    } else {
        "rules out"
    };
    let scope = case.scope().map(|name| format!("{name} is "));
    let scope = scope.unwrap_or_default();
    format!("{scope}{}: {subject} {verb} {what}", verdict.as_str())
}

/// How a world that the specifications allow breaks the promise: all of them do.
fn violation<P: Promise>(case: &Case<'_, P>, breaking: &[Move], settled: &Settled) -> Violation {
    let history = case.subject.history;
    let mut events: Vec<EventId> = Vec::new();
    let mut state = P::State::default();
    let mut breach = None;
    for step in breaking {
        if let Move::Item(item) = step {
            let source = case.effects.shown[*item as usize].source;
            events.extend(events_of(history, source));
        }
        breach = case.promise.observe(&mut state, case.fact(*step)).err();
        if breach.is_some() {
            break;
        }
    }
    for op in &settled.by {
        events.extend(events_of(history, Source::Operation(*op)));
    }
    events.sort_unstable();
    events.dedup();
    let breach = breach.or_else(|| case.promise.settle(&state).err());
    let says = breach.map_or_else(|| "the promise is broken".to_owned(), |breach| breach.says);
    let scope = case.scope();
    let says = match &scope {
        Some(scope) => format!("{says} for {scope}"),
        None => says,
    };
    Violation {
        scope,
        says,
        events,
        why: vec!["No world that the specifications allow keeps the promise.".to_owned()],
        dead_end: None,
    }
}
