//! Compiles `specs/` as somebody else's crate would, with nothing but `testimony::prelude::*`.
//!
//! An integration test is a crate of its own, so a file that needs more than the prelude does not compile
//! here. The unit tests of the files run here once more.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files has failed"
)]

use std::collections::BTreeSet;
use std::path::Path;

use testimony::history::Values;
use testimony::prelude::*;

#[path = "../specs/mod.rs"]
pub mod specs;

/// Name and page of everything in a catalog.
fn pages(catalog: &Catalog) -> Vec<(&'static str, &'static str)> {
    let specs = catalog.specs.iter().map(|entry| (entry.name, entry.page));
    specs
        .chain(
            catalog
                .promises
                .iter()
                .map(|entry| (entry.name, entry.page)),
        )
        .collect()
}

/// The source files of `specs/`: the name that each must have, and its text.
fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|extension| extension == "rs") && stem != "mod" {
            files.push((
                stem.replace('_', "-"),
                std::fs::read_to_string(&path).unwrap(),
            ));
        }
    }
    files.sort_unstable();
    files
}

#[test]
fn a_copy_of_the_folder_is_the_same_catalog() {
    assert_eq!(pages(&specs::all()), pages(&testimony::specs::all()));
}

#[test]
fn the_catalog_has_the_contracts_names_in_its_order() {
    let catalog = specs::all();
    let names: Vec<&str> = catalog.specs.iter().map(|entry| entry.name).collect();
    let expected = "register cas-register strict-cas-register counter set queue stack \
        priority-queue mutex owned-mutex fenced-lock semaphore kv log multi-register";
    assert_eq!(names.join(" "), expected);
    let kinds: Vec<&str> = catalog.promises.iter().map(|entry| entry.name).collect();
    let is_unique = kinds.iter().collect::<BTreeSet<_>>().len() == kinds.len();
    assert!(is_unique, "{kinds:?}");
}

#[test]
fn every_file_is_registered_under_its_own_name_with_its_own_page() {
    let catalog = specs::all();
    let mut registered: Vec<(String, String)> = pages(&catalog)
        .into_iter()
        .map(|(name, page)| (name.to_owned(), page.to_owned()))
        .collect();
    registered.sort_unstable();
    let names = |pages: &[(String, String)]| -> Vec<String> {
        pages.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&registered), names(&files()));
    assert_eq!(registered, files(), "an entry's page is its own file");
}

#[test]
fn every_page_begins_with_one_sentence() {
    for (name, text) in files() {
        let mut lines = text.lines();
        let first = lines.next().unwrap();
        let sentence = first
            .strip_prefix("//! ")
            .unwrap_or_else(|| panic!("{name}: {first}"));
        assert!(sentence.ends_with('.'), "{name}: {sentence}");
        assert!(
            !sentence.contains(". "),
            "{name} begins with one sentence: {sentence}"
        );
        assert!(first.chars().count() <= 110, "{name}: {sentence}");
        assert_eq!(
            lines.next(),
            Some("//!"),
            "{name}: its first sentence stands alone"
        );
    }
}

#[test]
fn every_page_has_its_sections() {
    let catalog = specs::all();
    let of_spec = [
        "Operations",
        "Parameters",
        "Unknown outcomes",
        "Example",
        "Which one to use",
    ];
    let of_promise = [
        "What it says",
        "Why systems break it",
        "A history that breaks it",
        "How to repair such a system",
        "Source",
    ];
    let specs = catalog
        .specs
        .iter()
        .map(|entry| (entry.name, entry.page, of_spec));
    let promises = catalog
        .promises
        .iter()
        .map(|entry| (entry.name, entry.page, of_promise));
    for (name, page, sections) in specs.chain(promises) {
        for section in sections {
            assert!(
                page.contains(&format!("\n//! # {section}\n")),
                "{name}: # {section}"
            );
        }
    }
}

