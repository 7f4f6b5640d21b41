//! Stable identity: all attempts of one intent carry the same identity.
//!
//! # What it says
//! "Every retry carries the key of the first try." All `attempts` with the
//! same `same-intent` are equal in `must-share`.
//!
//! ```toml
//! [[promise]]
//! name = "a retry carries the same key"
//! kind = "stable-identity"
//! attempts = "charge_call"          # a name, or a list: facts, operations
//! same-intent = "order"             # a path, or a list; often `intent`
//! must-share = "idempotency_key"    # a path, or a list: a compound one
//! ```
//! In Rust: `StableIdentity::new("charge_call", "idempotency_key")`
//! `.same_intent("order")`.
//!
//! Every attempt counts, whatever became of it: one that failed and one
//! whose outcome is unknown carried an identity all the same, and they are
//! the ones that are tried again. The evidence itself is looked at, and
//! their order makes no difference. An attempt of which the record does not
//! show the identity (it is absent, or null) leaves its intent undecided
//! (`record`), unless two others differ already. So does one of which it
//! does not show the intent, for each intent of which it may break the
//! identity. Attempts that no line shows are not judged.
//!
//! # Why systems break it
//! The key is made where the call is made, and the call is made once more: by
//! a retry library below the code that knows the wish, by a worker that was
//! started again, by a page that was loaded again. To the owner of the
//! effect it is a new wish.
//!
//! # A history that breaks it
//! ```text
//! {"process": "web", "type": "fact", "f": "charge_call",
//!  "value": {"order": 1, "idempotency_key": "pay-42"}}
//! {"process": "web", "type": "fact", "f": "charge_call",
//!  "value": {"order": 1, "idempotency_key": "pay-43"}}
//! ```
//! Whether the order was charged twice is another promise, and may be luck.
//!
//! # How to repair such a system
//! Make the key once for each wish and write it down before the first try,
//! beside the order; let every attempt read it from there. Never make one
//! inside a loop of retries.
//!
//! # Source
//! Helland, "Idempotence Is Not a Medical Condition", ACM Queue 2012; IETF
//! draft-ietf-httpapi-idempotency-key-header, "The Idempotency-Key HTTP
//! Header Field".

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "stable-identity",
    page: include_str!("stable_identity.rs"),
    build: |parameters| {
        Ok(AnyPromise::of_knowledge(StableIdentity {
            attempts: parameters.required_names("attempts")?,
            same_intent: parameters.required_names("same-intent")?,
            must_share: parameters.required_names("must-share")?,
        }))
    },
};

/// All attempts of one intent carry the same identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StableIdentity {
    /// The names of the attempts: facts, or operations of any outcome.
    pub attempts: Vec<String>,
    /// The paths in which attempts of one intent are equal; none: all are of one intent.
    pub same_intent: Vec<String>,
    /// The paths that make the identity.
    pub must_share: Vec<String>,
}

impl StableIdentity {
    /// Promises that all these attempts carry the same identity, which stands at the path `must_share`.
    #[must_use]
    pub fn new(attempts: impl Into<String>, must_share: impl Into<String>) -> Self {
        Self {
            attempts: vec![attempts.into()],
            same_intent: Vec::new(),
            must_share: vec![must_share.into()],
        }
    }

    /// Takes other attempts too.
    #[must_use]
    pub fn or(mut self, attempts: impl Into<String>) -> Self {
        self.attempts.push(attempts.into());
        self
    }

    /// Tells intents apart by the value at this path (too).
    #[must_use]
    pub fn same_intent(mut self, path: impl Into<String>) -> Self {
        self.same_intent.push(path.into());
        self
    }

    /// Makes the value at this path a part of the identity too.
    #[must_use]
    pub fn and_share(mut self, path: impl Into<String>) -> Self {
        self.must_share.push(path.into());
        self
    }

    fn identity(&self) -> String {
        let quoted: Vec<String> = self
            .must_share
            .iter()
            .map(|path| format!("`{path}`"))
            .collect();
        quoted.join(" and ")
    }
}

/// One attempt's identity, one value for each path; `None` where the record does not show it.
pub type Identity = Vec<Option<Value>>;

/// Whether two identities are certainly two.
fn differ(one: &Identity, other: &Identity) -> bool {
    let parts = one.iter().zip(other);
    parts
        .filter_map(|(one, other)| Some((one.as_ref()?, other.as_ref()?)))
        .any(|(one, other)| one != other)
}

fn is_whole(identity: &Identity) -> bool {
    identity.iter().all(Option::is_some)
}

