//! `kv`: one key of it. Values are texts made of tokens, such as `7;12;`.

use crate::history::Value;

use super::draw::Draw;
use super::object::{Client, Effect, Object, Scene, Wrong};

/// The value of one key; null where it is not there.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Call {
    Get,
    Put(Value),
    Append(Value),
    Cas(Value, Value),
    Delete,
}

/// The number as a text; the text of several tells which they were.
fn token(number: i64) -> Value {
    Value::from(format!("{number};"))
}

impl Object for Entry {
    type Call = Call;

    fn propose(&self, _client: Client, draw: &mut Draw) -> Call {
        match draw.below(10) {
            0..=3 => Call::Get,
            4 | 5 => Call::Put(token(draw.number())),
            6 | 7 => Call::Append(token(draw.number())),
            8 => Call::Cas(self.value.clone(), token(draw.number())),
            _ => Call::Delete,
        }
    }

    fn words(call: &Call) -> (&'static str, Option<Value>) {
        match call {
            Call::Get => ("get", Some(Value::Null)),
            Call::Put(value) => ("put", Some(value.clone())),
            Call::Append(text) => ("append", Some(text.clone())),
            Call::Cas(old, new) => ("cas", Some(vec![old.clone(), new.clone()].into())),
            Call::Delete => ("delete", None),
        }
    }

    fn take_effect(&mut self, _client: Client, call: &Call) -> Effect {
        self.value = match call {
            Call::Get => return Effect::Answer(self.value.clone()),
            Call::Cas(old, _) if *old != self.value => return Effect::Refused,
            Call::Put(new) | Call::Cas(_, new) => new.clone(),
            Call::Append(text) => match (&self.value, text) {
                (Value::Null, text) => text.clone(),
                (Value::Str(start), Value::Str(end)) => Value::from(format!("{start}{end}")),
                // Nothing can be joined to what is no text.
                _ => return Effect::Refused,
            },
            Call::Delete => Value::Null,
        };
        Effect::Done
    }

    /// As for a register.
    fn scene(&self, _client: Client, draw: &mut Draw) -> Option<Scene<Call>> {
        let first = token(draw.number());
        let mut calls = vec![Call::Put(first.clone())];
        let wrong = match draw.repeated() {
            Some(_) => token(draw.absent()),
            None => {
                calls.push(Call::Put(token(draw.number())));
                first
            }
        };
        calls.push(Call::Get);
        Some(Scene::ending(calls, Wrong::Value(wrong)))
    }
}
