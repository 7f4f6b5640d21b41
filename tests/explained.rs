//! What is said of an object that is broken: which operations show it, how far an order gets, and what kept the others away.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own history has failed"
)]

mod lines;

use std::fmt::Write as _;

use lines::line;
use testimony::check::Budget;
use testimony::check::linear::{AnySpec, Consistency, Rules, SpecOptions};
use testimony::check_history;
use testimony::history::{History, Verdict};
use testimony::specs::counter::Counter;
use testimony::specs::register::Register;
use testimony::verdict::{Judgement, Violation};

/// Everything by special algorithms, where they apply.
const QUICK: SpecOptions = SpecOptions {
    consistency: Consistency::Linearizable,
    by_key: false,
    witness: false,
    verdict_only: false,
    rules: Rules::ALL,
};
/// Everything by the search.
const SEARCHED: SpecOptions = SpecOptions {
    rules: Rules {
        monitors: false,
        ..Rules::ALL
    },
    ..QUICK
};
const SEARCHED_BY_KEY: SpecOptions = SpecOptions {
    by_key: true,
    ..SEARCHED
};

const TOO_LARGE: &str = "The set was too large to be confirmed by a second search.";

/// An operation of process 0 with its input and its answer.
fn done(f: &str, input: &str, answer: &str) -> String {
    lines::done("0", f, (input, answer))
}

fn judgement(spec: impl Into<AnySpec>, options: SpecOptions, lines: &str) -> Judgement {
    let history = History::parse(lines).unwrap();
    let session = check_history(history).spec_with("it", spec, options);
    session.judge().unwrap().findings.remove(0).judgement
}

fn violation(spec: impl Into<AnySpec>, options: SpecOptions, lines: &str) -> Violation {
    let mut judgement = judgement(spec, options, lines);
    assert_eq!(judgement.verdict, Verdict::Broken);
    judgement.violations.remove(0)
}

/// What a violation says, with the lines that it names and the numbers of operations in the order that gets farthest.
fn told(violation: &Violation) -> String {
    let lines = violation.events.iter().map(|event| event.index() + 1);
    let lines: Vec<usize> = lines.collect();
    let mut told = format!("{}\nlines {lines:?}\n", violation.says);
    for why in &violation.why {
        writeln!(told, "{why}").unwrap();
    }
    if let Some(dead_end) = &violation.dead_end {
        let order: Vec<usize> = dead_end.order.iter().map(|op| op.index()).collect();
        writeln!(told, "up to here {order:?}").unwrap();
        for (op, reason) in &dead_end.refused {
            writeln!(told, "then not {}: {reason}", op.index()).unwrap();
        }
    }
    told
}

#[test]
fn the_shortest_prefix_and_what_it_needs_are_named() {
    let lines = [
        line("2", "invoke", "read", "[\"k\"]"),
        done("read", "[\"k\"]", "[\"k\", null]"),
        done("write", "[\"k\", 1]", "null"),
        line("1", "invoke", "write", "[\"k\", 5]"),
        done("write", "[\"k\", 2]", "null"),
        done("read", "[\"k\"]", "[\"k\", 1]"),
        line("2", "ok", "read", "[\"k\", 9]"),
        done("write", "[\"k\", 3]", "null"),
    ];
    let violation = violation(Register::default(), SEARCHED_BY_KEY, &lines.concat());
    assert_eq!(
        told(&violation),
        "no order of 2 operations on k explains `read [\"k\"]` → [\"k\",1] (line 10)\n\
         lines [7, 8, 9, 10]\n\
         In every order that respects real time some answer is wrong, whatever the other 5 operations did.\n\
         up to here [1, 2, 4]\n\
         then not 5: the value is 2\n"
    );
}

#[test]
fn one_answer_may_be_impossible_alone() {
    let lines = done("write", "[\"k\", 1]", "null") + &done("read", "[\"k\"]", "[\"k\", 7]");
    let told_of = |options| told(&violation(Register::default(), options, &lines));
    assert_eq!(
        told_of(SEARCHED_BY_KEY),
        "`read [\"k\"]` → [\"k\",7] (line 4) is impossible on k\n\
         lines [3, 4]\n\
         In every order that respects real time some answer is wrong, whatever the other operation did.\n\
         up to here [0]\n\
         then not 1: the value is 1\n"
    );
    for rules in [Rules::ALL, SEARCHED.rules] {
        let options = SpecOptions {
            rules,
            verdict_only: true,
            ..SEARCHED_BY_KEY
        };
        let bare = "no order explains what was answered on k\nlines []\n";
        assert_eq!(told_of(options), bare);
    }
}

