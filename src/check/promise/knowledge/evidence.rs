//! What a knowledge promise is shown of one scope, and what it answers.

use crate::history::{EventId, History, Value, ValueId};
use crate::order::Order;
use crate::verdict::{Because, Missing, Violation};

use super::Role;
use super::certify::Walk;
use super::gaps::Gaps;
use super::judge::Ground;
use super::reading::{ScopeSeen, Unplaced};

/// What is known of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Certainty {
    /// A fact: its own participant recorded it.
    Recorded,
    /// An operation that was answered `ok`.
    Answered,
    /// An operation of which nobody knows whether it took effect.
    Unknown,
    /// An operation that certainly took no effect.
    Failed,
}

/// A fact or an operation that concerns a knowledge promise.
#[derive(Clone, Debug)]
pub struct Seen<F> {
    pub(super) role: Role,
    pub(super) fact: F,
    pub(super) certainty: Certainty,
    pub(super) begin: EventId,
    pub(super) end: Option<EventId>,
}

impl<F> Seen<F> {
    /// Which part it plays.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// What it says.
    #[must_use]
    pub const fn fact(&self) -> &F {
        &self.fact
    }

    /// What is known of it.
    #[must_use]
    pub const fn certainty(&self) -> Certainty {
        self.certainty
    }

    /// The fact's event, or the operation's invocation.
    #[must_use]
    pub const fn event(&self) -> EventId {
        self.begin
    }

    /// The lines that show it: a fact, or an invocation with its completion.
    #[must_use]
    pub fn events(&self) -> Vec<EventId> {
        [Some(self.begin), self.end].into_iter().flatten().collect()
    }

    /// The event from which on it supports claims; `None`: it never does.
    pub(super) const fn supports_from(&self) -> Option<EventId> {
        match (self.role, self.certainty) {
            (Role::Claim, _) => None,
            (Role::Intent, _) | (Role::Support, Certainty::Recorded) => Some(self.begin),
            (Role::Support, Certainty::Answered) => self.end,
            (Role::Support, Certainty::Unknown | Certainty::Failed) => None,
        }
    }

    /// Where it took effect at the latest, as far as that is on record.
    pub(super) fn latest(&self) -> EventId {
        match self.certainty {
            Certainty::Answered => self.end.unwrap_or(self.begin),
            Certainty::Recorded | Certainty::Unknown | Certainty::Failed => self.begin,
        }
    }
}

/// What was witnessed of one scope.
#[derive(Debug)]
pub struct Evidence<'e, F> {
    pub(super) ground: &'e Ground<'e>,
    pub(super) scope: ScopeSeen<'e, F>,
    /// What concerns the promise and does not say which scope: any of it may belong to this one.
    pub(super) unplaced: &'e [Unplaced<F>],
}

/// What a knowledge promise says of one scope.
#[derive(Clone, Debug, PartialEq)]
pub enum Ruling {
    /// Each claim stands.
    Kept,
    /// A claim certainly does not stand.
    Broken(Violation),
    /// More evidence would decide. Empty: what would is asked elsewhere (effects that lack their key).
    Undecided(Vec<Missing>),
}

impl<'e, F> Evidence<'e, F> {
    /// All that is shown of the scope, in the order of the lines.
    #[must_use]
    pub fn seen(&self) -> &'e [Seen<F>] {
        self.scope.seen
    }

    /// Its claims.
    pub fn claims(&self) -> impl Iterator<Item = &'e Seen<F>> + use<'e, F> {
        self.seen().iter().filter(|seen| seen.role == Role::Claim)
    }

    /// What may belong to this scope or to another: it does not say which.
    pub fn unplaced(&self) -> impl Iterator<Item = &'e Seen<F>> + use<'e, F> {
        self.unplaced.iter().map(|unplaced| &unplaced.seen)
    }

    /// The history that shows it.
    #[must_use]
    pub fn history(&self) -> &'e History {
        self.ground.history
    }

    /// Whether `a` certainly came before `b`.
    #[must_use]
    pub fn before(&self, a: EventId, b: EventId) -> bool {
        self.ground.order.before(a, b)
    }

    /// The scope as people write it; `None` where the promise has only one.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.scope.scope.name(self.ground.history)
    }

    /// " for 781", or nothing where the promise has only one scope: the end of a sentence.
    #[must_use]
    pub fn of_scope(&self) -> String {
        let name = self.name();
        name.map(|name| format!(" for {name}")).unwrap_or_default()
    }

    /// The name of the fact or operation, between backticks.
    #[must_use]
    pub fn quoted(&self, seen: &Seen<F>) -> String {
        self.ground.quoted(seen.begin)
    }

    /// The participant that witnessed it, as people write it.
    #[must_use]
    pub fn participant(&self, seen: &Seen<F>) -> String {
        self.ground.participant(seen.begin)
    }

    /// "line 7", or "lines 7 and 9" for an operation that ended.
    #[must_use]
    pub fn lines(&self, seen: &Seen<F>) -> String {
        self.ground.lines(&seen.events())
    }

    /// The scope is broken: what happened, the lines that show it, and why nothing saves it.
    #[must_use]
    pub fn broken(&self, says: String, mut events: Vec<EventId>, why: Vec<String>) -> Ruling {
        events.sort_unstable();
        events.dedup();
        Ruling::Broken(Violation {
            scope: self.name(),
            says,
            events,
            why,
            dead_end: None,
        })
    }

    /// A question to the participant that witnessed `seen`: the record does not say enough of it.
    #[must_use]
    pub fn unrecorded(&self, seen: &Seen<F>, question: String) -> Missing {
        let process = self.ground.history.event(seen.begin).process;
        let ask = Some(self.ground.history.process(process));
        self.missing(Because::Record, seen.events(), ask, question)
    }

    /// A question to a participant by its name.
    #[must_use]
    pub fn unrecorded_by(&self, ask: &Value, seen: &Seen<F>, question: String) -> Missing {
        let ask = self.ground.history.values().find(ask);
        self.missing(Because::Record, seen.events(), ask, question)
    }

    pub(super) fn missing(
        &self,
        because: Because,
        mut events: Vec<EventId>,
        ask: Option<ValueId>,
        question: String,
    ) -> Missing {
        events.sort_unstable();
        events.dedup();
        Missing {
            events,
            ask,
            ..Missing::new(because, self.name(), question)
        }
    }

    pub(super) fn order(&self) -> &'e Order {
        self.ground.order
    }

    pub(super) fn gaps(&self) -> &'e Gaps {
        self.ground.gaps()
    }

    pub(super) fn walk(&self) -> &'e Walk {
        self.ground.walk()
    }
}
