//! How many schedules of the checkout are played in a second, on one thread.
//!
//! ```text
//! cargo bench --bench fuzzing
//! ```
//!
//! The whole of a campaign is measured: schedules by deviations, random ones, six promises that judge each line, and the count of
//! distinct runs.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![expect(clippy::expect_used, reason = "a benchmark fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::time::Instant;

use testimony::fuzz::Gauge;
use testimony::prelude::*;
use testimony::specs::workflows::checkout;

/// Schedules of one measurement.
const CASES: u64 = 300_000;
/// What is asked for, on a core of its own.
const SCHEDULES_A_SECOND: f64 = 250_000.0;

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.expect("one thread can be had");
    let suite = (checkout::ENTRY.build)(None, &mut Parameters::default());
    let suite = suite.expect("the checkout needs no parameter");
    let mut best = 0.0_f64;
    for _ in 0..3 {
        let fuzz = testimony::fuzz(suite.clone()).cases(CASES);
        let start = Instant::now();
        let fuzzed = pool.install(|| fuzz.run()).expect("the model is right");
        let seconds = start.elapsed().as_secs_f64();
        assert!(fuzzed.is_kept(), "{fuzzed}");
        let rate = fuzzed.schedules as f64 / seconds;
        let steps = fuzzed.steps as f64 / fuzzed.schedules as f64;
        println!("checkout: {rate:.0} schedules a second, {steps:.1} steps each");
        best = best.max(rate);
    }
    let start = Instant::now();
    let explored = testimony::fuzz(suite).explore(1_000_000, &Gauge::default());
    let explored = explored.expect("the model is right");
    let seconds = start.elapsed().as_secs_f64();
    assert!(explored.is_kept());
    println!(
        "checkout, every state: {} states, {:.0} transitions a second",
        explored.states,
        explored.transitions as f64 / seconds
    );
    assert!(
        best >= SCHEDULES_A_SECOND,
        "{best:.0} schedules a second, of {SCHEDULES_A_SECOND}"
    );
}
