//! Shows what is wrong with a history whose events would come before themselves.
//!
//! # Source
//! R. Tarjan, "Depth-First Search and Linear Graph Algorithms", SIAM J. Computing 1(2), 1972, with an
//! explicit stack. Every cycle lies in one strongly connected component, and on it some message or
//! cause runs backward in the lines, since each participant's own order runs forward. So the shortest
//! cycle is the shortest path from the end of some backward edge to its beginning, inside the component.
//!
//! # Complexity
//! O(n + m) for the components; then one search a backward edge inside one, each no deeper than the best
//! cycle so far. After 20,000,000 visits the best one found stands: a cycle, but maybe not the shortest.

use std::fmt;

use crate::history::History;

use super::edges::{Edge, all};
use super::path::{self, Effort};
use super::sort::Unsorted;
use super::{Net, Reason, Step, event_id, index, number};

/// Events that would come before themselves: bad input.
///
/// Shown as one sentence that names the lines, such as “line 4 stands before line 9 in the order that
/// one observer saw, and line 9 sent what line 4 received”.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// Each step begins where the one before it ends, and the first one where the last one ends.
    ///
    /// The first step begins at the first line of the cycle. A step of [`Reason::Process`] may pass over
    /// events in between.
    pub steps: Vec<Step>,
    /// The line and participant at which each step begins.
    stops: Vec<(u32, String)>,
}

impl std::error::Error for Cycle {}

const VISITS_MAX: usize = 20_000_000;

/// Refuses messages and causes that run backward in lines which one observer saw in order.
pub(super) fn check_lines(history: &History) -> Result<(), Cycle> {
    let backward = all(history).filter(|edge| edge.to <= edge.from);
    let Some(edge) = backward.min_by_key(|edge| (edge.to != edge.from, edge.to, edge.from)) else {
        return Ok(());
    };
    let mut steps = vec![step(edge)];
    if edge.to < edge.from {
        let process = |event| history.event(event_id(event)).process;
        let because = if process(edge.to) == process(edge.from) {
            Reason::Process
        } else {
            Reason::RealTime
        };
        steps.insert(
            0,
            step(Edge {
                from: edge.to,
                to: edge.from,
                because,
            }),
        );
    }
    Err(Cycle::of(history, steps))
}

/// The shortest cycle among events that could not be sorted; of several, the one whose first backward
/// edge leaves the first line.
pub(super) fn shortest(history: &History, net: &Net, unsorted: &Unsorted) -> Cycle {
    let components = components(net, unsorted);
    let component = |event: u32| components[index(event)];
    let mut effort = Effort {
        steps_max: usize::MAX,
        visits_left: VISITS_MAX,
    };
    let mut best: Option<Vec<Step>> = None;
    for from in unsorted.events.iter().copied() {
        for (to, because) in net.edges.out(from) {
            if to > from || component(to) != component(from) {
                continue;
            }
            let edge = step(Edge { from, to, because });
            if to == from {
                return Cycle::of(history, vec![edge]);
            }
            if best.is_none() {
                effort.visits_left = usize::MAX; // some cycle must be found
            }
            let is_inside = |event| component(event) == component(from);
            if let Some(mut steps) = path::shortest(net, to, from, &mut effort, is_inside) {
                effort.steps_max = steps.len() - 1;
                effort.visits_left = effort.visits_left.min(VISITS_MAX);
                steps.push(edge);
                best = Some(steps);
            }
        }
    }
    #[expect(
        clippy::expect_used,
        reason = "what cannot be sorted holds a cycle (see Source)"
    )]
    Cycle::of(
        history,
        best.expect("every cycle has an edge that runs backward in the lines"),
    )
}

