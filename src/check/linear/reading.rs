//! Operations as a specification reads them, with the specification's own types hidden.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::check::Objection;
use crate::check::worlds::{Item, Machine};
use crate::history::{History, NameId, OpId, Value, ValueId, variant_names};
use crate::order::Order;

use super::cells::Cells;
use super::fifo::Fifo;
use super::follow::{Follow, Following};
use super::hint::Facts;
use super::machine::SpecMachine;
use super::source::{Asked, Source};
use super::{Act, Family, Rules, Spec, SpecOptions};

/// A specification of any type.
#[derive(Clone)]
pub struct AnySpec(pub(super) Arc<dyn Readable>);

impl AnySpec {
    /// Wraps a specification.
    pub fn of<S: Spec>(spec: S) -> Self {
        Self(Arc::new(spec))
    }

    /// The names of the operations it knows; `None` where it takes any.
    #[must_use]
    pub fn names(&self) -> Option<&'static [&'static str]> {
        self.0.names()
    }
}

impl std::fmt::Debug for AnySpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("AnySpec").field(&self.names()).finish()
    }
}

/// A specification that can read a history's operations.
pub(super) trait Readable: Send + Sync {
    fn names(&self) -> Option<&'static [&'static str]>;

    fn read<'s>(
        &'s self,
        history: &History,
        options: SpecOptions,
        facts: &Facts,
    ) -> Result<Box<dyn Operations + 's>, Vec<Objection>>;

    /// The specification line by line.
    fn follow(self: Arc<Self>, options: SpecOptions) -> Box<dyn Follow>;
}

/// The operations that concern a specification.
pub(super) trait Operations: Send + Sync {
    fn entries(&self) -> &[Entry];

    /// The objects in the order in which operations first name them; `None` is the only one of a specification that names none.
    fn objects(&self) -> &[Option<Value>];

    /// Which rules the search may use.
    fn rules(&self) -> Rules;

    /// A machine that accepts the worlds in which every answer of these operations is right.
    fn machine(&self, members: Vec<Member>) -> Box<dyn Machine + '_>;

    /// The same machine with everything that the rules permit: it may pass over worlds, and number states
    /// differently, but a world that it accepts is one of the other's, and it finds one where there is one.
    fn searcher(&self, order: &Order, members: Vec<Member>) -> Box<dyn Machine + '_>;

    /// The family of an object, where the specification names one.
    fn family(&self, object: Option<&Value>) -> Option<Family>;

    /// What an operation does to an object of the family.
    fn act(&self, entry: u32) -> Option<Act<'_>>;

    /// Whether the specification allows these operations one after the other, each with the answer it gave.
    fn allows(&self, entries: &mut dyn Iterator<Item = u32>) -> bool;

    /// Why each of `refused` cannot take effect behind `placed`.
    fn reasons(&self, placed: &[Member], refused: &[u32]) -> Vec<String>;

    /// The names of operations that the specification does not know, with how often they occur.
    fn left_out(&self) -> &[(NameId, usize)];
}

/// An operation that concerns a specification.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) op: OpId,
    /// Its object, as a position among all of them.
    pub(super) object: u32,
    pub(super) item: Item,
    /// It changes the state in no placement: leaving it out never makes a right history wrong.
    pub(super) observes: bool,
    /// The same whatever it answered.
    pub(super) always_observes: bool,
}

/// An operation as one search sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// Its position among the entries.
    pub(super) entry: u32,
    pub(super) standing: Standing,
}

/// How much of an operation a search takes as given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Everything that is known of it.
    Answered,
    /// It answered anything.
    Silent,
    /// Where it takes place it may also have done nothing, and it answered anything.
    Doubtful,
}

impl Member {
    pub(super) const fn answered(entry: u32) -> Self {
        Self {
            entry,
            standing: Standing::Answered,
        }
    }

    /// The answer that counts.
    pub(super) fn reply<S: Spec>(self, words: &Words<S>) -> Option<&S::Reply> {
        let is_answered = self.standing == Standing::Answered;
        words.reply.as_ref().filter(|_| is_answered)
    }
}

pub(super) struct Reading<'s, S: Spec> {
    pub(super) spec: &'s S,
    pub(super) rules: Rules,
    by_key: bool,
    pub(super) entries: Vec<Entry>,
    pub(super) objects: Vec<Option<Value>>,
    /// Where each of the objects stands among them.
    places: FxHashMap<Option<Value>, u32>,
    /// The same of the keys that were read.
    keys: FxHashMap<ValueId, u32>,
    pub(super) words: Vec<Words<S>>,
    left_out: Vec<(NameId, usize)>,
    /// Of each entry: its class without its answer, and with it.
    classes: OnceLock<Vec<[u32; 2]>>,
}

