//! Holds the table of permitted imports, and what the library must not do, against the source.
//!
//! The table is the one of docs/architecture.md: data goes one way, and a stage imports only what stands to
//! its left. The scanner reads text, not syntax: comments and literals are blanked first, then paths are
//! found by their first words. Its own tests below show what it finds and what it lets pass.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its files has failed"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Which stages a stage may import, besides itself.
const PERMITTED: [(&str, &[&str]); 10] = [
    ("history", &[]),
    ("generate", &["history"]),
    ("record", &["history"]),
    ("order", &["history"]),
    ("verdict", &["history"]),
    ("check", &["history", "order", "verdict"]),
    ("model", &["history"]),
    ("sim", &["history", "model"]),
    (
        "fuzz",
        &["history", "order", "verdict", "check", "model", "sim"],
    ),
    (
        "report",
        &["history", "order", "verdict", "check", "sim", "fuzz"],
    ),
];
/// Stages that may import everything.
const OUTERMOST: [&str; 1] = ["cli"];
/// What only `cli` and `main.rs` may do: print, read the environment and the clock.
const CLI_ONLY: [&str; 8] = [
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "dbg!",
    "std::env",
    "SystemTime",
    "Instant",
];
/// A file is at most so long, its tests apart.
const LINES_MAX: usize = 800;

