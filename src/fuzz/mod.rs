//! Looks for the smallest run of a workflow that breaks a promise.

mod again;
mod builder;
mod campaign;
mod causal;
mod coverage;
mod explore;
mod gamble;
mod gauge;
mod levels;
mod outcome;
mod pool;
mod regressions;
mod replay;
#[cfg(feature = "proptest")]
mod runs;
mod settles;
mod smaller;
mod suite;
mod watch;

pub use builder::{Fuzz, fuzz};
pub use campaign::Level;
pub use explore::{Exhausted, Explored, Limit, Method};
pub use gauge::Gauge;
pub use outcome::{Drawn, Exercised, Failure, FuzzFault, Fuzzed, Replayed, Smaller};
pub use replay::{Replay, ReplayFault};
#[cfg(feature = "proptest")]
pub use runs::{RunTree, Runs, ScheduledRun, runs};
pub use suite::{Bug, Suite, WorkflowEntry};

#[cfg(test)]
mod tests;
