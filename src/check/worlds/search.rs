//! Finds a world that a machine accepts, or shows that there is none.
//!
//! # Source
//! Wing and Gong, "Testing and Verifying Concurrent Objects", J. Parallel Distrib. Comput. 17, 1993: try every
//! operation that may come next, step back where none fits. Lowe, "Testing for linearizability", Concurrency and Computation:
//! Practice and Experience 29(4), 2017: remember (what is done, state) and never visit it twice. Where we differ: the order is any partial
//! order over the ends of the operations, and what is done is stored as a frontier and a window instead of
//! a set of n bits.
//!
//! # Idea
//! The naive version in five lines: if every certain item is placed and the machine accepts, done; for every open item, for
//! every state that may follow: place it, search on, take it back; none left: there is no world.
//!
//! An item that only observes (with the answer it gave it changes the state in no placement) is taken as soon as the state
//! allows it, and nothing else is tried there. Sound: in any world that goes on from here it takes place later;
//! moved to this point it is legal, nothing else sees a difference, and nothing that must come before it is
//! outstanding because it is open. That the *present* state stays as it is would not be enough: a write of the present
//! value must be able to wait.
//!
//! Of open items that may or may not take place and that do the same in every state (one class), only the first
//! is tried. Sound: neither has an end that anything waits for, so in any world that goes on with another one,
//! the two can change places.
//!
//! # Invariants
//! * I1 a node whose key was seen is not visited again: equal keys have equal futures (see the frontier).
//! * I2 `None` is answered only after every candidate of every visited node was tried.
//! * I3 a budget ends the search with [`Search::Spent`], never with an answer.
//!
//! # Complexity
//! Deciding linearizability is NP-complete (Gibbons and Korach, SIAM J. Comput. 26, 1997), so the number of nodes is
//! exponential in the worst case: at most (positions) × (subsets of the window) × (states). Time a node O(window + chains); space a node O(window + chains) words.
//!
//! # Not chosen
//! Recursion (histories are long); a bit set a node (quadratic memory, the way in which other checkers run
//! out of it); taking any operation at once that leaves the present state as it is (unsound for writes of
//! the present value).

use super::frontier::Frontier;
use super::seen::{Insert, Seen};
use super::{Machine, Move, Slice};
use crate::check::{Budget, Spent};

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// A whole world that the machine accepts.
    World(Vec<Move>),
    /// There is no such world.
    None,
    /// A limit was reached first.
    Spent(Spent),
}

impl Search {
    pub(crate) const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// One visited node on the present path: what is still to be tried from it.
struct Frame {
    state: u32,
    cursor: usize,
    /// Where this frame's untried states begin in the stack of states.
    pending: usize,
    /// The item that the untried states belong to.
    item: u32,
    /// Whether the moves that no line shows were already put on the stack.
    unseen: Unseen,
    mark: usize,
    entered_by: Option<Move>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unseen {
    NotYet,
    Pending,
}

/// Searches the worlds of `slice` for one that `machine` accepts.
pub(crate) fn find_world(slice: &Slice, machine: &mut dyn Machine, budget: &Budget) -> Search {
    find_world_counting(slice, machine, budget, &mut 0)
}

/// The same, and adds the visited nodes to `nodes_total`.
pub(crate) fn find_world_counting(
    slice: &Slice,
    machine: &mut dyn Machine,
    budget: &Budget,
    nodes_total: &mut u64,
) -> Search {
    let mut frontier = Frontier::new(slice);
    let mut seen = Seen::default();
    let mut key = Vec::new();
    let mut states: Vec<u32> = Vec::new();
    let mut unseen: Vec<(u32, u32)> = Vec::new();
    let mut path: Vec<Frame> = Vec::new();
    let mut entering = Some((None, machine.start()));
    let mut nodes: u64 = 0;
    loop {
        if let Some((step, state)) = entering.take() {
            frontier.write_key(state, &mut key);
            nodes += 1;
            *nodes_total += 1;
            let insert = seen.insert(&key);
            if insert == Insert::New {
                let is_found =
                    machine.is_final(state) || (frontier.is_complete() && machine.accepts(state));
                path.push(Frame::new(step, state, frontier.mark(), states.len()));
                if is_found {
                    return Search::World(finished(&path, &mut frontier));
                }
            } else if insert == Insert::Full {
                return Search::Spent(Spent::Memory);
            }
            if let Some(spent) = spent(budget, nodes, &seen, machine) {
                return Search::Spent(spent);
            }
        }
        let Some(frame) = path.last_mut() else {
            return Search::None;
        };
        frontier.undo(frame.mark);
        entering = frame.next_step(&mut frontier, machine, &mut states, &mut unseen);
        if entering.is_none() {
            path.pop();
        }
    }
}

impl Frame {
    const fn new(entered_by: Option<Move>, state: u32, mark: usize, pending: usize) -> Self {
        Self {
            state,
            cursor: 0,
            pending,
            item: 0,
            unseen: Unseen::NotYet,
            mark,
            entered_by,
        }
    }

