//! Which operation put in what another one took out: what the monitors of containers have in common.
//!
//! # Source      Lee and Mathur, "Efficient Decrease-and-Conquer Linearizability Monitoring", OOPSLA 2025, section 3,
//! for intervals that are clipped; Abdulla et al., "Efficient Linearizability Monitoring", PLDI 2025, for the time in
//! which a value is certainly in. Ours: values that come back after they were gone, unknown outcomes, the count below.
//!
//! # Idea
//! With each value goes a *stay*: the operation that put it in, and the one that took it out. The insert is before the
//! removal, so each interval is clipped by the other one. Between the return of the insert and the call of the removal the
//! value is certainly in.
//! * *Too few inserts.* When j removals of a value have returned, j inserts of it must have been called, whichever
//!   operations belong together: this holds however often a value comes.
//! * *Which belong together* is clear where the insert after the next is called only when the value is certainly
//!   gone again. By induction the j-th removal to return then takes what the j-th insert put in.
//! * *An unknown insert* of what nobody took is left out: without the value, an order stays right. One whose
//!   value was taken happened.
//! * *An unknown removal* may have taken anything that nobody else took, or nothing: the monitor's business.
//!
//! # Invariants
//! I1  `in_call < in_ret`, `in_call <= out_call < out_ret`, and `in_ret <= out_ret` for each stay.
//! I2  Of any world of all operations, leaving out whole stays leaves a world of the rest. So a breach among the clear
//!     values is a breach, even where others are not clear.
//!
//! # Complexity
//! O(n log n) time for n operations, O(n) space.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use crate::history::Value;

use super::{Act, Breach, Finding, Scene};

/// Stands for the operation where there is none: what was in at the beginning, or what nobody was seen to take.
pub(super) const NOBODY: u32 = u32::MAX;

/// A value in a container, from the operation that put it in to the one that took it out. Ends are ranks, clipped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay<'v> {
    pub(super) value: &'v Value,
    /// [`NOBODY`]: it was in at the beginning.
    pub(super) insert: u32,
    /// [`NOBODY`]: nobody was seen to take it.
    pub(super) take: u32,
    pub(super) in_call: u32,
    pub(super) in_ret: u32,
    pub(super) out_call: u32,
    pub(super) out_ret: u32,
}

impl Stay<'_> {
    /// The gaps in which the value is certainly in.
    pub(super) const fn certain(&self) -> Range<u32> {
        self.in_ret..self.out_call
    }

    pub(super) const fn is_seen_to_leave(&self) -> bool {
        self.take != NOBODY
    }
}

/// An operation by one of its ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) deed: u32,
    pub(super) call: u32,
    pub(super) ret: u32,
}

/// What was in the container, and who found nothing.
#[derive(Debug)]
pub(super) struct Contents<'v> {
    pub(super) stays: Vec<Stay<'v>>,
    /// Operations that saw the container empty.
    pub(super) nothings: Vec<Mark>,
    /// Removals of unknown outcome, by their calls.
    pub(super) unknown: Vec<Mark>,
    /// The number of ends; also the gap behind all of them, in which everything may leave.
    pub(super) end: u32,
    /// Why some values were left out: it is not clear which operations belong together.
    pub(super) unclear: Option<String>,
}

impl Contents<'_> {
    /// The operations of these stays. Where the same value was in before, from the beginning or by an unknown insert, these
    /// too: otherwise it would be open which of the two was taken.
    pub(super) fn deeds_of(&self, scene: Scene<'_, '_>, stays: &[u32]) -> Vec<u32> {
        let mut deeds = Vec::new();
        for at in stays.iter().map(|stay| *stay as usize) {
            let Stay {
                value,
                insert,
                take,
                ..
            } = self.stays[at];
            deeds.extend([insert, take]);
            let same = self.stays[..at].iter().rev();
            let same = same.take_while(|earlier| earlier.value == value);
            let is_loose = |earlier: &&Stay<'_>| match earlier.insert {
                NOBODY => true,
                deed => !scene.deeds[deed as usize].is_certain(),
            };
            let loose = same.filter(is_loose);
            deeds.extend(loose.flat_map(|earlier| [earlier.insert, earlier.take]));
        }
        deeds.retain(|deed| *deed != NOBODY);
        deeds
    }
}

/// An insert or a removal of a value.
#[derive(Clone, Copy)]
struct Part {
    /// The number of the value.
    token: u32,
    mark: Mark,
}

struct Reading<'r, 'v> {
    scene: Scene<'r, 'v>,
    initial: &'v [Value],
    contents: Contents<'v>,
}

