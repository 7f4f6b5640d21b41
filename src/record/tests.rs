//! What the recorder takes down, and that nothing of it is more certain than what was witnessed.

use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll, Waker};

use serde::{Deserialize, Serialize};

use crate::history::{Completeness, EventKind, History, LineOrder, OnFault, Outcome};

use super::{Journal, OpenOperation, RecordError, Recorder};

fn outcomes(recorder: &Recorder) -> Vec<Outcome> {
    let history = recorder.history().unwrap();
    let operations = history.operations().iter();
    operations.map(|operation| operation.outcome).collect()
}

/// The text of every event.
fn lines(recorder: &Recorder) -> Vec<String> {
    let history = recorder.history().unwrap();
    let events = history.event_ids();
    events
        .map(|event| history.event_text(event).to_owned())
        .collect()
}

#[test]
fn each_event_is_a_line_with_all_that_was_said() {
    let recorder = Recorder::new();
    let checkout = recorder.participant("checkout");
    let payment = recorder.participant("payment");
    let charge = checkout.for_intent("key-1").op("charge", &(781, 4.5));
    let message = checkout.send("payment");
    payment.receive(&message);
    payment.fact("charge", &BTreeMap::from([("order", 781)]));
    charge.ok(&"receipt-1");
    checkout.op("cancel", &781).fail("refused: shipped");
    checkout.op("cancel", &781).unknown("timed out");
    let expected = [
        r#"{"process":"checkout","type":"invoke","f":"charge","value":[781,4.5],"id":"op-1","intent":"key-1"}"#,
        r#"{"process":"checkout","type":"send","msg":"message-2","to":"payment"}"#,
        r#"{"process":"payment","type":"receive","msg":"message-2"}"#,
        r#"{"process":"payment","type":"fact","f":"charge","value":{"order":781}}"#,
        r#"{"process":"checkout","type":"ok","f":"charge","value":"receipt-1","id":"op-1"}"#,
        r#"{"process":"checkout","type":"invoke","f":"cancel","value":781,"id":"op-3"}"#,
        r#"{"process":"checkout","type":"fail","f":"cancel","id":"op-3","error":"refused: shipped"}"#,
        r#"{"process":"checkout","type":"invoke","f":"cancel","value":781,"id":"op-4"}"#,
        r#"{"process":"checkout","type":"info","f":"cancel","id":"op-4","error":"timed out"}"#,
    ];
    assert_eq!(lines(&recorder), expected);
    let history = recorder.history().unwrap();
    assert_eq!(history.line_order(), LineOrder::RealTime);
    assert_eq!(
        outcomes(&recorder),
        [Outcome::Ok, Outcome::Failed, Outcome::Unknown]
    );
}

#[test]
fn what_is_dropped_is_unknown_and_the_participant_goes_on() {
    let recorder = Recorder::new();
    let client = recorder.participant("client");
    drop(client.op("write", &1));
    client.op("write", &2).ok(&());
    // A crash that runs no destructor leaves no line at all.
    std::mem::forget(client.op("write", &3));
    client.op("write", &4).ok(&());
    assert_eq!(
        outcomes(&recorder),
        [Outcome::Unknown, Outcome::Ok, Outcome::Unknown, Outcome::Ok]
    );
    let dropped = r#"{"process":"client","type":"info","f":"write","id":"op-1","error":"dropped before an answer"}"#;
    assert_eq!(lines(&recorder)[1], dropped);
}

async fn call(journal: Journal, answer: impl Future<Output = u32>) -> u32 {
    let read = journal.op("read", &());
    let answer = answer.await;
    read.ok(&answer);
    answer
}

#[test]
fn a_cancelled_future_is_unknown_and_one_that_was_never_polled_did_nothing() {
    let recorder = Recorder::new();
    let client = recorder.participant("client");
    let mut context = Context::from_waker(Waker::noop());
    let mut waiting = Box::pin(call(client.clone(), pending()));
    assert_eq!(waiting.as_mut().poll(&mut context), Poll::Pending);
    assert_eq!(lines(&recorder).len(), 1);
    drop(waiting);
    let mut answered = Box::pin(call(client.clone(), std::future::ready(7)));
    assert_eq!(answered.as_mut().poll(&mut context), Poll::Ready(7));
    drop(call(client, pending()));
    assert_eq!(outcomes(&recorder), [Outcome::Unknown, Outcome::Ok]);
    assert_eq!(lines(&recorder).len(), 4);
}

