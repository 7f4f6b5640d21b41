//! Decides promises about two kinds of effects, of which one must, or must not, stand before the other.
//!
//! # Source
//! With one scope at a time, the AND/OR precedence of Möhring, Skutella and Stork, "Scheduling with AND/OR Precedence Constraints",
//! SIAM J. Comput. 33(2), 2004, comes down to one question: can some effect of one kind stand before all that certainly take place of the other?
//!
//! # Idea
//! Write a → b where `a` ends before `b` begins. The effects that come before `x` are closed under →, so they, `x`, and the rest make a world;
//! likewise all that do not come after `x`, then `x`, then those that do. Effects of unknown outcome are left out unless one is `x`: they come before
//! nothing.
//!
//! * *Only after*: kept iff no second one is certain, or some first one can stand before every certain second one: from there on
//!   all is allowed, and without it the earliest second one has no first. It can iff no certain second one → it. Broken
//!   iff some second one can stand before every certain first one.
//! * *Leads to*, the mirror image: kept iff no first one is certain, or some second one can stand behind every certain first one. Broken iff
//!   some first one can stand behind every certain second one.
//! * *Never after*: broken iff for some first and some second one, not second → first: all that comes before the first, then the first, then the
//!   rest. Kept iff for no two certain ones first → second: then nothing of the first kind comes before the second kind, which can go ahead.
//!
//! Something unseen can stand anywhere, so it stands at the beginning or at the end, where it serves best.
//!
//! # Complexity
//! O(n·k + n log n) for n effects on k chains.

use crate::check::worlds::{Item, Move, Search};
use crate::order::Order;

use super::world::{Beginnings, Ends, certain, in_phases, is_before};
use crate::check::promise::contract::{Class, Part};
use crate::check::promise::machine::Goal;

/// One scope of a promise about two kinds.
struct Scene<'s> {
    order: &'s Order,
    items: &'s [Item],
    parts: &'s [Part<'s>],
    unseen: &'s [Part<'s>],
}

/// Looks for a world; `None` where some effect is of neither kind.
pub(super) fn find(
    (order, items): (&Order, &[Item]),
    (parts, unseen): (&[Part<'_>], &[Part<'_>]),
    class: Class,
    goal: Goal,
) -> Option<Search> {
    let scene = Scene {
        order,
        items,
        parts,
        unseen,
    };
    let mut all = parts.iter().chain(unseen);
    if !all.all(|part| matches!(part, Part::First | Part::Second)) {
        return None;
    }
    let world = match class {
        Class::OnlyAfter => scene.only_after(goal),
        Class::LeadsTo => scene.leads_to(goal),
        Class::NeverAfter if !goal.is_keeping() => scene.breaks_never_after(),
        Class::NeverAfter => scene.keeps_never_after(),
        Class::AtMost | Class::Exclusive => return None,
    };
    Some(world.map_or(Search::None, Search::World))
}

impl<'s> Scene<'s> {
    fn only_after(&self, goal: Goal) -> Option<Vec<Move>> {
        match goal {
            _ if goal.is_keeping() && self.certain(Part::Second).next().is_none() => {
                Some(self.all_certain())
            }
            Goal::Keep | Goal::SurelyKeep => self.ahead_of(Part::First, Part::Second),
            Goal::Break | Goal::SurelyBreak => self.ahead_of(Part::Second, Part::First),
        }
    }

    fn leads_to(&self, goal: Goal) -> Option<Vec<Move>> {
        match goal {
            _ if goal.is_keeping() && self.certain(Part::First).next().is_none() => {
                Some(self.all_certain())
            }
            Goal::Keep | Goal::SurelyKeep => self.behind(Part::Second, Part::First),
            Goal::Break | Goal::SurelyBreak => self.behind(Part::First, Part::Second),
        }
    }

    /// A world in which one of `kind` stands before all of `others`.
    fn ahead_of(&self, kind: Part<'_>, others: Part<'_>) -> Option<Vec<Move>> {
        if let Some(unseen) = self.unseen(kind) {
            return Some([vec![unseen], self.all_certain()].concat());
        }
        let ends = Ends::of(self.order, self.certain(others));
        let chosen = self
            .of(kind)
            .find(|at| !ends.is_one_before(self.items[*at].lo))?;
        Some(self.around(chosen, None))
    }

