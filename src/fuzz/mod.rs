//! Looks for the smallest run of a workflow that breaks a promise.

mod builder;
mod campaign;
mod causal;
mod coverage;
mod explore;
mod gamble;
mod gauge;
mod levels;
mod pool;
mod regressions;
mod replay;
#[cfg(feature = "proptest")]
mod runs;
mod settles;
mod smaller;
mod suite;
mod watch;

pub use builder::{Exercised, Failure, Fuzz, FuzzFault, Fuzzed, Replayed, fuzz};
pub use campaign::Level;
pub use explore::{Exhausted, Explored, Method};
pub use gauge::Gauge;
pub use replay::{Replay, ReplayFault};
#[cfg(feature = "proptest")]
pub use runs::{RunTree, Runs, ScheduledRun, runs};
pub use suite::{Bug, Suite, WorkflowEntry};

#[cfg(test)]
mod tests;
