//! Arranges the stays of a queue: what went in first comes out first.
//!
//! # Source      Bouajjani, Emmi, Enea and Hamza, "On Reducing Linearizability to State Reachability", ICALP 2015, for the
//! pair of values that every wrong queue has. The peeling, the third kind of edge and unknown removals are ours.
//!
//! # Idea
//! One order of the values is looked for, in which they go in and come out. Value a must precede b where
//! * a went in before b: `a.in_ret < b.in_call`;
//! * a came out before b: `a.out_ret < b.out_call`;
//! * a gap in which nothing is certainly in lies between them: some such g has `a.in_ret <= g < b.out_call`.
//!
//! With `front(a)`, the smaller of `a.out_ret` and the first such g from `a.in_ret` on, the last two are `front(a) < b.out_call`.
//! So a value has no predecessor iff it is called before the smallest `in_ret`, and may come out before the smallest
//! `front`, of all that are left: it is peeled off.
//!
//! *Where nothing can be peeled*, let a have the smallest `in_ret` and b the smallest `front`. a has no predecessor of the
//! first kind, so `front(b) < a.out_call`; b (whose own front is no less than its `out_call`) has none of the others,
//! so `a.in_ret < b.in_call`. The gap cannot be the reason: a would be certainly in then, from before b's call until behind it.
//! So `b.out_ret < a.out_call`: a went in first and b came out first. These two show the breach.
//!
//! *Otherwise* value i of the order goes in as late as it can, X = the smallest `in_ret` from i on, and comes out as early as it can,
//! Y = the greatest `out_call` up to i; where Y is before X, it goes in at Y too. No edge points backwards, so both lie within its
//! operations, and by the third kind of edge the time between them is a certain part of some stay: empty results fit.
//!
//! # Unknown removals, where nobody found the queue empty
//! A value that nobody took, although one that certainly went in later came out, was taken by an unknown removal, called before that
//! one was out. The needs by their deadlines get the unknown removals by their calls. A need that gets none
//! shows a breach (k needs before a moment, fewer than k calls); else each need ends its stay with its removal, and none of the pairs above arises.
//!
//! # Complexity
//! O(n log n) time, O(n) space for n values.
//!
//! # Example
//! `enqueue 1`, `enqueue 2`, `dequeue` → 2, `dequeue` → 1, each after the other: 1 has the smallest `in_ret`, 2 the
//! smallest `front`. 1 may not come out before 2 is out, 2 may not go in before 1 is in: both are left.

use super::container::{self, Clash, Kind, Phase, Steps};
use super::gaps::Uncovered;
use super::values::{Contents, Stay, naming};
use super::{Breach, Finding, Scene};

/// Puts the operations into gaps, given those in which nothing is certainly in.
pub(super) fn arrange(
    contents: &Contents<'_>,
    uncovered: Uncovered,
    steps: &mut Steps,
) -> Result<(), Clash> {
    let stays = &contents.stays;
    let order = peeled(stays, uncovered)?;
    let mut latest = contents.end;
    let comes: Vec<u32> = order
        .iter()
        .rev()
        .map(|stay| {
            latest = latest.min(stays[*stay as usize].in_ret);
            latest
        })
        .collect();
    let mut leaves = 0;
    for ((stay, comes), rank) in order.iter().zip(comes.into_iter().rev()).zip(0..) {
        let stay = &stays[*stay as usize];
        leaves = stay.out_call.max(leaves);
        if comes <= leaves {
            steps.put(comes - 1, (Phase::Comes, rank), stay.insert);
        } else {
            steps.put(leaves, (Phase::Leaves, 2 * rank), stay.insert);
        }
        debug_assert!(
            stay.in_call < comes && leaves < stay.out_ret,
            "no edge points backwards"
        );
        steps.put(leaves, (Phase::Leaves, 2 * rank + 1), stay.take);
    }
    Ok(())
}

