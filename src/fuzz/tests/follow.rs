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

fn spec(name: &str) -> AnySpec {
    let catalog = crate::specs::all();
    let entry = catalog.specs.iter().find(|entry| entry.name == name);
    (entry.unwrap().build)(&mut Parameters::new(Vec::new())).unwrap()
}

/// The lines of one operation: its invocation, and how it ends.
fn told(client: u16, (f, asked): (&str, &str), ending: Option<Ending>) -> [Line; 2] {
    let words = Words {
        f: f.to_owned(),
        value: value(asked),
        intent: None,
    };
    let call = Arc::new(Call { slot: 0, words });
    let ending = ending.unwrap_or(Ending::Unknown(Why::GaveUp));
    [Says::Invoked(Arc::clone(&call)), Says::Ended(call, ending)].map(|says| Line {
        participant: Address(client),
        says,
    })
}

fn given_up(client: u16, f: &str, asked: &str) -> [Line; 2] {
    told(client, (f, asked), None)
}

fn answered(client: u16, f: &str, asked: &str, answer: &str) -> [Line; 2] {
    told(client, (f, asked), Some(Ending::Ok(value(answer))))
}

/// The state behind these lines.
fn state_behind(judge: &mut dyn Judge, lines: &[[Line; 2]]) -> Result<u32, String> {
    let mut lines = lines.as_flattened().iter();
    let start = judge.start();
    lines.try_fold(start, |state, line| judge.observe(state, line))
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
    for (name, operations) in CASES {
        let spec = spec(name);
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

#[test]
fn runs_that_go_on_alike_are_in_one_state() {
    let mut judge = Followed::new(spec("register").follow(SpecOptions::default()).unwrap());
    let mut behind = |lines: &[[Line; 2]]| state_behind(&mut judge, lines).unwrap();
    let write = |client, number| given_up(client, "write", number);
    // Which of two writes was given up first.
    let in_order = behind(&[write(1, "1"), write(2, "2")]);
    assert_eq!(behind(&[write(2, "2"), write(1, "1")]), in_order);
    assert_ne!(behind(&[write(1, "1")]), in_order);
    assert_ne!(
        behind(&[write(1, "1"), write(2, "2"), write(3, "1")]),
        in_order
    );
    // A read that nobody answered.
    let read = given_up(3, "read", "null");
    assert_eq!(behind(&[write(1, "1"), read, write(2, "2")]), in_order);
    // A write that may have been the same as one that certainly was, or is still to come: the latter can do all that the former can.
    let certain = answered(2, "write", "1", "null");
    let first = behind(&[write(1, "1"), certain.clone()]);
    assert_eq!(behind(&[certain, write(1, "1")]), first);
}

#[test]
fn what_can_do_less_is_not_taken_for_what_can_do_more() {
    // The first 1 is that of the write or of both swaps; the second one must be the write's, and the third nobody's.
    let lines = [
        given_up(1, "write", "1"),
        given_up(2, "cas", "[null,2]"),
        given_up(3, "cas", "[2,1]"),
        answered(4, "read", "null", "1"),
        answered(4, "write", "7", "null"),
        answered(4, "read", "null", "1"),
        answered(4, "write", "7", "null"),
        answered(4, "read", "null", "1"),
    ];
    let mut judge = Followed::new(spec("cas-register").follow(SpecOptions::default()).unwrap());
    assert!(state_behind(&mut judge, &lines[..6]).is_ok());
    assert!(state_behind(&mut judge, &lines).is_err());
}
