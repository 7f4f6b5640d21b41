//! Two texts beside each other, or one after the other.

use std::io::{self, Write};

use crate::report::Palette;
use crate::report::layout::{Ink, cut, printable, wrap};

/// Columns between the two texts.
pub(super) const RULE: usize = 3;

/// No text is wrapped to fewer columns than these: it is cut instead.
const ROOM_MIN: usize = 16;

/// Lines of at most one width, each in one colour or none.
pub(super) struct Text {
    width: usize,
    lines: Vec<(Option<Ink>, String)>,
}

impl Text {
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            lines: Vec::new(),
        }
    }

    /// A heading, apart from what stands above it.
    pub(super) fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push((None, String::new()));
        }
        self.inked(Some(Ink::Strong), "", text);
    }

    /// A sentence behind a label, its further lines below its first word.
    pub(super) fn says(&mut self, label: &str, text: &str) {
        self.inked(None, label, text);
    }

    pub(super) fn inked(&mut self, ink: Option<Ink>, label: &str, text: &str) {
        let indent = label.chars().count();
        let room = self.width.saturating_sub(indent).max(ROOM_MIN);
        for (position, line) in wrap("", &printable(text), room).iter().enumerate() {
            let line = match position {
                0 => format!("{label}{line}"),
                _ => format!("{:indent$}{line}", ""),
            };
            self.lines.push((ink, cut(&line, self.width)));
        }
    }

    pub(super) fn write(&self, palette: Palette, out: &mut dyn Write) -> io::Result<()> {
        for (ink, line) in &self.lines {
            writeln!(out, "{}", painted(*ink, line, palette))?;
        }
        Ok(())
    }
}

/// Writes the second text beside the first one, which is padded to its width.
pub(super) fn write(
    [left, right]: &[Text; 2],
    width: usize,
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    let nothing = (None, String::new());
    for at in 0..left.lines.len().max(right.lines.len()) {
        let (left_ink, left) = left.lines.get(at).unwrap_or(&nothing);
        let (right_ink, right) = right.lines.get(at).unwrap_or(&nothing);
        let pad = " ".repeat(width.saturating_sub(left.chars().count()));
        let left = painted(*left_ink, left, palette);
        let rule = palette.paint(Ink::Faint, "│");
        match right.is_empty() {
            true => writeln!(out, "{left}{pad} {rule}")?,
            false => {
                let right = painted(*right_ink, right, palette);
                writeln!(out, "{left}{pad} {rule} {right}")?;
            }
        }
    }
    Ok(())
}

fn painted(ink: Option<Ink>, line: &str, palette: Palette) -> String {
    match ink {
        Some(ink) if !line.is_empty() => palette.paint(ink, line),
        _ => line.to_owned(),
    }
}
