//! Two transfers that each lock two accounts, at a bank whose locks do not end by themselves.
//!
//! # What happens
//! A transfer locks one account, then the other, books, and gives both back.
//! Who asks for an account that another transfer has locked waits. A transfer
//! that starts again asks for its locks again, and the bank grants it what it
//! already has; one that is booked gives back what it is still granted.
//!
//! One of the transfers may crash once.
//!
//! # What breaks it
//! - `opposite-order`: each transfer first locks the account that it takes
//!   the money from. Each has one, waits for the other's, and waits for ever.
//! - `forgets-its-locks`: a transfer that starts again has forgotten that it
//!   was under way. It holds its locks for ever, and the other waits.
//!
//! # How it is repaired
//! All lock in one order. A lock without an end needs a holder who comes
//! back: record what is under way before the first lock, and go on with it
//! after a crash. (`lease` has locks that end, and what that takes.)
//!
//! # Source
//! Coffman, Elphick and Shoshani, "System Deadlocks", ACM Computing Surveys
//! 3(2), 1971; Gray and Reuter, "Transaction Processing: Concepts and
//! Techniques", Morgan Kaufmann 1993, chapter 7.

use std::collections::{BTreeMap, VecDeque};

use testimony::prelude::*;
use testimony::specs::leads_to::LeadsTo;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "transfers",
    page: include_str!("transfers.rs"),
    bugs: &[
        Bug {
            name: "opposite-order",
            says: "two transfers lock the same accounts in opposite orders",
            breaks: "every-transfer-is-booked",
        },
        Bug {
            name: "forgets-its-locks",
            says: "a transfer forgets in a crash that it holds a lock",
            breaks: "every-transfer-is-booked",
        },
    ],
    build: |bug, _| {
        let care = match bug {
            Some("opposite-order") => Care::NoOrder,
            Some("forgets-its-locks") => Care::NoMemory,
            _ => Care::Full,
        };
        let booked = LeadsTo::new("asked", "booked").per("transfer");
        Ok(Suite::of(Transfers { care })
            .promise("every transfer is booked", booked)
            .settles_within(100))
    },
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    Full,
    NoOrder,
    NoMemory,
}

struct Transfers {
    care: Care,
}

impl Workflow for Transfers {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let back = match self.care {
            Care::NoOrder => [2, 1],
            Care::Full | Care::NoMemory => [1, 2],
        };
        for (number, accounts) in [(1, [1, 2]), (2, back)] {
            let transfer = Transfer {
                number,
                accounts,
                goes_on: self.care != Care::NoMemory,
            };
            cast.add(format!("transfer-{number}"), transfer).crashes();
        }
        cast.add("bank", Bank);
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
    Lock { account: u32 },
    Locked { account: u32 },
    Unlock,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Asked { transfer: u32 },
    Booked { transfer: u32 },
}

struct Transfer {
    number: u32,
    /// The order in which it locks them.
    accounts: [u32; 2],
    /// Whether it goes on after a crash.
    goes_on: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Standing {
    #[default]
    New,
    Asked,
    Booked,
}

impl Participant for Transfer {
    type Msg = Msg;
    type Durable = Standing;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let transfer = self.number;
        let [account, other] = self.accounts;
        match (incoming, *cx.durable()) {
            (Incoming::Start | Incoming::Restart, Standing::New) => {
                let ask = |standing: &mut Standing| *standing = Standing::Asked;
                cx.record(Fact::Asked { transfer }, ask);
                cx.send("bank", Msg::Lock { account });
            }
            (Incoming::Restart, Standing::Asked) if self.goes_on => {
                cx.send("bank", Msg::Lock { account });
            }
            (Incoming::Message(bank, Msg::Locked { account: locked }), Standing::Asked) => {
                if locked == account {
                    return cx.send(bank, Msg::Lock { account: other });
                }
                let book = |standing: &mut Standing| *standing = Standing::Booked;
                cx.record(Fact::Booked { transfer }, book);
                cx.send(bank, Msg::Unlock);
            }
            (Incoming::Restart | Incoming::Message(..), Standing::Booked) => {
                cx.send("bank", Msg::Unlock);
            }
            _ => {}
        }
    }
}

/// Who has an account locked, first, and who waits for it.
type Queue = VecDeque<Address>;

/// Grants each account to one transfer at a time. It never crashes here, so all is in memory.
struct Bank;

impl Participant for Bank {
    type Msg = Msg;
    type Durable = ();
    /// By account.
    type Volatile = BTreeMap<u32, Queue>;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Message(from, Msg::Lock { account }) => {
                let queue = cx.volatile().entry(account).or_default();
                if !queue.contains(&from) {
                    queue.push_back(from);
                }
                if queue.front() == Some(&from) {
                    cx.send(from, Msg::Locked { account });
                }
            }
            Incoming::Message(from, Msg::Unlock) => {
                for account in [1, 2] {
                    let queue = cx.volatile().entry(account).or_default();
                    let had = queue.front() == Some(&from);
                    queue.retain(|waiting| *waiting != from);
                    let next = queue.front().copied();
                    if let (true, Some(next)) = (had, next) {
                        cx.send(next, Msg::Locked { account });
                    }
                }
            }
            _ => {}
        }
    }
}