impl Knowledge for StableIdentity {
    type Fact = Identity;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.attempts.iter();
        Some(names.map(String::as_str).collect())
    }

    fn role(&self, effect: &Effect<'_>) -> Option<Role> {
        let mut names = self.attempts.iter();
        names
            .any(|name| name == effect.name())
            .then_some(Role::Claim)
    }

    fn scope(&self, effect: &Effect<'_>) -> Result<Scope, Misfit> {
        effect.scope(&self.same_intent)
    }

    fn fact(&self, effect: &Effect<'_>) -> Result<Identity, Misfit> {
        let paths = self.must_share.iter();
        // A null identifies nothing: taken for an identity, it would make one of two strangers.
        let values = paths.map(|path| effect.at(path).filter(|value| !value.is_null()));
        Ok(values.collect())
    }

    fn judge(&self, evidence: &Evidence<'_, Identity>) -> Ruling {
        if let Some((one, other)) = first_two_that_differ(evidence.claims()) {
            return self.broken(evidence, one, other);
        }
        let unknown = evidence.claims().filter(|claim| !is_whole(claim.fact()));
        let missing: Vec<_> = unknown
            .map(|claim| {
                let question = format!(
                    "Which {} did the {} of {} carry on {}?",
                    self.identity(),
                    evidence.quoted(claim),
                    evidence.participant(claim),
                    evidence.lines(claim)
                );
                evidence.unrecorded(claim, question)
            })
            .collect();
        let is_same = |other: &Identity| {
            let mut claims = evidence.claims();
            is_whole(other) && claims.all(|claim| claim.fact() == other)
        };
        let mut unplaced = evidence.unplaced();
        if missing.is_empty() && unplaced.all(|other| is_same(other.fact())) {
            return Ruling::Kept;
        }
        Ruling::Undecided(missing)
    }
}

/// The first attempt, in the order of the lines, that certainly differs from an earlier one, with that one.
fn first_two_that_differ<'e>(
    attempts: impl Iterator<Item = &'e Seen<Identity>>,
) -> Option<(&'e Seen<Identity>, &'e Seen<Identity>)> {
    // The first attempt that shows each part of the identity: as long as nothing differs, all others agree with it.
    let mut shown: Vec<Option<&Seen<Identity>>> = Vec::new();
    for attempt in attempts {
        shown.resize(attempt.fact().len(), None);
        let mut earlier = shown.iter().flatten();
        if let Some(earlier) = earlier.find(|earlier| differ(earlier.fact(), attempt.fact())) {
            return Some((earlier, attempt));
        }
        for (shown, part) in shown.iter_mut().zip(attempt.fact()) {
            if part.is_some() && shown.is_none() {
                *shown = Some(attempt);
            }
        }
    }
    None
}

impl StableIdentity {
    fn broken(
        &self,
        evidence: &Evidence<'_, Identity>,
        one: &Seen<Identity>,
        other: &Seen<Identity>,
    ) -> Ruling {
        let says = format!(
            "attempts carry different {}{}",
            self.identity(),
            evidence.of_scope()
        );
        let carried = |seen: &Seen<Identity>| {
            let parts: Vec<String> = seen
                .fact()
                .iter()
                .map(|part| {
                    let part = part.as_ref().map(ToString::to_string);
                    part.unwrap_or_else(|| "an unknown one".to_owned())
                })
                .collect();
            format!(
                "The {} of {} on {} carries {}.",
                evidence.quoted(seen),
                evidence.participant(seen),
                evidence.lines(seen),
                parts.join(", ")
            )
        };
        let events = [one.events(), other.events()].concat();
        evidence.broken(says, events, vec![carried(one), carried(other)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(parts: &[Option<&str>]) -> Identity {
        parts.iter().map(|part| part.map(Value::from)).collect()
    }

    #[test]
    fn identities_differ_where_both_are_shown() {
        type Parts<'p> = &'p [Option<&'p str>];
        let table: [(Parts<'_>, Parts<'_>, bool); 5] = [
            (&[Some("k1")], &[Some("k1")], false),
            (&[Some("k1")], &[Some("k2")], true),
            (&[Some("k1")], &[None], false),
            (&[Some("k1"), None], &[None, Some("k2")], false),
            (&[Some("k1"), Some("a")], &[None, Some("b")], true),
        ];
        for (one, other, expected) in table {
            let (one, other) = (identity(one), identity(other));
            assert_eq!(differ(&one, &other), expected, "{one:?} {other:?}");
        }
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let fields = |names: &[&str]| {
            let fields = names
                .iter()
                .map(|name| ((*name).to_owned(), Value::from("x")));
            Parameters::new(fields)
        };
        let mut all = fields(&["attempts", "same-intent", "must-share"]);
        assert!((ENTRY.build)(&mut all).is_ok());
        assert!(all.leftover().0.is_empty());
        let fault = (ENTRY.build)(&mut fields(&["attempts", "same-intent"])).unwrap_err();
        assert_eq!(fault.to_string(), "`must-share` is required");
    }

    #[test]
    fn the_builder_has_the_words_of_the_configuration() {
        let promise = StableIdentity::new("charge_call", "key")
            .or("capture_call")
            .same_intent("intent")
            .and_share("amount");
        assert_eq!(promise.attempts, ["charge_call", "capture_call"]);
        assert_eq!(promise.same_intent, ["intent"]);
        assert_eq!(promise.identity(), "`key` and `amount`");
    }
}
