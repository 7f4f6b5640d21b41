//! Registers in the search: what each operation asks of the value and makes of it, as small numbers.
//!
//! # Source
//! Gibbons and Korach, "Testing Shared Memories", SIAM J. Comput. 26, 1997, on what makes registers hard. The rules are our
//! own; each is held to the plain search and to brute force by `tests/differential_specs.rs`.
//!
//! # Idea
//! Let an item *test* a value where it behaves differently there than at values that no item names: a read, a
//! compare-and-set, a refused one. It *needs* a value where it is possible at that value only, and *makes* one where it may leave it.
//!
//! - *Owed values.* A world in which the register leaves v cannot go on where some item that needs v is left and
//!   none that makes v is, or (in real time) each that does was invoked after the first of those in need returned.
//! - *Merged values.* Two values that no item left tests have the same future: one stands for both.
//! - *Hidden writes.* Let y be an open write of a value that no item left tests, and no item be left that demands another
//!   value (a refused swap: it could hide behind y). Of all writes only y is tried. Sound: let a world go on from here with some
//!   other write x, and y later. In it, nothing stands between y and the next change: what observes needs the
//!   value of y or is a refused swap. So y can be taken out there, and put directly before x, where x covers it.
//! - *Wanted unknowns.* An update of unknown outcome is tried only where some open item needs what it leaves and is
//!   impossible here, or demands another value than the present one. Sound: of the worlds from here take one with the fewest
//!   unknown updates, and in it each as late as possible. What follows directly behind such an update u is open
//!   already here, since nothing waits for u. It is not possible without u: else it could go first, with u later. It
//!   is no write: else u could be left out. An unknown swap that follows takes effect: else it could be left out.
//!
//! While a violation is made small, an operation may be *doubtful*: it takes place, but may do nothing. Such an item needs nothing, is
//! never left out, and is no write in the sense of the rules.
//!
//! They hold together: of the worlds from a node take one as for the unknowns; if it begins with a write and a hidden
//! write y is open, begin it with the first such y; if it begins with the second of two twins, exchange them. Each step keeps
//! what the one before it has reached.
//!
//! # Preconditions
//! The specification's own steps agree with what it says of each operation ([`Spec::act`]). That is tried out for each operation
//! at three values; where it does not hold, the specification's machine searches. A world that is found is replayed.
//!
//! # Complexity
//! A step and a question: constant time, but for [`Machine::prune`], which is linear in the open items.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use crate::check::worlds::Machine;
use crate::history::Value;
use crate::order::Order;

use super::deed::Deed;
use super::reading::{Member, Reading};
use super::remaining::Line;
use super::{Act, Family, Rules, Spec};

/// No value: the representative of all that nobody tests.
const NONE: u32 = u32::MAX;

/// One object that writes replace.
pub(super) struct Cells {
    rules: Rules,
    is_total: bool,
    deeds: Vec<Deed<Kind>>,
    classes: Vec<u32>,
    initial: u32,
    values: Vec<Left>,
    /// Items left that demand another value.
    differs_left: u32,
    is_placed: Vec<bool>,
    /// Of each item: its place among those that need its value, and among those that make it.
    places: [Vec<u32>; 2],
    /// Of each value, whether somebody open asks for it; for [`Machine::prune`] only.
    is_wanted: Vec<bool>,
    /// Whether some answer is impossible from the start.
    is_doomed: bool,
}

/// What an operation does, by the numbers of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Write(u32),
    Read(u32),
    /// From one value to another one.
    Swap(u32, u32),
    Differs(u32),
    /// It changes nothing, whatever it finds.
    Idle,
}

/// What is left for one value.
#[derive(Default)]
struct Left {
    /// Those that need it, by their ends.
    needers: Line,
    /// Those that may make it, by their beginnings.
    makers: Line,
    /// How many test it.
    tests: u32,
}

impl Deed<Kind> {
    /// Whether it may have no effect.
    const fn is_optional(self) -> bool {
        self.is_doubtful || !self.is_certain
    }

