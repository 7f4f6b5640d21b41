//! What a search through all runs is given, and what it hands back.

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use crate::model::ModelFault;

use super::Breach;
use super::choices;
use super::deviation::Strategy;
use super::item::ItemName;
use super::program::Program;
use super::run::{Pending, Run, Way};
use super::tale::tell;
use super::worker::AfterRun;
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
    found: Option<(Breach, Trace)>,
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
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn break_at(
        &mut self,
        program: &mut Program,
        (judge, says): Objection,
        path: impl Iterator<Item = Move>,
    ) -> Result<(), ModelFault> {
        let says = program.says(judge, says).to_owned();
        let path: Vec<Move> = path.collect();
        self.found = Some((Breach { judge, says }, named(program, &path)?));
        Ok(())
    }

    /// Nothing more can happen in this world.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn end(
        &mut self,
        program: &mut Program,
        world: &World,
        path: impl Iterator<Item = Move>,
    ) -> Result<(), ModelFault> {
        self.count.runs += 1;
        if !self.ends.insert(world.print()) {
            return Ok(());
        }
        self.scratch.copy_from(world);
        if let Some(found) = self.scratch.finish(program) {
            self.break_at(program, found, path)?;
        } else if world.has_open() {
            match &mut self.unanswered {
                Some((count, _)) => *count += 1,
                None => self.unanswered = Some((1, path.collect())),
            }
        }
        Ok(())
    }

    /// Has the runs judged that take these steps to their end, if no judge has found them broken.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn look_at(
        &mut self,
        program: &mut Program,
        after: &mut dyn AfterRun,
        path: impl Iterator<Item = Move>,
    ) -> Result<(), ModelFault> {
        if self.found.is_some() {
            return Ok(());
        }
        let path: Vec<Move> = path.collect();
        choices::each(program, &path, |program, mut run| {
            self.count.states += 1;
            run.finish(program);
            let breach = after.judge(run.class(), &|| tell(program, &run));
            self.found = breach.map(|breach| (breach, run.names(program)));
            self.found.is_some() || self.count.states > self.limits.states_max
        })
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
        let unanswered = match self.unanswered {
            None => None,
            Some((count, path)) => Some((count, named(program, &path)?)),
        };
        Ok(Exploration {
            count: self.count,
            ended,
            ends: self.ends,
            found: self.found,
            unanswered,
        })
    }
}

/// The names of the steps of a run: of equal items the one that came first happens first.
fn named(program: &mut Program, path: &[Move]) -> Result<Trace, ModelFault> {
    let mut trace = Trace::new();
    choices::each(program, path, |program, run| {
        trace = run.names(program);
        true
    })?;
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
