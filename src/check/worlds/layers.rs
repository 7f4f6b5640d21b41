//! The second opinion: whether a world exists, decided breadth first and without the sparse order.
//!
//! Every verdict of the main search that says "there is no world" is put to this one before it is reported. It shares
//! no code with it: which items may come next is read off the full matrix of pairs, what is done is a plain
//! set, and all sets of one size are kept at once. Quadratic in the items, so it is for small cases.
//!
//! # Complexity
//! O(n²) for the matrix; nodes as in the main search; space of two layers.

use std::collections::BTreeSet;

use crate::check::Budget;
use crate::order::Order;

use super::{Item, Machine};

/// What is done, as words of 64 bits.
type Done = Box<[u64]>;

/// What is done, and the machine's state.
type Node = (Done, u32);

/// Whether some world is accepted; `None` where the budget ended before that was known.
pub(crate) fn find_world_by_layers(
    order: &Order,
    items: &[Item],
    machine: &mut dyn Machine,
    budget: &Budget,
) -> Option<bool> {
    let predecessors = matrix(order, items);
    let nothing: Done = vec![0; items.len().div_ceil(64)].into();
    let certain = (0..items.len()).filter(|item| items[*item].is_certain);
    let certain = certain.fold(nothing.clone(), |certain, item| with(&certain, item));
    let mut layer = BTreeSet::from([(nothing, machine.start())]);
    let mut visited = 0;
    while !layer.is_empty() {
        close_unseen(&mut layer, machine);
        visited += layer.len() as u64;
        if visited > budget.nodes || budget.is_stopped() {
            return None;
        }
        let mut next_layer = BTreeSet::new();
        for (done, state) in &layer {
            // The next layer counts while it grows: it may be far larger than this one.
            if visited + next_layer.len() as u64 > budget.nodes {
                return None;
            }
            let is_complete = is_within(&certain, done);
            if machine.is_final(*state) || (is_complete && machine.accepts(*state)) {
                return Some(true);
            }
            expand(&predecessors, done, *state, machine, &mut next_layer);
        }
        layer = next_layer;
    }
    Some(false)
}

/// Of each item, the items that come before it in every world in which they take place.
fn matrix(order: &Order, items: &[Item]) -> Vec<Done> {
    let is_before = |a: &Item, b: &Item| a.hi.is_some_and(|hi| order.before(hi, b.lo));
    let row = |later: &Item| {
        let mut row: Done = vec![0; items.len().div_ceil(64)].into();
        for (at, item) in items.iter().enumerate() {
            if is_before(item, later) {
                row[at / 64] |= 1 << (at % 64);
            }
        }
        row
    };
    items.iter().map(row).collect()
}

/// Whether everything of the first set is in the second.
fn is_within(some: &[u64], all: &[u64]) -> bool {
    some.iter().zip(all).all(|(some, all)| some & !all == 0)
}

/// Adds the states that something unseen may lead to, until there are no more.
fn close_unseen(layer: &mut BTreeSet<Node>, machine: &mut dyn Machine) {
    let mut open: Vec<Node> = layer.iter().cloned().collect();
    let mut next = Vec::new();
    while let Some((done, state)) = open.pop() {
        next.clear();
        machine.unseen(state, &mut next);
        for (_, state) in &next {
            let node = (done.clone(), *state);
            if layer.insert(node.clone()) {
                open.push(node);
            }
        }
    }
}

fn expand(
    predecessors: &[Done],
    done: &[u64],
    state: u32,
    machine: &mut dyn Machine,
    next_layer: &mut BTreeSet<Node>,
) {
    let mut next = Vec::new();
    for (item, before) in predecessors.iter().enumerate() {
        if has(done, item) || !is_within(before, done) {
            continue;
        }
        next.clear();
        machine.step(state, item as u32, &mut next);
        for state in &next {
            next_layer.insert((with(done, item), *state));
        }
    }
}

fn with(done: &[u64], item: usize) -> Done {
    let mut done: Done = done.into();
    done[item / 64] |= 1 << (item % 64);
    done
}

