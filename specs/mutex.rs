//! A mutex: it is acquired only while it is free and released only while it is held.
//!
//! # Operations
//! - `acquire`: the lock is held from here on. Any answer.
//! - `release`: the lock is free from here on. Any answer. Anybody may
//!   release it.
//!
//! # Parameters
//! None: it starts free.
//!
//! # Unknown outcomes
//! An `acquire` without an answer may hold the lock from any time after
//! its invocation on, and nobody may ever release it. A `release` without
//! an answer may free it, or never.
//!
//! # Example
//! Broken: two hold the lock at once.
//! ```text
//! {"process": 0, "type": "invoke", "f": "acquire"}
//! {"process": 0, "type": "ok",     "f": "acquire"}
//! {"process": 1, "type": "invoke", "f": "acquire"}
//! {"process": 1, "type": "ok",     "f": "acquire"}
//! ```
//!
//! # Which one to use
//! Where only its holder may release it: `owned-mutex`, which finds more.
//! Where `acquire` answers a fencing token: `fenced-lock`. Where several
//! may hold it: `semaphore`. Where holds are recorded as facts with the
//! name of their holder: the promise `exclusive`.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "mutex",
    page: include_str!("mutex.rs"),
    build: |_parameters| Ok(AnySpec::of(Mutex)),
};

/// A mutex that anybody may release.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mutex;

/// Whether somebody holds the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lock {
    /// Nobody does.
    Free,
    /// Somebody does.
    Held,
}

/// What can be asked of a mutex.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MutexCall {
    /// Takes the lock.
    Acquire,
    /// Gives it back.
    Release,
}

impl Spec for Mutex {
    type State = Lock;
    type Call = MutexCall;
    type Reply = Value;

    fn initial(&self) -> Lock {
        Lock::Free
    }

    fn step(
        &self,
        state: &Lock,
        call: &MutexCall,
        _reply: Option<&Value>,
    ) -> impl IntoIterator<Item = Lock> {
        match (call, state) {
            (MutexCall::Acquire, Lock::Free) => Some(Lock::Held),
            (MutexCall::Release, Lock::Held) => Some(Lock::Free),
            _ => None,
        }
    }

    fn reason(&self, state: &Lock, _call: &MutexCall, _reply: Option<&Value>) -> Option<String> {
        let word = match state {
            Lock::Free => "it is free",
            Lock::Held => "it is held",
        };
        Some(word.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        use Lock::{Free, Held};
        use MutexCall::{Acquire, Release};
        let table = [
            (Free, Acquire, Some(Held)),
            (Held, Acquire, None),
            (Held, Release, Some(Free)),
            (Free, Release, None),
        ];
        for (state, call, expected) in table {
            for reply in [None, Some(&Value::Null), Some(&Value::from("locked"))] {
                let after = Mutex.step(&state, &call, reply).into_iter().next();
                assert_eq!(
                    after, expected,
                    "{call:?} answering {reply:?} while {state:?}"
                );
            }
        }
    }

    #[test]
    fn nothing_observes() {
        assert_eq!(Mutex.initial(), Lock::Free);
        assert!(!Mutex.observes(&MutexCall::Acquire, None));
        assert!(!Mutex.observes(&MutexCall::Release, None));
    }
}
