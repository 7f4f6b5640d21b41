//! Small random models: participants that are tables, made from a seed.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Cast, Cx, Faults, Incoming, Op, Participant, Workflow};
use crate::sim::item::mixed;
use crate::sim::{Judge, Line, Says, Unreadable, stable_hash};
use serde::Serialize;

/// Numbers that look random.
pub(super) struct Draws(u64);

impl Draws {
    pub(super) fn new(seed: u64) -> Self {
        Self(mixed(seed ^ 0x5eed))
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0) % bound
    }

    fn is_one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }
}

/// A message or timer: after so many more there is silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(super) struct Msg {
    tag: u8,
    fuel: u8,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Send { to: u8, tag: u8 },
    Timer(u8),
    Cancel(u8),
    Save(u8),
    Record(u8, u8),
    Remember(u8),
    Fact(u8),
    Invoke(u8),
    Answer(u8),
    GiveUp,
    LookAtClock,
}

const TAGS: u64 = 3;

/// A table: what to do by durable state, volatile state, and what comes in.
#[derive(Clone, Debug)]
struct Table {
    rules: BTreeMap<(u8, u8, u8), (Vec<Action>, bool)>,
    fuel: u8,
    /// Whether fuel never runs out.
    is_endless: bool,
}

#[derive(Serialize)]
enum Words {
    Said(u8),
    Asked(u8),
}

impl Participant for Table {
    type Msg = Msg;
    type Durable = u8;
    type Volatile = (u8, Option<Op>);

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        let (code, fuel) = match incoming {
            Incoming::Start => (0, self.fuel),
            Incoming::Restart => (1, 1),
            Incoming::Message(_, msg) => (2 + msg.tag, msg.fuel),
            Incoming::Timer(msg) => (2 + TAGS as u8 + msg.tag, msg.fuel),
        };
        let (durable, volatile) = (*cx.durable(), cx.volatile().0);
        let Some((actions, is_atomic)) = self.rules.get(&(durable, volatile, code)) else {
            return;
        };
        let act = |cx: &mut Cx<'_, Self>| {
            actions
                .iter()
                .for_each(|action| self.act(cx, *action, fuel));
        };
        match is_atomic {
            true => cx.together(act),
            false => act(cx),
        }
    }
}

impl Table {
    fn act(&self, cx: &mut Cx<'_, Self>, action: Action, fuel: u8) {
        let msg = |tag| Msg {
            tag,
            fuel: if self.is_endless {
                1
            } else {
                fuel.saturating_sub(1)
            },
        };
        match action {
            Action::Send { to, tag } if fuel > 0 => cx.send(&format!("p{to}"), msg(tag)),
            Action::Timer(tag) if fuel > 0 => {
                cx.timer(msg(tag), Duration::from_millis(u64::from(tag) * 3))
            }
            Action::Cancel(tag) => cx.cancel(msg(tag)),
            Action::Save(durable) => cx.save(|state| *state = durable),
            Action::Record(durable, said) => cx.record(Words::Said(said), |state| *state = durable),
            Action::Remember(volatile) => cx.volatile().0 = volatile,
            Action::Fact(said) => cx.fact(Words::Said(said)),
            Action::Invoke(asked) if cx.volatile().1.is_none() => {
                let op = cx.invoke(Words::Asked(asked));
                cx.volatile().1 = Some(op);
            }
            Action::Answer(answer) => {
                if let Some(op) = cx.volatile().1.take() {
                    cx.ok(op, answer);
                }
            }
            Action::GiveUp => {
                if let Some(op) = cx.volatile().1.take() {
                    cx.give_up(op);
                }
            }
            Action::LookAtClock => {
                let now = cx.now();
                cx.volatile().0 = (now % 3) as u8;
            }
            _ => {}
        }
    }
}

/// A model made from a seed.
#[derive(Clone, Debug)]
pub(super) struct Model {
    tables: Vec<(Table, bool)>,
    faults: Faults,
    has_clocks: bool,
    starts_together: bool,
}

impl Model {
    pub(super) fn of(seed: u64) -> Self {
        let mut draws = Draws::new(seed);
        let has_clocks = draws.is_one_in(6);
        let participants = 2 + draws.below(2);
        let fuel = 1 + draws.below(3) as u8;
        let density = 2 + draws.below(4);
        let tables = (0..participants).map(|_| {
            let table = Table::of(&mut draws, (participants, density, has_clocks), fuel);
            (table, draws.is_one_in(2))
        });
        let tables = tables.collect();
        let mut few = |odds: u64| u8::from(draws.below(odds) == 0);
        let faults = Faults {
            drops: few(3) + few(6),
            duplicates: few(3),
            crashes: few(2) + few(6),
            partitions: few(4),
            skews: few(2),
            skew_ms: 2,
        };
        Self {
            tables,
            faults,
            has_clocks,
            starts_together: draws.is_one_in(4),
        }
    }

