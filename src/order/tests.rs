//! Every answer of an order against petgraph's plain reachability, on small random histories.

use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{EdgeRef, IntoEdgeReferences, VisitMap, Visitable};
use proptest::prelude::*;

use crate::history::{
    Cause, Event, EventId, EventKind, History, HistoryBuilder, LineOrder, Message, Place,
    ProcessId, Values,
};

use super::chains::Chains;
use super::edges::Edges;
use super::sort::Ranks;
use super::{Net, Order, Reason, Relation, Step, cycle};

/// A history of bare events, by the participants of its lines and the edges between lines.
#[derive(Clone, Debug)]
struct Sketch {
    order: LineOrder,
    processes: Vec<usize>,
    messages: Vec<(usize, usize)>,
    causes: Vec<(usize, usize)>,
}

impl Sketch {
    fn new(processes: Vec<usize>) -> Self {
        let order = LineOrder::HappenedBefore;
        Self {
            order,
            processes,
            messages: Vec::new(),
            causes: Vec::new(),
        }
    }

    fn history(&self) -> History {
        let mut values = Values::default();
        let count = self.processes.iter().max().map_or(0, |last| last + 1);
        let name = |process: usize| values.str(&format!("p{process}"));
        let processes = (0..count).map(name).collect();
        let event = |(line, process): (usize, &usize)| Event {
            process: ProcessId::new(*process),
            kind: EventKind::Fact,
            f: None,
            value: None,
            id: None,
            intent: None,
            msg: None,
            op: None,
            time: Event::NO_TIME,
            place: Place {
                offset: 0,
                line: line as u32 + 1,
            },
        };
        let message = |&(send, receive): &(usize, usize)| Message {
            send: EventId::new(send),
            receive: EventId::new(receive),
        };
        let cause = |&(earlier, later): &(usize, usize)| Cause {
            earlier: EventId::new(earlier),
            later: EventId::new(later),
        };
        let mut history = HistoryBuilder::new().finish().unwrap();
        history.order = self.order;
        history.events = self.processes.iter().enumerate().map(event).collect();
        history.processes = processes;
        history.messages = self.messages.iter().map(message).collect();
        history.causes = self.causes.iter().map(cause).collect();
        history.values = values;
        history
    }

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

fn check(sketch: &Sketch) {
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

/// The worked example in the header of `clocks`: p0 q0 p1 q1 q2 p2, p1 sends to q1 and q2 to p2.
fn example() -> Sketch {
    let mut sketch = Sketch::new(vec![0, 1, 0, 1, 1, 0]);
    sketch.messages = vec![(2, 3), (4, 5)];
    sketch
}

#[test]
fn the_worked_example_of_clocks_holds() {
    let order = Order::of(&example().history(), Relation::HappenedBefore).unwrap();
    let [p0, q0, p1, q1, q2, p2] = [0, 1, 2, 3, 4, 5].map(EventId::new);
    assert_eq!(order.chains(), 2);
    assert_eq!(
        (order.last_before(0, q1), order.last_before(0, q2)),
        (Some(1), Some(1))
    );
    assert_eq!(order.last_before(1, p2), Some(2));
    assert!(order.before(p0, q2) && !order.before(q0, p1));
    assert!(order.concurrent(q0, p0) && order.concurrent(q0, p1) && !order.concurrent(p1, p1));
    let step = |from, to, because| Step { from, to, because };
    assert_eq!(
        order.why(p0, p2).unwrap(),
        [step(p0, p2, Reason::Process)],
        "the participant itself knows"
    );
    assert_eq!(
        order.why(p0, q2).unwrap(),
        [
            step(p0, p1, Reason::Process),
            step(p1, q1, Reason::Message),
            step(q1, q2, Reason::Process)
        ]
    );
}

#[test]
fn a_drawing_names_lines_and_participants() {
    let history = example().history();
    let order = Order::of(&history, Relation::HappenedBefore).unwrap();
    let drawing = order.dot(&history);
    assert!(drawing.starts_with("digraph {"), "{drawing}");
    assert!(
        drawing.contains(r#"2 [ shape = box label = "line 3\np0\nfact"]"#),
        "{drawing}"
    );
    assert!(
        drawing.contains(r#"2 -> 3 [ label = "message"]"#),
        "{drawing}"
    );
    assert!(drawing.contains("0 -> 2 [ style = bold]"), "{drawing}");
}

fn says(sketch: &Sketch) -> String {
    Order::of(&sketch.history(), Relation::HappenedBefore)
        .unwrap_err()
        .to_string()
}

#[test]
fn a_cycle_is_told_in_one_sentence_that_names_the_lines() {
    let mut sketch = Sketch::new(vec![0, 1, 0, 1]);
    sketch.messages = vec![(3, 0)];
    sketch.order = LineOrder::RealTime;
    assert_eq!(
        says(&sketch),
        "line 1 stands before line 4 in the order that one observer saw, and \
         line 4 sent what line 1 received"
    );
    sketch.order = LineOrder::HappenedBefore;
    sketch.causes = vec![(2, 1)];
    assert_eq!(
        says(&sketch),
        "line 1 comes before line 3 in the own order of p0, line 2 names line 3 as its cause, \
         line 2 comes before line 4 in the own order of p1, and line 4 sent what line 1 received"
    );
    sketch.causes.push((1, 1));
    assert_eq!(says(&sketch), "line 2 names itself as its cause");
    let mut long = Sketch::new((0..100).collect());
    long.causes = (0..100).map(|line| (line, (line + 1) % 100)).collect();
    assert_eq!(
        says(&long),
        "line 2 names line 1 as its cause, line 3 names line 2 as its cause, \
         line 4 names line 3 as its cause, line 5 names line 4 as its cause, 92 more steps, \
         line 98 names line 97 as its cause, line 99 names line 98 as its cause, \
         line 100 names line 99 as its cause, and line 1 names line 100 as its cause"
    );
}

#[test]
fn of_equally_short_cycles_the_first_is_told() {
    let mut sketch = Sketch::new(vec![0, 1, 2, 3]);
    sketch.messages = vec![(2, 3), (3, 2), (0, 1), (1, 0)];
    assert_eq!(
        says(&sketch),
        "line 1 sent what line 2 received, and line 2 sent what line 1 received"
    );
}

#[test]
fn no_step_of_a_cycle_runs_back_in_a_participants_own_order() {
    // From line 1 back to line 2 there is a way past line 3 of the same participant, and on to line 4.
    let mut sketch = Sketch::new(vec![0, 1, 1, 2]);
    sketch.messages = vec![(1, 0), (0, 2), (2, 3), (3, 1)];
    check(&sketch);
}

#[test]
fn messages_to_oneself_need_no_clocks() {
    let mut sketch = Sketch::new((0..100).map(|line| line % 2).collect());
    sketch.messages = vec![(0, 1)];
    let bytes = |sketch: &Sketch| {
        Order::of(&sketch.history(), Relation::Causal)
            .unwrap()
            .past
            .heap_bytes()
    };
    let without = bytes(&sketch);
    sketch
        .messages
        .extend((2..100).map(|line| (line - 2, line)));
    assert_eq!(bytes(&sketch), without);
}

#[test]
fn a_walk_remembers_where_it_was() {
    let order = Order::of(&example().history(), Relation::Causal).unwrap();
    let mut visited = order.visit_map();
    let [first, last] = [0, 5].map(EventId::new);
    assert!(visited.visit(last) && !visited.visit(last) && visited.is_visited(&last));
    assert!(!visited.is_visited(&first) && !visited.unvisit(first));
    assert!(visited.unvisit(last) && !visited.is_visited(&last));
    visited.visit(first);
    order.reset_map(&mut visited);
    assert!(!visited.is_visited(&first));
}

#[test]
fn an_empty_history_is_ordered() {
    for order in [LineOrder::RealTime, LineOrder::HappenedBefore] {
        let mut sketch = Sketch::new(Vec::new());
        sketch.order = order;
        let order = Order::of(&sketch.history(), Relation::HappenedBefore).unwrap();
        assert!(order.is_empty() && order.is_total() && order.chains() == 0);
    }
}

/// Long enough that anything that recurses over events overflows a test's stack of 2 MiB.
const LONG: usize = 1_000_000;

#[test]
fn a_million_events_of_one_participant_are_one_chain() {
    let order = Order::of(&Sketch::new(vec![0; LONG]).history(), Relation::Causal).unwrap();
    let (first, last) = (EventId::new(0), EventId::new(LONG - 1));
    assert!(order.is_total() && order.before(first, last) && !order.before(last, first));
    assert_eq!(order.why(first, last).unwrap().len(), 1);
    assert!(order.heap_bytes() < 5 * LONG);
}

#[test]
fn a_message_passed_on_a_million_times_is_explained_step_by_step() {
    let mut sketch = Sketch::new((0..LONG).map(|line| line % 8).collect());
    sketch.messages = (1..LONG).map(|line| (line - 1, line)).collect();
    for clock_bytes_max in [usize::MAX, 0] {
        let history = sketch.history();
        let order = Order::within(&history, Relation::HappenedBefore, clock_bytes_max).unwrap();
        assert_eq!(order.has_clocks(), clock_bytes_max > 0);
        assert!(order.before(EventId::new(0), EventId::new(LONG - 1)));
        let why = order.why(EventId::new(3), EventId::new(LONG - 2)).unwrap();
        // A participant's own order leads over any distance to its last event: three to reach it.
        assert!(why.len() <= 8, "{} steps", why.len());
        assert_eq!(order.last_before(7, EventId::new(6)), None);
        assert_eq!(order.last_before(7, EventId::new(8)), Some(0));
    }
}

#[test]
fn a_message_passed_on_to_a_million_participants_is_one_chain() {
    let mut sketch = Sketch::new((0..LONG).collect());
    sketch.messages = (1..LONG).map(|line| (line - 1, line)).collect();
    let order = Order::of(&sketch.history(), Relation::HappenedBefore).unwrap();
    assert_eq!(order.chains(), 1);
    assert!(order.is_total());
    let why = order.why(EventId::new(0), EventId::new(LONG - 1)).unwrap();
    assert_eq!(why.len(), LONG - 1);
}

#[test]
fn a_cycle_through_a_million_participants_is_found_without_recursion() {
    let mut sketch = Sketch::new((0..LONG).collect());
    sketch.messages = (1..LONG).map(|line| (line, line - 1)).collect();
    let order = Order::of(&sketch.history(), Relation::Causal).unwrap();
    assert_eq!(order.topological().next(), Some(EventId::new(LONG - 1)));
    sketch.messages.push((0, LONG - 1));
    let cycle = Order::of(&sketch.history(), Relation::Causal).unwrap_err();
    assert_eq!(cycle.steps.len(), LONG);
}

#[test]
fn an_event_that_a_million_others_name_costs_no_more_than_its_edges() {
    let mut sketch = Sketch::new((0..LONG).map(|line| line % 8).collect());
    sketch.causes = (1..LONG).map(|line| (0, line)).collect();
    let order = Order::of(&sketch.history(), Relation::Causal).unwrap();
    assert!(order.before(EventId::new(0), EventId::new(LONG - 1)));
    sketch.causes.push((LONG - 1, 0));
    let cycle = Order::of(&sketch.history(), Relation::Causal).unwrap_err();
    assert_eq!(cycle.steps.len(), 2);
}
