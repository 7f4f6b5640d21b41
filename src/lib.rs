//! Checks, from what each participant of a distributed system witnessed, whether it kept its promises.
//!
//! A [`history::History`] is read from a file or built; [`order::Order`] says what certainly happened before what;
//! a [`check::Check`] judges it: a [`check::linear::Spec`] by looking for one world in which every answer is right, a
//! [`check::promise::Promise`] by looking at all of them. [`check_file`] does all of it in one call:
//!
//! ```
//! use testimony::specs::at_most_once::AtMostOnce;
//!
//! testimony::check_file("histories/checkout/key-reused.jsonl")
//!     .promise(AtMostOnce::new("charge").per("order").recognised_by("key"))
//!     .assert_kept();
//! ```
//!
//! README has the tour, `docs/architecture.md` the map. Everything that ships in [`specs`] can be copied file by file.

extern crate self as testimony;

pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod fuzz;
pub mod generate;
pub mod history;
pub mod model;
pub mod order;
pub mod record;
pub mod report;
pub mod sim;
#[path = "../specs/mod.rs"]
pub mod specs;
pub mod verdict;

pub use check::session::{check_file, check_history};
#[cfg(feature = "cli")]
pub use cli::Cli;
pub use fuzz::fuzz;

/// All that a specification, a promise or a workflow model needs: what the files in `specs/` import.
pub mod prelude {
    pub use rpds::{ListSync, QueueSync, RedBlackTreeMapSync};
    pub use serde::{Deserialize, Serialize};

    pub use std::time::Duration;

    pub use crate::check::catalog::{Catalog, ParameterFault, Parameters, PromiseEntry, SpecEntry};
    pub use crate::check::linear::{Act, AnySpec, Family, Spec};
    pub use crate::check::promise::{
        AnyPromise, Bound, Breach, Class, Duty, Effect, Misfit, Open, OpenBound, Owed, Part,
        Promise, Scope, When,
    };
    pub use crate::check::promise::{Certainty, Evidence, Knowledge, Role, Ruling, Seen};
    pub use crate::fuzz::{Bug, Suite, WorkflowEntry};
    pub use crate::history::{Outcome, Value};
    pub use crate::model::{
        Address, Cast, Cx, Faults, Incoming, Message, Noise, Op, Participant, Remembered, Workflow,
    };
}

/// The Rust of README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// So does that of the page on recording.
#[cfg(doctest)]
#[doc = include_str!("../docs/recording.md")]
pub struct Recording;
