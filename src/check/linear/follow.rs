//! Follows a specification through one order of lines: what a run of a model needs, in which every line is seen as it is written.
//!
//! # Source
//! Just-in-time linearization: Lowe, "Testing for Linearizability", Concurrency and Computation 29(4), 2017, section 5. Here all configurations are kept
//! at once, as a state that can be compared, and operations of unknown outcome are never given up.
//!
//! # Idea
//! A *configuration* is one way in which the answers so far can have come about: the state of the object, which open operations have already taken
//! effect, and which of those whose caller gave up still may. Nothing takes effect before an answer needs it: where an operation is answered, each configuration
//! lets open operations take effect in every order that ends with this one. Where no configuration is left, no order explains the answers, and
//! whatever comes later changes nothing about that. The lines themselves are forgotten: two runs with equal configurations go on alike.
//!
//! # Invariants
//! - I1: a configuration is kept exactly if some order of effects explains all answers so far; so the verdict is that of
//!   [`SpecCheck`](super::SpecCheck) on the whole history, earlier (`fuzz/tests/follow.rs`).
//! - I2: an operation that took effect before its answer remembers the states before and behind: its answer must lead from one to the other.
//! - I3: of two configurations that differ only in what may still take effect, the one with more can do all that the other can: the other goes.
//! - I4: objects are followed apart, which is exact in real time (Herlihy and Wing, TOPLAS 1990).
//!
//! # Complexity
//! The problem is NP-complete; an answer costs up to `c · k!` steps, with `c` configurations and `k` open operations of its object.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::check::Objection;
use crate::check::worlds::States;
use crate::history::{EventDraft, History, HistoryBuilder, OpId, Outcome, Value, Values};

use super::hint::Facts;
use super::source::{Source, call, outcome};
use super::{AnySpec, Consistency, Spec, SpecOptions};

/// A specification that can be followed line by line.
pub(crate) trait Follow: Send {
    /// Reads an invocation, or an operation from its invocation to its end; `Err`: why it cannot.
    fn read(&mut self, line: &[EventDraft]) -> Result<Heard, String>;

    /// The state before the first line.
    fn start(&mut self) -> u32;

    /// The state behind a line of the operation that is known by `key` as long as it is open; `None`: no order explains the answers.
    fn observe(&mut self, state: u32, key: u32, heard: Heard) -> Option<u32>;
}

/// What a line says to a specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The specification does not know the operation.
    Nothing,
    /// An operation with this number of what it asks, about this object, …
    Line { object: u32, call: u32, says: Says },
}

/// … and this became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    Begun,
    /// The number of the answer.
    Answered(u32),
    HadNoEffect,
    GivenUp,
}

impl AnySpec {
    /// The specification line by line; `None` where not one order of all lines counts.
    pub(crate) fn follow(&self, options: SpecOptions) -> Option<Box<dyn Follow>> {
        let is_in_real_time = options.consistency == Consistency::Linearizable;
        is_in_real_time.then(|| Arc::clone(&self.0).follow(options))
    }
}

/// An open operation that has taken effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Early {
    key: u32,
    before: u32,
    behind: u32,
}

/// One way in which the answers so far can have come about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Configuration {
    state: u32,
    /// In the order of keys.
    early: Vec<Early>,
    /// What nobody waits for and may still take effect, in the order of calls.
    unknown: Vec<u32>,
}

/// All that the future of one object depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct InObject {
    object: u32,
    /// The open operations in the order of their keys, and what each asks.
    open: Vec<(u32, u32)>,
    /// In their order.
    configurations: Vec<Configuration>,
}

/// A specification of a known type, followed line by line.
pub(super) struct Following<S: Spec> {
    spec: Arc<S>,
    options: SpecOptions,
    values: Option<Values>,
    objects: Vec<Option<Value>>,
    calls: Vec<S::Call>,
    replies: Vec<S::Reply>,
    /// The numbers of calls and replies by how they print themselves.
    known: FxHashMap<(bool, String), u32>,
    states: States<S::State>,
    wholes: States<Vec<InObject>>,
}

impl<S: Spec> Following<S> {
    pub(super) fn of(spec: Arc<S>, options: SpecOptions) -> Self {
        Self {
            spec,
            options,
            values: Some(Values::default()),
            objects: Vec::new(),
            calls: Vec::new(),
            replies: Vec::new(),
            known: FxHashMap::default(),
            states: States::new(),
            wholes: States::new(),
        }
    }

