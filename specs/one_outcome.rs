//! One outcome: what was asked for ends in exactly one of several outcomes.
//!
//! # What it says
//! "Each submitted order is confirmed or rejected, and never both." In
//! every world: where `of` takes place for a key, effects of exactly one
//! of the outcomes do. The same outcome twice is one outcome; whether it
//! comes before or after `of` makes no difference.
//!
//! ```toml
//! [[promise]]
//! name = "one clear answer"
//! kind = "one-outcome"
//! of = "submit"               # a name, or a list: any of them asks
//! outcomes = [["confirmed"], ["rejected", "expired"]]
//!                             # names in one list are one outcome
//! per = "order"               # a path, or a list: a compound key
//! ```
//! In Rust: `OneOutcome::of("submit").outcome("confirmed")
//! .outcome("rejected").per("order")`.
//!
//! # Why systems break it
//! Two of them decide: a timer gives up while the work is being done, a
//! retry is answered by another replica, a person steps in while the
//! machine goes on. Or nobody does: whoever had to decide was restarted
//! and does not know that it still owes an answer.
//!
//! # A history that breaks it
//! ```text
//! {"process": "web",    "type": "fact", "f": "submit",
//!  "value": {"order": 1}}
//! {"process": "orders", "type": "fact", "f": "confirmed",
//!  "value": {"order": 1}}
//! {"process": "web",    "type": "fact", "f": "rejected",
//!  "value": {"order": 1}}
//! ```
//! Without the last two it is broken as well: there is no outcome at all.
//! With `confirmed` an operation whose outcome is unknown, and no other,
//! it is undecided.
//!
//! # How to repair such a system
//! Let one owner decide, and record the decision in one conditional write
//! that only the first can make; everybody else reads it. A timeout asks
//! that owner for a decision and takes the one that is there. Until then
//! the answer is "pending", which is no outcome.
//!
//! # Source
//! Agreement on one irrevocable outcome: Gray, "Notes on Data Base
//! Operating Systems", 1978, on commit and abort. `exactly one` and
//! `not co-existence` in Pesic, Schonenberg and van der Aalst, "DECLARE",
//! EDOC 2007.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "one-outcome",
    page: include_str!("one_outcome.rs"),
    build: |parameters| {
        let promise = OneOutcome {
            of: parameters.required_names("of")?,
            outcomes: outcomes(&parameters.list("outcomes")?)?,
            per: parameters.required_names("per")?,
        };
        let fault = |says: String| ParameterFault {
            name: "outcomes".to_owned(),
            says,
        };
        let mut known: Vec<&String> = promise.of.iter().collect();
        for name in promise.outcomes.iter().flatten() {
            if promise.of.contains(name) {
                return Err(fault(format!("must not name `{name}`, which `of` names")));
            }
            if known.contains(&name) {
                return Err(fault(format!("must not name `{name}` twice")));
            }
            known.push(name);
        }
        Ok(AnyPromise::of(promise))
    },
};

/// Reads the outcomes: each is a name, or a list of names that are one outcome.
fn outcomes(given: &[Value]) -> Result<Vec<Vec<String>>, ParameterFault> {
    let outcome = |value: &Value| match value {
        Value::Str(name) => Some(vec![name.to_string()]),
        Value::Array(names) if !names.is_empty() => {
            let names = names.iter().map(|name| name.as_str().map(str::to_owned));
            names.collect()
        }
        _ => None,
    };
    let fault = |says: String| ParameterFault {
        name: "outcomes".to_owned(),
        says,
    };
    if given.is_empty() {
        return Err(fault("is required".to_owned()));
    }
    let read: Option<Vec<Vec<String>>> = given.iter().map(outcome).collect();
    read.ok_or_else(|| {
        let given = Value::from(given.to_vec());
        fault(format!("must be a list of lists of names, and is {given}"))
    })
}

/// What was asked for ends in exactly one of several outcomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOutcome {
    /// The names of what asks for an outcome.
    pub of: Vec<String>,
    /// The outcomes, each with the names that mean it.
    pub outcomes: Vec<Vec<String>>,
    /// The paths that make the key; none: the whole history is one scope.
    pub per: Vec<String>,
}

impl OneOutcome {
    /// Promises that `of` ends in exactly one outcome; say which by [`Self::outcome`].
    #[must_use]
    pub fn of(of: impl Into<String>) -> Self {
        Self {
            of: vec![of.into()],
            outcomes: Vec::new(),
            per: Vec::new(),
        }
    }

    /// Adds an outcome.
    #[must_use]
    pub fn outcome(mut self, name: impl Into<String>) -> Self {
        self.outcomes.push(vec![name.into()]);
        self
    }

    /// Judges apart for each value at this path (too).
    #[must_use]
    pub fn per(mut self, path: impl Into<String>) -> Self {
        self.per.push(path.into());
        self
    }

    fn says_of_both(&self, one: usize, other: usize) -> Breach {
        let of = any_of(&self.of);
        let (first, second) = (one.min(other), one.max(other));
        let (first, second) = (
            any_of(&self.outcomes[first]),
            any_of(&self.outcomes[second]),
        );
        Breach::new(format!("{of} got both {first} and {second}"))
    }
}

fn any_of(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}

