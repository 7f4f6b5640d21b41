//! Holds the special algorithms for queues, stacks and priority queues to the plain search, on small histories made to collide.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that makes nonsense has failed, and a long run has figures to tell"
)]

mod oracle;

use std::fmt::Write;

use oracle::script::{Script, cases, run};
use testimony::check::catalog::Parameters;
use testimony::check::linear::{Rules, SpecCheck, SpecOptions};
use testimony::check::{Budget, Check, Subject};
use testimony::history::{History, Value};
use testimony::order::{Order, Relation};
use testimony::verdict::{Judgement, Verdict};

/// A container by name, with the names of its operations.
#[derive(Clone, Copy, Debug)]
struct Kind {
    name: &'static str,
    insert: &'static str,
    take: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind {
        name: "queue",
        insert: "enqueue",
        take: "dequeue",
    },
    Kind {
        name: "stack",
        insert: "push",
        take: "pop",
    },
    Kind {
        name: "priority-queue",
        insert: "insert",
        take: "remove-max",
    },
];

impl Kind {
    fn next(self, inside: &mut Vec<i64>) -> Option<i64> {
        let greatest = || (0..inside.len()).max_by_key(|at| inside[*at]);
        let at = match self.name {
            "queue" => (!inside.is_empty()).then_some(0),
            "stack" => inside.len().checked_sub(1),
            _ => greatest(),
        };
        at.map(|at| inside.remove(at))
    }
}

/// How the histories are made.
#[derive(Clone, Copy, Debug)]
struct Style {
    operations: usize,
    unknown_percent: usize,
    repeat_percent: usize,
    lie_percent: usize,
}

/// An operation that has not returned.
#[derive(Clone, Copy, Debug)]
struct Open {
    insert: Option<i64>,
    /// What it will answer, once it took effect.
    answer: Option<Option<i64>>,
}

/// A history in the making, of one real container with its lies.
struct Play<'s, 'b> {
    kind: Kind,
    style: Style,
    script: &'s mut Script<'b>,
    inside: Vec<i64>,
    open: [Option<Open>; 4],
    unused: Vec<i64>,
    lines: Vec<String>,
    /// Of each line, whether it belongs to an operation of unknown outcome.
    processes: Vec<(usize, usize)>,
    begun: usize,
    epoch: [usize; 4],
}

impl Play<'_, '_> {
    fn line(&mut self, process: usize, kind: &str, f: &str, value: Option<i64>) {
        let id = process + 4 * self.epoch[process];
        let value = value.map_or("null".to_owned(), |value| value.to_string());
        self.lines.push(format!(
            r#"{{"process":{id},"type":"{kind}","f":"{f}","value":{value}}}"#
        ));
        self.processes.push((process, self.epoch[process]));
    }

    fn invoke(&mut self, process: usize) {
        self.begun += 1;
        let is_insert = self.script.below(100) < 55;
        let insert = is_insert.then(|| {
            if self.unused.is_empty() || self.script.chance(self.style.repeat_percent) {
                return 1 + self.script.below(3) as i64;
            }
            let at = self.script.below(self.unused.len());
            self.unused.remove(at)
        });
        let f = if is_insert {
            self.kind.insert
        } else {
            self.kind.take
        };
        self.line(process, "invoke", f, insert);
        self.open[process] = Some(Open {
            insert,
            answer: None,
        });
    }

    fn take_effect(&mut self, process: usize) {
        let Some(open) = &mut self.open[process] else {
            return;
        };
        if open.answer.is_none() {
            open.answer = Some(match open.insert {
                Some(value) => {
                    self.inside.push(value);
                    None
                }
                None => self.kind.next(&mut self.inside),
            });
        }
    }

    fn complete(&mut self, process: usize) {
        if self.script.chance(self.style.unknown_percent) {
            let open = self.open[process].take().expect("it is open");
            let f = match open.insert {
                Some(_) => self.kind.insert,
                None => self.kind.take,
            };
            if self.script.chance(50) {
                self.line(process, "info", f, None);
            }
            self.epoch[process] += 1;
            return;
        }
        self.take_effect(process);
        let open = self.open[process].take().expect("it is open");
        let answer = open.answer.expect("it took effect");
        match open.insert {
            Some(_) => self.line(process, "ok", self.kind.insert, None),
            None if self.script.chance(self.style.lie_percent) => {
                let lie = match self.inside.len() {
                    // What is in, out of turn.
                    inside if inside > 0 && self.script.chance(70) => {
                        self.inside.remove(self.script.below(inside))
                    }
                    _ => self.script.below(8) as i64,
                };
                let lie = (lie > 0).then_some(lie);
                self.line(process, "ok", self.kind.take, lie);
            }
            None => self.line(process, "ok", self.kind.take, answer),
        }
    }

    fn play(&mut self) {
        for _ in 0..200 {
            let process = self.script.below(4);
            match (self.open[process], self.script.below(3)) {
                (None, _) if self.begun < self.style.operations => self.invoke(process),
                (None, _) => {}
                (Some(_), 0) => self.take_effect(process),
                (Some(_), 1) => self.complete(process),
                (Some(_), _) => {}
            }
            if self.begun == self.style.operations && self.open.iter().all(Option::is_none) {
                break;
            }
        }
    }
}

