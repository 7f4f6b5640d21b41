//! How much of what can happen was seen.
//!
//! # Source
//! Good, "The population frequencies of species and the estimation of population parameters", Biometrika 1953: of `n` draws, the share of those
//! whose species was drawn once estimates the chance that the next draw is of a new one.
//!
//! # Idea
//! A species is a *class*: runs that differ only in the order of unrelated steps. Only random schedules are draws. One whose class
//! was seen among the schedules by deviations would not be new again, so it does not count as drawn once.

use rustc_hash::FxHashMap;

use crate::sim::Played;

/// How a run came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Deviations,
    Random,
}

/// What was seen.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage {
    /// Of each class: whether one random schedule alone has shown it.
    classes: FxHashMap<u64, bool>,
    pub(super) draws: u64,
    single: u64,
}

impl Coverage {
    /// Counts a run; says whether its class is new.
    pub(super) fn count(&mut self, played: &Played, origin: Origin) -> bool {
        let is_random = origin == Origin::Random;
        self.draws += u64::from(is_random);
        match self.classes.get_mut(&played.class) {
            Some(is_single) => {
                self.single -= u64::from(*is_single);
                *is_single = false;
                false
            }
            None => {
                self.single += u64::from(is_random);
                self.classes.insert(played.class, is_random);
                true
            }
        }
    }

    /// How many classes were seen.
    pub(super) fn classes(&self) -> u64 {
        self.classes.len() as u64
    }

    /// About how likely the next random schedule is to be of a class never seen; `None`: none was drawn.
    pub(super) fn chance_of_new(&self) -> Option<f64> {
        (self.draws > 0).then(|| self.single as f64 / self.draws as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::End;

    #[test]
    fn what_was_drawn_once_says_how_much_is_left() {
        let played = |class| Played {
            found: None,
            class,
            steps: 1,
            end: End::Settled,
        };
        let mut coverage = Coverage::default();
        assert!(coverage.count(&played(1), Origin::Deviations));
        assert_eq!(coverage.chance_of_new(), None);
        for class in [1, 2, 3, 3] {
            coverage.count(&played(class), Origin::Random);
        }
        assert_eq!(
            (coverage.classes(), coverage.chance_of_new()),
            (3, Some(0.25))
        );
    }
}
