//! Two carts want one seat, which is held for a cart for a while until the cart confirms.
//!
//! # What happens
//! A cart asks for a hold. The seat service holds the seat for the first one and sets a timer; when it
//! fires the seat is free again. A cart that has the hold confirms, and the seat is sold, unless the
//! hold is over by then.
//!
//! # What breaks it
//! - `late-confirm`: a confirmation is taken without a look at the hold. The hold ends, the other cart
//!   gets it, and both confirm.
//!
//! # How it is repaired
//! Check the hold and sell in one step, where the holds are kept. That the cart was told of a hold
//! proves only that there was one.
//!
//! # Source
//! Cary Gray and David Cheriton, "Leases: An Efficient Fault-Tolerant Mechanism for Distributed File
//! Cache Consistency", SOSP 1989: what a holder may still do when its time is over.

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::only_after::OnlyAfter;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "seat-hold",
    page: include_str!("seat_hold.rs"),
    bugs: &[Bug {
        name: "late-confirm",
        says: "a confirmation is taken although the hold is over",
        breaks: "a-seat-is-sold-once",
    }],
    build: |bug, _| {
        let seat = SeatHold {
            takes_late_confirmations: bug.is_some(),
        };
        let told = OnlyAfter::new("told-sold", "sold").per("seat").per("cart");
        Ok(Suite::of(seat)
            .promise("a seat is sold once", AtMostOnce::new("sold").per("seat"))
            .promise("told sold only when it is sold", told))
    },
};

/// One seat and two carts.
#[derive(Clone, Copy, Debug)]
pub struct SeatHold {
    /// Whether a confirmation is taken without a look at the hold.
    pub takes_late_confirmations: bool,
}

/// What carts and the seat service send each other, and the timer of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Msg {
    /// This cart wants the seat.
    Hold(u32),
    /// The seat is held for it.
    Held,
    /// The seat is not to be had.
    Refused,
    /// This cart buys the seat.
    Confirm(u32),
    /// It is sold.
    Sold,
    /// The hold of this cart is over.
    HoldEnds(u32),
}

impl Workflow for SeatHold {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("cart-1", Cart(1));
        cast.add("cart-2", Cart(2));
        cast.add("seats", *self).crashes();
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

/// The only seat.
const SEAT: &str = "A12";

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Sold { seat: &'static str, cart: u32 },
    ToldSold { seat: &'static str, cart: u32 },
}

/// A cart of this number.
struct Cart(u32);

impl Participant for Cart {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let (seat, cart) = (SEAT, self.0);
        match incoming {
            Incoming::Start => cx.send("seats", Msg::Hold(cart)),
            Incoming::Message(_, Msg::Held) => cx.send("seats", Msg::Confirm(cart)),
            Incoming::Message(_, Msg::Sold) => cx.fact(Fact::ToldSold { seat, cart }),
            _ => {}
        }
    }
}

/// How a seat stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Seat {
    /// Anybody may have it.
    #[default]
    Free,
    /// It is held for this cart.
    HeldBy(u32),
    /// This cart has bought it.
    SoldTo(u32),
}

fn hold(cx: &mut Cx<'_, SeatHold>, cart: u32) {
    cx.save(|seat| *seat = Seat::HeldBy(cart));
    cx.timer(Msg::HoldEnds(cart), Duration::from_secs(600));
}

/// The seat service.
impl Participant for SeatHold {
    type Msg = Msg;
    type Durable = Seat;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let seat = *cx.durable();
        match (incoming, seat) {
            (Incoming::Restart, Seat::HeldBy(cart)) => hold(cx, cart),
            (Incoming::Timer(Msg::HoldEnds(cart)), Seat::HeldBy(holder)) if cart == holder => {
                cx.save(|seat| *seat = Seat::Free);
            }
            (Incoming::Message(from, Msg::Hold(cart)), Seat::Free) => {
                hold(cx, cart);
                cx.send(from, Msg::Held);
            }
            (Incoming::Message(from, Msg::Hold(_)), _) => cx.send(from, Msg::Refused),
            (Incoming::Message(from, Msg::Confirm(cart)), seat) => {
                let is_held = seat == Seat::HeldBy(cart);
                let is_sold = seat == Seat::SoldTo(cart);
                if is_held || (self.takes_late_confirmations && !is_sold) {
                    let sold = Fact::Sold { seat: SEAT, cart };
                    cx.record(sold, |seat| *seat = Seat::SoldTo(cart));
                    cx.cancel(Msg::HoldEnds(cart));
                    cx.send(from, Msg::Sold);
                } else {
                    cx.send(from, if is_sold { Msg::Sold } else { Msg::Refused });
                }
            }
            _ => {}
        }
    }
}
