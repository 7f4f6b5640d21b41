//! A promise as a machine: looks for a world that keeps it, or for one that breaks it.

use crate::check::worlds::{Machine, States};

use super::Promise;

/// Which worlds are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    Keep,
    Break,
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
        match (self.goal, &next) {
            (Goal::Keep, None) => None,
            _ => Some(self.states.intern(next, 0)),
        }
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
        match self.goal {
            Goal::Keep => is_kept,
            Goal::Break => !is_kept,
        }
    }

    fn is_final(&mut self, state: u32) -> bool {
        self.goal == Goal::Break && self.states.get(state).is_none()
    }

    fn heap_bytes(&self) -> u64 {
        self.states.heap_bytes()
    }
}
