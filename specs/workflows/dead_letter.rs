//! A charge that is delivered late, when everything about it is archived.
//!
//! # What happens
//! A queue delivers a charge. Payment charges, and hands the payment over
//! to a ledger that settles it with a bank in many `hops`; when that is
//! done, payment archives it. The queue delivers once more where it hears
//! nothing: neither that the charge is done, nor that payment is alive.
//!
//! # What breaks it
//! - `keys-purged`: payment purges the idempotency key with the archive. Of
//!   two deliveries one gets stuck (a dead letter queue, a paused replay),
//!   arrives behind the archive, and charges once more. 10 hops.
//! - `keys-purged-far`: the same with 22 hops, so that a random schedule
//!   hardly ever holds a delivery back for so long.
//!
//! # How it is repaired
//! The key lives as long as any copy of the message may: the archive keeps
//! it.
//!
//! # Parameters
//! - `hops`: how many messages settle a payment (default 10, and 22 for
//!   `keys-purged-far`).
//!
//! # Source
//! Helland, "Idempotence is not a medical condition", ACM Queue 2012, on
//! how long a receiver must remember.

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "dead-letter",
    page: include_str!("dead_letter.rs"),
    bugs: &[
        Bug {
            name: "keys-purged",
            says: "keys are purged while a copy of the charge is still on its way",
            breaks: "charge-at-most-once",
        },
        Bug {
            name: "keys-purged-far",
            says: "the same, and the copy has to be held back for 22 hops",
            breaks: "charge-at-most-once",
        },
    ],
    build: |bug, parameters| {
        let hops = match bug {
            Some("keys-purged-far") => 22,
            _ => 10,
        };
        let hops = parameters.whole("hops", 1)?.unwrap_or(hops);
        let workflow = DeadLetter {
            archive_keeps_keys: bug.is_none(),
            hops: u32::try_from(hops).unwrap_or(u32::MAX),
        };
        let promise = AtMostOnce::new("charged").per("order");
        Ok(Suite::of(workflow).promise("charge at most once", promise))
    },
};

struct DeadLetter {
    archive_keeps_keys: bool,
    hops: u32,
}

impl Workflow for DeadLetter {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("queue", Queue);
        let archive_keeps_keys = self.archive_keeps_keys;
        let hops = self.hops;
        let payment = Payment {
            archive_keeps_keys,
            hops,
        };
        cast.add("payment", payment);
        cast.add("ledger", Settler { other: "bank" });
        cast.add("bank", Settler { other: "ledger" });
    }

    fn smaller(&self) -> Vec<Self> {
        let archive_keeps_keys = self.archive_keeps_keys;
        let fewer = [1, self.hops / 2, self.hops - 1];
        let fewer = fewer.into_iter();
        fewer
            .filter(|hops| (1..self.hops).contains(hops))
            .map(|hops| Self {
                archive_keeps_keys,
                hops,
            })
            .collect()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Charge { order: u32 },
    Charged,
    IsAlive,
    NothingHeard,
    Settle { order: u32, hops: u32 },
    Settled { order: u32 },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Charged { order: u32 },
}

struct Queue;

impl Participant for Queue {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => {
                cx.send("payment", Msg::Charge { order: 1 });
                cx.timer(Msg::NothingHeard, Duration::from_secs(30));
            }
            Incoming::Timer(Msg::NothingHeard) => cx.send("payment", Msg::Charge { order: 1 }),
            Incoming::Message(_, Msg::Charged | Msg::IsAlive) => cx.cancel(Msg::NothingHeard),
            _ => {}
        }
    }
}

struct Payment {
    archive_keeps_keys: bool,
    hops: u32,
}

impl Participant for Payment {
    type Msg = Msg;
    /// The order whose key it knows.
    type Durable = Option<u32>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => cx.send("queue", Msg::IsAlive),
            Incoming::Message(queue, Msg::Charge { order }) => {
                if *cx.durable() != Some(order) {
                    cx.record(Fact::Charged { order }, |known| *known = Some(order));
                    let hops = self.hops;
                    cx.send("ledger", Msg::Settle { order, hops });
                }
                cx.send(queue, Msg::Charged);
            }
            Incoming::Message(_, Msg::Settled { .. }) if !self.archive_keeps_keys => {
                cx.save(|known| *known = None);
            }
            _ => {}
        }
    }
}

struct Settler {
    other: &'static str,
}

impl Participant for Settler {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if let Incoming::Message(_, Msg::Settle { order, hops }) = incoming {
            match hops {
                1 => cx.send("payment", Msg::Settled { order }),
                _ => cx.send(
                    self.other,
                    Msg::Settle {
                        order,
                        hops: hops - 1,
                    },
                ),
            }
        }
    }
}
