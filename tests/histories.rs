//! Every history that ships: its own expectations, and the whole matrix of specifications on histories.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use testimony::check::catalog::Parameters;
use testimony::check::config::Config;
use testimony::check::linear::{SpecCheck, SpecOptions};
use testimony::check::session;
use testimony::check::{Budget, Check};
use testimony::history::{History, Verdict};

/// Files with events, below `histories/`, sorted.
fn histories() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::from("histories")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "jsonl")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(
        found.len() > 100,
        "the histories are where they are looked for"
    );
    found
}

fn spec(text: &str) -> SpecCheck {
    let (name, parameters) = text.split_once(':').unwrap_or((text, ""));
    let given = parameters
        .split(',')
        .filter_map(|parameter| parameter.split_once('='));
    let given = given.map(|(name, value)| (name.to_owned(), serde_json::from_str(value).unwrap()));
    let catalog = testimony::specs::all();
    let entry = catalog
        .specs
        .iter()
        .find(|entry| entry.name == name)
        .unwrap();
    let built = (entry.build)(&mut Parameters::new(given)).unwrap();
    let check = SpecCheck::new(text, built, SpecOptions::default());
    let others = catalog
        .specs
        .iter()
        .filter_map(|other| Some((other.name, (other.build)(&mut Parameters::default()).ok()?)));
    others.fold(check, |check, (name, other)| check.beside(name, &other))
}

fn config(path: &Path) -> Option<Config> {
    let text = std::fs::read_to_string(path.with_file_name("testimony.toml")).ok()?;
    Some(Config::parse("testimony.toml", &text, &testimony::specs::all()).unwrap())
}

fn expected_check(path: &Path, id: &str) -> Arc<dyn Check> {
    let config = config(path);
    if let Some(name) = id.strip_prefix("linearizable:") {
        let effects = config.map(|config| config.effects).unwrap_or_default();
        return Arc::new(spec(name).with_effects(effects.into()));
    }
    Arc::new(config.unwrap().promise(id).unwrap().check.clone())
}

#[test]
fn every_history_gets_the_verdicts_that_its_header_expects() {
    let wrong: Vec<String> = histories()
        .par_iter()
        .flat_map_iter(|path| {
            let history = History::open(path).unwrap();
            let expect = history.header().expect.clone();
            assert!(!expect.is_empty(), "{} expects something", path.display());
            let checks: Vec<_> = expect
                .iter()
                .map(|(id, _)| expected_check(path, id))
                .collect();
            let judged = session::judge(history, &checks, &Budget::default()).unwrap();
            let found = judged.findings.into_iter().zip(expect);
            found
                .filter_map(|(finding, (id, expected))| {
                    let is_as_expected =
                        finding.judgement.judged() > 0 && finding.judgement.verdict == expected;
                    (!is_as_expected).then(|| {
                        format!("{}: {id}: {:?}", path.display(), finding.judgement.verdict)
                    })
                })
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

/// The word of one cell: `refused` where the history speaks of the object in words that the specification lacks.
fn cell(path: &Path, check: &Arc<dyn Check>) -> &'static str {
    let history = History::open(path).unwrap();
    let budget = Budget::new(20_000, 1 << 30);
    match session::judge(history, std::slice::from_ref(check), &budget) {
        Err(_) => "refused",
        Ok(judged) => match &judged.findings[0].judgement {
            judgement if judgement.judged() == 0 => "",
            judgement if judgement.verdict == Verdict::Undecided => "undecided",
            judgement => judgement.verdict.as_str(),
        },
    }
}

/// A change that makes one specification judge another's history differently shows here. Verdicts within a
/// small budget: those of the headers are held by the test above.
#[test]
fn the_matrix_of_specifications_and_histories_stays_as_it_is() {
    let catalog = testimony::specs::all();
    let specs: Vec<(&str, Arc<dyn Check>)> = catalog
        .specs
        .iter()
        .map(|entry| (entry.name, Arc::new(spec(entry.name)) as Arc<dyn Check>))
        .collect();
    let lines: Vec<String> = histories()
        .par_iter()
        .map(|path| {
            let mut line = path.display().to_string();
            for (name, check) in &specs {
                let word = cell(path, check);
                if !word.is_empty() {
                    write!(line, "  {name}={word}").unwrap();
                }
            }
            line
        })
        .collect();
    insta::assert_snapshot!("matrix", lines.join("\n"));
}
