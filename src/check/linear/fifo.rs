//! Queues in the search: which elements are in, as small numbers, and whether those that follow each other can be
//! taken out in time.
//!
//! # Source
//! Bouajjani, Emmi, Enea and Hamza, "On Reducing Linearizability to State Reachability", ICALP 2015: a queue is wrong where
//! elements leave it in an order in which they cannot have come. The bounds for repeated elements are our own.
//!
//! # Idea
//! For histories with real time. Let first every removal say what it took. Elements leave in the order in which they
//! stand, so the queue itself says much of what is to come. Let e be the i-th element, and the k-th one equal to itself.
//!
//! - It leaves by a removal of its own kind, after k - 1 others did. The k-th smallest invocation among the removals of its kind that
//!   are left is thus a bound: e leaves no earlier, nor does anything behind it. Where there are no k of them, it
//!   stays for ever.
//! - A removal that returned before that bound takes something that stands in front of e. So, of each kind, there must be as many in front
//!   of e as there are such removals. An observer that found the queue empty must not have returned before that bound at all.
//! - Where e stays for ever, all removals that are left take something in front of it, and nobody finds the queue empty.
//!
//! Removals whose answer nobody saw may take anything: with a of them left, k - a of the first k equal elements leave by
//! removals of their kind, and the first a give no bound.
//!
//! An insertion of unknown outcome is tried only where the removals of its kind outnumber such elements in the
//! queue, as long as every removal left says what it took. Sound: otherwise the element is never taken, in any world from here, nor is anything behind
//! it, and the world without it is one too. And it is tried only where another insertion is open, or where the queue is empty and
//! a removal of its kind is open. Sound: of the worlds from here take one with the fewest unknown operations, and in it
//! each as late as possible. What follows directly behind such an insertion is open already here. A removal of an
//! element in front could go before it; one that does not say what it takes could do nothing where the queue was empty.
//!
//! They hold together as those of registers do.
//!
//! *Whose turn it is.* Let r be what returns first of the certain operations that are open. Nothing else becomes open before r takes place.
//! - Where r is an insertion, only insertions are tried, as long as everything open inserts, or says what it takes. Sound: in a
//!   world from here, put the insertions up to r before the removals up to r, each in the order they have.
//!   What a removal takes out stood in front already, or stands there now.
//! - Where r is a removal and the queue is not empty, no insertion is tried. Sound: in a world from here, put the first removal first. Before
//!   it there were only insertions, so it finds the same in front.
//!
//! This holds beside the rules above: the world has the same unknown operations, and where one of them is now the first,
//! it is an insertion, and r, an insertion that is open, is still to come. So only orders of insertions branch; that
//! spares the search most of its nodes where elements are repeated.
//!
//! # Preconditions
//! The specification's steps agree with its acts ([`Spec::act`]); that is tried out along one order of all operations.
//!
//! # Complexity
//! O(length of the queue) for a step and its questions.

use std::collections::{HashMap, VecDeque};

use rustc_hash::FxBuildHasher;

use crate::check::worlds::{Machine, States};
use crate::history::Value;
use crate::order::Order;

use super::deed::Deed;
use super::reading::{Member, Reading};
use super::remaining::Line;
use super::{Act, Family, Rules, Spec};

/// One queue.
pub(super) struct Fifo {
    rules: Rules,
    deeds: Vec<Deed<Kind>>,
    classes: Vec<u32>,
    initial: Vec<u32>,
    states: States<Box<[u32]>>,
    is_placed: Vec<bool>,
    /// Removals and those who found it empty, by their returns.
    by_return: Line,
    /// Of each kind: its removals by their invocations.
    takers: Vec<Line>,
    /// Of each kind: how many removals are left.
    takers_left: Vec<u32>,
    /// Removals left that do not say what they take.
    any_left: u32,
    /// Of each item: its place among those by return, and among the removals of its kind.
    places: [Vec<u32>; 2],
    /// Of each kind, for one question: how many stand in front, and how many must.
    in_front: Vec<u32>,
    due: Vec<u32>,
    /// Whether some answer is impossible from the start.
    is_doomed: bool,
}

/// What an operation does, by the numbers of the elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Insert(u32),
    Take(u32),
    /// Takes whatever is the first, if there is one.
    TakeAny,
    FoundEmpty,
}

