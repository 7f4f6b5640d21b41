//! Specifications beside a promise: which of their objects have to do with its effects, and which worlds they allow.
//!
//! # Idea
//! A world counts where every specification that the history is checked against allows it. Only those count that speak
//! of the promise's own order and that are kept: one that no world satisfies would rule out everything, one that is
//! undecided perhaps too. Where the record may hide operations, an object may have been changed unseen, so nothing is ruled out.

use std::fmt;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::check::Subject;
use crate::check::worlds::{Item, Machine, Slice, entangled};
use crate::history::{Completeness, History, OpId, Verdict};

use super::hint::Facts;
use super::reading::{Member, Operations, Standing};
use super::{Consistency, SpecCheck};

/// Objects that share no operation with the effects are looked at up to this many operations.
const ITEMS_MAX: usize = 4_096;

/// The specifications that rule out worlds of a history.
pub struct Beside<'s> {
    subject: Subject<'s>,
    specs: Vec<&'s SpecCheck>,
    excused: Vec<String>,
    objects: OnceLock<Objects<'s>>,
}

impl fmt::Debug for Beside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.specs.iter().map(|spec| spec.id.as_str()).collect();
        f.debug_tuple("Beside").field(&ids).finish()
    }
}

impl<'s> Beside<'s> {
    /// Those of the specifications that rule out worlds, given what each says of the history.
    #[must_use]
    pub fn of(subject: Subject<'s>, judged: &[(&'s SpecCheck, Verdict)]) -> Self {
        let mut beside = Self {
            subject,
            specs: Vec::new(),
            excused: Vec::new(),
            objects: OnceLock::new(),
        };
        for (spec, verdict) in judged {
            match excuse(spec, *verdict, subject) {
                None => beside.specs.push(spec),
                Some(why) => beside
                    .excused
                    .push(format!("{} rules out no world: {why}", spec.id)),
            }
        }
        beside
    }

    /// Why others rule out nothing, one sentence each.
    pub(crate) fn excused(&self) -> &[String] {
        &self.excused
    }

    /// All objects, read when somebody first asks; `None` where no specification counts.
    pub(crate) fn objects(&self) -> Option<&Objects<'s>> {
        let read = || Objects::read(self.subject, &self.specs);
        (!self.specs.is_empty()).then(|| self.objects.get_or_init(read))
    }
}

/// Why a specification rules out nothing.
fn excuse(spec: &SpecCheck, verdict: Verdict, subject: Subject<'_>) -> Option<String> {
    let is_other_order = match spec.options.consistency {
        Consistency::Linearizable => false,
        Consistency::CausalOrder => subject.order.is_total(),
        Consistency::Sequential => true,
    };
    if is_other_order {
        return Some("it speaks of another order than promises do".to_owned());
    }
    if verdict != Verdict::Kept {
        return Some(format!("it is itself {}", verdict.as_str()));
    }
    may_hide(spec, subject.history)
        .then(|| "the record may hide operations that it speaks of".to_owned())
}

/// Whether operations of the specification may have happened that no line shows: one of its names is never shown, or by a
/// participant whose record is not whole.
fn may_hide(spec: &SpecCheck, history: &History) -> bool {
    let whole = match &history.header().complete {
        Completeness::Whole => return false,
        Completeness::InPart => return true,
        Completeness::Only(whole) => whole,
    };
    let Some(names) = spec.spec.names() else {
        return true;
    };
    let called = || {
        let operations = history.operations().iter();
        operations.map(|operation| history.event(operation.invoke))
    };
    names.iter().any(|name| {
        let of_name = |f| history.name(f) == *name;
        let mut calls = called()
            .filter(|event| event.f.is_some_and(of_name))
            .peekable();
        calls.peek().is_none()
            || calls.any(|event| !whole.contains(&history.process(event.process)))
    })
}

/// All objects of the specifications that count.
pub(crate) struct Objects<'s> {
    subject: Subject<'s>,
    readings: Vec<(&'s str, Box<dyn Operations + 's>)>,
    all: Vec<Object>,
    /// The objects that each operation belongs to, and its position in each.
    of_op: FxHashMap<OpId, Vec<(u32, u32)>>,
}

/// One object of one specification.
struct Object {
    reading: usize,
    entries: Vec<u32>,
}

/// An operation of an object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sighting {
    pub(crate) op: OpId,
    pub(crate) item: Item,
    /// Without its answer it says nothing at all.
    pub(crate) is_idle: bool,
}

