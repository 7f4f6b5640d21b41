//! Random histories of a promise, and whether it is kept in all of their worlds.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::script::Script;
use super::story::{Kind, Line, Past, Relation, Story};

/// A kind of promise with its parameters.
#[derive(Clone, Debug)]
pub(crate) enum Vow {
    /// How often, and whether repeats are recognised.
    AtMostOnce {
        times: u8,
        is_recognising: bool,
    },
    /// How many, and whether holders have names.
    Exclusive {
        capacity: u8,
        is_named: bool,
    },
    OnlyAfter,
}

/// What an effect does to its scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// It occurs, with its identity.
    Occur(Option<u8>),
    Acquire(Option<u8>),
    Release(Option<u8>),
    First,
    Then,
}

/// All that a scope remembers, whatever the promise.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct State {
    named: BTreeSet<u8>,
    strangers: u8,
    is_allowed: bool,
}

impl Vow {
    /// The state after the act; `None`: it breaks the promise.
    pub(crate) fn step(&self, state: &State, act: Act) -> Option<State> {
        let mut state = state.clone();
        match act {
            Act::Occur(Some(name)) | Act::Acquire(Some(name)) => {
                state.named.insert(name);
            }
            Act::Occur(None) | Act::Acquire(None) => state.strangers += 1,
            Act::Release(Some(name)) => {
                state.named.remove(&name);
            }
            Act::Release(None) => state.strangers = state.strangers.saturating_sub(1),
            Act::First => state.is_allowed = true,
            Act::Then if !state.is_allowed => return None,
            Act::Then => {}
        }
        let count = state.named.len() + usize::from(state.strangers);
        let limit = match self {
            Self::AtMostOnce { times, .. } => *times,
            Self::Exclusive { capacity, .. } => *capacity,
            Self::OnlyAfter => 0,
        };
        (count <= usize::from(limit)).then_some(state)
    }

    /// The names that stand for an act.
    pub(crate) fn words(act: Act) -> &'static [&'static str] {
        match act {
            Act::Occur(_) => &["charge", "bill"],
            Act::Acquire(_) => &["hold", "lease"],
            Act::Release(_) => &["release", "expire"],
            Act::First => &["pay", "grant"],
            Act::Then => &["ship", "send"],
        }
    }

    /// Whether a scope that shows this act is judged.
    fn concerns(act: Act) -> bool {
        act != Act::First
    }

    fn random(&self, script: &mut Script<'_>) -> Act {
        let mut name = || Some(script.below(3) as u8);
        match self {
            Self::AtMostOnce { is_recognising, .. } => {
                Act::Occur(name().filter(|_| *is_recognising))
            }
            Self::Exclusive { is_named, .. } => {
                let holder = name().filter(|_| *is_named);
                let acts = [
                    Act::Acquire(holder),
                    Act::Release(holder),
                    Act::Acquire(holder),
                ];
                script.pick(&acts)
            }
            Self::OnlyAfter => script.pick(&[Act::Then, Act::First, Act::Then, Act::Then]),
        }
    }

    /// What may have happened without a line, given the names that may hide something.
    fn unseen(&self, shown: &[Act], is_hidden: impl Fn(&str) -> bool, names: usize) -> Vec<Act> {
        let mut acts = match self {
            Self::AtMostOnce { .. } => vec![Act::Occur(None)],
            Self::Exclusive { .. } => vec![Act::Acquire(None), Act::Release(None)],
            Self::OnlyAfter => vec![Act::First],
        };
        if matches!(self, Self::Exclusive { .. }) {
            for act in shown {
                if let Act::Acquire(holder) | Act::Release(holder) = act {
                    acts.extend([Act::Acquire(*holder), Act::Release(*holder)]);
                }
            }
        }
        acts.retain(|act| {
            Self::words(*act)[..names]
                .iter()
                .any(|word| is_hidden(word))
        });
        acts
    }
}

/// One effect that is shown.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) scope: usize,
    pub(crate) act: Act,
    /// The fact's line, or the invocation's.
    pub(crate) begin: usize,
    /// The fact's line, or the line of the `ok`.
    pub(crate) end: Option<usize>,
}

/// Where the key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Per {
    Order,
    OrderAndPart,
    Intent,
}

