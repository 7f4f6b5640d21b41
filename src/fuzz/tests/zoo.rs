//! Every bug of the zoo is found within so many schedules, by each strategy, and its schedules get small.
//!
//! `TESTIMONY_CASES=40`, when it is compiled, shrinks so many counterexamples of each bug instead of a few, and prints what it
//! measured.

use crate::check::catalog::Parameters;
use crate::prelude::*;
use crate::sim::{Encoded, End, Gamble, Setting, Shrinker, Worker, shrink};

use crate::fuzz::campaign::{Plan, Progress, campaign};
use crate::fuzz::gauge::Gauge;
use crate::fuzz::levels::Levels;
use crate::fuzz::pool::Pool;

const NOISE: Noise = Noise {
    pairs: 3,
    messages: 6,
};

/// A workflow with a bug; the fewest deviations that show it; within how many schedules they must, in silence and in noise.
const ZOO: [(&str, &str, usize, [u64; 2]); 38] = [
    ("checkout", "new-key", 1, [10, 10]),
    ("checkout", "timeout-is-failure", 1, [10, 10]),
    ("checkout", "record-after-effect", 1, [7, 7]),
    ("outbox", "dual-write", 1, [5, 7]),
    ("lease", "no-fencing", 1, [6, 6]),
    ("seat-hold", "late-confirm", 1, [9, 9]),
    ("cancellation", "refund-what-is-there", 1, [5, 5]),
    ("delivery", "ship-each-delivery", 1, [9, 10]),
    ("counter", "lost-update", 0, [1, 1]),
    ("cart-edit", "key-reused", 0, [1, 1]),
    ("key-expiry", "keys-expire", 1, [5, 5]),
    ("overtaking", "cancel-what-is-there", 1, [16, 24]),
    ("regions", "sell-from-the-copy", 1, [7, 9]),
    ("replica", "read-anything", 1, [5, 6]),
    ("leader", "zombie", 1, [5, 5]),
    ("stock", "check-then-act", 0, [1, 1]),
    ("relay", "consumer-repeats", 1, [6, 9]),
    ("on-call", "write-skew", 0, [1, 1]),
    ("refund", "two-paths", 1, [5, 5]),
    ("quote", "no-correlation", 1, [6, 6]),
    ("webhook", "by-arrival", 1, [11, 12]),
    ("worker", "acks-first", 1, [7, 7]),
    ("worker", "dedupe-in-memory", 1, [7, 7]),
    ("profile", "wall-clock", 1, [5, 5]),
    ("dead-letter", "keys-purged", 2, [14, 18]),
    ("dead-letter", "keys-purged-far", 2, [14, 18]),
    ("quorum", "ack-before-fsync", 3, [300, 320]),
    ("shared-cart", "blind-merge", 1, [6, 6]),
    ("hold-ids", "reused-id", 1, [9, 9]),
    ("rate-limit", "retry-storm", 1, [24, 26]),
    ("batch", "all-or-nothing", 1, [7, 8]),
    ("consumer-group", "stale-assignment", 1, [5, 5]),
    ("inquiry", "nobody-asks", 1, [9, 9]),
    ("inquiry", "nobody-looks", 1, [5, 5]),
    ("confirm", "marks-first", 1, [4, 6]),
    ("confirm", "repeat-is-an-error", 1, [5, 5]),
    ("transfers", "opposite-order", 0, [1, 1]),
    ("transfers", "forgets-its-locks", 1, [4, 5]),
];

/// The bugs that the prices of deviations were chosen on.
const FIRST: usize = 32;
/// What these may take together, in silence and in noise: they take 400 and 444.
const TOTALS_OF_FIRST: [u64; 2] = [423, 500];
/// What the whole zoo may take: it takes 423 and 470.
const TOTALS: [u64; 2] = [450, 530];

