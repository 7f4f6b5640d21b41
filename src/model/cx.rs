//! What a participant may do while it reacts.

use std::time::Duration;

use serde::Serialize;

use crate::history::Value;

use super::cast::{Company, MindOf};
use super::words::{Words, value_of};
use super::{Output, Participant, To};

/// An operation that a participant began and that is still open.
///
/// It belongs into the volatile state: a crash leaves the operation open for good, and testimony records that nobody knows what became
/// of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Op(u8);

/// The effects of one group, and the durable state behind it.
pub(super) type DraftGroup<M, D> = (Vec<Output<M>>, D);

/// A reaction as it is written down, with the participant's own types.
pub(super) struct Done<P: Participant + ?Sized> {
    pub(super) mind: MindOf<P>,
    pub(super) groups: Vec<DraftGroup<P::Msg, P::Durable>>,
    pub(super) reads_now: bool,
}

/// What a participant sees and does while it reacts.
///
/// Effects take place in the order in which they are asked for, and a crash may fall after any of them: see
/// [`Cx::together`] for those that it must not split.
#[derive(Debug)]
pub struct Cx<'c, P: Participant + ?Sized> {
    mind: MindOf<P>,
    company: Company<'c>,
    groups: Vec<DraftGroup<P::Msg, P::Durable>>,
    /// How many calls of [`Cx::together`] are open; effects join the group of the outermost.
    depth: u32,
    reads_now: bool,
    fault: Option<String>,
}

impl<'c, P: Participant + ?Sized> Cx<'c, P> {
    pub(super) fn new(mind: MindOf<P>, company: Company<'c>) -> Self {
        Self {
            mind,
            company,
            groups: Vec::new(),
            depth: 0,
            reads_now: false,
            fault: None,
        }
    }

    /// What is done, or what is wrong with it.
    pub(super) fn finish(self) -> Result<Done<P>, String> {
        match self.fault {
            Some(fault) => Err(fault),
            None => Ok(Done {
                mind: self.mind,
                groups: self.groups,
                reads_now: self.reads_now,
            }),
        }
    }

    /// The first fault counts: those behind it may follow from it.
    fn fault(&mut self, says: impl FnOnce() -> String) {
        self.fault.get_or_insert_with(says);
    }

    fn push(&mut self, output: Option<Output<P::Msg>>) {
        let durable = self.mind.durable.clone();
        match self.groups.last_mut() {
            Some(group) if self.depth > 0 => {
                group.0.extend(output);
                group.1 = durable;
            }
            _ => self.groups.push((output.into_iter().collect(), durable)),
        }
    }

    /// What survives a crash.
    #[must_use]
    pub fn durable(&self) -> &P::Durable {
        &self.mind.durable
    }

    /// What a crash wipes out, to be read and changed.
    pub fn volatile(&mut self) -> &mut P::Volatile {
        &mut self.mind.volatile
    }

    /// Changes what survives a crash.
    pub fn save(&mut self, change: impl FnOnce(&mut P::Durable)) {
        change(&mut self.mind.durable);
        self.push(None);
    }

    /// Changes what survives a crash and records the fact: both or neither. A fact is a variant of an enum; its name is what a promise
    /// reads.
    pub fn record(&mut self, fact: impl Serialize, change: impl FnOnce(&mut P::Durable)) {
        change(&mut self.mind.durable);
        self.push_fact(None, &fact);
    }

    /// Records a fact that is no state of its own: a card is charged, a mail is out.
    pub fn fact(&mut self, fact: impl Serialize) {
        self.push_fact(None, &fact);
    }

    /// The same, of an intent: the stable identity of one logical operation.
    pub fn fact_of(&mut self, intent: impl Serialize, fact: impl Serialize) {
        let intent = self.value(&intent);
        self.push_fact(Some(intent), &fact);
    }

    fn push_fact(&mut self, intent: Option<Value>, fact: &impl Serialize) {
        match Words::of(fact) {
            Ok(words) => self.push(Some(Output::Fact { words, intent })),
            Err(says) => self.fault(|| format!("records a fact that has no name: {says}")),
        }
    }

