//! From one EDN form to JSON text, with the place of everything where it is wanted.
//!
//! Keywords, symbols and characters become strings, lists, vectors and sets become lists, tags are
//! dropped. Numbers that JSON has not, such as ratios, become strings as they stand.

use std::ops::Range;

use super::Value;
use super::edn_token::{Bracket, Scanner, Token, is_number, malformed, unexpected};
use super::fault::{FaultKind, Trouble};
use super::json::{TextTrouble, members};

/// Where a form stands: in the JSON text and in the EDN text.
#[derive(Debug)]
struct Mark {
    json: Range<usize>,
    edn: Range<usize>,
}

/// Translates forms one after the other.
#[derive(Debug)]
pub(super) struct Translator<'t> {
    pub(super) scanner: Scanner<'t>,
    pub(super) json: String,
    /// Every form that was translated, where its place is wanted.
    marks: Option<Vec<Mark>>,
}

/// A form's JSON text, which knows where everything stood.
#[derive(Debug)]
pub(super) struct Traced {
    pub(super) json: String,
    whole: Range<usize>,
    marks: Vec<Mark>,
}

impl Traced {
    /// Translates the form at `offset` once more.
    pub(super) fn at(text: &str, offset: usize) -> Self {
        let mut translator = Translator::over(text, offset);
        translator.marks = Some(Vec::new());
        // It was translated before: there is no trouble.
        let _ = translator.one();
        Self {
            json: translator.json,
            whole: offset..translator.scanner.at,
            marks: translator.marks.unwrap_or_default(),
        }
    }

    /// The smallest form that holds a stretch of the JSON text.
    pub(super) fn edn(&self, json: &Range<usize>) -> Range<usize> {
        let holds = |mark: &&Mark| mark.json.start <= json.start && json.end <= mark.json.end;
        let marks = self.marks.iter().filter(holds);
        let smallest = marks.min_by_key(|mark| mark.json.len());
        smallest.map_or_else(|| self.whole.clone(), |mark| mark.edn.clone())
    }
}

impl<'t> Translator<'t> {
    /// Forms within each other, as in JSON.
    const DEPTH_MAX: usize = 128;

    pub(super) fn over(text: &'t str, at: usize) -> Self {
        Self {
            scanner: Scanner { text, at },
            json: String::new(),
            marks: None,
        }
    }

    /// The next token that counts.
    pub(super) fn token(
        &mut self,
        depth: usize,
    ) -> Result<Option<(Token<'t>, Range<usize>)>, TextTrouble> {
        loop {
            match self.scanner.token()? {
                Some((Token::Discard, at)) => self.discard(at, depth + 1)?,
                other => return Ok(other),
            }
        }
    }

    /// Translates the next form; tells whether there is one.
    pub(super) fn one(&mut self) -> Result<bool, TextTrouble> {
        match self.token(0)? {
            Some((token, at)) => self.form(token, at, 0).map(|()| true),
            None => Ok(false),
        }
    }

    /// Passes over the form after a `#_`.
    fn discard(&mut self, at: Range<usize>, depth: usize) -> Result<(), TextTrouble> {
        let json_len = self.json.len();
        let marks = self.marks.take();
        self.required(at, depth, "what `#_` discards")?;
        self.marks = marks;
        self.json.truncate(json_len);
        Ok(())
    }

    /// Translates the form that must follow `#_` or a tag.
    fn required(
        &mut self,
        at: Range<usize>,
        depth: usize,
        what: &'static str,
    ) -> Result<(), TextTrouble> {
        // Before the next token: a row of `#_` nests, too.
        Self::bound(&at, depth)?;
        match self.token(depth)? {
            Some((token, at)) => self.form(token, at, depth),
            None => {
                let end = self.scanner.at..self.scanner.at;
                let trouble = Trouble::new(FaultKind::Truncated("a tagged value"), end, what);
                Err(trouble.with("of this", at))
            }
        }
    }

