//! A search takes about as much memory as it may, and says so where that is not enough: measured at the allocator.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read its own history has failed"
)]

use std::fmt::Write as _;

use peak_alloc::PeakAlloc;
use testimony::check::Budget;
use testimony::check::linear::{AnySpec, Rules, SpecOptions};
use testimony::check_history;
use testimony::history::History;
use testimony::specs::cas_register::CasRegister;
use testimony::specs::log::Log;
use testimony::specs::queue::Queue;
use testimony::verdict::Verdict;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// So many bytes a search may take.
const MEMORY: u64 = 8 << 20;
const NODES: u64 = 1_000_000;

const NONE: Rules = Rules::NONE;

/// Clients that all change the object at the same time, each by a value of its own; then somebody is answered what cannot be.
fn history(clients: u32, change: &str, look: &str, answer: &str) -> History {
    let mut lines = String::new();
    let mut line = |client: u32, kind: &str, f: &str, value: &str| {
        writeln!(
            lines,
            "{{\"process\": {client}, \"type\": \"{kind}\", \"f\": \"{f}\", \"value\": {value}}}"
        )
        .unwrap();
    };
    for client in 1..=clients {
        line(client, "invoke", change, &client.to_string());
    }
    for client in 1..=clients {
        line(client, "ok", change, "null");
    }
    line(0, "invoke", look, "null");
    line(0, "ok", look, answer);
    History::parse(&lines).unwrap()
}

/// What stopped the search, and the most that it took at once.
fn search(spec: AnySpec, rules: Rules, history: History) -> (String, u64) {
    let options = SpecOptions {
        rules,
        ..SpecOptions::default()
    };
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    let session = check_history(history).spec_with("it", spec, options);
    let judged = session.budget(Budget::new(NODES, MEMORY)).judge().unwrap();
    let judgement = &judged.findings[0].judgement;
    assert_eq!(judgement.verdict, Verdict::Undecided, "{judged}");
    let question = judgement.missing[0].question.clone();
    (question, (ALLOCATOR.peak_usage() - before) as u64)
}

// One test: whatever else ran at the same time would be counted too.
#[test]
fn a_search_takes_as_much_memory_as_it_may() {
    let lists = history(10, "append", "read", "[0]");
    let queues = history(10, "enqueue", "dequeue", "0");
    let values = history(20, "write", "read", "0");
    // Each makes the machine of its own kind of object search, and spares nothing here.
    let fifo = Rules {
        queue_turns: true,
        ..NONE
    };
    let cells = Rules {
        wanted_unknowns: true,
        ..NONE
    };
    for (spec, rules, history) in [
        (AnySpec::of(Log::default()), NONE, lists),
        (AnySpec::of(Queue::default()), fifo, queues),
    ] {
        let (question, taken) = search(spec, rules, history);
        assert!(question.contains("--memory"), "{question}");
        assert!((MEMORY / 2..MEMORY * 3 / 2).contains(&taken), "{taken}");
    }
    // States are few: nodes that were visited are forgotten instead.
    let (question, taken) = search(CasRegister::default().into(), cells, values);
    assert!(question.contains("--budget-nodes"), "{question}");
    assert!((MEMORY / 4..MEMORY * 3 / 2).contains(&taken), "{taken}");
}
