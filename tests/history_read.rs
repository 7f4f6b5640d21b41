//! Reads histories in all their forms: what is there, and what belongs together.

use std::error::Error;

use testimony::history::{
    Completeness, EventId, EventKind, Faults, History, LineOrder, OnFault, Outcome, Verdict, View,
};

fn read(bytes: &[u8]) -> Result<History, Faults> {
    History::read("test", bytes.to_vec(), OnFault::Stop)
}

const REGISTER: &str = r#"{"history":1,"title":"t","source":"s","expect":{"linearizable:register":"kept"},"seed":42}
{"process":0,"type":"invoke","f":"write","value":7,"time":100}
{"process":"b","type":"invoke","f":"read","value":null}
{"process":0,"type":"ok","f":"write","value":7,"error":null,"index":2}
{"process":"b","type":"info"}
"#;

#[test]
fn a_register_history_has_its_operations_and_header() -> Result<(), Box<dyn Error>> {
    let history = read(REGISTER.as_bytes())?;
    assert_eq!(history.header().title.as_deref(), Some("t"));
    assert_eq!(history.header().complete, Completeness::Whole);
    let expect = [("linearizable:register".to_owned(), Verdict::Kept)];
    assert_eq!(history.header().expect, expect);
    assert_eq!(
        history.header().extras,
        [("seed".to_owned(), "42".to_owned())]
    );
    assert_eq!(history.line_order(), LineOrder::RealTime);
    assert_eq!(history.events().len(), 4);
    let (write, read) = (&history.operations()[0], &history.operations()[1]);
    assert_eq!(write.outcome, Outcome::Ok);
    assert_eq!(write.completion.map(|event| event.index()), Some(2));
    assert_eq!(read.outcome, Outcome::Unknown);
    let events = history.events();
    assert_eq!(history.time_ns(EventId::new(0)), Some(100));
    assert_eq!((events[0].place.line, events[1].place.line), (2, 3));
    assert!(matches!(
        events[1].value.map(|value| history.values().view(value)),
        Some(View::Null)
    ));
    // A completion without a name has its invocation's.
    assert_eq!(events[3].f.map(|name| history.name(name)), Some("read"));
    let third = history.event_ids().nth(2).ok_or("a third event")?;
    let kept = |name: &str, json: &str| (name.to_owned(), json.to_owned());
    assert_eq!(
        history.extras(third),
        [kept("error", "null"), kept("index", "2")]
    );
    assert!(
        history
            .event_text(third)
            .starts_with(r#"{"process":0,"type":"ok""#)
    );
    Ok(())
}

#[test]
fn all_forms_of_a_file_say_the_same() -> Result<(), Box<dyn Error>> {
    use std::io::Write as _;
    let plain = read(REGISTER.as_bytes())?;
    let array = format!(" [{}]\n", REGISTER.trim().replace('\n', ",\n\n  "));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(REGISTER.as_bytes())?;
    let forms = [
        array.into_bytes(),
        format!("\u{feff}{REGISTER}").into_bytes(),
        REGISTER.replace('\n', "\r\n").into_bytes(),
        format!("\n \n{}", REGISTER.replace('\n', "\n\n\t\n")).into_bytes(),
        REGISTER.trim_end().as_bytes().to_vec(),
        gzip.finish()?,
        zstd::encode_all(REGISTER.as_bytes(), 1)?,
    ];
    for form in forms {
        assert_eq!(read(&form)?.first_difference(&plain), None);
    }
    Ok(())
}

#[test]
fn messages_and_causes_may_stand_before_what_they_name() -> Result<(), Box<dyn Error>> {
    let history = read(
        br#"{"process":"b","type":"receive","msg":1,"from":"a"}
{"process":"a","type":"send","msg":1,"to":"b"}
{"process":"c","type":"receive","msg":1}
{"process":"d","type":"fact","f":"x","after":["op","fact"]}
{"process":"a","type":"invoke","f":"y","id":"op"}
{"process":"a","type":"ok"}
{"process":"a","type":"fact","f":"z","id":"fact"}
"#,
    )?;
    assert_eq!(history.line_order(), LineOrder::HappenedBefore);
    let messages: Vec<_> = history.messages().iter().collect();
    let pairs: Vec<_> = messages
        .iter()
        .map(|message| (message.send.index(), message.receive.index()))
        .collect();
    assert_eq!(pairs, [(1, 0), (1, 2)]);
    let causes: Vec<_> = history
        .causes()
        .iter()
        .map(|cause| cause.earlier.index())
        .collect();
    assert_eq!(causes, [5, 6]);
    Ok(())
}

#[test]
fn overlapping_operations_are_paired_by_their_ids() -> Result<(), Box<dyn Error>> {
    let history = read(
        br#"{"process":0,"type":"invoke","f":"a","id":1}
{"process":0,"type":"invoke","f":"b","id":2}
{"process":0,"type":"ok","id":1}
{"process":0,"type":"fail"}
{"process":0,"type":"invoke","f":"c","id":3}
{"process":0,"type":"info","id":3}
{"process":0,"type":"invoke","f":"d","id":4}
"#,
    )?;
    let outcomes: Vec<_> = history.operations().iter().map(|op| op.outcome).collect();
    assert_eq!(
        outcomes,
        [
            Outcome::Ok,
            Outcome::Failed,
            Outcome::Unknown,
            Outcome::Unknown
        ]
    );
    Ok(())
}

#[test]
fn what_a_nemesis_notes_is_no_operation() -> Result<(), Box<dyn Error>> {
    let history = read(
        br#"{"process":":nemesis","type":"info","f":"start","value":null}
{"process":":nemesis","type":"info","f":"start","value":["n1"]}
{"process":"nemesis","type":"invoke","f":"stop"}
{"process":"nemesis","type":"info","f":"stop"}
{"process":"nemesis","type":"invoke","f":"stop"}
"#,
    )?;
    assert_eq!(history.operations().len(), 2);
    assert_eq!(history.events()[0].kind, EventKind::Info);
    assert_eq!(history.events()[0].op, None);
    Ok(())
}

#[test]
fn nothing_is_a_history_without_events() -> Result<(), Box<dyn Error>> {
    for text in ["", "\n\n", "\u{feff}", "[]", " [ ] ", r#"{"history":1}"#] {
        assert_eq!(read(text.as_bytes())?.events().len(), 0, "{text:?}");
    }
    Ok(())
}

#[test]
fn an_event_may_have_a_field_named_history() -> Result<(), Box<dyn Error>> {
    let history = read(br#"{"process":0,"type":"fact","f":"a","history":1}"#)?;
    assert_eq!(history.events().len(), 1);
    let first = history.event_ids().next().ok_or("an event")?;
    assert_eq!(
        history.extras(first),
        [("history".to_owned(), "1".to_owned())]
    );
    Ok(())
}

#[test]
fn a_process_that_is_done_may_go_on_with_ids_and_facts() -> Result<(), Box<dyn Error>> {
    let history = read(
        br#"{"process":0,"type":"invoke","f":"a"}
{"process":0,"type":"info"}
{"process":0,"type":"fact","f":"noted"}
{"process":0,"type":"invoke","f":"b","id":"b"}
{"process":0,"type":"ok"}
"#,
    )?;
    let outcomes: Vec<_> = history.operations().iter().map(|op| op.outcome).collect();
    assert_eq!(outcomes, [Outcome::Unknown, Outcome::Ok]);
    Ok(())
}
