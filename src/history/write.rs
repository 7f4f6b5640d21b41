//! Writes a history in version 1 of the format, as JSON Lines.

use std::fmt::Write as _;
use std::io;

use super::header::VERSION;
use super::json::{Field, compact, event_text, members};
use super::{
    Cause, Completeness, Event, EventId, EventKind, Format, History, LineOrder, ValueId, edn,
};

impl History {
    /// Writes the history as JSON Lines: the header, where it says anything, then one event a line
    /// with its fields in the order of the format's table.
    ///
    /// Reading what was written gives the same history: [`History::first_difference`] finds none.
    ///
    /// # Errors
    /// Those of the writer.
    ///
    /// # Example
    /// ```
    /// use testimony::history::HistoryBuilder;
    ///
    /// let mut builder = HistoryBuilder::new();
    /// builder.fact("payment", "charge", 781);
    /// let mut bytes = Vec::new();
    /// builder.finish()?.write(&mut bytes)?;
    /// assert_eq!(bytes, br#"{"process":"payment","type":"fact","f":"charge","value":781}
    /// "#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(&self, mut to: impl io::Write) -> io::Result<()> {
        let mut lines = EventLines::of(self);
        if let Some(header) = self.header_line() {
            writeln!(to, "{header}")?;
        }
        for event in self.event_ids() {
            writeln!(to, "{}", lines.line(event))?;
        }
        Ok(())
    }

    /// The history as text, and where each of its events begins.
    pub(super) fn written(&self) -> (String, Vec<u64>) {
        let mut text = String::new();
        let mut offsets = Vec::with_capacity(self.events.len());
        let mut lines = EventLines::of(self);
        text.extend(self.header_line().map(|header| header + "\n"));
        for event in self.event_ids() {
            offsets.push(text.len() as u64);
            text.push_str(lines.line(event));
            text.push('\n');
        }
        (text, offsets)
    }

    /// The event as it stands in the text; empty for a built history.
    #[must_use]
    pub fn event_text(&self, event: EventId) -> &str {
        let place = self.event(event).place;
        if place.line == 0 {
            return "";
        }
        match self.format {
            Format::Json => event_text(&self.text, place.offset.into()),
            Format::JepsenEdn => edn::event_text(&self.text, place.offset.into()),
        }
    }

    /// Fields of an event that no check uses, as compact JSON text, in the order of the line:
    /// `index`, `error`, `to`, `from`, and those that the format does not define.
    #[must_use]
    pub fn extras(&self, event: EventId) -> Vec<(String, String)> {
        let start = self.added.partition_point(|(of, ..)| *of < event);
        let added = self.added[start..].iter();
        let mut extras: Vec<(String, String)> = added
            .take_while(|(of, ..)| *of == event)
            .map(|(_, name, json)| (name.clone(), json.clone()))
            .collect();
        let kind = self.event(event).kind;
        for member in members(&self.event_json(event)) {
            let is_used = Field::of(&member.name).is_some_and(|field| field.is_used(kind));
            if !is_used {
                extras.push((member.name, compact(member.raw)));
            }
        }
        extras
    }

    /// What the content of the events implies where no header says it.
    fn implied_order(&self) -> LineOrder {
        let has_message = self.events.iter().any(|event| is_message(event.kind));
        if has_message || !self.causes.is_empty() {
            LineOrder::HappenedBefore
        } else {
            LineOrder::RealTime
        }
    }

    pub(super) fn header_line(&self) -> Option<String> {
        let header = &self.header;
        let mut line = format!("{{\"history\":{VERSION}");
        let empty_len = line.len();
        if let Some(title) = &header.title {
            push_field(&mut line, "title", &quoted(title));
        }
        if let Some(source) = &header.source {
            push_field(&mut line, "source", &quoted(source));
        }
        // An `after` without ids implies an order, too, but is not written.
        if header.order.is_some() || self.order != self.implied_order() {
            push_field(&mut line, "order", &quoted(self.order.as_str()));
        }
        match &header.complete {
            Completeness::Whole => {}
            Completeness::InPart => push_field(&mut line, "complete", "false"),
            Completeness::Only(participants) => {
                let names = participants.iter().map(|name| self.json(*name));
                let names: Vec<String> = names.collect();
                push_field(&mut line, "complete", &format!("[{}]", names.join(",")));
            }
        }
        if !header.expect.is_empty() {
            let pair = |(check, verdict): &(String, super::Verdict)| {
                format!("{}:{}", quoted(check), quoted(verdict.as_str()))
            };
            let pairs: Vec<String> = header.expect.iter().map(pair).collect();
            push_field(&mut line, "expect", &format!("{{{}}}", pairs.join(",")));
        }
        for (name, json) in &header.extras {
            push_field(&mut line, name, json);
        }
        let has_content = line.len() > empty_len;
        line.push('}');
        has_content.then_some(line)
    }

    /// A value as compact JSON.
    fn json(&self, id: ValueId) -> String {
        self.values.to_value(id).to_string()
    }

    /// The id that names an event in an `after`: an operation's is its invocation's.
    fn id_of(&self, event: &Event) -> Option<ValueId> {
        event.id.or_else(|| {
            let operation = self.operation(event.op?);
            self.event(operation.invoke).id
        })
    }
}

