//! Holds the decision over all worlds to the oracle, which tries every one of them.

#![expect(clippy::print_stdout, reason = "a long run has figures to tell")]

mod oracle;

use oracle::script::{Script, cases, run};
use oracle::vows::check;
use oracle::worlds::{Case, EffectSet, Finding, Worlds, case};
use testimony::check::{Budget, Check, Subject};
use testimony::history::{EventId, History};
use testimony::order::Order;
use testimony::verdict::{Because, Judgement, Missing, Verdict, Violation};

/// How often each verdict was reached.
#[derive(Debug, Default)]
struct Shares {
    kept: usize,
    broken: usize,
    undecided: usize,
    nothing: usize,
    /// Broken where no scope is broken alone.
    joint: usize,
}

fn verdict(finding: Finding) -> Verdict {
    match finding {
        Finding::Kept => Verdict::Kept,
        Finding::Broken => Verdict::Broken,
        Finding::Undecided => Verdict::Undecided,
    }
}

/// The effects that these events show.
fn shown(case: &Case, events: &[EventId]) -> EffectSet {
    let effects = events
        .iter()
        .filter_map(|event| case.effect_at(event.index()));
    effects.fold(0, |set, effect| set | 1 << effect)
}

fn is_sensible(case: &Case, worlds: &Worlds<'_>, missing: &Missing) -> Result<(), String> {
    let says = |what: &str| Err(format!("{what}: {missing:?}"));
    let effects: Option<Vec<usize>> = missing
        .events
        .iter()
        .map(|event| case.effect_at(event.index()))
        .collect();
    let Some(mut effects) = effects else {
        return says("it names a line without an effect");
    };
    effects.sort_unstable();
    effects.dedup();
    match missing.because {
        Because::Outcome => {
            let is_unknown = |effect: &usize| case.effects[*effect].end.is_none();
            if effects.is_empty() || !effects.iter().all(is_unknown) {
                return says("the outcome is known");
            }
        }
        Because::Order => {
            let [a, b] = effects[..] else {
                return says("not two effects");
            };
            if a == b || worlds.is_before(a, b) || worlds.is_before(b, a) {
                return says("the two are ordered");
            }
        }
        Because::Record => {
            let scope = missing.scope.as_ref().and_then(|name| case.scope_of(name));
            if scope.is_none_or(|scope| case.unseen(scope).is_empty()) {
                return says("the record is whole");
            }
        }
        Because::NotYetDue | Because::Budget => return says("it is none of that"),
    }
    Ok(())
}

fn is_self_standing(
    case: &Case,
    worlds: &Worlds<'_>,
    violation: &Violation,
) -> Result<bool, String> {
    let lines = case.story.lines.len();
    if violation.events.is_empty() || violation.events.iter().any(|event| event.index() >= lines) {
        return Err(format!("no such events: {violation:?}"));
    }
    let named = worlds.judge(worlds.certain() & shown(case, &violation.events));
    // Where no scope is broken alone, the violation names all of them.
    let scope = violation
        .scope
        .as_ref()
        .and_then(|name| case.scope_of(name));
    let found = named.scopes.iter().find(|(at, _)| Some(*at) == scope);
    let finding = found.map_or(named.overall, |(_, finding)| *finding);
    Ok(finding == Finding::Broken)
}

fn compare(case: &Case, judgement: &Judgement, shares: &mut Shares) -> Result<(), String> {
    let worlds = Worlds::new(case);
    let truth = worlds.judge(worlds.certain());
    if truth.scopes.is_empty() {
        shares.nothing += 1;
        return match judgement.judged() {
            0 => Ok(()),
            _ => Err("judged where nothing is to be judged".to_owned()),
        };
    }
    let count = |wanted: Finding| {
        truth
            .scopes
            .iter()
            .filter(|(_, found)| *found == wanted)
            .count()
    };
    let expected = (
        count(Finding::Kept),
        count(Finding::Broken),
        count(Finding::Undecided),
    );
    let scopes = judgement.scopes;
    if judgement.verdict != verdict(truth.overall)
        || (scopes.kept, scopes.broken, scopes.undecided) != expected
    {
        return Err(format!("the oracle says {truth:?}"));
    }
    match truth.overall {
        Finding::Kept => shares.kept += 1,
        Finding::Broken => shares.broken += 1,
        Finding::Undecided => shares.undecided += 1,
    }
    for (scope, finding) in &truth.scopes {
        let name = case.scope_name(*scope);
        let is_of = |other: &Option<String>| other.as_ref() == Some(&name);
        let is_missing = judgement
            .missing
            .iter()
            .any(|missing| is_of(&missing.scope));
        let is_violated = judgement
            .violations
            .iter()
            .any(|violation| is_of(&violation.scope));
        match finding {
            Finding::Kept if is_missing || is_violated => {
                return Err(format!("{name} is kept and misses something"));
            }
            Finding::Broken if !is_violated => return Err(format!("{name} shows no violation")),
            Finding::Undecided if !is_missing => return Err(format!("{name} misses nothing")),
            _ => {}
        }
    }
    if truth.overall == Finding::Broken {
        shares.joint += usize::from(expected.1 == 0);
        if judgement.violations.is_empty() {
            return Err("broken without a violation".to_owned());
        }
    } else if !judgement.violations.is_empty() {
        return Err("a violation without a broken verdict".to_owned());
    }
    for violation in &judgement.violations {
        if !is_self_standing(case, &worlds, violation)? {
            return Err(format!("it leans on what it does not name: {violation:?}"));
        }
    }
    for missing in &judgement.missing {
        is_sensible(case, &worlds, missing)?;
    }
    Ok(())
}

fn judge(kind: &str, case: &Case, shares: &mut Shares) -> Result<(), String> {
    let text = case.story.text();
    let history = History::parse(&text).map_err(|faults| format!("{text}{faults:?}"))?;
    let order = Order::of(&history, testimony::order::Relation::HappenedBefore)
        .map_err(|cycle| format!("{text}{cycle:?}"))?;
    let check = check(kind, case);
    let objections = check.objections(&history);
    let subject = Subject {
        history: &history,
        order: &order,
    };
    let judgement = check.judge(subject, &Budget::default());
    let compared = match objections.is_empty() {
        true => compare(case, &judgement, shares),
        false => Err(format!("{objections:?}")),
    };
    let vow = &case.vow;
    let names = case.names;
    let per = case.per;
    compared.map_err(|says| {
        format!("{text}{vow:?} by {names} names per {per:?}: {says}\n{judgement:?}")
    })
}

fn agree(kind: &'static str) {
    let mut shares = Shares::default();
    let count = cases(6_000);
    run(kind, count, &mut shares, |bytes, shares| {
        judge(kind, &case(kind, &mut Script::new(bytes)), shares)
    });
    println!("{kind}: {count} histories, {shares:?}");
    if count >= 500 {
        let least = shares.kept.min(shares.broken).min(shares.undecided);
        assert!(least * 8 >= count, "each verdict is frequent");
    }
}

#[test]
fn at_most_once() {
    agree("at-most-once");
}

#[test]
fn exclusive() {
    agree("exclusive");
}

#[test]
fn only_after() {
    agree("only-after");
}
