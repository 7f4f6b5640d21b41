//! Messages and causes as compressed sparse rows, in both directions.

use crate::history::{EventId, History};

use super::rows::Rows;
use super::{Reason, number};

/// The edges that run between participants: five bytes an edge forward, four backward, eight an event that has some both ways, and
/// 3/8 any other; nothing at all where there is no edge.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges {
    /// Where the edges out of an event stand.
    out: Rows,
    targets: Vec<u32>,
    reasons: Vec<Reason>,
    /// Where the edges into an event stand.
    into: Rows,
    sources: Vec<u32>,
}

impl Edges {
    /// Collects the messages and causes of a history, those of one event in the order of `all`.
    pub(super) fn of(history: &History) -> Self {
        Self::with(history, &[])
    }

    /// The same and further ones.
    pub(super) fn with(history: &History, further: &[Edge]) -> Self {
        let events = history.events().len();
        let edges = history.messages().len() + history.causes().len() + further.len();
        if edges == 0 {
            return Self::default();
        }
        let all = || all(history).chain(further.iter().copied());
        let out = Rows::of(events, all().map(|edge| edge.from));
        let into = Rows::of(events, all().map(|edge| edge.to));
        let mut targets = vec![0; edges];
        let mut reasons = vec![Reason::Message; edges];
        let mut sources = vec![0; edges];
        let (mut next_out, mut next_in) = (out.filling(), into.filling());
        for edge in all() {
            let place = next_out.claim(edge.from);
            targets[place] = edge.to;
            reasons[place] = edge.because;
            sources[next_in.claim(edge.to)] = edge.from;
        }
        Self {
            out,
            targets,
            reasons,
            into,
            sources,
        }
    }

    /// The number of edges.
    pub(super) fn len(&self) -> usize {
        self.targets.len()
    }

    /// The events that `event` leads to, with the reasons.
    pub(super) fn out(&self, event: u32) -> impl ExactSizeIterator<Item = (u32, Reason)> + '_ {
        let range = self.out.range(event);
        self.targets[range.clone()]
            .iter()
            .copied()
            .zip(self.reasons[range].iter().copied())
    }

    /// One of the events that `event` leads to, with the reason.
    pub(super) fn out_at(&self, event: u32, place: usize) -> Option<(u32, Reason)> {
        let range = self.out.range(event);
        let target = self.targets[range.clone()].get(place)?;
        Some((*target, self.reasons[range][place]))
    }

    /// The events that `event` leads to.
    pub(super) fn targets(&self, event: u32) -> &[u32] {
        &self.targets[self.out.range(event)]
    }

    /// The events that lead to `event`.
    pub(super) fn sources(&self, event: u32) -> &[u32] {
        &self.sources[self.into.range(event)]
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let words = self.targets.capacity() + self.sources.capacity();
        let rows = self.out.heap_bytes() + self.into.heap_bytes();
        rows + words * size_of::<u32>() + self.reasons.capacity()
    }
}

/// One message or cause.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) because: Reason,
}

/// The messages of a history, then its causes.
pub(super) fn all(history: &History) -> impl Iterator<Item = Edge> + Clone + '_ {
    let edge = |from: EventId, to: EventId, because| Edge {
        from: number(from),
        to: number(to),
        because,
    };
    let messages = history.messages().iter();
    let causes = history.causes().iter();
    messages
        .map(move |message| edge(message.send, message.receive, Reason::Message))
        .chain(causes.map(move |cause| edge(cause.earlier, cause.later, Reason::Cause)))
}
