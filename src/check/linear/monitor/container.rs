//! Decides a queue, a stack or a priority queue whose values are told apart.
//!
//! # Source      Lee and Mathur, OOPSLA 2025, and Abdulla et al., PLDI 2025 (see `values.rs`), for histories where every
//! outcome is known. Henzinger, Sezgin and Vafeiadis, "Aspect-Oriented Linearizability Proofs", CONCUR 2013, for empty results
//! apart from the order. The treatment of unknown removals is ours.
//!
//! # Idea
//! Each kind of container arranges the stays of its values (its own file): it gives every operation a gap, or shows a
//! clash. Here that is asked up to twice.
//! 1. *As seen*: unknown removals took nothing. An order without them is an order.
//! 2. *Loosely*: each value that nobody was seen to take may leave at any time after the call of the first unknown
//!    removal. In every world it does so or stays, so a clash here is a breach: in any world of all operations the stays
//!    without the unknown removals, each ended where the removal stood, are an arrangement.
//!
//! An arrangement of the second kind may let more values leave than there were unknown removals. So it is
//! tried out: values that stand in the way are taken as late as possible, by the unknown removals in the order of
//! their calls. The deadline of each need is the earliest return behind it, and deadlines only grow along an order, so
//! the k-th need must be met by the k-th call; no other choice does better *in this order*. Where that does not succeed
//! another order might, and the search decides; for a queue without empty results `queue.rs` decides that exactly.
//!
//! *An empty result* is right iff one of its gaps is in no certain part of a stay (each value is out in every gap that it
//! is not certainly in, by the arrangement that the files below construct: outside the certain parts, nothing is in).
//!
//! # Invariants
//! I1  An arrangement gives every operation a gap between its call and its return, so that the order of
//!     the gaps respects real time. Within a gap: what leaves, what finds nothing, what comes.
//!
//! # Complexity
//! O(n log n) time for n operations, O(n) space. A clash in a stack is made small by O(s log n) more arrangements for s values.

use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;

use crate::history::Value;

use super::gaps::Uncovered;
use super::telling::Teller;
use super::values::{Contents, Mark, NOBODY, Stay, read};
use super::{Breach, Finding, Scene};
use super::{priority_queue, queue, stack};

/// Which value comes out next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The oldest.
    Queue,
    /// The youngest.
    Stack,
    /// The greatest.
    PriorityQueue,
}

/// Why stays cannot be arranged. Numbers are positions among the stays.
#[derive(Debug)]
pub(super) enum Clash {
    /// An operation says that nothing (which would come out before its own value) was in; these cover all its gaps.
    Covered {
        deed: u32,
        own: Option<u32>,
        by: Vec<u32>,
    },
    /// The first went in before the second was called, and came out only after the second had come out.
    Overtaken { first: u32, second: u32 },
    /// Of those that are in together one is at the bottom; none of these can be.
    Buried(Vec<u32>),
}

/// Where in a gap an operation stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    Leaves,
    FindsNothing,
    Comes,
}

/// Operations with their gaps.
#[derive(Debug)]
pub(super) struct Steps(Vec<(u64, u32)>);

impl Steps {
    /// Room for so many operations.
    fn with_capacity(operations: usize) -> Self {
        Self(Vec::with_capacity(operations))
    }

    /// Puts an operation into a gap; those of one gap and phase are ordered by `rank`.
    pub(super) fn put(&mut self, gap: u32, (phase, rank): (Phase, u32), deed: u32) {
        debug_assert!(
            rank < 1 << 31,
            "an operation is read from a line of its own"
        );
        if deed != NOBODY {
            let within = ((phase as u64) << 31) | u64::from(rank);
            self.0.push((u64::from(gap) << 33 | within, deed));
        }
    }

    fn in_order(mut self) -> Vec<u32> {
        self.0.sort_unstable();
        self.0.into_iter().map(|(_, deed)| deed).collect()
    }
}

