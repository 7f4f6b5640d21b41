//! Random histories of an object, and whether any order of their operations explains every answer.

use serde_json::{Value as Json, json};

use super::models::{Model, Reaction, Request, Seen};
use super::script::Script;
use super::story::{Kind, Line, Past, Relation, Span, Story};

/// What is known of an operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Known {
    /// It took effect and answered this.
    Answer(Json),
    /// It was refused, and that is evidence.
    Refusal,
    /// Nothing: perhaps it took effect.
    Nothing,
    /// It failed and says nothing.
    Removed,
}

/// One operation of the history.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    pub(crate) object: usize,
    pub(crate) request: Request,
    pub(crate) known: Known,
}

/// A random history of one specification.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) model: Model,
    pub(crate) story: Story,
    pub(crate) ops: Vec<Op>,
    /// The objects; one without a name where the specification is not spread over keys.
    pub(crate) keys: Vec<Option<Json>>,
    /// Whether the user has to ask for keys.
    pub(crate) by_key: bool,
}

/// How much the generator lies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Honest,
    Mistaken,
    Wild,
    /// Writes are acknowledged before they take effect.
    Lagging,
}

fn parameters(name: &'static str, script: &mut Script<'_>) -> Model {
    let initial = match name {
        _ if script.below(3) < 2 => None,
        "mutex" | "owned-mutex" | "semaphore" => None,
        "counter" => Some(json!(2)),
        "set" => Some(json!(["a"])),
        "queue" | "stack" | "priority-queue" => Some(script.pick(&[json!([2]), json!([1, 3])])),
        "log" => Some(json!(["a"])),
        "fenced-lock" => Some(json!(2)),
        "kv" => Some(script.pick(&[json!("a"), json!({"x": "b"})])),
        "multi-register" => Some(script.pick(&[json!(1), json!({"x": 2})])),
        _ => Some(json!(1)),
    };
    let permits = if name == "semaphore" {
        1 + script.below(3) as i64
    } else {
        1
    };
    Model {
        name,
        initial,
        permits,
    }
}

fn cell_value(name: &str, script: &mut Script<'_>) -> Json {
    match name {
        "kv" => script.pick(&[json!("a"), json!("b"), json!("ab"), json!(1)]),
        _ => script.pick(&[json!(1), json!(2), json!(3)]),
    }
}

fn or_null(value: Json, script: &mut Script<'_>) -> Json {
    if script.chance(25) { Json::Null } else { value }
}

fn request(name: &str, process: &Json, script: &mut Script<'_>) -> Request {
    let names: &[&'static str] = match name {
        "register" => &["read", "write", "read"],
        "cas-register" | "strict-cas-register" => &["read", "write", "cas"],
        "counter" => &["read", "add", "read"],
        "set" => &["read", "add", "contains", "read", "remove", "contains"],
        "queue" => &["dequeue", "enqueue"],
        "stack" => &["pop", "push"],
        "priority-queue" => &["remove-max", "insert"],
        "mutex" | "owned-mutex" | "fenced-lock" | "semaphore" => &["acquire", "release"],
        "kv" => &["get", "put", "append", "cas", "delete"],
        "log" => &["read", "append"],
        _ => &["txn"],
    };
    let f = script.pick(names);
    let input = match (name, f) {
        (_, "cas") => {
            let old = cell_value(name, script);
            json!([or_null(old, script), cell_value(name, script)])
        }
        ("kv", "append") => script.pick(&[json!("b"), json!("a")]),
        ("log", "append") => script.pick(&[json!("a"), json!("b")]),
        (_, "write" | "put" | "enqueue" | "push" | "insert") => cell_value(name, script),
        ("counter", "add") => script.pick(&[json!(1), json!(2), json!(-1), json!(3)]),
        (_, "add" | "remove" | "contains") => script.pick(&[json!("a"), json!("b")]),
        ("semaphore", _) => script.pick(&[json!(1), Json::Null, json!(2), json!(1)]),
        (_, "txn") => {
            let steps = 1 + script.below(3);
            (0..steps)
                .map(|_| {
                    let key = script.pick(&["x", "y"]);
                    match script.below(2) {
                        0 => json!(["r", key, null]),
                        _ => json!(["w", key, script.pick(&[1, 2])]),
                    }
                })
                .collect()
        }
        _ => Json::Null,
    };
    Request {
        process: process.clone(),
        f,
        input,
    }
}

