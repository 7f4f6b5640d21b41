//! Objects of scalars, taken apart before they are interned.
//!
//! Most values of a history are such objects, and interning is one thread's work, since ids stand in the order of the lines. Here another
//! thread finds the keys and values of the next lines and their fingerprints, which is all that needs no table.
//!
//! # Invariants
//! The text has been found to be JSON; what is not an object of short scalars is left to the interner: escapes, fractions,
//! lists, objects in objects. So nothing here can be wrong with the input.

use super::intern::integer;
use super::json::span_in;
use super::values::Scalar;

/// Appends the keys and values in turn of the object that `raw`, a valid stretch of `text`, is; `None`, and nothing is
/// appended: it is no object of plain scalars.
pub(super) fn scalars(text: &str, raw: &str, found: &mut Vec<Scalar>) -> Option<()> {
    let start = found.len();
    let mut rest = Rest {
        text,
        raw: raw.strip_prefix('{')?,
    };
    let whole = loop {
        match rest.next_byte() {
            Some(b'}') => break Some(()),
            Some(b',') => {}
            Some(b'"') => {
                let pair = rest.pair();
                let Some(pair) = pair else { break None };
                found.extend(pair);
            }
            _ => break None,
        }
    };
    if whole.is_none() {
        found.truncate(start);
    }
    whole
}

/// What is left of an object.
struct Rest<'t> {
    text: &'t str,
    raw: &'t str,
}

impl<'t> Rest<'t> {
    /// Takes the next byte that is no white space; all that JSON has outside strings is one byte long.
    fn next_byte(&mut self) -> Option<u8> {
        let raw = self.raw.trim_ascii_start();
        let byte = *raw.as_bytes().first()?;
        self.raw = raw.get(1..)?;
        Some(byte)
    }

    /// A key, of which the first quote is taken, and its value.
    fn pair(&mut self) -> Option<[Scalar; 2]> {
        let key = self.string()?;
        if self.next_byte()? != b':' {
            return None;
        }
        self.raw = self.raw.trim_ascii_start();
        let value = match self.raw.as_bytes().first()? {
            b'"' => {
                self.next_byte()?;
                self.string()?
            }
            b'n' => self.word("null", Scalar::null())?,
            b't' => self.word("true", Scalar::bool(true))?,
            b'f' => self.word("false", Scalar::bool(false))?,
            _ => self.number()?,
        };
        Some([key, value])
    }

    /// The rest of a string without escapes.
    fn string(&mut self) -> Option<Scalar> {
        let mut bytes = self.raw.bytes();
        let end = bytes.position(|byte| matches!(byte, b'"' | b'\\'))?;
        let (string, rest) = self.raw.split_at_checked(end)?;
        self.raw = rest.strip_prefix('"')?;
        Some(Scalar::source_str(span_in(self.text, string).start, string))
    }

    fn word(&mut self, word: &str, scalar: Scalar) -> Option<Scalar> {
        self.raw = self.raw.strip_prefix(word)?;
        Some(scalar)
    }

    /// A whole number of 64 bits.
    fn number(&mut self) -> Option<Scalar> {
        let is_part = |byte: u8| matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E' | b'0'..=b'9');
        let end = self.raw.bytes().position(|byte| !is_part(byte))?;
        let (number, rest) = self.raw.split_at_checked(end)?;
        let int = integer(number).filter(|_| !number.is_empty())?;
        self.raw = rest;
        Some(Scalar::int(int))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_objects_of_plain_scalars_are_taken_apart() {
        let count = |raw: &str| {
            let mut found = Vec::new();
            scalars(raw, raw, &mut found).map(|()| found.len())
        };
        let table = [
            (r#"{}"#, Some(0)),
            (r#"{"a":1}"#, Some(2)),
            (" {\"a\":1}", None),
            (
                r#"{ "a" : -7 , "é" : "ü" ,"c":null,"d":true,"e":false }"#,
                Some(10),
            ),
            (r#"{"a":9223372036854775808}"#, None),
            (r#"{"a":-0,"b":1.0}"#, None),
            (r#"{"a":1e3}"#, None),
            (r#"{"a":"\""}"#, None),
            (r#"{"\u0061":1}"#, None),
            (r#"{"a":1,"b":[]}"#, None),
            (r#"{"a":1,"b":{}}"#, None),
            (r#"[1]"#, None),
        ];
        for (raw, expected) in table {
            assert_eq!(count(raw), expected, "{raw}");
        }
        let (raw, mut found) = (r#"{"a":1,"b":[]}"#, Vec::new());
        assert!(scalars(raw, raw, &mut found).is_none() && found.is_empty());
    }
}
