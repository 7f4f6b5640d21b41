//! `log`.

use crate::history::Value;

use super::draw::Draw;
use super::object::{Client, Effect, Object, Scene, Wrong};

/// All entries.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) entries: Vec<Value>,
}

#[derive(Clone, Debug)]
pub(super) enum Call {
    Append(Value),
    Read,
}

impl Object for Log {
    type Call = Call;

    fn propose(&self, _client: Client, draw: &mut Draw) -> Call {
        // A read answers all entries: the more there are, the rarer it is.
        match draw.chance(4, self.entries.len() as u64 + 8) {
            true => Call::Read,
            false => Call::Append(draw.value()),
        }
    }

    fn words(call: &Call) -> (&'static str, Option<Value>) {
        match call {
            Call::Append(entry) => ("append", Some(entry.clone())),
            Call::Read => ("read", Some(Value::Null)),
        }
    }

    fn take_effect(&mut self, _client: Client, call: &Call) -> Effect {
        match call {
            Call::Append(entry) => {
                let offset = self.entries.len() as i64;
                self.entries.push(entry.clone());
                Effect::Answer(Value::Int(offset))
            }
            Call::Read => Effect::Answer(self.entries.clone().into()),
        }
    }

    /// Two entries are given one offset.
    fn scene(&self, _client: Client, draw: &mut Draw) -> Option<Scene<Call>> {
        let calls = [Call::Append(draw.value()), Call::Append(draw.value())];
        Some(Scene::ending(calls, Wrong::AnswerOf(0)))
    }
}
