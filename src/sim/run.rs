//! One run of a workflow, step by step.
//!
//! # Invariants
//! - I1: a run is a function of the steps taken: the same steps give the same states, lines and verdicts.
//! - I2: no fault happens that [`Faults`] does not leave.
//! - I3: an operation that is open when its caller crashes, or when the run ends, is recorded as unknown.

use crate::model::{Address, Faults, ModelFault};

use super::Why;
use super::item::{ItemName, What, mixed};
use super::program::{Effect, Program};

/// Something that can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) kind: u32,
    pub(crate) copy: u16,
    /// Later ones have greater numbers.
    pub(crate) born: u32,
    /// The step that brought it about.
    pub(crate) cause: u32,
    /// When a timer or a cut link was made, on the clock of the run; 0 of others.
    pub(crate) due_ms: i64,
}

/// How an item happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Way {
    Whole,
    /// The participant crashes behind so many groups of effects.
    CrashAfter(u8),
    /// The message never arrives.
    Lost,
    /// It arrives now, and once more later.
    Twice,
    /// It is lost, and so is everything between the two participants until the link heals.
    Cut,
    /// The participant starts with a clock that is ahead, or behind.
    Ahead,
    Behind,
}

impl Way {
    /// Behind how many groups of effects the participant crashes, if it does.
    pub(crate) const fn crashes_after(self) -> Option<u8> {
        match self {
            Self::CrashAfter(groups) => Some(groups),
            _ => None,
        }
    }

    /// The same number in every version.
    const fn number(self) -> u64 {
        match self {
            Self::Whole => 0,
            Self::Lost => 1,
            Self::Twice => 2,
            Self::Cut => 3,
            Self::Ahead => 4,
            Self::Behind => 5,
            Self::CrashAfter(groups) => 16 + groups as u64,
        }
    }
}

/// What happened, under names that other runs know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) kind: u32,
    pub(crate) copy: u16,
    pub(crate) way: Way,
    /// The link was cut: the message was lost for nothing.
    pub(crate) fell_into_cut: bool,
    /// The step that brought the item about; its own number for those that began the run.
    pub(crate) cause: u32,
    /// The first of the lines that were written.
    pub(crate) first_line: u32,
    /// What the participant did; `u32::MAX`: nothing.
    pub(crate) reaction: u32,
}

/// A line that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) line: u32,
    pub(crate) step: u32,
}

/// What a judge found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) judge: usize,
    /// The number of what it says.
    pub(crate) says: u32,
    /// How many steps had been taken.
    pub(crate) step: u32,
}

/// One run of a workflow.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) states: Vec<u32>,
    pub(crate) is_up: Vec<bool>,
    /// Of each participant: the lines that began its open operations, with their slots, in the order of these.
    pub(crate) open: Vec<Vec<(u8, u32)>>,
    skew_ms: Vec<i64>,
    pub(crate) now_ms: i64,
    pub(crate) pending: Vec<Pending>,
    /// Of each kind: how many of it there were.
    copies: Vec<u16>,
    pub(crate) left: Faults,
    pub(crate) cuts: Vec<(Address, Address)>,
    pub(crate) judges: Vec<u32>,
    pub(crate) found: Option<Found>,
    pub(crate) steps: Vec<Step>,
    pub(crate) lines: Vec<Written>,
    born: u32,
    classes: Vec<u64>,
}

impl Run {
    /// The moment before anything happens.
    pub(crate) fn new(program: &mut Program) -> Self {
        let count = program.names.len();
        let mut run = Self {
            states: Vec::with_capacity(count),
            is_up: vec![false; count],
            open: vec![Vec::new(); count],
            skew_ms: vec![0; count],
            now_ms: 0,
            pending: Vec::new(),
            copies: Vec::new(),
            left: program.faults,
            cuts: Vec::new(),
            judges: Vec::new(),
            found: None,
            steps: Vec::new(),
            lines: Vec::new(),
            born: 0,
            classes: vec![0; count],
        };
        run.reset(program);
        run
    }

