//! Unknown resolved: where nobody knows what became of a request, somebody finds out afterwards.
//!
//! # What it says
//! "A charge that timed out is looked up, tried again, or given to a
//! person." In every world: behind each operation named `unknown` whose
//! outcome is unknown, and behind each fact so named, stands one of
//! `resolved-by` with the same key. It counts from the moment at which the
//! caller gave up; where that was not recorded, from the call on. Without
//! `within` it counts what took place by the end of a whole record.
//!
//! ```toml
//! [[promise]]
//! name = "no charge stays unknown"
//! kind = "unknown-resolved"
//! unknown = "charge"          # a name, or a list
//! resolved-by = ["charge", "status", "review"]
//!                             # a name, or a list: any of them will do
//! per = "intent"              # a path, or a list: a compound key
//! within = "1h"               # optional: no later than that
//! ```
//! In Rust: `UnknownResolved::new("charge", "status").or("review")
//! .per("intent")`, and `.within(Duration::from_secs(3600))`.
//!
//! With `within`, times count as for `leads-to`: exactly by one clock,
//! between two as far as `clock-error` says, and what they leave open is
//! undecided, like what is not yet due when the record ends.
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
            within: parameters.duration("within")?,
            open: Open::Missed,
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
    /// How long it may take; `None`: any time.
    pub within: Option<Duration>,
    /// How a time counts that the clocks leave open.
    pub open: Open,
}

impl UnknownResolved {
    /// Promises that an unknown outcome of `unknown` is followed by `resolved_by`.
    #[must_use]
    pub fn new(unknown: impl Into<String>, resolved_by: impl Into<String>) -> Self {
        Self {
            unknown: vec![unknown.into()],
            resolved_by: vec![resolved_by.into()],
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

    fn when(&self, effect: &Effect<'_>) -> Option<Box<When>> {
        self.within.map(|_| Box::new(effect.when()))
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

impl Promise for UnknownResolved {
    type Fact = Duty;
    type State = Owed;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.unknown.iter().chain(&self.resolved_by);
        Some(names.map(String::as_str).collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Duty)>, Misfit> {
        let is_named = |names: &[String]| names.iter().any(|name| name == effect.name());
        let resolves = is_named(&self.resolved_by);
        let duty: fn(Option<Box<When>>) -> Duty = match (is_named(&self.unknown), evidence(effect))
        {
            (true, Evidence::Fact) => Duty::Owed,
            // That its outcome is unknown stands where the caller gave up: see `read_unknown`.
            (true, Evidence::Unanswered) => return Ok(None),
            _ if resolves => Duty::Done,
            _ => return Ok(None),
        };
        Ok(Some((effect.scope(&self.per)?, duty(self.when(effect)))))
    }

    fn read_unknown(&self, operation: &Effect<'_>) -> Result<Option<(Scope, Duty)>, Misfit> {
        if !self.unknown.iter().any(|name| name == operation.name()) {
            return Ok(None);
        }
        let duty = Duty::Owed(self.when(operation));
        Ok(Some((operation.scope(&self.per)?, duty)))
    }

    fn observe(&self, owed: &mut Owed, duty: &Duty) -> Result<(), Breach> {
        owed.observe(duty, self.within, self.open);
        Ok(())
    }

    fn settle(&self, owed: &Owed) -> Result<(), Breach> {
        if owed.is_settled(self.within, self.open) {
            return Ok(());
        }
        let unknown = any_of(&self.unknown);
        let resolved_by = any_of(&self.resolved_by);
        let within = self.within.map(|within| format!(" within {within:?}"));
        let within = within.unwrap_or_default();
        Err(Breach::new(format!(
            "{unknown} stayed unknown: no {resolved_by} came after it{within}"
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

    /// Where all is known, nothing is judged.
    fn concerns(&self, duty: &Duty) -> bool {
        matches!(duty, Duty::Owed(_))
    }

    /// A record may hide who found out. What nobody shows to be unknown is not judged.
    fn unseen(&self, _duties: &[Duty]) -> Option<Vec<(String, Duty)>> {
        Some(
            self.resolved_by
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
    fn what_is_unknown_is_resolved_afterwards() {
        let (unknown, resolved) = (Duty::Owed(None), Duty::Done(None));
        let promise = UnknownResolved::new("charge", "status").or("review");
        let open = Some("`charge` stayed unknown: no `status` or `review` came after it");
        let table: [(&[&Duty], Option<&str>); 6] = [
            (&[], None),
            (&[&resolved], None),
            (&[&unknown, &unknown, &resolved], None),
            (&[&unknown], open),
            (&[&resolved, &unknown], open),
            (&[&unknown, &resolved, &unknown], open),
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
        let strict = UnknownResolved::new("charge", "status").within(Duration::from_secs(60));
        let lenient = strict.lenient().unwrap();
        let world = [Duty::Owed(None), Duty::Done(None)];
        let is_kept = |promise: &UnknownResolved| {
            let mut unknown = Owed::default();
            let mut duties = world.iter();
            duties.all(|duty| promise.observe(&mut unknown, duty).is_ok())
                && promise.settle(&unknown).is_ok()
        };
        assert!(!is_kept(&strict) && is_kept(&lenient));
        assert_eq!(strict.open_bounds(&[&world[0], &world[1]]).len(), 1);
    }

    #[test]
    fn only_who_found_out_may_be_hidden() {
        let promise = UnknownResolved::new("charge", "status");
        let unseen = promise.unseen(&[Duty::Owed(None)]).unwrap();
        assert_eq!(unseen, [("status".to_owned(), Duty::Done(None))]);
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
            ""
        );
        assert_eq!(built(&[]).unwrap_err(), "`resolved-by` is required");
    }
}
