//! Small histories on which rules that look right are wrong, judged with each rule of the search alone, with all and with none.

use std::fmt::Write as _;

use testimony::check::catalog::Parameters;
use testimony::check::linear::{Rules, SpecCheck, SpecOptions};
use testimony::check::{Budget, Check, Subject};
use testimony::history::{History, Value};
use testimony::order::{Order, Relation};
use testimony::verdict::Verdict;

/// A name, the specification, what the object holds first (`null`: its default), one line an event, and the verdict.
type Trap = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    Verdict,
);

const TRAPS: &[Trap] = &[
    (
        "who finds a queue empty stands between a removal and an insertion that is over first",
        "queue",
        "null",
        &[
            "0 invoke enqueue 1",
            "0 ok enqueue 1",
            "1 invoke dequeue null",
            "2 invoke dequeue null",
            "3 invoke enqueue 2",
            "3 ok enqueue 2",
            "1 ok dequeue 1",
            "2 ok dequeue null",
            "0 invoke dequeue null",
            "0 ok dequeue 2",
        ],
        Verdict::Kept,
    ),
    (
        "an insertion of unknown outcome goes before one that is over first",
        "queue",
        "null",
        &[
            "0 invoke enqueue 1",
            "1 invoke dequeue null",
            "2 invoke enqueue 2",
            "2 ok enqueue 2",
            "1 ok dequeue 1",
            "3 invoke dequeue null",
            "3 ok dequeue 2",
        ],
        Verdict::Kept,
    ),
    (
        "a write of the present value waits",
        "register",
        "0",
        &[
            "0 invoke write 0",
            "1 invoke write 1",
            "1 ok write 1",
            "2 invoke read null",
            "2 ok read 0",
            "0 ok write 0",
        ],
        Verdict::Kept,
    ),
    (
        "an unknown write of the present value uncovers a swap",
        "cas-register",
        "0",
        &[
            "0 invoke cas [0,3]",
            "1 invoke write 1",
            "2 invoke write 0",
            "0 ok cas [0,3]",
            "1 ok write 1",
            "3 invoke cas [2,3]",
            "4 invoke cas [3,2]",
            "4 ok cas [3,2]",
            "3 ok cas [2,3]",
        ],
        Verdict::Kept,
    ),
    (
        "without the unknown write nothing uncovers it",
        "cas-register",
        "0",
        &[
            "0 invoke cas [0,3]",
            "1 invoke write 1",
            "0 ok cas [0,3]",
            "1 ok write 1",
            "3 invoke cas [2,3]",
            "4 invoke cas [3,2]",
            "4 ok cas [3,2]",
            "3 ok cas [2,3]",
        ],
        Verdict::Broken,
    ),
    (
        "a refused swap sees an unknown write that nobody reads",
        "strict-cas-register",
        "1",
        &["0 invoke write 5", "1 invoke cas [1,2]", "1 fail cas [1,2]"],
        Verdict::Kept,
    ),
    (
        "a refused swap sees a write that nobody reads, and not too early",
        "strict-cas-register",
        "1",
        &[
            "0 invoke write 7",
            "1 invoke write 1",
            "1 ok write 1",
            "2 invoke cas [1,2]",
            "2 fail cas [1,2]",
            "0 ok write 7",
        ],
        Verdict::Kept,
    ),
    (
        "a value that was left comes back by a swap",
        "cas-register",
        "0",
        &[
            "0 invoke write 1",
            "1 invoke cas [1,0]",
            "2 invoke read null",
            "0 ok write 1",
            "1 ok cas [1,0]",
            "2 ok read 0",
        ],
        Verdict::Kept,
    ),
    (
        "an unknown insertion of an element that is there already",
        "queue",
        "null",
        &[
            "0 invoke enqueue 1",
            "1 invoke enqueue 1",
            "1 ok enqueue 1",
            "2 invoke dequeue null",
            "2 ok dequeue 1",
            "2 invoke dequeue null",
            "2 ok dequeue 1",
            "2 invoke dequeue null",
            "2 ok dequeue null",
        ],
        Verdict::Kept,
    ),
    (
        "an unknown removal empties the queue",
        "queue",
        "null",
        &[
            "0 invoke enqueue 1",
            "0 ok enqueue 1",
            "1 invoke dequeue null",
            "2 invoke dequeue null",
            "2 ok dequeue null",
        ],
        Verdict::Kept,
    ),
    (
        "an unknown removal does not change the order",
        "queue",
        "null",
        &[
            "1 invoke dequeue null",
            "0 invoke enqueue 1",
            "0 ok enqueue 1",
            "0 invoke enqueue 2",
            "0 ok enqueue 2",
            "0 invoke dequeue null",
            "0 ok dequeue 2",
            "0 invoke dequeue null",
            "0 ok dequeue 1",
        ],
        Verdict::Broken,
    ),
    (
        "a removal that was open all the time takes the first of two equal elements",
        "queue",
        "null",
        &[
            "0 invoke dequeue null",
            "1 invoke enqueue 1",
            "1 ok enqueue 1",
            "1 invoke enqueue 2",
            "1 ok enqueue 2",
            "1 invoke enqueue 1",
            "1 ok enqueue 1",
            "2 invoke dequeue null",
            "3 invoke dequeue null",
            "3 ok dequeue 2",
            "2 ok dequeue 1",
            "0 ok dequeue 1",
        ],
        Verdict::Kept,
    ),
    (
        "a log that was read early does not hold up later entries",
        "log",
        "null",
        &[
            "2 invoke read null",
            "0 invoke append \"a\"",
            "1 invoke append \"b\"",
            "1 ok append 0",
            "3 invoke read null",
            "3 ok read [\"b\"]",
            "0 ok append null",
            "2 ok read [\"b\", \"a\"]",
        ],
        Verdict::Kept,
    ),
    (
        "a value that is put makes room for an answer that was ruled out",
        "kv",
        "null",
        &[
            "0 invoke append [\"x\", \"a\"]",
            "0 ok append [\"x\", \"a\"]",
            "1 invoke get [\"x\", null]",
            "2 invoke put [\"x\", \"b\"]",
            "3 invoke append [\"x\", \"c\"]",
            "1 ok get [\"x\", \"bc\"]",
            "2 ok put [\"x\", \"b\"]",
            "3 ok append [\"x\", \"c\"]",
        ],
        Verdict::Kept,
    ),
];

