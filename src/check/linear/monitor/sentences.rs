//! What breaches say and name, word for word.

use crate::history::Value;

use super::trial::{Tally, hold};
use super::{Act, Deed, Family, Finding, NEVER, Scene, decide};

/// An operation: where it was called, where it returned, what it did.
type Line<'v> = (u32, u32, Act<'v>);

/// What a monitor says of operations that stand by their calls; `#n` is the n-th of them, from 0 on.
pub(super) fn found(family: &Family, lines: &[Line<'_>]) -> Finding {
    let deeds = lines.iter().map(|(call, ret, act)| Deed {
        call: *call,
        ret: *ret,
        act: *act,
    });
    let deeds: Vec<Deed<'_>> = deeds.collect();
    hold(family, &deeds, &mut Tally::default());
    let scene = Scene {
        deeds: &deeds,
        words: &|deed| format!("#{deed}"),
        line: &|position| position as usize,
    };
    decide(family, scene)
}

/// Holds a breach to the operations that it names and to its sentences.
pub(super) fn says(family: &Family, lines: &[Line<'_>], named: (&[u32], &[u32]), why: &[&str]) {
    match found(family, lines) {
        Finding::Breach(breach) => {
            assert_eq!(breach.why, why);
            assert_eq!((&*breach.deeds, &*breach.excuses), named);
        }
        other => panic!("{other:?}"),
    }
}

pub(super) fn values() -> Vec<Value> {
    (0..9).map(Value::from).collect()
}

pub(super) fn register() -> Family {
    Family::Register {
        initial: Value::from(0),
    }
}

#[test]
fn registers_say_from_when_to_when() {
    use Act::{Read, Write};
    let values = values();
    let v = |at: usize| &values[at];
    let back = [(0, 1, Write(v(1))), (2, 3, Read(v(1))), (4, 5, Read(v(0)))];
    says(
        &register(),
        &back,
        (&[0, 2], &[]),
        &[
            "From the beginning to line 4 the value was 0: #2 was invoked there.",
            "At some moment between lines 0 and 1 the value was 1: #0.",
            "Nobody wrote a value twice of those that were seen, so none of them came back.",
        ],
    );
    let inside = [
        (0, 1, Write(v(1))),
        (2, 3, Write(v(2))),
        (4, 5, Read(v(1))),
        (6, 7, Read(v(2))),
    ];
    says(
        &register(),
        &inside,
        (&[0, 1, 2], &[]),
        &[
            "From line 1 to line 4 the value was 1: #0 had returned, and #2 was invoked.",
            "At some moment between lines 2 and 3 the value was 2: #1.",
            "Nobody wrote a value twice of those that were seen, so none of them came back.",
        ],
    );
    let floats = [
        (0, 1, Write(v(1))),
        (2, 5, Write(v(2))),
        (3, 4, Read(v(2))),
        (6, 7, Read(v(1))),
    ];
    says(
        &register(),
        &floats,
        (&[0, 1, 3], &[]),
        &[
            "From line 1 to line 6 the value was 1: #0 had returned, and #3 was invoked.",
            "At some moment between lines 2 and 5 the value was 2: #1.",
            "Nobody wrote a value twice of those that were seen, so none of them came back.",
        ],
    );
    let alone = [(0, 1, Write(v(1))), (2, 3, Write(v(2))), (4, 5, Read(v(1)))];
    says(
        &register(),
        &alone,
        (&[0, 1, 2], &[]),
        &[
            "From line 1 to line 4 the value was 1: #0 had returned, and #2 was invoked.",
            "At some moment between lines 2 and 3 the value was 2: #1.",
            "Nobody wrote a value twice of those that were seen, so none of them came back.",
        ],
    );
}

#[test]
fn swaps_of_a_register_follow_each_other() {
    use Act::{Read, Swap, Write};
    let values = values();
    let v = |at: usize| &values[at];
    let swaps = [
        (0, 1, Write(v(1))),
        (2, 3, Swap(v(1), v(2))),
        (4, 5, Swap(v(2), v(3))),
        (6, 7, Write(v(4))),
        (8, 9, Read(v(4))),
        (10, 11, Read(v(3))),
    ];
    says(
        &register(),
        &swaps,
        (&[2, 3, 5], &[]),
        &[
            "From line 5 to line 10 the value was 3: #2 had returned, and #5 was invoked.",
            "At some moment between lines 6 and 7 the value was 4: #3.",
            "Nobody wrote a value twice of those that were seen, so none of them came back.",
        ],
    );
    let reader = [
        (0, 1, Write(v(1))),
        (2, 3, Swap(v(1), v(2))),
        (4, 5, Read(v(1))),
    ];
    says(
        &register(),
        &reader,
        (&[1, 2], &[]),
        &[
            "#1 replaced the value that #2 saw, and nobody wrote it again.",
            "But it had returned on line 3, before the other was called on line 4.",
        ],
    );
    let twice = [
        (0, 1, Write(v(1))),
        (2, 5, Swap(v(1), v(2))),
        (3, 4, Swap(v(1), v(3))),
    ];
    says(
        &register(),
        &twice,
        (&[0, 1, 2], &[]),
        &[
            "#1 and #2 both replaced 1.",
            "1 was written once, so only one of them can have found it.",
        ],
    );
}

#[test]
fn registers_say_what_was_not_there() {
    use Act::{Differs, Read, Write};
    let values = values();
    let v = |at: usize| &values[at];
    says(
        &register(),
        &[(0, 1, Read(v(7)))],
        (&[0], &[]),
        &["Nobody ever wrote 7."],
    );
    let differs = [
        (0, 1, Write(v(3))),
        (2, 3, Differs(v(3))),
        (4, 5, Read(v(3))),
    ];
    says(
        &register(),
        &differs,
        (&[0, 1, 2], &[]),
        &[
            "#1 found another value than 3.",
            "But #0 had returned before that.",
            "And #2 was invoked after that: nobody wrote 3 a second time, so it was the value all the time.",
        ],
    );
    let at_first = [(0, 1, Differs(v(0))), (2, 3, Read(v(0)))];
    says(
        &register(),
        &at_first,
        (&[0, 1], &[]),
        &[
            "#0 found another value than 0.",
            "But 0 was there at the beginning.",
            "And #1 was invoked after that: nobody wrote 0 a second time, so it was the value all the time.",
        ],
    );
    let unclear = [
        (0, 9, Write(v(3))),
        (1, 10, Write(v(4))),
        (2, 3, Differs(v(4))),
        (4, 5, Differs(v(3))),
        (6, 7, Differs(v(0))),
    ];
    let why = "#2 depends on which order is chosen".to_owned();
    assert_eq!(found(&register(), &unclear), Finding::Unfit(why));
    let room = [(0, 1, Differs(v(0))), (2, 3, Write(v(1)))];
    let why = "#0 depends on which order is chosen".to_owned();
    assert_eq!(found(&register(), &room), Finding::Unfit(why));
}

#[test]
fn registers_with_repeated_values_say_what_was_gone() {
    use Act::{Read, Write};
    let values = values();
    let v = |at: usize| &values[at];
    let gone = [
        (0, 1, Write(v(3))),
        (2, 3, Write(v(3))),
        (4, 5, Write(v(4))),
        (6, 7, Read(v(3))),
    ];
    says(
        &register(),
        &gone,
        (&[1, 2, 3], &[]),
        &[
            "#3 saw a value that was gone.",
            "Whoever wrote this value had returned before line 4; the last was #1.",
            "Between line 4 and line 6, #2 found or left another value.",
        ],
    );
    let at_first = [
        (0, 1, Write(v(4))),
        (2, 3, Read(v(0))),
        (4, 5, Write(v(0))),
        (6, 7, Read(v(0))),
    ];
    says(
        &register(),
        &at_first,
        (&[0, 1], &[]),
        &[
            "#1 saw a value that was gone.",
            "It is the value of the beginning, and nobody had begun to write it again.",
            "Between line 0 and line 2, #0 found or left another value.",
        ],
    );
    let early = [(0, 1, Read(v(3))), (2, 3, Write(v(3))), (4, 5, Write(v(3)))];
    says(
        &register(),
        &early,
        (&[0], &[]),
        &["Nobody had begun to write the value that #0 saw."],
    );
    // The last glimpse of another value is of the value itself: the one before it counts.
    let other = [
        (0, 1, Write(v(3))),
        (2, 3, Write(v(3))),
        (4, 5, Write(v(4))),
        (6, 9, Read(v(4))),
        (7, 8, Read(v(4))),
        (10, 11, Read(v(3))),
        (12, 13, Read(v(3))),
    ];
    says(
        &register(),
        &other,
        (&[1, 4, 5], &[]),
        &[
            "#5 saw a value that was gone.",
            "Whoever wrote this value had returned before line 7; the last was #1.",
            "Between line 7 and line 10, #4 found or left another value.",
        ],
    );
}

#[test]
fn counters_say_how_far_the_sum_was() {
    use Act::{Plus, Sum};
    let family = Family::Counter { initial: 5 };
    let few = [(0, 1, Plus(3)), (2, 3, Plus(3)), (4, 5, Sum(8))];
    says(
        &family,
        &few,
        (&[0, 1, 2], &[]),
        &[
            "#2 saw too few: the sum had reached 11 before it was invoked on line 4.",
            "What had returned by then counts, and what was seen before is never taken back.",
        ],
    );
    let many = [
        (0, 1, Plus(3)),
        (2, 3, Sum(8)),
        (4, NEVER, Plus(3)),
        (5, 6, Sum(14)),
        (7, 8, Plus(3)),
    ];
    says(
        &family,
        &many,
        (&[3], &[2]),
        &[
            "#3 saw too many: the sum can have reached 11 at most when it returned on line 6.",
            "Nothing else had been invoked, or it cannot have counted with what was seen before.",
        ],
    );
    let between = [(0, 1, Plus(3)), (2, 3, Plus(3)), (4, 5, Sum(9))];
    says(
        &family,
        &between,
        (&[2], &[]),
        &["#2 saw a sum that no steps of 3 from 5 lead to."],
    );
    let below = [(0, 1, Plus(3)), (2, 3, Sum(2))];
    says(
        &family,
        &below,
        (&[1], &[]),
        &["#1 saw a sum that no steps of 3 from 5 lead to."],
    );
}

#[test]
fn semaphores_say_which_way_it_went_wrong() {
    use Act::{Acquire, Release};
    let family = Family::Semaphore { permits: 2 };
    let out = [
        (0, 1, Acquire(1)),
        (2, 3, Release(1)),
        (4, 5, Acquire(1)),
        (6, 7, Acquire(1)),
        (8, 9, Acquire(1)),
    ];
    says(
        &family,
        &out,
        (&[1, 2, 3, 4], &[]),
        &[
            "On line 9 more permits are out than there are: too few releases had been invoked by then.",
        ],
    );
    let back = [(0, 1, Acquire(1)), (2, 3, Release(1)), (4, 5, Release(1))];
    says(
        &family,
        &back,
        (&[1, 2], &[]),
        &[
            "On line 5 more permits have come back than were out: too few acquisitions had been invoked by then.",
        ],
    );
    let sizes = [(0, 1, Acquire(2)), (2, 3, Acquire(1))];
    says(
        &family,
        &sizes,
        (&[0, 1], &[]),
        &[
            "On line 3 more permits are out than there are: too few releases had been invoked by then.",
        ],
    );
}

#[test]
fn sets_say_who_found_what() {
    use Act::{Add, Contains, Discard};
    let values = values();
    let v = |at: usize| &values[at];
    let family = Family::Set {
        initial: vec![values[1].clone()],
    };
    says(
        &family,
        &[(0, 1, Contains(v(2), true))],
        (&[0], &[]),
        &[
            "#0 found the element in.",
            "But it was out at the beginning, and no addition of it had been invoked before that returned.",
        ],
    );
    says(
        &family,
        &[(0, 1, Contains(v(1), false))],
        (&[0], &[]),
        &[
            "#0 found the element out.",
            "But it was in at the beginning, and no removal of it had been invoked before that returned.",
        ],
    );
    let out = [
        (0, 1, Add(v(2))),
        (2, 3, Discard(v(2))),
        (4, 5, Contains(v(2), true)),
    ];
    says(
        &family,
        &out,
        (&[0, 1, 2], &[]),
        &[
            "#2 found the element in.",
            "But #1 found it out or left it out, and returned before that was invoked.",
            "Each addition of it that was invoked in time had returned before, #0 as the last.",
        ],
    );
    let back = [
        (0, 1, Discard(v(1))),
        (2, 3, Contains(v(3), false)),
        (4, 5, Contains(v(1), true)),
    ];
    says(
        &family,
        &back,
        (&[0, 2], &[]),
        &[
            "#2 found the element in.",
            "But #0 found it out or left it out, and returned before that was invoked.",
            "Nothing was invoked in time that could bring it back: it was in at the beginning only.",
        ],
    );
    let within = [(0, 1, Add(v(2))), (2, 3, Contains(v(2), false))];
    says(
        &family,
        &within,
        (&[0, 1], &[]),
        &[
            "#1 found the element out.",
            "But #0 found it in or left it in, and returned before that was invoked.",
            "Nothing was invoked in time that could bring it back: it was out at the beginning only.",
        ],
    );
}

#[test]
fn queues_say_who_came_first() {
    use Act::{Insert, Take};
    let values = values();
    let v = |at: usize| &values[at];
    let queue = Family::Queue {
        initial: Vec::new(),
    };
    let swapped = [
        (0, 1, Insert(v(1))),
        (2, 3, Insert(v(2))),
        (4, 5, Take(Some(v(2)))),
        (6, 7, Take(Some(v(1)))),
    ];
    says(
        &queue,
        &swapped,
        (&[0, 1, 2, 3], &[]),
        &[
            "#0 had returned before #1 was called, so 1 went in first.",
            "But #2 had returned before #3 was called, so 2 came out first.",
        ],
    );
    says(
        &queue,
        &swapped[..3],
        (&[0, 1, 2], &[]),
        &[
            "#0 had returned before #1 was called, so 1 went in first.",
            "But #2 took 2 out, and nobody ever took 1.",
        ],
    );
    let lost = [
        (0, 1, Insert(v(1))),
        (2, 3, Insert(v(2))),
        (4, 5, Insert(v(3))),
        (6, NEVER, Take(None)),
        (7, 8, Take(Some(v(3)))),
        (9, NEVER, Take(None)),
    ];
    says(
        &queue,
        &lost,
        (&[0, 1, 2, 4], &[3]),
        &[
            "Nobody was seen to take 1, 2, but what went in later had come out when #4 returned.",
            "Only 1 removal of unknown outcome had been called by then, and each takes one value.",
        ],
    );
    // What came out first of all that went in later sets the time.
    let urgent = [
        (0, 1, Insert(v(1))),
        (2, 5, Insert(v(2))),
        (3, 6, Insert(v(3))),
        (7, 8, Take(Some(v(3)))),
        (9, NEVER, Take(None)),
        (10, 11, Take(Some(v(2)))),
    ];
    says(
        &queue,
        &urgent,
        (&[0, 2, 3], &[]),
        &[
            "#0 had returned before #2 was called, so 1 went in first.",
            "But #3 had returned before anybody could take 1: #4 was called later.",
        ],
    );
}

#[test]
fn what_is_empty_or_taken_too_often_is_told() {
    use Act::{FoundEmpty, Insert, Take};
    let values = values();
    let v = |at: usize| &values[at];
    let queue = Family::Queue {
        initial: Vec::new(),
    };
    let empty = [
        (0, 1, Insert(v(1))),
        (2, 3, FoundEmpty),
        (4, 5, Take(Some(v(1)))),
    ];
    says(
        &queue,
        &empty,
        (&[0, 1, 2], &[]),
        &[
            "#1 says that nothing was in, but all the while it ran something was.",
            "1 was in from the return of #0 until the call of #2.",
        ],
    );
    says(
        &queue,
        &empty[..2],
        (&[0, 1], &[]),
        &[
            "#1 says that nothing was in, but all the while it ran something was.",
            "1 was in from the return of #0 and was never taken out.",
        ],
    );
    let early = [(0, 1, Take(Some(v(1)))), (2, 3, Insert(v(1)))];
    says(
        &queue,
        &early,
        (&[0, 1], &[]),
        &["#0 had returned before anybody put 1 in: #1 was called later."],
    );
    says(
        &queue,
        &early[..1],
        (&[0], &[]),
        &["#0 took out what nobody put in."],
    );
    let often = [
        (0, 1, Insert(v(1))),
        (2, 3, Take(Some(v(1)))),
        (4, 5, Take(Some(v(1)))),
    ];
    says(
        &queue,
        &often,
        (&[0, 1, 2], &[]),
        &["When #2 returned, 1 had been taken out 2 times, but put in at most once."],
    );
}

#[test]
fn stacks_and_priority_queues_say_what_stood_above() {
    use Act::{Insert, Take};
    let values = values();
    let v = |at: usize| &values[at];
    let initial = Vec::new();
    let stack = Family::Stack {
        initial: initial.clone(),
    };
    let crossed = [
        (0, 1, Insert(v(1))),
        (2, 3, Insert(v(2))),
        (4, 5, Take(Some(v(1)))),
        (6, 7, Take(Some(v(2)))),
    ];
    says(
        &stack,
        &crossed,
        (&[0, 1, 2, 3], &[]),
        &[
            "Of values that are in together, one is pushed before and popped after all others: while none of them is in.",
            "1 is not the one: all the while #2 ran, 2 was certainly in.",
            "2 is not the one: all the while #1 ran, 1 was certainly in.",
            "1 was in from the return of #0 until the call of #2.",
            "2 was in from the return of #1 until the call of #3.",
        ],
    );
    let priorities = Family::PriorityQueue { initial };
    let smaller = [
        (0, 1, Insert(v(1))),
        (2, 3, Insert(v(2))),
        (4, 5, Take(Some(v(1)))),
    ];
    says(
        &priorities,
        &smaller,
        (&[0, 1, 2], &[]),
        &[
            "#2 took out a smaller value, although a greater one was in all the while it ran.",
            "2 was in from the return of #1 and was never taken out.",
        ],
    );
}

#[test]
fn unknown_removals_are_found_for_what_stands_in_the_way() {
    use Act::{FoundEmpty, Insert, Take};
    let values = values();
    let v = |at: usize| &values[at];
    let stack = Family::Stack {
        initial: Vec::new(),
    };
    let above = [
        (0, 1, Insert(v(1))),
        (2, 3, Insert(v(2))),
        (4, NEVER, Take(None)),
        (5, 6, Take(Some(v(1)))),
        (7, 8, FoundEmpty),
    ];
    assert_eq!(found(&stack, &above), Finding::Order(vec![0, 1, 2, 3, 4]));
    let late = [
        (0, 1, Insert(v(1))),
        (2, 3, Insert(v(2))),
        (4, 7, Take(Some(v(1)))),
        (5, NEVER, Take(None)),
        (6, 8, Insert(v(3))),
    ];
    assert_eq!(found(&stack, &late), Finding::Order(vec![0, 1, 3, 2, 4]));
    let priorities = Family::PriorityQueue {
        initial: Vec::new(),
    };
    assert_eq!(
        found(&priorities, &above),
        Finding::Order(vec![0, 1, 2, 3, 4])
    );
}