/// Where a source file stands.
#[derive(Clone, Copy, Debug)]
enum Home<'p> {
    /// In the folder of a stage; whether it is the folder's `mod.rs`.
    Stage(&'p str, FileRole),
    /// Directly in `src/`: the crate's root and what stands around the stages.
    Root(&'p str),
    /// In `specs/`.
    Specs(FileRole),
    /// In `specs/workflows/`: made of participants and of what they promise.
    Workflows(FileRole),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FileRole {
    /// `mod.rs`: its `super` is one level further out.
    Index,
    /// Any other file.
    Member,
}

/// What is wrong with a file that stands at `home` and reads `text`.
fn faults(home: Home<'_>, text: &str) -> Vec<String> {
    let code = blanked(text);
    let mut faults = match home {
        Home::Stage(stage, role) => stage_faults(stage, role, &code),
        Home::Root(_) => Vec::new(),
        Home::Specs(role) => specs_faults(role, &["prelude"], &code),
        Home::Workflows(role) => specs_faults(role, &["prelude", "specs"], &code),
    };
    if has_path(&code, "super::super") {
        faults.push("reaches over its parent: `super::super`".to_owned());
    }
    let body = without_tests(&code);
    let is_cli = matches!(home, Home::Stage("cli", _) | Home::Root("main.rs"));
    if !is_cli {
        let used = CLI_ONLY.iter().filter(|word| has_path(body, word));
        faults.extend(used.map(|word| format!("`{word}` is for `cli` and `main.rs`")));
        if first_words(body, "std").iter().any(|word| word == "env") {
            faults.push("`std::env` is for `cli` and `main.rs`".to_owned());
        }
    }
    let lines = body.lines().count();
    if lines > LINES_MAX {
        faults.push(format!("{lines} lines, of {LINES_MAX} at most"));
    }
    faults.sort_unstable();
    faults.dedup();
    faults
}

fn stage_faults(stage: &str, role: FileRole, code: &str) -> Vec<String> {
    if OUTERMOST.contains(&stage) {
        return Vec::new();
    }
    let Some((_, permitted)) = PERMITTED.iter().find(|(name, _)| *name == stage) else {
        return vec![format!("`src/{stage}/` is no stage")];
    };
    let mut imports = first_words(code, "crate");
    imports.extend(first_words(code, "testimony"));
    if role == FileRole::Index {
        let is_stage = |word: &String| PERMITTED.iter().any(|(name, _)| name == word);
        imports.extend(first_words(code, "super").into_iter().filter(is_stage));
    }
    let is_foreign = |word: &String| word != stage && !permitted.contains(&word.as_str());
    imports.retain(is_foreign);
    imports
        .iter()
        .map(|word| format!("`{stage}` must not import `{word}`"))
        .collect()
}

fn specs_faults(role: FileRole, permitted: &[&str], code: &str) -> Vec<String> {
    let mut faults: Vec<String> = Vec::new();
    let inside = first_words(code, "crate")
        .into_iter()
        .map(|word| format!("crate::{word}"));
    let own = first_words(code, "testimony")
        .into_iter()
        .filter(|word| !permitted.contains(&word.as_str()));
    let siblings = first_words(code, "super")
        .into_iter()
        .filter(|word| word != "*");
    faults.extend(inside);
    faults.extend(own.map(|word| format!("testimony::{word}")));
    if role == FileRole::Member {
        faults.extend(siblings.map(|word| format!("super::{word}")));
    }
    let foreign = used_roots(code).into_iter().filter(|root| {
        let is_known = ["testimony", "std", "crate", "super"].contains(&root.as_str());
        !is_known && root.starts_with(char::is_lowercase)
    });
    faults.extend(foreign);
    faults
        .iter()
        .map(|path| {
            let permitted = permitted.join(" and ");
            format!("`specs` imports only the {permitted}, not `{path}`")
        })
        .collect()
}

/// The words that follow `root::`, also in braces: of `root::{a::b, c}` it is `a` and `c`.
fn first_words(code: &str, root: &str) -> Vec<String> {
    let path = format!("{root}::");
    let mut words = Vec::new();
    for (at, _) in code.match_indices(&path) {
        if !begins_word(code, at) || code[..at].ends_with("::") {
            continue;
        }
        let rest = code[at + path.len()..].trim_start();
        match rest.strip_prefix('{') {
            Some(group) => words.extend(group_words(group)),
            None => words.push(word(rest)),
        }
    }
    words
}

/// The first words of the paths in a brace group, whose opening brace is cut off.
fn group_words(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut words = Vec::new();
    let mut begins_path = true;
    for (at, char) in group.char_indices() {
        match char {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins_path = true,
            _ if begins_path && !char.is_whitespace() => {
                words.push(word(&group[at..]));
                begins_path = false;
            }
            _ => {}
        }
    }
    words
}

/// The first words of all `use` declarations.
fn used_roots(code: &str) -> Vec<String> {
    let uses = code
        .match_indices("use ")
        .filter(|(at, _)| begins_word(code, *at));
    uses.map(|(at, _)| word(code[at + 4..].trim_start().trim_start_matches("::")))
        .collect()
}

/// The name at the beginning of `rest`, or the sign where there is none.
fn word(rest: &str) -> String {
    let rest = rest.strip_prefix("r#").unwrap_or(rest);
    let end = rest.find(|char: char| !is_word(char)).unwrap_or(rest.len());
    if end > 0 {
        rest[..end].to_owned()
    } else {
        rest.chars().take(1).collect()
    }
}

const fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

fn begins_word(code: &str, at: usize) -> bool {
    !code[..at].ends_with(is_word)
}

/// Whether `path` stands in the code as whole words.
fn has_path(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(at, _)| {
        let ends_word = path.ends_with('!') || !code[at + path.len()..].starts_with(is_word);
        begins_word(code, at) && ends_word
    })
}

/// What stands before the unit tests, which every file has at its end.
fn without_tests(code: &str) -> &str {
    match code.find("\n#[cfg(test)]\nmod tests") {
        Some(at) => &code[..=at],
        None => code,
    }
}

/// The code with comments and literals replaced by blanks; lines stay lines.
fn blanked(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let length = match char {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest, 1),
            'r' if !code.ends_with(is_word) => raw_string(rest).unwrap_or(0),
            '\'' => character(rest).unwrap_or(0),
            _ => 0,
        };
        if length == 0 {
            code.push(char);
            rest = &rest[char.len_utf8()..];
        } else {
            code.extend(
                rest[..length]
                    .chars()
                    .map(|char| if char == '\n' { '\n' } else { ' ' }),
            );
            rest = &rest[length..];
        }
    }
    code
}

