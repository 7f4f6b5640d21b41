//! The ready-made kinds: what the contract says of a whole sequence of one scope's effects.

use super::{Kind, Said, keyed};

fn places<'s>(said: &'s [&Said], name: &'s str) -> impl Iterator<Item = usize> + 's {
    (0..said.len()).filter(move |at| said[*at].name == name)
}

fn has(said: &[&Said], names: &[&str]) -> bool {
    said.iter().any(|said| names.contains(&said.name))
}

fn count(said: &[&Said], name: &str) -> usize {
    places(said, name).count()
}

pub(crate) fn one_outcome() -> Kind {
    Kind {
        fields: "kind = \"one-outcome\"\nof = \"submit\"\n\
                 outcomes = [[\"confirmed\"], [\"rejected\", \"expired\"]]",
        names: &["submit", "confirmed", "rejected", "expired"],
        judges: |said| said.name == "submit",
        holds: |said| {
            let outcomes = [&["confirmed"][..], &["rejected", "expired"]];
            let occur = outcomes.iter().filter(|names| has(said, names)).count();
            !has(said, &["submit"]) || occur == 1
        },
        values: keyed,
        doubts: &[],
        hidden: &[("confirmed", 0), ("rejected", 0)],
    }
}

pub(crate) fn leads_to() -> Kind {
    Kind {
        fields: "kind = \"leads-to\"\nafter = \"paid\"\nalways = [\"ship\", \"refund\"]",
        names: &["paid", "ship", "refund"],
        judges: |said| said.name == "paid",
        holds: |said| places(said, "paid").all(|at| has(&said[at..], &["ship", "refund"])),
        values: keyed,
        doubts: &[],
        hidden: &[("ship", 0)],
    }
}

pub(crate) fn never_after() -> Kind {
    Kind {
        fields: "kind = \"never-after\"\nnever = [\"charge\", \"ship\"]\nonce = \"cancel\"",
        names: &["charge", "ship", "cancel"],
        judges: |said| said.name == "cancel",
        holds: |said| places(said, "cancel").all(|at| !has(&said[at..], &["charge", "ship"])),
        values: keyed,
        doubts: &[],
        hidden: &[("charge", 0), ("cancel", 0)],
    }
}

/// The amounts are tenths.
fn within(said: &[&Said], least: i64, most: i64) -> bool {
    (1..=said.len()).all(|end| {
        let sum: i64 = said[..end]
            .iter()
            .map(|said| {
                if said.name == "charge" {
                    said.number
                } else {
                    -said.number
                }
            })
            .sum();
        (least..=most).contains(&sum)
    })
}

/// Any amount that may be hidden: each that is shown, and more than all of these.
const AMOUNTS: [(&str, i64); 8] = [
    ("charge", 1),
    ("charge", 2),
    ("charge", 3),
    ("charge", 9),
    ("refund", 1),
    ("refund", 2),
    ("refund", 3),
    ("refund", 9),
];

