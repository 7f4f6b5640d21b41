//! Orders of small histories whose answers are known, and of long ones that must not overflow a stack.

mod oracle;

use petgraph::visit::{VisitMap, Visitable};

use crate::history::{
    Cause, Event, EventId, EventKind, History, HistoryBuilder, LineOrder, Message, Place,
    ProcessId, Values,
};

use super::{Order, Reason, Relation, Step};

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
    oracle::check(&sketch);
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