/// Reads the acts; a breach where fewer were put in than came out.
pub(super) fn read<'v>(
    scene: Scene<'_, 'v>,
    initial: &'v [Value],
) -> Result<Contents<'v>, Finding> {
    let (marks, end) = ranked(scene, initial.len() as u32 * 2);
    let mut values: Vec<&Value> = Vec::new();
    let mut tokens: HashTable<u32> = HashTable::new();
    let mut part = |value: &'v Value, mark| {
        let next = values.len() as u32;
        let is_same = |token: &u32| values[*token as usize] == value;
        let hash = |token: &u32| FxBuildHasher.hash_one(values[*token as usize]);
        let entry = tokens.entry(FxBuildHasher.hash_one(value), is_same, hash);
        let token = *entry.or_insert(next).get();
        if token == next {
            values.push(value);
        }
        Part { token, mark }
    };
    let contents = Contents {
        stays: Vec::new(),
        nothings: Vec::new(),
        unknown: Vec::new(),
        end,
        unclear: None,
    };
    let mut reading = Reading {
        scene,
        initial,
        contents,
    };
    let in_at_first = initial.iter().zip(0..).map(|(value, at)| {
        let mark = Mark {
            deed: NOBODY,
            call: at * 2,
            ret: at * 2 + 1,
        };
        (value, mark)
    });
    let mut inserts: Vec<Part> = in_at_first.map(|(value, mark)| part(value, mark)).collect();
    let mut takes = Vec::new();
    for (deed, mark) in scene.deeds.iter().zip(marks) {
        match deed.act {
            Act::Insert(value) => inserts.push(part(value, mark)),
            Act::Take(Some(value)) => takes.push(part(value, mark)),
            Act::Take(None) => reading.contents.unknown.push(mark),
            Act::FoundEmpty => reading.contents.nothings.push(mark),
            _ => {
                let words = (scene.words)(mark.deed);
                let why = format!("{words} is nothing that one does to a container");
                return Err(Finding::Unfit(why));
            }
        }
    }
    drop((tokens, values));
    inserts.sort_unstable_by_key(|part| (part.token, part.mark.call));
    takes.sort_unstable_by_key(|part| (part.token, part.mark.ret));
    reading
        .contents
        .unknown
        .sort_unstable_by_key(|mark| mark.call);
    reading
        .pair_all(&inserts, &takes)
        .map_err(Finding::Breach)?;
    Ok(reading.contents)
}

/// The deeds with the ranks of their ends among all ends, from `first` on, and the number of ranks.
fn ranked(scene: Scene<'_, '_>, first: u32) -> (Vec<Mark>, u32) {
    let mut ends: Vec<(u32, u32)> = Vec::with_capacity(scene.deeds.len() * 2);
    for (at, deed) in (0..).zip(scene.deeds) {
        ends.push((deed.call, at * 2));
        if deed.is_certain() {
            ends.push((deed.ret, at * 2 + 1));
        }
    }
    ends.sort_unstable();
    let end = first + ends.len() as u32;
    let unseen = |deed| Mark {
        deed,
        call: 0,
        ret: end + 1,
    };
    let mut marks: Vec<Mark> = (0..scene.deeds.len() as u32).map(unseen).collect();
    for (rank, (_, slot)) in (first..).zip(ends) {
        let mark = &mut marks[slot as usize / 2];
        match slot % 2 {
            0 => mark.call = rank,
            _ => mark.ret = rank,
        }
    }
    (marks, end)
}

