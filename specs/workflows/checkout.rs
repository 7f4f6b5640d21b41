//! A checkout: an order is charged and confirmed by mail, and every answer may be lost or late.
//!
//! # What happens
//! A customer asks the checkout for an order and asks again if nothing is heard. The checkout keeps
//! the order durably, with the idempotency key of its charge and what is to be done next: to charge
//! it, and once that is answered to send a mail and tell the customer. A charge that is not answered
//! in time is sent again. One that stays unanswered is voided at the payment provider, and only when
//! that is answered the customer is told that the order failed.
//!
//! One message may be lost, one may arrive twice, and the checkout may crash once. Nobody answers the
//! mail: it may be lost, and that it arrives is no promise.
//!
//! # What breaks it
//! - `new-key`: each try has a key of its own. An answer is late, the charge is tried again, and the
//!   provider cannot tell that both are one.
//! - `timeout-is-failure`: where the answer is late the customer is told that the order failed. The
//!   charge was only slow.
//! - `record-after-effect`: the charge is sent before its key is recorded. A crash comes between
//!   them, the customer asks again, and the order is charged under another key.
//!
//! # How it is repaired
//! Make the key once for each order and record it before it is used. Say "failed" only on the word of
//! whoever owns the effect. Find everything that is still owed in the record when you start again.
//!
//! # Source
//! Pat Helland, "Life beyond Distributed Transactions", CIDR 2007; RFC 9110, section 9.2.2.

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::leads_to::LeadsTo;
use testimony::specs::lifecycle::Lifecycle;
use testimony::specs::only_after::OnlyAfter;
use testimony::specs::participants::client::{self, Client};
use testimony::specs::participants::payment::{self, Charge, Payment};

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "checkout",
    page: include_str!("checkout.rs"),
    bugs: &[
        Bug {
            name: "new-key",
            says: "each try of a charge has an idempotency key of its own",
            breaks: "charge-at-most-once",
        },
        Bug {
            name: "timeout-is-failure",
            says: "the customer is told that a late charge failed",
            breaks: "told-failed-never-charged",
        },
        Bug {
            name: "record-after-effect",
            says: "the charge is sent before its key is recorded",
            breaks: "charge-at-most-once",
        },
    ],
    build: |bug, _| {
        let mut known = ENTRY.bugs.iter().map(|known| known.name);
        let bug = known.find(|known| Some(*known) == bug);
        Ok(Checkout { bug }.suite())
    },
};

/// The checkout of an order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checkout {
    /// What is done wrong: the name of a bug of [`ENTRY`].
    pub bug: Option<&'static str>,
}

impl Checkout {
    /// The workflow with all that it promises.
    pub fn suite(self) -> Suite {
        let told = Lifecycle::per("order")
            .start("open")
            .step("open", "charged", "charged")
            .step("charged", "charged", "charged")
            .step("charged", "refunded", "open")
            .step("open", "told-failed", "failed");
        let charge = AtMostOnce::new("charged").per("order");
        let over = LeadsTo::new("placed", "paid").or("told-failed");
        Suite::of(self)
            .promise("charge at most once", charge)
            .promise("told failed, never charged", told)
            .promise("no order stays open", over.per("order"))
            .promise(
                "paid when charged",
                OnlyAfter::new("paid", "charged").per("order"),
            )
            .promise(
                "mailed when paid",
                OnlyAfter::new("mailed", "paid").per("order"),
            )
            .promise(
                "mailed at most once",
                AtMostOnce::new("mailed").per("order"),
            )
    }
}

/// What the participants send each other, and the timer of the checkout.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Msg {
    /// Between the customer and the checkout.
    Client(client::Message),
    /// Between the checkout and the payment provider.
    Payment(payment::Message),
    /// The mail for the order, please.
    Mail,
    /// The payment provider has not answered for a while.
    Late,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Placed { order: u32 },
    Paid { order: u32 },
    ToldFailed { order: u32 },
    Mailed { order: u32 },
}

/// The only order: the intent of the customer.
const ORDER: u32 = 1;

