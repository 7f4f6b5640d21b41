//! What stayed unknown, what settled it, and who did what about it.
//!
//! Where the configuration says which facts settle an operation (`[effect.NAME]`), they do. Else a fact that agrees with
//! the operation in every field that both have, and in one that is not the identity itself, looks like its effect: the
//! story says so and does not claim it. Nothing of this is a verdict.

use crate::check::config::EffectEntry;
use crate::history::{Event, EventId, EventKind, History, OpId, Outcome, ValueId, View};

use super::{Doubt, Lesson, Repair, RepairPath, Settled, Telling};

/// So many operations of unknown outcome are followed, the first ones: each is compared with all events.
const DOUBTS_MAX: usize = 100;

/// Parts of names that undo something, where no configuration says which names do.
const UNDOING: [&str; 9] = [
    "refund",
    "cancel",
    "release",
    "void",
    "reverse",
    "compensate",
    "undo",
    "rollback",
    "revert",
];
/// Parts of names of a review.
const REVIEWING: [&str; 3] = ["review", "escalate", "reconcile"];

/// The operations of unknown outcome, in the order of their invocations.
pub(super) fn doubts(telling: Telling<'_>) -> Vec<Doubt> {
    let Telling {
        history, concern, ..
    } = telling;
    let operations = concern.operations(history);
    let unknown = operations.filter(|op| history.operation(*op).outcome == Outcome::Unknown);
    unknown
        .take(DOUBTS_MAX)
        .map(|operation| {
            let settled = settled(telling, operation);
            let known = known(telling, operation, settled.as_ref());
            let repairs = repairs(telling, operation, settled.as_ref());
            Doubt {
                operation,
                settled,
                known,
                repairs,
            }
        })
        .collect()
}

/// The operations that were in doubt for the participant when it recorded this fact.
pub(super) fn in_doubt(telling: Telling<'_>, doubts: &[Doubt], event: EventId) -> Vec<OpId> {
    let Telling {
        history,
        causal,
        concern,
        ..
    } = telling;
    let is_fact = history.event(event).kind == EventKind::Fact;
    if !is_fact || concern.events.binary_search(&event).is_err() {
        return Vec::new();
    }
    let is_open = |doubt: &&Doubt| {
        let operation = history.operation(doubt.operation);
        let given_up = operation.completion.unwrap_or(operation.invoke);
        let is_settled = match &doubt.settled {
            Some(Settled::Shown { fact, .. }) => *fact == event || causal.before(*fact, event),
            Some(Settled::NoEffect) => true,
            None => false,
        };
        causal.before(given_up, event) && !is_settled && !is_repair(telling, doubt, event)
    };
    let open = doubts.iter().filter(is_open);
    open.map(|doubt| doubt.operation).collect()
}

/// Whether the fact is what was done about the doubt, or comes after the answer of a retry.
fn is_repair(telling: Telling<'_>, doubt: &Doubt, event: EventId) -> bool {
    doubt.repairs.iter().any(|repair| {
        let op = telling.history.event(repair.event).op;
        let operation = op.map(|op| telling.history.operation(op));
        let answered = operation.filter(|operation| operation.outcome == Outcome::Ok);
        let answer = answered.and_then(|operation| operation.completion);
        let is_answered = answer.is_some_and(|answer| telling.causal.before(answer, event));
        repair.event == event || is_answered
    })
}

fn settled(telling: Telling<'_>, op: OpId) -> Option<Settled> {
    let Telling {
        history,
        causal,
        config,
        concern,
    } = telling;
    let invoke = history.operation(op).invoke;
    let attempt = history.event(invoke);
    let name = attempt.f.map(|name| history.name(name)).unwrap_or_default();
    let entries = config.map_or(&[][..], |config| &config.effects);
    let mut own = entries
        .iter()
        .filter(|entry| entry.operations.iter().any(|known| known == name))
        .filter(|entry| !entry.facts.is_empty())
        .peekable();
    if own.peek().is_none() {
        let facts = concern
            .facts(history)
            .filter(|fact| !causal.before(*fact, invoke));
        let mut alike = facts.filter_map(|fact| {
            let same = agreeing(telling, attempt, history.event(fact))?;
            Some((fact, same))
        });
        return alike.next().map(|(fact, same)| Settled::Shown {
            fact,
            same,
            is_configured: false,
        });
    }
    for entry in own {
        let shows = |fact: &EventId| is_shown_by(history, attempt, history.event(*fact), entry);
        if let Some(fact) = concern.facts(history).find(shows) {
            return Some(Settled::Shown {
                fact,
                same: entry.same.clone(),
                is_configured: true,
            });
        }
        if entry.is_complete {
            return Some(Settled::NoEffect);
        }
    }
    None
}

/// Whether the configuration says that this fact shows the effect of this attempt.
fn is_shown_by(history: &History, attempt: &Event, fact: &Event, entry: &EffectEntry) -> bool {
    let name = fact.f.map(|name| history.name(name)).unwrap_or_default();
    let owner = entry.owner.as_ref();
    let is_owners = owner
        .is_none_or(|owner| history.values().find(owner) == Some(history.process(fact.process)));
    let at = |event: &Event, path: &str| match path {
        "intent" => event.intent,
        "process" => Some(history.process(event.process)),
        path => history.values().at_path(event.value?, path),
    };
    let is_same = |path: &String| {
        let given = at(attempt, path);
        given.is_some() && given == at(fact, path)
    };
    entry.facts.iter().any(|known| known == name) && is_owners && entry.same.iter().all(is_same)
}

