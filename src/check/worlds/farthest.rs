//! How far an order gets where there is no world: for those who want to see where it ends.
//!
//! # Idea
//! The search remembers the way on which the fewest certain items were left, of those on which it could not go on. What may have had no effect
//! stands on such a way wherever it was tried, needed or not. It is taken out again, the last one first, where the way stays possible
//! without it and still cannot go on.
//!
//! # Complexity
//! One search, then a replay for each uncertain item on the way, at most [`STEPS_MAX`] steps in all.

use crate::check::Budget;

use super::frontier::Frontier;
use super::search::farthest_way;
use super::{Machine, Slice};

/// Steps that replays may take; whoever stands on a longer way stays there, needed or not.
const STEPS_MAX: usize = 200_000;

/// How far a search got that found no world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Farthest {
    /// What takes place on the way that leaves the fewest certain items, in this order; of several the first one found.
    pub(crate) items: Vec<u32>,
    /// Certain items that order allows next; the machine refuses each of them.
    pub(crate) refused: Vec<u32>,
}

/// The way that leaves the fewest certain items, among those that the budget allows, with few others; nothing where there is a world.
pub(crate) fn find_farthest(
    slice: &Slice,
    machine: &mut dyn Machine,
    budget: &Budget,
) -> Option<Farthest> {
    let mut items = farthest_way(slice, machine, budget)?;
    let mut refused = next_certain(slice, &items);
    let mut steps = 0;
    for at in (0..items.len()).rev() {
        if slice.items[items[at] as usize].is_certain {
            continue;
        }
        steps += items.len();
        if steps > STEPS_MAX {
            break;
        }
        let mut fewer = items.clone();
        fewer.remove(at);
        let next = next_certain(slice, &fewer);
        if ends(machine, &fewer, &next) {
            (items, refused) = (fewer, next);
        }
    }
    Some(Farthest { items, refused })
}

/// The certain items that order allows behind these.
fn next_certain(slice: &Slice, items: &[u32]) -> Vec<u32> {
    let mut frontier = Frontier::new(slice);
    for item in items {
        frontier.place(*item);
    }
    let next = frontier.candidates();
    let next = next.filter(|item| slice.items[*item as usize].is_certain);
    next.collect()
}

/// Whether the machine goes this way, and from its end on with none of the next items.
fn ends(machine: &mut dyn Machine, way: &[u32], next: &[u32]) -> bool {
    let mut states = vec![machine.start()];
    let mut behind = Vec::new();
    for item in way {
        behind.clear();
        for state in &states {
            machine.step(*state, *item, &mut behind);
        }
        behind.sort_unstable();
        behind.dedup();
        std::mem::swap(&mut states, &mut behind);
    }
    let mut beyond = Vec::new();
    for (state, item) in states
        .iter()
        .flat_map(|state| next.iter().map(move |item| (state, item)))
    {
        machine.step(*state, *item, &mut beyond);
    }
    !states.is_empty() && beyond.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::worlds::Item;
    use crate::history::{EventId, History};
    use crate::order::{Order, Relation};

    /// Of each item: from which states it leads to which.
    struct Table(&'static [&'static [(u32, u32)]]);

    impl Machine for Table {
        fn start(&mut self) -> u32 {
            0
        }

        fn step(&mut self, state: u32, item: u32, next: &mut Vec<u32>) {
            let steps = self.0[item as usize].iter();
            next.extend(steps.filter(|(from, _)| *from == state).map(|(_, to)| to));
        }

        fn heap_bytes(&self) -> u64 {
            0
        }
    }

    /// How far one gets with concurrent items that are certain or not, tried by their numbers.
    fn farthest(is_certain: &[bool], steps: &'static [&'static [(u32, u32)]]) -> Option<Farthest> {
        let count = is_certain.len();
        let line = |at: usize| format!("{{\"process\": {at}, \"type\": \"fact\", \"f\": \"x\"}}\n");
        let history = History::parse(&(0..2 * count).map(line).collect::<String>()).unwrap();
        let order = Order::of(&history, Relation::HappenedBefore).unwrap();
        let item = |(at, is_certain): (usize, &bool)| Item {
            lo: EventId::new(at),
            hi: is_certain.then(|| EventId::new(count + at)),
            is_certain: *is_certain,
        };
        let items: Vec<Item> = is_certain.iter().enumerate().map(item).collect();
        let slice = Slice::new(&order, &items).tried_in((0..count as u32).collect());
        find_farthest(&slice, &mut Table(steps), &Budget::new(1_000, 1 << 20))
    }

    fn way(items: &[u32], refused: &[u32]) -> Option<Farthest> {
        Some(Farthest {
            items: items.to_vec(),
            refused: refused.to_vec(),
        })
    }

    #[test]
    fn what_nobody_needs_is_not_on_the_way() {
        let is_certain = [true, false, true];
        let found = farthest(&is_certain, &[&[(0, 0)], &[(0, 1)], &[]]);
        assert_eq!(found, way(&[0], &[2]));
        let needed = farthest(&is_certain, &[&[(1, 1)], &[(0, 1)], &[]]);
        assert_eq!(needed, way(&[1, 0], &[2]));
        // Of two, the second is needed.
        let is_certain = [false, false, true, true];
        let found = farthest(&is_certain, &[&[(0, 0), (1, 1)], &[(0, 1)], &[(1, 2)], &[]]);
        assert_eq!(found, way(&[1, 2], &[3]));
    }

    #[test]
    fn of_several_ways_the_first_one_counts() {
        let found = farthest(&[true, true], &[&[(0, 1)], &[(0, 2)]]);
        assert_eq!(found, way(&[0], &[1]));
    }

    #[test]
    fn where_there_is_a_world_there_is_no_end() {
        assert_eq!(farthest(&[true, true], &[&[(0, 1)], &[(1, 2)]]), None);
    }
}
