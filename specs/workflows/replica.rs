//! A user changes a profile at the primary and looks at it at a replica.
//!
//! # What happens
//! The primary answers a write and passes its version on to the replica. The user then reads
//! from the replica, and says which version the answer must have at least; a replica that is
//! further behind answers when it has caught up.
//!
//! One message may arrive twice.
//!
//! # What breaks it
//! - `read-anything`: the replica answers with what it has.
//!
//! # How it is repaired
//! Let a session carry the version of its last write, or send the reader of its own writes to the
//! primary.
//!
//! # Source
//! Douglas Terry and others, "Session Guarantees for Weakly Consistent Replicated Data", PDIS 1994
//! (read your writes).

use testimony::prelude::*;
use testimony::specs::fresh::Fresh;
use testimony::specs::leads_to::LeadsTo;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "replica",
    page: include_str!("replica.rs"),
    bugs: &[Bug {
        name: "read-anything",
        says: "the replica answers with what it has, however old",
        breaks: "users-read-their-writes",
    }],
    build: |bug, _| {
        let replica = Replica {
            waits: bug.is_none(),
        };
        Ok(Suite::of(replica)
            .promise(
                "users read their writes",
                Fresh::new("saw", "wrote", "version").per("user"),
            )
            .promise(
                "every write is seen",
                LeadsTo::new("wrote", "saw").per("user"),
            ))
    },
};

/// A primary, a replica and a user.
#[derive(Clone, Copy, Debug)]
pub struct Replica {
    /// Whether the replica waits until it has the version that the reader wants.
    pub waits: bool,
}

/// What the user, the primary and the replica send each other. The number is a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Msg {
    /// The user writes this version.
    Write(u32),
    /// It is written.
    Written(u32),
    /// The primary passes a version on.
    Replicate(u32),
    /// The user reads, and wants this version or a newer one.
    Read(u32),
    /// This is what the replica has.
    Shown(u32),
}

impl Workflow for Replica {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("user", User);
        cast.add("primary", Primary);
        cast.add("replica", *self);
    }

    fn faults(&self) -> Faults {
        Faults {
            duplicates: 1,
            ..Faults::NONE
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Wrote { user: u32, version: u32 },
    Saw { user: u32, version: u32 },
}

struct User;

impl Participant for User {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let user = 1;
        match incoming {
            Incoming::Start => cx.send("primary", Msg::Write(1)),
            Incoming::Message(_, Msg::Written(version)) => {
                cx.fact(Fact::Wrote { user, version });
                cx.send("replica", Msg::Read(version));
            }
            Incoming::Message(_, Msg::Shown(version)) => cx.fact(Fact::Saw { user, version }),
            _ => {}
        }
    }
}

struct Primary;

impl Participant for Primary {
    type Msg = Msg;
    /// The newest version.
    type Durable = u32;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if let Incoming::Message(from, Msg::Write(version)) = incoming {
            cx.save(|newest| *newest = version.max(*newest));
            cx.send("replica", Msg::Replicate(version));
            cx.send(from, Msg::Written(version));
        }
    }
}

/// The replica.
impl Participant for Replica {
    type Msg = Msg;
    /// The newest version that it has.
    type Durable = u32;
    /// Who waits for a version.
    type Volatile = Vec<(Address, u32)>;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Message(_, Msg::Replicate(version)) => {
                cx.save(|newest| *newest = version.max(*newest));
                let newest = *cx.durable();
                let waiting = std::mem::take(cx.volatile());
                let (ready, waiting) = waiting.into_iter().partition(|(_, wants)| *wants <= newest);
                *cx.volatile() = waiting;
                let ready: Vec<(Address, u32)> = ready;
                for (reader, _) in ready {
                    cx.send(reader, Msg::Shown(newest));
                }
            }
            Incoming::Message(reader, Msg::Read(wants)) => {
                let newest = *cx.durable();
                match self.waits && newest < wants {
                    true => cx.volatile().push((reader, wants)),
                    false => cx.send(reader, Msg::Shown(newest)),
                }
            }
            _ => {}
        }
    }
}