    /// Goes back to the moment before anything happens, and keeps its memory.
    pub(crate) fn reset(&mut self, program: &mut Program) {
        self.states.clear();
        self.pending.clear();
        self.copies.iter_mut().for_each(|copies| *copies = 0);
        self.cuts.clear();
        self.judges.clear();
        self.steps.clear();
        self.lines.clear();
        self.is_up.iter_mut().for_each(|is_up| *is_up = false);
        self.open.iter_mut().for_each(Vec::clear);
        self.skew_ms.iter_mut().for_each(|skew| *skew = 0);
        self.classes.iter_mut().for_each(|class| *class = 0);
        (self.now_ms, self.born, self.found) = (0, 0, None);
        self.left = program.faults;
        for participant in program.participants() {
            self.states.push(program.first_state(participant));
            let kind = program.kind(What::Start, participant);
            self.add(kind, 0, 0);
        }
        self.judges
            .extend((0..program.judges()).map(|judge| program.judge_start(judge)));
    }

    fn add(&mut self, kind: u32, cause: u32, due_ms: i64) {
        let at = kind as usize;
        if self.copies.len() <= at {
            self.copies.resize(at + 1, 0);
        }
        let copy = self.copies[at];
        self.copies[at] = copy.saturating_add(1);
        self.born += 1;
        let born = self.born;
        self.pending.push(Pending {
            kind,
            copy,
            born,
            cause,
            due_ms,
        });
    }

    /// Whether an item can happen: nothing reaches a participant that has not started, or is down.
    pub(crate) fn is_enabled(&self, program: &Program, item: Pending) -> bool {
        let steps = self.steps.len();
        if program.starts_together && steps < self.is_up.len() {
            return item.kind as usize == steps;
        }
        let kind = program.kind_of(item.kind);
        match kind.what {
            What::Start | What::Restart | What::Heal { .. } => true,
            _ => self.is_up[kind.to.index()],
        }
    }

    /// The name of an item that other runs know.
    pub(crate) fn name(&self, program: &Program, item: Pending) -> ItemName {
        ItemName {
            kind: program.info(item.kind).name,
            copy: item.copy,
        }
    }

    fn is_cut(&self, a: Address, b: Address) -> bool {
        self.cuts.contains(&(a.min(b), a.max(b)))
    }

    /// Whether faults are left for an item to happen in this way.
    pub(crate) fn permits(&self, program: &Program, item: Pending, way: Way) -> bool {
        let kind = program.kind_of(item.kind);
        let is_message = matches!(kind.what, What::Message { .. });
        let falls = kind.sender().is_some_and(|from| self.is_cut(from, kind.to));
        match way {
            Way::Whole => true,
            _ if falls => false,
            Way::CrashAfter(_) => {
                let reacts = !matches!(kind.what, What::Heal { .. });
                reacts && self.left.crashes > 0 && program.may_crash[kind.to.index()]
            }
            Way::Lost => is_message && self.left.drops > 0,
            Way::Twice => is_message && self.left.duplicates > 0,
            Way::Cut => is_message && self.left.partitions > 0 && kind.sender() != Some(kind.to),
            Way::Ahead | Way::Behind => {
                kind.what == What::Start && self.left.skews > 0 && program.has_clocks
            }
        }
    }

    /// How many groups of effects an item would have, if it happened now and whole; 0 where the model is at fault.
    pub(crate) fn groups(&self, program: &mut Program, item: Pending) -> u32 {
        let own = program.kind_of(item.kind).to.index();
        let now_ms = self.now_ms + self.skew_ms[own];
        let reaction = program.react(self.states[own], item.kind, now_ms);
        reaction.map_or(0, |reaction| program.reaction(reaction).groups.len() as u32)
    }

