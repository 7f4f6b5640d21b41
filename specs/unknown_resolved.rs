//! Unknown resolved: where nobody knows what became of a request, somebody finds out afterwards.
//!
//! # What it says
//! "A charge that timed out is looked up, tried again, or given to a
//! person." In every world: behind each operation named `unknown` whose
//! outcome is unknown, and behind each fact so named, stands one of
//! `resolved-by` with the same key. It counts from the moment at which the
//! caller gave up; where that was not recorded, from the call on. By when
//! is not said: it counts what took place by the end of a whole record.
//!
//! ```toml
//! [[promise]]
//! name = "no charge stays unknown"
//! kind = "unknown-resolved"
//! unknown = "charge"          # a name, or a list
//! resolved-by = ["charge", "status", "review"]
//!                             # a name, or a list: any of them will do
//! per = "intent"              # a path, or a list: a compound key
//! ```
//! In Rust: `UnknownResolved::new("charge", "status").or("review")
//! .per("intent")`.
//!
//! An operation may resolve another one of the same name, as a retry does;
//! one whose own outcome is unknown does not: it is the next that must be
//! resolved.
//!
//! # Why systems break it
//! A timeout is taken for a failure, and whoever waits is told so. The
//! error is written into a log that nobody reads. The job that looks for
//! open requests asks only for those that were answered. The identity is
//! lost with the process, so that nobody can ask any more.
//!
//! # A history that breaks it
//! ```text
//! {"process": "shop", "type": "invoke", "f": "charge",
//!  "value": {"order": 1}, "intent": "pay-42"}
//! {"process": "shop", "type": "info",   "f": "charge",
//!  "error": "timed out"}
//! {"process": "mail", "type": "fact",   "f": "payment-failed",
//!  "value": {"order": 1}}
//! ```
//! With a `status` of pay-42 by another participant that nothing orders
//! against the timeout it is undecided.
//!
//! # How to repair such a system
//! Give the unknown a place of its own: a state "unknown", recorded with
//! the identity of the request before it is sent. Let a process that
//! survives restarts take up what stays in it: ask the owner, repeat with
//! the same identity, undo, or hand it to a person. Count what is in it.
//!
//! # Source
//! Gray, "Notes on Data Base Operating Systems", 1978, on in-doubt
//! transactions and who resolves them; Helland, "Life beyond Distributed
//! Transactions", CIDR 2007.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "unknown-resolved",
    page: include_str!("unknown_resolved.rs"),
    build: |parameters| {
        Ok(AnyPromise::of(UnknownResolved {
            unknown: parameters.required_names("unknown")?,
            resolved_by: parameters.required_names("resolved-by")?,
            per: parameters.required_names("per")?,
        }))
    },
};

/// Where nobody knows what became of a request, somebody finds out afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownResolved {
    /// The names of operations that may end unknown, and of facts that say so.
    pub unknown: Vec<String>,
    /// The names of what resolves it; any of them will do.
    pub resolved_by: Vec<String>,
    /// The paths that make the key; none: the whole history is one scope.
    pub per: Vec<String>,
}

impl UnknownResolved {
    /// Promises that an unknown outcome of `unknown` is followed by `resolved_by`.
    #[must_use]
    pub fn new(unknown: impl Into<String>, resolved_by: impl Into<String>) -> Self {
        Self {
            unknown: vec![unknown.into()],
            resolved_by: vec![resolved_by.into()],
            per: Vec::new(),
        }
    }

    /// Lets this effect resolve it too.
    #[must_use]
    pub fn or(mut self, resolved_by: impl Into<String>) -> Self {
        self.resolved_by.push(resolved_by.into());
        self
    }

    /// Judges apart for each value at this path (too).
    #[must_use]
    pub fn per(mut self, path: impl Into<String>) -> Self {
        self.per.push(path.into());
        self
    }
}

/// Whether this is a fact, an operation that was answered, or one that nobody saw answered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Evidence {
    Fact,
    Answered,
    Unanswered,
}

fn evidence(effect: &Effect<'_>) -> Evidence {
    let history = effect.history();
    let Some(operation) = history.event(effect.first_event()).op else {
        return Evidence::Fact;
    };
    match history.operation(operation).completion {
        Some(end) if history.event(end).kind.as_str() == "ok" => Evidence::Answered,
        _ => Evidence::Unanswered,
    }
}

fn any_of(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}

