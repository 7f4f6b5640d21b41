//! Builds a history event by event: for recorders, simulators and tests.

use super::json::Field;
use super::pairing::{Draft, Paired, Pairing};
use super::{
    Completeness, EventId, EventKind, Faults, Header, History, LineOrder, Place, Value, ValueId,
    Values, Verdict,
};

/// An event that is not yet part of a history.
///
/// # Example
/// ```
/// use testimony::history::{EventDraft, EventKind};
///
/// let charge = EventDraft::new("payment", EventKind::Fact)
///     .f("charge")
///     .value(781)
///     .id("charge-1")
///     .after(["order-1"]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EventDraft {
    process: Value,
    kind: EventKind,
    f: Option<Value>,
    value: Option<Value>,
    id: Option<Value>,
    intent: Option<Value>,
    msg: Option<Value>,
    after: Option<Vec<Value>>,
    time_ns: Option<i64>,
    extras: Vec<(String, Value)>,
}

impl EventDraft {
    /// Makes an event with nothing but its process and kind.
    #[must_use]
    pub fn new(process: impl Into<Value>, kind: EventKind) -> Self {
        Self {
            process: process.into(),
            kind,
            f: None,
            value: None,
            id: None,
            intent: None,
            msg: None,
            after: None,
            time_ns: None,
            extras: Vec::new(),
        }
    }

    /// Names the operation or fact.
    #[must_use]
    pub fn f(self, name: &str) -> Self {
        let f = Some(Value::from(name));
        Self { f, ..self }
    }

    /// Gives the input, the answer or what was recorded.
    #[must_use]
    pub fn value(self, value: impl Into<Value>) -> Self {
        let value = Some(value.into());
        Self { value, ..self }
    }

    /// Names the operation or event.
    #[must_use]
    pub fn id(self, id: impl Into<Value>) -> Self {
        let id = Some(id.into());
        Self { id, ..self }
    }

    /// Gives the stable identity of the logical operation.
    #[must_use]
    pub fn intent(self, intent: impl Into<Value>) -> Self {
        let intent = Some(intent.into());
        Self { intent, ..self }
    }

    /// Names the message of a send or receive.
    #[must_use]
    pub fn msg(self, msg: impl Into<Value>) -> Self {
        let msg = Some(msg.into());
        Self { msg, ..self }
    }

    /// Declares ids of events that happened before this one.
    #[must_use]
    pub fn after<I: Into<Value>>(self, ids: impl IntoIterator<Item = I>) -> Self {
        let mut after = self.after.unwrap_or_default();
        after.extend(ids.into_iter().map(Into::into));
        let after = Some(after);
        Self { after, ..self }
    }

    /// Gives the nanoseconds on the participant's own clock.
    #[must_use]
    pub fn time_ns(self, time_ns: i64) -> Self {
        let time_ns = Some(time_ns);
        Self { time_ns, ..self }
    }

    /// The event that completes this invocation.
    pub(crate) fn completed(&self, kind: EventKind) -> Self {
        let mut end = Self::new(self.process.clone(), kind);
        end.f.clone_from(&self.f);
        end.id.clone_from(&self.id);
        end.intent.clone_from(&self.intent);
        end
    }

    /// Adds a field that the format keeps and shows, but does not use: `error`, `to`, or any other.
    #[must_use]
    pub fn extra(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extras.push((name.to_owned(), value.into()));
        self
    }
}

/// Builds a history event by event, in the order in which the lines would stand.
///
/// # Example
/// ```
/// use testimony::history::{HistoryBuilder, Outcome, Value};
///
/// let mut builder = HistoryBuilder::new().title("a write of unknown outcome");
/// builder.invoke("client", "write", 7);
/// builder.info("client");
/// let history = builder.finish()?;
/// assert_eq!(history.operations()[0].outcome, Outcome::Unknown);
/// # Ok::<(), testimony::history::Faults>(())
/// ```
#[derive(Debug, Default)]
pub struct HistoryBuilder {
    path: String,
    header: Header,
    pairing: Pairing,
    extras: Vec<(EventId, String, String)>,
    after: Vec<ValueId>,
}

impl HistoryBuilder {
    /// Starts a history without events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a history whose values are numbered on from these.
    pub(crate) fn interning_in(values: Values) -> Self {
        Self {
            pairing: Pairing::over(values, 2),
            ..Self::default()
        }
    }

    /// Says what reports call the history.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Says what the history is about.
    #[must_use]
    pub fn title(mut self, title: &str) -> Self {
        self.header.title = Some(title.to_owned());
        self
    }

