//! Two-phase commit as participants: Gray and Lamport, "Consensus on Transaction Commit", TODS 31(1), 2006, section 3.

use testimony::prelude::*;
use testimony::specs::never_after::NeverAfter;

/// So many resource managers and one transaction manager.
pub fn suite(managers: usize) -> Suite {
    Suite::of(TwoPhase { managers })
        .promise(
            "no commit after an abort",
            NeverAfter::new("committed", "aborted"),
        )
        .promise(
            "no abort after a commit",
            NeverAfter::new("aborted", "committed"),
        )
}

struct TwoPhase {
    managers: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Prepare,
    Prepared(u32),
    Commit,
    Abort,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Committed,
    Aborted,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
enum Managed {
    #[default]
    Working,
    Prepared,
    Committed,
    Aborted,
}

const SOON: Duration = Duration::from_secs(1);

struct Resource {
    number: u32,
}

impl Participant for Resource {
    type Msg = Msg;
    type Durable = Managed;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let is_working = *cx.durable() == Managed::Working;
        match incoming {
            Incoming::Start => {
                cx.timer(Msg::Prepare, SOON);
                cx.timer(Msg::Abort, SOON);
            }
            Incoming::Timer(Msg::Prepare) if is_working => {
                cx.save(|state| *state = Managed::Prepared);
                cx.cancel(Msg::Abort);
                cx.send("manager", Msg::Prepared(self.number));
            }
            Incoming::Timer(_) if is_working => {
                cx.record(Fact::Aborted, |state| *state = Managed::Aborted);
                cx.cancel(Msg::Prepare);
            }
            Incoming::Message(_, Msg::Commit) => {
                cx.record(Fact::Committed, |state| *state = Managed::Committed);
            }
            Incoming::Message(_, Msg::Abort) => {
                cx.record(Fact::Aborted, |state| *state = Managed::Aborted);
                cx.cancel(Msg::Prepare);
                cx.cancel(Msg::Abort);
            }
            _ => {}
        }
    }
}

struct Manager {
    managers: usize,
}

impl Participant for Manager {
    type Msg = Msg;
    /// Who is prepared, a bit each, and whether it is decided.
    type Durable = (u32, bool);
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let (_, is_decided) = *cx.durable();
        match incoming {
            Incoming::Start => cx.timer(Msg::Abort, SOON),
            Incoming::Message(_, Msg::Prepared(number)) if !is_decided => {
                cx.save(|state| state.0 |= 1 << number);
                if cx.durable().0.count_ones() as usize == self.managers {
                    cx.timer(Msg::Commit, SOON);
                }
            }
            Incoming::Timer(decision) if !is_decided => {
                cx.save(|state| state.1 = true);
                cx.cancel(Msg::Commit);
                cx.cancel(Msg::Abort);
                for at in 0..self.managers {
                    cx.send(&name(at), decision.clone());
                }
            }
            _ => {}
        }
    }
}

fn name(at: usize) -> String {
    format!("resource-{at}")
}

impl Workflow for TwoPhase {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.start_together();
        let managers = self.managers;
        for at in 0..managers {
            let number = at as u32;
            cast.add(name(at), Resource { number });
        }
        cast.add("manager", Manager { managers });
    }
}
