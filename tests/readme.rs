//! README says what is true: each of its console blocks is executed, and its output compared.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Output};

/// The blocks of README that are written as `language`.
fn blocks(language: &str) -> Vec<String> {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let mut blocks = Vec::new();
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        if line == format!("```{language}") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

fn run(arguments: &str, folder: &Path) -> Output {
    let arguments = arguments.split_whitespace();
    Command::new(env!("CARGO_BIN_EXE_testimony"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "80")
        .output()
        .unwrap()
}

/// What a terminal shows: both streams, without trailing blanks.
fn shown(output: &Output) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}

#[test]
fn the_first_two_commands_are_the_main_job_and_the_tests() {
    let commands: Vec<String> = blocks("console")
        .iter()
        .flat_map(|block| block.lines())
        .filter(|line| line.starts_with("cargo"))
        .map(str::to_owned)
        .collect();
    let main_job = commands[0].strip_prefix("cargo run --release -- ").unwrap();
    let output = run(main_job, Path::new("."));
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(shown(&output).contains("98 broken"), "{}", shown(&output));
    assert_eq!(commands[1], "cargo test");
}

#[test]
fn every_command_of_the_tour_prints_what_is_written_there() {
    let folder = tempfile::tempdir().unwrap();
    let tour = folder.path().join("tour");
    std::fs::create_dir(&tour).unwrap();
    std::fs::write(
        tour.join("history.jsonl"),
        blocks("jsonl").join("\n") + "\n",
    )
    .unwrap();
    std::fs::write(
        tour.join("testimony.toml"),
        blocks("toml").join("\n") + "\n",
    )
    .unwrap();
    let mut executed = 0;
    for block in blocks("console") {
        let mut rest = block.as_str();
        while let Some((_, from_command)) = rest.split_once("$ testimony ") {
            let (command, output) = from_command.split_once('\n').unwrap_or((from_command, ""));
            let (written, next) = match output.find("\n$ ") {
                Some(end) => (&output[..end], &output[end..]),
                None => (output, ""),
            };
            // What ships is addressed from the project; what the tour wrote, from the tour.
            let place = if command.contains("histories/") {
                Path::new(".")
            } else {
                folder.path()
            };
            let printed = shown(&run(command, place));
            assert_eq!(printed, written.trim_end(), "testimony {command}");
            executed += 1;
            rest = next;
        }
    }
    assert!(executed >= 2, "README has commands to execute");
}
