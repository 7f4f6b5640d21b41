//! Reads a history: JSON Lines, a JSON array or Jepsen's EDN, plain or compressed.
//!
//! # Complexity
//! One pass over the text to validate it, one to find the fields, one over each value that is a list
//! or an object. Memory beyond the text: the history, and while reading about 16 bytes for each
//! distinct id, message and process.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::fault::{FaultKind, Trouble, one_of};
use super::header::{HeaderReader, header_members};
use super::intern::{Interner, Scratch, integer};
use super::json::{
    Field, Member, RawEvent, TextTrouble, elements, found, malformed, members, repeated, span_in,
};
use super::locate::{faults, part_span};
use super::pairing::{Draft, Pairing, Part};
use super::source::{Elements, Lines, Piece, Source, TEXT_BYTES_MAX, is_space, line_ends};
use super::values::Scalar;
use super::{
    EventKind, Faults, Header, History, Place, ReadError, ValueId, Values, View, edn, flat,
};

/// What a reader does after the first fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFault {
    /// It reports the first.
    #[default]
    Stop,
    /// It reports all, up to [`Faults::LIST_MAX`]. Some may follow from others.
    KeepGoing,
}

/// How the events of a text are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON Lines, or a JSON array of the same objects.
    #[default]
    Json,
    /// Jepsen's EDN: one map a line, or one list of maps.
    JepsenEdn,
}

impl History {
    /// Reads a history from the bytes of a file; `path` is what reports call it.
    ///
    /// Recognises gzip, zstd, JSON Lines, JSON arrays and Jepsen's EDN by their content. Empty input
    /// is a history without events.
    ///
    /// # Errors
    /// What is wrong with the input, with every place concerned.
    pub fn read(path: &str, bytes: Vec<u8>, on_fault: OnFault) -> Result<Self, Faults> {
        Self::read_as(None, path, bytes, on_fault)
    }

    /// Reads a history in a format that is known; without one it is recognised.
    ///
    /// # Errors
    /// What is wrong with the input, with every place concerned.
    pub fn read_as(
        format: Option<Format>,
        path: &str,
        bytes: Vec<u8>,
        on_fault: OnFault,
    ) -> Result<Self, Faults> {
        let source = Source::of(bytes, TEXT_BYTES_MAX)
            .map_err(|trouble| faults(path, Arc::default(), vec![trouble], 1))?;
        let list_max = match on_fault {
            OnFault::Stop => 1,
            OnFault::KeepGoing => Faults::LIST_MAX,
        };
        let mut first_troubles: Vec<TextTrouble> =
            source.troubles().take(Faults::LIST_MAX).collect();
        let more_replaced = source.replaced.len() - first_troubles.len();
        let text = Arc::new(source.text);
        if !first_troubles.is_empty() && on_fault == OnFault::Stop {
            let faults = faults(path, text, first_troubles, list_max);
            return Err(Faults { more: 0, ..faults });
        }
        let format = format.unwrap_or_else(|| Format::of(&text));
        let (mut history, troubles, more) = match format {
            Format::Json => {
                let mut reader = Reader::over(&text, on_fault);
                reader.troubles = first_troubles;
                reader.more = more_replaced;
                reader.replaced = source.replaced.into_iter().map(|(span, _)| span).collect();
                reader.read_all();
                reader.finish()
            }
            Format::JepsenEdn => {
                let (history, troubles, more) = edn::read(&text, on_fault);
                first_troubles.extend(troubles);
                (history, first_troubles, more + more_replaced)
            }
        };
        if !troubles.is_empty() {
            let mut faults = faults(path, text, troubles, list_max);
            faults.more += more;
            if on_fault == OnFault::Stop {
                faults.more = 0;
            }
            return Err(faults);
        }
        path.clone_into(&mut history.path);
        history.text = text;
        history.format = format;
        Ok(history)
    }

    /// Reads a history from a file.
    ///
    /// # Errors
    /// The file cannot be read, or something is wrong with its content.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|source| ReadError::Io {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self::read(&path.to_string_lossy(), bytes, OnFault::Stop)?)
    }

    /// Reads a history from a text.
    ///
    /// # Errors
    /// What is wrong with the text.
    ///
    /// # Example
    /// ```
    /// use testimony::history::{History, Outcome};
    ///
    /// let history = History::parse(
    ///     r#"{"process": 0, "type": "invoke", "f": "write", "value": 7}
    ///        {"process": 0, "type": "info"}"#,
    /// )?;
    /// assert_eq!(history.operations()[0].outcome, Outcome::Unknown);
    /// # Ok::<(), testimony::history::Faults>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Faults> {
        Self::read("history", text.as_bytes().to_vec(), OnFault::Stop)
    }
}

