//! Histories of any size whose verdict is known, because the world that they come from is.
//!
//! # Idea
//! Clients work on an object that is right. Each operation takes effect in one moment between its invocation
//! and its completion, so the order of these moments is a linearization: the history is kept, by construction.
//! An operation of unknown outcome takes effect within its interval, or later, or never; it may in the
//! eyes of a checker, too.
//!
//! For a broken history one answer, after nine tenths of the operations, is replaced by one that no world
//! explains. The client that gets it does two or three operations with no line of anybody else between
//! them, so that their order is certain:
//!
//! | specification | operations, the last answer but for locks being wrong | why no world explains it |
//! | --- | --- | --- |
//! | `register`, `cas-register`, `strict-cas-register`, `kv`, `multi-register` | write a, write b, read → a | a is written only once, and was replaced by b before the read began: by then it is gone, whatever else was written |
//! | `set` | add a, remove a, contains a → true | a is added only once, and not after the removal |
//! | `queue`, `stack`, `priority-queue` | put a, take → x, take → x | x (a, or another element) was put in at most once |
//! | `counter` | read → less than the least | the least counts everything that was answered, and of what was begun and not answered all that is negative |
//! | `log` | append → n, append → n | offsets grow |
//! | `mutex`, `owned-mutex`, `fenced-lock`, `semaphore` | acquire all while some are held | see below |
//!
//! With repeated values (and where an initial element is there twice) "only once" does not hold: then the answer
//! is a value that nobody ever writes, and that is not there from the beginning; a register is written
//! before.
//!
//! Permits: of all `acquire`s answered so far, less all `release`s begun so far, no more than all permits are
//! out in any world. In a broken history an unseen `release` always takes effect and an unseen `acquire`
//! never does, and who has begun a `release` has had its `acquire` answered: so this difference is just what
//! the clients hold that are between two operations. One of them is the actor, or it acquires one permit
//! first; the second `acquire`, of all permits, makes the difference greater than there are.
//!
//! # Not chosen
//! Looking for a wrong answer in what happens anyway: in a small history there may be none.

mod bag;
mod counter;
mod draw;
mod kv;
mod lines;
mod lock;
mod log;
mod multi_register;
mod object;
mod register;
mod run;
mod set;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use crate::history::{Value, Verdict};

use bag::{Bag, Elements};
use counter::Counter;
use draw::Draw;
use kv::Entry;
use lock::{Kind, Lock, Surprises};
use log::Log;
use multi_register::MultiRegister;
use object::{Object, Scene};
use register::{Register, Swaps};
use run::{Stage, run};
use set::Set;

/// A history to be made. The same plan gives the same bytes, on every machine and in every version.
///
/// # Example
/// ```
/// use testimony::generate::Plan;
/// use testimony::history::{History, Verdict};
///
/// let plan = Plan { ops: 30, is_broken: true, ..Plan::of("queue") };
/// let mut bytes = Vec::new();
/// plan.write(&mut bytes)?;
/// let history = History::parse(std::str::from_utf8(&bytes)?)?;
/// assert_eq!(history.operations().len(), 30);
/// assert_eq!(history.header().expect, [("linearizable:queue".to_owned(), Verdict::Broken)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The specification's name: one of [`SPECS`].
    pub spec: String,
    /// Its parameters; `initial` and `permits` count here, all are named in the header.
    pub parameters: BTreeMap<String, Value>,
    /// Operations, all told.
    pub ops: u64,
    /// Clients that work at the same time.
    pub clients: u32,
    /// Keys; `None`: one object without a key, or 4 where the specification has keys of its own.
    pub keys: Option<u32>,
    /// From how many values each is drawn; `None`: each is written once.
    pub values: Option<u64>,
    /// Operations of unknown outcome.
    pub unknown: u64,
    /// Whether one answer is wrong.
    pub is_broken: bool,
    /// What all choices depend on.
    pub seed: u64,
}

