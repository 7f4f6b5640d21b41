//! The zoo of workflows: each bug breaks the promise that it names, and each workflow without a bug keeps all of them.
//!
//! What a run shows is judged a second time by the checker, from the history that is emitted.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;

use testimony::fuzz::{Fuzz, Gauge};
use testimony::history::{History, LineOrder, Verdict};
use testimony::prelude::*;
use testimony::specs::workflows;

const NOISE: Noise = Noise {
    pairs: 3,
    messages: 6,
};

/// How a run ends is no check of a history. A run that does not come to rest ends without something that was to come, so the history of
/// each bug that is found by this must break a promise of the workflow besides.
const SETTLES: &str = "settles";

fn suite(entry: &WorkflowEntry, bug: Option<&str>) -> Suite {
    (entry.build)(bug, &mut Parameters::default()).unwrap()
}

fn fuzz(entry: &WorkflowEntry, bug: Option<&str>) -> Fuzz {
    let name = bug.map_or_else(String::new, |bug| format!(":bug={bug}"));
    testimony::fuzz(suite(entry, bug)).name(&format!("{}{name}", entry.name))
}

/// What the checker says of a history: the checks that are broken, and those that judged nothing or are undecided.
fn judged(history: History, suite: &Suite) -> (Vec<String>, Vec<String>) {
    let checks = suite.checks().into_iter();
    let session = checks.fold(testimony::check_history(history), |session, check| {
        session.check(check)
    });
    let judged = session.judge().unwrap();
    let findings = judged.findings.iter();
    let ids = |verdict| {
        let findings = findings.clone();
        let of = findings.filter(move |finding| finding.judgement.verdict == verdict);
        of.map(|finding| finding.id.clone()).collect()
    };
    (ids(Verdict::Broken), ids(Verdict::Undecided))
}

#[test]
fn each_bug_breaks_the_promise_that_it_names() {
    let mut told = String::new();
    for entry in workflows::all() {
        for bug in entry.bugs {
            for noise in [Noise::NONE, NOISE] {
                let fuzz = fuzz(&entry, Some(bug.name)).noise(noise);
                let fuzzed = fuzz.cases(100_000).run().unwrap();
                let failure = fuzzed.failure.unwrap();
                let is_named = failure.check.ends_with(bug.breaks);
                let (broken, _) =
                    judged(failure.history().unwrap(), &suite(&entry, Some(bug.name)));
                let is_judged_alike = match &*failure.check {
                    SETTLES => !broken.is_empty(),
                    check => broken.iter().any(|id| id == check),
                };
                if !is_named || !is_judged_alike {
                    let (found, name) = (&failure.check, bug.name);
                    writeln!(told, "{}:{name}: {found}; {broken:?}", entry.name).unwrap();
                }
            }
        }
    }
    assert_eq!(told, "");
}

#[test]
fn each_workflow_without_a_bug_keeps_all_its_promises_in_every_run() {
    for entry in workflows::all() {
        let explored = fuzz(&entry, None).explore(1_000_000, &Gauge::default());
        let explored = explored.unwrap();
        assert!(explored.is_kept(), "{explored:?}");
    }
}

#[test]
fn the_history_of_a_right_workflow_is_kept() {
    for entry in workflows::all() {
        for noise in [Noise::NONE, NOISE] {
            let replayed = fuzz(&entry, None).noise(noise).default_order().unwrap();
            let history = replayed.tale.history(entry.name, LineOrder::RealTime, &[]);
            let (broken, undecided) = judged(history.unwrap(), &suite(&entry, None));
            let none: Vec<String> = Vec::new();
            assert_eq!((broken, undecided), (none.clone(), none), "{}", entry.name);
        }
    }
}

#[test]
fn a_schedule_that_shows_a_bug_breaks_nothing_in_the_repaired_workflow() {
    for entry in workflows::all() {
        for bug in entry.bugs {
            for noise in [Noise::NONE, NOISE] {
                let broken = fuzz(&entry, Some(bug.name)).noise(noise).cases(100_000);
                let found = broken.run().unwrap().failure.unwrap();
                let replayed = fuzz(&entry, None).replay(&found.replay).unwrap();
                assert!(replayed.failure.is_none(), "{}:{}", entry.name, bug.name);
                let history = replayed.tale.history(entry.name, LineOrder::RealTime, &[]);
                let (broken, _) = judged(history.unwrap(), &suite(&entry, None));
                assert_eq!(broken, [""; 0], "{}:{}", entry.name, bug.name);
            }
        }
    }
}

#[test]
fn a_replay_takes_the_same_steps() {
    for entry in workflows::all() {
        for bug in entry.bugs {
            let fuzz = fuzz(&entry, Some(bug.name)).cases(100_000);
            let failure = fuzz.run().unwrap().failure.unwrap();
            let written = failure.replay.text();
            let read = testimony::fuzz::Replay::read("a.replay", &written).unwrap();
            let replayed = fuzz.replay(&read).unwrap();
            assert!(replayed.is_same && replayed.passed_over == 0, "{written}");
            let bytes = |history: History| {
                let mut bytes = Vec::new();
                history.write(&mut bytes).unwrap();
                bytes
            };
            let again = replayed.failure.unwrap().history().unwrap();
            assert_eq!(bytes(failure.history().unwrap()), bytes(again));
        }
    }
}

#[test]
fn threads_change_nothing() {
    let told = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let mut told = String::new();
            for entry in workflows::all() {
                let kept = fuzz(&entry, None).cases(3_000).run().unwrap();
                let (levels, classes) = (kept.levels, kept.classes);
                writeln!(told, "{}: {levels:?} {classes}", kept.name).unwrap();
                for bug in entry.bugs {
                    let fuzzed = fuzz(&entry, Some(bug.name)).cases(30_000).run().unwrap();
                    writeln!(told, "{fuzzed}").unwrap();
                }
            }
            told
        })
    };
    let one = told(1);
    assert_eq!(one, told(2));
    assert_eq!(one, told(5));
}
