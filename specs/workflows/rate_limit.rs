//! A bank that allows so many calls, and two layers that retry.
//!
//! # What happens
//! A shop asks a gateway, and the gateway calls the bank. Each of them tries
//! once more where it hears nothing for a while. The bank's contract allows
//! three calls in one window.
//!
//! # What breaks it
//! - `retry-storm`: each layer counts its own tries only. The bank is slow,
//!   two tries of the shop become four calls of the gateway, and what was to
//!   help is what breaks the limit.
//!
//! # How it is repaired
//! One layer holds a budget for all calls, and a retry takes from it like
//! any other call. When it is used up, the answer is "busy", at once.
//!
//! # Source
//! Beyer et al., "Site Reliability Engineering", O'Reilly 2016, chapter 22:
//! how retries multiply in layers, and retry budgets.

use testimony::prelude::*;
use testimony::specs::limit::Limit;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "rate-limit",
    page: include_str!("rate_limit.rs"),
    bugs: &[Bug {
        name: "retry-storm",
        says: "two layers retry, and nobody counts all the calls",
        breaks: "no-more-calls-than-the-bank-allows",
    }],
    build: |bug, _| {
        let workflow = RateLimit {
            retries_take_from_budget: bug != Some("retry-storm"),
        };
        let promise = Limit::per("window").plus("called").at_most(CALLS_MAX);
        let suite = Suite::of(workflow);
        Ok(suite.promise("no more calls than the bank allows", promise))
    },
};

/// How many calls the bank allows in one window.
const CALLS_MAX: i64 = 3;

struct RateLimit {
    retries_take_from_budget: bool,
}

impl Workflow for RateLimit {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("shop", Shop);
        let retries_take_from_budget = self.retries_take_from_budget;
        let gateway = Gateway {
            retries_take_from_budget,
        };
        cast.add("gateway", gateway);
        cast.add("bank", Bank);
    }

    fn faults(&self) -> Faults {
        Faults {
            drops: 1,
            ..Faults::NONE
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Ask { attempt: u32 },
    Call { attempt: u32 },
    Answer { attempt: u32 },
    Done,
    Busy,
    NothingHeard { attempt: u32 },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Called { window: u32 },
}

struct Shop;

impl Participant for Shop {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => {
                cx.send("gateway", Msg::Ask { attempt: 1 });
                cx.timer(Msg::NothingHeard { attempt: 1 }, Duration::from_secs(10));
            }
            Incoming::Timer(Msg::NothingHeard { .. }) => {
                cx.send("gateway", Msg::Ask { attempt: 2 });
            }
            Incoming::Message(_, Msg::Done | Msg::Busy) => {
                cx.cancel(Msg::NothingHeard { attempt: 1 });
            }
            _ => {}
        }
    }
}

struct Gateway {
    retries_take_from_budget: bool,
}

impl Gateway {
    fn call(&self, cx: &mut Cx<'_, Self>, attempt: u32) {
        let calls = *cx.durable();
        if self.retries_take_from_budget && calls == CALLS_MAX {
            cx.send("shop", Msg::Busy);
        } else {
            cx.save(|calls| *calls += 1);
            cx.send("bank", Msg::Call { attempt });
        }
    }
}

impl Participant for Gateway {
    type Msg = Msg;
    /// How many calls it has made in this window.
    type Durable = i64;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Message(_, Msg::Ask { attempt }) => {
                self.call(cx, attempt);
                cx.timer(Msg::NothingHeard { attempt }, Duration::from_secs(3));
            }
            Incoming::Timer(Msg::NothingHeard { attempt }) => self.call(cx, attempt),
            Incoming::Message(_, Msg::Answer { attempt }) => {
                cx.cancel(Msg::NothingHeard { attempt });
                cx.send("shop", Msg::Done);
            }
            _ => {}
        }
    }
}

struct Bank;

impl Participant for Bank {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if let Incoming::Message(gateway, Msg::Call { attempt }) = incoming {
            cx.fact(Fact::Called { window: 1 });
            cx.send(gateway, Msg::Answer { attempt });
        }
    }
}
