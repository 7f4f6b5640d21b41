//! `queue`, `stack` and `priority-queue`: they differ in which element comes out.

use std::collections::{BinaryHeap, VecDeque};

use crate::history::Value;

use super::draw::Draw;
use super::object::{Client, Effect, Object, Scene, Wrong};

/// Elements, and which of them is next.
#[derive(Clone, Debug)]
pub(super) enum Elements {
    Queue(VecDeque<Value>),
    Stack(Vec<Value>),
    Heap(BinaryHeap<Value>),
}

impl Elements {
    fn len(&self) -> usize {
        match self {
            Self::Queue(elements) => elements.len(),
            Self::Stack(elements) => elements.len(),
            Self::Heap(elements) => elements.len(),
        }
    }

    fn put(&mut self, element: Value) {
        match self {
            Self::Queue(elements) => elements.push_back(element),
            Self::Stack(elements) => elements.push(element),
            Self::Heap(elements) => elements.push(element),
        }
    }

    fn take(&mut self) -> Option<Value> {
        match self {
            Self::Queue(elements) => elements.pop_front(),
            Self::Stack(elements) => elements.pop(),
            Self::Heap(elements) => elements.pop(),
        }
    }

    /// The names of putting an element in and of taking one out.
    const fn names(&self) -> Names {
        match self {
            Self::Queue(_) => ["enqueue", "dequeue"],
            Self::Stack(_) => ["push", "pop"],
            Self::Heap(_) => ["insert", "remove-max"],
        }
    }
}

type Names = [&'static str; 2];

/// A collection from which each element is taken once.
#[derive(Debug)]
pub(super) struct Bag {
    pub(super) elements: Elements,
    /// Some element is there twice from the beginning.
    pub(super) has_twins: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Call {
    Put(Names, Value),
    Take(Names),
}

impl Object for Bag {
    type Call = Call;

    fn propose(&self, _client: Client, draw: &mut Draw) -> Call {
        let names = self.elements.names();
        // Neither often empty nor ever long.
        let puts = match self.elements.len() {
            0..4 => 4,
            4..16 => 3,
            _ => 2,
        };
        match draw.chance(puts, 6) {
            true => Call::Put(names, draw.value()),
            false => Call::Take(names),
        }
    }

    fn words(call: &Call) -> (&'static str, Option<Value>) {
        match call {
            Call::Put([put, _], element) => (put, Some(element.clone())),
            Call::Take([_, take]) => (take, Some(Value::Null)),
        }
    }

    fn take_effect(&mut self, _client: Client, call: &Call) -> Effect {
        match call {
            Call::Put(_, element) => {
                self.elements.put(element.clone());
                Effect::Done
            }
            Call::Take(_) => Effect::Answer(self.elements.take().unwrap_or_default()),
        }
    }

    /// An element that the same client has just taken out; where it may be there twice, one that nobody
    /// ever puts in.
    fn scene(&self, _client: Client, draw: &mut Draw) -> Option<Scene<Call>> {
        let names = self.elements.names();
        let mut calls = Vec::new();
        let wrong = if draw.repeated().is_some() || self.has_twins {
            Wrong::Value(Value::Int(draw.absent()))
        } else {
            calls.extend([Call::Put(names, draw.value()), Call::Take(names)]);
            Wrong::AnswerOf(1)
        };
        calls.push(Call::Take(names));
        Some(Scene::ending(calls, wrong))
    }
}