/// The strongly connected component of each unsorted event, and `u32::MAX` for the others.
pub(super) fn components(net: &Net, unsorted: &Unsorted) -> Vec<u32> {
    const UNSEEN: u32 = 0;
    let mut tarjan = Tarjan {
        lowest: vec![UNSEEN; net.chains.len()],
        components: vec![u32::MAX; net.chains.len()],
        open: Vec::new(),
        seen: UNSEEN,
    };
    let mut walk: Vec<(u32, u32, u32)> = Vec::new(); // event, its own number, its next successor
    for root in unsorted.events.iter().copied() {
        if tarjan.lowest[index(root)] != UNSEEN {
            continue;
        }
        walk.push((root, tarjan.enter(root), 0));
        while let Some((event, own, place)) = walk.last_mut() {
            let (event, own) = (*event, *own);
            let next = net.successor(event, *place);
            *place += 1;
            match next {
                Some((next, _)) if tarjan.lowest[index(next)] == UNSEEN => {
                    walk.push((next, tarjan.enter(next), 0));
                }
                Some((next, _)) => tarjan.lower(event, next),
                None => {
                    walk.pop();
                    tarjan.leave(event, own);
                    if let Some((parent, ..)) = walk.last() {
                        tarjan.lower(*parent, event);
                    }
                }
            }
        }
    }
    tarjan.components
}

struct Tarjan {
    /// The lowest number known to be reachable within the component; 0 where never entered.
    lowest: Vec<u32>,
    components: Vec<u32>,
    /// Events entered whose component is not known yet.
    open: Vec<u32>,
    seen: u32,
}

impl Tarjan {
    fn enter(&mut self, event: u32) -> u32 {
        self.seen += 1;
        self.lowest[index(event)] = self.seen;
        self.open.push(event);
        self.seen
    }

    /// Takes over what a successor reaches, while its component is open.
    fn lower(&mut self, event: u32, successor: u32) {
        if self.components[index(successor)] == u32::MAX {
            let reached = self.lowest[index(successor)];
            self.lowest[index(event)] = self.lowest[index(event)].min(reached);
        }
    }

    /// Closes the component of an event that reaches nothing entered before it.
    fn leave(&mut self, event: u32, own: u32) {
        if self.lowest[index(event)] != own {
            return;
        }
        while let Some(member) = self.open.pop() {
            self.components[index(member)] = event;
            if member == event {
                break;
            }
        }
    }
}

fn step(edge: Edge) -> Step {
    Step {
        from: event_id(edge.from),
        to: event_id(edge.to),
        because: edge.because,
    }
}

impl Cycle {
    /// Turns the steps so that the first line comes first.
    fn of(history: &History, mut steps: Vec<Step>) -> Self {
        let first = steps.iter().enumerate().min_by_key(|(_, step)| step.from);
        let first = first.map_or(0, |(place, _)| place);
        steps.rotate_left(first);
        for (place, step) in steps.iter().enumerate() {
            assert_eq!(
                step.to,
                steps[(place + 1) % steps.len()].from,
                "the steps are closed"
            );
        }
        let stop = |step: &Step| {
            let event = history.event(step.from);
            (event.place.line, history.process_name(event.process))
        };
        let stops = steps.iter().map(stop).collect();
        Self { steps, stops }
    }

    fn write_step(&self, f: &mut fmt::Formatter<'_>, place: usize) -> fmt::Result {
        let from = self.name(place);
        let to = self.name((place + 1) % self.steps.len());
        let (_, process) = &self.stops[place];
        match self.steps[place].because {
            Reason::Process => write!(f, "{from} comes before {to} in the own order of {process}"),
            Reason::Message => write!(f, "{from} sent what {to} received"),
            Reason::Cause if from == to => write!(f, "{from} names itself as its cause"),
            Reason::Cause => write!(f, "{to} names {from} as its cause"),
            Reason::RealTime => {
                write!(
                    f,
                    "{from} stands before {to} in the order that one observer saw"
                )
            }
            Reason::Clock => write!(f, "{to} has a greater time than {from}"),
        }
    }

    /// The line, or the event's number where it was never read from a file.
    fn name(&self, place: usize) -> String {
        match self.stops[place].0 {
            0 => format!("event {}", number(self.steps[place].from) + 1),
            line => format!("line {line}"),
        }
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_MAX: usize = 8;
        let count = self.steps.len();
        let is_cut = count > SHOWN_MAX;
        for place in 0..count {
            if is_cut && place == SHOWN_MAX / 2 {
                write!(f, ", {} more steps", count - SHOWN_MAX)?;
            }
            if is_cut && (SHOWN_MAX / 2..count - SHOWN_MAX / 2).contains(&place) {
                continue;
            }
            match place {
                0 => {}
                _ if place + 1 == count => f.write_str(", and ")?,
                _ => f.write_str(", ")?,
            }
            self.write_step(f, place)?;
        }
        Ok(())
    }
}
