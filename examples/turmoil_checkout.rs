//! A checkout and a payment service, written for tokio and run under turmoil, held to their promises.
//!
//! ```text
//! cargo run --example turmoil_checkout               payment recognises the key of a repeated request
//! cargo run --example turmoil_checkout -- --bug      it does not: some seed charges an order twice
//! cargo run --example turmoil_checkout -- --seeds 500
//! ```
//!
//! The services are ordinary asynchronous code; what makes them testable is the line of a `Journal` beside each
//! call, each durable write and each message. turmoil delays messages, cuts the link and crashes payment, all by a
//! seed. The history of a seed that breaks a promise is kept as a file, for `testimony check` and for people.
//!
//! Nothing here reads a clock but tokio's, which turmoil controls, nothing depends on the order of a hash map, and tasks are
//! local to their host (docs/recording.md says why): so a seed gives the same bytes each time.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand_pcg::Pcg32;
use rand_pcg::rand_core::{Rng, SeedableRng};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use testimony::check::session::{Finding, Judged};
use testimony::cli::exit;
use testimony::history::Verdict;
use testimony::prelude::AnyPromise;
use testimony::record::{Journal, Recorder};
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::honest::Honest;
use testimony::specs::stable_identity::StableIdentity;
use testimony::specs::unknown_resolved::UnknownResolved;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::{sleep, timeout};
use turmoil::net::{TcpListener, TcpStream};

const PORT: u16 = 80;
const ORDERS: u32 = 3;
const ATTEMPTS: u32 = 4;
/// How long checkout waits for an answer, and then before it tries again.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long a message is under way at most; a call takes four.
const LATENCY_MAX: Duration = Duration::from_millis(100);
/// How often the network and payment are disturbed, or left in peace again.
const DISTURBANCE: Duration = Duration::from_millis(20);
const SAVED_IN: &str = "target/recorded";

type Failure = Box<dyn std::error::Error>;

/// Whether payment knows a repeated request from a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payment {
    RecognisesKeys,
    ChargesWhateverComes,
}

/// What checkout sends. `message` names the message in the history; it would travel in a header.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    order: u32,
    key: String,
    message: String,
}

/// What payment answers.
#[derive(Debug, Serialize, Deserialize)]
struct Receipt {
    order: u32,
    message: String,
}

/// An order and the key under which it is paid: what operations and facts say.
#[derive(Debug, Serialize)]
struct Charge<'c> {
    order: u32,
    key: &'c str,
}

/// The keys that payment has charged. It stands for a disk: a crash does not touch it.
type Ledger = Arc<Mutex<BTreeSet<String>>>;

/// Payment: one request a connection.
async fn payment(kind: Payment, ledger: Ledger, journal: Journal) -> turmoil::Result {
    let listener = TcpListener::bind((IpAddr::from(Ipv4Addr::UNSPECIFIED), PORT)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let (ledger, journal) = (Arc::clone(&ledger), journal.clone());
        // A caller that hangs up ends its own connection, and nothing else.
        tokio::task::spawn_local(async move { serve(stream, kind, &ledger, &journal).await.ok() });
    }
}

async fn serve(
    stream: TcpStream,
    kind: Payment,
    ledger: &Ledger,
    journal: &Journal,
) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let request: Request = read_line(&mut stream).await?;
    journal.receive(&request.message);
    charge(&request, kind, ledger, journal);
    let (order, message) = (request.order, journal.send("checkout"));
    write_line(&mut stream, &Receipt { order, message }).await
}

/// Charges an order. The fact is recorded under the lock of the ledger: nobody sees the one without the other.
fn charge(request: &Request, kind: Payment, ledger: &Ledger, journal: &Journal) {
    let Request { order, key, .. } = request;
    let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
    let is_new = ledger.insert(key.clone());
    if is_new || kind == Payment::ChargesWhateverComes {
        journal.fact("charge", &Charge { order: *order, key });
    }
}

