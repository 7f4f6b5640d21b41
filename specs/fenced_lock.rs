//! A lock with fencing tokens: each `acquire` answers a greater token than every one before it.
//!
//! # Operations
//! - `acquire`: the lock is held from here on. Answers its token, a whole
//!   number greater than all tokens before.
//! - `release`: the lock is free from here on. Any answer. Anybody may
//!   release it.
//!
//! The token is what makes a lock safe across machines: a holder that was
//! paused while its lease ran out still believes that it holds the lock,
//! and the store it writes to can tell by the smaller token.
//!
//! # Parameters
//! - `initial`: a token given before the history begins; all others are
//!   greater (default: none).
//!
//! # Unknown outcomes
//! An `acquire` without an answer may hold the lock from any time after
//! its invocation on. If it does, it has used up a token that nobody saw:
//! after 33 and such an `acquire` the next token is 35 or more. A
//! `release` without an answer may free the lock, or never.
//!
//! # Example
//! Broken: a later holder has an older token. (`mutex` keeps this.)
//! ```text
//! {"process": 0, "type": "invoke", "f": "acquire"}
//! {"process": 0, "type": "ok",     "f": "acquire", "value": 34}
//! {"process": 0, "type": "invoke", "f": "release"}
//! {"process": 0, "type": "ok",     "f": "release"}
//! {"process": 1, "type": "invoke", "f": "acquire"}
//! {"process": 1, "type": "ok",     "f": "acquire", "value": 33}
//! ```
//!
//! # Which one to use
//! Without tokens: `mutex`, or `owned-mutex` where only the holder may
//! release it.
//!
//! # Source
//! Martin Kleppmann, "How to do distributed locking", 2016.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: SpecEntry = SpecEntry {
    name: "fenced-lock",
    page: include_str!("fenced_lock.rs"),
    build: |parameters| {
        Ok(AnySpec::of(FencedLock {
            initial: parameters.integer("initial")?,
        }))
    },
};

/// A lock whose tokens grow.
#[derive(Clone, Copy, Debug, Default)]
pub struct FencedLock {
    /// A token given before the first operation.
    pub initial: Option<i64>,
}

/// A lock, and the tokens it has given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FencedLockState {
    /// Whether somebody holds it.
    pub is_held: bool,
    /// The greatest token given so far, or the least that it can have been where nobody saw it.
    pub greatest: Option<i64>,
}

/// What can be asked of the lock.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FencedLockCall {
    /// Takes the lock and answers a token.
    Acquire,
    /// Gives it back.
    Release,
}

/// What the lock may answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FencedLockReply {
    /// The token.
    Acquire(i64),
    /// It is free.
    Release,
}

impl Spec for FencedLock {
    type State = FencedLockState;
    type Call = FencedLockCall;
    type Reply = FencedLockReply;

    fn initial(&self) -> FencedLockState {
        FencedLockState {
            is_held: false,
            greatest: self.initial,
        }
    }

    fn step(
        &self,
        state: &FencedLockState,
        call: &FencedLockCall,
        reply: Option<&FencedLockReply>,
    ) -> impl IntoIterator<Item = FencedLockState> {
        let FencedLockState { is_held, greatest } = *state;
        match (call, is_held) {
            (FencedLockCall::Acquire, false) => {
                let token = next_token(greatest, reply);
                token.map(|token| FencedLockState {
                    is_held: true,
                    greatest: Some(token),
                })
            }
            (FencedLockCall::Release, true) => Some(FencedLockState {
                is_held: false,
                greatest,
            }),
            _ => None,
        }
    }

    fn reason(
        &self,
        state: &FencedLockState,
        call: &FencedLockCall,
        _reply: Option<&FencedLockReply>,
    ) -> Option<String> {
        Some(match (call, state.is_held, state.greatest) {
            (FencedLockCall::Acquire, false, Some(greatest)) => {
                format!("{greatest} was given before")
            }
            (_, true, _) => "it is held".to_owned(),
            (_, false, _) => "it is free".to_owned(),
        })
    }
}

/// The token that was answered, where it may be; where nobody saw it, the least that it can be: whatever
/// may follow a greater one may follow that one too.
fn next_token(greatest: Option<i64>, reply: Option<&FencedLockReply>) -> Option<i64> {
    match (greatest, reply) {
        (Some(greatest), Some(FencedLockReply::Acquire(token))) => {
            (*token > greatest).then_some(*token)
        }
        (None, Some(FencedLockReply::Acquire(token))) => Some(*token),
        (Some(greatest), _) => greatest.checked_add(1),
        (None, _) => Some(i64::MIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn free(greatest: Option<i64>) -> FencedLockState {
        FencedLockState {
            is_held: false,
            greatest,
        }
    }

    const fn held(greatest: i64) -> FencedLockState {
        FencedLockState {
            is_held: true,
            greatest: Some(greatest),
        }
    }

    #[test]
    fn tokens_grow() {
        use FencedLockCall::{Acquire, Release};
        let token = |token| Some(FencedLockReply::Acquire(token));
        let table = [
            (free(None), Acquire, token(-5), Some(held(-5))),
            (free(None), Acquire, token(33), Some(held(33))),
            (free(Some(33)), Acquire, token(34), Some(held(34))),
            (free(Some(33)), Acquire, token(90), Some(held(90))),
            (free(Some(33)), Acquire, token(33), None),
            (free(Some(33)), Acquire, token(32), None),
            (held(33), Acquire, token(34), None),
            (held(33), Acquire, None, None),
            (
                held(33),
                Release,
                Some(FencedLockReply::Release),
                Some(free(Some(33))),
            ),
            (held(33), Release, None, Some(free(Some(33)))),
            (free(Some(33)), Release, None, None),
            // Nobody saw the token.
            (free(None), Acquire, None, Some(held(i64::MIN))),
            (free(Some(33)), Acquire, None, Some(held(34))),
            (free(Some(i64::MAX)), Acquire, None, None),
        ];
        for (state, call, reply, expected) in table {
            let lock = FencedLock::default();
            let after = lock.step(&state, &call, reply.as_ref()).into_iter().next();
            assert_eq!(after, expected, "{call:?} answering {reply:?} in {state:?}");
        }
    }

    #[test]
    fn the_unseen_token_lies_between_its_neighbours() {
        let lock = FencedLock { initial: Some(33) };
        let step = |state, call, reply: Option<i64>| {
            let reply = reply.map(FencedLockReply::Acquire);
            lock.step(&state, &call, reply.as_ref()).into_iter().next()
        };
        let unseen = step(lock.initial(), FencedLockCall::Acquire, None).unwrap();
        let freed = step(unseen, FencedLockCall::Release, None).unwrap();
        assert_eq!(step(freed, FencedLockCall::Acquire, Some(34)), None);
        assert_eq!(
            step(freed, FencedLockCall::Acquire, Some(35)),
            Some(held(35))
        );
    }
}
