//! The same models explored by testimony and by Stateright, side by side in one process.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml --bin exploring
//! ```
//! Both search depth first on one thread. Numbers of states differ for reasons that are the models' own:
//!
//! - Participants of testimony start one after the other, and other things may happen in between; Stateright's actors have all started in the first
//!   state. So testimony visits more states of the same workflow.
//! - Stateright's `Model` of two-phase commit leaves every message where it is for good; participants and actors take it off the
//!   network.
//! - What a linearizability tester of Stateright keeps in a state is the history; testimony keeps what may have taken effect.
//!
//! Asserted: both find no breach, and testimony makes [`RATIO_MIN`] times as many steps a second as Stateright's actors, wherever there are
//! enough of them.

mod peers;
mod register;
mod two_phase;

use std::time::Instant;

use testimony::fuzz::{Gauge, Method, Suite};

use peers::Visited;

/// More than any of the models has.
const STATES_MAX: u64 = 3_000_000;
/// Below, opening the workflow is what takes the time.
const STEPS_FEW: u64 = 50_000;
/// How many times as many steps a second testimony makes.
const RATIO_MIN: f64 = 2.0;

fn main() {
    println!(
        "| model | testimony: states, steps/s | Stateright's actors: states, steps/s | its `Model` |"
    );
    println!("| --- | --- | --- | --- |");
    let mut misses = Vec::new();
    for managers in [3, 5] {
        let (actors, model) = (
            peers::two_phase_actors(managers),
            peers::two_phase_model(managers),
        );
        let name = format!("two-phase commit, {managers} managers");
        let ratio = row(&name, &two_phase::suite(managers), &actors, Some(&model));
        misses.extend((ratio < RATIO_MIN).then_some(name));
    }
    for clients in [3, 4] {
        let actors = peers::single_copy_register(clients);
        let name = format!("single-copy register, {clients} clients");
        let ratio = row(&name, &register::suite(clients), &actors, None);
        misses.extend((ratio < RATIO_MIN).then_some(name));
    }
    assert!(
        misses.is_empty(),
        "not {RATIO_MIN} times as fast: {misses:?}"
    );
}

/// Prints a row and returns how many times as fast testimony is as the actors.
fn row(name: &str, suite: &Suite, actors: &Visited, model: Option<&Visited>) -> f64 {
    let (states, steps, rate) = ours(suite);
    let shown = model.map_or_else(String::new, Visited::shown);
    println!(
        "| {name} | {states}, {rate:.0} | {} | {shown} |",
        actors.shown()
    );
    if steps < STEPS_FEW {
        return f64::INFINITY;
    }
    rate / actors.rate()
}

fn ours(suite: &Suite) -> (u64, u64, f64) {
    let begun = Instant::now();
    let explored = testimony::fuzz(suite.clone()).explore(STATES_MAX, &Gauge::default());
    let seconds = begun.elapsed().as_secs_f64();
    let explored = explored.unwrap();
    assert!(explored.failure.is_none() && explored.is_complete);
    assert_eq!(
        explored.method,
        Method::States,
        "by what Stateright counts, too"
    );
    let steps = explored.transitions;
    (explored.states, steps, steps as f64 / seconds)
}