    fn needs(self) -> Option<u32> {
        match self.kind {
            Kind::Read(value) | Kind::Swap(value, _) => (!self.is_optional()).then_some(value),
            _ => None,
        }
    }

    const fn makes(self) -> Option<u32> {
        match self.kind {
            Kind::Write(value) | Kind::Swap(_, value) => Some(value),
            _ => None,
        }
    }

    const fn tests(self) -> Option<u32> {
        match self.kind {
            Kind::Read(value) | Kind::Swap(value, _) | Kind::Differs(value) => Some(value),
            _ => None,
        }
    }

    /// The value behind it where it has an effect; `None` where it cannot take place at this one.
    fn step(self, value: u32) -> Option<u32> {
        match self.kind {
            Kind::Write(new) => Some(new),
            Kind::Swap(old, new) if old == value => Some(new),
            Kind::Swap(..) => self.is_optional().then_some(value),
            Kind::Read(seen) => (seen == value).then_some(value),
            Kind::Differs(other) => (other != value).then_some(value),
            Kind::Idle => Some(value),
        }
    }
}

impl Cells {
    /// The cells of an object; `None` where it is no register, or no rule for registers is wanted.
    pub(super) fn of<S: Spec>(
        reading: &Reading<'_, S>,
        order: &Order,
        members: &[Member],
    ) -> Option<Self> {
        let Some(Family::Register { initial }) = reading.family_of(members) else {
            return None;
        };
        if !reading.rules.concern_cells() {
            return None;
        }
        let mut values: HashMap<&Value, u32, FxBuildHasher> = HashMap::default();
        values.insert(&initial, 0);
        let mut deeds = Vec::with_capacity(members.len());
        for member in members {
            deeds.push(deed(reading, *member, &mut values)?);
        }
        Trial::new(reading, members, &deeds, values.len())
            .passes()
            .then(|| Self::new(reading.rules, order.is_total(), deeds, values.len()))
    }

    fn new(rules: Rules, is_total: bool, deeds: Vec<Deed<Kind>>, values: usize) -> Self {
        let mut needers = vec![Vec::new(); values];
        let mut makers = vec![Vec::new(); values];
        let mut left: Vec<Left> = (0..values).map(|_| Left::default()).collect();
        let mut known: HashMap<(Kind, bool, bool), u32, FxBuildHasher> = HashMap::default();
        let mut classes = Vec::with_capacity(deeds.len());
        for (item, deed) in (0..).zip(&deeds) {
            if let Some(value) = deed.needs() {
                needers[value as usize].push(item);
            }
            if let Some(value) = deed.makes() {
                makers[value as usize].push(item);
            }
            if let Some(value) = deed.tests() {
                left[value as usize].tests += 1;
            }
            let next = known.len() as u32;
            let may_miss = matches!(deed.kind, Kind::Swap(..)) && deed.is_optional();
            let class = (deed.kind, may_miss, deed.is_doubtful);
            classes.push(*known.entry(class).or_insert(next));
        }
        let mut places = [vec![u32::MAX; deeds.len()], vec![u32::MAX; deeds.len()]];
        for (left, (needers, makers)) in left.iter_mut().zip(needers.into_iter().zip(makers)) {
            left.needers = Line::by_key(needers, |item| deeds[item as usize].hi);
            left.makers = Line::by_key(makers, |item| deeds[item as usize].lo);
            left.needers.write_places(&mut places[0]);
            left.makers.write_places(&mut places[1]);
        }
        let is_differing = |deed: &&Deed<Kind>| matches!(deed.kind, Kind::Differs(_));
        let mut cells = Self {
            rules,
            is_total,
            differs_left: deeds.iter().filter(is_differing).count() as u32,
            is_placed: vec![false; deeds.len()],
            is_wanted: vec![false; values],
            deeds,
            classes,
            initial: 0,
            values: left,
            places,
            is_doomed: false,
        };
        cells.is_doomed = (1..values as u32).any(|value| cells.is_lost(value));
        cells
    }

