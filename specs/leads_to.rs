//! Leads to: each effect is followed by another one with the same key.
//!
//! # What it says
//! "A confirmed order gets its email." In every world: behind each `after`
//! stands one of `always` with the same key. One is enough for all that
//! stand before it. By when is not said: it counts what took place by the
//! end of a whole record.
//!
//! ```toml
//! [[promise]]
//! name = "a confirmed order gets its email"
//! kind = "leads-to"
//! after = "confirmed"         # a name, or a list: each of them needs one
//! always = "email"            # a name, or a list: any of them will do
//! per = "order"               # a path, or a list: a compound key
//! ```
//! In Rust: `LeadsTo::new("confirmed", "email").per("order")`.
//!
//! # Why systems break it
//! The second step is owed in memory only: the process that would do it
//! restarts. A message is published after the commit and the crash comes
//! between them, or before it and the commit fails. A worker takes a job
//! from its queue and dies before it is done. Nobody looks for what is
//! overdue, so nobody finds out.
//!
//! # A history that breaks it
//! ```text
//! {"process": "orders", "type": "fact",   "f": "confirmed",
//!  "value": {"order": 1}, "id": "a"}
//! {"process": "email",  "type": "invoke", "f": "email",
//!  "value": {"order": 1}, "id": "b", "after": ["a"]}
//! {"process": "email",  "type": "fail",   "f": "email", "id": "b"}
//! ```
//! With an `info` instead of the `fail` it is undecided: only who sends
//! the mails can say whether this one left. With the email sent before
//! the order is confirmed it is broken as well.
//!
//! # How to repair such a system
//! Record what is owed in the transaction that makes it owed (an outbox),
//! and let a process that survives restarts do it until its owner says
//! that it is done. Make the step safe to repeat, because it will be
//! repeated. Look for what was owed too long ago.
//!
//! # Source
//! `response` in Dwyer, Avrunin and Corbett, "Patterns in Property
//! Specifications for Finite-State Verification", ICSE 1999; "leads to" in
//! Owicki and Lamport, "Proving Liveness Properties of Concurrent
//! Programs", ACM TOPLAS 1982.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "leads-to",
    page: include_str!("leads_to.rs"),
    build: |parameters| {
        let promise = LeadsTo {
            after: parameters.required_names("after")?,
            always: parameters.required_names("always")?,
            per: parameters.required_names("per")?,
        };
        match promise
            .after
            .iter()
            .find(|name| promise.always.contains(name))
        {
            None => Ok(AnyPromise::of(promise)),
            Some(both) => Err(ParameterFault {
                name: "always".to_owned(),
                says: format!("must not name `{both}`, which `after` names"),
            }),
        }
    },
};

/// Each effect is followed by another one with the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadsTo {
    /// The names of what must be followed; each of them needs it.
    pub after: Vec<String>,
    /// The names of what must follow; any of them will do.
    pub always: Vec<String>,
    /// The paths that make the key; none: the whole history is one scope.
    pub per: Vec<String>,
}

impl LeadsTo {
    /// Promises that `after` is always followed by `always`.
    #[must_use]
    pub fn new(after: impl Into<String>, always: impl Into<String>) -> Self {
        Self {
            after: vec![after.into()],
            always: vec![always.into()],
            per: Vec::new(),
        }
    }

    /// Lets this effect follow instead.
    #[must_use]
    pub fn or(mut self, always: impl Into<String>) -> Self {
        self.always.push(always.into());
        self
    }

    /// Judges apart for each value at this path (too).
    #[must_use]
    pub fn per(mut self, path: impl Into<String>) -> Self {
        self.per.push(path.into());
        self
    }
}

fn any_of(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}

/// Which part an effect plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duty {
    /// From here on something is owed.
    Owed,
    /// What is owed is done.
    Done,
}

impl Promise for LeadsTo {
    type Fact = Duty;
    /// Whether something is owed.
    type State = bool;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.after.iter().chain(&self.always);
        Some(names.map(String::as_str).collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Duty)>, Misfit> {
        let is_named = |names: &[String]| names.iter().any(|name| name == effect.name());
        let duty = if is_named(&self.after) {
            Duty::Owed
        } else if is_named(&self.always) {
            Duty::Done
        } else {
            return Ok(None);
        };
        Ok(Some((effect.scope(&self.per)?, duty)))
    }

    fn observe(&self, is_owed: &mut bool, duty: &Duty) -> Result<(), Breach> {
        *is_owed = *duty == Duty::Owed;
        Ok(())
    }

    fn settle(&self, is_owed: &bool) -> Result<(), Breach> {
        if *is_owed {
            let after = any_of(&self.after);
            let always = any_of(&self.always);
            return Err(Breach::new(format!("{after} was not followed by {always}")));
        }
        Ok(())
    }

    /// Where nothing is ever owed, nothing is judged.
    fn concerns(&self, duty: &Duty) -> bool {
        *duty == Duty::Owed
    }

    /// A record may hide what is done about an effect that it shows. What it does not show owes nothing:
    /// the promise is judged for the effects that somebody saw, else none that is incomplete could be kept.
    fn unseen(&self, _duties: &[Duty]) -> Option<Vec<(String, Duty)>> {
        Some(
            self.always
                .iter()
                .map(|name| (name.clone(), Duty::Done))
                .collect(),
        )
    }

    fn class(&self) -> Option<Class> {
        Some(Class::LeadsTo)
    }

    fn part(&self, duty: &Duty) -> Option<Part<'static>> {
        Some(match duty {
            Duty::Owed => Part::First,
            Duty::Done => Part::Second,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_is_done_afterwards() {
        use Duty::{Done, Owed};
        let promise = LeadsTo::new("charge", "ship").or("refund").per("order");
        let late = Some("`charge` was not followed by `ship` or `refund`");
        let table: [(&[Duty], Option<&str>); 7] = [
            (&[], None),
            (&[Done], None),
            (&[Owed, Done], None),
            (&[Owed, Owed, Done], None),
            (&[Owed], late),
            (&[Done, Owed], late),
            (&[Owed, Done, Owed], late),
        ];
        for (duties, expected) in table {
            let mut state = false;
            for duty in duties {
                promise.observe(&mut state, duty).unwrap();
            }
            let breach = promise.settle(&state).err();
            assert_eq!(breach.as_ref().map(Breach::says), expected, "{duties:?}");
        }
    }

    #[test]
    fn only_what_is_done_may_be_hidden() {
        let promise = LeadsTo::new("charge", "ship").or("refund");
        let unseen = promise.unseen(&[Duty::Owed]).unwrap();
        let expected = [("ship", Duty::Done), ("refund", Duty::Done)];
        assert_eq!(unseen, expected.map(|(name, duty)| (name.to_owned(), duty)));
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |more: &[(&str, &str)]| {
            let fields = [("after", "charge"), ("per", "order")];
            let fields = fields.iter().chain(more);
            let mut parameters = Parameters::new(
                fields.map(|(name, value)| ((*name).to_owned(), Value::from(*value))),
            );
            let built = (ENTRY.build)(&mut parameters).map_err(|fault| fault.to_string());
            built.map(|_| parameters.leftover().0.join(" "))
        };
        assert_eq!(built(&[("always", "ship")]).unwrap(), "");
        assert_eq!(
            built(&[("always", "ship"), ("within", "10m")]).unwrap(),
            "within"
        );
        assert_eq!(built(&[]).unwrap_err(), "`always` is required");
        assert_eq!(
            built(&[("always", "charge")]).unwrap_err(),
            "`always` must not name `charge`, which `after` names"
        );
    }
}
