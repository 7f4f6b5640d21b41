//! Reports: one format a file, all over the same data.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `human` | for a person at a terminal: which promise, on which order or seat, through which lines, and why |
//! | `concise` | one line a finding, for grep and editors |
//! | `json` | one stable, versioned document, for programs |
//! | `story` | the two stories of one identity |
//! | `workflow` | what fuzzing, exploring and replaying found: for people and for programs |
//! | `standing` | what the findings of a check count for |
//! | `excerpt` | how an event is shown in a row |
//! | `layout` | tables, wrapped sentences and colours |
//!
//! A format writes to what it is given and prints nothing itself. No two formats disagree: the words are
//! the checks' own.

pub mod concise;
mod diagram;
mod excerpt;
pub mod human;
pub mod json;
mod layout;
mod one_line;
mod standing;
pub mod story;
#[cfg(test)]
mod tests;
pub mod workflow;

use crate::check::config::{Acceptance, Level};
use crate::history::{History, Verdict};
use crate::order::Order;
use crate::verdict::Judgement;

pub use diagram::diagram;
pub use layout::Palette;
pub use standing::{Stale, StaleEntry};

/// Everything that a run found out.
#[derive(Debug, Default)]
pub struct Report {
    /// The histories in the order in which they were named.
    pub histories: Vec<HistoryReport>,
    /// Whether some history that was asked for is not among them: bad input, or no check selected.
    pub is_partial: bool,
    /// Entries of accepted findings that accept nothing.
    pub stale: Vec<StaleEntry>,
}

/// What a run found out of one history.
#[derive(Debug)]
pub struct HistoryReport {
    /// What was witnessed.
    pub history: History,
    /// Everything that is known of its order.
    pub order: Order,
    /// What each check says, in the order in which they were asked for.
    pub checks: Vec<CheckReport>,
}

/// What one check says of one history.
#[derive(Debug)]
pub struct CheckReport {
    /// The check's id: `linearizable:register`, `charge-at-most-once`.
    pub id: String,
    /// The check's kind: `linearizable`, `at-most-once`.
    pub kind: String,
    /// What it says.
    pub judgement: Judgement,
    /// What its findings count for.
    pub level: Level,
    /// The scopes of which the findings are accepted, or were; sorted by scope.
    pub acceptances: Vec<Acceptance>,
}

/// How much of a report a person wants to read. The verdicts and the counts are the same in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Only what is not kept.
    Findings,
    /// Every verdict, and all about those that are not kept.
    #[default]
    Verdicts,
    /// Everything, also about what is kept.
    Everything,
}

/// How many checks there are of each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The histories.
    pub histories: usize,
    /// The checks of all histories: the sum of the four below.
    pub checks: usize,
    /// Those that are kept in every possible world.
    pub kept: usize,
    /// Those that are broken in every possible world.
    pub broken: usize,
    /// Those for which the evidence does not suffice.
    pub undecided: usize,
    /// Those that judged nothing: no event concerned them.
    pub nothing: usize,
}

impl CheckReport {
    /// The verdict; `None` where nothing was judged.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        (self.judgement.judged() > 0).then_some(self.judgement.verdict)
    }
}

impl HistoryReport {
    /// The verdict over all checks: broken before undecided before kept; `None` where nothing is broken or
    /// undecided and some check judged nothing: that is not kept.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        worst(self.checks.iter().map(CheckReport::verdict))
    }
}

impl Report {
    /// The verdict over all histories: broken before undecided before kept; `None` where nothing is broken or
    /// undecided and some check judged nothing, or the report is partial: that is not kept.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let judged = self.histories.iter().map(HistoryReport::verdict);
        worst(judged.chain(self.is_partial.then_some(None)))
    }

    /// Counts the checks by verdict.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            histories: self.histories.len(),
            ..Summary::default()
        };
        for check in self.histories.iter().flat_map(|history| &history.checks) {
            summary.checks += 1;
            match check.verdict() {
                Some(Verdict::Kept) => summary.kept += 1,
                Some(Verdict::Broken) => summary.broken += 1,
                Some(Verdict::Undecided) => summary.undecided += 1,
                None => summary.nothing += 1,
            }
        }
        summary
    }
}

/// Broken before undecided before none before kept; none where there are no verdicts.
fn worst(verdicts: impl Iterator<Item = Option<Verdict>>) -> Option<Verdict> {
    let worst = verdicts.max_by_key(|verdict| match verdict {
        Some(Verdict::Kept) => 0,
        None => 1,
        Some(Verdict::Undecided) => 2,
        Some(Verdict::Broken) => 3,
    });
    worst.flatten()
}

/// "1 history", "3 histories".
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What the history is called.
fn name(history: &History) -> &str {
    match history.path() {
        "" => "(built)",
        "-" => "(standard input)",
        path => path,
    }
}
