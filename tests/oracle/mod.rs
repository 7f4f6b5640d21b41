//! The judge of the judges: what is true of a tiny history, found by trying everything.
//!
//! Nothing here shares an idea with `src/check/`: happened-before is a transitive closure over a matrix, an
//! object is a function over JSON, and a world is tried by placing one effect after another.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that makes nonsense has failed"
)]
#![expect(
    dead_code,
    reason = "each test uses its own half: specifications or promises"
)]

pub(crate) mod answers;
pub(crate) mod models;
pub(crate) mod script;
pub(crate) mod specs;
pub(crate) mod story;
pub(crate) mod vows;
pub(crate) mod worlds;
