//! From bytes to text: decompression, the byte order mark, and one pass of UTF-8 validation.

use std::io::Read;
use std::ops::Range;

use serde_json::value::RawValue;

use super::fault::{FaultKind, Trouble};
use super::json::{TextTrouble, malformed};

/// The text of a history, with the stretches that were not UTF-8.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) text: String,
    /// Replaced stretches in their order, as bytes of `text`; the byte that was found at each.
    pub(super) replaced: Vec<(Range<usize>, u8)>,
}

/// Positions in values are 32 bits: a larger text is refused.
pub(super) const TEXT_BYTES_MAX: u64 = u32::MAX as u64;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const BYTE_ORDER_MARK: char = '\u{feff}';

impl Source {
    /// Decompresses and decodes `bytes`, of which at most `bytes_max` are read.
    pub(super) fn of(bytes: Vec<u8>, bytes_max: u64) -> Result<Self, TextTrouble> {
        let bytes = decompressed(bytes, bytes_max)?;
        if bytes.len() as u64 > bytes_max {
            let kind = FaultKind::TooLarge(bytes_max);
            return Err(Trouble::new(kind, 0..0, "a smaller history: split it"));
        }
        let mut source = match String::from_utf8(bytes) {
            Ok(text) => Self {
                text,
                replaced: Vec::new(),
            },
            Err(error) => Self::lossy(error.as_bytes()),
        };
        if source.text.starts_with(BYTE_ORDER_MARK) {
            let len = BYTE_ORDER_MARK.len_utf8();
            source.text.drain(..len);
            for (span, _) in &mut source.replaced {
                *span = span.start - len..span.end - len;
            }
        }
        Ok(source)
    }

    fn lossy(bytes: &[u8]) -> Self {
        let mut text = String::with_capacity(bytes.len());
        let mut replaced = Vec::new();
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            if let Some(first) = chunk.invalid().first() {
                let start = text.len();
                text.push(char::REPLACEMENT_CHARACTER);
                replaced.push((start..text.len(), *first));
            }
        }
        Self { text, replaced }
    }

    /// The faults for stretches that are not UTF-8.
    pub(super) fn troubles(&self) -> impl Iterator<Item = TextTrouble> {
        self.replaced
            .iter()
            .map(|(span, byte)| Trouble::new(FaultKind::NotUtf8(*byte), span.clone(), "UTF-8 text"))
    }
}

fn decompressed(bytes: Vec<u8>, bytes_max: u64) -> Result<Vec<u8>, TextTrouble> {
    // One byte more than allowed is enough to know that there is too much.
    let take_max = bytes_max.saturating_add(1);
    let mut plain = Vec::new();
    let (format, result) = if bytes.starts_with(&GZIP) {
        let decoder = flate2::read::MultiGzDecoder::new(&bytes[..]);
        ("gzip", decoder.take(take_max).read_to_end(&mut plain))
    } else if bytes.starts_with(&ZSTD) {
        let decoder = zstd::stream::read::Decoder::with_buffer(&bytes[..]);
        let read = |decoder: zstd::stream::read::Decoder<'_, _>| {
            decoder.take(take_max).read_to_end(&mut plain)
        };
        ("zstd", decoder.and_then(read))
    } else {
        return Ok(bytes);
    };
    match result {
        Ok(_) => {
            plain.shrink_to_fit();
            Ok(plain)
        }
        Err(error) => {
            let kind = FaultKind::Damaged {
                format,
                why: error.to_string(),
            };
            Err(Trouble::new(kind, 0..0, "the whole compressed file"))
        }
    }
}

/// A stretch of the text that holds one event or the header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'t> {
    pub(super) text: &'t str,
    /// Line of its first character, counted from 1.
    pub(super) line: u32,
    /// Whether nothing follows it, not even the end of its line.
    pub(super) is_last: bool,
}

/// The lines of a text that are not blank, without the white space around them.
pub(super) struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            line: 0,
        }
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            let (line, len, is_last) = match memchr::memchr(b'\n', rest.as_bytes()) {
                Some(end) => (&rest[..end], end + 1, false),
                None => (rest, rest.len(), true),
            };
            self.at += len;
            self.line = self.line.saturating_add(1);
            let text = line.trim_matches(is_space);
            if !text.is_empty() {
                let line = self.line;
                return Some(Piece {
                    text,
                    line,
                    is_last,
                });
            }
        }
        None
    }
}

