//! Several scopes in one world: which of them can constrain each other, and the machine that follows all.
//!
//! # Idea
//! Scopes that can each be satisfied alone can be satisfied together unless the order of one forces the order
//! of the other and the other way round. Write A → B where some item of A happened before some item of B. If these arrows
//! have no cycle through two scopes, then all of A's chosen order can stand before all of B's:
//! the concatenation along a topological order of the scopes agrees with happened-before, since no item of a later scope
//! happened before one of an earlier scope. So only scopes on a common cycle (one strongly connected component) need a joint search. For real time, linearizability
//! is local (Herlihy and Wing, "Linearizability", ACM TOPLAS 12(3), 1990, Theorem 1), and not even these do.

use petgraph::graph::{Graph, NodeIndex};

use super::{Machine, Slice, States};

/// Groups of two or more scopes that can constrain each other. `belongs` pairs items with their scopes.
///
/// The arrows between scopes are not listed (they are quadratic): a node for each scope stands before the
/// ends of its items and behind their beginnings, so that a path from scope to scope through the slice's
/// own edges exists exactly where arrows compose to one.
pub(crate) fn entangled(slice: &Slice, belongs: &[(u32, u32)], scopes: usize) -> Vec<Vec<u32>> {
    let mut graph: Graph<(), (), petgraph::Directed, u32> =
        Graph::with_capacity(slice.nodes.len() + scopes, slice.items.len() * 2);
    for _ in 0..slice.nodes.len() + scopes {
        graph.add_node(());
    }
    let scope_node = |scope: u32| NodeIndex::new(slice.nodes.len() + scope as usize);
    for node in 0..slice.nodes.len() {
        for next in slice.successors.get(node as u32) {
            graph.add_edge(NodeIndex::new(node), NodeIndex::new(*next as usize), ());
        }
    }
    for (item, scope) in belongs {
        let lo = slice.lo[*item as usize] as usize;
        graph.add_edge(NodeIndex::new(lo), scope_node(*scope), ());
        if let Some(hi) = slice.hi[*item as usize] {
            graph.add_edge(scope_node(*scope), NodeIndex::new(hi as usize), ());
        }
    }
    // Kosaraju's algorithm walks with stacks of its own; Tarjan's recurses in petgraph.
    let mut groups: Vec<Vec<u32>> = petgraph::algo::kosaraju_scc(&graph)
        .into_iter()
        .map(|component| {
            let scopes = component
                .iter()
                .filter(|node| node.index() >= slice.nodes.len());
            let mut group: Vec<u32> = scopes
                .map(|node| (node.index() - slice.nodes.len()) as u32)
                .collect();
            group.sort_unstable();
            group
        })
        .filter(|group| group.len() > 1)
        .collect();
    groups.sort_unstable();
    groups
}

/// Follows several machines through one world; each item belongs to one or more of them.
pub(crate) struct Joint<'m> {
    parts: Vec<Box<dyn Machine + 'm>>,
    /// Of each item: whose it is, and which of those machines' own items it is.
    of_item: Vec<Vec<(u32, u32)>>,
    states: States<Box<[u32]>>,
    next: Vec<u32>,
    next_unseen: Vec<(u32, u32)>,
}

impl<'m> Joint<'m> {
    pub(crate) fn new(parts: Vec<Box<dyn Machine + 'm>>, of_item: Vec<Vec<(u32, u32)>>) -> Self {
        Self {
            parts,
            of_item,
            states: States::new(),
            next: Vec::new(),
            next_unseen: Vec::new(),
        }
    }

    fn with(&mut self, state: u32, part: u32, next: u32) -> u32 {
        let mut states = self.states.get(state).clone();
        states[part as usize] = next;
        self.states
            .intern(states, self.parts.len() * size_of::<u32>())
    }
}

impl Machine for Joint<'_> {
    fn start(&mut self) -> u32 {
        let states: Box<[u32]> = self.parts.iter_mut().map(|part| part.start()).collect();
        self.states
            .intern(states, self.parts.len() * size_of::<u32>())
    }

    fn step(&mut self, state: u32, item: u32, next: &mut Vec<u32>) {
        let from = next.len();
        next.push(state);
        let mut own_next = std::mem::take(&mut self.next);
        for at in 0..self.of_item[item as usize].len() {
            let (part, own_item) = self.of_item[item as usize][at];
            for state in next.split_off(from) {
                own_next.clear();
                let own_state = self.states.get(state)[part as usize];
                self.parts[part as usize].step(own_state, own_item, &mut own_next);
                next.extend(own_next.iter().map(|own| self.with(state, part, *own)));
            }
        }
        self.next = own_next;
    }

    fn unseen(&mut self, state: u32, next: &mut Vec<(u32, u32)>) {
        for part in 0..self.parts.len() as u32 {
            let own_state = self.states.get(state)[part as usize];
            let mut own_next = std::mem::take(&mut self.next_unseen);
            own_next.clear();
            self.parts[part as usize].unseen(own_state, &mut own_next);
            next.extend(
                own_next
                    .iter()
                    .map(|(number, own)| (*number, self.with(state, part, *own))),
            );
            self.next_unseen = own_next;
        }
    }

    fn observes(&self, item: u32) -> bool {
        let mut parts = self.of_item[item as usize].iter();
        parts.all(|(part, own_item)| self.parts[*part as usize].observes(*own_item))
    }

    /// Classes of different machines must not meet: the number of machines is added as a factor. An item of
    /// several machines has none.
    fn class(&self, item: u32) -> Option<u32> {
        let [(part, own_item)] = self.of_item[item as usize][..] else {
            return None;
        };
        let own_class = self.parts[part as usize].class(own_item)?;
        Some(own_class * self.parts.len() as u32 + part)
    }

    fn accepts(&mut self, state: u32) -> bool {
        (0..self.parts.len()).all(|part| {
            let own_state = self.states.get(state)[part];
            self.parts[part].accepts(own_state)
        })
    }

    fn heap_bytes(&self) -> u64 {
        self.states.heap_bytes() + self.parts.iter().map(|part| part.heap_bytes()).sum::<u64>()
    }
}
