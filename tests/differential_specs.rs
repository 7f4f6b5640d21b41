//! Holds the search for a linearization to the oracle, which tries every order of every subset.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test that makes nonsense has failed, and a long run has figures to tell"
)]

mod oracle;

use oracle::script::{Script, cases, run};
use oracle::specs::{Case, Question, case};
use oracle::story::Relation;
use testimony::check::catalog::Parameters;
use testimony::check::linear::{Consistency, Rules, SpecCheck, SpecOptions};
use testimony::check::{Budget, Check, Subject};
use testimony::history::{History, Value};
use testimony::order::Order;
use testimony::verdict::{Judgement, Verdict};

/// How often each consistency was kept and broken.
#[derive(Debug, Default)]
struct Shares {
    kept: [usize; 3],
    broken: [usize; 3],
    /// Broken verdicts where each object alone is kept.
    joint: usize,
}

fn relation(consistency: Consistency) -> Relation {
    match consistency {
        Consistency::Linearizable => Relation::Everything,
        Consistency::CausalOrder => Relation::Causal,
        Consistency::Sequential => Relation::Own,
    }
}

fn check(case: &Case, options: SpecOptions) -> SpecCheck {
    let value = |json: &serde_json::Value| -> Value {
        serde_json::from_value(json.clone()).expect("any JSON is a value")
    };
    let mut given = Vec::new();
    if let Some(initial) = &case.model.initial {
        given.push(("initial".to_owned(), value(initial)));
    }
    if case.model.name == "semaphore" {
        given.push(("permits".to_owned(), Value::from(case.model.permits)));
    }
    let catalog = testimony::specs::all();
    let entry = catalog
        .specs
        .iter()
        .find(|entry| entry.name == case.model.name);
    let mut parameters = Parameters::new(given);
    let spec = (entry.expect("a built-in specification").build)(&mut parameters);
    assert!(
        parameters.leftover().0.is_empty(),
        "each parameter is known"
    );
    let options = SpecOptions {
        by_key: case.by_key,
        ..options
    };
    SpecCheck::new(case.model.name, spec.expect("right parameters"), options)
}

/// Whether the operations that a violation names cannot be ordered: after a search, whatever the others do. A special
/// algorithm may claim less: not even where all other completed operations never were, because its sentences lean on
/// nobody else having written that value, or taken that element.
fn violations_stand(
    case: &Case,
    question: &Question<'_>,
    judgement: &Judgement,
) -> Result<(), String> {
    let certain = question.certain();
    let mut methods = judgement.methods.iter();
    let is_special = methods.any(|method| method.contains("special algorithm, "));
    for violation in &judgement.violations {
        let lines: Vec<usize> = violation.events.iter().map(|event| event.index()).collect();
        if lines.is_empty() || lines.iter().any(|line| *line >= case.story.lines.len()) {
            return Err(format!("no such events: {violation:?}"));
        }
        let named = question.with_lines(&lines);
        let others = certain & !named;
        let is_wrong = match is_special {
            true => question.is_possible_without(certain, others),
            false => question.is_possible(named & certain),
        };
        if is_wrong {
            return Err(format!(
                "the named events alone can be ordered: {violation:?}"
            ));
        }
    }
    Ok(())
}

/// Whether the linearizations explain all answers.
fn witnesses_stand(
    case: &Case,
    question: &Question<'_>,
    judgement: &Judgement,
    objects: usize,
) -> Result<(), String> {
    let certain = question.certain();

    for witness in &judgement.witnesses {
        let order: Vec<usize> = witness.operations.iter().map(|op| op.index()).collect();
        let concerned = match &witness.scope {
            None => certain,
            Some(scope) => {
                let name = |key: &Option<serde_json::Value>| {
                    key.as_ref().and_then(|key| key.as_str()) == Some(scope)
                };
                let object = case.keys.iter().position(name);
                let object = object.ok_or_else(|| format!("no object {scope}"))?;
                certain & question.of(object)
            }
        };
        if let Some(says) = question.refutes(&order, concerned) {
            return Err(format!("{says}: {witness:?}"));
        }
    }
    let covered: usize = judgement.witnesses.len();
    if covered == 0 || covered != 1 && covered != objects {
        return Err(format!("{covered} witnesses of {} objects", objects));
    }

    Ok(())
}