/// Buys one order: tries until payment confirms it, and calls for a person where it never does.
async fn buy(order: u32, journal: Journal) {
    let key = format!("key-{order}");
    let journal = journal.for_intent(&key);
    let charge = Charge { order, key: &key };
    for _ in 0..ATTEMPTS {
        // Where time runs out, `pay` is dropped, its operation with it: nobody knows what becomes of the attempt.
        if let Ok(Ok(_receipt)) = timeout(PATIENCE, pay(&charge, &journal)).await {
            journal.fact("confirmed", &charge);
            return;
        }
        sleep(PATIENCE).await;
    }
    journal.fact("review", &charge);
}

async fn pay(charge: &Charge<'_>, journal: &Journal) -> io::Result<Receipt> {
    let attempt = journal.op("pay", charge);
    let mut stream = match TcpStream::connect(("payment", PORT)).await {
        Ok(stream) => BufReader::new(stream),
        Err(error) => {
            // No byte of the request was sent: it certainly took no effect.
            attempt.fail(error.kind());
            return Err(error);
        }
    };
    let request = Request {
        order: charge.order,
        key: charge.key.to_owned(),
        message: journal.send("payment"),
    };
    // From here on an error says nothing of the charge: `?` drops the attempt.
    write_line(&mut stream, &request).await?;
    let receipt: Receipt = read_line(&mut stream).await?;
    journal.receive(&receipt.message);
    attempt.ok(&receipt.order);
    Ok(receipt)
}

async fn read_line<T: DeserializeOwned>(
    stream: &mut BufReader<impl AsyncRead + Unpin>,
) -> io::Result<T> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    Ok(serde_json::from_str(&line)?)
}

async fn write_line(
    stream: &mut (impl AsyncWrite + Unpin),
    value: &impl Serialize,
) -> io::Result<()> {
    let line = serde_json::to_string(value)? + "\n";
    stream.write_all(line.as_bytes()).await
}

/// What goes wrong beyond slow messages, one at a time.
#[derive(Clone, Copy, Debug)]
enum Disturbance {
    /// Messages arrive, but late.
    Hold,
    /// Messages are lost.
    Partition,
    /// Payment loses all but its ledger.
    Crash,
}

impl Disturbance {
    fn drawn(rng: &mut Pcg32) -> Option<Self> {
        match rng.next_u32() >> 29 {
            0 => Some(Self::Hold),
            1 => Some(Self::Partition),
            2 => Some(Self::Crash),
            _ => None,
        }
    }

    fn begin(self, sim: &mut turmoil::Sim<'_>) {
        match self {
            Self::Hold => sim.hold("checkout", "payment"),
            Self::Partition => sim.partition("checkout", "payment"),
            Self::Crash => sim.crash("payment"),
        }
    }

    fn end(self, sim: &mut turmoil::Sim<'_>) {
        match self {
            Self::Hold => sim.release("checkout", "payment"),
            Self::Partition => sim.repair("checkout", "payment"),
            Self::Crash => sim.bounce("payment"),
        }
    }
}

/// Runs both services once, and returns what they recorded.
pub(crate) fn simulate(kind: Payment, seed: u64) -> turmoil::Result<Recorder> {
    let recorder = Recorder::new()
        .title("a checkout and a payment service under turmoil")
        .source(&format!(
            "examples/turmoil_checkout.rs, seed {seed}, {kind:?}"
        ));
    let mut sim = turmoil::Builder::new()
        .rng_seed(seed)
        .max_message_latency(LATENCY_MAX)
        .simulation_duration(Duration::from_secs(60))
        .build();
    let (ledger, journal) = (Ledger::default(), recorder.participant("payment"));
    sim.host("payment", move || {
        payment(kind, Arc::clone(&ledger), journal.clone())
    });
    let journal = recorder.participant("checkout");
    sim.client("checkout", async move {
        let orders =
            (1..=ORDERS).map(|order| tokio::task::spawn_local(buy(order, journal.clone())));
        for order in orders.collect::<Vec<_>>() {
            order.await?;
        }
        Ok(())
    });
    let mut rng = Pcg32::seed_from_u64(seed);
    let (mut disturbance, mut next) = (None::<Disturbance>, DISTURBANCE);
    while !sim.step()? {
        if sim.elapsed() < next {
            continue;
        }
        next += DISTURBANCE;
        match disturbance.take() {
            Some(current) => current.end(&mut sim),
            None => {
                disturbance = Disturbance::drawn(&mut rng);
                if let Some(begun) = disturbance {
                    begun.begin(&mut sim);
                }
            }
        }
    }
    Ok(recorder)
}

