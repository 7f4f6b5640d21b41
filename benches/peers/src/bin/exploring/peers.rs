//! The same models for Stateright 0.31: two-phase commit as actors and as its own example's `Model`, and its own example's register.

use std::borrow::Cow;
use std::collections::BTreeSet;

use stateright::actor::register::{RegisterActor, RegisterMsg};
use stateright::actor::{Actor, ActorModel, Id, Network, Out, model_timeout};
use stateright::semantics::LinearizabilityTester;
use stateright::semantics::register::Register;
use stateright::{Checker, CheckerBuilder, Expectation, Model, Property};

use super::Visited;

fn visited<M>(checker: CheckerBuilder<M>) -> Visited
where
    M: Model + Send + Sync + 'static,
    M::State: std::hash::Hash + Send + Sync + Clone + PartialEq + std::fmt::Debug + 'static,
    M::Action: Send + Sync + Clone + PartialEq + std::fmt::Debug,
{
    let checker = checker.threads(1).spawn_dfs().join();
    checker.assert_no_discovery("kept");
    Visited {
        states: checker.unique_state_count() as u64,
        steps: checker.state_count() as u64,
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Msg {
    Prepare,
    Prepared(usize),
    Commit,
    Abort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Managed {
    Working,
    Prepared,
    Committed,
    Aborted,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    Resource(Managed),
    Manager { prepared: u32, is_decided: bool },
}

#[derive(Clone)]
struct Party {
    managers: usize,
}

impl Actor for Party {
    type Msg = Msg;
    type State = State;
    type Timer = Msg;
    type Random = ();
    type Storage = ();

    fn on_start(&self, id: Id, _: &Option<()>, out: &mut Out<Self>) -> State {
        out.set_timer(Msg::Abort, model_timeout());
        if usize::from(id) == self.managers {
            return State::Manager {
                prepared: 0,
                is_decided: false,
            };
        }
        out.set_timer(Msg::Prepare, model_timeout());
        State::Resource(Managed::Working)
    }

    fn on_msg(&self, _: Id, state: &mut Cow<'_, State>, _: Id, msg: Msg, out: &mut Out<Self>) {
        match (state.to_mut(), msg) {
            (State::Resource(managed), Msg::Commit) => *managed = Managed::Committed,
            (State::Resource(managed), Msg::Abort) => {
                *managed = Managed::Aborted;
                out.cancel_timer(Msg::Prepare);
                out.cancel_timer(Msg::Abort);
            }
            (
                State::Manager {
                    prepared,
                    is_decided: false,
                },
                Msg::Prepared(number),
            ) => {
                *prepared |= 1 << number;
                if prepared.count_ones() as usize == self.managers {
                    out.set_timer(Msg::Commit, model_timeout());
                }
            }
            _ => {}
        }
    }

    fn on_timeout(&self, id: Id, state: &mut Cow<'_, State>, timer: &Msg, out: &mut Out<Self>) {
        match (state.to_mut(), timer) {
            (State::Resource(managed @ Managed::Working), Msg::Prepare) => {
                *managed = Managed::Prepared;
                out.cancel_timer(Msg::Abort);
                out.send(Id::from(self.managers), Msg::Prepared(usize::from(id)));
            }
            (State::Resource(managed @ Managed::Working), _) => {
                *managed = Managed::Aborted;
                out.cancel_timer(Msg::Prepare);
            }
            (State::Manager { is_decided, .. }, decision) if !*is_decided => {
                *is_decided = true;
                out.cancel_timer(Msg::Commit);
                out.cancel_timer(Msg::Abort);
                for resource in 0..self.managers {
                    out.send(Id::from(resource), decision.clone());
                }
            }
            _ => {}
        }
    }
}

/// Two-phase commit, actor by actor what `two_phase.rs` has as participants.
pub fn two_phase_actors(managers: usize) -> Visited {
    let party = Party { managers };
    let model = ActorModel::new((), ())
        .actors(vec![party; managers + 1])
        .init_network(Network::new_unordered_nonduplicating([]))
        .property(Expectation::Always, "kept", |_, state| {
            let is = |wanted| {
                let mut states = state.actor_states.iter();
                states.any(|state| **state == State::Resource(wanted))
            };
            !(is(Managed::Committed) && is(Managed::Aborted))
        });
    visited(model.checker())
}

/// Stateright's `single-copy-register` with one server.
pub fn single_copy_register(clients: usize) -> Visited {
    let model = ActorModel::new((), LinearizabilityTester::new(Register('\0')))
        .actor(RegisterActor::Server(SingleCopy))
        .actors((0..clients).map(|_| RegisterActor::Client {
            put_count: 1,
            server_count: 1,
        }))
        .init_network(Network::new_unordered_nonduplicating([]))
        .property(Expectation::Always, "kept", |_, state| {
            state.history.serialized_history().is_some()
        })
        .record_msg_in(RegisterMsg::record_returns)
        .record_msg_out(RegisterMsg::record_invocations);
    visited(model.checker())
}

#[derive(Clone)]
struct SingleCopy;

impl Actor for SingleCopy {
    type Msg = RegisterMsg<u64, char, ()>;
    type State = char;
    type Timer = ();
    type Random = ();
    type Storage = ();

    fn on_start(&self, _: Id, _: &Option<()>, _: &mut Out<Self>) -> char {
        '\0'
    }

    fn on_msg(
        &self,
        _: Id,
        state: &mut Cow<'_, char>,
        src: Id,
        msg: Self::Msg,
        out: &mut Out<Self>,
    ) {
        match msg {
            RegisterMsg::Put(request, value) => {
                *state.to_mut() = value;
                out.send(src, RegisterMsg::PutOk(request));
            }
            RegisterMsg::Get(request) => out.send(src, RegisterMsg::GetOk(request, **state)),
            _ => {}
        }
    }
}

/// Two-phase commit as one state and its actions: what Stateright's example `2pc` describes, written anew.
struct TwoPhase {
    managers: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Whole {
    managed: Vec<Managed>,
    prepared: Vec<bool>,
    decision: Option<Msg>,
    msgs: BTreeSet<Msg>,
}

#[derive(Clone, Debug, PartialEq)]
enum Action {
    Hear(usize),
    Decide(Msg),
    Prepare(usize),
    GiveUp(usize),
    Obey(usize, Managed),
}

impl Model for TwoPhase {
    type State = Whole;
    type Action = Action;

    fn init_states(&self) -> Vec<Whole> {
        vec![Whole {
            managed: vec![Managed::Working; self.managers],
            prepared: vec![false; self.managers],
            decision: None,
            msgs: BTreeSet::new(),
        }]
    }

    fn actions(&self, state: &Whole, actions: &mut Vec<Action>) {
        if state.decision.is_none() {
            actions.push(Action::Decide(Msg::Abort));
            if state.prepared.iter().all(|prepared| *prepared) {
                actions.push(Action::Decide(Msg::Commit));
            }
        }
        for at in 0..self.managers {
            if state.decision.is_none() && state.msgs.contains(&Msg::Prepared(at)) {
                actions.push(Action::Hear(at));
            }
            if state.managed[at] == Managed::Working {
                actions.extend([Action::Prepare(at), Action::GiveUp(at)]);
            }
            if state.msgs.contains(&Msg::Commit) {
                actions.push(Action::Obey(at, Managed::Committed));
            }
            if state.msgs.contains(&Msg::Abort) {
                actions.push(Action::Obey(at, Managed::Aborted));
            }
        }
    }

    fn next_state(&self, state: &Whole, action: Action) -> Option<Whole> {
        let mut state = state.clone();
        match action {
            Action::Hear(at) => state.prepared[at] = true,
            Action::Decide(decision) => {
                state.msgs.insert(decision.clone());
                state.decision = Some(decision);
            }
            Action::Prepare(at) => {
                state.managed[at] = Managed::Prepared;
                state.msgs.insert(Msg::Prepared(at));
            }
            Action::GiveUp(at) => state.managed[at] = Managed::Aborted,
            Action::Obey(at, managed) => state.managed[at] = managed,
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("kept", |_, state: &Whole| {
            let is = |wanted| state.managed.contains(&wanted);
            !(is(Managed::Committed) && is(Managed::Aborted))
        })]
    }
}

pub fn two_phase_model(managers: usize) -> Visited {
    visited(TwoPhase { managers }.checker())
}
