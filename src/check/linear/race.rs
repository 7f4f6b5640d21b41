//! Searches one hard object in two orders at the same time.
//!
//! # Source
//! Lowe, "Testing for linearizability", Concurrency and Computation: Practice and Experience 29(4), 2017, lets several algorithms
//! compete and takes the answer that comes first. Where we differ: the answer does not depend on which one that was.
//!
//! # Idea
//! How long it takes to find a world depends on what is tried first. One search tries what returned first (or what
//! versions say), the other one what was invoked first. Each has a fixed share of the limits, so what each of them finds when
//! nobody stops it depends on the history and the limits alone. The answer is what the first one found, and where that found
//! nothing within its share, what the second one found.
//!
//! # Invariants
//! * I1 the answer is the same for any number of threads: a search is stopped only where what it would find is no
//!   longer asked for. The second one is, when the first has decided. The first one is, when the second has shown that there is no
//!   world: then the first one would have shown that too or nothing at all, and "no world" says no more than that
//!   (the explanation is made afterwards, from the history). It also is when the second has found a world that nobody will
//!   look at. A world that somebody will look at waits for the first.
//! * I2 both together cost no more nodes and no more memory than one search may.
//!
//! # Complexity
//! With two threads the lesser of both times. With one thread the first search runs first, so that an object that it decides
//! takes as long as it would alone.
//!
//! # Not chosen
//! To share one search among threads. Branches meet again after a few operations, so that threads that remember apart visit the
//! same nodes. Where they remember together, how many nodes are visited before a limit is reached depends on who
//! came first, and so would the answer. To try more orders: each takes its share from the others. To show that there is *no* world takes the same
//! nodes in each order, so broken objects gain nothing here.

use crate::check::Spent;
use crate::check::worlds::Search;

use super::decide::search;
use super::judge::{Case, Object};

/// Searches for an order of an object's operations; `shows_world` where somebody will look at the one that is found.
pub(super) fn race(case: &Case<'_>, object: &Object, shows_world: bool) -> Search {
    let (first, second) = (case.budget.eighths(7), case.budget.eighths(1));
    let by_return = || {
        let case = Case {
            budget: &first,
            ..*case
        };
        let found = search(&case, object, object.urgency.clone());
        if !matches!(found, Search::Spent(_)) {
            second.stop();
        }
        found
    };
    let by_invocation = || {
        if second.is_stopped() {
            return Search::Spent(Spent::Time);
        }
        let case = Case {
            budget: &second,
            ..*case
        };
        let found = search(&case, object, Some(invocations(&case, object)));
        match found {
            Search::None => first.stop(),
            Search::World(_) if !shows_world => first.stop(),
            _ => {}
        }
        found
    };
    match rayon::join(by_return, by_invocation) {
        (Search::Spent(spent), Search::Spent(_)) => Search::Spent(spent),
        (Search::Spent(_), found) | (found, _) => found,
    }
}

/// The place of each of the object's operations among all, by their invocations.
fn invocations(case: &Case<'_>, object: &Object) -> Vec<u32> {
    let items = case.items(&object.entries);
    let mut by_invocation: Vec<usize> = (0..items.len()).collect();
    by_invocation.sort_by_key(|item| items[*item].lo);
    let mut places = vec![0; items.len()];
    for (place, item) in (0..).zip(by_invocation) {
        places[item] = place;
    }
    places
}
