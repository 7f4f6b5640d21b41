//! A buyer is sent to another region when the first one is slow, and both sell the same seat.
//!
//! # What happens
//! Two regions have a copy of the seats each and tell each other what they sold. A buyer asks the
//! region nearby; where no answer comes in time, the other one. A seat has one home region: the
//! other one passes on what it is asked and answers what it hears from there.
//!
//! One message may arrive twice.
//!
//! # What breaks it
//! - `sell-from-the-copy`: each region sells what its own copy shows as free. The second one is asked
//!   before it has heard of the sale.
//!
//! # How it is repaired
//! One owner for each seat, or an agreement of both regions for each sale. A copy that is told later
//! can only say what was.
//!
//! # Source
//! Seth Gilbert and Nancy Lynch, "Brewer's Conjecture and the Feasibility of Consistent, Available,
//! Partition-Tolerant Web Services", ACM SIGACT News 2002.

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::only_after::OnlyAfter;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "regions",
    page: include_str!("regions.rs"),
    bugs: &[Bug {
        name: "sell-from-the-copy",
        says: "each region sells what its own copy shows as free",
        breaks: "a-seat-is-sold-once",
    }],
    build: |bug, _| {
        let regions = Regions {
            has_home: bug.is_none(),
        };
        let told = OnlyAfter::new("told-sold", "sold").per("seat");
        Ok(Suite::of(regions)
            .promise("a seat is sold once", AtMostOnce::new("sold").per("seat"))
            .promise("told sold only when it is sold", told))
    },
};

/// Two regions, a seat and a buyer.
#[derive(Clone, Copy, Debug)]
pub struct Regions {
    /// Whether only the home region sells the seat.
    pub has_home: bool,
}

/// What the buyer and the regions send each other, and the timer of the buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Msg {
    /// The seat, please.
    Buy,
    /// It is yours.
    Sold,
    /// A region tells the other one that the seat is sold.
    Replicate,
    /// No answer came in time.
    Reroute,
}

impl Workflow for Regions {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("buyer", Buyer);
        for (own, other, is_home) in [("east", "west", true), ("west", "east", false)] {
            let sells = is_home || !self.has_home;
            cast.add(own, Region { other, sells });
        }
    }

    fn faults(&self) -> Faults {
        Faults {
            duplicates: 1,
            ..Faults::NONE
        }
    }
}

/// The only seat.
const SEAT: &str = "A12";

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Sold { seat: &'static str },
    ToldSold { seat: &'static str },
}

struct Buyer;

impl Participant for Buyer {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => {
                cx.send("east", Msg::Buy);
                cx.timer(Msg::Reroute, Duration::from_secs(1));
            }
            Incoming::Timer(Msg::Reroute) => cx.send("west", Msg::Buy),
            Incoming::Message(_, Msg::Sold) => {
                cx.fact(Fact::ToldSold { seat: SEAT });
                cx.cancel(Msg::Reroute);
            }
            _ => {}
        }
    }
}

struct Region {
    other: &'static str,
    /// Whether it sells itself, and does not ask the other one.
    sells: bool,
}

impl Participant for Region {
    type Msg = Msg;
    /// Whether it knows that the seat is sold. There is one buyer: it is the buyer's.
    type Durable = bool;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match (incoming, *cx.durable()) {
            (Incoming::Message(_, Msg::Buy), true) => cx.send("buyer", Msg::Sold),
            (Incoming::Message(_, Msg::Buy), false) if self.sells => {
                cx.record(Fact::Sold { seat: SEAT }, |is_sold| *is_sold = true);
                cx.send("buyer", Msg::Sold);
                cx.send(self.other, Msg::Replicate);
            }
            (Incoming::Message(_, Msg::Buy), false) => cx.send(self.other, Msg::Buy),
            (Incoming::Message(_, Msg::Replicate), false) => cx.save(|is_sold| *is_sold = true),
            _ => {}
        }
    }
}
