//! Finds a small schedule that breaks the same thing as a large one.
//!
//! # Source
//! Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", TSE 2002 (ddmin). Where we differ: guesses come first, since most
//! deviations of a random schedule concern nobody who is judged; single replacements come last, since a deviation that stands for
//! a long delay may do the work of several.
//!
//! # Idea
//! A deviation that no longer applies is passed over, so any subset of a schedule can be played. Whoever plays (the search, or a library of
//! property tests with its own idea of what fails) takes one proposal after the other and says what came of it. Where it still fails, the
//! deviations that had their turn go on: often fewer than those that were proposed.
//!
//! # Invariants
//! - I1: the schedule at hand failed, as far as the one that was begun with did.
//! - I2: there are finitely many proposals, whatever is said of them: each success leaves a schedule with fewer deviations, and between two
//!   successes each proposal is made once.

use crate::model::ModelFault;

use super::deviation::{Act, Deviation};
use super::encode::Encoded;
use super::worker::{Breach, Worker};

/// A schedule on its way to being small.
#[derive(Clone, Debug)]
pub(crate) struct Shrinker {
    schedule: Vec<Deviation>,
    stage: Stage,
    /// Subsets that may do, the smallest first.
    guesses: Vec<Vec<Deviation>>,
    /// Deviations of which one may do instead of several.
    singles: Vec<Deviation>,
}

/// What is tried next.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The guess of this number.
    Guess(usize),
    /// To delete so many deviations, from this one on.
    Chunk {
        size: usize,
        from: usize,
    },
    /// The single deviation of this number instead of all.
    Single(usize),
    /// To postpone the item at which this deviation stands, and to delete another one.
    Replace {
        at: usize,
        without: usize,
    },
    Done,
}

impl Shrinker {
    /// Begins with a schedule that fails.
    pub(crate) fn new(encoded: Encoded) -> Self {
        let Encoded { schedule, near } = encoded;
        let is_fault = |deviation: &&Deviation| matches!(deviation.act, Act::Happen(_));
        let faults: Vec<Deviation> = near.iter().filter(is_fault).copied().collect();
        Self {
            schedule,
            stage: Stage::Guess(0),
            guesses: vec![Vec::new(), faults, near],
            singles: Vec::new(),
        }
    }

    /// Also tries these deviations, one at a time, where several are left. Of use where runs with one deviation have not been played
    /// before.
    pub(crate) fn or_one_of(mut self, singles: Vec<Deviation>) -> Self {
        self.singles = singles;
        self
    }

    /// The smallest schedule so far that fails.
    #[cfg(feature = "proptest")]
    pub(crate) fn schedule(&self) -> &[Deviation] {
        &self.schedule
    }

    /// A smaller schedule to be tried; `None`: there are no more.
    pub(crate) fn propose(&mut self) -> Option<Vec<Deviation>> {
        loop {
            let len = self.schedule.len();
            let mut fewer = self.schedule.clone();
            match self.stage {
                Stage::Guess(guess) if guess < self.guesses.len() => {
                    fewer.clone_from(&self.guesses[guess]);
                    if fewer.len() < len && (guess == 0 || !fewer.is_empty()) {
                        return Some(fewer);
                    }
                }
                Stage::Chunk { size, from } if size > 0 && from < len => {
                    fewer.drain(from..len.min(from + size));
                    if !fewer.is_empty() {
                        return Some(fewer);
                    }
                }
                Stage::Single(at) if at < self.singles.len() && len > 1 => {
                    let single = self.singles[at];
                    if !self.schedule.contains(&single) {
                        return Some(vec![single]);
                    }
                }
                Stage::Replace { at, without } if at < len && without < len => {
                    let is_overtaken = matches!(fewer[at].act, Act::Before(_));
                    fewer[at].act = Act::Postpone;
                    fewer.remove(without);
                    if is_overtaken && at != without {
                        return Some(fewer);
                    }
                }
                Stage::Done => return None,
                _ => {}
            }
            self.advance();
        }
    }

    /// What was proposed last does not fail.
    pub(crate) fn reject(&mut self) {
        self.advance();
    }

    /// What was proposed last fails too, and these of its deviations had their turn.
    pub(crate) fn accept(&mut self, used: Vec<Deviation>) {
        self.schedule = used;
        let len = self.schedule.len();
        self.stage = match self.stage {
            _ if len == 0 => Stage::Done,
            Stage::Guess(_) => Self::chunks(len),
            Stage::Chunk { size, from } => Stage::Chunk {
                size: size.min(len.div_ceil(2)),
                from,
            },
            Stage::Replace { .. } => Stage::Replace { at: 0, without: 0 },
            Stage::Single(_) | Stage::Done => Stage::Done,
        };
    }

    const fn chunks(len: usize) -> Stage {
        let size = len.div_ceil(2);
        Stage::Chunk { size, from: 0 }
    }

    fn advance(&mut self) {
        let len = self.schedule.len();
        self.stage = match self.stage {
            Stage::Guess(guess) if guess + 1 < self.guesses.len() => Stage::Guess(guess + 1),
            Stage::Guess(_) => Self::chunks(len),
            Stage::Chunk { size, from } if from + size < len => Stage::Chunk {
                size,
                from: from + size,
            },
            Stage::Chunk { size, .. } if size > 1 => Self::chunks(size),
            Stage::Chunk { .. } => Stage::Single(0),
            Stage::Single(at) if at + 1 < self.singles.len() => Stage::Single(at + 1),
            Stage::Single(_) => Stage::Replace { at: 0, without: 0 },
            Stage::Replace { at, without } if without + 1 < len => Stage::Replace {
                at,
                without: without + 1,
            },
            Stage::Replace { at, .. } if at + 1 < len => Stage::Replace {
                at: at + 1,
                without: 0,
            },
            Stage::Replace { .. } | Stage::Done => Stage::Done,
        };
    }
}

/// The outcome of shrinking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shrunk {
    pub(crate) schedule: Vec<Deviation>,
    pub(crate) breach: Breach,
    /// How many runs it took.
    pub(crate) replays: u32,
}

/// Finds a small schedule that the same judge finds broken, in so many replays.
///
/// # Errors
/// What is wrong with the model.
pub(crate) fn shrink(
    worker: &mut Worker,
    mut shrinker: Shrinker,
    mut breach: Breach,
    replays_max: u32,
) -> Result<Shrunk, ModelFault> {
    let mut replays = 0;
    while replays < replays_max
        && let Some(proposed) = shrinker.propose()
    {
        replays += 1;
        let (played, used) = worker.replay(&proposed)?;
        match played.found {
            Some(again) if again.judge == breach.judge => {
                breach = again;
                shrinker.accept(used);
            }
            _ => shrinker.reject(),
        }
    }
    Ok(Shrunk {
        schedule: shrinker.schedule,
        breach,
        replays,
    })
}
