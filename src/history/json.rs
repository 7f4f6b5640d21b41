//! From JSON text to fields and interned values, without a copy and with the place of everything.
//!
//! serde_json finds the fields of an event and leaves each as raw text, a slice of the history's own
//! text: the place of a field is where its slice stands. A raw value is interned in a second step.
//! Scalars, most of all values, need no second parse.
//!
//! Not chosen: deserializing events directly into values: the places of numbers, lists and objects
//! would be lost, and those of strings with escapes.

use std::fmt;
use std::ops::Range;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess,
    Visitor,
};
use serde_json::value::RawValue;

use super::fault::{FaultKind, Trouble};
use super::{ValueId, Values};

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

    /// Whether it tells neither who witnessed it nor what kind of event it is.
    pub(super) fn is_anonymous(&self) -> bool {
        self.get(Field::Process).is_none() && self.get(Field::Type).is_none()
    }

    /// Reads one object that takes up all of `text`.
    pub(super) fn parse(text: &'t str) -> Result<Self, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let event = deserializer.deserialize_map(RawEventVisitor)?;
        deserializer.end()?;
        Ok(event)
    }
}

struct RawEventVisitor;

impl<'t> Visitor<'t> for RawEventVisitor {
    type Value = RawEvent<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<RawEvent<'t>, A::Error> {
        let mut event = RawEvent::default();
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
        Ok(event)
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

/// Interns raw values of a text.
pub(super) struct Interner<'a, 't> {
    pub(super) text: &'t str,
    pub(super) values: &'a mut Values,
    /// Elements of lists that are not yet complete; empty between values.
    pub(super) stack: &'a mut Vec<ValueId>,
}

/// What is wrong in a value beyond what serde_json itself finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    RepeatedKey,
    Integer,
}

impl<'t> Interner<'_, 't> {
    /// Interns a value that serde_json has found to be complete.
    pub(super) fn raw(&mut self, raw: &'t str) -> Result<ValueId, TextTrouble> {
        let bytes = raw.as_bytes();
        match bytes.first() {
            Some(b'"') if raw.len() >= 2 && !bytes.contains(&b'\\') => {
                let start = span_in(self.text, raw).start + 1;
                return Ok(self.values.source_str(start, raw.len() - 2));
            }
            Some(b'-' | b'0'..=b'9') if raw.len() <= 20 => {
                if let Some(int) = integer(raw) {
                    return Ok(self.values.int(int));
                }
            }
            Some(b'n') => return Ok(self.values.null()),
            Some(b't') => return Ok(self.values.bool(true)),
            Some(b'f') => return Ok(self.values.bool(false)),
            _ => {}
        }
        self.parsed(raw)
    }

    fn parsed(&mut self, raw: &'t str) -> Result<ValueId, TextTrouble> {
        self.stack.clear();
        let mut wrong = None;
        let mut has_large = false;
        let mut deserializer = serde_json::Deserializer::from_str(raw);
        let seed = ValueSeed {
            text: self.text,
            values: self.values,
            stack: self.stack,
            wrong: &mut wrong,
            has_large: &mut has_large,
        };
        let result = seed.deserialize(&mut deserializer);
        let large = || large_integer(raw).map(|part| span_in(self.text, part));
        match (result, wrong) {
            (Ok(value), _) => match has_large.then(large).flatten() {
                None => Ok(value),
                Some(at) => Err(integer_too_large(at)),
            },
            (Err(error), Some(Wrong::Integer)) => Err(integer_too_large(
                large().unwrap_or_else(|| error_at(self.text, raw, &error)),
            )),
            (Err(error), Some(Wrong::RepeatedKey)) => {
                Err(repeated_key(self.text, raw)
                    .unwrap_or_else(|| malformed(self.text, raw, &error)))
            }
            (Err(error), None) => Err(malformed(self.text, raw, &error)),
        }
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

fn integer_too_large(at: Range<usize>) -> TextTrouble {
    Trouble::new(
        FaultKind::IntegerTooLarge,
        at,
        "an integer from -2^63 to 2^63 - 1: write a larger one as a string",
    )
}

/// Reads a raw number without fraction and exponent that 64 bits hold.
pub(super) fn integer(raw: &str) -> Option<i64> {
    let bytes = raw.as_bytes();
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let mut int = 0_i64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        int = int.checked_mul(10)?.checked_sub(i64::from(digit - b'0'))?;
    }
    if digits.len() < bytes.len() {
        Some(int)
    } else {
        int.checked_neg()
    }
}