#[test]
fn what_is_needed_may_be_too_large_for_a_second_search() {
    let counted = |additions: usize, last: &str| {
        let lines = done("add", "1", "null").repeat(additions) + &done("read", "null", last);
        violation(Counter::default(), SEARCHED, &lines)
    };
    let says_so = |violation: &Violation| violation.why.iter().any(|why| why == TOO_LARGE);
    let large = counted(300, "299");
    assert!(large.says.starts_with("no order of 301 operations"));
    assert!(says_so(&large));
    assert!(!says_so(&counted(30, "29")));
    // What only looks is left out.
    let lines = done("read", "null", "0").repeat(300) + &done("read", "null", "1");
    let reads = violation(Counter::default(), SEARCHED, &lines);
    assert_eq!(reads.events.len(), 2);
    assert!(!says_so(&reads));
}

#[test]
fn how_far_an_order_gets_is_shown_of_so_many_operations() {
    for options in [QUICK, SEARCHED] {
        let shows = |before: usize, behind: usize| {
            let right = |count: usize| done("read", "null", "null").repeat(count);
            let lines = right(before) + &done("read", "null", "7") + &right(behind);
            violation(Register::default(), options, &lines)
                .dead_end
                .is_some()
        };
        assert!(shows(4_999, 0));
        assert!(shows(4_999, 2_000));
        assert!(!shows(5_000, 0));
    }
}

/// Each finds the next one's register unwritten after writing its own.
fn store_buffering(keys: &[&str]) -> String {
    let next = keys.iter().cycle().skip(1);
    let all = (0..).zip(keys).zip(next);
    all.map(|((process, own), next)| {
        let process = format!("{process}");
        let write = (format!("[\"{own}\", 1]"), "null");
        let read = (format!("[\"{next}\"]"), format!("[\"{next}\", null]"));
        lines::done(&process, "write", (&write.0, write.1))
            + &lines::done(&process, "read", (&read.0, &read.1))
    })
    .collect()
}

#[test]
fn objects_may_be_right_alone_and_wrong_together() {
    let options = SpecOptions {
        consistency: Consistency::Sequential,
        by_key: true,
        ..QUICK
    };
    let broken = violation(Register::default(), options, &store_buffering(&["x", "y"]));
    assert_eq!(broken.scope.as_deref(), Some("x, y"));
    assert_eq!(
        told(&broken),
        "each of x, y can be ordered alone, but not all of them together\n\
         lines [1, 2, 3, 4, 5, 6, 7, 8]\n\
         Every order that is right for one of them forces a wrong one on another.\n"
    );
    let half = store_buffering(&["x", "y"]).replace(
        "\"ok\", \"f\": \"read\", \"value\": [\"x\", null]",
        "\"ok\", \"f\": \"read\", \"value\": [\"x\", 1]",
    );
    let kept = judgement(Register::default(), options, &half);
    assert_eq!(kept.verdict, Verdict::Kept);
}

#[test]
fn what_is_not_decided_together_is_named_together() {
    let options = SpecOptions {
        consistency: Consistency::Sequential,
        by_key: true,
        ..QUICK
    };
    let history = History::parse(&store_buffering(&["x", "y", "z"])).unwrap();
    let session = check_history(history).spec_with("it", Register::default(), options);
    // Enough for each register, not for both.
    let judged = session.budget(Budget::new(8, 1 << 20)).judge().unwrap();
    let judgement = &judged.findings[0].judgement;
    assert_eq!(judgement.verdict, Verdict::Undecided, "{judged}");
    let scopes: Vec<Option<&str>> = judgement
        .missing
        .iter()
        .map(|missing| missing.scope.as_deref())
        .collect();
    assert_eq!(scopes, [Some("x, y, z")]);
}

#[test]
fn what_a_specification_does_not_know_is_counted() {
    let known = done("write", "1", "null");
    let notes = |others: usize| {
        let lines = known.clone() + &done("ping", "null", "null").repeat(others);
        judgement(Register::default(), QUICK, &lines).notes
    };
    assert!(notes(0).is_empty());
    let one = "1 operation named `ping` belongs to something else and was left out";
    assert_eq!(notes(1), [one]);
    let two = "2 operations named `ping` belong to something else and were left out";
    assert_eq!(notes(2), [two]);
}
