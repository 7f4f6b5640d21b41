//! An order with an outbox, the relay that empties it, and shipping.
//!
//! # What happens
//! Orders stores an order and what is to be published about it in one
//! transaction. A relay asks for what is not yet published, publishes it,
//! and marks it as published: two steps, between which it may crash.
//!
//! # What breaks it
//! - `consumer-repeats`: shipping ships whatever it is told. The relay that
//!   comes back after a crash publishes once more what it had published.
//!
//! # How it is repaired
//! An outbox publishes at least once, and no relay can do better. So
//! shipping records the order's identity together with the shipment, and
//! takes a second message for a repeat.
//!
//! # Source
//! Richardson, "Microservices Patterns", Manning 2018, chapter 3: the
//! transactional outbox, and why its consumers must be idempotent.

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::leads_to::LeadsTo;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "relay",
    page: include_str!("relay.rs"),
    bugs: &[Bug {
        name: "consumer-repeats",
        says: "the relay publishes again after a crash, and shipping ships again",
        breaks: "ship-at-most-once",
    }],
    build: |bug, _| {
        let workflow = Publishing {
            shipping_knows_repeats: bug != Some("consumer-repeats"),
        };
        let once = AtMostOnce::new("shipped").per("order");
        let at_all = LeadsTo::new("stored", "shipped").per("order");
        Ok(Suite::of(workflow)
            .promise("ship at most once", once)
            .promise("a stored order is shipped", at_all))
    },
};

struct Publishing {
    shipping_knows_repeats: bool,
}

impl Workflow for Publishing {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("orders", Orders);
        cast.add("relay", Relay).crashes();
        let knows_repeats = self.shipping_knows_repeats;
        cast.add("shipping", Shipping { knows_repeats });
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
    AskUnpublished,
    Unpublished { order: u32 },
    MarkPublished,
    Ordered { order: u32 },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Stored { order: u32 },
    Shipped { order: u32 },
}

struct Orders;

impl Participant for Orders {
    type Msg = Msg;
    /// The order that is not published yet.
    type Durable = Option<u32>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => cx.record(Fact::Stored { order: 1 }, |open| *open = Some(1)),
            Incoming::Message(relay, Msg::AskUnpublished) => {
                if let Some(order) = *cx.durable() {
                    cx.send(relay, Msg::Unpublished { order });
                }
            }
            Incoming::Message(_, Msg::MarkPublished) => cx.save(|open| *open = None),
            _ => {}
        }
    }
}

struct Relay;

impl Participant for Relay {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start | Incoming::Restart => cx.send("orders", Msg::AskUnpublished),
            Incoming::Message(orders, Msg::Unpublished { order }) => {
                cx.send("shipping", Msg::Ordered { order });
                cx.send(orders, Msg::MarkPublished);
            }
            _ => {}
        }
    }
}

struct Shipping {
    knows_repeats: bool,
}

impl Participant for Shipping {
    type Msg = Msg;
    /// The order that was shipped.
    type Durable = Option<u32>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if let Incoming::Message(_, Msg::Ordered { order }) = incoming {
            let is_repeat = *cx.durable() == Some(order);
            if !(self.knows_repeats && is_repeat) {
                cx.record(Fact::Shipped { order }, |shipped| *shipped = Some(order));
            }
        }
    }
}
