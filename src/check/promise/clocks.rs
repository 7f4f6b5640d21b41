//! What the clocks leave open of a scope that is undecided because of them, in words.
//!
//! # Idea
//! No world surely keeps the promise, and some world keeps it if its open bounds are met. The promise says which bounds of that world
//! are open ([`Promise::open_bounds`]); of each, what is missing is a time, an agreement of two clocks, or a later end of the record.

use crate::check::worlds::Move;
use crate::history::{EventId, ValueId};
use crate::verdict::{Because, Clocks, Missing};

use super::decide::Case;
use super::effect::Source;
use super::explain::events_of;
use super::questions::{described, seconds};
use super::scopes::Shown;
use super::time::{Bound, OpenBound, When, ns};
use super::{Elapsed, Promise};

/// Bounds that are asked about.
const BOUNDS_MAX: usize = 10;

/// What would decide a scope that `world` keeps where its open bounds are met.
pub(super) fn open<P: Promise>(case: &Case<'_, P>, world: &[Move]) -> Vec<Missing> {
    let facts: Vec<&P::Fact> = world.iter().map(|step| case.fact(*step)).collect();
    let bounds = case.promise.open_bounds(&facts);
    let mut missing: Vec<Missing> = Vec::new();
    for bound in bounds.iter().take(BOUNDS_MAX) {
        let asked = of_bound(case, world, bound);
        if !missing.contains(&asked) {
            missing.push(asked);
        }
    }
    if missing.is_empty() {
        let question = "How far apart did these effects take place?".to_owned();
        let shown = case.effects.shown.iter();
        missing.push(Missing {
            events: shown
                .flat_map(|shown| events_of(case.subject.history, shown.source))
                .collect(),
            ..Missing::new(Because::Order, case.scope(), question)
        });
    }
    missing
}

/// One effect of an open bound.
struct Side<'s, F> {
    shown: &'s Shown<F>,
    when: When,
}

fn of_bound<P: Promise>(case: &Case<'_, P>, world: &[Move], open: &OpenBound) -> Missing {
    let side = |place: usize| match world.get(place) {
        Some(Move::Item(item)) => {
            let shown = &case.effects.shown[*item as usize];
            let when = case.record.when(shown.source);
            Some(Side { shown, when })
        }
        _ => None,
    };
    let later = open.later.map(side);
    match (side(open.earlier), later) {
        (Some(earlier), None) => not_yet_due(case, &earlier, open.bound),
        (Some(earlier), Some(Some(later))) => between(case, &earlier, &later, open.bound),
        (Some(one), Some(None)) | (None, Some(Some(one))) => {
            let says = format!(
                "How far from {} did the effect take place that no line shows?",
                described(case.subject.history, one.shown)
            );
            asking(case, Because::Record, &[&one], says)
        }
        (None, _) => Missing::new(
            Because::Record,
            case.scope(),
            "When did the effect take place that no line shows?".to_owned(),
        ),
    }
}

fn not_yet_due<P: Promise>(
    case: &Case<'_, P>,
    earlier: &Side<'_, P::Fact>,
    bound: Bound,
) -> Missing {
    let what = described(case.subject.history, earlier.shown);
    let (Some(latest), Some(end)) = (earlier.when.latest_ns(), earlier.when.record_end_ns()) else {
        return time_of(case, earlier);
    };
    let (Bound::AtMost(within) | Bound::AtLeast(within)) = bound;
    let shown = match u64::try_from(end - i128::from(latest)) {
        Ok(shown) => format!("the record shows only {} of them", seconds(shown)),
        Err(_) => "the record surely shows none of them".to_owned(),
    };
    let question = format!(
        "What happened after the end of the record? What {what} asks for has {} from then on, and {shown}.",
        length(ns(within))
    );
    asking(case, Because::NotYetDue, &[earlier], question)
}

