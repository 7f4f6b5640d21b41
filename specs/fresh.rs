//! Fresh: no read is further behind the writes than so many versions.
//!
//! # What it says
//! "A profile is at most one version old when it is shown." In every world
//! and for each key: when a `read` takes place, at most `behind-at-most`
//! versions that are newer than the one it shows have been written. A
//! version that is written twice is one version. Judged are the keys that
//! somebody read.
//!
//! ```toml
//! [[promise]]
//! name = "profiles are fresh"
//! kind = "fresh"
//! read = "get"                # a name, or a list
//! write = "put"               # a name, or a list
//! per = "profile"             # a path, or a list: a compound key
//! version = "version"         # where the version stands: a whole number
//! behind-at-most = 1          # 0: only the newest will do
//! ```
//! In Rust: `Fresh::new("get", "put", "version").per("profile")
//! .behind_at_most(1)`.
//!
//! Instead of `behind-at-most`, a time may be given: "a profile is shown no
//! later than 30 s after a newer one was written". Then no read takes place
//! longer than `within` after the first write of a version newer than the
//! one it shows.
//! ```toml
//! within = "30s"
//! clock-error = "5ms"         # optional: in place of the file's own
//! ```
//! The `time` of the lines counts: exactly by one clock, between two as far
//! as `clock-error` says that they agree; what they leave open is
//! undecided. In Rust: `.within(Duration::from_secs(30))` and
//! `.clock_error(Duration::from_millis(5))`.
//!
//! A read that shows the version `null` found nothing: every version is
//! newer. A read whose answer nobody saw says nothing.
//!
//! # Why systems break it
//! A replica or a cache answers that has not been told of the last writes,
//! or was told and failed to apply them. What is cached is dropped after a
//! time, but the write is not what drops it. A reader that was moved to
//! another replica goes back in time.
//!
//! # A history that breaks it
//! ```text
//! {"process": "primary", "type": "fact", "f": "put",
//!  "value": {"profile": "ann", "version": 1}}
//! {"process": "primary", "type": "fact", "f": "put",
//!  "value": {"profile": "ann", "version": 2}}
//! {"process": "primary", "type": "fact", "f": "put",
//!  "value": {"profile": "ann", "version": 3}, "id": "last"}
//! {"process": "replica", "type": "fact", "f": "get",
//!  "value": {"profile": "ann", "version": 1}, "after": ["last"]}
//! ```
//! With an `after` that names the first write only, it is undecided: the
//! other two may have come later than the read.
//!
//! # How to repair such a system
//! Send the version that the reader must have along with the request, and
//! let a replica that does not have it wait or pass the request on. Drop
//! what is cached by the write, with its version, so that an old answer
//! cannot overwrite a newer one. Measure how far each replica is behind,
//! and take it out of service beyond the bound.
//!
//! # Source
//! Bounded staleness: Bailis et al., "Probabilistically Bounded Staleness
//! for Practical Partial Quorums", VLDB 2012; k-atomicity: Aiyer, Alvisi
//! and Bazzi, "On the Availability of Non-strict Quorum Systems", DISC
//! 2005.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "fresh",
    page: include_str!("fresh.rs"),
    build: |parameters| {
        let promise = Fresh {
            read: parameters.required_names("read")?,
            write: parameters.required_names("write")?,
            per: parameters.required_names("per")?,
            version: parameters.text("version")?,
            behind_at_most: 0,
            within: None,
            clock_error: None,
            open: Open::Missed,
        };
        let promise = bounded(promise, parameters)?;
        match promise
            .read
            .iter()
            .find(|name| promise.write.contains(name))
        {
            None => Ok(AnyPromise::of(promise)),
            Some(both) => Err(ParameterFault {
                name: "write".to_owned(),
                says: format!("must not name `{both}`, which `read` names"),
            }),
        }
    },
};

/// Takes the bound: versions or time.
fn bounded(promise: Fresh, parameters: &mut Parameters) -> Result<Fresh, ParameterFault> {
    let versions = parameters.whole("behind-at-most", 0)?;
    let within = parameters.duration("within")?;
    let clock_error = parameters.duration("clock-error")?;
    let fault = |name: &str, says: &str| {
        Err(ParameterFault {
            name: name.to_owned(),
            says: says.to_owned(),
        })
    };
    match (versions, within) {
        (None, None) => fault("behind-at-most", "or `within` is required"),
        (Some(_), Some(_)) => fault("within", "cannot stand beside `behind-at-most`"),
        (Some(_), None) if clock_error.is_some() => {
            fault("clock-error", "says nothing without `within`")
        }
        _ => Ok(Fresh {
            behind_at_most: u32::try_from(versions.unwrap_or(0)).unwrap_or(u32::MAX),
            within,
            clock_error,
            ..promise
        }),
    }
}

