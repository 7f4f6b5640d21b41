//! A payment that must be given back, and two who see to it.
//!
//! # What happens
//! The order behind a payment was cancelled. Somebody in operations has a
//! ticket for it, and a reconciler looks once a day for payments without
//! an order. Each asks payments to give the money back.
//!
//! # What breaks it
//! - `two-paths`: each path makes an identity of its own for the refund, so
//!   that payments cannot know that both mean the same.
//!
//! # How it is repaired
//! What is to be given back has an identity before anybody repairs it: the
//! payment's. Both paths name the refund by it.
//!
//! # Source
//! Helland, "Life beyond distributed transactions: an apostate's opinion",
//! CIDR 2007, on identities of activities and on repeats.

use std::collections::BTreeSet;

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "refund",
    page: include_str!("refund.rs"),
    bugs: &[Bug {
        name: "two-paths",
        says: "two repair paths name the same refund differently",
        breaks: "refund-at-most-once",
    }],
    build: |bug, _| {
        let workflow = Repair {
            paths_share_identity: bug != Some("two-paths"),
        };
        let promise = AtMostOnce::new("refunded").per("payment");
        Ok(Suite::of(workflow).promise("refund at most once", promise))
    },
};

struct Repair {
    paths_share_identity: bool,
}

impl Workflow for Repair {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let [sweep, ticket] = match self.paths_share_identity {
            true => ["payment-1", "payment-1"],
            false => ["sweep-1", "ticket-1"],
        };
        cast.add("reconciler", Reconciler { identity: sweep });
        cast.add("operations", Operations { identity: ticket });
        cast.add("payments", Payments).crashes();
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
    Day,
    AskUnrefunded,
    Unrefunded,
    Refund { identity: &'static str },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Refunded {
        payment: u32,
        identity: &'static str,
    },
}

struct Reconciler {
    identity: &'static str,
}

impl Participant for Reconciler {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let identity = self.identity;
        match incoming {
            Incoming::Start => cx.timer(Msg::Day, Duration::from_secs(24 * 60 * 60)),
            Incoming::Timer(Msg::Day) => cx.send("payments", Msg::AskUnrefunded),
            Incoming::Message(payments, Msg::Unrefunded) => {
                cx.send(payments, Msg::Refund { identity });
            }
            _ => {}
        }
    }
}

struct Operations {
    identity: &'static str,
}

impl Participant for Operations {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let identity = self.identity;
        if incoming == Incoming::Start {
            cx.send("payments", Msg::Refund { identity });
        }
    }
}

struct Payments;

impl Participant for Payments {
    type Msg = Msg;
    /// The identities of the refunds that were made.
    type Durable = BTreeSet<&'static str>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Message(asker, Msg::AskUnrefunded) if cx.durable().is_empty() => {
                cx.send(asker, Msg::Unrefunded);
            }
            Incoming::Message(_, Msg::Refund { identity }) if !cx.durable().contains(identity) => {
                let payment = 1;
                cx.record(Fact::Refunded { payment, identity }, |refunds| {
                    refunds.insert(identity);
                });
            }
            _ => {}
        }
    }
}
