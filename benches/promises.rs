//! What judging promises costs: ten promises over 250,000 and 1,000,000 events, each kind alone, ten thousand holds of one seat at once, and a
//! scope that no search gets through.
//!
//! ```text
//! cargo bench --bench promises                     # asserts verdicts, bytes an event, and that time is linear in the events
//! cargo bench --bench promises -- 250000           # one size: milliseconds of all ten, and of each promise alone
//! valgrind --tool=callgrind target/release/testimony check --threads 1 -q \
//!     --config TEN.toml ORDERS.jsonl               # instructions in all: divide by the events
//! ```
//! Times are processor time of user code on all threads; quote ratios, bytes and instructions.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use testimony::check::config::Config;
use testimony::check::session::{self, Judged};
use testimony::check::{Budget, Check};
use testimony::history::{History, OnFault, Verdict};
use testimony::verdict::Because;

/// Heap bytes an event that a history and its order may hold beyond the text.
const BYTES_MAX: usize = 200;
/// How much longer four times the events may take: linear time would be 4 and quadratic time 16.
const RATIO_MAX: f64 = 8.0;
/// How often each size is judged.
const TIMES: usize = 5;
/// A history is judged as often as this takes, so that hundredths of a second are fine enough.
const LONG_ENOUGH: Duration = Duration::from_millis(400);
/// Nodes that the search of a scope may visit where it cannot be decided.
const NODES: u64 = 50_000;

/// A seat that one cart holds at a time.
const SEAT: &str = r#"
[[promise]]
name = "one holds the seat"
kind = "exclusive"
resource = "seat"
acquire = "hold"
release = "release"
held-by = "cart"
"#;

/// A sum within bounds: whether some order keeps it there is NP-complete.
const BOUNDS: &str = r#"
[[promise]]
name = "within bounds"
kind = "limit"
plus = "pay"
minus = "draw"
amount = "amount"
per = "account"
at-least = 0
at-most = 100001
"#;

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
    let checks = checks_of(PROMISES)?;
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
    assert_linear("all", few, many);
    let (few, many) = (orders(62_500)?, orders(250_000)?);
    for check in &checks {
        let check = std::slice::from_ref(check);
        let few = judging("62,500 events", &few, check, Verdict::Kept)?;
        let many = judging("250,000 events", &many, check, Verdict::Kept)?;
        assert_linear(check[0].id(), few, many);
    }
    let seat = checks_of(SEAT)?;
    for (name, verdict, make) in SEATS {
        let few = judging("2,500 holds at once", &make(2_500)?, &seat, verdict)?;
        let many = judging("10,000 holds at once", &make(10_000)?, &seat, verdict)?;
        assert_linear(name, few, many);
    }
    hopeless()
}

/// The checks of a configuration.
fn checks_of(text: &str) -> Result<Vec<Arc<dyn Check>>, Box<dyn Error>> {
    let config = Config::parse("testimony.toml", text, &testimony::specs::all())?;
    let promises = config.promises.into_iter();
    let checks = promises.map(|promise| Arc::new(promise.check) as Arc<dyn Check>);
    Ok(checks.collect())
}

fn assert_linear(what: &str, few: Duration, many: Duration) {
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    println!("{what}: {few:.1?} and {many:.1?}: four times as many took {ratio:.2} times as long");
    assert!(ratio < RATIO_MAX, "{what} is linear");
}

/// The processor time in which a history is judged that has been read.
fn judging(
    what: &str,
    text: &str,
    checks: &[Arc<dyn Check>],
    verdict: Verdict,
) -> Result<Duration, Box<dyn Error>> {
    let mut history = History::read(what, text.as_bytes().to_vec(), OnFault::Stop)?;
    let (start, mut rounds) = (processor()?, 0);
    while rounds < 1 || processor()? - start < LONG_ENOUGH {
        let judged = session::judge(history, checks, &Budget::default())?;
        assert!(judged.all_are(verdict), "{what} is {}", verdict.as_str());
        history = judged.history;
        rounds += 1;
    }
    Ok((processor()? - start) / rounds)
}

/// Processor time of user code on all threads so far, which Linux counts in hundredths of a second.
fn processor() -> Result<Duration, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
    let user = fields.split_whitespace().nth(11).ok_or("no time")?;
    Ok(Duration::from_millis(10 * user.parse::<u64>()?))
}

