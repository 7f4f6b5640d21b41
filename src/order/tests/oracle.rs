//! Every answer of an order against petgraph's plain reachability, on small random histories.

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{EdgeRef, IntoEdgeReferences};
use proptest::prelude::*;

use crate::history::{EventId, LineOrder};
use crate::order::chains::Chains;
use crate::order::edges::Edges;
use crate::order::sort::Ranks;
use crate::order::{Net, Order, Reason, Relation, Step, cycle};

use super::Sketch;

impl Sketch {
    /// All edges of a relation, plainly.
    fn edges(&self, relation: Relation) -> DiGraph<(), Reason> {
        let mut graph = DiGraph::new();
        for _ in &self.processes {
            graph.add_node(());
        }
        let mut add = |from: usize, to: usize, because| {
            graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), because);
        };
        let is_real_time =
            relation == Relation::HappenedBefore && self.order == LineOrder::RealTime;
        for (to, process) in self.processes.iter().enumerate() {
            if let Some(from) = self.processes[..to]
                .iter()
                .rposition(|other| other == process)
            {
                add(from, to, Reason::Process);
            }
            if is_real_time && to > 0 {
                add(to - 1, to, Reason::RealTime);
            }
        }
        if relation != Relation::Sequential {
            self.messages
                .iter()
                .for_each(|edge| add(edge.0, edge.1, Reason::Message));
            self.causes
                .iter()
                .for_each(|edge| add(edge.0, edge.1, Reason::Cause));
        }
        graph
    }

    /// Whether one step is an edge, or a run of them for the same reason.
    fn allows(&self, relation: Relation, step: &Step) -> bool {
        let (from, to) = (step.from.index(), step.to.index());
        match step.because {
            Reason::Process => from < to && self.processes[from] == self.processes[to],
            Reason::RealTime => {
                from < to
                    && relation == Relation::HappenedBefore
                    && self.order == LineOrder::RealTime
            }
            Reason::Message => {
                relation != Relation::Sequential && self.messages.contains(&(from, to))
            }
            Reason::Cause => relation != Relation::Sequential && self.causes.contains(&(from, to)),
            Reason::Clock => false,
        }
    }
}

/// An edge that mostly runs forward in the lines: histories of fully random ones are nearly all cyclic.
fn edge(events: usize) -> impl Strategy<Value = Option<(usize, usize)>> {
    (0..events, 0..events, 0..8_u8).prop_map(|(a, b, turn)| match turn {
        0 => Some((a, b)),
        _ => (a != b).then_some((a.min(b), a.max(b))),
    })
}

fn sketches() -> impl Strategy<Value = Sketch> {
    (1..=10_usize, 1..=6_usize).prop_flat_map(|(events, participants)| {
        let order =
            prop_oneof![3 => Just(LineOrder::HappenedBefore), 1 => Just(LineOrder::RealTime)];
        let lines = proptest::collection::vec(0..participants, events);
        let messages = proptest::collection::vec(edge(events), 0..=4);
        let causes = proptest::collection::vec(edge(events), 0..=2);
        (order, lines, messages, causes).prop_map(|(order, lines, messages, causes)| Sketch {
            order,
            processes: lines,
            messages: messages
                .into_iter()
                .flatten()
                .filter(|(a, b)| a != b)
                .collect(),
            causes: causes.into_iter().flatten().collect(),
        })
    })
}

const RELATIONS: [Relation; 3] = [
    Relation::HappenedBefore,
    Relation::Causal,
    Relation::Sequential,
];

/// Reachability over at least one edge, by squaring nothing: one walk a node.
fn reachable(graph: &DiGraph<(), Reason>) -> Vec<Vec<bool>> {
    let has_path = |from: NodeIndex, to: NodeIndex| {
        graph
            .neighbors(from)
            .any(|next| petgraph::algo::has_path_connecting(graph, next, to, None))
    };
    let row = |from| graph.node_indices().map(|to| has_path(from, to)).collect();
    graph.node_indices().map(row).collect()
}

/// The fewest steps from each event to `to`, where a participant's own order counts as one step.
fn fewest_steps(sketch: &Sketch, relation: Relation, from: usize, to: usize) -> usize {
    let count = sketch.processes.len();
    let mut reached = vec![false; count];
    for steps in 1..=count {
        let before = reached.clone();
        for (a, b) in (0..count).flat_map(|a| (0..count).map(move |b| (a, b))) {
            let is_step = [
                Reason::Process,
                Reason::Message,
                Reason::Cause,
                Reason::RealTime,
            ]
            .into_iter()
            .any(|because| {
                let step = Step {
                    from: EventId::new(a),
                    to: EventId::new(b),
                    because,
                };
                sketch.allows(relation, &step)
            });
            reached[b] |= (before[a] || steps == 1 && a == from) && is_step;
        }
        if reached[to] {
            return steps;
        }
    }
    panic!("there is a path")
}

pub(super) fn check(sketch: &Sketch) {
    let history = sketch.history();
    for relation in RELATIONS {
        let graph = sketch.edges(relation);
        let reachable = reachable(&graph);
        let is_cyclic = petgraph::algo::toposort(&graph, None).is_err();
        for clock_bytes_max in [usize::MAX, 0] {
            match Order::within(&history, relation, clock_bytes_max) {
                Ok(order) => {
                    assert!(!is_cyclic, "{relation:?}: a cycle was missed");
                    check_order(sketch, relation, &order, &reachable);
                    check_graph(&order, &graph);
                }
                Err(cycle) => {
                    assert!(is_cyclic, "{relation:?}: {cycle}");
                    check_cycle(sketch, relation, &cycle.steps);
                }
            }
        }
    }
}

