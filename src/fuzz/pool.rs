//! Copies of a workflow with its judges, one for each thread.

use std::sync::{Arc, Mutex, PoisonError};

use crate::check::{Budget, Check};
use crate::model::{ModelFault, Noise};
use crate::sim::{Judge, Rest, Worker};

use super::Suite;
use super::causal::Causal;
use super::outcome::Exercised;
use super::settles::{self, Settles};
use super::watch::{Folded, Followed, Recorded, Silent};

/// How many schedules are tried to find out which promises can be judged line by line.
const PROBES_MAX: usize = 256;

/// How a check judges a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Line by line.
    Folded,
    /// All lines at the end, in their order.
    Recorded,
    /// All lines at the end, by messages only.
    Causal,
}

/// The workers of all threads, to be borrowed.
pub(super) struct Pool {
    suite: Suite,
    noise: Noise,
    steps_max: u32,
    how: Vec<How>,
    checks: Vec<Arc<dyn Check>>,
    idle: Mutex<Vec<Worker>>,
}

impl Pool {
    /// Opens a workflow.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn new(suite: &Suite, noise: Noise, steps_max: u32) -> Result<Self, ModelFault> {
        let promises = suite.promises.iter().map(|(_, promise)| {
            match (promise.is_about_knowledge(), promise.fold()) {
                (true, _) => How::Causal,
                (_, Some(_)) => How::Folded,
                (_, None) => How::Recorded,
            }
        });
        let specs = suite.specs.iter().map(|_| How::Recorded);
        let mut pool = Self {
            suite: suite.clone(),
            noise,
            steps_max,
            how: promises.chain(specs).collect(),
            checks: suite.checks(),
            idle: Mutex::new(Vec::new()),
        };
        while let Err(fault) = pool.probe() {
            match fault.needs_history {
                Some(judge) => pool.how[judge] = How::Recorded,
                None => return Err(fault),
            }
            pool.idle = Mutex::new(Vec::new());
        }
        Ok(pool)
    }

    /// Plays a few schedules: whether all lines can be read.
    fn probe(&self) -> Result<(), ModelFault> {
        self.with(|worker| {
            let (_, menu) = worker.extend(&[])?;
            let few = menu.iter().take(PROBES_MAX);
            for deviation in few {
                worker.extend(&[*deviation])?;
            }
            Ok(())
        })
    }

    fn judge(&self, check: usize) -> Box<dyn Judge> {
        let recorded = |names| {
            let check = Arc::clone(&self.checks[check]);
            Box::new(Recorded::new(check, names, Budget::default()))
        };
        let promise = self.suite.promises.get(check);
        match (self.how[check], promise) {
            (How::Causal, _) => Box::new(Silent),
            (How::Folded, Some((_, promise))) => match promise.fold() {
                Some(fold) => Box::new(Folded::new(fold)),
                None => recorded(None),
            },
            (_, Some(_)) => recorded(None),
            (_, None) => {
                let (_, spec, options) = &self.suite.specs[check - self.suite.promises.len()];
                if let Some(follow) = spec.follow(*options) {
                    return Box::new(Followed::new(follow));
                }
                let names = spec.names();
                recorded(names.map(|names| names.iter().map(|name| (*name).to_owned()).collect()))
            }
        }
    }

    fn worker(&self) -> Worker {
        let mut program = self.suite.play.open(self.noise);
        for check in 0..self.checks.len() {
            program.watch(self.judge(check));
        }
        let settles = self.suite.settles_within.map(|within| Rest {
            judge: self.checks.len(),
            within,
        });
        if settles.is_some() {
            program.watch(Box::new(Settles::new()));
        }
        let mut worker = Worker::new(program, self.steps_max);
        worker.rest = settles;
        let causal = self.checks.iter().enumerate();
        let causal = causal.filter(|(check, _)| self.how[*check] == How::Causal);
        let causal: Vec<_> = causal
            .map(|(check, shared)| (check, Arc::clone(shared)))
            .collect();
        if !causal.is_empty() {
            worker.after = Some(Box::new(Causal::new(causal)));
        }
        worker
    }

    /// How a judge judges a run.
    pub(super) fn how(&self, judge: usize) -> How {
        self.how.get(judge).copied().unwrap_or(How::Folded)
    }

    /// What reports call a judge.
    pub(super) fn id(&self, judge: usize) -> &str {
        let check = self.checks.get(judge);
        check.map_or(settles::ID, |check| check.id())
    }

    /// Does something with a worker that nobody else uses.
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Worker) -> T) -> T {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let borrowed = idle().pop();
        let mut worker = borrowed.unwrap_or_else(|| self.worker());
        let done = work(&mut worker);
        idle().push(worker);
        done
    }

    /// Lets go of all workers, and of what their runs asked the checks.
    pub(super) fn forget(&self) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.clear();
    }

    /// The checks by their ids, and whether any run so far asked each for a judgement.
    pub(super) fn exercises(&self) -> Vec<Exercised> {
        let exercised = self.exercised().into_iter().enumerate();
        let checks = exercised.map(|(judge, is_exercised)| Exercised {
            id: self.id(judge).to_owned(),
            is_exercised,
            is_undecided: self.is_undecided(judge),
        });
        checks.collect()
    }

    /// Whether some run so far was neither surely kept nor surely broken.
    fn is_undecided(&self, judge: usize) -> bool {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.iter().any(|worker| {
            let mut after = worker.after.iter().flat_map(|after| after.undecided());
            worker.program.is_undecided(judge) || after.any(|undecided| *undecided == judge)
        })
    }

    /// Of each judge: whether any run so far asked it for a judgement.
    pub(super) fn exercised(&self) -> Vec<bool> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut exercised = vec![false; self.checks.len()];
        // Each run is asked whether it settles.
        exercised.extend(self.suite.settles_within.map(|_| true));
        for worker in idle.iter() {
            for (judge, is_exercised) in exercised.iter_mut().enumerate() {
                *is_exercised |= worker.program.is_exercised(judge);
            }
            let after = worker.after.iter().flat_map(|after| after.exercised());
            after.for_each(|judge| exercised[*judge] = true);
        }
        exercised
    }
}
