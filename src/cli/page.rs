//! Turns the `//!` header of a specification or promise into text for a terminal.

use anstyle::{AnsiColor, Style};

const HEADING: Style = Style::new()
    .bold()
    .fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan)));

/// The `//!` header of a Rust source, without its marks.
pub(super) fn header(source: &str) -> String {
    let mut text = String::new();
    for line in source.lines() {
        let Some(line) = line.strip_prefix("//!") else {
            break;
        };
        text.push_str(line.strip_prefix(' ').unwrap_or(line));
        text.push('\n');
    }
    text
}

/// The first sentence of a page that is not a heading, without its full stop.
pub(super) fn summary(page: &str) -> String {
    let paragraph: Vec<&str> = page
        .lines()
        .skip_while(|line| line.trim().is_empty() || line.starts_with('#'))
        .take_while(|line| !line.trim().is_empty())
        .collect();
    let paragraph = paragraph.join(" ");
    let end = paragraph.find(". ").unwrap_or(paragraph.len());
    paragraph[..end].trim_end_matches('.').to_owned()
}

/// Wraps the paragraphs of a page to `width` columns; lists, tables and code keep their lines.
pub(super) fn wrapped(page: &str, width: usize) -> String {
    let mut text = String::new();
    let mut paragraph = String::new();
    let mut is_code = false;
    for line in page.lines() {
        let is_fence = line.trim_start().starts_with("```");
        if is_fence {
            is_code = !is_code;
            flush(&mut text, &mut paragraph, width);
            part(&mut text);
            continue;
        }
        if line.trim().is_empty() {
            flush(&mut text, &mut paragraph, width);
            part(&mut text);
            continue;
        }
        let is_verbatim = is_code || line.starts_with(['|', '#']) || line.starts_with("    ");
        if is_verbatim || is_item(line) {
            flush(&mut text, &mut paragraph, width);
        }
        match line {
            _ if is_code => text.push_str(&format!("    {line}\n")),
            _ if line.starts_with('#') => {
                let title = line.trim_start_matches('#').trim();
                text.push_str(&format!("{HEADING}{title}{HEADING:#}\n"));
            }
            _ if is_verbatim => text.push_str(&format!("{line}\n")),
            _ => {
                if !paragraph.is_empty() {
                    paragraph.push(' ');
                }
                paragraph.push_str(if paragraph.is_empty() {
                    line
                } else {
                    line.trim()
                });
            }
        }
    }
    flush(&mut text, &mut paragraph, width);
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Leaves one empty line, however often it is asked for.
fn part(text: &mut String) {
    if !text.is_empty() && !text.ends_with("\n\n") {
        text.push('\n');
    }
}

/// Whether a line begins an entry of a list.
fn is_item(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("- ") || line.starts_with("* ")
}

/// Writes the paragraph, wrapped; the lines of a list's entry hang below its first word.
fn flush(text: &mut String, paragraph: &mut String, width: usize) {
    if paragraph.is_empty() {
        return;
    }
    let whole = std::mem::take(paragraph);
    let indent = whole.len() - whole.trim_start().len();
    let hang = indent + if is_item(&whole) { 2 } else { 0 };
    let mut line = " ".repeat(indent);
    let mut is_empty = true;
    for word in whole.split_whitespace() {
        let columns = line.chars().count() + 1 + word.chars().count();
        if !is_empty && columns > width {
            text.push_str(&line);
            text.push('\n');
            line = " ".repeat(hang);
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    text.push_str(&line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "//! A seat: it\n//! is sold once. And more.\n//!\n//! # Operations\n//! - `sell` a seat\n//! ```text\n//! x\n//! ```\nuse x;\n//! not this\n";

    #[test]
    fn the_summary_is_the_first_sentence() {
        let page = header(SOURCE);
        assert_eq!(summary(&page), "A seat: it is sold once");
        assert_eq!(summary("# Title\n\nOne sentence."), "One sentence");
    }

    #[test]
    fn paragraphs_are_wrapped_and_lists_hang() {
        let page = header(SOURCE);
        let plain = anstream::adapter::strip_str(&wrapped(&page, 12)).to_string();
        assert_eq!(
            plain,
            "A seat: it\nis sold\nonce. And\nmore.\n\nOperations\n- `sell` a\n  seat\n\n    x\n"
        );
    }
}
