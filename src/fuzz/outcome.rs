//! What fuzzing and replaying found.

use std::fmt;

use crate::check::promise::slug;
use crate::history::{Faults, History, LineOrder, Verdict};
use crate::model::ModelFault;
use crate::sim::Tale;

use super::campaign::Level;
use super::explore::Exhausted;
use super::settles;
use super::{Replay, ReplayFault};

/// Why a workflow could not be fuzzed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FuzzFault {
    /// The model asks for something that has no meaning.
    #[error(transparent)]
    Model(#[from] ModelFault),
    /// A replay file is none.
    #[error(transparent)]
    Replay(#[from] ReplayFault),
    /// A file could not be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: String,
        /// What went wrong.
        error: std::io::Error,
    },
}

/// What fuzzing found.
#[derive(Clone, Debug)]
pub struct Fuzzed {
    /// What the workflow is called.
    pub name: String,
    /// How many schedules were to be played at most.
    pub cases: u64,
    /// How many schedules were played.
    pub schedules: u64,
    /// How many steps they took together.
    pub steps: u64,
    /// The schedules by their number of deviations.
    pub levels: Vec<Level>,
    /// How many runs differ by more than the order of unrelated steps.
    pub classes: u64,
    /// How many runs did not come to rest within the limit of steps: what a promise asks of the end was not judged there.
    pub cut_short: u64,
    /// How many of the schedules were drawn at random.
    pub random: u64,
    /// About how likely the next random schedule is to be of a class never seen.
    pub chance_of_new: Option<f64>,
    /// Whether the campaign was stopped before it had found anything, and before all was done that it was to do.
    pub is_interrupted: bool,
    /// That everything was looked at behind these schedules, where no more states than schedules were needed for it.
    pub exhausted: Option<Exhausted>,
    /// The checks, and whether any run asked them for a judgement.
    pub checks: Vec<Exercised>,
    /// The random schedule that showed the failure, before it was made small; `None`: it was not found at random.
    pub drawn: Option<Drawn>,
    /// The first schedule that breaks something, shrunk.
    pub failure: Option<Failure>,
    /// The same failure with smaller inputs, where the workflow has any with which it breaks the same thing.
    pub smaller: Option<Smaller>,
}

/// A random schedule as it was drawn: [`Fuzz::replay_drawn`](super::Fuzz::replay_drawn) plays it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// What the random schedules of the campaign depend on.
    pub seed: u64,
    /// Its number among them, from 0.
    pub number: u64,
    /// By how many deviations it departs from the default order.
    pub deviations: u32,
}

/// What breaks the same thing with the smallest inputs that [`Workflow::smaller`](crate::model::Workflow::smaller) leads to: for people, since its
/// replay file would not say which inputs those are.
#[derive(Clone, Debug)]
pub struct Smaller {
    /// How many times the inputs were made smaller.
    pub times: u32,
    /// What breaks with them.
    pub failure: Failure,
}

/// A check of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exercised {
    /// Its id.
    pub id: String,
    /// Whether some run asked it for a judgement: one that none did has judged nothing.
    pub is_exercised: bool,
    /// Whether some run that breaks nothing was not surely kept either: an outcome is unknown, or a budget ran out.
    pub is_undecided: bool,
}

impl Exercised {
    /// Whether each of these judged something, and left nothing undecided.
    pub(super) fn all_judged(checks: &[Self]) -> bool {
        let has_judged = |check: &Self| check.is_exercised && !check.is_undecided;
        !checks.is_empty() && checks.iter().all(has_judged)
    }
}

/// A schedule that breaks something.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The id of the check.
    pub check: String,
    /// What is broken.
    pub says: String,
    /// What everybody did.
    pub tale: Tale,
    pub(super) order: LineOrder,
    /// The schedule.
    pub replay: Replay,
}

