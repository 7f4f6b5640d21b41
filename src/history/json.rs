//! From JSON text to the fields of events, without a copy and with the place of everything.
//!
//! serde_json finds the fields of an event and leaves each as raw text, a slice of the history's own
//! text: the place of a field is where its slice stands. A raw value is interned in a second step.
//!
//! Not chosen: deserializing events directly into values: the places of numbers, lists and objects
//! would be lost, and those of strings with escapes.

use std::fmt;
use std::ops::Range;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};
use serde_json::value::RawValue;

use super::EventKind;
use super::fault::{FaultKind, Trouble};

/// A fault at a stretch of the text.
pub(super) type TextTrouble = Trouble<Range<usize>>;

/// The fields that the table of events has columns for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Process,
    Type,
    F,
    Value,
    Id,
    Intent,
    Msg,
    After,
    Time,
}

impl Field {
    pub(super) const ALL: [Self; 9] = [
        Self::Process,
        Self::Type,
        Self::F,
        Self::Value,
        Self::Id,
        Self::Intent,
        Self::Msg,
        Self::After,
        Self::Time,
    ];

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Type => "type",
            Self::F => "f",
            Self::Value => "value",
            Self::Id => "id",
            Self::Intent => "intent",
            Self::Msg => "msg",
            Self::After => "after",
            Self::Time => "time",
        }
    }

    /// Whether the table has a column for the field on events of this kind.
    pub(super) const fn is_used(self, kind: EventKind) -> bool {
        let is_message = matches!(kind, EventKind::Send | EventKind::Receive);
        match self {
            Self::F => !is_message,
            Self::Msg => is_message,
            _ => true,
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "process" => Self::Process,
            "type" => Self::Type,
            "f" => Self::F,
            "value" => Self::Value,
            "id" => Self::Id,
            "intent" => Self::Intent,
            "msg" => Self::Msg,
            "after" => Self::After,
            "time" => Self::Time,
            _ => return None,
        })
    }
}

/// The fields of one event as raw JSON.
#[derive(Debug, Default)]
pub(super) struct RawEvent<'t> {
    fields: [Option<&'t str>; Field::ALL.len()],
    /// A field that stands there twice.
    pub(super) repeated: Option<Field>,
}

impl<'t> RawEvent<'t> {
    pub(super) fn get(&self, field: Field) -> Option<&'t str> {
        self.fields[field as usize]
    }

    /// Reads one object that takes up all of `text`.
    pub(super) fn parse(text: &'t str) -> Result<Self, serde_json::Error> {
        let mut event = Self::default();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer.deserialize_map(RawEventVisitor(&mut event))?;
        deserializer.end()?;
        Ok(event)
    }
}

struct RawEventVisitor<'e, 't>(&'e mut RawEvent<'t>);

impl<'t> Visitor<'t> for RawEventVisitor<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        let event = self.0;
        while let Some(field) = map.next_key_seed(FieldName)? {
            let Some(field) = field else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let raw = map.next_value::<&'t RawValue>()?.get();
            if event.fields[field as usize].replace(raw).is_some() {
                event.repeated = Some(field);
            }
        }
        Ok(())
    }
}

struct FieldName;

impl<'t> DeserializeSeed<'t> for FieldName {
    type Value = Option<Field>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for FieldName {
    type Value = Option<Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Field::of(name))
    }
}

/// A field of an object: its name, its name's raw text and its value's raw text.
#[derive(Debug)]
pub(super) struct Member<'t> {
    pub(super) name: String,
    pub(super) raw_name: &'t str,
    pub(super) raw: &'t str,
}

/// All fields of the object that `text` begins with; none where it begins with anything else.
pub(super) fn members(text: &str) -> Vec<Member<'_>> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut members = Vec::new();
    // What was found before an error still tells where its places are.
    let _ = deserializer.deserialize_map(MembersVisitor(&mut members));
    members
}

struct MembersVisitor<'m, 't>(&'m mut Vec<Member<'t>>);

impl<'t> Visitor<'t> for MembersVisitor<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(raw_name) = map.next_key::<&'t RawValue>()? {
            let name = serde_json::from_str::<String>(raw_name.get()).map_err(A::Error::custom)?;
            let raw_name = raw_name.get();
            let raw = map.next_value::<&'t RawValue>()?.get();
            self.0.push(Member {
                name,
                raw_name,
                raw,
            });
        }
        Ok(())
    }
}

