//! Knowledge promises: the histories of `histories/promises/`, and small random ones against an oracle.
//!
//! The oracle shares nothing with the checker. It keeps the lines that it made up, closes happened-before by
//! itself and decides each claim by trying everything that the record leaves open: every outcome, every moment of an
//! operation, every key of a line that lacks it, and one hidden line at every place where there may be one.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that cannot read its histories has failed, and a long run tells what it tried"
)]

use std::path::Path;

use testimony::check::config::Config;
use testimony::check::{Budget, Check, Subject};
use testimony::history::{History, Verdict};
use testimony::order::{Order, Relation};
use testimony::verdict::{Because, Judgement, Tally};

#[path = "knowledge/oracle.rs"]
mod oracle;
#[path = "knowledge/record.rs"]
mod record;

use record::Record;

/// Random histories of each kind: `TESTIMONY_CASES`, or a modest number.
#[expect(
    clippy::disallowed_methods,
    reason = "a test may be asked to try more than it does by itself"
)]
fn cases() -> u64 {
    let given = std::env::var("TESTIMONY_CASES").ok();
    given.map_or(10_000, |given| given.parse().unwrap())
}

fn config(text: &str) -> Config {
    match Config::parse("testimony.toml", text, &testimony::specs::all()) {
        Ok(config) => config,
        Err(faults) => panic!("{faults}"),
    }
}

/// `None`: its events would come before themselves.
fn judge(config: &Config, history: &History) -> Option<Judgement> {
    let check = &config.promises[0].check;
    assert_eq!(check.objections(history), []);
    let order = Order::of(history, Relation::HappenedBefore).ok()?;
    let subject = Subject {
        history,
        order: &order,
    };
    Some(check.judge(subject, &Budget::default()))
}

#[test]
fn each_history_has_the_verdict_of_its_header() {
    for kind in ["honest", "explained", "stable-identity", "owned-by"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("histories/promises");
        let folder = folder.join(kind);
        let text = std::fs::read_to_string(folder.join("testimony.toml")).unwrap();
        let config = config(&text);
        for verdict in Verdict::ALL {
            let history = folder.join(format!("{}.jsonl", verdict.as_str()));
            let history = History::open(&history).unwrap();
            let judgement = judge(&config, &history).unwrap();
            let expected = (kind.to_owned(), verdict);
            assert_eq!(history.header().expect, [expected], "{kind}");
            assert_eq!(judgement.verdict, verdict, "{kind}: {judgement:?}");
            assert_eq!(judgement.judged(), 1, "{kind}: {judgement:?}");
        }
    }
}

/// What is wrong with a judgement, apart from its verdicts.
fn fault(judgement: &Judgement, history: &History) -> Option<&'static str> {
    if judgement.violations.len() != judgement.scopes.broken {
        return Some("each broken scope has one violation");
    }
    let shown = judgement
        .violations
        .iter()
        .map(|violation| &violation.events);
    let asked = judgement.missing.iter().map(|missing| &missing.events);
    let mut events = shown.chain(asked);
    let count = history.events().len();
    if events.any(|events| events.is_empty() || events.iter().any(|event| event.index() >= count)) {
        return Some("what is reported names lines of the history");
    }
    if (judgement.scopes.undecided > 0) == judgement.missing.is_empty() {
        return Some("something is asked where and only where a scope is undecided");
    }
    None
}

fn verdict(tally: Tally) -> Verdict {
    match tally {
        Tally { broken: 1.., .. } => Verdict::Broken,
        Tally { undecided: 1.., .. } => Verdict::Undecided,
        Tally { .. } => Verdict::Kept,
    }
}

/// Holds one kind of promise to the oracle; all verdicts must occur.
fn agrees(kind: &str, toml: &str, oracle: impl Fn(&Record) -> Tally) {
    let config = config(&format!(
        "[[promise]]\nname = \"it\"\nkind = \"{kind}\"\n{toml}"
    ));
    let mut seen = Tally::default();
    let mut checked = 0;
    let cases = cases();
    for seed in 0..cases {
        let record = Record::random(seed);
        let text = record.to_jsonl();
        let history = match History::parse(&text) {
            Ok(history) => history,
            Err(faults) => panic!("{faults:?}\n{text}"),
        };
        let judgement = judge(&config, &history);
        assert_eq!(judgement.is_some(), record.past().is_some(), "{text}");
        let Some(judgement) = judgement else { continue };
        let expected = oracle(&record);
        assert_eq!(judgement.scopes, expected, "{text}\n{judgement:#?}");
        if expected.judged() > 0 {
            assert_eq!(judgement.verdict, verdict(expected), "{text}");
        }
        assert_eq!(fault(&judgement, &history), None, "{text}\n{judgement:#?}");
        checked += 1;
        seen.kept += expected.kept;
        seen.broken += expected.broken;
        seen.undecided += expected.undecided;
    }
    println!("{kind}: {checked} histories of {cases} without a cycle, scopes {seen:?}");
    let least = checked / 100;
    assert!(
        seen.kept > least && seen.broken > least && seen.undecided > least,
        "{seen:?}"
    );
}

