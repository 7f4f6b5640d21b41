//! Generated histories have the verdict that they promise, whatever was asked for, and always the same bytes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use proptest::prelude::*;
use testimony::check::catalog::Parameters;
use testimony::check::linear::{Rules, SpecCheck, SpecOptions};
use testimony::check::{Budget, Check, session};
use testimony::generate::{Plan, SPECS};
use testimony::history::{History, Outcome, Value, Verdict};

fn text(plan: &Plan) -> String {
    let mut bytes = Vec::new();
    plan.write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn check(plan: &Plan, rules: Rules) -> Arc<dyn Check> {
    let catalog = testimony::specs::all();
    let entry = catalog.specs.iter().find(|entry| entry.name == plan.spec);
    let mut parameters = Parameters::new(plan.parameters.clone());
    let spec = (entry.unwrap().build)(&mut parameters).unwrap();
    assert!(
        parameters.leftover().0.is_empty(),
        "each parameter is known"
    );
    let options = SpecOptions {
        by_key: plan.is_by_key(),
        rules,
        ..SpecOptions::default()
    };
    Arc::new(SpecCheck::new(&plan.spec, spec, options))
}

/// Parameters that the specification takes, at random.
fn parameters(spec: &'static str) -> BoxedStrategy<Option<(&'static str, Value)>> {
    let some = |name: &'static str, values: &[&str]| {
        let values: Vec<Value> = values
            .iter()
            .map(|json| serde_json::from_str(json).unwrap())
            .collect();
        prop::option::of(prop::sample::select(values).prop_map(move |value| (name, value))).boxed()
    };
    match spec {
        "semaphore" => some("permits", &["1", "2", "3", "5"]),
        "mutex" | "owned-mutex" => Just(None).boxed(),
        "counter" | "fenced-lock" => some("initial", &["0", "7", "-3"]),
        "register" | "cas-register" | "strict-cas-register" => {
            some("initial", &["1", "-1", r#""a""#])
        }
        "kv" => some("initial", &[r#""1;""#, r#""-1;""#, r#"{"k0":"2;"}"#, "1"]),
        "multi-register" => some("initial", &["1", "-1", r#"{"k0":2}"#]),
        _ => some("initial", &["[1]", "[2,2,-1]", "[3,1,2]"]),
    }
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let spec = prop::sample::select(SPECS.to_vec());
    let with_parameters = spec.prop_flat_map(|spec| (Just(spec), parameters(spec)));
    let sizes = (3_u64..24, 1_u32..5, prop::option::of(1_u32..4));
    let values = prop::option::of(1_u64..4);
    let rest = (any::<prop::sample::Index>(), any::<bool>(), any::<u64>());
    (with_parameters, sizes, values, rest).prop_map(|(spec, sizes, values, rest)| {
        let (spec, parameter) = spec;
        let (ops, clients, keys) = sizes;
        let (unknown, is_broken, seed) = rest;
        let is_lock = ["mutex", "owned-mutex", "fenced-lock", "semaphore"].contains(&spec);
        Plan {
            parameters: parameter
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            ops,
            clients,
            keys,
            values: values.filter(|_| !is_lock),
            unknown: (unknown.index(5) as u64).min(ops - 3),
            is_broken,
            seed,
            ..Plan::of(spec)
        }
    })
}

fn holds(plan: &Plan) -> Result<(), TestCaseError> {
    let text = text(plan);
    let history = History::parse(&text).unwrap();
    let promised = match plan.is_broken {
        true => Verdict::Broken,
        false => Verdict::Kept,
    };
    let operations = history.operations();
    prop_assert_eq!(operations.len() as u64, plan.ops);
    let unknown = operations
        .iter()
        .filter(|operation| operation.outcome == Outcome::Unknown);
    prop_assert_eq!(unknown.count() as u64, plan.unknown, "{}", text);
    let expected = [(plan.check_id(), promised)];
    prop_assert_eq!(&history.header().expect, &expected);
    // The plain search, too.
    let checks = [check(plan, Rules::default()), check(plan, Rules::NONE)];
    let judged = session::judge(history, &checks, &Budget::new(2_000_000, 1 << 30));
    let judged = judged.map_err(|unjudged| TestCaseError::fail(format!("{unjudged:?}\n{text}")))?;
    for finding in judged.findings {
        prop_assert_eq!(finding.judgement.verdict, promised, "{}", text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_verdict_is_the_promised_one(plan in any_plan()) {
        holds(&plan)?;
    }
}

#[test]
fn the_smallest_histories_have_their_verdicts_too() {
    for spec in SPECS {
        for (ops, is_broken) in [(1, false), (3, true), (4, true)] {
            for seed in 0..8 {
                let plan = Plan {
                    ops,
                    clients: 2,
                    is_broken,
                    seed,
                    ..Plan::of(spec)
                };
                holds(&plan).unwrap();
            }
        }
    }
}

#[test]
fn every_specification_is_generated() {
    let catalog = testimony::specs::all();
    let names: Vec<&str> = catalog.specs.iter().map(|entry| entry.name).collect();
    assert_eq!(names, SPECS);
}

/// Whoever cites a seed means these bytes, in every version.
#[test]
fn a_plan_always_gives_the_same_bytes() {
    let plan = Plan {
        ops: 6,
        clients: 2,
        keys: Some(2),
        unknown: 1,
        is_broken: true,
        seed: 7,
        ..Plan::of("cas-register")
    };
    insta::assert_snapshot!(text(&plan));
    // FNV-1a of every specification's history.
    let hashes: Vec<String> = SPECS
        .iter()
        .map(|spec| {
            let text = text(&Plan {
                unknown: 20,
                ..Plan::of(spec)
            });
            let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
            format!("{hash:016x} {spec}")
        })
        .collect();
    insta::assert_snapshot!(hashes.join("\n"));
}

#[test]
fn what_cannot_be_made_is_refused_before_anything_is_written() {
    let initial = |json: &str| {
        let value: Value = serde_json::from_str(json).unwrap();
        [("initial".to_owned(), value)].into()
    };
    let plans = [
        Plan::of("banana"),
        Plan {
            ops: 0,
            ..Plan::of("set")
        },
        Plan {
            ops: 2,
            is_broken: true,
            ..Plan::of("set")
        },
        Plan {
            ops: 4,
            unknown: 2,
            is_broken: true,
            ..Plan::of("set")
        },
        Plan {
            ops: 4,
            unknown: 5,
            ..Plan::of("set")
        },
        Plan {
            clients: 0,
            ..Plan::of("set")
        },
        Plan {
            keys: Some(0),
            ..Plan::of("kv")
        },
        Plan {
            values: Some(0),
            ..Plan::of("kv")
        },
        Plan {
            values: Some(3),
            ..Plan::of("mutex")
        },
        Plan {
            parameters: initial("7"),
            ..Plan::of("queue")
        },
        Plan {
            parameters: initial("[null]"),
            ..Plan::of("stack")
        },
        Plan {
            parameters: initial("0.5"),
            ..Plan::of("counter")
        },
        Plan {
            parameters: [("permits".to_owned(), 0.into())].into(),
            ..Plan::of("semaphore")
        },
    ];
    let mut says = Vec::new();
    for plan in plans {
        let mut bytes = Vec::new();
        says.push(plan.write(&mut bytes).unwrap_err().to_string());
        assert!(bytes.is_empty());
    }
    insta::assert_snapshot!(says.join("\n"));
}