fn check(kind: Kind, initial: &[i64], rules: Rules) -> SpecCheck {
    let initial: Vec<Value> = initial.iter().copied().map(Value::from).collect();
    let mut parameters = Parameters::new([("initial".to_owned(), Value::from(initial))]);
    let catalog = testimony::specs::all();
    let entry = catalog.specs.iter().find(|entry| entry.name == kind.name);
    let spec = (entry.expect("a built-in specification").build)(&mut parameters);
    let options = SpecOptions {
        rules,
        witness: true,
        ..SpecOptions::default()
    };
    SpecCheck::new(kind.name, spec.expect("right parameters"), options)
}

fn judged(check: &SpecCheck, text: &str) -> Judgement {
    let history = History::parse(text).expect("a well-formed history");
    let order = Order::of(&history, Relation::HappenedBefore).expect("no cycle");
    let subject = Subject {
        history: &history,
        order: &order,
    };
    check.judge(subject, &Budget::default())
}

/// How often what was said, and by what.
#[derive(Debug, Default)]
struct Shares {
    kept: usize,
    broken: usize,
    /// Of these the special algorithm decided.
    kept_fast: usize,
    broken_fast: usize,
    /// How many breaches named so many operations.
    sizes: [usize; 16],
}

fn judge(kind: Kind, script: &mut Script<'_>, shares: &mut Shares) -> Result<(), String> {
    let style = Style {
        operations: 3 + script.below(9),
        unknown_percent: script.pick(&[0, 0, 15, 40]),
        repeat_percent: script.pick(&[0, 0, 0, 20]),
        lie_percent: script.pick(&[0, 20, 35, 50]),
    };
    let initial: &[i64] = script.pick(&[&[][..], &[], &[2], &[3, 1]]);
    let unused = (1..12).filter(|value| !initial.contains(value));
    let mut play = Play {
        kind,
        style,
        script,
        inside: initial.to_vec(),
        open: [None; 4],
        unused: unused.collect(),
        lines: Vec::new(),
        processes: Vec::new(),
        begun: 0,
        epoch: [0; 4],
    };
    play.play();
    let text = play.lines.join("\n");
    let plain = judged(&check(kind, initial, Rules::NONE), &text);
    let fast = || judged(&check(kind, initial, Rules::default()), &text);
    let fast = std::panic::catch_unwind(fast);
    let fast = fast.map_err(|_| format!("a panic: {kind:?} {initial:?}\n{text}"))?;
    let mut says = String::new();
    let _ = write!(says, "{kind:?} {initial:?}\n{text}\n{plain:?}\n{fast:?}");
    if plain.verdict != fast.verdict {
        return Err(format!("two verdicts: {says}"));
    }
    let is_special = |method: &String| method.contains("special algorithm,");
    let is_fast = fast.methods.iter().any(is_special);
    match plain.verdict {
        Verdict::Broken => {
            shares.broken += 1;
            shares.broken_fast += usize::from(is_fast);
        }
        _ => {
            shares.kept += 1;
            shares.kept_fast += usize::from(is_fast);
        }
    }
    let Some(violation) = fast.violations.first().filter(|_| is_fast) else {
        return Ok(());
    };
    let named: Vec<usize> = violation.events.iter().map(|event| event.index()).collect();
    shares.sizes[(named.len() / 2).min(15)] += 1;
    if violation.why.is_empty() {
        return Err(format!("no reason is given: {says}"));
    }
    // The named operations and all of unknown outcome: that alone must be broken.
    let is_certain = |line: &String| line.contains(r#""ok""#);
    let left: Vec<&str> = (0..play.lines.len())
        .filter(|at| {
            let later = (at + 1)..play.lines.len();
            let mut own = later.filter(|later| play.processes[*later] == play.processes[*at]);
            let is_over = is_certain(&play.lines[*at])
                || own.next().is_some_and(|end| is_certain(&play.lines[end]));
            !is_over || named.contains(at)
        })
        .map(|at| &*play.lines[at])
        .collect();
    match judged(&check(kind, initial, Rules::NONE), &left.join("\n")).verdict {
        Verdict::Broken => Ok(()),
        other => Err(format!("{other:?} for what is named: {says}")),
    }
}

fn agree(kind: Kind) {
    let mut shares = Shares::default();
    let count = cases(3_000);
    run(kind.name, count, &mut shares, |bytes, shares| {
        judge(kind, &mut Script::new(bytes), shares)
    });
    println!("{}: {count} histories, {shares:?}", kind.name);
    if count >= 1_000 {
        assert!(
            shares.kept.min(shares.broken) * 6 >= count,
            "both are frequent"
        );
        assert!(shares.kept_fast * 4 >= shares.kept * 3, "it applies often");
        assert!(
            shares.broken_fast * 4 >= shares.broken * 3,
            "it applies often"
        );
    }
}

#[test]
fn queues() {
    agree(KINDS[0]);
}

#[test]
fn stacks() {
    agree(KINDS[1]);
}

#[test]
fn priority_queues() {
    agree(KINDS[2]);
}
