//! Every state that a workflow can reach, each once.
//!
//! # Source
//! Sleep sets: Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems", LNCS 1032, 1996, section 5.2; with remembered states:
//! Godefroid, Holzmann and Pirottin, "State-Space Caching Revisited", FMSD 7(3), 1995. We differ in what sleeps: all ways of a kind of item
//! together, so that a kind that is awake is tried in each of its ways.
//!
//! # Idea
//! Depth first: try every way of every kind of item that is pending, unless the state behind it was there before. Where `a` was tried and
//! then `b`, which commutes with `a`, trying `a` behind `b` would only lead where `b` behind `a` has led: `a` *sleeps* behind
//! `b` until something happens that does not commute with it.
//!
//! # Invariants
//! - I1: every state is visited that can be reached behind the quiet starts (`quiet.rs`), asleep or not: sleep sets spare transitions, never
//!   states. Nothing sleeps while a quiet start is pending: it is all that is tried.
//! - I2: a state remembers which kinds slept whenever it was entered so far. Who comes back with one of them awake tries it then;
//!   without that, states and sleep sets together would lose runs.
//!
//! # Complexity
//! One step, one look into a hash table a transition; 24 bytes a state. What lies between the first state and the one at hand is kept as a copy of
//! each world, so that the way back is free.

use hashbrown::HashTable;

use crate::model::ModelFault;
use crate::sim::exploration::{Exploration, Limits, Notes, Watcher};
use crate::sim::footprint::Footprint;
use crate::sim::interned::Interned;
use crate::sim::program::Program;
use crate::sim::world::{Move, Print, World};

use super::quiet::QuietStarts;

/// What spares a search work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) has_sleepers: bool,
    pub(super) has_quiet_starts: bool,
}

impl Rules {
    pub(super) const ALL: Self = Self {
        has_sleepers: true,
        has_quiet_starts: true,
    };
}

/// A kind of item that need not be tried, and what it touches, whichever way it happens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sleeper {
    pub(super) kind: u32,
    pub(super) touches: Footprint,
}

/// A state on the way from the first to the one at hand.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// Where its moves begin, and the next of them.
    moves: usize,
    next: usize,
    /// Where its sleepers begin: those behind are its own until it has a state on top of it.
    sleepers: usize,
    /// What the kind of item under way touched so far.
    touched: Footprint,
}

/// A state that was visited.
#[derive(Clone, Copy, Debug)]
struct Visited {
    print: Print,
    /// The number of the set of kinds that slept whenever it was entered.
    asleep: u32,
}

/// The states that were visited.
#[derive(Debug, Default)]
struct Visits {
    table: HashTable<Visited>,
    sets: Interned<Vec<u32>>,
}

/// What is to be tried in a state.
enum Try {
    Nothing,
    Everything,
    /// What slept before and does not now; what slept before still sleeps.
    Awoken {
        kinds: Vec<u32>,
        still: Vec<u32>,
    },
}

impl Visits {
    fn bytes(&self) -> u64 {
        (self.table.capacity() * (size_of::<Visited>() + 1)) as u64
    }

    /// Enters a state with these kinds asleep, in the order of their numbers.
    fn enter(&mut self, print: Print, asleep: &[u32]) -> Try {
        let is_it = |known: &Visited| known.print == print;
        let Some(known) = self.table.find_mut(print.low, is_it) else {
            let asleep = self.sets.intern(asleep.to_vec()).0;
            let visited = Visited { print, asleep };
            let hash = |visited: &Visited| visited.print.low;
            self.table.insert_unique(print.low, visited, hash);
            return Try::Everything;
        };
        let before = self.sets.get(known.asleep);
        if before.is_empty() {
            return Try::Nothing;
        }
        let sleeps = |kind: &&u32| asleep.binary_search(kind).is_ok();
        let (still, kinds): (Vec<u32>, Vec<u32>) = before.iter().partition(sleeps);
        if kinds.is_empty() {
            return Try::Nothing;
        }
        known.asleep = self.sets.intern(still.clone()).0;
        Try::Awoken { kinds, still }
    }
}

/// A search under way.
struct Search<'p> {
    program: &'p mut Program,
    rules: Rules,
    quiet: QuietStarts,
    visits: Visits,
    frames: Vec<Frame>,
    /// The world of each frame, and one more to work in.
    worlds: Vec<World>,
    moves: Vec<Move>,
    sleepers: Vec<Sleeper>,
    kinds: Vec<u32>,
    asleep: Vec<u32>,
    notes: Notes,
}

/// Visits every state of a workflow, or as many as the limits allow.
///
/// # Errors
/// What is wrong with the model.
pub(crate) fn explore(
    program: &mut Program,
    limits: Limits,
    watcher: Watcher<'_>,
) -> Result<Exploration, ModelFault> {
    explore_with(program, limits, watcher, Rules::ALL)
}

