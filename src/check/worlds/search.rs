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
//! Of open items that do the same in every state (one class), the one that ends first is tried first. Sound: let a world
//! go on with b while a is open too, and let everything behind b's end be behind a's end. Where a takes
//! place later, the two change places: a may stand here because it is open, and b may stand there because what
//! waits for b waits for a too. Where a never takes place, it takes b's place: b has no end, so nothing waits for it.
//! Certain items change places only where no further order is assumed between items. (Symmetric operations;
//! for interval orders also in Lowe's paper, as "earliest deadline first".)
//!
//! What else need not be looked at is the machine's business, which argues for it: worlds that cannot go on
//! ([`Machine::goes_on`]), items that need not be tried ([`Machine::prune`]), states with the same future
//! ([`Machine::representative`]).
//!
//! # Invariants
//! * I1 a node whose key is remembered is not visited again: equal keys have equal futures (see the frontier). A node at
//!   which an observer is taken has one child and is not remembered itself.
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
use super::seen::Seen;
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
    /// Where this frame's untried states begin in the stack of states.
    states: usize,
    /// The item that the untried states belong to.
    item: u32,
    /// Where this frame's untried items begin in the stack of items.
    untried: usize,
    unseen: Unseen,
    mark: usize,
    entered_by: Option<Move>,
}

/// What is known of the moves that no line shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unseen {
    /// They come when every open item was tried.
    NotYet,
    /// They are on the stack of states.
    Pending,
    /// They need not be tried.
    Never,
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
    let mut walk = Walk::new(slice, machine, budget);
    let found = walk.run();
    *nodes_total += walk.nodes;
    found
}

/// What takes place on the way that leaves the fewest certain items, among those that the budget allows; of several the first one
/// found. `None` where there is a world.
pub(super) fn farthest_way(
    slice: &Slice,
    machine: &mut dyn Machine,
    budget: &Budget,
) -> Option<Vec<u32>> {
    let mut walk = Walk::new(slice, machine, budget);
    walk.farthest = Some((usize::MAX, Vec::new()));
    if let Search::World(_) = walk.run() {
        return None;
    }
    let (_, moves) = walk.farthest?;
    Some(moves.iter().filter_map(|step| step.item()).collect())
}

/// A search under way.
struct Walk<'s> {
    slice: &'s Slice,
    machine: &'s mut dyn Machine,
    budget: &'s Budget,
    frontier: Frontier<'s>,
    seen: Seen,
    nodes: u64,
    path: Vec<Frame>,
    states: Vec<u32>,
    untried: Vec<u32>,
    /// The candidates of one node.
    open: Vec<u32>,
    /// Of each class, the most urgent open item while candidates are listed, else [`NOBODY`].
    first_of_class: Vec<u32>,
    key: Vec<u32>,
    unseen: Vec<(u32, u32)>,
    /// Where it is wanted: how many certain items are left on the farthest way, and that way.
    farthest: Option<(usize, Vec<Move>)>,
}

const NOBODY: u32 = u32::MAX;

impl<'s> Walk<'s> {
    fn new(slice: &'s Slice, machine: &'s mut dyn Machine, budget: &'s Budget) -> Self {
        Self {
            slice,
            machine,
            budget,
            frontier: Frontier::new(slice),
            seen: Seen::new(budget.memory_bytes / 2),
            nodes: 0,
            path: Vec::new(),
            states: Vec::new(),
            untried: Vec::new(),
            open: Vec::new(),
            first_of_class: Vec::new(),
            key: Vec::new(),
            unseen: Vec::new(),
            farthest: None,
        }
    }

    fn run(&mut self) -> Search {
        let mut entering = Some((None, self.machine.start()));
        loop {
            if let Some((step, state)) = entering.take() {
                if let Some(found) = self.enter(step, state) {
                    return found;
                }
                if let Some(spent) = self.spent() {
                    return Search::Spent(spent);
                }
            }
            let Some(frame) = self.path.last() else {
                return Search::None;
            };
            self.frontier.undo(frame.mark);
            entering = self.next_step();
            if entering.is_none() {
                self.remember_farthest();
            }
            if entering.is_none()
                && let Some(frame) = self.path.pop()
            {
                self.untried.truncate(frame.untried);
                self.take_back(frame.entered_by);
            }
        }
    }