    fn heard(&mut self, history: &History) -> Result<Heard, Objection> {
        let operation = &history.operations()[0];
        let event = history.event(operation.invoke);
        let names = AnySpec(self.spec.clone()).names();
        let name = event.f.filter(|name| {
            let name = history.name(*name);
            names.is_none_or(|names| names.contains(&name))
        });
        let Some(name) = name else {
            return Ok(Heard::Nothing);
        };
        let process = history.process(event.process);
        let source = Source {
            history,
            op: OpId::new(0),
            operation,
            name,
            process: &history.values().to_value(process),
            by_key: self.options.by_key,
            facts: &Facts::default(),
        };
        let (key, asked) = call(&*self.spec, source)?;
        let says = match operation.outcome {
            Outcome::Unknown if operation.completion.is_none() => Says::Begun,
            Outcome::Unknown => Says::GivenUp,
            Outcome::Ok | Outcome::Failed => match outcome(&*self.spec, source, &asked, key)? {
                Some((_, Some(reply))) => {
                    let text = format!("{reply:?}");
                    let next = self.replies.len() as u32;
                    let number = *self.known.entry((true, text)).or_insert(next);
                    if number == next {
                        self.replies.push(reply);
                    }
                    Says::Answered(number)
                }
                _ => Says::HadNoEffect,
            },
        };
        let object = match key {
            Some(key) => Some(history.values().to_value(key)),
            None => self.spec.object(&asked),
        };
        let object_at = self.objects.iter().position(|known| *known == object);
        let object = object_at.unwrap_or_else(|| {
            self.objects.push(object);
            self.objects.len() - 1
        }) as u32;
        let next = self.calls.len() as u32;
        let text = format!("{asked:?}");
        let call = *self.known.entry((false, text)).or_insert(next);
        if call == next {
            self.calls.push(asked);
        }
        Ok(Heard::Line { object, call, says })
    }

