//! Evidence beyond invocations and answers: what facts of an owner say of an operation, and the version at which it took effect.
//!
//! # Idea
//! *Facts settle outcomes.* Where the configuration says that an operation and a fact of its owner speak of one effect
//! (`[effect.NAME]`), the fact shows that the operation took effect, and before when; where the owner's record is whole, its
//! silence shows that it did not. This is used only where taking effect is all there is to say: a blind update. A
//! compare-and-set or a removal of unknown outcome stays unknown, since the fact does not say what it found.
//!
//! *Versions guide the search.* Where answers carry a number that grows with each update (a revision, an offset), the search tries
//! operations by these numbers. It still tries all others behind them: a wrong number costs time, never the verdict.
//!
//! Neither is trusted where the history contradicts it: then it is set aside, and the report says so.
//!
//! # Complexity
//! O(n log n) for n operations; unknown fields are read again from the text, for operations with an answer only.

use rustc_hash::FxHashMap;

use crate::check::promise::{EffectEntry, Settled, settlements};
use crate::check::worlds::Item;
use crate::history::{EventId, History, OpId, Outcome, Value};
use crate::order::Order;

use super::reading::Entry;

/// What facts of owners say of operations.
#[derive(Debug, Default)]
pub(super) struct Facts {
    settled: FxHashMap<OpId, Settled>,
    /// What was set aside because the history contradicts it, as sentences.
    pub(super) contradicted: Vec<String>,
}

impl Facts {
    pub(super) fn of(history: &History, order: &Order, effects: &[EffectEntry]) -> Self {
        let mut facts = Self::default();
        if effects.is_empty() {
            return facts;
        }
        for (op, settled) in settlements(history, effects) {
            match contradiction(history, order, op, settled) {
                Some(says) => facts.contradicted.push(says),
                None => drop(facts.settled.insert(op, settled)),
            }
        }
        facts
    }

    /// What facts settled, as a sentence.
    pub(super) fn summary(&self, history: &History) -> Option<String> {
        let is_unknown = |op: &OpId| history.operation(*op).outcome == Outcome::Unknown;
        let unknown = self.settled.iter().filter(|(op, _)| is_unknown(op));
        let count = unknown.clone().count();
        let absent = unknown
            .filter(|(_, settled)| **settled == Settled::HadNoEffect)
            .count();
        (count > 0).then(|| {
            let outcomes = match count {
                1 => "outcome",
                _ => "outcomes",
            };
            format!(
                "facts of owners settled {count} unknown {outcomes}: {} took effect, {absent} had none",
                count - absent
            )
        })
    }

    /// What is known of an operation of unknown outcome.
    pub(super) fn of_unknown(&self, op: OpId) -> Option<Settled> {
        self.settled.get(&op).copied()
    }
}

/// Why the history contradicts what a record says of an operation.
fn contradiction(history: &History, order: &Order, op: OpId, settled: Settled) -> Option<String> {
    let operation = history.operation(op);
    let line = |event: EventId| history.event(event).place.line;
    match settled {
        Settled::TookEffect(fact) if order.before(fact, operation.invoke) => Some(format!(
            "line {} records the effect of {} before it was invoked: this was set aside",
            line(fact),
            history.aloud(op)
        )),
        Settled::HadNoEffect if operation.outcome == Outcome::Ok => Some(format!(
            "{} was answered, and a record that is said to be complete does not show it: its silence was set aside",
            history.aloud(op)
        )),
        _ => None,
    }
}

/// The number that each operation carries, as the search may use it.
#[derive(Debug)]
pub(super) struct Versions {
    /// Of each entry.
    ranks: Vec<Option<i64>>,
}

impl Versions {
    /// Reads the numbers at `path`: a dotted path into the answer, or a field of its line that the format does not define.
    ///
    /// # Errors
    /// Why they are of no use, as a sentence.
    pub(super) fn of(history: &History, entries: &[Entry], path: &str) -> Result<Self, String> {
        let rank = |entry: &Entry| number(history, entry.item.hi?, path);
        let ranks: Vec<Option<i64>> = entries.iter().map(rank).collect();
        match ranks.iter().any(Option::is_some) {
            true => Ok(Self { ranks }),
            false => Err(format!(
                "no answer carries a whole number at `{path}`: the hint was of no use"
            )),
        }
    }

    /// The place of each item of one object in the order in which the search tries them; the two operations whose
    /// numbers contradict real time, where there are such.
    pub(super) fn urgency(
        &self,
        order: &Order,
        (entries, items): (&[u32], &[Item]),
    ) -> Result<Vec<u32>, (u32, u32)> {
        let rank = |at: usize| self.ranks[entries[at] as usize];
        // One without a number is tried with those that had ended when it ended.
        let mut by_end: Vec<usize> = (0..items.len()).collect();
        by_end.sort_by_key(|at| (items[*at].hi.is_none(), items[*at].hi));
        let mut greatest = i64::MIN;
        let mut keys: Vec<(i64, usize)> = Vec::with_capacity(items.len());
        for at in by_end {
            greatest = rank(at).map_or(greatest, |rank| rank.max(greatest));
            keys.push((rank(at).unwrap_or(greatest), at));
        }
        keys.sort_by_key(|(rank, _)| *rank);
        if order.is_total()
            && let Some(pair) = backwards(&keys, items, rank)
        {
            return Err((entries[pair.0], entries[pair.1]));
        }
        let mut urgency = vec![0; items.len()];
        for (place, (_, at)) in keys.iter().enumerate() {
            urgency[*at] = place as u32;
        }
        Ok(urgency)
    }
}

/// An item and one with a greater number that was over before it began.
fn backwards(
    keys: &[(i64, usize)],
    items: &[Item],
    rank: impl Fn(usize) -> Option<i64>,
) -> Option<(usize, usize)> {
    // Of those with a greater number: the first end.
    let mut first_over: Option<(EventId, usize)> = None;
    let mut same: Vec<(EventId, usize)> = Vec::new();
    let mut last_rank = None;
    for (number, at) in keys.iter().rev().filter(|(_, at)| rank(*at).is_some()) {
        if last_rank != Some(*number) {
            first_over = first_over.into_iter().chain(same.drain(..)).min();
            last_rank = Some(*number);
        }
        if let Some((end, greater)) = first_over
            && end < items[*at].lo
        {
            return Some((*at, greater));
        }
        same.extend(items[*at].hi.map(|end| (end, *at)));
    }
    None
}

fn number(history: &History, answer: EventId, path: &str) -> Option<i64> {
    let whole = |value: Value| match value {
        Value::Int(number) => Some(number),
        _ => None,
    };
    let within = history.event(answer).value.and_then(|value| {
        let found = history.values().at_path(value, path)?;
        whole(history.values().to_value(found))
    });
    within.or_else(|| {
        let extras = history.extras(answer);
        let (_, json) = extras.iter().find(|(name, _)| name == path)?;
        json.parse().ok()
    })
}
