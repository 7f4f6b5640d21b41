//! A second look at what is reported as broken, by means that share nothing with the clocks.
//!
//! # Idea
//! Walk back from the claim over the participants' own order, messages and causes, and meet none of
//! its supports. Where one observer saw every line, all supports stand on later lines.
//!
//! # Complexity
//! O(n) once a history; at most [`WALK_MAX`] events a claim: a longer past is not walked.

use std::collections::HashSet;

use rustc_hash::FxBuildHasher;

use crate::history::{EventId, History, LineOrder};

/// Events that one walk may visit.
const WALK_MAX: usize = 512;

/// The events that directly precede each event.
#[derive(Debug)]
pub(in crate::check::promise) struct Walk {
    has_line_order: bool,
    /// Of each event: the one before it of the same participant.
    own: Vec<Option<EventId>>,
    /// Later and earlier ends of messages and causes, sorted.
    edges: Vec<(EventId, EventId)>,
}

impl Walk {
    pub(super) fn over(history: &History) -> Self {
        let mut last = vec![None; history.processes().len()];
        let own = history
            .events()
            .iter()
            .zip(history.event_ids())
            .map(|(event, id)| last[event.process.index()].replace(id))
            .collect();
        let messages = history.messages().iter();
        let messages = messages.map(|message| (message.receive, message.send));
        let causes = history.causes().iter();
        let causes = causes.map(|cause| (cause.later, cause.earlier));
        let mut edges: Vec<(EventId, EventId)> = messages.chain(causes).collect();
        edges.sort_unstable();
        Self {
            has_line_order: history.line_order() == LineOrder::RealTime,
            own,
            edges,
        }
    }

    /// Asserts that none of `supports` is in the past of `claim`.
    ///
    /// # Panics
    /// Where one is: then testimony has a bug, and says so instead of a wrong verdict.
    pub(super) fn confirm(&self, claim: EventId, supports: &[EventId]) {
        if self.has_line_order {
            let is_later = supports.iter().all(|support| *support > claim);
            assert!(is_later, "what supports a claim stands on an earlier line");
            return;
        }
        let mut met: HashSet<EventId, FxBuildHasher> = HashSet::default();
        let mut open = vec![claim];
        while let Some(event) = open.pop() {
            if met.len() > WALK_MAX {
                return;
            }
            let first = self.edges.partition_point(|(later, _)| *later < event);
            let into = self.edges[first..].iter();
            let into = into.take_while(|(later, _)| *later == event);
            let earlier = into.map(|(_, earlier)| *earlier);
            let earlier = earlier.chain(self.own[event.index()]);
            open.extend(earlier.filter(|earlier| met.insert(*earlier)));
        }
        let is_met = supports.iter().any(|support| met.contains(support));
        assert!(
            !is_met,
            "two ways of walking agree that a claim has no support"
        );
    }
}
