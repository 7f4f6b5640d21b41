//! A payment provider that tells a shop of each change by a webhook.
//!
//! # What happens
//! The payment is authorized, then captured. Each change is told in a
//! message of its own, and the shop shows what it was told.
//!
//! # What breaks it
//! - `by-arrival`: the shop takes what arrives last for what happened last.
//!   The older status, late, overwrites the newer one.
//!
//! # How it is repaired
//! Each status carries a number that grows with each change, and the shop
//! leaves out what is no newer than what it shows. (Or it takes the webhook
//! for a hint, and asks.)
//!
//! # Source
//! Lamport, "Time, clocks, and the ordering of events in a distributed
//! system", CACM 1978: the order of arrival is not that of what happened.

use testimony::prelude::*;
use testimony::specs::never_after::NeverAfter;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "webhook",
    page: include_str!("webhook.rs"),
    bugs: &[Bug {
        name: "by-arrival",
        says: "the status that arrives last overwrites a newer one",
        breaks: "the-last-status-wins",
    }],
    build: |bug, _| {
        let workflow = Webhook {
            shop_compares_versions: bug != Some("by-arrival"),
        };
        let promise = NeverAfter::new("shows-authorized", "shows-captured");
        let suite = Suite::of(workflow);
        Ok(suite.promise("the last status wins", promise.per("payment")))
    },
};

struct Webhook {
    shop_compares_versions: bool,
}

impl Workflow for Webhook {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("provider", Provider);
        let compares_versions = self.shop_compares_versions;
        cast.add("shop", Shop { compares_versions }).crashes();
    }

    fn faults(&self) -> Faults {
        Faults {
            drops: 1,
            duplicates: 1,
            crashes: 1,
            ..Faults::NONE
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Authorized { version: u32 },
    Captured { version: u32 },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    ShowsAuthorized { payment: u32 },
    ShowsCaptured { payment: u32 },
}

struct Provider;

impl Participant for Provider {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if incoming == Incoming::Start {
            cx.send("shop", Msg::Authorized { version: 1 });
            cx.send("shop", Msg::Captured { version: 2 });
        }
    }
}

struct Shop {
    compares_versions: bool,
}

impl Participant for Shop {
    type Msg = Msg;
    /// The version of the status that it shows.
    type Durable = u32;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let payment = 1;
        let (version, fact) = match incoming {
            Incoming::Message(_, Msg::Authorized { version }) => {
                (version, Fact::ShowsAuthorized { payment })
            }
            Incoming::Message(_, Msg::Captured { version }) => {
                (version, Fact::ShowsCaptured { payment })
            }
            _ => return,
        };
        if !self.compares_versions || version > *cx.durable() {
            cx.record(fact, |shown| *shown = version);
        }
    }
}
