//! A client that asks for a price, and asks again when no answer comes.
//!
//! # What happens
//! Each quote holds for the attempt that asked for it: the price moves. The
//! client takes the first quote that answers its present attempt.
//!
//! # What breaks it
//! - `no-correlation`: the answer does not say what it answers. The answer
//!   to the first attempt, late, is taken for that to the second.
//!
//! # How it is repaired
//! Each attempt has a number, the answer repeats it, and the client takes
//! only an answer with the number of its present attempt.
//!
//! # Source
//! Hohpe and Woolf, "Enterprise Integration Patterns", Addison-Wesley 2003:
//! Correlation Identifier.

use testimony::prelude::*;
use testimony::specs::only_after::OnlyAfter;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "quote",
    page: include_str!("quote.rs"),
    bugs: &[Bug {
        name: "no-correlation",
        says: "an answer does not say which attempt it answers",
        breaks: "ok-names-its-attempt",
    }],
    build: |bug, _| {
        let workflow = Quote {
            answers_name_their_attempt: bug != Some("no-correlation"),
        };
        let promise = OnlyAfter::new("accepted", "quoted");
        let promise = promise.per("attempt").per("price");
        Ok(Suite::of(workflow).promise("ok names its attempt", promise))
    },
};

struct Quote {
    answers_name_their_attempt: bool,
}

impl Workflow for Quote {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("client", Client);
        let names_attempts = self.answers_name_their_attempt;
        cast.add("prices", Prices { names_attempts });
    }

    fn faults(&self) -> Faults {
        Faults {
            drops: 1,
            duplicates: 1,
            ..Faults::NONE
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Ask { attempt: u32 },
    Quote { price: u32, answers: Option<u32> },
    NoAnswer,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Quoted { attempt: u32, price: u32 },
    Accepted { attempt: u32, price: u32 },
}

struct Client;

impl Client {
    fn ask(cx: &mut Cx<'_, Self>, attempt: u32) {
        *cx.volatile() = Some(attempt);
        cx.send("prices", Msg::Ask { attempt });
    }
}

impl Participant for Client {
    type Msg = Msg;
    type Durable = ();
    /// The attempt that waits for an answer.
    type Volatile = Option<u32>;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => {
                Self::ask(cx, 1);
                cx.timer(Msg::NoAnswer, Duration::from_secs(5));
            }
            Incoming::Timer(Msg::NoAnswer) => Self::ask(cx, 2),
            Incoming::Message(_, Msg::Quote { price, answers }) => {
                let Some(attempt) = *cx.volatile() else {
                    return;
                };
                if answers.is_none_or(|answered| answered == attempt) {
                    *cx.volatile() = None;
                    cx.cancel(Msg::NoAnswer);
                    cx.fact(Fact::Accepted { attempt, price });
                }
            }
            _ => {}
        }
    }
}

struct Prices {
    names_attempts: bool,
}

impl Participant for Prices {
    type Msg = Msg;
    /// The price of the last quote.
    type Durable = u32;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if let Incoming::Message(client, Msg::Ask { attempt }) = incoming {
            let price = *cx.durable() + 1;
            cx.record(Fact::Quoted { attempt, price }, |last| *last = price);
            let answers = self.names_attempts.then_some(attempt);
            cx.send(client, Msg::Quote { price, answers });
        }
    }
}
