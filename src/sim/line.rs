//! What a run shows, line by line, as a history would.

use std::sync::Arc;

use crate::history::Value;
use crate::model::Address;

/// A line that participants write, whatever run it stands in. Equal lines have equal numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    pub(crate) participant: Address,
    pub(crate) says: Says,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Says {
    Invoked(Arc<Call>),
    Ended(Arc<Call>, Ending),
    Fact(Words),
}

/// The invocation of an operation. `slot` tells the open operations of one participant apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    pub(crate) slot: u8,
    pub(crate) words: Words,
}

/// What a fact or an invocation says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Words {
    pub(crate) f: String,
    pub(crate) value: Value,
    /// The stable identity of the logical operation.
    pub(crate) intent: Option<Value>,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ending {
    /// It took effect and was answered with this.
    Ok(Value),
    /// It certainly did not take effect.
    Failed(Value),
    /// Nobody will ever be told what became of it.
    Unknown(Why),
}

/// Why the outcome of an operation stays unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Why {
    /// Its caller stopped waiting.
    GaveUp,
    /// Its caller crashed.
    Crashed,
    /// The run ended.
    NeverAnswered,
}

impl Why {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::GaveUp => "gave up",
            Self::Crashed => "crashed",
            Self::NeverAnswered => "never answered",
        }
    }
}
