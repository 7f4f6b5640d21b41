//! Exclusive: at no moment do more than `capacity` holders hold a resource.
//!
//! # What it says
//! "No seat is held by two carts at once." In every world, at every moment
//! and for each resource: at most `capacity` holders have acquired it and
//! not released it since. A holder that acquires what it holds changes
//! nothing, and neither does the release of what is not held.
//!
//! ```toml
//! [[promise]]
//! name = "no double seat hold"
//! kind = "exclusive"
//! resource = "seat"           # a path, or a list: a compound key
//! held-by = "cart"            # optional, see below
//! acquire = "hold"            # a name, or a list: any of them counts
//! release = ["release", "expire"]
//! capacity = 1                # the default
//! expires = "lease"           # optional, see below
//! ```
//! In Rust: `Exclusive::new("seat", "hold", "release").held_by("cart")`.
//!
//! Without `held-by`, each `acquire` is a holder of its own, and a
//! `release` frees one of them.
//!
//! `expires` is the path of a length of time (`"30s"`, or nanoseconds) in
//! the `acquire`: so long after it the hold ends by itself. An `acquire`
//! without it holds until the release; one by the holder itself begins a new
//! term. By the `time` of the lines: exactly by one clock, between two as
//! far as `clock-error` says that they agree. Another holder's `acquire` is
//! fine where it is surely no earlier than the end, breaks the promise
//! where it is surely earlier, and leaves it undecided otherwise.
//!
//! # Why systems break it
//! Two regions sell from their own copy and hear of each other too late. A
//! lock service gives a lock away while its old holder is only slow, not
//! dead. A hold is checked and then taken in two steps, and two callers
//! both pass the check. A hold whose answer was lost is given up by the
//! caller and kept by the owner.
//!
//! # A history that breaks it
//! ```text
//! {"process": "eu", "type": "fact", "f": "hold",
//!  "value": {"seat": "A12", "cart": 91}}
//! {"process": "eu", "type": "send",    "msg": "replicate"}
//! {"process": "us", "type": "receive", "msg": "replicate"}
//! {"process": "us", "type": "fact", "f": "hold",
//!  "value": {"seat": "A12", "cart": 17}}
//! ```
//! With a `release` by cart 91 before the message it is kept. With that
//! release and no message it is undecided: nobody knows which came first.
//! Two holds that nobody ever releases need no message: whichever came
//! first, both hold in the end.
//!
//! # How to repair such a system
//! Give each resource one owner that decides alone, or decide by consensus.
//! Take a hold in one conditional write, never in "look, then take". Let a
//! hold end at its owner, by release or by expiry, before the next begins;
//! and give each hold a growing token, so that a late holder can be turned
//! away (`testimony explain fenced-lock`).
//!
//! # Source
//! Mutual exclusion: Dijkstra, "Solution of a problem in concurrent
//! programming control", CACM 1965. Holds that end by themselves: Gray and
//! Cheriton, "Leases: an efficient fault-tolerant mechanism for distributed
//! file cache consistency", SOSP 1989.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "exclusive",
    page: include_str!("exclusive.rs"),
    build: |parameters| {
        let capacity = parameters.whole("capacity", 1)?.unwrap_or(1);
        let promise = Exclusive {
            resource: parameters.required_names("resource")?,
            held_by: parameters.names("held-by")?,
            acquire: parameters.required_names("acquire")?,
            release: parameters.required_names("release")?,
            capacity: u32::try_from(capacity).unwrap_or(u32::MAX),
            expires: match parameters.value("expires") {
                None => None,
                Some(path) => Some(path_of(&path)?),
            },
            open: Open::Missed,
        };
        if promise.expires.is_some() && promise.held_by.is_empty() {
            return Err(ParameterFault {
                name: "expires".to_owned(),
                says: "needs `held-by`: it says whose hold a release ends".to_owned(),
            });
        }
        match promise
            .acquire
            .iter()
            .find(|name| promise.release.contains(name))
        {
            None => Ok(AnyPromise::of(promise)),
            Some(both) => Err(ParameterFault {
                name: "release".to_owned(),
                says: format!("must not name `{both}`, which `acquire` names"),
            }),
        }
    },
};

