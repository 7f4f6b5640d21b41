//! What each knowledge promise says of a made-up record, by trying everything that it leaves open.

use std::collections::BTreeSet;

use testimony::history::Verdict;
use testimony::verdict::Tally;

use super::record::{Kind, NAMES, Record, close};

/// From when on something supports a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Once it is certain.
    Certain,
    /// Once it was asked for.
    Asked,
}

/// Which of a claim's possible fates occur.
#[derive(Clone, Copy, Debug, Default)]
struct Fates {
    stands: bool,
    falls: bool,
}

impl Fates {
    fn add(&mut self, stands: bool) {
        self.stands |= stands;
        self.falls |= !stands;
    }

    fn verdict(self) -> Verdict {
        match (self.stands, self.falls) {
            (_, false) => Verdict::Kept,
            (false, true) => Verdict::Broken,
            (true, true) => Verdict::Undecided,
        }
    }
}

fn worst(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let rank = |verdict: &Verdict| match verdict {
        Verdict::Kept => 0,
        Verdict::Undecided => 1,
        Verdict::Broken => 2,
    };
    verdicts.max_by_key(rank).unwrap_or(Verdict::Kept)
}

/// Adds up the scopes of these claims, and the one of those that lack their key.
fn tally(record: &Record, claims: &[usize], judge: impl Fn(u8) -> Verdict) -> Tally {
    let keys: BTreeSet<u8> = claims
        .iter()
        .filter_map(|at| record.lines[*at].key)
        .collect();
    let mut tally = Tally::default();
    for key in keys {
        tally.add(judge(key));
    }
    if claims.iter().any(|at| record.lines[*at].key.is_none()) {
        tally.add(Verdict::Undecided);
    }
    tally
}

/// What became of an operation: its end and the kind of it.
fn end(record: &Record, invoke: usize) -> Option<(usize, Kind)> {
    let end = record.end(invoke)?;
    Some((end, record.lines[end].kind))
}

fn is_named(record: &Record, at: usize, names: &[&str]) -> bool {
    let line = &record.lines[at];
    matches!(line.kind, Kind::Fact | Kind::Invoke) && names.contains(&NAMES[line.name])
}

/// Claims `x` and `y` rest on `u` or `v`.
pub(crate) fn rests(record: &Record, rule: Rule) -> Tally {
    let all = 0..record.lines.len();
    let has_failed = |at: usize| matches!(end(record, at), Some((_, Kind::Fail)));
    let claims = all.filter(|at| is_named(record, *at, &["x", "y"]) && !has_failed(*at));
    let claims: Vec<usize> = claims.collect();
    let supports = supports(record, rule);
    let worlds = worlds(record);
    tally(record, &claims, |key| {
        let of_key = claims
            .iter()
            .filter(|at| record.lines[**at].key == Some(key));
        worst(of_key.map(|claim| fates(record, *claim, key, (&supports, &worlds)).verdict()))
    })
}

/// A support: from which line on, and its key.
type Support = (usize, Option<u8>);

fn supports(record: &Record, rule: Rule) -> Vec<Support> {
    let from = |at: usize| match (rule, record.lines[at].kind) {
        (Rule::Asked, _) | (_, Kind::Fact) => Some(at),
        _ => match end(record, at) {
            Some((end, Kind::Ok)) => Some(end),
            _ => None,
        },
    };
    (0..record.lines.len())
        .filter(|at| is_named(record, *at, &["u", "v"]))
        .filter_map(|at| Some((from(at)?, record.lines[at].key)))
        .collect()
}

/// What came before what, with at most one hidden line (the last bit), which may itself be a support of the right key.
struct World {
    past: Vec<u32>,
    has_hidden_support: bool,
}

/// The record as it stands, and with one hidden line at every place where there may be one.
fn worlds(record: &Record) -> Vec<World> {
    let count = record.lines.len();
    let is_open = |process: usize| match &record.whole {
        None => record.is_in_part,
        Some(whole) => !whole.contains(&process),
    };
    let mut worlds = vec![World {
        past: record.past().unwrap_or_default(),
        has_hidden_support: false,
    }];
    if record.whole.is_none() && !record.is_in_part {
        return worlds;
    }
    let may_be_hidden = ["u", "v"].iter().any(|name| {
        let shown = (0..count).filter(|at| is_named(record, *at, &[name]));
        let writers: Vec<usize> = shown.map(|at| record.lines[at].process).collect();
        writers.is_empty() || writers.iter().any(|writer| is_open(*writer))
    });
    // Somebody of whom no line is shown is participant 9: only one observer tells when that one acted.
    let open = (0..10).filter(|process| is_open(*process) && (*process < 4 || record.is_observed));
    for process in open {
        for place in 0..=count {
            let mut order: Vec<usize> = (0..count).collect();
            order.insert(place, count);
            let mut processes: Vec<usize> = record.lines.iter().map(|line| line.process).collect();
            processes.push(process);
            for learnt in 0..=count {
                let mut edges = record.edges();
                if learnt < count {
                    edges.push((learnt, count));
                }
                let Some(past) = close(&order, &processes, &edges, record.is_observed) else {
                    continue;
                };
                worlds.push(World {
                    past,
                    has_hidden_support: learnt == count && may_be_hidden,
                });
            }
        }
    }
    worlds
}

