//! Which specifications rule out worlds of a promise, and which of their objects, in histories small enough to be read.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own history has failed"
)]

mod lines;

use lines::{done, line};
use testimony::check::linear::{Consistency, SpecOptions};
use testimony::check::session::Session;
use testimony::check_history;
use testimony::history::{History, Verdict};
use testimony::specs::mutex::Mutex;
use testimony::specs::only_after::OnlyAfter;
use testimony::specs::register::Register;

const PARTIAL: &str = r#""order": "happened-before""#;
const REAL_TIME: &str = r#""order": "real-time""#;

fn fact(process: &str, f: &str) -> String {
    line(process, "fact", f, "null")
}

/// "`then` only after `first`" over the lines behind a header.
fn only_after((then, first): (&str, &str), header: &str, lines: &str) -> Session {
    let text = format!("{{\"history\": 1, {header}}}\n{lines}");
    let history = History::parse(&text).unwrap();
    check_history(history).named_promise("paid", OnlyAfter::new(then, first))
}

/// What becomes of the promise, and why a specification rules out nothing.
fn assert_says(session: Session, verdict: Verdict, excuse: Option<&str>) {
    let judged = session.judge().unwrap();
    let judgement = judged.judgement("paid").unwrap();
    assert_eq!(judgement.verdict, verdict, "{judged}");
    let notes = judgement.notes.iter();
    let excuses: Vec<&String> = notes
        .filter(|note| note.contains("rules out no world"))
        .collect();
    match excuse {
        None => assert!(excuses.is_empty(), "{excuses:?}"),
        Some(why) => assert!(
            excuses.len() == 1 && excuses[0].ends_with(why),
            "{excuses:?}"
        ),
    }
}

/// One pays, then finds nothing written; one writes, then ships: whoever knows the register knows who came first.
fn paid_before_it_was_written() -> String {
    let read = done("p", "read", ("null", "null"));
    let write = done("q", "write", ("1", "null"));
    fact("p", "pay") + &read + &write + &fact("q", "ship")
}

/// The same of one register among several.
fn paid_before_its_key_was_written() -> String {
    let read = done("p", "read", ("[\"own\"]", "[\"own\", null]"));
    let write = done("q", "write", ("[\"own\", 1]", "null"));
    fact("p", "pay") + &read + &write + &fact("q", "ship")
}

/// Somebody reads another key so often.
fn reads_of_another_key(count: usize) -> String {
    done("r", "read", ("[\"other\"]", "[\"other\", null]")).repeat(count)
}

/// Nobody saw the write end, and a read shows that it took effect; then somebody ships.
fn shipped_after_an_unseen_write() -> String {
    let read = done("q", "read", ("null", "1"));
    line("p", "invoke", "write", "1") + &read + &fact("q", "ship")
}

fn beside_register(header: &str, lines: &str) -> Session {
    only_after(("ship", "pay"), header, lines).spec("register", Register::default())
}

fn of_keys(lines: &str) -> Session {
    only_after(("ship", "pay"), PARTIAL, lines)
}

/// A register for each key.
fn and_keys(session: Session) -> Session {
    let options = SpecOptions {
        by_key: true,
        ..SpecOptions::default()
    };
    session.spec_with("register", Register::default(), options)
}

#[test]
fn an_object_that_shares_only_time_with_the_effects_rules_out_worlds() {
    let lines = paid_before_it_was_written();
    let alone = only_after(("ship", "pay"), PARTIAL, &lines);
    assert_says(alone, Verdict::Undecided, None);
    assert_says(beside_register(PARTIAL, &lines), Verdict::Kept, None);
}

#[test]
fn an_object_beside_which_others_stand_rules_out_worlds() {
    let (own, other) = (paid_before_its_key_was_written(), reads_of_another_key(1));
    assert_says(
        and_keys(of_keys(&(own.clone() + &other))),
        Verdict::Kept,
        None,
    );
    let locked = done("s", "acquire", ("null", "null"));
    for lines in [locked.clone() + &own + &other, locked + &other + &own] {
        let before_a_mutex = and_keys(of_keys(&lines)).spec("mutex", Mutex);
        assert_says(before_a_mutex, Verdict::Kept, None);
        let behind_a_mutex = and_keys(of_keys(&lines).spec("mutex", Mutex));
        assert_says(behind_a_mutex, Verdict::Kept, None);
    }
}

#[test]
fn so_many_operations_are_looked_at() {
    let own = paid_before_its_key_was_written();
    let at_most = own.clone() + &reads_of_another_key(4_096 - 4);
    assert_says(and_keys(of_keys(&at_most)), Verdict::Kept, None);
    let one_more = own + &reads_of_another_key(4_096 - 3);
    assert_says(and_keys(of_keys(&one_more)), Verdict::Undecided, None);
}

#[test]
fn what_is_broken_itself_rules_out_nothing() {
    let lines = paid_before_it_was_written() + &done("r", "read", ("null", "2"));
    let session = beside_register(PARTIAL, &lines);
    assert_says(session, Verdict::Undecided, Some("it is itself broken"));
}

#[test]
fn what_speaks_of_another_order_rules_out_nothing() {
    let in_order = |consistency, (then, first), header, lines: &str| {
        let options = SpecOptions {
            consistency,
            ..SpecOptions::default()
        };
        let session = only_after((then, first), header, lines);
        session.spec_with("register", Register::default(), options)
    };
    let other = Some("it speaks of another order than promises do");
    let effects = ("ship", "pay");
    let lines = paid_before_it_was_written();
    let sequential = in_order(Consistency::Sequential, effects, PARTIAL, &lines);
    assert_says(sequential, Verdict::Undecided, other);
    let causal = in_order(Consistency::CausalOrder, effects, PARTIAL, &lines);
    assert_says(causal, Verdict::Kept, None);
    // Where one observer saw all lines, promises hold in the order of these.
    let effects = ("ship", "write");
    let lines = shipped_after_an_unseen_write();
    let causal = in_order(Consistency::CausalOrder, effects, REAL_TIME, &lines);
    assert_says(causal, Verdict::Undecided, other);
    let real_time = in_order(Consistency::Linearizable, effects, REAL_TIME, &lines);
    assert_says(real_time, Verdict::Kept, None);
}

#[test]
fn what_a_record_may_hide_is_not_relied_upon() {
    let hidden = Some("the record may hide operations that it speaks of");
    let lines = paid_before_it_was_written() + &done("s", "other", ("null", "null"));
    let of = |complete: &str, lines: &str| {
        let header = format!("{PARTIAL}, \"complete\": {complete}");
        beside_register(&header, lines)
    };
    assert_says(of("true", &lines), Verdict::Kept, None);
    assert_says(of("false", &lines), Verdict::Undecided, hidden);
    let both = r#"["p", "q"]"#;
    assert_says(of(both, &lines), Verdict::Kept, None);
    assert_says(of(r#"["p"]"#, &lines), Verdict::Undecided, hidden);
    assert_says(of(r#"["q"]"#, &lines), Verdict::Undecided, hidden);
    let nobody_writes =
        fact("p", "pay") + &done("p", "read", ("null", "null")) + &fact("q", "ship");
    assert_says(of(both, &nobody_writes), Verdict::Undecided, hidden);
}