/// The elements of a JSON array.
pub(super) struct Elements<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    line_at: usize,
    state: ElementsState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ElementsState {
    First,
    Further,
    End,
}

impl<'t> Elements<'t> {
    /// The elements of the array that the text begins with.
    pub(super) fn of(text: &'t str) -> Self {
        let at = text.find('[').map_or(text.len(), |bracket| bracket + 1);
        Self {
            text,
            at,
            line: 1,
            line_at: 0,
            state: ElementsState::First,
        }
    }

    /// The next character that is not white space.
    fn peek(&mut self) -> Option<char> {
        let rest = self.text[self.at..].trim_start_matches(is_space);
        self.at = self.text.len() - rest.len();
        rest.chars().next()
    }

    fn element(&mut self) -> Result<Piece<'t>, TextTrouble> {
        let rest = &self.text[self.at..];
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>();
        let raw = match stream.next() {
            None => return Err(self.unterminated()),
            Some(Err(error)) if error.is_eof() => return Err(self.unterminated()),
            Some(Err(error)) => return Err(malformed(self.text, rest, &error)),
            Some(Ok(raw)) => raw.get(),
        };
        let lines = line_ends(&self.text[self.line_at..self.at]);
        self.line = u32::try_from(lines).map_or(u32::MAX, |lines| self.line.saturating_add(lines));
        self.line_at = self.at;
        self.at += stream.byte_offset();
        Ok(Piece {
            text: raw,
            line: self.line,
            is_last: false,
        })
    }

    fn unterminated(&self) -> TextTrouble {
        let kind = FaultKind::Truncated("the list of events");
        let end = self.text.trim_end_matches(is_space).len();
        Trouble::new(kind, end..end, "`]` at its end")
    }

    fn unexpected(&self, kind: FaultKind, found: char, expected: &str) -> TextTrouble {
        Trouble::new(kind, self.at..self.at + found.len_utf8(), expected)
    }
}

impl<'t> Iterator for Elements<'t> {
    type Item = Result<Piece<'t>, TextTrouble>;

    fn next(&mut self) -> Option<Self::Item> {
        let state = std::mem::replace(&mut self.state, ElementsState::End);
        if state == ElementsState::End {
            return None;
        }
        match (self.peek(), state) {
            (None, _) => return Some(Err(self.unterminated())),
            (Some(']'), _) => {
                self.at += 1;
                let kind = FaultKind::AfterTheEnd;
                return self
                    .peek()
                    .map(|found| Err(self.unexpected(kind, found, "nothing after `]`")));
            }
            (Some(_), ElementsState::First) => {}
            (Some(','), _) => {
                self.at += 1;
                self.peek();
            }
            (Some(found), _) => {
                let kind = FaultKind::Malformed(format!("`{found}` between two events"));
                return Some(Err(self.unexpected(kind, found, "`,` or `]`")));
            }
        }
        let element = self.element();
        if element.is_ok() {
            self.state = ElementsState::Further;
        }
        Some(element)
    }
}

/// The number of ends of lines.
pub(super) fn line_ends(text: &str) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes()).count()
}

/// White space of JSON, the end of the line included.
pub(super) const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_text_beyond_the_limit_is_refused_also_where_it_was_compressed() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(&[b' '; 5000]).unwrap();
        let forms = [
            vec![b' '; 5000],
            gzip.finish().unwrap(),
            zstd::encode_all(&[b' '; 5000][..], 19).unwrap(),
        ];
        for bytes in forms {
            let trouble = Source::of(bytes.clone(), 4999).unwrap_err();
            assert_eq!(trouble.kind, FaultKind::TooLarge(4999));
            assert_eq!(Source::of(bytes, 5000).unwrap().text.len(), 5000);
        }
    }

    #[test]
    fn places_of_replaced_bytes_are_those_of_the_text() {
        let source = Source::of(b"\xef\xbb\xbfa\xffb\xc3".to_vec(), 99).unwrap();
        assert_eq!(source.text, "a\u{fffd}b\u{fffd}");
        assert_eq!(source.replaced, [(1..4, 0xff), (5..8, 0xc3)]);
    }
}