#[test]
fn a_panic_is_unknown_and_the_record_goes_on() {
    let recorder = Recorder::new();
    let client = recorder.participant("client");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _write = client.op("write", &1);
        std::panic::resume_unwind(Box::new("the call panicked"));
    }));
    assert!(panicked.is_err());
    client.op("write", &2).ok(&());
    assert_eq!(outcomes(&recorder), [Outcome::Unknown, Outcome::Ok]);
    assert!(lines(&recorder)[1].contains(r#""error":"panicked""#));
}

#[test]
fn what_threads_do_stands_in_an_order_that_real_time_allows() {
    const THREADS: usize = 4;
    const EACH: usize = 200;
    let recorder = Recorder::new();
    let counter = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            // Two threads each are one participant.
            let journal = recorder.participant(&format!("client-{}", thread / 2));
            let counter = &counter;
            scope.spawn(move || {
                for _ in 0..EACH {
                    let increment = journal.op("append", &thread);
                    let offset = counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    increment.ok(&offset);
                }
            });
        }
    });
    let history = recorder.history().unwrap();
    assert_eq!(history.operations().len(), THREADS * EACH);
    // Whoever began after another had its answer got a greater offset.
    let mut greatest_answer = None;
    let mut before_invoke = BTreeMap::new();
    for event in history.events() {
        let operation = event.op.unwrap();
        if event.kind == EventKind::Invoke {
            before_invoke.insert(operation, greatest_answer);
        } else {
            let offset = history.values().to_value(event.value.unwrap()).as_int();
            assert!(offset > before_invoke[&operation]);
            greatest_answer = greatest_answer.max(offset);
        }
    }
}

/// Calls and facts as a service would name them.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Call {
    Read,
    Cas(u32, u32),
    ChargeOrder { order: u32 },
}

#[test]
fn an_enum_gives_the_name_and_reads_back() {
    let recorder = Recorder::new();
    let client = recorder.participant("client");
    let calls = [Call::Read, Call::Cas(3, 4), Call::ChargeOrder { order: 7 }];
    for call in &calls {
        client.op_of(call).ok(&());
    }
    client.fact_of(&calls[2]);
    let history = recorder.history().unwrap();
    let names: Vec<&str> = history.names().collect();
    assert_eq!(names, ["read", "cas", "charge-order"]);
    for (operation, call) in history.operations().iter().zip(&calls) {
        let invoke = history.event(operation.invoke);
        let name = history.name(invoke.f.unwrap());
        let read = history.values().decode_named(name, invoke.value);
        assert_eq!(&read.unwrap() as &Call, call);
    }
}

/// JSON has no keys that are pairs.
type Unreadable = BTreeMap<(i32, i32), i32>;
/// Something that a participant does with such a value.
type Act = fn(&Journal, &Unreadable);

