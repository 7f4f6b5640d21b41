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

mod fault;
mod reading;

use crate::history::{Spot, Value};

use super::Check;
use super::catalog::Catalog;
use super::promise::PromiseCheck;

pub use fault::{ConfigFault, ConfigFaults};

/// What a configuration file says.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// What the file is called in reports.
    pub path: String,
    /// The promises, in the order of the file.
    pub promises: Vec<ConfiguredPromise>,
    /// The effects that are evidenced by operations and facts together, in the order of the file.
    pub effects: Vec<EffectEntry>,
}

/// One `[[promise]]`.
#[derive(Clone, Debug)]
pub struct ConfiguredPromise {
    /// Its name, as it was written.
    pub name: String,
    /// The check that it makes.
    pub check: PromiseCheck,
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

/// One `[effect.NAME]`: which operations and facts speak of one effect.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectEntry {
    /// What promises call it.
    pub name: String,
    /// The operations that attempt it, by any participant; empty where none was named.
    pub operations: Vec<String>,
    /// What the owner records when it takes effect; empty where nothing was named.
    pub facts: Vec<String>,
    /// Whose facts they are: a string or an integer, as in a history.
    pub owner: Option<Value>,
    /// The paths at which an operation and a fact are equal where they speak of one effect.
    pub same: Vec<String>,
    /// Whether the owner's record is whole: an attempt that it does not show had no effect.
    pub is_complete: bool,
    /// Where its name stands.
    pub spot: Spot,
}

impl Config {
    /// Reads a configuration; `path` is what it is called in messages.
    ///
    /// # Errors
    /// Every fault that was found, in the order of the text. A fault of TOML's own syntax stands alone.
    pub fn parse(path: &str, text: &str, catalog: &Catalog) -> Result<Self, ConfigFaults> {
        reading::read(path, text, catalog)
    }

    /// The promise that `--promise` names: by its id, or by its name as it was written.
    #[must_use]
    pub fn promise(&self, name: &str) -> Option<&ConfiguredPromise> {
        let mut promises = self.promises.iter();
        promises.find(|promise| promise.id() == name || promise.name == name)
    }
}

#[cfg(test)]
mod tests;
