//! What one participant writes down: its operations, facts and messages.

use std::any::type_name;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::history::EventKind;

use super::BadValue;
use super::recorder::Shared;

/// The journal of one participant: what it does goes here as it does it.
///
/// Clones write into the same journal. Values are anything that serde writes as JSON and the history format takes: whole
/// numbers beyond 64 bits must be written as strings. A NaN becomes null, as `serde_json` has it.
#[derive(Clone, Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    participant: Arc<str>,
    intent: Option<Arc<str>>,
}

/// An operation that was begun, and of which it is not yet said how it ended.
///
/// Dropped as it is, it ends as unknown: a caller that stops waiting, for whatever reason, does not know whether its call
/// takes effect. So keep it across the call, and let it go with the call.
#[derive(Debug)]
#[must_use = "an operation that is dropped at once is recorded as one of unknown outcome"]
pub struct OpenOperation {
    journal: Journal,
    /// Its name and id; nothing once it is completed, or where its invocation could not be recorded.
    open: Option<(String, String)>,
}

/// The name of an operation or fact, and its value where it has one.
type Named = (String, Option<Box<RawValue>>);

/// One event, its fields in the order of the format's table.
#[derive(Default, Serialize)]
struct Line<'l> {
    process: &'l str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    f: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intent: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<&'l str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'l str>,
}

impl Journal {
    pub(super) fn of(shared: Arc<Shared>, participant: &str) -> Self {
        Self {
            shared,
            participant: participant.into(),
            intent: None,
        }
    }

    /// The same journal, for attempts of one logical operation: give its stable identity (an idempotency key).
    ///
    /// ```
    /// # let recorder = testimony::record::Recorder::new();
    /// # let checkout = recorder.participant("checkout");
    /// let attempt = checkout.for_intent("key-1").op("charge", &781);
    /// # attempt.ok(&());
    /// ```
    #[must_use]
    pub fn for_intent(&self, intent: &str) -> Self {
        Self {
            intent: Some(intent.into()),
            ..self.clone()
        }
    }

    /// Begins an operation: call this before the call is made.
    pub fn op<T: Serialize + ?Sized>(&self, name: &str, input: &T) -> OpenOperation {
        self.begin(
            name,
            value_of(input).map(|value| (name.to_owned(), Some(value))),
        )
    }

    /// Begins an operation that is a serde enum in its default form: the variant gives the name, its content the input.
    ///
    /// ```
    /// #[derive(serde::Serialize)]
    /// #[serde(rename_all = "kebab-case")]
    /// enum Call {
    ///     Read,
    ///     Cas(u32, u32),
    /// }
    ///
    /// # let recorder = testimony::record::Recorder::new();
    /// # let client = recorder.participant("client");
    /// client.op_of(&Call::Cas(3, 4)).ok(&());
    /// client.op_of(&Call::Read).ok(&4);
    /// # assert_eq!(recorder.history()?.names().collect::<Vec<_>>(), ["cas", "read"]);
    /// # Ok::<(), testimony::record::RecordError>(())
    /// ```
    pub fn op_of<T: Serialize + ?Sized>(&self, call: &T) -> OpenOperation {
        self.begin(type_name::<T>(), named(call))
    }

    fn begin(&self, name: &str, call: Result<Named, String>) -> OpenOperation {
        let (name, input) = match call {
            Ok(call) => call,
            Err(why) => {
                self.note_gap(name, why);
                return OpenOperation {
                    journal: self.clone(),
                    open: None,
                };
            }
        };
        let id = self.shared.fresh("op");
        self.add(Line {
            f: Some(&name),
            value: input,
            id: Some(&id),
            intent: self.intent.as_deref(),
            ..self.line(EventKind::Invoke)
        });
        OpenOperation {
            journal: self.clone(),
            open: Some((name, id)),
        }
    }

    /// Records a fact: what this participant has just made durable. It takes effect where its line stands, so
    /// nobody else may act between the durable write and this call.
    pub fn fact<T: Serialize + ?Sized>(&self, name: &str, value: &T) {
        self.recorded(
            name,
            value_of(value).map(|value| (name.to_owned(), Some(value))),
        );
    }

