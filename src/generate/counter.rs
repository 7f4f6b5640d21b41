//! `counter`.

use crate::history::Value;

use super::draw::Draw;
use super::object::{Client, Effect, Object, Scene, Wrong};

/// A sum, and what is certain about it from outside.
#[derive(Debug)]
pub(super) struct Counter {
    sum: i64,
    /// The initial sum and everything that was added and answered.
    answered: i64,
    /// Negative amounts of operations that were begun and not answered.
    open_negative: i64,
}

#[derive(Clone, Debug)]
pub(super) enum Call {
    Add(i64),
    Read,
}

impl Counter {
    /// Amounts are at most so great, where the plan does not say it.
    const AMOUNT_MAX: u64 = 10;

    pub(super) const fn from(initial: i64) -> Self {
        Self {
            sum: initial,
            answered: initial,
            open_negative: 0,
        }
    }
}

impl Object for Counter {
    type Call = Call;

    fn propose(&self, _client: Client, draw: &mut Draw) -> Call {
        if draw.chance(1, 2) {
            return Call::Read;
        }
        let amount = draw.below(draw.repeated().unwrap_or(Self::AMOUNT_MAX)) as i64 + 1;
        match draw.chance(1, 4) {
            true => Call::Add(-amount),
            false => Call::Add(amount),
        }
    }

    fn words(call: &Call) -> (&'static str, Option<Value>) {
        match call {
            Call::Add(amount) => ("add", Some(Value::Int(*amount))),
            Call::Read => ("read", Some(Value::Null)),
        }
    }

    fn take_effect(&mut self, _client: Client, call: &Call) -> Effect {
        match call {
            Call::Add(amount) => {
                self.sum += amount;
                Effect::Done
            }
            Call::Read => Effect::Answer(Value::Int(self.sum)),
        }
    }

    fn begin(&mut self, call: &Call) {
        if let Call::Add(amount) = call {
            self.open_negative += (*amount).min(0);
        }
    }

    fn end(&mut self, call: &Call) {
        if let Call::Add(amount) = call {
            self.open_negative -= (*amount).min(0);
            self.answered += amount;
        }
    }

    /// One less than the least sum that there can be.
    fn scene(&self, _client: Client, _draw: &mut Draw) -> Option<Scene<Call>> {
        let least = self.answered + self.open_negative;
        let wrong = Wrong::Value(Value::Int(least - 1));
        Some(Scene::ending([Call::Read], wrong))
    }
}
