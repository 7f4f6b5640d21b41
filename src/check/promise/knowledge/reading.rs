//! Facts and operations of any outcome, sorted by the scope that they concern.

use crate::check::Objection;
use crate::history::{EventId, EventKind, EventsNamed, Outcome};

use super::evidence::{Certainty, Seen};
use super::{Effect, Knowledge, Misfit, Role, Scope, Source, canonical};
use crate::check::promise::join::Joining;
use crate::check::promise::table::{Finding, Table};

impl Effect<'_> {
    /// What is known of the operation; `None`: it is a fact.
    ///
    /// A world promise is shown no operation that failed; a knowledge promise is shown all.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        match self.source {
            Source::Fact(_) | Source::Settled(..) => None,
            Source::Operation(op) | Source::Unknown(op) => Some(self.history.operation(op).outcome),
        }
    }

    /// Whether it is an operation that certainly took no effect.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.outcome() == Some(Outcome::Failed)
    }
}

/// One scope with all that is shown of it, in the order of the lines.
#[derive(Debug)]
pub(super) struct ScopeSeen<'r, F> {
    pub(super) scope: &'r Scope,
    pub(super) seen: &'r [Seen<F>],
}

/// What does not say which scope it concerns, and the path at which it should.
#[derive(Debug)]
pub(super) struct Unplaced<F> {
    pub(super) seen: Seen<F>,
    pub(super) absent: String,
}

/// Everything that a promise reads in a history.
#[derive(Debug)]
pub(super) struct Reading<F> {
    table: Table<Seen<F>>,
    /// The scopes with a claim, in the order in which they first appear.
    pub(super) judged: Vec<u32>,
    pub(super) unplaced: Vec<Unplaced<F>>,
}

impl<F> Reading<F> {
    pub(super) fn scope(&self, scope: u32) -> ScopeSeen<'_, F> {
        let (scope, seen) = self.table.scope(scope);
        ScopeSeen { scope, seen }
    }
}

/// Reads a history.
///
/// # Errors
/// Where a value is of the wrong form.
pub(super) fn read<K: Knowledge>(
    promise: &K,
    joining: &Joining<'_>,
) -> Result<Reading<K::Fact>, Vec<Objection>> {
    let history = joining.history();
    let events = history.events_named(&joining.read_names(promise.names().as_deref()));
    let mut finding = Finding::of_about(events.len());
    let mut unplaced = Vec::new();
    let mut objections = Vec::new();
    for (id, effect) in effects(joining, events) {
        let Some(role) = promise.role(&effect) else {
            continue;
        };
        let seen = promise.fact(&effect).map(|fact| seen(&effect, role, fact));
        match (seen, promise.scope(&effect)) {
            (Ok(seen), Ok(scope)) => {
                finding.add(canonical(history, scope), seen);
            }
            (
                Ok(seen),
                Err(Misfit {
                    absent: Some(absent),
                    ..
                }),
            ) => {
                unplaced.push(Unplaced { seen, absent });
            }
            (Err(misfit), _) | (_, Err(misfit)) => objections.push(Objection {
                event: id,
                says: misfit.says,
                expected: format!("a value as the promise reads `{}`", effect.name),
            }),
        }
    }
    if !objections.is_empty() {
        return Err(objections);
    }
    let table = finding.finish();
    Ok(Reading {
        judged: table.those(|seen| seen.role == Role::Claim),
        table,
        unplaced,
    })
}

/// Facts, and operations where they begin, by their own names and by those that the configuration gives them.
///
/// What settles an attempt is a fact of its own, and so is not looked up here: it supports what came after it.
fn effects<'h>(
    joining: &'h Joining<'h>,
    events: EventsNamed<'h>,
) -> impl Iterator<Item = (EventId, Effect<'h>)> {
    let history = joining.history();
    events.flat_map(move |id| {
        let event = history.event(id);
        let source = match (event.kind, event.op) {
            (EventKind::Fact, _) => Some(Source::Fact(id)),
            (EventKind::Invoke, Some(op)) => Some(Source::Operation(op)),
            _ => None,
        };
        let named = source.zip(event.f).into_iter();
        named.flat_map(move |(source, f)| {
            let own = (!joining.is_renamed(f)).then(|| history.name(f));
            let names = own.into_iter().chain(joining.aliases(f, event.kind));
            names.map(move |name| {
                (
                    id,
                    Effect {
                        history,
                        name,
                        source,
                        times: joining.times(),
                    },
                )
            })
        })
    })
}

fn seen<F>(effect: &Effect<'_>, role: Role, fact: F) -> Seen<F> {
    let end = match effect.source {
        Source::Fact(_) | Source::Settled(..) => None,
        Source::Operation(op) | Source::Unknown(op) => effect.history.operation(op).completion,
    };
    let certainty = match effect.outcome() {
        None => Certainty::Recorded,
        Some(Outcome::Ok) => Certainty::Answered,
        Some(Outcome::Unknown) => Certainty::Unknown,
        Some(Outcome::Failed) => Certainty::Failed,
    };
    Seen {
        role,
        fact,
        certainty,
        begin: effect.first_event(),
        end,
    }
}
