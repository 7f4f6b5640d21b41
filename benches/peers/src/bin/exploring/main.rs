//! The same models explored by testimony and by Stateright, side by side in one process.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml --bin exploring
//! ```
//! Both search depth first on one thread; times are processor time. Numbers of states differ for reasons that are the models' own:
//!
//! - Participants of testimony start together, one after the other: a state each before the first of Stateright, whose actors have all started in it.
//! - Stateright's `Model` of two-phase commit leaves every message where it is for good; participants and actors take it off the
//!   network.
//! - What a linearizability tester of Stateright keeps in a state is the history; testimony keeps what may have taken effect.
//!
//! Asserted: both find no breach, and wherever there are enough steps testimony makes [`RATIO_MIN`] times as many of them a second as
//! Stateright's actors, and [`BESIDE_MODEL_MIN`] times as many as its `Model`.

mod peers;
mod register;
mod two_phase;

use testimony::fuzz::{Gauge, Method, Suite};

/// More than any of the models has.
const STATES_MAX: u64 = 30_000_000;
/// Below, opening the workflow is what takes the time.
const STEPS_FEW: u64 = 50_000;
/// For how long each is explored at least, again and again.
const SECONDS_MIN: f64 = 0.5;
/// How many times as many steps a second testimony makes as the actors.
const RATIO_MIN: f64 = 2.0;
/// How many times as many as the `Model`, whose state is a few flat sets.
const BESIDE_MODEL_MIN: f64 = 0.6;

fn main() {
    println!(
        "| model | testimony: states, steps/s | Stateright's actors: states, steps/s | its `Model` |"
    );
    println!("| --- | --- | --- | --- |");
    let mut misses = Vec::new();
    for managers in [3, 5, 7] {
        let suite = two_phase::suite(managers);
        let row = Row {
            name: format!("two-phase commit, {managers} managers"),
            ours: measured(|| ours(&suite)),
            actors: measured(|| peers::two_phase_actors(managers)),
            model: Some(measured(|| peers::two_phase_model(managers))),
        };
        misses.extend(row.show());
    }
    for clients in [3, 4] {
        let suite = register::suite(clients);
        let row = Row {
            name: format!("single-copy register, {clients} clients"),
            ours: measured(|| ours(&suite)),
            actors: measured(|| peers::single_copy_register(clients)),
            model: None,
        };
        misses.extend(row.show());
    }
    assert!(misses.is_empty(), "not fast enough: {misses:?}");
}

/// What was visited.
pub struct Visited {
    /// Different states.
    pub states: u64,
    /// Steps that led to them.
    pub steps: u64,
}

/// What was visited, and how many steps that took a second.
struct Measured {
    visited: Visited,
    rate: f64,
}

impl Measured {
    fn shown(&self) -> String {
        format!("{}, {:.2} M", self.visited.states, self.rate / 1e6)
    }
}

/// Explores as often as it takes to measure it.
fn measured(explore: impl Fn() -> Visited) -> Measured {
    let (begun, mut steps) = (processor_seconds(), 0);
    loop {
        let visited = explore();
        steps += visited.steps;
        let seconds = processor_seconds() - begun;
        if seconds >= SECONDS_MIN {
            let rate = steps as f64 / seconds;
            return Measured { visited, rate };
        }
    }
}

/// The processor time that all threads of this process took so far.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    // The 14th and 15th field of the line, in hundredths: user and system.
    let ticks = fields
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().unwrap());
    ticks.sum::<u64>() as f64 / 100.0
}

struct Row {
    name: String,
    ours: Measured,
    actors: Measured,
    model: Option<Measured>,
}

impl Row {
    /// Prints it; says how fast testimony is if that is not fast enough.
    fn show(&self) -> Option<String> {
        let name = &self.name;
        let model = self.model.as_ref();
        let shown = model.map_or_else(String::new, Measured::shown);
        println!(
            "| {name} | {} | {} | {shown} |",
            self.ours.shown(),
            self.actors.shown()
        );
        let beside = |other: &Measured| self.ours.rate / other.rate;
        let (beside_actors, beside_model) = (beside(&self.actors), model.map(beside));
        let is_slow =
            beside_actors < RATIO_MIN || beside_model.is_some_and(|ratio| ratio < BESIDE_MODEL_MIN);
        (is_slow && self.ours.visited.steps >= STEPS_FEW)
            .then(|| format!("{name}: {beside_actors:.2} and {beside_model:.2?} times as fast"))
    }
}

fn ours(suite: &Suite) -> Visited {
    let explored = testimony::fuzz(suite.clone()).explore(STATES_MAX, &Gauge::default());
    let explored = explored.unwrap();
    assert!(explored.failure.is_none() && explored.is_complete);
    assert_eq!(
        explored.method,
        Method::States,
        "by what Stateright counts, too"
    );
    Visited {
        states: explored.states,
        steps: explored.transitions,
    }
}