fn path_of(value: &Value) -> Result<String, ParameterFault> {
    let path = value.as_str().map(str::to_owned);
    path.ok_or_else(|| ParameterFault {
        name: "expires".to_owned(),
        says: format!("must be a path, and is {value}"),
    })
}

/// At no moment do more than so many holders hold a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusive {
    /// The paths that name the resource; none: the whole history speaks of one.
    pub resource: Vec<String>,
    /// The paths that name the holder; none: each acquire is a holder of its own.
    pub held_by: Vec<String>,
    /// The names of what takes the resource.
    pub acquire: Vec<String>,
    /// The names of what gives it back.
    pub release: Vec<String>,
    /// How many may hold it at once.
    pub capacity: u32,
    /// The path at which an acquire says how long it holds; where it says nothing, until the release.
    pub expires: Option<String>,
    /// How a time counts that the clocks leave open.
    pub open: Open,
}

impl Exclusive {
    /// Promises that a resource is held once at most, between `acquire` and `release`.
    #[must_use]
    pub fn new(
        resource: impl Into<String>,
        acquire: impl Into<String>,
        release: impl Into<String>,
    ) -> Self {
        Self {
            resource: vec![resource.into()],
            held_by: Vec::new(),
            acquire: vec![acquire.into()],
            release: vec![release.into()],
            capacity: 1,
            expires: None,
            open: Open::Missed,
        }
    }

    /// Ends a hold by itself, so long after its acquire as that says at this path. Holders need names
    /// ([`held_by`](Self::held_by)).
    #[must_use]
    pub fn expires(mut self, path: impl Into<String>) -> Self {
        self.expires = Some(path.into());
        self
    }

    /// Tells holders apart by the value at this path (too).
    #[must_use]
    pub fn held_by(mut self, path: impl Into<String>) -> Self {
        self.held_by.push(path.into());
        self
    }

    /// Ends a hold by this effect too.
    #[must_use]
    pub fn or_release(mut self, release: impl Into<String>) -> Self {
        self.release.push(release.into());
        self
    }

    /// Allows so many holders at once.
    #[must_use]
    pub fn capacity(mut self, capacity: u32) -> Self {
        self.capacity = capacity;
        self
    }

    fn holder(&self, effect: &Effect<'_>) -> Result<Option<Value>, Misfit> {
        // A null names nobody: taken for a name, it would make one holder of two.
        let parts = self.held_by.iter().map(|path| {
            effect
                .at(path)
                .filter(|value| !value.is_null())
                .ok_or_else(|| Misfit::absent(path))
        });
        let parts = parts.collect::<Result<Vec<Value>, Misfit>>()?;
        Ok(match parts.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            _ => Some(Value::from(parts)),
        })
    }

    fn term(&self, effect: &Effect<'_>) -> Result<Option<Box<Term>>, Misfit> {
        let Some(path) = &self.expires else {
            return Ok(None);
        };
        Ok(Some(Box::new(Term {
            since: effect.when(),
            lasts: effect.duration_at(path)?,
        })))
    }

    /// Who else holds it when somebody takes it at `now`.
    fn others<'s>(
        &self,
        state: &'s ExclusiveState,
        newcomer: Option<&Value>,
        now: &When,
    ) -> Vec<&'s Value> {
        let holders = state.holders.iter();
        let others = holders.filter(|(holder, term)| {
            let has_ended = term
                .as_ref()
                .is_some_and(|term| term.has_ended(now, self.open));
            Some(holder) != newcomer && !has_ended
        });
        others.map(|(holder, _)| holder).collect()
    }

    fn take(
        &self,
        state: &mut ExclusiveState,
        holder: &Value,
        term: Option<&Term>,
    ) -> Result<(), Breach> {
        let now = term.map_or_else(When::unknown, |term| term.since);
        let others = self.others(state, Some(holder), &now);
        if others.len() as u64 + u64::from(state.strangers) >= u64::from(self.capacity) {
            return Err(self.breach(&others, state.strangers, Some(holder)));
        }
        // What has surely ended stays so.
        state.holders.retain(|(_, term)| {
            let term = term.as_ref();
            !term.is_some_and(|term| term.has_ended(&now, Open::Missed))
        });
        let taken = (holder.clone(), term.copied());
        match state.place(holder) {
            Ok(place) => state.holders[place] = taken,
            Err(place) => state.holders.insert(place, taken),
        }
        Ok(())
    }

    /// Who holds it at once, in an order that does not depend on who came first.
    fn breach(&self, holders: &[&Value], strangers: u32, newcomer: Option<&Value>) -> Breach {
        let mut named: Vec<&Value> = holders.iter().copied().chain(newcomer).collect();
        named.sort_unstable();
        let mut holders: Vec<String> = named.into_iter().map(plain).collect();
        let strangers = strangers + u32::from(newcomer.is_none());
        let says = if holders.is_empty() {
            match strangers {
                2 => "held twice at once".to_owned(),
                _ => format!("held {strangers} times at once"),
            }
        } else {
            match strangers {
                0 => {}
                1 => holders.push("somebody whom no line shows".to_owned()),
                _ => holders.push(format!("{strangers} whom no line shows")),
            }
            let last = holders.pop().unwrap_or_default();
            format!("held by {} and {last} at once", holders.join(", "))
        };
        Breach::new(match self.capacity {
            1 => says,
            capacity => format!("{says}, more than the {capacity} allowed"),
        })
    }
}

