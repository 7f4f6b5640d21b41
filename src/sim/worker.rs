//! One thread's copy of a workflow: plays schedules one after the other.

use std::sync::Arc;

use crate::model::ModelFault;

use super::deviation::{Deviation, Director, End, Strategy, play};
use super::encode::{Encoded, encode};
use super::program::Program;
use super::run::{Found, Run};
use super::strategy::{Explorer, Extent, Focus, Setting};
use super::tale::{Tale, tell};

/// Judges whole runs that no judge has found broken.
pub(crate) trait AfterRun: Send {
    /// What is broken by a run of this class.
    fn judge(&mut self, class: u64, tell: &dyn Fn() -> Tale) -> Option<Breach>;

    /// The numbers of the judges, behind those that watch each line, that some run so far asked for a judgement.
    fn exercised(&self) -> &[usize];

    /// The numbers of those for which some run so far was neither surely kept nor surely broken.
    fn undecided(&self) -> &[usize];
}

/// When runs must come to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    /// The number of the judge in whose name a run is broken that does not.
    pub(crate) judge: usize,
    /// Within so many steps behind the last deviation.
    pub(crate) within: u32,
}

/// One thread's copy of a workflow.
pub(crate) struct Worker {
    pub(crate) program: Program,
    pub(crate) after: Option<Box<dyn AfterRun>>,
    pub(crate) rest: Option<Rest>,
    run: Run,
    explorer: Explorer,
    steps_max: u32,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Worker").field(&self.program).finish()
    }
}

/// What came of a schedule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Played {
    pub(crate) found: Option<Breach>,
    /// Which runs are the same but for the order of unrelated steps.
    pub(crate) class: u64,
    pub(crate) steps: u32,
    /// Whether it came to rest.
    pub(crate) end: End,
}

/// What a judge found broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Breach {
    pub(crate) judge: usize,
    pub(crate) says: String,
}

impl Worker {
    pub(crate) fn new(mut program: Program, steps_max: u32) -> Self {
        let run = Run::new(&mut program);
        Self {
            program,
            after: None,
            rest: None,
            run,
            explorer: Explorer::default(),
            steps_max,
        }
    }

    /// Plays a run as a strategy wants it.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(crate) fn play(&mut self, strategy: &mut dyn Strategy) -> Result<Played, ModelFault> {
        self.run.reset(&mut self.program);
        let end = play(&mut self.program, &mut self.run, strategy, self.steps_max)?;
        Ok(self.played(end))
    }

    /// Plays a schedule, and says by which deviations it could be extended.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(crate) fn extend(
        &mut self,
        schedule: &[Deviation],
    ) -> Result<(Played, Vec<Deviation>), ModelFault> {
        self.run.reset(&mut self.program);
        self.explorer.restart(schedule);
        self.explorer.rest_within(self.rest.map(|rest| rest.within));
        let Self {
            program,
            run,
            explorer,
            steps_max,
            ..
        } = self;
        let end = play(program, run, explorer, *steps_max)?;
        let menu = self.explorer.menu.clone();
        Ok((self.played(end), menu))
    }

    /// Plays a schedule, and says which of its deviations had their turn.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(crate) fn replay(
        &mut self,
        schedule: &[Deviation],
    ) -> Result<(Played, Vec<Deviation>), ModelFault> {
        let mut director = Director::new(schedule);
        director.rest_within(self.rest.map(|rest| rest.within));
        let played = self.play(&mut director)?;
        Ok((played, director.used()))
    }

    /// Writes the run that was played last as deviations.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(crate) fn encode(&mut self) -> Result<Encoded, ModelFault> {
        let steps = self.run.steps.clone();
        encode(&mut self.program, &mut self.run, &steps)
    }

    /// The deviations that make up all schedules of one, the cheapest first.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(crate) fn singles(&mut self) -> Result<Vec<Deviation>, ModelFault> {
        self.extend(&[])?;
        let focus = Arc::new(self.focus());
        self.set_focus(&focus);
        let (_, menu) = self.extend(&[])?;
        let mut singles: Vec<(u8, Deviation)> = self.costs().iter().copied().zip(menu).collect();
        singles.sort_by_key(|(cost, _)| *cost);
        Ok(singles
            .into_iter()
            .map(|(_, deviation)| deviation)
            .collect())
    }

    /// Of each deviation that the last schedule can be extended by: what it costs.
    pub(crate) fn costs(&self) -> &[u8] {
        &self.explorer.costs
    }

    /// Which participants matter in the run that was played last.
    pub(crate) fn focus(&mut self) -> Focus {
        Focus::of(&mut self.program, &self.run)
    }

    /// Orders what schedules can be extended by.
    pub(crate) fn set_focus(&mut self, focus: &Arc<Focus>) {
        self.explorer.focus = Arc::clone(focus);
    }

    /// What random schedules depend on, as far as the run that was played last shows it.
    pub(crate) fn setting(&self) -> Setting {
        let extent = Extent::of(&self.program, &self.run);
        let rest_within = self.rest.map(|rest| rest.within);
        Setting::new(self.program.faults, extent, rest_within)
    }

    fn played(&mut self, end: End) -> Played {
        let breach = |found: Found| Breach {
            judge: found.judge,
            says: self.program.says(found.judge, found.says).to_owned(),
        };
        let mut found = self.run.found.map(breach);
        if let (None, End::Restless, Some(rest)) = (&found, end, self.rest) {
            let Rest { judge, within } = rest;
            let says = format!("does not come to rest within {within} steps of the last deviation");
            found = Some(Breach { judge, says });
        }
        let class = self.run.class();
        if let (None, Some(after)) = (&found, &mut self.after) {
            found = after.judge(class, &|| tell(&self.program, &self.run));
        }
        Played {
            found,
            class,
            steps: self.run.steps.len() as u32,
            end,
        }
    }

    /// How many deviations of the schedule that was played last had their turn.
    pub(crate) fn used(&self) -> usize {
        self.explorer.used()
    }

    /// A hash of the steps of the run that was played last, in their order.
    pub(crate) fn trace(&self) -> u64 {
        self.run.trace(&self.program)
    }

    /// The run that was played last, as people read it.
    pub(crate) fn tell(&self) -> Tale {
        tell(&self.program, &self.run)
    }
}