/// The length of the comment that begins here; comments nest.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// The length of the string that begins here and whose content begins at `start`.
fn quoted(rest: &str, start: usize) -> usize {
    let mut is_escaped = false;
    for (at, char) in rest[start..].char_indices() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return start + at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of the raw string that begins here, if one does.
fn raw_string(rest: &str) -> Option<usize> {
    let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
    let start = 1 + hashes;
    rest[start..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let content = &rest[start + 1..];
    Some(
        content
            .find(&end)
            .map_or(rest.len(), |at| start + 1 + at + end.len()),
    )
}

/// The length of the character that begins here, if it is no lifetime.
fn character(rest: &str) -> Option<usize> {
    let content = &rest[1..];
    if let Some(escape) = content.strip_prefix('\\') {
        let escaped = escape.chars().next()?;
        let start = 2 + escaped.len_utf8();
        return rest[start..].find('\'').map(|at| start + at + 1);
    }
    let one = content.chars().next()?;
    content[one.len_utf8()..]
        .starts_with('\'')
        .then(|| one.len_utf8() + 2)
}

/// All Rust files under a folder of the project, with their paths in it.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort_unstable();
    assert!(!files.is_empty(), "{folder} holds the project's source");
    files
}

/// What is wrong in a folder, one line each.
fn report(folder: &str, home: impl for<'p> Fn(&[&'p str]) -> Home<'p>) -> String {
    let mut report = String::new();
    for path in sources(folder) {
        let shown = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
        let parts: Vec<&str> = shown
            .iter()
            .skip(1)
            .map(|part| part.to_str().unwrap())
            .collect();
        if is_test(&parts) {
            continue;
        }
        for fault in faults(home(&parts), &std::fs::read_to_string(&path).unwrap()) {
            writeln!(report, "{}: {fault}", shown.display()).unwrap();
        }
    }
    report
}

/// Whether a file holds tests only: they may use what ships, and are no part of a stage.
fn is_test(parts: &[&str]) -> bool {
    parts
        .iter()
        .any(|part| *part == "tests" || *part == "tests.rs")
}

fn role(parts: &[&str]) -> FileRole {
    if parts.last() == Some(&"mod.rs") {
        FileRole::Index
    } else {
        FileRole::Member
    }
}

#[test]
fn every_stage_imports_only_what_stands_to_its_left() {
    let report = report("src", |parts| match parts {
        [file] => Home::Root(file),
        [stage, within @ ..] => {
            let is_index = within.len() == 1 && role(within) == FileRole::Index;
            Home::Stage(
                stage,
                if is_index {
                    FileRole::Index
                } else {
                    FileRole::Member
                },
            )
        }
        [] => unreachable!("a file has a name"),
    });
    assert_eq!(report, "");
}

#[test]
fn specs_import_only_the_prelude() {
    let report = report("specs", |parts| match parts {
        ["workflows", ..] => Home::Workflows(role(parts)),
        _ => Home::Specs(role(parts)),
    });
    assert_eq!(report, "");
}

mod scanner {
    use super::*;

    fn in_stage(stage: &str, text: &str) -> Vec<String> {
        faults(Home::Stage(stage, FileRole::Member), text)
    }

    fn in_specs(text: &str) -> Vec<String> {
        faults(Home::Specs(FileRole::Member), text)
    }

    #[test]
    fn a_planted_import_is_found() {
        let found = |stage, text: &str| in_stage(stage, text).join("; ");
        let table = [
            (
                "order",
                "use crate::check::Budget;",
                "`order` must not import `check`",
            ),
            (
                "history",
                "use crate::order::Order;",
                "`history` must not import `order`",
            ),
            (
                "history",
                "fn f(x: crate::verdict::Verdict) {}",
                "`history` must not import `verdict`",
            ),
            (
                "verdict",
                "use crate::{history::{A, B}, order::C};",
                "`verdict` must not import `order`",
            ),
            ("order", "use crate::*;", "`order` must not import `*`"),
            (
                "order",
                "use crate::{self as all};",
                "`order` must not import `self`",
            ),
            (
                "order",
                "use testimony::report::Report;",
                "`order` must not import `report`",
            ),
            (
                "check",
                "use crate::prelude::*;",
                "`check` must not import `prelude`",
            ),
            (
                "sim",
                "use crate::r#check::X;",
                "`sim` must not import `check`",
            ),
            (
                "check",
                "use super::super::order::Order;",
                "reaches over its parent: `super::super`",
            ),
            ("ordr", "", "`src/ordr/` is no stage"),
        ];
        for (stage, text, expected) in table {
            assert_eq!(found(stage, text), expected, "{text}");
        }
        let index = Home::Stage("order", FileRole::Index);
        assert_eq!(
            faults(index, "use super::check::Budget;"),
            ["`order` must not import `check`"]
        );
    }

