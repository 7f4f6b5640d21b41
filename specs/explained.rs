//! Explained: each outcome has the intent that asked for it in its causal past.
//!
//! # What it says
//! "Nobody is charged who did not order." Each of `outcomes` has a
//! `traces-back-to` with the same key among the events that certainly came
//! before it, so that support can tell what led to it. The evidence itself
//! is looked at: an intent that merely may have come before explains nothing.
//!
//! ```toml
//! [[promise]]
//! name = "every charge can be explained"
//! kind = "explained"
//! outcomes = ["charge", "refund"]   # a name, or a list: each is judged
//! traces-back-to = "submit"         # a name, or a list: any will do
//! per = "order"                     # a path, or a list; often `intent`
//! ```
//! In Rust: `Explained::new("charge", "submit").per("order")`.
//!
//! An intent explains from its beginning on, whatever became of it: an
//! operation from its invocation on, also one that failed or whose outcome
//! is unknown, because somebody did ask. (What a failed or unanswered
//! request may lead to is for other promises to say.) An outcome that is an
//! operation took effect between its invocation and its `ok`; one that
//! failed needs no explanation. Where the record of somebody is not whole
//! who may have carried the intent, it is undecided (`record`). Outcomes
//! that no line shows are not judged.
//!
//! # Why systems break it
//! The identity of the order is lost at a border: a batch job, a queue whose
//! messages carry no id, a script run by hand, a retry under a new name. What
//! happened then is right or wrong, but nobody can tell which.
//!
//! # A history that breaks it
//! ```text
//! {"process": "web",     "type": "fact", "f": "submit",
//!  "value": {"order": 1}, "id": "a"}
//! {"process": "payment", "type": "fact", "f": "charge",
//!  "value": {"order": 2}, "after": ["a"]}
//! ```
//! The charge was caused by a submit, but by one of another order.
//!
//! # How to repair such a system
//! Make the identity once, where the wish is first recorded, and carry it
//! through every message, job and call; refuse work that comes without one.
//! Record with each outcome the event that caused it.
//!
//! # Source
//! Schwarz and Mattern, "Detecting Causal Relationships in Distributed
//! Computations: In Search of the Holy Grail", Distributed Computing 1994,
//! on the causal history of an event as all that can have brought it about.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "explained",
    page: include_str!("explained.rs"),
    build: |parameters| {
        let promise = Explained {
            outcomes: parameters.required_names("outcomes")?,
            traces_back_to: parameters.required_names("traces-back-to")?,
            per: parameters.required_names("per")?,
        };
        let mut outcomes = promise.outcomes.iter();
        match outcomes.find(|name| promise.traces_back_to.contains(name)) {
            None => Ok(AnyPromise::of_knowledge(promise)),
            Some(both) => Err(ParameterFault {
                name: "traces-back-to".to_owned(),
                says: format!("must not name `{both}`, which `outcomes` names"),
            }),
        }
    },
};

/// Each outcome has the intent with the same key in its causal past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The names of the outcomes; each of them is judged.
    pub outcomes: Vec<String>,
    /// The names of the intent; any of them will do.
    pub traces_back_to: Vec<String>,
    /// The paths that make the key; none: the whole history is one scope.
    pub per: Vec<String>,
}

impl Explained {
    /// Promises that `outcome` takes place only where `intent` led to it.
    #[must_use]
    pub fn new(outcome: impl Into<String>, intent: impl Into<String>) -> Self {
        Self {
            outcomes: vec![outcome.into()],
            traces_back_to: vec![intent.into()],
            per: Vec::new(),
        }
    }

    /// Judges another outcome too.
    #[must_use]
    pub fn and(mut self, outcome: impl Into<String>) -> Self {
        self.outcomes.push(outcome.into());
        self
    }

    /// Judges apart for each value at this path (too).
    #[must_use]
    pub fn per(mut self, path: impl Into<String>) -> Self {
        self.per.push(path.into());
        self
    }
}

impl Knowledge for Explained {
    type Fact = ();

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.outcomes.iter().chain(&self.traces_back_to);
        Some(names.map(String::as_str).collect())
    }

    fn role(&self, effect: &Effect<'_>) -> Option<Role> {
        let is_named = |names: &[String]| names.iter().any(|name| name == effect.name());
        if is_named(&self.outcomes) {
            (!effect.has_failed()).then_some(Role::Claim)
        } else {
            is_named(&self.traces_back_to).then_some(Role::Intent)
        }
    }

    fn scope(&self, effect: &Effect<'_>) -> Result<Scope, Misfit> {
        effect.scope(&self.per)
    }

    fn fact(&self, _: &Effect<'_>) -> Result<(), Misfit> {
        Ok(())
    }

    fn judge(&self, evidence: &Evidence<'_, ()>) -> Ruling {
        evidence.every_claim_rests_on(&self.traces_back_to, "took place without")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |intent: Option<&str>| {
            let outcomes = vec![Value::from("charge"), Value::from("refund")];
            let mut fields = vec![
                ("outcomes".to_owned(), Value::from(outcomes)),
                ("per".to_owned(), Value::from("intent")),
            ];
            let intent = intent.map(Value::from);
            fields.extend(intent.map(|intent| ("traces-back-to".to_owned(), intent)));
            (ENTRY.build)(&mut Parameters::new(fields)).map_err(|fault| fault.to_string())
        };
        assert!(built(Some("submit")).is_ok());
        assert_eq!(built(None).unwrap_err(), "`traces-back-to` is required");
        assert_eq!(
            built(Some("refund")).unwrap_err(),
            "`traces-back-to` must not name `refund`, which `outcomes` names"
        );
    }

    #[test]
    fn the_builder_has_the_words_of_the_configuration() {
        let promise = Explained::new("charge", "submit")
            .and("refund")
            .per("order");
        assert_eq!(promise.outcomes, ["charge", "refund"]);
        assert_eq!(promise.per, ["order"]);
    }
}
