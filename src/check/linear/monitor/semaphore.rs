//! Decides semaphores whose acquisitions and releases are all of one size.
//!
//! # Idea
//! Go through the returns in their order and let things happen as late as possible: an operation takes effect when it returns. Where
//! all permits are out then, an open release goes before an acquisition; where none is out, an open acquisition goes before a
//! release; of several the one that returns first. Where there is none to go before, there is no order.
//!
//! # Invariants
//! I1 at every return the sweep has let at most as many acquisitions take effect as any order has, and as many releases.
//!   Say an acquisition x is about to return and has not taken effect. Let y be the last one that the sweep took early and that
//!   returns after x. Then x was called after y was taken, or x would have gone first; and so were all that the sweep took since. They have
//!   returned, so the order took them, and x, since then too; and by then it had taken as many as the sweep. Without such a y,
//!   all that the sweep took have returned, and the order has taken them, and x. Releases alike.
//! I2 where the sweep needs one to go before, every order has taken one more than the sweep, so one is there; it is open,
//!   because what returns has taken effect.
//!
//! # Unknown outcomes
//! An operation of unknown outcome never returns, so it takes effect only where it has to go before another. That is exact.
//!
//! # Other sizes
//! Where sizes differ, what has returned of one kind against what was called of the other still refutes: permits that are
//! certainly out, and more than can have been given back. The search decides the rest.
//!
//! # Complexity
//! O(n log n) time, O(n) space.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::deadlines::{End, ends};
use super::shrink::shrink;
use super::{Act, Breach, Deed, Finding, Scene};

/// Decides a semaphore.
pub(super) fn decide(permits: u64, scene: Scene<'_, '_>) -> Finding {
    let mut sizes: Option<(u64, u32)> = None;
    let mut differ: Option<(u32, u32)> = None;
    for (at, deed) in (0..).zip(scene.deeds) {
        let Some((_, size)) = part(deed.act) else {
            let words = (scene.words)(at);
            return Finding::Unfit(format!("{words} is no act of a semaphore"));
        };
        if size > permits && deed.is_certain() {
            let why = format!("There are only {permits} permits.");
            return Finding::Breach(Breach {
                deeds: vec![at],
                excuses: Vec::new(),
                why: vec![why],
            });
        }
        match sizes {
            _ if size == 0 || size > permits => {}
            None => sizes = Some((size, at)),
            Some((known, first)) if known != size => differ = differ.or(Some((first, at))),
            Some(_) => {}
        }
    }
    if let Some((first, second)) = differ {
        return match count(permits, scene.deeds) {
            Some(at) => Finding::Breach(tell(at, scene, |deeds| count(permits, deeds).is_some())),
            None => Finding::Unfit(format!(
                "{} and {} are about different numbers of permits",
                (scene.words)(first),
                (scene.words)(second)
            )),
        };
    }
    let places = permits / sizes.map_or(1, |(size, _)| size);
    match sweep(places, permits, scene.deeds) {
        Ok(order) => Finding::Order(order),
        Err(at) => Finding::Breach(tell(at, scene, |deeds| {
            sweep(places, permits, deeds).is_err()
        })),
    }
}

/// Whether it acquires, and how many.
const fn part(act: Act<'_>) -> Option<(bool, u64)> {
    match act {
        Act::Acquire(size) => Some((true, size)),
        Act::Release(size) => Some((false, size)),
        _ => None,
    }
}

