//! Why monitors give up: one small history for each reason, beside one that is only just decided.

use crate::history::Value;

use super::sentences::{found, values};
use super::{Act, Family, Finding, NEVER};

/// Holds a monitor to giving up, and to the reason.
fn gives_up(family: &Family, lines: &[(u32, u32, Act<'_>)], why: &str) {
    assert_eq!(found(family, lines), Finding::Unfit(why.to_owned()));
}

/// Holds a monitor to an order.
fn orders(family: &Family, lines: &[(u32, u32, Act<'_>)], order: &[u32]) {
    assert_eq!(found(family, lines), Finding::Order(order.to_vec()));
}

/// The queue, the stack and the priority queue with nothing in.
fn containers() -> [Family; 3] {
    let initial = Vec::new;
    [
        Family::Queue { initial: initial() },
        Family::Stack { initial: initial() },
        Family::PriorityQueue { initial: initial() },
    ]
}

#[test]
fn each_family_knows_its_own_acts_only() {
    let value = Value::from(1);
    let foreign = [(0, 1, Act::Read(&value))];
    let added = [(0, 1, Act::Add(&value))];
    gives_up(
        &Family::Counter { initial: 0 },
        &foreign,
        "#0 is no act of a counter",
    );
    gives_up(
        &Family::Semaphore { permits: 1 },
        &foreign,
        "#0 is no act of a semaphore",
    );
    gives_up(&Family::OwnedMutex, &foreign, "#0 is no act of a mutex");
    let register = Family::Register {
        initial: Value::from(0),
    };
    gives_up(&register, &added, "#0 is no act of a register");
    for family in containers() {
        let why = "#0 is nothing that one does to a container";
        gives_up(&family, &foreign, why);
    }
}

#[test]
fn a_value_may_come_again_once_it_is_certainly_gone() {
    use Act::{Insert, Take};
    let one = Value::from(1);
    for family in containers() {
        let gone = [
            (0, 1, Insert(&one)),
            (2, 3, Take(Some(&one))),
            (4, 5, Insert(&one)),
            (6, 7, Take(Some(&one))),
        ];
        orders(&family, &gone, &[0, 1, 2, 3]);
        let both = [
            (0, 1, Insert(&one)),
            (2, 4, Take(Some(&one))),
            (3, 5, Insert(&one)),
            (6, 7, Take(Some(&one))),
        ];
        let why = "1 is put in again before it is gone, by #0 and #2";
        gives_up(&family, &both, why);
    }
}

#[test]
fn what_was_in_at_the_beginning_may_be_put_in_again() {
    use Act::{Insert, Take};
    let one = Value::from(1);
    let queue = Family::Queue {
        initial: vec![one.clone()],
    };
    let gone = [(0, 1, Take(Some(&one))), (2, 3, Insert(&one))];
    orders(&queue, &gone, &[0, 1]);
    let both = [(0, 2, Take(Some(&one))), (1, 3, Insert(&one))];
    let why = "1 is put in again before it is gone, by the beginning and #1";
    gives_up(&queue, &both, why);
}

#[test]
fn an_unknown_insertion_that_nobody_needs_is_left_out() {
    use Act::{FoundEmpty, Insert};
    let one = Value::from(1);
    let unneeded = [(0, NEVER, Insert(&one)), (1, 2, FoundEmpty)];
    for family in containers() {
        orders(&family, &unneeded, &[1]);
    }
}

#[test]
fn an_unknown_removal_must_be_called_before_the_next_return() {
    use Act::{Insert, Take};
    let values = values();
    let v = |at: usize| &values[at];
    let stack = Family::Stack {
        initial: Vec::new(),
    };
    // Two stand on 1, and #6 returned before the second removal was called.
    let late = |second: u32| {
        [
            (0, 1, Insert(v(1))),
            (2, 3, Insert(v(2))),
            (4, NEVER, Take(None)),
            (5, 6, Insert(v(3))),
            (7, 20, Take(Some(v(1)))),
            (second, NEVER, Take(None)),
            (9, 11, Insert(v(4))),
        ]
    };
    orders(&stack, &late(10), &[0, 1, 3, 2, 5, 4, 6]);
    gives_up(&stack, &late(12), "nobody saw what #2 took");
}

#[test]
fn sums_need_steps_of_one_size() {
    use Act::{Plus, Sum};
    let family = Family::Counter { initial: 4 };
    let nothing = [(0, 1, Plus(0)), (2, 3, Plus(3)), (4, 5, Sum(7))];
    orders(&family, &nothing, &[0, 1, 2]);
    let sizes = [(0, 1, Plus(3)), (2, 3, Plus(-3)), (4, 5, Sum(4))];
    gives_up(&family, &sizes, "#0 and #1 add different amounts");
}

#[test]
fn permits_need_one_size() {
    use Act::{Acquire, Release};
    let family = Family::Semaphore { permits: 2 };
    let nothing = [
        (0, 1, Acquire(0)),
        (2, 3, Acquire(2)),
        (4, NEVER, Acquire(3)),
        (5, 6, Release(2)),
    ];
    orders(&family, &nothing, &[0, 1, 3]);
    let sizes = [(0, 1, Acquire(2)), (2, 3, Release(1)), (4, 5, Release(1))];
    let why = "#0 and #1 are about different numbers of permits";
    gives_up(&family, &sizes, why);
}

#[test]
fn owners_do_one_thing_after_the_other() {
    use Act::{Hold, Yield};
    let one = Value::from(1);
    let after = [(0, 1, Hold(&one)), (2, 3, Yield(&one))];
    orders(&Family::OwnedMutex, &after, &[0, 1]);
    let at_once = [(0, 2, Hold(&one)), (1, 3, Yield(&one))];
    gives_up(
        &Family::OwnedMutex,
        &at_once,
        "1 does #1 before the end of #0",
    );
}

#[test]
fn sets_give_up_where_all_elements_are_read() {
    let elements = [Value::from(1)];
    let family = Family::Set {
        initial: elements.to_vec(),
    };
    gives_up(
        &family,
        &[(0, 1, Act::Elements(&elements))],
        "#0 is about all elements",
    );
}

#[test]
fn additions_and_removals_hide_only_where_nobody_waits() {
    use Act::{Add, Contains, Discard};
    let one = Value::from(1);
    let set = Family::Set {
        initial: Vec::new(),
    };
    let looks = |is_in| Contains(&one, is_in);
    // The removal was open when nothing was in.
    let hides = [
        (2, 8, Discard(&one)),
        (3, 5, Add(&one)),
        (9, 12, looks(true)),
    ];
    orders(&set, &hides, &[0, 1, 2]);
    // Here it was not: it takes effect.
    let changes = [
        (1, 2, Add(&one)),
        (3, 8, Discard(&one)),
        (9, 12, looks(false)),
    ];
    orders(&set, &changes, &[0, 1, 2]);
    // Here it was, and somebody waits for it.
    let waits = [
        (2, 8, Add(&one)),
        (3, 11, Discard(&one)),
        (9, 13, looks(false)),
    ];
    orders(&set, &waits, &[0, 1, 2]);
    // The second removal is open as long as #4 waits, so the first one may hide.
    let two = [
        (4, 11, Add(&one)),
        (5, 23, looks(false)),
        (7, 26, Discard(&one)),
        (15, 34, Discard(&one)),
        (25, 32, looks(false)),
        (28, 36, looks(true)),
    ];
    orders(&set, &two, &[1, 2, 0, 5, 3, 4]);
}

#[test]
fn what_was_found_missing_is_placed_where_another_value_was() {
    use Act::{Differs, Read, Write};
    let values = values();
    let v = |at: usize| &values[at];
    let register = Family::Register {
        initial: Value::from(0),
    };
    // 0 is there until #1, and back from #3 on; between, the refusals stand behind what changed the value.
    let between = [
        (0, 1, Read(v(0))),
        (2, 3, Write(v(1))),
        (4, 5, Differs(v(0))),
        (6, 7, Read(v(1))),
        (8, 9, Differs(v(2))),
        (10, 11, Write(v(2))),
        (12, 13, Differs(v(1))),
    ];
    orders(&register, &between, &[0, 1, 2, 3, 4, 5, 6]);
    // A refusal that nobody was seen to make asks for nothing.
    let unseen = [(0, 1, Read(v(0))), (2, NEVER, Differs(v(0)))];
    orders(&register, &unseen, &[0]);
    // It waits for the write that is called while it is open.
    let waits = [
        (0, 3, Differs(v(0))),
        (1, 5, Read(v(0))),
        (2, 6, Write(v(1))),
    ];
    orders(&register, &waits, &[1, 2, 0]);
}
