//! A run as people and checkers read it: what everybody did, in order, and the history that this makes.

use rustc_hash::FxHashMap;

use crate::history::{
    EventDraft, EventKind, Faults, History, HistoryBuilder, LineOrder, Value, Verdict,
};
use crate::model::Address;

use super::item::{Kind, What};
use super::program::{Effect, Program};
use super::run::{Run, Step, Way};
use super::{Ending, Says, Words};

/// Something in a tale.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Who did it, or to whom it happened: a position among the participants.
    pub participant: usize,
    /// What it was.
    pub told: Told,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Told {
    /// A message arrives, by its number.
    Received(usize),
    /// A message is lost: by itself, or in a cut link.
    Lost(usize, Loss),
    /// A message leaves, by its number.
    Sent(usize),
    /// A timer fires.
    Timer(String),
    /// It crashes, behind so many groups of effects.
    Crashed(usize),
    /// It comes back.
    Restarted,
    /// The link to another participant is cut.
    Cut(usize),
    /// It heals.
    Healed(usize),
    /// Its clock is wrong by so many milliseconds.
    Skewed(i64),
    /// It begins an operation.
    Invoked(Operation),
    /// An operation took effect and was answered.
    Ok(Operation, Value),
    /// An operation certainly did not take effect.
    Failed(Operation, Value),
    /// Nobody knows what became of an operation, and why.
    Unknown(Operation, &'static str),
    /// It recorded a fact: its name, what it says, its intent.
    Fact(String, Value, Option<Value>),
}

/// How a message was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The network dropped it.
    Dropped,
    /// The link was cut.
    InCut,
}

/// An operation of a tale.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// Its name among those of the history: `checkout/1`.
    pub id: String,
    /// What it is called.
    pub f: String,
    /// Its input.
    pub value: Value,
    /// Its stable identity.
    pub intent: Option<Value>,
}

/// A message of a tale.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Who sent it.
    pub from: usize,
    /// Whom it is for.
    pub to: usize,
    /// What it says, as JSON.
    pub text: String,
}

/// A run, told from its beginning to its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tale {
    /// The participants, in the order of the cast.
    pub participants: Vec<String>,
    /// The messages, in the order in which they were sent.
    pub letters: Vec<Letter>,
    /// What happened, in order.
    pub entries: Vec<Entry>,
}

struct Teller<'p> {
    program: &'p Program,
    tale: Tale,
    copies: FxHashMap<u32, u16>,
    /// Which letter an item carries.
    letters: FxHashMap<(u32, u16), usize>,
    open: FxHashMap<(Address, u8), Operation>,
    begun: Vec<usize>,
}

/// Tells a run.
pub(crate) fn tell(program: &Program, run: &Run) -> Tale {
    let mut teller = Teller {
        program,
        tale: Tale {
            participants: program.names.clone(),
            ..Tale::default()
        },
        copies: FxHashMap::default(),
        letters: FxHashMap::default(),
        open: FxHashMap::default(),
        begun: vec![0; program.names.len()],
    };
    for (number, step) in run.steps.iter().enumerate() {
        teller.incoming(run, *step);
        let last = run.steps.get(number + 1);
        let last = last.map_or(run.lines.len(), |next| next.first_line as usize);
        teller.reaction(run, *step, step.first_line as usize..last);
    }
    teller.tale
}