/// Whether the engine and the oracle say the same, and what the engine shows is evidence.
fn compare(
    case: &Case,
    question: &Question<'_>,
    judgement: &Judgement,
    shares: &mut Shares,
) -> Result<Verdict, String> {
    let certain = question.certain();
    let objects: Vec<usize> = (0..case.keys.len())
        .filter(|object| question.judged() & question.of(*object) != 0)
        .collect();
    if judgement.judged() != objects.len() {
        return Err(format!(
            "judged {} of {} objects",
            judgement.judged(),
            objects.len()
        ));
    }
    let is_kept = question.is_possible(certain);
    let truth = if is_kept {
        Verdict::Kept
    } else {
        Verdict::Broken
    };
    if judgement.verdict != truth {
        return Err(format!(
            "engine: {:?}, oracle: {truth:?}",
            judgement.verdict
        ));
    }
    let is_broken = |object: &usize| !question.is_possible(certain & question.of(*object));
    let alone = objects.iter().filter(|object| is_broken(object)).count();
    shares.joint += usize::from(alone == 0 && !is_kept);
    if alone > 0 && judgement.scopes.broken != alone || judgement.scopes.undecided > 0 {
        return Err(format!(
            "{:?}, but {alone} objects are broken alone",
            judgement.scopes
        ));
    }
    if (judgement.scopes.broken == 0) != judgement.violations.is_empty() && is_kept {
        return Err("a violation without a broken verdict".to_owned());
    }
    if truth == Verdict::Broken && judgement.violations.is_empty() {
        return Err("broken without a violation".to_owned());
    }
    violations_stand(case, question, judgement)?;
    if is_kept {
        witnesses_stand(case, question, judgement, objects.len())?;
    }
    Ok(truth)
}

/// All rules, none, each alone, and all of the search's: each for some histories.
fn rules(chance: usize) -> Rules {
    let each = Rules::EACH.len();
    match chance % (each + 7) {
        at if at < each => Rules::EACH[at].1,
        at if at == each => Rules::NONE,
        at if at <= each + 2 => Rules::ALL,
        _ => Rules {
            monitors: false,
            ..Rules::ALL
        },
    }
}

/// The story with a number on each answer, of which every second story's search is told. The numbers mean nothing.
fn with_revisions(text: &str) -> String {
    let numbered = text.lines().enumerate().map(|(at, line)| {
        let revision = (at * 7 + text.len()) % 5;
        line.replacen("{", &format!("{{\"revision\":{revision},"), 1) + "\n"
    });
    numbered.collect()
}

fn judge(case: &Case, shares: &mut Shares) -> Result<(), String> {
    let text = with_revisions(&case.story.text());
    let history = History::parse(&text).map_err(|faults| format!("{text}{faults:?}"))?;
    let order = Order::of(&history, testimony::order::Relation::HappenedBefore)
        .map_err(|cycle| format!("{text}{cycle:?}"))?;
    let rules = rules(text.len());
    for (at, consistency) in Consistency::ALL.into_iter().enumerate() {
        let options = SpecOptions {
            consistency,
            rules,
            witness: true,
            ..SpecOptions::default()
        };
        let check = check(case, options);
        let check = match text.len() % 2 {
            0 => check.hinted_by("revision"),
            _ => check,
        };
        let told = |says: String| {
            let keyed = if case.by_key { " by key" } else { "" };
            format!("{text}{}{keyed}, {:?}: {says}", check.id(), case.model)
        };
        let objections = check.objections(&history);
        if !objections.is_empty() {
            return Err(told(format!("{objections:?}")));
        }
        let subject = Subject {
            history: &history,
            order: &order,
        };
        let judgement = check.judge(subject, &Budget::default());
        let question = Question::new(case, relation(consistency));
        if question.judged() == 0 && judgement.judged() == 0 {
            continue;
        }
        let found = compare(case, &question, &judgement, shares)
            .map_err(|says| told(format!("{says}\n{judgement:?}")))?;
        match found {
            Verdict::Kept => shares.kept[at] += 1,
            _ => shares.broken[at] += 1,
        }
    }
    Ok(())
}

