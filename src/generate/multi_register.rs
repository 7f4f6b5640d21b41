//! `multi-register`.

use crate::history::Value;

use super::draw::Draw;
use super::object::{Client, Effect, Object, Scene, Wrong};

/// Registers with their names.
#[derive(Debug)]
pub(super) struct MultiRegister {
    pub(super) registers: Vec<(Value, Value)>,
}

/// A transaction.
pub(super) type Call = Vec<Step>;

/// One read or write, with the register's name.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Read(usize, Value),
    Write(usize, Value, Value),
}

impl MultiRegister {
    /// Reads and writes of one transaction.
    const STEPS_MAX: u64 = 3;

    fn step(&self, draw: &mut Draw) -> Step {
        let at = draw.position(self.registers.len());
        match draw.chance(1, 2) {
            true => self.read(at),
            false => self.write(at, draw.value()),
        }
    }

    fn read(&self, at: usize) -> Step {
        Step::Read(at, self.registers[at].0.clone())
    }

    fn write(&self, at: usize, value: Value) -> Step {
        Step::Write(at, self.registers[at].0.clone(), value)
    }
}

/// A step in words; of a read, with what it saw.
fn words(step: &Step, seen: Value) -> Value {
    match step {
        Step::Read(_, name) => vec!["r".into(), name.clone(), seen],
        Step::Write(_, name, value) => vec!["w".into(), name.clone(), value.clone()],
    }
    .into()
}

impl Object for MultiRegister {
    type Call = Call;

    fn propose(&self, _client: Client, draw: &mut Draw) -> Call {
        let count = draw.below(Self::STEPS_MAX) + 1;
        (0..count).map(|_| self.step(draw)).collect()
    }

    fn words(call: &Call) -> (&'static str, Option<Value>) {
        let steps: Vec<Value> = call.iter().map(|step| words(step, Value::Null)).collect();
        ("txn", Some(steps.into()))
    }

    fn take_effect(&mut self, _client: Client, call: &Call) -> Effect {
        let mut answer = Vec::with_capacity(call.len());
        for step in call {
            let seen = match step {
                Step::Read(at, _) => self.registers[*at].1.clone(),
                Step::Write(at, _, value) => {
                    self.registers[*at].1 = value.clone();
                    Value::Null
                }
            };
            answer.push(words(step, seen));
        }
        Effect::Answer(answer.into())
    }

    /// As for one register.
    fn scene(&self, _client: Client, draw: &mut Draw) -> Option<Scene<Call>> {
        let at = draw.position(self.registers.len());
        let first = draw.value();
        let mut calls = vec![vec![self.write(at, first.clone())]];
        let wrong = match draw.repeated() {
            Some(_) => Value::Int(draw.absent()),
            None => {
                calls.push(vec![self.write(at, draw.value())]);
                first
            }
        };
        let read = self.read(at);
        let answer = Value::from(vec![words(&read, wrong)]);
        calls.push(vec![read]);
        Some(Scene::ending(calls, Wrong::Value(answer)))
    }
}
