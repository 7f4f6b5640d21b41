//! Lets holds take turns where participants are about as many as holds.
//!
//! # Source
//! R. Tarjan, "Depth-First Search and Linear Graph Algorithms", SIAM J. Comput. 1(2), 1972, with a stack of its own instead of recursion.
//!
//! # Idea
//! In a world that keeps the promise a hold is a block (see `hold`). Block a must come before block b iff some effect of a ends before some effect
//! of b begins. So make one node of each block, entered where one of its effects begins and left where one ends, in the graph of
//! events: its paths between blocks are these constraints and what follows from them. A world exists iff no two blocks stand on a common
//! cycle, and the strongly connected components come in its order.
//!
//! # Invariants
//! * B1 Of two effects that share an event, neither ends before the other begins: an event is two nodes, entered at the first and left at the second,
//!   and the way from the first to the second passes through no block.
//! * B2 A cycle with one block is no obstacle: what stands between its taking and its giving back is no effect.
//!
//! # Complexity
//! O(n + m) for n events and m messages and causes of the whole history, whatever the number of participants; `hold` needs O(h·k) for h holds on k chains.

use petgraph::visit::IntoNeighbors;

use crate::check::worlds::{Item, Move};
use crate::history::EventId;
use crate::order::Order;

use super::hold::Hold;

/// A world in which one holds at a time.
pub(super) fn world(order: &Order, items: &[Item], holds: &[Hold]) -> Option<Vec<Move>> {
    let net = Net::new(order, items, holds);
    let kept = holds.iter().position(|hold| hold.given.is_none());
    let mut sorted = net.sorted()?;
    if let Some(kept) = kept {
        let is_open = |hold: &Hold| hold.given.is_none();
        let others = holds.iter().filter(|hold| is_open(hold)).count() - 1;
        if others > 0 || net.leads_to_another(kept as u32) {
            return None;
        }
        sorted.retain(|block| *block != kept as u32);
        sorted.push(kept as u32);
    }
    let moves = sorted.iter().flat_map(|block| {
        let hold = holds[*block as usize];
        [Some(hold.taken), hold.given].into_iter().flatten()
    });
    Some(moves.map(Move::Item).collect())
}

/// The graph of events with the blocks: two nodes an event, then one a block.
struct Net<'n> {
    order: &'n Order,
    items: &'n [Item],
    holds: &'n [Hold],
    /// The blocks that an effect of theirs enters at an event, by event.
    entered: Vec<(EventId, u32)>,
}

/// A node that is being visited.
#[derive(Clone, Copy)]
struct Visit {
    node: u32,
    /// The number of its successor that comes next.
    successor: u32,
    /// How many nodes were visited before it, and how many of them are in no complete component.
    place: u32,
    open: usize,
}

impl<'n> Net<'n> {
    fn new(order: &'n Order, items: &'n [Item], holds: &'n [Hold]) -> Self {
        let effects = (0..).zip(holds).flat_map(|(block, hold)| {
            let both = [Some(hold.taken), hold.given].into_iter().flatten();
            both.map(move |item| (items[item as usize].lo, block))
        });
        let mut entered: Vec<(EventId, u32)> = effects.collect();
        entered.sort_unstable();
        Self {
            order,
            items,
            holds,
            entered,
        }
    }

    fn len(&self) -> usize {
        2 * self.order.len() + self.holds.len()
    }

    fn block(&self, node: u32) -> Option<u32> {
        node.checked_sub(2 * self.order.len() as u32)
    }

    /// A successor of a node by its number.
    fn successor(&self, node: u32, number: u32) -> Option<u32> {
        let number = number as usize;
        if let Some(block) = self.block(node) {
            let hold = self.holds[block as usize];
            let mut effects = [Some(hold.taken), hold.given].into_iter().flatten();
            let end = self.items[effects.nth(number)? as usize].hi?;
            return Some(2 * end.index() as u32 + 1);
        }
        let event = EventId::new(node as usize / 2);
        if node % 2 == 1 {
            let next = self.order.neighbors(event).nth(number)?;
            return Some(2 * next.index() as u32);
        }
        let Some(number) = number.checked_sub(1) else {
            return Some(node + 1);
        };
        let first = self.entered.partition_point(|(known, _)| *known < event);
        let (_, block) = *self
            .entered
            .get(first + number)
            .filter(|(at, _)| *at == event)?;
        Some(2 * self.order.len() as u32 + block)
    }

