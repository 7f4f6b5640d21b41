//! Not lost: what was acknowledged is in everything that is read afterwards.
//!
//! # What it says
//! "An order that we confirmed is in every list." In every world and for
//! each key: each `seen-in` behind an `acknowledged` with this key shows
//! the key in its list, unless an `unless` with this key came between. A
//! list that shows more breaks nothing. Judged are the keys that were
//! acknowledged.
//!
//! ```toml
//! [[promise]]
//! name = "no confirmed order is lost"
//! kind = "not-lost"
//! acknowledged = "confirm"    # a name, or a list: any of them counts
//! seen-in = "list"            # a name, or a list: each must show it
//! field = "orders"            # where its list stands
//! per = "order"               # a path, or a list: a compound key
//! unless = "delete"           # optional: a name, or a list
//! ```
//! In Rust: `NotLost::new("confirm", "list", "orders").per("order")
//! .unless("delete")`.
//!
//! An element of the list shows a key where it is the key (of a compound
//! one: the list of its parts), or an object that has the key at the paths
//! of `per`. A read whose answer nobody saw says nothing.
//!
//! # Why systems break it
//! The answer is sent before the write is safe: it is in the memory of one
//! machine, or on one replica that is then voted out. Two writers read the
//! same list, each adds its own, and the second overwrites the first. A
//! cache, an index or a replica answers that has not heard of it yet.
//!
//! # A history that breaks it
//! ```text
//! {"process": "web", "type": "fact", "f": "confirm",
//!  "value": {"order": 1}}
//! {"process": "web", "type": "fact", "f": "list",
//!  "value": {"orders": []}}
//! ```
//! With the list read by another participant it is undecided: nothing says
//! that it was read afterwards. With a `delete` of order 1 that nothing
//! orders against the list it is undecided as well.
//!
//! # How to repair such a system
//! Acknowledge only what as many replicas have stored as must agree before
//! one of them may lead. Add to a list with an operation that adds, or
//! write it back only where nobody changed it. Read where the write was
//! made, or send along what the reader must have seen.
//!
//! # Source
//! Terry et al., "Session Guarantees for Weakly Consistent Replicated
//! Data", PDIS 1994; the set workload of Kingsbury's Jepsen, which counts
//! acknowledged elements as lost, stale or never read.

use std::sync::Arc;

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "not-lost",
    page: include_str!("not_lost.rs"),
    build: |parameters| {
        let promise = NotLost {
            acknowledged: parameters.required_names("acknowledged")?,
            seen_in: parameters.required_names("seen-in")?,
            field: parameters.text("field")?,
            per: parameters.required_names("per")?,
            unless: parameters.names("unless")?,
        };
        let fault = |name: &str, both: &str, other: &str| ParameterFault {
            name: name.to_owned(),
            says: format!("must not name `{both}`, which `{other}` names"),
        };
        for name in &promise.acknowledged {
            if promise.seen_in.contains(name) {
                return Err(fault("seen-in", name, "acknowledged"));
            }
            if promise.unless.contains(name) {
                return Err(fault("unless", name, "acknowledged"));
            }
        }
        match promise
            .unless
            .iter()
            .find(|name| promise.seen_in.contains(name))
        {
            Some(both) => Err(fault("unless", both, "seen-in")),
            None => Ok(AnyPromise::of(promise)),
        }
    },
};

/// What was acknowledged is in everything that is read afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotLost {
    /// The names of what acknowledges a key.
    pub acknowledged: Vec<String>,
    /// The names of what must show it.
    pub seen_in: Vec<String>,
    /// The path of the list in what must show it.
    pub field: String,
    /// The paths that make the key.
    pub per: Vec<String>,
    /// The names of what makes it go away.
    pub unless: Vec<String>,
}

impl NotLost {
    /// Promises that what was acknowledged is in the list at `field` of each `seen_in`.
    #[must_use]
    pub fn new(
        acknowledged: impl Into<String>,
        seen_in: impl Into<String>,
        field: impl Into<String>,
    ) -> Self {
        Self {
            acknowledged: vec![acknowledged.into()],
            seen_in: vec![seen_in.into()],
            field: field.into(),
            per: Vec::new(),
            unless: Vec::new(),
        }
    }