/// A scope without a keeping world: amounts that are even never make up the odd one that is drawn. Every subset of them is a way to try.
fn hopeless() -> Result<(), Box<dyn Error>> {
    let mut text = String::from("{\"history\":1,\"order\":\"happened-before\"}\n");
    for payer in 0..60 {
        let (name, amount) = match payer % 4 {
            3 => ("draw", 100_001),
            _ => ("pay", 2 * (1_000 + 37 * payer)),
        };
        writeln!(
            text,
            r#"{{"process":{payer},"type":"fact","f":"{name}","value":{{"account":1,"amount":{amount}}}}}"#
        )?;
    }
    let history = History::read("hopeless", text.into_bytes(), OnFault::Stop)?;
    let budget = Budget::new(NODES, Budget::default().memory_bytes);
    let start = processor()?;
    let judged = session::judge(history, &checks_of(BOUNDS)?, &budget)?;
    let took = processor()? - start;
    println!(
        "60 amounts in no order, none of which keeps the bounds: undecided in {took:.1?}, {NODES} nodes"
    );
    let missing = &judged.findings[0].judgement.missing;
    let is_honest = missing
        .iter()
        .all(|missing| missing.because == Because::Budget);
    assert!(judged.all_are(Verdict::Undecided) && is_honest && !missing.is_empty());
    Ok(())
}

/// Holds of one seat, each by a participant of its own, and what is known of them.
type Seats = (
    &'static str,
    Verdict,
    fn(usize) -> Result<String, std::fmt::Error>,
);

const SEATS: [Seats; 4] = [
    ("holds that nobody gives back", Verdict::Broken, |holds| {
        seats(holds, |text, cart| hold(text, cart, "hold"))
    }),
    ("holds in no order", Verdict::Undecided, |holds| {
        seats(holds, |text, cart| {
            hold(text, cart, "hold")?;
            hold(text, cart, "release")
        })
    }),
    (
        "holds of which a desk is told",
        Verdict::Undecided,
        |holds| {
            let asking = seats(holds, |text, cart| {
                writeln!(
                    text,
                    r#"{{"process":{cart},"type":"send","msg":"a{cart}"}}"#
                )?;
                hold(text, cart, "hold")?;
                writeln!(
                    text,
                    r#"{{"process":"desk","type":"receive","msg":"a{cart}"}}"#
                )
            })?;
            let mut text = asking;
            for cart in 0..holds {
                writeln!(
                    text,
                    r#"{{"process":"desk","type":"send","msg":"b{cart}"}}"#
                )?;
                writeln!(
                    text,
                    r#"{{"process":{cart},"type":"receive","msg":"b{cart}"}}"#
                )?;
                hold(&mut text, cart, "release")?;
            }
            Ok(text)
        },
    ),
    ("holds that are handed on", Verdict::Kept, |holds| {
        seats(holds, |text, cart| {
            if let Some(earlier) = cart.checked_sub(1) {
                writeln!(
                    text,
                    r#"{{"process":{cart},"type":"receive","msg":{earlier}}}"#
                )?;
            }
            hold(text, cart, "hold")?;
            hold(text, cart, "release")?;
            writeln!(text, r#"{{"process":{cart},"type":"send","msg":{cart}}}"#)
        })
    }),
];

fn seats(
    holds: usize,
    line: impl Fn(&mut String, usize) -> std::fmt::Result,
) -> Result<String, std::fmt::Error> {
    let mut text = String::from("{\"history\":1,\"order\":\"happened-before\"}\n");
    for cart in 0..holds {
        line(&mut text, cart)?;
    }
    Ok(text)
}

fn hold(text: &mut String, cart: usize, name: &str) -> std::fmt::Result {
    writeln!(
        text,
        r#"{{"process":{cart},"type":"fact","f":"{name}","value":{{"seat":1,"cart":{cart}}}}}"#
    )
}

/// Reads and judges a history, prints what that took, and returns the least of several times.
fn measure(what: &str, text: &str, checks: &[Arc<dyn Check>]) -> Result<Duration, Box<dyn Error>> {
    let mut best = (Duration::MAX, Duration::MAX);
    let mut bytes = 0;
    for _ in 0..TIMES {
        let start = processor()?;
        let history = History::read(what, text.as_bytes().to_vec(), OnFault::Stop)?;
        let read = processor()? - start;
        let judged = session::judge(history, checks, &Budget::default())?;
        best = best.min((processor()? - start, read));
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
