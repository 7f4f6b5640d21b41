//! Holds each piece of missing evidence to its word: every answer is given, and the verdict must become what was announced.
//!
//! Histories are those of the differential tests. For each undecided scope the worlds are tried that agree with an answer, by
//! code that shares nothing with the library; with every question answered as in the keeping world the scope must be kept, with
//! any one of them left open undecided. Twin worlds are claimed step by step: one must keep the promise and one break it.
//!
//! `TESTIMONY_CASES` says how many histories are tried of each kind, `TESTIMONY_SEED` which ones.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that makes nonsense has failed, and a long run has figures to tell"
)]

mod kinds;
mod oracle;

#[path = "evidence/sequences.rs"]
mod sequences;

use std::sync::Arc;

use kinds::{Random, Record, random_case, table};
use oracle::script::{Script, run};
use oracle::worlds::{Worlds, case};
use oracle::{answers, vows};
use sequences::Sequences;
use testimony::check::{Budget, Check, session};
use testimony::history::{History, Verdict};
use testimony::verdict::{Because, Claim, Judgement, Missing, Step, Twins, Unseen};

const CASES: u64 = 2_000;

/// What was held to its word.
#[derive(Debug, Default)]
struct Figures {
    scopes: usize,
    /// Questions without answers: their answer is a value.
    open: usize,
    outcomes: usize,
    orders: usize,
    records: usize,
    /// Answers after which the scope is kept, broken, undecided.
    answers: [usize; 3],
    /// Scopes that need several answers together.
    several: usize,
    twins: usize,
}

/// Whether the verdict is this one among the worlds that agree with the claims.
type Is<'i> = &'i dyn Fn(Verdict, &[Claim]) -> bool;

fn as_kept(missing: &Missing) -> Result<Claim, String> {
    let mut kept = missing.answers.iter().filter(|answer| answer.is_as_kept);
    match (
        kept.next().and_then(|answer| answer.claim.clone()),
        kept.next(),
    ) {
        (Some(claim), None) => Ok(claim),
        _ => Err(format!(
            "one answer is as in the keeping world: {missing:?}"
        )),
    }
}

fn hold(
    asked: &[&Missing],
    twins: Option<&Twins>,
    is: Is<'_>,
    figures: &mut Figures,
) -> Result<(), String> {
    figures.scopes += 1;
    if asked.iter().any(|missing| missing.answers.is_empty()) {
        figures.open += 1;
        return match asked
            .iter()
            .all(|missing| missing.because == Because::Record)
        {
            true => Ok(()),
            false => Err("a question without answers".to_owned()),
        };
    }
    for missing in asked {
        match missing.because {
            Because::Outcome => figures.outcomes += 1,
            Because::Order => figures.orders += 1,
            Because::Record => figures.records += 1,
            Because::NotYetDue | Because::Budget => return Err(format!("{missing:?}")),
        }
        if missing.ask.is_none() && missing.because != Because::Record {
            return Err(format!("nobody is asked: {missing:?}"));
        }
        for answer in &missing.answers {
            let claim = answer.claim.clone().expect("an answer about worlds");
            figures.answers[answer.then as usize] += 1;
            if !is(answer.then, &[claim]) {
                return Err(format!("not so: {answer:?} to {missing:?}"));
            }
        }
    }
    figures.several += usize::from(asked.len() > 1);
    let all: Vec<Claim> = asked
        .iter()
        .map(|missing| as_kept(missing))
        .collect::<Result<_, _>>()?;
    if !is(Verdict::Kept, &all) {
        return Err(format!("all together do not decide: {all:?}"));
    }
    for left_out in 0..all.len() {
        let mut rest = all.clone();
        let spared = rest.remove(left_out);
        if !is(Verdict::Undecided, &rest) {
            return Err(format!("{spared:?} can be spared of {all:?}"));
        }
    }
    let twins = twins.ok_or("no twin worlds")?;
    figures.twins += 1;
    if !is(Verdict::Kept, &world(&twins.keeps)) || !is(Verdict::Broken, &world(&twins.breaks)) {
        return Err(format!("no such worlds: {twins:?}"));
    }
    let (keeps, breaks) = (&twins.keeps, &twins.breaks);
    let same = twins.first_difference;
    if keeps[..same] != breaks[..same] || keeps.get(same) == breaks.get(same) {
        return Err(format!("not where they part: {twins:?}"));
    }
    Ok(())
}