/// The order in which the values go in and come out.
fn peeled(stays: &[Stay<'_>], mut uncovered: Uncovered) -> Result<Vec<u32>, Clash> {
    let fronts: Vec<u32> = stays
        .iter()
        .map(|stay| stay.out_ret.min(uncovered.from(stay.in_ret)))
        .collect();
    let of = |stay: &u32| &stays[*stay as usize];
    let by_call = sorted(stays, |stay| of(&stay).in_call);
    let by_exit = sorted(stays, |stay| of(&stay).out_call);
    let mut by_return = sorted(stays, |stay| of(&stay).in_ret)
        .into_iter()
        .peekable();
    let mut by_front = sorted(stays, |stay| fronts[stay as usize])
        .into_iter()
        .peekable();
    let (mut may_come, mut may_leave) = (by_call.iter().peekable(), by_exit.iter().peekable());
    let mut passed = vec![0_u8; stays.len()];
    let mut order: Vec<u32> = Vec::with_capacity(stays.len());
    const PEELED: u8 = 3;
    loop {
        while by_return
            .next_if(|stay| passed[*stay as usize] == PEELED)
            .is_some()
        {}
        while by_front
            .next_if(|stay| passed[*stay as usize] == PEELED)
            .is_some()
        {}
        let (Some(first), Some(second)) = (by_return.peek(), by_front.peek()) else {
            break;
        };
        let (returned, front) = (of(first).in_ret, fronts[*second as usize]);
        let known = order.len();
        let mut pass = |stay: u32| {
            passed[stay as usize] += 1;
            if passed[stay as usize] == 2 {
                order.push(stay);
            }
        };
        while let Some(stay) = may_come.next_if(|stay| of(stay).in_call < returned) {
            pass(*stay);
        }
        while let Some(stay) = may_leave.next_if(|stay| of(stay).out_call <= front) {
            pass(*stay);
        }
        if order.len() == known {
            let (first, second) = (*first, *second);
            debug_assert!(
                of(&second).out_ret < of(&first).out_call,
                "the header's argument"
            );
            return Err(Clash::Overtaken { first, second });
        }
        for stay in &order[known..] {
            passed[*stay as usize] = PEELED;
        }
    }
    Ok(order)
}

fn sorted(stays: &[Stay<'_>], key: impl Fn(u32) -> u32) -> Vec<u32> {
    let mut all: Vec<u32> = (0..stays.len() as u32).collect();
    all.sort_unstable_by_key(|stay| (key(*stay), *stay));
    all
}

/// A value that some unknown removal must have taken.
struct Need {
    /// When the value that went in later had certainly come out.
    deadline: u32,
    stay: u32,
    overtaker: u32,
}

/// Decides a queue in which nobody found nothing, and some removals are unknown.
pub(super) fn decide_unknown(scene: Scene<'_, '_>, mut contents: Contents<'_>) -> Finding {
    debug_assert!(contents.nothings.is_empty(), "the argument needs it");
    let needs = needs(&contents.stays);
    for stay in &mut contents.stays {
        if !stay.is_seen_to_leave() {
            stay.out_call = contents.end;
        }
    }
    for (at, need) in needs.iter().enumerate() {
        let in_time = |call: u32| call < need.deadline;
        let Some(removal) = contents.unknown.get(at).filter(|mark| in_time(mark.call)) else {
            return Finding::Breach(too_few(scene, &contents, &needs[..=at]));
        };
        let stay = &mut contents.stays[need.stay as usize];
        stay.take = removal.deed;
        stay.out_call = removal.call.max(stay.in_call);
    }
    match container::arrange(Kind::Queue, &contents) {
        Ok(order) => Finding::Order(order),
        Err(clash) => {
            debug_assert!(false, "the header's argument: {clash:?}");
            Finding::Unfit("unknown removals could not be told apart".to_owned())
        }
    }
}

/// What must have been taken by unknown removals, the most urgent first.
fn needs(stays: &[Stay<'_>]) -> Vec<Need> {
    let of = |stay: &u32| &stays[*stay as usize];
    let mut later = sorted(stays, |stay| stays[stay as usize].in_call);
    later.retain(|stay| of(stay).is_seen_to_leave());
    // Of all that went in from this one on, the one that came out first.
    let mut overtakers = later.clone();
    for at in (1..overtakers.len()).rev() {
        if of(&overtakers[at]).out_ret < of(&overtakers[at - 1]).out_ret {
            overtakers[at - 1] = overtakers[at];
        }
    }
    let lost = (0..stays.len() as u32).filter(|stay| !of(stay).is_seen_to_leave());
    let needs = lost.filter_map(|stay| {
        let from = later.partition_point(|other| of(other).in_call < of(&stay).in_ret);
        let overtaker = *overtakers.get(from)?;
        Some(Need {
            deadline: of(&overtaker).out_ret,
            stay,
            overtaker,
        })
    });
    let mut needs: Vec<Need> = needs.collect();
    needs.sort_unstable_by_key(|need| (need.deadline, need.stay));
    needs
}

/// More values must have been taken than unknown removals had been called.
fn too_few(scene: Scene<'_, '_>, contents: &Contents<'_>, needs: &[Need]) -> Breach {
    let Some(last) = needs.last() else {
        return Breach::default();
    };
    let before = contents.unknown.iter();
    let before = before.take_while(|mark| mark.call < last.deadline);
    let before: Vec<u32> = before.map(|mark| mark.deed).collect();
    let named: Vec<u32> = needs
        .iter()
        .flat_map(|need| [need.stay, need.overtaker])
        .collect();
    let mut deeds = contents.deeds_of(scene, &named);
    deeds.extend(&before);
    let mut breach = naming(scene, deeds.into_iter());
    let lost = needs.iter().map(|need| &contents.stays[need.stay as usize]);
    let lost: Vec<String> = lost.map(|stay| stay.value.to_string()).collect();
    let end = (scene.words)(contents.stays[last.overtaker as usize].take);
    breach.why.push(format!(
        "Nobody was seen to take {}, but what went in later had come out when {end} returned.",
        lost.join(", "),
    ));
    breach.why.push(format!(
        "{} of unknown outcome had been called by then, and each takes one value.",
        match before.len() {
            0 => "No removal".to_owned(),
            1 => "Only 1 removal".to_owned(),
            count => format!("Only {count} removals"),
        }
    ));
    breach
}
