//! A case's promise as the library knows it.

use testimony::check::catalog::Parameters;
use testimony::check::promise::PromiseCheck;
use testimony::history::Value;

use super::worlds::{Case, Per, Vow};

fn names(words: &[&str]) -> Value {
    Value::from(
        words
            .iter()
            .map(|word| Value::from(*word))
            .collect::<Vec<Value>>(),
    )
}

/// The promise that the library makes of a case.
pub(crate) fn check(kind: &str, case: &Case) -> PromiseCheck {
    let per = match case.per {
        Per::Order => Value::from("order"),
        Per::OrderAndPart => names(&["order", "line.part"]),
        Per::Intent => Value::from("intent"),
    };
    let words = |words: [&str; 2]| names(&words[..case.names]);
    let mut given = Vec::new();
    let mut give = |name: &str, value: Value| given.push((name.to_owned(), value));
    match case.vow {
        Vow::AtMostOnce {
            times,
            is_recognising,
        } => {
            give("effect", words(["charge", "bill"]));
            give("per", per);
            give("times", Value::from(i64::from(times)));
            if is_recognising {
                give("recognised-by", Value::from("who"));
            }
        }
        Vow::Exclusive { capacity, is_named } => {
            give("resource", per);
            give("acquire", words(["hold", "lease"]));
            give("release", words(["release", "expire"]));
            give("capacity", Value::from(i64::from(capacity)));
            if is_named {
                give("held-by", Value::from("who"));
            }
        }
        Vow::OnlyAfter => {
            give("effect", words(["ship", "send"]));
            give("first", words(["pay", "grant"]));
            give("per", per);
        }
    }
    let catalog = testimony::specs::all();
    let entry = catalog.promises.iter().find(|entry| entry.name == kind);
    let mut parameters = Parameters::new(given);
    let promise = (entry.expect("a built-in kind").build)(&mut parameters);
    assert!(
        parameters.leftover().0.is_empty(),
        "each parameter is known"
    );
    PromiseCheck::new(kind, kind, promise.expect("right parameters"))
}
