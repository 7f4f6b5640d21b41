//! What events name in each other: ids, messages and causes.

use super::{Declared, Named, Pairing, after_element};
use crate::history::fault::{FaultKind, Trouble, closest};
use crate::history::json::Field;
use crate::history::{Cause, Event, EventId, EventKind, LineOrder, Message, ValueId};

impl Pairing {
    pub(super) fn name_event(&mut self, event: EventId, named: &Event) {
        if let Some(id) = named.id {
            self.give_id(event, id, Named::Event(event));
        }
    }

    pub(super) fn give_id(&mut self, event: EventId, id: ValueId, named: Named) {
        let Some(first) = self.ids.get(&id).copied() else {
            self.ids.insert(id, named);
            return;
        };
        let first = match first {
            Named::Event(event) => event,
            Named::Operation(operation) => self.operations[operation.index()].invoke,
        };
        let kind = FaultKind::RepeatedId(self.shown(id));
        let expected = "an id of its own: one id names one operation or one event";
        let trouble = Trouble::new(kind, Field::Id.in_event(event), expected);
        self.trouble(trouble.with("first given here", Field::Id.in_event(first)));
    }

    pub(super) fn send(&mut self, event: EventId, send: &Event) {
        let Some(msg) = send.msg else {
            return;
        };
        if let Some(first) = self.sends.get(&msg).copied() {
            let kind = FaultKind::SentTwice(self.shown(msg));
            let expected = "a name of its own for each message";
            let trouble = Trouble::new(kind, Field::Msg.in_event(event), expected);
            self.trouble(trouble.with("first sent here", Field::Msg.in_event(first)));
            return;
        }
        self.sends.insert(msg, event);
    }

    pub(super) fn receive_all(&mut self, order: LineOrder) -> Vec<Message> {
        let mut messages = Vec::with_capacity(self.receives.len());
        for receive in std::mem::take(&mut self.receives) {
            let Some(msg) = self.event(receive).msg else {
                continue;
            };
            let Some(send) = self.sends.get(&msg).copied() else {
                if self.is_full() {
                    self.more += 1;
                    continue;
                }
                let kind = FaultKind::WithoutSend(self.shown(msg));
                let sends = self
                    .events
                    .iter()
                    .filter(|event| event.kind == EventKind::Send);
                let meant = self.meant(msg, sends.filter_map(|event| event.msg));
                let expected = format!("a send with the same `msg`{meant}");
                self.trouble(Trouble::new(kind, Field::Msg.in_event(receive), expected));
                continue;
            };
            if order == LineOrder::RealTime && receive < send {
                let kind = FaultKind::ReceivedBeforeSent(self.shown(msg));
                let expected = "the send on an earlier line, as the lines stand in real time";
                let trouble = Trouble::new(kind, Field::Msg.in_event(receive), expected);
                self.trouble(trouble.with("sent here", Field::Msg.in_event(send)));
            }
            messages.push(Message { send, receive });
        }
        messages
    }

    /// Names the candidate that a misspelt name most likely means.
    pub(super) fn meant(
        &self,
        wrong: ValueId,
        candidates: impl Iterator<Item = ValueId>,
    ) -> String {
        const CANDIDATES_MAX: usize = 10_000;
        let known = candidates
            .take(CANDIDATES_MAX)
            .filter_map(|id| self.values.as_str(id));
        let word = self.values.as_str(wrong);
        match word.and_then(|word| closest(word, known)) {
            Some(meant) => format!(": did you mean `{meant}`?"),
            None => String::new(),
        }
    }

    pub(super) fn declare(&mut self, event: EventId, after: &[ValueId]) {
        self.has_after = true;
        for (element, id) in (0..).zip(after) {
            let at = after_element(event, element);
            if self.check_name(at, *id) {
                self.declared.push(Declared {
                    later: event,
                    id: *id,
                    element,
                });
            }
        }
    }

    pub(super) fn resolve_causes(&mut self) -> Vec<Cause> {
        let mut causes = Vec::with_capacity(self.declared.len());
        for declared in std::mem::take(&mut self.declared) {
            let Declared { later, id, element } = declared;
            let earlier = match self.ids.get(&id) {
                Some(Named::Event(event)) => *event,
                Some(Named::Operation(operation)) => {
                    let operation = self.operations[operation.index()];
                    operation.completion.unwrap_or(operation.invoke)
                }
                None if self.is_full() => {
                    self.more += 1;
                    continue;
                }
                None => {
                    let kind = FaultKind::UnknownId(self.shown(id));
                    let ids = self.events.iter().filter_map(|event| event.id);
                    let expected =
                        format!("the `id` of an event or operation{}", self.meant(id, ids));
                    self.trouble(Trouble::new(kind, after_element(later, element), expected));
                    continue;
                }
            };
            if earlier == later {
                let expected = "the ids of other events";
                let kind = FaultKind::AfterItself;
                self.trouble(Trouble::new(kind, after_element(later, element), expected));
                continue;
            }
            causes.push(Cause { earlier, later });
        }
        causes
    }
}
