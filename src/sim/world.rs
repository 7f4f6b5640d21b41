//! What the future of a run depends on, and nothing else: runs whose worlds are equal go on alike.
//!
//! # Idea
//! A world is a few numbers: the participants' states, what is pending, what is open, what may still go wrong, and what the judges
//! remember. How often something happened before, in which order and by whose doing, is left out: that is what a [`Run`](super::run::Run)
//! has besides. A fingerprint of 128 bits goes along: the sum of one pseudo-random number for each part, so that a step
//! changes it in as many places as it changes the world (Zobrist, "A New Hashing Method with Application for Game Playing", Wisconsin
//! technical report 88, 1970; sums instead of exclusive or, because what is pending may be there several times).
//!
//! # Invariants
//! - I1: a step changes a world as it changes a run (`tests/`: every run of random models, side by side).
//! - I2: equal worlds have equal fingerprints, whatever led to them.
//! - I3: parts are named by numbers that are equal where the values are (`Eq`), never by hashes that a model's types
//!   compute: those may be equal for unequal values.
//!
//! # Complexity
//! A step: one lookup for the reaction, one for each line and judge, and a copy of the world for the way back. Two of `n` different worlds share
//! a fingerprint with a probability of about n² / 2^129: 10^-20 for 10^9 worlds.

use crate::model::{Address, Faults, ModelFault};

use super::Why;
use super::footprint::Footprint;
use super::item::{What, mixed};
use super::program::{Effect, Heeder, Program};
use super::run::Way;

/// Something that can happen. Equal items are interchangeable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    kind: u32,
    /// When a timer was to fire, where there are clocks.
    due_ms: i64,
}

/// An operation that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Open {
    who: Address,
    slot: u8,
    call: u32,
}

/// Which kind of item happens, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Move {
    pub(crate) kind: u32,
    pub(crate) way: Way,
}

/// What a judge says is broken, in numbers.
pub(super) type Objection = (usize, u32);

/// Is told what a step does to the items that are pending, beside the one that happens.
pub(super) trait Witness {
    fn added(&mut self, kind: u32);
    fn removed(&mut self, kind: u32);
}

/// Nobody needs to know.
impl Witness for () {
    fn added(&mut self, _: u32) {}
    fn removed(&mut self, _: u32) {}
}

/// What the future of a run depends on.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Of each participant: its state, and in the lowest bit whether it is up.
    minds: Vec<u32>,
    judges: Vec<u32>,
    /// In the order of participants and slots.
    open: Vec<Open>,
    /// In the order of kinds.
    pending: Vec<Item>,
    /// Of each participant, where there are clocks: 1 ahead, -1 behind.
    skews: Vec<i8>,
    cuts: Vec<(Address, Address)>,
    left: Faults,
    now_ms: i64,
    print: Print,
    /// What the last step touched.
    pub(super) footprint: Footprint,
    /// What the last step broke.
    pub(super) found: Option<Objection>,
}

/// The fingerprint of a world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Print {
    pub(super) low: u64,
    pub(super) high: u64,
}

/// The parts of a world that its fingerprint sums up. Cut links are left out: each has an item pending that heals it.
#[derive(Clone, Copy)]
enum Part {
    Mind,
    Judge,
    Open,
    Pending,
    Skew,
    Left,
    Now,
}

impl Print {
    fn of(part: Part, at: u32, value: u32, moment_ms: i64) -> Self {
        debug_assert!(at < 1 << 28, "participants, slots and judges are few");
        let word = (part as u64) << 60 | u64::from(at) << 32 | u64::from(value);
        let (mut low, mut high) = (word ^ 0x9e37_79b9_7f4a_7c15, word ^ 0xc2b2_ae3d_27d4_eb4f);
        if moment_ms != 0 {
            low ^= mixed(moment_ms as u64 ^ 0x1656_67b1_9e37_79f9);
            high ^= mixed(moment_ms as u64 ^ 0x85eb_ca77_c2b2_ae63);
        }
        Self {
            low: mixed(low),
            high: mixed(high),
        }
    }

    const fn add(&mut self, part: Self) {
        self.low = self.low.wrapping_add(part.low);
        self.high = self.high.wrapping_add(part.high);
    }

    const fn remove(&mut self, part: Self) {
        self.low = self.low.wrapping_sub(part.low);
        self.high = self.high.wrapping_sub(part.high);
    }
}

impl Item {
    fn print(self) -> Print {
        Print::of(Part::Pending, 0, self.kind, self.due_ms)
    }
}

impl Open {
    fn print(self) -> Print {
        let at = u32::from(self.who.0) << 6 | u32::from(self.slot);
        Print::of(Part::Open, at, self.call, 0)
    }
}

