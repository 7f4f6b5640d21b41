//! Owned by: a fact is written by its owner and by nobody else.
//!
//! # What it says
//! "Only inventory says that a seat is held." Every line that records `fact`
//! stands in the record of `owner`.
//!
//! ```toml
//! [[promise]]
//! name = "inventory owns the seats"
//! kind = "owned-by"
//! fact = "seat_held"            # a name, or a list: each has this owner
//! owner = "inventory"           # a participant, as in the history
//! ```
//! In Rust: `OwnedBy::new("seat_held", "inventory")`.
//!
//! Ownership is of a kind of fact, so each name is one scope and `judged`
//! counts the names that occur. Only facts are judged: an operation stands
//! in the record of whoever called it, which is no sign of who wrote.
//! The evidence itself is looked at: a record that is not whole may hide
//! another writer, but what no line shows is not judged. A line of
//! the participant `?` is one whose writer nobody recorded: it leaves the
//! fact undecided (`record`), unless another line breaks it.
//!
//! # Why systems break it
//! Two services share a table, a cache is written back, a second region
//! takes over while the first still writes, a script mends data by hand.
//! Each writer is right in its own eyes, and no place is left where the
//! truth can be asked for.
//!
//! # A history that breaks it
//! ```text
//! {"process": "inventory", "type": "fact", "f": "seat_held",
//!  "value": {"seat": "A12", "cart": 91}}
//! {"process": "orders",    "type": "fact", "f": "seat_held",
//!  "value": {"seat": "A12", "cart": 17}}
//! ```
//!
//! # How to repair such a system
//! Give each fact one owner; let others ask it, by a call or a message, and
//! keep what they hear as a copy under another name ("seat seen held").
//! Where ownership moves, record the handing over, and fence off the
//! former owner.
//!
//! # Source
//! Helland, "Data on the Outside versus Data on the Inside", CIDR 2005, on
//! data that one service owns and others only refer to; Gray and others,
//! "The Dangers of Replication and a Solution", SIGMOD 1996, on master copies.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "owned-by",
    page: include_str!("owned_by.rs"),
    build: |parameters| {
        let fact = parameters.required_names("fact")?;
        let says = match parameters.value("owner") {
            None => "is required".to_owned(),
            Some(owner) if owner.as_str() == Some(UNKNOWN) => {
                format!("must be somebody, and \"{UNKNOWN}\" is nobody known")
            }
            Some(owner) if owner.as_str().is_some() || owner.as_int().is_some() => {
                return Ok(AnyPromise::of_knowledge(OwnedBy { fact, owner }));
            }
            Some(found) => {
                format!("must be a participant (a text or an integer), and is {found}")
            }
        };
        Err(ParameterFault {
            name: "owner".to_owned(),
            says,
        })
    },
};

/// The participant of a line whose writer nobody recorded.
pub const UNKNOWN: &str = "?";

/// A fact is written by its owner and by nobody else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedBy {
    /// The names of the facts; each of them has this owner.
    pub fact: Vec<String>,
    /// Who may write them: a string or an integer, as in a history.
    pub owner: Value,
}

impl OwnedBy {
    /// Promises that only `owner` writes `fact`.
    #[must_use]
    pub fn new(fact: impl Into<String>, owner: impl Into<Value>) -> Self {
        Self {
            fact: vec![fact.into()],
            owner: owner.into(),
        }
    }

    /// Promises the same of another fact.
    #[must_use]
    pub fn and(mut self, fact: impl Into<String>) -> Self {
        self.fact.push(fact.into());
        self
    }

    fn owner(&self) -> String {
        match self.owner.as_str() {
            Some(text) => text.to_owned(),
            None => self.owner.to_string(),
        }
    }
}

/// Who wrote a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Writer {
    /// Its owner.
    Owner,
    /// Somebody else.
    Other,
    /// Nobody recorded who.
    Unknown,
}

impl Knowledge for OwnedBy {
    type Fact = Writer;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.fact.iter();
        Some(names.map(String::as_str).collect())
    }

    fn role(&self, effect: &Effect<'_>) -> Option<Role> {
        let is_fact = effect.outcome().is_none();
        let mut names = self.fact.iter();
        (is_fact && names.any(|name| name == effect.name())).then_some(Role::Claim)
    }

    fn scope(&self, effect: &Effect<'_>) -> Result<Scope, Misfit> {
        Ok(Scope::of(effect.name()))
    }

    fn fact(&self, effect: &Effect<'_>) -> Result<Writer, Misfit> {
        Ok(match effect.at("process") {
            Some(process) if process == self.owner => Writer::Owner,
            Some(process) if process.as_str() != Some(UNKNOWN) => Writer::Other,
            _ => Writer::Unknown,
        })
    }

    fn judge(&self, evidence: &Evidence<'_, Writer>) -> Ruling {
        let of = |writer: Writer| {
            let claims = evidence.claims();
            claims.filter(move |claim| *claim.fact() == writer)
        };
        if let Some(first) = of(Writer::Other).next() {
            return self.broken(evidence, first, of(Writer::Other).count());
        }
        let missing: Vec<_> = of(Writer::Unknown)
            .map(|claim| {
                let question = format!(
                    "Who wrote the {} on {}?",
                    evidence.quoted(claim),
                    evidence.lines(claim)
                );
                evidence.unrecorded_by(&self.owner, claim, question)
            })
            .collect();
        if missing.is_empty() {
            return Ruling::Kept;
        }
        Ruling::Undecided(missing)
    }
}

impl OwnedBy {
    fn broken(
        &self,
        evidence: &Evidence<'_, Writer>,
        first: &Seen<Writer>,
        lines: usize,
    ) -> Ruling {
        let says = format!(
            "{} was written by {}, but {} owns it",
            evidence.quoted(first),
            evidence.participant(first),
            self.owner()
        );
        let mut why = vec!["The line stands in the writer's own record.".to_owned()];
        if lines > 1 {
            why.push(format!("{lines} lines in all are not of the owner."));
        }
        evidence.broken(says, first.events(), why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |owner: Option<Value>| {
            let mut fields = vec![("fact".to_owned(), Value::from("seat_held"))];
            fields.extend(owner.map(|owner| ("owner".to_owned(), owner)));
            (ENTRY.build)(&mut Parameters::new(fields)).map_err(|fault| fault.to_string())
        };
        assert!(built(Some(Value::from("inventory"))).is_ok());
        assert!(built(Some(Value::from(3))).is_ok());
        assert_eq!(built(None).unwrap_err(), "`owner` is required");
        assert_eq!(
            built(Some(Value::from("?"))).unwrap_err(),
            "`owner` must be somebody, and \"?\" is nobody known"
        );
        assert_eq!(
            built(Some(Value::Bool(true))).unwrap_err(),
            "`owner` must be a participant (a text or an integer), and is true"
        );
    }

    #[test]
    fn the_builder_has_the_words_of_the_configuration() {
        let promise = OwnedBy::new("seat_held", "inventory").and("seat_free");
        assert_eq!(promise.fact, ["seat_held", "seat_free"]);
        assert_eq!(promise.owner(), "inventory");
    }
}