/// An answer out of the air.
fn guess(name: &str, request: &Request, script: &mut Script<'_>) -> Json {
    match (name, request.f) {
        ("counter", "read") => json!(script.below(5)),
        ("set", "read") => script.pick(&[json!([]), json!(["a"]), json!(["b"]), json!(["b", "a"])]),
        ("set", "contains") => json!([request.input, script.below(2) == 0]),
        ("log", "append") => json!(script.below(3)),
        ("log", "read") => {
            let length = script.below(4);
            (0..length).map(|_| script.pick(&["a", "b"])).collect()
        }
        ("fenced-lock", "acquire") => json!(1 + script.below(5)),
        (_, "read" | "get" | "dequeue" | "pop" | "remove-max") => {
            let value = cell_value(name, script);
            or_null(value, script)
        }
        (_, "txn") => {
            let mut steps = request.input.clone();
            for step in steps.as_array_mut().expect("a list") {
                if step[0] == json!("r") {
                    step[2] = script.pick(&[json!(1), json!(2), Json::Null]);
                }
            }
            steps
        }
        _ => Json::Null,
    }
}

/// Whether any answer says the same.
fn says_nothing(name: &str, f: &str) -> bool {
    match f {
        "read" | "get" | "dequeue" | "pop" | "remove-max" | "contains" | "txn" => false,
        "append" => name == "kv",
        "acquire" => name != "fenced-lock",
        _ => true,
    }
}

struct Pending {
    op: usize,
    reaction: Option<Reaction>,
}

/// Plays an object, its callers and its liars.
struct Play<'s, 'b> {
    script: &'s mut Script<'b>,
    model: Model,
    keys: Vec<Option<Json>>,
    states: Vec<Json>,
    /// The states that an object has left behind.
    seen: Vec<(usize, Json)>,
    ops: Vec<Op>,
    pending: Vec<Pending>,
    /// What was acknowledged and has not yet taken effect.
    late: Vec<usize>,
    lines: Vec<Line>,
    manner: Manner,
    /// How many of 100 operations nobody learns the end of.
    silence: usize,
    has_ids: bool,
    processes: Vec<Json>,
    /// Those whose operation has no known end and who have no ids.
    done: Vec<Json>,
}

impl Play<'_, '_> {
    fn wire(&self, op: usize, value: &Json) -> Option<Json> {
        let op = &self.ops[op];
        let Some(key) = &self.keys[op.object] else {
            return Some(value.clone());
        };
        Some(if op.request.f == "delete" {
            json!([key])
        } else {
            json!([key, value])
        })
    }

    fn push(&mut self, op: usize, kind: Kind, value: Option<Json>) {
        let request = &self.ops[op].request;
        let mut line = Line::new(&request.process, kind);
        line.f = Some(request.f);
        line.value = value;
        line.op = Some(op);
        line.id = self.has_ids.then(|| format!("o{op}"));
        self.lines.push(line);
    }

    fn is_free(&self, process: &Json) -> bool {
        let busy = self
            .pending
            .iter()
            .filter(|pending| self.ops[pending.op].request.process == *process)
            .count();
        !self.done.contains(process) && busy < if self.has_ids { 2 } else { 1 }
    }

    fn invoke(&mut self) -> bool {
        let mut free: Vec<Json> = self
            .processes
            .iter()
            .filter(|process| self.is_free(process))
            .cloned()
            .collect();
        if free.is_empty() && self.pending.is_empty() {
            // Everybody is done: somebody new comes along.
            let name = json!(self.processes.len());
            let is_text = self.processes[0].is_string();
            let name = if is_text {
                json!(format!("p{name}"))
            } else {
                name
            };
            self.processes.push(name.clone());
            free.push(name);
        }
        if free.is_empty() {
            return false;
        }
        let process = self.script.pick(&free);
        let object = self.script.below(self.keys.len());
        let request = request(self.model.name, &process, self.script);
        let op = self.ops.len();
        self.ops.push(Op {
            object,
            request,
            known: Known::Nothing,
        });
        self.pending.push(Pending { op, reaction: None });
        let input = self.ops[op].request.input.clone();
        let is_silent = input.is_null() && self.keys[object].is_none() && self.script.chance(30);
        let value = if is_silent {
            None
        } else {
            self.wire(op, &input)
        };
        self.push(op, Kind::Invoke, value);
        true
    }

