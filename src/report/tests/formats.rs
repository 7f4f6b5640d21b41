//! What holds of every format.

use std::io::{self, Write};

use insta::assert_snapshot;
use serde_json::{Value as Json, json};

use super::*;

#[test]
fn a_verdict_without_particulars_is_still_reported() {
    let mut report = checkout();
    report.histories[0].checks = vec![
        check("a", "a", tally([0, 1, 0])),
        check("b", "b", tally([0, 0, 2])),
    ];
    assert_snapshot!(as_concise(&report, Detail::Verdicts), @r"
    histories/checkout/double-charge.jsonl: broken a (judged 1)
    histories/checkout/double-charge.jsonl: undecided b (judged 2)
    1 history, 2 checks: 0 kept, 1 broken, 1 undecided
    ");
    assert_snapshot!(at(&report, 80), @r"
    histories/checkout/double-charge.jsonl
      the answer is late, checkout retries with a new key, and payment charges twice
      order: happened-before (each participant's own order, messages and causes)
      9 events, 3 operations, 2 participants: payment, checkout

    ✗ broken     a (judged 1)
    ? undecided  b (judged 2)

    1 history, 2 checks: 0 kept, 1 broken, 1 undecided
    ");
}

#[test]
fn text_from_a_history_moves_no_cursor_and_starts_no_line() {
    let text = "{\"history\":1,\"title\":\"a\\u001b[2Jb\"}\n\
                {\"process\":\"p\\n\\u0007\",\"type\":\"fact\",\"f\":\"\\u009bf\",\"value\":\"\\u202e\",\"x\\r\":\"\\n\"}\n";
    let history = history("a\nb.jsonl", Some(text));
    let missing = Missing {
        events: vec![EventId::new(0)],
        ask: Some(history.process(history.event(EventId::new(0)).process)),
        ..Missing::new(
            Because::Record,
            Some("\r1".to_owned()),
            "Who\u{85}?".to_owned(),
        )
    };
    let judgement = Judgement {
        missing: vec![missing],
        ..tally([0, 0, 1])
    };
    let report = Report {
        stale: Vec::new(),
        is_partial: false,
        histories: vec![of(history, vec![check("c\u{7}", "c", judgement)])],
    };
    let concise = as_concise(&report, Detail::Everything);
    assert_eq!(concise.lines().count(), 2);
    for text in [concise, at(&report, 80)] {
        let is_plain = |c: char| c == '\n' || (!c.is_control() && c != '\u{202e}');
        assert!(text.chars().all(is_plain), "{text:?}");
    }
}

#[test]
fn nothing_judged_is_no_verdict() {
    let history = history("histories/checkout/double-charge.jsonl", None);
    let nothing = check("receipt-sent", "leads-to", Judgement::of_nothing());
    let report = Report {
        stale: Vec::new(),
        is_partial: false,
        histories: vec![of(history, vec![nothing])],
    };
    assert_eq!(report.verdict(), None);
    assert_eq!(report.summary().nothing, 1);
    let document: Json = serde_json::from_str(&as_json(&report)).unwrap();
    assert_eq!(document["verdict"], Json::Null);
    let check = &document["histories"][0]["checks"][0];
    assert_eq!(check["verdict"], Json::Null);
    assert_eq!(check["judged"], 0);
    assert_snapshot!(at(&report, 80), @r"
    histories/checkout/double-charge.jsonl (9 events, happened-before)
    - nothing    receipt-sent (leads-to; judged nothing: no event concerns it)

    1 history, 1 check: 0 kept, 0 broken, 0 undecided, 1 judged nothing
    ");
    assert_snapshot!(as_concise(&report, Detail::Verdicts), @r"
    histories/checkout/double-charge.jsonl: judged nothing receipt-sent: no event concerns it
    1 history, 1 check: 0 kept, 0 broken, 0 undecided, 1 judged nothing
    ");
}

#[test]
fn a_report_of_no_history_is_a_report() {
    let report = Report::default();
    assert_snapshot!(at(&report, 80), @"0 histories, 0 checks: nothing to check");
    let document: Json = serde_json::from_str(&as_json(&report)).unwrap();
    assert_eq!(document["histories"], json!([]));
}

#[test]
fn the_worst_verdict_stands_for_all() {
    let mut report = checkout();
    assert_eq!(report.verdict(), Some(Verdict::Broken));
    report.histories[0].checks.remove(0);
    assert_eq!(report.verdict(), Some(Verdict::Undecided));
    report.histories[0].checks.remove(1);
    assert_eq!(report.histories[0].verdict(), None, "one judged nothing");
    let summary = report.summary();
    assert_eq!((summary.checks, summary.kept, summary.nothing), (2, 1, 1));
    report.histories[0]
        .checks
        .retain(|check| check.verdict().is_some());
    assert_eq!(report.verdict(), Some(Verdict::Kept));
    report.is_partial = true;
    assert_eq!(report.verdict(), None);
}

#[test]
fn an_event_that_was_never_read_has_a_number_and_no_line() {
    let mut builder = crate::history::HistoryBuilder::new();
    builder.fact("payment", "charge", 1);
    let second = builder.fact("payment", "charge", 1);
    let violation = Violation {
        scope: None,
        says: "charged twice".to_owned(),
        events: vec![second],
        why: Vec::new(),
        dead_end: None,
    };
    let judgement = Judgement {
        violations: vec![violation],
        ..tally([0, 1, 0])
    };
    let built = builder.finish().unwrap();
    let report = Report {
        stale: Vec::new(),
        is_partial: false,
        histories: vec![of(built, vec![check("once", "at-most-once", judgement)])],
    };
    assert!(at(&report, 80).contains("#2  payment"));
    assert!(as_json(&report).contains("{\"line\": null, \"process\": \"payment\"}"));
}

/// A pipe whose reader has gone.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_told_to_the_caller() {
    let report = checkout();
    let results = [
        human::write(&report, Look::default(), &mut Closed),
        concise::write(&report, Detail::default(), &mut Closed),
        json::write(&report, &mut Closed),
    ];
    for result in results {
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
