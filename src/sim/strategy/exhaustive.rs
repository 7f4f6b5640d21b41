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
//! - I3: what all moves of a state lead to is looked up before the first of them is followed. What is visited in the meantime is found when its
//!   turn comes; what was spent stays so (`visits.rs`).
//!
//! # Complexity
//! One step, one look into a hash table a transition, and one step more a state; 21 to 43 bytes a state. Looks for all moves of a state are made in
//! a row, so that they wait for memory together. What lies between the first state and the one at hand is kept as a copy of each world, so that the
//! way back is free.
//!
//! # Not chosen
//! Keeping the worlds that are foreseen, for the one step more: on a way of 100,000 states that is a world for each branch beside it.

use crate::model::ModelFault;
use crate::sim::exploration::{Exploration, Limits, Notes, Watcher};
use crate::sim::footprint::Footprint;
use crate::sim::program::Program;
use crate::sim::world::{Move, Print, World};

use super::quiet::QuietStarts;
use super::visits::{Try, Visits};

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
    /// Where its branches begin, and the next of them.
    branches: usize,
    next: usize,
    /// Where its sleepers begin: those behind are its own until it has a state on top of it.
    sleepers: usize,
    /// What the kind of item under way touched so far.
    touched: Footprint,
}

/// A move and where it leads.
#[derive(Clone, Copy, Debug)]
struct Branch {
    taken: Move,
    touched: Footprint,
    leads_to: Print,
    /// Whether there was nothing left to try behind it when it was foreseen.
    is_spent: bool,
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
    branches: Vec<Branch>,
    sleepers: Vec<Sleeper>,
    kinds: Vec<u32>,
    moves: Vec<Move>,
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
    let print = first.print();
    let mut search = Search {
        program,
        rules,
        quiet,
        visits: Visits::new(),
        frames: Vec::new(),
        worlds: vec![first, World::default()],
        branches: Vec::new(),
        sleepers: Vec::new(),
        kinds: Vec::new(),
        moves: Vec::new(),
        asleep: Vec::new(),
        notes: Notes::new(limits),
    };
    search.enter(None, print, 0)?;
    let mut ended = None;
    while !search.frames.is_empty() && ended.is_none() {
        search.advance()?;
        ended = search.notes.must_end(&mut *watcher, || {
            search.visits.bytes() + bytes(&search.worlds)
        });
    }
    let Search { notes, program, .. } = search;
    notes.close(program, ended)
}

fn bytes(worlds: &[World]) -> u64 {
    let world = worlds.last().map_or(0, World::bytes);
    (world * worlds.len()) as u64
}

impl Search<'_> {
    /// Takes the next branch of the topmost state behind which there may be something to try, or leaves the state.
    fn advance(&mut self) -> Result<(), ModelFault> {
        let top = self.frames.len() - 1;
        loop {
            let frame = self.frames[top];
            if frame.next > frame.branches && self.rules.has_sleepers {
                self.put_to_sleep(frame);
            }
            let Some(branch) = self.branches.get(frame.next).copied() else {
                self.branches.truncate(frame.branches);
                self.sleepers.truncate(frame.sleepers);
                self.frames.pop();
                return Ok(());
            };
            self.frames[top].next += 1;
            self.frames[top].touched.join(branch.touched);
            if branch.is_spent {
                continue;
            }
            let own = self.sleepers.len();
            for at in frame.sleepers..own {
                let sleeper = self.sleepers[at];
                if sleeper.touches.commutes(branch.touched) {
                    self.sleepers.push(sleeper);
                }
            }
            return self.enter(Some(branch.taken), branch.leads_to, own);
        }
    }

    /// Where the last way of a kind was tried, the kind sleeps in what is tried next.
    fn put_to_sleep(&mut self, frame: Frame) {
        let kind = self.branches[frame.next - 1].taken.kind;
        let next = self.branches.get(frame.next);
        if next.is_none_or(|next| next.taken.kind != kind) {
            let touches = frame.touched;
            self.sleepers.push(Sleeper { kind, touches });
            if let Some(top) = self.frames.last_mut() {
                top.touched = Footprint::NONE;
            }
        }
    }

    /// Enters the state to which a move leads from the topmost one, or the first state. Its sleepers begin at `sleepers`.
    fn enter(
        &mut self,
        taken: Option<Move>,
        print: Print,
        sleepers: usize,
    ) -> Result<(), ModelFault> {
        self.asleep.clear();
        let kinds = self.sleepers[sleepers..].iter().map(|sleeper| sleeper.kind);
        self.asleep.extend(kinds);
        self.asleep.sort_unstable();
        let depth = self.frames.len();
        match self.visits.enter(print, &self.asleep) {
            Try::Nothing => {
                self.sleepers.truncate(sleepers);
                return Ok(());
            }
            Try::Everything => {
                self.notes.count.states += 1;
                self.go(taken)?;
                let world = &self.worlds[depth];
                self.kinds.clear();
                world.enabled(self.program, &mut self.kinds);
                if self.kinds.is_empty() {
                    self.sleepers.truncate(sleepers);
                    let path = path(&self.frames, &self.branches);
                    return self.notes.end(self.program, world, path);
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
                self.go(taken)?;
                self.kinds = kinds;
                let mut own = self.sleepers.split_off(sleepers);
                own.retain(|sleeper| still.binary_search(&sleeper.kind).is_ok());
                self.sleepers.append(&mut own);
            }
        }
        self.notes.count.steps = self.notes.count.steps.max(depth as u32);
        self.foresee(sleepers)
    }

    /// Makes the world behind a move.
    fn go(&mut self, taken: Option<Move>) -> Result<(), ModelFault> {
        let depth = self.frames.len();
        if self.worlds.len() == depth + 1 {
            self.worlds.push(World::default());
        }
        let Some(taken) = taken else {
            return Ok(());
        };
        let (before, behind) = self.worlds.split_at_mut(depth);
        behind[0].copy_from(&before[depth - 1]);
        behind[0].take(self.program, taken, &mut ())
    }

    /// Puts the state at hand on top, with what each way of these kinds leads to.
    fn foresee(&mut self, sleepers: usize) -> Result<(), ModelFault> {
        let depth = self.frames.len();
        let branches = self.branches.len();
        self.frames.push(Frame {
            branches,
            next: branches,
            sleepers,
            touched: Footprint::NONE,
        });
        let (known, behind) = self.worlds.split_at_mut(depth + 1);
        let (world, scratch) = (&known[depth], &mut behind[0]);
        self.moves.clear();
        for kind in &self.kinds {
            world.moves(self.program, *kind, &mut self.moves)?;
        }
        for taken in &self.moves {
            scratch.copy_from(world);
            scratch.take(self.program, *taken, &mut ())?;
            self.notes.count.transitions += 1;
            self.branches.push(Branch {
                taken: *taken,
                touched: scratch.footprint,
                leads_to: scratch.print(),
                is_spent: false,
            });
            if let Some(found) = scratch.found {
                self.frames[depth].next = self.branches.len();
                let path = path(&self.frames, &self.branches);
                return self.notes.break_at(self.program, found, path);
            }
        }
        for branch in &mut self.branches[branches..] {
            branch.is_spent = self.visits.is_spent(branch.leads_to);
        }
        Ok(())
    }
}

/// The moves that lead to the state at hand.
fn path(frames: &[Frame], branches: &[Branch]) -> impl Iterator<Item = Move> {
    frames.iter().map(|frame| branches[frame.next - 1].taken)
}
