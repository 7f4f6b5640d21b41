//! What would decide an undecided scope, answer by answer, and two worlds that differ in it.

use crate::history::{EventId, Verdict};

/// One thing that the participant who is asked may say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The answer, as a fragment: "it took effect".
    pub says: String,
    /// What it says, for programs; `None` where no world is meant.
    pub claim: Option<Claim>,
    /// The verdict of the scope once this is known and nothing else. `Undecided`: more of what is missing is needed, or a
    /// limit was reached before it was clear.
    pub then: Verdict,
    /// Whether it is so in the world that keeps the promise. With each question of the scope answered by one of
    /// these, the scope is kept.
    pub is_as_kept: bool,
}

/// What an answer says of worlds. Effects are named by the line of the fact or of the invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It took effect.
    TookEffect(EventId),
    /// It never took effect.
    HadNoEffect(EventId),
    /// Both took effect, one before the other.
    InOrder {
        /// The first.
        earlier: EventId,
        /// The second.
        later: EventId,
    },
    /// At most one of the two took effect.
    NotBoth(EventId, EventId),
    /// Nothing happened that no line shows.
    NothingUnseen,
    /// At least one thing happened that no line shows.
    SomethingUnseen,
    /// Exactly these happened that no line shows, in this order.
    Unseen(Vec<Unseen>),
}

/// How good the clocks would have to be to settle an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clocks {
    /// The stamps settle it where the clocks differ by less than so many nanoseconds.
    pub error_below_ns: u64,
    /// The same in one sentence.
    pub says: String,
}

/// An effect that no line shows, and what is said of its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// What the promise calls it.
    pub name: String,
    /// Effects that took place before it.
    pub after: Vec<EventId>,
    /// Effects that took place after it.
    pub before: Vec<EventId>,
}

/// A world that keeps a promise for one scope and one that breaks it, as alike as was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twins {
    /// The key, intent or object, as people write it; `None` where the check has only one.
    pub scope: Option<String>,
    /// The effects of the scope in the world that keeps it; those that never take effect stand last.
    pub keeps: Vec<Step>,
    /// The same in the world that breaks it.
    pub breaks: Vec<Step>,
    /// How many steps are the same before the two part.
    pub first_difference: usize,
    /// How they part, in one sentence.
    pub difference: String,
    /// What goes wrong in the second: "charged twice".
    pub breach: String,
    /// The step that breaks it; `None`: it is broken by what is left open at the end.
    pub breach_at: Option<usize>,
}

/// One effect in one world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The fact's line or the invocation's; `None`: no line shows it.
    pub event: Option<EventId>,
    /// What happens, as a fragment: "`authorize` takes effect".
    pub says: String,
}
