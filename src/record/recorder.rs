//! The recorder: lines in the order in which they came, and the history that they make.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::history::{Faults, History, LineOrder, OnFault, Value};

use super::Journal;

/// Takes down what all participants do, in one order.
///
/// Clones share one record: give them to as many threads and tasks as there are. Recording itself never fails where
/// the call is made: what could not be recorded is the error of [`history`](Self::history) and [`write`](Self::write).
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    shared: Arc<Shared>,
}

/// What all clones and journals of a recorder share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// Stands before ids and messages, so that they differ from those of other recorders.
    site: Option<String>,
    ids: AtomicU64,
    record: Mutex<Record>,
}

#[derive(Debug, Default)]
struct Record {
    /// JSON Lines, each with its end.
    lines: String,
    participants: BTreeSet<String>,
    title: Option<String>,
    source: Option<String>,
    order: LineOrder,
    complete: Complete,
    /// The first value that could not be recorded: from then on the record has a gap.
    gap: Option<BadValue>,
}

/// Of whom everything that happened is recorded.
#[derive(Clone, Debug, Default)]
enum Complete {
    #[default]
    All,
    Only(BTreeSet<String>),
    Nobody,
}

/// A value that could not be recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot record a value of `{name}` of {participant}: {why}")]
pub struct BadValue {
    /// Who did it.
    pub participant: String,
    /// The operation or fact; the type, where the value was to give the name.
    pub name: String,
    /// What the serializer says.
    pub why: String,
}

