//! Two clients add one each to a number that a database keeps, and then look at it.
//!
//! # What happens
//! A client reads the row, writes one more, and tells whoever asked that it is added. The write says
//! what the client has read; where somebody else came between, the client reads again.
//!
//! # What breaks it
//! - `lost-update`: the write does not say what was read. Both clients read 0 and write 1.
//!
//! # How it is repaired
//! Let the database compare and set in one step, or let it add.
//!
//! # Source
//! Hal Berenson and others, "A Critique of ANSI SQL Isolation Levels", SIGMOD 1995 (P4, lost update).

use testimony::prelude::*;
use testimony::specs::counter::Counter;
use testimony::specs::participants::database::{self, Database, Transaction};

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "counter",
    page: include_str!("counter.rs"),
    bugs: &[Bug {
        name: "lost-update",
        says: "a write does not say what its writer has read",
        breaks: "linearizable:counter",
    }],
    build: |bug, _| {
        let adders = Adders {
            compares: bug.is_none(),
        };
        Ok(Suite::of(adders).spec("counter", Counter::default()))
    },
};

/// Two clients and a database.
#[derive(Clone, Copy, Debug)]
pub struct Adders {
    /// Whether a write says what its writer has read.
    pub compares: bool,
}

/// What clients and the database send each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Msg {
    /// Between a client and the database.
    Database(database::Message),
}

impl Workflow for Adders {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let database = Database::new(Msg::Database, |Msg::Database(own)| Some(own.clone()));
        for number in [1, 2] {
            let compares = self.compares;
            cast.add(format!("client-{number}"), Adder { number, compares });
        }
        cast.add("database", database.with("sum", 0));
    }
}

/// What a client asks of the number.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Call {
    Add(i64),
    Read,
}

struct Adder {
    number: u32,
    compares: bool,
}

/// What a client is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum About {
    #[default]
    Nothing,
    Adding(Op),
    Reading(Op),
}

fn ask(cx: &mut Cx<'_, Adder>, question: database::Message) {
    cx.send("database", Msg::Database(question));
}

impl Participant for Adder {
    type Msg = Msg;
    type Durable = ();
    type Volatile = About;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        use testimony::specs::participants::database::Message::{
            Commit, Committed, Conflict, Read, Rows,
        };
        let number = self.number;
        let about = *cx.volatile();
        match (incoming, about) {
            (Incoming::Start, _) => {
                *cx.volatile() = About::Adding(cx.invoke(Call::Add(1)));
                ask(cx, Read(number));
            }
            (Incoming::Message(_, Msg::Database(Rows(_, rows))), About::Adding(_)) => {
                let sum = rows.get("sum").copied().unwrap_or_default();
                let add = Transaction::of(number).sets("sum", sum + 1);
                let add = match self.compares {
                    true => add.expects("sum", Some(sum)),
                    false => add,
                };
                ask(cx, Commit(add));
            }
            (Incoming::Message(_, Msg::Database(Conflict(_))), About::Adding(_)) => {
                ask(cx, Read(number));
            }
            (Incoming::Message(_, Msg::Database(Committed(_))), About::Adding(add)) => {
                cx.ok(add, ());
                *cx.volatile() = About::Reading(cx.invoke(Call::Read));
                ask(cx, Read(number));
            }
            (Incoming::Message(_, Msg::Database(Rows(_, rows))), About::Reading(read)) => {
                cx.ok(read, rows.get("sum"));
                *cx.volatile() = About::Nothing;
            }
            _ => {}
        }
    }
}