/// All that a world says, as claims.
fn world(steps: &[Step]) -> Vec<Claim> {
    let is_never = |step: &&Step| step.says.ends_with("never takes effect");
    let mut claims: Vec<Claim> = steps
        .iter()
        .filter(is_never)
        .filter_map(|step| step.event)
        .map(Claim::HadNoEffect)
        .collect();
    let steps: Vec<&Step> = steps.iter().filter(|step| !is_never(step)).collect();
    let placed: Vec<_> = steps.iter().filter_map(|step| step.event).collect();
    claims.extend(placed.iter().copied().map(Claim::TookEffect));
    claims.extend(placed.windows(2).map(|pair| Claim::InOrder {
        earlier: pair[0],
        later: pair[1],
    }));
    let unseen = steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.event.is_none());
    let unseen: Vec<Unseen> = unseen
        .map(|(at, step)| Unseen {
            name: step
                .says
                .split('`')
                .nth(1)
                .expect("a name between backticks")
                .to_owned(),
            after: steps[..at].iter().filter_map(|step| step.event).collect(),
            before: steps[at..].iter().filter_map(|step| step.event).collect(),
        })
        .collect();
    claims.push(match unseen.is_empty() {
        true => Claim::NothingUnseen,
        false => Claim::Unseen(unseen),
    });
    claims
}

/// The scopes that are undecided, each with what is asked of it.
fn undecided(judgement: &Judgement) -> Vec<(String, Vec<&Missing>, Option<&Twins>)> {
    let mut scopes: Vec<(String, Vec<&Missing>, Option<&Twins>)> = Vec::new();
    for missing in &judgement.missing {
        // What does not say its scope is asked apart, and so is what was not found within a limit.
        let Some(scope) = &missing.scope else {
            continue;
        };
        match scopes.iter_mut().find(|(known, ..)| known == scope) {
            Some((_, asked, _)) => asked.push(missing),
            None => {
                let twins = judgement
                    .twins
                    .iter()
                    .find(|twins| twins.scope.as_ref() == Some(scope));
                scopes.push((scope.clone(), vec![missing], twins));
            }
        }
    }
    scopes
}

fn judgement(check: Arc<dyn Check>, text: &str) -> Judgement {
    let history = History::parse(text).unwrap_or_else(|faults| panic!("{text}{faults:?}"));
    let mut judged = session::judge(history, &[check], &Budget::default())
        .unwrap_or_else(|unjudged| panic!("{unjudged}\n{text}"));
    judged.findings.remove(0).judgement
}

/// Kinds whose acts the oracle follows one by one.
fn followed(kind: &'static str) {
    let mut figures = Figures::default();
    let count = kinds::cases(CASES * 2) as usize;
    run(kind, count, &mut figures, |bytes, figures| {
        let case = case(kind, &mut Script::new(bytes));
        let text = case.story.text();
        let judgement = judgement(Arc::new(vows::check(kind, &case)), &text);
        let worlds = Worlds::new(&case);
        for (name, asked, twins) in undecided(&judgement) {
            let scope = case.scope_of(&name).expect("a scope of the case");
            let is = |wanted, claims: &[Claim]| answers::is(wanted, &worlds, scope, claims);
            hold(&asked, twins, &is, figures)
                .map_err(|says| format!("{text}{:?}, {name}: {says}\n{judgement:#?}", case.vow))?;
        }
        Ok(())
    });
    println!("{kind}: {count} histories, {figures:?}");
    assert!(figures.twins * 20 > count, "{figures:?}");
}