/// The fields of a line, or why it is none.
type Parsed<'t> = Result<RawEvent<'t>, serde_json::Error>;

/// Lines whose fields are found before they are interned: enough to be worth another thread's attention, few
/// enough for its cache.
const BATCH_LINES: usize = 4_096;

/// Scalars that are looked for at once.
const TOUCHED: usize = 256;

/// Lines of which the fields are found, and values taken apart.
#[derive(Default)]
struct Batch<'t> {
    lines: Vec<(Piece<'t>, Parsed<'t>, Flat)>,
    scalars: Vec<Scalar>,
}

/// Where the scalars of an event's value stand in its batch; `None`: it was not taken apart.
type Flat = Option<Range<usize>>;

impl<'t> Batch<'t> {
    /// Takes the next lines of a text; fewer than a whole batch only at the end.
    fn of(text: &'t str, lines: &mut Lines<'t>) -> Self {
        let mut batch = Self::default();
        for piece in lines.take(BATCH_LINES) {
            let parsed = RawEvent::parse(piece.text);
            let value = parsed.as_ref().ok().and_then(|raw| raw.get(Field::Value));
            let start = batch.scalars.len();
            let flat = value.and_then(|raw| flat::scalars(text, raw, &mut batch.scalars));
            let flat = flat.map(|()| start..batch.scalars.len());
            batch.lines.push((piece, parsed, flat));
        }
        batch
    }
}

/// A history that is being read.
pub(super) struct Reader<'t> {
    text: &'t str,
    pairing: Pairing,
    header: Header,
    scratch: Scratch<'t>,
    /// The ids of one `after`.
    after: Vec<ValueId>,
    pub(super) troubles: Vec<TextTrouble>,
    more: usize,
    on_fault: OnFault,
    /// Stretches that were not UTF-8, the first one first.
    replaced: std::collections::VecDeque<Range<usize>>,
}

impl<'t> Reader<'t> {
    /// The shortest event is `{"process":0,"type":"info"}`.
    const EVENT_BYTES_MIN: usize = 27;

    /// Text for each distinct value, where values are many.
    const VALUE_BYTES: usize = 96;

    pub(super) fn over(text: &'t Arc<String>, on_fault: OnFault) -> Self {
        // An exact table from the start: growing one would hold it twice.
        let lines = line_ends(text) + 1;
        let events_max = lines.min(text.len() / Self::EVENT_BYTES_MIN + 1);
        let mut values = Values::over(Arc::clone(text));
        values.reserve(text.len() / Self::VALUE_BYTES);
        Self {
            text,
            pairing: Pairing::over(values, events_max),
            header: Header::default(),
            scratch: Scratch::default(),
            after: Vec::new(),
            troubles: Vec::new(),
            more: 0,
            on_fault,
            replaced: std::collections::VecDeque::new(),
        }
    }

    pub(super) fn read_all(&mut self) {
        if self.text.trim_start_matches(is_space).starts_with('[') {
            let mut is_first = true;
            for element in Elements::of(self.text) {
                match element {
                    Ok(piece) if !self.piece(piece, std::mem::take(&mut is_first)) => return,
                    Ok(_) => {}
                    Err(trouble) => self.report(trouble),
                }
            }
        } else {
            self.read_lines();
        }
    }

