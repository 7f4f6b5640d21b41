//! `set`.

use crate::history::Value;

use super::draw::Draw;
use super::object::{Client, Effect, Object, Scene, Wrong};

/// The elements, each once, in no order.
#[derive(Debug)]
pub(super) struct Set {
    pub(super) elements: Vec<Value>,
}

#[derive(Clone, Debug)]
pub(super) enum Call {
    Add(Value),
    Remove(Value),
    Contains(Value),
    Read,
}

impl Set {
    /// Elements beyond which more are removed than added: a read answers all of them.
    const LEN_MANY: usize = 8;

    fn place(&self, element: &Value) -> Option<usize> {
        self.elements.iter().position(|known| known == element)
    }

    /// An element of the set, or a new one where it has none.
    fn some(&self, draw: &mut Draw) -> Value {
        match self.elements.len() {
            0 => draw.value(),
            len => self.elements[draw.position(len)].clone(),
        }
    }
}

impl Object for Set {
    type Call = Call;

    fn propose(&self, _client: Client, draw: &mut Draw) -> Call {
        let is_small = self.elements.len() < Self::LEN_MANY;
        match (draw.below(8), is_small) {
            (0 | 1, _) | (2, true) => Call::Add(draw.value()),
            (2 | 3, _) | (4, false) => Call::Remove(self.some(draw)),
            (4..=6, _) => Call::Contains(self.some(draw)),
            _ => Call::Read,
        }
    }

    fn words(call: &Call) -> (&'static str, Option<Value>) {
        match call {
            Call::Add(element) => ("add", Some(element.clone())),
            Call::Remove(element) => ("remove", Some(element.clone())),
            Call::Contains(element) => ("contains", Some(element.clone())),
            Call::Read => ("read", Some(Value::Null)),
        }
    }

    fn take_effect(&mut self, _client: Client, call: &Call) -> Effect {
        match call {
            Call::Add(element) => {
                if self.place(element).is_none() {
                    self.elements.push(element.clone());
                }
                Effect::Done
            }
            Call::Remove(element) => {
                if let Some(at) = self.place(element) {
                    self.elements.swap_remove(at);
                }
                Effect::Done
            }
            Call::Contains(element) => {
                let is_in = self.place(element).is_some();
                Effect::Answer(vec![element.clone(), is_in.into()].into())
            }
            Call::Read => Effect::Answer(self.elements.clone().into()),
        }
    }

    /// An element that the same client has removed is said to be there; of repeated values, one that
    /// nobody ever adds.
    fn scene(&self, _client: Client, draw: &mut Draw) -> Option<Scene<Call>> {
        let mut calls = Vec::new();
        let element = match draw.repeated() {
            Some(_) => Value::Int(draw.absent()),
            None => {
                let element = draw.value();
                calls.push(Call::Add(element.clone()));
                calls.push(Call::Remove(element.clone()));
                element
            }
        };
        calls.push(Call::Contains(element.clone()));
        let wrong = Wrong::Value(vec![element, true.into()].into());
        Some(Scene::ending(calls, wrong))
    }
}