    /// Visits the node that a step leads to, unless that is in vain; the frontier stands there already.
    fn enter(&mut self, step: Option<Move>, state: u32) -> Option<Search> {
        self.nodes += 1;
        let goes_on = match (step, self.path.last()) {
            (Some(Move::Item(item)), Some(from)) => self.machine.goes_on(item, (from.state, state)),
            _ => true,
        };
        if !goes_on {
            self.take_back(step);
            return None;
        }
        let mut frame = Frame {
            state,
            states: self.states.len(),
            item: NOBODY,
            untried: self.untried.len(),
            unseen: Unseen::NotYet,
            mark: self.frontier.mark(),
            entered_by: step,
        };
        if self.machine.is_final(state)
            || (self.frontier.is_complete() && self.machine.accepts(state))
        {
            self.path.push(frame);
            return Some(Search::World(finished(&self.path, &mut self.frontier)));
        }
        if let Some(item) = self.observer(state) {
            frame.item = item;
            frame.unseen = Unseen::Never;
            self.path.push(frame);
            return None;
        }
        let representative = self.machine.representative(state);
        self.frontier.write_key(representative, &mut self.key);
        if self.seen.insert(&self.key) {
            self.list_candidates(state);
            self.path.push(frame);
        } else {
            self.take_back(step);
        }
        None
    }

    /// Compares the present way, which goes no further, with the farthest.
    fn remember_farthest(&mut self) {
        let left = self.frontier.left();
        if let Some((least, way)) = &mut self.farthest
            && left < *least
        {
            *least = left;
            way.clear();
            way.extend(self.path.iter().filter_map(|frame| frame.entered_by));
        }
    }

    fn take_back(&mut self, step: Option<Move>) {
        if let Some(Move::Item(item)) = step {
            self.machine.taken_back(item);
        }
    }

    /// An open item that only observes and is legal now. The state that it leads to is put on the stack.
    fn observer(&mut self, state: u32) -> Option<u32> {
        let from = self.states.len();
        let observer = self.frontier.candidates().find(|item| {
            let observes = self.machine.observes(*item);
            if observes {
                self.machine.step(state, *item, &mut self.states);
            }
            self.states.len() > from
        })?;
        debug_assert_eq!(self.states[from..], [state], "it only observes");
        Some(observer)
    }

    /// Puts the items to be tried in this state on their stack, the most urgent on top.
    fn list_candidates(&mut self, state: u32) {
        let mut open = std::mem::take(&mut self.open);
        open.clear();
        open.extend(self.frontier.candidates());
        self.drop_twins(&mut open);
        self.machine.prune(state, &mut open);
        self.untried.extend(open.iter().rev());
        self.open = open;
    }

    /// Takes out what another item of its class goes before.
    fn drop_twins(&mut self, open: &mut Vec<u32>) {
        let Self {
            slice,
            machine,
            first_of_class,
            ..
        } = self;
        let mut classes: Vec<u32> = Vec::new();
        open.retain(|item| {
            let Some(class) = machine.class(*item) else {
                return true;
            };
            if first_of_class.len() <= class as usize {
                first_of_class.resize(class as usize + 1, NOBODY);
            }
            let first = &mut first_of_class[class as usize];
            if *first == NOBODY {
                *first = *item;
                classes.push(class);
                return true;
            }
            let is_unknown = |item: u32| !slice.items[item as usize].is_certain;
            let may_change = slice.assumed.is_empty() || (is_unknown(*first) && is_unknown(*item));
            !(may_change && slice.ends_no_later(*first, *item))
        });
        for class in classes {
            first_of_class[class as usize] = NOBODY;
        }
    }

    /// The next untried step from the last node of the path; the frontier moves with it.
    fn next_step(&mut self) -> Option<(Option<Move>, u32)> {
        loop {
            let frame = self.path.last_mut()?;
            if self.states.len() > frame.states {
                let state = self.states.pop()?;
                if frame.unseen == Unseen::Pending {
                    let number = self.states.pop()?;
                    return Some((Some(Move::Unseen(number)), state));
                }
                self.frontier.place(frame.item);
                return Some((Some(Move::Item(frame.item)), state));
            }
            if self.untried.len() > frame.untried {
                frame.item = self.untried.pop()?;
                self.machine.step(frame.state, frame.item, &mut self.states);
                self.states[frame.states..].reverse();
            } else if frame.unseen == Unseen::NotYet {
                frame.unseen = Unseen::Pending;
                self.unseen.clear();
                self.machine.unseen(frame.state, &mut self.unseen);
                let moves = self.unseen.iter().rev();
                self.states
                    .extend(moves.flat_map(|(number, state)| [*number, *state]));
            } else {
                return None;
            }
        }
    }

    fn spent(&self) -> Option<Spent> {
        if self.nodes > self.budget.nodes {
            Some(Spent::Nodes)
        } else if self.seen.heap_bytes() + self.machine.heap_bytes() > self.budget.memory_bytes {
            Some(Spent::Memory)
        } else if self.nodes % 64 == 1 && self.budget.is_stopped() {
            Some(Spent::Time)
        } else {
            None
        }
    }
}