    /// Reads lines in batches: while the events of one are interned, the fields of the next are found on another
    /// thread, where there is one. Events are interned one after the other, so nothing depends on the threads.
    fn read_lines(&mut self) {
        let mut lines = Lines::of(self.text);
        let text = self.text;
        let mut batch = Batch::of(text, &mut lines);
        let mut is_first = true;
        while !batch.lines.is_empty() {
            let is_last = batch.lines.len() < BATCH_LINES;
            let intern = || {
                let mut lines = batch.lines.into_iter();
                let mut touched = 0;
                lines.all(|(piece, raw, flat)| {
                    if flat.as_ref().is_some_and(|flat| flat.end > touched) {
                        let next = (touched + TOUCHED).min(batch.scalars.len());
                        self.pairing.values.touch(&batch.scalars[touched..next]);
                        touched = next;
                    }
                    let scalars = flat.map(|flat| &batch.scalars[flat]);
                    self.parsed((piece, raw), scalars, std::mem::take(&mut is_first))
                })
            };
            let goes_on;
            (goes_on, batch) = match is_last {
                true => (intern(), Batch::default()),
                false => rayon::join(intern, || Batch::of(text, &mut lines)),
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Reads a header or an event; tells whether to go on.
    fn piece(&mut self, piece: Piece<'t>, is_first: bool) -> bool {
        self.parsed((piece, RawEvent::parse(piece.text)), None, is_first)
    }

    /// The same, of which the fields are found, and perhaps the scalars of the value.
    fn parsed(
        &mut self,
        (piece, raw): (Piece<'t>, Parsed<'t>),
        scalars: Option<&[Scalar]>,
        is_first: bool,
    ) -> bool {
        if self.is_spoiled(piece) {
            return true;
        }
        let is_readable = match raw {
            Err(error) => {
                self.refuse(piece, &error);
                true
            }
            Ok(raw) => match header_members(&raw, piece.text) {
                None => {
                    self.event(piece, &raw, scalars);
                    true
                }
                Some(members) if is_first => self.header(&members),
                Some(_) => {
                    let span = span_in(self.text, piece.text);
                    let expected = "the header on the first line only";
                    self.report(Trouble::new(FaultKind::LateHeader, span, expected));
                    true
                }
            },
        };
        is_readable && (self.troubles.is_empty() || self.on_fault == OnFault::KeepGoing)
    }

    /// Whether the piece holds bytes that were not UTF-8: that is already reported.
    fn is_spoiled(&mut self, piece: Piece<'t>) -> bool {
        if self.replaced.is_empty() {
            return false;
        }
        let span = span_in(self.text, piece.text);
        while self
            .replaced
            .front()
            .is_some_and(|bad| bad.end <= span.start)
        {
            self.replaced.pop_front();
        }
        self.replaced
            .front()
            .is_some_and(|bad| bad.start < span.end)
    }

    fn header(&mut self, members: &[Member<'t>]) -> bool {
        let mut reader = HeaderReader {
            interner: Interner {
                text: self.text,
                values: &mut self.pairing.values,
                scratch: &mut self.scratch,
            },
            header: Header::default(),
            troubles: Vec::new(),
        };
        let is_known_version = reader.read(members);
        self.header = reader.header;
        for trouble in reader.troubles {
            self.report(trouble);
        }
        is_known_version
    }

    fn event(&mut self, piece: Piece<'t>, raw: &RawEvent<'t>, scalars: Option<&[Scalar]>) {
        if let Some(field) = raw.repeated {
            self.repeated_field(piece, field);
        }
        let (Some(process), Some(kind)) = (self.process(piece, raw), self.kind(piece, raw)) else {
            return;
        };
        let after = raw.get(Field::After).is_some_and(|raw| self.after(raw));
        let draft = Draft {
            process,
            kind,
            f: self.optional(raw.get(Field::F)),
            value: match (raw.get(Field::Value), scalars) {
                (Some(raw), Some(scalars)) => self.flat(raw, scalars),
                (raw, _) => self.optional(raw),
            },
            id: self.optional(raw.get(Field::Id)),
            intent: self.optional(raw.get(Field::Intent)),
            msg: match kind {
                EventKind::Send | EventKind::Receive => self.optional(raw.get(Field::Msg)),
                _ => None,
            },
            after: None,
            time_ns: raw.get(Field::Time).and_then(|raw| self.time(raw)),
            place: Place {
                offset: span_in(self.text, piece.text).start as u32,
                line: piece.line,
            },
        };
        let after = after.then_some(&self.after[..]);
        self.pairing.add(Draft { after, ..draft });
        for trouble in std::mem::take(&mut self.pairing.troubles) {
            let trouble = self.located(trouble);
            self.report(trouble);
        }
    }

    /// Reports what is not JSON, or not an object, or not all there.
    fn refuse(&mut self, piece: Piece<'t>, error: &serde_json::Error) {
        let span = span_in(self.text, piece.text);
        let trouble = if error.is_eof() && piece.is_last {
            let kind = FaultKind::Truncated("an event");
            Trouble::new(
                kind,
                span.end..span.end,
                "a whole JSON object: the file seems cut off",
            )
        } else if error.is_data() {
            let kind = FaultKind::NotAnObject(found(piece.text));
            Trouble::new(kind, span, "an object with `process` and `type`")
        } else if !piece.text.starts_with('{') {
            let kind = FaultKind::Malformed("not an object".to_owned());
            Trouble::new(kind, span, "one JSON object a line")
        } else {
            malformed(self.text, piece.text, error)
        };
        self.report(trouble);
    }

    fn repeated_field(&mut self, piece: Piece<'t>, field: Field) {
        let members = members(piece.text);
        let mut same = members
            .iter()
            .filter(|member| member.name == field.as_str());
        if let (Some(first), Some(second)) = (same.next(), same.next()) {
            let (first, second) = (first.raw_name, second.raw_name);
            self.report(repeated(self.text, field.as_str(), first, second));
        }
    }

    fn process(&mut self, piece: Piece<'t>, raw: &RawEvent<'t>) -> Option<ValueId> {
        let Some(raw) = raw.get(Field::Process) else {
            let span = span_in(self.text, piece.text);
            let expected = "`process`: the participant, a string or an integer";
            self.report(Trouble::new(FaultKind::Missing("process"), span, expected));
            return None;
        };
        self.interned(raw)
    }

    fn kind(&mut self, piece: Piece<'t>, raw: &RawEvent<'t>) -> Option<EventKind> {
        let words = EventKind::ALL.map(EventKind::as_str);
        let Some(raw) = raw.get(Field::Type) else {
            let span = span_in(self.text, piece.text);
            let expected = format!("`type`: {}", one_of(&words, ""));
            self.report(Trouble::new(FaultKind::Missing("type"), span, expected));
            return None;
        };
        let word = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
        let known = |word: &str| {
            EventKind::ALL
                .into_iter()
                .find(|kind| kind.as_str() == word)
        };
        if let Some(kind) = word.and_then(known) {
            return Some(kind);
        }
        let at = span_in(self.text, raw);
        let value = self.interned(raw)?;
        let Some(word) = self.pairing.values.as_str(value).map(str::to_owned) else {
            let kind = FaultKind::Mistyped {
                field: "type".to_owned(),
                found: found(raw),
            };
            self.report(Trouble::new(kind, at, one_of(&words, "")));
            return None;
        };
        if let Some(kind) = known(&word) {
            return Some(kind);
        }
        let expected = one_of(&words, &word);
        // The event takes part in the pairing as what it was meant to be.
        let meant = super::fault::closest(&word.to_lowercase(), words).and_then(known);
        self.report(Trouble::new(
            FaultKind::UnknownWord { of: "type", word },
            at,
            expected,
        ));
        meant
    }

    /// Interns the ids of `after`; tells whether there are any.
    fn after(&mut self, raw: &'t str) -> bool {
        self.after.clear();
        if raw == "null" {
            return false;
        }
        if raw.starts_with('[') {
            for raw in elements(raw) {
                let id = self.interned(raw);
                self.after.extend(id);
            }
            return true;
        }
        let kind = FaultKind::Mistyped {
            field: "after".to_owned(),
            found: found(raw),
        };
        let at = span_in(self.text, raw);
        self.report(Trouble::new(kind, at, "a list of ids, like [\"a\", \"b\"]"));
        false
    }

    fn time(&mut self, raw: &'t str) -> Option<i64> {
        if raw == "null" {
            return None;
        }
        // Times are distinct: interning them would cost more memory than all the rest of an event.
        if let Some(time_ns) = integer(raw) {
            return Some(time_ns);
        }
        let value = self.interned(raw)?;
        if let View::Int(time_ns) = self.pairing.values.view(value) {
            return Some(time_ns);
        }
        let kind = FaultKind::Mistyped {
            field: "time".to_owned(),
            found: found(raw),
        };
        let at = span_in(self.text, raw);
        self.report(Trouble::new(kind, at, "an integer: nanoseconds"));
        None
    }

    fn optional(&mut self, raw: Option<&'t str>) -> Option<ValueId> {
        self.interned(raw?)
    }

    fn interned(&mut self, raw: &'t str) -> Option<ValueId> {
        let value = self.interner().raw(raw);
        self.unless_wrong(value)
    }

    fn flat(&mut self, raw: &'t str, scalars: &[Scalar]) -> Option<ValueId> {
        let value = self.interner().flat(raw, scalars);
        self.unless_wrong(value)
    }

    fn interner(&mut self) -> Interner<'_, 't> {
        Interner {
            text: self.text,
            values: &mut self.pairing.values,
            scratch: &mut self.scratch,
        }
    }

    fn unless_wrong(&mut self, value: Result<ValueId, TextTrouble>) -> Option<ValueId> {
        match value {
            Ok(value) => Some(value),
            Err(trouble) => {
                self.report(trouble);
                None
            }
        }
    }

    fn located(&self, trouble: Trouble<Part>) -> TextTrouble {
        let offset = |part: Part| self.pairing.place(part.event).offset.into();
        trouble.located(|part| part_span(self.text, offset(part), part))
    }

    fn report(&mut self, trouble: TextTrouble) {
        if self.troubles.len() < Faults::LIST_MAX {
            self.troubles.push(trouble);
        } else {
            self.more += 1;
        }
    }

    pub(super) fn finish(mut self) -> (History, Vec<TextTrouble>, usize) {
        let is_readable = self.troubles.is_empty() || self.on_fault == OnFault::KeepGoing;
        let paired = std::mem::take(&mut self.pairing).finish(self.header.order);
        self.more += paired.more;
        if is_readable {
            for trouble in paired.troubles {
                let place = |part: Part| paired.history.event(part.event).place.offset.into();
                let trouble = trouble.located(|part| part_span(self.text, place(part), part));
                self.report(trouble);
            }
        }
        let history = History {
            header: self.header,
            ..paired.history
        };
        (history, self.troubles, self.more)
    }
}
