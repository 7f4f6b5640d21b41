//! An outbox, the relay that empties it, and a broker that says what it has got.
//!
//! # What happens
//! The relay stores an order and puts it into its outbox in one step. It
//! sends what it finds there to the broker, and takes it out when the broker
//! says that it has got it. Until then it sends it again, also after a crash.
//! The broker knows what it has got, and says so of a repeat too.
//!
//! One message may be lost, and the relay may crash once.
//!
//! # What breaks it
//! - `marks-first`: the relay takes the order out as soon as it is sent.
//!   The message is lost, and nobody sends it again.
//! - `repeat-is-an-error`: the broker refuses a repeat, and the relay takes
//!   a refusal for a failure and sends again. Once an answer is lost, they do
//!   so for ever: nothing is missing but an end.
//!
//! # How it is repaired
//! A message is sent when its receiver has said so. Who repeats what is
//! already done is told that it is done: that is the answer that was lost.
//!
//! # Source
//! RabbitMQ's documentation, "Consumer Acknowledgements and Publisher
//! Confirms"; Richardson, "Microservices Patterns", Manning 2018, chapter 3;
//! Helland, "Idempotence Is Not a Medical Condition", ACM Queue 2012.

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::leads_to::LeadsTo;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "confirm",
    page: include_str!("confirm.rs"),
    bugs: &[
        Bug {
            name: "marks-first",
            says: "the relay takes an order for sent before the broker has got it",
            breaks: "a-stored-order-is-published",
        },
        Bug {
            name: "repeat-is-an-error",
            says: "the broker refuses a repeat, and the relay sends again what is refused",
            breaks: "settles",
        },
    ],
    build: |bug, _| {
        let workflow = Publishing {
            relay: match bug {
                Some("marks-first") => Relay::MarksFirst,
                _ => Relay::MarksWhenConfirmed,
            },
            broker: match bug {
                Some("repeat-is-an-error") => Broker::RefusesRepeats,
                _ => Broker::ConfirmsRepeats,
            },
        };
        let published = LeadsTo::new("stored", "published").per("order");
        let marked = LeadsTo::new("stored", "marked").per("order");
        let once = AtMostOnce::new("published").per("order");
        Ok(Suite::of(workflow)
            .promise("a stored order is published", published)
            .promise("a stored order leaves the outbox", marked)
            .promise("publish at most once", once)
            .settles_within(100))
    },
};

struct Publishing {
    relay: Relay,
    broker: Broker,
}

impl Workflow for Publishing {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("relay", self.relay).crashes();
        cast.add("broker", self.broker);
    }

    fn faults(&self) -> Faults {
        Faults {
            drops: 1,
            crashes: 1,
            ..Faults::NONE
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Publish { order: u32 },
    Confirmed,
    Refused,
    Unconfirmed,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Stored { order: u32 },
    Marked { order: u32 },
    Published { order: u32 },
}

/// The only order.
const ORDER: u32 = 1;
/// So often it is sent again unasked: no more than one message is lost.
const REPEATS: u8 = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Relay {
    MarksWhenConfirmed,
    MarksFirst,
}

/// What the relay keeps of the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Outbox {
    #[default]
    New,
    Stored,
    Marked,
}

impl Relay {
    fn publish(self, cx: &mut Cx<'_, Self>) {
        cx.send("broker", Msg::Publish { order: ORDER });
        match self {
            Self::MarksWhenConfirmed => cx.timer(Msg::Unconfirmed, Duration::from_secs(5)),
            Self::MarksFirst => Self::mark(cx),
        }
    }

    fn mark(cx: &mut Cx<'_, Self>) {
        cx.record(Fact::Marked { order: ORDER }, |outbox| {
            *outbox = Outbox::Marked;
        });
    }
}

impl Participant for Relay {
    type Msg = Msg;
    type Durable = Outbox;
    /// How often the order was sent again.
    type Volatile = u8;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match (incoming, *cx.durable()) {
            (Incoming::Start | Incoming::Restart, Outbox::New) => {
                cx.record(Fact::Stored { order: ORDER }, |outbox| {
                    *outbox = Outbox::Stored;
                });
                self.publish(cx);
            }
            (Incoming::Restart | Incoming::Message(_, Msg::Refused), Outbox::Stored) => {
                self.publish(cx);
            }
            (Incoming::Timer(_), Outbox::Stored) if *cx.volatile() < REPEATS => {
                *cx.volatile() += 1;
                self.publish(cx);
            }
            (Incoming::Message(_, Msg::Confirmed), Outbox::Stored) => {
                Self::mark(cx);
                cx.cancel(Msg::Unconfirmed);
            }
            _ => {}
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Broker {
    ConfirmsRepeats,
    RefusesRepeats,
}

impl Participant for Broker {
    type Msg = Msg;
    /// The order that it has got.
    type Durable = Option<u32>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let Incoming::Message(relay, Msg::Publish { order }) = incoming else {
            return;
        };
        let is_repeat = *cx.durable() == Some(order);
        if !is_repeat {
            cx.record(Fact::Published { order }, |got| *got = Some(order));
        }
        let answer = match (self, is_repeat) {
            (Self::RefusesRepeats, true) => Msg::Refused,
            _ => Msg::Confirmed,
        };
        cx.send(relay, answer);
    }
}
