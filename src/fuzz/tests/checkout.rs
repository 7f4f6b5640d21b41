//! A small checkout, broken and repaired.

use std::time::Duration;

use crate::history::{LineOrder, Verdict};
use crate::prelude::*;
use crate::specs::at_most_once::AtMostOnce;

use crate::fuzz::campaign::{Found, Progress};
use crate::fuzz::gauge::Gauge;
use crate::fuzz::levels::Levels;
use crate::fuzz::pool::Pool;

struct Checkout {
    keeps_key: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Charge { key: u32 },
    Charged,
    Retry,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Charged { order: u32 },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Call {
    Pay { order: u32 },
}

struct Shop {
    keeps_key: bool,
}

impl Participant for Shop {
    type Msg = Msg;
    type Durable = ();
    type Volatile = (u32, Option<Op>);

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => {
                cx.send("payment", Msg::Charge { key: 1 });
                cx.timer(Msg::Retry, Duration::from_secs(30));
                let op = cx.attempt("order-1", Call::Pay { order: 1 });
                *cx.volatile() = (1, Some(op));
            }
            Incoming::Timer(Msg::Retry) => {
                let (tries, Some(op)) = *cx.volatile() else {
                    return;
                };
                cx.give_up(op);
                let key = if self.keeps_key { 1 } else { tries + 1 };
                cx.send("payment", Msg::Charge { key });
                let op = cx.attempt("order-1", Call::Pay { order: 1 });
                *cx.volatile() = (tries + 1, Some(op));
            }
            Incoming::Message(_, Msg::Charged) => {
                if let Some(op) = cx.volatile().1.take() {
                    cx.ok(op, "charged");
                    cx.cancel(Msg::Retry);
                }
            }
            _ => {}
        }
    }
}

struct Payment;

impl Participant for Payment {
    type Msg = Msg;
    type Durable = Vec<u32>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if let Incoming::Message(from, Msg::Charge { key }) = incoming {
            if !cx.durable().contains(&key) {
                cx.record(Fact::Charged { order: 1 }, |keys| keys.push(key));
            }
            cx.send(from, Msg::Charged);
        }
    }
}

impl Workflow for Checkout {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let keeps_key = self.keeps_key;
        cast.add("shop", Shop { keeps_key }).crashes();
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

fn suite(keeps_key: bool) -> Suite {
    let promise = AtMostOnce::new("charged").per("order");
    Suite::of(Checkout { keeps_key }).promise("charge at most once", promise)
}

fn explored(suite: &Suite, noise: Noise) -> (Pool, Progress) {
    let pool = Pool::new(suite, noise, 1_000).unwrap();
    let gauge = Gauge::default();
    let mut progress = Progress::default();
    let levels = Levels::new(&pool, &gauge, 2, 100_000);
    levels.unwrap().play(&mut progress).unwrap();
    (pool, progress)
}

#[test]
fn a_new_key_charges_twice() {
    let (pool, progress) = explored(&suite(false), Noise::NONE);
    let Found {
        breach, schedule, ..
    } = progress.found.unwrap();
    assert_eq!(breach.says, "`charged` took effect twice for 1");
    assert_eq!(schedule.len(), 1);
    let tale = pool.with(|worker| {
        worker.extend(&schedule).unwrap();
        worker.tell()
    });
    let expect = [("charge-at-most-once".to_owned(), Verdict::Broken)];
    let history = tale.history("a new key", LineOrder::RealTime, &expect);
    let judged = crate::check_history(history.unwrap())
        .named_promise(
            "charge at most once",
            AtMostOnce::new("charged").per("order"),
        )
        .judge();
    assert!(judged.unwrap().all_are(Verdict::Broken));
}

#[test]
fn one_key_charges_once() {
    for pairs in [0, 3] {
        let (pool, progress) = explored(&suite(true), Noise { pairs, messages: 6 });
        assert_eq!(progress.found, None);
        assert_eq!(pool.exercised(), [true]);
        assert!(progress.levels.iter().all(|level| level.played == level.of));
    }
}
