//! Holds the special algorithms of promises to the plain search: on random histories, with large scopes, and where both must give up.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that makes nonsense has failed"
)]

use std::fmt::Write as _;

use testimony::check::config::Config;
use testimony::check::promise::{PromiseCheck, Rules};
use testimony::check::{Budget, Check, Subject};
use testimony::history::{History, Verdict};
use testimony::order::{Order, Relation};
use testimony::verdict::{Because, Judgement};

#[path = "oracle/script.rs"]
mod script;

use script::{Script, cases, run};

/// A promise of each class, about effects `a` and `b` of one order.
const CLASSES: [(&str, &str); 7] = [
    ("at-most-once", "effect = [\"a\", \"b\"]\nper = \"order\""),
    (
        "at-most-once",
        "effect = \"a\"\nper = \"order\"\ntimes = 2\nrecognised-by = \"who\"",
    ),
    (
        "only-after",
        "effect = \"b\"\nfirst = \"a\"\nper = \"order\"",
    ),
    ("leads-to", "after = \"a\"\nalways = \"b\"\nper = \"order\""),
    (
        "never-after",
        "never = \"b\"\nonce = \"a\"\nper = \"order\"",
    ),
    (
        "unknown-resolved",
        "unknown = \"a\"\nresolved-by = \"b\"\nper = \"order\"",
    ),
    (
        "exclusive",
        "resource = \"order\"\nheld-by = \"who\"\nacquire = \"a\"\nrelease = \"b\"",
    ),
];

/// A history in which participants order only what they did themselves.
const UNORDERED: &str = "{\"history\":1,\"order\":\"happened-before\"}\n";

fn promise(kind: &str, fields: &str) -> PromiseCheck {
    let text = format!("[[promise]]\nname = \"it\"\nkind = \"{kind}\"\n{fields}\n");
    let config = Config::parse("testimony.toml", &text, &testimony::specs::all());
    let mut promises = config.expect("a right configuration").promises;
    promises.pop().expect("one promise").check
}

fn judge(check: &PromiseCheck, history: &History, budget: &Budget) -> Judgement {
    let order = Order::of(history, Relation::HappenedBefore).expect("no cycle");
    let subject = Subject {
        history,
        order: &order,
    };
    assert_eq!(check.objections(history), []);
    check.judge(subject, budget)
}

fn parse(text: &str) -> History {
    History::parse(text).expect("a right history")
}

