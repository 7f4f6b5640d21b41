//! What a field of an event may hold, and how it is shown where it holds something else.

use super::{Activity, Draft, Pairing, Part, whole};
use crate::history::fault::{FaultKind, Trouble};
use crate::history::json::Field;
use crate::history::{Event, EventId, EventKind, NameId, ProcessId, ValueId, View};

const SCALAR: &str = "a string or an integer";

impl Pairing {
    /// A value as people read it in a message.
    pub(super) fn shown(&self, id: ValueId) -> String {
        match self.values.view(id) {
            View::Str(text) => format!("`{text}`"),
            _ => self.values.to_value(id).to_string(),
        }
    }

    pub(super) fn event(&self, id: EventId) -> &Event {
        &self.events[id.index()]
    }

    pub(super) fn shown_process(&self, id: ProcessId) -> String {
        self.shown(self.processes[id.index()])
    }

    pub(super) fn found(&self, id: ValueId) -> &'static str {
        match self.values.view(id) {
            View::Null => "null",
            View::Bool(_) => "a boolean",
            View::Int(_) | View::Float(_) => "a number",
            View::Str(_) => "a string",
            View::Array(_) => "a list",
            View::Object(_) => "an object",
        }
    }

    pub(super) fn mistyped(&mut self, at: Part, value: ValueId, expected: &str) {
        let kind = FaultKind::Mistyped {
            field: at.field.map_or("", Field::as_str).to_owned(),
            found: self.found(value),
        };
        self.trouble(Trouble::new(kind, at, expected));
    }

    pub(super) fn missing(&mut self, event: EventId, field: Field, expected: String) {
        let kind = FaultKind::Missing(field.as_str());
        self.trouble(Trouble::new(kind, whole(event), expected));
    }

    /// Reports a value that is neither a string nor an integer.
    pub(super) fn check_name(&mut self, at: Part, value: ValueId) -> bool {
        let is_name = matches!(self.values.view(value), View::Str(_) | View::Int(_));
        if !is_name {
            self.mistyped(at, value, SCALAR);
        }
        is_name
    }

    pub(super) fn optional_name(
        &mut self,
        event: EventId,
        field: Field,
        value: Option<ValueId>,
    ) -> Option<ValueId> {
        let value = self.unless_null(value)?;
        self.check_name(field.in_event(event), value)
            .then_some(value)
    }

    pub(super) fn unless_null(&self, value: Option<ValueId>) -> Option<ValueId> {
        value.filter(|value| !matches!(self.values.view(*value), View::Null))
    }

    pub(super) fn process(&mut self, name: ValueId) -> ProcessId {
        *self.process_ids.entry(name).or_insert_with(|| {
            let id = ProcessId::new(self.processes.len());
            self.processes.push(name);
            self.activities.push(Activity::default());
            id
        })
    }

    pub(super) fn name_of(&mut self, event: EventId, draft: &Draft<'_>) -> Option<NameId> {
        let is_required = match draft.kind {
            EventKind::Invoke | EventKind::Fact => true,
            EventKind::Ok | EventKind::Fail | EventKind::Info => false,
            // Kept as a field that the format does not define.
            EventKind::Send | EventKind::Receive => return None,
        };
        let Some(name) = (if is_required {
            draft.f
        } else {
            self.unless_null(draft.f)
        }) else {
            if is_required {
                let of = match draft.kind {
                    EventKind::Fact => "fact",
                    _ => "operation",
                };
                self.missing(
                    event,
                    Field::F,
                    format!("`f`: the name of the {of}, a string"),
                );
            }
            return None;
        };
        if self.values.as_str(name).is_none() {
            self.mistyped(Field::F.in_event(event), name, "a string");
            return None;
        }
        Some(*self.name_ids.entry(name).or_insert_with(|| {
            self.names.push(name);
            NameId::new(self.names.len() - 1)
        }))
    }

    pub(super) fn intent_of(&mut self, event: EventId, intent: Option<ValueId>) -> Option<ValueId> {
        let intent = self.unless_null(intent)?;
        if matches!(self.values.view(intent), View::Array(_) | View::Object(_)) {
            self.mistyped(
                Field::Intent.in_event(event),
                intent,
                "a string, a number or a boolean",
            );
            return None;
        }
        Some(intent)
    }

    pub(super) fn message_of(&mut self, event: EventId, draft: &Draft<'_>) -> Option<ValueId> {
        if !matches!(draft.kind, EventKind::Send | EventKind::Receive) {
            return None;
        }
        let Some(msg) = draft.msg else {
            let expected = format!("`msg`: the name of the message, {SCALAR}");
            self.missing(event, Field::Msg, expected);
            return None;
        };
        self.check_name(Field::Msg.in_event(event), msg)
            .then_some(msg)
    }
}
