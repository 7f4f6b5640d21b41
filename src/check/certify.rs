//! Checks witnesses again by means that share nothing with the search that found them.
//!
//! # Idea
//! A world is an order of items; whether it is a world can be read off from the end: walking backwards, no
//! item may begin after the end of one that stands behind it. That there is *no* world is put to the breadth-first
//! search over the full matrix of pairs, as long as the case is small.
//!
//! # Complexity
//! A world of n items on k chains: O(n·k) time, O(n + k) space; or linear in the events and edges of the history, where that is less.

use petgraph::Direction;
use petgraph::visit::IntoNeighborsDirected;

use crate::order::Order;

use super::Budget;
use super::worlds::{Item, Machine, Move, find_world_by_layers};

/// Cases of more items than this are not put to the second search, which is quadratic in them.
const ITEMS_MAX: usize = 256;
/// How many items and chains, multiplied, are looked at for each event of the history before the whole history is.
const WIDTH_MAX: usize = 8;
/// Nodes that the second search may visit.
const NODES_MAX: u64 = 200_000;

/// What the second opinion says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opinion {
    /// It agrees.
    Confirmed,
    /// The case was too large for it.
    TooLarge,
}

/// Asserts that `moves` is a world of these items that the machine accepts.
///
/// # Panics
/// Where it is not: then testimony has a bug, and says so instead of a wrong verdict.
pub(crate) fn certify_world(
    order: &Order,
    items: &[Item],
    machine: &mut dyn Machine,
    moves: &[Move],
) {
    let placed: Vec<u32> = moves.iter().filter_map(|step| step.item()).collect();
    assert!(
        is_order(order, items, &placed),
        "a world places every certain item once, no item twice, and agrees with happened-before"
    );
    assert!(
        is_accepted(machine, moves),
        "a world that was found is one that was looked for"
    );
}

/// Whether `placed` has every certain item once and no item twice, in an order that agrees with happened-before.
pub(crate) fn is_order(order: &Order, items: &[Item], placed: &[u32]) -> bool {
    let mut times = vec![0_u8; items.len()];
    for item in placed {
        times[*item as usize] = times[*item as usize].saturating_add(1);
    }
    let is_complete = items
        .iter()
        .zip(&times)
        .all(|(item, times)| *times <= 1 && (*times == 1 || !item.is_certain));
    let is_wide = placed.len() * order.chains() > WIDTH_MAX * order.len();
    is_complete
        && match is_wide {
            true => agrees_by_events(order, items, placed),
            false => agrees(order, items, placed),
        }
}

/// Along the graph of events: what ended before an item begins stands in front of it.
fn agrees_by_events(order: &Order, items: &[Item], placed: &[u32]) -> bool {
    // Of each event: one more than the last place of what ends there, and the first place of what begins there.
    let mut ends = vec![0; order.len()];
    let mut begins = vec![u32::MAX; order.len()];
    for (place, item) in (0..).zip(placed) {
        let Item { lo, hi, .. } = items[*item as usize];
        let begin = &mut begins[lo.index()];
        *begin = (*begin).min(place);
        if let Some(hi) = hi {
            let end: &mut u32 = &mut ends[hi.index()];
            *end = (*end).max(place + 1);
        }
    }
    // In the topological order, `ends` grows to what ended there or before.
    for event in order.topological() {
        let earlier = order.neighbors_directed(event, Direction::Incoming);
        let before = earlier.map(|earlier| ends[earlier.index()]).max();
        let before = before.unwrap_or(0);
        if before > begins[event.index()].saturating_add(1) {
            return false;
        }
        let own = &mut ends[event.index()];
        *own = (*own).max(before);
    }
    true
}

/// Walking backwards, no item begins after the end of one that stands behind it.
fn agrees(order: &Order, items: &[Item], placed: &[u32]) -> bool {
    // The earliest end behind the present item, of each chain.
    let mut earliest: Vec<u32> = vec![u32::MAX; order.chains()];
    for item in placed.iter().rev() {
        let Item { lo, hi, .. } = items[*item as usize];
        let begins_late = (0..order.chains() as u32).any(|chain| {
            let end = earliest[chain as usize];
            end != u32::MAX && order.last_before(chain, lo).is_some_and(|last| end <= last)
        });
        if begins_late {
            return false;
        }
        if let Some(hi) = hi {
            let (chain, position) = order.chain(hi);
            let end = &mut earliest[chain as usize];
            *end = (*end).min(position);
        }
    }
    true
}

