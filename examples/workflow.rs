//! A workflow of your own: the checkout of docs/tutorial.md, with the whole command line of testimony.
//!
//! ```text
//! cargo run --example workflow -- fuzz checkout
//! cargo run --example workflow -- fuzz checkout-repaired
//! ```

use std::process::ExitCode;
use std::time::Duration;

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;

/// What shop and payment say to each other, and the shop to itself when it has waited long enough.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Charge { order: u32, key: String },
    Charged { order: u32 },
    Late { order: u32 },
}

/// What payment durably records.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Charged { order: u32, key: String },
}

/// What the shop does on behalf of a customer.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Call {
    Pay { order: u32 },
}

/// Takes one order, and tries to charge it twice at most.
struct Shop {
    one_key: bool,
}

/// What the shop forgets when it crashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Trying {
    tries: u32,
    payment: Option<Op>,
}

impl Shop {
    fn try_to_charge(&self, cx: &mut Cx<'_, Self>, order: u32) {
        let tries = cx.volatile().tries + 1;
        let key = match self.one_key {
            true => format!("order-{order}"),
            false => format!("order-{order}-try-{tries}"),
        };
        let payment = cx.attempt(format!("order-{order}"), Call::Pay { order });
        *cx.volatile() = Trying {
            tries,
            payment: Some(payment),
        };
        cx.send("payment", Msg::Charge { order, key });
        cx.timer(Msg::Late { order }, Duration::from_secs(30));
    }
}

impl Participant for Shop {
    type Msg = Msg;
    type Durable = ();
    type Volatile = Trying;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => self.try_to_charge(cx, 781),
            Incoming::Timer(Msg::Late { order }) => {
                // Waiting has an end. What became of the payment is not known.
                if let Some(payment) = cx.volatile().payment.take() {
                    cx.give_up(payment);
                }
                if cx.volatile().tries < 2 {
                    self.try_to_charge(cx, order);
                }
            }
            Incoming::Message(_, Msg::Charged { order }) => {
                cx.cancel(Msg::Late { order });
                if let Some(payment) = cx.volatile().payment.take() {
                    cx.ok(payment, "paid");
                }
            }
            _ => {}
        }
    }
}

/// Charges cards, and remembers the keys it has seen.
struct Payment;

impl Participant for Payment {
    type Msg = Msg;
    type Durable = Vec<String>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if let Incoming::Message(from, Msg::Charge { order, key }) = incoming {
            if !cx.durable().contains(&key) {
                let charged = Fact::Charged {
                    order,
                    key: key.clone(),
                };
                cx.record(charged, |keys| keys.push(key));
            }
            cx.send(from, Msg::Charged { order });
        }
    }
}

/// A shop and its payment provider.
struct Checkout {
    one_key: bool,
}

impl Workflow for Checkout {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let one_key = self.one_key;
        cast.add("shop", Shop { one_key }).crashes();
        cast.add("payment", Payment).crashes();
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

/// A checkout with what it must keep.
fn suite(one_key: bool) -> Suite {
    let charged_once = AtMostOnce::new("charged").per("order");
    Suite::of(Checkout { one_key }).promise("charge at most once", charged_once)
}

fn main() -> ExitCode {
    testimony::Cli::new()
        .with(testimony::specs::all())
        .workflow("checkout", suite(false))
        .workflow("checkout-repaired", suite(true))
        .run()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_for_each_try_charges_twice() {
        testimony::fuzz(suite(false)).cases(10_000).assert_broken();
    }

    #[test]
    fn one_key_for_all_tries_charges_once() {
        testimony::fuzz(suite(true)).cases(10_000).assert_kept();
    }
}