fn amounts(said: &Said) -> (String, String) {
    let key = said.scope.unwrap_or_default();
    let amount = format!("0.{}", said.number);
    // A number or a text, some with zeros behind it: the same amount.
    let amount = match said.list.len() {
        0 => format!("\"{amount}0\""),
        _ => amount,
    };
    (
        format!(r#"{{"k":{key},"paid":{{"amount":{amount}}}}}"#),
        "null".to_owned(),
    )
}

pub(crate) fn limit_from_below() -> Kind {
    Kind {
        fields: "kind = \"limit\"\nplus = \"charge\"\nminus = \"refund\"\n\
                 amount = \"paid.amount\"\nat-least = 0",
        names: &["charge", "refund"],
        judges: |_| true,
        holds: |said| within(said, 0, i64::MAX),
        values: amounts,
        doubts: &[],
        hidden: &AMOUNTS,
    }
}

pub(crate) fn limit_from_both_sides() -> Kind {
    Kind {
        fields: "kind = \"limit\"\nplus = \"charge\"\nminus = \"refund\"\n\
                 amount = \"paid.amount\"\nat-least = -0.1\nat-most = \"0.40\"",
        names: &["charge", "refund"],
        judges: |_| true,
        holds: |said| within(said, -1, 4),
        values: amounts,
        doubts: &[],
        hidden: &AMOUNTS,
    }
}

pub(crate) fn limit_of_a_count() -> Kind {
    Kind {
        fields: "kind = \"limit\"\nplus = \"sell\"\nminus = \"return\"\nat-most = 1",
        names: &["sell", "return"],
        judges: |_| true,
        holds: |said| {
            (1..=said.len())
                .all(|end| count(&said[..end], "sell") <= count(&said[..end], "return") + 1)
        },
        values: keyed,
        doubts: &[],
        hidden: &[("sell", 0), ("return", 0)],
    }
}

/// Whether some path through the steps has these effects.
fn has_path(said: &[&Said], state: &str, steps: &[[&str; 3]]) -> bool {
    let Some((first, rest)) = said.split_first() else {
        return true;
    };
    steps
        .iter()
        .filter(|[from, effect, _]| *from == state && *effect == first.name)
        .any(|[_, _, to]| has_path(rest, to, steps))
}

pub(crate) fn lifecycle() -> Kind {
    Kind {
        fields: "kind = \"lifecycle\"\nstart = \"new\"\nsteps = [[\"new\", \"submit\", \"open\"], \
                 [\"open\", \"pay\", \"paid\"], [\"open\", \"cancel\", \"closed\"], \
                 [\"paid\", \"cancel\", \"closed\"], [\"closed\", \"submit\", \"open\"]]",
        names: &["submit", "pay", "cancel"],
        judges: |_| true,
        holds: |said| {
            let steps = [
                ["new", "submit", "open"],
                ["open", "pay", "paid"],
                ["open", "cancel", "closed"],
                ["paid", "cancel", "closed"],
                ["closed", "submit", "open"],
            ];
            has_path(said, "new", &steps)
        },
        values: keyed,
        doubts: &[],
        hidden: &[("submit", 0), ("pay", 0), ("cancel", 0)],
    }
}

pub(crate) fn lifecycle_with_a_choice() -> Kind {
    Kind {
        fields: "kind = \"lifecycle\"\nstart = \"new\"\nsteps = [[\"new\", \"run\", \"done\"], \
                 [\"new\", \"run\", \"failed\"], [\"failed\", [\"run\", \"retry\"], \"failed\"], \
                 [\"failed\", \"retry\", \"done\"], [\"done\", \"close\", \"new\"]]",
        names: &["run", "retry", "close"],
        judges: |_| true,
        holds: |said| {
            let steps = [
                ["new", "run", "done"],
                ["new", "run", "failed"],
                ["failed", "run", "failed"],
                ["failed", "retry", "failed"],
                ["failed", "retry", "done"],
                ["done", "close", "new"],
            ];
            has_path(said, "new", &steps)
        },
        values: keyed,
        doubts: &[],
        hidden: &[("run", 0), ("retry", 0), ("close", 0)],
    }
}

pub(crate) fn not_lost() -> Kind {
    Kind {
        fields: "kind = \"not-lost\"\nacknowledged = \"confirm\"\nseen-in = \"list\"\n\
                 field = \"orders\"\nunless = \"delete\"",
        names: &["confirm", "confirm", "list*", "list*", "delete"],
        judges: |said| said.name == "confirm",
        holds: |said| {
            places(said, "list*").all(|read| {
                let is_due = places(&said[..read], "confirm")
                    .any(|acknowledged| !has(&said[acknowledged..read], &["delete"]));
                !is_due || said[read].number == 1
            })
        },
        values: |said| {
            let (input, _) = keyed(said);
            match said.name {
                "list*" if said.number < 2 => (
                    "null".to_owned(),
                    format!(r#"{{"orders":{:?}}}"#, said.list),
                ),
                "list*" => {
                    let orders: Vec<String> = said
                        .list
                        .iter()
                        .map(|key| format!(r#"{{"k":{key},"total":5}}"#))
                        .collect();
                    (
                        "null".to_owned(),
                        format!(r#"{{"orders":[{}]}}"#, orders.join(",")),
                    )
                }
                _ => (input, "null".to_owned()),
            }
        },
        doubts: &[],
        hidden: &[("delete", 0)],
    }
}

pub(crate) fn unknown_resolved_by_a_retry() -> Kind {
    Kind {
        fields: "kind = \"unknown-resolved\"\nunknown = \"charge\"\n\
                 resolved-by = [\"charge\", \"status\"]",
        names: &["charge", "charge", "status"],
        judges: |said| said.name == "unknown",
        holds: |said| places(said, "unknown").all(|at| has(&said[at..], &["charge", "status"])),
        values: keyed,
        doubts: &["charge"],
        hidden: &[("status", 0)],
    }
}

pub(crate) fn unknown_resolved_by_others() -> Kind {
    Kind {
        fields: "kind = \"unknown-resolved\"\nunknown = [\"charge\", \"refund\"]\n\
                 resolved-by = [\"review\", \"status\"]",
        names: &["charge", "refund", "status", "review"],
        judges: |said| said.name == "unknown",
        holds: |said| places(said, "unknown").all(|at| has(&said[at..], &["review", "status"])),
        values: keyed,
        doubts: &["charge", "refund"],
        hidden: &[("review", 0)],
    }
}

pub(crate) fn compensated() -> Kind {
    Kind {
        fields: "kind = \"compensated\"\ndone = \"receipt\"\n\
                 steps = [[\"reserve\", \"release\"], [\"charge\", \"refund\"]]",
        names: &["reserve", "release", "charge", "refund", "receipt"],
        judges: |said| said.name != "receipt",
        holds: |said| {
            let is_done = has(said, &["receipt"]);
            [("reserve", "release"), ("charge", "refund")]
                .iter()
                .all(|(act, undo)| {
                    let was_done_before = places(said, undo)
                        .all(|at| count(&said[..at], act) > count(&said[..at], undo));
                    let undone = count(said, undo);
                    was_done_before && undone == if is_done { 0 } else { count(said, act) }
                })
        },
        values: keyed,
        doubts: &[],
        hidden: &[
            ("reserve", 0),
            ("release", 0),
            ("charge", 0),
            ("refund", 0),
            ("receipt", 0),
        ],
    }
}

fn versions(said: &Said) -> (String, String) {
    let key = said.scope.unwrap_or_default();
    let version = match said.number {
        0 if said.name == "get*" => "null".to_owned(),
        version => version.to_string(),
    };
    match said.name {
        "get*" => (
            format!(r#"{{"k":{key}}}"#),
            format!(r#"{{"k":{key},"version":{version}}}"#),
        ),
        _ => (
            format!(r#"{{"k":{key},"version":{version}}}"#),
            "null".to_owned(),
        ),
    }
}

/// A read of version 0 shows null, which every version is newer than.
fn is_fresh(said: &[&Said], behind_at_most: usize) -> bool {
    places(said, "get*").all(|read| {
        let shown = match said[read].number {
            0 => -1,
            version => version,
        };
        let written = said[..read].iter().filter(|said| said.name == "put");
        let mut newer: Vec<i64> = written
            .map(|said| said.number)
            .filter(|version| *version > shown)
            .collect();
        newer.sort_unstable();
        newer.dedup();
        newer.len() <= behind_at_most
    })
}

pub(crate) fn fresh() -> Kind {
    Kind {
        fields: "kind = \"fresh\"\nread = \"get\"\nwrite = \"put\"\nversion = \"version\"\n\
                 behind-at-most = 0",
        names: &["get*", "put"],
        judges: |said| said.name == "get*",
        holds: |said| is_fresh(said, 0),
        values: versions,
        doubts: &[],
        hidden: &[("put", 8), ("put", 9)],
    }
}

pub(crate) fn fresh_within_a_version() -> Kind {
    Kind {
        fields: "kind = \"fresh\"\nread = \"get\"\nwrite = \"put\"\nversion = \"version\"\n\
                 behind-at-most = 1",
        names: &["get*", "put", "put"],
        judges: |said| said.name == "get*",
        holds: |said| is_fresh(said, 1),
        values: versions,
        doubts: &[],
        hidden: &[("put", 8), ("put", 9)],
    }
}