/// A few effects of one or two orders, by three participants.
fn history(script: &mut Script<'_>) -> String {
    let header = script.pick(&[
        r#"{"history":1,"order":"happened-before"}"#,
        r#"{"history":1,"order":"happened-before"}"#,
        r#"{"history":1,"order":"real-time"}"#,
        r#"{"history":1,"order":"happened-before","complete":false}"#,
        r#"{"history":1,"order":"happened-before","complete":[0]}"#,
    ]);
    let mut text = format!("{header}\n");
    let orders = 1 + script.below(2);
    let is_paired = script.chance(50);
    // Facts that others may name as their causes, and operations that wait for their end.
    let mut facts: Vec<usize> = Vec::new();
    let mut open: Vec<(usize, usize, &str)> = Vec::new();
    for number in 0..2 + script.below(6) {
        let after = match facts.is_empty() || !script.chance(35) {
            true => String::new(),
            false => format!(r#","after":["e{}"]"#, script.pick(&facts)),
        };
        if !open.is_empty() && script.chance(50) {
            let (id, process, f) = open.swap_remove(script.below(open.len()));
            let kind = script.pick(&["ok", "ok", "info", "fail"]);
            let line =
                format!(r#"{{"process":{process},"type":"{kind}","f":"{f}","id":"e{id}"{after}}}"#);
            writeln!(text, "{line}").expect("a string takes all");
            continue;
        }
        let process = script.below(3);
        let f = script.pick(&["a", "b"]);
        let who = match is_paired {
            true => process,
            false => script.below(3),
        };
        let kind = script.pick(&["fact", "fact", "invoke"]);
        match kind {
            "fact" => facts.push(number),
            _ => open.push((number, process, f)),
        }
        let value = format!(r#"{{"order":{},"who":{who}}}"#, script.below(orders));
        let line = format!(
            r#"{{"process":{process},"type":"{kind}","f":"{f}","value":{value},"id":"e{number}"{after}}}"#
        );
        writeln!(text, "{line}").expect("a string takes all");
    }
    text
}

/// How often each verdict was reached.
#[derive(Debug, Default)]
struct Told {
    kept: usize,
    broken: usize,
    undecided: usize,
}

#[test]
fn classes_say_what_the_search_says() {
    for (number, (kind, fields)) in CLASSES.into_iter().enumerate() {
        let check = promise(kind, fields);
        let plain = check.clone().with_rules(Rules::NONE);
        let mut told = Told::default();
        run(
            &format!("{kind} {number}"),
            cases(2_000),
            &mut told,
            |bytes, told| {
                let text = history(&mut Script::new(bytes));
                let history = parse(&text);
                let budget = Budget::default();
                let (fast, slow) = (
                    judge(&check, &history, &budget),
                    judge(&plain, &history, &budget),
                );
                match fast.verdict {
                    Verdict::Kept => told.kept += 1,
                    Verdict::Broken => told.broken += 1,
                    Verdict::Undecided => told.undecided += 1,
                }
                match (fast.verdict, fast.scopes) == (slow.verdict, slow.scopes) {
                    true => Ok(()),
                    false => Err(format!(
                        "{kind}: {fast:?}\nbut the search says {slow:?}\n{text}"
                    )),
                }
            },
        );
        let rarest = told.kept.min(told.broken).min(told.undecided);
        assert!(rarest > 0, "{kind} is put to the test: {told:?}");
    }
}

/// Operations of one order by eight participants, all of which begin before the first one ends.
fn concurrent(names: &[(&str, usize)]) -> String {
    let mut text = UNORDERED.to_owned();
    for kind in ["invoke", "ok"] {
        let all = names
            .iter()
            .flat_map(|(f, times)| (0..*times).map(move |_| f));
        for (number, f) in all.enumerate() {
            let process = number % 8;
            writeln!(
                text,
                r#"{{"process":{process},"type":"{kind}","f":"{f}","value":{{"order":1,"who":{number}}},"id":{number}}}"#
            )
            .expect("a string takes all");
        }
    }
    text
}

#[test]
fn a_hundred_thousand_facts_and_unknown_attempts_of_one_order_are_counted() {
    let (kind, fields) = CLASSES[0];
    let mut text = UNORDERED.to_owned();
    for number in 0..100_000 {
        let process = number % 8;
        let kind = if number % 16 < 8 { "fact" } else { "invoke" };
        writeln!(
            text,
            r#"{{"process":"{kind}-{process}","type":"{kind}","f":"a","value":{{"order":1}},"id":{number}}}"#
        )
        .expect("a string takes all");
    }
    let judgement = judge(
        &promise(kind, fields),
        &parse(&text),
        &Budget::new(10_000, 1 << 30),
    );
    assert_eq!(judgement.verdict, Verdict::Broken);
}

#[test]
fn ten_thousand_concurrent_effects_of_one_order_are_decided() {
    let history = parse(&concurrent(&[("a", 5_000), ("b", 5_000)]));
    for (kind, fields) in [CLASSES[2], CLASSES[3], CLASSES[4]] {
        let judgement = judge(
            &promise(kind, fields),
            &history,
            &Budget::new(10_000, 1 << 30),
        );
        assert_eq!(judgement.verdict, Verdict::Undecided, "{kind}");
        assert_ne!(judgement.missing[0].because, Because::Budget, "{kind}");
    }
}

#[test]
fn ten_thousand_concurrent_holds_of_one_seat_are_decided() {
    let (kind, fields) = CLASSES[6];
    let kept_by_two = parse(&concurrent(&[("a", 10_000)]));
    let budget = Budget::new(10_000, 1 << 30);
    let judgement = judge(&promise(kind, fields), &kept_by_two, &budget);
    assert_eq!(judgement.verdict, Verdict::Broken);

    // Eight lanes of holds that are taken and given back one after the other; nothing orders the lanes.
    let mut text = UNORDERED.to_owned();
    for number in 0..10_000 {
        let lane = number % 8;
        for f in ["a", "b"] {
            writeln!(
                text,
                r#"{{"process":{lane},"type":"fact","f":"{f}","value":{{"order":1,"who":{number}}}}}"#
            )
            .expect("a string takes all");
        }
    }
    let judgement = judge(&promise(kind, fields), &parse(&text), &budget);
    assert_eq!(judgement.verdict, Verdict::Undecided);
    assert_ne!(judgement.missing[0].because, Because::Budget);
}

#[test]
fn what_no_budget_reaches_is_undecided() {
    // Whether some order of gains and losses stays within bounds is NP-complete.
    let fields = "plus = \"a\"\nminus = \"b\"\nper = \"order\"\namount = \"by\"\nat-least = 0\nat-most = 1000";
    let mut text = UNORDERED.to_owned();
    for process in 0..40 {
        let (f, by) = match process % 2 {
            0 => ("a", 900 + process * 7 % 97),
            _ => ("b", 930 + process * 5 % 61),
        };
        writeln!(
            text,
            r#"{{"process":{process},"type":"fact","f":"{f}","value":{{"order":1,"by":{by}}}}}"#
        )
        .expect("a string takes all");
    }
    let judgement = judge(
        &promise("limit", fields),
        &parse(&text),
        &Budget::new(1_000, 1 << 30),
    );
    assert_eq!(judgement.verdict, Verdict::Undecided);
    let because: Vec<Because> = judgement
        .missing
        .iter()
        .map(|missing| missing.because)
        .collect();
    assert_eq!(because, [Because::Budget]);
}
