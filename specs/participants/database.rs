//! A database of rows: reads, and transactions that change several rows or none.
//!
//! A transaction may say what it expects to find: that is compare-and-set, and where it finds something
//! else it changes nothing. It takes effect once: a repeat of its number is answered as it was at first.
//! It may name a fact, which is recorded where it takes effect, with its number as `id`.
//!
//! ```
//! use testimony::prelude::*;
//! use testimony::specs::participants::database::{self, Database, Transaction};
//!
//! #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
//! #[serde(rename_all = "kebab-case")]
//! enum Msg {
//!     Database(database::Message),
//! }
//!
//! fn cast(cast: &mut Cast<Msg>) {
//!     let database = Database::new(Msg::Database, |Msg::Database(own)| Some(own.clone()));
//!     cast.add("database", database.with("stock", 5)).crashes();
//! }
//!
//! /// Two rows or none, and only where the stock is still what was read.
//! fn sell(order: u32, stock: i64) -> Msg {
//!     let transaction = Transaction::of(order)
//!         .expects("stock", Some(stock))
//!         .sets("stock", stock - 1)
//!         .sets("sold", 1)
//!         .records("sold");
//!     Msg::Database(database::Message::Commit(transaction))
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use testimony::prelude::Message as AnyMessage;
use testimony::prelude::*;

/// What a database and its callers say to each other. The number of a question is that of its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// Asks for all rows. Answered by `Rows`.
    Read(u32),
    /// The rows, as they were at one moment.
    Rows(u32, BTreeMap<String, i64>),
    /// Asks for a transaction. Answered by `Committed` or by `Conflict`.
    Commit(Transaction),
    /// It took effect.
    Committed(u32),
    /// It found something else than it expected, and changed nothing.
    Conflict(u32),
}

/// Changes of rows that take effect together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Transaction {
    /// Its number: the same on every try, and of no other transaction.
    pub id: u32,
    /// What it expects of rows; `None`: that there is no such row.
    pub expects: BTreeMap<String, Option<i64>>,
    /// What it writes.
    pub sets: BTreeMap<String, i64>,
    /// The name of the fact that it took effect.
    pub records: Option<String>,
}

impl Transaction {
    /// Begins a transaction that expects nothing and changes nothing yet.
    #[must_use]
    pub fn of(id: u32) -> Self {
        Self {
            id,
            expects: BTreeMap::new(),
            sets: BTreeMap::new(),
            records: None,
        }
    }

    /// Takes effect only where the row (too) has this value; `None`: where there is no such row.
    #[must_use]
    pub fn expects(mut self, row: impl Into<String>, value: Option<i64>) -> Self {
        self.expects.insert(row.into(), value);
        self
    }

    /// Writes a row (too).
    #[must_use]
    pub fn sets(mut self, row: impl Into<String>, value: i64) -> Self {
        self.sets.insert(row.into(), value);
        self
    }

    /// Records this fact where it takes effect.
    #[must_use]
    pub fn records(mut self, fact: impl Into<String>) -> Self {
        self.records = Some(fact.into());
        self
    }
}

/// What a database holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tables {
    /// The rows that were written.
    pub rows: BTreeMap<String, i64>,
    /// The transactions that took effect.
    pub committed: BTreeSet<u32>,
}

/// A database.
#[derive(Clone, Debug)]
pub struct Database<M> {
    wrap: fn(Message) -> M,
    open: fn(&M) -> Option<Message>,
    at_first: BTreeMap<String, i64>,
}

impl<M: AnyMessage> Database<M> {
    /// Makes a database from what turns its messages into the workflow's, and back.
    #[must_use]
    pub fn new(wrap: fn(Message) -> M, open: fn(&M) -> Option<Message>) -> Self {
        Self {
            wrap,
            open,
            at_first: BTreeMap::new(),
        }
    }

    /// Lets it hold this row (too) from the beginning on.
    #[must_use]
    pub fn with(mut self, row: impl Into<String>, value: i64) -> Self {
        self.at_first.insert(row.into(), value);
        self
    }

    fn row(&self, tables: &Tables, row: &str) -> Option<i64> {
        let written = tables.rows.get(row);
        written.or_else(|| self.at_first.get(row)).copied()
    }

    fn commit(&self, cx: &mut Cx<'_, Self>, transaction: Transaction) -> Message {
        let Transaction {
            id,
            expects,
            sets,
            records,
        } = transaction;
        if cx.durable().committed.contains(&id) {
            return Message::Committed(id);
        }
        let tables = cx.durable();
        let mut expects = expects.iter();
        if !expects.all(|(row, value)| self.row(tables, row) == *value) {
            return Message::Conflict(id);
        }
        let change = |tables: &mut Tables| {
            tables.rows.extend(sets);
            tables.committed.insert(id);
        };
        match records {
            Some(fact) => cx.record(BTreeMap::from([(fact, Committed { id })]), change),
            None => cx.save(change),
        }
        Message::Committed(id)
    }
}

/// What a fact says of its transaction.
#[derive(Serialize)]
struct Committed {
    id: u32,
}

impl<M: AnyMessage> Participant for Database<M> {
    type Msg = M;
    type Durable = Tables;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<M>) {
        let Incoming::Message(from, msg) = incoming else {
            return;
        };
        let answer = match (self.open)(&msg) {
            Some(Message::Read(id)) => {
                let mut rows = self.at_first.clone();
                rows.extend(cx.durable().rows.clone());
                Message::Rows(id, rows)
            }
            Some(Message::Commit(transaction)) => self.commit(cx, transaction),
            _ => return,
        };
        cx.send(from, (self.wrap)(answer));
    }
}
