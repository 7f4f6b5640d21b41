//! Holds promises beside a specification to the oracle: every world of tiny histories is tried, and only those count that the
//! specification's model allows.

#![expect(clippy::expect_used, reason = "a test that makes nonsense has failed")]

mod oracle;

use std::sync::Arc;

use oracle::models::{Model, Request, Seen};
use oracle::script::{Script, cases, run};
use oracle::story::{Kind, Line, Past, Relation, Story};
use oracle::worlds::{Act, State, Vow};
use serde_json::{Value as Json, json};
use testimony::check::catalog::Parameters;
use testimony::check::linear::{SpecCheck, SpecOptions};
use testimony::check::promise::PromiseCheck;
use testimony::check::session::{self, Judged};
use testimony::check::{Budget, Check};
use testimony::history::{History, Value};
use testimony::verdict::{Because, Claim, Judgement, Settled, Verdict};

const SCOPES: [&str; 2] = ["a", "b"];

/// A promise and a specification that speak of the same operations.
#[derive(Clone, Copy, Debug)]
struct Pairing {
    spec: &'static str,
    kind: &'static str,
    /// The operations that change the object.
    changes: &'static [&'static str],
    fact: &'static str,
    parameters: &'static [(&'static str, &'static [&'static str])],
}

const PAIRINGS: [Pairing; 6] = [
    Pairing {
        spec: "counter",
        kind: "at-most-once",
        changes: &["add"],
        fact: "bill",
        parameters: &[("effect", &["add", "bill"]), ("per", &["intent"])],
    },
    Pairing {
        spec: "register",
        kind: "at-most-once",
        changes: &["write"],
        fact: "bill",
        parameters: &[("effect", &["write", "bill"]), ("per", &["intent"])],
    },
    Pairing {
        spec: "register",
        kind: "only-after",
        changes: &["write"],
        fact: "ship",
        parameters: &[
            ("effect", &["ship"]),
            ("first", &["write"]),
            ("per", &["intent"]),
        ],
    },
    Pairing {
        spec: "counter",
        kind: "only-after",
        changes: &["add"],
        fact: "pay",
        parameters: &[
            ("effect", &["add"]),
            ("first", &["pay"]),
            ("per", &["intent"]),
        ],
    },
    Pairing {
        spec: "mutex",
        kind: "at-most-once",
        changes: &["acquire", "release"],
        fact: "lease",
        parameters: &[("effect", &["acquire"]), ("per", &["intent"])],
    },
    Pairing {
        spec: "mutex",
        kind: "exclusive",
        changes: &["acquire", "release"],
        fact: "lease",
        parameters: &[
            ("resource", &["intent"]),
            ("acquire", &["acquire", "lease"]),
            ("release", &["release"]),
        ],
    },
];

impl Pairing {
    fn vow(self) -> Vow {
        match self.kind {
            "at-most-once" => Vow::AtMostOnce {
                times: 1,
                is_recognising: false,
            },
            "exclusive" => Vow::Exclusive {
                capacity: 1,
                is_named: false,
            },
            _ => Vow::OnlyAfter,
        }
    }

    fn act(self, f: &str) -> Option<Act> {
        let (name, _) = self
            .parameters
            .iter()
            .find(|(name, names)| *name != "per" && names.contains(&f))?;
        Some(match (self.kind, *name) {
            ("at-most-once", _) => Act::Occur(None),
            ("exclusive", "acquire") => Act::Acquire(None),
            ("exclusive", _) => Act::Release(None),
            (_, "first") => Act::First,
            _ => Act::Then,
        })
    }

    fn model(self) -> Model {
        Model {
            name: self.spec,
            initial: None,
            permits: 1,
        }
    }