    fn react(&mut self, at: usize) {
        if !matches!(self.pending[at].reaction, None | Some(Reaction::Waits)) {
            return;
        }
        let op = &self.ops[self.pending[at].op];
        let state = &self.states[op.object];
        let reaction = self.model.react(state, &op.request, self.script);
        if let Reaction::Answers(answer) = &reaction {
            let after = self.model.step(state, &op.request, Seen::Answer(answer));
            self.seen.push((op.object, state.clone()));
            self.states[op.object] = after.expect("an honest answer is a possible one");
        }
        self.pending[at].reaction = Some(reaction);
    }

    fn complete(&mut self, at: usize) {
        let op = self.pending[at].op;
        let is_blind = says_nothing(self.model.name, self.ops[op].request.f);
        let is_open = self.pending[at].reaction.is_none();
        if self.manner == Manner::Lagging && is_blind && is_open && self.script.chance(80) {
            self.pending.remove(at);
            self.late.push(op);
            self.answer(op, Json::Null);
            return;
        }
        self.react(at);
        let Pending { op, reaction } = self.pending.remove(at);
        let reaction = reaction.expect("it has just reacted");
        if self.script.chance(self.silence) {
            self.give_up(op);
            return;
        }
        let lies = match self.manner {
            Manner::Honest | Manner::Lagging => false,
            Manner::Mistaken => self.script.chance(32),
            Manner::Wild => self.script.chance(65),
        };
        match reaction {
            Reaction::Answers(_) if lies && self.script.chance(10) => self.fail(op),
            Reaction::Answers(answer) if !lies => self.answer(op, answer),
            Reaction::Refuses | Reaction::Waits if !lies => self.fail(op),
            _ => {
                let answer = self.lie(op);
                self.answer(op, answer);
            }
        }
    }

    /// An acknowledged operation takes effect at last.
    fn catch_up(&mut self) {
        let Op {
            object, request, ..
        } = &self.ops[self.late.remove(0)];
        if let Some(after) = self
            .model
            .step(&self.states[*object], request, Seen::Nothing)
        {
            self.states[*object] = after;
        }
    }

    /// What was right at some time before, or what was never right.
    fn lie(&mut self, op: usize) -> Json {
        let Op {
            object, request, ..
        } = &self.ops[op];
        let old: Vec<Json> = self
            .seen
            .iter()
            .filter(|(of, _)| of == object)
            .map(|(_, state)| state.clone())
            .collect();
        if !old.is_empty() && self.script.chance(70) {
            let state = self.script.pick(&old);
            if let Reaction::Answers(answer) = self.model.react(&state, request, self.script) {
                return answer;
            }
        }
        guess(self.model.name, request, self.script)
    }

    /// Nobody learns how the operation ended: an `info`, or no line at all.
    fn give_up(&mut self, op: usize) {
        if self.script.chance(50) {
            self.push(op, Kind::Info, None);
            let line = self.lines.last_mut().expect("a line was pushed");
            line.has_error = true;
        }
        if !self.has_ids {
            let process = self.ops[op].request.process.clone();
            self.done.push(process);
        }
    }

    fn fail(&mut self, op: usize) {
        let has_error = self.script.chance(25);
        self.push(op, Kind::Fail, None);
        let line = self.lines.last_mut().expect("a line was pushed");
        line.has_error = has_error;
        let is_evidence = self.model.name == "strict-cas-register"
            && self.ops[op].request.f == "cas"
            && !has_error;
        self.ops[op].known = if is_evidence {
            Known::Refusal
        } else {
            Known::Removed
        };
    }

    fn answer(&mut self, op: usize, answer: Json) {
        let (name, f) = (self.model.name, self.ops[op].request.f);
        let mut said = answer.clone();
        if says_nothing(name, f) && self.script.chance(50) {
            said = self.ops[op].request.input.clone();
        }
        if name == "log" && f == "append" && self.script.chance(10) {
            said = Json::Null;
        }
        let is_silent =
            said.is_null() && self.keys[self.ops[op].object].is_none() && self.script.chance(50);
        let value = if is_silent {
            None
        } else {
            self.wire(op, &said)
        };
        self.push(op, Kind::Ok, value);
        self.ops[op].known = Known::Answer(if says_nothing(name, f) {
            Json::Null
        } else {
            said
        });
    }

    fn play(&mut self, count: usize) {
        while self.ops.len() < count || !self.pending.is_empty() {
            if !self.late.is_empty() && self.script.chance(15) {
                self.catch_up();
            }
            let action = self.script.below(10);
            let is_beginning = action < 4 || self.pending.is_empty();
            if is_beginning && self.ops.len() < count && self.invoke() {
                continue;
            }
            let at = self.script.below(self.pending.len());
            if (4..6).contains(&action) {
                self.react(at);
            } else {
                self.complete(at);
            }
        }
    }
}

