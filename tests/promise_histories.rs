//! Judges each history of `histories/promises/` by the promise beside it: the verdict is the file's name.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files has failed"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use testimony::check::config::Config;
use testimony::check::{Budget, session};
use testimony::history::{History, Verdict};

/// The folders, each named after its kind.
fn folders() -> Vec<PathBuf> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("histories/promises");
    let entries = std::fs::read_dir(all).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = paths.filter(|path| path.is_dir()).collect();
    folders.sort_unstable();
    folders
}

#[test]
fn each_history_has_the_verdict_of_its_name() {
    for folder in folders() {
        let kind = folder.file_name().unwrap().to_str().unwrap();
        let path = folder.join("testimony.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let catalog = testimony::specs::all();
        let config = Config::parse(path.to_str().unwrap(), &text, &catalog)
            .unwrap_or_else(|faults| panic!("{faults}"));
        let [promise] = &config.promises[..] else {
            panic!("{kind}: one promise, and not {}", config.promises.len());
        };
        assert_eq!(promise.kind(), kind);
        for verdict in Verdict::ALL {
            let history =
                History::open(folder.join(format!("{}.jsonl", verdict.as_str()))).unwrap();
            let expected = [(promise.id().to_owned(), verdict)];
            assert_eq!(history.header().expect, expected, "{}", history.path());
            let checks = [Arc::new(promise.check.clone()) as _];
            let judged = session::judge(history, &checks, &Budget::default()).unwrap();
            assert!(judged.all_are(verdict), "{judged}");
        }
    }
}

/// A folder for each kind, so that none is without its three histories.
#[test]
fn each_kind_has_its_folder() {
    let mut kinds: Vec<&str> = testimony::specs::all()
        .promises
        .iter()
        .map(|entry| entry.name)
        .collect();
    kinds.sort_unstable();
    let folders = folders();
    let names: Vec<&str> = folders
        .iter()
        .map(|folder| folder.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(names, kinds);
}
