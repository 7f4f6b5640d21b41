//! Plays a schedule of deviations, and says by which more it can be extended, and what each costs.
//!
//! # Source
//! Delay-bounded scheduling: Emmi, Qadeer and Rakamarić, "Delay-Bounded Scheduling", POPL 2011. What a deviation is stands in
//! `deviation.rs`; in which order schedules are played, in `fuzz/levels.rs`.
//!
//! # Idea
//! Each place behind the last deviation of a schedule offers some more: a *menu*. No schedule is made twice, because it is extended
//! behind its last deviation only. A deviation costs more where it seldom matters:
//! - *likely*: a crash, a cut link, a wrong clock; a message that is held back until something comes that is not there yet; a timer that
//!   fires before something that its owner would hear first;
//! - *possible*: a lost or repeated message, which a delay or an early timer often equals; a timer that fires as soon as it is set;
//! - *unlikely*: a message that only lets pass what waits beside it, since answers are often gathered in any order; a timer that fires before
//!   something of others, since it might as well do so a step later; whatever happens to a participant as it starts;
//! - and *far*: what concerns nobody in touch with anybody who is judged (`focus.rs`).
//!
//! # Invariants
//! - I1: costs are an order. Only crashes are left out, and only behind groups of effects that a crash undoes: timers set or
//!   taken back, with the same durable state. The same crash one group earlier leaves the same states, items and lines.
//!
//! # Complexity
//! With `n` steps a run and `m` entries a menu: O((n·m)^d) schedules of `d` deviations.
//!
//! # Not chosen
//! Every deviation at one price, so each schedule of fewer deviations before each of more: over the first 32 bugs of the zoo 2,953 schedules
//! instead of 403, and with three pairs of noise of six messages each 4,338 instead of 448. Most of that is one bug with three
//! deviations. What is far at no extra price: 1,071 with noise.

use std::sync::Arc;

use crate::sim::deviation::{Act, Deviation, Director, Strategy};
use crate::sim::item::{ItemName, What};
use crate::sim::program::{Effect, Program, Reaction};
use crate::sim::run::{Pending, Run, Way};

use super::focus::Focus;

/// What a deviation costs that shows many a bug.
const LIKELY: u8 = 2;
/// What one costs that shows some.
const POSSIBLE: u8 = 3;
/// What one costs that seldom does more than another.
const UNLIKELY: u8 = 5;
/// What it costs besides, where it concerns nobody in touch with anybody who is judged.
const FAR: u8 = 8;

/// Plays one schedule and writes down by which deviations it could be extended.
#[derive(Debug, Default)]
pub(crate) struct Explorer {
    director: Director,
    /// By what the schedule can be extended, in the order of its steps.
    pub(crate) menu: Vec<Deviation>,
    /// Of each entry of the menu: what it costs.
    pub(crate) costs: Vec<u8>,
    pub(crate) focus: Arc<Focus>,
    /// Whether the step under way is one that the menu speaks of.
    is_noting: bool,
}

impl Explorer {
    /// Begins with another schedule.
    pub(crate) fn restart(&mut self, deviations: &[Deviation]) {
        self.director.restart(deviations);
        self.menu.clear();
        self.costs.clear();
    }

    /// Asks for rest within so many steps behind the last deviation.
    pub(crate) fn rest_within(&mut self, steps: Option<u32>) {
        self.director.rest_within(steps);
    }

    fn note(&mut self, program: &Program, kind: u32, cost: u8, deviation: Deviation) {
        let kind = program.kind_of(kind);
        let far = match self.focus.is_near(kind) {
            true => 0,
            false => FAR,
        };
        self.menu.push(deviation);
        self.costs.push(cost + far);
    }

    /// How many deviations had their turn.
    pub(crate) fn used(&self) -> usize {
        self.director.used().len()
    }

