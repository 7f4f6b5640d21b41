//! Messages and causes as compressed sparse rows, in both directions.

use crate::history::{EventId, History};

use super::{Reason, index, number};

/// The edges that run between participants: five bytes an edge forward, four backward, and eight an
/// event; nothing at all where there is no edge.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges {
    /// Where the edges out of an event begin; one entry more than events, or none without edges.
    out_starts: Vec<u32>,
    targets: Vec<u32>,
    reasons: Vec<Reason>,
    in_starts: Vec<u32>,
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
        let out_starts = starts(events, all().map(|edge| edge.from));
        let in_starts = starts(events, all().map(|edge| edge.to));
        let mut targets = vec![0; edges];
        let mut reasons = vec![Reason::Message; edges];
        let mut sources = vec![0; edges];
        let mut next_out = out_starts.clone();
        let mut next_in = in_starts.clone();
        for edge in all() {
            let out = claim(&mut next_out, edge.from);
            targets[out] = edge.to;
            reasons[out] = edge.because;
            sources[claim(&mut next_in, edge.to)] = edge.from;
        }
        Self {
            out_starts,
            targets,
            reasons,
            in_starts,
            sources,
        }
    }

    /// The number of edges.
    pub(super) fn len(&self) -> usize {
        self.targets.len()
    }

    /// The events that `event` leads to, with the reasons.
    pub(super) fn out(&self, event: u32) -> impl ExactSizeIterator<Item = (u32, Reason)> + '_ {
        let range = range(&self.out_starts, event);
        self.targets[range.clone()]
            .iter()
            .copied()
            .zip(self.reasons[range].iter().copied())
    }

    /// One of the events that `event` leads to, with the reason.
    pub(super) fn out_at(&self, event: u32, place: usize) -> Option<(u32, Reason)> {
        let range = range(&self.out_starts, event);
        let target = self.targets[range.clone()].get(place)?;
        Some((*target, self.reasons[range][place]))
    }

    /// The events that `event` leads to.
    pub(super) fn targets(&self, event: u32) -> &[u32] {
        &self.targets[range(&self.out_starts, event)]
    }

    /// The events that lead to `event`.
    pub(super) fn sources(&self, event: u32) -> &[u32] {
        &self.sources[range(&self.in_starts, event)]
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let words = [
            &self.out_starts,
            &self.targets,
            &self.in_starts,
            &self.sources,
        ];
        words
            .iter()
            .map(|words| words.capacity() * size_of::<u32>())
            .sum::<usize>()
            + self.reasons.capacity()
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
pub(super) fn all(history: &History) -> impl Iterator<Item = Edge> + '_ {
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

/// Running sums of how often each key occurs: where the row of each key begins, and the end.
pub(super) fn starts(keys: usize, occurrences: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut starts = vec![0; keys + 1];
    for key in occurrences {
        starts[index(key) + 1] += 1;
    }
    for key in 0..keys {
        starts[key + 1] += starts[key];
    }
    starts
}

/// Takes the next free place of a row.
pub(super) fn claim(next: &mut [u32], key: u32) -> usize {
    let place = next[index(key)];
    next[index(key)] += 1;
    index(place)
}

fn range(starts: &[u32], event: u32) -> std::ops::Range<usize> {
    if starts.is_empty() {
        return 0..0;
    }
    index(starts[index(event)])..index(starts[index(event) + 1])
}