/// The objects, and whether the user has to ask for them.
fn keys(name: &str, script: &mut Script<'_>) -> (Vec<Option<Json>>, bool) {
    let (by_nature, never) = (name == "kv", name == "multi-register");
    let by_key = !by_nature && !never && script.chance(30);
    let mut keys = vec![None];
    if by_key || by_nature {
        keys = vec![Some(json!("x"))];
        if script.below(3) > 0 {
            keys.push(Some(json!("y")));
        }
    }
    (keys, by_key)
}

/// Gives the lines their order, messages and causes.
fn ordered(lines: Vec<Line>, is_real_time: bool, script: &mut Script<'_>) -> Story {
    let mut story = Story {
        lines,
        is_real_time,
        says_order: script.chance(30),
        complete: None,
    };
    if script.chance(if is_real_time { 20 } else { 65 }) {
        story.exchange(script, 40);
    }
    if script.chance(if is_real_time { 20 } else { 50 }) {
        story.cause(script, 20);
    }
    if !is_real_time && script.chance(60) {
        story.shuffle(script);
    }
    story
}

/// Makes a random history of a specification.
pub(crate) fn case(name: &'static str, script: &mut Script<'_>) -> Case {
    let model = parameters(name, script);
    let manner = script.pick(&[
        Manner::Honest,
        Manner::Mistaken,
        Manner::Mistaken,
        Manner::Wild,
        Manner::Lagging,
        Manner::Lagging,
    ]);
    let (keys, by_key) = keys(name, script);
    let count = 2 + script.below(5).max(script.below(6));
    let people = 1 + script.below(4).max(script.below(4));
    let is_text = script.chance(50);
    let processes = (0..people)
        .map(|number| {
            if is_text {
                json!(format!("p{number}"))
            } else {
                json!(number)
            }
        })
        .collect();
    let silence = script.pick(&[10, 4, 10, 45]);
    let has_ids = script.chance(35);
    let is_real_time = script.below(10) < 6;
    let states = keys.iter().map(|key| model.start(key.as_ref())).collect();
    let mut play = Play {
        script: &mut *script,
        model: model.clone(),
        keys: keys.clone(),
        states,
        seen: Vec::new(),
        ops: Vec::new(),
        pending: Vec::new(),
        late: Vec::new(),
        lines: Vec::new(),
        manner,
        silence,
        has_ids,
        processes,
        done: Vec::new(),
    };
    play.play(count);
    let (ops, lines) = (play.ops, play.lines);
    let mut story = ordered(lines, is_real_time, script);
    let old = story.renumbered();
    let ops = old.into_iter().map(|op| ops[op].clone()).collect();
    let mut case = Case {
        model,
        story,
        ops,
        keys,
        by_key,
    };
    if manner != Manner::Honest && script.chance(60) {
        case.spoil(script);
    }
    case
}

impl Case {
    /// Replaces answers by wrong ones until no order explains them; gives up after a few.
    fn spoil(&mut self, script: &mut Script<'_>) {
        for _ in 0..4 {
            let question = Question::new(self, Relation::Everything);
            if !question.is_possible(question.certain()) {
                return;
            }
            let op = script.below(self.ops.len());
            let Op {
                object,
                request,
                known,
            } = &self.ops[op];
            if !matches!(known, Known::Answer(_)) || says_nothing(self.model.name, request.f) {
                continue;
            }
            let answer = guess(self.model.name, request, script);
            let value = match &self.keys[*object] {
                Some(key) => json!([key, answer]),
                None => answer.clone(),
            };
            self.ops[op].known = Known::Answer(answer);
            let line = self
                .story
                .lines
                .iter_mut()
                .find(|line| line.op == Some(op) && line.kind == Kind::Ok);
            line.expect("it was answered").value = Some(value);
        }
    }
}

/// A set of operations, one bit each.
pub(crate) type OpSet = u32;

/// The question for one case under one order.
#[derive(Debug)]
pub(crate) struct Question<'c> {
    case: &'c Case,
    spans: Vec<Span>,
    past: Past,
}

impl<'c> Question<'c> {
    pub(crate) fn new(case: &'c Case, relation: Relation) -> Self {
        let spans = case.story.spans(case.ops.len());
        Self {
            case,
            spans,
            past: case.story.past(relation),
        }
    }

    /// The operations that must stand in every order.
    pub(crate) fn certain(&self) -> OpSet {
        self.set(|op| !matches!(op.known, Known::Nothing | Known::Removed))
    }

