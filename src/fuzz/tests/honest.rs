//! Nothing is called kept that was not judged.

use std::time::Duration;

use crate::fuzz::Gauge;
use crate::prelude::*;
use crate::specs::at_most_once::AtMostOnce;
use crate::specs::leads_to::LeadsTo;

/// Does something of which the outcome stays unknown, records it, and perhaps wakes up for ever.
struct Worker {
    is_restless: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Ship { order: u32 },
    Begun { order: u32 },
}

impl Participant for Worker {
    type Msg = ();
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<()>) {
        if let Incoming::Start = incoming {
            for _ in 0..2 {
                let ship = cx.invoke(Word::Ship { order: 1 });
                cx.give_up(ship);
            }
            cx.fact(Word::Begun { order: 1 });
        }
        if self.is_restless {
            cx.timer((), Duration::from_secs(1));
        }
    }
}

struct Shipping {
    is_restless: bool,
}

impl Workflow for Shipping {
    type Msg = ();

    fn cast(&self, cast: &mut Cast<()>) {
        let is_restless = self.is_restless;
        cast.add("worker", Worker { is_restless });
    }
}

#[test]
fn an_unknown_outcome_is_undecided() {
    let suite = Suite::of(Shipping { is_restless: false })
        .promise("shipped once", AtMostOnce::new("ship").per("order"));
    let fuzzed = crate::fuzz(suite.clone()).run().unwrap();
    assert!(fuzzed.failure.is_none() && fuzzed.checks[0].is_undecided);
    assert!(!fuzzed.is_kept());
    let explored = crate::fuzz(suite).explore(1_000, &Gauge::default());
    assert!(!explored.unwrap().is_kept());
}

#[test]
fn what_a_whole_history_does_not_show_is_not_exercised() {
    let misspelt = LeadsTo::new("shipp", "arrived").within(Duration::from_secs(1));
    let suite =
        Suite::of(Shipping { is_restless: false }).promise("arrives", misspelt.per("order"));
    let fuzzed = crate::fuzz(suite).run().unwrap();
    assert!(!fuzzed.checks[0].is_exercised && !fuzzed.is_kept());
}

#[test]
fn a_run_without_an_end_keeps_nothing() {
    let arrives = LeadsTo::new("begun", "arrived").per("order");
    let suite = Suite::of(Shipping { is_restless: true }).promise("arrives", arrives);
    let fuzzed = crate::fuzz(suite).steps_max(50).cases(10).run().unwrap();
    assert!(fuzzed.failure.is_none() && fuzzed.cut_short > 0);
    assert!(!fuzzed.is_kept());
}
