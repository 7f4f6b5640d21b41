//! Arranges the stays of a stack: what went in last comes out first.
//!
//! # Source      Lee and Mathur, "Efficient Decrease-and-Conquer Linearizability Monitoring", OOPSLA 2025: take away a value
//! whose absence makes no difference. The data structures are ours.
//!
//! # Idea
//! A gap is *free* if no value that is left is certainly in there. A value may lie at the bottom of all that are left iff both its push
//! and its pop have a free gap. Such a value is peeled off; that frees more gaps.
//! * *Where none can be peeled*, there is no order: in any order of the values that are left, the one pushed first is pushed when none of
//!   them is in, and popped when none of them is.
//! * *Otherwise* each value is pushed in the last free gap of its push and popped in the first one of its pop. Free gaps stay free. So of two values
//!   v (peeled first) and w: the gaps of v are free when w is peeled, not strictly between the gaps of w; the one encloses
//!   the other or they are apart. In the same gap all pops are before all pushes; of pops the later peeled is first, of pushes
//!   the earlier peeled: it lies below.
//! * A value whose push and pop overlap is pushed and popped at once, on whatever lies there.
//! * Gaps that are free from the beginning lie strictly within no value's gaps, by the same argument: empty results fit.
//!
//! What is never popped may leave in the gap behind everything, where everything may.
//!
//! # Complexity
//! Each gap is freed once, each interval found once: O(n log n) time, O(n) space for n values.
//!
//! # Example
//! `push 1`, `push 2`, `pop` → 1, `pop` → 2, each after the other: 1 is certainly in while 2 is pushed, 2 while 1 is popped.
//!
//! # Not chosen
//! Splitting the history at free gaps (Abdulla et al., PLDI 2025) is simpler, but quadratic.

use std::ops::Range;

use crate::check::minimise::minimise;

use super::container::{Clash, Phase, Steps};
use super::layers::{FreeGaps, Layers, Stabbed};
use super::values::{Contents, Stay, close_ranks};

/// How often a clash is tried to be made smaller.
const ATTEMPTS_MAX: usize = 2_000;

/// A value that was peeled off, with the gaps of its push and its pop.
#[derive(Clone, Copy, Debug)]
struct Peeled {
    stay: u32,
    pushed: u32,
    popped: u32,
}

/// Puts the operations into gaps.
pub(super) fn arrange(contents: &Contents<'_>, steps: &mut Steps) -> Result<(), Clash> {
    let stays = &contents.stays;
    let peeled = peel(stays, contents.end).map_err(Clash::Buried)?;
    let count = peeled.len() as u32;
    for (
        Peeled {
            stay,
            pushed,
            popped,
        },
        rank,
    ) in peeled.into_iter().zip(0..)
    {
        let Stay { insert, take, .. } = stays[stay as usize];
        steps.put(pushed, (Phase::Comes, rank), insert);
        steps.put(popped, (Phase::Leaves, count - 1 - rank), take);
    }
    let mut rank = count;
    for stay in stays.iter().filter(|stay| stay.certain().is_empty()) {
        steps.put(stay.out_call, (Phase::Leaves, rank), stay.insert);
        steps.put(stay.out_call, (Phase::Leaves, rank + 1), stay.take);
        rank += 2;
    }
    Ok(())
}

/// The gaps of a push.
const fn push(stay: &Stay<'_>) -> Range<u32> {
    stay.in_call..stay.in_ret
}

/// The gaps of a pop.
const fn pop(stay: &Stay<'_>) -> Range<u32> {
    stay.out_call..stay.out_ret
}

/// The values that are certainly in somewhere, the bottom first; or those that are left when none can be peeled.
fn peel(stays: &[Stay<'_>], end: u32) -> Result<Vec<Peeled>, Vec<u32>> {
    let lasting =
        (0..stays.len() as u32).filter(|stay| !stays[*stay as usize].certain().is_empty());
    let lasting: Vec<u32> = lasting.collect();
    let of = |at: u32| &stays[lasting[at as usize] as usize];
    let all = 0..lasting.len() as u32;
    let mut layers = Layers::new(end + 1, all.clone().map(|at| of(at).certain()));
    // Interval 2i is the push of value i, interval 2i + 1 its pop.
    let mut waiting = Stabbed::new(all.clone().flat_map(|at| [push(of(at)), pop(of(at))]));
    let mut free = FreeGaps::new(end + 1);
    let mut has_gap = vec![0_u8; lasting.len()];
    let mut ready: Vec<u32> = Vec::new();
    let mut peeled = Vec::with_capacity(lasting.len());
    loop {
        while let Some(gap) = layers.take_free() {
            free.insert(gap);
            while let Some(interval) = waiting.take_at(gap) {
                let at = interval / 2;
                has_gap[at as usize] += 1;
                if has_gap[at as usize] == 2 {
                    ready.push(at);
                }
            }
        }
        let Some(at) = ready.pop() else { break };
        let stay = of(at);
        let gaps = (
            free.last_until(stay.in_ret - 1),
            free.first_from(stay.out_call),
        );
        let (Some(pushed), Some(popped)) = gaps else {
            debug_assert!(false, "what is ready has a free gap for both");
            break;
        };
        has_gap[at as usize] = PEELED;
        layers.remove(stay.certain());
        debug_assert!(push(stay).contains(&pushed) && pop(stay).contains(&popped));
        let stay = lasting[at as usize];
        peeled.push(Peeled {
            stay,
            pushed,
            popped,
        });
    }
    if peeled.len() == lasting.len() {
        return Ok(peeled);
    }
    let left = all.filter(|at| has_gap[*at as usize] != PEELED);
    Err(left.map(|at| lasting[at as usize]).collect())
}

/// What `has_gap` says of a value that was peeled off.
const PEELED: u8 = 3;

/// As few of these values as possible that cannot be arranged either. Without whole values, an order stays an order.
pub(super) fn fewest(contents: &Contents<'_>, buried: &[u32]) -> Vec<u32> {
    let kept = minimise(buried.len(), ATTEMPTS_MAX, |kept| {
        let stays = kept.iter().map(|at| contents.stays[buried[*at] as usize]);
        let mut stays: Vec<Stay<'_>> = stays.collect();
        let end = close_ranks(&mut stays, contents.end);
        peel(&stays, end).is_err()
    });
    kept.into_iter().map(|at| buried[at]).collect()
}
