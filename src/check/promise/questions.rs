//! The questions that a scope turns on, in words: whom to ask, for what, and what may be answered.

use crate::check::worlds::Item;
use crate::history::{EventId, History, Outcome, ValueId, Verdict};
use crate::verdict::{Answer, Because, Claim, Clocks, Judgement, Missing, Unseen};

use super::Promise;
use super::assume::Given;
use super::decide::Case;
use super::effect::Source;
use super::explain::events_of;
use super::scopes::{Reading, Shown};

/// What an answer says of worlds: they agree with all of one of these.
pub(super) type Reply = Vec<Vec<Given>>;

/// A question, and for each of its answers what it says.
pub(super) type Asked = (Missing, Vec<Reply>);

/// The question that one fact answers.
pub(super) fn of_one<P: Promise>(case: &Case<'_, P>, given: Given) -> Asked {
    match given {
        Given::Outcome { item, took_effect } => outcome(case, item, took_effect),
        Given::Order { earlier, later } => order(case, earlier, later),
        Given::NothingUnseen => hidden(case),
        other => scripted(case, &[], vec![other]),
    }
}

/// One question for each fact; all that is said of unseen effects is one question.
pub(super) fn of<P: Promise>(case: &Case<'_, P>, script: &[u32], left: &[Given]) -> Vec<Asked> {
    let mut asked: Vec<Asked> = left
        .iter()
        .filter_map(|given| match *given {
            Given::Outcome { item, took_effect } => Some(outcome(case, item, took_effect)),
            Given::Order { earlier, later } => Some(order(case, earlier, later)),
            _ => None,
        })
        .collect();
    let of_record: Vec<Given> = left
        .iter()
        .filter(|given| !matches!(given, Given::Outcome { .. } | Given::Order { .. }))
        .copied()
        .collect();
    match &of_record[..] {
        [] => {}
        [Given::NothingUnseen] => asked.push(hidden(case)),
        _ => asked.push(scripted(case, script, of_record)),
    }
    asked
}

fn answer(says: impl Into<String>, claim: Claim, is_as_kept: bool) -> Answer {
    Answer {
        says: says.into(),
        claim: Some(claim),
        then: Verdict::Undecided,
        is_as_kept,
    }
}

fn outcome<P: Promise>(case: &Case<'_, P>, item: u32, took_effect: bool) -> Asked {
    let history = case.subject.history;
    let shown = &case.effects.shown[item as usize];
    let invoke = shown.item.lo;
    let what = began(history, invoke);
    let event = history.event(invoke);
    let (name, line) = (words(history, invoke), event.place.line);
    let who = history.process_name(event.process);
    let is_answered = matches!(shown.source, Source::Operation(op) if history.operation(op).outcome == Outcome::Ok);
    let (question, yes, no) = if is_answered {
        (
            format!("Did {what} take effect itself, or was it recognised as a repeat?"),
            "it took effect itself",
            "it was recognised as a repeat",
        )
    } else {
        (
            format!("Did the {name} take effect that {who} began on line {line}?"),
            "it took effect",
            "it never took effect",
        )
    };
    let missing = Missing {
        events: events_of(history, shown.source),
        ask: Some(whom_to_ask(case, shown)),
        answers: vec![
            answer(yes, Claim::TookEffect(invoke), took_effect),
            answer(no, Claim::HadNoEffect(invoke), !took_effect),
        ],
        ..Missing::new(Because::Outcome, case.scope(), question)
    };
    let replies = [true, false].map(|took_effect| vec![vec![Given::Outcome { item, took_effect }]]);
    (missing, replies.to_vec())
}

/// Two effects that nothing orders, by the order of their lines.
struct Pair<'p, 'c, P: Promise> {
    case: &'p Case<'c, P>,
    first: u32,
    second: u32,
    /// Whether the first comes first in the keeping world.
    is_as_kept: bool,
}

