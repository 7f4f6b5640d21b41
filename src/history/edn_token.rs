//! From EDN text to tokens, without a copy and with the place of everything.
//!
//! # Source
//! The EDN format, <https://github.com/edn-format/edn>, and what Clojure prints beyond it: `##Inf`,
//! ratios, hexadecimal identities within `#object[…]`.

use std::ops::Range;

use super::fault::{FaultKind, Trouble};
use super::json::TextTrouble;

/// What opens and closes a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Round,
    Square,
    Curly,
    /// `#{`, which `}` closes.
    Set,
}

impl Bracket {
    /// What closes it.
    pub(super) const fn close(self) -> char {
        match self {
            Self::Round => ')',
            Self::Square => ']',
            Self::Curly | Self::Set => '}',
        }
    }

    /// What it is called, with its article.
    pub(super) const fn found(self) -> &'static str {
        match self {
            Self::Round | Self::Square => "a list",
            Self::Curly => "a map",
            Self::Set => "a set",
        }
    }
}

/// The smallest part of a text that means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    Open(Bracket),
    Close(char),
    /// `#_`: what follows does not count.
    Discard,
    /// `#name`, with its name.
    Tag(&'t str),
    /// What stands between two quotes, escapes included.
    Text(&'t str),
    Character(char),
    /// Without its colon.
    Keyword(&'t str),
    /// A symbol, a number, `nil`, `true` or `false`.
    Word(&'t str),
    /// What follows `##`: a number that JSON has not.
    Special(&'t str),
}

impl Token<'_> {
    /// What it begins, with its article.
    pub(super) fn found(self) -> &'static str {
        match self {
            Self::Open(bracket) => bracket.found(),
            Self::Text(_) => "a string",
            Self::Character(_) => "a character",
            Self::Keyword(_) => "a keyword",
            Self::Word("nil") => "nil",
            Self::Word("true" | "false") => "a boolean",
            Self::Word(word) if is_number(word) => "a number",
            Self::Word(_) => "a symbol",
            Self::Special(_) => "a number",
            Self::Tag(_) => "a tagged value",
            Self::Close(_) | Self::Discard => "nothing",
        }
    }
}

/// Finds the tokens of a text one after the other.
#[derive(Clone, Debug)]
pub(super) struct Scanner<'t> {
    pub(super) text: &'t str,
    /// Where the next token, or what stands before it, begins.
    pub(super) at: usize,
}

impl<'t> Scanner<'t> {
    /// The next token and its place; none at the end of the text.
    pub(super) fn token(&mut self) -> Result<Option<(Token<'t>, Range<usize>)>, TextTrouble> {
        self.skip_blanks();
        let start = self.at;
        let Some(first) = self.peek() else {
            return Ok(None);
        };
        self.at += first.len_utf8();
        let token = match first {
            '(' => Token::Open(Bracket::Round),
            '[' => Token::Open(Bracket::Square),
            '{' => Token::Open(Bracket::Curly),
            ')' | ']' | '}' => Token::Close(first),
            '"' => Token::Text(self.string(start)?),
            '\\' => Token::Character(self.character(start)?),
            ':' => Token::Keyword(self.keyword(start)?),
            '#' => self.dispatch(start)?,
            _ if is_word(first) => {
                self.skip_word();
                Token::Word(&self.text[start..self.at])
            }
            _ => return Err(malformed(start..self.at, unexpected(first), "a value")),
        };
        Ok(Some((token, start..self.at)))
    }

    /// The character that comes next.
    pub(super) fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// Passes over white space, commas and comments.
    pub(super) fn skip_blanks(&mut self) {
        while let Some(next) = self.peek() {
            if next == ';' {
                let rest = &self.text.as_bytes()[self.at..];
                self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            } else if is_blank(next) {
                self.at += next.len_utf8();
            } else {
                return;
            }
        }
    }

    fn skip_word(&mut self) {
        let rest = &self.text[self.at..];
        let end = rest.find(|character| !is_word(character));
        self.at += end.unwrap_or(rest.len());
    }

    fn word(&mut self) -> &'t str {
        let start = self.at;
        self.skip_word();
        &self.text[start..self.at]
    }

    fn string(&mut self, start: usize) -> Result<&'t str, TextTrouble> {
        let inside = self.at;
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let Some(found) = memchr::memchr2(b'"', b'\\', rest) else {
                self.at = self.text.len();
                let end = self.at..self.at;
                let trouble =
                    Trouble::new(FaultKind::Truncated("a string"), end, "`\"` at its end");
                return Err(trouble.with("it begins here", start..inside));
            };
            let end = self.at + found;
            self.at = end + 1;
            if rest[found] == b'"' {
                return Ok(&self.text[inside..end]);
            }
            self.at += self.peek().map_or(0, char::len_utf8);
        }
    }

    fn character(&mut self, start: usize) -> Result<char, TextTrouble> {
        let Some(first) = self.peek() else {
            let end = self.at..self.at;
            let kind = FaultKind::Truncated("a character");
            return Err(Trouble::new(kind, end, "a character after `\\`"));
        };
        let name_start = self.at;
        self.at += first.len_utf8();
        if is_word(first) {
            self.skip_word();
        }
        let name = &self.text[name_start..self.at];
        let known = match name {
            "newline" => Some('\n'),
            "return" => Some('\r'),
            "space" => Some(' '),
            "tab" => Some('\t'),
            "formfeed" => Some('\u{c}'),
            "backspace" => Some('\u{8}'),
            _ if name.len() == first.len_utf8() => Some(first),
            _ => coded(name),
        };
        let what = || format!("unknown character `\\{name}`");
        let expected = "one character, \\uXXXX, \\newline, \\return, \\space or \\tab";
        known.ok_or_else(|| malformed(start..self.at, what(), expected))
    }

    fn keyword(&mut self, start: usize) -> Result<&'t str, TextTrouble> {
        let name = self.word();
        if name.is_empty() || name.starts_with(':') {
            let what = format!("`:{name}` names nothing");
            return Err(malformed(start..self.at, what, "a keyword, like `:read`"));
        }
        Ok(name)
    }

    /// What begins with `#`.
    fn dispatch(&mut self, start: usize) -> Result<Token<'t>, TextTrouble> {
        let next = self.peek();
        if next == Some('{') {
            self.at += 1;
            return Ok(Token::Open(Bracket::Set));
        }
        if next == Some('_') {
            self.at += 1;
            return Ok(Token::Discard);
        }
        let name = self.word();
        if let Some(special @ ("Inf" | "-Inf" | "NaN")) = name.strip_prefix('#') {
            return Ok(Token::Special(special));
        }
        if name.starts_with(char::is_alphabetic) {
            return Ok(Token::Tag(name));
        }
        let what = format!("unknown `#{name}`");
        let expected = "`#{`, `#_` or a tag, like `#inst`";
        Err(malformed(start..self.at, what, expected))
    }
}

