//! The two stories of one identity, side by side: what was asked, answered and promised, and what each participant
//! witnessed and could know.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `words` | events, operations and ways in a few words |
//! | `product` | what was asked, answered, recorded and promised |
//! | `evidence` | what was witnessed, learned, and stayed unknown |
//! | `columns` | two texts beside each other, or one after the other |
//! | `json` | the same for programs |

mod columns;
mod evidence;
pub mod json;
mod product;
#[cfg(test)]
mod tests;
mod words;

use std::io::{self, Write};

use crate::check::story::Story;
use crate::history::EventId;

use super::human::{self, Look};
use super::layout::{Ink, cut, printable, wrap};
use super::{CheckReport, HistoryReport, name};
use columns::Text;

/// A story with what the promises say of its history.
#[derive(Debug)]
pub struct StoryReport {
    /// The history and what each check says of it.
    pub part: HistoryReport,
    /// What it tells of the identity.
    pub story: Story,
}

impl StoryReport {
    /// Whether a finding of this scope and these events concerns the identity.
    fn concerns(&self, scope: Option<&str>, events: &[EventId]) -> bool {
        let is_told = |event: &EventId| self.story.witnessed.iter().any(|one| one.event == *event);
        scope == Some(self.story.identity.as_str()) || events.iter().any(is_told)
    }

    fn checks(&self) -> impl Iterator<Item = &CheckReport> {
        self.part.checks.iter()
    }
}

/// From so many columns on the two stories stand beside each other.
const BESIDE_MIN: usize = 100;

/// Writes both stories for a person.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write(report: &StoryReport, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let look = Look {
        width: look.width.max(human::WIDTH_MIN),
        ..look
    };
    let history = &report.part.history;
    let heading = format!("{} in {}", report.story.identity, name(history));
    for line in wrap("", &printable(&heading), look.width) {
        writeln!(
            out,
            "{}",
            look.palette.paint(Ink::Strong, &cut(&line, look.width))
        )?;
    }
    let title = history.header().title.iter().map(String::as_str);
    for text in title.chain([human::order_words(history.line_order())]) {
        for line in wrap("  ", &printable(text), look.width) {
            writeln!(out, "{line}")?;
        }
    }
    writeln!(out)?;
    if look.width < BESIDE_MIN {
        product::tell(report, look.width).write(look.palette, out)?;
        writeln!(out)?;
        return evidence::tell(report, look.width).write(look.palette, out);
    }
    // The evidence has more to say.
    let left = (look.width - columns::RULE) * 2 / 5;
    let right = look.width - columns::RULE - left;
    let texts: [Text; 2] = [product::tell(report, left), evidence::tell(report, right)];
    columns::write(&texts, left, look.palette, out)
}
