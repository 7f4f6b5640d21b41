//! At most once: for each key, an effect takes place no more than once (or `times`).
//!
//! # What it says
//! "Each order is charged at most once." In every world: for each key, the
//! number of effects with that key is at most `times`; effects that are
//! equal in `recognised-by` count as one.
//!
//! ```toml
//! [[promise]]
//! name = "charge at most once"
//! kind = "at-most-once"
//! effect = "charge"           # a name, or a list: any of them counts
//! per = "order"               # a path, or a list: a compound key
//! times = 1                   # the default
//! recognised-by = "key"       # optional: a repeat of one key is no
//!                             # second charge
//! ```
//! In Rust: `AtMostOnce::new("charge").per("order").recognised_by("key")`.
//!
//! # Why systems break it
//! An answer is lost, and the caller cannot tell a lost request from a
//! lost answer: whoever tries again may do the thing twice, whoever does
//! not may leave it undone. A queue that redelivers, a worker that is
//! started twice and a user who presses the button again do the same.
//! Without an identity that survives the retry, the owner cannot know a
//! repeat from a new wish.
//!
//! # A history that breaks it
//! ```text
//! {"process": "shop",    "type": "invoke", "f": "authorize",
//!  "value": {"order": 781}, "id": "try-1"}
//! {"process": "payment", "type": "fact",   "f": "charge",
//!  "value": {"order": 781, "key": "k1"}}
//! {"process": "shop",    "type": "info",   "f": "authorize",
//!  "id": "try-1", "error": "timed out"}
//! {"process": "payment", "type": "fact",   "f": "charge",
//!  "value": {"order": 781, "key": "k2"}}
//! ```
//! With one key on both charges and `recognised-by = "key"` it is kept.
//! With the second charge an operation whose outcome is unknown it is
//! undecided: only payment can say whether it took effect.
//!
//! # How to repair such a system
//! Make the identity (an idempotency key) once for each wish, before the
//! first try, and send the same one on every retry. Let the owner of the
//! effect record key and effect in one transaction, and answer a repeat
//! from that record. Before trying again without a key, ask what became
//! of the first try.
//!
//! # Source
//! Birrell and Nelson, "Implementing Remote Procedure Calls", ACM TOCS
//! 1984, on what a caller knows of a call whose answer never came; RFC
//! 9110, section 9.2.2, on idempotent requests and when to repeat them.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "at-most-once",
    page: include_str!("at_most_once.rs"),
    build: |parameters| {
        let times = parameters.whole("times", 1)?.unwrap_or(1);
        Ok(AnyPromise::of(AtMostOnce {
            effect: parameters.required_names("effect")?,
            per: parameters.required_names("per")?,
            times: u32::try_from(times).unwrap_or(u32::MAX),
            recognised_by: parameters.names("recognised-by")?,
        }))
    },
};

/// For each key, an effect takes place at most so many times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtMostOnce {
    /// The names of the effect; any of them counts.
    pub effect: Vec<String>,
    /// The paths that make the key; none: the whole history is one scope.
    pub per: Vec<String>,
    /// How many times it may take place.
    pub times: u32,
    /// The paths in which repeats that count once are equal; none: each counts.
    pub recognised_by: Vec<String>,
}

impl AtMostOnce {
    /// Promises that an effect takes place at most once in the whole history.
    #[must_use]
    pub fn new(effect: impl Into<String>) -> Self {
        Self {
            effect: vec![effect.into()],
            per: Vec::new(),
            times: 1,
            recognised_by: Vec::new(),
        }
    }

    /// Counts another effect too.
    #[must_use]
    pub fn or(mut self, effect: impl Into<String>) -> Self {
        self.effect.push(effect.into());
        self
    }

    /// Counts apart for each value at this path (too).
    #[must_use]
    pub fn per(mut self, path: impl Into<String>) -> Self {
        self.per.push(path.into());
        self
    }

    /// Allows so many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Counts effects once that are equal at this path (too).
    #[must_use]
    pub fn recognised_by(mut self, path: impl Into<String>) -> Self {
        self.recognised_by.push(path.into());
        self
    }

    fn breach(&self) -> Breach {
        let effect = any_of(&self.effect);
        let different = match &*self.recognised_by {
            [] => String::new(),
            paths => format!(" with different {}", all_of(paths)),
        };
        Breach::new(if self.times == 1 {
            format!("{effect} took effect twice{different}")
        } else {
            let count = u64::from(self.times) + 1;
            let times = self.times;
            format!("{effect} took effect {count} times{different}, more than the {times} allowed")
        })
    }
}

fn quoted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}

fn any_of(names: &[String]) -> String {
    quoted(names).join(" or ")
}

fn all_of(names: &[String]) -> String {
    quoted(names).join(" and ")
}

/// One effect, as far as it can be told from others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Occurrence {
    /// It is like no other.
    Fresh,
    /// A repeat has the same identity.
    Of(Value),
}

/// What has taken place for one key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AtMostOnceState {
    /// How many that are like no other.
    fresh: u32,
    /// The identities of all others, in their order.
    identities: Vec<Value>,
}

