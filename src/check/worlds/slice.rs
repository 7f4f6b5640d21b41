//! The part of a history that one search moves through: its items, and the order between their ends.
//!
//! # Idea
//! `a` comes before `b` in every world iff `a.hi` happened before `b.lo`. Storing these pairs is quadratic
//! (every operation before every later one), so the slice stores the ends themselves: a *node* for each
//! event that is an end of some item, and a sparse set of edges that orders these nodes exactly as
//! happened-before does. A world is then a game: a node is *reached* when all its predecessors are passed; that opens
//! the items that begin there; it is *passed* when it is reached and all items that end there took place.
//!
//! # Invariants
//! * I1 the edges' transitive closure equals happened-before restricted to the nodes.
//! * I2 nodes of one chain are totally ordered, so the passed nodes of a chain are a prefix of it.
//!
//! # Complexity
//! With m nodes on k chains: O(m·k·log m) time, O(m + edges) space, at most m·k edges (real time has one chain: m - 1).
//! Lists of all nodes stand in one table each, so that a million items cost a handful of allocations.

use crate::history::EventId;
use crate::order::Order;

use super::Item;

/// The items of one search, with the order between their ends.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    pub(super) items: Vec<Item>,
    pub(super) nodes: Vec<Node>,
    /// Of each node: the items that open there.
    pub(super) opens: Lists,
    /// Of each node: those that wait for it.
    pub(super) successors: Lists,
    pub(super) chains: usize,
    /// Of each item: the node at which it opens, and the one that waits for it.
    pub(super) lo: Vec<u32>,
    pub(super) hi: Vec<Option<u32>>,
    /// The place of each item in the order in which candidates are tried: earliest end first.
    pub(super) urgency: Vec<u32>,
    /// Pairs that are ordered beyond happened-before, by assumption: the later of each earlier item.
    pub(super) assumed: Vec<(u32, u32)>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Node {
    pub(super) chain: u32,
    /// Its place among the nodes of its chain.
    pub(super) place: u32,
    pub(super) predecessors: u32,
    /// How many items must take place before it is passed.
    pub(super) awaits: u32,
}

/// A list for each of some numbers, in one table.
#[derive(Clone, Debug, Default)]
pub(super) struct Lists {
    /// Where each list begins, and where the last one ends.
    starts: Vec<u32>,
    all: Vec<u32>,
}

impl Lists {
    /// The second numbers of each first number, in the order of the pairs.
    fn of(count: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0; count + 1];
        for (of, _) in pairs.clone() {
            starts[of as usize + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let mut ends = starts.clone();
        let mut all = vec![0; starts[count] as usize];
        for (of, member) in pairs {
            let end = &mut ends[of as usize];
            all[*end as usize] = member;
            *end += 1;
        }
        Self { starts, all }
    }

    pub(super) fn get(&self, of: u32) -> &[u32] {
        let of = of as usize;
        &self.all[self.starts[of] as usize..self.starts[of + 1] as usize]
    }
}

impl Slice {
    pub(crate) fn new(order: &Order, items: &[Item]) -> Self {
        let mut events: Vec<EventId> = items
            .iter()
            .flat_map(|item| [Some(item.lo), item.hi])
            .flatten()
            .collect();
        events.sort_unstable();
        events.dedup();
        let node_of = |event: EventId| events.binary_search(&event).unwrap_or(usize::MAX) as u32;
        let lo: Vec<u32> = items.iter().map(|item| node_of(item.lo)).collect();
        let hi: Vec<Option<u32>> = items.iter().map(|item| item.hi.map(node_of)).collect();
        let (mut nodes, edges, chains) = sparse_order(order, &events);
        for (_, later) in &edges {
            nodes[*later as usize].predecessors += 1;
        }
        for node in hi.iter().flatten() {
            nodes[*node as usize].awaits += 1;
        }
        let mut by_end: Vec<u32> = (0..items.len() as u32).collect();
        by_end.sort_by_key(|item| {
            let item = &items[*item as usize];
            (item.hi.is_none(), item.hi, item.lo)
        });
        let mut urgency = vec![0; items.len()];
        for (rank, item) in by_end.iter().enumerate() {
            urgency[*item as usize] = rank as u32;
        }
        Self {
            items: items.to_vec(),
            opens: Lists::of(nodes.len(), lo.iter().copied().zip(0..)),
            successors: Lists::of(nodes.len(), edges.iter().copied()),
            nodes,
            chains,
            lo,
            hi,
            urgency,
            assumed: Vec::new(),
        }
    }

