//! A profile with two front ends, each with its own clock, and one store.
//!
//! # What happens
//! A client changes its profile at one front end, waits until that is
//! acknowledged, changes it once more at the other, and reads it. The store
//! keeps the change with the greatest stamp.
//!
//! # What breaks it
//! - `wall-clock`: a stamp is what the front end's clock shows. Where the
//!   first clock is ahead, the store drops the second change, which it
//!   acknowledges all the same.
//!
//! # How it is repaired
//! The acknowledgement carries the stamp, the client sends it along with
//! its next change, and a front end gives a stamp greater than both that and
//! its clock.
//!
//! # Source
//! Kulkarni et al., "Logical physical clocks", OPODIS 2014; Kingsbury,
//! "The trouble with timestamps", 2013, on what last-write-wins loses.

use testimony::prelude::*;
use testimony::specs::fresh::Fresh;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "profile",
    page: include_str!("profile.rs"),
    bugs: &[Bug {
        name: "wall-clock",
        says: "changes are ordered by clocks that disagree",
        breaks: "the-later-acknowledged-change-wins",
    }],
    build: |bug, _| {
        let workflow = Profile {
            stamps_follow_what_was_seen: bug != Some("wall-clock"),
        };
        let promise = Fresh::new("read", "acknowledged", "change").per("profile");
        let suite = Suite::of(workflow);
        Ok(suite.promise(
            "the later acknowledged change wins",
            promise.behind_at_most(0),
        ))
    },
};

struct Profile {
    stamps_follow_what_was_seen: bool,
}

impl Workflow for Profile {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.clocks();
        let follows_what_was_seen = self.stamps_follow_what_was_seen;
        for name in FRONTS {
            let front = FrontEnd {
                follows_what_was_seen,
            };
            cast.add(name, front);
        }
        cast.add("client", Client);
        cast.add("store", Store);
    }

    fn faults(&self) -> Faults {
        Faults {
            skews: 1,
            skew_ms: 1_000,
            ..Faults::NONE
        }
    }
}

/// Where the first change is made, and where the second.
const FRONTS: [&str; 2] = ["paris", "tokyo"];

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Put { change: u32, seen: i64 },
    Store { change: u32, stamp: i64 },
    Acknowledge { change: u32, stamp: i64 },
    Get,
    Got { change: u32 },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Acknowledged { profile: u32, change: u32 },
    Read { profile: u32, change: u32 },
}

struct Client;

impl Participant for Client {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let profile = 1;
        match incoming {
            Incoming::Start => cx.send(FRONTS[0], Msg::Put { change: 1, seen: 0 }),
            Incoming::Message(_, Msg::Acknowledge { change, stamp }) => {
                cx.fact(Fact::Acknowledged { profile, change });
                match change {
                    1 => cx.send(
                        FRONTS[1],
                        Msg::Put {
                            change: 2,
                            seen: stamp,
                        },
                    ),
                    _ => cx.send("store", Msg::Get),
                }
            }
            Incoming::Message(_, Msg::Got { change }) => cx.fact(Fact::Read { profile, change }),
            _ => {}
        }
    }
}

struct FrontEnd {
    follows_what_was_seen: bool,
}

impl Participant for FrontEnd {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Message(_, Msg::Put { change, seen }) => {
                let now = cx.now();
                let stamp = match self.follows_what_was_seen {
                    true => now.max(seen + 1),
                    false => now,
                };
                cx.send("store", Msg::Store { change, stamp });
            }
            Incoming::Message(_, acknowledge @ Msg::Acknowledge { .. }) => {
                cx.send("client", acknowledge);
            }
            _ => {}
        }
    }
}

struct Store;

impl Participant for Store {
    type Msg = Msg;
    /// The stamp that won so far, and its change.
    type Durable = Option<(i64, u32)>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Message(front, Msg::Store { change, stamp }) => {
                cx.save(|newest| *newest = (*newest).max(Some((stamp, change))));
                cx.send(front, Msg::Acknowledge { change, stamp });
            }
            Incoming::Message(client, Msg::Get) => {
                let change = cx.durable().map_or(0, |(_, change)| change);
                cx.send(client, Msg::Got { change });
            }
            _ => {}
        }
    }
}
