//! A random schedule is played again by its seed and its number.

use crate::check::catalog::Parameters;
use crate::prelude::*;

use crate::fuzz::campaign::{Means, Plan, campaign};
use crate::fuzz::gamble::Gambling;
use crate::fuzz::gauge::Gauge;
use crate::fuzz::pool::Pool;

const SEED: u64 = 5;

/// What random schedules find first: its number, the check, and by how many deviations.
type First = (u64, String, u32);

/// Every workflow with its first bug, and what is found first.
fn found(threads: usize) -> Vec<(Suite, Option<First>)> {
    let search = || {
        let entries = crate::specs::workflows::all().into_iter();
        let found = entries.map(|entry| {
            let bug = entry.bugs.first().map(|bug| bug.name);
            let suite = (entry.build)(bug, &mut Parameters::default()).unwrap();
            let pool = Pool::new(&suite, Noise::NONE, 2_000).unwrap();
            let plan = Plan {
                percent_by_deviations: 1,
                ..Plan::new(99, SEED)
            };
            let progress = campaign(&pool, plan, &Gauge::default()).unwrap();
            let found = progress.found.and_then(|found| match found.by {
                Means::Random {
                    run, deviations, ..
                } => Some((run, pool.id(found.breach.judge).to_owned(), deviations)),
                Means::Deviations | Means::Exploration => None,
            });
            (suite, found)
        });
        found.collect()
    };
    let threads = rayon::ThreadPoolBuilder::new().num_threads(threads);
    threads.build().unwrap().install(search)
}

#[test]
fn what_is_found_at_random_is_found_again_and_nothing_before_it() {
    let [one, two] = [1, 2].map(found);
    let mut count = 0;
    for ((suite, found), (_, again)) in one.into_iter().zip(two) {
        assert_eq!(found, again);
        let Some((number, check, deviations)) = found else {
            continue;
        };
        count += 1;
        let fuzz = crate::fuzz(suite).steps_max(2_000).seed(SEED);
        let replayed = fuzz.replay_drawn(number).unwrap();
        let failure = replayed.failure.unwrap();
        assert_eq!(failure.check, check);
        assert_eq!(failure.replay.deviations(), deviations as usize);
        for number in 0..number.min(5) {
            let replayed = fuzz.replay_drawn(number).unwrap();
            assert!(replayed.failure.is_none(), "{check}: {number}");
        }
    }
    assert!(count >= 20, "{count} were found at random");
}

#[test]
fn what_is_played_again_is_the_run_that_was_drawn() {
    for entry in crate::specs::workflows::all() {
        let suite = (entry.build)(None, &mut Parameters::default()).unwrap();
        let pool = Pool::new(&suite, Noise::NONE, 2_000).unwrap();
        let gauge = Gauge::default();
        let gambling = Gambling::new(&pool, &gauge, SEED).unwrap();
        let fuzz = crate::fuzz(suite).steps_max(2_000).seed(SEED);
        // One of each strategy.
        for number in [0, 1, 256, 512, 768, 1024] {
            let drawn = pool.with(|worker| {
                gambling.play_with(worker, number).unwrap();
                format!("{:016x}", worker.trace())
            });
            let replayed = fuzz.replay_drawn(number).unwrap();
            assert_eq!(replayed.replay.trace, drawn, "{}: {number}", entry.name);
            assert!(replayed.failure.is_none() && replayed.passed_over == 0);
        }
    }
}

#[test]
fn a_campaign_says_what_it_has_drawn() {
    let workflows = crate::specs::workflows::all();
    let entry = workflows.iter().find(|entry| entry.name == "quorum");
    let suite = (entry.unwrap().build)(Some("ack-before-fsync"), &mut Parameters::default());
    let fuzz = crate::fuzz(suite.unwrap()).cases(1_000).seed(1);
    let fuzzed = fuzz.run().unwrap();
    let (drawn, found) = (fuzzed.drawn.unwrap(), fuzzed.failure.unwrap());
    assert_eq!((drawn.seed, drawn.number + 1), (1, fuzzed.random));
    let failure = fuzz.replay_drawn(drawn.number).unwrap().failure.unwrap();
    assert_eq!(failure.check, found.check);
    assert_eq!(failure.replay.deviations(), drawn.deviations as usize);
    assert!(drawn.deviations as usize >= found.replay.deviations());
}
