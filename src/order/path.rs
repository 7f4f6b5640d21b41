//! Finds the shortest explanation why one event is before another.
//!
//! # Idea
//! A breadth-first search in which one step leads from an event to any later one of the same
//! participant, or over a message or cause. Steps to each of n later events would make n² edges, so a
//! participant's later events are walked once: whatever lies beyond an event from which it was walked
//! before (its **horizon**) has been reached by as few steps already.
//!
//! # Complexity
//! Time and space linear in the events and edges that `may_visit` admits; an event that no message or
//! cause leaves is passed over and never stored.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::{Net, Reason, Step, event_id, index};

/// How much a search may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Longer paths are not looked for.
    pub(super) steps_max: usize,
    /// Events that may still be looked at; the search gives up at none.
    pub(super) visits_left: usize,
}

impl Effort {
    /// As long as it takes.
    pub(super) const fn unbounded() -> Self {
        Self {
            steps_max: usize::MAX,
            visits_left: usize::MAX,
        }
    }
}

struct Search<'a, F> {
    net: &'a Net,
    may_visit: F,
    /// The step by which each event was reached first.
    reached_by: FxHashMap<u32, (u32, Reason)>,
    /// The first event of each participant whose later ones have all been reached.
    horizons: FxHashMap<u32, u32>,
    /// Events to go on from, with the number of steps that lead to them.
    open: VecDeque<(u32, usize)>,
}

/// The shortest path from an event to another one, through events that `may_visit` admits.
///
/// Of each participant, `may_visit` admits a run of neighbours, up to one before which all are admitted.
pub(super) fn shortest(
    net: &Net,
    from: u32,
    to: u32,
    effort: &mut Effort,
    may_visit: impl Fn(u32) -> bool,
) -> Option<Vec<Step>> {
    let mut search = Search {
        net,
        may_visit,
        reached_by: FxHashMap::default(),
        horizons: FxHashMap::default(),
        open: VecDeque::from([(from, 0)]),
    };
    while let Some((event, steps)) = search.open.pop_front() {
        if steps >= effort.steps_max || effort.visits_left == 0 {
            return None;
        }
        let mut visits = 1;
        if let Some(because) = search.last_step(event, to) {
            return Some(search.path(
                from,
                event,
                Step {
                    from: event_id(event),
                    to: event_id(to),
                    because,
                },
            ));
        }
        for (next, because) in net.edges.out(event) {
            search.reach(next, (event, because), steps + 1);
            visits += 1;
        }
        visits += search.pass_over_process(event, steps + 1);
        effort.visits_left = effort.visits_left.saturating_sub(visits);
    }
    None
}

impl<F: Fn(u32) -> bool> Search<'_, F> {
    /// The reason why one step leads to the goal, if it does.
    fn last_step(&self, event: u32, to: u32) -> Option<Reason> {
        let chains = &self.net.chains;
        let is_same_process = chains.process(event) == chains.process(to);
        if is_same_process && chains.place(event) < chains.place(to) {
            return Some(Reason::Process);
        }
        self.net
            .edges
            .out(event)
            .find(|(next, _)| *next == to)
            .map(|(_, because)| because)
    }

    fn reach(&mut self, event: u32, by: (u32, Reason), steps: usize) {
        let leads_on = !self.net.edges.targets(event).is_empty()
            || self.net.chains.next_of_process(event).is_some();
        if !leads_on || !(self.may_visit)(event) {
            return;
        }
        if let Entry::Vacant(entry) = self.reached_by.entry(event) {
            entry.insert(by);
            self.open.push_back((event, steps));
        }
    }

    /// Reaches the later events of the same participant; returns how many it looked at.
    fn pass_over_process(&mut self, event: u32, steps: usize) -> usize {
        let chains = &self.net.chains;
        let horizon = self.horizons.get(&chains.process(event)).copied();
        if horizon.is_some_and(|horizon| chains.place(event) >= chains.place(horizon)) {
            return 0;
        }
        self.horizons.insert(chains.process(event), event);
        let mut visits = 0;
        let mut at = event;
        while Some(at) != horizon {
            let Some(next) = self.net.chains.next_of_process(at) else {
                break;
            };
            if !(self.may_visit)(next) {
                break;
            }
            if !self.net.edges.targets(next).is_empty() {
                self.reach(next, (event, Reason::Process), steps);
            }
            visits += 1;
            at = next;
        }
        visits
    }

    fn path(&self, from: u32, last: u32, step: Step) -> Vec<Step> {
        let mut steps = vec![step];
        let mut at = last;
        while at != from {
            let (earlier, because) = self.reached_by[&at];
            steps.push(Step {
                from: event_id(earlier),
                to: event_id(at),
                because,
            });
            assert!(index(at) < self.net.chains.len() && steps.len() <= self.reached_by.len() + 1);
            at = earlier;
        }
        steps.reverse();
        steps
    }
}
