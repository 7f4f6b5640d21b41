//! What happens next, one strategy a file.

mod calm;
mod dpor;
mod exhaustive;
mod focus;
mod mishaps;
mod patience;
mod pct;
mod pos;
mod postpone;
mod quiet;
mod random;
mod visits;

use crate::model::Faults;

use super::chance::Chance;
use super::deviation::Strategy;

pub(crate) use dpor::by_traces;
pub(crate) use exhaustive::explore;
pub(crate) use focus::Focus;
pub(super) use mishaps::Extent;
pub(crate) use postpone::Explorer;

/// A strategy that draws its schedules at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Gamble {
    /// Whatever can happen is equally likely: `random.rs`.
    Uniform,
    /// Partial order sampling: `pos.rs`.
    Pos,
    /// Chains with priorities that change so often, less one: `pct.rs`.
    Pct(u8),
}

impl Gamble {
    /// Who draws, in turns. Sampling covers most classes, PCT holds back long chains, and now and then plain chance does better than either.
    pub(crate) const TURNS: [Self; 4] = [Self::Pos, Self::Pct(2), Self::Uniform, Self::Pct(3)];

    /// The schedule that `seed` and the number of the run decide. Where runs must come to rest, it is random only at first.
    pub(crate) fn draw(self, seed: u64, run: u64, setting: Setting) -> Drawn {
        let mut chance = Chance::new(seed, run);
        let Setting {
            faults,
            extent,
            rest_within,
        } = setting;
        let mishaps = mishaps::Mishaps::draw(&mut chance, faults, extent);
        let drawing = chance.clone();
        let drawn: Drawn = match self {
            Self::Uniform => Box::new(random::Random::new(drawing, mishaps)),
            Self::Pos => Box::new(pos::PartialOrder::new(drawing, mishaps)),
            Self::Pct(depth) => Box::new(pct::Pct::new(drawing, mishaps, extent, depth)),
        };
        match rest_within {
            Some(steps) => Box::new(calm::Calm::new(drawn, &mut chance, extent, steps)),
            None => drawn,
        }
    }
}

/// What random schedules depend on besides the seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    faults: Faults,
    extent: Extent,
    rest_within: Option<u32>,
}

impl Setting {
    pub(super) const fn new(faults: Faults, extent: Extent, rest_within: Option<u32>) -> Self {
        Self {
            faults,
            extent,
            rest_within,
        }
    }
}

/// A schedule that was drawn.
pub(crate) type Drawn = Box<dyn Strategy>;

#[cfg(test)]
mod tests;