impl Kind {
    const fn takes(self) -> Option<u32> {
        match self {
            Self::Take(element) => Some(element),
            _ => None,
        }
    }
}

impl Fifo {
    /// The queue of an object; `None` where it is none, or some removal does not say what it took.
    pub(super) fn of<S: Spec>(
        reading: &Reading<'_, S>,
        order: &Order,
        members: &[Member],
    ) -> Option<Self> {
        if !reading.rules.concern_queues() || !order.is_total() {
            return None;
        }
        let Some(Family::Queue { initial }) = reading.family_of(members) else {
            return None;
        };
        let mut elements: HashMap<&Value, u32, FxBuildHasher> = HashMap::default();
        let mut number = |value| {
            let next = elements.len() as u32;
            *elements.entry(value).or_insert(next)
        };
        let initial: Vec<u32> = initial.iter().map(&mut number).collect();
        let mut deeds = Vec::with_capacity(members.len());
        for member in members {
            deeds.push(deed(reading, *member, &mut number)?);
        }
        let elements = elements.len();
        agrees(reading, members, &deeds, &initial)
            .then(|| Self::new(reading.rules, deeds, initial, elements))
    }

    fn new(rules: Rules, deeds: Vec<Deed<Kind>>, initial: Vec<u32>, elements: usize) -> Self {
        let mut takers = vec![Vec::new(); elements];
        let mut missing = vec![0_i64; elements];
        for element in &initial {
            missing[*element as usize] -= 1;
        }
        let mut known: HashMap<(Kind, bool), u32, FxBuildHasher> = HashMap::default();
        let mut classes = Vec::with_capacity(deeds.len());
        for (item, deed) in (0..).zip(&deeds) {
            match deed.kind {
                Kind::Take(element) => {
                    takers[element as usize].push(item);
                    missing[element as usize] += 1;
                }
                Kind::Insert(element) => missing[element as usize] -= 1,
                Kind::TakeAny | Kind::FoundEmpty => {}
            }
            let next = known.len() as u32;
            let class = (deed.kind, deed.is_doubtful);
            classes.push(*known.entry(class).or_insert(next));
        }
        let takers_left = takers.iter().map(|takers| takers.len() as u32).collect();
        let takers = takers.into_iter();
        let takers: Vec<Line> = takers
            .map(|takers| Line::by_key(takers, |item| deeds[item as usize].lo))
            .collect();
        let is_due =
            |item: &u32| matches!(deeds[*item as usize].kind, Kind::Take(_) | Kind::FoundEmpty);
        let due = (0..deeds.len() as u32).filter(is_due).collect();
        let by_return = Line::by_key(due, |item| deeds[item as usize].hi);
        let mut of_kind = vec![u32::MAX; deeds.len()];
        for line in &takers {
            line.write_places(&mut of_kind);
        }
        Self {
            rules,
            classes,
            initial,
            states: States::new(),
            is_placed: vec![false; deeds.len()],
            places: [by_return.places(deeds.len()), of_kind],
            by_return,
            takers,
            takers_left,
            any_left: deeds
                .iter()
                .filter(|deed| deed.kind == Kind::TakeAny)
                .count() as u32,
            in_front: vec![0; elements],
            due: vec![0; elements],
            is_doomed: missing.iter().any(|missing| *missing > 0),
            deeds,
        }
    }

    fn intern(&mut self, state: Box<[u32]>) -> u32 {
        let heap_bytes = size_of_val::<[u32]>(&state);
        self.states.intern(state, heap_bytes)
    }

    /// Whether some removal that is left cannot get what it took from this queue.
    fn is_hopeless(&mut self, state: u32) -> bool {
        let mut in_front = std::mem::take(&mut self.in_front);
        let mut due = std::mem::take(&mut self.due);
        let is_hopeless = self.is_late(state, &mut in_front, &mut due);
        in_front.fill(0);
        due.fill(0);
        (self.in_front, self.due) = (in_front, due);
        is_hopeless
    }