fn plain(holder: &Value) -> String {
    holder
        .as_str()
        .map_or_else(|| holder.to_string(), str::to_owned)
}

/// What happens to a resource, and by whom; `None`: by a holder like no other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Hold {
    /// It is taken; since when and for how long, where holds end by themselves.
    Acquire(Option<Value>, Option<Box<Term>>),
    /// It is given back.
    Release(Option<Value>),
}

/// Since when somebody holds a resource, and for how long; `None`: until the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    since: When,
    lasts: Option<Duration>,
}

impl Term {
    fn has_ended(&self, now: &When, open: Open) -> bool {
        let elapsed = self.since.until(now);
        self.lasts
            .is_some_and(|lasts| elapsed.is_at_least(lasts, open))
    }
}

/// Who holds a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ExclusiveState {
    /// The holders that have a name, in their order, each with its last term.
    holders: Vec<(Value, Option<Term>)>,
    /// How many others.
    strangers: u32,
}

impl ExclusiveState {
    fn place(&self, holder: &Value) -> Result<usize, usize> {
        self.holders
            .binary_search_by(|(known, _)| known.cmp(holder))
    }
}

impl Promise for Exclusive {
    type Fact = Hold;
    type State = ExclusiveState;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.acquire.iter().chain(&self.release);
        Some(names.map(String::as_str).collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Hold)>, Misfit> {
        let is_named = |names: &[String]| names.iter().any(|name| name == effect.name());
        let hold = if is_named(&self.acquire) {
            Hold::Acquire(self.holder(effect)?, self.term(effect)?)
        } else if is_named(&self.release) {
            Hold::Release(self.holder(effect)?)
        } else {
            return Ok(None);
        };
        Ok(Some((effect.scope(&self.resource)?, hold)))
    }

    /// The state stays small: without terms it never holds more than `capacity`, because one more is the breach.
    fn observe(&self, state: &mut ExclusiveState, hold: &Hold) -> Result<(), Breach> {
        match hold {
            Hold::Acquire(None, _) => {
                let others = self.others(state, None, &When::unknown());
                if others.len() as u64 + u64::from(state.strangers) >= u64::from(self.capacity) {
                    return Err(self.breach(&others, state.strangers, None));
                }
                state.strangers += 1;
            }
            Hold::Release(None) => state.strangers = state.strangers.saturating_sub(1),
            Hold::Acquire(Some(holder), term) => self.take(state, holder, term.as_deref())?,
            Hold::Release(Some(holder)) => {
                if let Ok(place) = state.place(holder) {
                    state.holders.remove(place);
                }
            }
        }
        Ok(())
    }

    fn lenient(&self) -> Option<Self> {
        self.expires.as_ref().map(|_| Self {
            open: Open::Met,
            ..self.clone()
        })
    }