/// Histories that are broken, and hard without rules.
const HARD: &[Trap] = &[
    (
        "a value comes back among writes that nobody reads",
        "cas-register",
        "null",
        &[
            "1 invoke write 1",
            "2 invoke write 2",
            "3 invoke write 3",
            "4 invoke write 4",
            "5 invoke write 5",
            "6 invoke write 6",
            "7 invoke write 7",
            "8 invoke write 8",
            "20 invoke read null",
            "20 ok read 3",
            "20 invoke read null",
            "20 ok read 4",
            "20 invoke read null",
            "20 ok read 3",
            "1 ok write 1",
            "2 ok write 2",
            "3 ok write 3",
            "4 ok write 4",
            "5 ok write 5",
            "6 ok write 6",
            "7 ok write 7",
            "8 ok write 8",
        ],
        Verdict::Broken,
    ),
    (
        "nobody writes what is read behind writes of one value",
        "cas-register",
        "null",
        &[
            "1 invoke write 5",
            "2 invoke write 5",
            "3 invoke write 5",
            "4 invoke write 5",
            "5 invoke write 5",
            "6 invoke write 5",
            "7 invoke write 5",
            "8 invoke write 5",
            "20 invoke read null",
            "20 ok read 3",
            "20 invoke read null",
            "20 ok read 5",
            "20 invoke read null",
            "20 ok read 3",
            "1 ok write 5",
            "2 ok write 5",
            "3 ok write 5",
            "4 ok write 5",
            "5 ok write 5",
            "6 ok write 5",
            "7 ok write 5",
            "8 ok write 5",
        ],
        Verdict::Broken,
    ),
    (
        "elements leave a queue more often than they came",
        "queue",
        "null",
        &[
            "1 invoke enqueue 1",
            "2 invoke enqueue 2",
            "3 invoke enqueue 0",
            "4 invoke enqueue 1",
            "5 invoke enqueue 2",
            "6 invoke enqueue 0",
            "7 invoke enqueue 1",
            "1 ok enqueue null",
            "2 ok enqueue null",
            "3 ok enqueue null",
            "4 ok enqueue null",
            "5 ok enqueue null",
            "6 ok enqueue null",
            "7 ok enqueue null",
            "20 invoke dequeue null",
            "20 ok dequeue 0",
            "20 invoke dequeue null",
            "20 ok dequeue 1",
            "20 invoke dequeue null",
            "20 ok dequeue 1",
            "20 invoke dequeue null",
            "20 ok dequeue 2",
            "20 invoke dequeue null",
            "20 ok dequeue 0",
            "20 invoke dequeue null",
            "20 ok dequeue 2",
            "20 invoke dequeue null",
            "20 ok dequeue 2",
        ],
        Verdict::Broken,
    ),
];