    /// Whether somebody needs a value that is not the present one, and nobody can make it in time.
    fn is_lost(&self, value: u32) -> bool {
        let left = &self.values[value as usize];
        let Some(needer) = left.needers.first() else {
            return false;
        };
        left.makers.first().is_none_or(|maker| {
            let (needer, maker) = (self.deeds[needer as usize], self.deeds[maker as usize]);
            self.is_total && maker.lo > needer.hi
        })
    }

    fn is_tested(&self, value: u32) -> bool {
        self.values[value as usize].tests > 0
    }

    fn is_hidden(&self, item: u32) -> bool {
        let deed = self.deeds[item as usize];
        matches!(deed.kind, Kind::Write(value) if !deed.is_optional() && !self.is_tested(value))
    }

    /// Marks what the open items ask for that is not here; whether one of them asks for any other value.
    fn mark_wanted(&mut self, value: u32, open: &[u32], is_wanted: bool) -> bool {
        let mut wants_other = false;
        for item in open {
            match self.deeds[*item as usize].kind {
                Kind::Read(seen) | Kind::Swap(seen, _) if seen != value => {
                    self.is_wanted[seen as usize] = is_wanted;
                }
                Kind::Differs(other) => wants_other |= other == value,
                _ => {}
            }
        }
        wants_other
    }

    fn keep_wanted(&mut self, value: u32, open: &mut Vec<u32>) {
        let wants_other = self.mark_wanted(value, open, true);
        let all = open.clone();
        open.retain(|item| {
            let deed = self.deeds[*item as usize];
            let leaves = match deed.kind {
                _ if deed.is_certain => return true,
                Kind::Write(new) => new,
                Kind::Swap(old, new) if old == value => new,
                _ => return false,
            };
            leaves != value && (wants_other || self.is_wanted[leaves as usize])
        });
        self.mark_wanted(value, &all, false);
    }
}

impl Machine for Cells {
    fn start(&mut self) -> u32 {
        self.initial
    }

    fn step(&mut self, state: u32, item: u32, next: &mut Vec<u32>) {
        let deed = self.deeds[item as usize];
        let after = deed.step(state);
        next.extend(after);
        if deed.is_doubtful && after != Some(state) {
            next.push(state);
        }
    }

    fn observes(&self, item: u32) -> bool {
        let deed = self.deeds[item as usize];
        let is_observer = matches!(deed.kind, Kind::Read(_) | Kind::Differs(_) | Kind::Idle);
        self.rules.observers_first && deed.is_certain && is_observer
    }

    fn class(&self, item: u32) -> Option<u32> {
        let is_certain = self.deeds[item as usize].is_certain;
        let is_ordered = self.rules.order_twins(is_certain);
        is_ordered.then(|| self.classes[item as usize])
    }

    fn goes_on(&mut self, item: u32, (from, to): (u32, u32)) -> bool {
        self.is_placed[item as usize] = true;
        let deed = self.deeds[item as usize];
        if let Some(value) = deed.needs() {
            self.values[value as usize].needers.advance(&self.is_placed);
        }
        if let Some(value) = deed.makes() {
            self.values[value as usize].makers.advance(&self.is_placed);
        }
        if let Some(value) = deed.tests() {
            self.values[value as usize].tests -= 1;
        }
        self.differs_left -= u32::from(matches!(deed.kind, Kind::Differs(_)));
        !(self.rules.owed_values && from != to && self.is_lost(from))
    }

    fn taken_back(&mut self, item: u32) {
        self.is_placed[item as usize] = false;
        let deed = self.deeds[item as usize];
        let [needing, making] = &self.places;
        if let Some(value) = deed.needs() {
            let needers = &mut self.values[value as usize].needers;
            needers.retreat(needing[item as usize]);
        }
        if let Some(value) = deed.makes() {
            let makers = &mut self.values[value as usize].makers;
            makers.retreat(making[item as usize]);
        }
        if let Some(value) = deed.tests() {
            self.values[value as usize].tests += 1;
        }
        self.differs_left += u32::from(matches!(deed.kind, Kind::Differs(_)));
    }