/// How many operations are read at once.
const BATCH: usize = 1 << 14;
/// So many operations are not worth a second thread.
pub(super) const FEW: usize = 1 << 10;

/// What is read at each of these positions, on all threads.
fn all<T: Send>(positions: Range<usize>, read: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    if positions.len() <= FEW {
        return positions.map(read).collect();
    }
    let parts = positions.into_par_iter().with_min_len(FEW);
    parts.map(read).collect()
}

/// Of equal ones, only the first.
fn keep_first<T: Eq>(all: &mut Vec<T>) {
    let mut kept = 0;
    for at in 0..all.len() {
        if !all[..kept].contains(&all[at]) {
            all.swap(kept, at);
            kept += 1;
        }
    }
    all.truncate(kept);
}

/// The names that a specification does not know, with how many operations have them.
fn left_out(history: &History, is_known: &[bool]) -> Vec<(NameId, usize)> {
    if is_known.iter().all(|is_known| *is_known) {
        return Vec::new();
    }
    let mut counts = vec![0; is_known.len()];
    for operation in history.operations() {
        if let Some(name) = history.event(operation.invoke).f {
            counts[name.index()] += 1;
        }
    }
    let counts = counts.into_iter().enumerate();
    let unknown = counts.filter(|(name, count)| !is_known[*name] && *count > 0);
    unknown
        .map(|(name, count)| (NameId::new(name), count))
        .collect()
}

/// What an operation asked and what it was answered.
pub(super) struct Words<S: Spec> {
    pub(super) call: S::Call,
    pub(super) reply: Option<S::Reply>,
}

impl<S: Spec> Readable for S {
    fn follow(self: Arc<Self>, options: SpecOptions) -> Box<dyn Follow> {
        Box::new(Following::of(self, options))
    }

    fn names(&self) -> Option<&'static [&'static str]> {
        variant_names::<S::Call>()
    }

    fn read<'s>(
        &'s self,
        history: &History,
        options: SpecOptions,
        facts: &Facts,
    ) -> Result<Box<dyn Operations + 's>, Vec<Objection>> {
        let known = self.names();
        let is_known: Vec<bool> = history
            .names()
            .map(|name| known.is_none_or(|known| known.contains(&name)))
            .collect();
        let mut reading = Reading {
            spec: self,
            rules: options.rules,
            by_key: options.by_key,
            entries: Vec::with_capacity(history.operations().len()),
            objects: Vec::new(),
            places: FxHashMap::default(),
            keys: FxHashMap::default(),
            words: Vec::with_capacity(history.operations().len()),
            left_out: Vec::new(),
            classes: OnceLock::new(),
        };
        let mut objections = Vec::new();
        let process = |process: &ValueId| history.values().to_value(*process);
        let processes: Vec<Value> = history.processes().iter().map(process).collect();
        let read = |op: usize| {
            let operation = &history.operations()[op];
            let invoke = history.event(operation.invoke);
            let source = Source {
                history,
                op: OpId::new(op),
                operation,
                name: invoke.f.filter(|name| is_known[name.index()])?,
                process: &processes[invoke.process.index()],
                by_key: options.by_key,
                facts,
            };
            Asked::of(self, source).transpose()
        };
        let operations = history.operations().len();
        let batch = |start: usize| all(start..operations.min(start + BATCH), read);
        let mut add = |batch: Vec<Option<Result<Asked<S>, Objection>>>| {
            for asked in batch.into_iter().flatten() {
                match asked {
                    Ok(asked) => reading.add(history, asked),
                    Err(objection) => objections.push(objection),
                }
            }
        };
        // While a batch is put in its place, the next one is read.
        let mut present = batch(0);
        for start in (BATCH..operations).step_by(BATCH) {
            let ((), next) = rayon::join(|| add(present), || batch(start));
            present = next;
        }
        add(present);
        if !objections.is_empty() {
            return Err(objections);
        }
        reading.left_out = left_out(history, &is_known);
        Ok(Box::new(reading))
    }
}

