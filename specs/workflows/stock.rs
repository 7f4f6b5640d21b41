//! Two buyers and the last copy of a book.
//!
//! # What happens
//! Each buyer looks how many copies are left, and buys one if there is any.
//!
//! # What breaks it
//! - `check-then-act`: the stock takes it that the buyer has looked. Both
//!   saw the last copy, and both get it.
//!
//! # How it is repaired
//! The stock checks and lowers in one step: "one less, where at least one
//! is left". What a buyer saw before is a hint and no reservation.
//!
//! # Source
//! Bishop and Dilger, "Checking for race conditions in file accesses",
//! Computing Systems 1996: between check and use, the world moves on.

use testimony::prelude::*;
use testimony::specs::limit::Limit;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "stock",
    page: include_str!("stock.rs"),
    bugs: &[Bug {
        name: "check-then-act",
        says: "the check and the sale are two steps",
        breaks: "never-oversell",
    }],
    build: |bug, _| {
        let workflow = Shop {
            sells_only_what_is_left: bug != Some("check-then-act"),
        };
        let promise = Limit::per("book").plus("sold").at_most(COPIES);
        Ok(Suite::of(workflow).promise("never oversell", promise))
    },
};

/// How many copies there are.
const COPIES: i64 = 1;

struct Shop {
    sells_only_what_is_left: bool,
}

impl Workflow for Shop {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("ann", Buyer);
        cast.add("bob", Buyer);
        let sells_only_what_is_left = self.sells_only_what_is_left;
        let stock = Stock {
            sells_only_what_is_left,
        };
        cast.add("stock", stock).crashes();
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
    Look,
    Left(i64),
    Buy,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Sold { book: u32 },
}

struct Buyer;

impl Participant for Buyer {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => cx.send("stock", Msg::Look),
            Incoming::Message(stock, Msg::Left(left)) if left > 0 => cx.send(stock, Msg::Buy),
            _ => {}
        }
    }
}

struct Stock {
    sells_only_what_is_left: bool,
}

impl Participant for Stock {
    type Msg = Msg;
    /// How many copies were sold.
    type Durable = i64;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let left = COPIES - *cx.durable();
        match incoming {
            Incoming::Message(buyer, Msg::Look) => cx.send(buyer, Msg::Left(left)),
            Incoming::Message(_, Msg::Buy) if left > 0 || !self.sells_only_what_is_left => {
                cx.record(Fact::Sold { book: 1 }, |sold| *sold += 1);
            }
            _ => {}
        }
    }
}