/// The specifications for which histories are made.
pub const SPECS: [&str; 15] = [
    "register",
    "cas-register",
    "strict-cas-register",
    "counter",
    "set",
    "queue",
    "stack",
    "priority-queue",
    "mutex",
    "owned-mutex",
    "fenced-lock",
    "semaphore",
    "kv",
    "log",
    "multi-register",
];

/// Why no history was made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The plan cannot be carried out; a lowercase fragment.
    #[error("{0}")]
    Plan(String),
    /// It cannot be written.
    #[error("failed to write the history: {0}")]
    Write(#[from] io::Error),
}

impl Plan {
    /// Operations are at most so many.
    pub const OPS_MAX: u64 = 1_000_000_000;
    /// Clients and keys are at most so many.
    pub const CLIENTS_MAX: u32 = 1_000_000;
    /// Values are at most so many, and whole numbers to begin with at most so far from 0.
    const NUMBER_MAX: u64 = 1 << 32;
    /// Keys of a specification that has some.
    const OWN_KEYS: u32 = 4;

    /// A kept history of 1000 operations by 5 clients, all of known outcome.
    #[must_use]
    pub fn of(spec: &str) -> Self {
        Self {
            spec: spec.to_owned(),
            parameters: BTreeMap::new(),
            ops: 1000,
            clients: 5,
            keys: None,
            values: None,
            unknown: 0,
            is_broken: false,
            seed: 0,
        }
    }

    /// The id of the check that the history is for: `linearizable:semaphore:permits=3`.
    #[must_use]
    pub fn check_id(&self) -> String {
        let more: &[&str] = match self.is_by_key() {
            true => &["by-key"],
            false => &[],
        };
        format!("linearizable:{}", self.spec_text(more))
    }

    /// Whether values are `[key, …]` and the check must be told so.
    #[must_use]
    pub fn is_by_key(&self) -> bool {
        self.keys.is_some() && !self.has_own_keys()
    }

    /// Writes the history, line by line.
    ///
    /// # Errors
    /// Those of the writer, and where the plan cannot be carried out; then nothing was written.
    pub fn write(&self, to: impl io::Write) -> Result<(), GenerateError> {
        self.refuse()?;
        let draw = Draw::new(self.seed, self.values, self.parameters.get("initial"));
        match self.spec.as_str() {
            "register" => self.run(|_| Ok(self.register(Swaps::None)), draw, to),
            "cas-register" | "strict-cas-register" => {
                self.run(|_| Ok(self.register(Swaps::Some)), draw, to)
            }
            "kv" => {
                let entry = |key: &str| {
                    Ok(Entry {
                        value: self.initial_of(key),
                    })
                };
                self.run(entry, draw, to)
            }
            "counter" => self.run(|_| Ok(Counter::from(self.whole("initial", 0)?)), draw, to),
            "set" => self.run(|_| self.set(), draw, to),
            "queue" => self.run(|_| self.bag(|list| Elements::Queue(list.into())), draw, to),
            "stack" => self.run(|_| self.bag(Elements::Stack), draw, to),
            "priority-queue" => {
                self.run(|_| self.bag(|list| Elements::Heap(list.into())), draw, to)
            }
            "log" => {
                let log = |_: &str| {
                    Ok(Log {
                        entries: self.list()?,
                    })
                };
                self.run(log, draw, to)
            }
            "mutex" | "owned-mutex" => self.run(|_| Ok(self.lock(Kind::Plain, 1)), draw, to),
            "fenced-lock" => {
                let lock = |_: &str| Ok(self.lock(Kind::Fenced(self.whole("initial", 0)?), 1));
                self.run(lock, draw, to)
            }
            "semaphore" => self.run(|_| self.semaphore(), draw, to),
            "multi-register" => self.run(|_| Ok(self.multi_register()), draw, to),
            _ => Err(GenerateError::Plan(format!(
                "no histories are made for `{}`, only for {}",
                self.spec,
                SPECS.join(", ")
            ))),
        }
    }

