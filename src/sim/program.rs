//! A workflow with its types hidden and its reactions remembered.
//!
//! # Idea
//! A reaction is a function of a participant's state and of what comes in. States, messages and lines are interned, so that a
//! reaction is looked up by two numbers: the model's own code runs once for each pair that any run meets, and a run of a million
//! steps moves numbers about.
//!
//! # Complexity
//! A step is one lookup. Memory: one entry for each distinct state, message, line and reaction.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::history::Value;

use crate::model::{
    self, Address, Cast, Company, Faults, Incoming, Message, ModelFault, Noise, Output, Role,
    Workflow, text_of, with_noise,
};

use super::grid::Grid;
use super::interned::Interned;
use super::item::{Kind, What, spelt, stable_hash};
use super::{Call, Ending, Judge, Line, Says, Unreadable, Why, Words};

/// A workflow of any type, to be opened as often as there are threads.
pub(crate) trait Play: Send + Sync {
    fn open(&self, noise: Noise) -> Program;
    fn smaller(&self) -> Vec<Arc<dyn Play>>;
}

impl<W: Workflow> Play for W {
    fn open(&self, noise: Noise) -> Program {
        let mut cast = Cast::new();
        self.cast(&mut cast);
        match noise.pairs {
            0 => Program::of(cast, self.faults()),
            _ => Program::of(with_noise(cast, noise), self.faults()),
        }
    }

    fn smaller(&self) -> Vec<Arc<dyn Play>> {
        let smaller = Workflow::smaller(self).into_iter();
        smaller.map(|workflow| Arc::new(workflow) as _).collect()
    }
}

/// What a participant does, in numbers.
#[derive(Debug)]
pub(crate) struct Reaction {
    pub(crate) state_if_crashed_first: u32,
    /// Those of all groups, one behind the other.
    pub(crate) effects: Vec<Effect>,
    pub(crate) groups: Vec<Group>,
    pub(crate) state: u32,
}

/// Effects that no crash splits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    /// Where they end among those of the reaction.
    pub(crate) end: usize,
    pub(crate) state_if_crashed: u32,
}

impl Reaction {
    /// How many effects it has, and the state behind them; where the participant crashes: behind so many groups of them.
    pub(crate) fn extent(&self, crashes_after: Option<u8>) -> (usize, u32) {
        let Some(groups) = crashes_after else {
            return (self.effects.len(), self.state);
        };
        match self.groups[..self.groups.len().min(usize::from(groups))].last() {
            Some(group) => (group.end, group.state_if_crashed),
            None => (0, self.state_if_crashed_first),
        }
    }
}

/// One effect, in numbers: kinds of items, and lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Send(u32),
    SetTimer { kind: u32, after_ms: u32 },
    Cancel(u32),
    Invoke { slot: u8, line: u32 },
    End { slot: u8, ending: u32 },
    Fact(u32),
}

/// How a kind of item is called.
#[derive(Clone, Debug)]
pub(crate) struct KindInfo {
    pub(crate) name: u64,
    pub(crate) text: String,
}

/// What the judges make of lines, each case asked once.
struct Bench {
    judge: Box<dyn Judge>,
    start: u32,
    /// By line and state.
    next: Grid<Result<u32, u32>>,
    settled: FxHashMap<u32, Option<u32>>,
    says: Interned<String>,
    /// Whether a line of any run so far asked for a judgement.
    is_exercised: bool,
}

/// A judge that heeds a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heeder {
    pub(crate) judge: usize,
    /// Which lines can affect each other in its eyes.
    pub(crate) scope: u32,
}

/// A workflow, opened by one thread.
pub(crate) struct Program {
    pub(crate) names: Vec<String>,
    pub(crate) may_crash: Vec<bool>,
    pub(crate) has_clocks: bool,
    /// Whether nothing else happens before every participant has started, in the order of their addresses.
    pub(crate) starts_together: bool,
    /// Whether it matters which of equal messages arrives.
    pub(crate) tells_messages_apart: bool,
    pub(crate) faults: Faults,
    actors: Box<dyn Actors>,
    tables: Tables,
    /// By kind and state.
    plain: Grid<Known>,
    timed: FxHashMap<(u32, u32, i64), u32>,
    reactions: Vec<Reaction>,
    benches: Vec<Bench>,
    /// Who heeds each line, in the order of lines that were met.
    heeders: Vec<Heeder>,
    /// Of each line: where those who heed it begin and end, once it was met.
    heeded: Vec<Option<(u32, u32)>>,
    /// A line that a judge cannot read.
    fault: Option<ModelFault>,
}

/// What is known of a reaction before the clock is looked at.
#[derive(Clone, Copy)]
enum Known {
    Reaction(u32),
    DependsOnNow,
}

