//! What is wrong with a history: the kind, every place concerned, and what was expected instead.
//!
//! A fault carries data. The command line renders them with the line and the place marked; the
//! [`Display`](fmt::Display) of [`Faults`] stands alone, with an excerpt of each line.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use super::spot::excerpt;

pub use super::spot::Spot;

/// What kind of bad input it is. The texts are fragments that the place stands before.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// A byte that is not UTF-8.
    #[error("byte 0x{0:02x} is not UTF-8")]
    NotUtf8(u8),
    /// The compressed data cannot be read.
    #[error("damaged {format} data: {why}")]
    Damaged {
        /// `gzip` or `zstd`.
        format: &'static str,
        /// What the decompressor says.
        why: String,
    },
    /// More text than positions of 32 bits can name.
    #[error("more than {0} bytes of text")]
    TooLarge(u64),
    /// The last line or the list ends in the middle.
    #[error("the text ends in the middle of {0}")]
    Truncated(&'static str),
    /// Not JSON.
    #[error("malformed JSON: {0}")]
    Malformed(String),
    /// Not EDN.
    #[error("malformed EDN: {0}")]
    MalformedEdn(String),
    /// Lists and objects within each other beyond 128 levels.
    #[error("values nested deeper than 128 levels")]
    TooDeep,
    /// An integer that 64 bits do not hold.
    #[error("integer beyond 64 bits")]
    IntegerTooLarge,
    /// A key that stands twice in one object.
    #[error("repeated key `{0}`")]
    RepeatedKey(String),
    /// Something else than an object where an event must stand.
    #[error("{0} where an event must stand")]
    NotAnObject(&'static str),
    /// Text after the end of a JSON array.
    #[error("text after the end of the list of events")]
    AfterTheEnd,
    /// A version of the format that this program does not know.
    #[error("unknown history version {0}")]
    UnknownVersion(i64),
    /// A header that is not the first line.
    #[error("a header after the first line")]
    LateHeader,
    /// A field that is not there.
    #[error("missing field `{0}`")]
    Missing(&'static str),
    /// A field whose value is of another type.
    #[error("{found} in field `{field}`")]
    Mistyped {
        /// The field.
        field: String,
        /// What stands there, with its article.
        found: &'static str,
    },
    /// A word that the format does not know, in `type`, `order` or `expect`.
    #[error("unknown {of} `{word}`")]
    UnknownWord {
        /// What the word should have been: `type`, `order`, `verdict`.
        of: &'static str,
        /// The word itself.
        word: String,
    },
    /// A completion whose `f` is not its invocation's.
    #[error("completion of `{completion}` for an invocation of `{invoke}`")]
    OtherName {
        /// The completion's `f`.
        completion: String,
        /// The invocation's `f`.
        invoke: String,
    },
    /// A completion by another process than the one that invoked.
    #[error("process {completion} completes an operation of process {invoke}")]
    OtherProcess {
        /// Who completes.
        completion: String,
        /// Who invoked.
        invoke: String,
    },
    /// A completion that nothing invoked.
    #[error("completion without an invocation")]
    WithoutInvocation,
    /// A completion without an id where several operations of its process are open.
    #[error("completion without an id while process {0} has several open operations")]
    SeveralOpen(String),
    /// An invocation on a process that has an open operation, without ids.
    #[error("process {0} invokes again while its operation is open")]
    Busy(String),
    /// An invocation, without ids, on a process whose last operation ended in `info`.
    #[error("process {0} invokes again after its operation ended in `info`")]
    Done(String),
    /// Two operations or events with one id.
    #[error("repeated id {0}")]
    RepeatedId(String),
    /// A second completion of one operation.
    #[error("the operation is already completed")]
    AlreadyCompleted,
    /// Two sends with one name.
    #[error("message {0} is sent twice")]
    SentTwice(String),
    /// A receive of something that nobody sent.
    #[error("message {0} is received but never sent")]
    WithoutSend(String),
    /// A receive that stands before its send, where the lines stand in real time.
    #[error("message {0} is received before it is sent")]
    ReceivedBeforeSent(String),
    /// An id in `after` that nothing has.
    #[error("unknown id {0} in `after`")]
    UnknownId(String),
    /// An event that names itself as its cause.
    #[error("the event is declared to happen after itself")]
    AfterItself,
    /// Events that all happen before each other.
    #[error("a cycle in happened-before")]
    Cycle,
}

/// One thing that is wrong, with every place concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of bad input it is.
    pub kind: FaultKind,
    /// The place.
    pub at: Spot,
    /// Other places concerned, each with a few words that say what stands there.
    pub related: Vec<(String, Spot)>,
    /// What was expected instead; completes "expected …".
    pub expected: String,
}

/// Everything that is wrong with a history: never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    /// What the file is called.
    pub path: String,
    /// The text that the spots refer to: decompressed, with bytes that are not UTF-8 replaced.
    pub text: Arc<String>,
    /// The faults in the order of their places.
    pub list: Vec<Fault>,
    /// How many more there are than the list holds.
    pub more: usize,
}