    fn bound(at: &Range<usize>, depth: usize) -> Result<(), TextTrouble> {
        match depth < Self::DEPTH_MAX {
            true => Ok(()),
            false => {
                let kind = FaultKind::TooDeep;
                Err(Trouble::new(kind, at.clone(), "at most 128 levels"))
            }
        }
    }

    /// Translates the form that begins with this token. Recursion is bounded by the depth.
    pub(super) fn form(
        &mut self,
        token: Token<'t>,
        at: Range<usize>,
        depth: usize,
    ) -> Result<(), TextTrouble> {
        Self::bound(&at, depth)?;
        let start = self.json.len();
        match token {
            Token::Open(Bracket::Curly) => self.map(at.clone(), depth)?,
            Token::Open(bracket) => self.list(bracket, at.clone(), depth)?,
            Token::Close(found) => return Err(malformed(at, unexpected(found), "a value")),
            Token::Discard => self.discard(at.clone(), depth + 1)?,
            Token::Tag(name) => self.tagged(name, at.clone(), depth)?,
            Token::Text(text) => self.text(text, at.start + 1)?,
            Token::Character(character) => self.string(character.encode_utf8(&mut [0; 4])),
            Token::Keyword(text) | Token::Special(text) => self.string(text),
            Token::Word(word) => self.word(word, &at)?,
        }
        self.mark(start, at.start);
        Ok(())
    }

    /// Keeps the place of what was just translated.
    fn mark(&mut self, json_start: usize, edn_start: usize) {
        let mark = Mark {
            json: json_start..self.json.len(),
            edn: edn_start..self.scanner.at,
        };
        if let Some(marks) = &mut self.marks {
            marks.push(mark);
        }
    }

    /// The next token within a collection; none where the collection ends.
    fn inner(
        &mut self,
        bracket: Bracket,
        open: &Range<usize>,
        depth: usize,
    ) -> Result<Option<(Token<'t>, Range<usize>)>, TextTrouble> {
        let close = bracket.close();
        match self.token(depth)? {
            Some((Token::Close(found), _)) if found == close => Ok(None),
            Some((Token::Close(found), at)) => {
                let trouble = malformed(at, unexpected(found), &format!("`{close}`"));
                Err(trouble.with("for what begins here", open.clone()))
            }
            None => {
                let kind = FaultKind::Truncated(bracket.found());
                let end = self.scanner.text.trim_end().len();
                let trouble = Trouble::new(kind, end..end, format!("`{close}` at its end"));
                Err(trouble.with("it begins here", open.clone()))
            }
            inner => Ok(inner),
        }
    }

    fn list(
        &mut self,
        bracket: Bracket,
        open: Range<usize>,
        depth: usize,
    ) -> Result<(), TextTrouble> {
        self.json.push('[');
        let mut is_first = true;
        while let Some((token, at)) = self.inner(bracket, &open, depth)? {
            if !std::mem::take(&mut is_first) {
                self.json.push(',');
            }
            self.form(token, at, depth + 1)?;
        }
        self.json.push(']');
        Ok(())
    }

    fn map(&mut self, open: Range<usize>, depth: usize) -> Result<(), TextTrouble> {
        self.json.push('{');
        let mut is_first = true;
        while let Some((token, at)) = self.inner(Bracket::Curly, &open, depth)? {
            if !std::mem::take(&mut is_first) {
                self.json.push(',');
            }
            self.key(token, at.clone(), depth)?;
            self.json.push(':');
            let key = at.start..self.scanner.at;
            let Some((token, at)) = self.inner(Bracket::Curly, &open, depth)? else {
                let what = "a key without a value".to_owned();
                return Err(malformed(key, what, "a value after each key"));
            };
            self.form(token, at, depth + 1)?;
        }
        self.json.push('}');
        Ok(())
    }

    /// A key of an object is a string: of anything else, its JSON text.
    fn key(&mut self, token: Token<'t>, at: Range<usize>, depth: usize) -> Result<(), TextTrouble> {
        let start = self.json.len();
        let edn_start = at.start;
        self.form(token, at, depth + 1)?;
        if !self.json[start..].starts_with('"') {
            let key = self.json.split_off(start);
            self.string(&key);
            self.mark(start, edn_start);
        }
        Ok(())
    }

