//! Random runs as values of a property test: found, and shrunk to what matters.

#![cfg(feature = "proptest")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set itself up has failed"
)]

use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use testimony::prelude::{Cast, Cx, Duration, Incoming, Participant, Serialize, Suite, Workflow};
use testimony::specs::at_most_once::AtMostOnce;

/// A shop that charges once for each order, unless its payment takes too long.
#[derive(Clone, Copy, Debug)]
struct Shop {
    orders: u32,
    keeps_key: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Charge { order: u32, key: u32 },
    Charged { order: u32 },
    Late { order: u32 },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Charged { order: u32 },
}

impl Participant for Shop {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => {
                for order in 1..=self.orders {
                    cx.send("payment", Msg::Charge { order, key: 1 });
                    cx.timer(Msg::Late { order }, Duration::from_secs(5));
                }
            }
            Incoming::Timer(Msg::Late { order }) => {
                let key = if self.keeps_key { 1 } else { 2 };
                cx.send("payment", Msg::Charge { order, key });
            }
            Incoming::Message(_, Msg::Charged { order }) => cx.cancel(Msg::Late { order }),
            _ => {}
        }
    }
}

struct Payment;

impl Participant for Payment {
    type Msg = Msg;
    type Durable = Vec<(u32, u32)>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if let Incoming::Message(from, Msg::Charge { order, key }) = incoming {
            if !cx.durable().contains(&(order, key)) {
                cx.record(Fact::Charged { order }, |keys| keys.push((order, key)));
            }
            cx.send(from, Msg::Charged { order });
        }
    }
}

impl Workflow for Shop {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("shop", *self);
        cast.add("payment", Payment);
    }
}

/// The smallest run that the library of property tests finds, as it shows it.
fn smallest(keeps_key: bool) -> Option<String> {
    let inputs = (1..5_u32).prop_map(move |orders| Shop { orders, keeps_key });
    let promised = inputs.prop_map(|shop| {
        let once = AtMostOnce::new("charged").per("order");
        Suite::of(shop).promise("charge at most once", once)
    });
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(64)
    };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let outcome = runner.run(&testimony::fuzz::runs(promised), |run| {
        prop_assert!(run.failure().unwrap().is_none());
        Ok(())
    });
    match outcome {
        Err(TestError::Fail(_, run)) => {
            let failure = run.failure().unwrap().unwrap();
            assert_eq!(failure.check, "charge-at-most-once");
            let letters = run.tale().unwrap().letters.into_iter();
            assert!(letters.clone().count() > 0);
            assert!(
                letters
                    .map(|letter| letter.text)
                    .all(|text| !text.contains("\"order\":2"))
            );
            Some(format!("{run:?}"))
        }
        _ => None,
    }
}

#[test]
fn a_new_key_is_shown_by_one_order_and_one_deviation() {
    let shown = smallest(false).unwrap();
    assert_eq!(shown.lines().count(), 2, "{shown}");
}

#[test]
fn one_key_is_kept() {
    assert_eq!(smallest(true), None);
}
