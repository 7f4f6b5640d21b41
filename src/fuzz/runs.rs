//! Random runs of a workflow as values of a property test.
//!
//! # Idea
//! Schedules are drawn as in a campaign (partial order sampling, PCT, plain chance), not step by step: a library that draws a number for
//! each step finds nothing that takes a long delay. What is shrunk is not those numbers either. The first time that a test fails, its
//! run is written down as deviations from the default order; they are taken away first, and then the inputs get smaller, with
//! another schedule where that one means nothing to them. A deviation that no longer applies is passed over, so nothing is ever
//! filtered out.

use std::fmt;

use proptest::prelude::any;
use proptest::strategy::{NewTree, Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::model::{ModelFault, Noise};
use crate::sim::{Deviation, Gamble, Played, Shrinker, Tale, Worker};

use super::builder::{STEPS_MAX, fuzz};
use super::pool::Pool;
use super::smaller::carried_over;
use super::{Failure, Suite};

/// How many deviations are tried in place of several: each costs a run of the test.
const SINGLES_MAX: usize = 10;

/// Random runs of workflows that a strategy makes: of [`Suite`]s, or of workflows whose tests look at the
/// [`ScheduledRun::tale`] only.
///
/// ```
/// use proptest::prelude::*;
/// use testimony::prelude::{Cast, Cx, Incoming, Participant, Serialize, Suite, Workflow};
/// use testimony::specs::at_most_once::AtMostOnce;
///
/// struct Till(u32);
///
/// #[derive(Serialize)]
/// #[serde(rename_all = "kebab-case")]
/// enum Fact {
///     Charged { order: u32 },
/// }
///
/// impl Participant for Till {
///     type Msg = ();
///     type Durable = ();
///     type Volatile = ();
///     fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<()>) {
///         if incoming == Incoming::Start {
///             (0..self.0).for_each(|order| cx.fact(Fact::Charged { order }));
///         }
///     }
/// }
///
/// struct Shop(u32);
///
/// impl Workflow for Shop {
///     type Msg = ();
///     fn cast(&self, cast: &mut Cast<()>) {
///         cast.add("till", Till(self.0));
///     }
/// }
///
/// fn suite(orders: u32) -> Suite {
///     Suite::of(Shop(orders)).promise("charge at most once", AtMostOnce::new("charged").per("order"))
/// }
///
/// proptest! {
///     # /*
///     #[test]
///     # */
///     fn charges_at_most_once(run in testimony::fuzz::runs((1..4_u32).prop_map(suite))) {
///         run.assert_kept();
///     }
/// }
/// # charges_at_most_once();
/// ```
pub fn runs<S>(inputs: S) -> Runs<S>
where
    S: Strategy,
    S::Value: Into<Suite>,
{
    Runs { inputs }
}

/// Random runs of workflows: what [`runs`] makes.
#[derive(Clone, Debug)]
pub struct Runs<S> {
    inputs: S,
}

/// One run of a workflow, as it was drawn or as it was shrunk.
#[derive(Clone)]
pub struct ScheduledRun {
    suite: Suite,
    /// How the inputs are written.
    inputs: String,
    schedule: Schedule,
}

#[derive(Clone, Debug)]
enum Schedule {
    Drawn(Gamble, u64),
    Written(Vec<Deviation>),
}

impl Schedule {
    fn play(&self, worker: &mut Worker) -> Result<Played, ModelFault> {
        match self {
            Self::Drawn(gamble, seed) => {
                worker.replay(&[])?;
                let mut drawn = gamble.draw(*seed, 0, worker.setting());
                worker.play(&mut *drawn)
            }
            Self::Written(schedule) => Ok(worker.replay(schedule)?.0),
        }
    }
}

impl fmt::Debug for ScheduledRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "run of {}", self.inputs)?;
        match (&self.schedule, self.words()) {
            (Schedule::Drawn(gamble, seed), _) => write!(f, ", drawn: {gamble:?} {seed}"),
            (Schedule::Written(_), Ok(words)) if words.is_empty() => {
                write!(f, ", in the default order")
            }
            (Schedule::Written(_), Ok(words)) => {
                write!(f, ", in the default order, but:")?;
                words.iter().try_for_each(|words| write!(f, "\n  {words}"))
            }
            (Schedule::Written(_), Err(fault)) => write!(f, ": {fault}"),
        }
    }
}

impl ScheduledRun {
    /// What the run breaks, if anything.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub fn failure(&self) -> Result<Option<Failure>, ModelFault> {
        let pool = self.pool()?;
        let (played, schedule) = pool.with(|worker| {
            let played = self.schedule.play(worker)?;
            Ok((played, worker.encode()?.schedule))
        })?;
        match played.found {
            Some(breach) => {
                let fuzzed = fuzz(self.suite.clone());
                Ok(Some(fuzzed.failure(&pool, &breach, &schedule)?))
            }
            None => Ok(None),
        }
    }

    /// What everybody did.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub fn tale(&self) -> Result<Tale, ModelFault> {
        self.pool()?.with(|worker| {
            self.schedule.play(worker)?;
            Ok(worker.tell())
        })
    }

    /// Fails the test where the run breaks something.
    ///
    /// # Panics
    /// With what is broken.
    #[expect(clippy::panic, reason = "an assertion of a test")]
    pub fn assert_kept(&self) {
        match self.failure() {
            Ok(None) => {}
            Ok(Some(failure)) => panic!("{}: {}\n{self:?}", failure.check, failure.says),
            Err(fault) => panic!("{fault}"),
        }
    }

    fn pool(&self) -> Result<Pool, ModelFault> {
        Pool::new(&self.suite, Noise::NONE, STEPS_MAX)
    }

    fn words(&self) -> Result<Vec<String>, ModelFault> {
        let Schedule::Written(schedule) = &self.schedule else {
            return Ok(Vec::new());
        };
        let fuzzed = fuzz(self.suite.clone());
        let (_, replay) = fuzzed.replayed(&self.pool()?, schedule)?;
        Ok(replay.in_words())
    }
}

