//! Worlds that are written down directly, and which items come before others.
//!
//! # Idea
//! Items in the order in which they begin, by any order of the events that agrees with happened-before, are an order of the items that
//! agrees too: where `a` ends before `b` begins, `a` begins before `b` begins. So a world is written in *phases*: a set of items that is closed
//! under "comes before", then the rest, each in the order of beginnings.
//!
//! Whether one of many items comes before an event takes one look a chain: the earliest end on a chain comes before it
//! if any end on that chain does.

use std::collections::BTreeMap;

use crate::check::worlds::{Item, Move};
use crate::history::EventId;
use crate::order::Order;

/// The items that have a phase, in the order of the phases, then of their beginnings.
pub(super) fn in_phases(
    order: &Order,
    items: &[Item],
    phase: impl Fn(usize) -> Option<u8>,
) -> Vec<Move> {
    let mut placed: Vec<(u8, u32, u32)> = items
        .iter()
        .enumerate()
        .filter_map(|(at, item)| Some((phase(at)?, order.rank(item.lo), at as u32)))
        .collect();
    placed.sort_unstable();
    let moves = placed.into_iter().map(|(_, _, item)| Move::Item(item));
    moves.collect()
}

/// All that certainly takes place, in the order of the beginnings.
pub(super) fn certain(order: &Order, items: &[Item]) -> Vec<Move> {
    in_phases(order, items, |at| items[at].is_certain.then_some(0))
}

/// Whether `earlier` comes before `later` in every world.
pub(super) fn is_before(order: &Order, earlier: Item, later: Item) -> bool {
    earlier.hi.is_some_and(|end| order.before(end, later.lo))
}

/// The earliest end of some items on each chain.
#[derive(Debug)]
pub(super) struct Ends<'o> {
    order: &'o Order,
    earliest: BTreeMap<u32, u32>,
}

impl<'o> Ends<'o> {
    pub(super) fn of(order: &'o Order, items: impl Iterator<Item = Item>) -> Self {
        let mut earliest = BTreeMap::new();
        for end in items.filter_map(|item| item.hi) {
            let (chain, position) = order.chain(end);
            let known = earliest.entry(chain).or_insert(position);
            *known = position.min(*known);
        }
        Self { order, earliest }
    }

    /// Whether one of the items ends before `event`.
    pub(super) fn is_one_before(&self, event: EventId) -> bool {
        self.earliest.iter().any(|(chain, position)| {
            let last = self.order.last_before(*chain, event);
            last.is_some_and(|last| *position <= last)
        })
    }
}

/// The last event of each chain that is before the beginning of one of some items.
#[derive(Debug)]
pub(super) struct Beginnings<'o> {
    order: &'o Order,
    latest: BTreeMap<u32, Option<u32>>,
}

impl<'o> Beginnings<'o> {
    /// Only the chains on which one of `asked` ends are looked at.
    pub(super) fn of(
        order: &'o Order,
        items: impl Iterator<Item = Item>,
        asked: impl Iterator<Item = Item>,
    ) -> Self {
        let chains = asked
            .filter_map(|item| item.hi)
            .map(|end| order.chain(end).0);
        let mut latest: BTreeMap<u32, Option<u32>> = chains.map(|chain| (chain, None)).collect();
        for item in items {
            for (chain, known) in &mut latest {
                *known = order.last_before(*chain, item.lo).max(*known);
            }
        }
        Self { order, latest }
    }

    /// Whether one of the items begins after `end`; nothing does where there is no end.
    pub(super) fn is_one_after(&self, end: Option<EventId>) -> bool {
        end.is_some_and(|end| {
            let (chain, position) = self.order.chain(end);
            let latest = self.latest.get(&chain).copied().flatten();
            latest.is_some_and(|latest| position <= latest)
        })
    }
}
