//! What a search through all runs is given, and what it hands back.

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use crate::model::ModelFault;

use super::Breach;
use super::deviation::Strategy;
use super::item::ItemName;
use super::program::Program;
use super::run::{Pending, Run, Way};
use super::world::{Move, Objection, Print, World};

/// The steps of a run, under names that other runs, threads and versions of testimony know.
pub(crate) type Trace = Vec<(ItemName, Way)>;

/// How much a search may use. Running out is a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) states_max: u64,
    pub(crate) bytes_max: u64,
    /// How long a run may be, where states are not remembered: a run that comes back to a state never ends.
    pub(crate) steps_max: u32,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Every run there is was looked at, or one that is the same but for the order of unrelated steps.
    Complete,
    /// A judge found something.
    Found,
    StatesMax,
    BytesMax,
    /// Some run did not come to rest within the limit of steps; all others were looked at.
    StepsMax,
    /// Whoever asked for the search wants no more of it.
    Stopped,
}

/// What a search has looked at so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// Different states, where they are remembered; else all that were entered.
    pub(crate) states: u64,
    pub(crate) transitions: u64,
    /// How often nothing more could happen.
    pub(crate) runs: u64,
    /// The most steps of a run.
    pub(crate) steps: u32,
}

/// Is shown how far a search has come, now and then; `false` stops it.
pub(crate) type Watcher<'w> = &'w mut dyn FnMut(Count) -> bool;

/// What a search through all runs has found.
#[derive(Clone, Debug)]
pub(crate) struct Exploration {
    pub(crate) count: Count,
    pub(crate) ended: Ended,
    /// The different worlds in which nothing more can happen.
    pub(crate) ends: HashSet<Print, FxBuildHasher>,
    /// The first run that breaks something.
    pub(crate) found: Option<(Breach, Trace)>,
    /// How many of the ends leave an operation without an answer, and the first run to one.
    pub(crate) unanswered: Option<(u64, Trace)>,
}

/// What a search writes down on its way.
#[derive(Debug)]
pub(super) struct Notes {
    pub(super) limits: Limits,
    pub(super) count: Count,
    pub(super) is_cut_short: bool,
    /// At how many transitions the search looks at what it uses.
    next_look: u64,
    ends: HashSet<Print, FxBuildHasher>,
    found: Option<(Objection, Vec<Move>)>,
    unanswered: Option<(u64, Vec<Move>)>,
    scratch: World,
}

/// How many transitions there are between two looks at what a search uses.
const BETWEEN_LOOKS: u64 = 1 << 14;

impl Notes {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            count: Count::default(),
            is_cut_short: false,
            next_look: BETWEEN_LOOKS,
            ends: HashSet::default(),
            found: None,
            unanswered: None,
            scratch: World::default(),
        }
    }

    /// Whether the search must end now, and why. `bytes` is asked now and then.
    pub(super) fn must_end(
        &mut self,
        watcher: Watcher<'_>,
        bytes: impl FnOnce() -> u64,
    ) -> Option<Ended> {
        if self.found.is_some() {
            return Some(Ended::Found);
        }
        if self.count.states > self.limits.states_max {
            return Some(Ended::StatesMax);
        }
        if self.count.transitions < self.next_look {
            return None;
        }
        self.next_look = self.count.transitions + BETWEEN_LOOKS;
        if bytes() > self.limits.bytes_max {
            return Some(Ended::BytesMax);
        }
        (!watcher(self.count)).then_some(Ended::Stopped)
    }

    /// A step broke something.
    pub(super) fn break_at(&mut self, found: Objection, path: impl Iterator<Item = Move>) {
        self.found = Some((found, path.collect()));
    }

    /// Nothing more can happen in this world.
    pub(super) fn end(
        &mut self,
        program: &mut Program,
        world: &World,
        path: impl Iterator<Item = Move>,
    ) {
        self.count.runs += 1;
        if !self.ends.insert(world.print()) {
            return;
        }
        self.scratch.copy_from(world);
        if let Some(found) = self.scratch.finish(program) {
            self.break_at(found, path);
        } else if world.has_open() {
            match &mut self.unanswered {
                Some((count, _)) => *count += 1,
                None => self.unanswered = Some((1, path.collect())),
            }
        }
    }

    /// The result.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn close(
        self,
        program: &mut Program,
        ended: Option<Ended>,
    ) -> Result<Exploration, ModelFault> {
        let ended = match ended {
            Some(ended) => ended,
            None if self.found.is_some() => Ended::Found,
            None if self.is_cut_short => Ended::StepsMax,
            None => Ended::Complete,
        };
        let found = match self.found {
            None => None,
            Some(((judge, says), path)) => {
                let says = program.says(judge, says).to_owned();
                Some((Breach { judge, says }, named(program, &path)?))
            }
        };
        let unanswered = match self.unanswered {
            None => None,
            Some((count, path)) => Some((count, named(program, &path)?)),
        };
        Ok(Exploration {
            count: self.count,
            ended,
            ends: self.ends,
            found,
            unanswered,
        })
    }
}

/// The names of the steps of a run: of equal items the one that came first happens first.
fn named(program: &mut Program, path: &[Move]) -> Result<Trace, ModelFault> {
    let mut run = Run::new(program);
    let mut trace = Trace::with_capacity(path.len());
    for taken in path {
        let is_it = |item: &Pending| item.kind == taken.kind;
        let Some(at) = run.pending.iter().position(is_it) else {
            debug_assert!(false, "what happens in a world happens in a run");
            break;
        };
        trace.push((run.name(program, run.pending[at]), taken.way));
        run.take(program, at, taken.way)?;
    }
    Ok(trace)
}

/// Lets happen what a trace says, step by step; where a step is not possible, nothing more.
#[derive(Clone, Debug)]
pub(crate) struct Exactly<'t> {
    left: &'t [(ItemName, Way)],
}

impl<'t> Exactly<'t> {
    pub(crate) const fn new(trace: &'t [(ItemName, Way)]) -> Self {
        Self { left: trace }
    }
}

impl Strategy for Exactly<'_> {
    fn next(&mut self, program: &mut Program, run: &Run) -> Option<(usize, Way)> {
        let ((name, way), left) = self.left.split_first()?;
        let is_it = |item: &Pending| {
            run.name(program, *item) == *name
                && run.is_enabled(program, *item)
                && run.permits(program, *item, *way)
        };
        let at = run.pending.iter().position(is_it)?;
        self.left = left;
        Some((at, *way))
    }
}
