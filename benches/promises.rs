//! What judging promises costs: ten promises over 250,000 and 1,000,000 events, and each kind alone.
//!
//! ```text
//! cargo bench --bench promises                     # asserts bytes an event, and that four times the events cost four times as much
//! cargo bench --bench promises -- 250000           # one size: milliseconds of all ten, and of each promise alone
//! valgrind --tool=callgrind target/release/testimony check --threads 1 -q \
//!     --config TEN.toml ORDERS.jsonl               # instructions in all: divide by the events
//! ```
//! Seconds depend on the machine; quote ratios, bytes and instructions. The time of a size is the least of five.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use testimony::check::config::Config;
use testimony::check::session::{self, Judged};
use testimony::check::{Budget, Check};
use testimony::history::{History, OnFault};
use testimony::verdict::Verdict;

/// Heap bytes an event that a history and its order may hold beyond the text.
const BYTES_MAX: usize = 200;
/// How much longer four times the events may take.
const RATIO_MAX: f64 = 4.6;
/// How often each size is judged.
const TIMES: usize = 5;

const PROMISES: &str = r#"
[[promise]]
name = "at most once"
kind = "at-most-once"
effect = "charge"
per = "order"
[[promise]]
name = "recognised"
kind = "at-most-once"
effect = "charge"
per = "order"
recognised-by = "attempt"
[[promise]]
name = "only after"
kind = "only-after"
effect = "ship"
first = "charge"
per = "order"
[[promise]]
name = "leads to"
kind = "leads-to"
after = "charge"
always = ["ship", "refund"]
per = "order"
[[promise]]
name = "never after"
kind = "never-after"
never = "charge"
once = "ship"
per = "order"
[[promise]]
name = "one outcome"
kind = "one-outcome"
of = "submit"
outcomes = [["ship"], ["reject"]]
per = "order"
[[promise]]
name = "limit"
kind = "limit"
plus = "submit"
minus = "charge"
amount = "amount"
per = "order"
at-least = 0
[[promise]]
name = "exclusive"
kind = "exclusive"
resource = "order"
acquire = "charge"
release = "ship"
[[promise]]
name = "lifecycle"
kind = "lifecycle"
per = "order"
start = "new"
steps = [["new", "submit", "submitted"], ["submitted", "charge", "charged"], ["charged", "ship", "shipped"]]
[[promise]]
name = "explained"
kind = "explained"
outcomes = "ship"
traces-back-to = "submit"
per = "order"
"#;

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds `--bench`.
    let sizes = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"));
    let sizes: Vec<usize> = sizes.map(|word| word.parse()).collect::<Result<_, _>>()?;
    let config = Config::parse("testimony.toml", PROMISES, &testimony::specs::all())?;
    let promises = config.promises.iter();
    let checks: Vec<Arc<dyn Check>> = promises
        .map(|promise| Arc::new(promise.check.clone()) as Arc<dyn Check>)
        .collect();
    if let [size] = sizes[..] {
        let text = orders(size)?;
        measure("all", &text, &checks)?;
        for check in &checks {
            measure(check.id(), &text, std::slice::from_ref(check))?;
        }
        return Ok(());
    }
    let few = measure("250,000 events", &orders(250_000)?, &checks)?;
    let many = measure("1,000,000 events", &orders(1_000_000)?, &checks)?;
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    println!("four times the events took {ratio:.2} times as long");
    assert!(ratio < RATIO_MAX, "judging is linear in the events");
    Ok(())
}

/// Reads and judges a history, prints what that took, and returns the least of several times.
fn measure(what: &str, text: &str, checks: &[Arc<dyn Check>]) -> Result<Duration, Box<dyn Error>> {
    let mut best = (Duration::MAX, Duration::MAX);
    let mut bytes = 0;
    for _ in 0..TIMES {
        let start = Instant::now();
        let history = History::read(what, text.as_bytes().to_vec(), OnFault::Stop)?;
        let read = start.elapsed();
        let judged = session::judge(history, checks, &Budget::default())?;
        best = best.min((start.elapsed(), read));
        bytes = held(&judged);
        let is_kept = judged.all_are(Verdict::Kept);
        assert!(is_kept, "every order is as it should be");
    }
    let (all, read) = best;
    println!("{what}: {all:.1?}, of which reading {read:.1?}; {bytes} heap bytes an event");
    assert!(
        bytes <= BYTES_MAX,
        "at most {BYTES_MAX} heap bytes an event"
    );
    Ok(all)
}

fn held(judged: &Judged) -> usize {
    (judged.history.heap_bytes() + judged.order.heap_bytes()) / judged.history.events().len()
}

/// Orders that are submitted, charged and shipped by eight participants, some forty at a time.
fn orders(events: usize) -> Result<String, std::fmt::Error> {
    let mut text = String::from("{\"history\":1,\"title\":\"orders\"}\n");
    let orders = events / 5;
    // Step s of order n stands at place n + 40 · s: the orders overlap.
    for place in 0..orders + 160 {
        for step in 0..5 {
            let Some(order) = place.checked_sub(40 * step).filter(|order| *order < orders) else {
                continue;
            };
            let (web, store) = (order % 3, order % 3);
            let value = format!(
                r#"{{"order":"o-{order}","amount":{},"attempt":"a-{order}"}}"#,
                order % 977
            );
            match step {
                0 => writeln!(
                    text,
                    r#"{{"process":"web-{web}","type":"fact","f":"submit","value":{value}}}"#
                )?,
                1 => writeln!(
                    text,
                    r#"{{"process":"web-{web}","type":"send","msg":{order}}}"#
                )?,
                2 => writeln!(
                    text,
                    r#"{{"process":"payment","type":"receive","msg":{order}}}"#
                )?,
                3 => writeln!(
                    text,
                    r#"{{"process":"payment","type":"fact","f":"charge","value":{value},"id":"c-{order}"}}"#
                )?,
                _ => writeln!(
                    text,
                    r#"{{"process":"store-{store}","type":"fact","f":"ship","value":{value},"after":["c-{order}"]}}"#
                )?,
            }
        }
    }
    Ok(text)
}
