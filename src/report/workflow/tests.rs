//! The same words for people and for programs.

use super::*;

use crate::fuzz::{Fuzz, Gauge};
use crate::prelude::*;

fn suite(name: &str, bug: Option<&str>) -> Fuzz {
    let workflows = crate::specs::workflows::all();
    let entry = workflows.iter().find(|entry| entry.name == name);
    let suite = (entry.unwrap().build)(bug, &mut Parameters::default());
    let bug = bug.map_or_else(String::new, |bug| format!(":bug={bug}"));
    crate::fuzz(suite.unwrap()).name(&format!("{name}{bug}"))
}

fn in_json(report: &WorkflowReport<'_>, exit_code: u8) -> String {
    let mut text = Vec::new();
    json::write(report, exit_code, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn in_words(report: &WorkflowReport<'_>) -> String {
    human::text(report, 100)
}

#[test]
fn smaller_inputs_are_shown_and_the_own_ones_are_saved() {
    let fuzz = suite("dead-letter", Some("keys-purged-far"));
    let fuzzed = fuzz.cases(1_000).run().unwrap();
    let report = WorkflowReport {
        saved: Some(Saved {
            history: "a.jsonl".to_owned(),
            replay: "a.replay".to_owned(),
            command: "testimony replay a.replay".to_owned(),
        }),
        ..WorkflowReport::new(Findings::Fuzzed(&fuzzed))
    };
    assert_eq!(report.answer(), Answer::Broken);
    insta::assert_snapshot!(in_words(&report));
    insta::assert_snapshot!(in_json(&report, 1));
}

#[test]
fn what_is_found_at_random_says_how_it_was_found() {
    let fuzz = suite("quorum", Some("ack-before-fsync"));
    let fuzzed = fuzz.cases(1_000).seed(1).run().unwrap();
    let report = WorkflowReport {
        as_found: Some("testimony replay quorum:bug=ack-before-fsync@1:714".to_owned()),
        ..WorkflowReport::new(Findings::Fuzzed(&fuzzed))
    };
    let text = in_words(&report);
    assert!(
        text.ends_with("\nfound:   testimony replay quorum:bug=ack-before-fsync@1:714\n"),
        "{text}"
    );
    let found =
        r#""found": {"seed": 1, "number": 714, "deviations": 15, "command": "testimony replay "#;
    assert!(in_json(&report, 1).contains(found));
}

#[test]
fn what_was_interrupted_is_undecided_and_says_how_far_it_came() {
    let gauge = Gauge::default();
    gauge.stop();
    let fuzzed = suite("quorum", None).cases(500).run_watched(&gauge);
    let fuzzed = fuzzed.unwrap();
    let report = WorkflowReport::new(Findings::Fuzzed(&fuzzed));
    assert_eq!(report.answer(), Answer::Undecided);
    insta::assert_snapshot!(in_words(&report), @r"
    quorum
      ? not broken     an-acknowledged-write-is-not-lost
      0 schedules, 0 steps, 0 distinct runs
      interrupted: 0 of 500 schedules were played
    ");
    let whole = Fuzzed {
        schedules: 500,
        ..fuzzed
    };
    let text = in_words(&WorkflowReport::new(Findings::Fuzzed(&whole)));
    assert!(
        text.ends_with("\n  interrupted: all schedules were played, not every state was visited\n")
    );

    let explored = suite("quorum", None).explore(100_000, &gauge).unwrap();
    let report = WorkflowReport::new(Findings::Explored(&explored));
    assert_eq!(report.answer(), Answer::Undecided);
    assert!(in_words(&report).contains("\n  interrupted: not everything was visited: "));
    assert!(in_json(&report, 3).contains("\"complete\": false, \"limit\": \"interrupt\""));
}

#[test]
fn each_answer_has_its_place() {
    let fuzzed = suite("webhook", None).cases(2_000).run().unwrap();
    let of = |fuzzed: &Fuzzed| WorkflowReport::new(Findings::Fuzzed(fuzzed)).answer();
    let changed = |change: fn(&mut Fuzzed)| {
        let mut fuzzed = fuzzed.clone();
        change(&mut fuzzed);
        of(&fuzzed)
    };
    assert_eq!(of(&fuzzed), Answer::Kept);
    assert_eq!(changed(|fuzzed| fuzzed.exhausted = None), Answer::NotBroken);
    assert_eq!(changed(|fuzzed| fuzzed.cut_short = 1), Answer::Undecided);
    assert_eq!(
        changed(|fuzzed| fuzzed.is_interrupted = true),
        Answer::Undecided
    );
    assert_eq!(
        changed(|fuzzed| fuzzed.checks[0].is_undecided = true),
        Answer::Undecided
    );
    assert_eq!(
        changed(|fuzzed| fuzzed.checks[0].is_exercised = false),
        Answer::NotExercised
    );
    assert_eq!(
        changed(|fuzzed| fuzzed.checks.clear()),
        Answer::NotExercised
    );
}

#[test]
fn a_run_that_is_played_again_is_broken_or_not() {
    let fuzz = suite("webhook", Some("by-arrival"));
    let replayed = fuzz.default_order().unwrap();
    let report = WorkflowReport::new(Findings::Replayed(&replayed));
    assert_eq!(report.answer(), Answer::NotBroken);
    insta::assert_snapshot!(in_json(&report, 0));
}
