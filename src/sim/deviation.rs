//! A schedule as the few places in which it departs from the default order.
//!
//! # Idea
//! By default the oldest item happens next; timers and healing links wait until nothing else can happen. A deviation names the item whose
//! turn it is, not the number of the step, so that a schedule still means something after the model, or another deviation, has
//! changed: one whose item never comes up is passed over.
//!
//! # Source
//! Delay-bounded scheduling: Emmi, Qadeer and Rakamarić, "Delay-Bounded Scheduling", POPL 2011. There a delay sends the next task to the end of a
//! round; here a postponed item waits behind everything else, timers included, so that one deviation stands for a delay of any length.
//!
//! # Invariants
//! - I1: each deviation is used at most once, and a run is a function of the deviations.
//! - I2: a postponed item cannot starve: it waits for at most [`PATIENCE`] timers.

use crate::model::ModelFault;

use super::item::ItemName;
use super::program::Program;
use super::run::{Pending, Run, Way};

/// How many timers a postponed item waits for at most.
pub(super) const PATIENCE: u32 = 16;

/// One departure from the default order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Deviation {
    /// The item whose turn it is.
    pub(crate) at: ItemName,
    pub(crate) act: Act,
}

/// What happens instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Act {
    /// The other item happens first.
    Before(ItemName),
    /// The item waits until nothing else can happen.
    Postpone,
    /// The item happens in another way.
    Happen(Way),
}

/// Decides what happens next.
pub(crate) trait Strategy {
    /// A position in [`Run::pending`], and how it happens; `None`: nothing can.
    fn next(&mut self, program: &mut Program, run: &Run) -> Option<(usize, Way)>;

    /// It has happened.
    fn happened(&mut self, program: &Program, run: &Run) {
        let _ = (program, run);
    }

    /// Whether the run should have come to rest by now.
    fn is_restless(&self, run: &Run) -> bool {
        let _ = run;
        false
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Nothing more can happen, or a judge has found something.
    Settled,
    /// The limit of steps was reached.
    StepsMax,
    /// It should have come to rest, and did not.
    Restless,
}

/// Plays a run from where it stands to its end, or until a judge finds something.
///
/// # Errors
/// What is wrong with the model.
pub(crate) fn play(
    program: &mut Program,
    run: &mut Run,
    strategy: &mut dyn Strategy,
    steps_max: u32,
) -> Result<End, ModelFault> {
    while run.found.is_none() {
        if strategy.is_restless(run) {
            run.cut_short(program);
            return Ok(End::Restless);
        }
        if run.steps.len() as u32 >= steps_max {
            run.cut_short(program);
            return Ok(End::StepsMax);
        }
        let Some((at, way)) = strategy.next(program, run) else {
            run.finish(program);
            return Ok(End::Settled);
        };
        run.take(program, at, way)?;
        strategy.happened(program, run);
    }
    Ok(End::Settled)
}

/// The default order, with deviations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Director {
    deviations: Vec<Deviation>,
    is_used: Vec<bool>,
    used: usize,
    postponed: Vec<Waiting>,
    /// How many steps had been taken when the last deviation had its turn.
    calm_since: u32,
    /// Within how many steps from there a run must come to rest.
    rest_within: Option<u32>,
}

/// An item that was postponed.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    item: (u32, u16),
    timers: u32,
}

impl Director {
    pub(crate) fn new(deviations: &[Deviation]) -> Self {
        let mut director = Self::default();
        director.restart(deviations);
        director
    }

    /// Begins again with other deviations, and keeps its memory.
    pub(crate) fn restart(&mut self, deviations: &[Deviation]) {
        self.deviations.clear();
        self.deviations.extend_from_slice(deviations);
        self.is_used.clear();
        self.is_used.resize(deviations.len(), false);
        self.used = 0;
        self.postponed.clear();
        self.calm_since = 0;
    }

    /// Asks for rest within so many steps behind the last deviation.
    pub(crate) fn rest_within(&mut self, steps: Option<u32>) {
        self.rest_within = steps;
    }

    /// The last deviation had its turn now, whoever made it.
    pub(super) fn calm_down(&mut self, run: &Run) {
        self.calm_since = run.steps.len() as u32;
    }

