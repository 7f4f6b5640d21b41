//! What the findings of a check count for, once its level and the accepted findings are known.

use std::collections::BTreeSet;

use crate::check::config::{Acceptance, Level};
use crate::history::Verdict;
use crate::verdict::Judgement;

use super::{CheckReport, Detail};

/// An entry of accepted findings that accepts nothing: it was not found any more, or its time is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleEntry {
    /// The configuration.
    pub config: String,
    /// The line of the entry.
    pub line: u32,
    /// The id of the check.
    pub check: String,
    /// The scopes, as the entry writes them.
    pub scope: Option<String>,
    /// Why it accepts nothing.
    pub because: Stale,
}

/// Why an entry accepts nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// No finding of the run is the one that it speaks of.
    Unmatched,
    /// Its last day is over, and the finding is still there.
    Expired,
}

impl Stale {
    /// The word that stands in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unmatched => "unmatched",
            Self::Expired => "expired",
        }
    }
}

impl CheckReport {
    /// A check of which every finding counts.
    #[must_use]
    pub fn new(id: &str, kind: &str, judgement: Judgement) -> Self {
        Self {
            id: id.to_owned(),
            kind: kind.to_owned(),
            judgement,
            level: Level::default(),
            acceptances: Vec::new(),
        }
    }

    /// That the findings of a scope are accepted, or were: a violation, or what is missing.
    #[must_use]
    pub fn acceptance(&self, scope: Option<&str>, verdict: Verdict) -> Option<&Acceptance> {
        let is_less = |one: &Acceptance| one.scope.as_deref() < scope;
        let start = self.acceptances.partition_point(is_less);
        let of_scope = self.acceptances[start..].iter();
        let mut of_scope = of_scope.take_while(|one| one.scope.as_deref() == scope);
        of_scope.find(|one| one.verdict == verdict)
    }

    /// The verdict over the findings that are not accepted; `None` where nothing was judged.
    ///
    /// It is never weaker than what is shown to be accepted: a broken or undecided scope of which the judgement
    /// shows no finding counts.
    #[must_use]
    pub fn unaccepted(&self) -> Option<Verdict> {
        let verdict = self.verdict()?;
        if verdict == Verdict::Kept || self.acceptances.is_empty() {
            return Some(verdict);
        }
        let Judgement {
            scopes,
            violations,
            missing,
            ..
        } = &self.judgement;
        let accepts = |scope: &Option<String>, verdict| {
            let acceptance = self.acceptance(scope.as_deref(), verdict);
            acceptance.is_some_and(|one| !one.is_expired)
        };
        let is_all_broken = violations.len() >= scopes.broken
            && violations
                .iter()
                .all(|one| accepts(&one.scope, Verdict::Broken));
        let named: BTreeSet<&Option<String>> = missing.iter().map(|one| &one.scope).collect();
        let is_all_undecided = named.len() >= scopes.undecided
            && missing
                .iter()
                .all(|one| accepts(&one.scope, Verdict::Undecided));
        Some(match (is_all_broken, is_all_undecided) {
            (false, _) => Verdict::Broken,
            (true, false) => Verdict::Undecided,
            (true, true) => Verdict::Kept,
        })
    }

    /// Whether it stands in a report of this detail.
    #[must_use]
    pub fn is_shown(&self, detail: Detail) -> bool {
        self.level != Level::Allow || detail == Detail::Everything
    }
}

/// "accepted until 2027-01-31: it is known", or that it no longer is.
pub(super) fn acceptance_words(one: &Acceptance) -> String {
    let Acceptance { reason, until, .. } = one;
    match (until, one.is_expired) {
        (None, _) => format!("accepted: {reason}"),
        (Some(until), false) => format!("accepted until {until}: {reason}"),
        (Some(until), true) => format!("no longer accepted, since {until} is over: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Because, Missing, Tally, Violation};

    fn judgement(broken: &[&str], undecided: &[&str]) -> Judgement {
        let violation = |scope: &&str| Violation {
            scope: Some((*scope).to_owned()),
            says: "twice".to_owned(),
            events: Vec::new(),
            why: Vec::new(),
            dead_end: None,
        };
        let missing = |scope: &&str| Missing {
            scope: Some((*scope).to_owned()),
            ..crate::check::Spent::Nodes.missing(None)
        };
        assert_eq!(missing(&"").because, Because::Budget);
        Judgement {
            verdict: match (broken.len(), undecided.len()) {
                (0, 0) => Verdict::Kept,
                (0, _) => Verdict::Undecided,
                _ => Verdict::Broken,
            },
            scopes: Tally {
                kept: 1,
                broken: broken.len(),
                undecided: undecided.len(),
            },
            violations: broken.iter().map(violation).collect(),
            missing: undecided.iter().map(missing).collect(),
            ..Judgement::of_nothing()
        }
    }

    fn unaccepted(judgement: Judgement, accepted: &[(&str, Verdict, bool)]) -> Option<Verdict> {
        let acceptance = |(scope, verdict, is_expired): &(&str, Verdict, bool)| Acceptance {
            entry: 0,
            scope: Some((*scope).to_owned()),
            verdict: *verdict,
            reason: "known".to_owned(),
            until: None,
            is_expired: *is_expired,
        };
        let acceptances = accepted.iter().map(acceptance).collect();
        let check = CheckReport::new("a", "a", judgement);
        CheckReport {
            acceptances,
            ..check
        }
        .unaccepted()
    }

    #[test]
    fn a_check_counts_for_what_is_not_accepted() {
        use Verdict::{Broken, Kept, Undecided};
        let found = || judgement(&["a"], &["b"]);
        assert_eq!(unaccepted(found(), &[]), Some(Broken));
        assert_eq!(
            unaccepted(found(), &[("a", Broken, false)]),
            Some(Undecided)
        );
        assert_eq!(
            unaccepted(found(), &[("b", Undecided, false)]),
            Some(Broken)
        );
        let both = [("a", Broken, false), ("b", Undecided, false)];
        assert_eq!(unaccepted(found(), &both), Some(Kept));
        let expired = [("a", Broken, true), ("b", Undecided, false)];
        assert_eq!(unaccepted(found(), &expired), Some(Broken));
        assert_eq!(unaccepted(Judgement::of_nothing(), &both), None);
    }

    #[test]
    fn what_is_not_shown_is_not_accepted() {
        let mut found = judgement(&["a"], &[]);
        found.scopes.broken = 2;
        let accepted = [("a", Verdict::Broken, false)];
        assert_eq!(unaccepted(found, &accepted), Some(Verdict::Broken));
        let mut found = judgement(&["a"], &[]);
        found.scopes.undecided = 1;
        assert_eq!(unaccepted(found, &accepted), Some(Verdict::Undecided));
    }
}