    fn open_bounds(&self, world: &[&Hold]) -> Vec<OpenBound> {
        let mut held: Vec<(usize, &Value, &Term)> = Vec::new();
        let mut open = Vec::new();
        for (at, hold) in world.iter().enumerate() {
            let (Hold::Acquire(Some(holder), _) | Hold::Release(Some(holder))) = hold else {
                continue;
            };
            held.retain(|(_, other, _)| *other != holder);
            let Hold::Acquire(_, Some(term)) = hold else {
                continue;
            };
            open.extend(held.iter().filter_map(|(earlier, _, other)| {
                let has_ended = |open| other.has_ended(&term.since, open);
                let is_open = has_ended(Open::Met) && !has_ended(Open::Missed);
                Some(OpenBound {
                    earlier: *earlier,
                    later: Some(at),
                    bound: Bound::AtLeast(other.lasts.filter(|_| is_open)?),
                })
            }));
            held.push((at, holder, term));
        }
        open
    }

    /// Strangers, and everybody who is shown: whoever is not shown holds like any other stranger.
    fn unseen(&self, holds: &[Hold]) -> Option<Vec<(String, Hold)>> {
        let mut holders: Vec<Option<Value>> = vec![None];
        let shown = holds.iter().map(|hold| match hold {
            Hold::Acquire(holder, _) | Hold::Release(holder) => holder.clone(),
        });
        holders.extend(shown);
        holders.sort_unstable();
        holders.dedup();
        let acquired = |holder: &Option<Value>| {
            let hold = Hold::Acquire(holder.clone(), None);
            self.acquire
                .iter()
                .map(move |name| (name.clone(), hold.clone()))
        };
        let released = |holder: &Option<Value>| {
            let hold = Hold::Release(holder.clone());
            self.release
                .iter()
                .map(move |name| (name.clone(), hold.clone()))
        };
        let both = |holder| acquired(holder).chain(released(holder));
        Some(holders.iter().flat_map(both).collect())
    }

    fn class(&self) -> Option<Class> {
        let is_plain = self.capacity == 1 && self.expires.is_none();
        is_plain.then_some(Class::Exclusive)
    }

