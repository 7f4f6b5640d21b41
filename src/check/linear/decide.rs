//! Decides one object: by the special algorithm of its family where that applies, else by the search.

use crate::check::certify::{certify_world, is_order, refutes_world};
use crate::check::worlds::{Move, Search, Slice, find_world};
use crate::history::EventId;

use super::Family;
use super::explain::words_of;
use super::judge::{Case, Object};
use super::monitor::{self, Breach, Deed, Finding, NEVER, Scene};
use super::reading::{FEW, Member};

/// What was found out about one object, and by what.
pub(super) struct Decision {
    pub(super) found: Search,
    pub(super) method: Method,
    /// What a special algorithm shows where nothing can be ordered, as positions among the object's entries.
    pub(super) breach: Option<Breach>,
}

/// What decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// The special algorithm of this name.
    Monitor(&'static str),
    /// The search, and why no special algorithm did.
    Search(Option<String>),
}

impl Method {
    /// Whether one sentence speaks for both: searches are told together whatever kept the special algorithms away.
    pub(super) const fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Monitor(_), Self::Monitor(_)) => true,
            (Self::Search(why), Self::Search(other)) => why.is_some() == other.is_some(),
            _ => false,
        }
    }
}

/// Decides one object within the budget.
pub(super) fn decide(case: &Case<'_>, object: &Object) -> Decision {
    match by_monitor(case, object) {
        Ok(decision) => decision,
        Err(why) => by_search(case, object, why),
    }
}

pub(super) fn by_search(case: &Case<'_>, object: &Object, why: Option<String>) -> Decision {
    Decision {
        found: search(case, object, object.urgency.clone()),
        method: Method::Search(why),
        breach: None,
    }
}

/// Searches one object, trying its operations by their places in `urgency`, or by their returns.
pub(super) fn search(case: &Case<'_>, object: &Object, urgency: Option<Vec<u32>>) -> Search {
    let items = case.items(&object.entries);
    let mut slice = Slice::new(case.order, &items);
    if let Some(urgency) = urgency {
        slice = slice.tried_in(urgency);
    }
    let searcher = &mut *case.searcher(&object.entries);
    let found = find_world(&slice, searcher, case.budget);
    if let Search::World(moves) = &found {
        let machine = &mut *case.machine(&object.entries);
        certify_world(case.order, &items, machine, moves);
    }
    found
}

/// What the special algorithm says; why there is none, or none that applies.
fn by_monitor(case: &Case<'_>, object: &Object) -> Result<Decision, Option<String>> {
    let Some(family) = case.operations.family(object.name.as_ref()) else {
        return Err(None);
    };
    if !case.operations.rules().monitors {
        return Err(Some("special algorithms are switched off".to_owned()));
    }
    if !case.order.is_total() {
        let why = "no one observer saw the order of all lines";
        return Err(Some(why.to_owned()));
    }
    let found = match ask(case, object, &family)? {
        Finding::Unfit(why) => return Err(Some(why)),
        Finding::Order(order) => is_right(case, object, &order).then(|| {
            let moves = order.into_iter().map(Move::Item);
            (Search::World(moves.collect()), None)
        }),
        Finding::Breach(breach) => {
            shows(case, object, &breach).then_some((Search::None, Some(breach)))
        }
    };
    debug_assert!(
        found.is_some(),
        "what a special algorithm finds agrees with the steps of the specification"
    );
    match found {
        Some((found, breach)) => Ok(Decision {
            found,
            method: Method::Monitor(monitor::name(&family)),
            breach,
        }),
        None => {
            let why = "the acts that the specification names do not agree with its steps";
            Err(Some(why.to_owned()))
        }
    }
}

/// What the special algorithm of a family finds. The deeds are gone when it has answered: they are as many as the operations.
fn ask(case: &Case<'_>, object: &Object, family: &Family) -> Result<Finding, Option<String>> {
    let deeds = deeds(case, object)?;
    let words = |deed: u32| words_of(case, object.entries[deed as usize]);
    let line = |position: u32| {
        let event = case.history.event(EventId::new(position as usize));
        event.place.line as usize
    };
    let scene = Scene {
        deeds: &deeds,
        words: &words,
        line: &line,
    };
    Ok(monitor::decide(family, scene))
}

fn deeds<'c>(case: &Case<'c>, object: &Object) -> Result<Vec<Deed<'c>>, Option<String>> {
    let mut deeds = Vec::with_capacity(object.entries.len());
    for entry in &object.entries {
        let item = case.operations.entries()[*entry as usize].item;
        let act = case.operations.act(*entry).ok_or_else(|| {
            let words = words_of(case, *entry);
            Some(format!("no special algorithm knows what {words} does"))
        })?;
        deeds.push(Deed {
            call: Deed::position(item.lo),
            ret: item.hi.map_or(NEVER, Deed::position),
            act,
        });
    }
    Ok(deeds)
}

/// Whether the order respects real time and the specification allows every answer in it.
fn is_right(case: &Case<'_>, object: &Object, order: &[u32]) -> bool {
    let is_in_time = || is_order(case.order, &case.items(&object.entries), order);
    let is_allowed = || {
        let mut entries = order.iter().map(|deed| object.entries[*deed as usize]);
        case.operations.allows(&mut entries)
    };
    if order.len() <= FEW {
        return is_in_time() && is_allowed();
    }
    let (is_in_time, is_allowed) = rayon::join(is_in_time, is_allowed);
    is_in_time && is_allowed
}

/// Whether the operations of a breach, alone, have no order either.
fn shows(case: &Case<'_>, object: &Object, breach: &Breach) -> bool {
    let deeds = breach.deeds.iter().chain(&breach.excuses);
    let entries: Vec<u32> = deeds.map(|deed| object.entries[*deed as usize]).collect();
    let members = entries.iter().copied().map(Member::answered);
    let mut machine = case.operations.machine(members.collect());
    !refutes_world(
        case.order,
        &case.items(&entries),
        &mut *machine,
        case.budget,
    )
}
