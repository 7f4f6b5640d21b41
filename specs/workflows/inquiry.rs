//! A shop that charges an order, and asks what became of the charge when no answer comes.
//!
//! # What happens
//! The shop records what it is about to charge, and charges it. When no
//! answer comes it stops waiting and asks the provider what became of the
//! charge, under the same key. The provider's word is its last: once it has
//! said that nothing was charged, it refuses a charge that comes late. A
//! question that stays unanswered is put once more, and then handed to a person.
//!
//! One message may be lost, and the shop may crash once.
//!
//! # What breaks it
//! - `nobody-asks`: the shop asks only when it starts again. That a charge
//!   timed out is written into a log that nobody reads, and whether the
//!   customer has paid stays unknown.
//! - `nobody-looks`: the shop asks, but only as long as it does not crash.
//!   When it starts again it does not look for charges without an answer.
//!
//! # How it is repaired
//! "Unknown" is a state with a way out. Record it before the request is sent,
//! look for it when you start again, and ask whoever owns the effect until
//! there is an answer, or until somebody else has taken over.
//!
//! # Source
//! Gray, "Notes on Data Base Operating Systems", 1978, on transactions in
//! doubt; Helland, "Life beyond Distributed Transactions", CIDR 2007.

use testimony::prelude::*;
use testimony::specs::only_after::OnlyAfter;
use testimony::specs::unknown_resolved::UnknownResolved;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "inquiry",
    page: include_str!("inquiry.rs"),
    bugs: &[
        Bug {
            name: "nobody-asks",
            says: "nobody asks what became of a charge that timed out",
            breaks: "no-charge-stays-unknown",
        },
        Bug {
            name: "nobody-looks",
            says: "nobody looks for charges without an answer after a crash",
            breaks: "no-charge-stays-unknown",
        },
    ],
    build: |bug, _| {
        let shop = match bug {
            Some("nobody-asks") => Shop::NeverAsks,
            Some("nobody-looks") => Shop::NeverLooks,
            _ => Shop::Careful,
        };
        let known = UnknownResolved::new("charge", "paid").or("not-paid");
        let known = known.or("handed-over").per("order");
        let paid = OnlyAfter::new("paid", "charged").per("order");
        Ok(Suite::of(Purchase { shop })
            .promise("no charge stays unknown", known)
            .promise("paid when charged", paid)
            .settles_within(100))
    },
};

struct Purchase {
    shop: Shop,
}

impl Workflow for Purchase {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("shop", self.shop).crashes();
        cast.add("provider", Provider);
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
    Charge { order: u32 },
    Status { order: u32 },
    Charged { order: u32 },
    NotCharged { order: u32 },
    Late,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Call {
    Charge { order: u32 },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Charged { order: u32 },
    Paid { order: u32 },
    NotPaid { order: u32 },
    HandedOver { order: u32 },
}

/// The only order, and the key of its charge.
const ORDER: u32 = 1;
/// So many questions are put before a person is.
const QUESTIONS: u8 = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shop {
    Careful,
    NeverAsks,
    NeverLooks,
}

/// What the shop keeps of the charge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Standing {
    #[default]
    New,
    Unanswered,
    Over,
}

/// What the shop is waiting for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Waiting {
    charge: Option<Op>,
    questions: u8,
}

impl Shop {
    fn charge(cx: &mut Cx<'_, Self>) {
        cx.together(|cx| {
            cx.save(|standing| *standing = Standing::Unanswered);
            let charge = cx.attempt(ORDER, Call::Charge { order: ORDER });
            cx.volatile().charge = Some(charge);
        });
        cx.send("provider", Msg::Charge { order: ORDER });
        cx.timer(Msg::Late, Duration::from_secs(5));
    }

    fn ask(cx: &mut Cx<'_, Self>) {
        if cx.volatile().questions == QUESTIONS {
            return Self::close(cx, Fact::HandedOver { order: ORDER });
        }
        cx.volatile().questions += 1;
        cx.send("provider", Msg::Status { order: ORDER });
        cx.timer(Msg::Late, Duration::from_secs(5));
    }

    /// Records what became of the charge, or who finds it out.
    fn close(cx: &mut Cx<'_, Self>, found: Fact) {
        cx.together(|cx| {
            cx.fact_of(ORDER, found);
            cx.save(|standing| *standing = Standing::Over);
        });
        cx.cancel(Msg::Late);
    }
}

impl Participant for Shop {
    type Msg = Msg;
    type Durable = Standing;
    type Volatile = Waiting;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match (incoming, *cx.durable()) {
            (Incoming::Start | Incoming::Restart, Standing::New) => Self::charge(cx),
            (Incoming::Restart, Standing::Unanswered) if *self != Self::NeverLooks => Self::ask(cx),
            (Incoming::Timer(_), Standing::Unanswered) => {
                if let Some(charge) = cx.volatile().charge.take() {
                    cx.give_up(charge);
                }
                if *self != Self::NeverAsks {
                    Self::ask(cx);
                }
            }
            (Incoming::Message(_, Msg::Charged { order }), Standing::Unanswered) => {
                if let Some(charge) = cx.volatile().charge.take() {
                    cx.ok(charge, ());
                }
                Self::close(cx, Fact::Paid { order });
            }
            (Incoming::Message(_, Msg::NotCharged { order }), Standing::Unanswered) => {
                Self::close(cx, Fact::NotPaid { order });
            }
            _ => {}
        }
    }
}

/// What the provider knows of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Entry {
    Charged,
    Refused,
}

struct Provider;

impl Participant for Provider {
    type Msg = Msg;
    type Durable = Option<Entry>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let Incoming::Message(shop, question) = incoming else {
            return;
        };
        match (question, *cx.durable()) {
            (Msg::Charge { order }, None) => {
                let charge = |entry: &mut Option<Entry>| *entry = Some(Entry::Charged);
                cx.record(Fact::Charged { order }, charge);
            }
            (Msg::Status { .. }, None) => cx.save(|entry| *entry = Some(Entry::Refused)),
            _ => {}
        }
        let answer = match *cx.durable() {
            Some(Entry::Charged) => Msg::Charged { order: ORDER },
            _ => Msg::NotCharged { order: ORDER },
        };
        cx.send(shop, answer);
    }
}
