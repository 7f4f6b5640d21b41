//! Decides whether a resource that one may hold at a time can be, or must be, held by one at a time.
//!
//! # Source
//! Whether two holds may overlap is "possibly" of a conjunctive predicate: Garg and Waldecker, "Detection of Weak Unstable Predicates in Distributed
//! Programs", IEEE Trans. Parallel Distrib. Syst. 5(3), 1994.
//!
//! # Form
//! All effects are certain; each holder takes once, and gives back at most once, after that. Other scopes are left to the search.
//!
//! # Idea
//! Write a → b where `a` ends before `b` begins.
//!
//! *Broken in some world*: put the holds in the order in which they are taken. If each is given back → the next is taken, the order is forced and nobody
//! meets. If not, take the first pair that fails: all that comes before the two takings is closed under →, holds neither
//! giving back, and behind it both hold.
//!
//! *Kept in some world*: there nothing stands between taking and giving back: another taking would break the promise, and another giving back would belong to
//! somebody who had taken before. So holds are blocks, and a hold can be next iff all effects of others that come before its giving back
//! have taken place. Taking any hold that can be next is never wrong: what could be next before still can. If none can be next, each of those that
//! are left waits for another of them, and the first of them in any keeping world would not. A hold that is never given back goes last;
//! two of them meet at the end of every world.
//!
//! # Complexity
//! With n effects on k chains: O(n·k + n log n) for the ends that each hold waits for, each looked at once; behind its own taking a hold looks at the effects of its chain one by
//! one, which is O(n²) at worst. Where n·k is more than the history is long, `blocks` does the same in time linear in the history.

use std::collections::{HashMap, VecDeque};

use rustc_hash::FxBuildHasher;

use crate::check::worlds::{Item, Move, Search};
use crate::history::Value;
use crate::order::Order;

use super::blocks;
use super::world::{in_phases, is_before};
use crate::check::promise::contract::Part;
use crate::check::promise::machine::Goal;

/// A taking with its giving back, as positions among the items.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    pub(super) taken: u32,
    pub(super) given: Option<u32>,
}

/// How many effects and chains, multiplied, are looked at for each event of the history before the whole history is.
const WIDTH_MAX: usize = 8;

