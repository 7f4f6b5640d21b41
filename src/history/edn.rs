//! Reads a Jepsen history in EDN: one map a line, or one list of maps.
//!
//! # Idea
//! The text is translated to JSON Lines, which the one reader of events reads: so both formats have
//! the same fields, the same rules and the same faults. For each event the table of origins keeps where
//! it stands in the EDN text; the place of a part of an event is found by translating that one event
//! once more.
//!
//! # Complexity
//! One pass beyond those of the JSON Lines; the JSON text and 12 bytes an event beyond their memory.
//!
//! # Not chosen
//! Interning EDN directly: every rule on fields would stand there twice.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::edn_form::{Traced, Translator};
use super::edn_token::{Bracket, Scanner, Token, malformed, unexpected};
use super::fault::{FaultKind, Trouble};
use super::json::TextTrouble;
use super::locate::part_span;
use super::pairing::Part;
use super::read::Reader;
use super::source::{TEXT_BYTES_MAX, line_ends};
use super::{EventId, Format, History, OnFault};

impl Format {
    /// Recognises the format by the first characters that count: a map begins with a keyword in EDN
    /// and with a string in JSON.
    pub(super) fn of(text: &str) -> Self {
        let mut scanner = Scanner { text, at: 0 };
        scanner.skip_blanks();
        let is_comment = text[..scanner.at].contains(';');
        let is_edn = |scanner: &mut Scanner<'_>| {
            let first = scanner.peek();
            scanner.at += first.map_or(0, char::len_utf8);
            match first {
                Some('(') => true,
                Some('#') => scanner
                    .peek()
                    .is_some_and(|next| next == '_' || next.is_alphabetic()),
                Some('{') => {
                    scanner.skip_blanks();
                    scanner.peek() == Some(':')
                }
                _ => false,
            }
        };
        let is_list = scanner.peek() == Some('[');
        if is_list {
            scanner.at += 1;
            scanner.skip_blanks();
        }
        match is_comment || is_edn(&mut scanner) {
            true => Self::JepsenEdn,
            false => Self::Json,
        }
    }
}

/// Reads a text; the history is without its text and path. The faults are places of the EDN text.
pub(super) fn read(text: &str, on_fault: OnFault) -> (History, Vec<TextTrouble>, usize) {
    let mut events = Events::of(text, on_fault);
    events.translate();
    let json = Arc::new(std::mem::take(&mut events.translator.json));
    let mut troubles = std::mem::take(&mut events.troubles);
    if json.len() as u64 > TEXT_BYTES_MAX {
        let kind = FaultKind::TooLarge(TEXT_BYTES_MAX);
        let trouble = Trouble::new(kind, 0..0, "a smaller history: split it");
        return (History::default(), vec![trouble], 0);
    }
    let mut reader = Reader::over(&json, on_fault);
    reader.read_all();
    // What a whole history must have is not asked of one that ends at its first fault.
    let is_cut = on_fault == OnFault::Stop && !troubles.is_empty();
    let (mut history, found, more) = match is_cut {
        true => (History::default(), std::mem::take(&mut reader.troubles), 0),
        false => reader.finish(),
    };
    let origins = events.origins;
    let found = found.into_iter().map(|trouble| {
        let trouble = Trouble {
            kind: in_edn(trouble.kind),
            ..trouble
        };
        trouble.located(|span| located(text, &origins, &span))
    });
    troubles.extend(found);
    for event in &mut history.events {
        let origin = &origins[event.place.line as usize - 1];
        event.place.line = origin.line;
        event.place.offset = origin.edn;
    }
    (history, troubles, more)
}

/// What is malformed is EDN, although JSON was read.
fn in_edn(kind: FaultKind) -> FaultKind {
    match kind {
        FaultKind::Malformed(what) => FaultKind::MalformedEdn(what),
        kind => kind,
    }
}

/// Where an event stands in both texts, in bytes, and its line.
#[derive(Debug)]
struct Origin {
    json: u32,
    edn: u32,
    line: u32,
}

/// The stretch of the EDN text that a stretch of the JSON text came from.
fn located(text: &str, origins: &[Origin], json: &Range<usize>) -> Range<usize> {
    let next = origins.partition_point(|origin| origin.json as usize <= json.start);
    let Some(origin) = origins[..next].last() else {
        return 0..0;
    };
    let base = origin.json as usize;
    let within = json.start - base..json.end.saturating_sub(base);
    Traced::at(text, origin.edn as usize).edn(&within)
}

/// Where a part of the event at `offset` stands: the whole event where it has no such part.
pub(super) fn part_span_in(text: &str, offset: u64, part: Part) -> Range<usize> {
    let traced = Traced::at(text, usize::try_from(offset).unwrap_or(text.len()));
    traced.edn(&part_span(&traced.json, 0, part))
}

/// The event that begins at byte `offset` of the text.
pub(super) fn event_text(text: &str, offset: u64) -> &str {
    let start = usize::try_from(offset).unwrap_or(text.len());
    let mut translator = Translator::over(text, start);
    match translator.one() {
        Ok(true) => &text[start..translator.scanner.at],
        _ => "",
    }
}

impl History {
    /// The event as JSON text; empty for a built history.
    pub(super) fn event_json(&self, event: EventId) -> Cow<'_, str> {
        let place = self.event(event).place;
        if self.format == Format::Json || place.line == 0 {
            return Cow::Borrowed(self.event_text(event));
        }
        let start = place.offset as usize;
        let mut translator = Translator::over(&self.text, start);
        // It was translated before: there is no trouble.
        let _ = translator.one();
        Cow::Owned(translator.json)
    }
}

