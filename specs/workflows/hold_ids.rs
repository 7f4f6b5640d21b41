//! A seat that two carts want, and holds that end by themselves.
//!
//! # What happens
//! A cart holds the seat, and gets the number of its hold. It buys the seat
//! by naming that number. A hold that is not used ends after a while; a cart
//! that finds the seat held asks once more later.
//!
//! # What breaks it
//! - `reused-id`: the number of a hold that has ended is given to the next
//!   one. The first cart buys late, names its old number, and gets the seat
//!   that another cart now holds: the number is the same, and it means
//!   something else.
//!
//! # How it is repaired
//! No number is ever used twice, not even after a crash: the last one is
//! kept durably.
//!
//! # Source
//! IBM System/370 Extended Architecture: Principles of Operation, 1983,
//! appendix on compare and swap: the value came back, the thing did not.

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::never_after::NeverAfter;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "hold-ids",
    page: include_str!("hold_ids.rs"),
    bugs: &[Bug {
        name: "reused-id",
        says: "the number of a hold that has ended is given to the next one",
        breaks: "who-lost-the-seat-never-gets-it",
    }],
    build: |bug, _| {
        let workflow = HoldIds {
            numbers_are_never_reused: bug != Some("reused-id"),
        };
        let promise = NeverAfter::new("sold", "expired").per("seat").per("cart");
        let once = AtMostOnce::new("sold").per("seat");
        Ok(Suite::of(workflow)
            .promise("who lost the seat never gets it", promise)
            .promise("a seat is sold once", once))
    },
};

struct HoldIds {
    numbers_are_never_reused: bool,
}

impl Workflow for HoldIds {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("cart-1", Cart { cart: 1 });
        cast.add("cart-2", Cart { cart: 2 });
        let numbers_are_never_reused = self.numbers_are_never_reused;
        let seats = Seats {
            numbers_are_never_reused,
        };
        cast.add("seats", seats).crashes();
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
    Hold { cart: u32 },
    Held { hold: u32 },
    Refused,
    AskAgain,
    Buy { cart: u32, hold: u32 },
    Expire { hold: u32, cart: u32 },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Expired { seat: u32, cart: u32 },
    Sold { seat: u32, cart: u32 },
}

struct Cart {
    cart: u32,
}

impl Participant for Cart {
    type Msg = Msg;
    type Durable = ();
    /// Whether it has asked once more.
    type Volatile = bool;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let cart = self.cart;
        match incoming {
            Incoming::Start => cx.send("seats", Msg::Hold { cart }),
            Incoming::Message(_, Msg::Refused) if !*cx.volatile() => {
                cx.timer(Msg::AskAgain, Duration::from_secs(60));
            }
            Incoming::Timer(Msg::AskAgain) => {
                *cx.volatile() = true;
                cx.send("seats", Msg::Hold { cart });
            }
            Incoming::Message(seats, Msg::Held { hold }) => {
                cx.send(seats, Msg::Buy { cart, hold });
            }
            _ => {}
        }
    }
}

/// What the seats know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Book {
    /// The number of the hold in force.
    hold: Option<u32>,
    last_number: u32,
    is_sold: bool,
}

struct Seats {
    numbers_are_never_reused: bool,
}

impl Seats {
    fn hold(&self, cx: &mut Cx<'_, Self>, from: Address, cart: u32) {
        let book = cx.durable().clone();
        if book.hold.is_some() || book.is_sold {
            cx.send(from, Msg::Refused);
            return;
        }
        let hold = match self.numbers_are_never_reused {
            true => book.last_number + 1,
            false => 1,
        };
        cx.save(|book| (book.hold, book.last_number) = (Some(hold), hold));
        cx.timer(Msg::Expire { hold, cart }, Duration::from_secs(300));
        cx.send(from, Msg::Held { hold });
    }
}

impl Participant for Seats {
    type Msg = Msg;
    type Durable = Book;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let seat = 1;
        match incoming {
            Incoming::Message(from, Msg::Hold { cart }) => self.hold(cx, from, cart),
            Incoming::Message(_, Msg::Buy { cart, hold }) if cx.durable().hold == Some(hold) => {
                cx.record(Fact::Sold { seat, cart }, |book| {
                    (book.hold, book.is_sold) = (None, true);
                });
            }
            Incoming::Timer(Msg::Expire { hold, cart }) if cx.durable().hold == Some(hold) => {
                cx.record(Fact::Expired { seat, cart }, |book| book.hold = None);
            }
            _ => {}
        }
    }
}
