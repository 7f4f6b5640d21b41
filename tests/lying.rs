//! A specification may say that its operations are those of a register or of a queue, and step otherwise: its steps count.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own history has failed"
)]

mod lines;

use std::panic::catch_unwind;

use lines::done;
use testimony::check::linear::{Act, Family, Rules, SpecOptions};
use testimony::check_history;
use testimony::history::{History, Verdict};
use testimony::prelude::*;

/// What it is in truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lying {
    /// A register that keeps the greatest value.
    Greatest,
    /// A queue from which the newest leaves first.
    NewestFirst,
    /// A queue that holds 9 as soon as it was found empty.
    Refilling,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Call {
    Write(Value),
    Read,
    Enqueue(Value),
    Dequeue,
}

impl Spec for Lying {
    type State = Vec<Value>;
    type Call = Call;
    type Reply = Value;

    fn initial(&self) -> Vec<Value> {
        match self {
            Self::Greatest => vec![Value::from(0)],
            Self::NewestFirst | Self::Refilling => Vec::new(),
        }
    }

    fn step(
        &self,
        held: &Vec<Value>,
        call: &Call,
        reply: Option<&Value>,
    ) -> impl IntoIterator<Item = Vec<Value>> {
        match call {
            Call::Write(value) => {
                let all = held.iter().chain([value]);
                let greatest = all.max_by_key(|value| value.as_int());
                Some(greatest.into_iter().cloned().collect())
            }
            Call::Read => (reply == held.first()).then(|| held.clone()),
            Call::Enqueue(value) => Some([held.as_slice(), std::slice::from_ref(value)].concat()),
            Call::Dequeue if held.is_empty() => {
                let refilled = match self {
                    Self::Refilling => vec![Value::from(9)],
                    _ => Vec::new(),
                };
                reply.is_some_and(Value::is_null).then_some(refilled)
            }
            Call::Dequeue => {
                let mut left = held.clone();
                let taken = match self {
                    Self::NewestFirst => left.pop(),
                    _ => Some(left.remove(0)),
                };
                (reply == taken.as_ref()).then_some(left)
            }
        }
    }

    fn family(&self, _object: Option<&Value>) -> Option<Family> {
        Some(match self {
            Self::Greatest => Family::Register {
                initial: Value::from(0),
            },
            _ => Family::Queue {
                initial: Vec::new(),
            },
        })
    }

    fn act<'v>(&self, call: &'v Call, reply: Option<&'v Value>) -> Option<Act<'v>> {
        match call {
            Call::Write(value) => Some(Act::Write(value)),
            Call::Read => reply.map(Act::Read),
            Call::Enqueue(value) => Some(Act::Insert(value)),
            Call::Dequeue => Some(match reply {
                Some(Value::Null) => Act::FoundEmpty,
                taken => Act::Take(taken),
            }),
        }
    }
}

/// The operations of one participant, each over before the next.
fn verdict(spec: Lying, operations: &[(&str, &str, &str)], rules: Rules) -> Verdict {
    let lines = operations.iter();
    let lines = lines.map(|(f, input, answer)| done("0", f, (input, answer)));
    let history = History::parse(&lines.collect::<String>()).unwrap();
    let options = SpecOptions {
        rules,
        ..SpecOptions::default()
    };
    let session = check_history(history).spec_with("lying", spec, options);
    session.judge().unwrap().findings[0].judgement.verdict
}

/// Operations with their inputs and answers, and what the steps say of them.
type Lie = (
    Lying,
    &'static [(&'static str, &'static str, &'static str)],
    Verdict,
);

/// The acts say the opposite. Those of the first three are nothing that keeps the special algorithms away: no value is written again,
/// and what breaks it breaks it alone.
const LIES: [Lie; 6] = [
    (
        Lying::NewestFirst,
        &[
            ("enqueue", "1", "1"),
            ("enqueue", "2", "2"),
            ("dequeue", "null", "1"),
        ],
        Verdict::Broken,
    ),
    (
        Lying::NewestFirst,
        &[
            ("enqueue", "1", "1"),
            ("enqueue", "2", "2"),
            ("dequeue", "null", "2"),
        ],
        Verdict::Kept,
    ),
    (
        Lying::Refilling,
        &[("dequeue", "null", "null"), ("dequeue", "null", "null")],
        Verdict::Broken,
    ),
    (
        Lying::Refilling,
        &[("dequeue", "null", "null"), ("dequeue", "null", "9")],
        Verdict::Kept,
    ),
    (
        Lying::Greatest,
        &[
            ("write", "1", "1"),
            ("write", "3", "3"),
            ("write", "1", "1"),
            ("read", "null", "1"),
        ],
        Verdict::Broken,
    ),
    (
        Lying::Greatest,
        &[
            ("write", "1", "1"),
            ("write", "3", "3"),
            ("write", "1", "1"),
            ("read", "null", "3"),
        ],
        Verdict::Kept,
    ),
];

#[test]
fn the_search_heeds_the_steps() {
    let search = Rules {
        monitors: false,
        ..Rules::ALL
    };
    for (spec, operations, expected) in LIES {
        assert_eq!(
            verdict(spec, operations, search),
            expected,
            "{spec:?} {operations:?}"
        );
        assert_eq!(
            verdict(spec, operations, Rules::NONE),
            expected,
            "{spec:?} {operations:?}"
        );
    }
}

#[test]
fn what_a_special_algorithm_finds_is_held_to_the_steps() {
    let short = LIES[..3].iter();
    let short = short.map(|(spec, operations, expected)| (*spec, operations.to_vec(), *expected));
    // Long orders are replayed on several threads.
    let elements: Vec<String> = (1..=1_000).map(|element| element.to_string()).collect();
    let inserted = elements
        .iter()
        .map(|element| ("enqueue", element.as_str(), "null"));
    let removed = elements
        .iter()
        .map(|element| ("dequeue", "null", element.as_str()));
    let long = inserted.chain(removed).collect();
    for (spec, operations, expected) in short.chain([(Lying::NewestFirst, long, Verdict::Broken)]) {
        let judged = catch_unwind(|| verdict(spec, &operations, Rules::ALL));
        // Whoever tests a specification is told; elsewhere the search takes over.
        match cfg!(debug_assertions) {
            true => assert!(judged.is_err(), "{spec:?} {operations:?}"),
            false => assert_eq!(judged.unwrap(), expected, "{spec:?} {operations:?}"),
        }
    }
}
