//! A shop stores an order in its database and hands it to shipping through a queue.
//!
//! # What happens
//! The order service stores an order. The row and the message to the queue are two writes in two
//! places. The service writes the message as a second row of the same transaction, the outbox; once the
//! transaction is committed, and whenever it starts again, it puts what it finds in the outbox into
//! the queue, and clears it there once the queue has stored it.
//!
//! The order service may crash once.
//!
//! # What breaks it
//! - `dual-write`: there is no outbox. The service puts the order into the queue when it hears that the
//!   order is stored; a crash comes between them, and nobody ships the order.
//!
//! # How it is repaired
//! Write what you owe together with what you did, and look there after a crash.
//!
//! # Source
//! Chris Richardson, "Microservices Patterns", Manning 2018, chapter 3 (transactional outbox).

use std::collections::BTreeSet;

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::leads_to::LeadsTo;
use testimony::specs::participants::database::{self, Database, Transaction};
use testimony::specs::participants::queue::{self, Queue};

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "outbox",
    page: include_str!("outbox.rs"),
    bugs: &[Bug {
        name: "dual-write",
        says: "the order is stored and put into the queue in two steps, and nothing remembers the second",
        breaks: "a-stored-order-is-shipped",
    }],
    build: |bug, _| {
        let outbox = Outbox {
            is_dual_write: bug.is_some(),
        };
        Ok(Suite::of(outbox)
            .promise(
                "a stored order is shipped",
                LeadsTo::new("stored", "shipped").per("id"),
            )
            .promise("shipped at most once", AtMostOnce::new("shipped").per("id")))
    },
};

/// A shop that stores an order and ships it.
#[derive(Clone, Copy, Debug)]
pub struct Outbox {
    /// Whether the order and the message are written in two steps.
    pub is_dual_write: bool,
}

/// What the participants send each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Msg {
    /// Between the order service and its database.
    Database(database::Message),
    /// Between the queue, the order service and shipping.
    Queue(queue::Message),
}

impl Workflow for Outbox {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let database = Database::new(Msg::Database, |msg| match msg {
            Msg::Database(own) => Some(own.clone()),
            Msg::Queue(_) => None,
        });
        let queue = Queue::new(Msg::Queue, |msg| match msg {
            Msg::Queue(own) => Some(*own),
            Msg::Database(_) => None,
        });
        cast.add("orders", *self).crashes();
        cast.add("database", database);
        cast.add("queue", queue.delivers_to("shipping"));
        cast.add("shipping", Shipping);
    }

    fn faults(&self) -> Faults {
        Faults {
            crashes: 1,
            ..Faults::NONE
        }
    }
}

/// The only order: the number of its transaction, of the question after it, and of its job.
const ORDER: u32 = 1;
/// The transaction that clears the outbox.
const CLEAR: u32 = 2;

fn ask(cx: &mut Cx<'_, Outbox>, question: database::Message) {
    cx.send("database", Msg::Database(question));
}

/// The order service.
impl Participant for Outbox {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let put = Msg::Queue(queue::Message::Put(ORDER));
        match incoming {
            Incoming::Start => {
                let store = Transaction::of(ORDER).sets("order", 1).records("stored");
                let store = match self.is_dual_write {
                    true => store,
                    false => store.sets("outbox", 1),
                };
                ask(cx, database::Message::Commit(store));
            }
            Incoming::Message(_, Msg::Database(database::Message::Committed(ORDER))) => {
                cx.send("queue", put);
            }
            Incoming::Restart if !self.is_dual_write => ask(cx, database::Message::Read(ORDER)),
            Incoming::Message(_, Msg::Database(database::Message::Rows(_, rows)))
                if rows.get("outbox") == Some(&1) =>
            {
                cx.send("queue", put);
            }
            Incoming::Message(_, Msg::Queue(queue::Message::Stored(_))) if !self.is_dual_write => {
                let clear = Transaction::of(CLEAR).sets("outbox", 0);
                ask(cx, database::Message::Commit(clear));
            }
            _ => {}
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Shipped { id: u32 },
}

/// Ships each order once, however often it is delivered.
struct Shipping;

impl Participant for Shipping {
    type Msg = Msg;
    /// The orders that were shipped.
    type Durable = BTreeSet<u32>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if let Incoming::Message(from, Msg::Queue(queue::Message::Deliver(id))) = incoming {
            if !cx.durable().contains(&id) {
                cx.record(Fact::Shipped { id }, |shipped| {
                    shipped.insert(id);
                });
            }
            cx.send(from, Msg::Queue(queue::Message::Acknowledge(id)));
        }
    }
}
