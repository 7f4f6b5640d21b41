//! Orders additions, removals and looks at single elements of a set, one element at a time.
//!
//! # Idea
//! An element is in or out, and what is done to one says nothing about another. Additions and removals answer nothing, so one that
//! changes nothing hides behind any other moment at which the element was as it leaves it; it is *spare*, and may still
//! change the element until it returns.
//! The sweep goes through the ends in their order and changes the element as late as possible: when somebody returns who needs
//! it the other way and has not seen it so since his call. Of several operations that could change it, the one that returns
//! first does. When a spare one returns that somebody waits for, it may be the last that can serve him: there the sweep is
//! not certain, and tries three ways ([`Thrift`]).
//!
//! # What it claims
//! An order that is found is an order: it is built with every operation between its ends. Where none is found nothing is
//! claimed, unless somebody saw the element as it certainly was not (`stale.rs`). The rest is for the search.
//!
//! # Unknown outcomes
//! An operation of unknown outcome is spare from its call on, for ever.
//!
//! # Complexity
//! O(n (log n + c)) time, where up to c operations on one element are open at once; O(n) space.
//!
//! # Not chosen
//! All ways through the spare ones: whether a polynomial rule decides between them is open, as far as is known here.
//! `read` of all elements joins the elements; histories with one are searched.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use crate::history::Value;

use super::deadlines::{End, ends};
use super::register::{BEGINNING, INITIAL, NONE, Role};
use super::stale::{self, Stale};
use super::{Act, Breach, Deed, Finding, Scene};

/// What a spare operation does when it returns while somebody waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Thrift {
    /// It changes the element where no other open operation lasts as long as somebody waits.
    Late,
    /// It changes the element where somebody waits.
    Early,
    /// It changes the element.
    Always,
}

/// Decides a set.
pub(super) fn decide(initial: &[Value], scene: Scene<'_, '_>) -> Finding {
    let members = match by_element(scene) {
        Ok(members) => members,
        Err(why) => return Finding::Unfit(why),
    };
    let mut initial: Vec<&Value> = initial.iter().collect();
    initial.sort_unstable();
    let mut order: Vec<(u32, u32)> = Vec::with_capacity(scene.deeds.len());
    let mut unfit = None;
    for group in members.chunk_by(|(one, _), (other, _)| one == other) {
        let group: Vec<u32> = group.iter().map(|(_, deed)| *deed).collect();
        let deeds: Vec<Deed<'_>> = group.iter().map(|at| scene.deeds[*at as usize]).collect();
        let is_in =
            element(deeds[0].act).is_some_and(|element| initial.binary_search(&element).is_ok());
        let ways = [Thrift::Late, Thrift::Early, Thrift::Always];
        match ways
            .into_iter()
            .find_map(|thrift| Sweep::of(is_in, thrift, &deeds))
        {
            Some(own) => {
                let mut time = 0;
                for deed in own {
                    time = deeds[deed as usize].call.max(time);
                    order.push((time, group[deed as usize]));
                }
            }
            None => match stale::find(&roles(is_in, &deeds), &deeds) {
                Some(stale) => return Finding::Breach(tell(scene, &group, stale)),
                None => unfit = unfit.or(Some(group[0])),
            },
        }
    }
    if let Some(deed) = unfit {
        let words = (scene.words)(deed);
        return Finding::Unfit(format!(
            "several ways are open around the element of {words}"
        ));
    }
    order.sort_by_key(|(time, _)| *time);
    Finding::Order(order.into_iter().map(|(_, deed)| deed).collect())
}

const fn element<'v>(act: Act<'v>) -> Option<&'v Value> {
    match act {
        Act::Add(element) | Act::Discard(element) | Act::Contains(element, _) => Some(element),
        _ => None,
    }
}

/// Whether it needs the element in, or out; and whether it can change it.
const fn part(act: Act<'_>) -> (bool, bool) {
    match act {
        Act::Add(_) => (true, true),
        Act::Contains(_, is_in) => (is_in, false),
        _ => (false, true),
    }
}

