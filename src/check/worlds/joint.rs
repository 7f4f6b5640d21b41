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

#[cfg(test)]
mod tests {
    use super::*;

    /// Its own items are of these classes, and only observe where the class is 0.
    struct Classes(&'static [u32]);

    impl Machine for Classes {
        fn start(&mut self) -> u32 {
            0
        }

        fn step(&mut self, state: u32, _: u32, next: &mut Vec<u32>) {
            next.push(state);
        }

        fn observes(&self, item: u32) -> bool {
            self.0[item as usize] == 0
        }

        fn class(&self, item: u32) -> Option<u32> {
            Some(self.0[item as usize])
        }

        fn heap_bytes(&self) -> u64 {
            100
        }
    }

    /// Three machines of three items each; the last item is one of all machines.
    fn joint() -> Joint<'static> {
        let part = || Box::new(Classes(&[0, 1, 2])) as Box<dyn Machine>;
        let own = |part| (0..3).map(move |item| vec![(part, item)]);
        let of_all = vec![(0, 0), (1, 0), (2, 1)];
        let items = (0..3).flat_map(own).chain([of_all]);
        Joint::new(vec![part(), part(), part()], items.collect())
    }

    #[test]
    fn items_of_different_machines_are_never_twins() {
        let joint = joint();
        let classes: Vec<Option<u32>> = (0..10).map(|item| joint.class(item)).collect();
        let mut distinct: Vec<u32> = classes.iter().copied().flatten().collect();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 9);
        assert_eq!(classes[9], None);
    }

    #[test]
    fn what_only_observes_does_so_in_all_its_machines() {
        let observers: Vec<u32> = (0..10).filter(|item| joint().observes(*item)).collect();
        assert_eq!(observers, [0, 3, 6]);
    }

    #[test]
    fn what_each_machine_remembers_is_counted() {
        let mut joint = joint();
        let before = joint.heap_bytes();
        assert_eq!(before, 300);
        joint.start();
        // A boxed slice, its two numbers in the table, and three numbers behind it.
        let state = size_of::<Box<[u32]>>() + 2 * size_of::<u32>() + 3 * size_of::<u32>();
        assert_eq!(joint.heap_bytes() - before, state as u64);
    }
}