/// Decides a container with these values at the beginning, the one that was put in first first.
pub(super) fn decide(kind: Kind, scene: Scene<'_, '_>, initial: &[Value]) -> Finding {
    let contents = match read(scene, initial) {
        Ok(contents) => contents,
        Err(finding) => return finding,
    };
    let as_seen = arrange(kind, &contents);
    let Some(first) = contents.unknown.first().copied() else {
        return match as_seen {
            Ok(order) => contents
                .unclear
                .map_or(Finding::Order(order), Finding::Unfit),
            Err(clash) => Finding::Breach(told(scene, &contents, &clash)),
        };
    };
    if let (Ok(order), None) = (as_seen, &contents.unclear) {
        return Finding::Order(order);
    }
    let loose = loosened(contents, first.call);
    let order = match arrange(kind, &loose) {
        Ok(order) => order,
        Err(clash) => return Finding::Breach(told(scene, &loose, &clash)),
    };
    if let Some(why) = loose.unclear {
        return Finding::Unfit(why);
    }
    if let Some(order) = tried_out(&mut Shelf::of(kind, &loose.stays), scene, &loose, &order) {
        return Finding::Order(order);
    }
    if kind == Kind::Queue && loose.nothings.is_empty() {
        return queue::decide_unknown(scene, loose);
    }
    let words = (scene.words)(first.deed);
    Finding::Unfit(format!("nobody saw what {words} took"))
}

/// What nobody is seen to take may leave after this call.
fn loosened(mut contents: Contents<'_>, call: u32) -> Contents<'_> {
    for stay in &mut contents.stays {
        if !stay.is_seen_to_leave() {
            stay.out_call = call.max(stay.in_call);
        }
    }
    contents
}

/// An order of all operations but unknown removals, or why there is none.
pub(super) fn arrange(kind: Kind, contents: &Contents<'_>) -> Result<Vec<u32>, Clash> {
    let operations = contents.stays.len() * 2 + contents.nothings.len();
    let mut steps = Steps::with_capacity(operations);
    let mut uncovered = Uncovered::new(contents.end);
    for stay in &contents.stays {
        uncovered.cover(stay.certain());
    }
    for Mark { deed, call, ret } in contents.nothings.iter().copied() {
        let gap = uncovered.from(call);
        if gap >= ret {
            let by = covering(contents.stays.iter().zip(0..), call..ret).unwrap_or_default();
            let own = None;
            return Err(Clash::Covered { deed, own, by });
        }
        steps.put(gap, (Phase::FindsNothing, 0), deed);
    }
    if kind == Kind::Queue {
        queue::arrange(contents, uncovered, &mut steps)?;
    } else {
        drop(uncovered);
        match kind {
            Kind::Stack => stack::arrange(contents, &mut steps)?,
            _ => priority_queue::arrange(contents, &mut steps)?,
        }
    }
    Ok(steps.in_order())
}

/// The fewest of these stays whose certain parts cover the gaps, where they do: always the one that reaches furthest.
pub(super) fn covering<'a>(
    stays: impl Iterator<Item = (&'a Stay<'a>, u32)>,
    gaps: Range<u32>,
) -> Option<Vec<u32>> {
    let meets = |stay: &Stay<'_>| {
        let certain = stay.certain();
        !certain.is_empty() && certain.start < gaps.end && gaps.start < certain.end
    };
    let meeting = stays.filter(|(stay, _)| meets(stay));
    let mut meeting: Vec<(Range<u32>, u32)> =
        meeting.map(|(stay, at)| (stay.certain(), at)).collect();
    meeting.sort_unstable_by_key(|(certain, at)| (certain.start, *at));
    let mut chosen = Vec::new();
    let mut next = meeting.into_iter().peekable();
    let mut from = gaps.start;
    while from < gaps.end {
        let mut furthest: Option<(u32, u32)> = None;
        while let Some((certain, at)) = next.next_if(|(certain, _)| certain.start <= from) {
            if furthest.is_none_or(|(end, _)| end < certain.end) {
                furthest = Some((certain.end, at));
            }
        }
        let (end, at) = furthest.filter(|(end, _)| *end > from)?;
        chosen.push(at);
        from = end;
    }
    Some(chosen)
}

/// The values that are in, as one takes them out.
enum Shelf {
    Queue(VecDeque<u32>),
    Stack(Vec<u32>),
    /// By the rank of the value.
    PriorityQueue(BinaryHeap<(u32, u32)>, Vec<u32>),
}