    /// Of a tagged value, only the value counts. A map entry that is printed as a record is the pair
    /// that it stands for.
    fn tagged(&mut self, name: &str, at: Range<usize>, depth: usize) -> Result<(), TextTrouble> {
        let start = self.json.len();
        let mark_count = self.marks.as_ref().map_or(0, Vec::len);
        self.required(at, depth + 1, "a value after the tag")?;
        if !name.ends_with("MapEntry") && !name.ends_with("Tuple") {
            return Ok(());
        }
        let entry = members(&self.json[start..]);
        let of = |name: &str| entry.iter().find(|member| member.name == name);
        let value = of("val").or_else(|| of("value"));
        let Some((key, value)) = of("key").zip(value).filter(|_| entry.len() == 2) else {
            return Ok(());
        };
        let pair = format!("[{},{}]", key.raw, value.raw);
        self.json.truncate(start);
        self.json.push_str(&pair);
        if let Some(marks) = &mut self.marks {
            marks.truncate(mark_count);
        }
        Ok(())
    }

    /// Writes a string that has no escapes of EDN.
    fn string(&mut self, text: &str) {
        if text.contains(['"', '\\']) || text.contains(char::is_control) {
            self.json.push_str(&Value::from(text).to_string());
        } else {
            self.json.push('"');
            self.json.push_str(text);
            self.json.push('"');
        }
    }

    /// Writes what stands between two quotes, from byte `at` on.
    fn text(&mut self, text: &'t str, at: usize) -> Result<(), TextTrouble> {
        if memchr::memchr(b'\\', text.as_bytes()).is_none() {
            self.string(text);
            return Ok(());
        }
        self.json.push('"');
        let mut rest = text;
        while let Some(escape) = rest.find('\\') {
            self.plain(&rest[..escape]);
            let len = self.escape(&rest[escape + 1..]).ok_or_else(|| {
                let start = at + (text.len() - rest.len()) + escape;
                let second = rest[escape + 1..].chars().next();
                let end = start + 1 + second.map_or(0, char::len_utf8);
                let what = "unknown escape in a string".to_owned();
                let expected = "\\\", \\\\, \\n, \\r, \\t, \\b, \\f or \\uXXXX";
                malformed(start..end, what, expected)
            })?;
            rest = &rest[escape + 1 + len..];
        }
        self.plain(rest);
        self.json.push('"');
        Ok(())
    }

    /// Writes a part of a string that has neither escapes nor quotes.
    fn plain(&mut self, text: &str) {
        if text.contains(char::is_control) {
            let quoted = Value::from(text).to_string();
            self.json.push_str(&quoted[1..quoted.len() - 1]);
        } else {
            self.json.push_str(text);
        }
    }

    /// Writes one escape; gives its length in EDN without the backslash.
    fn escape(&mut self, rest: &str) -> Option<usize> {
        let first = rest.chars().next()?;
        match first {
            '"' | '\\' | 'n' | 'r' | 't' | 'b' | 'f' => {
                self.json.push('\\');
                self.json.push(first);
                Some(1)
            }
            'u' => {
                let digits = rest.get(1..5)?;
                let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                self.json.push_str(r"\u");
                self.json.push_str(digits);
                is_hex.then_some(5)
            }
            '0'..='7' => {
                let is_octal = |byte: &u8| matches!(byte, b'0'..=b'7');
                let len = rest
                    .bytes()
                    .take(3)
                    .take_while(|byte| is_octal(byte))
                    .count();
                let code = u32::from_str_radix(&rest[..len], 8).ok()?;
                self.json.push_str(&format!(r"\u{code:04x}"));
                (code <= 0o377).then_some(len)
            }
            _ => None,
        }
    }

