//! What breaches name where it hangs on a detail: one small history for each.

use crate::history::Value;

use super::sentences::{register, says, values};
use super::{Act, Family, NEVER};

#[test]
fn a_swap_in_the_middle_of_a_block_is_named() {
    use Act::{Swap, Write};
    let values = values();
    let v = |at: usize| &values[at];
    // The swap in the middle neither returned first nor was called last.
    let middle = [
        (0, 1, Write(v(1))),
        (2, 20, Swap(v(1), v(2))),
        (3, 4, Write(v(4))),
        (6, 21, Swap(v(2), v(3))),
    ];
    says(
        &register(),
        &middle,
        (&[0, 1, 2, 3], &[]),
        &[
            "From line 1 to line 6 the value was 1, then by swaps 3: #0 had returned, and #3 was invoked.",
            "At some moment between lines 3 and 4 the value was 4: #2.",
            "Nobody wrote a value twice of those that were seen, so none of them came back.",
        ],
    );
}

#[test]
fn blocks_that_cannot_stand_say_who_came_too_early() {
    use Act::{Read, Swap, Write};
    let values = values();
    let v = |at: usize| &values[at];
    let chain = [
        (0, 1, Write(v(1))),
        (2, 3, Swap(v(2), v(3))),
        (4, 20, Swap(v(1), v(2))),
    ];
    says(
        &register(),
        &chain,
        (&[1, 2], &[]),
        &[
            "#1 saw what #2 wrote, and nobody else wrote it.",
            "But it had returned on line 3, before the other was called on line 4.",
        ],
    );
    let between = [
        (0, 9, Swap(v(1), v(2))),
        (1, 2, Read(v(2))),
        (3, 8, Write(v(1))),
    ];
    says(
        &register(),
        &between,
        (&[0, 1, 2], &[]),
        &[
            "#1 comes after #2: swaps lead from the value of one to that of the other.",
            "But it had returned on line 2, before the other was called on line 3.",
        ],
    );
}

#[test]
fn swaps_in_a_circle_are_named_without_those_beside_it() {
    use Act::{Read, Swap};
    let values = values();
    let v = |at: usize| &values[at];
    let circle = [
        (0, NEVER, Swap(v(0), v(5))),
        (1, 9, Swap(v(1), v(2))),
        (2, 8, Swap(v(2), v(1))),
        (3, 4, Read(v(0))),
        (5, 7, Read(v(2))),
    ];
    says(
        &register(),
        &circle,
        (&[1, 2], &[]),
        &[
            "Each of these swaps saw what another of them wrote, and each value was written once.",
            "So none of them can have been the first.",
        ],
    );
}

#[test]
fn who_wrote_what_was_not_found_is_named() {
    use Act::{Differs, Read, Write};
    let values = values();
    let v = |at: usize| &values[at];
    let readers = [
        (0, 9, Write(v(3))),
        (1, 2, Read(v(3))),
        (3, 4, Differs(v(3))),
        (5, 6, Read(v(3))),
    ];
    says(
        &register(),
        &readers,
        (&[0, 1, 2, 3], &[]),
        &[
            "#2 found another value than 3.",
            "But #1 had returned before that.",
            "And #3 was invoked after that: nobody wrote 3 a second time, so it was the value all the time.",
        ],
    );
}

#[test]
fn a_glimpse_of_another_value_is_kept_behind_one_of_its_own() {
    use Act::{Read, Write};
    let values = values();
    let v = |at: usize| &values[at];
    // Who saw 3 last was called after #2, which made it go.
    let hidden = [
        (0, 1, Write(v(3))),
        (2, 3, Write(v(3))),
        (4, 7, Write(v(4))),
        (5, 8, Read(v(3))),
        (10, 11, Read(v(3))),
    ];
    says(
        &register(),
        &hidden,
        (&[1, 2, 4], &[]),
        &[
            "#4 saw a value that was gone.",
            "Whoever wrote this value had returned before line 4; the last was #1.",
            "Between line 4 and line 10, #2 found or left another value.",
        ],
    );
}