    fn note_order(&mut self, program: &Program, run: &Run) {
        let Some(at) = self.director.turn(program, run) else {
            return;
        };
        let item = run.pending[at];
        let turn = run.name(program, item);
        let info = program.kind_of(item.kind);
        let last_step = (run.steps.len() as u32).saturating_sub(1);
        for (other_at, other) in run.pending.iter().enumerate() {
            let other_info = program.kind_of(other.kind);
            let is_timer = matches!(other_info.what, What::Timer { .. });
            if other_at != at && is_timer && run.is_enabled(program, *other) {
                let act = Act::Before(run.name(program, *other));
                let cost = match () {
                    () if other_info.to == info.to => LIKELY,
                    () if other.cause == last_step => POSSIBLE,
                    () => UNLIKELY,
                };
                self.note(program, other.kind, cost, Deviation { at: turn, act });
            }
        }
        let enabled = run.pending.iter();
        let enabled = enabled.filter(|item| run.is_enabled(program, **item));
        if enabled.count() > 1 {
            let is_rival = |other: &Pending| {
                other.born != item.born && program.kind_of(other.kind).to == info.to
            };
            let act = Act::Postpone;
            let cost = match info.what {
                What::Start => UNLIKELY,
                _ if run.pending.iter().any(is_rival) => UNLIKELY,
                _ => LIKELY,
            };
            self.note(program, item.kind, cost, Deviation { at: turn, act });
        }
    }

    fn note_ways(&mut self, program: &Program, run: &Run, at: usize) {
        let item = run.pending[at];
        let name = run.name(program, item);
        for way in [Way::Lost, Way::Twice, Way::Cut, Way::Ahead, Way::Behind] {
            if run.permits(program, item, way) {
                let act = Act::Happen(way);
                let cost = match way {
                    Way::Lost | Way::Twice => POSSIBLE,
                    _ => LIKELY,
                };
                self.note(program, item.kind, cost, Deviation { at: name, act });
            }
        }
    }

    fn note_crashes(&mut self, program: &Program, run: &Run) {
        let Some(step) = run
            .steps
            .last()
            .copied()
            .filter(|step| step.reaction != u32::MAX)
        else {
            return;
        };
        let to = program.kind_of(step.kind).to;
        if run.left.crashes == 0 || !program.may_crash[to.index()] {
            return;
        }
        let at = ItemName {
            kind: program.info(step.kind).name,
            copy: step.copy,
        };
        let cost = match program.kind_of(step.kind).what {
            What::Start | What::Restart => UNLIKELY,
            _ => LIKELY,
        };
        for groups in crash_points(program.reaction(step.reaction)) {
            let act = Act::Happen(Way::CrashAfter(groups));
            self.note(program, step.kind, cost, Deviation { at, act });
        }
    }
}

/// Behind how many groups of effects a crash makes a difference: to what it leaves, or to what was done before.
fn crash_points(reaction: &Reaction) -> Vec<u8> {
    let mut points = vec![0];
    let mut state = reaction.state_if_crashed_first;
    let mut begin = 0;
    for (done, group) in (1..).zip(&reaction.groups) {
        let outlives =
            |effect: &Effect| !matches!(effect, Effect::SetTimer { .. } | Effect::Cancel(_));
        let effects = &reaction.effects[begin..group.end];
        if group.state_if_crashed != state || effects.iter().any(outlives) {
            points.push(done);
        }
        (begin, state) = (group.end, group.state_if_crashed);
    }
    points
}

impl Strategy for Explorer {
    fn next(&mut self, program: &mut Program, run: &Run) -> Option<(usize, Way)> {
        if self.director.is_done() {
            self.note_order(program, run);
        }
        let (at, way) = self.director.next(program, run)?;
        self.is_noting = way == Way::Whole && self.director.is_done();
        if self.is_noting {
            self.note_ways(program, run, at);
        }
        Some((at, way))
    }

    fn happened(&mut self, program: &Program, run: &Run) {
        self.director.happened(program, run);
        if self.is_noting {
            self.note_crashes(program, run);
        }
    }

    fn is_restless(&self, run: &Run) -> bool {
        self.director.is_restless(run)
    }
}
