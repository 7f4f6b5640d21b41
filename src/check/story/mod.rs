//! The two stories of one identity: what was asked, answered and done, and what each participant could know of it.
//!
//! An identity is any scalar that the participants share: an order, a cart, a key, an intent. Its events are those that
//! hold it. Knowledge travels in each participant's own order, by messages and by declared causes, and in no other way:
//! that one observer saw the lines in an order tells the participants nothing.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `concern` | which events hold the identity, and which messages carry news of them |
//! | `learn` | what each participant could know from which event on |
//! | `doubt` | what stayed unknown, what settled it, and who repaired it |

mod concern;
mod doubt;
mod learn;
#[cfg(test)]
mod tests;

use crate::history::{EventId, History, OpId, ValueId, View};
use crate::order::{Cycle, Order, Relation, Step};

use super::Subject;
use super::config::Config;
use concern::Concern;

/// What a history tells of one identity.
#[derive(Clone, Debug)]
pub struct Story {
    /// The identity, as it was asked for.
    pub identity: String,
    /// The values that it stands for: a text and a number may be written alike.
    pub values: Vec<ValueId>,
    /// The operations that nobody began on behalf of another one that was still open.
    pub asked: Vec<OpId>,
    /// What was recorded.
    pub recorded: Vec<EventId>,
    /// Its events and the messages that carried news of them, causes before effects.
    pub witnessed: Vec<Witnessed>,
    /// The operations of which the outcome is unknown, the first 100.
    pub doubts: Vec<Doubt>,
}

/// One event of the evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witnessed {
    /// The event.
    pub event: EventId,
    /// What its participant could not know before it, and can know from it on.
    pub learned: Vec<Lesson>,
    /// Operations of which the outcome was unknown and unsettled for the participant when it recorded this.
    pub in_doubt: Vec<OpId>,
}

/// That a participant can know of an event that another one witnessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// What it can know of.
    pub of: EventId,
    /// How the news came, from that event to this one.
    pub how: Vec<Step>,
}

/// An operation of which the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The operation.
    pub operation: OpId,
    /// What settles it, if anything does.
    pub settled: Option<Settled>,
    /// From which event on its caller could know, and how the news came.
    pub known: Option<Lesson>,
    /// Who did what about it, causes before effects.
    pub repairs: Vec<Repair>,
}

/// What settles an operation of unknown outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// A fact shows that it took effect.
    Shown {
        /// The fact.
        fact: EventId,
        /// The fields in which the two agree.
        same: Vec<String>,
        /// Whether the configuration says that they are one effect; else they look alike.
        is_configured: bool,
    },
    /// The owner's record is whole and does not show it.
    NoEffect,
}

/// What somebody did about an operation of unknown outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// Which way it is.
    pub path: RepairPath,
    /// Where it began: an invocation or a fact.
    pub event: EventId,
    /// Fields that the first attempt gave another value: their names, that value and the new one.
    pub differs: Vec<(String, ValueId, ValueId)>,
}

/// The ways in which an unknown outcome is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepairPath {
    /// The same operation again.
    Retry,
    /// Somebody asked what had become of it.
    Query,
    /// It was undone.
    Compensation,
    /// A person, or a job in a person's place, looked at it.
    Review,
    /// What the configuration says resolves it.
    Configured,
}

impl RepairPath {
    /// The word that stands in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Query => "query",
            Self::Compensation => "compensation",
            Self::Review => "review",
            Self::Configured => "configured",
        }
    }
}

/// Everything that the parts of a story are told from.
#[derive(Clone, Copy)]
struct Telling<'s> {
    history: &'s History,
    /// Without real time: that somebody saw the lines tells the participants nothing.
    causal: &'s Order,
    config: Option<&'s Config>,
    concern: &'s Concern,
}

/// Tells the story of an identity; `None` where no event holds it.
///
/// # Complexity
/// O(values + events) to find its events, then for its k events and the m messages and causes of the c chains that they
/// stand in: O(m · c + k²).
///
/// # Errors
/// A cycle in happened-before.
pub fn tell(
    subject: Subject<'_>,
    identity: &str,
    config: Option<&Config>,
) -> Result<Option<Story>, Cycle> {
    let Subject { history, order } = subject;
    let concern = Concern::of(history, identity);
    if concern.events.is_empty() {
        return Ok(None);
    }
    let causal = Order::of(history, Relation::Causal)?;
    let telling = Telling {
        history,
        causal: &causal,
        config,
        concern: &concern,
    };
    let lessons = learn::lessons(telling);
    let mut shown = concern.events.clone();
    shown.extend(concern.carriers(history, &lessons));
    shown.sort_unstable();
    shown.dedup();
    let doubts = doubt::doubts(telling);
    let witnessed = order
        .topological()
        .filter(|event| shown.binary_search(event).is_ok());
    let witnessed = witnessed.map(|event| Witnessed {
        event,
        learned: lessons.get(&event).cloned().unwrap_or_default(),
        in_doubt: doubt::in_doubt(telling, &doubts, event),
    });
    Ok(Some(Story {
        identity: identity.to_owned(),
        values: concern.values.clone(),
        asked: concern.asked(history, &causal),
        recorded: concern.facts(history).collect(),
        witnessed: witnessed.collect(),
        doubts,
    }))
}

/// The identity of the history that is written most like a misspelt one.
#[must_use]
pub fn closest_identity(history: &History, identity: &str) -> Option<String> {
    let values = history.values();
    let mut is_told = vec![false; values.len()];
    let mut tell = |ids: &[ValueId]| ids.iter().for_each(|id| is_told[id.index()] = true);
    for event in history.events() {
        [event.value, event.intent, event.id, event.msg]
            .iter()
            .flatten()
            .for_each(|id| tell(&[*id]));
    }
    for at in 0..values.len() {
        match values.view(ValueId::new(at)) {
            View::Array(elements) => tell(elements),
            // The names of fields are no identities.
            View::Object(pairs) => pairs.chunks_exact(2).for_each(|pair| tell(&pair[1..])),
            _ => {}
        }
    }
    let told = (0..values.len()).filter(|at| is_told[*at]);
    let texts = told.filter_map(|at| values.as_str(ValueId::new(at)));
    crate::history::closest(identity, texts).map(str::to_owned)
}
