//! `testimony::fuzz(Checkout)…`: what `cargo test` and the command line share.

use std::fmt;
use std::path::PathBuf;

use crate::check::linear::AnySpec;
use crate::check::promise::{AnyPromise, Promise, slug};
use crate::check::session::slug_of_type;
use crate::history::{Faults, History, LineOrder, Verdict};
use crate::model::{ModelFault, Noise, Workflow};
use crate::sim::{Breach, Deviation, ItemName, Tale};

use super::campaign::{Found, Level, Plan, Progress, campaign};
use super::explore::Exhausted;
use super::gauge::Gauge;
use super::pool::{How, Pool};
use super::replay::written;
use super::settles;
use super::smaller::with_smaller_inputs;
use super::{Replay, ReplayFault, Suite, regressions};

/// How many steps a run may take.
pub(super) const STEPS_MAX: u32 = 10_000;
/// How many schedules are played where nobody says it.
const CASES: u64 = 10_000;

/// Which random schedules are played where nobody says it.
const SEED: u64 = 1;

/// A workflow and how it is going to be fuzzed.
///
/// Made by [`fuzz`].
#[derive(Clone, Debug)]
#[must_use = "nothing is played before `run` or one of the assertions"]
pub struct Fuzz {
    pub(super) name: String,
    pub(super) suite: Suite,
    pub(super) cases: u64,
    pub(super) noise: Noise,
    pub(super) steps_max: u32,
    pub(super) seed: u64,
    regressions: Option<PathBuf>,
}

/// Starts to fuzz a workflow, or a [`Suite`]: a workflow with what it must keep.
///
/// ```
/// # use testimony::prelude::*;
/// # use testimony::specs::at_most_once::AtMostOnce;
/// # struct Till;
/// # impl Participant for Till {
/// #     type Msg = ();
/// #     type Durable = ();
/// #     type Volatile = ();
/// #     fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<()>) {
/// #         #[derive(Serialize)]
/// #         #[serde(rename_all = "kebab-case")]
/// #         enum Fact { Charged { order: u32 } }
/// #         if let Incoming::Start = incoming { cx.fact(Fact::Charged { order: 1 }); }
/// #     }
/// # }
/// # struct Checkout;
/// # impl Workflow for Checkout {
/// #     type Msg = ();
/// #     fn cast(&self, cast: &mut Cast<()>) { cast.add("till", Till); }
/// # }
/// testimony::fuzz(Checkout)
///     .promise(AtMostOnce::new("charged").per("order"))
///     .cases(10_000)
///     .assert_kept();
/// ```
pub fn fuzz(workflow: impl Into<Suite>) -> Fuzz {
    Fuzz {
        name: "workflow".to_owned(),
        suite: workflow.into(),
        cases: CASES,
        noise: Noise::NONE,
        steps_max: STEPS_MAX,
        seed: SEED,
        regressions: None,
    }
}

impl<W: Workflow> From<W> for Suite {
    fn from(workflow: W) -> Self {
        Self::of(workflow)
    }
}

impl Fuzz {
    /// Holds it to a promise, which reports call by the slug of its type's name.
    pub fn promise<P: Promise>(self, promise: P) -> Self {
        self.named_promise(&slug_of_type::<P>(), promise)
    }

    /// Holds it to a promise, which reports call by the slug of `name`.
    pub fn named_promise(mut self, name: &str, promise: impl Into<AnyPromise>) -> Self {
        self.suite = self.suite.promise(name, promise);
        self
    }

    /// Holds its operations to a specification: they must be linearizable.
    pub fn spec(mut self, name: &str, spec: impl Into<AnySpec>) -> Self {
        self.suite = self.suite.spec(name, spec);
        self
    }

    /// Holds it to an end, as [`Suite::settles_within`] says.
    pub fn settles_within(mut self, steps: u32) -> Self {
        self.suite = self.suite.settles_within(steps);
        self
    }

    /// Says how reports and replay files call the workflow.
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Says how many schedules to play at most.
    pub fn cases(mut self, cases: u64) -> Self {
        self.cases = cases;
        self
    }

    /// Adds unrelated traffic.
    pub fn noise(mut self, noise: Noise) -> Self {
        self.noise = noise;
        self
    }

