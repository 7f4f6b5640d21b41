//! What judging real histories costs: 70 runs of etcd under faults, and 2,986 events of Train-Ticket.
//!
//! ```text
//! cargo bench --bench judging                       seconds, and the ratio of judging to reading
//! cargo build --release && valgrind --tool=callgrind target/release/testimony \
//!     check --spec strict-cas-register --threads 1 -q histories/etcd      instructions in all
//! ```
//! Seconds depend on the machine; quote the ratio and the instructions.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use testimony::check::config::Config;
use testimony::check::linear::{AnySpec, SpecCheck, SpecOptions};
use testimony::check::{Budget, Check, session};
use testimony::history::History;
use testimony::specs::strict_cas_register::StrictCasRegister;

fn main() {
    let etcd = (0..70).map(|run| PathBuf::from(format!("histories/etcd/etcd-{run:03}.jsonl")));
    let spec = AnySpec::of(StrictCasRegister::default());
    let register = SpecCheck::new("strict-cas-register", spec, SpecOptions::default());
    measure(
        "70 etcd histories",
        &etcd.collect::<Vec<_>>(),
        &[Arc::new(register)],
    );

    let folder = Path::new("histories/train-ticket");
    let text = std::fs::read_to_string(folder.join("testimony.toml")).unwrap();
    let config = Config::parse("testimony.toml", &text, &testimony::specs::all()).unwrap();
    let promises = config.promises.iter();
    let promises: Vec<Arc<dyn Check>> = promises
        .map(|promise| Arc::new(promise.check.clone()) as Arc<dyn Check>)
        .collect();
    measure(
        "Train-Ticket, 2 promises",
        &[folder.join("recorded-whole.jsonl")],
        &promises,
    );
}

fn measure(what: &str, paths: &[PathBuf], checks: &[Arc<dyn Check>]) {
    let mut reading = Duration::ZERO;
    let mut judging = Duration::ZERO;
    for path in paths {
        let start = Instant::now();
        let history = History::open(path).unwrap();
        reading += start.elapsed();
        let start = Instant::now();
        session::judge(history, checks, &Budget::default()).unwrap();
        judging += start.elapsed();
    }
    let ratio = judging.as_secs_f64() / reading.as_secs_f64();
    println!("{what}: read in {reading:.1?}, judged in {judging:.1?}, ratio {ratio:.1}");
}
