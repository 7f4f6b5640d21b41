//! From raw JSON to interned values, without a copy where the text has no escapes.
//!
//! Scalars, most of all values, need no second parse; what was read lately needs none at all.

use std::fmt;
use std::hash::Hasher as _;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::fault::{FaultKind, Trouble};
use super::json::{TextTrouble, elements, error_at, malformed, members, repeated, span_in};
use super::values::Scalar;
use super::{ValueId, Values};

/// Interns raw values of a text.
pub(super) struct Interner<'a, 't> {
    pub(super) text: &'t str,
    pub(super) values: &'a mut Values,
    pub(super) scratch: &'a mut Scratch<'t>,
}

/// What an interner keeps from one value to the next.
#[derive(Debug)]
pub(super) struct Scratch<'t> {
    /// Elements of lists that are not yet complete; empty between values.
    stack: Vec<ValueId>,
    /// Strings, lists and objects that were read lately, each where its hash puts it: most names are
    /// few, an answer often repeats its question, and a fact both. Not chosen: remembering all raw
    /// values, which costs memory.
    recent: Vec<Option<(&'t str, ValueId)>>,
}

impl Default for Scratch<'_> {
    fn default() -> Self {
        Self {
            stack: Vec::new(),
            recent: vec![None; Self::RECENT_LEN],
        }
    }
}

impl<'t> Scratch<'t> {
    const RECENT_LEN: usize = 1 << 8;

    fn recent(&mut self, raw: &'t str) -> &mut Option<(&'t str, ValueId)> {
        let mut hasher = rustc_hash::FxHasher::default();
        hasher.write(raw.as_bytes());
        // The upper bits are the better ones.
        let at = (hasher.finish() >> 56) as usize;
        &mut self.recent[at % Self::RECENT_LEN]
    }
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
        match raw.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => {
                if let Some(int) = integer(raw) {
                    return Ok(self.values.int(int));
                }
            }
            Some(b'n') => return Ok(self.values.null()),
            Some(b't') => return Ok(self.values.bool(true)),
            Some(b'f') => return Ok(self.values.bool(false)),
            _ => {}
        }
        if let Some((known, value)) = self.scratch.recent(raw)
            && *known == raw
        {
            return Ok(*value);
        }
        let value = match without_escapes(raw) {
            Some(text) => {
                let span = span_in(self.text, text);
                self.values.source_str(span.start, span.len())
            }
            None => self.parsed(raw)?,
        };
        *self.scratch.recent(raw) = Some((raw, value));
        Ok(value)
    }

    /// Interns an object that was taken apart.
    pub(super) fn flat(
        &mut self,
        raw: &'t str,
        scalars: &[Scalar],
    ) -> Result<ValueId, TextTrouble> {
        if let Some((known, value)) = self.scratch.recent(raw)
            && *known == raw
        {
            return Ok(*value);
        }
        let stack = &mut self.scratch.stack;
        stack.clear();
        stack.extend(scalars.iter().map(|scalar| self.values.scalar(*scalar)));
        let value = match self.values.object_of_pairs(stack) {
            Some(value) => value,
            // A key stands twice: that one knows where.
            None => self.parsed(raw)?,
        };
        *self.scratch.recent(raw) = Some((raw, value));
        Ok(value)
    }

    fn parsed(&mut self, raw: &'t str) -> Result<ValueId, TextTrouble> {
        self.scratch.stack.clear();
        let mut wrong = None;
        let mut has_large = false;
        let mut deserializer = serde_json::Deserializer::from_str(raw);
        let seed = ValueSeed {
            text: self.text,
            values: self.values,
            stack: &mut self.scratch.stack,
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

/// The text of a raw string that needs no decoding.
fn without_escapes(raw: &str) -> Option<&str> {
    let text = raw.strip_prefix('"')?.strip_suffix('"')?;
    memchr::memchr(b'\\', text.as_bytes())
        .is_none()
        .then_some(text)
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
