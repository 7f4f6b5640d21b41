//! Two doctors on call, of whom one may go home.
//!
//! # What happens
//! Each doctor reads the roster, sees that both are on call, and signs off.
//!
//! # What breaks it
//! - `write-skew`: the roster keeps a snapshot for each transaction, and
//!   compares only the rows that both write. Each doctor writes her own row,
//!   and both sign off.
//!
//! # How it is repaired
//! The roster is serializable: it refuses a transaction where anything that
//! it read has changed since.
//!
//! # Source
//! Cahill, Röhm and Fekete, "Serializable isolation for snapshot
//! databases", SIGMOD 2008, whose example this is; Berenson et al., "A
//! critique of ANSI SQL isolation levels", SIGMOD 1995, for the name.

use std::collections::BTreeSet;

use testimony::prelude::*;
use testimony::specs::limit::Limit;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "on-call",
    page: include_str!("on_call.rs"),
    bugs: &[Bug {
        name: "write-skew",
        says: "two transactions read the same and write different rows",
        breaks: "somebody-is-on-call",
    }],
    build: |bug, _| {
        let workflow = OnCall {
            roster_checks_reads: bug != Some("write-skew"),
        };
        let on_call = Limit::per("ward").plus("on-call").minus("off-call");
        let suite = Suite::of(workflow);
        Ok(suite.promise("somebody is on call", on_call.at_least(1)))
    },
};

struct OnCall {
    roster_checks_reads: bool,
}

impl Workflow for OnCall {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        let checks_reads = self.roster_checks_reads;
        cast.add("roster", Roster { checks_reads });
        cast.add("ann", Doctor { row: 1 });
        cast.add("bea", Doctor { row: 2 });
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Read,
    OnCall { rows: BTreeSet<u32> },
    SignOff { row: u32, read: BTreeSet<u32> },
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    OnCall { ward: u32, row: u32 },
    OffCall { ward: u32, row: u32 },
}

struct Doctor {
    row: u32,
}

impl Participant for Doctor {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let row = self.row;
        match incoming {
            Incoming::Start => cx.send("roster", Msg::Read),
            Incoming::Message(roster, Msg::OnCall { rows }) if rows.len() > 1 => {
                cx.send(roster, Msg::SignOff { row, read: rows });
            }
            _ => {}
        }
    }
}

struct Roster {
    checks_reads: bool,
}

impl Participant for Roster {
    type Msg = Msg;
    /// Who is on call.
    type Durable = BTreeSet<u32>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let ward = 1;
        match incoming {
            Incoming::Start => {
                for row in [1, 2] {
                    cx.record(Fact::OnCall { ward, row }, |rows| {
                        rows.insert(row);
                    });
                }
            }
            Incoming::Message(doctor, Msg::Read) => {
                let rows = cx.durable().clone();
                cx.send(doctor, Msg::OnCall { rows });
            }
            Incoming::Message(_, Msg::SignOff { row, read })
                if !self.checks_reads || read == *cx.durable() =>
            {
                cx.record(Fact::OffCall { ward, row }, |rows| {
                    rows.remove(&row);
                });
            }
            _ => {}
        }
    }
}
