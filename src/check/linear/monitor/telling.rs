//! Says in words why the stays of a container's values cannot be arranged.

use std::ops::Range;

use super::container::{Clash, covering};
use super::stack;
use super::values::{Contents, NOBODY, Stay, naming};
use super::{Breach, Scene};

/// Speaks of the stays of a container.
#[derive(Clone, Copy)]
pub(super) struct Teller<'t, 's, 'v> {
    pub(super) scene: Scene<'s, 'v>,
    pub(super) contents: &'t Contents<'v>,
}

impl Teller<'_, '_, '_> {
    /// Names the operations of a clash, and says why they show a breach.
    pub(super) fn breach(self, clash: &Clash) -> Breach {
        match clash {
            Clash::Covered { deed, own, by } => self.covered(*deed, *own, by),
            Clash::Overtaken { first, second } => self.overtaken(*first, *second),
            Clash::Buried(stays) => self.buried(&stack::fewest(self.contents, stays)),
        }
    }

    fn stay(&self, at: u32) -> &Stay<'_> {
        &self.contents.stays[at as usize]
    }

    /// The operations of these stays, and the unknown removals that might have ended them.
    fn naming(&self, stays: &[u32], more: u32) -> Breach {
        let mut own = self.contents.deeds_of(self.scene, stays);
        own.extend(Some(more).filter(|deed| *deed != NOBODY));
        let ret = |deed: &u32| self.scene.deeds[*deed as usize];
        let ends = own.iter().map(ret).filter(|deed| deed.is_certain());
        let last = ends.map(|deed| deed.ret).max().unwrap_or_default();
        let is_lost = |stay: &u32| !self.stay(*stay).is_seen_to_leave();
        let unknown = self.contents.unknown.iter().map(|mark| mark.deed);
        let excuses = unknown.filter(|deed| {
            stays.iter().any(is_lost) && self.scene.deeds[*deed as usize].call < last
        });
        naming(self.scene, own.iter().copied().chain(excuses))
    }

    fn words(&self, deed: u32) -> String {
        (self.scene.words)(deed)
    }

    fn covered(&self, deed: u32, own: Option<u32>, by: &[u32]) -> Breach {
        let stays: Vec<u32> = own.into_iter().chain(by.iter().copied()).collect();
        let mut breach = self.naming(&stays, deed);
        breach.why.push(match own {
            None => format!(
                "{} says that nothing was in, but all the while it ran something was.",
                self.words(deed)
            ),
            Some(_) => format!(
                "{} took out a smaller value, although a greater one was in all the while it ran.",
                self.words(deed)
            ),
        });
        breach.why.extend(by.iter().map(|stay| self.was_in(*stay)));
        breach
    }

    /// From when to when a value was certainly in.
    fn was_in(&self, stay: u32) -> String {
        let Stay {
            value,
            insert,
            take,
            ..
        } = *self.stay(stay);
        let from = match insert {
            NOBODY => "from the beginning".to_owned(),
            deed => format!("from the return of {}", self.words(deed)),
        };
        let until = match (take, self.contents.unknown.first()) {
            (NOBODY, None) => "and was never taken out".to_owned(),
            (NOBODY, Some(first)) => format!(
                "until the call of {} at least, the first removal that may have taken it",
                self.words(first.deed)
            ),
            (deed, _) => format!("until the call of {}", self.words(deed)),
        };
        format!("{value} was in {from} {until}.")
    }

    fn overtaken(&self, first: u32, second: u32) -> Breach {
        let mut breach = self.naming(&[first, second], NOBODY);
        let (before, after) = (self.stay(first), self.stay(second));
        breach.why.push(match (before.insert, after.insert) {
            (NOBODY, NOBODY) => format!(
                "{} stood before {} from the beginning.",
                before.value, after.value
            ),
            (NOBODY, deed) => format!(
                "{} was in from the beginning, {} went in later, by {}.",
                before.value,
                after.value,
                self.words(deed)
            ),
            (deed, later) => format!(
                "{} had returned before {} was called, so {} went in first.",
                self.words(deed),
                self.words(later),
                before.value
            ),
        });
        let came_out = self.words(after.take);
        breach.why.push(match (before.take, self.contents.unknown.first()) {
            (NOBODY, None) => format!(
                "But {came_out} took {} out, and nobody ever took {}.",
                after.value, before.value
            ),
            (NOBODY, Some(unknown)) => format!(
                "But {came_out} had returned before anybody could take {}: {} was called later.",
                before.value,
                self.words(unknown.deed)
            ),
            (deed, _) => format!(
                "But {came_out} had returned before {} was called, so {} came out first.",
                self.words(deed),
                after.value
            ),
        });
        breach
    }

    fn buried(&self, stays: &[u32]) -> Breach {
        let mut breach = self.naming(stays, NOBODY);
        breach.why.push(
            "Of values that are in together, one is pushed before and popped after all others: \
             while none of them is in."
                .to_owned(),
        );
        let others = |stay: u32, gaps: Range<u32>| {
            let others = stays.iter().copied().filter(|other| *other != stay);
            covering(others.map(|other| (self.stay(other), other)), gaps)
        };
        for stay in stays.iter().copied() {
            let of = self.stay(stay);
            let pushed = others(stay, of.in_call..of.in_ret);
            let popped = others(stay, of.out_call..of.out_ret);
            let (deed, by) = match (pushed, popped) {
                (Some(by), _) if of.insert != NOBODY => (of.insert, by),
                (_, Some(by)) if of.take != NOBODY => (of.take, by),
                _ => continue,
            };
            let by: Vec<String> = by
                .iter()
                .map(|at| self.stay(*at).value.to_string())
                .collect();
            let or = by.join(" or ");
            let words = self.words(deed);
            breach.why.push(format!(
                "{} is not the one: all the while {words} ran, {or} was certainly in.",
                of.value
            ));
        }
        breach
            .why
            .extend(stays.iter().map(|stay| self.was_in(*stay)));
        breach
    }
}
