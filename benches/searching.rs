//! What the general search costs on one object, with the special algorithms switched off.
//!
//! ```text
//! cargo bench --bench searching              all cases
//! cargo bench --bench searching -- queue     those whose name begins with the word
//! ```
//! Half of the clients are busy at any time. A broken history has three answers that were right long before.
//!
//! Asserted: a register of 10,000 operations by 20 clients is found kept within 0.1 s and broken within 60 s;
//! 2,000 appends by 20 clients are decided; and 500 operations of which up to 200 are of unknown outcome are decided
//! within 1 s by all that is there, the special algorithms included (a broken queue only where its values are unique). What is
//! kept is never found broken.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use testimony::check::catalog::Parameters;
use testimony::check::linear::{Rules, SpecCheck, SpecOptions};
use testimony::check::{Budget, Check, session};
use testimony::history::{History, Verdict};

/// One workload.
#[derive(Clone, Copy)]
struct Work {
    spec: &'static str,
    operations: usize,
    clients: usize,
    /// How many updates nobody learns the end of.
    unknown: usize,
    /// How many values there are; 0: each is another one.
    values: usize,
    is_broken: bool,
    /// Whether the special algorithms are asked first, as they are by default.
    has_monitors: bool,
}

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    for work in works() {
        let name = work.name();
        if wanted.iter().all(|word| name.starts_with(word.as_str())) {
            measure(&name, work);
        }
    }
}

fn works() -> Vec<Work> {
    let mut works = Vec::new();
    let both = |works: &mut Vec<Work>, work: Work| {
        works.push(work);
        works.push(Work {
            is_broken: true,
            ..work
        });
    };
    let of = |spec, operations, clients| Work {
        spec,
        operations,
        clients,
        unknown: 0,
        values: 0,
        is_broken: false,
        has_monitors: false,
    };
    both(&mut works, of("register", 10_000, 20));
    both(&mut works, of("register", 10_000, 100));
    for clients in [20, 32] {
        let repeated = Work {
            values: 5,
            ..of("register", 10_000, clients)
        };
        both(&mut works, repeated);
    }
    both(&mut works, of("cas-register", 10_000, 20));
    works.push(of("register", 1_000_000, 10));
    for spec in ["log", "log-offsets", "kv"] {
        both(&mut works, of(spec, 2_000, 20));
    }
    for spec in ["register", "cas-register", "queue"] {
        for unknown in [16, 64, 200] {
            for values in [0, 5] {
                let work = Work {
                    unknown,
                    values,
                    ..of(spec, 500, 10)
                };
                both(&mut works, work);
                let has_monitors = true;
                both(
                    &mut works,
                    Work {
                        has_monitors,
                        ..work
                    },
                );
            }
        }
    }
    works
}

impl Work {
    fn name(self) -> String {
        let values = match self.values {
            0 => "unique".to_owned(),
            values => format!("{values} values"),
        };
        format!(
            "{}, {} operations, {} clients, {} unknown, {values}, {}{}",
            self.spec,
            self.operations,
            self.clients,
            self.unknown,
            if self.is_broken { "broken" } else { "kept" },
            if self.has_monitors { ", all rules" } else { "" }
        )
    }

    /// The time within which this must be decided, in seconds; `None`: it need not be.
    fn limit_seconds(self) -> Option<f64> {
        match (self.spec, self.operations) {
            ("register", 10_000) if (self.clients, self.values) == (20, 0) => {
                Some(if self.is_broken { 60.0 } else { 0.1 })
            }
            ("log" | "log-offsets" | "kv", 2_000) => Some(f64::INFINITY),
            ("queue", 500) if self.is_broken && self.values > 0 => None,
            (_, 500) if self.has_monitors => Some(1.0),
            _ => None,
        }
    }
}

fn measure(name: &str, work: Work) {
    let history = History::parse(&Play::new(work).text()).unwrap();
    let catalog = testimony::specs::all();
    let spec_name = work.spec.trim_end_matches("-offsets");
    let entry = catalog.specs.iter().find(|entry| entry.name == spec_name);
    let spec = (entry.unwrap().build)(&mut Parameters::new(Vec::new())).unwrap();
    let rules = Rules {
        monitors: work.has_monitors,
        ..Rules::default()
    };
    let options = SpecOptions {
        rules,
        ..SpecOptions::default()
    };
    let check: Arc<dyn Check> = Arc::new(SpecCheck::new(spec_name, spec, options));
    let budget = Budget::new(20_000_000, 2 << 30);
    let start = Instant::now();
    let judged = session::judge(history, &[check], &budget).unwrap();
    let time = start.elapsed();
    let verdict = judged.findings[0].judgement.verdict;
    println!("{time:>9.2?}  {verdict:?}  {name}");
    assert!(work.is_broken || verdict != Verdict::Broken, "{name}");
    if let Some(limit) = work.limit_seconds() {
        assert_ne!(verdict, Verdict::Undecided, "{name}");
        assert!(time.as_secs_f64() < limit, "{name}: more than {limit} s");
    }
}

/// An operation under way: who does what, and the answer once it took effect.
struct Pending {
    client: usize,
    f: &'static str,
    input: String,
    answer: Option<String>,
}

/// An object, its clients, and chance that is the same on every run.
struct Play {
    work: Work,
    chance: u64,
    text: String,
    /// What has been written, appended or enqueued, oldest first; of a register only the last one counts.
    content: Vec<usize>,
    old: Vec<String>,
    pending: Vec<Pending>,
    idle: Vec<usize>,
    clients: usize,
    next_value: usize,
    answered: usize,
    /// How many answers are wrong.
    spoilt: usize,
}

