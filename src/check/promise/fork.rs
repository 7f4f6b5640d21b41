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
use super::assume::Given;
use super::decide::Case;
use super::questions;

/// What is asked at the first step at which two worlds differ. What the verdict is behind an answer is not looked for.
pub(super) fn missing<P: Promise>(
    case: &Case<'_, P>,
    keeping: &[Move],
    breaking: &[Move],
) -> Missing {
    let given = parting(keeping, breaking);
    let (missing, _) = questions::of_one(case, given);
    missing
}

/// What is true in the keeping world and not in the other one.
fn parting(keeping: &[Move], breaking: &[Move]) -> Given {
    let shared = keeping.iter().zip(breaking);
    let shared = shared.take_while(|(one, other)| one == other).count();
    let is_in = |world: &[Move], item: u32| world.contains(&Move::Item(item));
    match (keeping.get(shared), breaking.get(shared)) {
        (Some(Move::Item(item)), _) if !is_in(breaking, *item) => Given::Outcome {
            item: *item,
            took_effect: true,
        },
        (_, Some(Move::Item(item))) if !is_in(keeping, *item) => Given::Outcome {
            item: *item,
            took_effect: false,
        },
        (Some(Move::Item(earlier)), Some(Move::Item(later))) => Given::Order {
            earlier: *earlier,
            later: *later,
        },
        _ => Given::NothingUnseen,
    }
}
