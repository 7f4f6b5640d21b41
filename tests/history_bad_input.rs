//! Every kind of bad input is refused with its place, the line and what was expected.
//!
//! One file a kind in `tests/bad_input`; the snapshots hold what a reader says of all of them.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use testimony::history::{
    EventDraft, EventKind, FaultKind, Faults, History, HistoryBuilder, OnFault,
};

/// The files in the order of their names.
fn files() -> Result<Vec<PathBuf>, std::io::Error> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bad_input");
    let entries = fs::read_dir(folder)?;
    let paths: Result<Vec<PathBuf>, std::io::Error> =
        entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths?;
    paths.sort();
    Ok(paths)
}

/// What is wrong with each file, under its name.
fn all_faults(on_fault: OnFault) -> Result<Vec<(String, Faults)>, Box<dyn Error>> {
    let mut all = Vec::new();
    for path in files()? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        match History::read(&name, fs::read(&path)?, on_fault) {
            Ok(_) => return Err(format!("{name} is read as if nothing were wrong").into()),
            Err(faults) => all.push((name.into_owned(), faults)),
        }
    }
    Ok(all)
}

#[test]
fn each_kind_of_bad_input_has_its_message() -> Result<(), Box<dyn Error>> {
    let mut messages = String::new();
    for (name, faults) in all_faults(OnFault::Stop)? {
        assert_eq!(faults.list.len(), 1, "{name}: the first fault only");
        writeln!(messages, "{faults}\n")?;
    }
    insta::assert_snapshot!(messages);
    Ok(())
}

#[test]
fn keep_going_reports_what_else_is_wrong() -> Result<(), Box<dyn Error>> {
    let mut messages = String::new();
    for (_, faults) in all_faults(OnFault::KeepGoing)? {
        if faults.list.len() > 1 {
            writeln!(messages, "{faults}\n")?;
        }
    }
    insta::assert_snapshot!(messages);
    Ok(())
}

#[test]
fn the_first_fault_is_also_the_first_of_all() -> Result<(), Box<dyn Error>> {
    let (first, all) = (all_faults(OnFault::Stop)?, all_faults(OnFault::KeepGoing)?);
    for ((name, first), (_, all)) in first.iter().zip(&all) {
        assert_eq!(first.list[0], all.list[0], "{name}");
    }
    Ok(())
}

#[test]
fn every_place_lies_in_the_text() -> Result<(), Box<dyn Error>> {
    for (name, faults) in all_faults(OnFault::KeepGoing)? {
        for fault in &faults.list {
            let related = fault.related.iter().map(|(_, spot)| spot);
            for spot in related.chain([&fault.at]) {
                assert!(
                    faults.text.get(spot.span.clone()).is_some(),
                    "{name}: {spot:?}"
                );
                assert!(spot.line >= 1 && spot.column >= 1, "{name}: {spot:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn a_flood_of_faults_is_counted() -> Result<(), Box<dyn Error>> {
    let floods = [
        "{\"process\":0,\"type\":\"ok\"}\n",
        "nonsense\n",
        "{\"process\":0,\"type\":\"receive\",\"msg\":0}\n",
        "{\"process\":0,\"type\":\"fact\",\"f\":\"a\",\"after\":[1]}\n",
    ];
    for line in floods {
        let read = History::read("flood", line.repeat(5000).into_bytes(), OnFault::KeepGoing);
        let faults = read.err().ok_or("it was read")?;
        assert_eq!(
            (faults.list.len(), faults.more),
            (Faults::LIST_MAX, 4000),
            "{line}"
        );
        assert!(faults.to_string().ends_with("flood: 4000 more faults"));
    }
    Ok(())
}

#[test]
fn a_builder_keeps_the_same_rules() -> Result<(), Box<dyn Error>> {
    let mut builder = HistoryBuilder::new().path("built").title("a test");
    builder.invoke("client", "write", 7);
    builder.invoke("client", "read", 7);
    builder.push(EventDraft::new("client", EventKind::Fact).after(["nothing"]));
    builder.push(
        EventDraft::new("client", EventKind::Send)
            .msg(1)
            .extra("msg", 2),
    );
    let faults = builder.finish().err().ok_or("it was built")?;
    assert!(matches!(faults.list[0].kind, FaultKind::Busy(_)));
    insta::assert_snapshot!(faults);
    Ok(())
}

#[test]
fn later_stages_report_bad_input_in_the_same_form() -> Result<(), Box<dyn Error>> {
    let text = r#" {"process":"a","type":"fact","f":"x","id":1,"after":[2]}
{"process":"b","type":"fact","f":"y","id":2,"after":[1]}"#;
    let read = History::parse(text)?;
    let mut builder = HistoryBuilder::new().path("history");
    builder.push(
        EventDraft::new("a", EventKind::Fact)
            .f("x")
            .id(1)
            .after([2]),
    );
    builder.push(
        EventDraft::new("b", EventKind::Fact)
            .f("y")
            .id(2)
            .after([1]),
    );
    let events: Vec<_> = read.event_ids().collect();
    let related = [("which happens after this".to_owned(), events[1])];
    let expected = "causes that end somewhere";
    let report = |history: &History| {
        let faults = history.refuse(FaultKind::Cycle, events[0], &related, expected);
        faults.to_string()
    };
    let (of_read, of_built) = (report(&read), report(&builder.finish()?));
    assert_eq!(
        of_read.replace("1:2:", "1:1:").replace("     ", "    "),
        of_built
    );
    assert_eq!(read.spot(events[0]).column, 2);
    insta::assert_snapshot!(of_built);
    Ok(())
}