/// The deeds, each behind the number of its element, by element and then as they stand.
fn by_element(scene: Scene<'_, '_>) -> Result<Vec<(u32, u32)>, String> {
    let mut known: FxHashMap<&Value, u32> = FxHashMap::default();
    let mut members = Vec::with_capacity(scene.deeds.len());
    for (at, deed) in (0..).zip(scene.deeds) {
        let Some(element) = element(deed.act) else {
            return Err(format!("{} is about all elements", (scene.words)(at)));
        };
        let next = known.len() as u32;
        let number = *known.entry(element).or_insert(next);
        // Who looked and was never answered is in nobody's way.
        if deed.is_certain() || part(deed.act).1 {
            members.push((number, at));
        }
    }
    members.sort_unstable();
    Ok(members)
}

/// One element, as far as it has been swept.
struct Sweep {
    is_in: bool,
    order: Vec<u32>,
    /// Spare operations, and before which entry of the order each one hides.
    hidden: Vec<(u32, u32)>,
    is_placed: Vec<bool>,
    /// Open operations that take it out, and that put it in; the earliest return first.
    open: [BinaryHeap<Reverse<(u32, u32)>>; 2],
    /// Who waits to see it out, and in.
    waiting: [Vec<u32>; 2],
    /// When it was last out, and in, and before which entry of the order that ended.
    left: [Option<(u32, u32)>; 2],
}