    /// Takes the value at this path as the key, or as a part of it.
    #[must_use]
    pub fn per(mut self, path: impl Into<String>) -> Self {
        self.per.push(path.into());
        self
    }

    /// Lets this effect make it go away (too).
    #[must_use]
    pub fn unless(mut self, effect: impl Into<String>) -> Self {
        self.unless.push(effect.into());
        self
    }

    /// The key of an effect, as an element of a list shows it.
    fn key(&self, effect: &Effect<'_>) -> Result<Value, Misfit> {
        let parts = self.per.iter().map(|path| {
            let part = effect.at(path);
            part.ok_or_else(|| Misfit::absent(path))
        });
        Ok(one_or_list(parts.collect::<Result<Vec<Value>, Misfit>>()?))
    }

    /// The keys that a list shows, in their order; `None` where nobody saw the answer.
    fn shown(&self, effect: &Effect<'_>) -> Result<Option<Arc<[Value]>>, Misfit> {
        if is_unanswered(effect) {
            return Ok(None);
        }
        let list = match effect.at(&self.field) {
            None | Some(Value::Null) => return Err(Misfit::absent(&self.field)),
            Some(list) => list,
        };
        let Value::Array(elements) = &list else {
            let field = &self.field;
            return Err(Misfit::new(format!(
                "its `{field}` must be a list, and is {list}"
            )));
        };
        let mut keys: Vec<Value> = elements.to_vec();
        for element in elements.iter() {
            let parts = self.per.iter().map(|path| at_path(element, path).cloned());
            keys.extend(parts.collect::<Option<Vec<Value>>>().map(one_or_list));
        }
        keys.sort_unstable();
        keys.dedup();
        Ok(Some(keys.into()))
    }
}

fn one_or_list(mut parts: Vec<Value>) -> Value {
    match parts.len() {
        1 => parts.remove(0),
        _ => Value::from(parts),
    }
}

/// The value at a dotted path of object keys.
fn at_path<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |at, step| at.get(step))
}

/// Whether this is an operation whose answer nobody saw.
fn is_unanswered(effect: &Effect<'_>) -> bool {
    let history = effect.history();
    let operation = history.event(effect.first_event()).op;
    operation.is_some_and(|operation| {
        let completion = history.operation(operation).completion;
        completion.is_none_or(|end| history.event(end).kind.as_str() != "ok")
    })
}

fn any_of(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}

/// Which part an effect plays.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Sight {
    /// This key is acknowledged.
    Acknowledged(Value),
    /// The effect of this name shows these keys, in their order.
    Shown(Arc<str>, Arc<[Value]>),
    /// It may go away.
    Unless,
}

impl Promise for NotLost {
    type Fact = Sight;
    /// The key that must be shown, where it must.
    type State = Option<Value>;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self
            .acknowledged
            .iter()
            .chain(&self.seen_in)
            .chain(&self.unless);
        Some(names.map(String::as_str).collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Sight)>, Misfit> {
        let is_named = |names: &[String]| names.iter().any(|name| name == effect.name());
        if is_named(&self.acknowledged) {
            let key = self.key(effect)?;
            return Ok(Some((effect.scope(&self.per)?, Sight::Acknowledged(key))));
        }
        if is_named(&self.unless) {
            return Ok(Some((effect.scope(&self.per)?, Sight::Unless)));
        }
        if is_named(&self.seen_in) {
            let shown = self.shown(effect)?;
            let sight = shown.map(|keys| Sight::Shown(effect.name().into(), keys));
            return Ok(sight.map(|sight| (Scope::every(), sight)));
        }
        Ok(None)
    }

    fn observe(&self, expected: &mut Option<Value>, sight: &Sight) -> Result<(), Breach> {
        match (sight, &expected) {
            (Sight::Acknowledged(key), _) => *expected = Some(key.clone()),
            (Sight::Unless, _) => *expected = None,
            (Sight::Shown(name, keys), Some(key)) if keys.binary_search(key).is_err() => {
                let acknowledged = any_of(&self.acknowledged);
                return Err(Breach::new(format!(
                    "`{name}` did not show what {acknowledged} had acknowledged"
                )));
            }
            (Sight::Shown(..), _) => {}
        }
        Ok(())
    }

