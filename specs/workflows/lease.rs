//! Two workers write to one store under a lock that is given away when its lease ends.
//!
//! # What happens
//! The lock service grants the lock to one worker at a time, each time with a greater token. A lease
//! ends when its time is over, whether its holder has finished or is only slow. A worker that holds
//! the lock writes to the store with its token, and then gives the lock back. The store refuses a token
//! that is smaller than one it has seen.
//!
//! # What breaks it
//! - `no-fencing`: the store takes every token. A grant is slow, its lease ends, the next worker
//!   writes, and then the first one does.
//!
//! # How it is repaired
//! A lock with a lease cannot keep a slow holder from writing; only the store can.
//!
//! # Source
//! Martin Kleppmann, "How to do distributed locking", 2016.

use std::collections::VecDeque;

use testimony::prelude::*;
use testimony::specs::fresh::Fresh;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "lease",
    page: include_str!("lease.rs"),
    bugs: &[Bug {
        name: "no-fencing",
        says: "the store takes a token that is smaller than one it has seen",
        breaks: "tokens-never-go-back",
    }],
    build: |bug, _| {
        let lease = Lease {
            has_fencing: bug.is_none(),
        };
        Ok(Suite::of(lease).promise(
            "tokens never go back",
            Fresh::new("written", "seen", "token"),
        ))
    },
};

/// Two workers, a lock with a lease, and a store.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// Whether the store refuses a token that is smaller than one it has seen.
    pub has_fencing: bool,
}

/// What the participants send each other, and the timer of the lock service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Msg {
    /// A worker asks for the lock.
    Acquire,
    /// It has the lock, with this token.
    Granted(u32),
    /// It has no more use for the lock.
    Release(u32),
    /// The lease of this token ends.
    LeaseEnds(u32),
    /// Writes to the store.
    Write(u32),
    /// The store is done with the write.
    Answered(u32),
}

impl Workflow for Lease {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("worker-1", Worker);
        cast.add("worker-2", Worker);
        cast.add("locks", Locks);
        cast.add("store", *self);
    }

    fn faults(&self) -> Faults {
        Faults {
            drops: 1,
            ..Faults::NONE
        }
    }
}

struct Worker;

impl Participant for Worker {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => cx.send("locks", Msg::Acquire),
            Incoming::Message(_, Msg::Granted(token)) => cx.send("store", Msg::Write(token)),
            Incoming::Message(_, Msg::Answered(token)) => cx.send("locks", Msg::Release(token)),
            _ => {}
        }
    }
}

/// The lock service: who holds the lock is in memory only, for it never crashes here.
struct Locks;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Lock {
    tokens: u32,
    is_held: bool,
    waiting: VecDeque<Address>,
}

impl Locks {
    fn grant(cx: &mut Cx<'_, Self>) {
        let lock = cx.volatile();
        if lock.is_held {
            return;
        }
        let Some(next) = lock.waiting.pop_front() else {
            return;
        };
        lock.is_held = true;
        lock.tokens += 1;
        let token = lock.tokens;
        cx.send(next, Msg::Granted(token));
        cx.timer(Msg::LeaseEnds(token), Duration::from_secs(30));
    }
}

impl Participant for Locks {
    type Msg = Msg;
    type Durable = ();
    type Volatile = Lock;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Message(from, Msg::Acquire) => cx.volatile().waiting.push_back(from),
            Incoming::Message(_, Msg::Release(token)) | Incoming::Timer(Msg::LeaseEnds(token)) => {
                let lock = cx.volatile();
                if lock.tokens == token {
                    lock.is_held = false;
                }
                cx.cancel(Msg::LeaseEnds(token));
            }
            _ => return,
        }
        Self::grant(cx);
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    /// The greatest token of which the store knows.
    Seen {
        token: u32,
    },
    Written {
        token: u32,
    },
}

/// The store: remembers the greatest token.
impl Participant for Lease {
    type Msg = Msg;
    type Durable = u32;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let Incoming::Message(from, Msg::Write(token)) = incoming else {
            return;
        };
        let is_greater = token > *cx.durable();
        if is_greater || !self.has_fencing {
            cx.together(|cx| {
                if is_greater {
                    cx.record(Fact::Seen { token }, |greatest| *greatest = token);
                }
                cx.fact(Fact::Written { token });
            });
        }
        cx.send(from, Msg::Answered(token));
    }
}
