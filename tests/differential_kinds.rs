//! Holds each ready-made kind of promise to an enumeration of every world.
//!
//! Random small histories (one or two scopes, one to three participants, messages, causes, failed and
//! unknown operations, both orders of lines) are judged by the library and by this file, which shares no code
//! with it: it computes happened-before itself, chooses each outcome, writes down each order, and asks of
//! the whole sequence what the contract says of the kind. Of incomplete records it also tries what they may
//! hide in each place. Verdict and tallies must be equal.
//!
//! `TESTIMONY_CASES` says how many histories are tried for each promise, `TESTIMONY_SEED` which ones.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot read its own history has failed"
)]
#![expect(
    clippy::print_stdout,
    reason = "`--nocapture` shows how often each verdict was met"
)]
mod kinds;

use std::sync::Arc;

use kinds::{
    Case, Effect, HIDDEN_MAX, Kind, Random, Record, Said, cases, random_case, table, told,
};
use testimony::check::{Budget, Check, session};
use testimony::history::{History, Verdict};

const CASES: u64 = 8_000;

/// What is true in some world.
#[derive(Default)]
struct Found {
    /// Scopes that some world keeps, and that some world breaks.
    kept: u8,
    broken: u8,
    /// Whether some world keeps all scopes.
    all_kept: bool,
}

struct Worlds<'c> {
    kind: &'c Kind,
    record: Record,
    effects: Vec<&'c Effect>,
    before: &'c [u64],
    judged: u8,
    found: Found,
}

impl Worlds<'_> {
    /// Writes down every order of the effects that are not yet in `sequence`.
    fn enumerate(&mut self, sequence: &mut Vec<usize>) {
        if sequence.len() == self.effects.len() {
            self.judge(sequence);
            return;
        }
        for next in 0..self.effects.len() {
            if sequence.contains(&next) {
                continue;
            }
            let before = self.before[self.effects[next].point];
            let is_outstanding = |other: &usize| {
                !sequence.contains(other) && before >> self.effects[*other].point & 1 == 1
            };
            if (0..self.effects.len()).any(|other| is_outstanding(&other)) {
                continue;
            }
            sequence.push(next);
            self.enumerate(sequence);
            sequence.pop();
        }
    }

    fn judge(&mut self, sequence: &[usize]) {
        let mut kept = 0;
        for scope in (0..2).filter(|scope| self.judged >> scope & 1 == 1) {
            let said = sequence.iter().map(|at| &self.effects[*at].said);
            let own: Vec<Said> = said
                .filter(|said| said.scope.is_none_or(|of| of == scope))
                .map(|said| told(said, scope))
                .collect();
            let (is_kept, is_broken) = match self.record {
                Record::Whole => one_way(self.kind, &own),
                Record::InPart => with_hidden(self.kind, own),
            };
            kept |= u8::from(is_kept) << scope;
            self.found.broken |= u8::from(is_broken) << scope;
        }
        self.found.kept |= kept;
        self.found.all_kept |= kept == self.judged;
    }
}

/// Whether a sequence is kept, and whether it is broken.
fn one_way(kind: &Kind, own: &[Said]) -> (bool, bool) {
    let is_kept = (kind.holds)(&own.iter().collect::<Vec<&Said>>());
    (is_kept, !is_kept)
}

/// Whether a sequence can be kept and can be broken by hidden effects in any of its places.
fn with_hidden(kind: &Kind, own: Vec<Said>) -> (bool, bool) {
    let mut found = (false, false);
    let mut layer = vec![own];
    for left in (0..=HIDDEN_MAX).rev() {
        let mut next = Vec::new();
        for said in layer {
            let (is_kept, is_broken) = one_way(kind, &said);
            found = (found.0 || is_kept, found.1 || is_broken);
            if found == (true, true) {
                return found;
            }
            if left == 0 {
                continue;
            }
            for place in 0..=said.len() {
                for (name, number) in kind.hidden {
                    let mut more = said.clone();
                    let hidden = Said {
                        name,
                        scope: None,
                        number: *number,
                        list: Vec::new(),
                    };
                    more.insert(place, hidden);
                    next.push(more);
                }
            }
        }
        layer = next;
    }
    found
}

/// Kept, broken and undecided scopes, and the verdict; `None`: nothing is judged.
type Expected = ([usize; 3], Option<Verdict>);

