//! README says what is true: each of its console blocks is executed, and its output compared.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod pages;

use std::path::Path;

use pages::{blocks, commands, run, shown};

const README: &str = "README.md";
const TESTIMONY: &str = env!("CARGO_BIN_EXE_testimony");

#[test]
fn the_first_two_commands_are_the_main_job_and_the_tests() {
    let commands: Vec<String> = blocks(README, "console")
        .iter()
        .flat_map(|block| block.lines())
        .filter(|line| line.starts_with("cargo"))
        .map(str::to_owned)
        .collect();
    let main_job = commands[0].strip_prefix("cargo run --release -- ").unwrap();
    let output = run(Path::new(TESTIMONY), main_job, Path::new("."));
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(shown(&output).contains("98 broken"), "{}", shown(&output));
    assert_eq!(commands[1], "cargo test");
}

#[test]
fn every_command_of_the_tour_prints_what_is_written_there() {
    let folder = tempfile::tempdir().unwrap();
    let tour = folder.path().join("tour");
    std::fs::create_dir(&tour).unwrap();
    let written = |language| blocks(README, language).join("\n") + "\n";
    std::fs::write(tour.join("history.jsonl"), written("jsonl")).unwrap();
    std::fs::write(tour.join("testimony.toml"), written("toml")).unwrap();
    let commands = commands(README, "testimony");
    assert!(commands.len() >= 2, "README has commands to execute");
    for (command, written) in commands {
        // What ships is addressed from the project; what the tour wrote, from the tour.
        let place = if command.contains("histories/") {
            Path::new(".")
        } else {
            folder.path()
        };
        let printed = shown(&run(Path::new(TESTIMONY), &command, place));
        assert_eq!(printed, written, "testimony {command}");
    }
}