/// Everything that has a number.
#[derive(Default)]
struct Tables {
    names: Vec<String>,
    kinds: Interned<Kind>,
    infos: Vec<KindInfo>,
    lines: Interned<Line>,
    endings: Interned<Ending>,
    /// The line that ends an operation, by the line that began it and by how it ended.
    ended: Grid<u32>,
}

impl Tables {
    fn kind(&mut self, kind: Kind, content: impl FnOnce(u32) -> String) -> u32 {
        let (number, is_new) = self.kinds.intern(kind);
        if is_new {
            let text = spelt(kind, &self.names, content);
            let name = stable_hash(&text);
            self.infos.push(KindInfo { name, text });
        }
        number
    }
}

impl Tables {
    fn line(&mut self, participant: Address, says: Says) -> u32 {
        self.lines.intern(Line { participant, says }).0
    }

    fn end(&mut self, slot: u8, ending: Ending) -> Effect {
        let ending = self.endings.intern(ending).0;
        Effect::End { slot, ending }
    }
}

/// The participants with their messages hidden.
trait Actors: Send {
    fn first_state(&mut self, participant: Address) -> u32;
    fn react(
        &mut self,
        tables: &mut Tables,
        state: u32,
        kind: Kind,
        now_ms: Option<i64>,
    ) -> Result<(Reaction, bool), ModelFault>;
    fn text(&self, content: u32) -> String;
}

struct Troupe<M: Message> {
    roles: Vec<Box<dyn Role<M>>>,
    contents: Interned<M>,
}

impl<M: Message> Troupe<M> {
    fn content(&mut self, msg: M) -> Result<u32, String> {
        text_of(&msg)?;
        Ok(self.contents.intern(msg).0)
    }

    fn effect(
        &mut self,
        tables: &mut Tables,
        own: Address,
        output: Output<M>,
    ) -> Result<Effect, String> {
        Ok(match output {
            Output::Send { to, msg } => {
                let content = self.content(msg)?;
                let what = What::Message { from: own, content };
                Effect::Send(self.kind(tables, Kind { what, to }))
            }
            Output::SetTimer { msg, after } => {
                let after_ms = u32::try_from(after.as_millis()).unwrap_or(u32::MAX);
                let kind = self.timer(tables, own, msg)?;
                Effect::SetTimer { kind, after_ms }
            }
            Output::Cancel { msg } => Effect::Cancel(self.timer(tables, own, msg)?),
            Output::Invoke {
                slot,
                words,
                intent,
            } => {
                let words = said(words, intent);
                let says = Says::Invoked(Arc::new(Call { slot, words }));
                let line = tables.line(own, says);
                Effect::Invoke { slot, line }
            }
            Output::Ok { slot, value } => tables.end(slot, Ending::Ok(value)),
            Output::Fail { slot, error } => tables.end(slot, Ending::Failed(error)),
            Output::GiveUp { slot } => tables.end(slot, Ending::Unknown(Why::GaveUp)),
            Output::Fact { words, intent } => {
                Effect::Fact(tables.line(own, Says::Fact(said(words, intent))))
            }
        })
    }

    fn timer(&mut self, tables: &mut Tables, own: Address, msg: M) -> Result<u32, String> {
        let content = self.content(msg)?;
        let what = What::Timer { content };
        Ok(self.kind(tables, Kind { what, to: own }))
    }

    fn kind(&self, tables: &mut Tables, kind: Kind) -> u32 {
        tables.kind(kind, |content| self.text(content))
    }
}

fn said(words: model::Words, intent: Option<Value>) -> Words {
    Words {
        f: words.f,
        value: words.value,
        intent,
    }
}

impl<M: Message> Actors for Troupe<M> {
    fn first_state(&mut self, participant: Address) -> u32 {
        self.roles[participant.index()].first_state()
    }

    fn react(
        &mut self,
        tables: &mut Tables,
        state: u32,
        kind: Kind,
        now_ms: Option<i64>,
    ) -> Result<(Reaction, bool), ModelFault> {
        let own = kind.to;
        let incoming = match kind.what {
            What::Start => Incoming::Start,
            What::Restart => Incoming::Restart,
            What::Message { from, content } => {
                Incoming::Message(from, self.contents.get(content).clone())
            }
            What::Timer { content } => Incoming::Timer(self.contents.get(content).clone()),
            What::Heal { .. } => unreachable!("a link that heals is nobody's event"),
        };
        let names = std::mem::take(&mut tables.names);
        let company = Company {
            names: &names,
            now_ms,
        };
        let reacted = self.roles[own.index()].react(state, incoming, company);
        tables.names = names;
        let reacted = reacted.and_then(|reaction| {
            let reads_now = reaction.reads_now;
            let mut effects = Vec::new();
            let mut groups = Vec::with_capacity(reaction.groups.len());
            for group in reaction.groups {
                for output in group.outputs {
                    effects.push(self.effect(tables, own, output)?);
                }
                groups.push(Group {
                    end: effects.len(),
                    state_if_crashed: group.state_if_crashed,
                });
            }
            let reaction = Reaction {
                state_if_crashed_first: reaction.state_if_crashed_first,
                effects,
                groups,
                state: reaction.state,
            };
            Ok((reaction, reads_now))
        });
        reacted.map_err(|says| ModelFault {
            participant: tables.names[own.index()].clone(),
            says,
            needs_history: None,
        })
    }

