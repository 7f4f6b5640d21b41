//! Records a history from running code: what each participant does, as it does it.
//!
//! A [`Recorder`] gives a [`Journal`] to each participant. An operation is an [`OpenOperation`] until it is said how it
//! ended; where nobody says so (a timeout, a crash, a future that is cancelled, a panic), it stands as **unknown**.
//! Nothing here knows a runtime: it works the same in threads, under tokio and in a simulator.
//!
//! ```
//! use testimony::record::Recorder;
//! use testimony::specs::register::Register;
//!
//! let recorder = Recorder::new().title("two clients of a register");
//! let (first, second) = (recorder.participant("first"), recorder.participant("second"));
//!
//! let write = first.op("write", &7);
//! // … the request is sent, and no answer comes in time:
//! drop(write);
//!
//! let read = second.op("read", &());
//! // … the answer is 7:
//! read.ok(&7);
//!
//! // The write took effect, although nobody ever told `first`.
//! testimony::check_history(recorder.history()?)
//!     .spec("register", Register::default())
//!     .assert_kept();
//! # Ok::<(), testimony::record::RecordError>(())
//! ```
//!
//! # Why the order is real time
//! The lines of one recorder stand in the order in which its lock was taken, whatever threads they come from: it is
//! the one observer who saw every line. [`Journal::op`] records the invocation before it returns, so before the
//! call is made; [`OpenOperation::ok`] is called after the answer came. So the operation took effect between its two lines.
//! Where the completion of one operation stands before the invocation of another, the one had its answer before
//! the other was called: real time orders them just so. The converse does not hold, and need not:
//! an interval that is recorded wider than it was only takes order away, and with less order no check finds broken
//! what was not.
//!
//! A fact has no interval: it takes effect where its line stands. So record it where nobody else can act between the
//! durable write and the line: under the lock, in the transaction, without an `await` between. Where that cannot
//! be, make the write an operation of its owner: then it is only known to lie between two lines.
//!
//! Several recorders (of several machines) saw no common order: what is [merged](Recorder::merge) is ordered by each
//! participant's own lines and by messages alone.

mod journal;
mod recorder;

pub use journal::{Journal, OpenOperation};
pub use recorder::{BadValue, RecordError, Recorder};

#[cfg(test)]
mod tests;