/// A random history of one promise.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) vow: Vow,
    pub(crate) per: Per,
    /// How many names each kind of effect has.
    pub(crate) names: usize,
    pub(crate) story: Story,
    pub(crate) effects: Vec<Shown>,
}

/// The names of the scopes.
const SCOPES: [&str; 2] = ["a", "b"];

impl Case {
    pub(crate) fn scope_name(&self, scope: usize) -> String {
        match self.per {
            Per::OrderAndPart => format!("{}, 7", SCOPES[scope]),
            _ => SCOPES[scope].to_owned(),
        }
    }

    pub(crate) fn scope_of(&self, name: &str) -> Option<usize> {
        (0..SCOPES.len()).find(|scope| self.scope_name(*scope) == name)
    }

    /// Whether effects of this name may have happened that no line shows.
    fn is_hidden(&self, word: &str) -> bool {
        match &self.story.complete {
            Some(Json::Bool(is_whole)) => !is_whole,
            Some(Json::Array(whole)) => {
                let mut shows = self
                    .story
                    .lines
                    .iter()
                    .filter(|line| line.f == Some(word))
                    .map(|line| &line.process)
                    .peekable();
                shows.peek().is_none() || shows.any(|process| !whole.contains(process))
            }
            _ => false,
        }
    }

    /// What may have happened in a scope without a line.
    pub(crate) fn unseen(&self, scope: usize) -> Vec<Act> {
        let shown: Vec<Act> = self
            .effects
            .iter()
            .filter(|effect| effect.scope == scope)
            .map(|effect| effect.act)
            .collect();
        self.vow
            .unseen(&shown, |word| self.is_hidden(word), self.names)
    }

    /// The effect that a line shows.
    pub(crate) fn effect_at(&self, line: usize) -> Option<usize> {
        let op = self.story.lines.get(line)?.op;
        self.effects.iter().position(|effect| {
            let own = self.story.lines[effect.begin].op;
            effect.begin == line || op.is_some() && own == op
        })
    }
}

fn vow(kind: &str, script: &mut Script<'_>) -> Vow {
    let amount = script.pick(&[1, 1, 2]);
    let is_named = script.below(3) > 0;
    match kind {
        "at-most-once" => Vow::AtMostOnce {
            times: amount,
            is_recognising: is_named,
        },
        "exclusive" => Vow::Exclusive {
            capacity: amount,
            is_named,
        },
        _ => Vow::OnlyAfter,
    }
}

fn per(script: &mut Script<'_>) -> Per {
    script.pick(&[Per::Order, Per::Order, Per::OrderAndPart, Per::Intent])
}

/// What the header says of the record.
fn complete(script: &mut Script<'_>) -> Option<Json> {
    match script.below(8) {
        0..5 => None,
        5 => Some(json!(script.below(2) == 0)),
        6 => Some(json!(false)),
        _ => Some(json!(["p0"])),
    }
}

/// Makes a random history of a promise of this kind.
pub(crate) fn case(kind: &str, script: &mut Script<'_>) -> Case {
    let vow = vow(kind, script);
    let names = script.pick(&[1, 1, 2]);
    let per = per(script);
    let is_crossed = script.chance(8) && kind != "at-most-once";
    let is_real_time = !is_crossed && script.chance(35);
    let mut tale = Tale {
        vow: vow.clone(),
        per,
        names,
        is_honest: script.below(3) > if kind == "exclusive" { 1 } else { 0 },
        has_ids: script.chance(60),
        certainty: script.pick(if kind == "exclusive" {
            &[100, 100, 80]
        } else {
            &[100, 85, 60]
        }),
        scopes: 1 + script.below(2),
        people: 1 + script.below(3),
        states: vec![State::default(); SCOPES.len()],
        lines: Vec::new(),
        effects: Vec::new(),
        open: Vec::new(),
        ops: 0,
        is_crossed,
    };
    if is_crossed {
        tale.cross(script);
    } else {
        tale.tell(script);
    }
    let Tale {
        lines,
        effects,
        is_crossed,
        ..
    } = tale;
    let mut story = Story {
        lines,
        is_real_time,
        says_order: script.chance(30),
        complete: complete(script),
    };
    let closeness = if is_crossed {
        0
    } else {
        script.pick(&[0, 25, 70, 95, 95])
    };
    if !is_crossed && script.chance(40) {
        story.exchange(script, 30);
    }
    story.cause(
        script,
        if is_real_time {
            closeness / 4
        } else {
            closeness
        },
    );
    if !is_real_time && script.chance(60) {
        story.shuffle(script);
    }
    let old = story.renumbered();
    Case {
        effects: placed(&story, &effects, &old),
        vow,
        per,
        names,
        story,
    }
}

