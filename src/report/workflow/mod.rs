//! What `fuzz`, `explore` and `replay` report of a workflow.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `human` | for a person at a terminal: verdicts, what was looked at, and the story of what breaks |
//! | `json` | one stable, versioned document, for programs |

pub mod human;
pub mod json;
#[cfg(test)]
mod tests;

use crate::fuzz::{Exercised, Explored, Failure, Fuzzed, Replayed, Smaller};

/// What a command has found about a workflow, and what became of it.
#[derive(Debug)]
pub struct WorkflowReport<'r> {
    /// What was found.
    pub findings: Findings<'r>,
    /// The files of the failure, where they were written.
    pub saved: Option<Saved>,
    /// The command that plays the random schedule that was found, as it was before it was made small.
    pub as_found: Option<String>,
}

/// What each command finds.
#[derive(Clone, Copy, Debug)]
pub enum Findings<'r> {
    /// `fuzz`: by schedules.
    Fuzzed(&'r Fuzzed),
    /// `explore`: by everything that can happen.
    Explored(&'r Explored),
    /// `replay`: by one schedule.
    Replayed(&'r Replayed),
}

/// The files that a failure was written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The history, which expects its verdict.
    pub history: String,
    /// The replay file.
    pub replay: String,
    /// The command that plays it.
    pub command: String,
}

/// What is said of a check, and of all of them together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Everything was looked at, and nothing breaks it.
    Kept,
    /// Nothing that was looked at breaks it.
    NotBroken,
    /// Some run breaks it.
    Broken,
    /// Nothing that was looked at breaks it, and something that was to be looked at was not, or is not surely kept.
    Undecided,
    /// No run asked it for a judgement.
    NotExercised,
}

impl Answer {
    /// One word for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::NotBroken => "not-broken",
            Self::Broken => "broken",
            Self::Undecided => "undecided",
            Self::NotExercised => "not-exercised",
        }
    }

    /// What it says of the whole.
    #[must_use]
    pub const fn means(self) -> &'static str {
        match self {
            Self::Kept => "everything was looked at, and every check is kept",
            Self::NotBroken => "nothing is broken in what was looked at, which is not everything",
            Self::Broken => "a promise or specification is broken",
            Self::Undecided => {
                "nothing was found broken, but some run is undecided or did not end, or not all was played"
            }
            Self::NotExercised => "nothing was found broken, but some check was never exercised",
        }
    }
}

impl<'r> WorkflowReport<'r> {
    /// A report of which nothing was saved.
    #[must_use]
    pub const fn new(findings: Findings<'r>) -> Self {
        Self {
            findings,
            saved: None,
            as_found: None,
        }
    }

    /// What breaks.
    #[must_use]
    pub const fn failure(&self) -> Option<&'r Failure> {
        match self.findings {
            Findings::Fuzzed(fuzzed) => fuzzed.failure.as_ref(),
            Findings::Explored(explored) => explored.failure.as_ref(),
            Findings::Replayed(replayed) => replayed.failure.as_ref(),
        }
    }

    /// What breaks with smaller inputs.
    fn smaller(&self) -> Option<&'r Smaller> {
        match self.findings {
            Findings::Fuzzed(fuzzed) => fuzzed.smaller.as_ref(),
            Findings::Explored(_) | Findings::Replayed(_) => None,
        }
    }

    /// What the workflow is called.
    fn workflow(&self) -> &'r str {
        match self.findings {
            Findings::Fuzzed(fuzzed) => &fuzzed.name,
            Findings::Explored(explored) => &explored.name,
            Findings::Replayed(replayed) => &replayed.name,
        }
    }

    fn exercised(&self) -> &'r [Exercised] {
        match self.findings {
            Findings::Fuzzed(fuzzed) => &fuzzed.checks,
            Findings::Explored(explored) => &explored.checks,
            Findings::Replayed(replayed) => &replayed.checks,
        }
    }

    /// What is said of the checks, in their order.
    fn checks(&self) -> impl Iterator<Item = (&'r str, Answer)> {
        let broken = self.failure().map(|failure| failure.check.as_str());
        let unbroken = self.unbroken();
        self.exercised().iter().map(move |check| {
            let answer = match check.is_exercised {
                _ if broken == Some(check.id.as_str()) => Answer::Broken,
                true if check.is_undecided => Answer::Undecided,
                true => unbroken,
                false => Answer::NotExercised,
            };
            (check.id.as_str(), answer)
        })
    }

    /// What a check is that every run has decided and none breaks.
    fn unbroken(&self) -> Answer {
        let is_everything = match self.findings {
            Findings::Fuzzed(fuzzed) => fuzzed.exhausted.is_some() && fuzzed.cut_short == 0,
            Findings::Explored(explored) => explored.is_complete,
            Findings::Replayed(_) => false,
        };
        match is_everything {
            true => Answer::Kept,
            false => Answer::NotBroken,
        }
    }

    /// The answer over all checks. Of one run that is played again, it says no more than whether that run breaks something.
    #[must_use]
    pub fn answer(&self) -> Answer {
        if self.failure().is_some() {
            return Answer::Broken;
        }
        let is_unfinished = match self.findings {
            Findings::Fuzzed(fuzzed) => fuzzed.cut_short > 0 || fuzzed.is_interrupted,
            Findings::Explored(explored) => !explored.is_complete,
            Findings::Replayed(_) => return Answer::NotBroken,
        };
        let checks = self.exercised();
        if is_unfinished || checks.iter().any(|check| check.is_undecided) {
            return Answer::Undecided;
        }
        if checks.is_empty() || checks.iter().any(|check| !check.is_exercised) {
            return Answer::NotExercised;
        }
        self.unbroken()
    }
}