    /// The next untried step from this node; the frontier moves with it.
    fn next_step(
        &mut self,
        frontier: &mut Frontier<'_>,
        machine: &mut dyn Machine,
        states: &mut Vec<u32>,
        unseen: &mut Vec<(u32, u32)>,
    ) -> Option<(Option<Move>, u32)> {
        loop {
            if states.len() > self.pending {
                let state = states.pop()?;
                if self.unseen == Unseen::Pending {
                    let number = states.pop()?;
                    return Some((Some(Move::Unseen(number)), state));
                }
                frontier.place(self.item);
                return Some((Some(Move::Item(self.item)), state));
            }
            if self.unseen == Unseen::Pending {
                return None;
            }
            if self.cursor == 0 && self.takes_observer(frontier, machine, states) {
                continue;
            }
            if let Some((item, cursor)) = frontier.candidate(self.cursor) {
                self.cursor = cursor;
                self.item = item;
                if !has_open_twin(frontier, machine, (item, cursor)) {
                    machine.step(self.state, item, states);
                    states[self.pending..].reverse();
                }
            } else {
                self.unseen = Unseen::Pending;
                unseen.clear();
                machine.unseen(self.state, unseen);
                states.extend(
                    unseen
                        .iter()
                        .rev()
                        .flat_map(|(number, state)| [*number, *state]),
                );
            }
        }
    }
}

impl Frame {
    /// Makes an open item that only observes, and is legal now, the one candidate of this node.
    fn takes_observer(
        &mut self,
        frontier: &Frontier<'_>,
        machine: &mut dyn Machine,
        states: &mut Vec<u32>,
    ) -> bool {
        let mut cursor = 0;
        while let Some((item, next)) = frontier.candidate(cursor) {
            cursor = next;
            if machine.observes(item) {
                machine.step(self.state, item, states);
                if states.len() > self.pending {
                    debug_assert_eq!(states[self.pending..], [self.state], "it only observes");
                    self.item = item;
                    self.cursor = usize::MAX;
                    return true;
                }
            }
        }
        false
    }
}

/// Whether an open item of the same class stands before the one that the cursor just passed.
fn has_open_twin(
    frontier: &Frontier<'_>,
    machine: &dyn Machine,
    (item, cursor): (u32, usize),
) -> bool {
    let class = machine.class(item);
    class.is_some()
        && frontier
            .open_before(cursor - 1)
            .iter()
            .any(|other| machine.class(*other) == class)
}

/// The moves of a path and, behind a final state, any moves that finish the world.
fn finished(path: &[Frame], frontier: &mut Frontier<'_>) -> Vec<Move> {
    let mut moves: Vec<Move> = path.iter().filter_map(|frame| frame.entered_by).collect();
    while !frontier.is_complete() {
        let Some((item, _)) = frontier.candidate(0) else {
            break;
        };
        frontier.place(item);
        moves.push(Move::Item(item));
    }
    moves
}

fn spent(budget: &Budget, nodes: u64, seen: &Seen, machine: &dyn Machine) -> Option<Spent> {
    if nodes > budget.nodes {
        Some(Spent::Nodes)
    } else if seen.heap_bytes() + machine.heap_bytes() > budget.memory_bytes {
        Some(Spent::Memory)
    } else if nodes % 64 == 1 && budget.is_stopped() {
        Some(Spent::Time)
    } else {
        None
    }
}