    /// The blocks, each behind all that must come before it; `None` where two must come before each other.
    fn sorted(&self) -> Option<Vec<u32>> {
        const NEW: u32 = u32::MAX;
        const DONE: u32 = u32::MAX - 1;
        // Of each node: the earliest place that is reached from it within its component, until that is complete.
        let mut low = vec![NEW; self.len()];
        let mut component: Vec<u32> = Vec::new();
        let mut visits: Vec<Visit> = Vec::new();
        let mut last_first = Vec::new();
        let mut places = 0;
        for root in 0..self.len() as u32 {
            let mut entered = (low[root as usize] == NEW).then_some(root);
            loop {
                if let Some(node) = entered.take() {
                    let (place, open) = (places, component.len());
                    low[node as usize] = place;
                    places += 1;
                    component.push(node);
                    let successor = 0;
                    visits.push(Visit {
                        node,
                        successor,
                        place,
                        open,
                    });
                }
                let Some(visit) = visits.last_mut() else {
                    break;
                };
                let at = visit.node as usize;
                if let Some(next) = self.successor(visit.node, visit.successor) {
                    visit.successor += 1;
                    match low[next as usize] {
                        NEW => entered = Some(next),
                        DONE => {}
                        known => low[at] = low[at].min(known),
                    }
                    continue;
                }
                let Visit { place, open, .. } = *visit;
                visits.pop();
                if let Some(parent) = visits.last() {
                    let parent = parent.node as usize;
                    low[parent] = low[parent].min(low[at]);
                }
                if low[at] == place {
                    let mut blocks = component[open..]
                        .iter()
                        .filter_map(|node| self.block(*node));
                    last_first.extend(blocks.next());
                    if blocks.next().is_some() {
                        return None;
                    }
                    for node in component.drain(open..) {
                        low[node as usize] = DONE;
                    }
                }
            }
        }
        last_first.reverse();
        Some(last_first)
    }

    /// Whether some other block must come after this one.
    fn leads_to_another(&self, block: u32) -> bool {
        let start = 2 * self.order.len() as u32 + block;
        let mut is_seen = vec![false; self.len()];
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut is_seen[node as usize], true) {
                continue;
            }
            if node != start && self.block(node).is_some() {
                return true;
            }
            open.extend((0..).map_while(|number| self.successor(node, number)));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::certify::is_order;
    use crate::check::promise::fast::hold::tests::{holds_of, turns};

    /// Three participants, each with one or two holds and messages at random between them.
    fn history(random: &mut u64) -> crate::history::History {
        let mut below = |end: u64| {
            *random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            (*random >> 33) % end
        };
        let mut text = "{\"history\":1,\"order\":\"happened-before\"}\n".to_owned();
        let mut sent = Vec::new();
        let mut holders = 0;
        let lines = |process: u64, text: &mut String, rest: &str| {
            *text += &format!("{{\"process\":{process},{rest}}}\n");
        };
        let mut taken: Vec<Vec<u64>> = vec![Vec::new(); 3];
        for _ in 0..4 + below(14) {
            let process = below(3);
            let own = &mut taken[process as usize];
            match below(6) {
                0 | 1 if holders < 5 => {
                    own.push(holders);
                    let rest = format!("\"type\":\"fact\",\"f\":\"a\",\"value\":{holders}");
                    lines(process, &mut text, &rest);
                    holders += 1;
                }
                2 | 3 if !own.is_empty() => {
                    let holder = own.swap_remove(below(own.len() as u64) as usize);
                    let rest = format!("\"type\":\"fact\",\"f\":\"b\",\"value\":{holder}");
                    lines(process, &mut text, &rest);
                }
                4 => {
                    let message = sent.len();
                    sent.push(process);
                    lines(
                        process,
                        &mut text,
                        &format!("\"type\":\"send\",\"msg\":{message}"),
                    );
                }
                _ if !sent.is_empty() => {
                    let message = below(sent.len() as u64);
                    lines(
                        process,
                        &mut text,
                        &format!("\"type\":\"receive\",\"msg\":{message}"),
                    );
                }
                _ => {}
            }
        }
        crate::history::History::parse(&text).unwrap()
    }

    #[test]
    fn it_finds_a_world_where_taking_turns_does() {
        let mut random = 7;
        let (mut found, mut none) = (0, 0);
        for _ in 0..4_000 {
            let history = history(&mut random);
            let order = Order::of(&history, crate::order::Relation::HappenedBefore).unwrap();
            let (items, holds) = holds_of(&history, &order);
            let world = world(&order, &items, &holds);
            assert_eq!(
                world.is_some(),
                turns(&order, &items, &holds).is_some(),
                "{}",
                history.text()
            );
            match world {
                None => none += 1,
                Some(moves) => {
                    let placed: Vec<u32> = moves.iter().filter_map(|step| step.item()).collect();
                    assert!(is_order(&order, &items, &placed), "{}", history.text());
                    found += 1;
                }
            }
        }
        assert!(found > 400 && none > 400, "{found} and {none}");
    }
}