    /// Walks through the queue with the bound on when each element leaves it.
    fn is_late(&self, state: u32, in_front: &mut [u32], due: &mut [u32]) -> bool {
        let mut returning = self.by_return.left(&self.is_placed).peekable();
        let mut bound = 0;
        for element in self.states.get(state) {
            // Each removal that does not say what it takes may have taken one of these.
            if let Some(before) = in_front[*element as usize].checked_sub(self.any_left) {
                let mut takers = self.takers[*element as usize].left(&self.is_placed);
                bound = match takers.nth(before as usize) {
                    Some(taker) => bound.max(self.deeds[taker as usize].lo),
                    None => u32::MAX,
                };
            }
            while let Some(item) =
                returning.next_if(|item| bound == u32::MAX || self.deeds[*item as usize].hi < bound)
            {
                let Kind::Take(taken) = self.deeds[item as usize].kind else {
                    return true;
                };
                due[taken as usize] += 1;
                if due[taken as usize] > in_front[taken as usize] {
                    return true;
                }
            }
            if bound == u32::MAX {
                return false;
            }
            in_front[*element as usize] += 1;
        }
        false
    }

    /// Takes out the insertions of unknown outcome that nobody needs.
    fn keep_wanted(&mut self, state: u32, open: &mut Vec<u32>) {
        let is_certain = |item: &u32| self.deeds[*item as usize].is_certain;
        if open.iter().all(is_certain) {
            return;
        }
        for element in self.states.get(state) {
            self.in_front[*element as usize] += 1;
        }
        let is_empty = self.states.get(state).is_empty();
        let kind = |item: &u32| self.deeds[*item as usize].kind;
        let insertions = open
            .iter()
            .filter(|item| matches!(kind(item), Kind::Insert(_)))
            .count();
        let takes: Vec<u32> = open.iter().filter_map(|item| kind(item).takes()).collect();
        let (any_left, in_front, left) = (self.any_left, &self.in_front, &self.takers_left);
        open.retain(|item| match self.deeds[*item as usize] {
            Deed {
                kind: Kind::Insert(element),
                is_certain: false,
                ..
            } => {
                let is_followed = insertions > 1 || (is_empty && takes.contains(&element));
                let is_taken = any_left > 0 || in_front[element as usize] < left[element as usize];
                is_followed && is_taken
            }
            _ => true,
        });
        self.in_front.fill(0);
    }

    /// Keeps only insertions or only removals, where it is clear whose turn it is.
    fn keep_turn(&self, state: u32, open: &mut Vec<u32>) {
        let kind = |item: &u32| self.deeds[*item as usize].kind;
        let certain = open
            .iter()
            .filter(|item| self.deeds[**item as usize].is_certain);
        let Some(next) = certain.min_by_key(|item| self.deeds[**item as usize].hi) else {
            return;
        };
        let is_insert = |item: &u32| matches!(kind(item), Kind::Insert(_));
        if is_insert(next) {
            if open
                .iter()
                .all(|item| is_insert(item) || kind(item).takes().is_some())
            {
                open.retain(is_insert);
            }
        } else if !self.states.get(state).is_empty() {
            open.retain(|item| !is_insert(item));
        }
    }
}

impl Machine for Fifo {
    fn start(&mut self) -> u32 {
        self.intern(self.initial.as_slice().into())
    }

    fn step(&mut self, state: u32, item: u32, next: &mut Vec<u32>) {
        let deed = self.deeds[item as usize];
        let queue = self.states.get(state);
        let after: Option<Box<[u32]>> = match deed.kind {
            Kind::Insert(element) => Some(queue.iter().copied().chain([element]).collect()),
            Kind::Take(element) if queue.first() == Some(&element) => Some(queue[1..].into()),
            Kind::Take(_) => None,
            Kind::TakeAny => Some(queue.get(1..).unwrap_or_default().into()),
            Kind::FoundEmpty => queue.is_empty().then(|| queue.clone()),
        };
        let after = after.map(|after| self.intern(after));
        next.extend(after);
        if deed.is_doubtful && after != Some(state) {
            next.push(state);
        }
    }

    fn observes(&self, item: u32) -> bool {
        self.rules.observers_first && matches!(self.deeds[item as usize].kind, Kind::FoundEmpty)
    }

    fn class(&self, item: u32) -> Option<u32> {
        let is_certain = self.deeds[item as usize].is_certain;
        let is_ordered = self.rules.order_twins(is_certain);
        is_ordered.then(|| self.classes[item as usize])
    }

