//! What may go wrong: with the participants, and with the model itself.

/// How often each kind of fault may happen in one run: totals, not rates. Delays and early timers cost nothing: they are no
/// faults, only what a network and a clock may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Messages that are lost.
    pub drops: u8,
    /// Messages that arrive twice.
    pub duplicates: u8,
    /// Crashes, each followed by a restart: of participants that [may crash](super::Member::crashes).
    pub crashes: u8,
    /// Links between two participants that lose every message, both ways, until they heal.
    pub partitions: u8,
    /// Participants whose clock is wrong from the start, by [`Faults::skew_ms`] forwards or backwards.
    pub skews: u8,
    /// How wrong a clock may be, in milliseconds.
    pub skew_ms: u32,
}

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Self = Self {
        drops: 0,
        duplicates: 0,
        crashes: 0,
        partitions: 0,
        skews: 0,
        skew_ms: 0,
    };
}

/// What is wrong with a model: it asked for something that has no meaning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{participant}: {says}")]
pub struct ModelFault {
    /// The participant that asked.
    pub participant: String,
    /// What is wrong: a fragment in lower case.
    pub says: String,
    /// The judge that cannot go by single lines, where that is all that is wrong.
    pub(crate) needs_history: Option<usize>,
}