impl Sweep {
    /// An order, where this way leads to one.
    fn of(is_in: bool, thrift: Thrift, deeds: &[Deed<'_>]) -> Option<Vec<u32>> {
        let mut sweep = Self {
            is_in,
            order: Vec::with_capacity(deeds.len()),
            hidden: Vec::new(),
            is_placed: vec![false; deeds.len()],
            open: Default::default(),
            waiting: Default::default(),
            left: [None; 2],
        };
        for End { deed, is_return } in ends(deeds) {
            let Deed { call, ret, act } = deeds[deed as usize];
            let (needs_in, changes) = part(act);
            let kind = usize::from(needs_in);
            if !is_return {
                match changes {
                    true => sweep.open[kind].push(Reverse((ret, deed))),
                    false if needs_in == sweep.is_in => sweep.place(deed),
                    false => sweep.waiting[kind].push(deed),
                }
                continue;
            }
            if sweep.is_placed[deed as usize] {
                continue;
            }
            let seen = sweep.left[kind].filter(|(left, _)| *left > call);
            if needs_in == sweep.is_in {
                sweep.place(deed);
            } else if let Some((_, before)) = seen
                && !sweep.is_wanted(kind, thrift, deeds)
            {
                sweep.is_placed[deed as usize] = true;
                sweep.hidden.push((before, deed));
            } else {
                sweep.change(needs_in, ret)?;
            }
        }
        Some(sweep.whole())
    }

    fn place(&mut self, deed: u32) {
        self.is_placed[deed as usize] = true;
        self.order.push(deed);
    }

    /// Whether a spare operation that returns now had better change the element.
    fn is_wanted(&mut self, kind: usize, thrift: Thrift, deeds: &[Deed<'_>]) -> bool {
        let waiting = self.waiting[kind].iter();
        let first = waiting.map(|deed| deeds[*deed as usize].ret).min();
        match (thrift, first) {
            (Thrift::Always, _) | (Thrift::Early, Some(_)) => true,
            (Thrift::Early | Thrift::Late, None) => false,
            (Thrift::Late, Some(first)) => {
                self.forget_placed(kind);
                let mut open = self.open[kind].iter();
                !open.any(|Reverse((ret, deed))| *ret > first && !self.is_placed[*deed as usize])
            }
        }
    }

    /// Forgets those that have taken effect, up to the first that has not.
    fn forget_placed(&mut self, kind: usize) {
        while let Some(Reverse((_, deed))) = self.open[kind].peek()
            && self.is_placed[*deed as usize]
        {
            self.open[kind].pop();
        }
    }

    /// Changes the element by the open operation that returns first; `None` where there is none.
    fn change(&mut self, to_in: bool, now: u32) -> Option<()> {
        let kind = usize::from(to_in);
        self.forget_placed(kind);
        let Reverse((_, first)) = self.open[kind].pop()?;
        self.left[usize::from(!to_in)] = Some((now, self.order.len() as u32));
        self.is_in = to_in;
        self.place(first);
        for deed in std::mem::take(&mut self.waiting[kind]) {
            self.place(deed);
        }
        Some(())
    }

    /// The order, with those that hide.
    fn whole(mut self) -> Vec<u32> {
        self.hidden.sort_unstable();
        let mut hidden = self.hidden.into_iter().peekable();
        let mut whole = Vec::with_capacity(self.is_placed.len());
        for (at, deed) in (0..).zip(self.order) {
            while let Some((_, spare)) = hidden.next_if(|(before, _)| *before == at) {
                whole.push(spare);
            }
            whole.push(deed);
        }
        whole
    }
}

/// The element as a register of two values.
fn roles(is_in: bool, deeds: &[Deed<'_>]) -> Vec<Role> {
    let role = |deed: &Deed<'_>| {
        let (needs_in, changes) = part(deed.act);
        let value = if needs_in == is_in {
            INITIAL
        } else {
            INITIAL + 1
        };
        match changes {
            true => Role {
                sees: NONE,
                writes: value,
            },
            false => Role {
                sees: value,
                writes: NONE,
            },
        }
    };
    deeds.iter().map(role).collect()
}

fn tell(scene: Scene<'_, '_>, group: &[u32], stale: Stale) -> Breach {
    let global = |deed: u32| group.get(deed as usize).copied();
    let words = |deed: u32| global(deed).map_or_else(String::new, |deed| (scene.words)(deed));
    let reader = words(stale.reader);
    let is_in = global(stale.reader).is_some_and(|deed| part(scene.deeds[deed as usize].act).0);
    let (there, made, other) = match is_in {
        true => ("in", "addition", "out"),
        false => ("out", "removal", "in"),
    };
    let mut why = vec![format!("{reader} found the element {there}.")];
    if stale.writer == NONE {
        why.push(format!("But it was {other} at the beginning, and no {made} of it had been invoked before that returned."));
    } else {
        why.push(format!(
            "But {} found it {other} or left it {other}, and returned before that was invoked.",
            words(stale.between)
        ));
        why.push(match stale.writer {
            BEGINNING => format!("Nothing was invoked in time that could bring it back: it was {there} at the beginning only."),
            writer => format!("Each {made} of it that was invoked in time had returned before, {} as the last.", words(writer)),
        });
    }
    let named = [stale.reader, stale.between, stale.writer];
    let mut deeds: Vec<u32> = named.into_iter().filter_map(global).collect();
    deeds.sort_unstable();
    Breach {
        deeds,
        excuses: Vec::new(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::linear::monitor::Family;
    use crate::check::linear::monitor::trial::{Dice, State, run};

    fn act<'v>(dice: &mut Dice, state: &State, pool: &'v [Value], wild: usize) -> Act<'v> {
        let element = &pool[dice.roll(pool.len())];
        let is_in = matches!(state, State::Elements(all) if all.contains(element));
        match dice.roll(100) {
            0..30 => Act::Add(element),
            30..55 => Act::Discard(element),
            _ => Act::Contains(element, is_in != dice.hits(wild)),
        }
    }

    #[test]
    fn sets_agree_with_all_orders() {
        let pool: Vec<Value> = (0..3).map(Value::from).collect();
        for count in 1..=3 {
            let family = |dice: &mut Dice| Family::Set {
                initial: pool[..dice.roll(2)].to_vec(),
            };
            let tally = run(count as u64, family, |dice, state| {
                act(dice, state, &pool[..count], 12)
            });
            println!("{count}: {tally:?}");
            assert!(tally.decided() > 90 && tally.broken * 8 > tally.kept);
            assert!(tally.named_max <= 3);
        }
    }
}
