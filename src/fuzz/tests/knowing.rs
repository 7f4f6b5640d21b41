//! What participants can know, explored: whichever of equal messages arrive.

use crate::check::promise::AnyPromise;
use crate::fuzz::{Explored, Gauge, Method};
use crate::prelude::*;
use crate::specs::explained::Explained;

/// Payment says `go` before it charges and once more behind; shop confirms when it has heard so many.
struct Confirmation {
    needed: u32,
    duplicates: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
struct Go;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Charged,
    Confirmed,
}

struct Payment;

impl Participant for Payment {
    type Msg = Go;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Go>) {
        if let Incoming::Start = incoming {
            cx.send("shop", Go);
            cx.fact(Fact::Charged);
            cx.send("shop", Go);
        }
    }
}

struct Shop {
    needed: u32,
}

impl Participant for Shop {
    type Msg = Go;
    type Durable = u32;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Go>) {
        if let Incoming::Message(..) = incoming {
            cx.save(|heard| *heard += 1);
            if *cx.durable() == self.needed {
                cx.fact(Fact::Confirmed);
            }
        }
    }
}

impl Workflow for Confirmation {
    type Msg = Go;

    fn cast(&self, cast: &mut Cast<Go>) {
        let needed = self.needed;
        cast.add("payment", Payment);
        cast.add("shop", Shop { needed });
    }

    fn faults(&self) -> Faults {
        Faults {
            duplicates: self.duplicates,
            ..Faults::NONE
        }
    }
}

fn explored(workflow: Confirmation) -> Explored {
    let promise = AnyPromise::of_knowledge(Explained::new("confirmed", "charged"));
    let suite = Suite::of(workflow).promise("explained", promise);
    crate::fuzz(suite)
        .explore(10_000, &Gauge::default())
        .unwrap()
}

#[test]
fn everything_that_can_be_known_is_looked_at() {
    let kept = explored(Confirmation {
        needed: 2,
        duplicates: 0,
    });
    assert!(kept.is_kept(), "{kept:?}");
    assert_eq!(kept.method, Method::Kinds);
}

#[test]
fn who_hears_one_of_two_equal_messages_may_hear_the_first() {
    let broken = explored(Confirmation {
        needed: 1,
        duplicates: 0,
    });
    assert_eq!(broken.failure.unwrap().check, "explained");
}

#[test]
fn the_same_message_twice_is_not_two_messages() {
    let broken = explored(Confirmation {
        needed: 2,
        duplicates: 1,
    });
    let failure = broken.failure.unwrap();
    assert_eq!(failure.replay.deviations(), 2);
    let kept = explored(Confirmation {
        needed: 3,
        duplicates: 1,
    });
    assert!(kept.is_kept(), "{kept:?}");
}