/// The elements of a raw list; none where it is anything else.
pub(super) fn elements(raw: &str) -> Vec<&str> {
    let elements: Vec<&RawValue> = serde_json::from_str(raw).unwrap_or_default();
    elements.into_iter().map(RawValue::get).collect()
}

/// Where `part`, a slice of `whole`, stands in it.
pub(super) fn span_in(whole: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr().addr().wrapping_sub(whole.as_ptr().addr());
    debug_assert!(
        start <= whole.len() && part.len() <= whole.len() - start,
        "a slice of the text"
    );
    start..start + part.len()
}

/// What stands in a raw value, with its article.
pub(super) fn found(raw: &str) -> &'static str {
    match raw.as_bytes().first() {
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// The place in `part` at which serde_json reports `error`, as a byte of `whole`.
pub(super) fn error_at(whole: &str, part: &str, error: &serde_json::Error) -> Range<usize> {
    let base = span_in(whole, part);
    if error.is_eof() {
        return base.end..base.end;
    }
    let line_start = part
        .bytes()
        .enumerate()
        .filter(|(_, byte)| *byte == b'\n')
        .map(|(at, _)| at + 1)
        .nth(error.line().wrapping_sub(2))
        .unwrap_or(0);
    let mut at = (base.start + line_start + error.column().saturating_sub(1)).min(base.end);
    while !whole.is_char_boundary(at) {
        at -= 1;
    }
    let character = whole[at..].chars().next();
    let len = character.filter(|c| *c != '\n').map_or(0, char::len_utf8);
    at..at + len
}

/// What serde_json says, without its own line and column.
pub(super) fn error_text(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// The fault for what serde_json refuses in `part`.
pub(super) fn malformed(text: &str, part: &str, error: &serde_json::Error) -> TextTrouble {
    let at = error_at(text, part, error);
    let message = error_text(error);
    if message.starts_with("recursion limit exceeded") {
        return Trouble::new(FaultKind::TooDeep, at, "at most 128 levels");
    }
    let there = found_at(text, &at);
    let (what, expected) = if let Some(within) = message.strip_prefix("EOF while parsing ") {
        (format!("it ends within {within}"), "one JSON object a line")
    } else if message == "expected ident" {
        (there, "true, false or null")
    } else if message == "expected value" {
        (there, "a value")
    } else if let Some(expected) = message.strip_prefix("expected ") {
        return Trouble::new(FaultKind::Malformed(there), at, expected);
    } else {
        (message, "one JSON object a line")
    };
    Trouble::new(FaultKind::Malformed(what), at, expected)
}

/// What stands at a place that serde_json refuses.
fn found_at(text: &str, at: &Range<usize>) -> String {
    match text[at.start..].chars().next() {
        None | Some('\n') => "the line ends too early".to_owned(),
        Some(character) => format!("unexpected `{character}`"),
    }
}

/// The fault for a name that stands twice in one object.
pub(super) fn repeated(text: &str, name: &str, first: &str, second: &str) -> TextTrouble {
    Trouble::new(
        FaultKind::RepeatedKey(name.to_owned()),
        span_in(text, second),
        "each key once in an object",
    )
    .with("first stands here", span_in(text, first))
}

/// Removes white space outside strings.
pub(super) fn compact(raw: &str) -> String {
    let mut compact = String::with_capacity(raw.len());
    let mut in_string = false;
    let mut is_escaped = false;
    for character in raw.chars() {
        if in_string {
            in_string = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
        } else if character.is_ascii_whitespace() {
            continue;
        } else {
            in_string = character == '"';
        }
        compact.push(character);
    }
    compact
}

/// The event that begins at byte `offset` of the text.
pub(super) fn event_text(text: &str, offset: u64) -> &str {
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let rest = text.get(offset..).unwrap_or(&text[text.len()..]);
    let mut deserializer = serde_json::Deserializer::from_str(rest);
    <&RawValue>::deserialize(&mut deserializer).map_or(&rest[..0], RawValue::get)
}