impl Faults {
    /// The largest number of faults that the list holds.
    pub const LIST_MAX: usize = 1000;
}

impl std::error::Error for Faults {}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, fault) in self.list.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            self.write_fault(f, fault)?;
        }
        if self.more > 0 {
            write!(f, "\n{}: {} more faults", self.path, self.more)?;
        }
        Ok(())
    }
}

impl Faults {
    fn write_fault(&self, f: &mut fmt::Formatter<'_>, fault: &Fault) -> fmt::Result {
        self.write_spot(f, &fault.at)?;
        write!(f, ": {}; expected {}", fault.kind, fault.expected)?;
        self.write_excerpt(f, &fault.at)?;
        for (label, spot) in &fault.related {
            write!(f, "\n  ")?;
            self.write_spot(f, spot)?;
            write!(f, ": {label}")?;
            self.write_excerpt(f, spot)?;
        }
        Ok(())
    }

    fn write_spot(&self, f: &mut fmt::Formatter<'_>, spot: &Spot) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path, spot.line, spot.column)
    }

    fn write_excerpt(&self, f: &mut fmt::Formatter<'_>, spot: &Spot) -> fmt::Result {
        let excerpt = excerpt(&self.text, &spot.span);
        if excerpt.line.is_empty() {
            return Ok(());
        }
        write!(f, "\n    {}", excerpt.line)?;
        let (before, marked) = (excerpt.before, excerpt.marked);
        write!(f, "\n    {:before$}{:^<marked$}", "", "")
    }
}

/// Why a history could not be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file itself could not be read.
    #[error("failed to read {}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file holds bad input.
    #[error(transparent)]
    Faults(#[from] Faults),
}

/// A fault whose places are not yet lines and columns: they are of type `P`.
#[derive(Clone, Debug)]
pub(super) struct Trouble<P> {
    pub(super) kind: FaultKind,
    pub(super) at: P,
    pub(super) related: Vec<(String, P)>,
    pub(super) expected: String,
}

impl<P> Trouble<P> {
    pub(super) fn new(kind: FaultKind, at: P, expected: impl Into<String>) -> Self {
        Self {
            kind,
            at,
            related: Vec::new(),
            expected: expected.into(),
        }
    }

    /// Adds another place concerned.
    pub(super) fn with(mut self, label: impl Into<String>, place: P) -> Self {
        self.related.push((label.into(), place));
        self
    }

    /// Translates all places.
    pub(super) fn located<Q>(self, mut translate: impl FnMut(P) -> Q) -> Trouble<Q> {
        Trouble {
            kind: self.kind,
            at: translate(self.at),
            related: self
                .related
                .into_iter()
                .map(|(label, place)| (label, translate(place)))
                .collect(),
            expected: self.expected,
        }
    }
}

impl Trouble<Range<usize>> {
    pub(super) fn into_fault(self, mut spot: impl FnMut(Range<usize>) -> Spot) -> Fault {
        let Trouble {
            kind,
            at,
            related,
            expected,
        } = self.located(&mut spot);
        Fault {
            kind,
            at,
            related,
            expected,
        }
    }
}

/// The candidate that a misspelt word most likely means; of several, the first.
pub(crate) fn closest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let distance_max = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= 4 * distance_max)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= distance_max)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The words that were expected, with the one that was most likely meant.
pub(super) fn one_of(words: &[&str], found: &str) -> String {
    let Some((last, first)) = words.split_last() else {
        return String::new();
    };
    let list = format!("{} or {last}", first.join(", "));
    match closest(&found.to_lowercase(), words.iter().copied()) {
        Some(meant) => format!("{list}: did you mean `{meant}`?"),
        None => list,
    }
}
