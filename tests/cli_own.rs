//! A stranger's binary: their promise, and what becomes of its panics.

#![expect(clippy::panic, reason = "what becomes of a panic is tested")]

use std::ffi::OsString;
use std::process::ExitCode;

use testimony::prelude::*;

/// Whatever is asked of it, it panics, keeps or breaks.
#[derive(Clone, Copy)]
enum Whim {
    Panic,
    Keep,
    Break,
}

impl Promise for Whim {
    type Fact = ();
    type State = ();

    fn read(&self, _effect: &Effect<'_>) -> Result<Option<(Scope, ())>, Misfit> {
        Ok(Some((Scope::whole(), ())))
    }

    fn observe(&self, (): &mut (), (): &()) -> Result<(), Breach> {
        match self {
            Self::Panic => panic!("a promise that panics"),
            Self::Keep => Ok(()),
            Self::Break => Err(Breach::new("broken on purpose")),
        }
    }
}

fn run(whim: Whim, arguments: &[&str]) -> ExitCode {
    let arguments = ["own"].iter().chain(arguments).map(OsString::from);
    testimony::Cli::new()
        .with(testimony::specs::all())
        .promise(whim)
        .run_from(arguments)
}

const HISTORY: &str = "tests/cmd/in/silent.jsonl";

#[test]
fn a_promise_of_ones_own_is_checked_by_default_and_by_name() {
    assert_eq!(run(Whim::Keep, &["check", HISTORY]), ExitCode::from(0));
    assert_eq!(run(Whim::Break, &["check", HISTORY]), ExitCode::from(1));
    let named = ["check", "--promise", "whim", HISTORY];
    assert_eq!(run(Whim::Break, &named), ExitCode::from(1));
    let other = ["check", "--promise", "whym", HISTORY];
    assert_eq!(run(Whim::Break, &other), ExitCode::from(2));
    let spec = ["check", "--spec", "register", HISTORY];
    assert_eq!(run(Whim::Break, &spec), ExitCode::from(4));
}

#[test]
fn a_panic_is_exit_code_70() {
    assert_eq!(run(Whim::Panic, &["check", HISTORY]), ExitCode::from(70));
}

#[test]
#[should_panic(expected = "broken on purpose")]
fn an_assertion_shows_what_broke() {
    testimony::check_file(HISTORY)
        .promise(Whim::Break)
        .assert_kept();
}