    /// A world in which one of `kind` stands behind all of `others`.
    fn behind(&self, kind: Part<'_>, others: Part<'_>) -> Option<Vec<Move>> {
        if let Some(unseen) = self.unseen(kind) {
            return Some([self.all_certain(), vec![unseen]].concat());
        }
        let asked = self.of(kind).map(|at| self.items[at]);
        let beginnings = Beginnings::of(self.order, self.certain(others), asked);
        let chosen = self
            .of(kind)
            .find(|at| !beginnings.is_one_after(self.items[*at].hi))?;
        let own = self.items[chosen];
        Some(in_phases(self.order, self.items, |at| {
            match self.items[at] {
                _ if at == chosen => Some(1),
                item if !item.is_certain => None,
                item if is_before(self.order, own, item) => Some(2),
                _ => Some(0),
            }
        }))
    }

    fn breaks_never_after(&self) -> Option<Vec<Move>> {
        let (first, second) = (self.of(Part::First).next(), self.of(Part::Second).next());
        match (self.unseen(Part::First), self.unseen(Part::Second)) {
            (Some(unseen), _) if second.is_some() => {
                let rest = in_phases(self.order, self.items, |at| {
                    (self.items[at].is_certain || Some(at) == second).then_some(0)
                });
                return Some([vec![unseen], rest].concat());
            }
            (_, Some(unseen)) if first.is_some() => {
                let rest = in_phases(self.order, self.items, |at| {
                    (self.items[at].is_certain || Some(at) == first).then_some(0)
                });
                return Some([rest, vec![unseen]].concat());
            }
            (Some(ended), Some(forbidden)) => {
                return Some([vec![ended, forbidden], self.all_certain()].concat());
            }
            _ => {}
        }
        // A second one that nothing bounds comes before no first one; else the latest of each chain tells.
        if let Some(unbounded) = self
            .of(Part::Second)
            .find(|at| self.items[*at].hi.is_none())
        {
            return Some(self.around(first?, Some(unbounded)));
        }
        let mut latest = std::collections::BTreeMap::new();
        for at in self.of(Part::Second) {
            let end = self.items[at].hi?;
            let (chain, position) = self.order.chain(end);
            let known = latest.entry(chain).or_insert((position, at));
            *known = (position, at).max(*known);
        }
        self.of(Part::First).find_map(|first| {
            let second = latest.iter().find(|(chain, (position, _))| {
                let last = self.order.last_before(**chain, self.items[first].lo);
                last.is_none_or(|last| *position > last)
            });
            let (_, (_, second)) = second?;
            Some(self.around(first, Some(*second)))
        })
    }

    fn keeps_never_after(&self) -> Option<Vec<Move>> {
        let ends = Ends::of(self.order, self.certain(Part::First));
        let mut seconds = self.certain(Part::Second);
        if seconds.any(|second| ends.is_one_before(second.lo)) {
            return None;
        }
        Some(in_phases(self.order, self.items, |at| {
            let phase = u8::from(self.parts[at] == Part::First);
            self.items[at].is_certain.then_some(phase)
        }))
    }

    /// All that comes before `chosen`, then that, then the rest; `too` takes place as well.
    fn around(&self, chosen: usize, too: Option<usize>) -> Vec<Move> {
        let own = self.items[chosen];
        in_phases(self.order, self.items, |at| match self.items[at] {
            _ if at == chosen => Some(1),
            item if !item.is_certain && Some(at) != too => None,
            item if is_before(self.order, item, own) => Some(0),
            _ => Some(2),
        })
    }

    fn all_certain(&self) -> Vec<Move> {
        certain(self.order, self.items)
    }

    fn of(&self, kind: Part<'_>) -> impl Iterator<Item = usize> {
        let parts = self.parts.iter().enumerate();
        parts
            .filter(move |(_, part)| **part == kind)
            .map(|(at, _)| at)
    }

    fn certain(&self, kind: Part<'_>) -> impl Iterator<Item = Item> {
        let items = self.of(kind).map(|at| self.items[at]);
        items.filter(|item| item.is_certain)
    }

    fn unseen(&self, kind: Part<'_>) -> Option<Move> {
        let at = self.unseen.iter().position(|part| *part == kind)?;
        Some(Move::Unseen(at as u32))
    }
}
