//! Orders are shipped by a worker that takes them from a queue which delivers at least once.
//!
//! # What happens
//! A shop puts an order into a queue, and once more if the queue does not answer. The worker ships the
//! order and acknowledges it. Where no acknowledgement comes in time the queue delivers the order
//! again, and the worker, which keeps what it has shipped, only acknowledges it.
//!
//! One message may arrive twice, and either the queue or the worker may crash once.
//!
//! # What breaks it
//! - `ship-each-delivery`: the worker ships whatever is delivered.
//!
//! # How it is repaired
//! Let the consumer remember what it did, in one step with doing it. No queue can deliver exactly
//! once to somebody who may crash between the work and the acknowledgement.
//!
//! # Source
//! Pat Helland, "Idempotence Is Not a Medical Condition", ACM Queue 2012.

use std::collections::BTreeSet;

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::leads_to::LeadsTo;
use testimony::specs::participants::queue::{self, Queue};

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "delivery",
    page: include_str!("delivery.rs"),
    bugs: &[Bug {
        name: "ship-each-delivery",
        says: "the worker ships whatever is delivered",
        breaks: "shipped-at-most-once",
    }],
    build: |bug, _| {
        let delivery = Delivery {
            ships_each_delivery: bug.is_some(),
        };
        Ok(Suite::of(delivery)
            .promise(
                "shipped at most once",
                AtMostOnce::new("shipped").per("order"),
            )
            .promise(
                "a placed order is shipped",
                LeadsTo::new("placed", "shipped").per("order"),
            ))
    },
};

/// A shop, a queue and a worker.
#[derive(Clone, Copy, Debug)]
pub struct Delivery {
    /// Whether the worker ships whatever is delivered.
    pub ships_each_delivery: bool,
}

/// What the participants send each other, and the timer of the shop.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Msg {
    /// Between the queue, the shop and the worker.
    Queue(queue::Message),
    /// The queue has not answered the shop for a while.
    Late,
}

impl Workflow for Delivery {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let queue = Queue::new(Msg::Queue, |msg| match msg {
            Msg::Queue(own) => Some(*own),
            Msg::Late => None,
        });
        cast.add("shop", Shop);
        cast.add("queue", queue.delivers_to("worker")).crashes();
        cast.add("worker", *self).crashes();
    }

    fn faults(&self) -> Faults {
        Faults {
            duplicates: 1,
            crashes: 1,
            ..Faults::NONE
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Placed { order: u32 },
    Shipped { order: u32 },
}

struct Shop;

impl Participant for Shop {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let order = 1;
        let put = Msg::Queue(queue::Message::Put(order));
        match incoming {
            Incoming::Start => {
                cx.fact(Fact::Placed { order });
                cx.send("queue", put);
                cx.timer(Msg::Late, Duration::from_secs(2));
            }
            Incoming::Timer(_) => cx.send("queue", put),
            Incoming::Message(_, Msg::Queue(queue::Message::Stored(_))) => cx.cancel(Msg::Late),
            _ => {}
        }
    }
}

/// The worker.
impl Participant for Delivery {
    type Msg = Msg;
    /// What it has shipped.
    type Durable = BTreeSet<u32>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let Incoming::Message(from, Msg::Queue(queue::Message::Deliver(order))) = incoming else {
            return;
        };
        if self.ships_each_delivery || !cx.durable().contains(&order) {
            cx.record(Fact::Shipped { order }, |shipped| {
                shipped.insert(order);
            });
        }
        cx.send(from, Msg::Queue(queue::Message::Acknowledge(order)));
    }
}