    fn run<O: Object>(
        &self,
        object: impl Fn(&str) -> Result<O, GenerateError>,
        draw: Draw,
        to: impl io::Write,
    ) -> Result<(), GenerateError> {
        let is_keyed = self.is_by_key() || self.spec == "kv";
        let names: Vec<String> = match is_keyed {
            true => self.key_names().collect(),
            false => vec![String::new()],
        };
        let objects: Result<Vec<O>, GenerateError> = names.iter().map(|key| object(key)).collect();
        let quoted = names
            .iter()
            .map(|key| Value::from(key.as_str()).to_string());
        let stage = Stage {
            objects: objects?,
            keys: quoted.filter(|_| is_keyed).collect(),
        };
        Ok(run(self, stage, draw, to)?)
    }

    /// Says what is wrong with the numbers of the plan.
    ///
    /// # Errors
    /// Where something is; the parameters of the specification are looked at when it is written.
    pub fn refuse(&self) -> Result<(), GenerateError> {
        let known = match self.is_broken {
            true => Scene::<()>::CALLS_MAX,
            false => 0,
        };
        let is_lock = ["mutex", "owned-mutex", "fenced-lock", "semaphore"].contains(&&*self.spec);
        let says = if !(1..=Self::OPS_MAX).contains(&self.ops) {
            format!(
                "operations must be 1 to {}, and are {}",
                Self::OPS_MAX,
                self.ops
            )
        } else if self.ops < known {
            format!(
                "a broken history has at least {known} operations, not {}",
                self.ops
            )
        } else if self.unknown > self.ops - known {
            format!(
                "of {} operations at most {} may be of unknown outcome, not {}",
                self.ops,
                self.ops - known,
                self.unknown
            )
        } else if !(1..=Self::CLIENTS_MAX).contains(&self.clients) {
            format!(
                "clients must be 1 to {}, and are {}",
                Self::CLIENTS_MAX,
                self.clients
            )
        } else if self
            .keys
            .is_some_and(|keys| !(1..=Self::CLIENTS_MAX).contains(&keys))
        {
            format!("keys must be 1 to {}", Self::CLIENTS_MAX)
        } else if self
            .values
            .is_some_and(|values| !(1..=Self::NUMBER_MAX).contains(&values))
        {
            format!("values must be 1 to {}", Self::NUMBER_MAX)
        } else if is_lock && self.values.is_some() {
            format!("operations of `{}` write no values", self.spec)
        } else {
            return Ok(());
        };
        Err(GenerateError::Plan(says))
    }

    fn has_own_keys(&self) -> bool {
        self.spec == "kv" || self.spec == "multi-register"
    }

    fn key_names(&self) -> impl Iterator<Item = String> + use<> {
        (0..self.keys.unwrap_or(Self::OWN_KEYS)).map(|key| format!("k{key}"))
    }

    fn register(&self, swaps: Swaps) -> Register {
        let value = self.parameters.get("initial").cloned().unwrap_or_default();
        Register { value, swaps }
    }

    /// The initial value of a key: of an object, what it says of that key.
    fn initial_of(&self, key: &str) -> Value {
        match self.parameters.get("initial") {
            Some(initial @ Value::Object(_)) => initial.get(key).cloned(),
            initial => initial.cloned(),
        }
        .unwrap_or_default()
    }

    fn multi_register(&self) -> MultiRegister {
        let register = |key: String| (Value::from(key.as_str()), self.initial_of(&key));
        MultiRegister {
            registers: self.key_names().map(register).collect(),
        }
    }

    fn set(&self) -> Result<Set, GenerateError> {
        let mut elements = self.list()?;
        elements.sort_unstable();
        elements.dedup();
        Ok(Set { elements })
    }