fn check_order(sketch: &Sketch, relation: Relation, order: &Order, reachable: &[Vec<bool>]) {
    let events = sketch.processes.len();
    let ids = || (0..events).map(EventId::new);
    assert_eq!(order.len(), events);
    assert!(order.chains() <= events);
    for (a, b) in ids().flat_map(|a| ids().map(move |b| (a, b))) {
        let is_before = reachable[a.index()][b.index()];
        assert_eq!(order.before(a, b), is_before, "{relation:?}: {a:?} {b:?}");
        let is_after = reachable[b.index()][a.index()];
        assert_eq!(order.concurrent(a, b), a != b && !is_before && !is_after);
        let why = order.why(a, b);
        assert_eq!(why.is_some(), is_before);
        if let Some(steps) = why {
            assert_eq!((steps[0].from, steps[steps.len() - 1].to), (a, b));
            assert!(steps.windows(2).all(|pair| pair[0].to == pair[1].from));
            assert!(
                steps.iter().all(|step| sketch.allows(relation, step)),
                "{steps:?}"
            );
            assert_eq!(
                steps.len(),
                fewest_steps(sketch, relation, a.index(), b.index())
            );
        }
        let (chain, position) = order.chain(a);
        assert_eq!(order.event_at(chain, position), a);
        if chain == order.chain(b).0 && position < order.chain(b).1 {
            assert!(is_before, "a chain is ordered");
        }
    }
    for (chain, event) in (0..order.chains() as u32).flat_map(|c| ids().map(move |e| (c, e))) {
        let is_earlier =
            |position: &u32| reachable[order.event_at(chain, *position).index()][event.index()];
        let last = (0..order.chain_len(chain)).rev().find(is_earlier);
        assert_eq!(order.last_before(chain, event), last);
    }
    let total = (0..events).all(|b| (0..b).all(|a| reachable[a][b]));
    assert_eq!(order.is_total(), total && order.chains() <= 1);
    check_topological(order, reachable);
}

/// The order must be the smallest one by lines among all that respect `before`.
fn check_topological(order: &Order, reachable: &[Vec<bool>]) {
    let mut left: Vec<usize> = (0..order.len()).collect();
    for event in order.topological() {
        let is_ready = |e: &usize| left.iter().all(|other| !reachable[*other][*e]);
        let next = left.iter().copied().find(|e| is_ready(e)).unwrap();
        assert_eq!(event.index(), next);
        left.retain(|e| *e != next);
    }
    assert!(left.is_empty());
}

/// petgraph must find in the order's own graph what it finds in the plain one.
fn check_graph(order: &Order, graph: &DiGraph<(), Reason>) {
    for (a, b) in graph
        .node_indices()
        .flat_map(|a| graph.node_indices().map(move |b| (a, b)))
    {
        let (from, to) = (EventId::new(a.index()), EventId::new(b.index()));
        let expected = petgraph::algo::has_path_connecting(graph, a, b, None);
        assert_eq!(
            petgraph::algo::has_path_connecting(order, from, to, None),
            expected
        );
        let reversed = petgraph::visit::Reversed(order);
        assert_eq!(
            petgraph::algo::has_path_connecting(reversed, to, from, None),
            expected
        );
    }
    assert!(petgraph::algo::toposort(order, None).is_ok());
    if !order.net.chains.has_line_order() {
        assert_eq!(
            edges_of(order, |event| event.index()),
            edges_of(graph, |node| node.index())
        );
    }
}

/// The edges of a graph, sorted.
fn edges_of<G>(graph: G, index: impl Fn(G::NodeId) -> usize) -> Vec<(usize, usize, Reason)>
where
    G: IntoEdgeReferences<EdgeWeight = Reason>,
{
    let edges = graph.edge_references();
    let edge = |edge: G::EdgeRef| (index(edge.source()), index(edge.target()), *edge.weight());
    let mut edges: Vec<_> = edges.map(edge).collect();
    edges.sort_unstable();
    edges
}

fn check_cycle(sketch: &Sketch, relation: Relation, steps: &[Step]) {
    assert!(
        steps.iter().all(|step| sketch.allows(relation, step)),
        "{steps:?}"
    );
    for (place, step) in steps.iter().enumerate() {
        assert_eq!(step.to, steps[(place + 1) % steps.len()].from);
    }
    let graph = sketch.edges(relation);
    let reachable = reachable(&graph);
    let on_cycle = |event: &usize| reachable[*event][*event];
    let shortest = (0..sketch.processes.len())
        .filter(on_cycle)
        .map(|event| fewest_steps(sketch, relation, event, event))
        .min();
    // A run of one participant's own order is one step, but a cycle never has two in a row.
    assert_eq!(Some(steps.len()), shortest, "{steps:?}");
    if relation == Relation::Causal {
        check_components(sketch, &reachable);
    }
}

fn check_components(sketch: &Sketch, reachable: &[Vec<bool>]) {
    let history = sketch.history();
    let net = Net {
        chains: Chains::of_processes(&history),
        edges: Edges::of(&history),
    };
    let unsorted = Ranks::of(&net).unwrap_err();
    let components = cycle::components(&net, &unsorted);
    let left = || unsorted.events.iter().map(|event| *event as usize);
    for (a, b) in left().flat_map(|a| left().map(move |b| (a, b))) {
        let is_one = a == b || reachable[a][b] && reachable[b][a];
        assert_eq!(components[a] == components[b], is_one, "{a} {b}");
    }
}

proptest! {
    // The number of cases is proptest's own (`PROPTEST_CASES`), each of eight histories.
    #[test]
    fn every_answer_is_that_of_plain_reachability(
        sketches in proptest::collection::vec(sketches(), 8),
    ) {
        sketches.iter().for_each(check);
    }
}
