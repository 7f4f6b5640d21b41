//! How far one world gets where none is whole: the longest way through a small case, for people to read.
//!
//! Depth first over the full matrix of pairs, always the item with the earliest end first, remembering what was
//! visited. It decides nothing: where the limit ends it, the longest way found so far is shown.
//!
//! # Complexity
//! O(n²) for the matrix; at most `nodes_max` nodes of O(n) time and O(n / 64) space.

use std::collections::BTreeSet;

use crate::order::Order;

use super::layers::{Done, has, is_within, matrix, with};
use super::{Item, Machine};

/// The longest way found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deepest {
    /// What takes place, in this order.
    pub(crate) items: Vec<u32>,
    /// Certain items that could come next, as far as order goes; the machine refuses each.
    pub(crate) refused: Vec<u32>,
}

/// A visited node: what is done and the state, and how it was entered.
struct Visit {
    done: Done,
    state: u32,
    parent: usize,
    item: u32,
    certain: usize,
}

/// The way that places the most certain items; of several the first one found.
pub(crate) fn find_deepest(
    order: &Order,
    items: &[Item],
    machine: &mut dyn Machine,
    nodes_max: usize,
) -> Deepest {
    let predecessors = matrix(order, items);
    let mut latest_first: Vec<u32> = (0..items.len() as u32).collect();
    latest_first.sort_by_key(|item| {
        let hi = items[*item as usize].hi;
        std::cmp::Reverse((hi.is_none(), hi))
    });
    let nothing: Done = vec![0; items.len().div_ceil(64)].into();
    let start = machine.start();
    let mut seen = BTreeSet::from([(nothing.clone(), start)]);
    let mut visits = vec![Visit {
        done: nothing,
        state: start,
        parent: 0,
        item: 0,
        certain: 0,
    }];
    let mut open = vec![0];
    let mut deepest = 0;
    let mut next = Vec::new();
    while let Some(at) = open.pop() {
        for item in &latest_first {
            let Visit { done, state, .. } = &visits[at];
            if !is_open(&predecessors, done, *item) {
                continue;
            }
            next.clear();
            machine.step(*state, *item, &mut next);
            let done = with(done, *item as usize);
            for state in next.iter().rev() {
                if visits.len() == nodes_max || !seen.insert((done.clone(), *state)) {
                    continue;
                }
                let certain = visits[at].certain + usize::from(items[*item as usize].is_certain);
                visits.push(Visit {
                    done: done.clone(),
                    state: *state,
                    parent: at,
                    item: *item,
                    certain,
                });
                open.push(visits.len() - 1);
                if certain > visits[deepest].certain {
                    deepest = visits.len() - 1;
                }
            }
        }
    }
    let end = &visits[deepest].done;
    let refused = (0..items.len() as u32)
        .filter(|item| items[*item as usize].is_certain && is_open(&predecessors, end, *item));
    Deepest {
        refused: refused.collect(),
        items: way_to(&visits, deepest),
    }
}

fn is_open(predecessors: &[Done], done: &[u64], item: u32) -> bool {
    !has(done, item as usize) && is_within(&predecessors[item as usize], done)
}

fn way_to(visits: &[Visit], mut at: usize) -> Vec<u32> {
    let mut way = Vec::new();
    while at != 0 {
        way.push(visits[at].item);
        at = visits[at].parent;
    }
    way.reverse();
    way
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::History;
    use crate::order::Relation;

    /// Counts up: item n fits where n items took place.
    struct Ascending;

    impl Machine for Ascending {
        fn start(&mut self) -> u32 {
            0
        }

        fn step(&mut self, state: u32, item: u32, next: &mut Vec<u32>) {
            next.extend((item == state).then_some(state + 1));
        }

        fn heap_bytes(&self) -> u64 {
            0
        }
    }

    #[test]
    fn the_longest_way_ends_where_everything_is_refused() -> Result<(), Box<dyn std::error::Error>>
    {
        let line = |process: u32, kind: &str| {
            format!("{{\"process\": {process}, \"type\": \"{kind}\", \"f\": \"x\"}}\n")
        };
        // 2 is over before 0 begins, 3 before 2: so 0 and 1 fit, and neither 2 nor 3 ever does.
        let ends = [
            (3, "invoke"),
            (3, "ok"),
            (0, "invoke"),
            (1, "invoke"),
            (1, "ok"),
            (0, "ok"),
        ];
        let text: String = ends
            .iter()
            .map(|(process, kind)| line(*process, kind))
            .collect();
        let history = History::parse(&text).map_err(|faults| format!("{faults:?}"))?;
        let order =
            Order::of(&history, Relation::HappenedBefore).map_err(|cycle| format!("{cycle:?}"))?;
        let item = |lo: usize, hi: usize| Item {
            lo: crate::history::EventId::new(lo),
            hi: Some(crate::history::EventId::new(hi)),
            is_certain: true,
        };
        let overlapping = [item(2, 5), item(3, 4)];
        let whole = find_deepest(&order, &overlapping, &mut Ascending, 100);
        assert_eq!(whole.items, [0, 1]);
        assert!(whole.refused.is_empty());
        let late = [item(2, 5), item(3, 4), item(0, 1)];
        let stuck = find_deepest(&order, &late, &mut Ascending, 100);
        assert_eq!((stuck.items, stuck.refused), (vec![], vec![2]));
        Ok(())
    }
}
