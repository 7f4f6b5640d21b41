//! Honest: whoever claims something knew it, by a certain fact in the claim's own causal past.
//!
//! # What it says
//! "Say that a payment failed only where payment said so." Each `claim` has
//! one of `needs` with the same key among the events that certainly came
//! before it: in the claimer's own record, or carried to it by messages and
//! declared causes. Being right by luck is not honest: no world is searched,
//! the evidence itself is looked at.
//!
//! ```toml
//! [[promise]]
//! name = "say failed only when it failed"
//! kind = "honest"
//! claim = "show_failed"         # a name, or a list: each of them is judged
//! needs = ["payment_declined"]  # a name, or a list: any of them will do
//! per = "order"                 # a path, or a list: a compound key
//! ```
//! In Rust: `Honest::new("show_failed", "payment_declined").per("order")`.
//!
//! A fact is certain where it stands, an operation from its `ok` on. One
//! whose outcome is unknown supports nothing, even if it took effect: nobody
//! knew. A claim that is an operation is made between its invocation and its
//! `ok`; where support came in between it is undecided (`order`), and
//! where nothing supports it and its outcome is unknown, too (`outcome`). A
//! claim that failed was never made. Where the record of somebody is not
//! whole who may have carried such a fact to the claim, it is undecided
//! (`record`). Claims that no line shows are not judged.
//!
//! # Why systems break it
//! A timeout is read as a "no", an accepted request as a "yes", a cached
//! page as the present. The screen needs a word, the code has only two, and
//! "we do not know yet" is none of them.
//!
//! # A history that breaks it
//! ```text
//! {"process": "web", "type": "fact", "f": "call",
//!  "value": {"order": 1}, "id": "a"}
//! {"process": "payment", "type": "fact", "f": "payment_ok",
//!  "value": {"order": 1}, "after": ["a"]}
//! {"process": "web", "type": "fact", "f": "timeout",
//!  "value": {"order": 1}}
//! {"process": "web", "type": "fact", "f": "show_failed",
//!  "value": {"order": 1}}
//! ```
//! It would be broken even if payment had declined, as long as nothing
//! carried that to web.
//!
//! # How to repair such a system
//! Give "unknown" a word of its own ("pending") and an end: ask the owner,
//! or wait for its message. Let the claim carry the id of the fact that it
//! rests on, and let the code that makes it demand one.
//!
//! # Source
//! Chandy and Misra, "How Processes Learn", Distributed Computing 1986:
//! what a process knows, it learnt through a chain of messages; Halpern and
//! Moses, "Knowledge and Common Knowledge in a Distributed Environment",
//! JACM 1990.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "honest",
    page: include_str!("honest.rs"),
    build: |parameters| {
        let promise = Honest {
            claim: parameters.required_names("claim")?,
            needs: parameters.required_names("needs")?,
            per: parameters.required_names("per")?,
        };
        let mut claims = promise.claim.iter();
        match claims.find(|name| promise.needs.contains(name)) {
            None => Ok(AnyPromise::of_knowledge(promise)),
            Some(both) => Err(ParameterFault {
                name: "needs".to_owned(),
                says: format!("must not name `{both}`, which `claim` names"),
            }),
        }
    },
};

/// Each claim has a certain fact with the same key in its own causal past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Honest {
    /// The names of the claim; each of them is judged.
    pub claim: Vec<String>,
    /// The names of what a claim needs; any of them will do.
    pub needs: Vec<String>,
    /// The paths that make the key; none: the whole history is one scope.
    pub per: Vec<String>,
}

impl Honest {
    /// Promises that `claim` is made only where `needs` was known.
    #[must_use]
    pub fn new(claim: impl Into<String>, needs: impl Into<String>) -> Self {
        Self {
            claim: vec![claim.into()],
            needs: vec![needs.into()],
            per: Vec::new(),
        }
    }

    /// Lets a claim rest on another fact too.
    #[must_use]
    pub fn or(mut self, needs: impl Into<String>) -> Self {
        self.needs.push(needs.into());
        self
    }

    /// Judges apart for each value at this path (too).
    #[must_use]
    pub fn per(mut self, path: impl Into<String>) -> Self {
        self.per.push(path.into());
        self
    }
}

impl Knowledge for Honest {
    type Fact = ();

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.claim.iter().chain(&self.needs);
        Some(names.map(String::as_str).collect())
    }

    fn role(&self, effect: &Effect<'_>) -> Option<Role> {
        let is_named = |names: &[String]| names.iter().any(|name| name == effect.name());
        if effect.has_failed() {
            None
        } else if is_named(&self.claim) {
            Some(Role::Claim)
        } else {
            is_named(&self.needs).then_some(Role::Support)
        }
    }

    fn scope(&self, effect: &Effect<'_>) -> Result<Scope, Misfit> {
        effect.scope(&self.per)
    }

    fn fact(&self, _: &Effect<'_>) -> Result<(), Misfit> {
        Ok(())
    }

    fn judge(&self, evidence: &Evidence<'_, ()>) -> Ruling {
        evidence.every_claim_rests_on(&self.needs, "was claimed without")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |needs: Option<Value>| {
            let mut fields = vec![
                ("claim".to_owned(), Value::from("show_failed")),
                ("per".to_owned(), Value::from("order")),
            ];
            fields.extend(needs.map(|needs| ("needs".to_owned(), needs)));
            (ENTRY.build)(&mut Parameters::new(fields)).map_err(|fault| fault.to_string())
        };
        let either = vec![Value::from("declined"), Value::from("expired")];
        assert!(built(Some(Value::from(either))).is_ok());
        assert_eq!(built(None).unwrap_err(), "`needs` is required");
        assert_eq!(
            built(Some(Value::from("show_failed"))).unwrap_err(),
            "`needs` must not name `show_failed`, which `claim` names"
        );
    }

    #[test]
    fn the_builder_has_the_words_of_the_configuration() {
        let promise = Honest::new("show_failed", "declined")
            .or("expired")
            .per("order");
        assert_eq!(promise.needs, ["declined", "expired"]);
        assert_eq!(promise.per, ["order"]);
    }
}
