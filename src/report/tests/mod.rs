//! The formats over the stories in `histories/`, as people and programs read them.
//!
//! The judgements are made by hand: what the checks say of these histories is tested where they are.

mod documents;
mod formats;
mod lines;
mod people;

use super::human::Look;
use super::*;
use crate::history::{EventId, OnFault, OpId};
use crate::order::Relation;
use crate::verdict::{Because, Linearization, Missing, Tally, Violation};

/// A history of the project, or a text that stands for one.
fn history(path: &str, text: Option<&str>) -> History {
    let bytes = match text {
        Some(text) => text.as_bytes().to_vec(),
        None => std::fs::read(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap(),
    };
    History::read(path, bytes, OnFault::Stop).unwrap()
}

fn of(history: History, checks: Vec<CheckReport>) -> HistoryReport {
    let order = Order::of(&history, Relation::HappenedBefore).unwrap();
    HistoryReport {
        history,
        order,
        checks,
    }
}

fn check(id: &str, kind: &str, judgement: Judgement) -> CheckReport {
    CheckReport::new(id, kind, judgement)
}

/// So many scopes kept, broken, undecided.
fn tally([kept, broken, undecided]: [usize; 3]) -> Judgement {
    let verdict = match (broken, undecided) {
        (0, 0) => Verdict::Kept,
        (0, _) => Verdict::Undecided,
        _ => Verdict::Broken,
    };
    let scopes = Tally {
        kept,
        broken,
        undecided,
    };
    Judgement {
        verdict,
        scopes,
        ..Judgement::of_nothing()
    }
}

/// The events on these lines of a file whose first line is its header.
fn lines(lines: &[usize]) -> Vec<EventId> {
    lines.iter().map(|line| EventId::new(line - 2)).collect()
}

fn charged_twice() -> CheckReport {
    let violation = Violation {
        scope: Some("order-781".to_owned()),
        says: "charged twice for order-781".to_owned(),
        events: lines(&[6, 9]),
        why: vec![
            "All 2 certainly happened: each was recorded by its own participant.".to_owned(),
            "The order in which they took effect makes no difference.".to_owned(),
        ],
        dead_end: None,
    };
    let judgement = Judgement {
        violations: vec![violation],
        ..tally([1, 1, 0])
    };
    check("charge-at-most-once", "at-most-once", judgement)
}

fn authorized_perhaps(history: &History) -> CheckReport {
    let missing = Missing {
        events: lines(&[5, 7]),
        ask: Some(history.process(history.event(EventId::new(0)).process)),
        ..Missing::new(
            Because::Outcome,
            Some("order-781".to_owned()),
            "Did the `authorize` take effect that checkout began on line 5?".to_owned(),
        )
    };
    let judgement = Judgement {
        missing: vec![missing],
        notes: vec![
            "1 operation named `confirm` belongs to something else and was left out".to_owned(),
        ],
        ..tally([1, 0, 1])
    };
    check("one-authorization", "exclusive", judgement)
}

/// One history with a check of each verdict.
fn checkout() -> Report {
    let history = history("histories/checkout/double-charge.jsonl", None);
    let undecided = authorized_perhaps(&history);
    let kept = check(
        "confirm-only-what-was-charged",
        "only-after",
        tally([2, 0, 0]),
    );
    let nothing = check("receipt-sent", "leads-to", Judgement::of_nothing());
    Report {
        is_partial: false,
        stale: Vec::new(),
        histories: vec![of(history, vec![charged_twice(), kept, undecided, nothing])],
    }
}

/// 98 refunds of orders that were never paid, and one order that nobody can judge.
fn refunds() -> Report {
    let history = history("histories/train-ticket/recorded-whole.jsonl", None);
    let refunded = history.find_name("refunded").unwrap();
    let is_refund = |event: &EventId| history.event(*event).f == Some(refunded);
    let refunds: Vec<EventId> = history.event_ids().filter(is_refund).collect();
    let order_of = |event: EventId| {
        let value = history.event(event).value.unwrap();
        history.plain(history.values().at_path(value, "order").unwrap())
    };
    let violation = |event: &EventId| Violation {
        scope: Some(order_of(*event)),
        says: format!("refunded before it was charged for {}", order_of(*event)),
        events: vec![*event],
        why: vec!["It certainly happened: the participant recorded it itself.".to_owned()],
        dead_end: None,
    };
    let missing = Missing {
        events: vec![refunds[98]],
        ask: None,
        ..Missing::new(
            Because::Order,
            Some(order_of(refunds[98])),
            "Which came first: the `charge`, or the `refunded`?".to_owned(),
        )
    };
    let judgement = Judgement {
        violations: refunds[..98].iter().map(violation).collect(),
        missing: vec![missing],
        ..tally([13, 98, 1])
    };
    let check = check("refund-only-what-was-charged", "only-after", judgement);
    Report {
        is_partial: false,
        stale: Vec::new(),
        histories: vec![of(history, vec![check])],
    }
}

/// Three runs of etcd with made-up findings: the first is broken, the others are kept.
fn etcd() -> Report {
    let violation = Violation {
        scope: None,
        says: "no order of 4 operations explains `read` → 2 (line 87)".to_owned(),
        events: lines(&[61, 64, 66, 70, 79, 81, 86, 87]),
        why: vec![
            "Every order of them that respects real time was tried; each gives another answer."
                .to_owned(),
            "That holds whether the operations of unknown outcome took effect or not.".to_owned(),
        ],
        dead_end: None,
    };
    let broken = Judgement {
        violations: vec![violation],
        ..tally([0, 1, 0])
    };
    let judged = |run: &str, judgement| {
        let id = "linearizable:strict-cas-register";
        let history = history(&format!("histories/etcd/{run}.jsonl"), None);
        of(history, vec![check(id, "linearizable", judgement)])
    };
    Report {
        is_partial: false,
        stale: Vec::new(),
        histories: vec![
            judged("etcd-000", broken),
            judged("etcd-002", tally([1, 0, 0])),
            judged("etcd-005", tally([1, 0, 0])),
        ],
    }
}

/// A run that is kept, with a linearization of as many operations as it has.
fn witnessed() -> Report {
    let mut report = etcd();
    report.histories.drain(..2);
    let part = &mut report.histories[0];
    let operations = (0..part.history.operations().len()).map(OpId::new);
    part.checks[0].judgement.witnesses = vec![Linearization {
        scope: None,
        operations: operations.collect(),
    }];
    report
}

fn as_json(report: &Report) -> String {
    let mut out = Vec::new();
    json::write(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn as_concise(report: &Report, detail: Detail) -> String {
    let mut out = Vec::new();
    concise::write(report, detail, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn as_human(report: &Report, look: Look) -> String {
    let mut out = Vec::new();
    human::write(report, look, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// As a person reads it on so many columns.
fn at(report: &Report, width: usize) -> String {
    as_human(
        report,
        Look {
            width,
            ..Look::default()
        },
    )
}