    fn checks(self) -> [Arc<dyn Check>; 2] {
        let catalog = testimony::specs::all();
        let names = |words: &[&str]| -> Value {
            match words {
                [one] => Value::from(*one),
                many => Value::from(many.iter().map(|one| Value::from(*one)).collect::<Vec<_>>()),
            }
        };
        let given = self.parameters.iter();
        let given = given.map(|(name, words)| ((*name).to_owned(), names(words)));
        let mut given = Parameters::new(given);
        let entry = catalog
            .promises
            .iter()
            .find(|entry| entry.name == self.kind);
        let promise = (entry.expect("a kind").build)(&mut given).expect("right parameters");
        let entry = catalog.specs.iter().find(|entry| entry.name == self.spec);
        let spec = (entry.expect("a specification").build)(&mut Parameters::default());
        let spec = spec.expect("no parameters");
        [
            Arc::new(PromiseCheck::new(self.kind, self.kind, promise)),
            Arc::new(SpecCheck::new(self.spec, spec, SpecOptions::default())),
        ]
    }
}

/// Something that takes place once, or perhaps.
#[derive(Clone, Debug)]
struct Item {
    begin: usize,
    end: Option<usize>,
    /// What it does to which scope.
    act: Option<(usize, Act)>,
    /// What it asks of the object, and what it was answered.
    call: Option<(Request, Option<Json>)>,
    /// Its operation's number, by invocations.
    op: Option<usize>,
}

#[derive(Debug)]
struct Case {
    pairing: Pairing,
    story: Story,
    items: Vec<Item>,
}

/// Plays participants that call an object and note facts.
fn story(pairing: Pairing, script: &mut Script<'_>) -> Story {
    let mut lines: Vec<Line> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut state = pairing.model().start(None);
    let people = 1 + script.below(3);
    let (lying, certainty) = (script.pick(&[0, 10, 40]), script.pick(&[95, 70, 50]));
    for number in 0..2 + script.below(6) {
        while !open.is_empty() && script.chance(60) {
            let at = open.remove(script.below(open.len()));
            close(&mut lines, at, &state, (script, lying, certainty));
        }
        let process = json!(format!("p{}", script.below(people)));
        let reads = pairing.spec != "mutex";
        let is_fact = script.chance(20);
        let f = match (is_fact, reads && script.chance(45)) {
            (true, _) => pairing.fact,
            (false, true) => "read",
            (false, false) if pairing.spec == "mutex" && script.below(100) >= lying => {
                pairing.changes[usize::from(state == json!(true))]
            }
            (false, false) => script.pick(pairing.changes),
        };
        let mut line = Line::new(&process, if is_fact { Kind::Fact } else { Kind::Invoke });
        line.f = Some(f);
        line.intent = Some(json!(script.pick(&SCOPES[..1 + number % 2])));
        line.value = match f {
            "add" => Some(json!(1 + script.below(2))),
            "write" => Some(json!(1 + script.below(3))),
            _ => None,
        };
        line.id = Some(format!("o{number}"));
        if !is_fact {
            line.op = Some(number);
            open.push(lines.len());
            let request = request(&line);
            let after = pairing.model().step(&state, &request, Seen::Nothing);
            if script.chance(75) {
                state = after.unwrap_or(state);
            }
        }
        lines.push(line);
    }
    while !open.is_empty() {
        let at = open.remove(script.below(open.len()));
        close(&mut lines, at, &state, (script, lying, certainty));
    }
    let is_real_time = script.chance(50);
    let mut story = Story {
        lines,
        is_real_time,
        says_order: true,
        complete: None,
    };
    if !is_real_time {
        if script.chance(50) {
            story.exchange(script, 25);
        }
        let closeness = script.pick(&[0, 30, 60, 90]);
        story.cause(script, closeness);
        if script.chance(50) {
            story.shuffle(script);
        }
    }
    story.renumbered();
    story
}