    /// Says how many steps one run may take: 10,000 unless it is said.
    pub fn steps_max(mut self, steps_max: u32) -> Self {
        self.steps_max = steps_max;
        self
    }

    /// Says which random schedules are drawn: the same for the same seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Plays the replay files of this folder first, and writes one for each new failure: put it under version control.
    pub fn regressions(mut self, folder: impl Into<PathBuf>) -> Self {
        self.regressions = Some(folder.into());
        self
    }

    /// Plays the schedules that are kept as regressions, then others, until one breaks something or all are played.
    ///
    /// # Errors
    /// What is wrong with the model, or with the files of the regressions.
    pub fn run(&self) -> Result<Fuzzed, FuzzFault> {
        self.run_watched(&Gauge::default())
    }

    /// The same, with a gauge that another thread may look at, and stop it by.
    ///
    /// # Errors
    /// As for [`Fuzz::run`].
    pub fn run_watched(&self, gauge: &Gauge) -> Result<Fuzzed, FuzzFault> {
        let kept = self.regressions.as_deref();
        for replay in kept.map_or(Ok(Vec::new()), |folder| {
            regressions::read(folder, &self.name)
        })? {
            if let Some(failure) = self.replay(&replay)?.failure {
                return Ok(Fuzzed::of_regression(&self.name, failure));
            }
        }
        let fuzzed = self.search(gauge)?;
        if let (Some(folder), Some(failure)) = (kept, &fuzzed.failure) {
            regressions::write(folder, failure)?;
        }
        Ok(fuzzed)
    }

    fn search(&self, gauge: &Gauge) -> Result<Fuzzed, ModelFault> {
        let pool = Pool::new(&self.suite, self.noise, self.steps_max)?;
        let plan = Plan::new(self.cases, self.seed);
        let mut progress = campaign(&pool, plan, gauge)?;
        let mut exhausted = None;
        if progress.found.is_none() {
            (exhausted, progress.found) = self.exhaust(&pool, self.cases, gauge)?;
        }
        let fuzzed = self.fuzzed(&pool, progress)?;
        Ok(Fuzzed {
            exhausted,
            ..fuzzed
        })
    }

    fn fuzzed(&self, pool: &Pool, progress: Progress) -> Result<Fuzzed, ModelFault> {
        let (failure, smaller) = match &progress.found {
            Some(found) => (
                Some(self.failure(pool, &found.breach, &found.schedule)?),
                self.smaller(found)?,
            ),
            None => (None, None),
        };
        Ok(Fuzzed {
            name: self.name.clone(),
            schedules: progress.schedules,
            steps: progress.steps,
            levels: progress.levels,
            classes: progress.coverage.classes(),
            cut_short: progress.cut_short,
            random: progress.coverage.draws,
            chance_of_new: progress.coverage.chance_of_new(),
            exhausted: None,
            checks: pool.exercises(),
            failure,
            smaller,
        })
    }

    fn smaller(&self, found: &Found) -> Result<Option<Failure>, ModelFault> {
        let smaller = with_smaller_inputs(&self.suite, self.noise, self.steps_max, found)?;
        let Some((suite, found)) = smaller else {
            return Ok(None);
        };
        let fuzz = Self {
            suite,
            ..self.clone()
        };
        let pool = Pool::new(&fuzz.suite, fuzz.noise, fuzz.steps_max)?;
        let failure = fuzz.failure(&pool, &found.breach, &found.schedule)?;
        Ok(Some(failure))
    }

    pub(super) fn failure(
        &self,
        pool: &Pool,
        breach: &Breach,
        schedule: &[Deviation],
    ) -> Result<Failure, ModelFault> {
        let check = pool.id(breach.judge);
        let (tale, mut replay) = self.replayed(pool, schedule)?;
        replay.breaks = Some(check.to_owned());
        let order = match pool.how(breach.judge) {
            How::Causal => LineOrder::HappenedBefore,
            How::Folded | How::Recorded => LineOrder::RealTime,
        };
        Ok(Failure {
            check: check.to_owned(),
            says: breach.says.clone(),
            tale,
            order,
            replay,
        })
    }