    fn bag(&self, elements: impl Fn(Vec<Value>) -> Elements) -> Result<Bag, GenerateError> {
        let list = self.list()?;
        if list.iter().any(Value::is_null) {
            let says = "`initial` must not hold null: it is the answer where there is nothing";
            return Err(GenerateError::Plan(says.to_owned()));
        }
        let mut sorted = list.clone();
        sorted.sort_unstable();
        Ok(Bag {
            has_twins: sorted.windows(2).any(|pair| pair[0] == pair[1]),
            elements: elements(list),
        })
    }

    fn semaphore(&self) -> Result<Lock, GenerateError> {
        match self.whole("permits", 1)? {
            permits @ 1.. => Ok(self.lock(Kind::Counted, permits)),
            permits => Err(GenerateError::Plan(format!(
                "`permits` must be at least 1, and is {permits}"
            ))),
        }
    }

    fn lock(&self, kind: Kind, permits: i64) -> Lock {
        let may_surprise = !self.is_broken && self.spec != "owned-mutex";
        Lock {
            kind,
            surprises: match may_surprise {
                true => Surprises::Allowed,
                false => Surprises::None,
            },
            permits,
            holders: Vec::new(),
        }
    }

    fn list(&self) -> Result<Vec<Value>, GenerateError> {
        match self.parameters.get("initial") {
            None => Ok(Vec::new()),
            Some(Value::Array(elements)) => Ok(elements.to_vec()),
            Some(other) => Err(GenerateError::Plan(format!(
                "`initial` must be a list, and is {other}"
            ))),
        }
    }

    fn whole(&self, name: &str, otherwise: i64) -> Result<i64, GenerateError> {
        match self.parameters.get(name) {
            None => Ok(otherwise),
            Some(Value::Int(number)) if number.unsigned_abs() <= Self::NUMBER_MAX => Ok(*number),
            Some(other) => Err(GenerateError::Plan(format!(
                "`{name}` must be a whole number of at most {}, and is {other}",
                Self::NUMBER_MAX
            ))),
        }
    }

    /// Name and parameters, as `--spec` takes them, and further words.
    fn spec_text(&self, more: &[&str]) -> String {
        let given = self.parameters.iter();
        let given = given.map(|(name, value)| format!("{name}={value}"));
        let more = more.iter().map(|&word| word.to_owned());
        let parameters: Vec<String> = given.chain(more).collect();
        match parameters.is_empty() {
            true => self.spec.clone(),
            false => format!("{}:{}", self.spec, parameters.join(",")),
        }
    }

    const fn verdict(&self) -> Verdict {
        match self.is_broken {
            true => Verdict::Broken,
            false => Verdict::Kept,
        }
    }

    /// The first line.
    fn header(&self) -> String {
        let quoted = |text: &str| Value::from(text).to_string();
        let verdict = self.verdict().as_str();
        let title = format!(
            "generated: {} operations of {} clients, {verdict}",
            self.ops, self.clients
        );
        format!(
            r#"{{"history":1,"title":{},"source":{},"order":"real-time","expect":{{{}:{}}}}}"#,
            quoted(&title),
            quoted(&self.command()),
            quoted(&self.check_id()),
            quoted(verdict)
        )
    }

    /// The command that makes the same history.
    fn command(&self) -> String {
        let mut parameters = self.parameters.iter();
        let is_plain = parameters.all(|(_, value)| matches!(value, Value::Int(_)));
        let spec = self.spec_text(&[]);
        let quote = if is_plain { "" } else { "'" };
        let mut command = format!(
            "testimony generate --spec {quote}{spec}{quote} --ops {} --clients {}",
            self.ops, self.clients
        );
        let numbers = [
            ("keys", self.keys.map(u64::from)),
            ("values", self.values),
            ("unknown", (self.unknown > 0).then_some(self.unknown)),
            ("seed", Some(self.seed)),
        ];
        for (name, number) in numbers {
            if let Some(number) = number {
                // Writing to a String cannot fail.
                let _ = write!(command, " --{name} {number}");
            }
        }
        if self.is_broken {
            command.push_str(" --broken");
        }
        command
    }
}