/// The effects with their lines, once these stand where they stay.
fn placed(story: &Story, told: &[Told], old: &[usize]) -> Vec<Shown> {
    let lines = &story.lines;
    let mut effects = Vec::new();
    let facts = told.iter().filter(|told| told.op.is_none());
    for (at, line) in lines.iter().enumerate() {
        if line.kind != Kind::Invoke {
            continue;
        }
        let op = old[line.op.expect("an invocation has an operation")];
        let told = told
            .iter()
            .find(|told| told.op == Some(op))
            .expect("each was told");
        let completion = lines
            .iter()
            .position(|other| other.op == line.op && other.kind != Kind::Invoke);
        let kind = completion.map(|completion| lines[completion].kind);
        if kind == Some(Kind::Fail) {
            continue;
        }
        let end = completion.filter(|_| kind == Some(Kind::Ok));
        effects.push(Shown {
            scope: told.scope,
            act: told.act,
            begin: at,
            end,
        });
    }
    for told in facts {
        let id = told.fact.clone();
        let at = lines
            .iter()
            .position(|line| line.kind == Kind::Fact && line.id == id);
        let at = at.expect("a fact has its line");
        effects.push(Shown {
            scope: told.scope,
            act: told.act,
            begin: at,
            end: Some(at),
        });
    }
    effects.sort_by_key(|effect| effect.begin);
    effects
}

/// An effect as it is told, before its line is known.
#[derive(Clone, Debug)]
struct Told {
    scope: usize,
    act: Act,
    op: Option<usize>,
    /// The id of the fact.
    fact: Option<String>,
}

/// Tells what happened, and who saw what of it.
struct Tale {
    vow: Vow,
    per: Per,
    names: usize,
    is_honest: bool,
    has_ids: bool,
    certainty: usize,
    scopes: usize,
    people: usize,
    states: Vec<State>,
    lines: Vec<Line>,
    effects: Vec<Told>,
    /// The operations without a completion so far: number and process.
    open: Vec<(usize, Json)>,
    ops: usize,
    /// Whether two scopes need what excludes each other.
    is_crossed: bool,
}

impl Tale {
    fn tell(&mut self, script: &mut Script<'_>) {
        let count = 1 + script.below(7).min(script.below(8));
        for _ in 0..count {
            while !self.open.is_empty() && script.chance(55) {
                self.close(script);
            }
            let scope = script.below(self.scopes);
            let mut act = self.vow.random(script);
            for _ in 0..3 {
                if self.is_honest && self.vow.step(&self.states[scope], act).is_none() {
                    act = self.vow.random(script);
                }
            }
            let person = script.below(self.people);
            self.show(scope, act, person, script);
        }
        while !self.open.is_empty() {
            self.close(script);
        }
    }

    /// Each participant does for one scope, late, what the other scope needed before.
    fn cross(&mut self, script: &mut Script<'_>) {
        let name = |name| matches!(self.vow, Vow::Exclusive { is_named: true, .. }).then_some(name);
        let acts: &[(usize, Act)] = match self.vow {
            Vow::OnlyAfter => &[(0, Act::Then), (1, Act::First)],
            _ => &[
                (0, Act::Acquire(name(0))),
                (1, Act::Acquire(name(1))),
                (0, Act::Release(name(0))),
            ],
        };
        for person in 0..2 {
            for &(scope, act) in acts {
                if !script.chance(5) {
                    self.show((scope + person) % 2, act, person, script);
                    while !self.open.is_empty() && script.chance(80) {
                        self.close(script);
                    }
                }
            }
        }
        while !self.open.is_empty() {
            self.close(script);
        }
    }

