//! Every workflow that ships, by every search: they come to the same ends, and find the same workflows broken.

use std::sync::Arc;

use crate::check::Budget;
use crate::check::catalog::Parameters;
use crate::check::linear::{AnySpec, SpecCheck, SpecOptions};
use crate::prelude::*;
use crate::sim::{Ended, Exploration, Judge, Limits, Play, by_traces, explore};
use crate::specs::register::Register;
use crate::specs::workflows;

use crate::fuzz::pool::Pool;
use crate::fuzz::watch::{Followed, Recorded};

const LIMITS: Limits = Limits {
    states_max: 60_000,
    bytes_max: 1 << 30,
    steps_max: 300,
};

fn suites(entry: &WorkflowEntry) -> Vec<(String, Suite)> {
    let bugs = entry.bugs.iter().map(|bug| Some(bug.name));
    let suites = std::iter::once(None).chain(bugs).map(|bug| {
        let mut parameters = Parameters::new(Vec::new());
        let suite = (entry.build)(bug, &mut parameters).unwrap();
        (format!("{}:{}", entry.name, bug.unwrap_or("")), suite)
    });
    suites.collect()
}

/// Whether a search has an answer, and whether it is that something is broken.
fn answer(exploration: &Exploration) -> Option<bool> {
    match exploration.ended {
        Ended::Found => Some(true),
        Ended::Complete => Some(false),
        _ => None,
    }
}

#[test]
fn every_workflow_comes_to_the_same_ends_by_every_search() {
    let (mut both, mut count) = (0, 0);
    for (name, suite) in workflows::all().iter().flat_map(suites) {
        count += 1;
        let pool = Pool::new(&suite, Noise::NONE, 1_000).unwrap();
        pool.with(|worker| {
            let program = &mut worker.program;
            let states = explore(program, LIMITS, &mut |_| true).unwrap();
            let traces = by_traces(program, LIMITS, &mut |_| true, None).unwrap();
            let (Some(by_states), Some(by_traces)) = (answer(&states), answer(&traces)) else {
                return;
            };
            both += 1;
            assert_eq!(by_states, by_traces, "{name}");
            if !by_states {
                assert_eq!(states.ends, traces.ends, "{name}");
            }
        });
    }
    assert!(both * 2 > count, "{both} of {count}");
}

/// Clients that each write and then read, and a register with one copy.
struct SingleCopy(u32);

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Msg {
    Write(u32),
    Written,
    Read,
    IsRead(u32),
}

struct Client(u32);

impl Participant for Client {
    type Msg = Msg;
    type Durable = ();
    type Volatile = Option<Op>;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let op = cx.volatile().take();
        match (incoming, op) {
            (Incoming::Start, _) => {
                let op = cx.invoke(Msg::Write(self.0));
                *cx.volatile() = Some(op);
                cx.send("copy", Msg::Write(self.0));
            }
            (Incoming::Message(_, Msg::Written), Some(op)) => {
                cx.ok(op, ());
                let op = cx.invoke(Msg::Read);
                *cx.volatile() = Some(op);
                cx.send("copy", Msg::Read);
            }
            (Incoming::Message(_, Msg::IsRead(value)), Some(op)) => cx.ok(op, value),
            _ => {}
        }
    }
}

struct Copy;

impl Participant for Copy {
    type Msg = Msg;
    type Durable = u32;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match incoming {
            Incoming::Message(client, Msg::Write(value)) => {
                cx.save(|copy| *copy = value);
                cx.send(client, Msg::Written);
            }
            Incoming::Message(client, Msg::Read) => {
                let value = *cx.durable();
                cx.send(client, Msg::IsRead(value));
            }
            _ => {}
        }
    }
}

impl Workflow for SingleCopy {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("copy", Copy);
        for number in 1..=self.0 {
            cast.add(format!("client-{number}"), Client(number));
        }
    }
}

#[test]
fn what_may_have_taken_effect_is_less_than_the_history() {
    for (clients, fewer) in [(2, 1), (3, 4)] {
        let register = AnySpec::from(Register::default());
        let options = SpecOptions::default();
        let check = SpecCheck::new("register", register.clone(), options);
        let followed = Followed::new(register.follow(options).unwrap());
        let recorded = Recorded::new(Arc::new(check), None, Budget::default());
        let judges: [Box<dyn Judge>; 2] = [Box::new(followed), Box::new(recorded)];
        let states = judges.map(|judge| {
            let mut program = SingleCopy(clients).open(Noise::NONE);
            program.watch(judge);
            let explored = explore(&mut program, LIMITS, &mut |_| true).unwrap();
            explored.count.states
        });
        assert!(
            states[0] * fewer < states[1],
            "{clients} clients: {states:?}"
        );
    }
}