fn fates(record: &Record, claim: usize, key: u8, on: (&[Support], &[World])) -> Fates {
    let (supports, worlds) = on;
    let moments = match (record.lines[claim].kind, end(record, claim)) {
        (Kind::Invoke, Some((end, Kind::Ok))) => vec![claim, end],
        _ => vec![claim],
    };
    let unplaced = supports.iter().filter(|(_, key)| key.is_none()).count();
    let mut fates = Fates::default();
    for world in worlds {
        for moment in &moments {
            for of_this_key in 0..1_u32 << unplaced {
                let hidden = 1_u32 << record.lines.len();
                let mut certain = if world.has_hidden_support { hidden } else { 0 };
                let mut number = 0;
                for (from, of) in supports {
                    let is_of_key = match of {
                        Some(of) => *of == key,
                        None => {
                            number += 1;
                            of_this_key & (1 << (number - 1)) != 0
                        }
                    };
                    certain |= u32::from(is_of_key) << from;
                }
                fates.add(world.past[*moment] & certain != 0);
            }
        }
    }
    let is_operation = record.lines[claim].kind == Kind::Invoke;
    let is_answered = matches!(end(record, claim), Some((_, Kind::Ok)));
    if is_operation && !is_answered {
        // It was never made: nothing falls.
        fates.add(true);
    }
    fates
}

/// Attempts `x` and `u` of one key share both parts of their identity.
pub(crate) fn shares(record: &Record) -> Tally {
    let all = 0..record.lines.len();
    let attempts: Vec<usize> = all
        .filter(|at| is_named(record, *at, &["x", "u"]))
        .collect();
    tally(record, &attempts, |key| {
        let of = |key: Option<u8>| {
            attempts
                .iter()
                .filter(move |at| record.lines[**at].key == key)
        };
        let unplaced: Vec<usize> = of(None).copied().collect();
        let mut fates = Fates::default();
        for of_this_key in 0..1_u32 << unplaced.len() {
            let added = (0..)
                .zip(&unplaced)
                .filter(|(bit, _)| of_this_key & (1 << bit) != 0);
            let members = of(Some(key)).chain(added.map(|(_, at)| at));
            let identities: Vec<[Option<u8>; 2]> =
                members.map(|at| record.lines[*at].identity).collect();
            share(&identities, &mut fates);
        }
        fates.verdict()
    })
}

/// Tries every identity for the parts that are not shown: one of three values, or none at all.
fn share(identities: &[[Option<u8>; 2]], fates: &mut Fates) {
    let parts: Vec<Option<u8>> = identities.iter().flatten().copied().collect();
    let open: Vec<usize> = (0..parts.len()).filter(|at| parts[*at].is_none()).collect();
    // Two choices tell all there is to tell: everybody agrees where that is possible, or somebody has none.
    let agreed = |part: usize| parts.iter().skip(part).step_by(2).flatten().next().copied();
    let mut filled = parts.clone();
    for at in &open {
        filled[*at] = Some(agreed(at % 2).unwrap_or(7));
    }
    let is_one = |part: usize| {
        let values: BTreeSet<Option<u8>> = filled.iter().skip(part).step_by(2).copied().collect();
        values.len() == 1
    };
    fates.add(is_one(0) && is_one(1));
    if !open.is_empty() {
        fates.add(false);
    }
}

/// Facts `x` and `u` are written by `a`.
pub(crate) fn owned(record: &Record) -> Tally {
    let mut tally = Tally::default();
    for name in ["x", "u"] {
        let facts = (0..record.lines.len()).filter(|at| is_named(record, *at, &[name]));
        let facts = facts.filter(|at| record.lines[*at].kind == Kind::Fact);
        let writers: Vec<usize> = facts.map(|at| record.lines[at].process).collect();
        if writers.is_empty() {
            continue;
        }
        let mut fates = Fates::default();
        for unknown in 0..3 {
            let mut really = writers
                .iter()
                .map(|writer| if *writer == 3 { unknown } else { *writer });
            fates.add(really.all(|writer| writer == 0));
        }
        tally.add(fates.verdict());
    }
    tally
}