/// The moves of a path and, behind a final state, any moves that finish the world.
fn finished(path: &[Frame], frontier: &mut Frontier<'_>) -> Vec<Move> {
    let mut moves: Vec<Move> = path.iter().filter_map(|frame| frame.entered_by).collect();
    while !frontier.is_complete() {
        let Some(item) = frontier.candidates().next() else {
            break;
        };
        frontier.place(item);
        moves.push(Move::Item(item));
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::worlds::Item;
    use crate::history::{EventId, History};
    use crate::order::{Order, Relation};

    /// Of two twins, the items 0 and 1, one takes place before item 2 and one behind it.
    struct Between;

    impl Machine for Between {
        fn start(&mut self) -> u32 {
            0
        }

        fn step(&mut self, state: u32, item: u32, next: &mut Vec<u32>) {
            next.extend(((item == 2) == (state == 1)).then_some(state + 1));
        }

        fn class(&self, item: u32) -> Option<u32> {
            (item < 2).then_some(0)
        }

        fn accepts(&mut self, state: u32) -> bool {
            state == 3
        }

        fn heap_bytes(&self) -> u64 {
            0
        }
    }

    fn search(ends: [(usize, usize); 3], assumed: &[(u32, u32)], nodes: u64) -> (Search, u64) {
        search_within(ends, assumed, &Budget::new(nodes, 1 << 20))
    }

    /// What is found where the items take place between these lines and are tried by their numbers, and in how many nodes.
    fn search_within(
        ends: [(usize, usize); 3],
        assumed: &[(u32, u32)],
        budget: &Budget,
    ) -> (Search, u64) {
        let line = |at: usize| format!("{{\"process\": {at}, \"type\": \"fact\", \"f\": \"x\"}}\n");
        let history = History::parse(&(0..8).map(line).collect::<String>()).unwrap();
        let order = Order::of(&history, Relation::HappenedBefore).unwrap();
        let items = ends.map(|(lo, hi)| Item {
            lo: EventId::new(lo),
            hi: Some(EventId::new(hi)),
            is_certain: true,
        });
        let slice = Slice::new(&order, &items).assuming(assumed);
        let slice = slice.tried_in((0..3).collect());
        let mut visited = 0;
        let found = find_world_counting(&slice, &mut Between, budget, &mut visited);
        (found, visited)
    }

    /// The items in the order of the world that is found.
    fn found(ends: [(usize, usize); 3], assumed: &[(u32, u32)]) -> Option<Vec<u32>> {
        match search(ends, assumed, 100).0 {
            Search::World(moves) => {
                let item = |taken: Move| match taken {
                    Move::Item(item) => Some(item),
                    Move::Unseen(_) => None,
                };
                Some(moves.into_iter().filter_map(item).collect())
            }
            _ => None,
        }
    }

    #[test]
    fn the_twin_that_ends_first_goes_first() {
        assert_eq!(found([(0, 7), (1, 3), (4, 5)], &[]), Some(vec![1, 2, 0]));
        assert_eq!(found([(1, 3), (0, 7), (4, 5)], &[]), Some(vec![0, 2, 1]));
    }

    #[test]
    fn twins_of_which_one_is_assumed_to_come_first_do_not_change_places() {
        let all = [(0, 5), (1, 6), (2, 7)];
        assert_eq!(found(all, &[(1, 2)]), Some(vec![1, 2, 0]));
        assert_eq!(found(all, &[(0, 2)]), Some(vec![0, 2, 1]));
        assert_eq!(found(all, &[(0, 2), (1, 2)]), None);
    }

    #[test]
    fn nodes_are_counted_and_so_many_are_enough() {
        let ends = [(0, 7), (1, 3), (4, 5)];
        let (found, nodes) = search(ends, &[], 100);
        // The node at which a world ends may be one more.
        assert_eq!(search(ends, &[], nodes - 1), (found, nodes));
        let (fewer, _) = search(ends, &[], nodes - 2);
        assert_eq!(fewer, Search::Spent(Spent::Nodes));
    }

    #[test]
    fn whoever_is_stopped_stops() {
        let budget = Budget::new(100, 1 << 20);
        let ends = [(0, 7), (1, 3), (4, 5)];
        assert!(matches!(
            search_within(ends, &[], &budget).0,
            Search::World(_)
        ));
        budget.stop();
        let (stopped, _) = search_within(ends, &[], &budget);
        assert_eq!(stopped, Search::Spent(Spent::Time));
    }
}