    /// The same items, tried by their places in `urgency` where several could be next.
    pub(crate) fn tried_in(self, urgency: Vec<u32>) -> Self {
        debug_assert_eq!(urgency.len(), self.items.len(), "each item has its place");
        Self { urgency, ..self }
    }

    /// The same items where `pairs` (earlier, later) are ordered too. Both items of a pair must be certain.
    pub(crate) fn assuming(mut self, pairs: &[(u32, u32)]) -> Self {
        debug_assert!(
            pairs
                .iter()
                .all(|(earlier, _)| self.items[*earlier as usize].is_certain)
        );
        self.assumed = pairs.to_vec();
        self
    }

    /// The same items without any order between them.
    pub(crate) fn unordered(items: &[Item]) -> Self {
        let count = items.len() as u32;
        let nodes = (0..count).map(|item| Node {
            chain: item,
            awaits: u32::from(items[item as usize].hi.is_some()),
            ..Node::default()
        });
        let hi = (0..count).map(|item| items[item as usize].hi.map(|_| item));
        Self {
            items: items.to_vec(),
            nodes: nodes.collect(),
            opens: Lists::of(items.len(), (0..count).zip(0..)),
            successors: Lists::of(items.len(), std::iter::empty()),
            chains: items.len(),
            lo: (0..count).collect(),
            hi: hi.collect(),
            urgency: (0..count).collect(),
            assumed: Vec::new(),
        }
    }

    /// Whether everything behind the end of `other` is behind the end of `item` too, as one chain shows.
    pub(super) fn ends_no_later(&self, item: u32, other: u32) -> bool {
        match (self.hi[item as usize], self.hi[other as usize]) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(end), Some(other)) => {
                let (end, other) = (self.nodes[end as usize], self.nodes[other as usize]);
                end.chain == other.chain && end.place <= other.place
            }
        }
    }
}

/// Nodes for sorted `events`, edges that order them as `order` does, and the number of chains.
fn sparse_order(order: &Order, events: &[EventId]) -> (Vec<Node>, Vec<(u32, u32)>, usize) {
    let mut nodes = vec![Node::default(); events.len()];
    let mut edges: Vec<(u32, u32)> = Vec::with_capacity(events.len());
    let chains = chains_of(order, events);
    for (chain, members) in chains.iter().enumerate() {
        for (at, (_, node)) in members.iter().enumerate() {
            nodes[*node as usize].chain = chain as u32;
            nodes[*node as usize].place = at as u32;
            if let Some((_, next)) = members.get(at + 1) {
                edges.push((*node, *next));
            }
        }
    }
    if order.is_total() {
        return (nodes, edges, chains.len());
    }
    let history_chain: Vec<u32> = chains
        .iter()
        .map(|members| order.chain(events[members[0].1 as usize]).0)
        .collect();
    for (chain, members) in chains.iter().enumerate() {
        // The last node of each other chain that is already known to come before: only later ones add an edge.
        let mut known: Vec<Option<u32>> = vec![None; chains.len()];
        for (_, node) in members {
            for (other, others) in chains
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != chain)
            {
                let last = order.last_before(history_chain[other], events[*node as usize]);
                let Some(last) = last else { continue };
                let count = others.partition_point(|(position, _)| *position <= last);
                if count > 0 && known[other] != Some(count as u32) {
                    known[other] = Some(count as u32);
                    edges.push((others[count - 1].1, *node));
                }
            }
        }
    }
    (nodes, edges, chains.len())
}

/// The nodes of each chain that has some, as (position in the chain, node), in the chain's order.
fn chains_of(order: &Order, events: &[EventId]) -> Vec<Vec<(u32, u32)>> {
    let mut places: Vec<(u32, u32, u32)> = events
        .iter()
        .enumerate()
        .map(|(node, event)| {
            let (chain, position) = order.chain(*event);
            (chain, position, node as u32)
        })
        .collect();
    places.sort_unstable();
    let mut chains: Vec<Vec<(u32, u32)>> = Vec::new();
    let mut current = None;
    for (chain, position, node) in places {
        if current != Some(chain) {
            current = Some(chain);
            chains.push(Vec::new());
        }
        if let Some(members) = chains.last_mut() {
            members.push((position, node));
        }
    }
    chains
}