    #[test]
    fn a_permitted_import_passes() {
        let table = [
            (
                "check",
                "use crate::{history::A, order::{B, C}, verdict};\nuse crate::check::D;",
            ),
            (
                "check",
                "// use crate::report::X;\n/* crate::cli /* nested */ crate::sim */",
            ),
            (
                "check",
                "/// use crate::report::Y;\nconst A: &str = \"crate::report\";",
            ),
            (
                "check",
                "const A: &str = r#\"\"crate::cli\"#; const B: char = '\"'; const C: char = '\\'';",
            ),
            (
                "order",
                "fn f<'a>(x: &'a str) -> &'a str { mycrate::check::f(x) }",
            ),
            ("order", "use super::check::local;"),
            ("cli", "use crate::report::X; fn f() { println!(); }"),
        ];
        for (stage, text) in table {
            assert_eq!(in_stage(stage, text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_follows_a_literal_is_still_read() {
        let text = "const A: char = '\"'; const B: &str = \"\\\"\"; use crate::cli::X; const C: &str = \"\";";
        assert_eq!(in_stage("check", text), ["`check` must not import `cli`"]);
        let text = "const A: &str = r##\"\"#\"##; /* */ fn f<'a>() {} use crate::cli::X; // '";
        assert_eq!(in_stage("check", text), ["`check` must not import `cli`"]);
    }

    #[test]
    fn printing_and_reading_the_clock_is_for_the_command_line() {
        for text in [
            "fn f() { println!(\"\"); }",
            "fn f() { eprintln!(); }",
            "fn f() { print!(); }",
            "fn f() { std::env::var(\"HOME\"); }",
            "use std::{env, fmt};",
            "use std::time::{Duration, Instant};",
            "fn f(now: std::time::SystemTime) {}",
        ] {
            assert_eq!(in_stage("history", text).len(), 1, "{text}");
            assert_eq!(in_stage("cli", text), [""; 0], "{text}");
            assert_eq!(faults(Home::Root("main.rs"), text), [""; 0], "{text}");
            assert_eq!(faults(Home::Root("lib.rs"), text).len(), 1, "{text}");
        }
        let text = "struct Instantly; const A: &str = env!(\"CARGO\"); macro_rules! myprintln { () => {} }";
        assert_eq!(in_stage("history", text), [""; 0]);
        let text = "\n#[cfg(test)]\nmod tests { fn f() { println!(); } }";
        assert_eq!(in_stage("history", text), [""; 0]);
    }

    #[test]
    fn a_specification_that_needs_more_than_the_prelude_is_found() {
        for text in [
            "use crate::history::Value;",
            "use testimony::history::Value;",
            "use testimony::{prelude::*, history::Value};",
            "use super::register::Register;",
            "use serde_json::Value;",
            "use ::serde::Deserialize;",
        ] {
            assert_eq!(in_specs(text).len(), 1, "{text}");
        }
        let text = "use std::sync::Arc;\nuse testimony::prelude::*;\nmod tests {\n use super::*;\n \
            use Call::{Read, Write};\n}";
        assert_eq!(in_specs(text), [""; 0]);
    }

    #[test]
    fn a_file_that_is_too_long_is_found_and_its_tests_do_not_count() {
        let long = "fn f() {}\n".repeat(LINES_MAX);
        assert_eq!(in_stage("check", &long), [""; 0]);
        assert_eq!(
            in_stage("check", &format!("{long}fn g() {{}}\n")),
            ["801 lines, of 800 at most"]
        );
        let tested = format!("{long}#[cfg(test)]\nmod tests {{\n{long}}}\n");
        assert_eq!(in_stage("check", &tested), [""; 0]);
    }
}
