//! A promise as a machine: looks for a world that keeps it, or for one that breaks it.

use crate::check::worlds::{Machine, States};

use super::Promise;

/// Which worlds are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// A world that may be kept: where the clocks leave a bound of time open, it counts as met.
    Keep,
    /// A world that may be broken: what is open counts as missed.
    Break,
    /// A world that is kept however far the clocks were apart.
    SurelyKeep,
    /// A world that is broken however far the clocks were apart.
    SurelyBreak,
}

impl Goal {
    pub(super) const fn is_keeping(self) -> bool {
        matches!(self, Self::Keep | Self::SurelyKeep)
    }

    /// Whether it is asked of the lenient form of the promise.
    pub(super) const fn is_lenient(self) -> bool {
        matches!(self, Self::Keep | Self::SurelyBreak)
    }
}

/// Follows one scope of a promise through a world.
pub(super) struct PromiseMachine<'c, P: Promise> {
    promise: &'c P,
    facts: Vec<&'c P::Fact>,
    unseen: &'c [P::Fact],
    goal: Goal,
    /// `None` is the state behind a breach: nothing repairs it.
    states: States<Option<P::State>>,
}

impl<'c, P: Promise> PromiseMachine<'c, P> {
    pub(super) fn new(
        promise: &'c P,
        facts: Vec<&'c P::Fact>,
        unseen: &'c [P::Fact],
        goal: Goal,
    ) -> Self {
        Self {
            promise,
            facts,
            unseen,
            goal,
            states: States::new(),
        }
    }

    /// The state behind `fact`; `None` where no world that goes on there is looked for.
    fn observe(&mut self, state: u32, fact: &P::Fact) -> Option<u32> {
        let next = match self.states.get(state) {
            None => None,
            Some(before) => {
                let mut after = before.clone();
                self.promise.observe(&mut after, fact).ok().map(|()| after)
            }
        };
        if self.goal.is_keeping() && next.is_none() {
            return None;
        }
        Some(self.states.intern(next, 0))
    }
}

impl<P: Promise> Machine for PromiseMachine<'_, P> {
    fn start(&mut self) -> u32 {
        self.states.intern(Some(P::State::default()), 0)
    }

    fn step(&mut self, state: u32, item: u32, next: &mut Vec<u32>) {
        let fact = self.facts[item as usize];
        next.extend(self.observe(state, fact));
    }

    fn unseen(&mut self, state: u32, next: &mut Vec<(u32, u32)>) {
        let unseen = self.unseen;
        for (number, fact) in unseen.iter().enumerate() {
            if let Some(after) = self.observe(state, fact) {
                next.push((number as u32, after));
            }
        }
    }

    fn accepts(&mut self, state: u32) -> bool {
        let is_kept = match self.states.get(state) {
            None => false,
            Some(state) => self.promise.settle(state).is_ok(),
        };
        is_kept == self.goal.is_keeping()
    }

    fn is_final(&mut self, state: u32) -> bool {
        !self.goal.is_keeping() && self.states.get(state).is_none()
    }

    fn heap_bytes(&self) -> u64 {
        self.states.heap_bytes()
    }
}