    /// Records a fact that is a serde enum in its default form: the variant gives the name.
    pub fn fact_of<T: Serialize + ?Sized>(&self, fact: &T) {
        self.recorded(type_name::<T>(), named(fact));
    }

    fn recorded(&self, name: &str, fact: Result<Named, String>) {
        match fact {
            Ok((name, value)) => self.add(Line {
                f: Some(&name),
                value,
                intent: self.intent.as_deref(),
                ..self.line(EventKind::Fact)
            }),
            Err(why) => self.note_gap(name, why),
        }
    }

    /// Records that a message leaves for another participant: call this before it is sent. What it returns travels with
    /// the message, in a header say: a short name of letters, digits and `-` (after the site and a `/`).
    #[must_use = "the other participant needs it for `receive`"]
    pub fn send(&self, to: &str) -> String {
        let message = self.shared.fresh("message");
        self.add(Line {
            msg: Some(&message),
            to: Some(to),
            ..self.line(EventKind::Send)
        });
        message
    }

    /// Records that a message arrived: call this before acting on it. It may arrive more than once.
    pub fn receive(&self, message: &str) {
        self.add(Line {
            msg: Some(message),
            ..self.line(EventKind::Receive)
        });
    }

    fn line(&self, kind: EventKind) -> Line<'_> {
        Line {
            process: &self.participant,
            kind: kind.as_str(),
            ..Line::default()
        }
    }

    /// The text is made before the lock is taken: only its place waits for others.
    fn add(&self, line: Line<'_>) {
        match serde_json::to_string(&line) {
            Ok(text) => self.shared.add(&text),
            Err(error) => self.note_gap(line.f.unwrap_or(line.kind), error.to_string()),
        }
    }

    fn note_gap(&self, name: &str, why: String) {
        self.shared.note_gap(BadValue {
            participant: self.participant.to_string(),
            name: name.to_owned(),
            why,
        });
    }
}

impl OpenOperation {
    /// It took effect, and this is the answer: call this after the answer came.
    pub fn ok<T: Serialize + ?Sized>(mut self, answer: &T) {
        match value_of(answer) {
            Ok(answer) => self.complete(EventKind::Ok, Some(answer), None),
            Err(why) => {
                if let Some((name, _)) = self.open.take() {
                    self.journal.note_gap(&name, why);
                }
            }
        }
    }

    /// It certainly did **not** take effect, and never will: it was refused, or never left. A timeout, a broken
    /// connection and an error of some server on the way are no such certainty: they are [`unknown`](Self::unknown).
    pub fn fail(mut self, error: impl Display) {
        self.complete(EventKind::Fail, None, Some(&error.to_string()));
    }

    /// Nobody knows whether it takes effect, for this reason. Dropping it says the same without a reason.
    pub fn unknown(mut self, why: impl Display) {
        self.complete(EventKind::Info, None, Some(&why.to_string()));
    }

    fn complete(&mut self, kind: EventKind, value: Option<Box<RawValue>>, error: Option<&str>) {
        if let Some((name, id)) = self.open.take() {
            self.journal.add(Line {
                f: Some(&name),
                value,
                id: Some(&id),
                error,
                ..self.journal.line(kind)
            });
        }
    }
}

impl Drop for OpenOperation {
    fn drop(&mut self) {
        let why = if std::thread::panicking() {
            "panicked"
        } else {
            "dropped before an answer"
        };
        self.complete(EventKind::Info, None, Some(why));
    }
}

/// A value as its JSON text: nothing of it is rounded, and what the format refuses is refused by its reader.
fn value_of<T: Serialize + ?Sized>(value: &T) -> Result<Box<RawValue>, String> {
    to_raw_value(value).map_err(|error| error.to_string())
}

/// The variant and its content, where it has one.
fn named<T: Serialize + ?Sized>(value: &T) -> Result<Named, String> {
    let json = value_of(value)?;
    if let Ok(variant) = serde_json::from_str::<String>(json.get()) {
        return Ok((variant, None));
    }
    let variants = serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(json.get());
    let mut variants = variants.unwrap_or_default().into_iter();
    match (variants.next(), variants.next()) {
        (Some((variant, content)), None) => Ok((variant, Some(content))),
        _ => Err("expected an enum in serde's default form: a variant and its content".to_owned()),
    }
}
