//! The example of a recorded service: the bug is found, the repaired service keeps its promises, and a seed is a run.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use testimony::history::{Outcome, Verdict};
use testimony::record::Recorder;

use turmoil_checkout::{Payment, judge, simulate, verdict};

#[path = "../examples/turmoil_checkout.rs"]
#[expect(dead_code, reason = "the command line of the example is not run here")]
mod turmoil_checkout;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=20;

/// What a file of it would hold.
fn text(recorder: &Recorder) -> String {
    let mut bytes = Vec::new();
    recorder.write_to(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_payment_that_ignores_keys_is_found_within_few_seeds() {
    let broken = SEEDS.clone().find_map(|seed| {
        let judged = judge(&simulate(Payment::ChargesWhateverComes, seed).unwrap()).unwrap();
        (verdict(&judged) == Verdict::Broken).then_some(judged)
    });
    let judged = broken.unwrap();
    let broken = judged
        .findings
        .iter()
        .filter(|finding| finding.judgement.verdict == Verdict::Broken);
    let ids: Vec<&str> = broken.map(|finding| &*finding.id).collect();
    assert_eq!(ids, ["an-order-is-charged-at-most-once"]);
    assert!(
        judged.to_string().contains("`charge` took effect twice"),
        "{judged}"
    );
}

#[test]
fn a_payment_that_recognises_keys_keeps_every_promise_though_outcomes_stay_unknown() {
    let mut outcomes = Vec::new();
    let mut untested = None;
    for seed in SEEDS {
        let judged = judge(&simulate(Payment::RecognisesKeys, seed).unwrap()).unwrap();
        assert_eq!(verdict(&judged), Verdict::Kept, "seed {seed}: {judged}");
        outcomes.extend(
            judged
                .history
                .operations()
                .iter()
                .map(|operation| operation.outcome),
        );
        let idle = judged
            .findings
            .into_iter()
            .filter(|finding| finding.judgement.judged() == 0);
        let idle: Vec<String> = idle.map(|finding| finding.id).collect();
        untested
            .get_or_insert(idle.clone())
            .retain(|id| idle.contains(id));
    }
    assert_eq!(
        untested,
        Some(Vec::new()),
        "promises that no seed puts to the test"
    );
    for outcome in [Outcome::Ok, Outcome::Failed, Outcome::Unknown] {
        assert!(outcomes.contains(&outcome), "{outcome:?}");
    }
}

#[test]
fn a_seed_gives_the_same_bytes_each_time() {
    for kind in [Payment::RecognisesKeys, Payment::ChargesWhateverComes] {
        let record = |seed| text(&simulate(kind, seed).unwrap());
        // At once: what they shared without knowing (a counter of the process, say) would show.
        let runs = std::thread::scope(|scope| {
            let runs = [(); 3].map(|()| scope.spawn(|| SEEDS.map(record).collect::<Vec<_>>()));
            runs.map(|run| run.join().unwrap())
        });
        assert_eq!(runs[0], runs[1], "{kind:?}");
        assert_eq!(runs[0], runs[2], "{kind:?}");
        let distinct: BTreeSet<&String> = runs[0].iter().collect();
        assert_eq!(distinct.len(), SEEDS.count(), "{kind:?}");
    }
}
