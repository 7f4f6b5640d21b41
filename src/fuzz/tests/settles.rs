//! Workflows that come to rest, and workflows that do not.

use crate::prelude::*;
use crate::specs::at_most_once::AtMostOnce;

use crate::fuzz::campaign::{Plan, campaign};
use crate::fuzz::gauge::Gauge;
use crate::fuzz::pool::Pool;

/// What a customer does when no answer comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    /// Forgets about it.
    GivesUp,
    /// Asks again under the same name, until there is an answer.
    AsksAgain,
    /// The same, under no name at all.
    AsksWithoutAName,
    /// Asks again even after the answer.
    AsksForEver,
}

struct Order(Patience);

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Pay,
    Paid,
    Late,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Call {
    Pay,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Charged { order: u32 },
}

struct Customer(Patience);

impl Customer {
    fn ask(&self, cx: &mut Cx<'_, Self>) {
        let op = match self.0 {
            Patience::AsksWithoutAName => cx.invoke(Call::Pay),
            _ => cx.attempt("order-1", Call::Pay),
        };
        *cx.volatile() = Some(op);
        cx.send("till", Msg::Pay);
        cx.timer(Msg::Late, Duration::from_secs(5));
    }
}

impl Participant for Customer {
    type Msg = Msg;
    type Durable = ();
    type Volatile = Option<Op>;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => self.ask(cx),
            Incoming::Timer(_) => {
                if let Some(op) = cx.volatile().take() {
                    cx.give_up(op);
                }
                if self.0 != Patience::GivesUp {
                    self.ask(cx);
                }
            }
            Incoming::Message(_, Msg::Paid) => {
                if let Some(op) = cx.volatile().take() {
                    cx.ok(op, "paid");
                }
                if self.0 != Patience::AsksForEver {
                    cx.cancel(Msg::Late);
                }
            }
            _ => {}
        }
    }
}

struct Till;

impl Participant for Till {
    type Msg = Msg;
    type Durable = bool;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if let Incoming::Message(from, Msg::Pay) = incoming {
            if !cx.durable() {
                cx.record(Fact::Charged { order: 1 }, |is_charged| *is_charged = true);
            }
            cx.send(from, Msg::Paid);
        }
    }
}

impl Workflow for Order {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("customer", Customer(self.0));
        cast.add("till", Till).crashes();
    }

    fn faults(&self) -> Faults {
        Faults {
            drops: 1,
            crashes: 1,
            ..Faults::NONE
        }
    }
}

/// What is found, and in how many deviations; the share is that of the schedules that are not drawn at random.
fn found(patience: Patience, percent: u8) -> Option<(String, String, usize)> {
    let once = AtMostOnce::new("charged").per("order");
    let suite = Suite::of(Order(patience)).promise("charge at most once", once);
    let pool = Pool::new(&suite.settles_within(60), Noise::NONE, 500).unwrap();
    let plan = Plan {
        percent_by_deviations: percent,
        ..Plan::new(400, 1)
    };
    let found = campaign(&pool, plan, &Gauge::default()).unwrap().found?;
    let id = pool.id(found.breach.judge).to_owned();
    Some((id, found.breach.says, found.schedule.len()))
}

#[test]
fn whoever_asks_until_there_is_an_answer_settles() {
    assert_eq!(found(Patience::AsksAgain, 100), None);
    assert_eq!(found(Patience::AsksAgain, 1), None);
}

#[test]
fn nobody_finds_out_what_became_of_what_was_given_up() {
    for percent in [100, 1] {
        let (id, says, deviations) = found(Patience::GivesUp, percent).unwrap();
        assert_eq!(id, "settles");
        assert_eq!(says, "nobody finds out what became of `pay` of \"order-1\"");
        assert_eq!(deviations, 1);
    }
}

#[test]
fn what_has_no_name_cannot_be_asked_for() {
    let (id, says, deviations) = found(Patience::AsksWithoutAName, 100).unwrap();
    assert_eq!((id.as_str(), deviations), ("settles", 1));
    assert_eq!(
        says,
        "nobody can find out what became of `pay`: it has no intent to ask for"
    );
}

#[test]
fn what_goes_on_for_ever_does_not_settle() {
    let (id, says, deviations) = found(Patience::AsksForEver, 100).unwrap();
    assert_eq!((id.as_str(), deviations), ("settles", 0));
    assert_eq!(
        says,
        "does not come to rest within 60 steps of the last deviation"
    );
}