    fn show(&mut self, scope: usize, act: Act, person: usize, script: &mut Script<'_>) {
        let process = json!(format!("p{person}"));
        let is_busy = self.open.iter().any(|(_, busy)| *busy == process);
        let is_operation = script.chance(40) && (self.has_ids || !is_busy);
        let is_hopeless = is_operation && script.chance(15);
        let after = self.vow.step(&self.states[scope], act);
        if let (Some(after), false) = (after, is_hopeless) {
            self.states[scope] = after;
        }
        let word = script.pick(&Vow::words(act)[..self.names]);
        let mut line = Line::new(
            &process,
            if is_operation {
                Kind::Invoke
            } else {
                Kind::Fact
            },
        );
        line.f = Some(word);
        let mut value = json!({});
        match self.per {
            Per::Order => value["order"] = json!(SCOPES[scope]),
            Per::OrderAndPart => value = json!({"order": SCOPES[scope], "line": {"part": 7}}),
            Per::Intent => line.intent = Some(json!(SCOPES[scope])),
        }
        if let Act::Occur(Some(name)) | Act::Acquire(Some(name)) | Act::Release(Some(name)) = act {
            value["who"] = json!(name);
        }
        line.value = Some(value);
        let mut told = Told {
            scope,
            act,
            op: None,
            fact: None,
        };
        if is_operation {
            line.op = Some(self.ops);
            line.id = self.has_ids.then(|| format!("o{}", self.ops));
            told.op = line.op;
            if is_hopeless {
                // It fails at once, so that nobody doubts it.
                let mut end = line.clone();
                end.kind = Kind::Fail;
                self.lines.extend([line, end]);
            } else {
                self.lines.push(line);
                self.open.push((self.ops, process));
            }
            self.ops += 1;
        } else {
            line.id = Some(format!("f{}", self.effects.len()));
            told.fact.clone_from(&line.id);
            self.lines.push(line);
        }
        self.effects.push(told);
    }

    fn close(&mut self, script: &mut Script<'_>) {
        let (op, process) = self.open.remove(script.below(self.open.len()));
        let invoke = self.lines.iter().find(|line| line.op == Some(op));
        let mut line = invoke.expect("it was invoked").clone();
        line.value = None;
        line.kind = Kind::Ok;
        if script.below(100) >= self.certainty {
            line.kind = Kind::Info;
            line.has_error = true;
            if script.chance(50) || !self.has_ids {
                // Without ids, a process whose operation never ended has no line any more.
                if !self.has_ids {
                    line.process = self.retire(&process);
                }
                if script.chance(50) {
                    return;
                }
            }
        }
        self.lines.push(line);
    }

    /// A process that is done has nothing to do any more: whoever comes has its name with a stroke.
    fn retire(&mut self, process: &Json) -> Json {
        let name = process.as_str().expect("a text").to_owned();
        let name = json!(format!("{name}'{}", self.ops));
        for line in &mut self.lines {
            if line.process == *process {
                line.process = name.clone();
            }
        }
        for (_, busy) in &mut self.open {
            if busy == process {
                busy.clone_from(&name);
            }
        }
        name
    }
}

/// Whether a scope, or all of them, can be kept and can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    Kept,
    Broken,
    Undecided,
}

/// What is true of a case.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    pub(crate) overall: Finding,
    /// The scopes that are judged.
    pub(crate) scopes: Vec<(usize, Finding)>,
}

/// A set of effects, one bit each.
pub(crate) type EffectSet = u32;

/// Tries all worlds of a case.
#[derive(Debug)]
pub(crate) struct Worlds<'c> {
    case: &'c Case,
    past: Past,
    scopes: Vec<usize>,
    unseen: Vec<Vec<Act>>,
}

/// What one scope can have come to: the states in which nothing is broken, and whether something may be.
#[derive(Clone, Debug, Default)]
struct Reach {
    whole: BTreeSet<State>,
    is_breakable: bool,
}

#[derive(Debug, Default)]
struct Tally {
    kept: Vec<bool>,
    broken: Vec<bool>,
    all_kept: bool,
}

