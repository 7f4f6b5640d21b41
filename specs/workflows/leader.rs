//! Two leaders, one after the other, and a store that both write to.
//!
//! # What happens
//! A coordinator makes `first` the leader. When it has heard nothing for a
//! while, it makes `second` the leader, under a greater epoch. Whether
//! `first` has stopped, nobody can know: it may only be slow.
//!
//! # What breaks it
//! - `zombie`: the store takes a write of any epoch. The work of the old
//!   leader arrives behind that of the new one, and overwrites it.
//!
//! # How it is repaired
//! The store remembers the greatest epoch that it has seen, durably, and
//! refuses what comes with a smaller one.
//!
//! # Source
//! Burrows, "The Chubby lock service for loosely-coupled distributed
//! systems", OSDI 2006, section 2.4, on sequencers.

use testimony::prelude::*;
use testimony::specs::never_after::NeverAfter;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "leader",
    page: include_str!("leader.rs"),
    bugs: &[Bug {
        name: "zombie",
        says: "the store takes the write of a leader that was replaced",
        breaks: "epochs-never-go-back",
    }],
    build: |bug, _| {
        let store_refuses_old_epochs = bug != Some("zombie");
        let workflow = Leader {
            store_refuses_old_epochs,
        };
        let promise = NeverAfter::new("first-wrote", "second-wrote").per("register");
        Ok(Suite::of(workflow).promise("epochs never go back", promise))
    },
};

struct Leader {
    store_refuses_old_epochs: bool,
}

impl Workflow for Leader {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("coordinator", Coordinator);
        cast.add("first", Replica);
        cast.add("second", Replica);
        let refuses_old_epochs = self.store_refuses_old_epochs;
        cast.add("store", Store { refuses_old_epochs }).crashes();
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
    Lead { epoch: u32 },
    Write { epoch: u32 },
    NothingHeard,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    FirstWrote { register: u32, epoch: u32 },
    SecondWrote { register: u32, epoch: u32 },
}

struct Coordinator;

impl Participant for Coordinator {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => {
                cx.send("first", Msg::Lead { epoch: 1 });
                cx.timer(Msg::NothingHeard, Duration::from_secs(10));
            }
            Incoming::Timer(Msg::NothingHeard) => cx.send("second", Msg::Lead { epoch: 2 }),
            _ => {}
        }
    }
}

struct Replica;

impl Participant for Replica {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if let Incoming::Message(_, Msg::Lead { epoch }) = incoming {
            cx.send("store", Msg::Write { epoch });
        }
    }
}

struct Store {
    refuses_old_epochs: bool,
}

impl Participant for Store {
    type Msg = Msg;
    /// The greatest epoch that wrote.
    type Durable = u32;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let Incoming::Message(_, Msg::Write { epoch }) = incoming else {
            return;
        };
        if self.refuses_old_epochs && epoch < *cx.durable() {
            return;
        }
        let fact = match epoch {
            1 => Fact::FirstWrote { register: 1, epoch },
            _ => Fact::SecondWrote { register: 1, epoch },
        };
        cx.record(fact, |greatest| *greatest = epoch.max(*greatest));
    }
}