fn left_print(left: Faults) -> Print {
    let packed = u32::from_le_bytes([left.drops, left.duplicates, left.crashes, left.partitions]);
    Print::of(Part::Left, u32::from(left.skews), packed, 0)
}

impl World {
    /// The moment before anything happens.
    pub(super) fn new(program: &mut Program) -> Self {
        let mut world = Self {
            left: program.faults,
            ..Self::default()
        };
        world.print.add(left_print(world.left));
        for who in program.participants() {
            let state = program.first_state(who);
            world.minds.push(state << 1);
            let mind = Print::of(Part::Mind, u32::from(who.0), state << 1, 0);
            world.print.add(mind);
            if program.has_clocks {
                world.skews.push(0);
            }
            let start = program.kind(What::Start, who);
            world.add(start, 0, &mut ());
        }
        for judge in 0..program.judges() {
            let state = program.judge_start(judge);
            world.judges.push(state);
            let part = Print::of(Part::Judge, judge as u32, state, 0);
            world.print.add(part);
        }
        world
    }

    /// Becomes a copy of another world, and keeps its memory.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.minds.clone_from(&other.minds);
        self.judges.clone_from(&other.judges);
        self.open.clone_from(&other.open);
        self.pending.clone_from(&other.pending);
        self.skews.clone_from(&other.skews);
        self.cuts.clone_from(&other.cuts);
        self.left = other.left;
        self.now_ms = other.now_ms;
        self.print = other.print;
        self.found = other.found;
    }

    #[cfg(test)]
    pub(super) fn states(&self) -> Vec<u32> {
        self.minds.iter().map(|mind| mind >> 1).collect()
    }

    #[cfg(test)]
    pub(super) fn judges(&self) -> &[u32] {
        &self.judges
    }

    /// Equal worlds have equal ones; others do not, as far as chance permits.
    pub(super) const fn print(&self) -> Print {
        self.print
    }

    /// Whether an operation waits for its answer.
    pub(super) fn has_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Bytes that the world holds.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>()
            + 4 * (self.minds.len() + self.judges.len())
            + size_of::<Open>() * self.open.len()
            + size_of::<Item>() * self.pending.len()
            + self.skews.len()
            + size_of::<(Address, Address)>() * self.cuts.len()
    }

    fn is_up(&self, who: Address) -> bool {
        self.minds[who.index()] & 1 == 1
    }

    fn is_cut(&self, a: Address, b: Address) -> bool {
        !self.cuts.is_empty() && self.cuts.contains(&(a.min(b), a.max(b)))
    }

    /// Whether an item of this kind is pending.
    pub(super) fn has(&self, kind: u32) -> bool {
        self.pending.iter().any(|item| item.kind == kind)
    }

    /// The kinds that can happen, each once, in the order of their numbers.
    pub(super) fn enabled(&self, program: &Program, kinds: &mut Vec<u32>) {
        if let (true, Some(item)) = (program.starts_together, self.pending.first())
            && program.is_start(item.kind)
        {
            kinds.push(item.kind);
            return;
        }
        let mut last = u32::MAX;
        for item in &self.pending {
            if item.kind == last {
                continue;
            }
            last = item.kind;
            let kind = program.kind_of(item.kind);
            let is_enabled = match kind.what {
                What::Start | What::Restart | What::Heal { .. } => true,
                What::Message { .. } | What::Timer { .. } => self.is_up(kind.to),
            };
            if is_enabled {
                kinds.push(item.kind);
            }
        }
    }

    /// Every way in which an enabled kind can happen: whole first.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn moves(
        &self,
        program: &mut Program,
        number: u32,
        moves: &mut Vec<Move>,
    ) -> Result<(), ModelFault> {
        let mut push = |way| moves.push(Move { kind: number, way });
        push(Way::Whole);
        let kind = program.kind_of(number);
        if let What::Message { from, .. } = kind.what {
            if self.is_cut(from, kind.to) {
                return Ok(());
            }
            if self.left.drops > 0 {
                push(Way::Lost);
            }
            if self.left.duplicates > 0 {
                push(Way::Twice);
            }
            if self.left.partitions > 0 && from != kind.to {
                push(Way::Cut);
            }
        }
        if kind.what == What::Start && self.left.skews > 0 && program.has_clocks {
            push(Way::Ahead);
            push(Way::Behind);
        }
        let reacts = !matches!(kind.what, What::Heal { .. });
        if reacts && self.left.crashes > 0 && program.may_crash[kind.to.index()] {
            let mut now_ms = self.now_ms;
            if let (What::Timer { .. }, true) = (kind.what, program.has_clocks) {
                let item = self.pending.iter().find(|item| item.kind == number);
                now_ms = now_ms.max(item.map_or(0, |item| item.due_ms));
            }
            let state = self.minds[kind.to.index()] >> 1;
            let reaction = program.react(state, number, now_ms + self.skew_ms(program, kind.to))?;
            let groups = program.reaction(reaction).groups.len() as u8;
            (0..=groups).for_each(|groups| push(Way::CrashAfter(groups)));
        }
        Ok(())
    }

    fn skew_ms(&self, program: &Program, who: Address) -> i64 {
        let skew = self.skews.get(who.index()).copied().unwrap_or(0);
        i64::from(skew) * i64::from(program.faults.skew_ms)
    }

    fn add(&mut self, kind: u32, due_ms: i64, witness: &mut impl Witness) {
        let item = Item { kind, due_ms };
        let at = self.pending.partition_point(|known| *known < item);
        self.pending.insert(at, item);
        self.print.add(item.print());
        witness.added(kind);
    }

    /// Takes the item at a position away.
    fn remove(&mut self, at: usize) -> Item {
        let item = self.pending.remove(at);
        self.print.remove(item.print());
        item
    }

    /// Takes away a timer that is set.
    fn cancel(&mut self, kind: u32, witness: &mut impl Witness) {
        if let Some(at) = self.pending.iter().position(|item| item.kind == kind) {
            self.remove(at);
            witness.removed(kind);
        }
    }

    fn set_mind(&mut self, who: Address, state: u32, is_up: bool) {
        let at = u32::from(who.0);
        let mind = state << 1 | u32::from(is_up);
        let known = &mut self.minds[who.index()];
        self.print.remove(Print::of(Part::Mind, at, *known, 0));
        self.print.add(Print::of(Part::Mind, at, mind, 0));
        *known = mind;
    }

    fn set_now(&mut self, now_ms: i64) {
        self.print.remove(Print::of(Part::Now, 0, 0, self.now_ms));
        self.print.add(Print::of(Part::Now, 0, 0, now_ms));
        self.now_ms = now_ms;
    }

    fn spend(&mut self, spend: impl FnOnce(&mut Faults)) {
        self.print.remove(left_print(self.left));
        spend(&mut self.left);
        self.print.add(left_print(self.left));
    }

    /// Lets an item happen that is enabled, in a way that is permitted.
    ///
    /// # Errors
    /// What is wrong with the model.
    pub(super) fn take(
        &mut self,
        program: &mut Program,
        taken: Move,
        witness: &mut impl Witness,
    ) -> Result<(), ModelFault> {
        self.footprint = Footprint::NONE;
        let at = self.pending.partition_point(|item| item.kind < taken.kind);
        let item = self.remove(at);
        debug_assert!(item.kind == taken.kind, "what happens was pending");
        let kind = program.kind_of(item.kind);
        match kind.what {
            What::Heal { other } => {
                self.footprint.switches(kind.to, other);
                let link = (kind.to.min(other), kind.to.max(other));
                self.cuts.retain(|cut| *cut != link);
                return Ok(());
            }
            What::Message { from, .. } => {
                if program.faults.partitions > 0 {
                    self.footprint.crosses(from, kind.to);
                }
                if program.tells_messages_apart {
                    self.footprint.posts(taken.kind);
                }
                let is_lost = self.is_cut(from, kind.to) || taken.way == Way::Lost;
                if is_lost || taken.way == Way::Cut {
                    self.footprint.looks_at(kind.to);
                    self.lose(program, (from, kind.to), taken.way, witness);
                    return Ok(());
                }
            }
            What::Timer { .. } if program.has_clocks => {
                self.footprint.moves_clock();
                self.set_now(self.now_ms.max(item.due_ms));
            }
            What::Start if matches!(taken.way, Way::Ahead | Way::Behind) => {
                self.skew(kind.to, taken.way);
            }
            _ => {}
        }
        self.footprint.changes(kind.to);
        self.react(program, (kind.to, taken), witness)
    }

    /// A message does not arrive.
    fn lose(
        &mut self,
        program: &mut Program,
        (from, to): (Address, Address),
        way: Way,
        witness: &mut impl Witness,
    ) {
        match way {
            Way::Lost => self.spend(|left| left.drops -= 1),
            Way::Cut => {
                self.footprint.switches(from, to);
                self.spend(|left| left.partitions -= 1);
                let (a, b) = (to.min(from), to.max(from));
                self.cuts.push((a, b));
                let heal = program.kind(What::Heal { other: a }, b);
                self.add(heal, 0, witness);
            }
            _ => {}
        }
    }

    fn skew(&mut self, who: Address, way: Way) {
        self.spend(|left| left.skews -= 1);
        let skew = if way == Way::Ahead { 1 } else { -1 };
        let at = u32::from(who.0);
        let part = |skew: i8| Print::of(Part::Skew, at, u32::from(skew != 0), i64::from(skew));
        self.print.remove(part(self.skews[who.index()]));
        self.print.add(part(skew));
        self.skews[who.index()] = skew;
    }

    fn react(
        &mut self,
        program: &mut Program,
        (to, Move { kind, way }): (Address, Move),
        witness: &mut impl Witness,
    ) -> Result<(), ModelFault> {
        let state = self.minds[to.index()] >> 1;
        let now_ms = self.now_ms + self.skew_ms(program, to);
        let reaction = program.react(state, kind, now_ms)?;
        if program.has_clocks && program.reads_now(state, kind) {
            self.footprint.moves_clock();
            self.set_now(self.now_ms + 1);
        }
        let (effects, state) = program.reaction(reaction).extent(way.crashes_after());
        for effect in 0..effects {
            let effect = program.reaction(reaction).effects[effect];
            self.effect(program, to, effect, witness);
        }
        let crashes = way.crashes_after().is_some();
        self.set_mind(to, state, !crashes);
        if crashes {
            self.crash(program, to, witness);
        }
        if way == Way::Twice {
            self.spend(|left| left.duplicates -= 1);
            self.add(kind, 0, witness);
        }
        program.check_lines()
    }

    fn effect(
        &mut self,
        program: &mut Program,
        own: Address,
        effect: Effect,
        witness: &mut impl Witness,
    ) {
        match effect {
            Effect::Send(kind) => {
                if program.tells_messages_apart {
                    self.footprint.posts(kind);
                }
                self.add(kind, 0, witness);
            }
            Effect::SetTimer { kind, after_ms } => {
                self.cancel(kind, witness);
                let mut due_ms = 0;
                if program.has_clocks {
                    self.footprint.looks_at_clock();
                    due_ms = self.now_ms + i64::from(after_ms);
                }
                self.add(kind, due_ms, witness);
            }
            Effect::Cancel(kind) => self.cancel(kind, witness),
            Effect::Invoke { slot, line } => {
                let open = Open {
                    who: own,
                    slot,
                    call: line,
                };
                let at = self.open.partition_point(|known| *known < open);
                self.open.insert(at, open);
                self.print.add(open.print());
                self.write(program, line);
            }
            Effect::End { slot, ending } => {
                let is_it = |open: &Open| open.who == own && open.slot == slot;
                if let Some(at) = self.open.iter().position(is_it) {
                    self.end(program, at, ending);
                }
            }
            Effect::Fact(line) => self.write(program, line),
        }
    }

    /// The open operation at a position ends.
    fn end(&mut self, program: &mut Program, at: usize, ending: u32) {
        let open = self.open.remove(at);
        self.print.remove(open.print());
        let line = program.ended(open.call, ending);
        self.write(program, line);
    }

    fn crash(&mut self, program: &mut Program, who: Address, witness: &mut impl Witness) {
        self.spend(|left| left.crashes -= 1);
        self.give_up(program, who, Why::Crashed);
        let mut at = 0;
        while let Some(item) = self.pending.get(at) {
            let number = item.kind;
            let kind = program.kind_of(number);
            if kind.to == who && matches!(kind.what, What::Timer { .. }) {
                self.remove(at);
                witness.removed(number);
            } else {
                at += 1;
            }
        }
        let restart = program.kind(What::Restart, who);
        self.add(restart, 0, witness);
    }

    /// The participant's open operations stay unknown: those of the highest slots first.
    fn give_up(&mut self, program: &mut Program, who: Address, why: Why) {
        while let Some(at) = self.open.iter().rposition(|open| open.who == who) {
            let ending = program.unknown(why);
            self.end(program, at, ending);
        }
    }

    fn write(&mut self, program: &mut Program, line: u32) {
        for at in program.heeders(line) {
            let Heeder { judge, scope } = program.heeder(at);
            self.footprint.tells(judge, scope);
            let state = self.judges[judge];
            match program.observe(judge, state, line) {
                Ok(next) if next == state => {}
                Ok(next) => {
                    let at = judge as u32;
                    self.print.remove(Print::of(Part::Judge, at, state, 0));
                    self.print.add(Print::of(Part::Judge, at, next, 0));
                    self.judges[judge] = next;
                }
                Err(says) => {
                    self.found.get_or_insert((judge, says));
                }
            }
        }
    }

    /// Nothing more happens: what is open stays unknown, and the judges have the last word.
    pub(super) fn finish(&mut self, program: &mut Program) -> Option<Objection> {
        for who in program.participants() {
            self.give_up(program, who, Why::NeverAnswered);
        }
        let settled = |judge: usize| Some((judge, program.settle(judge, self.judges[judge])?));
        self.found
            .or_else(|| (0..self.judges.len()).find_map(settled))
    }
}