impl<'c> Worlds<'c> {
    pub(crate) fn new(case: &'c Case) -> Self {
        let mut scopes: Vec<usize> = case
            .effects
            .iter()
            .filter(|effect| Vow::concerns(effect.act))
            .map(|effect| effect.scope)
            .collect();
        scopes.sort_unstable();
        scopes.dedup();
        let unseen = scopes.iter().map(|scope| case.unseen(*scope)).collect();
        Self {
            case,
            past: case.story.past(Relation::Everything),
            scopes,
            unseen,
        }
    }

    pub(crate) const fn case(&self) -> &'c Case {
        self.case
    }

    /// The effects that take place in every world.
    pub(crate) fn certain(&self) -> EffectSet {
        let effects = self.case.effects.iter().enumerate();
        effects
            .filter(|(_, effect)| effect.end.is_some())
            .map(|(at, _)| 1 << at)
            .sum()
    }

    /// Whether one effect is over before the other can take place.
    pub(crate) fn is_before(&self, a: usize, b: usize) -> bool {
        let end = self.case.effects[a].end;
        let begin = self.case.effects[b].begin;
        end.is_some_and(|end| self.past[begin] & (1 << end) != 0)
    }

    /// What is true if only these effects are certain, and all others may take place at any time after
    /// their line, or never.
    pub(crate) fn judge(&self, certain: EffectSet) -> Findings {
        let mut start: Vec<Reach> = vec![Reach::default(); self.scopes.len()];
        for (at, reach) in start.iter_mut().enumerate() {
            reach.whole.insert(State::default());
            self.drift(at, reach);
        }
        let count = self.scopes.len();
        let mut tally = Tally {
            kept: vec![false; count],
            broken: vec![false; count],
            all_kept: false,
        };
        self.place(certain, 0, &start, &mut tally);
        let found = |(kept, broken): (bool, bool)| match (kept, broken) {
            (true, false) => Finding::Kept,
            (false, _) => Finding::Broken,
            (true, true) => Finding::Undecided,
        };
        let pairs = tally.kept.iter().copied().zip(tally.broken.iter().copied());
        let scopes: Vec<(usize, Finding)> =
            self.scopes.iter().copied().zip(pairs.map(found)).collect();
        let is_breakable = tally.broken.iter().any(|is| *is);
        Findings {
            overall: found((tally.all_kept, is_breakable)),
            scopes,
        }
    }

    /// Lets unseen effects happen, any number of them.
    fn drift(&self, at: usize, reach: &mut Reach) {
        let mut fresh: Vec<State> = reach.whole.iter().cloned().collect();
        while let Some(state) = fresh.pop() {
            for act in &self.unseen[at] {
                match self.case.vow.step(&state, *act) {
                    None => reach.is_breakable = true,
                    Some(after) => {
                        if reach.whole.insert(after.clone()) {
                            fresh.push(after);
                        }
                    }
                }
            }
        }
    }

    fn place(&self, certain: EffectSet, placed: EffectSet, reach: &[Reach], tally: &mut Tally) {
        if certain & !placed == 0 {
            // Nothing more needs to happen: this is a world.
            for (at, reach) in reach.iter().enumerate() {
                tally.kept[at] |= !reach.whole.is_empty();
                tally.broken[at] |= reach.is_breakable;
            }
            tally.all_kept |= reach.iter().all(|reach| !reach.whole.is_empty());
        }
        let is_settled = |found: &[bool]| found.iter().all(|is| *is);
        if tally.all_kept && is_settled(&tally.kept) && is_settled(&tally.broken) {
            return;
        }
        for next in 0..self.case.effects.len() {
            let waits = (0..self.case.effects.len())
                .any(|other| certain & !placed & (1 << other) != 0 && self.is_before(other, next));
            if placed & (1 << next) != 0 || waits {
                continue;
            }
            let effect = &self.case.effects[next];
            let mut after = reach.to_vec();
            if let Some(at) = self.scopes.iter().position(|scope| *scope == effect.scope) {
                let before = std::mem::take(&mut after[at].whole);
                for state in before {
                    match self.case.vow.step(&state, effect.act) {
                        None => after[at].is_breakable = true,
                        Some(state) => {
                            after[at].whole.insert(state);
                        }
                    }
                }
                self.drift(at, &mut after[at]);
            }
            self.place(certain, placed | 1 << next, &after, tally);
        }
    }
}