    fn goes_on(&mut self, item: u32, (from, to): (u32, u32)) -> bool {
        self.is_placed[item as usize] = true;
        self.by_return.advance(&self.is_placed);
        if let Some(element) = self.deeds[item as usize].kind.takes() {
            self.takers[element as usize].advance(&self.is_placed);
            self.takers_left[element as usize] -= 1;
        }
        self.any_left -= u32::from(self.deeds[item as usize].kind == Kind::TakeAny);
        from == to || !self.rules.queue_order || !self.is_hopeless(to)
    }

    fn taken_back(&mut self, item: u32) {
        self.is_placed[item as usize] = false;
        let [by_return, of_kind] = &self.places;
        self.by_return.retreat(by_return[item as usize]);
        if let Some(element) = self.deeds[item as usize].kind.takes() {
            self.takers[element as usize].retreat(of_kind[item as usize]);
            self.takers_left[element as usize] += 1;
        }
        self.any_left += u32::from(self.deeds[item as usize].kind == Kind::TakeAny);
    }

    fn prune(&mut self, state: u32, open: &mut Vec<u32>) {
        if self.rules.queue_order {
            if self.is_doomed {
                open.clear();
            }
            self.keep_wanted(state, open);
        }
        if self.rules.queue_turns {
            self.keep_turn(state, open);
        }
    }

    fn heap_bytes(&self) -> u64 {
        let item = size_of::<Deed<Kind>>() + 6 * size_of::<u32>();
        let element = size_of::<Line>() + 3 * size_of::<u32>();
        (self.deeds.len() * item + self.takers.len() * element) as u64 + self.states.heap_bytes()
    }
}

/// What a member does; `None` where the specification does not say it, or nothing that is known of queues.
fn deed<'r, S: Spec>(
    reading: &'r Reading<'_, S>,
    member: Member,
    number: &mut impl FnMut(&'r Value) -> u32,
) -> Option<Deed<Kind>> {
    Deed::of(reading, member, |act, is_sure| {
        Some(match act {
            Act::Insert(value) => Kind::Insert(number(value)),
            Act::Take(Some(value)) if is_sure => Kind::Take(number(value)),
            Act::Take(None) => Kind::TakeAny,
            Act::FoundEmpty if is_sure => Kind::FoundEmpty,
            _ => return None,
        })
    })
}

/// Tries out whether the specification does what it says: inserts everything in order, and takes each element
/// out as soon as it is the first.
fn agrees<S: Spec>(
    reading: &Reading<'_, S>,
    members: &[Member],
    deeds: &[Deed<Kind>],
    initial: &[u32],
) -> bool {
    let mut queue: VecDeque<u32> = initial.iter().copied().collect();
    let mut state = reading.spec.initial();
    let mut takers: HashMap<u32, Vec<usize>, FxBuildHasher> = HashMap::default();
    let step = |state: &S::State, item: usize| {
        let words = &reading.words[members[item].entry as usize];
        let reply = members[item].reply(words);
        let mut next = reading.spec.step(state, &words.call, reply).into_iter();
        (next.next(), next.next().is_some())
    };
    for (item, deed) in deeds.iter().enumerate() {
        match deed.kind {
            Kind::Insert(element) => {
                let (Some(next), false) = step(&state, item) else {
                    return false;
                };
                state = next;
                queue.push_back(element);
            }
            Kind::TakeAny => {
                let (Some(next), false) = step(&state, item) else {
                    return false;
                };
                state = next;
                queue.pop_front();
            }
            Kind::FoundEmpty => match (queue.is_empty(), step(&state, item)) {
                (true, (Some(next), false)) if next == state => {}
                (false, (None, _)) => {}
                _ => return false,
            },
            Kind::Take(element) => {
                let is_possible = matches!(step(&state, item), (Some(_), false));
                if is_possible != (queue.front() == Some(&element)) {
                    return false;
                }
                takers.entry(element).or_default().push(item);
            }
        }
        while let Some(taker) = queue.front().and_then(|first| takers.get_mut(first)?.pop()) {
            let (Some(next), false) = step(&state, taker) else {
                return false;
            };
            state = next;
            queue.pop_front();
        }
    }
    true
}