impl Teller<'_> {
    fn push(&mut self, participant: Address, told: Told) {
        let participant = participant.index();
        self.tale.entries.push(Entry { participant, told });
    }

    /// Counts an item as the run did.
    fn count(&mut self, kind: u32) -> (u32, u16) {
        let copies = self.copies.entry(kind).or_default();
        let copy = *copies;
        *copies += 1;
        (kind, copy)
    }

    fn incoming(&mut self, run: &Run, step: Step) {
        let kind = self.program.kind_of(step.kind);
        let to = kind.to;
        let letter = self.letters.get(&(step.kind, step.copy)).copied();
        match (kind.what, letter) {
            (What::Message { .. }, Some(letter)) if step.fell_into_cut => {
                self.push(to, Told::Lost(letter, Loss::InCut));
            }
            (What::Message { .. }, Some(letter)) if step.way == Way::Lost => {
                self.push(to, Told::Lost(letter, Loss::Dropped));
            }
            (What::Message { from, .. }, Some(letter)) if step.way == Way::Cut => {
                self.push(to, Told::Cut(from.index()));
                self.push(to, Told::Lost(letter, Loss::InCut));
            }
            (What::Message { .. }, Some(letter)) => self.push(to, Told::Received(letter)),
            (What::Timer { content }, _) => {
                let text = self.program.content(content);
                self.push(to, Told::Timer(text));
            }
            (What::Restart, _) => self.push(to, Told::Restarted),
            (What::Heal { other }, _) => self.push(to, Told::Healed(other.index())),
            _ => {}
        }
        if matches!(step.way, Way::Ahead | Way::Behind) {
            let sign = if step.way == Way::Ahead { 1 } else { -1 };
            self.push(to, Told::Skewed(sign * i64::from(run.left.skew_ms)));
        }
    }

    fn reaction(&mut self, run: &Run, step: Step, lines: std::ops::Range<usize>) {
        let own = self.program.kind_of(step.kind).to;
        let mut lines = run.lines[lines].iter().map(|written| written.line);
        let mut groups_done = 0;
        if step.reaction != u32::MAX {
            let reaction = self.program.reaction(step.reaction);
            groups_done = match step.way {
                Way::CrashAfter(done) => reaction.groups.len().min(usize::from(done)),
                _ => reaction.groups.len(),
            };
            let (effects, _) = reaction.extent(step.way.crashes_after());
            for effect in &reaction.effects[..effects] {
                match *effect {
                    Effect::Send(kind) => self.send(own, kind),
                    Effect::Cancel(_) | Effect::SetTimer { .. } => {}
                    _ => self.line(lines.next()),
                }
            }
        }
        if step.way == Way::Twice
            && let Some(letter) = self.letters.get(&(step.kind, step.copy)).copied()
        {
            let copy = self.count(step.kind);
            self.letters.insert(copy, letter);
        }
        if matches!(step.way, Way::CrashAfter(_)) {
            self.push(own, Told::Crashed(groups_done));
        }
        lines.for_each(|line| self.line(Some(line)));
    }

    fn send(&mut self, from: Address, kind: u32) {
        let Kind { what, to } = self.program.kind_of(kind);
        let What::Message { content, .. } = what else {
            return;
        };
        let letter = Letter {
            from: from.index(),
            to: to.index(),
            text: self.program.content(content),
        };
        let number = self.tale.letters.len();
        self.tale.letters.push(letter);
        let item = self.count(kind);
        self.letters.insert(item, number);
        self.push(from, Told::Sent(number));
    }

    fn line(&mut self, line: Option<u32>) {
        let Some(line) = line.map(|line| self.program.line(line)) else {
            return;
        };
        let who = line.participant;
        let told = match &line.says {
            Says::Invoked(call) => {
                let begun = &mut self.begun[who.index()];
                *begun += 1;
                let Words { f, value, intent } = call.words.clone();
                let operation = Operation {
                    id: format!("{}/{begun}", self.program.names[who.index()]),
                    f,
                    value,
                    intent,
                };
                self.open.insert((who, call.slot), operation.clone());
                Told::Invoked(operation)
            }
            Says::Fact(Words { f, value, intent }) => {
                Told::Fact(f.clone(), value.clone(), intent.clone())
            }
            Says::Ended(call, ending) => {
                let Some(operation) = self.open.remove(&(who, call.slot)) else {
                    return;
                };
                match ending {
                    Ending::Ok(answer) => Told::Ok(operation, answer.clone()),
                    Ending::Failed(error) => Told::Failed(operation, error.clone()),
                    Ending::Unknown(why) => Told::Unknown(operation, why.as_str()),
                }
            }
        };
        self.push(who, told);
    }
}

impl Tale {
    /// The history that an observer of everything would have recorded.
    ///
    /// # Errors
    /// Where it is none: that is a defect of testimony.
    pub fn history(
        &self,
        title: &str,
        order: LineOrder,
        expect: &[(String, Verdict)],
    ) -> Result<History, Faults> {
        let mut builder = HistoryBuilder::new().title(title).order(order);
        for (check, verdict) in expect {
            builder = builder.expect(check, *verdict);
        }
        for entry in &self.entries {
            if let Some(draft) = self.draft(entry) {
                builder.push(draft);
            }
        }
        builder.finish()
    }

    fn draft(&self, entry: &Entry) -> Option<EventDraft> {
        let event = |kind| EventDraft::new(self.participants[entry.participant].as_str(), kind);
        let of = |kind, operation: &Operation| {
            let draft = event(kind).f(&operation.f).id(operation.id.as_str());
            match &operation.intent {
                Some(intent) => draft.intent(intent.clone()),
                None => draft,
            }
        };
        let msg = |letter: usize| format!("m{}", letter + 1);
        Some(match &entry.told {
            Told::Received(letter) => {
                let from = &self.participants[self.letters[*letter].from];
                event(EventKind::Receive)
                    .msg(msg(*letter))
                    .extra("from", from.as_str())
            }
            Told::Sent(letter) => {
                let Letter { to, text, .. } = &self.letters[*letter];
                let value: Value = serde_json::from_str(text).unwrap_or_default();
                event(EventKind::Send)
                    .msg(msg(*letter))
                    .value(value)
                    .extra("to", self.participants[*to].as_str())
            }
            Told::Invoked(operation) => {
                of(EventKind::Invoke, operation).value(operation.value.clone())
            }
            Told::Ok(operation, answer) => of(EventKind::Ok, operation).value(answer.clone()),
            Told::Failed(operation, error) => {
                of(EventKind::Fail, operation).extra("error", error.clone())
            }
            Told::Unknown(operation, why) => of(EventKind::Info, operation).extra("error", *why),
            Told::Fact(f, value, intent) => {
                let draft = event(EventKind::Fact).f(f).value(value.clone());
                match intent {
                    Some(intent) => draft.intent(intent.clone()),
                    None => draft,
                }
            }
            _ => return None,
        })
    }
}