/// Looks for a world; `None` where the scope is not of the form that this can decide.
pub(super) fn find(
    order: &Order,
    items: &[Item],
    parts: &[Part<'_>],
    goal: Goal,
) -> Option<Search> {
    let mut holds = holds(order, items, parts)?;
    holds.sort_by_key(|hold| (order.rank(items[hold.taken as usize].lo), hold.taken));
    let world = match goal {
        Goal::Break | Goal::SurelyBreak => meeting(order, items, &holds),
        Goal::Keep | Goal::SurelyKeep if items.len() * order.chains() > WIDTH_MAX * order.len() => {
            blocks::world(order, items, &holds)
        }
        Goal::Keep | Goal::SurelyKeep => Turns::new(order, items, &holds).world(),
    };
    Some(world.map_or(Search::None, Search::World))
}

/// The holds of a scope of the form that this can decide.
fn holds(order: &Order, items: &[Item], parts: &[Part<'_>]) -> Option<Vec<Hold>> {
    let mut of_holder: HashMap<&Value, usize, FxBuildHasher> = HashMap::default();
    let mut holds: Vec<Hold> = Vec::new();
    for (at, part) in (0..).zip(parts) {
        if let Part::Takes(holder) = part
            && of_holder.insert((*holder)?, holds.len()).is_none()
        {
            holds.push(Hold {
                taken: at,
                given: None,
            });
        } else if !matches!(part, Part::Gives(_)) {
            return None;
        }
    }
    for (at, part) in (0..).zip(parts) {
        if let Part::Gives(holder) = part {
            let hold = &mut holds[*of_holder.get((*holder)?)?];
            let (taken, given) = (items[hold.taken as usize], items[at as usize]);
            if !is_before(order, taken, given) || hold.given.replace(at).is_some() {
                return None;
            }
        }
    }
    let is_bounded = |item: &Item| item.is_certain && item.hi.is_some();
    items.iter().all(is_bounded).then_some(holds)
}

/// A world in which two hold at once; the holds stand in the order in which they are taken.
fn meeting(order: &Order, items: &[Item], holds: &[Hold]) -> Option<Vec<Move>> {
    let item = |at: u32| items[at as usize];
    let pair = holds.windows(2).find(|pair| {
        let given = pair[0].given.map(item);
        !given.is_some_and(|given| is_before(order, given, item(pair[1].taken)))
    })?;
    let both = [pair[0].taken, pair[1].taken];
    Some(in_phases(order, items, |at| {
        let is_needed =
            |taken: &u32| *taken as usize == at || is_before(order, items[at], item(*taken));
        Some(u8::from(!both.iter().any(is_needed)))
    }))
}

/// Holds that take turns.
struct Turns<'s> {
    order: &'s Order,
    items: &'s [Item],
    holds: &'s [Hold],
    /// The chains on which something ends, each with its ends: positions and items, in order.
    chains: Vec<(u32, Vec<(u32, u32)>)>,
    /// Of each chain: how many ends stand in front of the first that has not taken place.
    fronts: Vec<usize>,
    is_placed: Vec<bool>,
    /// Of each hold: the chain and the end up to which it waits for nothing.
    checked: Vec<(usize, usize)>,
    /// Of each item: the holds that wait for it.
    waiting: Vec<Vec<u32>>,
    world: Vec<Move>,
}

impl<'s> Turns<'s> {
    fn new(order: &'s Order, items: &'s [Item], holds: &'s [Hold]) -> Self {
        let mut ends: Vec<(u32, u32, u32)> = (0..)
            .zip(items)
            .filter_map(|(at, item)| {
                let (chain, position) = order.chain(item.hi?);
                Some((chain, position, at))
            })
            .collect();
        ends.sort_unstable();
        let chains: Vec<(u32, Vec<(u32, u32)>)> = ends
            .chunk_by(|a, b| a.0 == b.0)
            .map(|chain| {
                let ends = chain.iter().map(|(_, position, item)| (*position, *item));
                (chain[0].0, ends.collect())
            })
            .collect();
        Self {
            order,
            items,
            holds,
            fronts: vec![0; chains.len()],
            chains,
            is_placed: vec![false; items.len()],
            checked: vec![(0, 0); holds.len()],
            waiting: vec![Vec::new(); items.len()],
            world: Vec::new(),
        }
    }

    /// A world in which one holds at a time.
    fn world(mut self) -> Option<Vec<Move>> {
        let is_kept = |hold: &u32| self.holds[*hold as usize].given.is_none();
        let all = 0..self.holds.len() as u32;
        let kept: Vec<u32> = all.clone().filter(is_kept).collect();
        if kept.len() > 1 {
            return None;
        }
        let given: Vec<u32> = all.filter(|hold| !kept.contains(hold)).collect();
        let mut ready = VecDeque::new();
        for hold in given {
            self.check(hold, &mut ready);
        }
        while let Some(hold) = ready.pop_front() {
            self.place(hold, &mut ready);
        }
        for hold in kept {
            self.check(hold, &mut ready);
            if let Some(last) = ready.pop_front() {
                self.place(last, &mut ready);
            }
        }
        (self.world.len() == self.items.len()).then_some(self.world)
    }

    /// Makes a hold ready, or lets it wait for what it waits for first.
    fn check(&mut self, hold: u32, ready: &mut VecDeque<u32>) {
        match self.awaited(hold) {
            Some(item) => self.waiting[item as usize].push(hold),
            None => ready.push_back(hold),
        }
    }

    /// An effect of another hold that must take place before this one is given back, and has not.
    fn awaited(&mut self, hold: u32) -> Option<u32> {
        let Hold { taken, given } = self.holds[hold as usize];
        let end = self.items[given.unwrap_or(taken) as usize].lo;
        let (mut chain, mut from) = self.checked[hold as usize];
        while let Some((number, ends)) = self.chains.get(chain) {
            let last = self.order.last_before(*number, end);
            let before = last.map_or(0, |last| {
                ends.partition_point(|(position, _)| *position <= last)
            });
            let front = &mut self.fronts[chain];
            let is_placed = |at: usize| self.is_placed[ends[at].1 as usize];
            while *front < ends.len() && is_placed(*front) {
                *front += 1;
            }
            let rest = from.max(*front)..before;
            for at in rest {
                if !is_placed(at) && ends[at].1 != taken {
                    self.checked[hold as usize] = (chain, at);
                    return Some(ends[at].1);
                }
            }
            chain += 1;
            from = 0;
        }
        self.checked[hold as usize] = (chain, 0);
        None
    }

    fn place(&mut self, hold: u32, ready: &mut VecDeque<u32>) {
        let Hold { taken, given } = self.holds[hold as usize];
        for item in [Some(taken), given].into_iter().flatten() {
            self.is_placed[item as usize] = true;
            self.world.push(Move::Item(item));
        }
        for item in [Some(taken), given].into_iter().flatten() {
            for waiting in std::mem::take(&mut self.waiting[item as usize]) {
                self.check(waiting, ready);
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::history::{EventKind, History};

    /// The holds that the facts `a` (taking) and `b` (giving back) of a history show, each with its holder as value.
    pub(in crate::check::promise::fast) fn holds_of(
        history: &History,
        order: &Order,
    ) -> (Vec<Item>, Vec<Hold>) {
        let facts = history.events().iter().zip(history.event_ids());
        let facts = facts.filter(|(event, _)| event.kind == EventKind::Fact);
        let (mut items, mut values) = (Vec::new(), Vec::new());
        for (event, id) in facts {
            items.push(Item {
                lo: id,
                hi: Some(id),
                is_certain: true,
            });
            let name = event.f.map(|name| history.name(name)).unwrap();
            values.push((name == "a", history.values().to_value(event.value.unwrap())));
        }
        let parts = values.iter().map(|(takes, holder)| match takes {
            true => Part::Takes(Some(holder)),
            false => Part::Gives(Some(holder)),
        });
        let parts: Vec<Part<'_>> = parts.collect();
        let holds = holds(order, &items, &parts).unwrap();
        (items, holds)
    }

    pub(in crate::check::promise::fast) fn turns(
        order: &Order,
        items: &[Item],
        holds: &[Hold],
    ) -> Option<Vec<Move>> {
        Turns::new(order, items, holds).world()
    }
}