    /// The states that may follow.
    fn step(&mut self, state: u32, call: u32, reply: Option<u32>) -> Vec<u32> {
        let call = &self.calls[call as usize];
        let reply = reply.map(|reply| &self.replies[reply as usize]);
        let following = self.spec.step(self.states.get(state), call, reply);
        let following: Vec<S::State> = following.into_iter().collect();
        let mut numbers: Vec<u32> = following
            .into_iter()
            .map(|state| self.states.intern(state, 0))
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Lets what is open take effect in every order that ends with the operation that was answered.
    fn answered(
        &mut self,
        object: &InObject,
        (key, call): (u32, u32),
        reply: u32,
    ) -> Vec<Configuration> {
        let mut answered = Vec::new();
        let mut open = object.configurations.clone();
        let mut seen = States::new();
        open.iter().for_each(|configuration| {
            seen.intern(configuration.clone(), 0);
        });
        let mut count = open.len() as u32;
        while let Some(configuration) = open.pop() {
            let early = configuration
                .early
                .binary_search_by_key(&key, |early| early.key);
            if let Ok(at) = early {
                let mut configuration = configuration;
                let Early { before, behind, .. } = configuration.early.remove(at);
                if self.step(before, call, Some(reply)).contains(&behind) {
                    answered.push(configuration);
                }
                continue;
            }
            for state in self.step(configuration.state, call, Some(reply)) {
                let configuration = Configuration {
                    state,
                    ..configuration.clone()
                };
                answered.push(configuration);
            }
            for next in self.goes_on(object, key, &configuration) {
                if seen.intern(next.clone(), 0) == count {
                    count += 1;
                    open.push(next);
                }
            }
        }
        answered
    }

    /// What becomes of a configuration where one more operation takes effect, other than the one with this key.
    fn goes_on(
        &mut self,
        object: &InObject,
        key: u32,
        configuration: &Configuration,
    ) -> Vec<Configuration> {
        let mut next = Vec::new();
        let before = configuration.state;
        for (other, call) in object.open.iter().filter(|(other, _)| *other != key) {
            let early = configuration
                .early
                .binary_search_by_key(other, |early| early.key);
            let Err(at) = early else {
                continue;
            };
            for behind in self.step(before, *call, None) {
                let mut configuration = configuration.clone();
                let early = Early {
                    key: *other,
                    before,
                    behind,
                };
                configuration.early.insert(at, early);
                configuration.state = behind;
                next.push(configuration);
            }
        }
        for (at, call) in configuration.unknown.iter().enumerate() {
            if at > 0 && configuration.unknown[at - 1] == *call {
                continue;
            }
            for behind in self.step(before, *call, None) {
                if behind != before {
                    let mut configuration = configuration.clone();
                    configuration.unknown.remove(at);
                    configuration.state = behind;
                    next.push(configuration);
                }
            }
        }
        next
    }

    /// The configurations behind a line.
    fn behind(
        &mut self,
        object: &InObject,
        (key, call): (u32, u32),
        says: Says,
    ) -> Vec<Configuration> {
        let mut configurations = object.configurations.clone();
        let early = |configuration: &Configuration| {
            let early = &configuration.early;
            early.binary_search_by_key(&key, |early| early.key)
        };
        match says {
            Says::Begun => {}
            Says::Answered(reply) => configurations = self.answered(object, (key, call), reply),
            Says::HadNoEffect => configurations.retain(|known| early(known).is_err()),
            Says::GivenUp => {
                let only_looks = self.spec.observes(&self.calls[call as usize], None);
                for configuration in &mut configurations {
                    match early(configuration) {
                        Ok(at) => {
                            configuration.early.remove(at);
                        }
                        Err(_) if only_looks => {}
                        Err(_) => {
                            let unknown = &mut configuration.unknown;
                            let at = unknown.partition_point(|known| *known < call);
                            unknown.insert(at, call);
                        }
                    }
                }
            }
        }
        configurations.sort_unstable();
        configurations.dedup();
        strongest(&configurations)
    }
}

/// Without those that another one makes needless.
fn strongest(configurations: &[Configuration]) -> Vec<Configuration> {
    let is_needless = |weak: &&Configuration| {
        configurations.iter().any(|strong| {
            strong.state == weak.state
                && strong.early == weak.early
                && strong.unknown.len() > weak.unknown.len()
                && has_all(&strong.unknown, &weak.unknown)
        })
    };
    let needed = configurations.iter().filter(|known| !is_needless(known));
    needed.cloned().collect()
}

/// Whether `more` has everything that `fewer` has, as often; both are in order.
fn has_all(more: &[u32], fewer: &[u32]) -> bool {
    let mut more = more.iter();
    fewer.iter().all(|call| more.any(|known| known == call))
}

impl<S: Spec> Follow for Following<S> {
    fn read(&mut self, line: &[EventDraft]) -> Result<Heard, String> {
        let mut builder = HistoryBuilder::interning_in(self.values.take().unwrap_or_default());
        line.iter().for_each(|draft| {
            builder.push(draft.clone());
        });
        let history = match builder.finish() {
            Ok(history) => history,
            Err(faults) => return Err(faults.to_string()),
        };
        let heard = self.heard(&history);
        self.values = Some(history.into_values());
        heard.map_err(|objection| {
            let Objection { says, expected, .. } = objection;
            format!("{says}; expected {expected}")
        })
    }

    fn start(&mut self) -> u32 {
        self.wholes.intern(Vec::new(), 0)
    }

    fn observe(&mut self, state: u32, key: u32, heard: Heard) -> Option<u32> {
        let Heard::Line { object, call, says } = heard else {
            return Some(state);
        };
        let mut whole = self.wholes.get(state).clone();
        let at = match whole.binary_search_by_key(&object, |known| known.object) {
            Ok(at) => at,
            Err(at) => {
                let initial = Configuration {
                    state: self.states.intern(self.spec.initial(), 0),
                    early: Vec::new(),
                    unknown: Vec::new(),
                };
                let unnamed = InObject {
                    object,
                    open: Vec::new(),
                    configurations: vec![initial],
                };
                whole.insert(at, unnamed);
                at
            }
        };
        let configurations = self.behind(&whole[at], (key, call), says);
        if configurations.is_empty() {
            return None;
        }
        whole[at].configurations = configurations;
        let open = &mut whole[at].open;
        match (open.binary_search_by_key(&key, |known| known.0), says) {
            (Err(at), Says::Begun) => open.insert(at, (key, call)),
            (Ok(at), _) if says != Says::Begun => {
                open.remove(at);
            }
            _ => {}
        }
        Some(self.wholes.intern(whole, 0))
    }
}