impl<S: Spec> Reading<'_, S> {
    fn add(&mut self, history: &History, asked: Asked<S>) {
        let Asked {
            op,
            key,
            item,
            words,
            observes,
            always_observes,
        } = asked;
        let object = match key.map(|key| (key, self.keys.get(&key))) {
            None => self.place(self.spec.object(&words.call)),
            Some((_, Some(place))) => *place,
            Some((key, None)) => {
                let place = self.place(Some(history.values().to_value(key)));
                self.keys.insert(key, place);
                place
            }
        };
        self.entries.push(Entry {
            op,
            object,
            item,
            observes,
            always_observes,
        });
        self.words.push(words);
    }

    /// The position of an object among all.
    fn place(&mut self, object: Option<Value>) -> u32 {
        let last = self.entries.last().map(|entry| entry.object);
        if let Some(last) = last
            && self.objects[last as usize] == object
        {
            return last;
        }
        match self.places.get(&object) {
            Some(place) => *place,
            None => {
                let place = self.objects.len() as u32;
                self.objects.push(object.clone());
                self.places.insert(object, place);
                place
            }
        }
    }
}

impl<S: Spec> Reading<'_, S> {
    /// The family of the one object that these operations are about.
    pub(super) fn family_of(&self, members: &[Member]) -> Option<Family> {
        let object = self.entries[members.first()?.entry as usize].object;
        self.family(self.objects[object as usize].as_ref())
    }

    /// The states that these operations may lead to, one after the other.
    fn states_behind(&self, members: &mut dyn Iterator<Item = Member>) -> Vec<S::State> {
        let mut states = vec![self.spec.initial()];
        let mut next: Vec<S::State> = Vec::new();
        for member in members {
            let words = &self.words[member.entry as usize];
            let reply = member.reply(words);
            next.clear();
            for state in &states {
                next.extend(self.spec.step(state, &words.call, reply));
            }
            if next.len() > 1 {
                keep_first(&mut next);
            }
            std::mem::swap(&mut states, &mut next);
        }
        states
    }

    /// Operations of one class asked and answered the same, as that prints itself, and stand alike.
    pub(super) fn class(&self, member: Member) -> u32 {
        let classes = self.classes.get_or_init(|| self.classes());
        let [silent, answered] = classes[member.entry as usize];
        match member.standing {
            Standing::Answered => 2 * answered,
            Standing::Silent => 2 * silent,
            Standing::Doubtful => 2 * silent + 1,
        }
    }

    fn classes(&self) -> Vec<[u32; 2]> {
        let mut known: HashMap<String, u32, FxBuildHasher> = HashMap::default();
        let mut class = |words: String| {
            let next = known.len() as u32;
            *known.entry(words).or_insert(next)
        };
        let classes = self.words.iter().map(|Words { call, reply }| {
            let silent = class(format!("{call:?}"));
            match reply {
                None => [silent, silent],
                Some(reply) => [silent, class(format!("{call:?} {reply:?}"))],
            }
        });
        classes.collect()
    }
}

impl<S: Spec> Operations for Reading<'_, S> {
    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn objects(&self) -> &[Option<Value>] {
        &self.objects
    }

    fn rules(&self) -> Rules {
        self.rules
    }

    fn machine(&self, members: Vec<Member>) -> Box<dyn Machine + '_> {
        Box::new(SpecMachine::new(self, members))
    }

    fn searcher(&self, order: &Order, members: Vec<Member>) -> Box<dyn Machine + '_> {
        if let Some(cells) = Cells::of(self, order, &members) {
            Box::new(cells)
        } else if let Some(fifo) = Fifo::of(self, order, &members) {
            Box::new(fifo)
        } else {
            Box::new(SpecMachine::new(self, members).looking_ahead(order))
        }
    }

    fn family(&self, object: Option<&Value>) -> Option<Family> {
        self.spec.family(object.filter(|_| !self.by_key))
    }

    fn act(&self, entry: u32) -> Option<Act<'_>> {
        let words = &self.words[entry as usize];
        self.spec.act(&words.call, words.reply.as_ref())
    }

    fn allows(&self, entries: &mut dyn Iterator<Item = u32>) -> bool {
        let mut members = entries.map(Member::answered);
        !self.states_behind(&mut members).is_empty()
    }

    fn reasons(&self, placed: &[Member], refused: &[u32]) -> Vec<String> {
        let states = self.states_behind(&mut placed.iter().copied());
        let reason = |entry: &u32| {
            let words = &self.words[*entry as usize];
            let of_state = states.iter().map(|state| {
                let reason = self.spec.reason(state, &words.call, words.reply.as_ref());
                reason.unwrap_or_else(|| format!("the state is {state:?}"))
            });
            let mut reasons: Vec<String> = of_state.collect();
            reasons.dedup();
            reasons.join(", or ")
        };
        refused.iter().map(reason).collect()
    }

    fn left_out(&self) -> &[(NameId, usize)] {
        &self.left_out
    }
}