    fn prune(&mut self, state: u32, open: &mut Vec<u32>) {
        if self.is_doomed && self.rules.owed_values {
            open.clear();
        }
        if self.rules.wanted_unknowns {
            self.keep_wanted(state, open);
        }
        if self.rules.hidden_writes && self.differs_left == 0 {
            let hidden = open.iter().copied().find(|item| self.is_hidden(*item));
            if let Some(hidden) = hidden {
                open.retain(|item| {
                    let deed = self.deeds[*item as usize];
                    let is_write = matches!(deed.kind, Kind::Write(_)) && !deed.is_doubtful;
                    *item == hidden || !is_write
                });
            }
        }
    }

    fn representative(&self, state: u32) -> u32 {
        if self.rules.merged_values && !self.is_tested(state) {
            NONE
        } else {
            state
        }
    }

    fn heap_bytes(&self) -> u64 {
        let item = size_of::<Deed<Kind>>() + 6 * size_of::<u32>();
        (self.deeds.len() * item + self.values.len() * size_of::<Left>()) as u64
    }
}

/// What a member does; `None` where the specification does not say it, or nothing that a register does.
fn deed<'r, S: Spec>(
    reading: &'r Reading<'_, S>,
    member: Member,
    values: &mut HashMap<&'r Value, u32, FxBuildHasher>,
) -> Option<Deed<Kind>> {
    let mut number = |value| {
        let next = values.len() as u32;
        *values.entry(value).or_insert(next)
    };
    Deed::of(reading, member, |act, is_sure| {
        Some(match act {
            Act::Write(value) => Kind::Write(number(value)),
            Act::Read(value) if is_sure => Kind::Read(number(value)),
            Act::Swap(old, new) if old == new && is_sure => Kind::Read(number(old)),
            Act::Swap(old, new) if old == new => Kind::Idle,
            Act::Swap(old, new) => Kind::Swap(number(old), number(new)),
            Act::Differs(value) if is_sure => Kind::Differs(number(value)),
            _ => return None,
        })
    })
}

/// Tries out whether the specification does what it says.
struct Trial<'t, 's, S: Spec> {
    reading: &'t Reading<'s, S>,
    members: &'t [Member],
    deeds: &'t [Deed<Kind>],
    /// Of each value: a state that holds it, as far as one was reached.
    states: Vec<Option<S::State>>,
}

impl<'t, 's, S: Spec> Trial<'t, 's, S> {
    fn new(
        reading: &'t Reading<'s, S>,
        members: &'t [Member],
        deeds: &'t [Deed<Kind>],
        values: usize,
    ) -> Self {
        let mut states = vec![None; values];
        states[0] = Some(reading.spec.initial());
        Self {
            reading,
            members,
            deeds,
            states,
        }
    }

    fn passes(mut self) -> bool {
        for item in 0..self.deeds.len() {
            let deed = self.deeds[item];
            let own = deed.tests().or(deed.makes()).unwrap_or(0) as usize;
            let other = (own + 1) % self.states.len();
            if ![0, own, other]
                .into_iter()
                .all(|value| self.agrees(item, value))
            {
                return false;
            }
        }
        true
    }

    /// Whether the specification does at this value what the deed does; also where no state with it is known.
    fn agrees(&mut self, item: usize, value: usize) -> bool {
        let Some(state) = &self.states[value] else {
            return true;
        };
        let member = self.members[item];
        let words = &self.reading.words[member.entry as usize];
        let reply = member.reply(words);
        let mut found = self
            .reading
            .spec
            .step(state, &words.call, reply)
            .into_iter();
        let (first, second) = (found.next(), found.next());
        drop(found);
        match (self.deeds[item].step(value as u32), first, second) {
            (None, None, None) => true,
            (Some(next), Some(first), None) => match &mut self.states[next as usize] {
                Some(known) => *known == first,
                unknown => {
                    *unknown = Some(first);
                    true
                }
            },
            _ => false,
        }
    }
}