fn suite(workflow: &str, bug: Option<&str>) -> Suite {
    let all = crate::specs::workflows::all();
    let entry = all.iter().find(|entry| entry.name == workflow).unwrap();
    (entry.build)(bug, &mut Parameters::default()).unwrap()
}

#[test]
fn every_bug_is_in_the_table() {
    let all = crate::specs::workflows::all();
    let bugs = all
        .iter()
        .flat_map(|entry| entry.bugs.iter().map(|bug| (entry.name, bug.name)));
    for bug in bugs {
        assert!(ZOO.iter().any(|row| (row.0, row.1) == bug), "{bug:?}");
    }
}

#[test]
fn few_deviations_show_each_bug() {
    let mut told = String::new();
    for (column, noise) in [Noise::NONE, NOISE].into_iter().enumerate() {
        let mut totals = Vec::new();
        for (workflow, bug, least, within) in ZOO {
            let suite = suite(workflow, Some(bug));
            let pool = Pool::new(&suite, noise, 2_000).unwrap();
            let mut progress = Progress::default();
            let gauge = Gauge::default();
            let levels = Levels::new(&pool, &gauge, u32::MAX, 10_000).unwrap();
            levels.play(&mut progress).unwrap();
            totals.push(progress.schedules);
            let found = progress.found.map(|found| found.schedule.len());
            if progress.schedules > within[column] || found != Some(least) {
                let levels = &progress.levels;
                let count = progress.schedules;
                told += &format!("{workflow}:{bug} {noise:?}: {count} {found:?} {levels:?}\n");
            }
        }
        let first: u64 = totals[..FIRST].iter().sum();
        let all: u64 = totals.iter().sum();
        println!("{noise:?}: {first} schedules for the first {FIRST}, {all} for all");
        if first > TOTALS_OF_FIRST[column] || all > TOTALS[column] {
            told += &format!("{noise:?}: {first}, {all}\n");
        }
    }
    assert!(told.is_empty(), "{told}");
}

/// Without the promises that judge the same runs by what they record.
#[test]
fn the_end_alone_shows_what_stays_unknown_and_what_never_rests() {
    let unknown = "nobody finds out what became of `charge` of 1";
    let restless = "does not come to rest within 100 steps of the last deviation";
    let table = [
        ("inquiry", "nobody-asks", unknown),
        ("inquiry", "nobody-looks", unknown),
        ("confirm", "repeat-is-an-error", restless),
    ];
    for (workflow, bug, says) in table {
        for noise in [Noise::NONE, NOISE] {
            let mut suite = suite(workflow, Some(bug));
            suite.promises.clear();
            let pool = Pool::new(&suite, noise, 2_000).unwrap();
            for percent_by_deviations in [100, 1] {
                let plan = Plan {
                    percent_by_deviations,
                    ..Plan::new(1_000, 1)
                };
                let found = campaign(&pool, plan, &Gauge::default()).unwrap().found;
                let found = found.unwrap();
                assert_eq!(pool.id(found.breach.judge), "settles");
                assert_eq!((&*found.breach.says, found.schedule.len()), (says, 1));
            }
        }
    }
}

/// The first of so many random runs that shows a bug.
fn first_hit(worker: &mut Worker, gamble: Gamble, setting: Setting, runs: u64) -> Option<u64> {
    (0..runs).find(|run| {
        let mut drawn = gamble.draw(1, *run, setting);
        worker.play(&mut *drawn).unwrap().found.is_some()
    })
}

/// Three random deviations at once are rare: a quorum takes the exact search.
#[test]
fn random_schedules_show_each_bug() {
    let mut told = String::new();
    for (workflow, bug, least, _) in ZOO {
        if least > 2 {
            continue;
        }
        for noise in [Noise::NONE, NOISE] {
            let pool = Pool::new(&suite(workflow, Some(bug)), noise, 2_000).unwrap();
            let hits = pool.with(|worker| {
                worker.replay(&[]).unwrap();
                let setting = worker.setting();
                [Gamble::Pos, Gamble::Pct(2), Gamble::Pct(3)]
                    .map(|gamble| first_hit(worker, gamble, setting, 1_000))
            });
            if hits.contains(&None) {
                told += &format!("{workflow}:{bug} {noise:?}: {hits:?}\n");
            }
        }
    }
    assert!(told.is_empty(), "{told}");
}

