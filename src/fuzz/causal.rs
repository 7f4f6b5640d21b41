//! Promises about knowledge, judged by what each participant could know from its own past and from messages.
//!
//! The order of all lines, which the simulator sees, is no knowledge of a participant: these promises are judged on the history in which only messages
//! and each participant's own order count. Runs of one class have one such history, so each class is judged once.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::check::{Budget, Check, session};
use crate::history::{LineOrder, Verdict};
use crate::sim::{AfterRun, Breach, Tale};

/// Checks that judge a run by its messages.
pub(super) struct Causal {
    /// With the number of the judge that each stands for.
    checks: Vec<(usize, Arc<dyn Check>)>,
    known: FxHashMap<u64, Option<Breach>>,
    exercised: Vec<usize>,
    undecided: Vec<usize>,
}

impl Causal {
    pub(super) fn new(checks: Vec<(usize, Arc<dyn Check>)>) -> Self {
        Self {
            checks,
            known: FxHashMap::default(),
            exercised: Vec::new(),
            undecided: Vec::new(),
        }
    }

    fn judged(&mut self, tale: &Tale) -> Option<Breach> {
        let history = tale.history("", LineOrder::HappenedBefore, &[]);
        let history = history.unwrap_or_else(|faults| unreachable!("a run is a history: {faults}"));
        let checks: Vec<Arc<dyn Check>> = self
            .checks
            .iter()
            .map(|(_, check)| Arc::clone(check))
            .collect();
        let judged = match session::judge(history, &checks, &Budget::default()) {
            Ok(judged) => judged,
            Err(unjudged) => {
                let says = unjudged.to_string();
                let judge = self.checks[0].0;
                return Some(Breach { judge, says });
            }
        };
        let mut found = None;
        for ((judge, _), finding) in self.checks.iter().zip(judged.findings) {
            if finding.judgement.judged() > 0 && !self.exercised.contains(judge) {
                self.exercised.push(*judge);
            }
            let is_undecided = finding.judgement.verdict == Verdict::Undecided;
            if is_undecided && !self.undecided.contains(judge) {
                self.undecided.push(*judge);
            }
            if found.is_none() && finding.judgement.verdict == Verdict::Broken {
                let violation = finding.judgement.violations.first();
                let says = violation.map_or_else(String::new, |violation| violation.says.clone());
                found = Some(Breach {
                    judge: *judge,
                    says,
                });
            }
        }
        found
    }
}

impl AfterRun for Causal {
    fn judge(&mut self, class: u64, tell: &dyn Fn() -> Tale) -> Option<Breach> {
        if let Some(known) = self.known.get(&class) {
            return known.clone();
        }
        let found = self.judged(&tell());
        self.known.insert(class, found.clone());
        found
    }

    fn exercised(&self) -> &[usize] {
        &self.exercised
    }

    fn undecided(&self) -> &[usize] {
        &self.undecided
    }
}
