//! `testimony::fuzz(Checkout)…`: what `cargo test` and the command line share.

use std::path::PathBuf;

use crate::check::linear::AnySpec;
use crate::check::promise::{AnyPromise, Promise};
use crate::check::session::slug_of_type;
use crate::history::LineOrder;
use crate::model::{ModelFault, Noise, Workflow};
use crate::sim::{Breach, Deviation};

use super::campaign::{Found, Means, Plan, Progress, campaign};
use super::explore::Exhaustion;
use super::gauge::Gauge;
use super::outcome::{Drawn, Failure, FuzzFault, Fuzzed, Smaller};
use super::pool::{How, Pool};
use super::smaller::{WithSmaller, with_smaller_inputs};
use super::{Suite, regressions};

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
        let pool = self.pool()?;
        let plan = Plan::new(self.cases, self.seed);
        let mut progress = campaign(&pool, plan, gauge)?;
        let mut exhaustion = Exhaustion::default();
        if progress.found.is_none() {
            exhaustion = self.exhaust(&pool, self.cases, gauge)?;
            progress.found = exhaustion.found.take();
        }
        let is_played = progress.schedules >= self.cases;
        let is_over = progress.found.is_some() || (is_played && !exhaustion.is_interrupted);
        let fuzzed = self.fuzzed(&pool, progress)?;
        Ok(Fuzzed {
            is_interrupted: !is_over,
            exhausted: exhaustion.exhausted,
            ..fuzzed
        })
    }

    pub(super) fn pool(&self) -> Result<Pool, ModelFault> {
        Pool::new(&self.suite, self.noise, self.steps_max)
    }

    fn fuzzed(&self, pool: &Pool, progress: Progress) -> Result<Fuzzed, ModelFault> {
        let (failure, smaller) = match &progress.found {
            Some(found) => (
                Some(self.failure(pool, &found.breach, &found.schedule)?),
                self.smaller(found)?,
            ),
            None => (None, None),
        };
        let drawn = match progress.found.as_ref().map(|found| found.by) {
            Some(Means::Random {
                run, deviations, ..
            }) => Some(Drawn {
                seed: self.seed,
                number: run,
                deviations,
            }),
            _ => None,
        };
        Ok(Fuzzed {
            name: self.name.clone(),
            cases: self.cases,
            schedules: progress.schedules,
            steps: progress.steps,
            levels: progress.levels,
            classes: progress.coverage.classes(),
            cut_short: progress.cut_short,
            random: progress.coverage.draws,
            chance_of_new: progress.coverage.chance_of_new(),
            is_interrupted: false,
            exhausted: None,
            checks: pool.exercises(),
            drawn,
            failure,
            smaller,
        })
    }

    fn smaller(&self, found: &Found) -> Result<Option<Smaller>, ModelFault> {
        let smaller = with_smaller_inputs(&self.suite, self.noise, self.steps_max, found)?;
        let Some(WithSmaller {
            suite,
            found,
            times,
        }) = smaller
        else {
            return Ok(None);
        };
        let fuzz = Self {
            suite,
            ..self.clone()
        };
        let pool = fuzz.pool()?;
        let failure = fuzz.failure(&pool, &found.breach, &found.schedule)?;
        Ok(Some(Smaller { times, failure }))
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