fn close(
    lines: &mut Vec<Line>,
    invoke: usize,
    state: &Json,
    (script, lying, certainty): (&mut Script<'_>, usize, usize),
) {
    let mut line = lines[invoke].clone();
    line.value = None;
    line.kind = Kind::Ok;
    if script.below(100) >= certainty {
        if script.chance(50) {
            return;
        }
        line.kind = script.pick(&[Kind::Info, Kind::Info, Kind::Fail]);
        if line.f == Some("acquire") || line.f == Some("release") {
            line.kind = Kind::Info;
        }
        line.has_error = true;
    } else if line.f == Some("read") {
        let is_lie = script.below(100) < lying;
        line.value = Some(if is_lie {
            json!(script.below(4))
        } else {
            state.clone()
        });
    }
    lines.push(line);
}

fn request(line: &Line) -> Request {
    Request {
        process: line.process.clone(),
        f: line.f.expect("a name"),
        input: line.value.clone().unwrap_or(Json::Null),
    }
}

impl Case {
    fn of(pairing: Pairing, story: Story) -> Self {
        let mut items = Vec::new();
        for (at, line) in story.lines.iter().enumerate() {
            let Some(f) = line.f else { continue };
            let scope = SCOPES
                .iter()
                .position(|scope| line.intent == Some(json!(scope)));
            let act = pairing.act(f).map(|act| (scope.expect("a scope"), act));
            let end = story.lines.iter().position(|other| {
                line.op.is_some() && other.op == line.op && other.kind != Kind::Invoke
            });
            let kind = end.map(|end| story.lines[end].kind);
            let is_known = kind == Some(Kind::Ok);
            let (end, call) = match line.kind {
                Kind::Fact => (Some(at), None),
                Kind::Invoke if kind == Some(Kind::Fail) || (f == "read" && !is_known) => continue,
                Kind::Invoke => {
                    let end = end.filter(|_| is_known);
                    let answer = end.map(|end| story.lines[end].value.clone());
                    let answer = answer.map(|answer| answer.unwrap_or(Json::Null));
                    (end, Some((request(line), answer)))
                }
                _ => continue,
            };
            items.push(Item {
                begin: at,
                end,
                act,
                call,
                op: line.op,
            });
        }
        Self {
            pairing,
            story,
            items,
        }
    }
}

/// What is asked of the worlds.
#[derive(Clone, Debug, Default)]
struct Asked {
    /// Whether the specification counts.
    is_beside: bool,
    /// The operations whose answers count; `None`: all.
    told: Option<Vec<usize>>,
    /// An item that takes place, or does not.
    outcome: Option<(usize, bool)>,
}

/// What the worlds have come to.
#[derive(Clone, Debug)]
struct Tally {
    kept: [bool; 2],
    broken: [bool; 2],
    all_kept: bool,
}

struct Oracle<'c> {
    case: &'c Case,
    past: Past,
    vow: Vow,
    model: Model,
    /// The scopes that are judged.
    scopes: Vec<usize>,
}

/// A world on its way: what is placed, the object, and each scope where it is not broken.
#[derive(Clone)]
struct Node {
    placed: u32,
    object: Json,
    scopes: [Option<State>; 2],
}

impl<'c> Oracle<'c> {
    fn new(case: &'c Case) -> Self {
        let acts = case.items.iter().filter_map(|item| item.act);
        let judged = acts.filter(|(_, act)| *act != Act::First);
        let mut scopes: Vec<usize> = judged.map(|(scope, _)| scope).collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self {
            case,
            past: case.story.past(Relation::Everything),
            vow: case.pairing.vow(),
            model: case.pairing.model(),
            scopes,
        }
    }