/// Which part an effect plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// An outcome is asked for.
    Asked,
    /// The outcome at this place among the outcomes.
    Got(usize),
}

/// What has taken place for one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OneOutcomeState {
    is_asked: bool,
    /// The outcome that came first.
    got: Option<usize>,
    /// Another one.
    got_too: Option<usize>,
}

impl Promise for OneOutcome {
    type Fact = Answer;
    type State = OneOutcomeState;

    fn names(&self) -> Option<Vec<&str>> {
        let outcomes = self.outcomes.iter().flatten();
        let names = self.of.iter().chain(outcomes);
        Some(names.map(String::as_str).collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Answer)>, Misfit> {
        let is_named = |names: &[String]| names.iter().any(|name| name == effect.name());
        let answer = if is_named(&self.of) {
            Answer::Asked
        } else {
            match self.outcomes.iter().position(|names| is_named(names)) {
                Some(outcome) => Answer::Got(outcome),
                None => return Ok(None),
            }
        };
        Ok(Some((effect.scope(&self.per)?, answer)))
    }

    fn observe(&self, state: &mut OneOutcomeState, answer: &Answer) -> Result<(), Breach> {
        match (answer, state.got) {
            (Answer::Asked, _) => state.is_asked = true,
            (Answer::Got(outcome), None) => state.got = Some(*outcome),
            (Answer::Got(outcome), Some(known)) if known != *outcome => {
                state.got_too.get_or_insert(*outcome);
            }
            (Answer::Got(_), Some(_)) => {}
        }
        match (state.is_asked, state.got, state.got_too) {
            (true, Some(one), Some(other)) => Err(self.says_of_both(one, other)),
            _ => Ok(()),
        }
    }

    fn settle(&self, state: &OneOutcomeState) -> Result<(), Breach> {
        if state.is_asked && state.got.is_none() {
            let of = any_of(&self.of);
            return Err(Breach::new(format!("{of} got no outcome")));
        }
        Ok(())
    }

    /// Outcomes that nobody asked for are not judged.
    fn concerns(&self, answer: &Answer) -> bool {
        *answer == Answer::Asked
    }

    /// Any outcome may be hidden. Who asks without a line that shows it is not judged.
    fn unseen(&self, _answers: &[Answer]) -> Option<Vec<(String, Answer)>> {
        let outcomes = self.outcomes.iter().enumerate();
        let named = outcomes.flat_map(|(place, names)| {
            names
                .iter()
                .map(move |name| (name.clone(), Answer::Got(place)))
        });
        Some(named.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Answer::{Asked, Got};

    fn promise() -> OneOutcome {
        let mut promise = OneOutcome::of("submit")
            .outcome("confirmed")
            .outcome("rejected")
            .per("order");
        promise.outcomes[1].push("expired".to_owned());
        promise
    }

    #[test]
    fn what_is_asked_for_gets_one_outcome() {
        let promise = promise();
        let both = Some("`submit` got both `confirmed` and `rejected` or `expired`");
        let none = Some("`submit` got no outcome");
        let table: [(&[Answer], Option<&str>); 9] = [
            (&[], None),
            (&[Got(0), Got(1)], None),
            (&[Asked, Got(0)], None),
            (&[Got(1), Asked], None),
            (&[Asked, Asked, Got(1), Got(1)], None),
            (&[Asked], none),
            (&[Asked, Got(0), Got(1)], both),
            (&[Got(1), Got(0), Asked], both),
            (&[Got(0), Asked, Got(0), Got(1)], both),
        ];
        for (answers, expected) in table {
            let mut state = OneOutcomeState::default();
            let breach = answers
                .iter()
                .find_map(|answer| promise.observe(&mut state, answer).err())
                .or_else(|| promise.settle(&state).err());
            assert_eq!(breach.as_ref().map(Breach::says), expected, "{answers:?}");
        }
    }

    #[test]
    fn outcomes_may_be_hidden_and_questions_not() {
        let unseen = promise().unseen(&[Asked]).unwrap();
        let expected = [("confirmed", 0), ("rejected", 1), ("expired", 1)];
        assert_eq!(
            unseen,
            expected.map(|(name, place)| (name.to_owned(), Got(place)))
        );
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |outcomes: &str| {
            let outcomes: Value = serde_json::from_str(outcomes).unwrap();
            let fields = [
                ("of".to_owned(), Value::from("submit")),
                ("outcomes".to_owned(), outcomes),
                ("per".to_owned(), Value::from("order")),
            ];
            (ENTRY.build)(&mut Parameters::new(fields)).map_err(|fault| fault.to_string())
        };
        assert!(built(r#"[["confirmed"], ["rejected", "expired"]]"#).is_ok());
        assert!(built(r#"["confirmed", "rejected"]"#).is_ok());
        let table = [
            ("[]", "`outcomes` is required"),
            (
                r#"[["a"], 3]"#,
                r#"`outcomes` must be a list of lists of names, and is [["a"],3]"#,
            ),
            (r#"[["a"], ["a"]]"#, "`outcomes` must not name `a` twice"),
            (
                r#"[["submit"]]"#,
                "`outcomes` must not name `submit`, which `of` names",
            ),
        ];
        for (outcomes, expected) in table {
            assert_eq!(built(outcomes).unwrap_err(), expected);
        }
    }
}