/// The fault for a stretch that is not EDN.
pub(super) fn malformed(at: Range<usize>, what: String, expected: &str) -> TextTrouble {
    Trouble::new(FaultKind::MalformedEdn(what), at, expected)
}

/// Says that a character cannot stand where it stands.
pub(super) fn unexpected(character: char) -> String {
    format!("unexpected `{}`", character.escape_debug())
}

/// Whether a word is meant as a number.
pub(super) fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix(['+', '-']).unwrap_or(word);
    digits.starts_with(|first: char| first.is_ascii_digit())
}

/// `u` with four hexadecimal digits, or `o` with octal ones.
fn coded(name: &str) -> Option<char> {
    let is_plain = |digits: &str| !digits.starts_with('+');
    let code = match (name.strip_prefix('u'), name.strip_prefix('o')) {
        (Some(digits), _) if digits.len() == 4 && is_plain(digits) => {
            u32::from_str_radix(digits, 16).ok()?
        }
        (_, Some(digits)) if digits.len() <= 3 && is_plain(digits) => {
            u32::from_str_radix(digits, 8).ok()?
        }
        _ => return None,
    };
    char::from_u32(code)
}

/// Whether a character separates tokens and means nothing else.
pub(super) fn is_blank(character: char) -> bool {
    character == ',' || character.is_whitespace()
}

/// Whether a character may stand in a symbol, a keyword, a number or a tag.
fn is_word(character: char) -> bool {
    match character {
        '(' | ')' | '[' | ']' | '{' | '}' | '"' | ';' | '\\' | '@' | '^' | '`' | '~' => false,
        _ => !is_blank(character) && !character.is_control(),
    }
}
