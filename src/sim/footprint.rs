//! What a step reads and changes, as far as other steps can notice.
//!
//! # Idea
//! Two steps that touch different things may happen in either order, and the world behind them is the same: a search need try one
//! order only. What they touch is a set of bits: participants, links, the clock, and what each judge hears.
//!
//! # Invariants
//! - I1: steps that do not commute share a bit that one of them writes. Things that share a bit by accident (there are more than bits)
//!   only cost a search time.
//! - I2: budgets of faults are not touched: they only shrink, so that whatever a whole run can afford, each order of it can.

use crate::model::Address;

const PARTICIPANTS: u32 = 48;
const LINKS_AT: u32 = PARTICIPANTS;
const LINKS: u32 = 16;
const CLOCK: u32 = LINKS_AT + LINKS;
const JUDGES_AT: u32 = CLOCK + 1;
const JUDGES: u32 = 15;
const SCOPES_AT: u32 = JUDGES_AT + JUDGES;
const SCOPES: u32 = 128 - SCOPES_AT;

/// What was read and what was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Footprint {
    reads: u128,
    writes: u128,
}

impl Footprint {
    /// Nothing.
    pub(crate) const NONE: Self = Self {
        reads: 0,
        writes: 0,
    };

    /// Whether steps with these footprints commute.
    pub(crate) const fn commutes(self, other: Self) -> bool {
        self.writes & (other.reads | other.writes) == 0 && self.reads & other.writes == 0
    }

    /// Adds what another step touches.
    pub(crate) const fn join(&mut self, other: Self) {
        self.reads |= other.reads;
        self.writes |= other.writes;
    }

    /// It matters whether the participant is up.
    pub(super) fn looks_at(&mut self, who: Address) {
        self.reads |= 1 << (u32::from(who.0) % PARTICIPANTS);
    }

    /// Whether a participant is all that is touched.
    pub(super) fn is_only(self, who: Address) -> bool {
        let mut own = Self::NONE;
        own.changes(who);
        self == own
    }

    pub(super) fn changes(&mut self, who: Address) {
        self.writes |= 1 << (u32::from(who.0) % PARTICIPANTS);
    }

    /// It matters whether the link is cut.
    pub(super) fn crosses(&mut self, a: Address, b: Address) {
        self.reads |= link(a, b);
    }

    /// Cuts or heals a link.
    pub(super) fn switches(&mut self, a: Address, b: Address) {
        self.writes |= link(a, b);
    }

    pub(super) fn looks_at_clock(&mut self) {
        self.reads |= 1 << CLOCK;
    }

    pub(super) fn moves_clock(&mut self) {
        self.writes |= 1 << CLOCK;
    }

    /// Which of equal messages are under way matters.
    pub(super) fn posts(&mut self, message: u32) {
        self.writes |= 1 << (SCOPES_AT + message.wrapping_mul(29) % SCOPES);
    }

    /// A judge hears a line: scope 0 is heard by every scope.
    pub(super) fn tells(&mut self, judge: usize, scope: u32) {
        let whole = 1 << (JUDGES_AT + judge as u32 % JUDGES);
        if scope == 0 {
            self.writes |= whole;
        } else {
            let part = (judge as u32).wrapping_mul(17).wrapping_add(scope) % SCOPES;
            self.reads |= whole;
            self.writes |= 1 << (SCOPES_AT + part);
        }
    }
}

fn link(a: Address, b: Address) -> u128 {
    let (low, high) = (u32::from(a.min(b).0), u32::from(a.max(b).0));
    1 << (LINKS_AT + (high.wrapping_mul(5).wrapping_add(low)) % LINKS)
}
