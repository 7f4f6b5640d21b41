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
//! A state counts once, a step each time that it is taken: testimony spares most steps that only come to a known state in another order
//! (sleep sets), Stateright takes them all.
//!
//! Asserted: both find no breach, and wherever there are enough steps testimony visits as many different states a second as
//! Stateright's `Model`, makes [`STEPS_BESIDE_MODEL`] times as many steps, and [`STEPS_BESIDE_ACTORS`] times as many as its actors.

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
const STEPS_BESIDE_ACTORS: f64 = 2.0;
/// How many times as many as the `Model`, whose state is a few flat sets.
const STEPS_BESIDE_MODEL: f64 = 0.6;

fn main() {
    println!(
        "| model | testimony: states, states/s, steps/s | Stateright's actors | its `Model` |"
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

/// What was visited, and how much of it a second.
struct Measured {
    visited: Visited,
    states: f64,
    steps: f64,
}

impl Measured {
    fn shown(&self) -> String {
        let [states, steps] = [self.states / 1e6, self.steps / 1e6];
        format!("{}, {states:.2} M, {steps:.2} M", self.visited.states)
    }
}

/// Explores as often as it takes to measure it.
fn measured(explore: impl Fn() -> Visited) -> Measured {
    let begun = processor_seconds();
    for times in 1.. {
        let visited = explore();
        let seconds = processor_seconds() - begun;
        if seconds >= SECONDS_MIN {
            let rate = |count: u64| (times * count) as f64 / seconds;
            return Measured {
                states: rate(visited.states),
                steps: rate(visited.steps),
                visited,
            };
        }
    }
    unreachable!("time passes")
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
        let steps = |other: &Measured| self.ours.steps / other.steps;
        let is_fast = steps(&self.actors) >= STEPS_BESIDE_ACTORS
            && model.is_none_or(|model| {
                steps(model) >= STEPS_BESIDE_MODEL && self.ours.states >= model.states
            });
        (!is_fast && self.ours.visited.steps >= STEPS_FEW).then(|| name.clone())
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