fn agree(name: &'static str) {
    let mut shares = Shares::default();
    let count = cases(1_500);
    run(name, count, &mut shares, |bytes, shares| {
        judge(&case(name, &mut Script::new(bytes)), shares)
    });
    let sum = |shares: &[usize; 3]| shares.iter().sum::<usize>();
    let (kept, broken) = (sum(&shares.kept), sum(&shares.broken));
    println!("{name}: {count} histories, {shares:?}: {kept} kept, {broken} broken");
    if count >= 500 {
        assert!(
            kept.min(broken) * 4 >= kept + broken,
            "both verdicts are frequent"
        );
    }
}

macro_rules! agreements {
    ($($test:ident: $name:literal,)*) => {
        $(
            #[test]
            fn $test() {
                agree($name);
            }
        )*

        #[test]
        fn every_specification_is_held_to_the_oracle() {
            let catalog = testimony::specs::all();
            let held = [$($name),*];
            assert!(catalog.specs.iter().all(|entry| held.contains(&entry.name)));
        }
    };
}

agreements! {
    register: "register",
    cas_register: "cas-register",
    strict_cas_register: "strict-cas-register",
    counter: "counter",
    set: "set",
    queue: "queue",
    stack: "stack",
    priority_queue: "priority-queue",
    mutex: "mutex",
    owned_mutex: "owned-mutex",
    fenced_lock: "fenced-lock",
    semaphore: "semaphore",
    kv: "kv",
    log: "log",
    multi_register: "multi-register",
}

/// Where objects are hard they are searched in two orders at once. No byte may show on how many threads, or who was first.
#[test]
fn threads_change_no_byte() {
    let pools = [1, 2, 4].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool of few threads")
    });
    let count = cases(60);
    // How many were searched in both orders and decided, and how many were not.
    let mut shares = [0; 2];
    for name in ["register", "cas-register", "queue", "stack", "kv", "log"] {
        run(name, count, &mut shares, |bytes, shares| {
            same_bytes(&case(name, &mut Script::new(bytes)), &pools, shares)
        });
    }
    println!("both orders, undecided: {shares:?}");
    assert!(
        count < 60 || (shares[0] > count && shares[1] > count / 4),
        "limits of all sizes are reached"
    );
}

fn same_bytes(
    case: &Case,
    pools: &[rayon::ThreadPool; 3],
    shares: &mut [usize; 2],
) -> Result<(), String> {
    let text = with_revisions(&case.story.text());
    let history = History::parse(&text).map_err(|faults| format!("{text}{faults:?}"))?;
    let order = Order::of(&history, testimony::order::Relation::HappenedBefore)
        .map_err(|cycle| format!("{text}{cycle:?}"))?;
    let rules = Rules {
        monitors: false,
        ..[Rules::ALL, Rules::NONE][text.len() % 2]
    };
    let options = SpecOptions {
        rules,
        witness: !text.len().is_multiple_of(3),
        ..SpecOptions::default()
    };
    let check = check(case, options);
    let subject = Subject {
        history: &history,
        order: &order,
    };
    if !check.objections(&history).is_empty() {
        return Ok(());
    }
    let verdict = check.judge(subject, &Budget::default()).verdict;
    for nodes in [8, 16, 48, 160] {
        let judged = || check.judge(subject, &Budget::new(nodes, 1 << 20));
        let alone = check.judge(subject, &Budget::new(nodes / 8, 1 << 20));
        let first = pools[0].install(judged);
        for pool in &pools[1..] {
            let other = pool.install(judged);
            if format!("{first:?}") != format!("{other:?}") {
                return Err(format!("{text}{nodes} nodes: {first:?}\n{other:?}"));
            }
        }
        if first.verdict == Verdict::Undecided {
            shares[1] += 1;
        } else if first.verdict != verdict {
            return Err(format!("{text}{nodes} nodes: {first:?}, not {verdict:?}"));
        } else if alone.verdict == Verdict::Undecided {
            shares[0] += 1;
        }
    }
    Ok(())
}