#[test]
fn every_specification_and_no_promise_builds_without_parameters() {
    for entry in specs::all().specs {
        assert!(
            (entry.build)(&mut Parameters::default()).is_ok(),
            "{}",
            entry.name
        );
    }
    for entry in specs::all().promises {
        assert!(
            (entry.build)(&mut Parameters::default()).is_err(),
            "{}",
            entry.name
        );
    }
}

#[test]
fn every_specification_with_a_value_takes_its_initial_one() {
    let lists = ["set", "queue", "stack", "priority-queue", "log"];
    let none = ["mutex", "owned-mutex", "semaphore"];
    for entry in specs::all().specs {
        let given = if lists.contains(&entry.name) {
            Value::from(vec![Value::from(1)])
        } else {
            Value::from(1)
        };
        let mut parameters = Parameters::new([("initial".to_owned(), given)]);
        assert!((entry.build)(&mut parameters).is_ok(), "{}", entry.name);
        assert_eq!(
            !parameters.leftover().0.is_empty(),
            none.contains(&entry.name),
            "{}",
            entry.name
        );
    }
}

/// Reads an operation or an answer as a history's reader does: by name, from JSON.
fn read<T: for<'de> Deserialize<'de> + std::fmt::Debug>(name: &str, json: &str) -> String {
    let mut values = Values::default();
    let value: Value = serde_json::from_str(json).unwrap();
    let value = values.value(&value);
    match values.decode_named::<T>(name, Some(value)) {
        Ok(words) => format!("{words:?}"),
        Err(error) => format!("error: {error}"),
    }
}

