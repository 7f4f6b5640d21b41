//! Writes a history as Jepsen's EDN or as one JSON array: each event as the JSON Lines have it, in other clothes.

use std::io;

use super::json::members;
use super::write::EventLines;
use super::{History, Value};

impl History {
    /// Writes the history as Jepsen's EDN: one map a line, its fields as keywords. A header, where the history has
    /// one that says anything, is a map of its own before them.
    ///
    /// Reading what was written gives the same history.
    ///
    /// # Errors
    /// Those of the writer, and numbers of unknown fields that 64 bits do not hold.
    pub fn write_edn(&self, mut to: impl io::Write) -> io::Result<()> {
        let mut lines = EventLines::of(self);
        if let Some(header) = self.header_line() {
            writeln!(to, "{}", edn_line(&header)?)?;
        }
        for event in self.event_ids() {
            writeln!(to, "{}", edn_line(lines.line(event))?)?;
        }
        Ok(())
    }

    /// Writes the history as one JSON array, an element a line.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_json(&self, mut to: impl io::Write) -> io::Result<()> {
        let mut lines = EventLines::of(self);
        let mut separator = "[";
        if let Some(header) = self.header_line() {
            write!(to, "{separator}{header}")?;
            separator = ",\n";
        }
        for event in self.event_ids() {
            write!(to, "{separator}{}", lines.line(event))?;
            separator = ",\n";
        }
        let begin = if separator == "[" { "[" } else { "" };
        writeln!(to, "{begin}]")
    }
}

/// A line of JSON as an EDN map.
fn edn_line(json: &str) -> io::Result<String> {
    let mut line = String::from("{");
    for member in members(json) {
        if line.len() > 1 {
            line.push_str(", ");
        }
        let value: Value = serde_json::from_str(member.raw).map_err(io::Error::other)?;
        push_key(&mut line, &member.name);
        line.push(' ');
        match (&*member.name, &value) {
            // What Jepsen writes as keywords.
            ("type" | "f", Value::Str(word)) if is_keyword(word) => {
                line.push(':');
                line.push_str(word);
            }
            _ => push(&mut line, &value),
        }
    }
    line.push('}');
    Ok(line)
}

/// Appends a value. The depth is that of the JSON, which its parser bounds.
fn push(line: &mut String, value: &Value) {
    match value {
        Value::Null => line.push_str("nil"),
        Value::Array(elements) => {
            line.push('[');
            for (at, element) in elements.iter().enumerate() {
                line.push_str(if at > 0 { " " } else { "" });
                push(line, element);
            }
            line.push(']');
        }
        Value::Object(members) => {
            line.push('{');
            for (at, (key, member)) in members.iter().enumerate() {
                line.push_str(if at > 0 { ", " } else { "" });
                push_key(line, key);
                line.push(' ');
                push(line, member);
            }
            line.push('}');
        }
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_) => {
            line.push_str(&value.to_string());
        }
    }
}

fn push_key(line: &mut String, key: &str) {
    if is_keyword(key) {
        line.push(':');
        line.push_str(key);
    } else {
        line.push_str(&Value::from(key).to_string());
    }
}

/// Whether a keyword of this name reads as this text again, here and in Clojure.
fn is_keyword(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_plain)
}