    fn part<'f>(&self, hold: &'f Hold) -> Option<Part<'f>> {
        Some(match hold {
            Hold::Acquire(holder, _) => Part::Takes(holder.as_ref()),
            Hold::Release(holder) => Part::Gives(holder.as_ref()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acquire(holder: &str) -> Hold {
        Hold::Acquire(Some(Value::from(holder)), None)
    }

    fn release(holder: &str) -> Hold {
        Hold::Release(Some(Value::from(holder)))
    }

    fn says(promise: &Exclusive, holds: &[Hold]) -> Option<String> {
        let mut state = ExclusiveState::default();
        let breach = holds
            .iter()
            .find_map(|hold| promise.observe(&mut state, hold).err());
        breach.map(|breach| breach.says().to_owned())
    }

    #[test]
    fn no_more_hold_it_than_may() {
        let seat = Exclusive::new("seat", "hold", "release").held_by("cart");
        let both = Some("held by ann and bob at once");
        let two = seat.clone().capacity(2);
        let table: [(&Exclusive, &[Hold], Option<&str>); 9] = [
            (
                &seat,
                &[acquire("ann"), release("ann"), acquire("bob")],
                None,
            ),
            (&seat, &[acquire("ann"), acquire("bob")], both),
            (&seat, &[acquire("bob"), acquire("ann")], both),
            (&seat, &[acquire("ann"), acquire("ann")], None),
            (
                &seat,
                &[
                    acquire("ann"),
                    acquire("ann"),
                    release("ann"),
                    acquire("bob"),
                ],
                None,
            ),
            (
                &seat,
                &[acquire("ann"), release("bob"), acquire("bob")],
                both,
            ),
            (&seat, &[release("ann"), acquire("bob")], None),
            (&two, &[acquire("ann"), acquire("bob")], None),
            (
                &two,
                &[acquire("ann"), acquire("cid"), acquire("bob")],
                Some("held by ann, bob and cid at once, more than the 2 allowed"),
            ),
        ];
        for (promise, holds, expected) in table {
            assert_eq!(says(promise, holds).as_deref(), expected, "{holds:?}");
        }
    }

    #[test]
    fn a_hold_that_may_have_ended_is_in_the_way_or_not() {
        let strict = Exclusive::new("seat", "hold", "release")
            .held_by("cart")
            .expires("lease");
        let lenient = strict.lenient().unwrap();
        let hold = |holder: &str, lasts: Option<u64>| {
            let term = Term {
                since: When::unknown(),
                lasts: lasts.map(Duration::from_secs),
            };
            Hold::Acquire(Some(Value::from(holder)), Some(Box::new(term)))
        };
        let world = [hold("ann", Some(30)), hold("bob", None)];
        let both = Some("held by ann and bob at once".to_owned());
        assert_eq!(says(&strict, &world), both);
        assert_eq!(says(&lenient, &world), None);
        let without_end = [hold("ann", None), hold("bob", Some(30))];
        assert_eq!(says(&lenient, &without_end), both);
        let open = strict.open_bounds(&[&world[0], &world[1]]);
        assert_eq!(
            open,
            [OpenBound {
                earlier: 0,
                later: Some(1),
                bound: Bound::AtLeast(Duration::from_secs(30)),
            }]
        );
        assert!(
            strict
                .open_bounds(&[&without_end[0], &without_end[1]])
                .is_empty()
        );
    }

    #[test]
    fn without_names_each_acquire_is_a_holder_of_its_own() {
        use Hold::{Acquire, Release};
        let seat = Exclusive::new("seat", "hold", "release");
        let (take, free) = (Acquire(None, None), Release(None));
        let table: [(u32, &[&Hold], Option<&str>); 6] = [
            (1, &[&take, &free, &take], None),
            (1, &[&free, &take], None),
            (1, &[&take, &take], Some("held twice at once")),
            (1, &[&free, &take, &take], Some("held twice at once")),
            (2, &[&take, &take, &free, &take], None),
            (
                2,
                &[&take, &take, &take],
                Some("held 3 times at once, more than the 2 allowed"),
            ),
        ];
        for (capacity, holds, expected) in table {
            let holds: Vec<Hold> = holds.iter().map(|hold| (*hold).clone()).collect();
            let promise = seat.clone().capacity(capacity);
            assert_eq!(says(&promise, &holds).as_deref(), expected, "{holds:?}");
        }
        let mixed = says(&seat, &[acquire("ann"), Acquire(None, None)]);
        assert_eq!(
            mixed.unwrap(),
            "held by ann and somebody whom no line shows at once"
        );
    }

    #[test]
    fn a_record_may_hide_strangers_and_what_its_own_holders_did() {
        let seat = Exclusive::new("seat", "hold", "release")
            .held_by("cart")
            .or_release("expire");
        let unseen = seat.unseen(&[acquire("ann"), release("ann")]).unwrap();
        let ann = Some(Value::from("ann"));
        let expected = [
            ("hold", Hold::Acquire(None, None)),
            ("release", Hold::Release(None)),
            ("expire", Hold::Release(None)),
            ("hold", Hold::Acquire(ann.clone(), None)),
            ("release", Hold::Release(ann.clone())),
            ("expire", Hold::Release(ann)),
        ];
        assert_eq!(unseen, expected.map(|(name, hold)| (name.to_owned(), hold)));
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |more: &[(&str, Value)]| {
            let mut fields = vec![
                ("resource".to_owned(), Value::from("seat")),
                ("acquire".to_owned(), Value::from("hold")),
            ];
            fields.extend(
                more.iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone())),
            );
            let mut parameters = Parameters::new(fields);
            let built = (ENTRY.build)(&mut parameters).map_err(|fault| fault.to_string());
            built.map(|_| parameters.leftover().0.join(" "))
        };
        let release = ("release", Value::from("release"));
        assert_eq!(built(std::slice::from_ref(&release)).unwrap(), "");
        assert_eq!(
            built(&[release.clone(), ("expires", Value::from("until"))]).unwrap_err(),
            "`expires` needs `held-by`: it says whose hold a release ends"
        );
        let lease = [
            release,
            ("held-by", Value::from("cart")),
            ("expires", Value::from("until")),
        ];
        assert_eq!(built(&lease).unwrap(), "");
        assert_eq!(built(&[]).unwrap_err(), "`release` is required");
        assert_eq!(
            built(&[("release", Value::from("hold"))]).unwrap_err(),
            "`release` must not name `hold`, which `acquire` names"
        );
    }
}
