//! A random schedule that ends in the default order: what is asked to come to rest must be given the chance.
//!
//! # Source
//! As `fuzz/settles.rs`: faults first, then none.

use crate::sim::chance::Chance;
use crate::sim::deviation::{Director, Strategy};
use crate::sim::program::Program;
use crate::sim::run::{Run, Way};

use super::Drawn;
use super::mishaps::Extent;

/// A schedule that goes on in the default order from some step on.
pub(super) struct Calm {
    drawn: Drawn,
    /// How many steps are still to be drawn.
    left: u32,
    is_calm: bool,
    director: Director,
}

impl Calm {
    /// Up to twice as many steps as the default run has are drawn.
    pub(super) fn new(drawn: Drawn, chance: &mut Chance, extent: Extent, rest_within: u32) -> Self {
        let mut director = Director::default();
        director.rest_within(Some(rest_within));
        Self {
            drawn,
            left: chance.below(u64::from(extent.steps) * 2 + 1) as u32,
            is_calm: false,
            director,
        }
    }
}

impl Strategy for Calm {
    fn next(&mut self, program: &mut Program, run: &Run) -> Option<(usize, Way)> {
        if self.left > 0 {
            self.left -= 1;
            return self.drawn.next(program, run);
        }
        if !self.is_calm {
            self.is_calm = true;
            self.director.calm_down(run);
        }
        self.director.next(program, run)
    }

    fn happened(&mut self, program: &Program, run: &Run) {
        match self.is_calm {
            true => self.director.happened(program, run),
            false => self.drawn.happened(program, run),
        }
    }

    fn is_restless(&self, run: &Run) -> bool {
        self.is_calm && self.director.is_restless(run)
    }
}