impl Shelf {
    fn of(kind: Kind, stays: &[Stay<'_>]) -> Self {
        match kind {
            Kind::Queue => Self::Queue(VecDeque::new()),
            Kind::Stack => Self::Stack(Vec::new()),
            Kind::PriorityQueue => {
                let mut order: Vec<u32> = (0..stays.len() as u32).collect();
                order.sort_unstable_by_key(|stay| stays[*stay as usize].value);
                let mut ranks = vec![0; stays.len()];
                for (stay, rank) in order.into_iter().zip(0..) {
                    ranks[stay as usize] = rank;
                }
                Self::PriorityQueue(BinaryHeap::new(), ranks)
            }
        }
    }

    fn put(&mut self, stay: u32) {
        match self {
            Self::Queue(line) => line.push_back(stay),
            Self::Stack(pile) => pile.push(stay),
            Self::PriorityQueue(heap, ranks) => heap.push((ranks[stay as usize], stay)),
        }
    }

    fn take(&mut self) -> Option<u32> {
        match self {
            Self::Queue(line) => line.pop_front(),
            Self::Stack(pile) => pile.pop(),
            Self::PriorityQueue(heap, _) => heap.pop().map(|(_, stay)| stay),
        }
    }
}

/// The order with the unknown removals that it needs, where they suffice.
fn tried_out(
    shelf: &mut Shelf,
    scene: Scene<'_, '_>,
    contents: &Contents<'_>,
    order: &[u32],
) -> Option<Vec<u32>> {
    let stays = &contents.stays;
    let mut stay_of = vec![NOBODY; scene.deeds.len()];
    let mut at_first: Vec<u32> = Vec::new();
    for (stay, at) in stays.iter().zip(0..) {
        match stay.insert {
            NOBODY => at_first.push(at),
            deed => stay_of[deed as usize] = at,
        }
        if stay.is_seen_to_leave() {
            stay_of[stay.take as usize] = at;
        }
    }
    at_first.sort_unstable_by_key(|stay| stays[*stay as usize].in_call);
    at_first.into_iter().for_each(|stay| shelf.put(stay));
    let deadlines = deadlines(scene, order);
    let mut unknown = contents.unknown.iter().map(|mark| mark.deed);
    let mut made = Vec::with_capacity(order.len());
    for (deed, deadline) in order.iter().zip(deadlines) {
        let stay = stay_of[*deed as usize];
        if stay != NOBODY && stays[stay as usize].insert == *deed {
            shelf.put(stay);
            made.push(*deed);
            continue;
        }
        // What is taken, or everything where nothing was found, must come out next.
        while let Some(next) = shelf.take().filter(|next| *next != stay) {
            let is_lost = !stays[next as usize].is_seen_to_leave();
            let removal = unknown.next().filter(|_| is_lost)?;
            if scene.deeds[removal as usize].call > deadline {
                return None;
            }
            made.push(removal);
        }
        made.push(*deed);
    }
    Some(made)
}

/// Of each operation of an order, the earliest return from it on.
fn deadlines(scene: Scene<'_, '_>, order: &[u32]) -> Vec<u32> {
    let mut deadlines: Vec<u32> = order
        .iter()
        .map(|deed| scene.deeds[*deed as usize].ret)
        .collect();
    for at in (1..deadlines.len()).rev() {
        deadlines[at - 1] = deadlines[at - 1].min(deadlines[at]);
    }
    deadlines
}

fn told(scene: Scene<'_, '_>, contents: &Contents<'_>, clash: &Clash) -> Breach {
    Teller { scene, contents }.breach(clash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::linear::monitor::trial::{Dice, State, Tally, run};
    use crate::check::linear::monitor::{Act, Family};

    /// Containers of these values, of which some percent answer what they like.
    fn trial(kind: Kind, values: i64, wild: usize) -> Tally {
        let pool: Vec<Value> = (0..values).map(Value::from).collect();
        let family = |dice: &mut Dice| {
            let initial = pool[..dice.roll(3)].to_vec();
            match kind {
                Kind::Queue => Family::Queue { initial },
                Kind::Stack => Family::Stack { initial },
                Kind::PriorityQueue => Family::PriorityQueue { initial },
            }
        };
        let mut at = 0;
        let tally = run(values as u64, family, |dice, state| {
            let State::Inside(_, inside) = state else {
                return Act::FoundEmpty;
            };
            at = (at + 1) % pool.len();
            let known = |value: &Value| pool.iter().find(|known| *known == value);
            let next = inside.last().and_then(known);
            match dice.roll(100) {
                0..50 => Act::Insert(&pool[at]),
                roll if roll < 50 + wild => Act::Take(Some(&pool[dice.roll(pool.len())])),
                roll if roll < 50 + wild + wild / 3 => Act::FoundEmpty,
                _ => next.map_or(Act::FoundEmpty, |next| Act::Take(Some(next))),
            }
        });
        println!("{kind:?}, {values} values: {tally:?}");
        tally
    }

    #[test]
    fn containers_agree_with_all_orders() {
        for kind in [Kind::Queue, Kind::Stack, Kind::PriorityQueue] {
            let tally = trial(kind, 16, 6);
            assert!(tally.decided() > 80 && tally.broken * 8 > tally.kept);
            trial(kind, 3, 6);
        }
    }
}
