//! Promises and specifications as judges of a run.
//!
//! # Idea
//! A promise over facts is a fold: its state is that of the scopes it has seen. A specification is followed by what may have taken effect.
//! Anything else (a promise over operations or with bounds of time, an order that is not real time) is judged by the whole history of lines at the end, and its state is that history: always right, and never equal for two runs that
//! wrote different lines.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::check::linear::{Follow, Heard};
use crate::check::promise::{Alone, Fold, Told};
use crate::check::{Budget, Check, session};
use crate::history::{EventDraft, EventKind, History, HistoryBuilder, LineOrder, Value, Verdict};
use crate::sim::{Ending, Judge, Line, Says, Unreadable};

/// A line as an event, of which the history gives the operations their names.
fn drafted(line: &Line, kind: EventKind) -> EventDraft {
    let process = Value::Int(i64::from(line.participant.0));
    let words = match &line.says {
        Says::Invoked(call) | Says::Ended(call, _) => &call.words,
        Says::Fact(words) => words,
    };
    let draft = EventDraft::new(process, kind).f(&words.f);
    match &words.intent {
        Some(intent) => draft.intent(intent.clone()),
        None => draft,
    }
}

/// A promise over facts.
pub(super) struct Folded {
    fold: Box<dyn Fold>,
    told: FxHashMap<Line, Told>,
}

impl Folded {
    pub(super) fn new(fold: Box<dyn Fold>) -> Self {
        Self {
            fold,
            told: FxHashMap::default(),
        }
    }

    fn told(&mut self, line: &Line) -> Told {
        if let Some(told) = self.told.get(line) {
            return told.clone();
        }
        let alone = match &line.says {
            Says::Fact(words) => {
                Alone::Fact(drafted(line, EventKind::Fact).value(words.value.clone()))
            }
            Says::Invoked(call) => {
                Alone::Invoked(drafted(line, EventKind::Invoke).value(call.words.value.clone()))
            }
            Says::Ended(call, Ending::Unknown(_)) => {
                Alone::GivenUp(drafted(line, EventKind::Invoke).value(call.words.value.clone()))
            }
            Says::Ended(..) => return Told::Nothing,
        };
        let told = self.fold.read(&alone);
        self.told.insert(line.clone(), told.clone());
        told
    }
}

impl Judge for Folded {
    fn start(&mut self) -> u32 {
        self.fold.start()
    }

    fn scope(&mut self, line: &Line) -> Result<Option<u32>, Unreadable> {
        match self.told(line) {
            Told::Nothing => Ok(None),
            Told::Fact { scope, .. } => Ok(Some(scope)),
            Told::Misfit(says) => Err(Unreadable::Misfit(says)),
            Told::NeedsHistory => Err(Unreadable::NeedsHistory),
        }
    }

    fn concerns(&mut self, line: &Line) -> bool {
        matches!(self.told(line), Told::Fact { concerns: true, .. })
    }

    fn observe(&mut self, state: u32, line: &Line) -> Result<u32, String> {
        match self.told(line) {
            Told::Fact { read, .. } => self.fold.observe(state, read),
            _ => Ok(state),
        }
    }

    fn settle(&mut self, state: u32) -> Result<(), String> {
        self.fold.settle(state)
    }
}

/// A specification, line by line.
pub(super) struct Followed {
    follow: Box<dyn Follow>,
    heard: FxHashMap<Line, Result<Heard, String>>,
}

impl Followed {
    pub(super) fn new(follow: Box<dyn Follow>) -> Self {
        Self {
            follow,
            heard: FxHashMap::default(),
        }
    }

    fn heard(&mut self, line: &Line) -> Result<Heard, String> {
        if let Some(heard) = self.heard.get(line) {
            return heard.clone();
        }
        let call = match &line.says {
            Says::Fact(_) => return Ok(Heard::Nothing),
            Says::Invoked(call) | Says::Ended(call, _) => call,
        };
        let invoked = drafted(line, EventKind::Invoke).value(call.words.value.clone());
        let mut drafts = vec![invoked.id(0)];
        if let Says::Ended(_, ending) = &line.says {
            drafts.push(ended(line, ending).id(0));
        }
        let heard = self.follow.read(&drafts);
        self.heard.insert(line.clone(), heard.clone());
        heard
    }
}

impl Judge for Followed {
    fn start(&mut self) -> u32 {
        self.follow.start()
    }

    /// Operations of one object, in real time; other objects do not matter to it.
    fn scope(&mut self, line: &Line) -> Result<Option<u32>, Unreadable> {
        match self.heard(line) {
            Ok(Heard::Nothing) => Ok(None),
            Ok(Heard::Line { object, .. }) => Ok(Some(object + 1)),
            Err(says) => Err(Unreadable::Misfit(says)),
        }
    }

    fn concerns(&mut self, line: &Line) -> bool {
        matches!(self.heard(line), Ok(Heard::Line { .. }))
    }

    fn observe(&mut self, state: u32, line: &Line) -> Result<u32, String> {
        let (Ok(heard), Says::Invoked(call) | Says::Ended(call, _)) =
            (self.heard(line), &line.says)
        else {
            return Ok(state);
        };
        let key = u32::from(line.participant.0) << 8 | u32::from(call.slot);
        let next = self.follow.observe(state, key, heard);
        next.ok_or_else(|| {
            let f = &call.words.f;
            format!("no order of the operations explains this answer of `{f}`")
        })
    }

