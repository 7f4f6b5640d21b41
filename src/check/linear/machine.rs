//! The machine of a specification: accepts the worlds in which it allows every answer.
//!
//! # Idea
//! Worlds are given up as soon as some answer can never become possible any more, where the specification
//! says so ([`Spec::rules_out`]): a list that was read must begin with what was appended so far. The answers asked are those
//! of the next [`LOOKED_AT`] operations that only observe, in the order in which they returned.
//!
//! Sound: the answer is impossible in the present state and, by the contract of [`Spec::rules_out`], in every state
//! to which operations that grow ([`Spec::grows`]) lead. Observers lead nowhere. So it is impossible as long as
//! nothing else takes place before it; and nothing else does where everything else that has not taken place was invoked
//! after the observer returned (under a partial order: where nothing else is left at all).

use crate::check::worlds::{Machine, States};
use crate::order::Order;

use super::Spec;
use super::reading::{Member, Reading, Standing};
use super::remaining::Line;

/// How many answers are looked at.
const LOOKED_AT: usize = 2;

/// Follows the operations of one object.
pub(super) struct SpecMachine<'r, 's, S: Spec> {
    reading: &'r Reading<'s, S>,
    members: Vec<Member>,
    states: States<S::State>,
    lookahead: Option<Lookahead>,
}

/// The answers that are still to come.
struct Lookahead {
    is_placed: Vec<bool>,
    /// Observers by their return.
    observers: Line,
    /// By their invocation: operations that may lead to any state.
    others: Line,
    /// Of each member: its place in each line, [`u32::MAX`] where it is in the other or in none.
    places: [Vec<u32>; 2],
    is_total: bool,
}

impl<'r, 's, S: Spec> SpecMachine<'r, 's, S> {
    /// A machine that takes every step and looks no further.
    pub(super) fn new(reading: &'r Reading<'s, S>, members: Vec<Member>) -> Self {
        Self {
            reading,
            members,
            states: States::new(),
            lookahead: None,
        }
    }

    /// The same with everything that the rules permit.
    pub(super) fn looking_ahead(mut self, order: &Order) -> Self {
        let reading = self.reading;
        let grows = |member: &Member| {
            let words = &reading.words[member.entry as usize];
            reading.spec.grows(&words.call)
        };
        if reading.rules.looks_ahead && self.members.iter().any(grows) {
            self.lookahead = Some(self.lookahead(order, grows));
        }
        self
    }

    fn lookahead(&self, order: &Order, grows: impl Fn(&Member) -> bool) -> Lookahead {
        let item = |member: u32| {
            let entry = self.members[member as usize].entry;
            self.reading.entries[entry as usize].item
        };
        let all = 0..self.members.len() as u32;
        let (observers, rest): (Vec<u32>, Vec<u32>) = all.partition(|member| {
            let member = self.members[*member as usize];
            let is_answered = member.standing == Standing::Answered;
            is_answered && self.reading.entries[member.entry as usize].observes
        });
        let others = rest.into_iter().filter(|member| {
            let member = &self.members[*member as usize];
            !grows(member) && !self.reading.entries[member.entry as usize].always_observes
        });
        let hi = |member: u32| item(member).hi.map_or(u32::MAX, |hi| hi.index() as u32);
        let observers = Line::by_key(observers, hi);
        let others = Line::by_key(others.collect(), |member| item(member).lo.index() as u32);
        Lookahead {
            is_placed: vec![false; self.members.len()],
            places: [&observers, &others].map(|line| line.places(self.members.len())),
            observers,
            others,
            is_total: order.is_total(),
        }
    }

    /// Whether some answer that is still to come can never be given.
    fn is_hopeless(&self, state: u32) -> bool {
        let Some(lookahead) = &self.lookahead else {
            return false;
        };
        let observers = lookahead.observers.left(&lookahead.is_placed);
        observers.take(LOOKED_AT).any(|observer| {
            let entry = |member: u32| self.members[member as usize].entry as usize;
            let item = |member: u32| self.reading.entries[entry(member)].item;
            let may_precede = lookahead.others.first().is_some_and(|other| {
                let end = item(observer).hi;
                !lookahead.is_total || end.is_none_or(|end| item(other).lo < end)
            });
            let words = &self.reading.words[entry(observer)];
            let reply = words.reply.as_ref();
            !may_precede
                && reply.is_some_and(|reply| {
                    let state = self.states.get(state);
                    self.reading.spec.rules_out(state, &words.call, reply)
                })
        })
    }

    fn intern(&mut self, state: S::State) -> u32 {
        let heap_bytes = self.reading.spec.heap_bytes(&state);
        self.states.intern(state, heap_bytes)
    }
}

impl<S: Spec> Machine for SpecMachine<'_, '_, S> {
    fn start(&mut self) -> u32 {
        self.intern(self.reading.spec.initial())
    }

    fn step(&mut self, state: u32, item: u32, next: &mut Vec<u32>) {
        let member = self.members[item as usize];
        let words = &self.reading.words[member.entry as usize];
        let reply = member.reply(words);
        let spec = self.reading.spec;
        let from = self.states.get(state);
        let following: Vec<S::State> = spec.step(from, &words.call, reply).into_iter().collect();
        // Only what this step leads to is told apart: others' states stand before it.
        let first = next.len();
        if member.standing == Standing::Doubtful {
            next.push(state);
        }
        for state in following {
            let number = self.intern(state);
            if !next[first..].contains(&number) {
                next.push(number);
            }
        }
    }

    fn observes(&self, item: u32) -> bool {
        let member = self.members[item as usize];
        self.reading.rules.observers_first
            && member.standing == Standing::Answered
            && self.reading.entries[member.entry as usize].observes
    }

    fn class(&self, item: u32) -> Option<u32> {
        let (member, rules) = (self.members[item as usize], self.reading.rules);
        let entry = &self.reading.entries[member.entry as usize];
        let is_certain = entry.item.is_certain && member.standing != Standing::Silent;
        let is_ordered = rules.order_twins(is_certain);
        is_ordered.then(|| self.reading.class(member))
    }

    fn goes_on(&mut self, item: u32, (from, to): (u32, u32)) -> bool {
        if let Some(lookahead) = &mut self.lookahead {
            lookahead.is_placed[item as usize] = true;
            lookahead.observers.advance(&lookahead.is_placed);
            lookahead.others.advance(&lookahead.is_placed);
        }
        from == to || !self.is_hopeless(to)
    }

    fn taken_back(&mut self, item: u32) {
        if let Some(lookahead) = &mut self.lookahead {
            lookahead.is_placed[item as usize] = false;
            let [observers, others] = &lookahead.places;
            lookahead.observers.retreat(observers[item as usize]);
            lookahead.others.retreat(others[item as usize]);
        }
    }

    fn heap_bytes(&self) -> u64 {
        self.states.heap_bytes()
    }
}
