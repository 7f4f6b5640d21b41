//! Recorded from code that runs: threads on an object that is right are never found wrong; in the example of a service
//! the bug is found, the repaired service keeps its promises, and a seed is a run.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::yield_now;

use testimony::history::{Outcome, Verdict};
use testimony::record::{Journal, Recorder};
use testimony::specs::register::Register;

use turmoil_checkout::{Payment, judge, simulate, verdict};

#[path = "../examples/turmoil_checkout.rs"]
#[expect(dead_code, reason = "the command line of the example is not run here")]
mod turmoil_checkout;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=20;

/// Reads and writes a register in memory; every fifth operation, done or not, is given up. Others run between an effect
/// and its line: were the line taken for the effect, the history would be wrong.
fn use_register(register: &AtomicU32, client: &Journal, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let is_given_up = number % 5 == 0;
        if number % 2 == 0 {
            let read = client.op("read", &());
            let value = register.load(Ordering::SeqCst);
            yield_now();
            if !is_given_up {
                read.ok(&(value > 0).then_some(value));
            }
            continue;
        }
        let write = client.op("write", &number);
        if number % 3 > 0 || !is_given_up {
            register.store(number, Ordering::SeqCst);
        }
        yield_now();
        if !is_given_up {
            write.ok(&());
        }
    }
}

#[test]
fn threads_on_one_register_are_never_found_wrong() {
    const EACH: u32 = 200;
    for _ in 0..10 {
        let recorder = Recorder::new();
        let register = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                // Two threads each are one participant.
                let client = recorder.participant(&format!("client-{}", thread / 2));
                let first = 1 + thread * EACH;
                let register = &register;
                scope.spawn(move || use_register(register, &client, first..first + EACH));
            }
        });
        let history = recorder.history().unwrap();
        assert_eq!(history.operations().len(), 4 * EACH as usize);
        let session = testimony::check_history(history);
        session.spec("register", Register::default()).assert_kept();
    }
}

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
