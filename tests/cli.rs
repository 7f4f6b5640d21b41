//! The command line as its users see it: words, exit codes, streams.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

fn testimony() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_testimony"));
    command.current_dir("tests/cmd").env("NO_COLOR", "1");
    command
}

fn output(arguments: &[&str]) -> Output {
    testimony().args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Every case in tests/cmd; `TRYCMD=overwrite cargo test --test cli` accepts what has changed.
#[test]
fn commands_say_what_is_written_down() {
    let cases = trycmd::TestCases::new();
    cases
        .case("tests/cmd/*.trycmd")
        .case("docs/configuration.md");
}

#[test]
fn the_configuration_that_is_documented_is_the_one_that_is_executed() {
    let page = std::fs::read_to_string("docs/configuration.md").unwrap();
    let example = std::fs::read_to_string("tests/cmd/known/shop/testimony.toml").unwrap();
    assert!(page.contains(&format!("```toml\n{example}```\n")));
}

#[test]
fn a_closed_pipe_is_success() {
    let mut child = testimony()
        .args(["explain", "at-most-once"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let mut child = testimony()
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(0), String::new())
    );
}

#[test]
fn a_history_may_come_from_standard_input() {
    let mut child = testimony()
        .args(["check", "--spec", "register", "--format", "concise", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let history = std::fs::read("tests/cmd/in/stale.jsonl").unwrap();
    child.stdin.take().unwrap().write_all(&history).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains(":5: broken linearizable:register"));
}

#[test]
fn a_report_goes_to_its_file_and_people_still_see_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.json");
    let format = format!("json={}", path.display());
    let arguments = [
        "check",
        "--spec",
        "register",
        "--format",
        &format,
        "in/stale.jsonl",
    ];
    let output = output(&arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("linearizable:register"));
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(json["verdict"], "broken");
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let output = output(&[
        "check",
        "--spec",
        "register",
        "--format",
        "json=no/such/folder/x.json",
        "in/kept.jsonl",
    ]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("failed to write no/such/folder/x.json"));
}

#[test]
fn the_output_does_not_depend_on_the_number_of_threads() {
    let with = |threads: &str| {
        let arguments = [
            "check",
            "--threads",
            threads,
            "--format",
            "json",
            "--spec",
            "register",
        ];
        let mut arguments = arguments.to_vec();
        arguments.extend([
            "in/kept.jsonl",
            "in/stale.jsonl",
            "in/silent.jsonl",
            "in/cut.jsonl",
        ]);
        let output = output(&arguments);
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    assert_eq!(with("1"), with("4"));
    assert_eq!(with("1").0, Some(2));
}

#[test]
fn compressed_histories_are_found_in_folders() {
    let folder = tempfile::tempdir().unwrap();
    let history = std::fs::read("tests/cmd/in/kept.jsonl").unwrap();
    let compressed = zstd::encode_all(history.as_slice(), 3).unwrap();
    std::fs::write(folder.path().join("run.jsonl.zst"), compressed).unwrap();
    let path = folder.path().to_str().unwrap();
    let output = output(&["check", "--spec", "register", "--format", "concise", path]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn a_generated_history_is_as_its_header_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generated.jsonl");
    let path = path.to_str().unwrap();
    for broken in [&["--broken"][..], &[]] {
        let spec = ["generate", "--spec", "semaphore:permits=2", "--keys", "3"];
        let rest = ["--ops", "200", "--unknown", "5", "-o", path];
        let written = output(&[&spec[..], &rest[..], broken].concat());
        assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
        let judged = output(&["test", path]);
        assert_eq!(judged.status.code(), Some(0), "{}", text(&judged.stdout));
    }
}

/// What `fuzz` finds at random, on so many threads, and what comes of its seed.
fn found_at_random(threads: &str) -> (serde_json::Value, String) {
    let folder = tempfile::tempdir().unwrap();
    let arguments =
        "fuzz quorum:bug=ack-before-fsync --seed 1 --cases 1000 --save saved --format json";
    let fuzz = testimony()
        .args(arguments.split(' '))
        .env("RAYON_NUM_THREADS", threads)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(fuzz.status.code(), Some(1), "{}", text(&fuzz.stderr));
    let report: serde_json::Value = serde_json::from_slice(&fuzz.stdout).unwrap();
    let command = report["failure"]["found"]["command"].as_str().unwrap();
    let replay = testimony()
        .args(command.strip_prefix("testimony ").unwrap().split(' '))
        .args(["--format", "json"])
        .env("RAYON_NUM_THREADS", threads)
        .output()
        .unwrap();
    assert_eq!(replay.status.code(), Some(1), "{}", text(&replay.stderr));
    let replayed: serde_json::Value = serde_json::from_slice(&replay.stdout).unwrap();
    assert_eq!(replayed["failure"]["check"], report["failure"]["check"]);
    let (found, failure) = (&report["failure"]["found"], &replayed["failure"]);
    assert_eq!(found["deviations"], failure["deviations"]);
    (replayed, text(&fuzz.stdout))
}

#[test]
fn what_is_found_at_random_is_played_again_by_its_seed_on_any_number_of_threads() {
    assert_eq!(found_at_random("1"), found_at_random("2"));
}
