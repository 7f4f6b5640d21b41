//! Why no order of an object's operations is right: the smallest set of operations found that shows it.
//!
//! # Idea
//! Operations are set aside as long as what is left still cannot be ordered. Setting aside must never create
//! a violation, so it means one of three things, each a weaker claim than the original:
//! * an operation that changes nothing whatever it answered is left out: an order without it is an order with it removed;
//! * any other is *doubted*: between its invocation and its end it may have taken effect or not, and answered anything;
//! * under real time only, everything invoked after some moment is left out, and what was open then may have taken
//!   effect at any time from its invocation on, or never:
//!   operations completed before that moment precede all later ones, so an order of all begins with an order of these
//!   (linearizability is closed under prefixes: Herlihy and Wing 1990, section 3.3).
//!
//! So the operations that are left cannot be ordered *whatever the others did*.
//!
//! # Complexity
//! O(log n) searches for the prefix, then about O(s log n) for a set of s operations, each within [`NODES_MAX`] nodes.

use crate::check::certify::{Opinion, certify_no_world};
use crate::check::minimise::minimise;
use crate::check::worlds::{Item, Slice, find_farthest, find_world_counting};
use crate::history::EventId;
use crate::verdict::{DeadEnd, Violation};

use super::judge::{Case, Object, names};
use super::monitor::Breach;
use super::reading::{Member, Standing};

/// Nodes that one attempt to set operations aside may cost, and those it may cost for each operation.
const NODES_MAX: u64 = 3_000;
const NODES_EACH_MAX: u64 = 3;
/// Nodes that the search for one prefix may cost, beyond those for each operation.
const PREFIX_NODES_MAX: u64 = 20_000;
/// Nodes that all attempts together may cost: an explanation must not take longer than a verdict.
const NODES_TOTAL_MAX: u64 = 200_000;
const NODES_TOTAL_EACH_MAX: u64 = 100;
/// Attempts to set operations aside.
const ATTEMPTS_MAX: usize = 2_000;

/// Up to so many operations it is shown how far an order of them gets.
const DEAD_END_MAX: usize = 5_000;
/// Nodes that looking for it may cost.
const DEAD_END_NODES_MAX: u64 = 20_000;

/// An operation as it stands in a shrinking set.
#[derive(Clone, Copy, Debug)]
struct Suspect {
    entry: u32,
    item: Item,
    standing: Standing,
}

impl Suspect {
    fn of(case: &Case<'_>, entry: u32) -> Self {
        Self {
            entry,
            item: case.operations.entries()[entry as usize].item,
            standing: Standing::Answered,
        }
    }

    const fn is_named(&self) -> bool {
        matches!(self.standing, Standing::Answered)
    }

    fn all(case: &Case<'_>, object: &Object) -> Vec<Self> {
        let entries = object.entries.iter();
        entries.map(|entry| Self::of(case, *entry)).collect()
    }

    const fn member(&self) -> Member {
        Member {
            entry: self.entry,
            standing: self.standing,
        }
    }
}

/// Says which object is broken, and no more.
pub(super) fn nothing(object: &Object) -> Violation {
    Violation {
        scope: object.scope(),
        says: no_order(&on(object)),
        events: Vec::new(),
        why: Vec::new(),
        dead_end: None,
    }
}

fn on(object: &Object) -> String {
    let scope = object.scope();
    scope.map_or_else(String::new, |scope| format!(" on {scope}"))
}

fn no_order(on: &str) -> String {
    format!("no order explains what was answered{on}")
}

pub(super) fn violation(case: &Case<'_>, object: &Object) -> Violation {
    let whole = Suspect::all(case, object);
    let prefix = if case.order.is_total() {
        shortest_prefix(case, whole)
    } else {
        whole
    };
    let ((left, opinion), dead_end) =
        rayon::join(|| set_aside(case, &prefix), || dead_end(case, &prefix));
    let mut violation = describe(case, &left, object);
    violation.dead_end = dead_end;
    if opinion == Opinion::TooLarge {
        violation
            .why
            .push("The set was too large to be confirmed by a second search.".to_owned());
    }
    violation
}