const fn is_message(kind: EventKind) -> bool {
    matches!(kind, EventKind::Send | EventKind::Receive)
}

fn quoted(text: &str) -> String {
    super::Value::from(text).to_string()
}

fn push_field(line: &mut String, name: &str, json: &str) {
    if !line.ends_with('{') {
        line.push(',');
    }
    // Writing to a String cannot fail.
    let _ = write!(line, "{}:{json}", quoted(name));
}

/// Writes the events in their order.
pub(super) struct EventLines<'h> {
    history: &'h History,
    /// Causes of later events; they are sorted by the event that declares them.
    causes: &'h [Cause],
    line: String,
}

impl<'h> EventLines<'h> {
    pub(super) fn of(history: &'h History) -> Self {
        Self {
            history,
            causes: &history.causes,
            line: String::new(),
        }
    }

    /// The line of the next event.
    pub(super) fn line(&mut self, id: EventId) -> &str {
        let history = self.history;
        let event = history.event(id);
        self.line.clear();
        self.line.push('{');
        self.value("process", Some(history.process(event.process)));
        push_field(&mut self.line, "type", &quoted(event.kind.as_str()));
        self.value("f", event.f.map(|name| history.names[name.index()]));
        self.value("value", event.value);
        self.value("id", event.id);
        self.value("intent", event.intent);
        self.value("msg", event.msg);
        let extras = history.extras(id);
        self.extras(&extras, |name| matches!(name, "to" | "from"));
        self.after(id);
        if let Some(time_ns) = history.time_ns(id) {
            push_field(&mut self.line, "time", &time_ns.to_string());
        }
        self.extras(&extras, |name| matches!(name, "index" | "error"));
        self.extras(&extras, |name| {
            !matches!(name, "to" | "from" | "index" | "error")
        });
        self.line.push('}');
        &self.line
    }

    fn value(&mut self, field: &str, value: Option<ValueId>) {
        if let Some(value) = value {
            push_field(&mut self.line, field, &self.history.json(value));
        }
    }

    fn extras(&mut self, extras: &[(String, String)], is_meant: fn(&str) -> bool) {
        for (name, json) in extras.iter().filter(|(name, _)| is_meant(name)) {
            push_field(&mut self.line, name, json);
        }
    }

    fn after(&mut self, id: EventId) {
        let is_own = |cause: &&Cause| cause.later == id;
        let count = self.causes.iter().take_while(is_own).count();
        let (own, later) = self.causes.split_at(count);
        self.causes = later;
        let ids: Vec<String> = own
            .iter()
            .filter_map(|cause| self.history.id_of(self.history.event(cause.earlier)))
            .map(|id| self.history.json(id))
            .collect();
        if !ids.is_empty() {
            push_field(&mut self.line, "after", &format!("[{}]", ids.join(",")));
        }
    }
}