/// No read is further behind the writes than so many versions, or so much time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fresh {
    /// The names of what shows a version.
    pub read: Vec<String>,
    /// The names of what makes one.
    pub write: Vec<String>,
    /// The paths that make the key; none: the whole history is one scope.
    pub per: Vec<String>,
    /// The path of the version.
    pub version: String,
    /// How many newer versions there may be, where no time is given.
    pub behind_at_most: u32,
    /// For how long newer versions may be there.
    pub within: Option<Duration>,
    /// How far the clocks of participants may differ; `None`: as far as the configuration says.
    pub clock_error: Option<Duration>,
    /// How a time counts that the clocks leave open.
    pub open: Open,
}

impl Fresh {
    /// Promises that a `read` shows the newest version that a `write` made.
    #[must_use]
    pub fn new(
        read: impl Into<String>,
        write: impl Into<String>,
        version: impl Into<String>,
    ) -> Self {
        Self {
            read: vec![read.into()],
            write: vec![write.into()],
            per: Vec::new(),
            version: version.into(),
            behind_at_most: 0,
            within: None,
            clock_error: None,
            open: Open::Missed,
        }
    }

    /// Judges apart for each value at this path (too).
    #[must_use]
    pub fn per(mut self, path: impl Into<String>) -> Self {
        self.per.push(path.into());
        self
    }

    /// Allows so many newer versions.
    #[must_use]
    pub fn behind_at_most(mut self, versions: u32) -> Self {
        self.behind_at_most = versions;
        self
    }

    /// Allows any number of newer versions, for so long.
    #[must_use]
    pub fn within(mut self, within: Duration) -> Self {
        self.within = Some(within);
        self
    }

    /// Says how far the clocks of participants may differ.
    #[must_use]
    pub fn clock_error(mut self, error: Duration) -> Self {
        self.clock_error = Some(error);
        self
    }

    fn when(&self, effect: &Effect<'_>) -> Option<Box<When>> {
        self.within.map(|_| Box::new(effect.when()))
    }

    /// The version that an effect says; `None`: it says that there is none.
    fn version_of(&self, effect: &Effect<'_>) -> Result<Option<i64>, Misfit> {
        match effect.at(&self.version) {
            None => Err(Misfit::absent(&self.version)),
            Some(Value::Null) => Ok(None),
            Some(Value::Int(version)) => Ok(Some(version)),
            Some(other) => {
                let path = &self.version;
                let says = format!("its `{path}` must be a whole number, and is {other}");
                Err(Misfit::new(says))
            }
        }
    }
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

/// What an effect does with a version.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Versioned {
    /// It makes this version; when, where that matters.
    Written(i64, Option<Box<When>>),
    /// The effect of this name shows this version; `None`: nothing.
    Read(String, Option<i64>, Option<Box<When>>),
    /// So many that no line shows were made that every read is behind them.
    Flooded,
}

/// What has been written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FreshState {
    /// The newest versions, in their order: one more than a read may be behind. Older ones matter to no read.
    newest: Vec<i64>,
    is_flooded: bool,
    /// Where time counts: the versions written, and when; only those that some read could be behind the longest.
    written: Vec<(i64, When)>,
}

impl FreshState {
    fn add(&mut self, version: i64, when: When, open: Open) {
        let outdoes = |one: &(i64, When), other: &(i64, When)| {
            one.0 >= other.0 && one.1.is_stricter(&other.1, open)
        };
        let new = (version, when);
        if !self.written.iter().any(|known| outdoes(known, &new)) {
            self.written.retain(|known| !outdoes(&new, known));
            self.written.push(new);
            self.written.sort_unstable();
        }
    }
}

fn when_of(when: Option<&When>) -> When {
    when.copied().unwrap_or_default()
}

fn is_newer(written: i64, shown: Option<i64>) -> bool {
    shown.is_none_or(|shown| written > shown)
}