impl<'s> Objects<'s> {
    fn read(subject: Subject<'s>, specs: &[&'s SpecCheck]) -> Self {
        let mut objects = Self {
            subject,
            readings: Vec::new(),
            all: Vec::new(),
            of_op: FxHashMap::default(),
        };
        for spec in specs {
            let facts = Facts::of(subject.history, subject.order, &spec.effects);
            if let Ok(operations) = spec.spec.0.read(subject.history, spec.options, &facts) {
                objects.add(&spec.id, operations);
            }
        }
        objects
    }

    fn add(&mut self, id: &'s str, operations: Box<dyn Operations + 's>) {
        let (first, reading) = (self.all.len(), self.readings.len());
        let empty = |_: &_| Object {
            reading,
            entries: Vec::new(),
        };
        self.all.extend(operations.objects().iter().map(empty));
        for (at, entry) in (0..).zip(operations.entries()) {
            let object = first + entry.object as usize;
            let entries = &mut self.all[object].entries;
            let of_op = self.of_op.entry(entry.op).or_default();
            of_op.push((object as u32, entries.len() as u32));
            entries.push(at);
        }
        self.readings.push((id, operations));
    }

    /// The specification of an object.
    pub(crate) fn spec(&self, object: u32) -> &'s str {
        self.readings[self.all[object as usize].reading].0
    }

    /// The operations of an object.
    pub(crate) fn sightings(&self, object: u32) -> impl Iterator<Item = Sighting> {
        let Object { reading, entries } = &self.all[object as usize];
        let known = self.readings[*reading].1.entries();
        entries.iter().map(|entry| {
            let entry = &known[*entry as usize];
            Sighting {
                op: entry.op,
                item: entry.item,
                is_idle: entry.always_observes,
            }
        })
    }

    /// Where an operation took effect, as the specifications read it.
    pub(crate) fn item(&self, op: OpId) -> Option<Item> {
        let (object, own) = *self.of_op.get(&op)?.first()?;
        let Object { reading, entries } = &self.all[object as usize];
        let known = self.readings[*reading].1.entries();
        Some(known[entries[own as usize] as usize].item)
    }

    /// A machine that accepts the worlds that an object allows. Of its operations those at the positions `members` are
    /// there; what the others of the two answered is doubted, and whether they did anything.
    pub(crate) fn machine(&self, object: u32, members: &[(u32, bool)]) -> Box<dyn Machine + '_> {
        let Object { reading, entries } = &self.all[object as usize];
        let members = members.iter().map(|(at, counts)| Member {
            entry: entries[*at as usize],
            standing: match counts {
                true => Standing::Answered,
                false => Standing::Doubtful,
            },
        });
        self.readings[*reading].1.machine(members.collect())
    }

    /// The objects that may rule out worlds of these effects, `ops` being those that are operations: objects that share
    /// operations with them, or with such an object, and where no one observer saw the order of all lines those that they are
    /// entangled with (see `worlds::joint`). Under real time no other object can (Herlihy and Wing's locality).
    pub(crate) fn concerning(&self, items: &[Item], ops: &[OpId]) -> Vec<u32> {
        let mut group = vec![None; self.all.len()];
        self.mark(ops, 0, &mut group);
        if !self.subject.order.is_total() {
            self.mark_entangled(items, &mut group);
        }
        let objects = (0..).zip(&group);
        let marked = objects.filter(|(_, group)| **group == Some(0));
        marked.map(|(object, _)| object).collect()
    }

    /// Marks the objects that these operations belong to, and so on through shared operations.
    fn mark(&self, ops: &[OpId], number: u32, group: &mut [Option<u32>]) {
        let mut open: Vec<OpId> = ops.to_vec();
        while let Some(op) = open.pop() {
            for (object, _) in self.of_op.get(&op).into_iter().flatten() {
                if group[*object as usize].is_none() {
                    group[*object as usize] = Some(number);
                    open.extend(self.sightings(*object).map(|sighting| sighting.op));
                }
            }
        }
    }

    /// Adds what the effects and the objects of group 0 constrain, and are constrained by, through order alone.
    fn mark_entangled(&self, own: &[Item], group: &mut [Option<u32>]) {
        let entries: usize = self.all.iter().map(|object| object.entries.len()).sum();
        if entries + own.len() > ITEMS_MAX {
            return;
        }
        let mut count = 1;
        for object in 0..self.all.len() {
            if group[object].is_none() {
                let ops: Vec<OpId> = self.sightings(object as u32).map(|one| one.op).collect();
                self.mark(&ops, count, group);
                count += 1;
            }
        }
        let mut items = own.to_vec();
        let mut belongs: Vec<(u32, u32)> = (0..own.len() as u32).map(|item| (item, 0)).collect();
        for (object, number) in (0..).zip(&*group) {
            for sighting in self.sightings(object) {
                belongs.push((items.len() as u32, number.unwrap_or(0)));
                items.push(sighting.item);
            }
        }
        let slice = Slice::new(self.subject.order, &items);
        let groups = entangled(&slice, &belongs, count as usize);
        let Some(with_own) = groups.iter().find(|group| group.contains(&0)) else {
            return;
        };
        for number in group.iter_mut().flatten() {
            if with_own.contains(number) {
                *number = 0;
            }
        }
    }
}