/// What a special algorithm found.
pub(super) fn breach(case: &Case<'_>, object: &Object, breach: &Breach) -> Violation {
    let suspects = |deeds: &[u32]| -> Vec<Suspect> {
        let entries = deeds.iter().map(|deed| object.entries[*deed as usize]);
        entries.map(|entry| Suspect::of(case, entry)).collect()
    };
    let named = suspects(&breach.deeds);
    let mut violation = describe(case, &named, object);
    violation.why.clone_from(&breach.why);
    if let Some(end) = named.iter().filter_map(|suspect| suspect.item.hi).max() {
        let items = object.entries.iter();
        let items = items.map(|entry| case.operations.entries()[*entry as usize].item);
        if items.filter(|item| item.lo <= end).count() <= DEAD_END_MAX {
            violation.dead_end = dead_end(case, &prefix(&Suspect::all(case, object), end));
        }
    }
    violation
}

pub(super) fn violation_together(case: &Case<'_>, objects: &[&Object]) -> Violation {
    let mut events: Vec<EventId> = Vec::new();
    for entry in objects.iter().flat_map(|object| &object.entries) {
        let item = case.operations.entries()[*entry as usize].item;
        events.extend([Some(item.lo), item.hi].into_iter().flatten());
    }
    events.sort_unstable();
    events.dedup();
    let scope = names(objects);
    let named = scope.clone().unwrap_or_default();
    Violation {
        scope,
        says: format!("each of {named} can be ordered alone, but not all of them together"),
        events,
        why: vec![
            "Every order that is right for one of them forces a wrong one on another.".to_owned(),
        ],
        dead_end: None,
    }
}

/// The operations up to the first completion that cannot be explained any more.
fn shortest_prefix(case: &Case<'_>, whole: Vec<Suspect>) -> Vec<Suspect> {
    let mut ends: Vec<EventId> = whole.iter().filter_map(|suspect| suspect.item.hi).collect();
    ends.sort_unstable();
    ends.dedup();
    let nodes_max = PREFIX_NODES_MAX + NODES_EACH_MAX * whole.len() as u64;
    // Invariant: the prefix that ends at ends[high] is broken: the last one because the whole is, and what is invoked behind the last
    // end has none of its own.
    let (mut low, mut high) = (0, ends.len().saturating_sub(1));
    while low < high {
        let middle = low.midpoint(high);
        let is_broken = is_broken(case, &prefix(&whole, ends[middle]), nodes_max, &mut 0);
        if is_broken {
            high = middle
        } else {
            low = middle + 1
        }
    }
    match ends.get(high) {
        Some(end) => prefix(&whole, *end),
        None => whole,
    }
}

fn prefix(whole: &[Suspect], end: EventId) -> Vec<Suspect> {
    let begun = whole.iter().filter(|suspect| suspect.item.lo <= end);
    begun
        .map(|suspect| {
            let is_over = suspect.item.hi.is_some_and(|hi| hi <= end);
            if is_over { *suspect } else { relax(*suspect) }
        })
        .collect()
}

/// What was open when the others had ended.
const fn relax(suspect: Suspect) -> Suspect {
    Suspect {
        item: suspect.item.relaxed(),
        standing: Standing::Silent,
        ..suspect
    }
}

const fn doubt(suspect: Suspect) -> Suspect {
    Suspect {
        standing: Standing::Doubtful,
        ..suspect
    }
}

/// Sets aside as much as possible, the latest first.
fn set_aside(case: &Case<'_>, suspects: &[Suspect]) -> (Vec<Suspect>, Opinion) {
    let named =
        (0..suspects.len()).filter(|at| suspects[*at].is_named() && suspects[*at].item.is_certain);
    let named: Vec<usize> = named.collect();
    let only = |kept: &[usize]| {
        let kept: Vec<usize> = kept.iter().map(|at| named[*at]).collect();
        keep_only(case, suspects, &kept)
    };
    let operations = suspects.len() as u64;
    let nodes_max = NODES_MAX + NODES_EACH_MAX * operations;
    let total_max = NODES_TOTAL_MAX + NODES_TOTAL_EACH_MAX * operations;
    let mut nodes = 0;
    let kept = minimise(named.len(), ATTEMPTS_MAX, |kept| {
        nodes < total_max && is_broken(case, &only(kept), nodes_max, &mut nodes)
    });
    let mut left = only(&kept);
    let items: Vec<Item> = left.iter().map(|suspect| suspect.item).collect();
    let machine = &mut *case.operations.machine(members(&left));
    let opinion = certify_no_world(case.order, &items, machine, case.budget);
    left.retain(|suspect| suspect.is_named() && suspect.item.is_certain);
    (left, opinion)
}