/// Which part an effect plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// From here on somebody does not know.
    Unknown,
    /// Somebody finds out.
    Resolved,
}

impl Promise for UnknownResolved {
    type Fact = Doubt;
    /// Whether somebody does not know.
    type State = bool;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.unknown.iter().chain(&self.resolved_by);
        Some(names.map(String::as_str).collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Doubt)>, Misfit> {
        let is_named = |names: &[String]| names.iter().any(|name| name == effect.name());
        let resolves = is_named(&self.resolved_by);
        let doubt = match (is_named(&self.unknown), evidence(effect)) {
            (true, Evidence::Fact) => Doubt::Unknown,
            // That its outcome is unknown stands where the caller gave up: see `read_unknown`.
            (true, Evidence::Unanswered) => return Ok(None),
            _ if resolves => Doubt::Resolved,
            _ => return Ok(None),
        };
        Ok(Some((effect.scope(&self.per)?, doubt)))
    }

    fn read_unknown(&self, operation: &Effect<'_>) -> Result<Option<(Scope, Doubt)>, Misfit> {
        if !self.unknown.iter().any(|name| name == operation.name()) {
            return Ok(None);
        }
        Ok(Some((operation.scope(&self.per)?, Doubt::Unknown)))
    }

    fn observe(&self, is_unknown: &mut bool, doubt: &Doubt) -> Result<(), Breach> {
        *is_unknown = *doubt == Doubt::Unknown;
        Ok(())
    }

    fn settle(&self, is_unknown: &bool) -> Result<(), Breach> {
        if *is_unknown {
            let unknown = any_of(&self.unknown);
            let resolved_by = any_of(&self.resolved_by);
            return Err(Breach::new(format!(
                "{unknown} stayed unknown: no {resolved_by} came after it"
            )));
        }
        Ok(())
    }

    /// Where all is known, nothing is judged.
    fn concerns(&self, doubt: &Doubt) -> bool {
        *doubt == Doubt::Unknown
    }

    /// A record may hide who found out. What nobody shows to be unknown is not judged.
    fn unseen(&self, _doubts: &[Doubt]) -> Option<Vec<(String, Doubt)>> {
        Some(
            self.resolved_by
                .iter()
                .map(|name| (name.clone(), Doubt::Resolved))
                .collect(),
        )
    }

    fn class(&self) -> Option<Class> {
        Some(Class::LeadsTo)
    }

    fn part(&self, doubt: &Doubt) -> Option<Part<'static>> {
        Some(match doubt {
            Doubt::Unknown => Part::First,
            Doubt::Resolved => Part::Second,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_resolved_afterwards() {
        use Doubt::{Resolved, Unknown};
        let promise = UnknownResolved::new("charge", "status").or("review");
        let open = Some("`charge` stayed unknown: no `status` or `review` came after it");
        let table: [(&[Doubt], Option<&str>); 6] = [
            (&[], None),
            (&[Resolved], None),
            (&[Unknown, Unknown, Resolved], None),
            (&[Unknown], open),
            (&[Resolved, Unknown], open),
            (&[Unknown, Resolved, Unknown], open),
        ];
        for (doubts, expected) in table {
            let mut state = false;
            for doubt in doubts {
                promise.observe(&mut state, doubt).unwrap();
            }
            let breach = promise.settle(&state).err();
            assert_eq!(breach.as_ref().map(Breach::says), expected, "{doubts:?}");
        }
    }

    #[test]
    fn only_who_found_out_may_be_hidden() {
        let promise = UnknownResolved::new("charge", "status");
        let unseen = promise.unseen(&[Doubt::Unknown]).unwrap();
        assert_eq!(unseen, [("status".to_owned(), Doubt::Resolved)]);
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |more: &[(&str, &str)]| {
            let fields = [("unknown", "charge"), ("per", "intent")];
            let fields = fields.iter().chain(more);
            let mut parameters = Parameters::new(
                fields.map(|(name, value)| ((*name).to_owned(), Value::from(*value))),
            );
            let built = (ENTRY.build)(&mut parameters).map_err(|fault| fault.to_string());
            built.map(|_| parameters.leftover().0.join(" "))
        };
        assert_eq!(built(&[("resolved-by", "charge")]).unwrap(), "");
        assert_eq!(
            built(&[("resolved-by", "status"), ("within", "10m")]).unwrap(),
            "within"
        );
        assert_eq!(built(&[]).unwrap_err(), "`resolved-by` is required");
    }
}