#[test]
fn what_is_found_at_random_is_written_down_and_gets_small() {
    let cases = option_env!("TESTIMONY_CASES");
    let cases: u32 = cases.map_or(4, |cases| cases.parse().unwrap());
    let (mut found, mut surplus, mut replays) = (0, 0, 0);
    for (workflow, bug, least, _) in ZOO {
        let pool = Pool::new(&suite(workflow, Some(bug)), NOISE, 2_000).unwrap();
        let (of_it, more, again) = pool.with(|worker| shrunk(worker, least, cases));
        if cases > 4 {
            println!("{workflow}:{bug}: {of_it} found, {more} too many, {again} replays");
        }
        found += of_it;
        surplus += more;
        replays += again;
    }
    let (found, surplus, replays) = (found as f64, surplus as f64, f64::from(replays));
    println!(
        "{:.2} too many, {:.1} replays",
        surplus / found,
        replays / found
    );
    assert!(surplus / found < 0.2 && replays / found < 12.0);
}

/// How many counterexamples were found, how many deviations too many they have left, and how many replays that took.
fn shrunk(worker: &mut Worker, least: usize, cases: u32) -> (u32, usize, u32) {
    let mut singles = worker.singles().unwrap();
    singles.truncate(10);
    let setting = worker.setting();
    let (mut found, mut surplus, mut replays) = (0, 0, 0);
    for run in 0..20_000 {
        let gamble = Gamble::TURNS[run as usize % Gamble::TURNS.len()];
        let played = worker.play(&mut *gamble.draw(3, run, setting)).unwrap();
        let Some(breach) = played.found else { continue };
        let Encoded { schedule, near } = worker.encode().unwrap();
        let (again, used) = worker.replay(&schedule).unwrap();
        assert_eq!(again.found.as_ref(), Some(&breach));
        assert_eq!(used, schedule);
        // A run that never rests is cut: so many steps behind the last deviation, or behind where chance ended.
        if played.end != End::Restless {
            assert_eq!(again.class, played.class);
        }
        let shrinker = Shrinker::new(Encoded { schedule, near }).or_one_of(singles.clone());
        let shrunk = shrink(worker, shrinker, breach, 1_000).unwrap();
        surplus += shrunk.schedule.len().saturating_sub(least);
        replays += shrunk.replays;
        found += 1;
        if found == cases {
            break;
        }
    }
    (found, surplus, replays)
}

#[test]
fn repaired_workflows_are_kept_and_threads_make_no_difference() {
    for entry in crate::specs::workflows::all() {
        let bugs = entry.bugs.iter().map(|bug| Some(bug.name));
        for bug in bugs.chain([None]) {
            let seen = [1, 3].map(|threads| {
                let threads = rayon::ThreadPoolBuilder::new().num_threads(threads);
                threads.build().unwrap().install(|| {
                    let pool = Pool::new(&suite(entry.name, bug), NOISE, 2_000).unwrap();
                    let plan = Plan {
                        percent_by_deviations: 1,
                        ..Plan::new(600, 5)
                    };
                    let progress = campaign(&pool, plan, &Gauge::default()).unwrap();
                    let coverage = (progress.coverage.classes(), progress.coverage.draws);
                    (
                        progress.schedules,
                        progress.found,
                        coverage,
                        pool.exercised(),
                    )
                })
            });
            assert_eq!(seen[0], seen[1], "{} {bug:?}", entry.name);
            if bug.is_none() {
                assert_eq!(seen[0].1, None, "{}", entry.name);
            }
        }
    }
}
