//! What a check costs from file to verdict: time against reading alone, and the most memory that was held.
//!
//! ```text
//! cargo bench --bench grid                     all 72 histories of a register, then other specifications
//! cargo bench --bench grid -- "register 1M"    those whose name begins with the words
//! ```
//! Each history is read and judged in a process of its own. The smaller ones are read, and judged, so often
//! that it makes a million operations. Asserted: every verdict is right, reading and checking takes at most
//! three times as long as reading, and a million operations on a register take less than 400 MiB (on others 410), the text included.
//! Times are processor time of user code on all threads; the figure asserted is the best of three (of a million: one).

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::fs::File;
use std::io::BufWriter;
use std::process::Command;
use std::sync::Arc;

use testimony::check::catalog::Parameters;
use testimony::check::linear::{SpecCheck, SpecOptions};
use testimony::check::{Budget, Check, session};
use testimony::generate::Plan;
use testimony::history::{History, Verdict};

/// Reading and checking takes at most so many times as long as reading.
const RATIO_MAX: f64 = 3.0;
/// The most memory that a million operations on registers may take, in KiB.
const PEAK_KIB_MAX: u64 = 400 << 10;
/// The same of the other specifications.
const OTHERS_PEAK_KIB_MAX: u64 = 410 << 10;
const MILLION: u64 = 1_000_000;
/// The first argument of the process that measures one history.
const ONE: &str = "one";

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    if let [first, path, spec] = arguments.as_slice()
        && first == ONE
    {
        return measure(path, spec);
    }
    let plans = plans().into_iter();
    let plans: Vec<Plan> = plans
        .filter(|plan| arguments.iter().all(|word| name(plan).starts_with(word)))
        .collect();
    println!("| history | read, ms | check, ms | whole / reading | peak, MiB |");
    println!("| --- | --- | --- | --- | --- |");
    let folder = tempfile::tempdir().unwrap();
    let mut misses = Vec::new();
    for plan in &plans {
        let path = folder.path().join("history.jsonl");
        plan.write(BufWriter::new(File::create(&path).unwrap()))
            .unwrap();
        let times = if plan.ops == MILLION { 1 } else { 3 };
        let best = (0..times)
            .map(|_| Figures::of(path.to_str().unwrap(), plan))
            .min_by(|one, other| one.ratio().total_cmp(&other.ratio()))
            .unwrap();
        println!("| {} | {} |", name(plan), best.row());
        misses.extend(best.misses(plan));
    }
    assert!(misses.is_empty(), "{}", misses.join("\n"));
    println!("\n{} histories, all decided right", plans.len());
}

fn plans() -> Vec<Plan> {
    let mut plans = Vec::new();
    let mut both = |plan: Plan| {
        for is_broken in [false, true] {
            plans.push(Plan {
                is_broken,
                ..plan.clone()
            });
        }
    };
    for ops in [10_000, 100_000, MILLION] {
        for keys in [None, Some(100)] {
            for clients in [5, 20, 100] {
                for unknown in [0, 20] {
                    let register = Plan::of("register");
                    both(Plan {
                        ops,
                        keys,
                        clients,
                        unknown,
                        ..register
                    });
                }
            }
        }
    }
    for spec in ["cas-register", "queue", "stack", "priority-queue"] {
        both(Plan {
            ops: MILLION,
            clients: 20,
            ..Plan::of(spec)
        });
    }
    plans
}

fn name(plan: &Plan) -> String {
    let keys = match plan.keys {
        Some(keys) => format!("{keys} keys"),
        None => "1 key".to_owned(),
    };
    format!(
        "{} {}, {keys}, {} clients, {} unknown, {}",
        plan.spec,
        match plan.ops {
            MILLION => "1M".to_owned(),
            ops => format!("{}k", ops / 1000),
        },
        plan.clients,
        plan.unknown,
        if plan.is_broken { "broken" } else { "kept" }
    )
}

