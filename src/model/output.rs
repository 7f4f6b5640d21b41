//! What a participant does in one reaction, as a list that a crash may cut short.

use std::time::Duration;

use crate::history::Value;

use super::{Address, Words};

/// One effect.
#[derive(Clone, Debug)]
pub(crate) enum Output<M> {
    Send {
        to: Address,
        msg: M,
    },
    SetTimer {
        msg: M,
        after: Duration,
    },
    Cancel {
        msg: M,
    },
    Invoke {
        slot: u8,
        words: Words,
        intent: Option<Value>,
    },
    Ok {
        slot: u8,
        value: Value,
    },
    Fail {
        slot: u8,
        error: Value,
    },
    GiveUp {
        slot: u8,
    },
    Fact {
        words: Words,
        intent: Option<Value>,
    },
}

/// Effects that no crash splits, and the state that a crash right behind them would leave.
#[derive(Clone, Debug)]
pub(crate) struct Group<M> {
    pub(crate) outputs: Vec<Output<M>>,
    pub(crate) state_if_crashed: u32,
}

/// All that a participant does when something comes in.
#[derive(Clone, Debug)]
pub(crate) struct Reaction<M> {
    /// The state that a crash before the first effect leaves.
    pub(crate) state_if_crashed_first: u32,
    pub(crate) groups: Vec<Group<M>>,
    pub(crate) state: u32,
    /// Whether it looked at its clock.
    pub(crate) reads_now: bool,
}
