//! How events and operations are shown in rows.

use std::ops::Range;

use crate::history::{Event, EventId, EventKind, History, OpId, Outcome, ValueId};
use crate::verdict::{Step, Twins};

use super::layout::{Align, Table, cut};

/// The longest value that a row is given; a screen shows less.
const VALUE_CHARACTERS_MAX: usize = 200;

/// The events as a table: where they stand, who witnessed them, and what. Fields without a column of their
/// own stand below the value.
pub(super) fn event_table(events: &[EventId], history: &History) -> Table {
    let mut table = Table::new(&[
        ("line", Align::Right),
        ("participant", Align::Left),
        ("type", Align::Left),
        ("name", Align::Left),
        ("value", Align::Left),
    ]);
    for id in events {
        let event = history.event(*id);
        let value = value_of(event.value, history);
        let mut told: Vec<String> = also(*id, history);
        if !value.is_empty() || told.is_empty() {
            told.insert(0, value);
        }
        let mut told = told.into_iter();
        table.row(vec![
            line_of(*id, history),
            history.process_name(event.process),
            event.kind.as_str().to_owned(),
            name_of(event, history),
            told.next().unwrap_or_default(),
        ]);
        for text in told {
            let mut below = vec![String::new(); 4];
            below.push(text);
            table.row(below);
        }
    }
    table
}

/// The operations as a table, in the order in which they took effect.
pub(super) fn operation_table(operations: &[OpId], history: &History) -> Table {
    let mut table = Table::new(&[
        ("line", Align::Right),
        ("participant", Align::Left),
        ("operation", Align::Left),
        ("value", Align::Left),
        ("answer", Align::Left),
    ]);
    for id in operations {
        let operation = history.operation(*id);
        let invoke = history.event(operation.invoke);
        let answer = match (operation.outcome, operation.completion) {
            (Outcome::Ok, Some(completion)) => value_of(history.event(completion).value, history),
            (Outcome::Failed, _) => "failed".to_owned(),
            _ => "never seen".to_owned(),
        };
        table.row(vec![
            line_of(operation.invoke, history),
            history.process_name(invoke.process),
            name_of(invoke, history),
            value_of(invoke.value, history),
            answer,
        ]);
    }
    table
}

/// Two worlds side by side, step by step; `≠` marks where they part.
pub(super) fn twins_table(twins: &Twins, steps: Range<usize>, history: &History) -> Table {
    let mut table = Table::new(&[
        ("step", Align::Right),
        ("", Align::Left),
        ("it is kept", Align::Left),
        ("it is broken", Align::Left),
    ]);
    let told = |step: Option<&Step>| match step {
        None => String::new(),
        Some(Step { event: None, says }) => says.clone(),
        Some(Step {
            event: Some(event),
            says,
        }) => format!("{says} (line {})", line_of(*event, history)),
    };
    for at in steps {
        let (one, other) = (twins.keeps.get(at), twins.breaks.get(at));
        let mut broken = told(other);
        if twins.breach_at == Some(at) {
            broken.push_str(" ✗");
        }
        let mark = if one == other { "" } else { "≠" };
        table.row(vec![
            (at + 1).to_string(),
            mark.to_owned(),
            told(one),
            broken,
        ]);
    }
    table
}

/// The line of an event; its number where it was never read from a file.
pub(super) fn line_of(id: EventId, history: &History) -> String {
    match history.event(id).place.line {
        0 => format!("#{}", id.index() + 1),
        line => line.to_string(),
    }
}

/// What the event is called: its `f`, or the message that it sends or receives.
fn name_of(event: &Event, history: &History) -> String {
    match (event.kind, event.f, event.msg) {
        (EventKind::Send | EventKind::Receive, _, Some(msg)) => history.plain(msg),
        (_, Some(name), _) => history.name(name).to_owned(),
        _ => String::new(),
    }
}

fn value_of(value: Option<ValueId>, history: &History) -> String {
    let Some(id) = value else {
        return String::new();
    };
    let text = history.values().to_value(id).to_string();
    cut(&text, VALUE_CHARACTERS_MAX)
}

/// The intent, and the fields that no column shows: an error, the other participant, anything unknown.
fn also(id: EventId, history: &History) -> Vec<String> {
    let intent = history.event(id).intent;
    let mut shown: Vec<String> = intent
        .map(|intent| format!("intent: {}", history.plain(intent)))
        .into_iter()
        .collect();
    let extras = history.extras(id);
    let extras = extras
        .iter()
        .filter(|(name, json)| name != "index" && json != "null");
    shown.extend(extras.map(|(name, json)| {
        // A text reads better without its quotes.
        let text = serde_json::from_str::<String>(json);
        let text = text.as_ref().unwrap_or(json);
        cut(&format!("{name}: {text}"), VALUE_CHARACTERS_MAX)
    }));
    shown
}
