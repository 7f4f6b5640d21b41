//! Probabilistic concurrency testing over causal chains: a random order of chains that changes at a few random moments.
//!
//! # Source
//! Burckhardt, Kothari, Musuvathi and Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding bugs", ASPLOS 2010
//! (PCT); Ozkan, Majumdar, Niksic, Tabaei Befrouei and Weissenbacher, "Randomized testing of distributed systems with probabilistic
//! guarantees", OOPSLA 2018 (PCTCP): chains of messages stand for threads.
//!
//! # Idea
//! A message that a step sends first goes on with that step's chain; everything else begins a chain. Each chain has a random priority,
//! and the highest one that can go on does. At `depth - 1` random moments the chain whose turn it is falls behind all others: that is how
//! a message is held back for any length of time. A bug of depth d among n steps on w chains is found with a chance of at
//! least 1 / (w² n^(d-1)) a run.
//!
//! # Invariants
//! - I1: an item waits for at most so many timers (`patience.rs`): a chain that fell behind is not starved by one that tries again for
//!   ever. The papers' programs end; workflows may not.
//!
//! # Not chosen
//! Chains decomposed with hindsight, as few as possible (PCTCP): a chain begun too often costs a better guarantee, and nothing else.

use crate::sim::chance::Chance;
use crate::sim::deviation::Strategy;
use crate::sim::item::What;
use crate::sim::program::Program;
use crate::sim::run::{Run, Way};

use super::mishaps::{Extent, Mishaps};
use super::patience::Patience;

/// What a chain that fell behind has less than: priorities of others have this bit.
const FRESH: u64 = 1 << 63;

/// A random order of causal chains.
#[derive(Clone, Debug)]
pub(crate) struct Pct {
    chance: Chance,
    mishaps: Mishaps,
    patience: Patience,
    priorities: Vec<u64>,
    /// By birth: the chain of each item.
    chains: Vec<u32>,
    /// By number: the chain of each step, until an item goes on with it.
    ends: Vec<Option<u32>>,
    /// The steps at which chains fall behind; the later one stands in this list, the further it falls.
    changes: Vec<Option<u32>>,
}

impl Pct {
    pub(crate) fn new(mut chance: Chance, mishaps: Mishaps, extent: Extent, depth: u8) -> Self {
        let among = u64::from(extent.steps + extent.steps / 4 + 1);
        let changes = (1..depth).map(|_| Some(chance.below(among) as u32));
        Self {
            changes: changes.collect(),
            chance,
            mishaps,
            patience: Patience::default(),
            priorities: Vec::new(),
            chains: Vec::new(),
            ends: Vec::new(),
        }
    }

    fn begin_chain(&mut self) -> u32 {
        self.priorities.push(self.chance.number() | FRESH);
        self.priorities.len() as u32 - 1
    }

    /// Gives each new item its chain.
    fn join(&mut self, program: &Program, run: &Run) {
        let known = self.chains.len();
        let first_new = run
            .pending
            .partition_point(|item| (item.born as usize) < known);
        for item in &run.pending[first_new..] {
            let is_message = matches!(program.kind_of(item.kind).what, What::Message { .. });
            let end = self
                .ends
                .get_mut(item.cause as usize)
                .filter(|_| is_message);
            let chain = match end.and_then(Option::take) {
                Some(chain) => chain,
                None => self.begin_chain(),
            };
            self.chains.resize(item.born as usize + 1, chain);
        }
    }

    fn highest(&self, program: &Program, run: &Run) -> Option<usize> {
        let can_happen = |at: &usize| run.is_enabled(program, run.pending[*at]);
        let priority = |at: &usize| {
            let item = run.pending[*at];
            let chain = self.chains[item.born as usize] as usize;
            // Of one chain, what came up first.
            (self.priorities[chain], u32::MAX - item.born)
        };
        (0..run.pending.len())
            .filter(can_happen)
            .max_by_key(priority)
    }
}

impl Strategy for Pct {
    fn next(&mut self, program: &mut Program, run: &Run) -> Option<(usize, Way)> {
        self.join(program, run);
        let mut at = self.highest(program, run)?;
        let step = run.steps.len() as u32;
        for change in 0..self.changes.len() {
            if self.changes[change].take_if(|due| *due <= step).is_some() {
                let chain = self.chains[run.pending[at].born as usize] as usize;
                self.priorities[chain] = change as u64;
                at = self.highest(program, run)?;
            }
        }
        let at = self.patience.overdue(program, run).unwrap_or(at);
        let chain = self.chains[run.pending[at].born as usize];
        self.ends.push(Some(chain));
        Some((at, self.mishaps.way(program, run, at)))
    }

    fn happened(&mut self, program: &Program, run: &Run) {
        self.patience.happened(program, run);
    }
}
