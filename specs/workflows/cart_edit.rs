//! A customer pays, edits the cart while the charge is under way, and pays again.
//!
//! # What happens
//! The checkout charges the cart. When the customer pays for an edited cart before the first charge is
//! answered, the checkout voids that charge and charges the new cart under a key of its own. The
//! page shows the amount once the charge of the newest cart is answered.
//!
//! # What breaks it
//! - `key-reused`: the key is made from the order alone. The provider takes the second charge for a
//!   repeat of the first and answers with what it captured then; the page shows the new amount.
//!
//! # How it is repaired
//! A key stands for one wish: what is paid for and how much. Change the wish, and the key changes
//! and the old wish is withdrawn.
//!
//! # Source
//! Brandur Leach, "Implementing Stripe-like Idempotency Keys in Postgres", 2017.

use testimony::prelude::*;
use testimony::specs::limit::Limit;
use testimony::specs::only_after::OnlyAfter;
use testimony::specs::participants::payment::{self, Charge, Payment};

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "cart-edit",
    page: include_str!("cart_edit.rs"),
    bugs: &[Bug {
        name: "key-reused",
        says: "an edited cart is charged under the key of the first one",
        breaks: "the-amount-shown-is-captured",
    }],
    build: |bug, _| {
        let edit = CartEdit {
            reuses_key: bug.is_some(),
        };
        let captured = OnlyAfter::new("shown", "charged")
            .per("order")
            .per("amount");
        let once = Limit::per("order")
            .plus("charged")
            .minus("refunded")
            .at_most(1);
        Ok(Suite::of(edit)
            .promise("the amount shown is captured", captured)
            .promise("one charge at a time", once))
    },
};

/// A checkout whose customer edits the cart.
#[derive(Clone, Copy, Debug)]
pub struct CartEdit {
    /// Whether the edited cart has the key of the first one.
    pub reuses_key: bool,
}

/// What the participants send each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Msg {
    /// The customer pays for a cart of this amount.
    Pay(u32),
    /// Between the checkout and the payment provider.
    Payment(payment::Message),
}

impl Workflow for CartEdit {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let payment = Payment::new(Msg::Payment, |msg| match msg {
            Msg::Payment(own) => Some(own.clone()),
            Msg::Pay(_) => None,
        });
        cast.add("customer", Customer);
        cast.add("checkout", *self);
        cast.add("payment", payment);
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Shown { order: u32, amount: u32 },
}

/// Pays for a cart of 50, and right after it for one of 70.
struct Customer;

impl Participant for Customer {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if incoming == Incoming::Start {
            cx.send("checkout", Msg::Pay(50));
            cx.send("checkout", Msg::Pay(70));
        }
    }
}

/// The only order.
const ORDER: u32 = 1;

impl CartEdit {
    fn charge(self, amount: u32) -> Charge {
        let key = match self.reuses_key {
            true => "order-1".to_owned(),
            false => format!("order-1-of-{amount}"),
        };
        Charge {
            order: ORDER,
            amount,
            key,
        }
    }
}

/// The checkout.
impl Participant for CartEdit {
    type Msg = Msg;
    /// The amount of the newest cart.
    type Durable = Option<u32>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        use testimony::specs::participants::payment::Message::{Charge, Charged, Void, Voided};
        let cart = *cx.durable();
        match (incoming, cart) {
            (Incoming::Message(_, Msg::Pay(amount)), before) => {
                cx.save(|cart| *cart = Some(amount));
                let next = match before {
                    Some(before) if !self.reuses_key => Void(self.charge(before)),
                    _ => Charge(self.charge(amount)),
                };
                cx.send("payment", Msg::Payment(next));
            }
            (Incoming::Message(_, Msg::Payment(Voided(_))), Some(amount)) => {
                cx.send("payment", Msg::Payment(Charge(self.charge(amount))));
            }
            (Incoming::Message(_, Msg::Payment(Charged(charge))), Some(amount))
                if charge.key == self.charge(amount).key =>
            {
                let order = ORDER;
                cx.fact(Fact::Shown { order, amount });
            }
            _ => {}
        }
    }
}
