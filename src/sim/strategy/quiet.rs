//! Starts that nobody else notices: they happen first, and in one order.
//!
//! # Source
//! Persistent sets: Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems", LNCS 1032, 1996, chapter 4. Here each set
//! is one kind of item in all its ways, and it is chosen before the search begins.
//!
//! # Idea
//! A start is *quiet* if, in each of its ways, it touches nothing but its own participant: no judge heeds what it writes, and it has nothing to do with
//! the clock. Let `p` be a participant whose quiet start is pending, and take any run from there.
//! - Nothing in the run before the start touches `p`: messages to it wait, it has sent nothing, set nothing, opened nothing, and it cannot restart
//!   before it has started. Links to it may be cut or heal: a start crosses none, and what it sends does so later.
//! - So the start commutes with each step before it, in whichever way it happens. The reaction is the same, because no state of `p` and no clock
//!   that it looks at has changed.
//! - Its way is possible at once. Crashes and skews are budgets that only shrink: what the run can afford in one order, it can in
//!   each (`footprint.rs`, I2). A crash leaves `p` down, and a restart pending that the run takes no sooner than before.
//! - A run that comes to its end has the start in it, since it stays possible until it happens. One that breaks something sooner breaks the same with the
//!   start in front of it, which no judge heeds.
//!
//! So runs that begin with the start come to all ends and breaches. It happens once, so that nothing is put off for ever by a cycle.
//!
//! # Invariants
//! - I1: the ends are those of all runs (`tests/truth.rs`, with this rule and without).
//! - I2: a start that is quiet with the whole budget of faults stays so: a smaller budget leaves fewer ways.
//!
//! # Complexity
//! Once for each way of each start; then one comparison a state.
//!
//! # Not chosen
//! Starts that write a line which a judge heeds: two of them may have to be tried in both orders. `Cast::start_together` is for those.

use crate::model::ModelFault;
use crate::sim::footprint::Footprint;
use crate::sim::program::Program;
use crate::sim::world::World;

/// The starts that nobody else notices, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct QuietStarts(Vec<u32>);

impl QuietStarts {
    /// Finds those of a workflow whose first world is given.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn of(program: &mut Program, first: &World) -> Result<Self, ModelFault> {
        let mut quiet = Self::default();
        if program.starts_together {
            return Ok(quiet);
        }
        let mut world = World::default();
        for who in program.participants() {
            let start = u32::from(who.0);
            let mut moves = Vec::new();
            first.moves(program, start, &mut moves)?;
            let mut touches = Footprint::NONE;
            for taken in moves {
                world.copy_from(first);
                world.take(program, taken, &mut ())?;
                touches.join(world.footprint);
            }
            if touches.is_only(who) {
                quiet.0.push(start);
            }
        }
        Ok(quiet)
    }

    /// The first of them among the kinds that can happen, which are in the order of their numbers.
    pub(super) fn first(&self, program: &Program, kinds: &[u32]) -> Option<u32> {
        let starts = kinds.iter().copied();
        let mut starts = starts.take_while(|kind| program.is_start(*kind));
        starts.find(|start| self.0.binary_search(start).is_ok())
    }
}
