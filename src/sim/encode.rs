//! Writes a run that any strategy played as deviations from the default order.
//!
//! # Idea
//! Play the run again, and ask at each step whose turn it is by default. Where another item happened, one deviation says so:
//! - a timer, or an item that was held back: it comes *before* the one whose turn it is;
//! - a message: the one whose turn it is was overtaken. Where more than one item overtakes it, it is *postponed*, so that one
//!   deviation stands for the whole delay; else the other comes before it.
//!
//! Faults are said where they happen. The default order is the one of [`Director`], asked step by step, so what is written is right by
//! construction: each time an item whose turn it is does not happen, exactly one deviation names it.
//!
//! # Invariants
//! - I1: the deviations play the same steps.
//!
//! # Complexity
//! O(n·p) for `n` steps and `p` pending items.
//!
//! # Not chosen
//! One deviation a step ("the k-th of those that can happen"): a message that is held back for 22 steps then takes 22 deviations, none of
//! which means anything once another is gone.

use rustc_hash::FxHashMap;

use crate::model::ModelFault;

use super::deviation::{Act, Deviation, Director, Strategy};
use super::program::Program;
use super::run::{Pending, Run, Step, Way};
use super::strategy::Focus;

/// A run, written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Encoded {
    pub(crate) schedule: Vec<Deviation>,
    /// Those of its deviations that concern participants in touch with somebody who is judged.
    pub(crate) near: Vec<Deviation>,
}

/// Writes these steps as deviations. Leaves `run` behind the last of them.
///
/// # Errors
/// What is wrong with the model.
pub(super) fn encode(
    program: &mut Program,
    run: &mut Run,
    steps: &[Step],
) -> Result<Encoded, ModelFault> {
    run.reset(program);
    let mut scribe = Scribe::new(steps);
    for (number, step) in steps.iter().enumerate() {
        let is_it = |item: &Pending| (item.kind, item.copy) == (step.kind, step.copy);
        let Some(at) = run.pending.iter().position(is_it) else {
            debug_assert!(false, "a run can be played again");
            break;
        };
        scribe.reach(program, run, number, at);
        let item = run.pending[at];
        if step.way != Way::Whole {
            let at = run.name(program, item);
            let act = Act::Happen(step.way);
            scribe.write(item.kind, Deviation { at, act });
        }
        run.take(program, at, step.way)?;
        scribe.director.happened(program, run);
    }
    let focus = Focus::of(program, run);
    let written = scribe.written.iter();
    let near = written.filter(|(kind, _)| focus.is_near(program.kind_of(*kind)));
    Ok(Encoded {
        near: near.map(|(_, deviation)| *deviation).collect(),
        schedule: scribe
            .written
            .iter()
            .map(|(_, deviation)| *deviation)
            .collect(),
    })
}

struct Scribe {
    director: Director,
    /// The deviations, each with the kind of the item that it moves.
    written: Vec<(u32, Deviation)>,
    /// The step at which each item happens.
    happens: FxHashMap<(u32, u16), usize>,
}

impl Scribe {
    fn new(steps: &[Step]) -> Self {
        let steps = steps.iter().enumerate();
        let happens = steps.map(|(number, step)| ((step.kind, step.copy), number));
        Self {
            director: Director::default(),
            written: Vec::new(),
            happens: happens.collect(),
        }
    }

    /// Deviates until it is the turn of the item at this position.
    fn reach(&mut self, program: &Program, run: &Run, number: usize, at: usize) {
        let item = run.pending[at];
        let is_patient = program.kind_of(item.kind).is_patient();
        while let Some(turn) = self.director.turn(program, run).filter(|turn| *turn != at) {
            let overtaken = run.pending[turn];
            let is_overtaken_patient = program.kind_of(overtaken.kind).is_patient();
            let happens = self.happens.get(&(overtaken.kind, overtaken.copy));
            let overtakers = happens.map_or(usize::MAX, |happens| happens - number);
            let is_early = is_patient && !is_overtaken_patient;
            let is_held_back = self.director.is_postponed(item);
            let deviates_once = is_early || is_held_back || overtakers < 2;
            let is_held_again = self.director.is_postponed(overtaken);
            let act = match deviates_once || is_held_again {
                true => Act::Before(run.name(program, item)),
                false => Act::Postpone,
            };
            let at = run.name(program, overtaken);
            if act != Act::Postpone {
                self.write(item.kind, Deviation { at, act });
                return;
            }
            self.write(overtaken.kind, Deviation { at, act });
            self.director.postpone(overtaken);
        }
    }

    fn write(&mut self, kind: u32, deviation: Deviation) {
        self.written.push((kind, deviation));
    }
}