impl Play {
    fn new(work: Work) -> Self {
        Self {
            work,
            chance: 42,
            text: String::new(),
            content: Vec::new(),
            old: Vec::new(),
            pending: Vec::new(),
            idle: (0..work.clients).collect(),
            clients: work.clients,
            next_value: 0,
            answered: 0,
            spoilt: 0,
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        (self.chance >> 11) as usize % bound
    }

    fn text(mut self) -> String {
        let mut invoked = 0;
        while invoked < self.work.operations || !self.pending.is_empty() {
            let wants_more = self.pending.len() < self.work.clients / 2 || self.below(2) == 0;
            if invoked < self.work.operations && wants_more && !self.idle.is_empty() {
                self.invoke();
                invoked += 1;
            } else {
                let at = self.below(self.pending.len());
                if self.below(2) == 0 {
                    self.take_effect(at);
                } else {
                    self.finish(at);
                }
            }
        }
        self.text
    }

    fn line(&mut self, kind: &str, pending: &Pending, value: &str) {
        let Pending { client, f, .. } = pending;
        let key = if self.work.spec == "kv" {
            "[\"x\","
        } else {
            ""
        };
        let end = if key.is_empty() { "" } else { "]" };
        let _ = writeln!(
            self.text,
            r#"{{"process": {client}, "type": "{kind}", "f": "{f}", "value": {key}{value}{end}}}"#
        );
    }

    fn fresh(&mut self) -> usize {
        self.next_value += 1;
        match self.work.values {
            0 => self.next_value,
            values => 1 + self.below(values),
        }
    }

    fn invoke(&mut self) {
        let at = self.below(self.idle.len());
        let client = self.idle.swap_remove(at);
        let value = self.fresh();
        let die = self.below(4);
        let (f, input) = match (self.work.spec, die) {
            ("register", 0 | 1) | ("cas-register", 0) => ("write", value.to_string()),
            ("register", _) | ("cas-register", 1) | ("log" | "log-offsets", 0) => {
                ("read", "null".to_owned())
            }
            ("cas-register", _) => ("cas", format!("[{}, {value}]", self.last())),
            ("queue", 0 | 1) => ("enqueue", value.to_string()),
            ("queue", _) => ("dequeue", "null".to_owned()),
            ("kv", 0) => ("get", "null".to_owned()),
            ("kv", _) => ("append", format!("\"{value} \"")),
            _ => ("append", value.to_string()),
        };
        let pending = Pending {
            client,
            f,
            input,
            answer: None,
        };
        let input = pending.input.clone();
        self.line("invoke", &pending, &input);
        self.pending.push(pending);
    }

    fn last(&self) -> String {
        let last = self.content.last();
        last.map_or("null".to_owned(), usize::to_string)
    }

    fn take_effect(&mut self, at: usize) {
        if self.pending[at].answer.is_some() {
            return;
        }
        let (f, input) = (self.pending[at].f, self.pending[at].input.clone());
        let answer = match f {
            "write" | "enqueue" => {
                self.content.push(input.parse().unwrap());
                input
            }
            "append" => {
                let offset = self.content.len().to_string();
                let number = input.trim_matches(['"', ' ']);
                self.content.push(number.parse().unwrap());
                match self.work.spec {
                    "log-offsets" => offset,
                    _ => "null".to_owned(),
                }
            }
            "cas" => {
                let (old, new) = input[1..input.len() - 1].split_once(", ").unwrap();
                if old == self.last() {
                    self.content.push(new.parse().unwrap());
                    input
                } else {
                    "fail".to_owned()
                }
            }
            "dequeue" if self.content.is_empty() => "null".to_owned(),
            "dequeue" => self.content.remove(0).to_string(),
            "get" if self.content.is_empty() => "null".to_owned(),
            "get" => {
                let all = self.content.iter();
                format!(
                    "\"{}\"",
                    all.map(|each| format!("{each} ")).collect::<String>()
                )
            }
            _ if self.work.spec.starts_with("log") => format!("{:?}", self.content),
            _ => self.last(),
        };
        self.pending[at].answer = Some(answer);
    }

    fn finish(&mut self, at: usize) {
        let Work {
            operations,
            unknown,
            ..
        } = self.work;
        self.answered += 1;
        let is_update = matches!(self.pending[at].f, "write" | "enqueue");
        if is_update && self.below(operations) < unknown * 4 {
            // Nobody learns the end; half of these have taken effect by now.
            self.pending.swap_remove(at);
            self.idle.push(self.clients);
            self.clients += 1;
            return;
        }
        self.take_effect(at);
        let pending = self.pending.swap_remove(at);
        let mut answer = pending.answer.clone().unwrap_or_default();
        self.idle.push(pending.client);
        if answer == "fail" {
            let input = pending.input.clone();
            self.line("fail", &pending, &input);
            return;
        }
        if matches!(pending.f, "read" | "get" | "dequeue") {
            let is_late = self.answered * 100 > operations * 93 && self.old.len() > 20;
            if self.work.is_broken && is_late && self.spoilt < 3 {
                let stale = self.old[self.old.len() / 2 - self.spoilt].clone();
                self.spoilt += usize::from(stale != answer);
                answer = stale;
            }
            self.old.push(answer.clone());
        }
        self.line("ok", &pending, &answer);
    }
}
