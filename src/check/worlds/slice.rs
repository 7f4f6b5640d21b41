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

use crate::history::EventId;
use crate::order::Order;

use super::Item;

/// The items of one search, with the order between their ends.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    pub(super) items: Vec<Item>,
    pub(super) nodes: Vec<Node>,
    pub(super) successors: Vec<Vec<u32>>,
    pub(super) chains: usize,
    /// Of each item: the node at which it opens, and the one that waits for it.
    pub(super) lo: Vec<u32>,
    pub(super) hi: Vec<Option<u32>>,
    /// The place of each item in the order in which candidates are tried: earliest end first.
    pub(super) urgency: Vec<u32>,
    /// Pairs that are ordered beyond happened-before, by assumption: the later of each earlier item.
    pub(super) assumed: Vec<(u32, u32)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub(super) chain: u32,
    pub(super) predecessors: u32,
    /// Items that open here.
    pub(super) opens: Vec<u32>,
    /// How many items must take place before it is passed.
    pub(super) awaits: u32,
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
        let (mut nodes, successors, chains) = sparse_order(order, &events);
        let lo: Vec<u32> = items.iter().map(|item| node_of(item.lo)).collect();
        let hi: Vec<Option<u32>> = items.iter().map(|item| item.hi.map(node_of)).collect();
        for (item, node) in lo.iter().enumerate() {
            nodes[*node as usize].opens.push(item as u32);
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
            nodes,
            successors,
            chains,
            lo,
            hi,
            urgency,
            assumed: Vec::new(),
        }
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
        let count = items.len();
        let nodes = (0..count as u32).map(|item| Node {
            chain: item,
            predecessors: 0,
            opens: vec![item],
            awaits: u32::from(items[item as usize].hi.is_some()),
        });
        Self {
            items: items.to_vec(),
            nodes: nodes.collect(),
            successors: vec![Vec::new(); count],
            chains: count,
            lo: (0..count as u32).collect(),
            hi: (0..count as u32)
                .map(|item| items[item as usize].hi.map(|_| item))
                .collect(),
            urgency: (0..count as u32).collect(),
            assumed: Vec::new(),
        }
    }
}

/// Nodes for sorted `events`, edges that order them as `order` does, and the number of chains.
fn sparse_order(order: &Order, events: &[EventId]) -> (Vec<Node>, Vec<Vec<u32>>, usize) {
    let mut nodes = vec![Node::default(); events.len()];
    let mut successors: Vec<Vec<u32>> = vec![Vec::new(); events.len()];
    let chains = chains_of(order, events);
    for (chain, members) in chains.iter().enumerate() {
        for (at, (_, node)) in members.iter().enumerate() {
            nodes[*node as usize].chain = chain as u32;
            if let Some((_, next)) = members.get(at + 1) {
                successors[*node as usize].push(*next);
                nodes[*next as usize].predecessors += 1;
            }
        }
    }
    if order.is_total() {
        return (nodes, successors, chains.len());
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
                    successors[others[count - 1].1 as usize].push(*node);
                    nodes[*node as usize].predecessors += 1;
                }
            }
        }
    }
    (nodes, successors, chains.len())
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
