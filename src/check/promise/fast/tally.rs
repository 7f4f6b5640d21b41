//! Decides promises that count: at most so many effects take place.
//!
//! # Idea
//! The order makes no difference, and another effect never repairs what is broken. So among all worlds, the one in which only the
//! certain effects take place is the best, and the one in which all do is the worst:
//!
//! * some world keeps the promise iff the best one does: in every world the certain ones take place;
//! * some world breaks it iff the worst one does: in no world anything else takes place.
//!
//! Where something unseen may take place there is no worst world; breaking ones are left to the search. A best one hides nothing.
//!
//! # Complexity
//! One step of the promise for each effect, and O(n log n) for the order in which they stand.

use crate::check::worlds::{Move, Search};

use super::world;
use crate::check::promise::contract::Promise;
use crate::check::promise::decide::Case;
use crate::check::promise::machine::Goal;

pub(super) fn find<P: Promise>(case: &Case<'_, P>, goal: Goal) -> Option<Search> {
    let (order, items) = (case.subject.order, &*case.items);
    let world = match goal {
        Goal::Keep | Goal::SurelyKeep => world::certain(order, items),
        _ if case.unseen.is_empty() => world::in_phases(order, items, |_| Some(0)),
        _ => return None,
    };
    let is_reached = keeps(case, &world) == goal.is_keeping();
    Some(match is_reached {
        true => Search::World(world),
        false => Search::None,
    })
}

fn keeps<P: Promise>(case: &Case<'_, P>, world: &[Move]) -> bool {
    let mut state = P::State::default();
    let is_kept = |step: &Move| match step {
        Move::Item(item) => {
            let fact = &case.effects.shown[*item as usize].fact;
            case.promise.observe(&mut state, fact).is_ok()
        }
        Move::Unseen(_) => false,
    };
    world.iter().all(is_kept) && case.promise.settle(&state).is_ok()
}