#[test]
fn honest_agrees_with_trying_everything() {
    let toml = "claim = [\"x\", \"y\"]\nneeds = [\"u\", \"v\"]\nper = \"k\"";
    agrees("honest", toml, |record| {
        oracle::rests(record, oracle::Rule::Certain)
    });
}

#[test]
fn explained_agrees_with_trying_everything() {
    let toml = "outcomes = [\"x\", \"y\"]\ntraces-back-to = [\"u\", \"v\"]\nper = \"k\"";
    agrees("explained", toml, |record| {
        oracle::rests(record, oracle::Rule::Asked)
    });
}

#[test]
fn stable_identity_agrees_with_trying_everything() {
    let toml = "attempts = [\"x\", \"u\"]\nsame-intent = \"k\"\nmust-share = [\"i\", \"j\"]";
    agrees("stable-identity", toml, oracle::shares);
}

#[test]
fn owned_by_agrees_with_trying_everything() {
    let toml = "fact = [\"x\", \"u\"]\nowner = \"a\"";
    agrees("owned-by", toml, oracle::owned);
}

/// Questions and reasons of one history, line by line.
fn told(toml: &str, lines: &str) -> String {
    let config = config(&format!("[[promise]]\nname = \"it\"\n{toml}"));
    let history = History::parse(lines.trim_start()).unwrap();
    let judgement = judge(&config, &history).unwrap();
    let mut told = vec![judgement.verdict.as_str().to_owned()];
    for violation in &judgement.violations {
        told.push(violation.says.clone());
        told.extend(violation.why.iter().cloned());
    }
    for missing in &judgement.missing {
        let ask = missing.ask.map(|ask| history.plain(ask));
        let ask = ask.unwrap_or_default();
        let because: Because = missing.because;
        told.push(format!("{} {ask}: {}", because.as_str(), missing.question));
    }
    told.join("\n")
}

const HONEST: &str =
    "kind = \"honest\"\nclaim = \"show_failed\"\nneeds = \"decline\"\nper = \"order\"";

#[test]
fn an_unknown_operation_in_the_past_is_no_support_and_it_is_said_so() {
    let told = told(
        HONEST,
        r#"
{"process": "payment", "type": "invoke", "f": "decline", "value": {"order": 1}, "id": "d"}
{"process": "payment", "type": "send", "msg": "m"}
{"process": "web", "type": "receive", "msg": "m"}
{"process": "web", "type": "fact", "f": "show_failed", "value": {"order": 1}}
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn what_was_certain_but_not_carried_is_named() {
    let told = told(
        HONEST,
        r#"
{"process": "payment", "type": "fact", "f": "decline", "value": {"order": 1}, "id": "d"}
{"process": "web", "type": "fact", "f": "show_failed", "value": {"order": 1}, "id": "s"}
{"process": "web", "type": "fact", "f": "show_failed", "value": {"order": 1}}
{"process": "ledger", "type": "fact", "f": "decline", "value": {"order": 1}, "after": ["s"]}
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn each_thing_that_is_missing_is_asked_for() {
    let told = told(
        HONEST,
        r#"
{"history": 1, "order": "happened-before", "complete": ["ledger"]}
{"process": "payment", "type": "fact", "f": "decline", "value": {}, "id": "d"}
{"process": "web", "type": "invoke", "f": "show_failed", "value": {"order": 1}, "after": ["d"], "id": "a"}
{"process": "ledger", "type": "fact", "f": "show_failed", "value": {"order": 2}, "id": "b"}
{"process": "ledger", "type": "fact", "f": "decline", "value": {"order": 3}, "id": "e"}
{"process": "shop", "type": "invoke", "f": "show_failed", "value": {"order": 3}, "id": "c"}
{"process": "shop", "type": "ok", "f": "show_failed", "after": ["e"], "id": "c"}
{"process": "shop", "type": "fact", "f": "show_failed", "value": {}}
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn an_attempt_that_failed_is_an_attempt_too() {
    let told = told(
        "kind = \"stable-identity\"\nattempts = \"charge\"\nsame-intent = \"intent\"\nmust-share = \"key\"",
        r#"
{"process": "web", "type": "invoke", "f": "charge", "value": {"key": "k1"}, "intent": "pay-1", "id": "a"}
{"process": "web", "type": "fail", "f": "charge", "id": "a"}
{"process": "web", "type": "invoke", "f": "charge", "value": {"key": "k2"}, "intent": "pay-1", "id": "b"}
{"process": "web", "type": "info", "f": "charge", "id": "b"}
"#,
    );
    insta::assert_snapshot!(told);
}

#[test]
fn several_lines_of_others_are_one_violation() {
    let told = told(
        "kind = \"owned-by\"\nfact = [\"held\", \"free\"]\nowner = \"inventory\"",
        r#"
{"process": "inventory", "type": "fact", "f": "held", "value": 1}
{"process": "orders", "type": "fact", "f": "held", "value": 1}
{"process": "web", "type": "fact", "f": "held", "value": 1}
{"process": "?", "type": "fact", "f": "held", "value": 1}
{"process": "?", "type": "fact", "f": "free", "value": 1}
{"process": "web", "type": "invoke", "f": "free", "value": 1}
"#,
    );
    insta::assert_snapshot!(told);
}