impl Promise for Fresh {
    type Fact = Versioned;
    type State = FreshState;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.read.iter().chain(&self.write);
        Some(names.map(String::as_str).collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Versioned)>, Misfit> {
        let is_named = |names: &[String]| names.iter().any(|name| name == effect.name());
        let fact = if is_named(&self.write) {
            // A write of no version says nothing of what it wrote.
            let version = self.version_of(effect)?;
            let version = version.ok_or_else(|| Misfit::absent(&self.version))?;
            Versioned::Written(version, self.when(effect))
        } else if is_named(&self.read) && !is_unanswered(effect) {
            let version = self.version_of(effect)?;
            Versioned::Read(effect.name().to_owned(), version, self.when(effect))
        } else {
            return Ok(None);
        };
        Ok(Some((effect.scope(&self.per)?, fact)))
    }

    fn observe(&self, state: &mut FreshState, fact: &Versioned) -> Result<(), Breach> {
        let kept = self.behind_at_most as usize + 1;
        match (fact, self.within) {
            (Versioned::Written(version, when), Some(_)) => {
                state.add(*version, when_of(when.as_deref()), self.open);
            }
            // What no line shows may have been written just now.
            (Versioned::Flooded, Some(_)) => state.is_flooded |= self.open == Open::Missed,
            (Versioned::Read(name, version, when), Some(within)) => {
                let read = when_of(when.as_deref());
                let is_late = |(written, when): &(i64, When)| {
                    is_newer(*written, *version) && !when.until(&read).is_at_most(within, self.open)
                };
                if state.is_flooded || state.written.iter().any(is_late) {
                    let shown = shown(*version);
                    return Err(Breach::new(format!(
                        "`{name}` showed {shown} more than {within:?} after a newer one was written"
                    )));
                }
            }
            (Versioned::Written(version, _), None) => {
                if let Err(place) = state.newest.binary_search(version) {
                    state.newest.insert(place, *version);
                }
                if state.newest.len() > kept {
                    state.newest.remove(0);
                }
            }
            (Versioned::Flooded, None) => state.is_flooded = true,
            (Versioned::Read(name, version, _), None) => {
                let is_newer = |written: &i64| is_newer(*written, *version);
                let is_behind =
                    state.newest.len() == kept && state.newest.first().is_some_and(is_newer);
                if state.is_flooded || is_behind {
                    return Err(Breach::new(says(name, *version, self.behind_at_most)));
                }
            }
        }
        Ok(())
    }

    fn clock_error(&self) -> Option<Duration> {
        self.clock_error
    }

    fn lenient(&self) -> Option<Self> {
        self.within.map(|_| Self {
            open: Open::Met,
            ..self.clone()
        })
    }

    fn open_bounds(&self, world: &[&Versioned]) -> Vec<OpenBound> {
        let Some(within) = self.within else {
            return Vec::new();
        };
        let mut open = Vec::new();
        for (at, fact) in world.iter().enumerate() {
            let Versioned::Read(_, version, read) = fact else {
                continue;
            };
            let read = when_of(read.as_deref());
            let before = world[..at].iter().enumerate();
            open.extend(before.filter_map(|(earlier, fact)| {
                let Versioned::Written(written, when) = fact else {
                    return None;
                };
                let elapsed = when_of(when.as_deref()).until(&read);
                let is_open =
                    is_newer(*written, *version) && !elapsed.is_at_most(within, Open::Missed);
                is_open.then_some(OpenBound {
                    earlier,
                    later: Some(at),
                    bound: Bound::AtMost(within),
                })
            }));
        }
        open
    }

    /// What nobody read is not judged.
    fn concerns(&self, fact: &Versioned) -> bool {
        matches!(fact, Versioned::Read(..))
    }

    /// A record may hide writes of any number of versions. Reads that it does not show are not judged.
    fn unseen(&self, _facts: &[Versioned]) -> Option<Vec<(String, Versioned)>> {
        Some(
            self.write
                .iter()
                .map(|name| (name.clone(), Versioned::Flooded))
                .collect(),
        )
    }
}

fn shown(version: Option<i64>) -> String {
    match version {
        Some(version) => format!("version {version}"),
        None => "no version".to_owned(),
    }
}