/// What each specification reads, and what it says of what it does not: `f`, value, what was read.
type Table<'t> = &'t [(&'t str, &'t str, &'t str)];

fn assert_reads<T: for<'de> Deserialize<'de> + std::fmt::Debug>(table: Table<'_>) {
    for (name, json, expected) in table {
        let found = read::<T>(name, json);
        assert!(
            found.starts_with(expected),
            "{name} {json}\n found: {found}\n expected: {expected}"
        );
    }
}

#[test]
fn registers_read_what_histories_say() {
    assert_reads::<specs::register::RegisterCall>(&[
        ("read", "null", "Read"),
        ("read", "7", "Read"),
        ("write", "[1]", "Write(Array([Int(1)]))"),
        ("write", "null", "Write(Null)"),
        ("cas", "[1,2]", "error: unknown variant `cas`"),
    ]);
    assert_reads::<specs::cas_register::CasRegisterCall>(&[
        ("cas", "[1,null]", "Cas(Int(1), Null)"),
        ("cas", "[1]", "error: invalid length 1"),
        ("cas", "[1,2,3]", "error: invalid length 3"),
        ("cas", "5", "error: invalid type"),
    ]);
    assert_reads::<specs::strict_cas_register::StrictCasRegisterReply>(&[
        ("read", "3", "Read(Int(3))"),
        ("write", "3", "Write"),
        ("cas", "[1,2]", "Cas"),
        ("refused", "null", "error: unknown variant `refused`"),
    ]);
    assert_reads::<specs::counter::CounterCall>(&[
        ("add", "-2", "Add(-2)"),
        ("add", "1.5", "error: invalid type"),
        ("add", "null", "error: invalid type"),
    ]);
    assert_reads::<specs::counter::CounterReply>(&[
        ("add", "\"done\"", "Add"),
        ("read", "4", "Read(4)"),
        ("read", "null", "error: invalid type"),
    ]);
    assert_reads::<specs::kv::KvCall>(&[
        ("get", "[\"x\",null]", "Get(Key(Str(\"x\")))"),
        ("get", "[\"x\"]", "Get(Key(Str(\"x\")))"),
        ("get", "\"x\"", "error: invalid type"),
        ("put", "[1,null]", "Put(Int(1), Null)"),
        ("append", "[\"x\",\"a\"]", "Append(Str(\"x\"), \"a\")"),
        ("append", "[\"x\",5]", "error: invalid type"),
        ("cas", "[\"x\",[1,2]]", "Cas(Str(\"x\"), (Int(1), Int(2)))"),
        ("delete", "[\"x\"]", "Delete(Key(Str(\"x\")))"),
        (
            "delete",
            "[\"x\",1]",
            "error: expected [key] or [key, null], found [\"x\",1]",
        ),
    ]);
    assert_reads::<specs::kv::KvReply>(&[
        ("get", "[\"x\",null]", "Get(Str(\"x\"), Null)"),
        ("put", "[\"x\",1]", "Put"),
        ("delete", "null", "Delete"),
    ]);
    assert_reads::<specs::multi_register::MultiRegisterCall>(&[
        (
            "txn",
            "[[\"r\",\"x\",null]]",
            "Txn([Micro(Read, Str(\"x\"), Null)])",
        ),
        (
            "txn",
            "[[\"write\",1,2]]",
            "Txn([Micro(Write, Int(1), Int(2))])",
        ),
        ("txn", "[]", "Txn([])"),
        (
            "txn",
            "[[\"append\",1,2]]",
            "error: unknown variant `append`",
        ),
        ("txn", "[[\"r\",1]]", "error: invalid length 2"),
    ]);
}

#[test]
fn collections_read_what_histories_say() {
    assert_reads::<specs::set::SetReply>(&[
        ("contains", "[\"x\",true]", "Contains(Str(\"x\"), true)"),
        ("contains", "true", "error: invalid type"),
        ("read", "[2,1]", "Read(Elements([Int(1), Int(2)]))"),
        ("read", "null", "error: invalid type"),
        ("remove", "5", "Remove"),
    ]);
    let no_null = "error: must not hold null";
    assert_reads::<specs::queue::QueueCall>(&[
        ("enqueue", "5", "Enqueue(Element(Int(5)))"),
        ("enqueue", "null", no_null),
        ("dequeue", "null", "Dequeue"),
    ]);
    assert_reads::<specs::stack::StackCall>(&[
        ("push", "5", "Push(Element(Int(5)))"),
        ("push", "null", no_null),
        ("pop", "null", "Pop"),
    ]);
    assert_reads::<specs::priority_queue::PriorityQueueCall>(&[
        (
            "insert",
            "[1,\"a\"]",
            "Insert(Element(Array([Int(1), Str(\"a\")])))",
        ),
        ("insert", "null", no_null),
        ("remove-max", "null", "RemoveMax"),
    ]);
    assert_reads::<specs::log::LogCall>(&[
        ("append", "null", "Append(Null)"),
        ("read", "1", "Read"),
    ]);
    assert_reads::<specs::log::LogReply>(&[
        ("append", "0", "Append(Some(0))"),
        ("append", "null", "Append(None)"),
        ("append", "\"a\"", "error: invalid type"),
        ("read", "[1,1]", "Read([Int(1), Int(1)])"),
    ]);
}

#[test]
fn locks_read_what_histories_say() {
    assert_reads::<specs::mutex::MutexCall>(&[
        ("acquire", "null", "Acquire"),
        ("release", "\"lock-1\"", "Release"),
    ]);
    assert_reads::<specs::owned_mutex::OwnedMutexCall>(&[
        ("acquire", "null", "Acquire(Null)"),
        ("release", "7", "Release(Null)"),
    ]);
    assert_reads::<specs::fenced_lock::FencedLockReply>(&[
        ("acquire", "34", "Acquire(34)"),
        ("acquire", "null", "error: invalid type"),
        ("release", "34", "Release"),
    ]);
    assert_reads::<specs::semaphore::SemaphoreCall>(&[
        ("acquire", "null", "Acquire(None)"),
        ("acquire", "2", "Acquire(Some(2))"),
        ("release", "-1", "error: invalid value"),
    ]);
}
