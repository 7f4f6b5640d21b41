//! Random choices that a seed and the number of a run decide, on every machine and in every version.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

use super::item::mixed;

/// PCG's own default stream.
const STREAM: u128 = 0x0a02_bdbf_7bb3_c0a7_ac28_fa16_a64a_bf96;

/// A row of choices: one for each run, so that no run depends on which thread played another.
#[derive(Clone, Debug)]
pub(crate) struct Chance(Pcg64);

impl Chance {
    /// The choices of run number `run`.
    pub(crate) fn new(seed: u64, run: u64) -> Self {
        // Seeds side by side give rows that begin alike: spread them first.
        let (upper, lower) = (mixed(seed), mixed(mixed(seed ^ STREAM as u64) ^ run));
        Self(Pcg64::new(
            u128::from(upper) << 64 | u128::from(lower),
            STREAM,
        ))
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// One of `0..end`; `end` is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        debug_assert!(end > 0, "there is a choice");
        let wide = u128::from(self.number()) * u128::from(end);
        // The upper half of the product is less than `end`.
        (wide >> 64) as u64
    }

    /// Whether something happens that happens `times` in `of` times.
    pub(crate) fn is_hit(&mut self, times: u64, of: u64) -> bool {
        self.below(of) < times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_and_the_run_decide_every_choice() {
        let row = |seed, run| {
            let mut chance = Chance::new(seed, run);
            [(); 4].map(|()| chance.below(1000))
        };
        assert_eq!(row(1, 7), row(1, 7));
        assert_ne!(row(1, 7), row(1, 8));
        assert_ne!(row(1, 7), row(2, 7));
    }
}
