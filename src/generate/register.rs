//! `register`, `cas-register` and `strict-cas-register`.

use crate::history::Value;

use super::draw::Draw;
use super::object::{Client, Effect, Object, Scene, Wrong};

/// Whether values can be compared and set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Swaps {
    None,
    Some,
}

/// One register.
#[derive(Debug)]
pub(super) struct Register {
    pub(super) value: Value,
    pub(super) swaps: Swaps,
}

#[derive(Clone, Debug)]
pub(super) enum Call {
    Read,
    Write(Value),
    Cas(Value, Value),
}

impl Object for Register {
    type Call = Call;

    fn propose(&self, _client: Client, draw: &mut Draw) -> Call {
        match draw.below(4) {
            0 | 1 => Call::Read,
            2 if self.swaps == Swaps::Some => Call::Cas(self.value.clone(), draw.value()),
            _ => Call::Write(draw.value()),
        }
    }

    fn words(call: &Call) -> (&'static str, Option<Value>) {
        match call {
            Call::Read => ("read", Some(Value::Null)),
            Call::Write(value) => ("write", Some(value.clone())),
            Call::Cas(old, new) => ("cas", Some(vec![old.clone(), new.clone()].into())),
        }
    }

    fn take_effect(&mut self, _client: Client, call: &Call) -> Effect {
        match call {
            Call::Read => return Effect::Answer(self.value.clone()),
            Call::Cas(old, _) if *old != self.value => return Effect::Refused,
            Call::Write(new) | Call::Cas(_, new) => self.value = new.clone(),
        }
        Effect::Done
    }

    /// A value that the same client has replaced; of repeated values, one that nobody ever writes.
    fn scene(&self, _client: Client, draw: &mut Draw) -> Option<Scene<Call>> {
        let first = draw.value();
        let mut calls = vec![Call::Write(first.clone())];
        let wrong = match draw.repeated() {
            Some(_) => Value::Int(draw.absent()),
            None => {
                calls.push(Call::Write(draw.value()));
                first
            }
        };
        calls.push(Call::Read);
        Some(Scene::ending(calls, Wrong::Value(wrong)))
    }
}