/// The fields in which a fact agrees with an attempt; `None` where they do not look like one effect.
fn agreeing(telling: Telling<'_>, attempt: &Event, fact: &Event) -> Option<Vec<String>> {
    let history = telling.history;
    if attempt.intent.is_some() && fact.intent.is_some() && attempt.intent != fact.intent {
        return None;
    }
    let shared = shared(history, attempt.value?, fact.value?);
    if shared.is_empty() || shared.iter().any(|(_, one, other)| one != other) {
        return None;
    }
    let is_telling =
        |(_, value, _): &(String, ValueId, ValueId)| !telling.concern.values.contains(value);
    let looks_alike = attempt.f == fact.f || shared.iter().any(is_telling);
    looks_alike.then(|| shared.into_iter().map(|(name, ..)| name).collect())
}

/// The fields that two objects have in common, with both values.
fn shared(history: &History, one: ValueId, other: ValueId) -> Vec<(String, ValueId, ValueId)> {
    let values = history.values();
    let View::Object(pairs) = values.view(one) else {
        return Vec::new();
    };
    let pairs = pairs.chunks_exact(2).filter_map(|pair| {
        let name = values.as_str(pair[0])?;
        Some((name.to_owned(), pair[1], values.get(other, name)?))
    });
    pairs.collect()
}

/// From which event on the caller can know what settles its operation.
fn known(telling: Telling<'_>, op: OpId, settled: Option<&Settled>) -> Option<Lesson> {
    let Telling {
        history, causal, ..
    } = telling;
    let Some(Settled::Shown { fact, .. }) = settled else {
        return None;
    };
    let caller = history.event(history.operation(op).invoke).process;
    if history.event(*fact).process == caller {
        return Some(Lesson {
            of: *fact,
            how: Vec::new(),
        });
    }
    let own: Vec<EventId> = history
        .event_ids()
        .filter(|event| history.event(*event).process == caller)
        .collect();
    // Once a participant can know, it can know ever after.
    let first = own.partition_point(|event| !causal.before(*fact, *event));
    own.get(first).map(|event| Lesson {
        of: *fact,
        how: causal.why(*fact, *event).unwrap_or_default(),
    })
}

fn repairs(telling: Telling<'_>, op: OpId, settled: Option<&Settled>) -> Vec<Repair> {
    let Telling {
        history,
        causal,
        concern,
        ..
    } = telling;
    let operation = history.operation(op);
    let attempt = history.event(operation.invoke);
    let given_up = operation.completion.unwrap_or(operation.invoke);
    let begins = concern.events.iter().copied().filter(|event| {
        let kind = history.event(*event).kind;
        let is_later = causal.before(given_up, *event) || causal.before(operation.invoke, *event);
        matches!(kind, EventKind::Invoke | EventKind::Fact) && is_later
    });
    let repairs = begins.filter_map(|event| {
        let later = history.event(event);
        let path = match later.kind {
            EventKind::Invoke if is_retry(attempt, later) => RepairPath::Retry,
            _ => named(telling, later).or_else(|| query(telling, settled, given_up, event))?,
        };
        let values = attempt.value.zip(later.value);
        let shared = values.map(|(one, other)| shared(history, one, other));
        let mut differs = shared.unwrap_or_default();
        differs.retain(|(_, one, other)| one != other && path == RepairPath::Retry);
        Some(Repair {
            path,
            event,
            differs,
        })
    });
    repairs.collect()
}

/// Whether it is the same operation again: of one intent, where both say so.
fn is_retry(attempt: &Event, later: &Event) -> bool {
    let is_same_intent = match (attempt.intent, later.intent) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    attempt.f == later.f && is_same_intent
}

/// Whether the name says that it resolves or undoes something: the configuration's names first.
fn named(telling: Telling<'_>, event: &Event) -> Option<RepairPath> {
    let name = telling.history.name(event.f?);
    let promises = telling.config.map_or(&[][..], |config| &config.promises);
    let mut known = promises.iter().flat_map(|promise| &promise.repairs);
    if known.any(|known| known == name) {
        return Some(RepairPath::Configured);
    }
    let mut parts = name.split(|c: char| !c.is_alphanumeric());
    let of = |words: &[&str], part: &str| {
        // "cancelled", "refunded": what was done is named as what is done.
        words
            .iter()
            .any(|word| part.to_lowercase().starts_with(word))
    };
    parts.find_map(|part| match part {
        part if of(&UNDOING, part) => Some(RepairPath::Compensation),
        part if of(&REVIEWING, part) => Some(RepairPath::Review),
        _ => None,
    })
}

/// Whether it is a question after the giving up, whose answer brought the news of what settles the operation.
fn query(
    telling: Telling<'_>,
    settled: Option<&Settled>,
    given_up: EventId,
    event: EventId,
) -> Option<RepairPath> {
    let Telling {
        history, causal, ..
    } = telling;
    let Some(Settled::Shown { fact, .. }) = settled else {
        return None;
    };
    let operation = history.operation(history.event(event).op?);
    let answer = operation.completion?;
    let brings_news = causal.before(*fact, answer) && !causal.before(*fact, event);
    let is_query = operation.outcome == Outcome::Ok && causal.before(given_up, event);
    (is_query && brings_news).then_some(RepairPath::Query)
}