#[test]
fn lost_elements_must_be_gone_before_the_first_that_overtook_them() {
    use Act::{Insert, Take};
    let values = values();
    let v = |at: usize| &values[at];
    let queue = Family::Queue {
        initial: Vec::new(),
    };
    // Both must be gone when 3 is out, not only when 2 is: the second removal is called between.
    let crossed = [
        (0, 1, Insert(v(4))),
        (2, 3, Insert(v(1))),
        (4, 7, Insert(v(2))),
        (5, 8, Insert(v(3))),
        (9, NEVER, Take(None)),
        (10, 11, Take(Some(v(3)))),
        (12, NEVER, Take(None)),
        (13, 14, Take(Some(v(2)))),
    ];
    says(
        &queue,
        &crossed,
        (&[0, 1, 3, 5], &[4]),
        &[
            "Nobody was seen to take 4, 1, but what went in later had come out when #5 returned.",
            "Only 1 removal of unknown outcome had been called by then, and each takes one value.",
        ],
    );
}

#[test]
fn what_was_in_at_the_beginning_went_in_before_all() {
    use Act::{Insert, Take};
    let values = values();
    let v = |at: usize| &values[at];
    let initial: Vec<Value> = values[1..5].to_vec();
    let all = [
        (0, 1, Insert(v(5))),
        (2, 3, Take(Some(v(1)))),
        (4, 5, Take(Some(v(2)))),
        (6, 7, Take(Some(v(3)))),
        (8, 9, Take(Some(v(5)))),
        (10, 11, Take(Some(v(4)))),
    ];
    says(
        &Family::Queue { initial },
        &all,
        (&[0, 4, 5], &[]),
        &[
            "4 was in from the beginning, 5 went in later, by #0.",
            "But #4 had returned before #5 was called, so 5 came out first.",
        ],
    );
}

#[test]
fn of_a_value_that_came_before_the_loose_ones_are_named() {
    use Act::{FoundEmpty, Insert, Take};
    let values = values();
    let v = |at: usize| &values[at];
    let queue = Family::Queue {
        initial: Vec::new(),
    };
    // Which of the two was taken first is open, so the first one is named too.
    let again = [
        (0, NEVER, Insert(v(1))),
        (1, 2, Take(Some(v(1)))),
        (3, 4, Insert(v(1))),
        (5, 6, FoundEmpty),
    ];
    says(
        &queue,
        &again,
        (&[1, 2, 3], &[0]),
        &[
            "#3 says that nothing was in, but all the while it ran something was.",
            "1 was in from the return of #2 and was never taken out.",
        ],
    );
}

#[test]
fn one_that_stands_on_another_is_enough() {
    use Act::{Insert, Take};
    let values = values();
    let v = |at: usize| &values[at];
    let stack = Family::Stack {
        initial: Vec::new(),
    };
    // One of the two that stand on 1 is enough.
    let twice = [
        (0, 1, Insert(v(1))),
        (2, 3, Insert(v(2))),
        (4, 5, Insert(v(3))),
        (6, 7, Take(Some(v(1)))),
    ];
    says(
        &stack,
        &twice,
        (&[0, 1, 3], &[]),
        &[
            "Of values that are in together, one is pushed before and popped after all others: while none of them is in.",
            "1 is not the one: all the while #3 ran, 2 was certainly in.",
            "2 is not the one: all the while #1 ran, 1 was certainly in.",
            "1 was in from the return of #0 until the call of #3.",
            "2 was in from the return of #1 and was never taken out.",
        ],
    );
}

#[test]
fn an_unknown_removal_excuses_only_what_was_lost() {
    use Act::{Insert, Take};
    let values = values();
    let v = |at: usize| &values[at];
    let priorities = Family::PriorityQueue {
        initial: Vec::new(),
    };
    // Both were seen to leave, so the unknown removal is no excuse.
    let later = [
        (0, 1, Insert(v(1))),
        (2, 3, Insert(v(2))),
        (4, NEVER, Take(None)),
        (5, 6, Take(Some(v(1)))),
        (7, 8, Take(Some(v(2)))),
    ];
    says(
        &priorities,
        &later,
        (&[0, 1, 3, 4], &[]),
        &[
            "#3 took out a smaller value, although a greater one was in all the while it ran.",
            "2 was in from the return of #1 until the call of #4.",
        ],
    );
}