fn between<P: Promise>(
    case: &Case<'_, P>,
    earlier: &Side<'_, P::Fact>,
    later: &Side<'_, P::Fact>,
    bound: Bound,
) -> Missing {
    let history = case.subject.history;
    let known = match bound {
        Bound::AtMost(_) => [earlier.when.earliest_ns(), later.when.latest_ns()],
        Bound::AtLeast(_) => [earlier.when.latest_ns(), later.when.earliest_ns()],
    };
    if let Some(at) = known.iter().position(Option::is_none) {
        return time_of(case, [earlier, later][at]);
    }
    let [one, other] = [earlier, later].map(|side| described(history, side.shown));
    if earlier.when.clock() == later.when.clock() {
        let question = match bound {
            Bound::AtMost(within) => format!(
                "Did {other} take effect no later than {} after {one}?",
                length(ns(within))
            ),
            Bound::AtLeast(least) => format!(
                "Did {other} take effect at least {} after {one}?",
                length(ns(least))
            ),
        };
        return asking(case, Because::Order, &[earlier, later], question);
    }
    let error = case.record.clock_error_ns();
    let agreement = error.map_or_else(
        || "Their clocks are not known to agree".to_owned(),
        |error| format!("Their clocks agree only to within {}", seconds(error)),
    );
    let stamps = earlier.when.taken_literally();
    let settled = settled(&stamps.until(&later.when.taken_literally()), bound);
    let question = format!("How much later than {one} did {other} happen? {agreement}.");
    Missing {
        clocks: settled,
        ..asking(case, Because::Order, &[earlier, later], question)
    }
}

/// How good the clocks would have to be for what they showed to settle the bound.
fn settled(stamps: &Elapsed, bound: Bound) -> Option<Clocks> {
    let (least, most) = (stamps.at_least_ns?, stamps.at_most_ns?);
    let (margin, overshoot, kept, missed) = match bound {
        Bound::AtMost(within) => {
            let within = ns(within);
            let kept = format!("it is no more than {}", length(within));
            let missed = format!("it is more than {}", length(within));
            (within - most, least - within, kept, missed)
        }
        Bound::AtLeast(bound) => {
            let bound = ns(bound);
            let kept = format!("it is at least {}", length(bound));
            let missed = format!("it is less than {}", length(bound));
            (least - bound, bound - most, kept, missed)
        }
    };
    if let Ok(margin) = u64::try_from(margin) {
        return Some(Clocks {
            error_below_ns: margin.saturating_add(1),
            says: format!(
                "By what they show, {kept} where they differ by at most {}.",
                seconds(margin)
            ),
        });
    }
    let overshoot = u64::try_from(overshoot).ok().filter(|below| *below > 0)?;
    Some(Clocks {
        error_below_ns: overshoot,
        says: format!(
            "By what they show, {missed} where they differ by less than {}.",
            seconds(overshoot)
        ),
    })
}

/// "When did … happen?", of an effect whose line says no time.
fn time_of<P: Promise>(case: &Case<'_, P>, side: &Side<'_, P::Fact>) -> Missing {
    let history = case.subject.history;
    let what = described(history, side.shown);
    let has_stamp = side.when.earliest_ns().is_some();
    let (because, question) = match side.shown.source {
        Source::Operation(_) if !side.shown.item.is_certain => (
            Because::Outcome,
            format!("Did {what} take effect, and when?"),
        ),
        Source::Operation(_) if has_stamp => (
            Because::Record,
            format!("When did {what} take effect? The line of its answer says no time."),
        ),
        _ => (
            Because::Record,
            format!("When did {what} happen? Its line says no time."),
        ),
    };
    asking(case, because, &[side], question)
}

fn asking<P: Promise>(
    case: &Case<'_, P>,
    because: Because,
    sides: &[&Side<'_, P::Fact>],
    question: String,
) -> Missing {
    let history = case.subject.history;
    let of_sides = sides.iter();
    let mut events: Vec<EventId> = of_sides
        .flat_map(|side| events_of(history, side.shown.source))
        .collect();
    events.sort_unstable();
    events.dedup();
    let asked: Option<ValueId> = sides
        .last()
        .map(|side| history.process(history.event(side.shown.item.lo).process));
    Missing {
        events,
        ask: asked,
        ..Missing::new(because, case.scope(), question)
    }
}

fn length(ns: i128) -> String {
    seconds(u64::try_from(ns).unwrap_or(u64::MAX))
}