    fn text(&self, content: u32) -> String {
        text_of(self.contents.get(content)).unwrap_or_default()
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Program").field(&self.names).finish()
    }
}

impl Program {
    fn of<M: Message>(cast: Cast<M>, faults: Faults) -> Self {
        let troupe = Troupe {
            roles: cast.roles,
            contents: Interned::default(),
        };
        let tables = Tables {
            names: cast.names.clone(),
            ..Tables::default()
        };
        let mut program = Self {
            names: cast.names,
            may_crash: cast.may_crash,
            has_clocks: cast.has_clocks,
            starts_together: cast.starts_together,
            tells_messages_apart: false,
            faults,
            actors: Box::new(troupe),
            tables,
            plain: Grid::default(),
            timed: FxHashMap::default(),
            reactions: Vec::new(),
            benches: Vec::new(),
            heeders: Vec::new(),
            heeded: Vec::new(),
            fault: None,
        };
        for who in program.participants() {
            let start = program.kind(What::Start, who);
            debug_assert_eq!(start, u32::from(who.0), "starts have the lowest numbers");
        }
        program
    }

    /// Whether items of this kind are starts: these have the lowest numbers, in the order of participants.
    pub(crate) fn is_start(&self, kind: u32) -> bool {
        (kind as usize) < self.names.len()
    }

    /// Lets a judge watch every run.
    pub(crate) fn watch(&mut self, mut judge: Box<dyn Judge>) {
        let start = judge.start();
        self.benches.push(Bench {
            judge,
            start,
            next: Grid::default(),
            settled: FxHashMap::default(),
            says: Interned::default(),
            is_exercised: false,
        });
    }

    pub(crate) fn participants(&self) -> impl Iterator<Item = Address> + use<> {
        (0..self.names.len() as u16).map(Address)
    }

    /// What is wrong with a line that a judge was shown.
    ///
    /// # Errors
    /// That.
    pub(crate) fn check_lines(&self) -> Result<(), ModelFault> {
        match &self.fault {
            None => Ok(()),
            Some(fault) => Err(fault.clone()),
        }
    }

    pub(crate) fn judges(&self) -> usize {
        self.benches.len()
    }

    pub(crate) fn first_state(&mut self, participant: Address) -> u32 {
        self.actors.first_state(participant)
    }

    pub(crate) fn kind(&mut self, what: What, to: Address) -> u32 {
        let actors = &self.actors;
        self.tables
            .kind(Kind { what, to }, |content| actors.text(content))
    }

    /// What people read of the kind of this name.
    pub(crate) fn text_of(&self, name: u64) -> Option<&str> {
        let info = self.tables.infos.iter().find(|info| info.name == name)?;
        Some(&info.text)
    }

    /// What a message or timer says, as JSON.
    pub(crate) fn content(&self, content: u32) -> String {
        self.actors.text(content)
    }

    pub(crate) fn kind_of(&self, kind: u32) -> Kind {
        *self.tables.kinds.get(kind)
    }

    pub(crate) fn info(&self, kind: u32) -> &KindInfo {
        &self.tables.infos[kind as usize]
    }

    pub(crate) fn line(&self, line: u32) -> &Line {
        self.tables.lines.get(line)
    }

    /// The number of the ending of an operation of which nobody knows what became of it.
    pub(crate) fn unknown(&mut self, why: Why) -> u32 {
        self.tables.endings.intern(Ending::Unknown(why)).0
    }

    /// The line that ends the operation which `call` began.
    pub(crate) fn ended(&mut self, call: u32, ending: u32) -> u32 {
        if let Some(line) = self.tables.ended.get(call, ending) {
            return line;
        }
        let Line { participant, says } = self.tables.lines.get(call);
        let Says::Invoked(begun) = says else {
            unreachable!("an operation is known by the line that began it");
        };
        let how = self.tables.endings.get(ending).clone();
        let (participant, says) = (*participant, Says::Ended(Arc::clone(begun), how));
        let line = self.tables.line(participant, says);
        self.tables.ended.insert(call, ending, line);
        line
    }

