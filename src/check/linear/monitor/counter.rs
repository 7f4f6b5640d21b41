//! Decides counters whose steps are all of one size.
//!
//! # Idea
//! Go through the ends in their order and count as little as possible, as late as possible: an addition counts when it returns; a
//! sum that is seen makes more of them count when *it* returns, those with the earliest returns first. A sum
//! that is less than the count when it is asked for, or more than can be counted when it returns, refutes the history.
//!
//! # Invariants
//! I1 the count is at every end the least that any order allows, and those that count are the called ones that return first.
//!   Let an order be given. What this sweep counted for a return has returned in it too. What it counted for a sum s
//!   is s additions, and the order has s of them by then. That the sweep took those that return first leaves it the
//!   fewest to count later, whichever ones the order took (exchange one for the other: both are open).
//! I2 steps are of one size, so every sum between two counts is seen on the way: who waits for it is answered there.
//!
//! To compare each sum with how many had returned before it and how many were called is not enough: additions from 0 to 100 and
//! from 10 to 20, the sum 1 seen at 5 and at 30, is broken.
//!
//! # Unknown outcomes
//! An addition of unknown outcome never returns, so it counts only where a sum needs it. That is exact.
//!
//! # Complexity
//! O(n log n) time, O(n) space.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::deadlines::{End, ends};
use super::shrink::shrink;
use super::{Act, Breach, Deed, Finding, Scene};

/// Decides a counter.
pub(super) fn decide(initial: i64, scene: Scene<'_, '_>) -> Finding {
    let step = match step(scene) {
        Ok(step) => step,
        Err(why) => return Finding::Unfit(why),
    };
    match sweep(initial, step, scene.deeds) {
        Ok(order) => Finding::Order(order),
        Err(refuted) => Finding::Breach(tell(initial, step, refuted, scene)),
    }
}

/// The size of all steps; 1 where there is none.
fn step(scene: Scene<'_, '_>) -> Result<i64, String> {
    let mut known: Option<(i64, u32)> = None;
    for (at, deed) in (0..).zip(scene.deeds) {
        match deed.act {
            Act::Plus(amount) if amount != 0 => match known {
                Some((step, first)) if step != amount => {
                    let words = |deed: u32| (scene.words)(deed);
                    return Err(format!(
                        "{} and {} add different amounts",
                        words(first),
                        words(at)
                    ));
                }
                Some(_) => {}
                None => known = Some((amount, at)),
            },
            Act::Plus(_) | Act::Sum(_) => {}
            _ => return Err(format!("{} is no act of a counter", (scene.words)(at))),
        }
    }
    Ok(known.map_or(1, |(step, _)| step))
}

/// A sum that nobody can have seen.
#[derive(Clone, Copy, Debug)]
struct Refuted {
    deed: u32,
    /// Where the sweep stood.
    at: u32,
    /// How many additions counted at least, or could at most.
    count: i128,
    is_too_small: bool,
}

#[derive(Default)]
struct Sweep {
    order: Vec<u32>,
    count: i128,
    is_placed: Vec<bool>,
    /// Open additions, the earliest return first.
    open: BinaryHeap<Reverse<(u32, u32)>>,
    /// Of each count that is waited for, who waits.
    waiting: FxHashMap<i128, Vec<u32>>,
}

impl Sweep {
    fn place(&mut self, deed: u32) {
        self.is_placed[deed as usize] = true;
        self.order.push(deed);
    }

    fn add(&mut self, deed: u32) {
        self.place(deed);
        self.count += 1;
        for waiting in self.waiting.remove(&self.count).into_iter().flatten() {
            self.place(waiting);
        }
    }

    /// The open addition that returns first.
    fn next(&mut self) -> Option<u32> {
        while let Some(Reverse((_, deed))) = self.open.pop() {
            if !self.is_placed[deed as usize] {
                return Some(deed);
            }
        }
        None
    }
}

