//! A mutex with an owner: only the process that holds it may release it.
//!
//! # Operations
//! - `acquire`: the calling `process` holds the lock from here on. Any
//!   answer. It is not reentrant: who holds it cannot acquire it again.
//! - `release`: the lock is free from here on. Any answer. Only its holder
//!   can.
//!
//! # Parameters
//! None: it starts free.
//!
//! # Unknown outcomes
//! An `acquire` without an answer may make its process the holder at any
//! time after its invocation; if that process never comes back, nobody
//! will ever hold the lock again. A `release` without an answer may free
//! it, or never.
//!
//! # Example
//! Broken: process 1 releases what process 0 holds.
//! (`mutex` keeps this: there anybody may.)
//! ```text
//! {"process": 0, "type": "invoke", "f": "acquire"}
//! {"process": 0, "type": "ok",     "f": "acquire"}
//! {"process": 1, "type": "invoke", "f": "release"}
//! {"process": 1, "type": "ok",     "f": "release"}
//! ```
//!
//! # Which one to use
//! Where one process acquires and another releases (a job handed on):
//! `mutex`. Where holders may outlive their hold (leases): `fenced-lock`.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "owned-mutex",
    page: include_str!("owned_mutex.rs"),
    build: |_parameters| Ok(AnySpec::of(OwnedMutex)),
};

/// A mutex that only its holder may release.
#[derive(Clone, Copy, Debug, Default)]
pub struct OwnedMutex;

/// What can be asked of the mutex, and the process that asks.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnedMutexCall {
    /// Takes the lock.
    Acquire(#[serde(skip)] Value),
    /// Gives it back.
    Release(#[serde(skip)] Value),
}

impl Spec for OwnedMutex {
    /// The holder; `None` while it is free.
    type State = Option<Value>;
    type Call = OwnedMutexCall;
    type Reply = Value;

    fn initial(&self) -> Option<Value> {
        None
    }

    fn step(
        &self,
        holder: &Option<Value>,
        call: &OwnedMutexCall,
        _reply: Option<&Value>,
    ) -> impl IntoIterator<Item = Option<Value>> {
        match (call, holder) {
            (OwnedMutexCall::Acquire(process), None) => Some(Some(process.clone())),
            (OwnedMutexCall::Release(process), Some(holder)) if process == holder => Some(None),
            _ => None,
        }
    }

    fn attribute(&self, call: &mut OwnedMutexCall, process: &Value) {
        let (OwnedMutexCall::Acquire(caller) | OwnedMutexCall::Release(caller)) = call;
        *caller = process.clone();
    }

    fn heap_bytes(&self, holder: &Option<Value>) -> usize {
        holder.as_ref().map_or(0, Value::heap_bytes)
    }

    fn reason(
        &self,
        holder: &Option<Value>,
        _call: &OwnedMutexCall,
        _reply: Option<&Value>,
    ) -> Option<String> {
        Some(match holder {
            Some(holder) => format!("{holder} holds it"),
            None => "it is free".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_holder_releases_it() {
        use OwnedMutexCall::{Acquire, Release};
        let (ann, bob) = (Value::from("ann"), Value::from("bob"));
        let table = [
            (
                None,
                Acquire(ann.clone()),
                Some(None),
                Some(Some(ann.clone())),
            ),
            (None, Acquire(bob.clone()), None, Some(Some(bob.clone()))),
            (Some(ann.clone()), Acquire(bob.clone()), None, None),
            (Some(ann.clone()), Acquire(ann.clone()), None, None),
            (Some(ann.clone()), Release(ann.clone()), None, Some(None)),
            (
                Some(ann.clone()),
                Release(ann.clone()),
                Some(Some(bob.clone())),
                Some(None),
            ),
            (Some(ann), Release(bob.clone()), None, None),
            (None, Release(bob), None, None),
        ];
        for (holder, call, reply, expected) in table {
            let reply = reply.map(Option::unwrap_or_default);
            let after = OwnedMutex
                .step(&holder, &call, reply.as_ref())
                .into_iter()
                .next();
            assert_eq!(after, expected, "{call:?} while {holder:?} holds it");
        }
    }

    #[test]
    fn the_caller_is_told_to_the_operation() {
        for mut call in [
            OwnedMutexCall::Acquire(Value::Null),
            OwnedMutexCall::Release(Value::Null),
        ] {
            OwnedMutex.attribute(&mut call, &Value::from(4));
            let (OwnedMutexCall::Acquire(caller) | OwnedMutexCall::Release(caller)) = call;
            assert_eq!(caller, Value::from(4));
        }
    }
}