    fn settle(&mut self, _: u32) -> Result<(), String> {
        Ok(())
    }
}

/// The end of an operation as an event.
fn ended(line: &Line, ending: &Ending) -> EventDraft {
    match ending {
        Ending::Ok(answer) => drafted(line, EventKind::Ok).value(answer.clone()),
        Ending::Failed(error) => drafted(line, EventKind::Fail).extra("error", error.clone()),
        Ending::Unknown(_) => drafted(line, EventKind::Info),
    }
}

/// A check that sees the whole history of lines at the end.
pub(super) struct Recorded {
    check: Arc<dyn Check>,
    budget: Budget,
    /// Each state but the first: the state before its last line, and this line.
    states: Vec<(u32, Line)>,
    numbers: FxHashMap<(u32, Line), u32>,
    /// Which names it reads; `None`: any.
    names: Option<Vec<String>>,
    has_judged: bool,
    is_undecided: bool,
}

impl Recorded {
    pub(super) fn new(check: Arc<dyn Check>, names: Option<Vec<String>>, budget: Budget) -> Self {
        Self {
            check,
            budget,
            states: Vec::new(),
            numbers: FxHashMap::default(),
            names,
            has_judged: false,
            is_undecided: false,
        }
    }

    /// The lines that lead to a state, as a history.
    fn history(&self, state: u32) -> History {
        let mut lines = Vec::new();
        let mut at = state;
        while at > 0 {
            let (before, line) = &self.states[at as usize - 1];
            lines.push(line);
            at = *before;
        }
        let mut builder = HistoryBuilder::new().order(LineOrder::RealTime);
        let mut open = FxHashMap::default();
        let mut begun = 0;
        for line in lines.into_iter().rev() {
            let draft = match &line.says {
                Says::Fact(words) => drafted(line, EventKind::Fact).value(words.value.clone()),
                Says::Invoked(call) => {
                    begun += 1;
                    open.insert((line.participant, call.slot), begun);
                    drafted(line, EventKind::Invoke)
                        .value(call.words.value.clone())
                        .id(begun)
                }
                Says::Ended(call, ending) => {
                    let id = open.remove(&(line.participant, call.slot));
                    ended(line, ending).id(id.unwrap_or_default())
                }
            };
            builder.push(draft);
        }
        match builder.finish() {
            Ok(history) => history,
            Err(faults) => unreachable!("a run writes lines that make a history: {faults}"),
        }
    }
}

impl Judge for Recorded {
    fn start(&mut self) -> u32 {
        0
    }

    fn scope(&mut self, line: &Line) -> Result<Option<u32>, Unreadable> {
        let (Says::Invoked(call) | Says::Ended(call, _)) = &line.says else {
            let is_fact_read = self.names.is_none();
            return Ok(is_fact_read.then_some(0));
        };
        let names = self.names.as_ref();
        let is_read = names.is_none_or(|names| names.contains(&call.words.f));
        Ok(is_read.then_some(0))
    }

    /// Only the whole history shows it.
    fn concerns(&mut self, _: &Line) -> bool {
        false
    }

    fn has_judged(&self) -> bool {
        self.has_judged
    }

    fn is_undecided(&self) -> bool {
        self.is_undecided
    }

    fn observe(&mut self, state: u32, line: &Line) -> Result<u32, String> {
        let key = (state, line.clone());
        if let Some(number) = self.numbers.get(&key) {
            return Ok(*number);
        }
        self.states.push(key.clone());
        let number = self.states.len() as u32;
        self.numbers.insert(key, number);
        Ok(number)
    }

    /// What cannot be linearized cannot be continued so that it can.
    fn judges_prefixes(&self) -> bool {
        self.check.as_spec().is_some()
    }

    fn settle(&mut self, state: u32) -> Result<(), String> {
        let checks = [Arc::clone(&self.check)];
        let judged = match session::judge(self.history(state), &checks, &self.budget) {
            Ok(judged) => judged,
            Err(unjudged) => return Err(unjudged.to_string()),
        };
        let judgement = &judged.findings[0].judgement;
        self.has_judged |= judgement.judged() > 0;
        self.is_undecided |= judgement.verdict == Verdict::Undecided;
        match (judgement.verdict, judgement.violations.first()) {
            (Verdict::Broken, Some(violation)) => Err(violation.says.clone()),
            (Verdict::Broken, None) => Err("broken".to_owned()),
            _ => Ok(()),
        }
    }
}

/// Watches nothing: stands for a check that judges whole runs.
pub(super) struct Silent;

impl Judge for Silent {
    fn start(&mut self) -> u32 {
        0
    }

    fn scope(&mut self, _: &Line) -> Result<Option<u32>, Unreadable> {
        Ok(None)
    }

    fn concerns(&mut self, _: &Line) -> bool {
        false
    }

    fn observe(&mut self, state: u32, _: &Line) -> Result<u32, String> {
        Ok(state)
    }

    fn settle(&mut self, _: u32) -> Result<(), String> {
        Ok(())
    }
}
