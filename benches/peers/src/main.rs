//! The same histories judged by testimony and by other checkers, each in a process of its own.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml
//! ```
//! Checking is timed, not reading: each checker gets the history that testimony has read, and what it takes to bring that into the
//! checker's own form is in its time. A peer has [`LIMIT_SECONDS`] of processor
//! time and [`LIMIT_KIB`] of memory for each history. Asserted: whoever answers gives the verdict that is true by
//! construction; testimony is fifty times as fast as porcupine-rs wherever that needs more than a tenth of a
//! second (mostly it is hundreds to thousands of times), and not slower wherever it needs more than a millisecond. All are asked the same:
//! whether the history can be ordered. What testimony takes to find out and confirm why it cannot stands in a column of its own.

mod peers;

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::Command;

use testimony::generate::Plan;

use peers::measure;

const OUT_OF_MEMORY: &str = "out of memory";

/// The peers, each with the number of operations up to which it is asked: there it has long ceased to answer in time.
const PEERS: [(&str, u64); 3] = [
    ("porcupine-rs", 100_000),
    ("todc-utils", 10_000),
    ("stateright", 1_000),
];

/// Processor time that one checker gets for one history; the system's own limit on a process.
const LIMIT_SECONDS: u64 = 10;
/// Address space that one checker gets.
const LIMIT_KIB: u64 = 8 << 20;
/// From here on porcupine-rs counts as slow, in seconds.
const SLOW_SECONDS: f64 = 0.1;
/// Below, the search is not what takes the time.
const SHORT_SECONDS: f64 = 0.001;
/// How many times as fast testimony is where porcupine-rs is slow.
const RATIO_MIN: f64 = 50.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [checker, path, keyed] = arguments.as_slice() {
        return measure(checker, path, keyed == "keyed");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.jsonl");
    let columns: String = PEERS.iter().map(|(peer, _)| format!(" {peer} |")).collect();
    println!("| history | testimony | with its explanation |{columns} porcupine-rs / testimony |");
    println!("| --- |{} --- | --- | --- |", " --- |".repeat(PEERS.len()));
    let mut misses = Vec::new();
    for plan in plans() {
        plan.write(BufWriter::new(File::create(&path).unwrap()))
            .unwrap();
        let name = name(&plan);
        let we = run("testimony", &path, &plan);
        let explained = match plan.is_broken {
            true => run("explained", &path, &plan).words(),
            false => "–".to_owned(),
        };
        let mut row = format!("| {name} | {} | {explained} |", we.words());
        let mut ratio = String::new();
        misses.extend(we.miss(&name, "testimony", &plan, true));
        for (peer, ops_max) in PEERS {
            if plan.ops > ops_max {
                row += " not asked |";
                continue;
            }
            let other = run(peer, &path, &plan);
            row += &format!(" {} |", other.words());
            misses.extend(other.miss(&name, peer, &plan, false));
            if peer == "porcupine-rs" {
                ratio = compared(&name, &we, &other, &mut misses);
            }
        }
        println!("{row} {ratio} |");
    }
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}

fn plans() -> Vec<Plan> {
    let mut plans = Vec::new();
    let shapes = [
        // operations, keys, clients, unknown
        (10, None, 3, 0),
        (100, None, 5, 0),
        (1_000, None, 5, 0),
        (2_000, None, 20, 0),
        (10_000, None, 5, 0),
        (10_000, None, 20, 0),
        (500, None, 5, 8),
        (500, None, 5, 16),
        (10_000, Some(100), 20, 0),
        (100_000, None, 5, 0),
        (100_000, Some(100), 20, 0),
    ];
    for (ops, keys, clients, unknown) in shapes {
        for is_broken in [false, true] {
            plans.push(Plan {
                ops,
                keys,
                clients,
                unknown,
                is_broken,
                ..Plan::of("register")
            });
        }
    }
    plans
}

fn name(plan: &Plan) -> String {
    let keys = match plan.keys {
        Some(keys) => format!("{keys} keys"),
        None => "1 key".to_owned(),
    };
    format!(
        "{} operations, {keys}, {} clients, {} unknown, {}",
        plan.ops,
        plan.clients,
        plan.unknown,
        if plan.is_broken { "broken" } else { "kept" }
    )
}

/// What became of one checker and one history.
enum Outcome {
    /// Seconds, and whether it says that the history is linearizable.
    Answer(f64, bool),
    /// Why it gave no answer.
    None(String),
}

impl Outcome {
    fn words(&self) -> String {
        match self {
            Self::Answer(seconds, is_kept) => {
                let verdict = if *is_kept { "kept" } else { "broken" };
                match seconds {
                    0.0..0.001 => format!("{verdict}, {:.0} µs", seconds * 1e6),
                    0.001..1.0 => format!("{verdict}, {:.1} ms", seconds * 1e3),
                    _ => format!("{verdict}, {seconds:.1} s"),
                }
            }
            Self::None(why) => why.clone(),
        }
    }

    /// Whether the answer is wrong, or there is none although there must be.
    fn miss(&self, name: &str, checker: &str, plan: &Plan, must_answer: bool) -> Option<String> {
        let is_wrong = match self {
            Self::Answer(_, is_kept) => *is_kept == plan.is_broken,
            Self::None(_) => must_answer,
        };
        is_wrong.then(|| format!("{name}: {checker} says: {}", self.words()))
    }
}

/// How many times as long porcupine-rs takes.
fn compared(name: &str, we: &Outcome, other: &Outcome, misses: &mut Vec<String>) -> String {
    let Outcome::Answer(own, _) = we else {
        return String::new();
    };
    let (least, seconds) = match other {
        Outcome::Answer(seconds, _) => ("", *seconds),
        // Where memory ran out, so much time had not passed yet.
        Outcome::None(why) if why == OUT_OF_MEMORY => return "no answer".to_owned(),
        Outcome::None(_) => ("> ", LIMIT_SECONDS as f64),
    };
    let ratio = seconds / own;
    let wanted = match seconds {
        SLOW_SECONDS.. => RATIO_MIN,
        SHORT_SECONDS.. => 1.0,
        _ => 0.0,
    };
    if ratio < wanted {
        misses.push(format!("{name}: only {ratio:.1} times as fast"));
    }
    format!("{least}{ratio:.1}")
}

/// Runs a checker on a history within the limits.
fn run(checker: &str, path: &Path, plan: &Plan) -> Outcome {
    let keyed = if plan.is_by_key() { "keyed" } else { "plain" };
    let limits = format!("ulimit -t {LIMIT_SECONDS} && ulimit -v {LIMIT_KIB} && exec \"$@\"");
    let this = std::env::current_exe().unwrap();
    let mut child = Command::new("sh");
    child.args(["-c", &limits, "sh"]).arg(this);
    let output = child.arg(checker).arg(path).arg(keyed).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    if let Some((seconds, verdict)) = text.trim().split_once(' ') {
        return Outcome::Answer(seconds.parse().unwrap(), verdict == "true");
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Outcome::None(if errors.contains("stack") && errors.contains("overflow") {
        "stack overflow".to_owned()
    } else if errors.contains("memory allocation") {
        OUT_OF_MEMORY.to_owned()
    } else if output.status.code().is_none() {
        format!("no answer in {LIMIT_SECONDS} s")
    } else {
        errors.lines().last().unwrap_or_default().to_owned()
    })
}