    fn judge(&self, asked: &Asked) -> Tally {
        let mut tally = Tally {
            kept: [false; 2],
            broken: [false; 2],
            all_kept: false,
        };
        let start = Node {
            placed: 0,
            object: self.model.start(None),
            scopes: [Some(State::default()), Some(State::default())],
        };
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            self.count(asked, &node, &mut tally);
            for next in 0..self.case.items.len() {
                self.place(asked, &node, next, &mut open);
            }
        }
        tally
    }

    fn is_certain(&self, asked: &Asked, at: usize) -> bool {
        self.case.items[at].end.is_some() || asked.outcome == Some((at, true))
    }

    fn count(&self, asked: &Asked, node: &Node, tally: &mut Tally) {
        let mut all = 0..self.case.items.len();
        if all.any(|at| self.is_certain(asked, at) && node.placed & 1 << at == 0) {
            return;
        }
        for scope in &self.scopes {
            match &node.scopes[*scope] {
                Some(_) => tally.kept[*scope] = true,
                None => tally.broken[*scope] = true,
            }
        }
        tally.all_kept |= self
            .scopes
            .iter()
            .all(|scope| node.scopes[*scope].is_some());
    }

    fn place(&self, asked: &Asked, node: &Node, next: usize, open: &mut Vec<Node>) {
        let items = &self.case.items;
        let is_before = |other: usize| {
            let end = items[other].end;
            end.is_some_and(|end| self.past[items[next].begin] & 1 << end != 0)
        };
        let waits = (0..items.len()).any(|other| node.placed & 1 << other == 0 && is_before(other));
        if node.placed & 1 << next != 0 || waits || asked.outcome == Some((next, false)) {
            return;
        }
        let item = &items[next];
        let mut after = node.clone();
        after.placed |= 1 << next;
        if let Some((scope, act)) = item.act {
            let before = after.scopes[scope].take();
            after.scopes[scope] = before.and_then(|state| self.vow.step(&state, act));
        }
        let Some((request, answer)) = item.call.as_ref().filter(|_| asked.is_beside) else {
            open.push(after);
            return;
        };
        let is_told = |told: &Vec<usize>| item.op.is_some_and(|op| told.contains(&op));
        let is_doubted = answer.is_some() && !asked.told.as_ref().is_none_or(is_told);
        let seen = match answer.as_ref().filter(|_| !is_doubted) {
            Some(answer) => Seen::Answer(answer),
            None => Seen::Nothing,
        };
        if let Some(object) = self.model.step(&node.object, request, seen) {
            open.push(Node {
                object,
                ..after.clone()
            });
        }
        if is_doubted {
            open.push(after);
        }
    }
}

impl Tally {
    fn has_worlds(&self) -> bool {
        self.kept.iter().chain(&self.broken).any(|is| *is)
    }

    fn of(&self, scope: usize) -> Verdict {
        verdict(self.kept[scope], self.broken[scope])
    }

    fn overall(&self) -> Verdict {
        verdict(self.all_kept, self.broken.contains(&true))
    }
}

fn verdict(is_kept: bool, is_broken: bool) -> Verdict {
    match (is_kept, is_broken) {
        (true, false) => Verdict::Kept,
        (true, true) => Verdict::Undecided,
        (false, _) => Verdict::Broken,
    }
}

#[derive(Debug, Default)]
struct Shares {
    kept: usize,
    broken: usize,
    undecided: usize,
    /// Histories that the specification does not allow.
    unruly: usize,
    /// Scopes that are kept, or broken, only beside the specification.
    settled_kept: usize,
    settled_broken: usize,
    /// Answers of questions that were tried.
    answers: usize,
    /// Broken together, and found undecided.
    missed_together: usize,
}

fn compare(case: &Case, judged: &Judged, shares: &mut Shares) -> Result<(), String> {
    let oracle = Oracle::new(case);
    let judgement = judged.judgement(case.pairing.kind).expect("a judgement");
    if oracle.scopes.is_empty() {
        return Ok(());
    }
    let asked = Asked {
        is_beside: true,
        ..Asked::default()
    };
    let alone = oracle.judge(&Asked::default());
    let beside = oracle.judge(&asked);
    let is_unruly = !beside.has_worlds();
    let truth = if is_unruly { &alone } else { &beside };
    shares.unruly += usize::from(is_unruly);
    let count = |wanted| {
        let scopes = oracle.scopes.iter();
        scopes.filter(|scope| truth.of(**scope) == wanted).count()
    };
    let scopes = judgement.scopes;
    let expected = [Verdict::Kept, Verdict::Broken, Verdict::Undecided].map(count);
    if [scopes.kept, scopes.broken, scopes.undecided] != expected {
        return Err(format!("the oracle says {truth:?}, alone {alone:?}"));
    }
    let missed = truth.overall() == Verdict::Broken && judgement.verdict == Verdict::Undecided;
    if missed && expected[1] == 0 && !case.story.is_real_time {
        // Objects between scopes under a partial order: fewer worlds are ruled out than could be.
        shares.missed_together += 1;
    } else if judgement.verdict != truth.overall() {
        return Err(format!("together the oracle says {truth:?}"));
    }
    match judgement.verdict {
        Verdict::Kept => shares.kept += 1,
        Verdict::Broken => shares.broken += 1,
        Verdict::Undecided => shares.undecided += 1,
    }
    let differing = oracle.scopes.iter();
    let differing = differing.filter(|scope| truth.of(**scope) != alone.of(**scope));
    if differing.count() != judgement.settled.len() {
        return Err("what the specification settled is told".to_owned());
    }
    for settled in &judgement.settled {
        is_why(&oracle, settled, shares)?;
    }
    answers_hold(&oracle, judgement, (!is_unruly, shares))
}

