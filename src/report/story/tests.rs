//! The stories as people read them on a narrow and on a wide screen.

use insta::assert_snapshot;

use super::*;
use crate::check::Subject;
use crate::check::story::tell;
use crate::history::{History, OnFault};
use crate::order::{Order, Relation};
use crate::report::Palette;

fn report(path: &str) -> StoryReport {
    let bytes = std::fs::read(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let history = History::read(path, bytes, OnFault::Stop).unwrap();
    let order = Order::of(&history, Relation::HappenedBefore).unwrap();
    let subject = Subject {
        history: &history,
        order: &order,
    };
    let story = tell(subject, "order-781", None).unwrap().unwrap();
    StoryReport {
        part: HistoryReport {
            history,
            order,
            checks: Vec::new(),
        },
        story,
    }
}

fn shown(path: &str, width: usize) -> String {
    let look = Look {
        width,
        palette: Palette::Plain,
        ..Look::default()
    };
    let mut text = Vec::new();
    write(&report(path), look, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    for line in text.lines() {
        assert!(line.chars().count() <= width, "{width}: {line}");
    }
    text
}

#[test]
fn on_a_narrow_screen_one_story_follows_the_other() {
    assert_snapshot!(
        "narrow",
        shown("histories/checkout/confirmed-on-a-guess.jsonl", 80)
    );
}

#[test]
fn on_a_wide_screen_they_stand_beside_each_other() {
    assert_snapshot!("wide", shown("histories/checkout/response-lost.jsonl", 120));
}

#[test]
fn no_line_is_wider_than_the_screen() {
    for width in [40, 79, 100, 133, 200] {
        shown("histories/checkout/key-reused.jsonl", width);
    }
}

#[test]
fn the_document_holds_both() {
    let report = report("histories/checkout/authorization-recorded.jsonl");
    let mut text = Vec::new();
    json::write(&report, &mut text).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(document["story"], 1);
    assert_eq!(document["product"]["asked"][0]["outcome"], "unknown");
    let unknown = &document["evidence"]["unknown"][0];
    assert_eq!(unknown["settled"]["line"], 5);
    assert_eq!(unknown["repairs"][0]["path"], "query");
    assert_eq!(unknown["known"]["how"][0]["because"], "cause");
    let heard = &document["evidence"]["witnessed"][2];
    assert_eq!(heard["learned"][0]["line"], 2);
}