impl<'p, 'c, P: Promise> Pair<'p, 'c, P> {
    fn new(case: &'p Case<'c, P>, earlier: u32, later: u32) -> Self {
        let lo = |at: u32| case.items[at as usize].lo;
        let is_as_kept = lo(earlier) <= lo(later);
        let (first, second) = match is_as_kept {
            true => (earlier, later),
            false => (later, earlier),
        };
        Self {
            case,
            first,
            second,
            is_as_kept,
        }
    }

    fn shown(&self, at: u32) -> &'p Shown<P::Fact> {
        &self.case.effects.shown[at as usize]
    }

    /// Both took effect, and so far that is all that is known; or one is known to come first.
    fn came_first(&self, is_first: bool, says: impl Into<String>) -> (Answer, Reply) {
        let (earlier, later) = match is_first {
            true => (self.first, self.second),
            false => (self.second, self.first),
        };
        let claim = Claim::InOrder {
            earlier: self.shown(earlier).item.lo,
            later: self.shown(later).item.lo,
        };
        let answer = answer(says, claim, is_first == self.is_as_kept);
        (answer, vec![vec![Given::Order { earlier, later }]])
    }

    fn never(&self, item: u32) -> Vec<Given> {
        debug_assert!(!self.case.items[item as usize].is_certain);
        vec![Given::Outcome {
            item,
            took_effect: false,
        }]
    }

    fn both_certain(&self) -> (String, Vec<(Answer, Reply)>) {
        let [one, other] = self.described();
        let question = format!("Which came first: {one}, or {other}?");
        let answers = vec![
            self.came_first(true, format!("{one} came first")),
            self.came_first(false, format!("{other} came first")),
        ];
        (question, answers)
    }

    fn one_unknown(&self, unknown: u32, known: u32) -> (String, Vec<(Answer, Reply)>) {
        let history = self.case.subject.history;
        let lo = self.shown(unknown).item.lo;
        let question = format!(
            "Did {} take effect, and before or after {}?",
            began(history, lo),
            described(history, self.shown(known))
        );
        let is_first = unknown == self.first;
        let never = answer("it never took effect", Claim::HadNoEffect(lo), false);
        let answers = vec![
            self.came_first(is_first, "it took effect before"),
            self.came_first(!is_first, "it took effect after"),
            (never, vec![self.never(unknown)]),
        ];
        (question, answers)
    }

    fn both_unknown(&self) -> (String, Vec<(Answer, Reply)>) {
        let [one, other] = self.described();
        let question = format!("Did both take effect, {one} and {other}, and which came first?");
        let [first, second] = [self.first, self.second].map(|at| self.shown(at).item.lo);
        let not_both = answer(
            "at most one of them did",
            Claim::NotBoth(first, second),
            false,
        );
        let answers = vec![
            self.came_first(true, format!("both did, {one} first")),
            self.came_first(false, format!("both did, {other} first")),
            (
                not_both,
                vec![self.never(self.first), self.never(self.second)],
            ),
        ];
        (question, answers)
    }

    fn described(&self) -> [String; 2] {
        let history = self.case.subject.history;
        [self.first, self.second].map(|at| described(history, self.shown(at)))
    }
}

fn order<P: Promise>(case: &Case<'_, P>, earlier: u32, later: u32) -> Asked {
    let history = case.subject.history;
    let pair = Pair::new(case, earlier, later);
    let (first, second) = (pair.first, pair.second);
    let is_certain = |at: u32| case.items[at as usize].is_certain;
    let (asked, (question, answers)) = match (is_certain(first), is_certain(second)) {
        (true, true) => (second, pair.both_certain()),
        (false, true) => (first, pair.one_unknown(first, second)),
        (true, false) => (second, pair.one_unknown(second, first)),
        (false, false) => (first, pair.both_unknown()),
    };
    let ask = match is_certain(asked) {
        true => history.process(history.event(pair.shown(asked).item.lo).process),
        false => whom_to_ask(case, pair.shown(asked)),
    };
    let mut events = events_of(history, pair.shown(first).source);
    events.extend(events_of(history, pair.shown(second).source));
    events.sort_unstable();
    events.dedup();
    let (answers, replies) = answers.into_iter().unzip();
    let missing = Missing {
        events,
        ask: Some(ask),
        answers,
        clocks: clocks(&pair),
        ..Missing::new(Because::Order, case.scope(), question)
    };
    (missing, replies)
}