fn is_accepted(machine: &mut dyn Machine, moves: &[Move]) -> bool {
    let mut states = vec![machine.start()];
    for step in moves {
        let mut next = Vec::new();
        for state in &states {
            match step {
                Move::Item(item) => machine.step(*state, *item, &mut next),
                Move::Unseen(number) => {
                    let mut unseen = Vec::new();
                    machine.unseen(*state, &mut unseen);
                    let led = unseen.iter().filter(|(known, _)| known == number);
                    next.extend(led.map(|(_, state)| *state));
                }
            }
        }
        next.sort_unstable();
        next.dedup();
        states = next;
    }
    states
        .iter()
        .any(|state| machine.accepts(*state) || machine.is_final(*state))
}

/// Asks the second search whether there is really no world.
///
/// # Panics
/// Where it finds one: then testimony has a bug, and says so instead of a wrong verdict.
pub(crate) fn certify_no_world(
    order: &Order,
    items: &[Item],
    machine: &mut dyn Machine,
    budget: &Budget,
) -> Opinion {
    let second = second_search(order, items, machine, budget);
    assert!(
        second != Some(true),
        "two searches agree that there is no world"
    );
    match second {
        None => Opinion::TooLarge,
        Some(_) => Opinion::Confirmed,
    }
}

/// Whether the second search finds a world of these items; not where the case is too large for it.
pub(crate) fn refutes_world(
    order: &Order,
    items: &[Item],
    machine: &mut dyn Machine,
    budget: &Budget,
) -> bool {
    second_search(order, items, machine, budget) == Some(true)
}

fn second_search(
    order: &Order,
    items: &[Item],
    machine: &mut dyn Machine,
    budget: &Budget,
) -> Option<bool> {
    if items.len() > ITEMS_MAX {
        return None;
    }
    find_world_by_layers(order, items, machine, &budget.with_nodes(NODES_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{EventId, History};
    use crate::order::Relation;

    /// Facts of three participants, with messages; each fact is an item of one event or two.
    #[test]
    fn both_ways_to_check_an_order_agree() {
        let mut random = 11_u64;
        let mut below = |end: u64| {
            random = random.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            (random >> 33) % end
        };
        let (mut right, mut wrong) = (0, 0);
        for _ in 0..4_000 {
            let mut text = "{\"history\":1,\"order\":\"happened-before\"}\n".to_owned();
            let mut events = 0;
            for message in 0..1 + below(4) {
                let (from, to) = (below(3), below(3));
                text += &format!("{{\"process\":{from},\"type\":\"send\",\"msg\":{message}}}\n");
                text += &format!("{{\"process\":{to},\"type\":\"receive\",\"msg\":{message}}}\n");
                events += 2;
            }
            let history = History::parse(&text).unwrap();
            let order = Order::of(&history, Relation::HappenedBefore).unwrap();
            let items: Vec<Item> = (0..1 + below(4))
                .map(|_| {
                    let lo = EventId::new(below(events) as usize);
                    let later: Vec<EventId> = history.event_ids().collect();
                    let later = later.into_iter().filter(|id| order.before(lo, *id));
                    let hi = later.chain([lo]).nth(below(3) as usize);
                    Item {
                        lo,
                        hi,
                        is_certain: true,
                    }
                })
                .collect();
            let mut placed: Vec<u32> = (0..items.len() as u32).collect();
            for at in 0..placed.len() {
                placed.swap(at, below(items.len() as u64) as usize);
            }
            let is_right = agrees(&order, &items, &placed);
            assert_eq!(
                is_right,
                agrees_by_events(&order, &items, &placed),
                "{text}{items:?} {placed:?}"
            );
            *(if is_right { &mut right } else { &mut wrong }) += 1;
        }
        assert!(right > 400 && wrong > 400, "{right} and {wrong}");
    }
}