fn sweep(initial: i64, step: i64, deeds: &[Deed<'_>]) -> Result<Vec<u32>, Refuted> {
    let mut sweep = Sweep {
        is_placed: vec![false; deeds.len()],
        ..Sweep::default()
    };
    for End { deed, is_return } in ends(deeds) {
        let Deed { call, ret, act } = deeds[deed as usize];
        let refuted = |count: i128, is_too_small: bool| Refuted {
            deed,
            at: if is_return { ret } else { call },
            count,
            is_too_small,
        };
        match (act, is_return) {
            (Act::Plus(0), false) => {}
            (Act::Plus(0), true) => sweep.place(deed),
            (Act::Plus(_), false) => sweep.open.push(Reverse((ret, deed))),
            (Act::Plus(_), true) if !sweep.is_placed[deed as usize] => sweep.add(deed),
            (Act::Sum(seen), false) if deeds[deed as usize].is_certain() => {
                let count = times(initial, step, seen);
                match count.map(|count| count.cmp(&sweep.count)) {
                    None => return Err(refuted(sweep.count, false)),
                    Some(std::cmp::Ordering::Less) => return Err(refuted(sweep.count, true)),
                    Some(std::cmp::Ordering::Equal) => sweep.place(deed),
                    Some(std::cmp::Ordering::Greater) => {
                        let waiting = sweep.waiting.entry(count.unwrap_or_default());
                        waiting.or_default().push(deed);
                    }
                }
            }
            (Act::Sum(_), true) => {
                while !sweep.is_placed[deed as usize] {
                    let Some(next) = sweep.next() else {
                        return Err(refuted(sweep.count, false));
                    };
                    sweep.add(next);
                }
            }
            _ => {}
        }
    }
    Ok(sweep.order)
}

/// How many steps lead to a sum, where a whole number of them does.
fn times(initial: i64, step: i64, sum: i64) -> Option<i128> {
    let (way, step) = (i128::from(sum) - i128::from(initial), i128::from(step));
    (way % step == 0 && way / step >= 0).then_some(way / step)
}

fn tell(initial: i64, step: i64, refuted: Refuted, scene: Scene<'_, '_>) -> Breach {
    let words = (scene.words)(refuted.deed);
    let line = (scene.line)(refuted.at);
    let at = i128::from(initial) + refuted.count * i128::from(step);
    let is_reachable = match scene.deeds[refuted.deed as usize].act {
        Act::Sum(seen) => times(initial, step, seen).is_some(),
        _ => true,
    };
    if !is_reachable {
        let why = format!("{words} saw a sum that no steps of {step} from {initial} lead to.");
        return Breach {
            deeds: vec![refuted.deed],
            excuses: Vec::new(),
            why: vec![why],
        };
    }
    let why = match refuted.is_too_small {
        true => vec![
            format!(
                "{words} saw too few: the sum had reached {at} before it was invoked on line {line}."
            ),
            "What had returned by then counts, and what was seen before is never taken back."
                .to_owned(),
        ],
        false => vec![
            format!(
                "{words} saw too many: the sum can have reached {at} at most when it returned on line {line}."
            ),
            "Nothing else had been invoked, or it cannot have counted with what was seen before."
                .to_owned(),
        ],
    };
    let until = scene.deeds[refuted.deed as usize].ret;
    shrink(scene, until, why, |deeds| {
        sweep(initial, step, deeds).is_err()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::linear::monitor::trial::{Dice, State, Tally, hold, run};
    use crate::check::linear::monitor::{Family, NEVER};

    #[test]
    fn counters_agree_with_all_orders() {
        let family = |dice: &mut Dice| Family::Counter {
            initial: dice.roll(3) as i64 - 1,
        };
        for step in [1_i64, -3] {
            let tally = run(step.unsigned_abs(), family, |dice, state| {
                let State::Sum(sum) = *state else {
                    return Act::Plus(0);
                };
                match dice.roll(20) {
                    0 => Act::Plus(0),
                    1..10 => Act::Plus(step),
                    10..12 => Act::Sum(sum + step * (dice.roll(3) as i64 - 1)),
                    12 if dice.hits(10) => Act::Plus(2),
                    _ => Act::Sum(sum),
                }
            });
            println!("{tally:?}");
            assert!(tally.decided() > 80 && tally.broken * 8 > tally.kept);
            assert_eq!(tally.broken, tally.strict);
        }
    }

    #[test]
    fn each_addition_counts_once() {
        let deed = |call, ret, act| Deed { call, ret, act };
        let family = Family::Counter { initial: 0 };
        let mut tally = Tally::default();
        let trap = [
            deed(0, 100, Act::Plus(1)),
            deed(10, 20, Act::Plus(1)),
            deed(5, 6, Act::Sum(1)),
            deed(30, 31, Act::Sum(1)),
        ];
        hold(&family, &trap, &mut tally);
        assert_eq!((tally.broken, tally.named_max), (1, 3));
        let unknown = [
            deed(0, NEVER, Act::Plus(1)),
            deed(1, 2, Act::Sum(1)),
            deed(3, 4, Act::Sum(0)),
        ];
        hold(&family, &unknown, &mut tally);
        assert_eq!(tally.broken, 2);
    }
}
