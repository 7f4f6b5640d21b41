//! Claims that must rest on something in their past.
//!
//! # Idea
//! A claim has its support where something certain is before it. Of each chain only the first support matters: whatever
//! comes after a later one comes after that too. An operation makes its claim at some time between its invocation and its `ok`:
//! what was known at its invocation supports it, what was not known at its `ok` does not, and in between it is open.
//!
//! # Invariants
//! S1  A claim with a support before it is kept, whatever the record hides: more evidence takes no support away.
//! S2  A claim that is broken has no support before it by a second way of walking (see `certify`).
//!
//! # Complexity
//! O(s + c · k) for s supports on k chains and c claims of one scope; a claim without support costs O(k²) more where
//! the header names whose record is whole.
//!
//! # Not chosen
//! Asking for each claim without support: the first of each chain is enough, since whoever knew by then knew later, and
//! one claim that falls decides the scope. Judging claims together: two of them may each have had support that the record hides
//! and not both (the hidden lines would come before each other); they stay undecided, since a claim is judged on
//! its own past.

use std::collections::BTreeMap;

use crate::history::{EventId, ValueId, Verdict};
use crate::verdict::{Answer, Because, Missing};

use super::Role;
use super::evidence::{Certainty, Evidence, Ruling, Seen};
use super::judge::which;

/// How a question begins that asks for what no line shows.
const HIDDEN: &str = "Had";
/// Near misses that an explanation names.
const NEAR_MAX: usize = 3;

impl<F> Evidence<'_, F> {
    /// Judges each claim by whether a support, or an intent, is certain in its causal past. `names` are the names of
    /// what supports it; `without` ends in it: "was claimed without" reads "`show_failed` was claimed without
    /// `payment_declined` in its past for 781".
    #[must_use]
    pub fn every_claim_rests_on(&self, names: &[String], without: &str) -> Ruling {
        let rest = Rest::of(self, names);
        let mut open: Vec<Open<'_, F>> = Vec::new();
        let mut fallen = Vec::new();
        // Of each chain: the position by which it is asked what was known.
        let mut asked: BTreeMap<u32, u32> = BTreeMap::new();
        let claims = self.claims();
        for claim in claims.filter(|claim| claim.certainty != Certainty::Failed) {
            if rest.is_supported(claim.begin) {
                continue;
            }
            let (chain, position) = self.order().chain(claim.begin);
            if asked.get(&chain).is_some_and(|asked| *asked <= position) {
                continue;
            }
            let questions = rest.questions(claim);
            if questions.is_empty() {
                fallen.push(claim);
            } else if questions.iter().all(|ask| ask.because == Because::Record) {
                let (_, position) = self.order().chain(claim.latest());
                let asked = asked.entry(chain).or_insert(position);
                *asked = (*asked).min(position);
            }
            open.push(Open { claim, questions });
        }
        match fallen.first() {
            Some(claim) => rest.broken(claim, fallen.len() - 1, without),
            None if open.is_empty() => Ruling::Kept,
            None => Ruling::Undecided(rest.answered(open)),
        }
    }
}

/// A claim that the record leaves open. Any of its questions, answered in its favour, upholds it; it falls where none is.
struct Open<'o, F> {
    claim: &'o Seen<F>,
    questions: Vec<Missing>,
}

impl<F> Open<'_, F> {
    fn asks(&self, question: &Missing) -> bool {
        self.questions.contains(question)
    }

    fn is_at_once(&self) -> bool {
        self.claim.begin == self.claim.latest()
    }
}

/// The two answers to a question: the first upholds the claim, the second does not.
fn answers(upholds: impl Into<String>, does_not: impl Into<String>) -> Vec<Answer> {
    let answer = |says: String, is_as_kept| Answer {
        says,
        claim: None,
        then: Verdict::Undecided,
        is_as_kept,
    };
    vec![answer(upholds.into(), true), answer(does_not.into(), false)]
}

/// What the claims of one scope may rest on.
struct Rest<'r, F> {
    evidence: &'r Evidence<'r, F>,
    names: &'r [String],
    /// The first support of each chain.
    first: Vec<EventId>,
}