/// The first number without fraction and exponent that 64 bits do not hold.
fn large_integer(raw: &str) -> Option<&str> {
    let bytes = raw.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let is_part =
                    |byte: &u8| matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E' | b'0'..=b'9');
                let len = bytes[at..].iter().take_while(|byte| is_part(byte)).count();
                let number = &raw[at..at + len];
                let is_whole = !number.contains(['.', 'e', 'E']);
                if is_whole && number.parse::<i64>().is_err() {
                    return Some(number);
                }
                at += len;
            }
            _ => at += 1,
        }
    }
    None
}

/// Finds the key that stands twice in an object somewhere in `raw`.
fn repeated_key(text: &str, raw: &str) -> Option<TextTrouble> {
    let mut open = vec![raw];
    while let Some(raw) = open.pop() {
        if raw.starts_with('[') {
            open.extend(elements(raw).iter().rev());
            continue;
        }
        let members = members(raw);
        let mut seen: Vec<(&str, &str)> = Vec::with_capacity(members.len());
        for member in &members {
            seen.push((&member.name, member.raw_name));
        }
        // A stable sort: of two equal names, the earlier stands first.
        seen.sort_by_key(|(name, _)| *name);
        if let Some(pair) = seen.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Some(repeated(text, pair[0].0, pair[0].1, pair[1].1));
        }
        open.extend(members.iter().rev().map(|member| member.raw));
    }
    None
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

/// Interns what serde_json reads. Nesting is bounded by serde_json (128 levels), so recursion is.
struct ValueSeed<'a, 't> {
    text: &'t str,
    values: &'a mut Values,
    stack: &'a mut Vec<ValueId>,
    wrong: &'a mut Option<Wrong>,
    has_large: &'a mut bool,
}

impl<'t> ValueSeed<'_, 't> {
    fn reborrow(&mut self) -> ValueSeed<'_, 't> {
        ValueSeed {
            text: self.text,
            values: self.values,
            stack: self.stack,
            wrong: self.wrong,
            has_large: self.has_large,
        }
    }
}

impl<'t> DeserializeSeed<'t> for ValueSeed<'_, 't> {
    type Value = ValueId;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<ValueId, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for ValueSeed<'_, 't> {
    type Value = ValueId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<ValueId, E> {
        Ok(self.values.null())
    }

    fn visit_bool<E>(self, bool: bool) -> Result<ValueId, E> {
        Ok(self.values.bool(bool))
    }

    fn visit_i64<E>(self, int: i64) -> Result<ValueId, E> {
        Ok(self.values.int(int))
    }

    fn visit_u64<E: serde::de::Error>(self, int: u64) -> Result<ValueId, E> {
        match i64::try_from(int) {
            Ok(int) => Ok(self.values.int(int)),
            Err(_) => {
                *self.wrong = Some(Wrong::Integer);
                Err(E::custom("integer beyond 64 bits"))
            }
        }
    }

    fn visit_f64<E>(self, float: f64) -> Result<ValueId, E> {
        // serde_json turns integers beyond 64 bits into floats: the raw text tells them apart.
        *self.has_large |= float.abs() >= 9.2e18;
        Ok(self.values.float(float))
    }

    fn visit_borrowed_str<E>(self, text: &'t str) -> Result<ValueId, E> {
        let span = span_in(self.text, text);
        Ok(self.values.source_str(span.start, span.len()))
    }

    fn visit_str<E>(self, text: &str) -> Result<ValueId, E> {
        Ok(self.values.str(text))
    }

    fn visit_seq<A: SeqAccess<'t>>(mut self, mut seq: A) -> Result<ValueId, A::Error> {
        let start = self.stack.len();
        while let Some(element) = seq.next_element_seed(self.reborrow())? {
            self.stack.push(element);
        }
        let list = self.values.array(&self.stack[start..]);
        self.stack.truncate(start);
        Ok(list)
    }

    fn visit_map<A: MapAccess<'t>>(mut self, mut map: A) -> Result<ValueId, A::Error> {
        let start = self.stack.len();
        while let Some(key) = map.next_key_seed(self.reborrow())? {
            self.stack.push(key);
            let value = map.next_value_seed(self.reborrow())?;
            self.stack.push(value);
        }
        let object = self.values.object_of_pairs(&mut self.stack[start..]);
        self.stack.truncate(start);
        object.ok_or_else(|| {
            *self.wrong = Some(Wrong::RepeatedKey);
            A::Error::custom("repeated key")
        })
    }
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
    let rest = text.get(offset..).unwrap_or_default();
    let mut deserializer = serde_json::Deserializer::from_str(rest);
    <&RawValue>::deserialize(&mut deserializer).map_or("", RawValue::get)
}
