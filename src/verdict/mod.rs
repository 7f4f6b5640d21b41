//! What a check found out: data only.
//!
//! A [`Judgement`] speaks of one check on one history. It holds indices into that history and finished
//! sentences, so that every report says the same words.

mod evidence;

use crate::history::{EventId, OpId, ValueId};

pub use crate::history::Verdict;
pub use evidence::{Answer, Claim, Clocks, Step, Twins, Unseen};

/// How many scopes (keys, intents, objects) a check judged, by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Scopes that are kept in every possible world.
    pub kept: usize,
    /// Scopes that are broken in every possible world.
    pub broken: usize,
    /// Scopes for which the evidence does not suffice.
    pub undecided: usize,
}

impl Tally {
    /// All scopes judged.
    #[must_use]
    pub const fn judged(self) -> usize {
        self.kept + self.broken + self.undecided
    }

    /// Counts one more scope.
    pub fn add(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Kept => self.kept += 1,
            Verdict::Broken => self.broken += 1,
            Verdict::Undecided => self.undecided += 1,
        }
    }
}

/// What one check says of one history.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The verdict over all scopes. Meaningless (`Kept`) where nothing was judged: see [`Self::judged`].
    pub verdict: Verdict,
    /// The scopes by verdict.
    pub scopes: Tally,
    /// What broke, one entry a broken scope, in the order in which the scopes first appear.
    pub violations: Vec<Violation>,
    /// What would decide the undecided scopes, in the order in which the scopes first appear.
    pub missing: Vec<Missing>,
    /// Of undecided scopes: a world that keeps the promise beside one that breaks it.
    pub twins: Vec<Twins>,
    /// What makes a kept verdict checkable; only where it was asked for.
    pub witnesses: Vec<Linearization>,
    /// Scopes that are undecided alone, and decided among the worlds that the specifications allow.
    pub settled: Vec<Settled>,
    /// Sentences worth knowing that change no verdict (operations left out).
    pub notes: Vec<String>,
    /// By which algorithms the scopes were decided and why by these, as sentences.
    pub methods: Vec<String>,
}

impl Judgement {
    /// A judgement of no scope at all.
    #[must_use]
    pub const fn of_nothing() -> Self {
        Self {
            verdict: Verdict::Kept,
            scopes: Tally {
                kept: 0,
                broken: 0,
                undecided: 0,
            },
            violations: Vec::new(),
            missing: Vec::new(),
            twins: Vec::new(),
            witnesses: Vec::new(),
            settled: Vec::new(),
            notes: Vec::new(),
            methods: Vec::new(),
        }
    }

    /// The number of scopes judged. A judgement of none is not kept.
    #[must_use]
    pub const fn judged(&self) -> usize {
        self.scopes.judged()
    }
}

/// One scope of one promise or specification that is broken in every possible world.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The key, intent or object, as people write it; `None` where the check has only one.
    pub scope: Option<String>,
    /// What happened, in one line: "charged twice for order-781".
    pub says: String,
    /// The smallest set of events found that shows it, in the order of the lines.
    pub events: Vec<EventId>,
    /// Why no other order and no other outcome saves it: one sentence an entry.
    pub why: Vec<String>,
    /// Of a specification: how far the best order gets, and what refuses to come next.
    pub dead_end: Option<DeadEnd>,
}

/// How far an order of the operations of a [`Violation`] gets before no answer is right any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadEnd {
    /// The longest order found in which every answer is right. Operations of unknown outcome stand in it only
    /// where their effect was needed.
    pub order: Vec<OpId>,
    /// Each operation that real time or happened-before allows next, and why it cannot be: "the value is 2".
    pub refused: Vec<(OpId, String)>,
}

/// What an undecided verdict turns on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Because {
    /// An operation's outcome is unknown.
    Outcome,
    /// Nothing orders two events.
    Order,
    /// A participant's record is not whole, or does not say what the promise asks for.
    Record,
    /// An obligation may still be met.
    NotYetDue,
    /// A limit was reached before the search was over.
    Budget,
}

impl Because {
    /// The word that stands in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Order => "order",
            Self::Record => "record",
            Self::NotYetDue => "not-yet-due",
            Self::Budget => "budget",
        }
    }
}

/// A piece of evidence without which a scope stays undecided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What kind of evidence it is.
    pub because: Because,
    /// The key, intent or object, as people write it; `None` where the check has only one.
    pub scope: Option<String>,
    /// The events concerned, in the order of the lines.
    pub events: Vec<EventId>,
    /// The participant to ask, where one is known.
    pub ask: Option<ValueId>,
    /// What to ask, as a full sentence with a question mark.
    pub question: String,
    /// What may be answered, and what the scope's verdict then is. Empty where the answer is a value, or a limit was reached.
    pub answers: Vec<Answer>,
    /// What the clocks of the two participants say of an order.
    pub clocks: Option<Clocks>,
}

impl Missing {
    /// A question that names no event, nobody to ask and no answer yet.
    #[must_use]
    pub const fn new(because: Because, scope: Option<String>, question: String) -> Self {
        Self {
            because,
            scope,
            events: Vec::new(),
            ask: None,
            question,
            answers: Vec::new(),
            clocks: None,
        }
    }
}

/// A scope of a promise that specifications beside it decide: they rule out all worlds of the other verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The key, intent or object, as people write it; `None` where the check has only one.
    pub scope: Option<String>,
    /// What the scope is among the worlds that the specifications allow.
    pub verdict: Verdict,
    /// The operations whose answers rule the others out: the smallest set found.
    pub by: Vec<OpId>,
    /// The ids of the specifications that speak of them.
    pub specs: Vec<String>,
    /// The same in one sentence.
    pub says: String,
}

/// An order of one object's operations in which every answer is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linearization {
    /// The object; `None` where the specification has only one.
    pub scope: Option<String>,
    /// The operations in the order in which they took effect. Unknown ones that are not in it did not.
    pub operations: Vec<OpId>,
}