impl<S> Strategy for Runs<S>
where
    S: Strategy,
    S::Value: Into<Suite>,
{
    type Tree = RunTree<S::Tree>;
    type Value = ScheduledRun;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        let inputs = self.inputs.new_tree(runner)?;
        let seed = any::<u64>().new_tree(runner)?.current();
        let gamble = Gamble::TURNS[seed as usize % Gamble::TURNS.len()];
        Ok(RunTree {
            inputs,
            drawn: (gamble, seed),
            shrinking: None,
        })
    }
}

/// A run, and how it gets smaller.
#[derive(Debug)]
pub struct RunTree<T> {
    inputs: T,
    drawn: (Gamble, u64),
    /// From the first failure on.
    shrinking: Option<Shrinking>,
}

struct Shrinking {
    pool: Pool,
    shrinker: Shrinker,
    proposed: Option<Vec<Deviation>>,
    /// Whether the schedule is as small as it gets, and the inputs are made smaller.
    is_at_inputs: bool,
    /// What the run breaks, if it is one of the suite's own checks.
    judge: Option<usize>,
}

impl fmt::Debug for Shrinking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shrinking").field(&self.shrinker).finish()
    }
}

impl<T: ValueTree> RunTree<T>
where
    T::Value: Into<Suite>,
{
    /// Writes the drawn run down.
    fn begin(&self) -> Result<Shrinking, ModelFault> {
        let pool = Pool::new(&self.inputs.current().into(), Noise::NONE, STEPS_MAX)?;
        let (gamble, seed) = self.drawn;
        let (judge, shrinker) = pool.with(|worker| {
            let played = Schedule::Drawn(gamble, seed).play(worker)?;
            let shrinker = Shrinker::new(worker.encode()?);
            let mut singles = worker.singles()?;
            singles.truncate(SINGLES_MAX);
            let judge = played.found.map(|breach| breach.judge);
            Ok((judge, shrinker.or_one_of(singles)))
        })?;
        Ok(Shrinking {
            pool,
            shrinker,
            proposed: None,
            is_at_inputs: false,
            judge,
        })
    }

    fn propose(&mut self) -> bool {
        let Some(shrinking) = &mut self.shrinking else {
            return false;
        };
        if !shrinking.is_at_inputs {
            shrinking.proposed = shrinking.shrinker.propose();
            shrinking.is_at_inputs = shrinking.proposed.is_none();
        }
        if shrinking.is_at_inputs {
            let is_smaller = self.inputs.simplify();
            self.carry_over();
            return is_smaller;
        }
        true
    }

    /// Looks for the schedule that does with the inputs at hand what the smallest one does.
    fn carry_over(&mut self) {
        let Some(shrinking) = &mut self.shrinking else {
            return;
        };
        let schedule = shrinking.shrinker.schedule();
        let carried = shrinking.judge.and_then(|judge| {
            let suite = self.inputs.current().into();
            let pool = Pool::new(&suite, Noise::NONE, STEPS_MAX).ok()?;
            carried_over(&pool, schedule, judge).ok()?
        });
        shrinking.proposed = carried.map(|found| found.schedule);
    }
}

impl<T: ValueTree> ValueTree for RunTree<T>
where
    T::Value: Into<Suite>,
{
    type Value = ScheduledRun;

    fn current(&self) -> ScheduledRun {
        let inputs = self.inputs.current();
        let schedule = match &self.shrinking {
            None => Schedule::Drawn(self.drawn.0, self.drawn.1),
            Some(shrinking) => {
                let known = || shrinking.shrinker.schedule().to_vec();
                Schedule::Written(shrinking.proposed.clone().unwrap_or_else(known))
            }
        };
        ScheduledRun {
            inputs: format!("{inputs:?}"),
            suite: inputs.into(),
            schedule,
        }
    }

    fn simplify(&mut self) -> bool {
        match &mut self.shrinking {
            None => match self.begin() {
                Ok(shrinking) => self.shrinking = Some(shrinking),
                Err(_) => return false,
            },
            Some(shrinking) if shrinking.is_at_inputs => {}
            Some(shrinking) => {
                if let Some(proposed) = shrinking.proposed.take() {
                    let replayed = shrinking.pool.with(|worker| worker.replay(&proposed));
                    let used = replayed.map_or(proposed, |(_, used)| used);
                    shrinking.shrinker.accept(used);
                }
            }
        }
        self.propose()
    }

    fn complicate(&mut self) -> bool {
        match &mut self.shrinking {
            None => false,
            Some(shrinking) if shrinking.is_at_inputs => {
                let is_larger = self.inputs.complicate();
                self.carry_over();
                is_larger
            }
            Some(shrinking) => {
                shrinking.proposed = None;
                shrinking.shrinker.reject();
                self.propose()
            }
        }
    }
}