/// What one process measured.
struct Figures {
    read_ms: f64,
    check_ms: f64,
    peak_kib: u64,
    verdict: String,
}

impl Figures {
    fn of(path: &str, plan: &Plan) -> Self {
        let spec = match plan.is_by_key() {
            true => format!("{}:by-key", plan.spec),
            false => plan.spec.clone(),
        };
        let mut child = Command::new(std::env::current_exe().unwrap());
        let output = child.args([ONE, path, &spec]).output().unwrap();
        assert!(output.status.success(), "{}: {output:?}", name(plan));
        let text = String::from_utf8(output.stdout).unwrap();
        let mut words = text.split_whitespace();
        let mut word = || words.next().unwrap();
        Self {
            read_ms: word().parse().unwrap(),
            check_ms: word().parse().unwrap(),
            peak_kib: word().parse().unwrap(),
            verdict: word().to_owned(),
        }
    }

    fn ratio(&self) -> f64 {
        (self.read_ms + self.check_ms) / self.read_ms
    }

    fn row(&self) -> String {
        format!(
            "{:.1} | {:.1} | {:.2} | {}",
            self.read_ms,
            self.check_ms,
            self.ratio(),
            self.peak_kib >> 10
        )
    }

    /// What of the promises made above does not hold.
    fn misses(&self, plan: &Plan) -> Vec<String> {
        let right = match plan.is_broken {
            true => Verdict::Broken,
            false => Verdict::Kept,
        };
        let is_large = plan.ops == MILLION;
        let peak_kib_max = match plan.spec.as_str() {
            "register" => PEAK_KIB_MAX,
            _ => OTHERS_PEAK_KIB_MAX,
        };
        let misses = [
            (self.verdict != right.as_str()).then(|| format!("is {}", self.verdict)),
            (self.ratio() > RATIO_MAX).then(|| format!("takes {:.2} times", self.ratio())),
            (is_large && self.peak_kib >= peak_kib_max)
                .then(|| format!("takes {} MiB", self.peak_kib >> 10)),
        ];
        let misses = misses.into_iter().flatten();
        misses
            .map(|miss| format!("{} {miss}", name(plan)))
            .collect()
    }
}

/// Reads and checks one history, as often as makes a million operations, and prints what that costs each time.
fn measure(path: &str, spec: &str) {
    let (spec_name, by_key) = match spec.strip_suffix(":by-key") {
        Some(spec_name) => (spec_name, true),
        None => (spec, false),
    };
    let catalog = testimony::specs::all();
    let entry = catalog.specs.iter().find(|entry| entry.name == spec_name);
    let built = (entry.unwrap().build)(&mut Parameters::new(Vec::new())).unwrap();
    let options = SpecOptions {
        by_key,
        ..SpecOptions::default()
    };
    let checks: [Arc<dyn Check>; 1] = [Arc::new(SpecCheck::new(spec, built, options))];
    let start = ticks();
    let mut history = History::open(path).unwrap();
    let times = (MILLION / history.operations().len() as u64).max(1);
    for _ in 1..times {
        drop(history);
        history = History::open(path).unwrap();
    }
    let read = ticks();
    let mut judged = session::judge(history, &checks, &Budget::default()).unwrap();
    for _ in 1..times {
        judged = session::judge(judged.history, &checks, &Budget::default()).unwrap();
    }
    let end = ticks();
    // Linux counts processor time in hundredths of a second.
    let each_ms = |ticks: u64| ticks as f64 * 10.0 / times as f64;
    let verdict = judged.findings[0].judgement.verdict;
    println!(
        "{} {} {} {}",
        each_ms(read - start),
        each_ms(end - read),
        peak_kib(),
        verdict.as_str()
    );
}

/// Processor time of user code so far.
fn ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    fields.split(' ').nth(11).unwrap().parse().unwrap()
}

/// The most memory that this process ever held.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let words = line.unwrap().split_whitespace();
    words.rev().nth(1).unwrap().parse().unwrap()
}