    fn word(&mut self, word: &str, at: &Range<usize>) -> Result<(), TextTrouble> {
        match word {
            "nil" => self.json.push_str("null"),
            "true" | "false" => self.json.push_str(word),
            _ if is_number(word) => match number(word) {
                Some(Number::Json(json)) => self.json.push_str(&json),
                Some(Number::Other) => self.string(word),
                None => {
                    let what = format!("`{word}` is no number");
                    let expected = "an integer like 7, or a number like 0.5";
                    return Err(malformed(at.clone(), what, expected));
                }
            },
            _ => self.string(word),
        }
        Ok(())
    }
}

/// A number of EDN.
#[derive(Debug, PartialEq)]
enum Number {
    /// One that JSON has, as JSON.
    Json(String),
    /// A ratio.
    Other,
}

/// Reads a number; none where it is not well formed.
fn number(word: &str) -> Option<Number> {
    let (sign, unsigned) = match word.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", word.strip_prefix('+').unwrap_or(word)),
    };
    if let Some(digits) = unsigned.strip_prefix("0x") {
        let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let int = u64::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        return Some(Number::Json(format!("{sign}{int}")));
    }
    if let Some((above, below)) = unsigned.split_once('/') {
        return (is_integer(above) && is_integer(below)).then_some(Number::Other);
    }
    if let Some(digits) = unsigned.strip_suffix('N').or(Some(unsigned))
        && is_integer(digits)
    {
        // JSON's -0 is a fraction.
        let sign = if digits == "0" { "" } else { sign };
        return Some(Number::Json(format!("{sign}{digits}")));
    }
    let digits = unsigned.strip_suffix('M').unwrap_or(unsigned);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let fraction = if fraction.is_empty() { "0" } else { fraction };
    let power = exponent.unwrap_or("0");
    let power_digits = power.strip_prefix(['+', '-']).unwrap_or(power);
    if !is_integer(whole) || !are_digits(fraction) || !are_digits(power_digits) {
        return None;
    }
    let json = match (exponent, mantissa.contains('.')) {
        (None, false) => format!("{sign}{whole}"),
        (None, true) => format!("{sign}{whole}.{fraction}"),
        (Some(power), _) => format!("{sign}{whole}.{fraction}e{power}"),
    };
    Some(Number::Json(json))
}

/// Whether these are the digits of an integer: a leading zero would make it octal.
fn is_integer(digits: &str) -> bool {
    are_digits(digits) && (digits == "0" || !digits.starts_with('0'))
}

fn are_digits(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_json_or_none() {
        let cases = [
            ("0", "0"),
            ("-0", "0"),
            ("+7", "7"),
            ("-12N", "-12"),
            ("1.50", "1.50"),
            ("1.", "1.0"),
            ("-2.5M", "-2.5"),
            ("3M", "3"),
            ("1e5", "1.0e5"),
            ("1.5E-3", "1.5e-3"),
            ("0x1f", "31"),
        ];
        for (edn, json) in cases {
            assert_eq!(number(edn), Some(Number::Json(json.to_owned())), "{edn}");
        }
        assert_eq!(number("1/3"), Some(Number::Other));
        for bad in [
            "007", "1x", "1.5N", "1.5.2", "1e", "1/", "0x", "2r101", "1e+-2",
        ] {
            assert_eq!(number(bad), None, "{bad}");
        }
    }

    #[test]
    fn places_are_those_of_the_smallest_form() {
        let text = " {:a [1 #{:x}], \"b\" 2}";
        let traced = Traced::at(text, 1);
        assert_eq!(traced.json, r#"{"a":[1,["x"]],"b":2}"#);
        let edn = |json: &str| {
            let start = traced.json.find(json).unwrap();
            &text[traced.edn(&(start..start + json.len()))]
        };
        assert_eq!(edn("\"x\""), ":x");
        assert_eq!(edn("[\"x\"]"), "#{:x}");
        assert_eq!(edn("\"a\""), ":a");
        assert_eq!(edn("],"), &text[1..]);
    }
}
