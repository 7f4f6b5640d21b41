//! What an incomplete record may hide.
//!
//! # Idea
//! Something reaches a claim unseen only by way of a participant whose record is not whole and that has a line in the
//! claim's past, or made the claim: a hidden line of it may have learnt anything, from anybody, that does
//! not itself come after. The latest such line of each chain is the one to ask about, because what comes after it comes
//! after every earlier one.
//!
//! # Complexity
//! O(n) time and 4 bytes for each line of a participant whose record is not whole, once a history;
//! O(chains · log n) a question.

use crate::history::{Completeness, EventId, EventKind, History, LineOrder, ValueId};
use crate::order::Order;

/// Where hidden lines may stand, and of whom.
#[derive(Debug)]
pub(in crate::check::promise) struct Gaps {
    place: Place,
    /// Whether one observer saw every line.
    is_observed: bool,
    /// Of each name: who shows effects of it.
    writers: Vec<Writers>,
}

#[derive(Debug)]
enum Place {
    Nowhere,
    Anywhere,
    /// Of each chain: the positions of the lines whose participant's record is not whole.
    At(Vec<Vec<u32>>),
}

/// Who shows effects of one name.
#[derive(Clone, Copy, Debug, Default)]
struct Writers {
    first: Option<ValueId>,
    /// The first whose record is not whole.
    first_open: Option<ValueId>,
}

/// Effects that no line shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hidden {
    /// Who would have recorded them, where somebody is known to record such effects.
    pub(super) writer: Option<ValueId>,
}

impl Gaps {
    pub(super) fn of(history: &History, order: &Order) -> Self {
        let is_open = |process: ValueId| match &history.header().complete {
            Completeness::Whole => false,
            Completeness::InPart => true,
            Completeness::Only(whole) => !whole.contains(&process),
        };
        let mut writers = vec![Writers::default(); history.names().len()];
        let mut positions = vec![Vec::new(); order.chains()];
        for (id, event) in history.event_ids().zip(history.events()) {
            let process = history.process(event.process);
            let is_open = is_open(process);
            if is_open {
                let (chain, position) = order.chain(id);
                positions[chain as usize].push(position);
            }
            let is_effect = matches!(event.kind, EventKind::Fact | EventKind::Invoke);
            if let Some(name) = event.f.filter(|_| is_effect) {
                let writers = &mut writers[name.index()];
                writers.first.get_or_insert(process);
                if is_open {
                    writers.first_open.get_or_insert(process);
                }
            }
        }
        for positions in &mut positions {
            positions.sort_unstable();
        }
        Self {
            place: match history.header().complete {
                Completeness::Whole => Place::Nowhere,
                Completeness::InPart => Place::Anywhere,
                Completeness::Only(_) => Place::At(positions),
            },
            is_observed: history.line_order() == LineOrder::RealTime,
            writers,
        }
    }

    /// What of one of these names may have happened unseen and have been known at `claim`.
    ///
    /// Who records effects of a name are the participants that show some. Where nobody does, it may be anybody.
    pub(super) fn hidden(
        &self,
        (history, order): (&History, &Order),
        names: &[String],
        claim: EventId,
    ) -> Option<Hidden> {
        if matches!(self.place, Place::Nowhere) {
            return None;
        }
        let writers = names.iter().map(|name| {
            let name = history.find_name(name);
            name.map(|name| self.writers[name.index()])
                .unwrap_or_default()
        });
        let writers: Vec<Writers> = writers.collect();
        let open = writers.iter().find_map(|writers| writers.first_open);
        let may_hide = open.is_some() || writers.iter().any(|writers| writers.first.is_none());
        // Where one observer saw every line, a hidden line of anybody may stand before the claim.
        let may_reach = self.is_observed || !self.latest(order, claim).is_empty();
        (may_hide && may_reach).then_some(Hidden { writer: open })
    }

    /// The latest line before which something hidden may have learnt what was certain from `support` on, and
    /// have carried it to `claim`.
    pub(super) fn carrier(
        &self,
        order: &Order,
        support: EventId,
        claim: EventId,
    ) -> Option<EventId> {
        let is_late = |gap: &EventId| *gap == support || order.before(*gap, support);
        let latest = self.latest(order, claim);
        latest.into_iter().find(|gap| !is_late(gap))
    }

    /// The latest lines at or before `claim` before which a hidden line may stand; its own chain's first.
    pub(super) fn latest(&self, order: &Order, claim: EventId) -> Vec<EventId> {
        let positions = match &self.place {
            Place::Nowhere => return Vec::new(),
            Place::Anywhere => return vec![claim],
            Place::At(positions) => positions,
        };
        let (own, position) = order.chain(claim);
        let latest_up_to = |chain: u32, last: u32| {
            let positions = &positions[chain as usize];
            let count = positions.partition_point(|position| *position <= last);
            let latest = positions[..count].last()?;
            Some(order.event_at(chain, *latest))
        };
        let others = (0..positions.len() as u32).filter(|chain| *chain != own);
        let others =
            others.filter_map(|chain| latest_up_to(chain, order.last_before(chain, claim)?));
        latest_up_to(own, position)
            .into_iter()
            .chain(others)
            .collect()
    }
}