/// Kinds of which the oracle knows what holds of a whole sequence.
fn enumerated(kind: &kinds::Kind) {
    let check = kinds::check(kind);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.expect("a pool of one thread");
    for record in [Record::Whole, Record::InPart] {
        let mut random = Random::of_this_run(0xE71D);
        let mut figures = Figures::default();
        let count = kinds::cases(CASES) / record.share();
        for number in 0..count {
            let case = random_case(kind, record, &mut random);
            let judgement = pool.install(|| judgement(Arc::clone(&check), &case.text));
            for (name, asked, twins) in undecided(&judgement) {
                let scope = name.parse().expect("a number");
                let sequences = Sequences::of(kind, record, &case, scope);
                let is = |wanted, claims: &[Claim]| sequences.is(wanted, claims);
                hold(&asked, twins, &is, &mut figures).unwrap_or_else(|says| {
                    panic!(
                        "case {number}\n{}\n{}{name}: {says}\n{judgement:#?}",
                        kind.fields, case.text
                    )
                });
            }
        }
        println!("{}: {count} histories, {figures:?}", kind.fields);
        assert!(figures.scopes * 100 > count as usize, "{figures:?}");
    }
}

#[test]
fn at_most_once() {
    followed("at-most-once");
}

#[test]
fn exclusive() {
    followed("exclusive");
}

#[test]
fn only_after() {
    followed("only-after");
}

#[test]
fn one_outcome() {
    enumerated(&table::one_outcome());
}

#[test]
fn leads_to() {
    enumerated(&table::leads_to());
}

#[test]
fn never_after() {
    enumerated(&table::never_after());
}

#[test]
fn limit_from_below() {
    enumerated(&table::limit_from_below());
}

#[test]
fn limit_from_both_sides() {
    enumerated(&table::limit_from_both_sides());
}

#[test]
fn limit_of_a_count() {
    enumerated(&table::limit_of_a_count());
}

#[test]
fn lifecycle() {
    enumerated(&table::lifecycle());
}

#[test]
fn lifecycle_with_a_choice() {
    enumerated(&table::lifecycle_with_a_choice());
}

#[test]
fn not_lost() {
    enumerated(&table::not_lost());
}

#[test]
fn unknown_resolved_by_a_retry() {
    enumerated(&table::unknown_resolved_by_a_retry());
}

#[test]
fn unknown_resolved_by_others() {
    enumerated(&table::unknown_resolved_by_others());
}

#[test]
fn compensated() {
    enumerated(&table::compensated());
}

#[test]
fn fresh() {
    enumerated(&table::fresh());
}

#[test]
fn fresh_within_a_version() {
    enumerated(&table::fresh_within_a_version());
}

#[test]
fn clocks_that_would_settle_an_order_are_named() {
    let text = r#"
        {"history": 1, "order": "happened-before"}
        {"process": "payment", "type": "fact", "f": "sell",   "value": {"k": 1}, "time": 1000000000}
        {"process": "payment", "type": "fact", "f": "sell",   "value": {"k": 1}, "time": 2000000000}
        {"process": "counter", "type": "fact", "f": "return", "value": {"k": 1}, "time": 1350000000}
    "#;
    let judgement = judgement(kinds::check(&table::limit_of_a_count()), text);
    let [missing] = &judgement.missing[..] else {
        panic!("one question: {judgement:#?}");
    };
    assert_eq!(missing.because, Because::Order);
    let clocks = missing.clocks.as_ref().expect("both lines have a time");
    assert_eq!(clocks.error_below_ns, 650_000_000);
    assert_eq!(
        clocks.says,
        "`return` of counter (line 5) came 0.65 s before `sell` of payment (line 4) by the two clocks, \
         which settles it where these differ by less."
    );
}
