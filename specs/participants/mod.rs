//! Participants that ship with testimony, one file each: what most workflows have somewhere.
//!
//! Each speaks messages of its own. A workflow says how they become messages of the workflow, and
//! which of the workflow's messages they are: two functions, given where the participant is made.

pub mod client;
pub mod database;
pub mod payment;
pub mod queue;
