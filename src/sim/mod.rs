//! Runs workflow models: deterministically, with faults, in every order that a search asks for.
//!
//! A run is a sequence of *steps*: each lets one pending item happen (a message arrives, a timer fires, a participant restarts, a link
//! heals), in one of several ways (whole, lost, twice, cut short by a crash). Which item is next is the business of a strategy, one
//! file each.

mod chance;
mod choices;
mod deviation;
mod encode;
mod exploration;
mod footprint;
mod grid;
mod interned;
mod item;
mod judge;
mod line;
mod program;
mod run;
mod shrink;
mod strategy;
mod tale;
mod worker;
mod world;

pub(crate) use deviation::{Act, Deviation, End};
pub(crate) use encode::Encoded;
pub(crate) use exploration::{Count, Ended, Exactly, Exploration, Limits};
pub(crate) use item::{ItemName, stable_hash};
pub(crate) use judge::{Judge, Unreadable};
pub(crate) use line::{Call, Ending, Line, Says, Why, Words};
pub(crate) use program::Play;
pub(crate) use run::Way;
pub(crate) use shrink::{Shrinker, shrink};
pub(crate) use strategy::{Focus, Gamble, Setting};
pub(crate) use strategy::{by_traces, explore};
pub use tale::{Entry, Letter, Loss, Operation, Tale, Told};
pub(crate) use worker::{AfterRun, Breach, Played, Rest, Worker};
