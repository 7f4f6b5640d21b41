//! Operations and facts as a model writes them: enums whose variants name them.

use serde::Serialize;

use crate::history::Value;

/// The name and the value that a line of a history shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Words {
    pub(crate) f: String,
    pub(crate) value: Value,
}

impl Words {
    /// Reads a variant of an enum: its name, and what it holds.
    ///
    /// # Errors
    /// Says what else it is: a lowercase fragment.
    pub(crate) fn of(said: &impl Serialize) -> Result<Self, String> {
        let value = value_of(said)?;
        match &value {
            Value::Str(name) => Ok(Self {
                f: name.to_string(),
                value: Value::Null,
            }),
            Value::Object(fields) if fields.len() == 1 => Ok(Self {
                f: fields[0].0.to_string(),
                value: fields[0].1.clone(),
            }),
            _ => Err(format!(
                "expected a variant of an enum, which names the operation or fact, and found {value}"
            )),
        }
    }
}

/// The value that a type serialises to.
///
/// # Errors
/// Why it cannot: a lowercase fragment.
pub(crate) fn value_of(said: &impl Serialize) -> Result<Value, String> {
    let text = text_of(said)?;
    serde_json::from_str(&text).map_err(|error| format!("cannot write {text} as a value: {error}"))
}

/// The JSON that a type serialises to.
///
/// # Errors
/// Why it cannot: a lowercase fragment.
pub(crate) fn text_of(said: &impl Serialize) -> Result<String, String> {
    serde_json::to_string(said).map_err(|error| format!("cannot be written as JSON: {error}"))
}
