//! An order whose charge is late is cancelled, and its money is paid back.
//!
//! # What happens
//! A shop charges an order and waits. Where no answer comes in time it cancels the order, but the
//! charge may still be on its way. So it asks the payment provider to void the key: what was
//! charged is paid back, and what comes later with that key is declined.
//!
//! One message may arrive twice.
//!
//! # What breaks it
//! - `refund-what-is-there`: the shop asks for a refund instead. Where the charge has not landed
//!   there is nothing to refund; the order is cancelled, and then the charge lands.
//!
//! # How it is repaired
//! Undo what may still come, not only what has come: leave a mark under the identity of the step that
//! a late copy of the step finds.
//!
//! # Source
//! Hector Garcia-Molina and Kenneth Salem, "Sagas", SIGMOD 1987.

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::compensated::Compensated;
use testimony::specs::participants::payment::{self, Charge, Payment};

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "cancellation",
    page: include_str!("cancellation.rs"),
    bugs: &[Bug {
        name: "refund-what-is-there",
        says: "a cancelled order is refunded what was charged so far",
        breaks: "an-order-that-is-not-paid-costs-nothing",
    }],
    build: |bug, _| {
        let cancellation = Cancellation {
            voids: bug.is_none(),
        };
        let money_back = Compensated::until("paid")
            .step("charged", "refunded")
            .per("order");
        let once = AtMostOnce::new("paid").or("cancelled").per("order");
        Ok(Suite::of(cancellation)
            .promise("an order that is not paid costs nothing", money_back)
            .promise("paid or cancelled, once", once))
    },
};

/// A shop that cancels an order whose charge is late.
#[derive(Clone, Copy, Debug)]
pub struct Cancellation {
    /// Whether it voids the key, and does not only ask for a refund.
    pub voids: bool,
}

/// What the participants send each other, and the timer of the shop.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Msg {
    /// Between the shop and the payment provider.
    Payment(payment::Message),
    /// No answer came in time.
    Late,
}

impl Workflow for Cancellation {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let payment = Payment::new(Msg::Payment, |msg| match msg {
            Msg::Payment(own) => Some(own.clone()),
            Msg::Late => None,
        });
        cast.add("shop", *self);
        cast.add("payment", payment);
    }

    fn faults(&self) -> Faults {
        Faults {
            duplicates: 1,
            ..Faults::NONE
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Paid { order: u32 },
    Cancelled { order: u32 },
}

/// How the order stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// It is being charged.
    #[default]
    Open,
    /// It is to be cancelled once the provider has answered.
    Ending,
    /// It is paid, or cancelled.
    Over,
}

/// The shop.
impl Participant for Cancellation {
    type Msg = Msg;
    type Durable = Order;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        use testimony::specs::participants::payment::Message::{
            Charged, NotCharged, Refund, Refunded, Void, Voided,
        };
        let order = 1;
        let charge = Charge {
            order,
            amount: 50,
            key: "order-1".to_owned(),
        };
        match (incoming, *cx.durable()) {
            (Incoming::Start, _) => {
                cx.send("payment", Msg::Payment(payment::Message::Charge(charge)));
                cx.timer(Msg::Late, Duration::from_secs(2));
            }
            (Incoming::Message(_, Msg::Payment(Charged(_))), Order::Open) => {
                cx.record(Fact::Paid { order }, |state| *state = Order::Over);
                cx.cancel(Msg::Late);
            }
            (Incoming::Timer(Msg::Late), Order::Open) => {
                cx.save(|state| *state = Order::Ending);
                let undo = if self.voids { Void } else { Refund };
                cx.send("payment", Msg::Payment(undo(charge)));
            }
            (
                Incoming::Message(_, Msg::Payment(Refunded(_) | NotCharged(_) | Voided(_))),
                Order::Ending,
            ) => cx.record(Fact::Cancelled { order }, |state| *state = Order::Over),
            _ => {}
        }
    }
}
