//! Limits of a search. Running out is a value, never a panic and never a verdict.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::verdict::{Because, Missing};

/// How much one search (of one object or scope) may cost.
///
/// Nodes and bytes are counted per object, so that the outcome depends neither on the number of threads nor
/// on the speed of the machine. The library reads no clock: a time limit is somebody else's thread that
/// calls [`Budget::stop`].
#[derive(Clone, Debug)]
pub struct Budget {
    /// The largest number of search nodes.
    pub nodes: u64,
    /// The largest number of bytes that remembered nodes and states may take.
    pub memory_bytes: u64,
    stopped: Arc<AtomicBool>,
    /// Each stops this budget too: those of which it is a part.
    wholes_stopped: Vec<Arc<AtomicBool>>,
}

impl Default for Budget {
    /// 50 million nodes and 2 GiB.
    fn default() -> Self {
        Self::new(50_000_000, 2 << 30)
    }
}

impl Budget {
    /// Makes a budget of so many nodes and bytes.
    #[must_use]
    pub fn new(nodes: u64, memory_bytes: u64) -> Self {
        Self {
            nodes,
            memory_bytes,
            stopped: Arc::new(AtomicBool::new(false)),
            wholes_stopped: Vec::new(),
        }
    }

    /// The same limits, for a part of the work: it ends with the whole, and can be stopped alone.
    pub(crate) fn part(&self) -> Self {
        let mut wholes_stopped = self.wholes_stopped.clone();
        wholes_stopped.push(Arc::clone(&self.stopped));
        Self {
            stopped: Arc::new(AtomicBool::new(false)),
            wholes_stopped,
            nodes: self.nodes,
            memory_bytes: self.memory_bytes,
        }
    }

    /// A part that may cost so many eighths of the nodes and bytes.
    pub(crate) fn eighths(&self, count: u64) -> Self {
        Self {
            nodes: (self.nodes / 8).saturating_mul(count),
            memory_bytes: (self.memory_bytes / 8).saturating_mul(count),
            ..self.part()
        }
    }

    /// The same limits of time, with fewer nodes: for searches that only make an answer nicer.
    #[must_use]
    pub fn with_nodes(&self, nodes: u64) -> Self {
        Self {
            nodes: nodes.min(self.nodes),
            ..self.clone()
        }
    }

    /// Ends every search that holds a clone of this budget within its next 64 nodes.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether [`Budget::stop`] was called.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        let is_set = |flag: &Arc<AtomicBool>| flag.load(Ordering::Relaxed);
        is_set(&self.stopped) || self.wholes_stopped.iter().any(is_set)
    }
}

/// Which limit a search reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Spent {
    /// The number of nodes.
    Nodes,
    /// The bytes.
    Memory,
    /// The time, or somebody's patience.
    Time,
}

impl Spent {
    /// The limit in words, with the option that raises it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nodes => "the limit of search nodes (--budget-nodes)",
            Self::Memory => "the limit of memory (--memory)",
            Self::Time => "the limit of time (--timeout)",
        }
    }

    /// What would decide a scope whose search reached this limit.
    pub(crate) fn missing(self, scope: Option<String>) -> Missing {
        let question = format!(
            "What does the search find where {} is higher?",
            self.as_str()
        );
        Missing::new(Because::Budget, scope, question)
    }
}
