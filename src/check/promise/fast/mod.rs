//! Decides scopes of known classes without a search.
//!
//! # Idea
//! Most promises belong to one of a few classes, and a promise may say to which ([`Class`]). Whether some world keeps such a
//! promise, and whether some world breaks it, can be read off the order of a scope's effects. What is found is a whole world, like
//! that of the search, so all that follows (certificates, explanations, missing evidence) is the same.
//!
//! # Invariants
//! * F1 a world that is found is replayed by the promise itself, and its order is checked again (see the caller).
//! * F2 "there is none" is put to the second search as long as the case is small (see the caller).
//! * F3 a scope that is not of the form for which its class is decided is left to the search: `None`.
//!
//! | file | class | cost for n effects on k chains |
//! | --- | --- | --- |
//! | `tally` | at most so many | O(n log n) |
//! | `pair` | one before, after, or never after another | O(n·k + n log n) |
//! | `hold` | one holder at a time | O(n·k + n log n), and O(n²) steps over bits at worst |
//! | `blocks` | the same, where k is large | linear in the history |
//!
//! # Not chosen
//! A special algorithm for limits: whether some order keeps a sum within its bounds is NP-complete even for costs of 1 and -1 (Abdel-Wahab and Kameda,
//! "Scheduling to Minimize Maximum Cumulative Cost Subject to Series-Parallel Precedence Constraints", Operations Research 26(1), 1978).
//! For promises with few effects a scope (one outcome, lifecycles) the search is as fast.

mod blocks;
mod hold;
mod pair;
mod tally;
mod world;

use crate::check::worlds::Search;

use super::contract::{Class, Part, Promise};
use super::decide::Case;
use super::machine::Goal;

/// Looks for a world that reaches `goal`; `None` where only a search can tell.
pub(super) fn find<P: Promise>(case: &Case<'_, P>, goal: Goal) -> Option<Search> {
    let class = case.promise.class().filter(|_| !case.is_timed())?;
    if class == Class::AtMost {
        return tally::find(case, goal);
    }
    let shown = case.effects.shown.iter().map(|shown| &shown.fact);
    let parts = shown.map(|fact| case.promise.part(fact));
    let parts: Vec<Part<'_>> = parts.collect::<Option<_>>()?;
    let unseen = case.unseen.iter().map(|fact| case.promise.part(fact));
    let unseen: Vec<Part<'_>> = unseen.collect::<Option<_>>()?;
    let order = case.subject.order;
    match class {
        Class::AtMost => None,
        Class::OnlyAfter | Class::LeadsTo | Class::NeverAfter => {
            pair::find((order, &case.items), (&parts, &unseen), class, goal)
        }
        Class::Exclusive if !unseen.is_empty() => None,
        Class::Exclusive => hold::find(order, &case.items, &parts, goal),
    }
}
