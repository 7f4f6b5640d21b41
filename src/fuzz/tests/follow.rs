//! Holds what follows a specification line by line to the check of the whole history, on random lines.

use std::sync::Arc;

use crate::check::Budget;
use crate::check::catalog::Parameters;
use crate::check::linear::{AnySpec, SpecCheck, SpecOptions};
use crate::fuzz::watch::{Followed, Recorded};
use crate::history::Value;
use crate::model::Address;
use crate::sim::{Call, Ending, Judge, Line, Says, Why, Words, stable_hash};

/// What an operation is called, what it asks, and what it may be answered, rightly or wrongly, as JSON.
type Operation = (&'static str, &'static str, &'static [&'static str]);

/// Specifications, each with operations of it.
const CASES: &[(&str, &[Operation])] = &[
    (
        "cas-register",
        &[
            ("write", "1", &["null"]),
            ("write", "2", &["null"]),
            ("read", "null", &["null", "1", "2"]),
            ("cas", "[1,2]", &["true", "false"]),
        ],
    ),
    (
        "queue",
        &[
            ("enqueue", "1", &["null"]),
            ("enqueue", "2", &["null"]),
            ("dequeue", "null", &["1", "2", "null"]),
        ],
    ),
    (
        "mutex",
        &[
            ("acquire", "null", &["null"]),
            ("release", "null", &["null"]),
        ],
    ),
    (
        "owned-mutex",
        &[
            ("acquire", "null", &["null"]),
            ("release", "null", &["null"]),
        ],
    ),
    (
        "counter",
        &[("add", "1", &["null"]), ("read", "null", &["0", "1", "2"])],
    ),
    (
        "kv",
        &[
            ("put", r#"["a",1]"#, &["null"]),
            ("put", r#"["b",2]"#, &["null"]),
            ("get", r#"["a",null]"#, &[r#"["a",null]"#, r#"["a",1]"#]),
            ("get", r#"["b",null]"#, &[r#"["b",null]"#, r#"["b",2]"#]),
        ],
    ),
];

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is for who starts it to say"
)]
fn number(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}

struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        (stable_hash(&self.0.to_string()) % bound as u64) as usize
    }
}

/// Lines of a few clients, each with at most two open operations.
fn lines(draws: &mut Draws, operations: &[(&str, &str, &[&str])]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut open: Vec<(u16, Arc<Call>, usize)> = Vec::new();
    let clients = 2 + draws.below(3);
    for _ in 0..6 + draws.below(12) {
        let client = draws.below(clients) as u16;
        let own: Vec<usize> = (0..open.len()).filter(|at| open[*at].0 == client).collect();
        if own.len() == 2 || (!own.is_empty() && draws.below(3) > 0) {
            let (_, call, which) = open.remove(own[draws.below(own.len())]);
            let answers = operations[which].2;
            let ending = match draws.below(6) {
                0 => Ending::Unknown(Why::GaveUp),
                1 if draws.below(2) == 0 => Ending::Failed(value("null")),
                _ => Ending::Ok(value(answers[draws.below(answers.len())])),
            };
            lines.push((client, Says::Ended(call, ending)));
            continue;
        }
        let which = draws.below(operations.len());
        let (f, asked, _) = operations[which];
        let is_taken = own.first().is_some_and(|at| open[*at].1.slot == 0);
        let call = Arc::new(Call {
            slot: u8::from(is_taken),
            words: Words {
                f: f.to_owned(),
                value: value(asked),
                intent: None,
            },
        });
        open.push((client, Arc::clone(&call), which));
        lines.push((client, Says::Invoked(call)));
    }
    for (client, call, _) in open {
        lines.push((
            client,
            Says::Ended(call, Ending::Unknown(Why::NeverAnswered)),
        ));
    }
    let line = |(client, says)| Line {
        participant: Address(client),
        says,
    };
    lines.into_iter().map(line).collect()
}

/// Whether a judge finds the lines broken.
fn breaks(judge: &mut dyn Judge, lines: &[Line]) -> bool {
    let mut state = judge.start();
    for line in lines {
        assert!(judge.scope(line).unwrap().is_some(), "{line:?}");
        match judge.observe(state, line) {
            Ok(next) => state = next,
            Err(_) => return true,
        }
    }
    judge.settle(state).is_err()
}

#[test]
fn following_lines_says_what_the_check_of_the_history_says() {
    let (cases, seed) = (number("TESTIMONY_CASES", 300), number("TESTIMONY_SEED", 1));
    let catalog = crate::specs::all();
    for (name, operations) in CASES {
        let entry = catalog.specs.iter().find(|entry| entry.name == *name);
        let build = entry.unwrap().build;
        let spec: AnySpec = build(&mut Parameters::new(Vec::new())).unwrap();
        let options = SpecOptions::default();
        let check = Arc::new(SpecCheck::new(name, spec.clone(), options));
        let mut followed = Followed::new(spec.follow(options).unwrap());
        let mut shares = [0, 0];
        for case in seed..seed + cases {
            let mut draws = Draws(case);
            let lines = lines(&mut draws, operations);
            let mut recorded = Recorded::new(check.clone(), None, Budget::default());
            let is_broken = breaks(&mut recorded, &lines);
            assert_eq!(
                breaks(&mut followed, &lines),
                is_broken,
                "{name}, seed {case}: {lines:#?}"
            );
            shares[usize::from(is_broken)] += 1;
        }
        assert!(
            shares.iter().all(|share| *share * 20 > cases),
            "{name}: {shares:?}"
        );
    }
}
