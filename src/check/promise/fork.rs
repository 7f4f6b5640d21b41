//! Where a world that keeps a promise and one that breaks it part: the missing evidence of scopes that are too large to look for the
//! smallest set.
//!
//! # Idea
//! Both worlds are the same up to some step. What takes place there in one of them takes place later in the other one, or not at all. Not at all:
//! the question is whether it did. Later: it stands behind what the other world has there, so the question is which came first; no
//! order is known of the two, else one of these would be no world.
//!
//! # Complexity
//! O(n) for n effects.

use crate::check::worlds::Move;
use crate::verdict::Missing;

use super::Promise;
use super::decide::Case;
use super::missing;

/// What is asked at the first step at which two worlds differ.
pub(super) fn missing<P: Promise>(
    case: &Case<'_, P>,
    keeping: &[Move],
    breaking: &[Move],
) -> Missing {
    let shared = keeping.iter().zip(breaking);
    let shared = shared.take_while(|(one, other)| one == other).count();
    let pair = (keeping.get(shared), breaking.get(shared));
    let is_in = |world: &[Move], item: u32| world.contains(&Move::Item(item));
    match pair {
        (Some(Move::Item(one)), _) if !is_in(breaking, *one) => missing::outcome(case, *one),
        (_, Some(Move::Item(other))) if !is_in(keeping, *other) => missing::outcome(case, *other),
        (Some(Move::Item(one)), Some(Move::Item(other))) => missing::order(case, *one, *other),
        _ => missing::hidden(case),
    }
}
