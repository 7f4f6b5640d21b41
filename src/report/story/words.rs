//! Events, operations and the ways of news in a few words.

use crate::history::{Event, EventId, EventKind, History, OpId, Outcome, ValueId, View};
use crate::order::{Reason, Step};
use crate::report::excerpt::line_of;
use crate::report::layout::cut;

use super::StoryReport;

/// The longest value that is shown.
const VALUE_CHARACTERS_MAX: usize = 160;
impl StoryReport {
    pub(super) const fn history(&self) -> &History {
        &self.part.history
    }

    pub(super) fn line(&self, event: EventId) -> String {
        line_of(event, self.history())
    }

    pub(super) fn participant(&self, event: EventId) -> String {
        let history = self.history();
        history.process_name(history.event(event).process)
    }

    /// The name of an operation or fact.
    pub(super) fn name(&self, event: EventId) -> &str {
        let history = self.history();
        let name = history.event(event).f;
        name.map(|name| history.name(name)).unwrap_or_default()
    }

    /// What an event is: "recorded charge (key: key-1)".
    pub(super) fn event(&self, id: EventId) -> String {
        let name = self.name(id);
        let event = self.history().event(id);
        let value = in_brackets(&self.value(event.value));
        match event.kind {
            EventKind::Invoke => format!("began {name}{value}"),
            EventKind::Ok => format!("{name} answered ok{value}"),
            EventKind::Fail => format!("{name} failed{}", behind_colon(&self.error(id))),
            EventKind::Info => format!("gave up on {name}{}", behind_colon(&self.error(id))),
            EventKind::Fact => format!("recorded {name}{value}"),
            EventKind::Send => {
                let lost = match self.is_received(id) {
                    true => "",
                    false => ": not received in this history",
                };
                format!(
                    "sent {}{}{lost}",
                    self.message(event),
                    self.other(id, " to ")
                )
            }
            EventKind::Receive => {
                format!(
                    "received {}{}",
                    self.message(event),
                    self.other(id, " from ")
                )
            }
        }
    }

    fn message(&self, event: &Event) -> String {
        let name = event.msg.map(|msg| self.history().plain(msg));
        name.unwrap_or_default()
    }

    fn is_received(&self, send: EventId) -> bool {
        let mut messages = self.history().messages().iter();
        messages.any(|message| message.send == send)
    }

    /// The other end of a message, where one is known.
    fn other(&self, id: EventId, word: &str) -> String {
        let messages = self.history().messages().iter();
        let mut others = messages.filter_map(|message| match id {
            id if message.send == id => Some(message.receive),
            id if message.receive == id => Some(message.send),
            _ => None,
        });
        let other = others.next().map(|other| self.participant(other));
        let field = word.trim();
        let other = other.or_else(|| self.extra(id, field));
        other.map_or_else(String::new, |other| format!("{word}{other}"))
    }

    fn error(&self, id: EventId) -> String {
        self.extra(id, "error").unwrap_or_default()
    }

    fn extra(&self, id: EventId, field: &str) -> Option<String> {
        let extras = self.history().extras(id);
        let (_, json) = extras
            .into_iter()
            .find(|(name, json)| name == field && json != "null")?;
        Some(serde_json::from_str(&json).unwrap_or(json))
    }

    /// A value without the identity, which is known: "key: key-1, amount: 4900".
    pub(super) fn value(&self, value: Option<ValueId>) -> String {
        let Some(id) = value.filter(|id| !self.story.values.contains(id)) else {
            return String::new();
        };
        let values = self.history().values();
        let text = match values.view(id) {
            View::Null => String::new(),
            View::Object(pairs) => {
                let pairs = pairs.chunks_exact(2);
                let pairs = pairs.filter(|pair| !self.story.values.contains(&pair[1]));
                let pairs = pairs.map(|pair| {
                    let name = values.as_str(pair[0]).unwrap_or_default();
                    format!("{name}: {}", self.history().plain(pair[1]))
                });
                pairs.collect::<Vec<String>>().join(", ")
            }
            _ => self.history().plain(id),
        };
        cut(&text, VALUE_CHARACTERS_MAX)
    }

    /// What became of an operation: "ok (reference: auth-77)", "unknown: no answer within 3 s".
    pub(super) fn outcome(&self, op: OpId) -> String {
        let operation = self.history().operation(op);
        let Some(end) = operation.completion else {
            return "unknown: the history ends before an answer".to_owned();
        };
        match operation.outcome {
            Outcome::Ok => {
                let answer = self.history().event(end).value;
                format!("ok{}", in_brackets(&self.value(answer)))
            }
            Outcome::Failed => format!("failed{}", behind_colon(&self.error(end))),
            Outcome::Unknown => format!("unknown{}", behind_colon(&self.error(end))),
        }
    }

    /// "line 2", "lines 2–8".
    pub(super) fn operation_lines(&self, op: OpId) -> String {
        let operation = self.history().operation(op);
        let first = self.line(operation.invoke);
        match operation.completion {
            None => format!("line {first}"),
            Some(end) => format!("lines {first}–{}", self.line(end)),
        }
    }

    /// "unknown since line 8: no answer within 3 s".
    pub(super) fn given_up(&self, end: EventId) -> String {
        let error = behind_colon(&self.error(end));
        format!("unknown since line {}{error}", self.line(end))
    }

    /// What carried the news: the names of messages, and the lines that declare their causes.
    pub(super) fn carriers(&self, how: &[Step]) -> Vec<String> {
        let carriers = how.iter().filter_map(|step| match step.because {
            Reason::Message => Some(self.message(self.history().event(step.from))),
            Reason::Cause => Some(format!("line {}", self.line(step.to))),
            Reason::Process | Reason::RealTime | Reason::Clock => None,
        });
        carriers.collect()
    }
}

pub(super) fn in_brackets(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!(" ({text})"),
    }
}

pub(super) fn behind_colon(text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!(": {text}"),
    }
}