/// Where in the text the translation is.
#[derive(Clone, Debug)]
enum State {
    Start,
    /// Between maps that stand alone.
    Lines,
    /// Within a list, with its first character.
    List(Bracket, Range<usize>),
    End,
}

/// The events of a text, one after the other.
struct Events<'t> {
    translator: Translator<'t>,
    origins: Vec<Origin>,
    troubles: Vec<TextTrouble>,
    state: State,
    on_fault: OnFault,
    /// Where the line of the last event begins to be counted, and its number.
    line_at: usize,
    line: u32,
}

impl<'t> Events<'t> {
    fn of(text: &'t str, on_fault: OnFault) -> Self {
        let mut translator = Translator::over(text, 0);
        translator.json.reserve(text.len() + text.len() / 4);
        Self {
            translator,
            origins: Vec::with_capacity(line_ends(text) + 1),
            troubles: Vec::new(),
            state: State::Start,
            on_fault,
            line_at: 0,
            line: 1,
        }
    }

    /// Translates all events, each to a line of its own.
    fn translate(&mut self) {
        loop {
            let json_len = self.translator.json.len();
            match self.next() {
                Ok(true) => {}
                Ok(false) => return,
                Err(trouble) => {
                    self.translator.json.truncate(json_len);
                    let at = trouble.at.start;
                    self.troubles.push(trouble);
                    let is_full = self.troubles.len() > super::Faults::LIST_MAX;
                    if self.on_fault == OnFault::Stop || is_full || !self.resume(at) {
                        return;
                    }
                }
            }
        }
    }

    /// Goes on at the next line that looks like an event; tells whether there is one.
    fn resume(&mut self, after: usize) -> bool {
        let text = self.translator.scanner.text;
        let mut at = after;
        while let Some(end) = memchr::memchr(b'\n', &text.as_bytes()[at..]) {
            at += end + 1;
            if text[at..]
                .trim_start_matches([' ', '\t', ','])
                .starts_with(['{', '#'])
            {
                self.translator.scanner.at = at;
                if matches!(self.state, State::Start) {
                    self.state = State::Lines;
                }
                return true;
            }
        }
        false
    }

    /// Translates the next event, or what stands there instead; tells whether to go on.
    fn next(&mut self) -> Result<bool, TextTrouble> {
        let Some((mut token, mut at)) = self.translator.token(0)? else {
            return self.end().map(|()| false);
        };
        let start = at.start;
        // As deep as it is where the event is translated alone.
        let mut depth = 0;
        while let (Token::Tag(_), false) = (token, matches!(self.state, State::End)) {
            depth += 1;
            let Some(tagged) = self.translator.token(depth)? else {
                let kind = FaultKind::Truncated("an event");
                return Err(Trouble::new(kind, at.end..at.end, "a map after the tag"));
            };
            (token, at) = tagged;
        }
        match (token, &self.state) {
            (_, State::End) => {
                let kind = FaultKind::AfterTheEnd;
                Err(Trouble::new(kind, at, "nothing after the list"))
            }
            (Token::Open(bracket @ (Bracket::Square | Bracket::Round)), State::Start) => {
                self.state = State::List(bracket, at);
                Ok(true)
            }
            (Token::Close(found), State::List(bracket, _)) if found == bracket.close() => {
                self.state = State::End;
                Ok(true)
            }
            (Token::Close(found), _) => Err(malformed(at, unexpected(found), "an event, a map")),
            (Token::Open(Bracket::Curly), _) => {
                self.event(start, (token, at), depth).map(|()| true)
            }
            _ => {
                let edn_start = at.start;
                self.translator.form(token, at, depth)?;
                let kind = FaultKind::NotAnObject(token.found());
                let span = edn_start..self.translator.scanner.at;
                Err(Trouble::new(
                    kind,
                    span,
                    "a map with `:process` and `:type`",
                ))
            }
        }
    }

    fn end(&self) -> Result<(), TextTrouble> {
        let State::List(bracket, open) = &self.state else {
            return Ok(());
        };
        let kind = FaultKind::Truncated("the list of events");
        let end = self.translator.scanner.text.trim_end().len();
        let expected = format!("`{}` at its end", bracket.close());
        Err(Trouble::new(kind, end..end, expected).with("it begins here", open.clone()))
    }

    /// Translates the event that begins at `start`, with a tag or at once with its map.
    fn event(
        &mut self,
        start: usize,
        (token, at): (Token<'t>, Range<usize>),
        depth: usize,
    ) -> Result<(), TextTrouble> {
        if matches!(self.state, State::Start) {
            self.state = State::Lines;
        }
        let json = self.translator.json.len();
        self.translator.form(token, at, depth)?;
        self.translator.json.push('\n');
        let text = self.translator.scanner.text;
        let lines = u32::try_from(line_ends(&text[self.line_at..start])).unwrap_or(u32::MAX);
        self.line = self.line.saturating_add(lines);
        self.line_at = start;
        // Texts are at most 4 GiB: what exceeds that is refused before it is used.
        let position = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.origins.push(Origin {
            json: position(json),
            edn: position(start),
            line: self.line,
        });
        Ok(())
    }
}