/// Holds what was recorded to what the two services promise.
pub(crate) fn judge(recorder: &Recorder) -> Result<Judged, Failure> {
    let paid_once = AtMostOnce::new("charge").per("order");
    let claims = Honest::new("confirmed", "charge").per("order");
    let retries = StableIdentity::new("pay", "key").same_intent("intent");
    let unknown = UnknownResolved::new("pay", "pay").or("review").per("order");
    let judged = testimony::check_history(recorder.history()?)
        .named_promise("an order is charged at most once", paid_once)
        .named_promise(
            "what is confirmed was charged",
            AnyPromise::of_knowledge(claims),
        )
        .named_promise(
            "a retry carries the same key",
            AnyPromise::of_knowledge(retries),
        )
        .named_promise("no attempt stays unknown", unknown)
        .judge()?;
    Ok(judged)
}

/// The worst verdict of all promises.
pub(crate) fn verdict(judged: &Judged) -> Verdict {
    let verdicts = judged
        .findings
        .iter()
        .map(|finding| finding.judgement.verdict);
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Kept => 0,
        Verdict::Undecided => 1,
        Verdict::Broken => 2,
    };
    verdicts.max_by_key(rank).unwrap_or(Verdict::Kept)
}

/// Judges each seed; tells the exit code.
fn run(kind: Payment, seeds: u64, out: &mut impl Write) -> Result<u8, Failure> {
    let mut code = exit::KEPT;
    // Each promise, and in how many seeds something put it to the test.
    let mut tested: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 1..=seeds {
        let recorder = simulate(kind, seed)?;
        let judged = judge(&recorder)?;
        for Finding { id, judgement, .. } in &judged.findings {
            *tested.entry(id.clone()).or_default() += u64::from(judgement.judged() > 0);
        }
        let verdict = verdict(&judged);
        writeln!(out, "seed {seed}: {}", verdict.as_str())?;
        if verdict != Verdict::Kept {
            std::fs::create_dir_all(SAVED_IN)?;
            let path = Path::new(SAVED_IN).join(format!("checkout-seed-{seed}.jsonl"));
            recorder.write(&path)?;
            writeln!(out, "{judged}\nrecorded in {}", path.display())?;
        }
        let this = match verdict {
            Verdict::Kept => exit::KEPT,
            Verdict::Broken => exit::BROKEN,
            Verdict::Undecided => exit::UNDECIDED,
        };
        code = exit::worse(code, this);
    }
    for (promise, count) in &tested {
        writeln!(
            out,
            "{promise}: put to the test by {count} of {seeds} seeds"
        )?;
    }
    if tested.is_empty() || tested.values().any(|count| *count == 0) {
        code = exit::worse(code, exit::NOTHING);
    }
    Ok(code)
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<(Payment, u64), Failure> {
    let (mut kind, mut seeds) = (Payment::RecognisesKeys, 20);
    while let Some(word) = words.next() {
        match &*word {
            "--bug" => kind = Payment::ChargesWhateverComes,
            "--seeds" => seeds = words.next().ok_or("--seeds needs a number")?.parse()?,
            other => return Err(format!("unknown argument {other}: --bug, --seeds N").into()),
        }
    }
    Ok((kind, seeds))
}

fn main() -> ExitCode {
    let mut out = io::stdout().lock();
    let code =
        arguments(std::env::args().skip(1)).and_then(|(kind, seeds)| run(kind, seeds, &mut out));
    ExitCode::from(code.unwrap_or_else(|error| {
        // Nothing is left to tell whoever closed standard error.
        let _closed = writeln!(io::stderr(), "error: {error}");
        exit::NOT_CHECKED
    }))
}