    /// The number of what a participant in `state` does when something of this kind comes in.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(crate) fn react(&mut self, state: u32, kind: u32, now_ms: i64) -> Result<u32, ModelFault> {
        match self.plain.get(kind, state) {
            Some(Known::Reaction(reaction)) => return Ok(reaction),
            Some(Known::DependsOnNow) => {
                if let Some(reaction) = self.timed.get(&(state, kind, now_ms)) {
                    return Ok(*reaction);
                }
            }
            None => {}
        }
        let what = self.kind_of(kind);
        let clock = self.has_clocks.then_some(now_ms);
        let (reaction, reads_now) = self.actors.react(&mut self.tables, state, what, clock)?;
        let number = self.reactions.len() as u32;
        self.reactions.push(reaction);
        if reads_now {
            self.plain.insert(kind, state, Known::DependsOnNow);
            self.timed.insert((state, kind, now_ms), number);
        } else {
            self.plain.insert(kind, state, Known::Reaction(number));
        }
        Ok(number)
    }

    /// Whether the reaction of a state to a kind of item looks at the clock.
    pub(crate) fn reads_now(&self, state: u32, kind: u32) -> bool {
        matches!(self.plain.get(kind, state), Some(Known::DependsOnNow))
    }

    pub(crate) fn reaction(&self, reaction: u32) -> &Reaction {
        &self.reactions[reaction as usize]
    }

    pub(crate) fn judge_start(&self, judge: usize) -> u32 {
        self.benches[judge].start
    }

    /// Where those who heed a line begin and end.
    pub(crate) fn heeders(&mut self, line: u32) -> std::ops::Range<u32> {
        if let Some(Some((begin, end))) = self.heeded.get(line as usize) {
            return *begin..*end;
        }
        let begin = self.heeders.len() as u32;
        for judge in 0..self.benches.len() {
            if let Some(scope) = self.scope(judge, line) {
                self.heeders.push(Heeder { judge, scope });
            }
        }
        let end = self.heeders.len() as u32;
        if self.heeded.len() <= line as usize {
            self.heeded.resize(line as usize + 1, None);
        }
        self.heeded[line as usize] = Some((begin, end));
        begin..end
    }

    pub(crate) fn heeder(&self, at: u32) -> Heeder {
        self.heeders[at as usize]
    }

    /// Asks a judge about a line that it has not met.
    fn scope(&mut self, judge: usize, line: u32) -> Option<u32> {
        let bench = &mut self.benches[judge];
        let text = self.tables.lines.get(line);
        let scope = bench.judge.scope(text).unwrap_or_else(|unreadable| {
            let (says, needs_history) = match unreadable {
                Unreadable::Misfit(says) => (says, None),
                Unreadable::NeedsHistory => (String::new(), Some(judge)),
            };
            self.fault.get_or_insert(ModelFault {
                participant: self.names[text.participant.index()].clone(),
                says,
                needs_history,
            });
            None
        });
        bench.is_exercised |= bench.judge.concerns(text);
        scope
    }

    /// The state of a judge behind a line that it heeds; `Err`: the number of what it says is broken.
    pub(crate) fn observe(&mut self, judge: usize, state: u32, line: u32) -> Result<u32, u32> {
        let bench = &mut self.benches[judge];
        if let Some(next) = bench.next.get(line, state) {
            return next;
        }
        let next = bench.judge.observe(state, self.tables.lines.get(line));
        let next = next.map_err(|says| bench.says.intern(says).0);
        bench.next.insert(line, state, next);
        next
    }

    /// What a judge says is broken at the end.
    pub(crate) fn settle(&mut self, judge: usize, state: u32) -> Option<u32> {
        let bench = &mut self.benches[judge];
        if let Some(says) = bench.settled.get(&state) {
            return *says;
        }
        let settled = bench.judge.settle(state).err();
        let says = settled.map(|says| bench.says.intern(says).0);
        bench.settled.insert(state, says);
        says
    }

    /// Whether what a judge finds broken at the end is broken however a run goes on.
    pub(crate) fn judges_prefixes(&self, judge: usize) -> bool {
        self.benches[judge].judge.judges_prefixes()
    }

    pub(crate) fn says(&self, judge: usize, says: u32) -> &str {
        self.benches[judge].says.get(says)
    }

    /// Whether a line of any run so far asked for a judgement.
    pub(crate) fn is_exercised(&self, judge: usize) -> bool {
        let bench = &self.benches[judge];
        bench.is_exercised || bench.judge.has_judged()
    }

    /// Whether some run so far was neither surely kept nor surely broken.
    pub(crate) fn is_undecided(&self, judge: usize) -> bool {
        self.benches[judge].judge.is_undecided()
    }
}
