//! A queue that delivers until it is acknowledged, and a worker that ships.
//!
//! # What happens
//! The queue delivers an order. Where no acknowledgement comes for a while
//! it delivers once more. The worker ships, and acknowledges.
//!
//! # What breaks it
//! - `acks-first`: the worker acknowledges, then ships. A crash between the
//!   two leaves an order that nobody will deliver again.
//! - `dedupe-in-memory`: the worker knows repeats only as long as it does
//!   not crash. A crash behind the shipment, before the acknowledgement,
//!   brings the order again to a worker that has forgotten it.
//!
//! # How it is repaired
//! The worker records the order's identity and the shipment in one
//! transaction, acknowledges behind it, and a repeat it only acknowledges.
//!
//! # Source
//! Gray and Reuter, "Transaction Processing: Concepts and Techniques",
//! Morgan Kaufmann 1993, section 5.3, on recoverable queues.

use std::collections::BTreeSet;

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::only_after::OnlyAfter;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "worker",
    page: include_str!("worker.rs"),
    bugs: &[
        Bug {
            name: "acks-first",
            says: "the worker acknowledges before it ships",
            breaks: "an-acknowledged-order-is-shipped",
        },
        Bug {
            name: "dedupe-in-memory",
            says: "the worker forgets in a crash what it has shipped",
            breaks: "ship-at-most-once",
        },
    ],
    build: |bug, _| {
        let worker = match bug {
            Some("acks-first") => Worker::AcksFirst,
            Some("dedupe-in-memory") => Worker::DedupesInMemory,
            _ => Worker::Careful,
        };
        let done = OnlyAfter::new("acknowledged", "shipped").per("order");
        let once = AtMostOnce::new("shipped").per("order");
        Ok(Suite::of(Fulfilment { worker })
            .promise("an acknowledged order is shipped", done)
            .promise("ship at most once", once))
    },
};

struct Fulfilment {
    worker: Worker,
}

impl Workflow for Fulfilment {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("queue", Queue);
        cast.add("worker", self.worker).crashes();
    }

    fn faults(&self) -> Faults {
        Faults {
            crashes: 1,
            ..Faults::NONE
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Ship { order: u32 },
    Ack { order: u32 },
    NoAck,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Acknowledged { order: u32 },
    Shipped { order: u32 },
}

struct Queue;

impl Participant for Queue {
    type Msg = Msg;
    /// Whether the order was acknowledged.
    type Durable = bool;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => {
                cx.send("worker", Msg::Ship { order: 1 });
                cx.timer(Msg::NoAck, Duration::from_secs(30));
            }
            Incoming::Timer(Msg::NoAck) => cx.send("worker", Msg::Ship { order: 1 }),
            Incoming::Message(_, Msg::Ack { order }) if !*cx.durable() => {
                cx.record(Fact::Acknowledged { order }, |is_done| *is_done = true);
                cx.cancel(Msg::NoAck);
            }
            _ => {}
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Worker {
    Careful,
    AcksFirst,
    DedupesInMemory,
}

impl Worker {
    fn ship(self, cx: &mut Cx<'_, Self>, order: u32) {
        match self {
            Self::DedupesInMemory => {
                if cx.volatile().insert(order) {
                    cx.fact(Fact::Shipped { order });
                }
            }
            Self::Careful | Self::AcksFirst => {
                if !cx.durable().contains(&order) {
                    cx.record(Fact::Shipped { order }, |shipped| {
                        shipped.insert(order);
                    });
                }
            }
        }
    }
}

impl Participant for Worker {
    type Msg = Msg;
    /// The orders that it shipped.
    type Durable = BTreeSet<u32>;
    /// The same, where it keeps them in memory only.
    type Volatile = BTreeSet<u32>;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let Incoming::Message(queue, Msg::Ship { order }) = incoming else {
            return;
        };
        if *self == Self::AcksFirst {
            cx.send(queue, Msg::Ack { order });
            self.ship(cx, order);
        } else {
            self.ship(cx, order);
            cx.send(queue, Msg::Ack { order });
        }
    }
}