fn has(done: &[u64], item: usize) -> bool {
    done[item / 64] >> (item % 64) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{EventId, History};
    use crate::order::Relation;

    /// Accepts the worlds in which the items take place in the order of their numbers; a skipped one may have been unseen.
    struct Numbered {
        may_skip: bool,
        end: u32,
    }

    impl Machine for Numbered {
        fn start(&mut self) -> u32 {
            0
        }

        fn step(&mut self, state: u32, item: u32, next: &mut Vec<u32>) {
            next.extend((item == state).then_some(state + 1));
        }

        fn unseen(&mut self, state: u32, next: &mut Vec<(u32, u32)>) {
            next.extend((self.may_skip && state == 0).then_some((0, 1)));
        }

        fn accepts(&mut self, state: u32) -> bool {
            state == self.end
        }

        fn heap_bytes(&self) -> u64 {
            0
        }
    }

    /// Accepts nothing, whatever the order.
    struct Never;

    impl Machine for Never {
        fn start(&mut self) -> u32 {
            0
        }

        fn step(&mut self, _: u32, _: u32, next: &mut Vec<u32>) {
            next.push(0);
        }

        fn accepts(&mut self, _: u32) -> bool {
            false
        }

        fn heap_bytes(&self) -> u64 {
            0
        }
    }

    fn says(ends: &[(usize, Option<usize>)], machine: &mut Numbered, nodes: u64) -> Option<bool> {
        says_within(ends, machine, &Budget::new(nodes, 1 << 20))
    }

    /// What the second opinion says of items between these lines, none of which has an end where that is `None`.
    fn says_within(
        ends: &[(usize, Option<usize>)],
        machine: &mut dyn Machine,
        budget: &Budget,
    ) -> Option<bool> {
        let lines =
            (0..8).map(|_| r#"{"process": 0, "type": "invoke", "f": "read", "value": null}"#);
        let lines = lines.zip([r#"{"process": 0, "type": "ok", "f": "read", "value": null}"#; 8]);
        let text: String = lines
            .map(|(call, end)| format!("{call}\n{end}\n"))
            .collect();
        let history = History::parse(&text).unwrap();
        let order = Order::of(&history, Relation::HappenedBefore).unwrap();
        let item = |(lo, hi): &(usize, Option<usize>)| Item {
            lo: EventId::new(*lo),
            hi: hi.map(EventId::new),
            is_certain: hi.is_some(),
        };
        let items: Vec<Item> = ends.iter().map(item).collect();
        find_world_by_layers(&order, &items, machine, budget)
    }

    #[test]
    fn a_world_is_found_or_ruled_out() {
        let ordered = |end| Numbered {
            may_skip: false,
            end,
        };
        let both = [(0, Some(3)), (2, Some(5))];
        assert_eq!(says(&both, &mut ordered(2), 100), Some(true));
        assert_eq!(says(&both, &mut ordered(1), 100), Some(false));
        let turned = [(4, Some(5)), (0, Some(3))];
        assert_eq!(says(&turned, &mut ordered(2), 100), Some(false));
        let open = [(0, Some(3)), (2, None)];
        assert_eq!(says(&open, &mut ordered(1), 100), Some(true));
        assert_eq!(says(&open, &mut ordered(2), 100), Some(true));
    }

    #[test]
    fn what_is_unseen_counts() {
        let mut skipping = Numbered {
            may_skip: true,
            end: 2,
        };
        let second = [(4, None), (0, Some(3))];
        assert_eq!(says(&second, &mut skipping, 100), Some(true));
        skipping.may_skip = false;
        assert_eq!(says(&second, &mut skipping, 100), Some(false));
    }

    #[test]
    fn a_budget_ends_without_an_answer() {
        let both = [(0, Some(3)), (2, Some(5))];
        let mut ordered = Numbered {
            may_skip: false,
            end: 2,
        };
        assert_eq!(says(&both, &mut ordered, 1), None);
        assert_eq!(says(&both, &mut ordered, 3), Some(true));
    }

    #[test]
    fn a_budget_of_all_nodes_is_enough() {
        let concurrent: Vec<(usize, Option<usize>)> = (0..6).map(|at| (at, Some(8 + at))).collect();
        let within = |nodes| says_within(&concurrent, &mut Never, &Budget::new(nodes, 1 << 20));
        assert_eq!(within(64), Some(false));
        assert_eq!(within(63), None);
    }

    #[test]
    fn whoever_is_stopped_has_no_answer() {
        let budget = Budget::new(100, 1 << 20);
        let one = [(0, Some(3))];
        assert_eq!(says_within(&one, &mut Never, &budget), Some(false));
        budget.stop();
        assert_eq!(says_within(&one, &mut Never, &budget), None);
    }
}
