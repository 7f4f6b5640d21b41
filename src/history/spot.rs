//! Places in a text: from byte positions to lines and columns, and excerpts of a line around a place.

use std::ops::Range;

/// A place in the text of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// Line, counted from 1.
    pub line: u32,
    /// Column, counted from 1, in characters.
    pub column: u32,
    /// Bytes of the text.
    pub span: Range<usize>,
}

/// Finds the line and column of many positions without reading the text from its start each time.
///
/// One entry every 64 KiB: finding a place reads at most that much, however long the lines are.
pub(super) struct Lines<'t> {
    text: &'t str,
    blocks: Vec<Block>,
}

/// What stands before the first byte of a block.
#[derive(Clone, Copy, Default)]
struct Block {
    lines: usize,
    /// Characters since the last end of a line.
    characters: usize,
}

impl Block {
    fn after(self, bytes: &[u8]) -> Self {
        let lines = memchr::memchr_iter(b'\n', bytes).count();
        let (start, characters) = match memchr::memrchr(b'\n', bytes) {
            Some(end) => (end + 1, 0),
            None => (0, self.characters),
        };
        let first_bytes = bytes[start..].iter().filter(|byte| !is_inner(**byte));
        Self {
            lines: self.lines + lines,
            characters: characters + first_bytes.count(),
        }
    }
}

/// Whether the byte continues a character of UTF-8.
const fn is_inner(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

impl<'t> Lines<'t> {
    const BLOCK_BYTES: usize = 1 << 16;

    pub(super) fn of(text: &'t str) -> Self {
        let mut before = Block::default();
        let blocks = text
            .as_bytes()
            .chunks(Self::BLOCK_BYTES)
            .map(|bytes| {
                let after = before.after(bytes);
                std::mem::replace(&mut before, after)
            })
            .collect();
        Self { text, blocks }
    }

    /// The line and column of a stretch of the text; one that leaves the text is cut at its end.
    pub(super) fn spot(&self, span: Range<usize>) -> Spot {
        let start = span.start.min(self.text.len());
        let end = span.end.clamp(start, self.text.len());
        let block = start / Self::BLOCK_BYTES;
        let known = match self.blocks.get(block) {
            Some(before) => before.after(&self.text.as_bytes()[block * Self::BLOCK_BYTES..start]),
            // The text ends exactly where a block does.
            None => self.blocks.last().map_or_else(Block::default, |before| {
                before.after(&self.text.as_bytes()[(block - 1) * Self::BLOCK_BYTES..start])
            }),
        };
        Spot {
            line: counted(known.lines),
            column: counted(known.characters),
            span: start..end,
        }
    }
}

/// Counted from 1.
fn counted(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

/// A line cut around a place.
pub(super) struct Excerpt {
    pub(super) line: String,
    /// Characters of `line` before the place.
    pub(super) before: usize,
    /// Characters of the place, at least one.
    pub(super) marked: usize,
}

/// Cuts the line of `span.start` to about 100 columns around the place; a shorter one is whole.
pub(super) fn excerpt(text: &str, span: &Range<usize>) -> Excerpt {
    const COLUMNS_MAX: usize = 100;
    const BEFORE_MIN: usize = 40;
    let (head, tail) = text.split_at(span.start);
    // One character more than there is room for tells whether the line must be cut.
    let is_inside = |character: &char| *character != '\n';
    let enough = |characters: usize| characters.min(COLUMNS_MAX + 1);
    let in_head = head.chars().rev().take_while(is_inside);
    let before_all = enough(in_head.take(COLUMNS_MAX + 1).count());
    let in_tail = tail.chars().take_while(is_inside);
    let after_all = enough(in_tail.take(COLUMNS_MAX + 1).count());
    let before = before_all.min(BEFORE_MIN.max(COLUMNS_MAX.saturating_sub(after_all)));
    let after = after_all.min(COLUMNS_MAX - before);

    let mut line = String::new();
    let start = head.char_indices().rev().take(before).last();
    let is_cut = before < before_all;
    line.extend(is_cut.then_some('…'));
    line.extend(
        head[start.map_or(head.len(), |(at, _)| at)..]
            .chars()
            .map(printable),
    );
    let mut marked = 0;
    for (at, character) in tail.char_indices().take(after) {
        if tail[at..].starts_with("\r\n") {
            break;
        }
        line.push(printable(character));
        marked += usize::from(span.start + at < span.end);
    }
    line.extend((after < after_all).then_some('…'));
    Excerpt {
        line,
        before: before + usize::from(is_cut),
        marked: marked.max(1),
    }
}

/// Control characters would move the mark below the line, or the cursor of a terminal.
pub(crate) fn printable(character: char) -> char {
    match character {
        '\t' => ' ',
        _ if character.is_control() => '\u{fffd}',
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let text = "häh\nzwei";
        let lines = Lines::of(text);
        let spot = |at: usize| {
            let spot = lines.spot(at..at + 1);
            (spot.line, spot.column)
        };
        assert_eq!(spot(0), (1, 1));
        assert_eq!(spot(3), (1, 3));
        assert_eq!(spot(5), (2, 1));
        assert_eq!(spot(99), (2, 5));
    }

    #[test]
    fn blocks_agree_with_counting_from_the_start() {
        let text = "äöü, a line\n".repeat(20_000) + &"ß".repeat(100_000);
        let lines = Lines::of(&text);
        for at in (0..=text.len()).step_by(9973).chain([text.len()]) {
            if !text.is_char_boundary(at) {
                continue;
            }
            let head = &text[..at];
            let line = head.matches('\n').count() + 1;
            let column = head.rsplit('\n').next().unwrap().chars().count() + 1;
            let spot = lines.spot(at..at);
            assert_eq!((spot.line as usize, spot.column as usize), (line, column));
        }
    }

    #[test]
    fn an_excerpt_is_cut_on_both_sides() {
        let text = format!("first\n{}X{}\nlast", "a".repeat(500), "b".repeat(500));
        let cut = excerpt(&text, &(506..507));
        assert_eq!(cut.line.chars().nth(cut.before), Some('X'));
        assert_eq!((cut.before, cut.marked), (41, 1));
        assert_eq!(cut.line.chars().count(), 102);
        let short = excerpt("one line\r\nanother", &(4..6));
        assert_eq!(
            (&*short.line, short.before, short.marked),
            ("one line", 4, 2)
        );
    }
}
