//! Checks, from what each participant of a distributed system witnessed, whether it kept its promises.

extern crate self as testimony;

pub mod history;
pub mod order;