    /// Says where the history comes from.
    #[must_use]
    pub fn source(mut self, source: &str) -> Self {
        self.header.source = Some(source.to_owned());
        self
    }

    /// Says in which order the events are added; otherwise their content implies it.
    #[must_use]
    pub fn order(mut self, order: LineOrder) -> Self {
        self.header.order = Some(order);
        self
    }

    /// Says that anything may have happened that no event shows.
    #[must_use]
    pub fn incomplete(mut self) -> Self {
        self.header.complete = Completeness::InPart;
        self
    }

    /// Says whose record is whole; of others, anything may be missing.
    #[must_use]
    pub fn complete_only<P: Into<Value>>(
        mut self,
        participants: impl IntoIterator<Item = P>,
    ) -> Self {
        let values = &mut self.pairing.values;
        let participants = participants.into_iter();
        let names = participants.map(|name| values.value(&name.into()));
        self.header.complete = Completeness::Only(names.collect());
        self
    }

    /// Says which verdict a check is known to have.
    #[must_use]
    pub fn expect(mut self, check: &str, verdict: Verdict) -> Self {
        self.header.expect.push((check.to_owned(), verdict));
        self
    }

    /// Adds an event.
    pub fn push(&mut self, draft: EventDraft) -> EventId {
        let values = &mut self.pairing.values;
        let process = values.value(&draft.process);
        let mut interned = |value: Option<Value>| value.map(|value| values.value(&value));
        let f = interned(draft.f);
        let (value, id) = (interned(draft.value), interned(draft.id));
        let (intent, msg) = (interned(draft.intent), interned(draft.msg));
        let has_after = draft.after.is_some();
        self.after.clear();
        for id in draft.after.into_iter().flatten() {
            self.after.extend(interned(Some(id)));
        }
        let event = self.pairing.add(Draft {
            process,
            kind: draft.kind,
            f,
            value,
            id,
            intent,
            msg,
            after: has_after.then_some(&self.after[..]),
            time_ns: draft.time_ns,
            place: Place::default(),
        });
        for (name, value) in draft.extras {
            if Field::of(&name).is_some_and(|field| field.is_used(draft.kind)) {
                self.pairing.refuse_extra(event, &name);
                continue;
            }
            self.extras.push((event, name, value.to_string()));
        }
        event
    }

    /// Adds an invocation.
    pub fn invoke(
        &mut self,
        process: impl Into<Value>,
        f: &str,
        value: impl Into<Value>,
    ) -> EventId {
        self.push(
            EventDraft::new(process, EventKind::Invoke)
                .f(f)
                .value(value),
        )
    }

    /// Completes the open operation of a process: it took effect and was answered.
    pub fn ok(&mut self, process: impl Into<Value>, answer: impl Into<Value>) -> EventId {
        self.push(EventDraft::new(process, EventKind::Ok).value(answer))
    }

    /// Completes the open operation of a process: it certainly did not take effect.
    pub fn fail(&mut self, process: impl Into<Value>) -> EventId {
        self.push(EventDraft::new(process, EventKind::Fail))
    }

    /// Completes the open operation of a process: its outcome is unknown.
    pub fn info(&mut self, process: impl Into<Value>) -> EventId {
        self.push(EventDraft::new(process, EventKind::Info))
    }

    /// Adds something that a process durably recorded.
    pub fn fact(&mut self, process: impl Into<Value>, f: &str, value: impl Into<Value>) -> EventId {
        self.push(EventDraft::new(process, EventKind::Fact).f(f).value(value))
    }

    /// Adds a message that leaves a process.
    pub fn send(&mut self, process: impl Into<Value>, msg: impl Into<Value>) -> EventId {
        self.push(EventDraft::new(process, EventKind::Send).msg(msg))
    }

    /// Adds a message that arrives at a process.
    pub fn receive(&mut self, process: impl Into<Value>, msg: impl Into<Value>) -> EventId {
        self.push(EventDraft::new(process, EventKind::Receive).msg(msg))
    }

    /// Gives the history.
    ///
    /// # Errors
    /// What a reader would report of the same events; the text of the faults is the events as they
    /// would be written.
    pub fn finish(self) -> Result<History, Faults> {
        let Paired {
            mut history,
            troubles,
            more,
        } = self.pairing.finish(self.header.order);
        history.path = self.path;
        history.header = self.header;
        history.added = self.extras;
        if troubles.is_empty() {
            return Ok(history);
        }
        Err(history.faults(troubles, more))
    }
}