impl Promise for AtMostOnce {
    type Fact = Occurrence;
    type State = AtMostOnceState;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.effect.iter();
        Some(names.map(String::as_str).collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Occurrence)>, Misfit> {
        if !self.effect.iter().any(|name| name == effect.name()) {
            return Ok(None);
        }
        let scope = effect.scope(&self.per)?;
        if self.recognised_by.is_empty() {
            return Ok(Some((scope, Occurrence::Fresh)));
        }
        // A null identifies nothing: taken for an identity, it would make one of two strangers.
        let value_at = |path: &String| {
            let value = effect.at(path).filter(|value| !value.is_null());
            value.ok_or_else(|| Misfit::absent(path))
        };
        let identity = match &*self.recognised_by {
            [path] => value_at(path)?,
            paths => {
                let values: Result<Vec<Value>, Misfit> = paths.iter().map(value_at).collect();
                Value::from(values?)
            }
        };
        Ok(Some((scope, Occurrence::Of(identity))))
    }

    /// The state stays small: it never holds more than `times`, because one more is the breach.
    fn observe(&self, state: &mut AtMostOnceState, fact: &Occurrence) -> Result<(), Breach> {
        let place = match fact {
            Occurrence::Fresh => None,
            Occurrence::Of(identity) => match state.identities.binary_search(identity) {
                Ok(_) => return Ok(()),
                Err(place) => Some((place, identity)),
            },
        };
        if u64::from(state.fresh) + state.identities.len() as u64 >= u64::from(self.times) {
            return Err(self.breach());
        }
        match place {
            None => state.fresh += 1,
            Some((place, identity)) => state.identities.insert(place, identity.clone()),
        }
        Ok(())
    }

    /// An unseen repeat of an identity counts nothing more, or as much as an unseen stranger.
    fn unseen(&self, _facts: &[Occurrence]) -> Option<Vec<(String, Occurrence)>> {
        Some(
            self.effect
                .iter()
                .map(|name| (name.clone(), Occurrence::Fresh))
                .collect(),
        )
    }

    fn class(&self) -> Option<Class> {
        Some(Class::AtMost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Occurrence::{Fresh, Of};

    fn count(promise: &AtMostOnce, facts: &[Occurrence]) -> Result<AtMostOnceState, String> {
        let mut state = AtMostOnceState::default();
        for fact in facts {
            promise
                .observe(&mut state, fact)
                .map_err(|breach| breach.says().to_owned())?;
        }
        Ok(state)
    }

    #[test]
    fn the_count_ends_at_what_is_allowed() {
        let charge = AtMostOnce::new("charge").per("order");
        let keyed = charge.clone().recognised_by("key");
        let key = |key: &str| Of(Value::from(key));
        let twice = charge.clone().times(2);
        let table: [(&AtMostOnce, &[Occurrence], Option<&str>); 11] = [
            (&charge, &[], None),
            (&charge, &[Fresh], None),
            (&charge, &[Fresh, Fresh], Some("`charge` took effect twice")),
            (&keyed, &[key("k1"), key("k1"), key("k1")], None),
            (
                &keyed,
                &[key("k1"), key("k2")],
                Some("`charge` took effect twice with different `key`"),
            ),
            (
                &keyed,
                &[key("k1"), Fresh],
                Some("`charge` took effect twice with different `key`"),
            ),
            (
                &keyed,
                &[Fresh, key("k1")],
                Some("`charge` took effect twice with different `key`"),
            ),
            (&twice, &[Fresh, Fresh], None),
            (
                &twice,
                &[Fresh, Fresh, Fresh],
                Some("`charge` took effect 3 times, more than the 2 allowed"),
            ),
            (&twice, &[key("k1"), Fresh, key("k1")], None),
            (
                &charge.clone().or("capture"),
                &[Fresh, Fresh],
                Some("`charge` or `capture` took effect twice"),
            ),
        ];
        for (promise, facts, expected) in table {
            assert_eq!(
                count(promise, facts).err().as_deref(),
                expected,
                "{facts:?}"
            );
        }
    }

    #[test]
    fn the_state_does_not_tell_in_which_order_it_came_about() {
        let promise = AtMostOnce::new("charge").times(3).recognised_by("key");
        let (one, two) = (Of(Value::from("k1")), Of(Value::from("k2")));
        let state = count(&promise, &[one.clone(), two.clone(), Fresh]);
        assert_eq!(state, count(&promise, &[Fresh, two, one.clone(), one]));
    }

    #[test]
    fn an_unseen_effect_is_like_no_other() {
        let promise = AtMostOnce::new("charge").or("capture").recognised_by("key");
        let unseen = promise.unseen(&[Of(Value::from("k1"))]).unwrap();
        assert_eq!(
            unseen,
            [("charge".to_owned(), Fresh), ("capture".to_owned(), Fresh)]
        );
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let fields = |fields: &[(&str, Value)]| {
            Parameters::new(
                fields
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone())),
            )
        };
        let mut whole = fields(&[
            ("effect", Value::from("charge")),
            (
                "per",
                Value::from(vec![Value::from("order"), Value::from("shop")]),
            ),
            ("times", Value::from(2)),
            ("recognised-by", Value::from("key")),
        ]);
        assert!((ENTRY.build)(&mut whole).is_ok());
        assert!(whole.leftover().0.is_empty());
        let mut no_key = fields(&[("effect", Value::from("charge"))]);
        let fault = (ENTRY.build)(&mut no_key).unwrap_err();
        assert_eq!(fault.to_string(), "`per` is required");
        let mut never = fields(&[("effect", Value::from("charge")), ("times", Value::from(0))]);
        let fault = (ENTRY.build)(&mut never).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "`times` must be a whole number of at least 1, and is 0"
        );
    }
}