impl<'r, F> Rest<'r, F> {
    fn of(evidence: &'r Evidence<'r, F>, names: &'r [String]) -> Self {
        let mut first: BTreeMap<u32, (u32, EventId)> = BTreeMap::new();
        for from in evidence.seen().iter().filter_map(Seen::supports_from) {
            let (chain, position) = evidence.order().chain(from);
            let known = first.entry(chain).or_insert((position, from));
            *known = (*known).min((position, from));
        }
        Self {
            evidence,
            names,
            first: first.into_values().map(|(_, event)| event).collect(),
        }
    }

    /// All questions, with the verdict on the scope behind each answer.
    ///
    /// What was known by the end of one claim was known at each that begins later, and what was not known at the later one was
    /// not known at the earlier.
    fn answered(&self, open: Vec<Open<'_, F>>) -> Vec<Missing> {
        let precedes = |one: &Open<'_, F>, other: &Open<'_, F>| {
            let (latest, begin) = (one.claim.latest(), other.claim.begin);
            self.evidence.before(latest, begin)
        };
        let is_record = |question: &Missing| question.because == Because::Record;
        let mut missing = Vec::new();
        for own in &open {
            for question in &own.questions {
                let is_upheld = |other: &Open<'_, F>| match is_record(question) {
                    // Known by the end of an operation is not yet known when it took effect.
                    true => precedes(own, other) || other.asks(question) && other.is_at_once(),
                    false => other.asks(question),
                };
                let falls = |other: &Open<'_, F>| match &other.questions[..] {
                    [only] => {
                        let is_earlier = precedes(other, own);
                        only == question || is_hidden(only) && is_hidden(question) && is_earlier
                    }
                    _ => false,
                };
                let mut question = question.clone();
                let upholds = open.iter().all(is_upheld);
                let fells = open.iter().any(falls);
                for answer in &mut question.answers {
                    answer.then = match answer.is_as_kept {
                        true if upholds => Verdict::Kept,
                        false if fells => Verdict::Broken,
                        _ => Verdict::Undecided,
                    };
                }
                missing.push(question);
            }
        }
        missing
    }

    fn is_supported(&self, at: EventId) -> bool {
        let mut first = self.first.iter();
        first.any(|support| self.evidence.before(*support, at))
    }

    /// What would decide a claim that nothing supports at its beginning; empty: nothing does.
    fn questions(&self, claim: &Seen<F>) -> Vec<Missing> {
        let latest = claim.latest();
        let mut questions: Vec<Missing> = self.between(claim).into_iter().collect();
        let unplaced = self.evidence.unplaced.iter();
        let known = unplaced.filter(|unplaced| {
            let from = unplaced.seen.supports_from();
            from.is_some_and(|from| self.evidence.before(from, latest))
        });
        questions.extend(known.map(|unplaced| {
            let own = self.evidence.name().unwrap_or_default();
            Missing {
                scope: self.evidence.name(),
                answers: answers(format!("it concerns {own}"), "it concerns another"),
                ..which(self.evidence.ground, unplaced)
            }
        }));
        questions.extend(self.hidden(claim));
        if claim.certainty == Certainty::Unknown {
            questions.push(self.outcome(claim));
        }
        questions
    }

    /// A support that came to be known while the operation that makes the claim ran.
    fn between(&self, claim: &Seen<F>) -> Option<Missing> {
        let latest = claim.latest();
        let mut first = self.first.iter();
        let support = first.find(|support| self.evidence.before(**support, latest))?;
        let ground = self.evidence.ground;
        let mut events = claim.events();
        events.push(*support);
        let ask = ground.history.event(claim.begin).process;
        let question = format!(
            "Did the {} of {} ({}) take effect before or after the {} on {} was known there?",
            self.evidence.quoted(claim),
            self.evidence.participant(claim),
            self.evidence.lines(claim),
            ground.quoted(*support),
            ground.lines(&[*support]),
        );
        let ask = Some(ground.history.process(ask));
        Some(Missing {
            answers: answers("after", "before"),
            ..self.evidence.missing(Because::Order, events, ask, question)
        })
    }

    /// What the record may hide: that a support was known, or that there was one.
    fn hidden(&self, claim: &Seen<F>) -> Option<Missing> {
        let (gaps, order) = (self.evidence.gaps(), self.evidence.order());
        let history = self.evidence.history();
        let latest = claim.latest();
        let who = |event: EventId| history.process(history.event(event).process);
        // What is known and only lacks its key is asked for elsewhere.
        let unplaced = self.evidence.unplaced();
        let unplaced = unplaced.filter_map(Seen::supports_from);
        let unplaced = unplaced.filter(|support| !self.evidence.before(*support, latest));
        let mut shown = self.first.iter().copied().chain(unplaced);
        let carried = shown.find_map(|support| {
            let gap = gaps.carrier(order, support, latest)?;
            Some((support, gap))
        });
        if let Some((support, gap)) = carried {
            let events = [claim.events(), vec![support]].concat();
            return Some(self.unseen(claim, events, who(gap)));
        }
        let hidden = gaps.hidden((history, order), self.names, latest)?;
        let gap = gaps.latest(order, latest).first().map(|gap| who(*gap));
        let ask = hidden.writer.or(gap).unwrap_or(who(claim.begin));
        Some(self.unseen(claim, claim.events(), ask))
    }

    fn unseen(&self, claim: &Seen<F>, events: Vec<EventId>, ask: ValueId) -> Missing {
        let question = format!(
            "{HIDDEN} {} learnt of {}{} by {}, in a way that no line shows?",
            self.evidence.participant(claim),
            any_of(self.names),
            self.evidence.of_scope(),
            self.evidence.ground.lines(&[claim.latest()]),
        );
        Missing {
            answers: answers("yes", "no"),
            ..self
                .evidence
                .missing(Because::Record, events, Some(ask), question)
        }
    }

    fn outcome(&self, claim: &Seen<F>) -> Missing {
        let question = format!(
            "Did the {} take effect that {} began on {}?",
            self.evidence.quoted(claim),
            self.evidence.participant(claim),
            self.evidence.ground.lines(&[claim.begin]),
        );
        let history = self.evidence.history();
        let ask = history.process(history.event(claim.begin).process);
        Missing {
            answers: answers("it never took effect", "it took effect"),
            ..self
                .evidence
                .missing(Because::Outcome, claim.events(), Some(ask), question)
        }
    }

    fn broken(&self, claim: &Seen<F>, others: usize, without: &str) -> Ruling {
        let seen = self.evidence.seen().iter();
        let supports: Vec<EventId> = seen.filter_map(Seen::supports_from).collect();
        self.evidence.walk().confirm(claim.latest(), &supports);
        let says = format!(
            "{} {without} {} in its past{}",
            self.evidence.quoted(claim),
            any_of(self.names),
            self.evidence.of_scope(),
        );
        let mut why = vec![format!(
            "All that certainly came before {} is on record, and no certain {} is among it.",
            self.evidence.lines(claim),
            any_of(self.names),
        )];
        why.extend(self.near_misses(claim));
        match others {
            0 => {}
            1 => why.push("One more claim of the same scope has none either.".to_owned()),
            _ => why.push(format!(
                "{others} more claims of the same scope have none either."
            )),
        }
        self.evidence.broken(says, claim.events(), why)
    }

    /// What is of the right name and key, and why it supports nothing here.
    fn near_misses(&self, claim: &Seen<F>) -> Vec<String> {
        let of_scope = self.evidence.seen().iter();
        let near = of_scope.filter(|seen| seen.role != Role::Claim);
        let sentences = near.filter_map(|near| self.near_miss(claim, near));
        sentences.take(NEAR_MAX).collect()
    }

    fn near_miss(&self, claim: &Seen<F>, near: &Seen<F>) -> Option<String> {
        let what = format!(
            "The {} of {} on {}",
            self.evidence.quoted(near),
            self.evidence.participant(near),
            self.evidence.lines(near)
        );
        let latest = claim.latest();
        let Some(from) = near.supports_from() else {
            let is_past = self.evidence.before(near.begin, latest);
            let is_unknown = near.certainty == Certainty::Unknown;
            return (is_past && is_unknown)
                .then(|| format!("{what} supports nothing: nobody knew whether it took effect."));
        };
        Some(if self.evidence.before(latest, from) {
            format!("{what} came after it.")
        } else {
            let claimer = self.evidence.participant(claim);
            format!("{what} is no support: nothing carried it to {claimer} before.")
        })
    }
}

/// Whether a question asks what had been learnt that no line shows.
fn is_hidden(question: &Missing) -> bool {
    question.because == Because::Record && question.question.starts_with(HIDDEN)
}

/// "`a` or `b`".
fn any_of(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}