/// The same, with some rules only.
///
/// # Errors
/// What is wrong with the model.
pub(super) fn explore_with(
    program: &mut Program,
    limits: Limits,
    watcher: Watcher<'_>,
    rules: Rules,
) -> Result<Exploration, ModelFault> {
    let first = World::new(program);
    let quiet = match rules.has_quiet_starts {
        true => QuietStarts::of(program, &first)?,
        false => QuietStarts::default(),
    };
    let mut search = Search {
        program,
        rules,
        quiet,
        visits: Visits::default(),
        frames: Vec::new(),
        worlds: vec![first],
        moves: Vec::new(),
        sleepers: Vec::new(),
        kinds: Vec::new(),
        asleep: Vec::new(),
        notes: Notes::new(limits),
    };
    search.enter(0)?;
    let mut ended = None;
    while !search.frames.is_empty() && ended.is_none() {
        search.advance()?;
        ended = search.notes.must_end(&mut *watcher, || search.bytes());
    }
    let Search { notes, program, .. } = search;
    notes.close(program, ended)
}

impl Search<'_> {
    fn bytes(&self) -> u64 {
        let world = self.worlds.last().map_or(0, World::bytes);
        self.visits.bytes() + (world * self.worlds.len()) as u64
    }

    /// Makes one move from the topmost state, or leaves it.
    fn advance(&mut self) -> Result<(), ModelFault> {
        let top = self.frames.len() - 1;
        let frame = self.frames[top];
        if frame.next > frame.moves && self.rules.has_sleepers {
            self.put_to_sleep(frame);
        }
        let Some(taken) = self.moves.get(frame.next).copied() else {
            self.moves.truncate(frame.moves);
            self.sleepers.truncate(frame.sleepers);
            self.frames.pop();
            return Ok(());
        };
        self.frames[top].next += 1;
        if self.worlds.len() == top + 1 {
            self.worlds.push(World::default());
        }
        let (before, behind) = self.worlds.split_at_mut(top + 1);
        let world = &mut behind[0];
        world.copy_from(&before[top]);
        world.take(self.program, taken, &mut ())?;
        let (found, touched) = (world.found, world.footprint);
        self.frames[top].touched.join(touched);
        self.notes.count.transitions += 1;
        if let Some(found) = found {
            self.notes.break_at(found, path(&self.frames, &self.moves));
            return Ok(());
        }
        let own = self.sleepers.len();
        for at in frame.sleepers..own {
            let sleeper = self.sleepers[at];
            if sleeper.touches.commutes(touched) {
                self.sleepers.push(sleeper);
            }
        }
        self.enter(own)
    }

    /// Where the last way of a kind was tried, the kind sleeps in what is tried next.
    fn put_to_sleep(&mut self, frame: Frame) {
        let kind = self.moves[frame.next - 1].kind;
        let is_under_way = self
            .moves
            .get(frame.next)
            .is_some_and(|next| next.kind == kind);
        if !is_under_way {
            let touches = frame.touched;
            self.sleepers.push(Sleeper { kind, touches });
            if let Some(top) = self.frames.last_mut() {
                top.touched = Footprint::NONE;
            }
        }
    }

    /// Enters the state behind the topmost one, whose sleepers begin at `sleepers`.
    fn enter(&mut self, sleepers: usize) -> Result<(), ModelFault> {
        let world = &self.worlds[self.frames.len()];
        self.asleep.clear();
        let kinds = self.sleepers[sleepers..].iter().map(|sleeper| sleeper.kind);
        self.asleep.extend(kinds);
        self.asleep.sort_unstable();
        self.kinds.clear();
        match self.visits.enter(world.print(), &self.asleep) {
            Try::Nothing => {
                self.sleepers.truncate(sleepers);
                return Ok(());
            }
            Try::Everything => {
                self.notes.count.states += 1;
                world.enabled(self.program, &mut self.kinds);
                if self.kinds.is_empty() {
                    self.sleepers.truncate(sleepers);
                    let path = path(&self.frames, &self.moves);
                    self.notes.end(self.program, world, path);
                    return Ok(());
                }
                if let Some(start) = self.quiet.first(self.program, &self.kinds) {
                    self.kinds.clear();
                    self.kinds.push(start);
                }
                let asleep = &self.asleep;
                self.kinds
                    .retain(|kind| asleep.binary_search(kind).is_err());
            }
            Try::Awoken { kinds, still } => {
                self.kinds = kinds;
                let mut own = self.sleepers.split_off(sleepers);
                own.retain(|sleeper| still.binary_search(&sleeper.kind).is_ok());
                self.sleepers.append(&mut own);
            }
        }
        let steps = self.frames.len() as u32;
        self.notes.count.steps = self.notes.count.steps.max(steps);
        let moves = self.moves.len();
        for kind in &self.kinds {
            world.moves(self.program, *kind, &mut self.moves)?;
        }
        self.frames.push(Frame {
            moves,
            next: moves,
            sleepers,
            touched: Footprint::NONE,
        });
        Ok(())
    }
}

/// The moves that lead to the state at hand.
fn path(frames: &[Frame], moves: &[Move]) -> impl Iterator<Item = Move> {
    frames.iter().map(|frame| moves[frame.next - 1])
}
