//! Tables, wrapped sentences and colours: how text stands on a screen of so many columns.
//!
//! A character counts as one column. Text from a history never moves the cursor: control characters and
//! those that turn the direction of writing are shown by their codes.

use std::borrow::Cow;

/// Whether a report is coloured. Nothing is said by colour alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// Text only.
    #[default]
    Plain,
    /// ANSI escape sequences.
    Ansi,
}

/// What a stretch of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Broken,
    Kept,
    Undecided,
    Strong,
    Faint,
}

impl Palette {
    pub(super) fn paint(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Broken => "1;31",
            Ink::Kept => "32",
            Ink::Undecided => "1;33",
            Ink::Strong => "1",
            Ink::Faint => "2",
        };
        match self {
            Self::Plain => text.to_owned(),
            Self::Ansi => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

/// The text with everything shown by its code that would move the cursor or turn the writing around.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    let is_safe = |c: char| {
        !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.chars().all(is_safe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_safe(character) {
            shown.push(character);
        } else {
            shown.extend(character.escape_default());
        }
    }
    Cow::Owned(shown)
}

/// The text in at most so many columns; what is cut off leaves a `…`.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().nth(width).is_none() {
        return text.to_owned();
    }
    let kept = text.chars().take(width.saturating_sub(1));
    kept.chain(['…']).collect()
}

/// Behind a longer label, the lines of a text do not begin where its first one does.
const LABEL_MAX: usize = 24;
const LONG_LABEL_INDENT: usize = 6;

/// The text in lines of at most so many columns, broken at spaces only: a longer word stays whole. The
/// first line begins with `first`, each other one with as many spaces, or few where `first` is long.
pub(super) fn wrap(first: &str, text: &str, width: usize) -> Vec<String> {
    let label = first.chars().count();
    let indent = if label > LABEL_MAX {
        LONG_LABEL_INDENT
    } else {
        label
    };
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut column = label;
    let mut start = label;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let len = word.chars().count();
        if column > start && column + 1 + len > width {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            (column, start) = (indent, indent);
        }
        if column > start {
            line.push(' ');
            column += 1;
        }
        line.push_str(word);
        column += len;
    }
    lines.push(line);
    lines
}

/// Rows under titles. A column that is empty in every row is left out.
pub(super) struct Table {
    titles: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// Spaces between two columns.
const GAP: usize = 2;

/// No column is cut below so many characters: the table is wider than the screen instead.
const COLUMN_MIN: usize = 6;

impl Table {
    pub(super) fn new(titles: &[(&'static str, Align)]) -> Self {
        Self {
            titles: titles.to_vec(),
            rows: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        assert_eq!(cells.len(), self.titles.len(), "a row has a cell a column");
        let cells = cells.iter().map(|cell| printable(cell).into_owned());
        self.rows.push(cells.collect());
    }

    /// The lines of the table, titles first, each of at most `width` columns where that is possible.
    pub(super) fn lines(&self, width: usize) -> Vec<String> {
        let widths = self.widths(width);
        let titles = self.titles.iter().map(|(title, _)| *title);
        let mut lines = vec![self.line(titles, &widths)];
        for row in &self.rows {
            lines.push(self.line(row.iter().map(String::as_str), &widths));
        }
        lines
    }

    /// The width of each column; 0 where it is left out. The widest columns are cut first.
    fn widths(&self, width: usize) -> Vec<usize> {
        let natural = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            match cells.max().unwrap_or(0) {
                0 => 0,
                widest => widest.max(self.titles[column].0.len()),
            }
        };
        let mut widths: Vec<usize> = (0..self.titles.len()).map(natural).collect();
        let gaps = widths.iter().filter(|width| **width > 0).count().max(1) - 1;
        let room = width.saturating_sub(gaps * GAP);
        // The widest column gives way down to the next widest, so this ends after a few rounds a column.
        while widths.iter().sum::<usize>() > room {
            let widest = widths.iter().copied().max().unwrap_or(0);
            if widest <= COLUMN_MIN {
                break;
            }
            let over = widths.iter().sum::<usize>() - room;
            let next = widths.iter().copied().filter(|width| *width < widest).max();
            let count = widths.iter().filter(|width| **width == widest).count();
            let least = next.unwrap_or(0).max(COLUMN_MIN);
            let less = over.div_ceil(count).min(widest - least).max(1);
            for width in widths.iter_mut().filter(|width| **width == widest) {
                *width -= less;
            }
        }
        widths
    }

    fn line<'c>(&self, cells: impl Iterator<Item = &'c str>, widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, width), (_, align)) in cells.zip(widths).zip(&self.titles) {
            if *width == 0 {
                continue;
            }
            if !line.is_empty() {
                line.push_str(&" ".repeat(GAP));
            }
            let cell = cut(cell, *width);
            match align {
                Align::Left => line.push_str(&format!("{cell:<width$}")),
                Align::Right => line.push_str(&format!("{cell:>width$}")),
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_broken_at_spaces_and_a_long_word_stays_whole() {
        assert_eq!(
            wrap("why: ", "the second one is a fact", 18),
            ["why: the second", "     one is a fact"]
        );
        assert_eq!(
            wrap("  ", "see 0123456789012345 there", 12),
            ["  see", "  0123456789012345", "  there"]
        );
        assert_eq!(wrap("- ", "", 12), ["- "]);
        assert_eq!(
            wrap(
                "    ask ts-inside-payment-service: ",
                "Did it take effect?",
                44
            ),
            [
                "    ask ts-inside-payment-service: Did it",
                "      take effect?"
            ]
        );
    }

    #[test]
    fn a_cut_text_ends_in_an_ellipsis() {
        assert_eq!(cut("order", 5), "order");
        assert_eq!(cut("orders", 5), "orde…");
        assert_eq!(cut("äöüßéè", 3), "äö…");
    }

    #[test]
    fn text_from_a_history_does_not_move_the_cursor() {
        assert_eq!(printable("a\x1b[2Jb\n"), r"a\u{1b}[2Jb\n");
        assert_eq!(printable("pay\u{202e}ment"), r"pay\u{202e}ment");
        assert_eq!(printable("größe"), "größe");
    }

    #[test]
    fn the_widest_columns_of_a_table_give_way_first() {
        let mut table = Table::new(&[
            ("line", Align::Right),
            ("name", Align::Left),
            ("never", Align::Left),
            ("value", Align::Left),
        ]);
        let cell = |text: &str| text.to_owned();
        table.row(vec![cell("6"), cell("charge"), cell(""), "v".repeat(40)]);
        table.row(vec![cell("11"), "n".repeat(30), cell(""), cell("1")]);
        for width in [30, 40, 60] {
            let lines = table.lines(width);
            assert_eq!(lines.len(), 3);
            assert!(lines.iter().all(|line| line.chars().count() <= width));
            assert!(lines.iter().any(|line| line.chars().count() == width));
        }
        assert_eq!(
            table.lines(30),
            [
                "line  name         value",
                "   6  charge       vvvvvvvvvv…",
                "  11  nnnnnnnnnn…  1"
            ]
        );
    }
}
