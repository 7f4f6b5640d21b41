//! An operation as the machines with rules of their own see it: what it does, by the numbers of its values, and between which ends.

use crate::check::worlds::Item;

use super::reading::{Member, Reading, Standing};
use super::{Act, Spec};

/// An operation of an object whose family is known; `K` is what such an operation does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed<K> {
    pub(super) kind: K,
    /// Whether it takes place in every world.
    pub(super) is_certain: bool,
    /// Whether it may do nothing where it takes place.
    pub(super) is_doubtful: bool,
    pub(super) lo: u32,
    /// [`u32::MAX`]: never.
    pub(super) hi: u32,
}

impl<K> Deed<K> {
    /// Reads an operation; `kind` is told its act, and whether that certainly happened. `None` where it knows none.
    pub(super) fn of<'r, S: Spec>(
        reading: &'r Reading<'_, S>,
        member: Member,
        kind: impl FnOnce(Act<'r>, bool) -> Option<K>,
    ) -> Option<Self> {
        let words = &reading.words[member.entry as usize];
        let Item { lo, hi, is_certain } = reading.entries[member.entry as usize].item;
        let is_certain = is_certain && member.standing != Standing::Silent;
        let is_doubtful = member.standing == Standing::Doubtful;
        let act = reading.spec.act(&words.call, member.reply(words))?;
        Some(Self {
            kind: kind(act, is_certain && !is_doubtful)?,
            is_certain,
            is_doubtful,
            lo: lo.index() as u32,
            hi: match hi {
                Some(hi) if is_certain => hi.index() as u32,
                _ => u32::MAX,
            },
        })
    }
}
