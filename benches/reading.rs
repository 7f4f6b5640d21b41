//! What reading costs: memory an event beyond the text, asserted; instructions an event, by hand.
//!
//! ```text
//! cargo bench --bench reading                      # 1,000,000 events each: heap bytes an event
//! cargo bench --bench reading --no-run             # prints the path of the binary
//! valgrind --tool=callgrind --toggle-collect='*History>::read*' BINARY 100000 register
//! valgrind --tool=callgrind --toggle-collect='*History>::read*' BINARY 100000 orders
//! ```
//! callgrind's total divided by the number of events is the figure: at most 5,000 for the register.
//! Measured at 100,000 events: register (77 bytes a line) 3,683 and orders (143 bytes a line) 5,253;
//! about 6 in 100 less with `codegen-units = 1` and `lto = "fat"`. Half of it is serde_json's search
//! for the fields.

use std::error::Error;
use std::fmt::Write as _;

use testimony::history::{History, OnFault};

/// The contract: heap bytes an event beyond the text.
const BYTES_MAX: usize = 120;

/// Writes a history of that many events.
type Generate = fn(usize) -> Result<String, std::fmt::Error>;

fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` adds `--bench`.
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"));
    let events = arguments
        .next()
        .map_or(Ok(1_000_000), |word| word.parse())?;
    let only = arguments.next();
    let kinds: [(&str, Generate); 2] = [("register", register), ("orders", orders)];
    for (name, generate) in kinds {
        if only.as_deref().is_none_or(|only| only == name) {
            measure(name, generate(events)?)?;
        }
    }
    Ok(())
}

/// Reads a history and reports what it costs.
#[expect(clippy::print_stdout, reason = "a bench reports to whoever ran it")]
fn measure(name: &str, text: String) -> Result<(), Box<dyn Error>> {
    let text_bytes = text.len();
    let history = History::read(name, text.into_bytes(), OnFault::Stop)?;
    let events = history.events().len();
    let heap_bytes = history.heap_bytes();
    println!(
        "{name}: {events} events, {} bytes of text and {} heap bytes an event",
        text_bytes / events,
        heap_bytes / events
    );
    assert!(
        heap_bytes <= BYTES_MAX * events,
        "at most {BYTES_MAX} heap bytes an event"
    );
    Ok(())
}

/// One register, eight clients, distinct times.
fn register(events: usize) -> Result<String, std::fmt::Error> {
    let mut text =
        String::from("{\"history\":1,\"title\":\"a register\",\"order\":\"real-time\"}\n");
    let mut noise = Noise(1);
    for pair in 0..events / 2 {
        let process = pair % 8;
        let value = noise.below(100);
        let (f, input) = match noise.below(2) {
            0 => ("write", value.to_string()),
            _ => ("read", "null".to_owned()),
        };
        for (kind, value) in [("invoke", &*input), ("ok", &*value.to_string())] {
            let time_ns = 1_000_000_000 + pair as u64 * 1000 + noise.below(1000);
            writeln!(
                text,
                r#"{{"process": {process}, "type": "{kind}", "f": "{f}", "value": {value}, "time": {time_ns}}}"#
            )?;
        }
    }
    Ok(text)
}

/// Orders that are charged and shipped: five events each, with distinct ids, messages and values.
fn orders(events: usize) -> Result<String, std::fmt::Error> {
    let mut text = String::from("{\"history\":1,\"title\":\"orders\"}\n");
    let mut noise = Noise(2);
    for number in 0..events / 5 {
        let (high, low) = (noise.next(), noise.next() >> 16);
        let order = format!("{:08x}-{:04x}-4a84-{low:012x}", high >> 32, high & 0xffff);
        let amount = noise.below(100_000);
        let value = format!(r#"{{"order": "{order}", "amount": {amount}}}"#);
        writeln!(
            text,
            r#"{{"process": "checkout", "type": "invoke", "f": "authorize", "value": {value}, "id": "{order}.a"}}
{{"process": "checkout", "type": "ok", "f": "authorize", "value": {value}, "id": "{order}.a"}}
{{"process": "checkout", "type": "send", "msg": "m-{number}", "to": "payment"}}
{{"process": "payment", "type": "receive", "msg": "m-{number}", "from": "checkout"}}
{{"process": "payment", "type": "fact", "f": "charged", "value": {value}, "id": "{order}.c", "after": ["{order}.a"]}}"#
        )?;
    }
    Ok(text)
}

/// xorshift: the same noise on every run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
