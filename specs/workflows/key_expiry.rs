//! A shop charges an order and tries again, and the payment provider keeps keys for a time only, or for good.
//!
//! # What happens
//! The shop sends a charge with the key of the order. Where no answer comes in time it sends the
//! charge again, with the same key. The provider keeps the keys for good, so that a copy is
//! recognised however late it lands.
//!
//! One message may be lost, one may arrive twice.
//!
//! # What breaks it
//! - `keys-expire`: the provider forgets each key after a day. A copy of the charge is under way for
//!   longer, and lands when the key is forgotten.
//!
//! # How it is repaired
//! Keep a key for as long as a copy may be under way; or let requests carry a time after which they
//! are refused, and keep the key until then.
//!
//! # Source
//! Andrew Birrell and Bruce Nelson, "Implementing Remote Procedure Calls", ACM TOCS 1984, on how
//! long a callee must remember a call.

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::only_after::OnlyAfter;
use testimony::specs::participants::payment::{self, Charge, Payment};

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "key-expiry",
    page: include_str!("key_expiry.rs"),
    bugs: &[Bug {
        name: "keys-expire",
        says: "the provider forgets each key after a day",
        breaks: "charge-at-most-once",
    }],
    build: |bug, _| {
        let expiry = KeyExpiry {
            keys_expire: bug.is_some(),
        };
        Ok(Suite::of(expiry)
            .promise(
                "charge at most once",
                AtMostOnce::new("charged").per("order"),
            )
            .promise(
                "paid only after it was charged",
                OnlyAfter::new("paid", "charged").per("order"),
            ))
    },
};

/// A shop and a payment provider.
#[derive(Clone, Copy, Debug)]
pub struct KeyExpiry {
    /// Whether the provider forgets keys.
    pub keys_expire: bool,
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

impl Workflow for KeyExpiry {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let payment = Payment::new(Msg::Payment, |msg| match msg {
            Msg::Payment(own) => Some(own.clone()),
            Msg::Late => None,
        });
        let payment = match self.keys_expire {
            true => payment.keys_expire_after(Duration::from_secs(24 * 3600)),
            false => payment,
        };
        cast.add("shop", Shop);
        cast.add("payment", payment);
    }

    fn faults(&self) -> Faults {
        Faults {
            drops: 1,
            duplicates: 1,
            ..Faults::NONE
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Paid { order: u32 },
}

/// Charges its only order, twice at most.
struct Shop;

impl Participant for Shop {
    type Msg = Msg;
    /// Whether the order is paid.
    type Durable = bool;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let order = 1;
        let charge = Charge {
            order,
            amount: 50,
            key: "order-1".to_owned(),
        };
        let charge = Msg::Payment(payment::Message::Charge(charge));
        match incoming {
            Incoming::Start => {
                cx.send("payment", charge);
                cx.timer(Msg::Late, Duration::from_secs(2));
            }
            Incoming::Timer(Msg::Late) => cx.send("payment", charge),
            Incoming::Message(_, Msg::Payment(payment::Message::Charged(_))) if !cx.durable() => {
                cx.record(Fact::Paid { order }, |is_paid| *is_paid = true);
                cx.cancel(Msg::Late);
            }
            _ => {}
        }
    }
}
