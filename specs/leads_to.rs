//! Leads to: each effect is followed by another one with the same key.
//!
//! # What it says
//! "A confirmed order gets its email." In every world: behind each `after`
//! stands one of `always` with the same key. One is enough for all that
//! stand before it. Without `within` it counts what took place by the end
//! of a whole record.
//!
//! ```toml
//! [[promise]]
//! name = "a confirmed order gets its email"
//! kind = "leads-to"
//! after = "confirmed"         # a name, or a list: each of them needs one
//! always = "email"            # a name, or a list: any of them will do
//! per = "order"               # a path, or a list: a compound key
//! within = "10m"              # optional: no later than that
//! ```
//! In Rust: `LeadsTo::new("confirmed", "email").per("order")`, and
//! `.within(Duration::from_secs(600))`.
//!
//! With `within`, the `time` of the lines counts: by one clock where one
//! participant shows both, else as far as `clock-error` says that clocks
//! agree. What they leave open is undecided. So is what has not come when
//! the record ends before it is due (`not-yet-due`); once the record runs
//! beyond that moment, by the clock of the `after` or by any other and the
//! error, it is broken.
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
            within: parameters.duration("within")?,
            open: Open::Missed,
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
    /// How long it may take; `None`: any time.
    pub within: Option<Duration>,
    /// How a time counts that the clocks leave open.
    pub open: Open,
}

impl LeadsTo {
    /// Promises that `after` is always followed by `always`.
    #[must_use]
    pub fn new(after: impl Into<String>, always: impl Into<String>) -> Self {
        Self {
            after: vec![after.into()],
            always: vec![always.into()],
            per: Vec::new(),
            within: None,
            open: Open::Missed,
        }
    }

    /// Allows no more than so much time.
    #[must_use]
    pub fn within(mut self, within: Duration) -> Self {
        self.within = Some(within);
        self
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

impl Promise for LeadsTo {
    type Fact = Duty;
    type State = Owed;

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
        let when = self.within.map(|_| Box::new(effect.when()));
        Ok(Some((effect.scope(&self.per)?, duty(when))))
    }

    fn observe(&self, owed: &mut Owed, duty: &Duty) -> Result<(), Breach> {
        owed.observe(duty, self.within, self.open);
        Ok(())
    }

    fn settle(&self, owed: &Owed) -> Result<(), Breach> {
        if owed.is_settled(self.within, self.open) {
            return Ok(());
        }
        let after = any_of(&self.after);
        let always = any_of(&self.always);
        let within = self.within.map(|within| format!(" within {within:?}"));
        let within = within.unwrap_or_default();
        Err(Breach::new(format!(
            "{after} was not followed by {always}{within}"
        )))
    }

    fn lenient(&self) -> Option<Self> {
        self.within.map(|_| Self {
            open: Open::Met,
            ..self.clone()
        })
    }

    fn open_bounds(&self, world: &[&Duty]) -> Vec<OpenBound> {
        Owed::open_bounds(world, self.within)
    }

    /// Where nothing is ever owed, nothing is judged.
    fn concerns(&self, duty: &Duty) -> bool {
        matches!(duty, Duty::Owed(_))
    }

    /// A record may hide what is done about an effect that it shows. What it does not show owes nothing:
    /// the promise is judged for the effects that somebody saw, else none that is incomplete could be kept.
    fn unseen(&self, _duties: &[Duty]) -> Option<Vec<(String, Duty)>> {
        Some(
            self.always
                .iter()
                .map(|name| (name.clone(), Duty::Done(None)))
                .collect(),
        )
    }

    fn class(&self) -> Option<Class> {
        self.within.is_none().then_some(Class::LeadsTo)
    }

    fn part(&self, duty: &Duty) -> Option<Part<'static>> {
        Some(match duty {
            Duty::Owed(_) => Part::First,
            Duty::Done(_) => Part::Second,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owed_is_done_afterwards() {
        let (owed, done) = (Duty::Owed(None), Duty::Done(None));
        let promise = LeadsTo::new("charge", "ship").or("refund").per("order");
        let late = Some("`charge` was not followed by `ship` or `refund`");
        let table: [(&[&Duty], Option<&str>); 7] = [
            (&[], None),
            (&[&done], None),
            (&[&owed, &done], None),
            (&[&owed, &owed, &done], None),
            (&[&owed], late),
            (&[&done, &owed], late),
            (&[&owed, &done, &owed], late),
        ];
        for (duties, expected) in table {
            let mut state = Owed::default();
            for duty in duties {
                promise.observe(&mut state, duty).unwrap();
            }
            let breach = promise.settle(&state).err();
            assert_eq!(breach.as_ref().map(Breach::says), expected, "{duties:?}");
        }
    }

    #[test]
    fn what_the_clocks_leave_open_is_missed_or_met() {
        let strict = LeadsTo::new("charge", "ship").within(Duration::from_secs(600));
        let lenient = strict.lenient().unwrap();
        let world = [Duty::Owed(None), Duty::Done(None)];
        let is_kept = |promise: &LeadsTo, world: &[Duty]| {
            let mut owed = Owed::default();
            let mut duties = world.iter();
            duties.all(|duty| promise.observe(&mut owed, duty).is_ok())
                && promise.settle(&owed).is_ok()
        };
        assert!(!is_kept(&strict, &world) && is_kept(&lenient, &world));
        assert!(is_kept(&lenient, &world[..1]), "it may still come");
        let open = strict.open_bounds(&[&world[0], &world[1]]);
        let bound = Bound::AtMost(Duration::from_secs(600));
        let expected = OpenBound {
            earlier: 0,
            later: Some(1),
            bound,
        };
        assert_eq!(open, [expected]);
        let missing = strict.open_bounds(&[&world[0]]);
        let expected = OpenBound {
            later: None,
            ..expected
        };
        assert_eq!(missing, [expected]);
    }

    #[test]
    fn only_what_is_done_may_be_hidden() {
        let promise = LeadsTo::new("charge", "ship").or("refund");
        let unseen = promise.unseen(&[Duty::Owed(None)]).unwrap();
        let expected = [("ship", Duty::Done(None)), ("refund", Duty::Done(None))];
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
        assert_eq!(built(&[("always", "ship"), ("within", "10m")]).unwrap(), "");
        assert_eq!(
            built(&[("always", "ship"), ("within", "soon")]).unwrap_err(),
            "`within` must be a length of time (500ms, 30s, 5m or 1h), and is \"soon\""
        );
        assert_eq!(built(&[]).unwrap_err(), "`always` is required");
        assert_eq!(
            built(&[("always", "charge")]).unwrap_err(),
            "`always` must not name `charge`, which `after` names"
        );
    }
}