/// Why there is no history.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Something happened that could not be recorded: a history without it would not be what was witnessed.
    #[error(transparent)]
    Value(#[from] BadValue),
    /// What was recorded is no history: a message was received that nobody recorded as sent.
    #[error(transparent)]
    Bad(#[from] Faults),
    /// The file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The writer failed.
    #[error("cannot write the record: {0}")]
    Write(#[from] io::Error),
    /// Two recorders have lines of one participant, whose own order nobody knows then.
    #[error("two recorders have lines of {0}")]
    SharedParticipant(String),
    /// Two recorders are of one site: their ids would be the same.
    #[error("two recorders are of one site: give each its own with `Recorder::at`")]
    SharedSite,
}

/// The first line.
#[derive(Serialize)]
struct HeaderLine<'r> {
    history: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'r str>,
    order: &'static str,
    complete: Value,
}

impl Recorder {
    /// Starts an empty record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts an empty record that is going to be [merged](Self::merge) with those of other sites.
    #[must_use]
    pub fn at(site: &str) -> Self {
        let shared = Shared {
            site: Some(site.to_owned()),
            ..Shared::default()
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Says what the history is about.
    #[must_use]
    pub fn title(self, title: &str) -> Self {
        self.shared.record().title = Some(title.to_owned());
        self
    }

    /// Says where the history comes from: the service, its version, the seed.
    #[must_use]
    pub fn source(self, source: &str) -> Self {
        self.shared.record().source = Some(source.to_owned());
        self
    }

    /// Says that anything may have happened that nobody records.
    #[must_use]
    pub fn incomplete(self) -> Self {
        self.shared.record().complete = Complete::Nobody;
        self
    }

    /// Says whose record is whole; of others, anything may be missing.
    #[must_use]
    pub fn complete_only<P: Into<String>>(self, participants: impl IntoIterator<Item = P>) -> Self {
        let participants = participants.into_iter().map(Into::into).collect();
        self.shared.record().complete = Complete::Only(participants);
        self
    }

    /// Gives the journal of a participant. One that is asked for again, after a restart or in another task, goes on.
    #[must_use]
    pub fn participant(&self, name: &str) -> Journal {
        self.shared.record().participants.insert(name.to_owned());
        Journal::of(Arc::clone(&self.shared), name)
    }

    /// Takes over what another recorder has until now. The lines of the two have no common order: from here on, only
    /// each participant's own lines and messages order anything.
    ///
    /// The title and the source stay this recorder's own.
    ///
    /// # Errors
    /// Both have lines of one participant, or are of one site.
    ///
    /// # Example
    /// ```
    /// use testimony::record::Recorder;
    ///
    /// let (shop, bank) = (Recorder::at("shop"), Recorder::at("bank"));
    /// let message = shop.participant("checkout").send("payment");
    /// bank.participant("payment").receive(&message);
    ///
    /// shop.merge(&bank)?;
    /// assert_eq!(shop.history()?.messages().len(), 1);
    /// # Ok::<(), testimony::record::RecordError>(())
    /// ```
    pub fn merge(&self, other: &Self) -> Result<(), RecordError> {
        if self.shared.site == other.shared.site {
            return Err(RecordError::SharedSite);
        }
        // Never both locks at once: somebody may be merging the other way round.
        let (lines, participants, complete, gap) = {
            let theirs = other.shared.record();
            let complete = theirs.complete.clone();
            let participants = theirs.participants.clone();
            (
                theirs.lines.clone(),
                participants,
                complete,
                theirs.gap.clone(),
            )
        };
        let mut ours = self.shared.record();
        if let Some(shared) = ours.participants.intersection(&participants).next() {
            return Err(RecordError::SharedParticipant(shared.clone()));
        }
        ours.complete = match (std::mem::take(&mut ours.complete), complete) {
            (Complete::All, Complete::All) => Complete::All,
            (Complete::Nobody, _) | (_, Complete::Nobody) => Complete::Nobody,
            (Complete::All, Complete::Only(whole)) => {
                Complete::Only(whole.union(&ours.participants).cloned().collect())
            }
            (Complete::Only(whole), Complete::All) => {
                Complete::Only(whole.union(&participants).cloned().collect())
            }
            (Complete::Only(one), Complete::Only(two)) => {
                Complete::Only(one.union(&two).cloned().collect())
            }
        };
        ours.order = LineOrder::HappenedBefore;
        ours.lines.push_str(&lines);
        ours.participants.extend(participants);
        ours.gap = ours.gap.take().or(gap);
        Ok(())
    }

    /// What was recorded until now, for [`check_history`](crate::check_history). An operation that is still open is
    /// one of unknown outcome.
    ///
    /// # Errors
    /// A value could not be recorded, or what was recorded is no history.
    pub fn history(&self) -> Result<History, RecordError> {
        let text = self.text()?;
        Ok(History::read(
            "recording",
            text.into_bytes(),
            OnFault::KeepGoing,
        )?)
    }

    /// Writes what was recorded until now into a file, which is replaced: JSON Lines, with a header.
    ///
    /// # Errors
    /// A value could not be recorded, or the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), RecordError> {
        let path = path.as_ref();
        let text = self.text()?;
        let written = File::create(path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|source| RecordError::File {
            path: path.to_owned(),
            source,
        })
    }

    /// Writes what was recorded until now: JSON Lines, with a header.
    ///
    /// # Errors
    /// A value could not be recorded, or the writer fails.
    pub fn write_to(&self, mut to: impl Write) -> Result<(), RecordError> {
        Ok(to.write_all(self.text()?.as_bytes())?)
    }

    fn text(&self) -> Result<String, RecordError> {
        let record = self.shared.record();
        if let Some(gap) = &record.gap {
            return Err(gap.clone().into());
        }
        let header = record.header().map_err(io::Error::from)?;
        Ok(format!("{header}\n{}", record.lines))
    }
}

impl Shared {
    /// The record. A thread that panicked with the lock left it whole: a line is added by one call.
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A name that nothing else of this recorder has.
    pub(super) fn fresh(&self, kind: &str) -> String {
        let number = self.ids.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.site {
            None => format!("{kind}-{number}"),
            Some(site) => format!("{site}/{kind}-{number}"),
        }
    }

    /// Adds a line, whose end is missing.
    pub(super) fn add(&self, line: &str) {
        let line = format!("{line}\n");
        self.record().lines.push_str(&line);
    }

    /// Notes that something could not be recorded.
    pub(super) fn note_gap(&self, gap: BadValue) {
        self.record().gap.get_or_insert(gap);
    }
}

impl Record {
    fn header(&self) -> Result<String, serde_json::Error> {
        let names = |names: &BTreeSet<String>| {
            let names = names.iter().map(|name| Value::from(name.as_str()));
            Value::from(names.collect::<Vec<Value>>())
        };
        serde_json::to_string(&HeaderLine {
            history: 1,
            title: self.title.as_deref(),
            source: self.source.as_deref(),
            order: self.order.as_str(),
            complete: match &self.complete {
                Complete::All => Value::from(true),
                Complete::Only(participants) => names(participants),
                Complete::Nobody => Value::from(false),
            },
        })
    }
}
