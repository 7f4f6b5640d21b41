//! Pages for people, and the blocks in them that are executed.

use std::path::Path;
use std::process::{Command, Output};

/// The blocks of a page that are written as `language`.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<String> {
    let page = std::fs::read_to_string(page).unwrap();
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line == format!("```{language}") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

/// The commands of a page's console blocks that run `program`, each with what the page says that it prints.
pub(crate) fn commands(page: &str, program: &str) -> Vec<(String, String)> {
    let prompt = format!("$ {program} ");
    let mut commands = Vec::new();
    for block in blocks(page, "console") {
        let mut rest = block.as_str();
        while let Some((_, from_command)) = rest.split_once(&prompt) {
            let (command, output) = from_command.split_once('\n').unwrap_or((from_command, ""));
            let (written, next) = match output.find("\n$ ") {
                Some(end) => (&output[..end], &output[end..]),
                None => (output, ""),
            };
            commands.push((command.to_owned(), written.trim_end().to_owned()));
            rest = next;
        }
    }
    commands
}

/// Runs a program as a terminal of 80 columns without colours would.
pub(crate) fn run(program: &Path, arguments: &str, folder: &Path) -> Output {
    Command::new(program)
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "80")
        .output()
        .unwrap()
}

/// What a terminal shows: both streams, without trailing blanks.
pub(crate) fn shown(output: &Output) -> String {
    let text = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}