impl Workflow for Checkout {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let client = Client::new(Msg::Client, |msg| match msg {
            Msg::Client(own) => Some(*own),
            _ => None,
        });
        let payment = Payment::new(Msg::Payment, |msg| match msg {
            Msg::Payment(own) => Some(own.clone()),
            _ => None,
        });
        cast.add("customer", client.asks("checkout", ORDER));
        cast.add("checkout", Service { bug: self.bug }).crashes();
        cast.add("payment", payment);
        cast.add("mail", Mail);
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

/// The checkout. In memory it only counts how often it has asked the payment provider.
struct Service {
    bug: Option<&'static str>,
}

/// What the checkout keeps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Record {
    next: Next,
    key: String,
    /// How often the checkout was started again: no key is made twice.
    starts: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Next {
    #[default]
    Place,
    Charge,
    Void,
    SayPaid,
    SayFailed,
}

impl Service {
    fn place(&self, cx: &mut Cx<'_, Self>) {
        let next = Next::Charge;
        let key = format!("{ORDER}.{}", cx.durable().starts);
        let is_late = self.bug == Some("record-after-effect");
        if is_late {
            self.pursue(cx, next, &key);
        }
        cx.record(Fact::Placed { order: ORDER }, |record| {
            (record.next, record.key) = (next, key.clone());
        });
        if !is_late {
            self.pursue(cx, next, &key);
        }
    }

    /// Does what is next, and sets a timer where that needs an answer.
    fn pursue(&self, cx: &mut Cx<'_, Self>, next: Next, key: &str) {
        let tries = *cx.volatile() + 1;
        let charge = Charge {
            order: ORDER,
            amount: 50,
            key: match self.bug {
                Some("new-key") => format!("{key}.{tries}"),
                _ => key.to_owned(),
            },
        };
        let (to, msg) = match next {
            Next::Place => return,
            Next::Charge => ("payment", Msg::Payment(payment::Message::Charge(charge))),
            Next::Void => ("payment", Msg::Payment(payment::Message::Void(charge))),
            Next::SayPaid => ("customer", Msg::Client(client::Message::Done(ORDER))),
            Next::SayFailed => ("customer", Msg::Client(client::Message::Failed(ORDER))),
        };
        cx.send(to, msg);
        match next {
            Next::Charge | Next::Void => {
                *cx.volatile() = tries;
                cx.timer(Msg::Late, Duration::from_secs(2));
            }
            Next::SayPaid => cx.send("mail", Msg::Mail),
            _ => {}
        }
    }
}

impl Participant for Service {
    type Msg = Msg;
    type Durable = Record;
    type Volatile = u8;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        use Incoming::{Message, Restart, Timer};
        use testimony::specs::participants::payment::Message::{Charged, Voided};
        let Record { next, key, .. } = cx.durable().clone();
        let tries = *cx.volatile();
        let turn = match (incoming, next) {
            (Restart, _) => {
                cx.save(|record| record.starts += 1);
                return self.pursue(cx, next, &key);
            }
            (Message(_, Msg::Client(_)), Next::Place) => return self.place(cx),
            (Message(_, Msg::Client(_)), Next::SayPaid | Next::SayFailed) => next,
            (Message(_, Msg::Payment(Charged(_))), Next::Charge) => Next::SayPaid,
            (Message(_, Msg::Payment(Voided(_))), Next::Void) => Next::SayFailed,
            (Timer(_), Next::Charge) if self.bug == Some("timeout-is-failure") => Next::SayFailed,
            (Timer(_), Next::Charge) if tries == 2 => Next::Void,
            (Timer(_), _) if tries < 2 => next,
            _ => return,
        };
        if turn != next {
            let change = |record: &mut Record| record.next = turn;
            match turn {
                Next::SayPaid => cx.record(Fact::Paid { order: ORDER }, change),
                Next::SayFailed => cx.record(Fact::ToldFailed { order: ORDER }, change),
                _ => cx.save(change),
            }
            *cx.volatile() = 0;
            cx.cancel(Msg::Late);
        }
        self.pursue(cx, turn, &key);
    }
}

/// Sends the mail once.
struct Mail;

impl Participant for Mail {
    type Msg = Msg;
    /// Whether it is out.
    type Durable = bool;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if matches!(incoming, Incoming::Message(..)) && !cx.durable() {
            cx.record(Fact::Mailed { order: ORDER }, |is_out| *is_out = true);
        }
    }
}
