//! A specification may allow several states behind one answer.

#![expect(clippy::expect_used, reason = "a test that makes nonsense has failed")]

mod lines;

use lines::done;
use testimony::check_history;
use testimony::history::History;
use testimony::prelude::*;

/// A register that may lose a write without telling.
#[derive(Debug)]
struct Lossy;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Call {
    Write(Value),
    Read,
}

impl Spec for Lossy {
    type State = Value;
    type Call = Call;
    type Reply = Value;

    fn initial(&self) -> Value {
        Value::Null
    }

    fn step(
        &self,
        state: &Value,
        call: &Call,
        reply: Option<&Value>,
    ) -> impl IntoIterator<Item = Value> {
        match call {
            Call::Write(value) => vec![value.clone(), state.clone()],
            Call::Read if reply.is_some_and(|seen| seen != state) => Vec::new(),
            Call::Read => vec![state.clone()],
        }
    }
}

/// One participant's operations, each over before the next.
fn history(operations: &[(&str, &str, &str)]) -> History {
    let lines = operations.iter();
    let lines = lines.map(|(f, input, answer)| done("0", f, (input, answer)));
    History::parse(&lines.collect::<String>()).expect("a history that reads")
}

#[test]
fn a_state_that_is_still_to_be_tried_elsewhere_is_tried_here_too() {
    let judged = |last: &str| {
        let told = [
            ("write", "1", "1"),
            ("read", "null", "1"),
            ("write", "null", "null"),
            ("read", "null", last),
        ];
        check_history(history(&told)).spec("lossy", Lossy)
    };
    judged("null").assert_kept();
    judged("1").assert_kept();
    judged("2").assert_broken();
}

#[test]
fn each_state_that_is_possible_is_told_once() {
    let told = [
        ("write", "1", "1"),
        ("write", "null", "null"),
        ("read", "null", "2"),
    ];
    let session = check_history(history(&told)).spec("lossy", Lossy);
    let judged = session.judge().expect("a history that can be judged");
    let violation = &judged.findings[0].judgement.violations[0];
    let dead_end = violation.dead_end.as_ref().expect("a short history");
    let (refused, reason) = &dead_end.refused[0];
    assert_eq!(refused.index(), 2);
    assert_eq!(reason, "the state is Null, or the state is Int(1)");
}