    /// What nobody acknowledged is not judged.
    fn concerns(&self, sight: &Sight) -> bool {
        matches!(sight, Sight::Acknowledged(_))
    }

    /// A record may hide why a list no longer shows something. The promise is judged for what somebody saw
    /// acknowledged, in the lists that somebody saw.
    fn unseen(&self, _sights: &[Sight]) -> Option<Vec<(String, Sight)>> {
        Some(
            self.unless
                .iter()
                .map(|name| (name.clone(), Sight::Unless))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acknowledged() -> Sight {
        Sight::Acknowledged(Value::from(1))
    }

    fn list(keys: &[i64]) -> Sight {
        let keys: Vec<Value> = keys.iter().map(|key| Value::from(*key)).collect();
        Sight::Shown("list".into(), keys.into())
    }

    #[test]
    fn what_was_acknowledged_stays_until_it_may_go() {
        use Sight::Unless;
        let promise = NotLost::new("confirm", "list", "orders").per("order");
        let lost = Some("`list` did not show what `confirm` had acknowledged");
        let table: [(&[Sight], Option<&str>); 8] = [
            (&[list(&[])], None),
            (&[acknowledged()], None),
            (&[list(&[]), acknowledged(), list(&[0, 1])], None),
            (&[acknowledged(), list(&[])], lost),
            (&[acknowledged(), list(&[1]), list(&[0, 2])], lost),
            (&[acknowledged(), Unless, list(&[])], None),
            (&[acknowledged(), Unless, list(&[1])], None),
            (&[Unless, acknowledged(), list(&[])], lost),
        ];
        for (sights, expected) in table {
            let mut state = None;
            let breach = sights
                .iter()
                .find_map(|sight| promise.observe(&mut state, sight).err());
            assert_eq!(breach.as_ref().map(Breach::says), expected, "{sights:?}");
        }
    }

    #[test]
    fn only_what_makes_it_go_away_may_be_hidden() {
        let promise = NotLost::new("confirm", "list", "orders");
        assert!(promise.unseen(&[acknowledged()]).unwrap().is_empty());
        let unseen = promise.unless("delete").unseen(&[acknowledged()]).unwrap();
        assert_eq!(unseen, [("delete".to_owned(), Sight::Unless)]);
    }

    #[test]
    fn elements_may_be_keys_or_have_them() {
        let parse = |text: &str| -> Value { serde_json::from_str(text).unwrap() };
        let order = parse(r#"{"order": {"id": 7}, "total": 3}"#);
        assert_eq!(at_path(&order, "order.id"), Some(&Value::from(7)));
        assert_eq!(at_path(&order, "order.name"), None);
        assert_eq!(at_path(&Value::from(7), "order"), None);
        let parts = vec![Value::from(7)];
        assert_eq!(one_or_list(parts), Value::from(7));
        assert_eq!(one_or_list(vec![7.into(), 8.into()]), parse("[7, 8]"));
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |more: &[(&str, &str)]| {
            let fields = [
                ("acknowledged", "confirm"),
                ("field", "orders"),
                ("per", "order"),
            ];
            let fields = fields.iter().chain(more);
            let mut parameters = Parameters::new(
                fields.map(|(name, value)| ((*name).to_owned(), Value::from(*value))),
            );
            let built = (ENTRY.build)(&mut parameters).map_err(|fault| fault.to_string());
            built.map(|_| parameters.leftover().0.join(" "))
        };
        assert_eq!(built(&[("seen-in", "list")]).unwrap(), "");
        assert_eq!(
            built(&[("seen-in", "list"), ("unless", "delete")]).unwrap(),
            ""
        );
        assert_eq!(built(&[]).unwrap_err(), "`seen-in` is required");
        assert_eq!(
            built(&[("seen-in", "confirm")]).unwrap_err(),
            "`seen-in` must not name `confirm`, which `acknowledged` names"
        );
        assert_eq!(
            built(&[("seen-in", "list"), ("unless", "list")]).unwrap_err(),
            "`unless` must not name `list`, which `seen-in` names"
        );
    }
}
