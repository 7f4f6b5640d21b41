//! Random choices, and the values that operations write.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

use crate::history::Value;

/// PCG's own default stream.
const STREAM: u128 = 0x0a02_bdbf_7bb3_c0a7_ac28_fa16_a64a_bf96;

/// A row of choices that the seed alone decides, on every machine and in every version.
#[derive(Debug)]
pub(super) struct Draw {
    rng: Pcg64,
    /// From how many values each is drawn; `None`: each is written once.
    repeated: Option<u64>,
    /// The last value that was written once.
    last: i64,
    /// Whole numbers that stand in the initial state, sorted.
    initial: Vec<i64>,
}

impl Draw {
    pub(super) fn new(seed: u64, repeated: Option<u64>, initial: Option<&Value>) -> Self {
        Self {
            rng: Pcg64::new(u128::from(seed), STREAM),
            repeated,
            last: 0,
            initial: whole_numbers(initial),
        }
    }

    /// One of `0..end`; `end` is not 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        debug_assert!(end > 0, "there is a choice");
        let wide = u128::from(self.rng.next_u64()) * u128::from(end);
        // The upper half of the product is less than `end`.
        (wide >> 64) as u64
    }

    /// A position in a list that is not empty.
    pub(super) fn position(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// Whether something happens that happens `times` in `of` times.
    pub(super) fn chance(&mut self, times: u64, of: u64) -> bool {
        self.below(of) < times
    }

    /// From how many values each is drawn; `None`: each is written once.
    pub(super) const fn repeated(&self) -> Option<u64> {
        self.repeated
    }

    /// The number of a value to write: one that was never written and is not there initially, or one of
    /// a few.
    pub(super) fn number(&mut self) -> i64 {
        if let Some(count) = self.repeated {
            return self.below(count) as i64 + 1;
        }
        self.last += 1;
        while self.initial.binary_search(&self.last).is_ok() {
            self.last += 1;
        }
        self.last
    }

    /// A value to write.
    pub(super) fn value(&mut self) -> Value {
        Value::Int(self.number())
    }

    /// The number of a value that is never written and not there initially.
    pub(super) fn absent(&self) -> i64 {
        let mut absent = -1;
        while self.initial.binary_search(&absent).is_ok() {
            absent -= 1;
        }
        absent
    }
}

/// The whole numbers of a value: itself, its elements or what its keys lead to.
fn whole_numbers(value: Option<&Value>) -> Vec<i64> {
    let parts: Vec<&Value> = match value {
        None => Vec::new(),
        Some(Value::Array(elements)) => elements.iter().collect(),
        Some(Value::Object(fields)) => fields.iter().map(|(_, value)| value).collect(),
        Some(value) => vec![value],
    };
    let mut numbers: Vec<i64> = parts
        .into_iter()
        .filter_map(|part| match part {
            Value::Int(number) => Some(*number),
            _ => None,
        })
        .collect();
    numbers.sort_unstable();
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_every_choice_for_ever() {
        let mut draw = Draw::new(1, None, None);
        let row: Vec<u64> = (0..8).map(|_| draw.below(1000)).collect();
        assert_eq!(row, [905, 428, 106, 579, 86, 673, 616, 300]);
    }

    #[test]
    fn values_are_fresh_or_few() {
        let initial = Value::from(vec![Value::from(2), Value::from(-1)]);
        let mut draw = Draw::new(1, None, Some(&initial));
        let fresh: Vec<i64> = (0..3).map(|_| draw.number()).collect();
        assert_eq!((fresh, draw.absent()), (vec![1, 3, 4], -2));
        let mut draw = Draw::new(1, Some(3), None);
        assert!((0..100).all(|_| (1..=3).contains(&draw.number())));
    }
}