/// A rule, the place of a history in [`HARD`], and so many nodes that the search decides it with that rule alone and not without.
const SPARED: &[(&str, usize, u64)] = &[
    ("monitors", 0, 1),
    ("hidden_writes", 0, 64),
    ("merged_values", 0, 4_096),
    ("owed_values", 0, 2_048),
    ("owed_values", 1, 16),
    ("certain_twins_in_order", 1, 32),
    ("queue_order", 2, 16),
    ("certain_twins_in_order", 2, 1_024),
];

fn history(lines: &[impl AsRef<str>]) -> Result<History, String> {
    let mut text = String::new();
    for line in lines {
        let line = line.as_ref();
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        let [process, kind, f, value] = words[..] else {
            return Err(format!("not four words: {line}"));
        };
        let _ = writeln!(
            text,
            r#"{{"process": {process}, "type": "{kind}", "f": "{f}", "value": {value}}}"#
        );
    }
    History::parse(&text).map_err(|faults| format!("{faults:?}"))
}

fn verdict(trap: &Trap, rules: Rules) -> Result<Verdict, String> {
    verdict_within(trap, rules, &Budget::default())
}

fn verdict_within(
    (_, spec, initial, lines, _): &Trap,
    rules: Rules,
    budget: &Budget,
) -> Result<Verdict, String> {
    verdict_of((spec, initial), lines, rules, budget)
}

fn verdict_of(
    (spec, initial): (&str, &str),
    lines: &[impl AsRef<str>],
    rules: Rules,
    budget: &Budget,
) -> Result<Verdict, String> {
    let history = history(lines)?;
    let initial: Value = serde_json::from_str(initial).map_err(|fault| fault.to_string())?;
    let given = (!initial.is_null()).then(|| ("initial".to_owned(), initial));
    let catalog = testimony::specs::all();
    let entry = catalog.specs.iter().find(|entry| entry.name == spec);
    let entry = entry.ok_or("a built-in specification")?;
    let built = (entry.build)(&mut Parameters::new(Vec::from_iter(given)));
    let built = built.map_err(|fault| format!("{fault:?}"))?;
    let options = SpecOptions {
        rules,
        ..SpecOptions::default()
    };
    let order = Order::of(&history, Relation::HappenedBefore);
    let order = order.map_err(|cycle| format!("{cycle:?}"))?;
    let subject = Subject {
        history: &history,
        order: &order,
    };
    let judgement = SpecCheck::new(spec, built, options).judge(subject, budget);
    Ok(judgement.verdict)
}

