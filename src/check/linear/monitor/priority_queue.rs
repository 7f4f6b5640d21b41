//! Arranges the stays of a priority queue: the greatest comes out first.
//!
//! # Source      Lee and Mathur, "Efficient Decrease-and-Conquer Linearizability Monitoring", OOPSLA 2025. The disjoint sets
//! instead of a tree of intervals are ours.
//!
//! # Idea
//! A value may come out in those gaps of its removal in which no greater one is certainly in. So values are taken from the greatest
//! down: each comes out in its first such gap, and only then covers the gaps in which it is certainly in itself.
//! * *Where a removal has no such gap*, there is no order: whenever it took effect, a greater value was in.
//! * *Otherwise* each value goes in as late as it can: in the last gap of its insert, or right before it comes out. It is in for longer
//!   than certainly only in gaps that greater ones cover, in which no smaller one comes out and nobody finds nothing. Within a
//!   gap removals come first, of greater values first.
//!
//! Equal values do not hinder each other. (No two are in at once of which one is seen to leave: `values.rs` leaves them out.)
//!
//! # Complexity
//! O(n log n) time, O(n) space for n values.
//!
//! # Example
//! `insert 3`, `insert 7`, `remove-max` → 3, each after the other: 7 is certainly in while 3 comes out.

use super::container::{Clash, Phase, Steps, covering};
use super::gaps::Uncovered;
use super::values::Contents;

/// Puts the operations into gaps.
pub(super) fn arrange(contents: &Contents<'_>, steps: &mut Steps) -> Result<(), Clash> {
    let stays = &contents.stays;
    let mut order: Vec<u32> = (0..stays.len() as u32).collect();
    order.sort_unstable_by(|a, b| {
        let (former, latter) = (&stays[*a as usize], &stays[*b as usize]);
        latter.value.cmp(former.value).then(a.cmp(b))
    });
    let mut uncovered = Uncovered::new(contents.end);
    for (at, rank) in order.into_iter().zip(0..) {
        let stay = &stays[at as usize];
        let leaves = uncovered.from(stay.out_call);
        if leaves >= stay.out_ret {
            let greater = stays.iter().zip(0..);
            let greater = greater.filter(|(other, _)| other.value > stay.value);
            return Err(Clash::Covered {
                deed: stay.take,
                own: Some(at),
                by: covering(greater, stay.out_call..stay.out_ret).unwrap_or_default(),
            });
        }
        uncovered.cover(stay.certain());
        if stay.in_ret <= leaves {
            steps.put(stay.in_ret - 1, (Phase::Comes, rank), stay.insert);
        } else {
            steps.put(leaves, (Phase::Leaves, 2 * rank), stay.insert);
        }
        steps.put(leaves, (Phase::Leaves, 2 * rank + 1), stay.take);
    }
    Ok(())
}
