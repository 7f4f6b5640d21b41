//! What is wrong with a configuration: every fault with its place, and what was expected instead.

use std::fmt;
use std::ops::Range;

use crate::history::{Spot, printable};

/// The line and column of a stretch of the text.
pub(super) fn spot(text: &str, span: Range<usize>) -> Spot {
    let head = text.get(..span.start).unwrap_or(text);
    let counted = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
    let line_start = head.rfind('\n').map_or(0, |end| end + 1);
    Spot {
        line: counted(head.matches('\n').count()),
        column: counted(head[line_start..].chars().count()),
        span,
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// What is wrong: a lowercase fragment.
    pub says: String,
    /// The place.
    pub at: Spot,
    /// Another place concerned, with a few words that say what stands there.
    pub related: Option<(String, Spot)>,
    /// What was expected instead, where the message does not say it; completes "expected …".
    pub expected: Option<String>,
    /// The word that was probably meant.
    pub meant: Option<String>,
}

impl ConfigFault {
    pub(super) fn new(says: impl Into<String>, at: Spot) -> Self {
        Self {
            says: says.into(),
            at,
            related: None,
            expected: None,
            meant: None,
        }
    }
}

impl fmt::Display for ConfigFault {
    /// The message alone, without its place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.says)?;
        if let Some(expected) = &self.expected {
            write!(f, "; expected {expected}")?;
        }
        if let Some(meant) = &self.meant {
            write!(f, "; did you mean `{meant}`?")?;
        }
        Ok(())
    }
}

/// Everything that is wrong with a configuration: never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFaults {
    /// What the file is called.
    pub path: String,
    /// The text that the spots refer to.
    pub text: String,
    /// The faults in the order of their places.
    pub list: Vec<ConfigFault>,
}

impl std::error::Error for ConfigFaults {}

impl fmt::Display for ConfigFaults {
    /// Each fault as `path:line:column: message`, with its line and the place marked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.list.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            write!(f, "{}: {fault}", self.place(&fault.at))?;
            self.write_excerpt(f, &fault.at)?;
            if let Some((label, spot)) = &fault.related {
                write!(f, "\n  {}: {label}", self.place(spot))?;
                self.write_excerpt(f, spot)?;
            }
        }
        Ok(())
    }
}

impl ConfigFaults {
    fn place(&self, spot: &Spot) -> String {
        format!("{}:{}:{}", self.path, spot.line, spot.column)
    }

    fn write_excerpt(&self, f: &mut fmt::Formatter<'_>, spot: &Spot) -> fmt::Result {
        let excerpt = Excerpt::of(&self.text, &spot.span);
        if excerpt.line.trim().is_empty() {
            return Ok(());
        }
        let Excerpt {
            line,
            before,
            marked,
        } = excerpt;
        write!(f, "\n    {line}\n    {:before$}{:^<marked$}", "", "")
    }
}

/// A line cut around a place.
struct Excerpt {
    line: String,
    /// Characters of `line` before the place.
    before: usize,
    /// Characters of the place, at least one.
    marked: usize,
}

impl Excerpt {
    const BEFORE_MAX: usize = 60;
    const AFTER_MAX: usize = 60;

    fn of(text: &str, span: &Range<usize>) -> Self {
        let start = span.start.min(text.len());
        let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let rest = text[start..].split('\n').next().unwrap_or_default();
        let rest = rest.trim_end_matches('\r');
        let head: Vec<char> = text[line_start..start].chars().collect();
        let tail: Vec<char> = rest.chars().collect();
        let marked = text[start..span.end.clamp(start, start + rest.len())].chars();
        let mut line = String::new();
        let cut = head.len().saturating_sub(Self::BEFORE_MAX);
        if cut > 0 {
            line.push('…');
        }
        line.extend(head[cut..].iter().copied().map(printable));
        let before = line.chars().count();
        let shown = tail.len().min(Self::AFTER_MAX);
        line.extend(tail[..shown].iter().copied().map(printable));
        if shown < tail.len() {
            line.push('…');
        }
        Self {
            line,
            before,
            marked: marked.count().clamp(1, shown.max(1)),
        }
    }
}
