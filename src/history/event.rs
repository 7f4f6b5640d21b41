//! The vocabulary of a history: events, operations, outcomes, messages and the header.

use super::{EventId, NameId, OpId, ProcessId, ValueId};

/// What kind of line an event is (`type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// An operation begins.
    Invoke,
    /// An operation took effect and was answered.
    Ok,
    /// An operation certainly did not take effect.
    Fail,
    /// The caller stopped waiting: the outcome is unknown.
    Info,
    /// A participant durably recorded something.
    Fact,
    /// A message leaves a participant.
    Send,
    /// A message arrives.
    Receive,
}

impl EventKind {
    /// All kinds, in the order of the format's table.
    pub const ALL: [Self; 7] = [
        Self::Invoke,
        Self::Ok,
        Self::Fail,
        Self::Info,
        Self::Fact,
        Self::Send,
        Self::Receive,
    ];

    /// The word that stands in the field `type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invoke => "invoke",
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Info => "info",
            Self::Fact => "fact",
            Self::Send => "send",
            Self::Receive => "receive",
        }
    }
}

/// Where an event stands in its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Byte offset of the event's first character in the (decompressed) text, which is less than 4 GiB.
    pub offset: u32,
    /// Line, counted from 1; 0 where the event was never read from a file.
    pub line: u32,
}

/// Something that one participant witnessed itself: one line of a history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// Who witnessed it.
    pub process: ProcessId,
    /// What kind of line it is.
    pub kind: EventKind,
    /// The name of the operation or fact; `None` on a send or receive. A completion that names none has its invocation's.
    pub f: Option<NameId>,
    /// Its input (invoke), answer (ok), or what was recorded (fact); `None` where the field is absent.
    pub value: Option<ValueId>,
    /// The name given to the operation or event.
    pub id: Option<ValueId>,
    /// The stable identity of the logical operation.
    pub intent: Option<ValueId>,
    /// The message's name; only on a send or receive.
    pub msg: Option<ValueId>,
    /// The operation that this event begins or completes.
    pub op: Option<OpId>,
    /// Where it stands.
    pub place: Place,
}

/// An invocation and, if it was ever seen, its completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The invocation.
    pub invoke: EventId,
    /// The `ok`, `fail` or `info`; `None` where the history ends before one.
    pub completion: Option<EventId>,
    /// What is known of its effect.
    pub outcome: Outcome,
}

/// What is known of an operation's effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It took effect between its invocation and its completion.
    Ok,
    /// It certainly did not take effect.
    Failed,
    /// It may have taken effect at any time from its invocation on, or never.
    Unknown,
}

/// A message that was sent and received: the receive comes after the send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it left.
    pub send: EventId,
    /// Where it arrived; a message that arrives twice stands here twice.
    pub receive: EventId,
}

/// A declared cause (`after`): the event that it names happened before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What happened first (of an operation: its completion, else its invocation).
    pub earlier: EventId,
    /// The event whose line declares it.
    pub later: EventId,
}

/// The order in which the lines stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineOrder {
    /// The order in which one observer saw all of them.
    #[default]
    RealTime,
    /// Each participant's own order only; messages and causes order the rest.
    HappenedBefore,
}

impl LineOrder {
    /// Both orders.
    pub const ALL: [Self; 2] = [Self::RealTime, Self::HappenedBefore];

    /// The word that stands in the header's field `order` and in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RealTime => "real-time",
            Self::HappenedBefore => "happened-before",
        }
    }
}

/// Whose record is whole: whether something may have happened that no line shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Completeness {
    /// Nothing happened that no participant shows.
    #[default]
    Whole,
    /// Anything may be missing.
    InPart,
    /// The record of these participants is whole; of others, anything may be missing.
    Only(Vec<ValueId>),
}

/// The verdict that a header expects of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Kept in every possible world.
    Kept,
    /// Broken in every possible world.
    Broken,
    /// Some worlds only, or a budget ran out.
    Undecided,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 3] = [Self::Kept, Self::Broken, Self::Undecided];

    /// The word that stands in a header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Broken => "broken",
            Self::Undecided => "undecided",
        }
    }
}

/// The optional first line of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// What the history is about.
    pub title: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
    /// The order of the lines, where the header says it.
    pub order: Option<LineOrder>,
    /// Whose record is whole.
    pub complete: Completeness,
    /// Checks and the verdicts they are known to have, in the order of the header.
    pub expect: Vec<(String, Verdict)>,
    /// Fields that the format does not define, as JSON text, in the order of the header.
    pub extras: Vec<(String, String)>,
}
