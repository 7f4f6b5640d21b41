//! Which events hold an identity, and which messages carry news of them.

use std::collections::BTreeMap;

use crate::history::{EventId, EventKind, History, OpId, Value, ValueId, View};
use crate::order::Order;

use super::Lesson;

/// Of so many operations it is found out which were begun on behalf of which: each is compared with each.
const NESTED_MAX: usize = 4096;

/// The events of one identity.
pub(super) struct Concern {
    /// The scalars that are written so.
    pub(super) values: Vec<ValueId>,
    /// The events that hold it, with the other end of their operations and the attempts of their intents, in the
    /// order of the lines.
    pub(super) events: Vec<EventId>,
}

impl Concern {
    pub(super) fn of(history: &History, identity: &str) -> Self {
        let values = scalars(history, identity);
        let holds = holders(history, &values);
        let is_held = |id: Option<ValueId>| id.is_some_and(|id| holds[id.index()]);
        let is_held_by = |event: EventId| {
            let event = history.event(event);
            is_held(event.value) || is_held(event.intent) || is_held(event.id) || is_held(event.msg)
        };
        let mut is_concerned: Vec<bool> = history.event_ids().map(is_held_by).collect();
        let mut intents = vec![false; history.values().len()];
        for operation in history.operations() {
            let ends = [Some(operation.invoke), operation.completion];
            if ends
                .iter()
                .flatten()
                .any(|event| is_concerned[event.index()])
            {
                let intent = history.event(operation.invoke).intent;
                intents[intent.map_or(0, ValueId::index)] |= intent.is_some();
            }
        }
        for operation in history.operations() {
            let ends = [Some(operation.invoke), operation.completion];
            let intent = history.event(operation.invoke).intent;
            let is_attempt = intent.is_some_and(|intent| intents[intent.index()]);
            if is_attempt
                || ends
                    .iter()
                    .flatten()
                    .any(|event| is_concerned[event.index()])
            {
                for event in ends.iter().flatten() {
                    is_concerned[event.index()] = true;
                }
            }
        }
        let events = history.event_ids();
        Self {
            values,
            events: events.filter(|event| is_concerned[event.index()]).collect(),
        }
    }

    /// What was recorded.
    pub(super) fn facts<'h>(&'h self, history: &'h History) -> impl Iterator<Item = EventId> + 'h {
        let is_fact = |event: &EventId| history.event(*event).kind == EventKind::Fact;
        self.events.iter().copied().filter(is_fact)
    }

    /// Its operations, in the order of their invocations.
    pub(super) fn operations<'h>(
        &'h self,
        history: &'h History,
    ) -> impl Iterator<Item = OpId> + 'h {
        let begun = self.events.iter().map(|event| history.event(*event));
        let begun = begun.filter(|event| event.kind == EventKind::Invoke);
        begun.filter_map(|event| event.op)
    }

    /// The operations that were not begun by another participant's operation that was still open.
    pub(super) fn asked(&self, history: &History, causal: &Order) -> Vec<OpId> {
        let is_inside = |inner: OpId, outer: OpId| {
            let (inner, outer) = (history.operation(inner), history.operation(outer));
            let is_over = outer
                .completion
                .is_some_and(|end| causal.before(end, inner.invoke));
            history.event(inner.invoke).process != history.event(outer.invoke).process
                && causal.before(outer.invoke, inner.invoke)
                && !is_over
        };
        let all: Vec<OpId> = self.operations(history).collect();
        if all.len() > NESTED_MAX {
            return all;
        }
        let is_outermost = |inner: &OpId| !all.iter().any(|outer| is_inside(*inner, *outer));
        all.iter().copied().filter(is_outermost).collect()
    }

    /// The messages that carried news, those that a participant received right before an event of its own, and those
    /// that it sent after one and nobody received.
    pub(super) fn carriers(
        &self,
        history: &History,
        lessons: &BTreeMap<EventId, Vec<Lesson>>,
    ) -> Vec<EventId> {
        let (asked, sent) = self.around(history);
        let is_carrier = |receive: EventId| {
            lessons.contains_key(&receive) || asked.binary_search(&receive).is_ok()
        };
        let mut carriers: Vec<EventId> = lessons.keys().copied().collect();
        let mut received = Vec::new();
        for message in history.messages() {
            received.push(message.send);
            if is_carrier(message.receive) {
                carriers.extend([message.send, message.receive]);
            }
        }
        received.sort_unstable();
        let lost = sent.into_iter();
        carriers.extend(lost.filter(|send| received.binary_search(send).is_err()));
        carriers
    }

    /// What stands right before an operation or fact of these, and what was sent right after one, by its participant.
    fn around(&self, history: &History) -> (Vec<EventId>, Vec<EventId>) {
        let mut last = vec![None; history.processes().len()];
        let mut is_after = vec![false; history.processes().len()];
        let (mut before, mut sent) = (Vec::new(), Vec::new());
        for event in history.event_ids() {
            let at = history.event(event).process.index();
            let kind = history.event(event).kind;
            let is_concerned = self.events.binary_search(&event).is_ok();
            if is_concerned && matches!(kind, EventKind::Invoke | EventKind::Fact) {
                before.extend(last[at]);
            }
            match kind {
                EventKind::Send if is_after[at] => sent.push(event),
                EventKind::Send | EventKind::Receive => {}
                _ => is_after[at] = is_concerned,
            }
            last[at] = Some(event);
        }
        before.sort_unstable();
        (before, sent)
    }
}

/// The scalars of a history that are written so.
fn scalars(history: &History, identity: &str) -> Vec<ValueId> {
    let text = Some(Value::from(identity));
    let number = identity
        .parse::<f64>()
        .ok()
        .filter(|float| float.is_finite());
    let number = match identity.parse::<i64>() {
        Ok(int) => Some(Value::Int(int)),
        Err(_) => number.map(Value::from_f64),
    };
    let values = [text, number].into_iter().flatten();
    values
        .filter_map(|value| history.values().find(&value))
        .collect()
}

/// Of each value, whether it is or holds one of the scalars. A value stands behind its parts, so one pass is enough.
fn holders(history: &History, scalars: &[ValueId]) -> Vec<bool> {
    let values = history.values();
    let mut holds = vec![false; values.len()];
    for at in 0..values.len() {
        let id = ValueId::new(at);
        let is_held = |part: &ValueId| {
            debug_assert!(part.index() < at, "a value stands behind its parts");
            holds[part.index()]
        };
        let is_holder = match values.view(id) {
            View::Array(elements) => elements.iter().any(is_held),
            View::Object(pairs) => pairs.chunks_exact(2).any(|pair| is_held(&pair[1])),
            _ => scalars.contains(&id),
        };
        holds[at] = is_holder;
    }
    holds
}