#[test]
fn a_value_that_does_not_serialise_is_an_error_and_not_a_shorter_history() {
    let unreadable = Unreadable::from([((1, 2), 3)]);
    let cases: [(Act, &str); 5] = [
        (|client, value| client.op("write", value).ok(&1), "write"),
        (|client, value| client.op("read", &()).ok(value), "read"),
        (|client, value| client.fact("written", value), "written"),
        (|client, _| client.op_of(&(1, 2)).ok(&1), "(i32, i32)"),
        (|client, _| client.fact_of(&[1, 2, 3]), "[i32; 3]"),
    ];
    for (act, name) in cases {
        let recorder = Recorder::new();
        act(&recorder.participant("client"), &unreadable);
        let gap = match recorder.history() {
            Err(RecordError::Value(gap)) => gap,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!((&*gap.participant, &*gap.name), ("client", name));
        assert!(matches!(
            recorder.write_to(Vec::new()),
            Err(RecordError::Value(_))
        ));
    }
}

#[test]
fn what_the_format_refuses_is_bad_and_not_rounded() {
    let too_large = Recorder::new();
    let client = too_large.participant("client");
    client.op("write", &u128::MAX).ok(&());
    assert!(matches!(too_large.history(), Err(RecordError::Bad(_))));

    let never_sent = Recorder::new();
    never_sent
        .participant("payment")
        .receive("message-of-a-stranger");
    let error = never_sent.history().unwrap_err().to_string();
    assert!(error.contains("received but never sent"), "{error}");
}

#[test]
fn what_is_written_reads_back_with_its_header() {
    let recorder = Recorder::new()
        .title("a \"checkout\"")
        .source("seed 7")
        .complete_only(["payment"]);
    recorder.participant("payment").fact("charge", &781);
    let mut bytes = Vec::new();
    recorder.write_to(&mut bytes).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recorded.jsonl");
    recorder.write(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
    let history = History::read("recorded.jsonl", bytes, OnFault::Stop).unwrap();
    assert_eq!(history.header().title.as_deref(), Some("a \"checkout\""));
    assert_eq!(history.header().source.as_deref(), Some("seed 7"));
    assert!(matches!(&history.header().complete, Completeness::Only(whole) if whole.len() == 1));
    let nowhere = recorder.write(folder.path().join("no/such/folder.jsonl"));
    assert!(matches!(nowhere, Err(RecordError::File { .. })));
}

#[test]
fn merged_records_are_ordered_by_messages_alone() {
    let (shop, bank) = (Recorder::at("shop"), Recorder::at("bank"));
    let charge = shop.participant("checkout").op("charge", &781);
    let message = shop.participant("checkout").send("payment");
    let payment = bank.participant("payment");
    payment.receive(&message);
    payment.op("capture", &781).ok(&());
    charge.ok(&());
    shop.merge(&bank).unwrap();
    let history = shop.history().unwrap();
    assert_eq!(history.line_order(), LineOrder::HappenedBefore);
    assert_eq!(
        (history.operations().len(), history.messages().len()),
        (2, 1)
    );
    assert_eq!(history.processes().len(), 2);

    assert!(matches!(shop.merge(&shop), Err(RecordError::SharedSite)));
    let branch = Recorder::at("branch");
    branch.participant("payment").fact("charge", &782);
    let error = shop.merge(&branch).unwrap_err();
    assert!(matches!(error, RecordError::SharedParticipant(name) if name == "payment"));
}

#[test]
fn a_merged_record_is_no_more_whole_than_its_parts() {
    let part = |site, name| {
        let recorder = Recorder::at(site);
        recorder.participant(name).fact("charge", &781);
        recorder
    };
    let complete = |one: Recorder, two: Recorder| {
        one.merge(&two).unwrap();
        let history = one.history().unwrap();
        match &history.header().complete {
            Completeness::Whole => "all".to_owned(),
            Completeness::InPart => "nobody".to_owned(),
            Completeness::Only(whole) => {
                let names = whole.iter().map(|name| history.plain(*name));
                names.collect::<Vec<String>>().join(" ")
            }
        }
    };
    let all = || part("1", "a");
    let other = || part("2", "b");
    assert_eq!(complete(all(), other()), "all");
    assert_eq!(complete(all(), other().incomplete()), "nobody");
    assert_eq!(complete(all().incomplete(), other()), "nobody");
    assert_eq!(complete(all(), other().complete_only(["c"])), "a c");
    assert_eq!(complete(all().complete_only(["c"]), other()), "b c");
    let (one, two) = (all().complete_only(["c"]), other().complete_only(["d"]));
    assert_eq!(complete(one, two), "c d");
}

#[test]
fn a_value_that_cannot_be_recorded_is_missed_after_a_merge() {
    let (shop, bank) = (Recorder::at("shop"), Recorder::at("bank"));
    let unreadable = BTreeMap::from([((1, 2), 3)]);
    bank.participant("payment").fact("charge", &unreadable);
    shop.merge(&bank).unwrap();
    assert!(matches!(shop.history(), Err(RecordError::Value(_))));
}

#[test]
fn everything_may_be_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Recorder>();
    shared::<Journal>();
    shared::<OpenOperation>();
}