/// How far the best order gets; `None` where there are many operations.
fn dead_end(case: &Case<'_>, suspects: &[Suspect]) -> Option<DeadEnd> {
    if suspects.len() > DEAD_END_MAX {
        return None;
    }
    let items: Vec<Item> = suspects.iter().map(|suspect| suspect.item).collect();
    let mut machine = case.operations.machine(members(suspects));
    let budget = case.budget.with_nodes(DEAD_END_NODES_MAX);
    let farthest = find_farthest(&Slice::new(case.order, &items), &mut *machine, &budget)?;
    let suspect = |item: &u32| &suspects[*item as usize];
    let placed: Vec<Member> = farthest
        .items
        .iter()
        .map(|item| suspect(item).member())
        .collect();
    let refused: Vec<u32> = farthest
        .refused
        .iter()
        .map(|item| suspect(item).entry)
        .collect();
    let op = |entry: u32| case.operations.entries()[entry as usize].op;
    let reasons = case.operations.reasons(&placed, &refused);
    Some(DeadEnd {
        order: placed.iter().map(|member| op(member.entry)).collect(),
        refused: refused.into_iter().map(op).zip(reasons).collect(),
    })
}

/// The suspects at the sorted positions `kept`, and what must be said of the others.
fn keep_only(case: &Case<'_>, suspects: &[Suspect], kept: &[usize]) -> Vec<Suspect> {
    let all = suspects.iter().enumerate().map(|(at, suspect)| {
        let is_given = !suspect.item.is_certain || kept.binary_search(&at).is_ok();
        if is_given { *suspect } else { doubt(*suspect) }
    });
    all.filter(|suspect| !is_idle(case, suspect)).collect()
}

/// Whether its answer is set aside and it changes nothing, whatever it answered.
fn is_idle(case: &Case<'_>, suspect: &Suspect) -> bool {
    !suspect.is_named() && case.operations.entries()[suspect.entry as usize].always_observes
}

fn is_broken(case: &Case<'_>, suspects: &[Suspect], nodes_max: u64, nodes: &mut u64) -> bool {
    let items: Vec<Item> = suspects.iter().map(|suspect| suspect.item).collect();
    let slice = Slice::new(case.order, &items);
    let mut searcher = case.operations.searcher(case.order, members(suspects));
    let budget = case.budget.with_nodes(nodes_max);
    find_world_counting(&slice, &mut *searcher, &budget, nodes).is_none()
}

fn members(suspects: &[Suspect]) -> Vec<Member> {
    suspects.iter().map(Suspect::member).collect()
}

fn describe(case: &Case<'_>, left: &[Suspect], object: &Object) -> Violation {
    let scope = object.scope();
    let total = object.entries.len();
    let mut events: Vec<EventId> = left
        .iter()
        .flat_map(|suspect| [Some(suspect.item.lo), suspect.item.hi])
        .flatten()
        .collect();
    events.sort_unstable();
    events.dedup();
    let on = on(object);
    let last = left.iter().max_by_key(|suspect| suspect.item.hi);
    let says = match last {
        Some(last) if left.len() == 1 => {
            format!("{} is impossible{on}", words(case, last))
        }
        Some(last) => format!(
            "no order of {} operations{on} explains {}",
            left.len(),
            words(case, last)
        ),
        None => no_order(&on),
    };
    let respected = match case.order.is_total() {
        true => "respects real time",
        false => "agrees with happened-before",
    };
    let others = match total - left.len() {
        0 => String::new(),
        1 => ", whatever the other operation did".to_owned(),
        others => format!(", whatever the other {others} operations did"),
    };
    let why = vec![format!(
        "In every order that {respected} some answer is wrong{others}."
    )];
    Violation {
        scope,
        says,
        events,
        why,
        dead_end: None,
    }
}

fn words(case: &Case<'_>, suspect: &Suspect) -> String {
    words_of(case, suspect.entry)
}

pub(super) fn words_of(case: &Case<'_>, entry: u32) -> String {
    case.history
        .aloud(case.operations.entries()[entry as usize].op)
}
