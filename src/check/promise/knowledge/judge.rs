//! One judgement of all scopes.

use std::sync::OnceLock;

use rayon::prelude::*;

use crate::check::Subject;
use crate::history::{EventId, History, Verdict};
use crate::order::Order;
use crate::verdict::{Because, Judgement, Missing};

use super::certify::Walk;
use super::evidence::{Evidence, Ruling};
use super::gaps::Gaps;
use super::reading::{Reading, Unplaced};
use super::{Knowledge, Role};

/// What all scopes of a history stand on.
#[derive(Debug)]
pub(in crate::check::promise) struct Ground<'g> {
    pub(super) history: &'g History,
    pub(super) order: &'g Order,
    gaps: OnceLock<Gaps>,
    walk: OnceLock<Walk>,
}

impl Ground<'_> {
    pub(super) fn gaps(&self) -> &Gaps {
        let gaps = &self.gaps;
        gaps.get_or_init(|| Gaps::of(self.history, self.order))
    }

    pub(super) fn walk(&self) -> &Walk {
        self.walk.get_or_init(|| Walk::over(self.history))
    }

    pub(super) fn quoted(&self, event: EventId) -> String {
        let name = self.history.event(event).f;
        let name = name.map(|name| self.history.name(name)).unwrap_or_default();
        format!("`{name}`")
    }

    pub(super) fn participant(&self, event: EventId) -> String {
        let process = self.history.event(event).process;
        self.history.process_name(process)
    }

    pub(super) fn lines(&self, events: &[EventId]) -> String {
        let line = |event: &EventId| self.history.event(*event).place.line.to_string();
        let lines: Vec<String> = events.iter().map(line).collect();
        match lines.as_slice() {
            [line] => format!("line {line}"),
            lines => format!("lines {}", lines.join(" and ")),
        }
    }
}

pub(super) fn judge<K: Knowledge>(
    promise: &K,
    subject: Subject<'_>,
    reading: &Reading<K::Fact>,
) -> Judgement {
    let ground = Ground {
        history: subject.history,
        order: subject.order,
        gaps: OnceLock::new(),
        walk: OnceLock::new(),
    };
    let rulings = reading.judged.par_iter().map(|scope| {
        promise.judge(&Evidence {
            ground: &ground,
            scope: reading.scope(*scope),
            unplaced: &reading.unplaced,
        })
    });
    // Most scopes are kept, and of those there is nothing to remember.
    let others: Vec<Ruling> = rulings.filter(|ruling| *ruling != Ruling::Kept).collect();
    let mut judgement = Judgement::of_nothing();
    judgement.scopes.kept = reading.judged.len() - others.len();
    for ruling in others {
        match ruling {
            Ruling::Kept => judgement.scopes.add(Verdict::Kept),
            Ruling::Broken(violation) => {
                judgement.scopes.add(Verdict::Broken);
                judgement.violations.push(violation);
            }
            Ruling::Undecided(missing) => {
                judgement.scopes.add(Verdict::Undecided);
                judgement.missing.extend(missing);
            }
        }
    }
    unplaced(&ground, &reading.unplaced, &mut judgement);
    judgement.verdict = match judgement.scopes {
        scopes if scopes.broken > 0 => Verdict::Broken,
        scopes if scopes.undecided > 0 => Verdict::Undecided,
        _ => Verdict::Kept,
    };
    judgement
}

/// Claims that lack their key are one scope more, without a name: what it is, nobody can say.
fn unplaced<F>(ground: &Ground<'_>, unplaced: &[Unplaced<F>], judgement: &mut Judgement) {
    let claims: Vec<&Unplaced<F>> = unplaced
        .iter()
        .filter(|unplaced| unplaced.seen.role == Role::Claim)
        .collect();
    if claims.is_empty() {
        return;
    }
    judgement.scopes.add(Verdict::Undecided);
    let asked = claims.iter().map(|claim| which(ground, claim));
    judgement.missing.extend(asked);
}

/// Asks which scope an effect concerns that does not say so.
pub(super) fn which<F>(ground: &Ground<'_>, unplaced: &Unplaced<F>) -> Missing {
    let begin = unplaced.seen.begin;
    let process = ground.history.event(begin).process;
    let question = format!(
        "Which `{}` does the {} on {} concern?",
        unplaced.absent,
        ground.quoted(begin),
        ground.lines(&[begin])
    );
    Missing {
        events: unplaced.seen.events(),
        ask: Some(ground.history.process(process)),
        ..Missing::new(Because::Record, None, question)
    }
}