    /// Plays one schedule again, for what people read of it.
    pub(super) fn replayed(
        &self,
        pool: &Pool,
        schedule: &[Deviation],
    ) -> Result<(Tale, Replay), ModelFault> {
        pool.with(|worker| {
            let (played, _) = worker.extend(schedule)?;
            let name = |name: ItemName| {
                let text = worker.program.text_of(name.kind).unwrap_or_default();
                written(text, name.copy)
            };
            let mut replay = Replay::new(&self.name, self.noise, schedule, name);
            replay.steps = played.steps;
            replay.trace = format!("{:016x}", worker.trace());
            Ok((worker.tell(), replay))
        })
    }

    /// Plays the default order: nothing is late, lost or down.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub fn default_order(&self) -> Result<Replayed, ModelFault> {
        let nothing = Replay::new(&self.name, self.noise, &[], |_| String::new());
        self.replay(&nothing)
    }

    /// Plays the schedule of a file, with the noise that it was found in.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub fn replay(&self, replay: &Replay) -> Result<Replayed, ModelFault> {
        let noise = replay.noise();
        let pool = Pool::new(&self.suite, noise, self.steps_max)?;
        let schedule = replay.schedule();
        let (played, used) = pool.with(|worker| {
            let (played, _) = worker.extend(&schedule)?;
            Ok((played, worker.used()))
        })?;
        let again = self.clone().noise(noise);
        let passed_over = schedule.len() - used;
        let (tale, found) = again.replayed(&pool, &schedule)?;
        let failure = match &played.found {
            Some(breach) => Some(again.failure(&pool, breach, &schedule)?),
            None => None,
        };
        Ok(Replayed {
            is_same: found.trace == replay.trace,
            passed_over,
            tale,
            failure,
        })
    }

    /// Fails the test where a schedule breaks something, or nothing was judged.
    ///
    /// # Panics
    /// With the story, the history and the line that replays it.
    pub fn assert_kept(&self) {
        let fuzzed = self.played_in_test();
        assert!(fuzzed.is_kept(), "{fuzzed}");
    }

    /// Fails the test where no schedule breaks anything.
    ///
    /// # Panics
    /// With what was looked at.
    pub fn assert_broken(&self) {
        let fuzzed = self.played_in_test();
        assert!(fuzzed.failure.is_some(), "{fuzzed}");
    }

    #[expect(clippy::panic, reason = "an assertion of a test")]
    fn played_in_test(&self) -> Fuzzed {
        match self.run() {
            Ok(fuzzed) => fuzzed,
            Err(fault) => panic!("{fault}"),
        }
    }
}

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
    /// A promise about knowledge: what a participant could know is not part of a state.
    #[error("`{0}` is about knowledge, which no state shows: fuzz the workflow instead")]
    NotExplorable(String),
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
    /// That everything was looked at behind these schedules, where no more states than schedules were needed for it.
    pub exhausted: Option<Exhausted>,
    /// The checks, and whether any run asked them for a judgement.
    pub checks: Vec<Exercised>,
    /// The first schedule that breaks something, shrunk.
    pub failure: Option<Failure>,
    /// What breaks the same thing with the smallest inputs that [`Workflow::smaller`] leads to: for people, since its replay file would
    /// not say which inputs those are.
    pub smaller: Option<Failure>,
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
    order: LineOrder,
    /// The schedule.
    pub replay: Replay,
}

/// What came of a replay.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// Whether the run took the steps that were recorded.
    pub is_same: bool,
    /// How many deviations never had their turn.
    pub passed_over: usize,
    /// What everybody did.
    pub tale: Tale,
    /// What it breaks.
    pub failure: Option<Failure>,
}

impl Fuzzed {
    fn of_regression(name: &str, failure: Failure) -> Self {
        Self {
            name: name.to_owned(),
            schedules: 1,
            steps: failure.replay.steps.into(),
            levels: Vec::new(),
            classes: 1,
            cut_short: 0,
            random: 0,
            chance_of_new: None,
            exhausted: None,
            checks: Vec::new(),
            failure: Some(failure),
            smaller: None,
        }
    }

    /// Whether nothing was broken, every check judged something and left nothing undecided, and every run came to its end: what a
    /// promise asks of the end is judged there only.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        let is_judged = Exercised::all_judged(&self.checks);
        self.failure.is_none() && is_judged && self.cut_short == 0
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