#[test]
fn no_rule_changes_a_verdict() -> Result<(), String> {
    let search = Rules {
        monitors: false,
        ..Rules::ALL
    };
    let some = [
        ("no rule", Rules::NONE),
        ("all rules", Rules::ALL),
        ("all rules of the search", search),
    ];
    for trap in TRAPS {
        for (name, rules) in some.into_iter().chain(Rules::EACH) {
            let found = verdict(trap, rules)?;
            assert_eq!(found, trap.4, "{} with {name}", trap.0);
        }
    }
    Ok(())
}

#[test]
fn rules_spare_nodes() -> Result<(), String> {
    for (name, history, nodes) in SPARED {
        let trap = &HARD[*history];
        let rule = Rules::EACH.into_iter().find(|(rule, _)| rule == name);
        let (_, rule) = rule.ok_or("a rule of this name")?;
        let judged = |rules| verdict_within(trap, rules, &Budget::new(*nodes, 1 << 26));
        assert_eq!(judged(rule)?, trap.4, "{} with {name}", trap.0);
        assert_eq!(judged(Rules::NONE)?, Verdict::Undecided, "{}", trap.0);
    }
    Ok(())
}

/// Six clients invoke these operations at the same time, and the answers come at the end, if there are any.
fn together(f: &str, inputs: [i64; 6], meanwhile: &[&str], answer: Option<&str>) -> Vec<String> {
    let clients = || (1..).zip(inputs);
    let invoked = clients().map(|(client, input)| match input {
        0 => format!("{client} invoke {f} null"),
        input => format!("{client} invoke {f} {input}"),
    });
    let meanwhile = meanwhile.iter().map(|line| (*line).to_owned());
    let over = clients().filter_map(|(client, _)| Some(format!("{client} ok {f} {}", answer?)));
    invoked.chain(meanwhile).chain(over).collect()
}

/// One client's operations, each over before the next.
fn apart(operations: &[(&str, &str, &str)]) -> Vec<String> {
    let lines = operations.iter().flat_map(|(f, input, answer)| {
        [
            format!("20 invoke {f} {input}"),
            format!("20 ok {f} {answer}"),
        ]
    });
    lines.collect()
}

const EQUAL: [i64; 6] = [1; 6];
const DISTINCT: [i64; 6] = [11, 12, 13, 14, 15, 16];
const NOTHING: [i64; 6] = [0; 6];

/// Holds a rule to it that these lines are found broken within so many nodes with it, and not without.
fn spares(
    rule: &str,
    spec: (&str, &str),
    lines: &[String],
    (without, with): (Rules, Rules),
    nodes: u64,
) -> Result<(), String> {
    let judged = |rules| verdict_of(spec, lines, rules, &Budget::new(nodes, 1 << 26));
    assert_eq!(judged(with)?, Verdict::Broken, "{rule} of {}", spec.0);
    let without = judged(without)?;
    assert_eq!(without, Verdict::Undecided, "without {rule} of {}", spec.0);
    Ok(())
}

const COUNTER: (&str, &str) = ("counter", "0");
const REGISTER: (&str, &str) = ("cas-register", "0");
const QUEUE: (&str, &str) = ("queue", "null");
const NONE: Rules = Rules::NONE;
/// A rule that makes a register's own machine search, and does nothing in these histories; the same of a queue's.
const CELLS: Rules = Rules {
    merged_values: true,
    ..NONE
};
const FIFO: Rules = Rules {
    queue_turns: true,
    ..NONE
};

fn wrong(f: &str, answer: &str) -> Vec<String> {
    apart(&[(f, "null", answer)])
}

/// Elements leave a queue in another order than they came.
fn overtaking() -> Vec<String> {
    apart(&[
        ("enqueue", "1", "null"),
        ("enqueue", "2", "null"),
        ("dequeue", "null", "2"),
        ("dequeue", "null", "1"),
    ])
}

