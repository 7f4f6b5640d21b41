//! What facts of owners settle of operations, what else a specification refuses, and which algorithm decides.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own history has failed"
)]

use std::sync::Arc;

use testimony::check::Check;
use testimony::check::config::EffectEntry;
use testimony::check::linear::{AnySpec, SpecCheck, SpecOptions};
use testimony::check_history;
use testimony::history::{History, Spot, Value};
use testimony::specs::cas_register::CasRegister;
use testimony::specs::kv::Kv;
use testimony::specs::register::Register;
use testimony::verdict::{Judgement, Verdict};

/// The store's facts named `applied` show what each operation of this name did, by intent.
fn recorded(operation: &str) -> EffectEntry {
    EffectEntry {
        name: operation.to_owned(),
        operations: vec![operation.to_owned()],
        facts: vec!["applied".to_owned()],
        owner: Some(Value::from("store")),
        same: vec!["intent".to_owned()],
        is_complete: true,
        spot: Spot::default(),
    }
}

/// A line of somebody: kind, name, value, intent.
fn line(process: &str, (kind, f, value): (&str, &str, &str), intent: u32) -> String {
    format!(
        "{{\"process\": \"{process}\", \"type\": \"{kind}\", \"f\": \"{f}\", \"value\": {value}, \"intent\": {intent}}}\n"
    )
}

fn judgement(check: SpecCheck, lines: &str) -> Judgement {
    let history = History::parse(lines).unwrap();
    let session = check_history(history).check(Arc::new(check));
    session.judge().unwrap().findings.remove(0).judgement
}

fn beside_facts(spec: impl Into<AnySpec>, operation: &str, lines: &str) -> Judgement {
    let check = SpecCheck::new("it", spec.into(), SpecOptions::default());
    judgement(check.with_effects([recorded(operation)].into()), lines)
}

#[test]
fn outcomes_that_were_settled_are_counted() {
    let invoke = |process, intent| line(process, ("invoke", "write", "1"), intent);
    let applied = |intent| line("store", ("fact", "applied", "1"), intent);
    let answered = invoke("a", 1) + &applied(1) + &line("a", ("ok", "write", "null"), 1);
    let took_effect = invoke("b", 2) + &applied(2);
    let judged = |lines: &str| beside_facts(Register::default(), "write", lines).notes;
    assert!(judged(&answered).is_empty());
    let one = "facts of owners settled 1 unknown outcome: 1 took effect, 0 had none";
    assert_eq!(judged(&(answered.clone() + &took_effect)), [one]);
    let both = answered + &took_effect + &invoke("c", 3);
    let two = "facts of owners settled 2 unknown outcomes: 1 took effect, 1 had none";
    assert_eq!(judged(&both), [two]);
}

#[test]
fn a_silence_that_an_answer_contradicts_is_set_aside() {
    let lines = line("a", ("invoke", "write", "1"), 1) + &line("a", ("ok", "write", "null"), 1);
    let judgement = beside_facts(Register::default(), "write", &lines);
    assert_eq!(judgement.verdict, Verdict::Kept);
    assert_eq!(
        judgement.notes,
        [
            "`write 1` → null (line 2) was answered, and a record that is said to be complete does not show it: its silence was set aside"
        ]
    );
}

#[test]
fn a_fact_does_not_say_what_a_swap_found() {
    let read = line("b", ("invoke", "read", "null"), 7) + &line("b", ("ok", "read", "1"), 7);
    let write = line("b", ("invoke", "write", "1"), 8) + &line("b", ("ok", "write", "null"), 8);
    let swap = line("a", ("invoke", "cas", "[1, 2]"), 1);
    let lines = write + &swap + &line("store", ("fact", "applied", "2"), 1) + &read;
    let judgement = beside_facts(CasRegister::default(), "cas", &lines);
    assert_eq!(judgement.verdict, Verdict::Kept);
}

#[test]
fn each_key_of_a_store_is_decided_by_a_special_algorithm() {
    let put = |key: &str| line("a", ("invoke", "put", key), 1) + &line("a", ("ok", "put", key), 1);
    let methods = |lines: &str| {
        let check = SpecCheck::new("kv", Kv::default().into(), SpecOptions::default());
        judgement(check, lines).methods
    };
    let zones = "decided by a special algorithm, zones";
    assert_eq!(methods(&put("[\"x\", 1]")), [format!("x: {zones}")]);
    let two = put("[\"x\", 1]") + &put("[\"y\", 1]");
    assert_eq!(methods(&two), [format!("2 objects: {zones}")]);
}

#[test]
fn what_is_refused_is_named_with_its_place() {
    let register = || AnySpec::of(Register::default());
    let check = SpecCheck::new("register", register(), SpecOptions::default());
    let check = check.beside("cas-register", &AnySpec::of(CasRegister::default()));
    let objections = |lines: &str| {
        let history = History::parse(lines).unwrap();
        let objections = check.objections(&history);
        let place = |objection: testimony::check::Objection| {
            (history.event(objection.event).place.line, objection.says)
        };
        objections.into_iter().map(place).collect::<Vec<_>>()
    };
    let write = line("a", ("invoke", "write", "1"), 1) + &line("a", ("ok", "write", "null"), 1);
    assert!(objections(&write).is_empty());
    let swap = line("a", ("invoke", "cas", "[1, 2]"), 2) + &line("a", ("ok", "cas", "null"), 2);
    let foreign = (3, "`cas` is none of its operations".to_owned());
    assert_eq!(objections(&(write.clone() + &swap)), [foreign]);
    // A specification with the same operations would not know it either.
    let twin = SpecCheck::new("register", register(), SpecOptions::default());
    let twin = twin.beside("register", &register());
    let history = History::parse(&(write.clone() + &swap)).unwrap();
    assert!(twin.objections(&history).is_empty());
    // No swap, but a number.
    let swapping = SpecCheck::new("it", CasRegister::default().into(), SpecOptions::default());
    let history = History::parse(&(write + &swap.replace("[1, 2]", "7"))).unwrap();
    let misread = swapping.objections(&history);
    assert_eq!(misread.len(), 1);
    assert_eq!(history.event(misread[0].event).place.line, 3);
    // An invocation must say its key; an answer need not.
    let options = SpecOptions {
        by_key: true,
        ..SpecOptions::default()
    };
    let by_key = SpecCheck::new("it", register(), options);
    let keyed = line("a", ("invoke", "read", "[\"k\"]"), 1) + &line("a", ("ok", "read", "null"), 1);
    let keyless = line("b", ("invoke", "read", "null"), 2);
    let history = History::parse(&(keyed + &keyless)).unwrap();
    let refused = by_key.objections(&history);
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].says, "`read` does not say its key");
    assert_eq!(history.event(refused[0].event).place.line, 3);
}
