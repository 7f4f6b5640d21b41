//! What a check counts for, and the profiles that say it for one kind of run: `level` and `[profile.NAME]`.

use std::time::Duration;

use super::Pattern;
use crate::history::Spot;

/// What the findings of a check count for. The verdict is the same at every level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Level {
    /// They fail the run.
    #[default]
    Deny,
    /// They are reported.
    Warn,
    /// They are reported where everything is.
    Allow,
}

impl Level {
    /// All levels, from the strictest.
    pub const ALL: [Self; 3] = [Self::Deny, Self::Warn, Self::Allow];

    /// The word that stands in configurations and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
            Self::Allow => "allow",
        }
    }
}

/// What undecided checks amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Undecided {
    /// An exit code of their own.
    #[default]
    Fail,
    /// A warning.
    Warn,
    /// Nothing.
    Pass,
}

impl Undecided {
    /// All of them, from the strictest.
    pub const ALL: [Self; 3] = [Self::Fail, Self::Warn, Self::Pass];

    /// The word that stands in configurations and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Pass => "pass",
        }
    }
}

/// One `[profile.NAME]`: what is `None` or empty stays as it is without the profile.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// What `--profile` calls it.
    pub name: String,
    /// What undecided checks amount to.
    pub undecided: Option<Undecided>,
    /// The only checks that are judged.
    pub select: Vec<Pattern>,
    /// Checks that are not judged.
    pub ignore: Vec<Pattern>,
    /// Levels by the ids of checks, in place of the promises' own.
    pub levels: Vec<(String, Level)>,
    /// Search nodes for one object or scope.
    pub budget_nodes: Option<u64>,
    /// Time for the whole run.
    pub timeout: Option<Duration>,
    /// Bytes for the search of one object or scope.
    pub memory_bytes: Option<u64>,
    /// Where its name stands.
    pub spot: Spot,
}
