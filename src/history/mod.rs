//! What was witnessed: events, operations and their outcomes, exactly as the participants recorded them.
//!
//! This stage turns bytes into a [`History`] or into [`Faults`], which say where the input is bad and
//! what was expected instead. Nothing is judged here and nothing is ordered beyond the lines.

mod builder;
mod compare;
mod de;
mod edn;
mod edn_form;
mod edn_token;
mod event;
mod fault;
mod flat;
mod header;
mod index;
mod intern;
mod json;
mod locate;
mod named;
mod pairing;
mod read;
mod source;
mod spot;
mod stamps;
mod value;
mod values;
mod write;
mod write_edn;

use std::sync::{Arc, OnceLock};

pub use builder::{EventDraft, HistoryBuilder};
pub use de::{DecodeError, variant_names};
pub use event::{
    Cause, Completeness, Event, EventKind, Header, LineOrder, Message, Operation, Outcome, Place,
    Verdict,
};
pub(crate) use fault::closest;
pub use fault::{Fault, FaultKind, Faults, ReadError, Spot};
pub use index::{EventId, NameId, OpId, ProcessId, ValueId};
pub(crate) use named::EventsNamed;
use named::Named;
pub use read::{Format, OnFault};
pub(crate) use spot::printable;
use stamps::Stamps;
pub use value::Value;
pub use values::{Values, View};

/// A history in its indexed form: everything refers to everything else by position.
///
/// Memory beyond the text: about 42 bytes an event, 8 more where clocks are recorded, 12 an operation, and the distinct values.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What the file is called in reports; `-` for standard input, empty for a built history.
    pub(crate) path: String,
    pub(crate) text: Arc<String>,
    pub(crate) format: Format,
    pub(crate) header: Header,
    pub(crate) order: LineOrder,
    pub(crate) events: Vec<Event>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) stamps: Stamps,
    pub(crate) processes: Vec<ValueId>,
    pub(crate) names: Vec<ValueId>,
    pub(crate) messages: Vec<Message>,
    pub(crate) causes: Vec<Cause>,
    pub(crate) values: Values,
    /// Fields that no check uses and no text holds, as JSON text, in the order of the events.
    pub(crate) added: Vec<(EventId, String, String)>,
    /// The events of each name; made where it is first asked for.
    pub(crate) named: OnceLock<Named>,
}

impl History {
    /// What the file is called in reports; `-` for standard input, empty for a built history.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole (decompressed) text that the history was read from; empty for a built history.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first line, or the defaults where there is none.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The order of the lines: what the header says, or what the content implies.
    #[must_use]
    pub fn line_order(&self) -> LineOrder {
        self.order
    }

    /// All events, in the order of their lines.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// One event.
    #[must_use]
    pub fn event(&self, id: EventId) -> &Event {
        &self.events[id.index()]
    }

    /// Nanoseconds on the clock of the event's participant, where recorded. Never orders participants.
    #[must_use]
    pub fn time_ns(&self, id: EventId) -> Option<i64> {
        self.stamps.get(id)
    }

    /// All events with their ids, in the order of their lines.
    pub fn event_ids(&self) -> impl ExactSizeIterator<Item = EventId> + use<> {
        (0..self.events.len()).map(EventId::new)
    }

    /// All operations, in the order of their invocations.
    #[must_use]
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// One operation.
    #[must_use]
    pub fn operation(&self, id: OpId) -> &Operation {
        &self.operations[id.index()]
    }

    /// The participants, in the order in which they first appear.
    #[must_use]
    pub fn processes(&self) -> &[ValueId] {
        &self.processes
    }

    /// The participant's name: a string or an integer.
    #[must_use]
    pub fn process(&self, id: ProcessId) -> ValueId {
        self.processes[id.index()]
    }

    /// The participant's name as people write it: a string without quotes.
    #[must_use]
    pub fn process_name(&self, id: ProcessId) -> String {
        self.plain(self.process(id))
    }

    /// The names of operations and facts, in the order in which they first appear.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names
            .iter()
            .map(|name| self.values.as_str(*name).unwrap_or_default())
    }

    /// The text of a name.
    #[must_use]
    pub fn name(&self, id: NameId) -> &str {
        self.values
            .as_str(self.names[id.index()])
            .unwrap_or_default()
    }

    /// The index of a name, where some event has it.
    #[must_use]
    pub fn find_name(&self, name: &str) -> Option<NameId> {
        self.names()
            .position(|known| known == name)
            .map(NameId::new)
    }

    /// The events of those names for which `is_asked` says so, in the order of their lines.
    pub(crate) fn events_named(&self, is_asked: &[bool]) -> EventsNamed<'_> {
        let named = self.named.get_or_init(|| Named::of(self));
        named.events(is_asked)
    }

    /// Messages that were received.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// Declared causes.
    #[must_use]
    pub fn causes(&self) -> &[Cause] {
        &self.causes
    }

    /// The values of all events.
    #[must_use]
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The table of values, without the history.
    pub(crate) fn into_values(self) -> Values {
        self.values
    }

    /// Bytes on the heap beyond the text.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let added = self.added.iter();
        self.values.heap_bytes()
            + self.events.capacity() * size_of::<Event>()
            + self.stamps.heap_bytes()
            + self.operations.capacity() * size_of::<Operation>()
            + (self.processes.capacity() + self.names.capacity()) * size_of::<ValueId>()
            + self.messages.capacity() * size_of::<Message>()
            + self.causes.capacity() * size_of::<Cause>()
            + self.added.capacity() * size_of::<(EventId, String, String)>()
            + self.named.get().map_or(0, Named::heap_bytes)
            + added
                .map(|(_, name, json)| name.capacity() + json.capacity())
                .sum::<usize>()
    }

    /// A value as people write it: a string without quotes, anything else as compact JSON.
    #[must_use]
    pub fn plain(&self, id: ValueId) -> String {
        match self.values.view(id) {
            View::Str(text) => text.to_owned(),
            _ => self.values.to_value(id).to_string(),
        }
    }

    /// An operation as people read it aloud: "`read` → 3 (line 7)", "`write 3` (line 4)". The line is that of its
    /// completion where it has one.
    #[must_use]
    pub fn aloud(&self, op: OpId) -> String {
        let operation = self.operation(op);
        let plain = |value: Option<ValueId>| value.map(|value| self.plain(value));
        let call = self.event(operation.invoke);
        let name = call.f.map(|name| self.name(name)).unwrap_or_default();
        let input = plain(call.value).filter(|text| text != "null");
        let input = input.map(|input| format!(" {input}")).unwrap_or_default();
        let end = self.event(operation.completion.unwrap_or(operation.invoke));
        let answer = match operation.outcome {
            Outcome::Ok => plain(end.value).map(|answer| format!(" → {answer}")),
            Outcome::Failed | Outcome::Unknown => None,
        };
        let answer = answer.unwrap_or_default();
        let outcome = match operation.outcome {
            Outcome::Ok => "",
            Outcome::Failed => ", failed",
            Outcome::Unknown => ", outcome unknown",
        };
        format!("`{name}{input}`{answer} (line {}{outcome})", end.place.line)
    }
}
