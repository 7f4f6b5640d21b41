//! Three replicas, and a client that writes to all and waits for two.
//!
//! # What happens
//! The client writes a value to every replica. As soon as two of them have
//! answered, the write is acknowledged. Then it reads from all three, and
//! takes what any of them has.
//!
//! # What breaks it
//! - `ack-before-fsync`: a replica answers when the value is in its memory,
//!   and writes it to disk before the next answer. Two replicas answer and
//!   crash; the write to the third is still on its way.
//!
//! # How it is repaired
//! A replica answers when the value is on disk, and not before.
//!
//! # Source
//! Alagappan et al., "Protocol-aware recovery for consensus-based storage",
//! FAST 2018, on replicas that come back without what they promised.

use testimony::prelude::*;
use testimony::specs::not_lost::NotLost;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "quorum",
    page: include_str!("quorum.rs"),
    bugs: &[Bug {
        name: "ack-before-fsync",
        says: "a replica acknowledges what is only in its memory",
        breaks: "an-acknowledged-write-is-not-lost",
    }],
    build: |bug, _| {
        let workflow = Quorum {
            acks_after_fsync: bug != Some("ack-before-fsync"),
        };
        let promise = NotLost::new("acknowledged", "read", "values").per("value");
        let suite = Suite::of(workflow);
        Ok(suite.promise("an acknowledged write is not lost", promise))
    },
};

struct Quorum {
    acks_after_fsync: bool,
}

impl Workflow for Quorum {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let acks_after_fsync = self.acks_after_fsync;
        for name in REPLICAS {
            cast.add(name, Replica { acks_after_fsync }).crashes();
        }
        cast.add("client", Client);
    }

    fn faults(&self) -> Faults {
        Faults {
            crashes: 2,
            ..Faults::NONE
        }
    }
}

const REPLICAS: [&str; 3] = ["one", "two", "three"];

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Put { value: u32 },
    Ack,
    Get,
    Got { value: Option<u32> },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Acknowledged { value: u32 },
    Read { values: Vec<u32> },
}

/// What the client has heard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Heard {
    acks: u32,
    answers: usize,
    value: Option<u32>,
}

struct Client;

impl Participant for Client {
    type Msg = Msg;
    type Durable = ();
    type Volatile = Heard;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Start => {
                for replica in REPLICAS {
                    cx.send(replica, Msg::Put { value: 7 });
                }
            }
            Incoming::Message(_, Msg::Ack) => {
                cx.volatile().acks += 1;
                if cx.volatile().acks == 2 {
                    cx.fact(Fact::Acknowledged { value: 7 });
                    for replica in REPLICAS {
                        cx.send(replica, Msg::Get);
                    }
                }
            }
            Incoming::Message(_, Msg::Got { value }) => {
                let heard = cx.volatile();
                heard.answers += 1;
                heard.value = heard.value.or(value);
                if heard.answers == REPLICAS.len() {
                    let values = heard.value.into_iter().collect();
                    cx.fact(Fact::Read { values });
                }
            }
            _ => {}
        }
    }
}

struct Replica {
    acks_after_fsync: bool,
}

impl Participant for Replica {
    type Msg = Msg;
    /// The value on its disk.
    type Durable = Option<u32>;
    /// The value in its memory, where it is not yet on disk.
    type Volatile = Option<u32>;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Message(client, Msg::Put { value }) => {
                if self.acks_after_fsync {
                    cx.save(|disk| *disk = Some(value));
                } else {
                    *cx.volatile() = Some(value);
                }
                cx.send(client, Msg::Ack);
            }
            Incoming::Message(client, Msg::Get) => {
                if let Some(value) = cx.volatile().take() {
                    cx.save(|disk| *disk = Some(value));
                }
                let value = *cx.durable();
                cx.send(client, Msg::Got { value });
            }
            _ => {}
        }
    }
}