fn expected(kind: &Kind, record: Record, case: &Case) -> Expected {
    let mut judged = 0;
    for effect in case
        .effects
        .iter()
        .filter(|effect| (kind.judges)(&effect.said))
    {
        judged |= effect.said.scope.map_or(0, |scope| 1 << scope);
    }
    let optional: Vec<usize> = (0..case.effects.len())
        .filter(|at| !case.effects[*at].is_certain)
        .collect();
    let mut worlds = Worlds {
        kind,
        record,
        effects: Vec::new(),
        before: &case.before,
        judged,
        found: Found::default(),
    };
    for chosen in 0..1_u32 << optional.len() {
        let took_effect = |at: &usize| match optional.iter().position(|other| other == at) {
            None => true,
            Some(bit) => chosen >> bit & 1 == 1,
        };
        let effects = (0..case.effects.len()).filter(took_effect);
        worlds.effects = effects.map(|at| &case.effects[at]).collect();
        worlds.enumerate(&mut Vec::new());
    }
    let Found {
        kept,
        broken,
        all_kept,
    } = worlds.found;
    let count = |scopes: u8| scopes.count_ones() as usize;
    let tally = [
        count(judged & !broken),
        count(judged & !kept),
        count(kept & broken),
    ];
    let verdict = match tally {
        _ if judged == 0 => None,
        _ if tally[1] > 0 || !all_kept => Some(Verdict::Broken),
        _ if tally[2] > 0 => Some(Verdict::Undecided),
        _ => Some(Verdict::Kept),
    };
    (tally, verdict)
}

fn found(check: &Arc<dyn Check>, text: &str) -> Expected {
    let history = History::parse(text).unwrap();
    let judged = session::judge(history, std::slice::from_ref(check), &Budget::default())
        .unwrap_or_else(|unjudged| panic!("{unjudged}\n{text}"));
    let judgement = &judged.findings[0].judgement;
    let tally = judgement.scopes;
    (
        [tally.kept, tally.broken, tally.undecided],
        (judgement.judged() > 0).then_some(judgement.verdict),
    )
}

fn compare(kind: &Kind) {
    let check = kinds::check(kind);
    // One thread of the pool: small cases cost more to hand over than to judge.
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let whole = pool.install(|| tried(kind, Record::Whole, &check));
    let in_part = pool.install(|| tried(kind, Record::InPart, &check));
    println!("kept, broken, undecided: {whole:?}; of incomplete records: {in_part:?}");
    println!("{}", kind.fields);
    assert!(
        whole.iter().all(|count| count * 100 > cases(CASES)),
        "each verdict is met often enough to mean something: {whole:?}"
    );
}

/// How often each verdict was met.
fn tried(kind: &Kind, record: Record, check: &Arc<dyn Check>) -> [u64; 3] {
    let mut random = Random::of_this_run(0x7E57);
    let mut seen = [0_u64; 3];
    for case in 0..cases(CASES) / record.share() {
        let history = random_case(kind, record, &mut random);
        let expected = expected(kind, record, &history);
        let found = found(check, &history.text);
        assert_eq!(
            found, expected,
            "case {case} (found, expected)\n{}\n{}",
            kind.fields, history.text
        );
        if let Some(verdict) = expected.1 {
            seen[verdict as usize] += 1;
        }
    }
    seen
}

#[test]
fn one_outcome() {
    compare(&table::one_outcome());
}

#[test]
fn leads_to() {
    compare(&table::leads_to());
}

#[test]
fn never_after() {
    compare(&table::never_after());
}

#[test]
fn limit_from_below() {
    compare(&table::limit_from_below());
}

#[test]
fn limit_from_both_sides() {
    compare(&table::limit_from_both_sides());
}

#[test]
fn limit_of_a_count() {
    compare(&table::limit_of_a_count());
}

#[test]
fn lifecycle() {
    compare(&table::lifecycle());
}

#[test]
fn lifecycle_with_a_choice() {
    compare(&table::lifecycle_with_a_choice());
}

#[test]
fn not_lost() {
    compare(&table::not_lost());
}

#[test]
fn unknown_resolved_by_a_retry() {
    compare(&table::unknown_resolved_by_a_retry());
}

#[test]
fn unknown_resolved_by_others() {
    compare(&table::unknown_resolved_by_others());
}

#[test]
fn compensated() {
    compare(&table::compensated());
}

#[test]
fn fresh() {
    compare(&table::fresh());
}

#[test]
fn fresh_within_a_version() {
    compare(&table::fresh_within_a_version());
}
