//! `testimony.toml`: the promises that histories are held to.
//!
//! ```toml
//! [[promise]]
//! name = "charge at most once"    # its id is the slug: charge-at-most-once
//! kind = "at-most-once"
//! effect = "charge"
//! per = "order"
//! ```
//! A configuration is read whole or not at all: whatever it says that nobody understands is a fault.

mod accepted;
mod fault;
mod pattern;
mod profile;
mod reading;
mod standing;
pub mod units;

use std::time::Duration;

use crate::history::Spot;

use super::Check;
use super::catalog::Catalog;
use super::promise::PromiseCheck;

pub use accepted::{Acceptance, AcceptedEntry, Date};
pub use fault::{ConfigFault, ConfigFaults};
pub use pattern::Pattern;
pub use profile::{Level, Profile, Undecided};

pub use super::promise::EffectEntry;

/// What a configuration file says.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// What the file is called in reports.
    pub path: String,
    /// How far the clocks of different participants differ at most, for all promises of the file; `None`: nobody knows.
    pub clock_error: Option<Duration>,
    /// The promises, in the order of the file.
    pub promises: Vec<ConfiguredPromise>,
    /// The effects that are evidenced by operations and facts together, in the order of the file.
    pub effects: Vec<EffectEntry>,
    /// The findings that are known and accepted, in the order of the file.
    pub accepted: Vec<AcceptedEntry>,
    /// The profiles, in the order of the file.
    pub profiles: Vec<Profile>,
}

/// One `[[promise]]`.
#[derive(Clone, Debug)]
pub struct ConfiguredPromise {
    /// Its name, as it was written.
    pub name: String,
    /// The check that it makes.
    pub check: PromiseCheck,
    /// What its findings count for.
    pub level: Level,
    /// The names that it says resolve an unknown outcome or undo a step.
    pub repairs: Vec<String>,
    /// Where its name stands.
    pub spot: Spot,
}

impl ConfiguredPromise {
    /// The slug of its name: what reports call it.
    #[must_use]
    pub fn id(&self) -> &str {
        self.check.id()
    }

    /// Its kind: `at-most-once`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.check.kind()
    }
}

impl Config {
    /// Reads a configuration; `path` is what it is called in messages.
    ///
    /// # Errors
    /// Every fault that was found, in the order of the text. A fault of TOML's own syntax stands alone.
    pub fn parse(path: &str, text: &str, catalog: &Catalog) -> Result<Self, ConfigFaults> {
        Self::parse_beside(path, text, catalog, &[])
    }

    /// Reads a configuration of a program that has checks of its own: `others` are their ids.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_beside(
        path: &str,
        text: &str,
        catalog: &Catalog,
        others: &[String],
    ) -> Result<Self, ConfigFaults> {
        reading::read(path, text, catalog, others)
    }

    /// The promise that `--promise` names: by its id, or by its name as it was written.
    #[must_use]
    pub fn promise(&self, name: &str) -> Option<&ConfiguredPromise> {
        let mut promises = self.promises.iter();
        promises.find(|promise| promise.id() == name || promise.name == name)
    }

    /// The profile that `--profile` names.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.iter().find(|profile| profile.name == name)
    }

    /// What the findings of a check count for, with a profile or without.
    #[must_use]
    pub fn level(&self, check: &str, profile: Option<&Profile>) -> Level {
        let levels = profile.map_or(&[][..], |profile| &profile.levels);
        let given = levels.iter().find(|(id, _)| id == check);
        let promise = || self.promises.iter().find(|promise| promise.id() == check);
        match given {
            Some((_, level)) => *level,
            None => promise().map_or(Level::default(), |promise| promise.level),
        }
    }
}

#[cfg(test)]
mod tests;
