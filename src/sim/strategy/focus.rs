//! Which participants matter to what is judged: what a search tries first.
//!
//! # Idea
//! In a run without faults, a participant whose lines some judge reads is at distance 0; whoever exchanges messages with one at distance n
//! is at n + 1. What happens to participants far away is tried last. This is an order and never a reason to leave something
//! out: a participant that says nothing in this run may have its say in another.

use crate::model::Address;
use crate::sim::item::Kind;
use crate::sim::program::Program;
use crate::sim::run::Run;

/// How far away each participant is from those that are judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Focus(Vec<u8>);

impl Focus {
    /// Nobody is in touch with anybody who is judged.
    pub(crate) const FAR: u8 = u8::MAX;

    /// Looks at a run that was played.
    pub(crate) fn of(program: &mut Program, run: &Run) -> Self {
        let mut distances = vec![Self::FAR; program.names.len()];
        let mut nearest = Vec::new();
        for written in &run.lines {
            let who = program.line(written.line).participant.index();
            let is_read = !program.heeders(written.line).is_empty();
            if is_read && distances[who] != 0 {
                distances[who] = 0;
                nearest.push(who);
            }
        }
        let mut links = Vec::new();
        for step in &run.steps {
            let kind = program.kind_of(step.kind);
            if let Some(from) = kind.sender() {
                links.push((from.index(), kind.to.index()));
                links.push((kind.to.index(), from.index()));
            }
        }
        links.sort_unstable();
        links.dedup();
        while !nearest.is_empty() {
            let mut next = Vec::new();
            for (from, to) in &links {
                if nearest.contains(from) && distances[*to] == Self::FAR {
                    distances[*to] = distances[*from].saturating_add(1).min(Self::FAR - 1);
                    next.push(*to);
                }
            }
            nearest = next;
        }
        Self(distances)
    }

    /// How far away the nearest participant is whom an item concerns.
    pub(crate) fn distance(&self, kind: Kind) -> u8 {
        let of = |who: Address| self.0.get(who.index()).copied().unwrap_or(0);
        of(kind.to).min(kind.sender().map_or(Self::FAR, of))
    }

    /// Whether an item concerns a participant in touch with somebody who is judged.
    pub(crate) fn is_near(&self, kind: Kind) -> bool {
        self.distance(kind) < Self::FAR
    }
}
