//! `mutex`, `owned-mutex`, `fenced-lock` and `semaphore`: permits that are taken and given back.

use crate::history::Value;

use super::draw::Draw;
use super::object::{Client, Effect, Object, Scene, Unseen, Wrong};

/// What an `acquire` says and is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Plain,
    /// How many permits it takes.
    Counted,
    /// It is answered a token that is greater than this one.
    Fenced(i64),
}

/// Whether an unseen `acquire` may take effect, and an unseen `release` may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surprises {
    Allowed,
    /// Permits are then lost for ever where only their holder may give them back, and a wrong answer is
    /// not certainly wrong where they may be free or taken unseen.
    None,
}

/// Permits, and who holds them.
#[derive(Debug)]
pub(super) struct Lock {
    pub(super) kind: Kind,
    pub(super) surprises: Surprises,
    pub(super) permits: i64,
    pub(super) holders: Vec<(Client, i64)>,
}

#[derive(Clone, Debug)]
pub(super) enum Call {
    Acquire(Kind, i64),
    Release(Kind, i64),
}

impl Lock {
    /// Permits of one `acquire`, unless it is to be wrong.
    const ACQUIRED_MAX: i64 = 3;

    fn held_by(&self, client: Client) -> Option<usize> {
        self.holders
            .iter()
            .position(|(holder, _)| *holder == client)
    }

    fn out(&self) -> i64 {
        self.holders.iter().map(|(_, permits)| permits).sum()
    }
}

impl Object for Lock {
    type Call = Call;

    fn propose(&self, client: Client, draw: &mut Draw) -> Call {
        if let Some(at) = self.held_by(client) {
            return Call::Release(self.kind, self.holders[at].1);
        }
        let most = self.permits.min(Self::ACQUIRED_MAX).unsigned_abs();
        Call::Acquire(self.kind, draw.below(most) as i64 + 1)
    }

    fn words(call: &Call) -> (&'static str, Option<Value>) {
        let (name, kind, permits) = match call {
            Call::Acquire(kind, permits) => ("acquire", kind, permits),
            Call::Release(kind, permits) => ("release", kind, permits),
        };
        let input = match kind {
            Kind::Counted => Value::Int(*permits),
            Kind::Plain | Kind::Fenced(_) => Value::Null,
        };
        (name, Some(input))
    }

    fn take_effect(&mut self, client: Client, call: &Call) -> Effect {
        match call {
            Call::Acquire(_, permits) if self.out() + permits > self.permits => Effect::Blocked,
            Call::Acquire(_, permits) => {
                self.holders.push((client, *permits));
                match &mut self.kind {
                    Kind::Fenced(token) => {
                        *token += 1;
                        Effect::Answer(Value::Int(*token))
                    }
                    Kind::Plain | Kind::Counted => Effect::Done,
                }
            }
            Call::Release(..) => match self.held_by(client) {
                Some(at) => {
                    self.holders.swap_remove(at);
                    Effect::Done
                }
                None => Effect::Refused,
            },
        }
    }

    fn unseen(&self, call: &Call, draw: &mut Draw) -> Unseen {
        let takes_effect = match self.surprises {
            Surprises::Allowed => draw.chance(1, 2),
            Surprises::None => matches!(call, Call::Release(..)),
        };
        // Not later: its client must know whether it holds permits.
        match takes_effect {
            true => Unseen::Now,
            false => Unseen::Never,
        }
    }

    fn is_held_by(&self, client: Client) -> bool {
        self.held_by(client).is_some()
    }

    /// All permits are taken while some are held, by a client that is between two operations.
    fn scene(&self, client: Client, _draw: &mut Draw) -> Option<Scene<Call>> {
        debug_assert!(self.surprises == Surprises::None, "the count is certain");
        let kind = self.kind;
        let all = Call::Acquire(kind, self.permits);
        let (calls, wrong_at, next_token) = match self.held_by(client) {
            Some(at) => {
                let release = Call::Release(kind, self.holders[at].1);
                (vec![all, release], 0, 1)
            }
            None if self.holders.is_empty() => (vec![Call::Acquire(kind, 1), all], 1, 2),
            None => return None,
        };
        let wrong = match kind {
            Kind::Plain | Kind::Counted => Wrong::Done,
            Kind::Fenced(token) => Wrong::Value(Value::Int(token + next_token)),
        };
        Some(Scene {
            calls,
            wrong_at,
            wrong,
        })
    }
}
