//! One operation of a history, as a specification reads it.

use crate::check::Objection;
use crate::check::promise::Settled;
use crate::check::worlds::Item;
use crate::history::{
    EventId, EventKind, History, NameId, OpId, Operation, Outcome, Value, ValueId, View,
};

use super::hint::Facts;
use super::reading::Words;
use super::{Act, Spec};

/// When an operation took effect and what it was answered; `None` where it says nothing.
pub(super) type Placed<R> = Option<(Item, Option<R>)>;

/// One operation of a history, about to be read.
#[derive(Clone, Copy)]
pub(super) struct Source<'h> {
    pub(super) history: &'h History,
    pub(super) op: OpId,
    pub(super) operation: &'h Operation,
    pub(super) name: NameId,
    /// Who called it.
    pub(super) process: &'h Value,
    pub(super) by_key: bool,
    pub(super) facts: &'h Facts,
}

impl<'h> Source<'h> {
    /// The key, where each key is an object of its own, and the value that the specification reads.
    fn content(self, event: EventId) -> Result<(Option<ValueId>, Option<ValueId>), Objection> {
        let value = self.history.event(event).value;
        if !self.by_key {
            return Ok((None, value));
        }
        let view = value.map(|value| self.history.values().view(value));
        match view {
            Some(View::Array(&[key])) => Ok((Some(key), None)),
            Some(View::Array(&[key, value])) => Ok((Some(key), Some(value))),
            None | Some(View::Null) if event != self.operation.invoke => Ok((None, None)),
            _ => Err(Objection {
                event,
                says: format!("`{}` does not say its key", self.name()),
                expected: "a value of the form [key, value], because of --by-key".to_owned(),
            }),
        }
    }

    fn name(self) -> &'h str {
        self.history.name(self.name)
    }

    fn misread(self, event: EventId, error: &impl std::fmt::Display, what: &str) -> Objection {
        Objection {
            event,
            says: format!("{error}"),
            expected: format!("{what} of `{}`", self.name()),
        }
    }
}

/// An operation that a specification has read.
pub(super) struct Asked<S: Spec> {
    pub(super) op: OpId,
    pub(super) key: Option<ValueId>,
    pub(super) item: Item,
    pub(super) words: Words<S>,
    /// It changes the state in no placement: leaving it out never makes a right history wrong.
    pub(super) observes: bool,
    /// The same whatever it answered.
    pub(super) always_observes: bool,
}

impl<S: Spec> Asked<S> {
    /// Reads an operation; `None` where it says nothing.
    ///
    /// # Errors
    /// Where its input or answer is of the wrong form.
    pub(super) fn of(spec: &S, source: Source<'_>) -> Result<Option<Self>, Objection> {
        let (key, call) = call(spec, source)?;
        let Some((item, reply)) = outcome(spec, source, &call, key)? else {
            return Ok(None);
        };
        let observes = spec.observes(&call, reply.as_ref());
        let always_observes = spec.observes(&call, None);
        let tells = |reply| spec.tells(&call, reply);
        if observes && !(item.is_certain && reply.as_ref().is_some_and(tells)) {
            // Nobody saw an answer and nothing changes: it is in no world's way.
            return Ok(None);
        }
        Ok(Some(Self {
            op: source.op,
            key,
            item,
            words: Words { call, reply },
            observes,
            always_observes,
        }))
    }
}

/// The key of an operation, where there are keys, and what it asks.
pub(super) fn call<S: Spec>(
    spec: &S,
    source: Source<'_>,
) -> Result<(Option<ValueId>, S::Call), Objection> {
    let Source {
        history, operation, ..
    } = source;
    let values = history.values();
    let (key, input) = source.content(operation.invoke)?;
    let mut call: S::Call = values
        .decode_named(source.name(), input)
        .map_err(|error| source.misread(operation.invoke, &error, "the input"))?;
    spec.attribute(&mut call, source.process);
    Ok((key, call))
}

/// When the operation took effect and what it was answered; `None` where it took no effect and that
/// is no evidence of anything.
pub(super) fn outcome<S: Spec>(
    spec: &S,
    source: Source<'_>,
    call: &S::Call,
    key: Option<ValueId>,
) -> Result<Placed<S::Reply>, Objection> {
    let Source {
        history, operation, ..
    } = source;
    let lo = operation.invoke;
    let between = |end| Item {
        lo,
        hi: Some(end),
        is_certain: true,
    };
    match (operation.outcome, operation.completion) {
        (Outcome::Ok, Some(end)) => {
            let (answered_key, answer) = source.content(end)?;
            if answered_key.is_some() && answered_key != key {
                let says = "another key than its invocation's";
                return Err(source.misread(end, &says, "the answer"));
            }
            let reply = history
                .values()
                .decode_named(source.name(), answer)
                .map_err(|error| source.misread(end, &error, "the answer"))?;
            Ok(Some((between(end), Some(reply))))
        }
        (Outcome::Failed, Some(end)) => {
            let refusal = spec.refusal(call, history.gives_error(end));
            Ok(refusal.map(|reply| (between(end), Some(reply))))
        }
        _ => Ok(unknown(spec, source, call).map(|item| (item, None))),
    }
}

/// When an operation of unknown outcome took effect, as far as facts of an owner show it; `None` where they show that it
/// did not.
fn unknown<S: Spec>(spec: &S, source: Source<'_>, call: &S::Call) -> Option<Item> {
    let is_blind = !matches!(spec.act(call, None), Some(Act::Swap(..) | Act::Take(None)));
    let (hi, is_certain) = match source.facts.of_unknown(source.op) {
        Some(Settled::HadNoEffect) => return None,
        Some(Settled::TookEffect(fact)) if is_blind => (Some(fact), true),
        _ => (None, false),
    };
    Some(Item {
        lo: source.operation.invoke,
        hi,
        is_certain,
    })
}

impl History {
    /// Whether the completion says why: Jepsen's field `error`.
    fn gives_error(&self, completion: EventId) -> bool {
        debug_assert!(self.event(completion).kind == EventKind::Fail);
        self.extras(completion)
            .iter()
            .any(|(name, value)| name == "error" && value != "null")
    }
}
