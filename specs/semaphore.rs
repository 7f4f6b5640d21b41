//! A semaphore: never more permits are out than there are.
//!
//! # Operations
//! - `acquire` n: takes n permits (null: one), all at once. Any answer.
//! - `release` n: gives n permits back (null: one). Any answer. Anybody
//!   may, but never more than are out.
//!
//! # Parameters
//! - `permits`: how many there are, at least 1 (default 1).
//!
//! # Unknown outcomes
//! An `acquire` without an answer may take its permits at any time after
//! its invocation, and nobody may ever give them back. A `release` without
//! an answer may give them back, or never.
//!
//! # Example
//! Broken with `semaphore:permits=2`: three permits are out.
//! ```text
//! {"process": 0, "type": "invoke", "f": "acquire", "value": 1}
//! {"process": 0, "type": "ok",     "f": "acquire"}
//! {"process": 1, "type": "invoke", "f": "acquire", "value": 2}
//! {"process": 1, "type": "ok",     "f": "acquire"}
//! ```
//!
//! # Which one to use
//! With one permit that only its holder gives back: `owned-mutex`. Where
//! holds are recorded as facts with the name of their holder: the promise
//! `exclusive` with its `capacity`.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "semaphore",
    page: include_str!("semaphore.rs"),
    build: |parameters| {
        let permits = parameters.whole("permits", 1)?.unwrap_or(1);
        Ok(AnySpec::of(Semaphore {
            permits: permits.unsigned_abs(),
        }))
    },
};

/// A semaphore with its number of permits.
#[derive(Clone, Copy, Debug)]
pub struct Semaphore {
    /// How many permits there are; at least 1.
    pub permits: u64,
}

impl Default for Semaphore {
    fn default() -> Self {
        Self { permits: 1 }
    }
}

/// What can be asked of a semaphore.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SemaphoreCall {
    /// Takes so many permits; `None` is one.
    Acquire(Option<u64>),
    /// Gives so many permits back; `None` is one.
    Release(Option<u64>),
}

impl Spec for Semaphore {
    /// How many permits are out.
    type State = u64;
    type Call = SemaphoreCall;
    type Reply = Value;

    fn initial(&self) -> u64 {
        0
    }

    fn step(
        &self,
        out: &u64,
        call: &SemaphoreCall,
        _reply: Option<&Value>,
    ) -> impl IntoIterator<Item = u64> {
        match call {
            SemaphoreCall::Acquire(permits) => out
                .checked_add(permits.unwrap_or(1))
                .filter(|out| *out <= self.permits),
            SemaphoreCall::Release(permits) => out.checked_sub(permits.unwrap_or(1)),
        }
    }

    fn observes(&self, call: &SemaphoreCall, _reply: Option<&Value>) -> bool {
        matches!(
            call,
            SemaphoreCall::Acquire(Some(0)) | SemaphoreCall::Release(Some(0))
        )
    }

    fn reason(&self, out: &u64, _call: &SemaphoreCall, _reply: Option<&Value>) -> Option<String> {
        Some(format!("{out} of {} permits are out", self.permits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_are_out_than_there_are() {
        use SemaphoreCall::{Acquire, Release};
        let table = [
            (0, Acquire(None), Some(1)),
            (0, Acquire(Some(3)), Some(3)),
            (0, Acquire(Some(4)), None),
            (2, Acquire(Some(1)), Some(3)),
            (3, Acquire(None), None),
            (3, Acquire(Some(0)), Some(3)),
            (3, Acquire(Some(u64::MAX)), None),
            (3, Release(None), Some(2)),
            (3, Release(Some(3)), Some(0)),
            (2, Release(Some(3)), None),
            (0, Release(None), None),
        ];
        let semaphore = Semaphore { permits: 3 };
        for (out, call, expected) in table {
            for reply in [None, Some(&Value::Null), Some(&Value::from(9))] {
                let after = semaphore.step(&out, &call, reply).into_iter().next();
                assert_eq!(
                    after, expected,
                    "{call:?} answering {reply:?} with {out} out"
                );
            }
        }
    }

    #[test]
    fn there_is_at_least_one_permit() {
        let built =
            |permits: Value| (ENTRY.build)(&mut Parameters::new([("permits".to_owned(), permits)]));
        assert!(built(Value::from(3)).is_ok());
        assert_eq!(
            built(Value::from(0)).unwrap_err().to_string(),
            "`permits` must be a whole number of at least 1, and is 0"
        );
        assert!(built(Value::from("two")).is_err());
        assert_eq!(Semaphore::default().permits, 1);
    }
}