/// Lets as little take effect as it can; the position of the return that is impossible, where one is.
fn sweep(places: u64, permits: u64, deeds: &[Deed<'_>]) -> Result<Vec<u32>, u32> {
    let mut order = Vec::with_capacity(deeds.len());
    let mut is_placed = vec![false; deeds.len()];
    // Open releases and open acquisitions, the earliest return first.
    let mut open: [BinaryHeap<Reverse<(u32, u32)>>; 2] = Default::default();
    let mut out = 0;
    for End { deed, is_return } in ends(deeds) {
        let Deed { ret, act, .. } = deeds[deed as usize];
        let Some((acquires, size)) = part(act) else {
            continue;
        };
        if size == 0 || size > permits {
            order.extend(is_return.then_some(deed));
            continue;
        }
        if !is_return {
            open[usize::from(acquires)].push(Reverse((ret, deed)));
            continue;
        }
        if is_placed[deed as usize] {
            continue;
        }
        if out == if acquires { places } else { 0 } {
            let others = &mut open[usize::from(!acquires)];
            let first = loop {
                match others.pop() {
                    Some(Reverse((_, first))) if is_placed[first as usize] => {}
                    first => break first,
                }
            };
            let Some(Reverse((_, first))) = first else {
                return Err(ret);
            };
            is_placed[first as usize] = true;
            order.push(first);
            out = if acquires { out - 1 } else { out + 1 };
        }
        is_placed[deed as usize] = true;
        order.push(deed);
        out = if acquires { out + 1 } else { out - 1 };
    }
    Ok(order)
}

/// The position of a return at which more permits are certainly out than there are, or fewer than none.
fn count(permits: u64, deeds: &[Deed<'_>]) -> Option<u32> {
    // Of releases and acquisitions: how many permits were called for, and how many have returned.
    let mut called = [0_i128; 2];
    let mut returned = [0_i128; 2];
    for End { deed, is_return } in ends(deeds) {
        let Some((acquires, size)) = part(deeds[deed as usize].act) else {
            continue;
        };
        let sums = if is_return {
            &mut returned
        } else {
            &mut called
        };
        sums[usize::from(acquires)] += i128::from(size);
        let is_too_much = returned[1] - called[0] > i128::from(permits);
        if is_too_much || returned[0] > called[1] {
            return Some(deeds[deed as usize].ret);
        }
    }
    None
}

fn tell<'v>(at: u32, scene: Scene<'_, 'v>, is_refuted: impl Fn(&[Deed<'v>]) -> bool) -> Breach {
    let refused = scene.deeds.iter().find(|deed| deed.ret == at);
    let acquires = refused.is_some_and(|deed| matches!(deed.act, Act::Acquire(_)));
    let line = (scene.line)(at);
    let why = match acquires {
        true => format!(
            "On line {line} more permits are out than there are: too few releases had been invoked by then."
        ),
        false => format!(
            "On line {line} more permits have come back than were out: too few acquisitions had been invoked by then."
        ),
    };
    shrink(scene, at, vec![why], is_refuted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::linear::monitor::Family;
    use crate::check::linear::monitor::trial::{Dice, State, run};

    fn act<'v>(dice: &mut Dice, state: &State, sizes: &[u64]) -> Act<'v> {
        let size = sizes[dice.roll(sizes.len())];
        let acquires = match *state {
            _ if dice.hits(15) => dice.hits(50),
            State::Out(0, _) => true,
            State::Out(out, permits) if out + size > permits => false,
            _ => dice.hits(50),
        };
        match (dice.hits(3), acquires) {
            (true, _) => Act::Release(0),
            (_, true) => Act::Acquire(size),
            (_, false) => Act::Release(size),
        }
    }

    #[test]
    fn semaphores_agree_with_all_orders() {
        let family = |dice: &mut Dice| Family::Semaphore {
            permits: 1 + dice.roll(3) as u64,
        };
        let one = run(1, family, |dice, state| act(dice, state, &[1]));
        println!("{one:?}");
        assert!(one.decided() == 100 && one.broken * 8 > one.kept);
        assert_eq!(one.broken, one.strict);
        let family = |dice: &mut Dice| Family::Semaphore {
            permits: 2 + dice.roll(4) as u64,
        };
        let two = run(2, family, |dice, state| act(dice, state, &[2]));
        assert!(two.decided() == 100 && two.broken * 8 > two.kept);
        let mixed = run(3, family, |dice, state| act(dice, state, &[1, 2]));
        println!("{mixed:?}");
        assert!(mixed.broken > mixed.unfit_broken);
    }
}