/// The answers named decide the scope, and none of them can be spared.
fn is_why(oracle: &Oracle<'_>, settled: &Settled, shares: &mut Shares) -> Result<(), String> {
    match settled.verdict {
        Verdict::Kept => shares.settled_kept += 1,
        _ => shares.settled_broken += 1,
    }
    let name = settled.scope.as_deref().expect("a scope");
    let scope = SCOPES
        .iter()
        .position(|scope| *scope == name)
        .expect("a scope");
    let by: Vec<usize> = settled.by.iter().map(|op| op.index()).collect();
    let given = |told: Vec<usize>| {
        let asked = Asked {
            is_beside: true,
            told: Some(told),
            ..Asked::default()
        };
        oracle.judge(&asked).of(scope)
    };
    if given(by.clone()) != settled.verdict {
        return Err(format!("these answers do not suffice: {settled:?}"));
    }
    for spared in &by {
        let rest = by.iter().filter(|op| *op != spared).copied().collect();
        if given(rest) != Verdict::Undecided {
            return Err(format!("operation {spared} can be spared: {settled:?}"));
        }
    }
    Ok(())
}

/// After each answer about an outcome the verdict is what was announced, and no impossible answer is offered.
fn answers_hold(
    oracle: &Oracle<'_>,
    judgement: &Judgement,
    (is_beside, shares): (bool, &mut Shares),
) -> Result<(), String> {
    let outcomes = judgement
        .missing
        .iter()
        .filter(|missing| missing.because == Because::Outcome);
    for missing in outcomes {
        let name = missing.scope.as_deref().expect("a scope");
        let scope = SCOPES
            .iter()
            .position(|scope| *scope == name)
            .expect("a scope");
        for answer in &missing.answers {
            let (event, took_effect) = match &answer.claim {
                Some(Claim::TookEffect(event)) => (event, true),
                Some(Claim::HadNoEffect(event)) => (event, false),
                other => return Err(format!("it is no outcome: {other:?}")),
            };
            let mut items = oracle.case.items.iter();
            let item = items.position(|item| item.begin == event.index());
            let tally = oracle.judge(&Asked {
                is_beside,
                outcome: item.map(|item| (item, took_effect)),
                ..Asked::default()
            });
            shares.answers += 1;
            if !tally.has_worlds() || tally.of(scope) != answer.then {
                return Err(format!(
                    "{missing:?}: after {} it is {tally:?}",
                    answer.says
                ));
            }
        }
    }
    Ok(())
}

fn judge(pairing: Pairing, script: &mut Script<'_>, shares: &mut Shares) -> Result<(), String> {
    let case = Case::of(pairing, story(pairing, script));
    let text = case.story.text();
    let history = History::parse(&text).map_err(|faults| format!("{text}{faults:?}"))?;
    let judged = session::judge(history, &pairing.checks(), &Budget::default());
    let judged = judged.map_err(|unjudged| format!("{text}{unjudged}"))?;
    compare(&case, &judged, shares).map_err(|says| format!("{text}{pairing:?}: {says}\n{judged}"))
}

#[test]
fn promises_beside_specifications() {
    let count = cases(1_000);
    for pairing in PAIRINGS {
        let mut shares = Shares::default();
        let name = format!("{} beside {}", pairing.kind, pairing.spec);
        run(&name, count, &mut shares, |bytes, shares| {
            judge(pairing, &mut Script::new(bytes), shares)
        });
        println!("{name}: {count} histories, {shares:?}");
        if count >= 500 {
            let least = shares.kept.min(shares.broken).min(shares.undecided);
            assert!(
                least * 40 >= count,
                "{name}: each verdict is frequent: {shares:?}"
            );
            let settled = shares.settled_kept + shares.settled_broken;
            assert!(
                settled * 100 >= count,
                "{name}: the specification settles scopes: {shares:?}"
            );
        }
    }
}