fn says(name: &str, version: Option<i64>, behind_at_most: u32) -> String {
    let shown = shown(version);
    match behind_at_most {
        0 => format!("`{name}` showed {shown} after a newer one was written"),
        1 => format!("`{name}` showed {shown} after more than 1 newer one was written"),
        _ => {
            format!("`{name}` showed {shown} after more than {behind_at_most} newer were written")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(version: i64) -> Versioned {
        Versioned::Read("get".to_owned(), Some(version), None)
    }

    fn written(version: i64) -> Versioned {
        Versioned::Written(version, None)
    }

    #[test]
    fn no_read_is_further_behind() {
        let newest = Fresh::new("get", "put", "version");
        let one = newest.clone().behind_at_most(1);
        let nothing = Versioned::Read("get".to_owned(), None, None);
        let old = Some("`get` showed version 1 after a newer one was written");
        let older = Some("`get` showed version 1 after more than 1 newer one was written");
        let none = Some("`get` showed no version after a newer one was written");
        let table: [(&Fresh, &[Versioned], Option<&str>); 11] = [
            (&newest, &[read(1)], None),
            (&newest, &[nothing.clone(), written(1)], None),
            (&newest, &[written(1), nothing.clone()], none),
            (&newest, &[written(1), read(1), written(2), read(2)], None),
            (&newest, &[written(1), written(2), read(1)], old),
            (&newest, &[written(2), written(1), read(1)], old),
            (&newest, &[written(1), read(7)], None),
            (&one, &[written(1), written(2), read(1)], None),
            (&one, &[written(1), written(2), written(2), read(1)], None),
            (&one, &[written(3), written(1), written(2), read(1)], older),
            (&one, &[written(1), nothing], None),
        ];
        for (promise, facts, expected) in table {
            let mut state = FreshState::default();
            let breach = facts
                .iter()
                .find_map(|fact| promise.observe(&mut state, fact).err());
            assert_eq!(breach.as_ref().map(Breach::says), expected, "{facts:?}");
        }
    }

    #[test]
    fn a_read_whose_delay_is_open_is_late_or_not() {
        let strict = Fresh::new("get", "put", "version").within(Duration::from_secs(30));
        let lenient = strict.lenient().unwrap();
        let late = Some("`get` showed version 1 more than 30s after a newer one was written");
        let table: [(&Fresh, &[Versioned], Option<&str>); 5] = [
            (&strict, &[written(2), read(1)], late),
            (&lenient, &[written(2), read(1)], None),
            (&strict, &[written(1), read(1), written(2)], None),
            (&strict, &[Versioned::Flooded, read(1)], late),
            (&lenient, &[Versioned::Flooded, read(1)], None),
        ];
        for (promise, facts, expected) in table {
            let mut state = FreshState::default();
            let breach = facts
                .iter()
                .find_map(|fact| promise.observe(&mut state, fact).err());
            assert_eq!(breach.as_ref().map(Breach::says), expected, "{facts:?}");
        }
    }

    #[test]
    fn hidden_writes_may_leave_every_read_behind() {
        let promise = Fresh::new("get", "put", "version").behind_at_most(9);
        let unseen = promise.unseen(&[read(1)]).unwrap();
        assert_eq!(unseen, [("put".to_owned(), Versioned::Flooded)]);
        let mut state = FreshState::default();
        promise.observe(&mut state, &unseen[0].1).unwrap();
        assert_eq!(
            promise
                .observe(&mut state, &read(i64::MAX))
                .unwrap_err()
                .says(),
            "`get` showed version 9223372036854775807 after more than 9 newer were written"
        );
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |more: &[(&str, Value)]| {
            let mut fields: Vec<(String, Value)> = [("read", "get"), ("write", "put")]
                .into_iter()
                .chain([("per", "profile"), ("version", "version")])
                .map(|(name, value)| (name.to_owned(), Value::from(value)))
                .collect();
            fields.extend(
                more.iter()
                    .map(|(name, value)| ((*name).to_owned(), value.clone())),
            );
            let mut parameters = Parameters::new(fields);
            let built = (ENTRY.build)(&mut parameters).map_err(|fault| fault.to_string());
            built.map(|_| parameters.leftover().0.join(" "))
        };
        let behind = ("behind-at-most", Value::from(0));
        assert_eq!(built(std::slice::from_ref(&behind)).unwrap(), "");
        assert_eq!(
            built(&[behind, ("within", Value::from("30s"))]).unwrap_err(),
            "`within` cannot stand beside `behind-at-most`"
        );
        let time = [("within", "30s"), ("clock-error", "5ms")];
        let time = time.map(|(name, value)| (name, Value::from(value)));
        assert_eq!(built(&time).unwrap(), "");
        assert_eq!(
            built(&[]).unwrap_err(),
            "`behind-at-most` or `within` is required"
        );
        assert_eq!(
            built(&[("behind-at-most", Value::from(-1))]).unwrap_err(),
            "`behind-at-most` must be a whole number of at least 0, and is -1"
        );
    }
}