    /// Whether no deviation is still to come.
    pub(crate) fn is_done(&self) -> bool {
        self.used == self.deviations.len()
    }

    /// The deviations that had their turn.
    pub(crate) fn used(&self) -> Vec<Deviation> {
        let used = self.deviations.iter().zip(&self.is_used);
        used.filter(|(_, is_used)| **is_used)
            .map(|(deviation, _)| *deviation)
            .collect()
    }

    /// The item whose turn it is by default, among those that were not postponed, then among those that were.
    pub(super) fn turn(&self, program: &Program, run: &Run) -> Option<usize> {
        let rank = |item: &Pending| -> Option<(u32, u32)> {
            if !run.is_enabled(program, *item) {
                return None;
            }
            let is_it = |waiting: &Waiting| waiting.item == (item.kind, item.copy);
            Some(match self.postponed.iter().position(is_it) {
                Some(at) if self.postponed[at].timers >= PATIENCE => (0, at as u32),
                Some(at) => (3, at as u32),
                None if program.kind_of(item.kind).is_patient() => (2, item.born),
                None => (1, item.born),
            })
        };
        let ranked = run.pending.iter().enumerate();
        let ranked = ranked.filter_map(|(at, item)| Some((rank(item)?, at)));
        ranked.min().map(|(_, at)| at)
    }

    fn take_unused(&mut self, name: ItemName, wanted: impl Fn(Act) -> bool) -> Option<Act> {
        if self.is_done() {
            return None;
        }
        let is_it = |at: &usize| {
            let deviation = self.deviations[*at];
            !self.is_used[*at] && deviation.at == name && wanted(deviation.act)
        };
        let at = (0..self.deviations.len()).find(is_it)?;
        self.is_used[at] = true;
        self.used += 1;
        Some(self.deviations[at].act)
    }

    /// How an item happens whose turn has come.
    fn way(&mut self, program: &Program, run: &Run, at: usize) -> Way {
        let item = run.pending[at];
        let name = run.name(program, item);
        let happens = |act| matches!(act, Act::Happen(_));
        while let Some(Act::Happen(way)) = self.take_unused(name, happens) {
            if run.permits(program, item, way) {
                self.calm_down(run);
                return way;
            }
        }
        Way::Whole
    }

    /// Whether an item waits behind everything else.
    pub(super) fn is_postponed(&self, item: Pending) -> bool {
        let item = (item.kind, item.copy);
        self.postponed.iter().any(|waiting| waiting.item == item)
    }

    /// Lets an item wait behind everything else.
    pub(super) fn postpone(&mut self, item: Pending) {
        let item = (item.kind, item.copy);
        self.postponed.retain(|waiting| waiting.item != item);
        self.postponed.push(Waiting { item, timers: 0 });
    }
}

impl Strategy for Director {
    fn next(&mut self, program: &mut Program, run: &Run) -> Option<(usize, Way)> {
        loop {
            let at = self.turn(program, run)?;
            let item = run.pending[at];
            let name = run.name(program, item);
            match self.take_unused(name, |act| !matches!(act, Act::Happen(_))) {
                Some(Act::Postpone) => {
                    self.calm_down(run);
                    self.postpone(item);
                }
                Some(Act::Before(other)) => {
                    let is_other = |item: &Pending| {
                        run.name(program, *item) == other && run.is_enabled(program, *item)
                    };
                    if let Some(other) = run.pending.iter().position(is_other) {
                        self.calm_down(run);
                        return Some((other, self.way(program, run, other)));
                    }
                }
                _ => return Some((at, self.way(program, run, at))),
            }
        }
    }

    fn happened(&mut self, program: &Program, run: &Run) {
        let is_timer = run.steps.last().is_some_and(|step| {
            let kind = program.kind_of(step.kind);
            kind.is_patient()
        });
        if is_timer {
            let waiting = self.postponed.iter_mut();
            waiting.for_each(|waiting| waiting.timers += 1);
        }
    }

    fn is_restless(&self, run: &Run) -> bool {
        let steps = run.steps.len() as u32 - self.calm_since;
        self.rest_within.is_some_and(|within| steps > within)
    }
}