    /// The operations that say anything: not those that failed, and not those that never answered and
    /// change nothing whatever they find.
    pub(crate) fn judged(&self) -> OpSet {
        self.set(|op| match op.known {
            Known::Removed => false,
            Known::Nothing => !op.request.is_idle(),
            Known::Answer(_) | Known::Refusal => true,
        })
    }

    /// The operations on an object.
    pub(crate) fn of(&self, object: usize) -> OpSet {
        self.set(|op| op.object == object)
    }

    fn set(&self, is_in: impl Fn(&Op) -> bool) -> OpSet {
        let ops = self.case.ops.iter().enumerate();
        ops.filter(|(_, op)| is_in(op)).map(|(at, _)| 1 << at).sum()
    }

    /// Whether one operation was over before the other began.
    fn is_before(&self, a: usize, b: usize) -> bool {
        let end = self.spans[a].completion;
        end.is_some_and(|end| self.past[self.spans[b].invoke] & (1 << end) != 0)
    }

    fn start(&self) -> Vec<Json> {
        let keys = self.case.keys.iter();
        keys.map(|key| self.case.model.start(key.as_ref()))
            .collect()
    }

    fn step(&self, states: &[Json], op: usize, is_certain: bool) -> Option<Json> {
        let Op {
            object,
            request,
            known,
        } = &self.case.ops[op];
        let seen = match known {
            Known::Answer(answer) if is_certain => Seen::Answer(answer),
            Known::Refusal if is_certain => Seen::Refusal,
            _ => Seen::Nothing,
        };
        self.case.model.step(&states[*object], request, seen)
    }

    /// Whether some order explains the answers of these operations. All others may take effect or not,
    /// with any answer, between their invocation and their end.
    pub(crate) fn is_possible(&self, certain: OpSet) -> bool {
        self.is_possible_without(certain, 0)
    }

    /// The same where the operations of a set never were.
    pub(crate) fn is_possible_without(&self, certain: OpSet, absent: OpSet) -> bool {
        self.place(certain & !absent, absent, &mut self.start())
    }

    fn place(&self, certain: OpSet, placed: OpSet, states: &mut Vec<Json>) -> bool {
        if certain & !placed == 0 {
            return true;
        }
        for op in 0..self.case.ops.len() {
            let is_there = placed & (1 << op) != 0;
            let is_removed = self.case.ops[op].known == Known::Removed;
            let waits = (0..self.case.ops.len())
                .any(|other| certain & !placed & (1 << other) != 0 && self.is_before(other, op));
            let is_over = self.certain() & (1 << op) != 0;
            let is_late = is_over
                && (0..self.case.ops.len())
                    .any(|other| placed & (1 << other) != 0 && self.is_before(op, other));
            if is_there || is_removed || waits || is_late {
                continue;
            }
            if let Some(after) = self.step(states, op, certain & (1 << op) != 0) {
                let object = self.case.ops[op].object;
                let before = std::mem::replace(&mut states[object], after);
                if self.place(certain, placed | 1 << op, states) {
                    return true;
                }
                states[object] = before;
            }
        }
        false
    }

    /// What is wrong with an order that is said to explain the answers of `certain`.
    pub(crate) fn refutes(&self, order: &[usize], certain: OpSet) -> Option<String> {
        let mut placed: OpSet = 0;
        let mut states = self.start();
        for &op in order {
            let known = self.case.ops.get(op).map(|op| &op.known);
            if known.is_none_or(|known| *known == Known::Removed) || placed & (1 << op) != 0 {
                return Some(format!("operation {op} is not there, or twice"));
            }
            let is_certain = self.certain() & (1 << op) != 0;
            if let Some(late) = (0..self.case.ops.len())
                .find(|late| certain & !placed & (1 << late) != 0 && self.is_before(*late, op))
            {
                return Some(format!("operation {late} must come before {op}"));
            }
            let object = self.case.ops[op].object;
            let Some(after) = self.step(&states, op, is_certain) else {
                return Some(format!(
                    "operation {op} is impossible in {}",
                    states[object]
                ));
            };
            states[object] = after;
            placed |= 1 << op;
        }
        let left = certain & !placed;
        (left != 0).then(|| format!("operations {left:#b} are left out"))
    }

    /// The operations that have a line among these.
    pub(crate) fn with_lines(&self, lines: &[usize]) -> OpSet {
        let ops = lines
            .iter()
            .filter_map(|line| self.case.story.lines.get(*line)?.op);
        ops.fold(0, |set, op| set | 1 << op)
    }
}
