//! What can be asked for by name: specifications with their parameters, and kinds of promise.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::history::Value;

use super::config::units;
use super::linear::AnySpec;
use super::promise::AnyPromise;

/// Everything that can be asked for by name.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Specifications, in the order in which `list` shows them.
    pub specs: Vec<SpecEntry>,
    /// Kinds of promise, in the order in which `list` shows them.
    pub promises: Vec<PromiseEntry>,
}

/// A specification that `--spec` can name.
#[derive(Clone, Copy, Debug)]
pub struct SpecEntry {
    /// Its name: `cas-register`.
    pub name: &'static str,
    /// The Rust source whose `//!` header is what `testimony explain NAME` prints.
    pub page: &'static str,
    /// Makes the specification from what follows its name.
    pub build: fn(&mut Parameters) -> Result<AnySpec, ParameterFault>,
}

/// A kind of promise that `testimony.toml` can name.
#[derive(Clone, Copy, Debug)]
pub struct PromiseEntry {
    /// Its name: `at-most-once`.
    pub name: &'static str,
    /// The Rust source whose `//!` header is what `testimony explain NAME` prints.
    pub page: &'static str,
    /// Makes the promise from the fields of its entry.
    pub build: fn(&mut Parameters) -> Result<AnyPromise, ParameterFault>,
}

/// The parameters of a specification (`semaphore:permits=3`) or the fields of a `[[promise]]`.
///
/// Every parameter that was asked for is remembered, so that what is left over can be named as unknown.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    given: BTreeMap<String, Value>,
    asked: Vec<&'static str>,
}

/// A parameter that is absent, of the wrong type, or unknown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` {says}")]
pub struct ParameterFault {
    /// The parameter.
    pub name: String,
    /// What is wrong: "must be a whole number of at least 1, and is \"two\"".
    pub says: String,
}

impl ParameterFault {
    fn mistyped(name: &str, expected: &str, found: &Value) -> Self {
        Self {
            name: name.to_owned(),
            says: format!("must be {expected}, and is {found}"),
        }
    }
}

impl Parameters {
    /// Takes the parameters as they were given.
    #[must_use]
    pub fn new(given: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self {
            given: given.into_iter().collect(),
            asked: Vec::new(),
        }
    }

    /// Takes a parameter of any type; `None` where it was not given.
    pub fn value(&mut self, name: &'static str) -> Option<Value> {
        self.asked.push(name);
        self.given.remove(name)
    }

    /// Takes a whole number of at least `least`; `None` where it was not given.
    ///
    /// # Errors
    /// Where something else was given.
    pub fn whole(&mut self, name: &'static str, least: i64) -> Result<Option<i64>, ParameterFault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Int(int)) if int >= least => Ok(Some(int)),
            Some(other) => {
                let expected = format!("a whole number of at least {least}");
                Err(ParameterFault::mistyped(name, &expected, &other))
            }
        }
    }

    /// Takes a whole number of either sign; `None` where it was not given.
    ///
    /// # Errors
    /// Where something else was given.
    pub fn integer(&mut self, name: &'static str) -> Result<Option<i64>, ParameterFault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Int(int)) => Ok(Some(int)),
            Some(other) => Err(ParameterFault::mistyped(name, "a whole number", &other)),
        }
    }

    /// Takes a length of time, as `500ms`, `30s`, `5m` or `1h`; `None` where it was not given.
    ///
    /// # Errors
    /// Where something else was given.
    pub fn duration(&mut self, name: &'static str) -> Result<Option<Duration>, ParameterFault> {
        let Some(given) = self.value(name) else {
            return Ok(None);
        };
        let duration = given.as_str().and_then(|text| units::duration(text).ok());
        let expected = "a length of time (500ms, 30s, 5m or 1h)";
        let duration = duration.map(Some);
        duration.ok_or_else(|| ParameterFault::mistyped(name, expected, &given))
    }

    /// Takes a list; empty where it was not given.
    ///
    /// # Errors
    /// Where something else was given.
    pub fn list(&mut self, name: &'static str) -> Result<Vec<Value>, ParameterFault> {
        match self.value(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(elements)) => Ok(elements.to_vec()),
            Some(other) => Err(ParameterFault::mistyped(name, "a list", &other)),
        }
    }

    /// Takes one of these words; `None` where it was not given.
    ///
    /// # Errors
    /// Where something else was given.
    pub fn word(
        &mut self,
        name: &'static str,
        words: &[&'static str],
    ) -> Result<Option<&'static str>, ParameterFault> {
        let Some(given) = self.value(name) else {
            return Ok(None);
        };
        let known = words.iter().find(|word| given.as_str() == Some(word));
        match known {
            Some(word) => Ok(Some(word)),
            None => {
                let expected = words.join(" or ");
                Err(ParameterFault::mistyped(name, &expected, &given))
            }
        }
    }

    /// Takes a text that must be given.
    ///
    /// # Errors
    /// Where it was not, or something else was.
    pub fn text(&mut self, name: &'static str) -> Result<String, ParameterFault> {
        match self.value(name) {
            Some(Value::Str(text)) => Ok(text.to_string()),
            Some(other) => Err(ParameterFault::mistyped(name, "a text", &other)),
            None => Err(ParameterFault {
                name: name.to_owned(),
                says: "is required".to_owned(),
            }),
        }
    }

    /// Takes a name or a list of names; empty where it was not given.
    ///
    /// # Errors
    /// Where something else was given, or an empty list.
    pub fn names(&mut self, name: &'static str) -> Result<Vec<String>, ParameterFault> {
        let given = match self.value(name) {
            None => return Ok(Vec::new()),
            Some(given) => given,
        };
        let texts = match &given {
            Value::Str(text) => Some(vec![text.to_string()]),
            Value::Array(elements) if !elements.is_empty() => elements
                .iter()
                .map(|element| element.as_str().map(str::to_owned))
                .collect(),
            _ => None,
        };
        texts.ok_or_else(|| ParameterFault::mistyped(name, "a name or a list of names", &given))
    }

    /// Takes a name or a list of names that must be given.
    ///
    /// # Errors
    /// Where it was not, or something else was.
    pub fn required_names(&mut self, name: &'static str) -> Result<Vec<String>, ParameterFault> {
        let names = self.names(name)?;
        if names.is_empty() {
            return Err(ParameterFault {
                name: name.to_owned(),
                says: "is required".to_owned(),
            });
        }
        Ok(names)
    }

    /// What was given and never asked for, and all that was asked for.
    #[must_use]
    pub fn leftover(&self) -> (Vec<&str>, &[&'static str]) {
        (self.given.keys().map(String::as_str).collect(), &self.asked)
    }
}
