//! The events of each name, so that a check that reads few names need not look at the others.
//!
//! # Complexity
//! Four bytes an event, two passes over the events; asked for names with n events, O(n), and O(n log k) for k names.

use super::{EventId, History};

/// The events of each name, name by name.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    /// Where the events of each name begin; one more than there are names.
    starts: Vec<u32>,
    events: Vec<EventId>,
}

impl Named {
    pub(super) fn of(history: &History) -> Self {
        let named = || {
            let events = history.event_ids();
            events.filter_map(|id| Some((history.event(id).f?.index(), id)))
        };
        let mut starts = vec![0; history.names().len() + 1];
        for (name, _) in named() {
            starts[name + 1] += 1;
        }
        for name in 1..starts.len() {
            starts[name] += starts[name - 1];
        }
        let mut next = starts.clone();
        let mut events = vec![EventId::new(0); named().count()];
        for (name, id) in named() {
            events[next[name] as usize] = id;
            next[name] += 1;
        }
        Self { starts, events }
    }

    /// The events of those names for which `is_asked` says so, in the order of their lines.
    pub(super) fn events(&self, is_asked: &[bool]) -> Vec<EventId> {
        let mut events = Vec::new();
        let asked = is_asked.iter().zip(self.starts.windows(2));
        let asked = asked.filter(|(is_asked, _)| **is_asked);
        let asked: Vec<&[u32]> = asked.map(|(_, row)| row).collect();
        for row in &asked {
            events.extend_from_slice(&self.events[row[0] as usize..row[1] as usize]);
        }
        if asked.len() > 1 {
            // Stable: it merges the runs that it finds.
            events.sort();
        }
        events
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.starts.capacity() * size_of::<u32>() + self.events.capacity() * size_of::<EventId>()
    }
}
