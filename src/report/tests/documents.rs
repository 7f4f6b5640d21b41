//! The document for programs, field by field.

use insta::assert_snapshot;
use serde_json::{Value as Json, json};

use super::*;

/// The example of the contract, without the check that it leaves out.
fn contract() -> Json {
    json!({"report": 1, "tool": {"name": "testimony", "version": env!("CARGO_PKG_VERSION")}, "verdict": "broken",
     "summary": {"histories": 1, "checks": 2, "kept": 1, "broken": 1, "undecided": 0},
     "histories": [{"path": "histories/checkout/double-charge.jsonl", "events": 9, "operations": 3,
       "participants": ["checkout", "payment"], "order": "happened-before",
       "checks": [{"id": "charge-at-most-once", "kind": "at-most-once", "verdict": "broken", "judged": 2,
         "violations": [{"scope": "order-781", "says": "charged twice for order-781",
                         "events": [{"line": 6, "process": "payment"}, {"line": 9, "process": "payment"}]}],
         "missing": []}]}]})
}

/// Whether every field of `expected` stands in `found` with the same value, and every list begins the same.
fn assert_covers(found: &Json, expected: &Json, at: &str) {
    match (found, expected) {
        (Json::Object(found), Json::Object(expected)) => {
            for (key, value) in expected {
                let at = format!("{at}.{key}");
                assert_covers(
                    found.get(key).unwrap_or_else(|| panic!("no {at}")),
                    value,
                    &at,
                );
            }
        }
        (Json::Array(found), Json::Array(expected)) => {
            assert!(found.len() >= expected.len(), "{at} is shorter");
            for (position, (found, expected)) in found.iter().zip(expected).enumerate() {
                assert_covers(found, expected, &format!("{at}[{position}]"));
            }
        }
        _ => assert_eq!(found, expected, "{at}"),
    }
}

#[test]
fn the_document_is_that_of_the_contract() {
    let path = "histories/checkout/double-charge.jsonl";
    let text = std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    // The contract's example begins with an event of checkout.
    let text = text.replacen("\"payment\"", "\"checkout\"", 1);
    let kept = check(
        "confirm-only-what-was-charged",
        "only-after",
        tally([2, 0, 0]),
    );
    let report = Report {
        stale: Vec::new(),
        is_partial: false,
        histories: vec![of(history(path, Some(&text)), vec![charged_twice(), kept])],
    };
    let document: Json = serde_json::from_str(&as_json(&report)).unwrap();
    assert_covers(&document, &contract(), "document");
}

#[test]
fn the_document_is_stable_and_a_line_is_an_event() {
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let text = as_json(&checkout()).replace(&version, "\"version\": \"…\"");
    assert_snapshot!("checkout_json", text);
    let all = as_json(&refunds());
    let document: Json = serde_json::from_str(&all).unwrap();
    let violations = &document["histories"][0]["checks"][0]["violations"];
    assert_eq!(violations.as_array().unwrap().len(), 98);
}

#[test]
fn participants_keep_their_type() {
    let document: Json = serde_json::from_str(&as_json(&etcd())).unwrap();
    assert!(document["histories"][0]["participants"][0].is_i64());
    let events = &document["histories"][0]["checks"][0]["violations"][0]["events"];
    assert!(events[0]["process"].is_i64());
}

#[test]
fn a_linearization_names_its_operations() {
    let report = witnessed();
    let document: Json = serde_json::from_str(&as_json(&report)).unwrap();
    let witness = &document["histories"][0]["checks"][0]["witness"][0];
    assert_eq!(witness["scope"], Json::Null);
    let first = witness["operations"][0].as_object().unwrap();
    let keys: Vec<&str> = first.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "answer",
            "completion",
            "f",
            "line",
            "outcome",
            "process",
            "value"
        ]
    );
    assert!(first["process"].is_i64());
}