    /// The same, where all start together.
    pub(super) const fn together(mut self) -> Self {
        self.starts_together = true;
        self
    }

    /// The same, where nothing ever runs out.
    pub(super) fn endless(mut self) -> Self {
        self.tables
            .iter_mut()
            .for_each(|(table, _)| table.is_endless = true);
        self.has_clocks = false;
        for (table, _) in &mut self.tables {
            let rules = table.rules.values_mut();
            rules.for_each(|(actions, _)| {
                actions.retain(|action| !matches!(action, Action::LookAtClock))
            });
        }
        self
    }
}

impl Table {
    fn of(
        draws: &mut Draws,
        (participants, density, has_clocks): (u64, u64, bool),
        fuel: u8,
    ) -> Self {
        let mut rules = BTreeMap::new();
        for durable in 0..2 {
            for volatile in 0..3 {
                for code in 0..2 + 2 * TAGS as u8 {
                    if code > 0 && draws.below(6) >= density {
                        continue;
                    }
                    let count = draws.below(4);
                    let actions = (0..count).map(|_| Action::of(draws, participants, has_clocks));
                    let actions = actions.collect();
                    rules.insert((durable, volatile, code), (actions, draws.is_one_in(4)));
                }
            }
        }
        Self {
            rules,
            fuel,
            is_endless: false,
        }
    }
}

impl Action {
    fn of(draws: &mut Draws, participants: u64, has_clocks: bool) -> Self {
        let tag = draws.below(TAGS) as u8;
        let value = draws.below(3) as u8;
        match draws.below(if has_clocks { 15 } else { 14 }) {
            0..5 => Self::Send {
                to: draws.below(participants) as u8,
                tag,
            },
            5 | 6 => Self::Timer(tag),
            7 => Self::Cancel(tag),
            8 => Self::Save(value % 2),
            9 => Self::Record(value % 2, draws.below(5) as u8),
            10 => Self::Remember(value),
            11 => Self::Fact(draws.below(5) as u8),
            12 => Self::Invoke(value),
            13 if value == 0 => Self::GiveUp,
            13 => Self::Answer(value),
            _ => Self::LookAtClock,
        }
    }
}

impl Workflow for Model {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        for (at, (table, may_crash)) in self.tables.iter().enumerate() {
            let member = cast.add(format!("p{at}"), table.clone());
            if *may_crash {
                member.crashes();
            }
        }
        if self.has_clocks {
            cast.clocks();
        }
        if self.starts_together {
            cast.start_together();
        }
    }

    fn faults(&self) -> Faults {
        self.faults
    }
}

/// Remembers the order of all lines of each scope.
pub(super) struct Orders {
    seed: u64,
    states: Vec<[Vec<u64>; 2]>,
    /// How many lines a scope remembers.
    last: usize,
    breaks: bool,
}

impl Orders {
    pub(super) fn new(seed: u64, last: usize, breaks: bool) -> Self {
        Self {
            seed,
            states: vec![Default::default()],
            last,
            breaks,
        }
    }
}

fn hash_of(line: &Line) -> u64 {
    stable_hash(&format!("{line:?}"))
}

impl Judge for Orders {
    fn start(&mut self) -> u32 {
        0
    }

    fn scope(&mut self, line: &Line) -> Result<Option<u32>, Unreadable> {
        let draw = mixed(hash_of(line) ^ self.seed) % 8;
        let is_fact = matches!(line.says, Says::Fact(_));
        Ok(match draw {
            0 => Some(0),
            1..4 => Some(1),
            4..7 => Some(2),
            _ => is_fact.then_some(1),
        })
    }

    fn concerns(&mut self, _: &Line) -> bool {
        true
    }

    fn observe(&mut self, state: u32, line: &Line) -> Result<u32, String> {
        let scope = match self.scope(line) {
            Ok(Some(scope)) => scope,
            _ => return Ok(state),
        };
        let mut lists = self.states[state as usize].clone();
        let hash = hash_of(line);
        for (at, list) in lists.iter_mut().enumerate() {
            if scope == 0 || scope as usize == at + 1 {
                let before = list.last().copied().unwrap_or(0);
                let mixed = mixed(before ^ hash.rotate_left(9) ^ self.seed);
                if self.breaks && mixed.is_multiple_of(24) {
                    return Err(format!("{hash} behind {before}"));
                }
                list.push(hash);
                if list.len() > self.last {
                    list.remove(0);
                }
            }
        }
        let known = self.states.iter().position(|known| *known == lists);
        Ok(known.unwrap_or_else(|| {
            self.states.push(lists);
            self.states.len() - 1
        }) as u32)
    }

    fn settle(&mut self, state: u32) -> Result<(), String> {
        let lists = &self.states[state as usize];
        let sum = lists
            .iter()
            .flatten()
            .fold(self.seed, |sum, line| mixed(sum ^ line));
        match self.breaks && sum % 40 == 0 {
            true => Err("the end is wrong".to_owned()),
            false => Ok(()),
        }
    }
}
