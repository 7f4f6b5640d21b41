//! Never after: once one effect has taken place, another one never does for the same key.
//!
//! # What it says
//! "A cancelled order is never charged." In every world: no `never` stands
//! behind a `once` with the same key. What stands before it breaks nothing.
//! Judged are the keys that have a `once`.
//!
//! ```toml
//! [[promise]]
//! name = "a cancelled order is never charged"
//! kind = "never-after"
//! never = "charge"            # a name, or a list: none of them may come
//! once = "cancel"             # a name, or a list: any of them forbids it
//! per = "order"               # a path, or a list: a compound key
//! ```
//! In Rust: `NeverAfter::new("charge", "cancel").per("order")`.
//!
//! # Why systems break it
//! The status is looked up, found good, and changed by somebody else before
//! the effect takes place. A job that was put into a queue in time is taken
//! out too late. A retry of something that timed out arrives after
//! everybody gave it up. A replica that has not heard of the end still
//! says yes.
//!
//! # A history that breaks it
//! ```text
//! {"process": "orders",  "type": "fact", "f": "cancel",
//!  "value": {"order": 1}, "id": "a"}
//! {"process": "payment", "type": "fact", "f": "charge",
//!  "value": {"order": 1}, "after": ["a"]}
//! ```
//! Without the `after` it is undecided: nothing says which came first. An
//! operation `charge` whose outcome is unknown leaves it undecided too,
//! however early it was called: it may take effect after the end.
//!
//! # How to repair such a system
//! Let the owner of the effect know of the end: it checks and acts in one
//! step, on its own copy, and the end is told to it and confirmed by it
//! before anybody is told that it is final. Give requests a time or a token
//! after which they are turned away, so that a late one changes nothing.
//!
//! # Source
//! `absence` after an event in Dwyer, Avrunin and Corbett, "Patterns in
//! Property Specifications for Finite-State Verification", ICSE 1999;
//! `not succession` in Pesic, Schonenberg and van der Aalst, "DECLARE",
//! EDOC 2007.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "never-after",
    page: include_str!("never_after.rs"),
    build: |parameters| {
        let promise = NeverAfter {
            never: parameters.required_names("never")?,
            once: parameters.required_names("once")?,
            per: parameters.required_names("per")?,
        };
        match promise
            .never
            .iter()
            .find(|name| promise.once.contains(name))
        {
            None => Ok(AnyPromise::of(promise)),
            Some(both) => Err(ParameterFault {
                name: "once".to_owned(),
                says: format!("must not name `{both}`, which `never` names"),
            }),
        }
    },
};

/// Once one effect has taken place, another one never does for the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeverAfter {
    /// The names of what must not come any more.
    pub never: Vec<String>,
    /// The names of what ends it; any of them does.
    pub once: Vec<String>,
    /// The paths that make the key; none: the whole history is one scope.
    pub per: Vec<String>,
}

impl NeverAfter {
    /// Promises that `never` does not take place after `once`.
    #[must_use]
    pub fn new(never: impl Into<String>, once: impl Into<String>) -> Self {
        Self {
            never: vec![never.into()],
            once: vec![once.into()],
            per: Vec::new(),
        }
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// What ends it.
    Once,
    /// What must not come after the end: the effect at this place among their names.
    Never(usize),
}

impl Promise for NeverAfter {
    type Fact = Stage;
    /// Whether a `once` has taken place.
    type State = bool;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.once.iter().chain(&self.never);
        Some(names.map(String::as_str).collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Stage)>, Misfit> {
        let is_named = |name: &String| name == effect.name();
        let stage = if self.once.iter().any(is_named) {
            Stage::Once
        } else if let Some(place) = self.never.iter().position(is_named) {
            Stage::Never(place)
        } else {
            return Ok(None);
        };
        Ok(Some((effect.scope(&self.per)?, stage)))
    }

    fn observe(&self, is_over: &mut bool, stage: &Stage) -> Result<(), Breach> {
        match stage {
            Stage::Once => *is_over = true,
            Stage::Never(place) if *is_over => {
                let (name, once) = (&self.never[*place], any_of(&self.once));
                return Err(Breach::new(format!("`{name}` took effect after {once}")));
            }
            Stage::Never(_) => {}
        }
        Ok(())
    }

    /// Where nothing ends, nothing is forbidden.
    fn concerns(&self, stage: &Stage) -> bool {
        *stage == Stage::Once
    }

    /// Both may be hidden: what is forbidden behind the end that is shown, and an earlier end.
    fn unseen(&self, _stages: &[Stage]) -> Option<Vec<(String, Stage)>> {
        let once = self.once.iter().map(|name| (name.clone(), Stage::Once));
        let never = self
            .never
            .iter()
            .enumerate()
            .map(|(place, name)| (name.clone(), Stage::Never(place)));
        Some(once.chain(never).collect())
    }

    fn class(&self) -> Option<Class> {
        Some(Class::NeverAfter)
    }

    fn part(&self, stage: &Stage) -> Option<Part<'static>> {
        Some(match stage {
            Stage::Once => Part::First,
            Stage::Never(_) => Part::Second,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_after_the_end() {
        use Stage::Once;
        let promise = NeverAfter::new("charge", "cancel").per("order");
        let charge = || Stage::Never(0);
        let late = Some("`charge` took effect after `cancel`");
        let table: [(&[Stage], Option<&str>); 6] = [
            (&[], None),
            (&[charge(), charge()], None),
            (&[Once, Once], None),
            (&[charge(), Once], None),
            (&[Once, charge()], late),
            (&[charge(), Once, charge()], late),
        ];
        for (stages, expected) in table {
            let mut state = false;
            let breach = stages
                .iter()
                .find_map(|stage| promise.observe(&mut state, stage).err());
            assert_eq!(breach.as_ref().map(Breach::says), expected, "{stages:?}");
        }
    }

    #[test]
    fn both_may_be_hidden() {
        let unseen = NeverAfter::new("charge", "cancel").unseen(&[Stage::Once]);
        let expected = [("cancel", Stage::Once), ("charge", Stage::Never(0))];
        assert_eq!(
            unseen.unwrap(),
            expected.map(|(name, stage)| (name.to_owned(), stage))
        );
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |once: Option<&str>| {
            let mut fields = vec![
                ("never".to_owned(), Value::from("charge")),
                ("per".to_owned(), Value::from("order")),
            ];
            fields.extend(once.map(|once| ("once".to_owned(), Value::from(once))));
            (ENTRY.build)(&mut Parameters::new(fields)).map_err(|fault| fault.to_string())
        };
        assert!(built(Some("cancel")).is_ok());
        assert_eq!(built(None).unwrap_err(), "`once` is required");
        assert_eq!(
            built(Some("charge")).unwrap_err(),
            "`once` must not name `charge`, which `never` names"
        );
    }
}