/// What came of a replay.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// What the workflow is called.
    pub name: String,
    /// Whether the run took the steps that were recorded, where any were.
    pub is_same: bool,
    /// How many deviations never had their turn.
    pub passed_over: usize,
    /// Whether the run did not come to rest within the limit of steps.
    pub is_cut_short: bool,
    /// The checks, and whether this run asked them for a judgement before it broke something.
    pub checks: Vec<Exercised>,
    /// What everybody did.
    pub tale: Tale,
    /// The schedule as it was played.
    pub replay: Replay,
    /// What it breaks.
    pub failure: Option<Failure>,
}

impl Fuzzed {
    pub(super) fn of_regression(name: &str, failure: Failure) -> Self {
        Self {
            name: name.to_owned(),
            cases: 1,
            schedules: 1,
            steps: failure.replay.steps.into(),
            levels: Vec::new(),
            classes: 1,
            cut_short: 0,
            random: 0,
            chance_of_new: None,
            is_interrupted: false,
            exhausted: None,
            checks: Vec::new(),
            drawn: None,
            failure: Some(failure),
            smaller: None,
        }
    }

    /// Whether nothing was broken, every check judged something and left nothing undecided, every run came to its end (what a
    /// promise asks of the end is judged there only), and nobody stopped the campaign.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        let is_judged = Exercised::all_judged(&self.checks);
        let is_whole = self.cut_short == 0 && !self.is_interrupted;
        self.failure.is_none() && is_judged && is_whole
    }
}

impl Failure {
    /// What its files are called, without an ending: the workflow, the check, and the hash of the run.
    #[must_use]
    pub fn file_stem(&self) -> String {
        let workflow = slug(&self.replay.workflow);
        let check = slug(&self.check);
        let trace = &self.replay.trace;
        format!("{workflow}.{check}.{}", &trace[..trace.len().min(8)])
    }

    /// The run as a history that expects its verdict.
    ///
    /// # Errors
    /// Where it is no history: a defect of testimony.
    pub fn history(&self) -> Result<History, Faults> {
        let title = format!("{}: {}", self.replay.workflow, self.says);
        let expect = [(self.check.clone(), Verdict::Broken)];
        // Whether a run settles is no check of a history.
        let expect = if self.check == settles::ID {
            &[][..]
        } else {
            &expect
        };
        self.tale.history(&title, self.order, expect)
    }
}

impl fmt::Display for Fuzzed {
    /// Plain text for the message of a failed test.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name, schedules, ..
        } = self;
        let Some(failure) = &self.failure else {
            write!(f, "{name}: nothing broken in {schedules} schedules")?;
            for check in self.checks.iter().filter(|check| !check.is_exercised) {
                write!(f, "\n{}: not exercised: no run asked it anything", check.id)?;
            }
            for check in self.checks.iter().filter(|check| check.is_undecided) {
                write!(f, "\n{}: undecided in some run", check.id)?;
            }
            if self.cut_short > 0 {
                let runs = self.cut_short;
                write!(
                    f,
                    "\n{runs} runs did not come to rest within the limit of steps"
                )?;
            }
            if self.is_interrupted {
                write!(f, "\ninterrupted before everything was played")?;
            }
            if self.checks.is_empty() {
                write!(f, "\nno promise and no specification was asked for")?;
            }
            return Ok(());
        };
        let Failure { check, says, .. } = failure;
        write!(
            f,
            "{name}: {check} is broken: {says}\n{schedules} schedules were played; this one deviates by"
        )?;
        for deviation in failure.replay.in_words() {
            write!(f, "\n  {deviation}")?;
        }
        if failure.replay.deviations() == 0 {
            write!(f, "\n  nothing: it is the default order")?;
        }
        if let Ok(history) = failure.history() {
            let mut text = Vec::new();
            history.write(&mut text).map_err(|_| fmt::Error)?;
            write!(f, "\nhistory:\n{}", String::from_utf8_lossy(&text))?;
        }
        write!(f, "replay file:\n{}", failure.replay.text())
    }
}
