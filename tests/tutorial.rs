//! The tutorial says what is true: its code is that of an example, and its commands print what is written there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod pages;

use std::path::{Path, PathBuf};
use std::process::Command;

use pages::{blocks, commands, run, shown};

const TUTORIAL: &str = "docs/tutorial.md";

#[test]
fn its_code_is_that_of_the_example() {
    let example = std::fs::read_to_string("examples/workflow.rs").unwrap();
    let blocks = blocks(TUTORIAL, "rust");
    assert!(blocks.len() >= 5, "the tutorial shows the example");
    for block in blocks {
        assert!(example.contains(&block), "not in the example:\n{block}");
    }
}

/// Builds the example, and says where it is.
fn example() -> PathBuf {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--example", "workflow"])
        .status()
        .unwrap();
    assert!(status.success());
    let testimony = Path::new(env!("CARGO_BIN_EXE_testimony"));
    testimony.parent().unwrap().join("examples/workflow")
}

#[test]
fn every_command_prints_what_is_written_there() {
    let program = example();
    let folder = tempfile::tempdir().unwrap();
    let configuration = blocks(TUTORIAL, "toml").join("\n") + "\n";
    std::fs::write(folder.path().join("testimony.toml"), configuration).unwrap();
    let commands = commands(TUTORIAL, "workflow");
    assert!(commands.len() >= 4, "the tutorial has commands to execute");
    for (command, written) in commands {
        let printed = shown(&run(&program, &command, folder.path()));
        assert_eq!(printed, written, "workflow {command}");
    }
}
