//! What it costs to order a history, and to ask what came before what.
//!
//! ```console
//! $ cargo bench --bench ordering
//! ```
//!
//! Prints, for each kind of history: events, chains, whether there are clocks, seconds to build (the
//! best of five), bytes an event, and what one `before` costs. Nothing is asserted about time: read it.
//!
//! `before` is asked the same number of times for pairs of 10,000 neighbouring lines and for pairs of
//! all lines, each beside its ratio to the smallest history. With clocks it makes the same few reads
//! whatever the history: the first ratio stays near 1, and what grows in the second is cache misses.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
#![expect(
    clippy::unwrap_used,
    reason = "the histories made here are well-formed"
)]

use std::collections::VecDeque;
use std::hint::black_box;
use std::time::Instant;

use testimony::history::{EventId, History, HistoryBuilder, LineOrder};
use testimony::order::{Order, Relation};

/// What a kind of history looks like.
struct Kind {
    says: &'static str,
    participants: u64,
    /// Whether the lines are each participant's record in turn, so that messages run backward.
    is_concatenated: bool,
    queries: u32,
}

const KINDS: [Kind; 3] = [
    Kind {
        says: "8 participants, records merged",
        participants: 8,
        is_concatenated: false,
        queries: 4_000_000,
    },
    Kind {
        says: "8 participants, one record after another",
        participants: 8,
        is_concatenated: true,
        queries: 4_000_000,
    },
    Kind {
        says: "2,000 participants: clocks that fit only small histories",
        participants: 2_000,
        is_concatenated: false,
        queries: 2_000,
    },
];

/// Pairs are drawn from so many lines in the middle of a history, or from all.
const NEIGHBOURS: u64 = 10_000;

fn main() {
    for kind in KINDS {
        println!("{}", kind.says);
        let mut smallest = None;
        for events in [10_000, 100_000, 1_000_000] {
            let (near, far) = measure(&kind, events);
            let (near_first, far_first) = *smallest.get_or_insert((near, far));
            println!(
                "    before: neighbours {near:9.1} ns (x {:.1}), anywhere {far:9.1} ns (x {:.1})",
                near / near_first,
                far / far_first
            );
        }
    }
}

/// Prints what one history costs; returns the nanoseconds of one `before`, near and far.
fn measure(kind: &Kind, events: usize) -> (f64, f64) {
    let history = history(kind, events);
    let build = || {
        let start = Instant::now();
        let order = Order::of(&history, Relation::HappenedBefore).unwrap();
        (start.elapsed().as_secs_f64(), order)
    };
    let (mut seconds, order) = build();
    for _ in 1..5 {
        seconds = seconds.min(build().0);
    }
    println!(
        "  {events:>9} events {:>5} chains, clocks {:<5} {seconds:7.3} s {:7.1} bytes an event",
        order.chains(),
        order.has_clocks(),
        order.heap_bytes() as f64 / events as f64,
    );
    let near = ask(&order, kind.queries, NEIGHBOURS);
    (near, ask(&order, kind.queries, events as u64))
}

/// Asks `before` for pairs of so many lines; returns the nanoseconds of one question.
fn ask(order: &Order, queries: u32, lines: u64) -> f64 {
    let first = (order.len() as u64 - lines) / 2;
    let mut random = Random(7);
    let mut event = || EventId::new((first + random.below(lines)) as usize);
    let start = Instant::now();
    for _ in 0..queries {
        black_box(order.before(event(), event()));
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(queries)
}

/// One line of a history before it is written: its participant, and its message if it has one.
enum Line {
    Fact,
    Send(u64),
    Receive(u64),
}

/// Every fourth event sends a message; it arrives at another participant some events later.
fn history(kind: &Kind, events: usize) -> History {
    let mut random = Random(events as u64);
    let mut under_way = VecDeque::new();
    let mut lines: Vec<(u64, Line)> = Vec::with_capacity(events);
    while lines.len() < events {
        let process = random.below(kind.participants);
        if lines.len().is_multiple_of(4) {
            let msg = lines.len() as u64;
            let to = (process + 1 + random.below(kind.participants - 1)) % kind.participants;
            under_way.push_back((to, msg));
            lines.push((process, Line::Send(msg)));
        } else if under_way.len() > 4 {
            lines.extend(
                under_way
                    .pop_front()
                    .map(|(to, msg)| (to, Line::Receive(msg))),
            );
        } else {
            lines.push((process, Line::Fact));
        }
    }
    if kind.is_concatenated {
        lines.sort_by_key(|(process, _)| *process);
    }
    let mut builder = HistoryBuilder::new().order(LineOrder::HappenedBefore);
    for (process, line) in lines {
        let process = process as i64;
        match line {
            Line::Fact => builder.fact(process, "seen", 0),
            Line::Send(msg) => builder.send(process, msg as i64),
            Line::Receive(msg) => builder.receive(process, msg as i64),
        };
    }
    builder.finish().unwrap()
}

/// Numbers that look random and are the same on every run (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % limit
    }
}
