//! One checkout fuzzed by testimony and by Shuttle, side by side in one process, one thread each.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml --bin fuzzing
//! ```
//! The checkout is that of `specs/workflows/checkout.rs`, once as it is shipped and once written for Shuttle (`saga.rs`), with the same
//! faults: one message lost, one delivered twice, one crash. How many schedules it takes until the bug `record-after-effect` shows (the
//! charge is sent before its key is recorded, and a crash comes between) is the median over the seeds for Shuttle; testimony
//! plays few departures from its default order first, which needs no seed.
//!
//! - testimony judges six promises line by line and counts distinct runs meanwhile; the threads are judged by a few numbers at the end of
//!   each run.
//! - Shuttle's odds of a fault are chosen in its favour. It runs real code, of which testimony needs a model.
//!
//! Asserted: nothing breaks the right checkout, testimony plays at least as many schedules a second, and needs no more than
//! [`SCHEDULES_MAX`] of them to find the bug.

mod saga;

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, FailurePersistence, Runner};
use testimony::prelude::*;
use testimony::specs::workflows::checkout;

use saga::Variant;

/// Schedules of one measurement of testimony, and of Shuttle.
const CASES: [u64; 2] = [300_000, 30_000];
/// How often the speed is measured; the best counts.
const ROUNDS: usize = 3;
const SEEDS: u64 = 50;
/// Where Shuttle gives up.
const TRIES_MAX: usize = 20_000;
/// How many schedules testimony may need.
const SCHEDULES_MAX: u64 = 10;

/// How Shuttle draws schedules.
#[derive(Clone, Copy)]
enum Draw {
    Random,
    Pct(usize),
}

impl Draw {
    fn scheduler(self, seed: u64, runs: usize) -> Box<dyn Scheduler + Send> {
        match self {
            Self::Random => Box::new(RandomScheduler::new_from_seed(seed, runs)),
            Self::Pct(depth) => Box::new(PctScheduler::new_from_seed(seed, depth, runs)),
        }
    }
}

/// How Shuttle's runs went until one broke something.
struct Hit {
    schedules: u64,
    /// Messages and timers that were heard in it, and how often the running thread changed or might have.
    steps: u32,
    switches: usize,
}

fn main() {
    println!(
        "| | schedules a second | until the bug is found: median, most | its steps | choices written down |"
    );
    println!("| --- | --- | --- | --- | --- |");
    let ours = ours();
    panic::set_hook(Box::new(|_| {}));
    let draws = [
        ("Shuttle, random", Draw::Random),
        ("Shuttle, PCT(2)", Draw::Pct(2)),
        ("Shuttle, PCT(3)", Draw::Pct(3)),
    ];
    let rates = draws.map(|(name, draw)| peer(name, draw));
    let _ = panic::take_hook();
    let fastest = rates.into_iter().fold(0.0, f64::max);
    assert!(
        ours >= fastest,
        "{ours:.0} schedules a second, Shuttle {fastest:.0}"
    );
}

fn suite(bug: Option<&str>) -> Suite {
    (checkout::ENTRY.build)(bug, &mut Parameters::default()).unwrap()
}

/// Prints a row and returns the schedules a second.
fn ours() -> f64 {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
    let pool = pool.build().unwrap();
    let rate = best(|| {
        let fuzz = testimony::fuzz(suite(None)).cases(CASES[0]);
        let fuzzed = pool.install(|| fuzz.run()).unwrap();
        assert!(fuzzed.is_kept(), "{fuzzed}");
        fuzzed.schedules
    });
    let fuzz = testimony::fuzz(suite(Some("record-after-effect")));
    let fuzzed = pool.install(|| fuzz.run()).unwrap();
    let found = fuzzed.failure.unwrap();
    assert_eq!(found.check, "charge-at-most-once");
    let (schedules, replay) = (fuzzed.schedules, found.replay);
    println!(
        "| testimony | {rate:.0} | {schedules} | {} | {} |",
        replay.steps,
        replay.deviations()
    );
    assert!(schedules <= SCHEDULES_MAX, "found after {schedules}");
    rate
}

/// The same for Shuttle.
fn peer(name: &str, draw: Draw) -> f64 {
    let rate = best(|| {
        let hit = hit(draw, 1, CASES[1] as usize, Variant::Right);
        assert!(hit.is_none(), "the right checkout is broken");
        CASES[1]
    });
    let hits = (1..=SEEDS).map(|seed| hit(draw, seed, TRIES_MAX, Variant::RecordsAfterEffect));
    let hits: Vec<Hit> = hits.flatten().collect();
    let missed = SEEDS as usize - hits.len();
    let of = |figure: fn(&Hit) -> u64| {
        let mut figures: Vec<u64> = hits.iter().map(figure).collect();
        figures.sort_unstable();
        let most = figures.last().copied().unwrap_or_default();
        let median = figures.get(figures.len() / 2).copied().unwrap_or_default();
        (median, most)
    };
    let (median, most) = of(|hit| hit.schedules);
    let (steps, _) = of(|hit| hit.steps.into());
    let (switches, _) = of(|hit| hit.switches as u64);
    let missed = match missed {
        0 => String::new(),
        _ => format!(" ({missed} seeds missed it)"),
    };
    println!("| {name} | {rate:.0} | {median}, {most}{missed} | {steps} | {switches} |");
    rate
}

/// Schedules a second of the best round.
fn best(round: impl Fn() -> u64) -> f64 {
    let rates = (0..ROUNDS).map(|_| {
        let begun = Instant::now();
        round() as f64 / begun.elapsed().as_secs_f64()
    });
    rates.fold(0.0, f64::max)
}

/// Plays until a run breaks something.
fn hit(draw: Draw, seed: u64, runs: usize, variant: Variant) -> Option<Hit> {
    let schedules = Arc::new(AtomicU64::new(0));
    let last = Arc::new(Mutex::new((0, 0)));
    let mut config = Config::new();
    config.failure_persistence = FailurePersistence::None;
    let runner = Runner::new(draw.scheduler(seed, runs), config);
    let (counted, kept) = (Arc::clone(&schedules), Arc::clone(&last));
    let run = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let outcome = saga::run(variant);
        *kept.lock().unwrap() = (outcome.steps, shuttle::current::context_switches());
        assert!(outcome.is_kept());
    };
    let ended = panic::catch_unwind(AssertUnwindSafe(|| runner.run(run)));
    ended.err()?;
    let (steps, switches) = *last.lock().unwrap();
    Some(Hit {
        schedules: schedules.load(Ordering::Relaxed),
        steps,
        switches,
    })
}
