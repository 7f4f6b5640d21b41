//! A batch of payouts with one answer for all of them.
//!
//! # What happens
//! A shop sends three payouts in one batch. Payouts pays one after the
//! other, and answers. Whom the shop tells that a payout failed asks for the
//! money by other means.
//!
//! # What breaks it
//! - `all-or-nothing`: the answer has one word for the batch. After a crash
//!   in the middle, payouts reports the batch as failed, also those of it
//!   that were paid.
//!
//! # How it is repaired
//! Payouts records each payment with its identity, goes on after a crash
//! where it stopped, and answers for each payout by itself.
//!
//! # Source
//! Garcia-Molina and Salem, "Sagas", SIGMOD 1987: what consists of several
//! transactions is not all or nothing unless somebody makes it so.

use std::collections::BTreeSet;

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::never_after::NeverAfter;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "batch",
    page: include_str!("batch.rs"),
    bugs: &[Bug {
        name: "all-or-nothing",
        says: "a batch that was paid in part is reported as failed",
        breaks: "what-was-paid-is-not-called-failed",
    }],
    build: |bug, _| {
        let workflow = Batch {
            answers_for_each: bug != Some("all-or-nothing"),
        };
        let honest = NeverAfter::new("told-failed", "paid").per("payout");
        let once = AtMostOnce::new("paid").per("payout");
        Ok(Suite::of(workflow)
            .promise("what was paid is not called failed", honest)
            .promise("pay at most once", once))
    },
};

struct Batch {
    answers_for_each: bool,
}

impl Workflow for Batch {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("shop", Shop);
        let answers_for_each = self.answers_for_each;
        cast.add("payouts", Payouts { answers_for_each }).crashes();
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
    Pay { batch: BTreeSet<u32> },
    Answer { failed: BTreeSet<u32> },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Paid { payout: u32 },
    ToldFailed { payout: u32 },
}

struct Shop;

impl Participant for Shop {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => {
                let batch = BTreeSet::from([1, 2, 3]);
                cx.send("payouts", Msg::Pay { batch });
            }
            Incoming::Message(_, Msg::Answer { failed }) => {
                for payout in failed {
                    cx.fact(Fact::ToldFailed { payout });
                }
            }
            _ => {}
        }
    }
}

/// What payouts has to do, and has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Book {
    /// The batch that is not answered yet.
    open: BTreeSet<u32>,
    paid: BTreeSet<u32>,
}

struct Payouts {
    answers_for_each: bool,
}

impl Payouts {
    fn pay(cx: &mut Cx<'_, Self>) {
        let book = cx.durable().clone();
        for payout in book.open.difference(&book.paid) {
            let payout = *payout;
            cx.record(Fact::Paid { payout }, |book| {
                book.paid.insert(payout);
            });
        }
        Self::answer(cx, BTreeSet::new());
    }

    fn answer(cx: &mut Cx<'_, Self>, failed: BTreeSet<u32>) {
        cx.together(|cx| {
            cx.save(|book| book.open.clear());
            cx.send("shop", Msg::Answer { failed });
        });
    }
}

impl Participant for Payouts {
    type Msg = Msg;
    type Durable = Book;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Message(_, Msg::Pay { batch }) => {
                cx.save(|book| book.open = batch);
                Self::pay(cx);
            }
            Incoming::Restart if !cx.durable().open.is_empty() => {
                if self.answers_for_each {
                    Self::pay(cx);
                } else {
                    let failed = cx.durable().open.clone();
                    Self::answer(cx, failed);
                }
            }
            _ => {}
        }
    }
}
