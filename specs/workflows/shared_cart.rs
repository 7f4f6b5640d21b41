//! One cart in two regions that both take changes, also while they cannot
//! hear each other.
//!
//! # What happens
//! Two things are put into the cart in one region and one in the other. Each
//! region acknowledges at once, and tells the other of each change. From
//! time to time it also sends the whole cart, in case a change was lost.
//!
//! # What breaks it
//! - `blind-merge`: a region that receives the whole cart takes it in place
//!   of its own where it has more changes. Both regions wrote during a
//!   partition; when it heals, one side's changes are gone.
//!
//! # How it is repaired
//! A cart that comes is merged with the own one: each thing that either
//! side acknowledged is in the result.
//!
//! # Source
//! DeCandia et al., "Dynamo: Amazon's highly available key-value store",
//! SOSP 2007, section 4.4; Shapiro et al., "Conflict-free replicated data
//! types", SSS 2011.

use std::collections::BTreeSet;

use testimony::prelude::*;
use testimony::specs::never_after::NeverAfter;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "shared-cart",
    page: include_str!("shared_cart.rs"),
    bugs: &[Bug {
        name: "blind-merge",
        says: "after a partition one region's cart replaces the other's",
        breaks: "an-acknowledged-thing-is-never-dropped",
    }],
    build: |bug, _| {
        let workflow = Regions {
            merges: bug != Some("blind-merge"),
        };
        let promise = NeverAfter::new("dropped", "acknowledged").per("thing");
        let suite = Suite::of(workflow);
        Ok(suite.promise("an acknowledged thing is never dropped", promise))
    },
};

struct Regions {
    merges: bool,
}

impl Workflow for Regions {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let merges = self.merges;
        let paris = Region {
            other: "tokyo",
            puts: &["pen", "paper"],
            merges,
        };
        let tokyo = Region {
            other: "paris",
            puts: &["ink"],
            merges,
        };
        cast.add("paris", paris);
        cast.add("tokyo", tokyo);
    }

    fn faults(&self) -> Faults {
        Faults {
            partitions: 1,
            ..Faults::NONE
        }
    }
}

type Cart = BTreeSet<&'static str>;

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Put { thing: &'static str },
    Whole { cart: Cart },
    Tell { times_left: u32 },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Acknowledged { thing: &'static str },
    Dropped { thing: &'static str },
}

struct Region {
    other: &'static str,
    puts: &'static [&'static str],
    merges: bool,
}

impl Region {
    fn receive(&self, cx: &mut Cx<'_, Self>, theirs: Cart) {
        let mine = cx.durable().clone();
        if self.merges {
            cx.save(|cart| cart.extend(theirs));
        } else if theirs.len() > mine.len() {
            cx.together(|cx| {
                for thing in mine.difference(&theirs) {
                    cx.fact(Fact::Dropped { thing });
                }
                cx.save(|cart| *cart = theirs);
            });
        }
    }
}

impl Participant for Region {
    type Msg = Msg;
    type Durable = Cart;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let tell_every = Duration::from_secs(60);
        match incoming {
            Incoming::Start => {
                for thing in self.puts {
                    cx.record(Fact::Acknowledged { thing }, |cart| {
                        cart.insert(thing);
                    });
                    cx.send(self.other, Msg::Put { thing });
                }
                cx.timer(Msg::Tell { times_left: 1 }, tell_every);
            }
            Incoming::Message(_, Msg::Put { thing }) => cx.save(|cart| {
                cart.insert(thing);
            }),
            Incoming::Message(_, Msg::Whole { cart }) => self.receive(cx, cart),
            Incoming::Timer(Msg::Tell { times_left }) => {
                let cart = cx.durable().clone();
                cx.send(self.other, Msg::Whole { cart });
                if let Some(times_left) = times_left.checked_sub(1) {
                    cx.timer(Msg::Tell { times_left }, tell_every);
                }
            }
            _ => {}
        }
    }
}
