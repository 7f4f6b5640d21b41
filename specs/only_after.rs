//! Only after: each effect has another one with the same key before it.
//!
//! # What it says
//! "Ship only what was charged." In every world: before each `effect`
//! stands a `first` with the same key. One `first` is enough for all that
//! follows. A `first` that nothing follows breaks nothing.
//!
//! ```toml
//! [[promise]]
//! name = "ship only what was charged"
//! kind = "only-after"
//! effect = "ship"             # a name, or a list: each of them needs it
//! first = "charge"            # a name, or a list: any of them will do
//! per = "order"               # a path, or a list: a compound key
//! ```
//! In Rust: `OnlyAfter::new("ship", "charge").per("order")`.
//!
//! # Why systems break it
//! Two steps of one job are handed to two services, and the second does
//! not wait for the first: it acts on a status that says "soon", on a
//! message that overtook another, on a request that timed out and was
//! taken for done, or on an order whose payment failed afterwards.
//!
//! # A history that breaks it
//! ```text
//! {"process": "shipping", "type": "fact", "f": "ship",
//!  "value": {"order": 1}, "id": "a"}
//! {"process": "payment",  "type": "fact", "f": "charge",
//!  "value": {"order": 1}, "after": ["a"]}
//! ```
//! Without the `after` it is undecided: both orders are possible, and only
//! a message from payment to shipping would show which one it was.
//!
//! # How to repair such a system
//! Let what comes second be caused by what comes first: shipping acts on
//! the message that payment sends once it has recorded the charge, or asks
//! payment and waits. Where the answer stays away, the honest state is
//! "pending", not "done".
//!
//! # Source
//! `precedence` in Dwyer, Avrunin and Corbett, "Patterns in Property
//! Specifications for Finite-State Verification", ICSE 1999.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "only-after",
    page: include_str!("only_after.rs"),
    build: |parameters| {
        let promise = OnlyAfter {
            effect: parameters.required_names("effect")?,
            first: parameters.required_names("first")?,
            per: parameters.required_names("per")?,
        };
        match promise
            .effect
            .iter()
            .find(|name| promise.first.contains(name))
        {
            None => Ok(AnyPromise::of(promise)),
            Some(both) => Err(ParameterFault {
                name: "first".to_owned(),
                says: format!("must not name `{both}`, which `effect` names"),
            }),
        }
    },
};

/// Each effect has another one with the same key before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnlyAfter {
    /// The names of the effect; each of them needs one before it.
    pub effect: Vec<String>,
    /// The names of what must come before; any of them will do.
    pub first: Vec<String>,
    /// The paths that make the key; none: the whole history is one scope.
    pub per: Vec<String>,
}

impl OnlyAfter {
    /// Promises that `effect` takes place only after `first`.
    #[must_use]
    pub fn new(effect: impl Into<String>, first: impl Into<String>) -> Self {
        Self {
            effect: vec![effect.into()],
            first: vec![first.into()],
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

/// Whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Turn {
    /// What must come before.
    First,
    /// What needs one before it: the effect of this name.
    Effect(String),
}

impl Promise for OnlyAfter {
    type Fact = Turn;
    /// Whether a `first` has taken place.
    type State = bool;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.first.iter().chain(&self.effect);
        Some(names.map(String::as_str).collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Turn)>, Misfit> {
        let is_named = |names: &[String]| names.iter().any(|name| name == effect.name());
        let turn = if is_named(&self.first) {
            Turn::First
        } else if is_named(&self.effect) {
            Turn::Effect(effect.name().to_owned())
        } else {
            return Ok(None);
        };
        Ok(Some((effect.scope(&self.per)?, turn)))
    }

    fn observe(&self, is_allowed: &mut bool, turn: &Turn) -> Result<(), Breach> {
        match turn {
            Turn::First => *is_allowed = true,
            Turn::Effect(_) if *is_allowed => {}
            Turn::Effect(name) => {
                let first = any_of(&self.first);
                return Err(Breach::new(format!(
                    "`{name}` took effect without {first} before it"
                )));
            }
        }
        Ok(())
    }

    /// A `first` that nothing follows asks for no judgement.
    fn concerns(&self, turn: &Turn) -> bool {
        matches!(turn, Turn::Effect(_))
    }

    /// A record may hide the `first` of an effect that it shows. What it does not show needs none: the
    /// promise is judged for the effects that somebody saw, else none that is incomplete could be kept.
    fn unseen(&self, _turns: &[Turn]) -> Option<Vec<(String, Turn)>> {
        Some(
            self.first
                .iter()
                .map(|name| (name.clone(), Turn::First))
                .collect(),
        )
    }

    fn class(&self) -> Option<Class> {
        Some(Class::OnlyAfter)
    }

    fn part(&self, turn: &Turn) -> Option<Part<'static>> {
        Some(match turn {
            Turn::First => Part::First,
            Turn::Effect(_) => Part::Second,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_effect_needs_one_before_it() {
        use Turn::First;
        let promise = OnlyAfter::new("ship", "charge").per("order");
        let ship = || Turn::Effect("ship".to_owned());
        let early = Some("`ship` took effect without `charge` before it");
        let table: [(&[Turn], Option<&str>); 6] = [
            (&[], None),
            (&[First], None),
            (&[First, ship()], None),
            (&[First, ship(), ship()], None),
            (&[ship()], early),
            (&[ship(), First], early),
        ];
        for (parts, expected) in table {
            let mut state = false;
            let breach = parts
                .iter()
                .find_map(|turn| promise.observe(&mut state, turn).err());
            assert_eq!(breach.as_ref().map(Breach::says), expected, "{parts:?}");
        }
    }

    #[test]
    fn any_of_several_firsts_will_do_and_may_be_hidden() {
        let mut promise = OnlyAfter::new("ship", "charge");
        promise.first.push("voucher".to_owned());
        let breach = promise
            .observe(&mut false, &Turn::Effect("ship".to_owned()))
            .unwrap_err();
        assert_eq!(
            breach.says(),
            "`ship` took effect without `charge` or `voucher` before it"
        );
        let unseen = promise.unseen(&[]).unwrap();
        assert_eq!(
            unseen.iter().map(|(name, _)| name).collect::<Vec<_>>(),
            ["charge", "voucher"]
        );
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |first: Option<&str>| {
            let mut fields = vec![
                ("effect".to_owned(), Value::from("ship")),
                ("per".to_owned(), Value::from("order")),
            ];
            fields.extend(first.map(|first| ("first".to_owned(), Value::from(first))));
            (ENTRY.build)(&mut Parameters::new(fields)).map_err(|fault| fault.to_string())
        };
        assert!(built(Some("charge")).is_ok());
        assert_eq!(built(None).unwrap_err(), "`first` is required");
        assert_eq!(
            built(Some("ship")).unwrap_err(),
            "`first` must not name `ship`, which `effect` names"
        );
    }
}
