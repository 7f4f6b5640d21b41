//! A log that is read by a group of consumers, and what they ship.
//!
//! # What happens
//! A broker gives the log to one consumer. Where it does not hear of any
//! progress for a while, it gives the log to the other one, beginning at the
//! last offset that was committed. A consumer has shipping ship the order at
//! its offset, and commits.
//!
//! # What breaks it
//! - `stale-assignment`: shipping ships for whoever asks. The first consumer
//!   was only slow: both handle the order, and it is shipped twice.
//!
//! # How it is repaired
//! Shipping records the offset together with the shipment, and takes an
//! order at an offset that is done for a repeat.
//!
//! # Source
//! Kreps, Narkhede and Rao, "Kafka: a distributed messaging system for log
//! processing", NetDB 2011: at-least-once, and offsets kept beside results.

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "consumer-group",
    page: include_str!("consumer_group.rs"),
    bugs: &[Bug {
        name: "stale-assignment",
        says: "two consumers handle one order after a rebalance",
        breaks: "ship-at-most-once",
    }],
    build: |bug, _| {
        let workflow = ConsumerGroup {
            shipping_keeps_offsets: bug != Some("stale-assignment"),
        };
        let promise = AtMostOnce::new("shipped").per("order");
        Ok(Suite::of(workflow).promise("ship at most once", promise))
    },
};

struct ConsumerGroup {
    shipping_keeps_offsets: bool,
}

impl Workflow for ConsumerGroup {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("broker", Broker);
        cast.add("consumer-1", Consumer);
        cast.add("consumer-2", Consumer);
        let keeps_offsets = self.shipping_keeps_offsets;
        cast.add("shipping", Shipping { keeps_offsets });
    }
}

/// The orders in the log: the offset of each is its place.
const LOG: [u32; 2] = [71, 72];

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Assign { offset: usize },
    Ship { offset: usize },
    Shipped { offset: usize },
    Commit { offset: usize },
    NoProgress,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Shipped { order: u32 },
}

struct Broker;

impl Participant for Broker {
    type Msg = Msg;
    /// The offset that comes next.
    type Durable = usize;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => {
                cx.send("consumer-1", Msg::Assign { offset: 0 });
                cx.timer(Msg::NoProgress, Duration::from_secs(10));
            }
            Incoming::Message(_, Msg::Commit { offset }) => {
                cx.save(|next| *next = offset.max(*next));
                if offset == LOG.len() {
                    cx.cancel(Msg::NoProgress);
                }
            }
            Incoming::Timer(Msg::NoProgress) => {
                let offset = *cx.durable();
                cx.send("consumer-2", Msg::Assign { offset });
            }
            _ => {}
        }
    }
}

struct Consumer;

impl Consumer {
    fn handle(cx: &mut Cx<'_, Self>, offset: usize) {
        if offset < LOG.len() {
            cx.send("shipping", Msg::Ship { offset });
        }
    }
}

impl Participant for Consumer {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Message(_, Msg::Assign { offset }) => Self::handle(cx, offset),
            Incoming::Message(_, Msg::Shipped { offset }) => {
                cx.send("broker", Msg::Commit { offset: offset + 1 });
                Self::handle(cx, offset + 1);
            }
            _ => {}
        }
    }
}

struct Shipping {
    keeps_offsets: bool,
}

impl Participant for Shipping {
    type Msg = Msg;
    /// The offset that comes next.
    type Durable = usize;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if let Incoming::Message(consumer, Msg::Ship { offset }) = incoming {
            let is_repeat = offset < *cx.durable();
            if !(self.keeps_offsets && is_repeat) {
                let order = LOG[offset];
                cx.record(Fact::Shipped { order }, |next| *next = offset + 1);
            }
            cx.send(consumer, Msg::Shipped { offset });
        }
    }
}
