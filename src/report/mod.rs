//! Reports: one format a file, all over the same data.

use crate::history::{History, Verdict};
use crate::order::Order;
use crate::verdict::Judgement;

/// Everything that a run found out.
#[derive(Debug, Default)]
pub struct Report {
    /// The histories in the order in which they were named.
    pub histories: Vec<HistoryReport>,
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
}

impl Report {
    /// The verdict over all checks that judged something: broken before undecided before kept; `None` where
    /// none judged anything.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let judged = self.histories.iter().flat_map(|history| &history.checks);
        let verdicts = judged.filter(|check| check.judgement.judged() > 0);
        verdicts
            .map(|check| check.judgement.verdict)
            .max_by_key(|verdict| match verdict {
                Verdict::Kept => 0,
                Verdict::Undecided => 1,
                Verdict::Broken => 2,
            })
    }
}