/// How good the two clocks would have to be for their stamps to settle the order: an effect that ended at `e` comes before
/// one that began at `b` where their clocks differ by less than `b - e`.
fn clocks<P: Promise>(pair: &Pair<'_, '_, P>) -> Option<Clocks> {
    let history = pair.case.subject.history;
    let time = |event: EventId| history.time_ns(event);
    let item = |at: u32| pair.case.items[at as usize];
    let margin = |earlier: Item, later: Item| {
        let (end, begin) = (time(earlier.hi?)?, time(later.lo)?);
        let below = u64::try_from(begin.checked_sub(end)?).ok()?;
        Some(below).filter(|below| *below > 0)
    };
    let ways = [(pair.first, pair.second), (pair.second, pair.first)];
    let (error_below_ns, earlier, later) = ways.into_iter().find_map(|(earlier, later)| {
        let below = margin(item(earlier), item(later))?;
        Some((below, earlier, later))
    })?;
    let says = format!(
        "{} came {} before {} by the two clocks, which settles it where these differ by less.",
        described(history, pair.shown(earlier)),
        seconds(error_below_ns),
        described(history, pair.shown(later)),
    );
    Some(Clocks {
        error_below_ns,
        says,
    })
}

/// "0.65 s", without zeros at the end.
pub(super) fn seconds(ns: u64) -> String {
    let text = format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

fn hidden<P: Promise>(case: &Case<'_, P>) -> Asked {
    let (names, of) = (unseen_names(case), of_scope(case));
    let listed: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let question = format!(
        "Did any {}{of} happen that no line shows?",
        listed.join(" or ")
    );
    let shown = case.effects.shown.iter();
    let missing = Missing {
        events: shown
            .flat_map(|shown| events_of(case.subject.history, shown.source))
            .collect(),
        ask: case.record.whom_to_ask_of(&names),
        answers: vec![
            answer("none did", Claim::NothingUnseen, true),
            answer("one did, or several", Claim::SomethingUnseen, false),
        ],
        ..Missing::new(Because::Record, case.scope(), question)
    };
    let replies = [Given::NothingUnseen, Given::SomethingUnseen].map(|given| vec![vec![given]]);
    (missing, replies.to_vec())
}

/// Only something that no line shows keeps the promise: whether it happened, and where.
fn scripted<P: Promise>(case: &Case<'_, P>, script: &[u32], of_record: Vec<Given>) -> Asked {
    let history = case.subject.history;
    let steps = (0..).zip(script);
    let steps = steps.map(|(place, number)| told(case, (place, *number), &of_record));
    let (phrases, claimed): (Vec<String>, Vec<Unseen>) = steps.unzip();
    let involved: Vec<u32> = of_record
        .iter()
        .filter_map(|given| match given {
            Given::Beside { item, .. } => Some(*item),
            _ => None,
        })
        .collect();
    let mut events: Vec<EventId> = (0..)
        .zip(case.effects.shown)
        .filter(|(item, _)| involved.is_empty() || involved.contains(item))
        .flat_map(|(_, shown)| events_of(history, shown.source))
        .collect();
    events.sort_unstable();
    events.dedup();
    let names: Vec<String> = claimed.iter().map(|unseen| unseen.name.clone()).collect();
    let question = format!(
        "Is there {}{}, that no line shows?",
        phrases.join(", then "),
        of_scope(case)
    );
    let answers = vec![
        answer(
            "yes, as the promise needs it, and nothing else",
            Claim::Unseen(claimed),
            true,
        ),
        answer(
            "nothing happened that no line shows",
            Claim::NothingUnseen,
            false,
        ),
    ];
    let missing = Missing {
        events,
        ask: case.record.whom_to_ask_of(&names),
        answers,
        ..Missing::new(Because::Record, case.scope(), question)
    };
    (
        missing,
        vec![vec![of_record], vec![vec![Given::NothingUnseen]]],
    )
}

/// An effect that no line shows, and beside which effects it must stand: "a `pay` before `ship` of shop (line 5)".
fn told<P: Promise>(
    case: &Case<'_, P>,
    (place, number): (u32, u32),
    of_record: &[Given],
) -> (String, Unseen) {
    let name = case.unseen_names[number as usize].clone();
    let beside = |wanted: bool| {
        let items = of_record.iter().filter_map(move |given| match *given {
            Given::Beside {
                unseen,
                item,
                comes_first,
            } if unseen == place && comes_first == wanted => Some(item),
            _ => None,
        });
        let shown = items.map(|item| &case.effects.shown[item as usize]);
        shown.collect::<Vec<&Shown<P::Fact>>>()
    };
    let [after, before] = [false, true].map(beside);
    let article = match name.starts_with(['a', 'e', 'i', 'o', 'u']) {
        true => "an",
        false => "a",
    };
    let mut phrase = format!("{article} `{name}`");
    for (word, others) in [("after", &after), ("before", &before)] {
        let others = others.iter();
        let others = others.map(|shown| described(case.subject.history, shown));
        let others: Vec<String> = others.collect();
        if !others.is_empty() {
            phrase.push_str(&format!(" {word} {}", others.join(" and ")));
        }
    }
    let first_lines = |others: &[&Shown<P::Fact>]| others.iter().map(|one| one.item.lo).collect();
    let unseen = Unseen {
        name,
        after: first_lines(&after),
        before: first_lines(&before),
    };
    (phrase, unseen)
}

/// What may have happened that no line shows, each name once.
fn unseen_names<P: Promise>(case: &Case<'_, P>) -> Vec<String> {
    let mut names = case.unseen_names.clone();
    names.sort();
    names.dedup();
    names
}

fn of_scope<P: Promise>(case: &Case<'_, P>) -> String {
    let name = case.scope();
    name.map(|name| format!(" for {name}")).unwrap_or_default()
}

/// The record is incomplete and the promise cannot say what that may hide.
pub(super) fn open_ended<P: Promise>(case: &Case<'_, P>) -> Missing {
    let question = format!("What happened{} that no line shows?", of_scope(case));
    Missing {
        ask: case.record.whom_to_ask_of(&[]),
        ..Missing::new(Because::Record, case.scope(), question)
    }
}

/// Effects that concern the promise but do not say which scope: each may belong to any of those that are shown (which
/// is why they count as hidden there), or to another one, which stands undecided for all of them.
pub(super) fn unplaced<F>(history: &History, reading: &Reading<F>, judgement: &mut Judgement) {
    if reading.unplaced.is_empty() {
        return;
    }
    judgement.scopes.add(Verdict::Undecided);
    for (event, misfit) in &reading.unplaced {
        let line = history.event(*event).place.line;
        let path = misfit.absent.clone().unwrap_or_default();
        let question = format!(
            "Which `{path}` does the {} on line {line} concern?",
            words(history, *event)
        );
        judgement.missing.push(Missing {
            events: vec![*event],
            ask: Some(history.process(history.event(*event).process)),
            ..Missing::new(Because::Record, None, question)
        });
    }
}

fn whom_to_ask<P: Promise>(case: &Case<'_, P>, shown: &Shown<P::Fact>) -> ValueId {
    let asked = || case.record.whom_to_ask(shown.item.lo);
    shown.owner.unwrap_or_else(asked)
}

/// "the `charge` that shop began on line 3".
pub(super) fn began(history: &History, invoke: EventId) -> String {
    let event = history.event(invoke);
    format!(
        "the {} that {} began on line {}",
        words(history, invoke),
        history.process_name(event.process),
        event.place.line
    )
}

/// "`charge` of payment (line 5)".
pub(super) fn described<F>(history: &History, shown: &Shown<F>) -> String {
    let event = history.event(shown.item.lo);
    format!(
        "{} of {} (line {})",
        words(history, shown.item.lo),
        history.process_name(event.process),
        event.place.line
    )
}

pub(super) fn words(history: &History, event: EventId) -> String {
    let name = history
        .event(event)
        .f
        .map(|name| history.name(name))
        .unwrap_or_default();
    format!("`{name}`")
}