    /// Lets the item at this position of [`Run::pending`] happen.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(crate) fn take(
        &mut self,
        program: &mut Program,
        at: usize,
        way: Way,
    ) -> Result<(), ModelFault> {
        let item = self.pending.remove(at);
        let kind = program.kind_of(item.kind);
        debug_assert!(self.permits(program, item, way), "no such fault is left");
        let number = self.steps.len() as u32;
        let fell_into_cut = kind.sender().is_some_and(|from| self.is_cut(from, kind.to));
        self.steps.push(Step {
            kind: item.kind,
            copy: item.copy,
            way,
            fell_into_cut,
            cause: item.cause,
            first_line: self.lines.len() as u32,
            reaction: u32::MAX,
        });
        self.count_class(program, item, way);
        if matches!(kind.what, What::Start | What::Restart) {
            self.is_up[kind.to.index()] = true;
        }
        match (kind.what, way) {
            (What::Heal { other }, _) => {
                let link = (kind.to.min(other), kind.to.max(other));
                self.cuts.retain(|cut| *cut != link);
                return Ok(());
            }
            _ if fell_into_cut => return Ok(()),
            (_, Way::Lost) => {
                self.left.drops -= 1;
                return Ok(());
            }
            (What::Message { from, .. }, Way::Cut) => {
                self.left.partitions -= 1;
                let (a, b) = (kind.to.min(from), kind.to.max(from));
                self.cuts.push((a, b));
                let heal = program.kind(What::Heal { other: a }, b);
                self.add(heal, number, 0);
                return Ok(());
            }
            (What::Timer { .. }, _) if program.has_clocks => {
                self.now_ms = self.now_ms.max(item.due_ms);
            }
            (What::Start, Way::Ahead | Way::Behind) => {
                self.left.skews -= 1;
                let skew = i64::from(self.left.skew_ms);
                let sign = if way == Way::Ahead { 1 } else { -1 };
                self.skew_ms[kind.to.index()] = sign * skew;
            }
            _ => {}
        }
        self.react(program, item, way)
    }

    fn react(&mut self, program: &mut Program, item: Pending, way: Way) -> Result<(), ModelFault> {
        let number = self.steps.len() as u32 - 1;
        let to = program.kind_of(item.kind).to;
        let own = to.index();
        let now_ms = self.now_ms + self.skew_ms[own];
        let state = self.states[own];
        let reaction = program.react(state, item.kind, now_ms)?;
        if program.has_clocks && program.reads_now(state, item.kind) {
            self.now_ms += 1;
        }
        self.steps[number as usize].reaction = reaction;
        let (effects, state) = program.reaction(reaction).extent(way.crashes_after());
        for effect in 0..effects {
            let effect = program.reaction(reaction).effects[effect];
            self.effect(program, own, effect);
        }
        self.states[own] = state;
        if way.crashes_after().is_some() {
            self.left.crashes -= 1;
            self.crash(program, to);
        }
        if way == Way::Twice {
            self.left.duplicates -= 1;
            self.add(item.kind, number, 0);
        }
        program.check_lines()
    }

    fn effect(&mut self, program: &mut Program, own: usize, effect: Effect) {
        let number = self.steps.len() as u32 - 1;
        match effect {
            Effect::Send(kind) => self.add(kind, number, 0),
            Effect::SetTimer { kind, after_ms } => {
                self.pending.retain(|item| item.kind != kind);
                let due_ms = match program.has_clocks {
                    true => self.now_ms + i64::from(after_ms),
                    false => 0,
                };
                self.add(kind, number, due_ms);
            }
            Effect::Cancel(kind) => self.pending.retain(|item| item.kind != kind),
            Effect::Invoke { slot, line } => {
                let open = &mut self.open[own];
                let at = open.partition_point(|(known, _)| *known < slot);
                open.insert(at, (slot, line));
                self.write(program, line);
            }
            Effect::End { slot, ending } => {
                let open = &mut self.open[own];
                if let Some(at) = open.iter().position(|(known, _)| *known == slot) {
                    let (_, call) = open.remove(at);
                    let line = program.ended(call, ending);
                    self.write(program, line);
                }
            }
            Effect::Fact(line) => self.write(program, line),
        }
    }

    fn crash(&mut self, program: &mut Program, who: Address) {
        self.give_up(program, who, Why::Crashed);
        self.is_up[who.index()] = false;
        self.pending.retain(|item| {
            let kind = program.kind_of(item.kind);
            kind.to != who || !matches!(kind.what, What::Timer { .. })
        });
        let restart = program.kind(What::Restart, who);
        let number = self.steps.len() as u32 - 1;
        self.add(restart, number, 0);
    }

    fn give_up(&mut self, program: &mut Program, who: Address, why: Why) {
        while let Some((_, call)) = self.open[who.index()].pop() {
            let ending = program.unknown(why);
            let line = program.ended(call, ending);
            self.write(program, line);
        }
    }

    fn write(&mut self, program: &mut Program, line: u32) {
        let step = (self.steps.len() as u32).saturating_sub(1);
        self.lines.push(Written { line, step });
        for at in program.heeders(line) {
            let judge = program.heeder(at).judge;
            match program.observe(judge, self.judges[judge], line) {
                Ok(next) => self.judges[judge] = next,
                Err(says) => {
                    let step = self.steps.len() as u32;
                    self.found.get_or_insert(Found { judge, says, step });
                }
            }
        }
    }

    /// Nothing more happens: operations that are still open stay unknown, and the judges have the last word.
    pub(crate) fn finish(&mut self, program: &mut Program) {
        for who in program.participants() {
            self.give_up(program, who, Why::NeverAnswered);
        }
        self.settle(program, |_, _| true);
    }

    /// The run is left where it stands: only judges for whom that makes no difference have the last word.
    pub(crate) fn cut_short(&mut self, program: &mut Program) {
        for who in program.participants() {
            self.give_up(program, who, Why::NeverAnswered);
        }
        self.settle(program, Program::judges_prefixes);
    }

    fn settle(&mut self, program: &mut Program, is_asked: impl Fn(&Program, usize) -> bool) {
        if self.found.is_some() {
            return;
        }
        let step = self.steps.len() as u32;
        let settled = |judge: usize| {
            if !is_asked(program, judge) {
                return None;
            }
            let says = program.settle(judge, self.judges[judge])?;
            Some(Found { judge, says, step })
        };
        self.found = (0..self.judges.len()).find_map(settled);
    }

    fn count_class(&mut self, program: &Program, item: Pending, way: Way) {
        let name = program.info(item.kind).name;
        let step = name ^ mixed(u64::from(item.copy) << 16 | way.number());
        let to = program.kind_of(item.kind).to;
        let class = &mut self.classes[to.index()];
        *class = mixed(class.rotate_left(5) ^ step);
    }

    /// The steps, under names that other runs know.
    pub(crate) fn names(&self, program: &Program) -> Vec<(ItemName, Way)> {
        let named = self.steps.iter().map(|step| {
            let kind = program.info(step.kind).name;
            let copy = step.copy;
            (ItemName { kind, copy }, step.way)
        });
        named.collect()
    }

    /// A hash of all steps in their order.
    pub(crate) fn trace(&self, program: &Program) -> u64 {
        let fold = |all: u64, step: &Step| {
            let name = program.info(step.kind).name;
            let step = name ^ mixed(u64::from(step.copy) << 16 | step.way.number());
            mixed(all.rotate_left(5) ^ step)
        };
        self.steps.iter().fold(0, fold)
    }

    /// A hash of what each participant saw, in its own order: two runs of one class differ only in the order of steps that concern
    /// different participants.
    pub(crate) fn class(&self) -> u64 {
        let fold = |all: u64, class: &u64| mixed(all.rotate_left(7) ^ class);
        self.classes.iter().fold(0, fold)
    }
}