fn borrowed(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

#[test]
fn observers_spare_nodes_of_each_machine() -> Result<(), String> {
    for (spec, without, f, answer) in [
        (COUNTER, NONE, "read", "0"),
        (REGISTER, CELLS, "read", "0"),
        (QUEUE, FIFO, "dequeue", "null"),
    ] {
        let lines = together(f, NOTHING, &borrowed(&wrong(f, "7")), Some(answer));
        let with = Rules {
            observers_first: true,
            ..without
        };
        spares("observers_first", spec, &lines, (without, with), 16)?;
    }
    Ok(())
}

#[test]
fn twins_spare_nodes_of_each_machine() -> Result<(), String> {
    let twice = apart(&[("dequeue", "null", "1"), ("dequeue", "null", "2")]);
    for (spec, without, f, behind) in [
        (COUNTER, NONE, "add", wrong("read", "7")),
        (REGISTER, CELLS, "write", wrong("read", "7")),
        (QUEUE, FIFO, "enqueue", twice),
    ] {
        let lines = [together(f, EQUAL, &[], None), behind].concat();
        let with = Rules {
            twins_in_order: true,
            ..without
        };
        spares("twins_in_order", spec, &lines, (without, with), 16)?;
    }
    let certain = together("enqueue", EQUAL, &[], Some("null"));
    let lines = [certain, wrong("dequeue", "2")].concat();
    let with = Rules {
        certain_twins_in_order: true,
        ..FIFO
    };
    spares("certain_twins_in_order", QUEUE, &lines, (FIFO, with), 16)
}

#[test]
fn what_is_to_come_spares_nodes() -> Result<(), String> {
    let looking = Rules {
        looks_ahead: true,
        ..NONE
    };
    let appended = together("append", DISTINCT, &["20 invoke read null"], Some("null"));
    let read = vec!["20 ok read [11, 12, 13, 14, 16, 15, 15]".to_owned()];
    let lines = [appended, read].concat();
    spares("looks_ahead", ("log", "null"), &lines, (NONE, looking), 32)?;
    let wanted = Rules {
        wanted_unknowns: true,
        ..NONE
    };
    let unread = together("write", DISTINCT, &[], None);
    let lines = [unread, wrong("read", "7")].concat();
    spares("wanted_unknowns", REGISTER, &lines, (NONE, wanted), 16)
}

#[test]
fn what_a_queue_owes_spares_nodes() -> Result<(), String> {
    let ordered = Rules {
        queue_order: true,
        ..NONE
    };
    let untaken = together("enqueue", DISTINCT, &[], None);
    let lines = [untaken, overtaking()].concat();
    spares("queue_order", QUEUE, &lines, (NONE, ordered), 16)?;
    let lines = together("enqueue", DISTINCT, &borrowed(&overtaking()), Some("null"));
    spares("queue_order", QUEUE, &lines, (NONE, ordered), 16)?;
    let clients = (20..).zip([11, 12, 13, 13]);
    let (called, over): (Vec<String>, Vec<String>) = clients
        .map(|(client, element)| {
            let called = format!("{client} invoke dequeue null");
            (called, format!("{client} ok dequeue {element}"))
        })
        .unzip();
    let concurrent = together("enqueue", DISTINCT, &borrowed(&called), Some("null"));
    let lines = [concurrent, over].concat();
    spares("queue_turns", QUEUE, &lines, (NONE, FIFO), 4_096)
}

#[test]
fn an_order_by_invocations_is_found_where_that_by_returns_leads_astray() -> Result<(), String> {
    let invoked = together("enqueue", DISTINCT, &[], None);
    let returned = together("enqueue", DISTINCT, &[], Some("null"));
    let returned = returned[invoked.len()..].iter().rev().cloned();
    let removals = DISTINCT.map(|element| apart(&[("dequeue", "null", &element.to_string())]));
    let mut lines: Vec<String> = invoked.into_iter().chain(returned).collect();
    lines.extend(removals.into_iter().flatten());
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.map_err(|fault| fault.to_string())?;
        let budget = Budget::new(1_000, 1 << 26);
        let verdict = pool.install(|| verdict_of(QUEUE, &lines, NONE, &budget))?;
        assert_eq!(verdict, Verdict::Kept, "{threads} threads");
    }
    Ok(())
}