impl<'v> Reading<'_, 'v> {
    /// Goes through the values in the order in which they were first named.
    fn pair_all(&mut self, inserts: &[Part], takes: &[Part]) -> Result<(), Breach> {
        let (mut inserts, mut takes) = (inserts, takes);
        while let Some(token) = least(inserts.first(), takes.first()) {
            let put_in = inserts.partition_point(|part| part.token == token);
            let taken = takes.partition_point(|part| part.token == token);
            self.pair(&inserts[..put_in], &takes[..taken])?;
            (inserts, takes) = (&inserts[put_in..], &takes[taken..]);
        }
        Ok(())
    }

    /// The value that is put in or taken; one that was in at the beginning is the one of its rank.
    fn value(&self, part: &Part) -> &'v Value {
        let Some(deed) = self.scene.deeds.get(part.mark.deed as usize) else {
            return &self.initial[part.mark.call as usize / 2];
        };
        match deed.act {
            Act::Insert(value) | Act::Take(Some(value)) => value,
            _ => unreachable!("`read` makes a part of these only"),
        }
    }

    /// The stays of one value, whose inserts are sorted by their calls and whose removals by their returns.
    fn pair(&mut self, inserts: &[Part], takes: &[Part]) -> Result<(), Breach> {
        for (at, take) in takes.iter().enumerate() {
            let has_come = |insert: &Part| insert.mark.call < take.mark.ret;
            if !inserts.get(at).is_some_and(has_come) {
                return Err(self.shortage(inserts, &takes[..=at]));
            }
        }
        let later = inserts.iter().skip(1);
        let is_clear = takes
            .iter()
            .zip(later)
            .all(|(take, next)| take.mark.ret < next.mark.call);
        if !is_clear {
            if self.contents.unclear.is_none() {
                self.contents.unclear = Some(self.repeated(inserts));
            }
            return Ok(());
        }
        let end = self.contents.end;
        for (at, insert) in inserts.iter().enumerate() {
            let take = takes.get(at).map(|take| take.mark);
            if take.is_none() && insert.mark.ret > end {
                continue;
            }
            let take = take.unwrap_or(Mark {
                deed: NOBODY,
                call: end,
                ret: end + 1,
            });
            let stay = Stay {
                value: self.value(insert),
                insert: insert.mark.deed,
                take: take.deed,
                in_call: insert.mark.call,
                in_ret: insert.mark.ret.min(take.ret),
                out_call: take.call.max(insert.mark.call),
                out_ret: take.ret,
            };
            debug_assert!(
                stay.in_call < stay.in_ret && stay.out_call < stay.out_ret,
                "I1"
            );
            self.contents.stays.push(stay);
        }
        Ok(())
    }

    /// When the last of these removals returned, one insert too few had been called.
    fn shortage(&self, inserts: &[Part], takes: &[Part]) -> Breach {
        let named = &inserts[..takes.len().min(inserts.len())];
        let deeds = named.iter().chain(takes).map(|part| part.mark.deed);
        let mut breach = naming(self.scene, deeds);
        let words = |part: &Part| (self.scene.words)(part.mark.deed);
        let value = self.value(&takes[0]);
        let sentence = match (named, takes) {
            ([], [take, ..]) => format!("{} took out what nobody put in.", words(take)),
            ([late], [take]) => format!(
                "{} had returned before anybody put {value} in: {} was called later.",
                words(take),
                words(late)
            ),
            (_, [.., last]) => {
                let before = named.partition_point(|part| part.mark.call < last.mark.ret);
                format!(
                    "When {} returned, {value} had been taken out {} times, but put in at most {}.",
                    words(last),
                    takes.len(),
                    times(before)
                )
            }
            (_, []) => String::new(),
        };
        breach.why.push(sentence);
        breach
    }

    fn repeated(&self, inserts: &[Part]) -> String {
        let by = |part: &Part| match part.mark.deed {
            NOBODY => "the beginning".to_owned(),
            deed => (self.scene.words)(deed),
        };
        let by: Vec<String> = inserts.iter().take(2).map(by).collect();
        let value = self.value(&inserts[0]);
        format!(
            "{value} is put in again before it is gone, by {}",
            by.join(" and ")
        )
    }
}

/// A breach that these operations show, each as its outcome is known.
pub(super) fn naming(scene: Scene<'_, '_>, deeds: impl Iterator<Item = u32>) -> Breach {
    let mut all: Vec<u32> = deeds.filter(|deed| *deed != NOBODY).collect();
    all.sort_unstable();
    all.dedup();
    let is_certain = |deed: &u32| scene.deeds[*deed as usize].is_certain();
    let (deeds, excuses) = all.into_iter().partition(is_certain);
    Breach {
        deeds,
        excuses,
        why: Vec::new(),
    }
}

fn least(insert: Option<&Part>, take: Option<&Part>) -> Option<u32> {
    let tokens = [insert, take].into_iter().flatten().map(|part| part.token);
    tokens.min()
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}

/// Numbers the ends of these stays anew, without the ranks that none of them uses. Gives the new end.
pub(super) fn close_ranks(stays: &mut [Stay<'_>], end: u32) -> u32 {
    let ends = |stay: &Stay<'_>| [stay.in_call, stay.in_ret, stay.out_call, stay.out_ret];
    let mut used: Vec<u32> = stays
        .iter()
        .flat_map(ends)
        .filter(|rank| *rank < end)
        .collect();
    used.sort_unstable();
    used.dedup();
    let new_end = used.len() as u32;
    let rank = |old: u32| match old.checked_sub(end) {
        Some(beyond) => new_end + beyond,
        None => used.partition_point(|other| *other < old) as u32,
    };
    for stay in stays {
        stay.in_call = rank(stay.in_call);
        stay.in_ret = rank(stay.in_ret);
        stay.out_call = rank(stay.out_call);
        stay.out_ret = rank(stay.out_ret);
    }
    new_end
}
