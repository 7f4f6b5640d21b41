//! What the simulated clients talk to: an object that gives right answers, and knows a wrong one.

use crate::history::Value;

use super::draw::Draw;

/// A client, by its number.
pub(super) type Client = u32;

/// A sequential object: each call takes effect in one moment.
pub(super) trait Object {
    /// An operation with its input.
    type Call: Clone;

    /// What a client asks next.
    fn propose(&self, client: Client, draw: &mut Draw) -> Self::Call;

    /// The operation's name and its input; no input at all where the key is all there is to say.
    fn words(call: &Self::Call) -> (&'static str, Option<Value>);

    /// Does what was asked, where that is possible now.
    fn take_effect(&mut self, client: Client, call: &Self::Call) -> Effect;

    /// The operations that end in an answer which is provably wrong. `None`: not possible at this moment.
    ///
    /// They follow each other without a line of anybody else between them.
    fn scene(&self, client: Client, draw: &mut Draw) -> Option<Scene<Self::Call>>;

    /// When an operation takes effect whose outcome nobody will know.
    fn unseen(&self, _call: &Self::Call, draw: &mut Draw) -> Unseen {
        match draw.below(4) {
            0 | 1 => Unseen::Never,
            2 => Unseen::Now,
            _ => Unseen::Later,
        }
    }

    /// Whether the client holds something that it must give back before it turns to another object.
    fn is_held_by(&self, _client: Client) -> bool {
        false
    }

    /// The operation was invoked.
    fn begin(&mut self, _call: &Self::Call) {}

    /// The operation was answered `ok`.
    fn end(&mut self, _call: &Self::Call) {}
}

/// What an operation met with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It took effect and is answered so.
    Answer(Value),
    /// It took effect; the answer repeats the input.
    Done,
    /// It took no effect and is answered `fail`.
    Refused,
    /// It can take no effect yet.
    Blocked,
}

/// When an unseen operation takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unseen {
    Never,
    Now,
    /// Perhaps long after its client stopped waiting.
    Later,
}

/// Operations of one client, one of which is answered wrongly.
#[derive(Clone, Debug)]
pub(super) struct Scene<C> {
    pub(super) calls: Vec<C>,
    pub(super) wrong_at: usize,
    pub(super) wrong: Wrong,
}

/// The wrong answer.
#[derive(Clone, Debug)]
pub(super) enum Wrong {
    Value(Value),
    /// What the operation at this position of the scene was answered.
    AnswerOf(usize),
    /// That it took effect, which it cannot have.
    Done,
}

impl<C> Scene<C> {
    /// As many operations as a scene may have.
    pub(super) const CALLS_MAX: u64 = 3;

    /// The last one is answered wrongly.
    pub(super) fn ending(calls: impl Into<Vec<C>>, wrong: Wrong) -> Self {
        let calls = calls.into();
        Self {
            wrong_at: calls.len() - 1,
            calls,
            wrong,
        }
    }
}
