//! Checks, from what each participant of a distributed system witnessed, whether it kept its promises.

extern crate self as testimony;

pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod history;
pub mod order;
pub mod report;
#[path = "../specs/mod.rs"]
pub mod specs;
pub mod verdict;

pub use check::session::{check_file, check_history};
#[cfg(feature = "cli")]
pub use cli::Cli;

/// All that a specification, a promise or a workflow model needs: what the files in `specs/` import.
pub mod prelude {
    pub use serde::{Deserialize, Serialize};

    pub use crate::check::catalog::{Catalog, ParameterFault, Parameters, PromiseEntry, SpecEntry};
    pub use crate::check::linear::{AnySpec, Spec};
    pub use crate::check::promise::{AnyPromise, Breach, Effect, Misfit, Promise, Scope};
    pub use crate::history::Value;
}