    /// Sends a message: to a participant by its name, or to an address that came with a message.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "names and addresses are small, and read better without `&`"
    )]
    pub fn send(&mut self, to: impl To, msg: P::Msg) {
        match to.locate(self.company.names) {
            Some(to) => self.push(Some(Output::Send { to, msg })),
            None => {
                let spelt = to.spelt();
                self.fault(|| format!("sends to {spelt}, and nobody is called that"));
            }
        }
    }

    /// Sets a timer that brings this message back. It may fire at any time from now on: a timeout proves only that somebody stopped
    /// waiting. `after` is what its owner hopes for; it orders nothing, and moves the clocks where there are
    /// [any](super::Cast::clocks). Setting it again replaces it; a crash forgets it.
    pub fn timer(&mut self, msg: P::Msg, after: Duration) {
        self.push(Some(Output::SetTimer { msg, after }));
    }

    /// Takes a timer back, if it has not fired.
    pub fn cancel(&mut self, msg: P::Msg) {
        self.push(Some(Output::Cancel { msg }));
    }

    /// Does all of this or nothing: no crash comes between the effects.
    pub fn together(&mut self, effects: impl FnOnce(&mut Self)) {
        if self.depth == 0 {
            let durable = self.mind.durable.clone();
            self.groups.push((Vec::new(), durable));
        }
        self.depth += 1;
        effects(self);
        self.depth -= 1;
    }

    /// Begins an operation: a variant of an enum, whose name is what a promise or a specification reads.
    #[must_use = "an operation that is never answered is of unknown outcome"]
    pub fn invoke(&mut self, call: impl Serialize) -> Op {
        self.begin(None, &call)
    }

    /// Begins an attempt at an intent: the same identity on every attempt is how a retry is recognised.
    #[must_use = "an operation that is never answered is of unknown outcome"]
    pub fn attempt(&mut self, intent: impl Serialize, call: impl Serialize) -> Op {
        let intent = self.value(&intent);
        self.begin(Some(intent), &call)
    }

    fn begin(&mut self, intent: Option<Value>, call: &impl Serialize) -> Op {
        let slot = self.mind.open.trailing_ones() as u8;
        if u32::from(slot) == u64::BITS {
            self.fault(|| "has 64 open operations, which is the most there may be".to_owned());
            return Op(0);
        }
        match Words::of(call) {
            Ok(words) => {
                self.mind.open |= 1 << slot;
                self.push(Some(Output::Invoke {
                    slot,
                    words,
                    intent,
                }));
            }
            Err(says) => self.fault(|| format!("begins an operation that has no name: {says}")),
        }
        Op(slot)
    }

    /// The operation took effect and was answered with this.
    pub fn ok(&mut self, op: Op, answer: impl Serialize) {
        let value = self.value(&answer);
        self.end(op, Output::Ok { slot: op.0, value });
    }

    /// The operation certainly did not take effect.
    pub fn fail(&mut self, op: Op, error: impl Serialize) {
        let error = self.value(&error);
        self.end(op, Output::Fail { slot: op.0, error });
    }

    /// Nobody waits for the operation any longer: what became of it stays unknown.
    pub fn give_up(&mut self, op: Op) {
        self.end(op, Output::GiveUp { slot: op.0 });
    }

    fn end(&mut self, op: Op, output: Output<P::Msg>) {
        let bit = 1 << op.0;
        if self.mind.open & bit == 0 {
            self.fault(|| {
                "ends an operation that is not open: it ended before, or a crash ended it (keep an `Op` in the volatile state)"
                    .to_owned()
            });
            return;
        }
        self.mind.open &= !bit;
        self.push(Some(output));
    }

    /// What the participant's own clock shows, in milliseconds. It passes on with every look; clocks of different participants may be
    /// [wrong](super::Faults::skews).
    pub fn now(&mut self) -> i64 {
        self.reads_now = true;
        match self.company.now_ms {
            Some(now) => now,
            None => {
                self.fault(|| {
                    "looks at a clock, and the workflow has none: call `clocks()` on its cast"
                        .to_owned()
                });
                0
            }
        }
    }

    fn value(&mut self, said: &impl Serialize) -> Value {
        value_of(said).unwrap_or_else(|says| {
            self.fault(|| says);
            Value::Null
        })
    }
}
