//! Holds promises with bounds of time to an enumeration of all true times.
//!
//! Random small histories (one to three participants, each with its own clock, causes, operations, lines without a time) are judged by the library and
//! by this file, which shares no code with it. It tries every way in which the clocks may have been set (within the error where one is
//! given, far apart where none is), every time of an operation's effect, every outcome, every order of what happened at one moment, and asks of
//! each of them what the contract says of the promise. A definite verdict of the library must be right; on one clock, it
//! must be found wherever there is one.
//!
//! `TESTIMONY_CASES` says how many histories are tried for each promise, `TESTIMONY_SEED` which ones.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot read its own history has failed"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the environment says how many cases are tried"
)]
#![expect(
    clippy::print_stdout,
    reason = "`--nocapture` shows how often each verdict was met"
)]

use std::fmt::Write;
use std::time::Duration;

use testimony::check::session::Unjudged;
use testimony::check_history;
use testimony::history::{History, Verdict};
use testimony::specs::exclusive::Exclusive;
use testimony::specs::fresh::Fresh;
use testimony::specs::leads_to::LeadsTo;
use testimony::specs::unknown_resolved::UnknownResolved;

const CASES: u64 = 4_000;
/// The greatest time that a line shows, and the greatest bound.
const TIME_MAX: i64 = 6;
const BOUND_MAX: i64 = 4;
/// Clocks that nobody knows to agree are this far apart at most: further apart changes nothing.
const APART_MAX: i64 = TIME_MAX + BOUND_MAX + 1;

fn number_of(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(default, |given| given.parse().unwrap())
}

/// Xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn upto(&mut self, most: i64) -> i64 {
        self.below(most as u64 + 1) as i64
    }

    fn is_one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }
}

/// One line.
struct Event {
    process: usize,
    time: Option<i64>,
    /// Lines right before it.
    after: Vec<usize>,
}

/// What an effect says: its part in the promise, a holder or version, and how long it holds.
#[derive(Clone, Copy)]
struct Said {
    name: &'static str,
    number: i64,
    lasts: Option<i64>,
}

struct Effect {
    said: Said,
    lo: usize,
    hi: Option<usize>,
    is_certain: bool,
}

struct Case {
    events: Vec<Event>,
    effects: Vec<Effect>,
    processes: usize,
    error: Option<i64>,
    bound: i64,
    text: String,
}

/// A promise, as this file understands it.
struct Kind {
    /// The names of effects, and whether operations may have that name.
    names: &'static [(&'static str, bool)],
    /// What an order with its true times does: kept, broken, or still open at the end of the record.
    judge: fn(&[(i64, Said)], end: i64, bound: i64) -> Found,
    found: fn(&Case) -> Result<Option<Verdict>, Unjudged>,
}

/// Whether some world keeps it, and whether some world breaks it.
#[derive(Clone, Copy, Default)]
struct Found {
    kept: bool,
    broken: bool,
}

impl Found {
    const fn of(is_kept: bool) -> Self {
        Self {
            kept: is_kept,
            broken: !is_kept,
        }
    }
}

/// A case as it is drawn, line by line.
struct Drawing<'k> {
    kind: &'k Kind,
    case: Case,
    /// Of each participant: its clock, and its last line.
    clocks: Vec<i64>,
    last: Vec<Option<usize>>,
    /// Operations that will be answered: effects.
    open: Vec<usize>,
    may_be_untimed: bool,
}

fn random_case(kind: &Kind, random: &mut Random) -> Case {
    let processes = 1 + random.below(3) as usize;
    let effects = 2 + random.below(3) as usize;
    let mut drawing = Drawing {
        kind,
        case: Case {
            events: Vec::new(),
            effects: Vec::new(),
            processes,
            error: (!random.is_one_in(3)).then(|| random.upto(3)),
            bound: random.upto(BOUND_MAX),
            text: String::from("{\"history\": 1, \"order\": \"happened-before\"}\n"),
        },
        clocks: vec![0; processes],
        last: vec![None; processes],
        open: Vec::new(),
        may_be_untimed: random.is_one_in(4),
    };
    while drawing.case.effects.len() < effects || !drawing.open.is_empty() {
        let is_over = drawing.case.effects.len() == effects;
        let mut open = drawing.open.iter();
        match open.position(|_| is_over || random.is_one_in(2)) {
            Some(at) => drawing.answer(at, random),
            None => drawing.begin(random),
        }
    }
    drawing.case
}

impl Drawing<'_> {
    fn answer(&mut self, at: usize, random: &mut Random) {
        let answered = self.open.remove(at);
        let id = self.case.events.len();
        let effect = &mut self.case.effects[answered];
        effect.hi = Some(id);
        effect.is_certain = true;
        let (name, invoke) = (effect.said.name, effect.lo);
        let process = self.case.events[invoke].process;
        let line = format!("\"type\": \"ok\", \"f\": \"{name}\", \"id\": \"o{invoke}\"");
        self.write(process, &line, None, random);
    }

    fn begin(&mut self, random: &mut Random) {
        let names = self.kind.names;
        let (name, may_be_operation) = names[random.below(names.len() as u64) as usize];
        let said = Said {
            name,
            number: random.upto(2),
            lasts: (!random.is_one_in(4)).then(|| random.upto(BOUND_MAX)),
        };
        let lasts = said.lasts.map(|lasts| format!(", \"lasts\": {lasts}"));
        let lasts = lasts.unwrap_or_default();
        let value = format!("\"value\": {{\"number\": {}{lasts}}}", said.number);
        let id = self.case.events.len();
        let process = random.below(self.case.processes as u64) as usize;
        let facts: Vec<usize> = self.facts().collect();
        let is_operation = may_be_operation && random.is_one_in(4);
        self.case.effects.push(Effect {
            said,
            lo: id,
            hi: (!is_operation).then_some(id),
            is_certain: !is_operation,
        });
        if is_operation {
            // One in four is never answered.
            if !random.is_one_in(4) {
                self.open.push(self.case.effects.len() - 1);
            }
            let line =
                format!("\"type\": \"invoke\", \"f\": \"{name}\", \"id\": \"o{id}\", {value}");
            self.write(process, &line, None, random);
            return;
        }
        let has_cause = random.is_one_in(3) && !facts.is_empty();
        let cause = has_cause.then(|| facts[random.below(facts.len() as u64) as usize]);
        let after = cause.map(|cause| format!(", \"after\": [\"o{cause}\"]"));
        let after = after.unwrap_or_default();
        let line =
            format!("\"type\": \"fact\", \"f\": \"{name}\", \"id\": \"o{id}\", {value}{after}");
        self.write(process, &line, cause, random);
    }

    fn facts(&self) -> impl Iterator<Item = usize> {
        let facts = self.case.effects.iter();
        let facts = facts.filter(|effect| effect.hi == Some(effect.lo));
        facts.map(|effect| effect.lo)
    }

    fn write(&mut self, process: usize, line: &str, cause: Option<usize>, random: &mut Random) {
        let clock = &mut self.clocks[process];
        *clock = (*clock + random.upto(2)).min(TIME_MAX);
        let is_untimed = self.may_be_untimed && random.is_one_in(4);
        self.may_be_untimed &= !is_untimed;
        let time = (!is_untimed).then_some(*clock);
        let shown = time.map(|time| format!(", \"time\": {time}"));
        let shown = shown.unwrap_or_default();
        writeln!(self.case.text, "{{\"process\": {process}, {line}{shown}}}").unwrap();
        let id = self.case.events.len();
        let last = self.last[process].replace(id);
        self.case.events.push(Event {
            process,
            time,
            after: last.into_iter().chain(cause).collect(),
        });
    }
}

/// Tries all true times of a case.
struct Oracle<'c> {
    case: &'c Case,
    kind: &'c Kind,
    /// Of each event: those before it, as bits.
    before: Vec<u64>,
    offsets: Vec<i64>,
    times: Vec<i64>,
    end: i64,
    sequence: Vec<(i64, Said)>,
    /// Whether the clocks can have been set in any way at all.
    is_possible: bool,
    found: Found,
}

impl<'c> Oracle<'c> {
    fn new(kind: &'c Kind, case: &'c Case) -> Self {
        let mut before: Vec<u64> = Vec::new();
        for event in &case.events {
            let all = event.after.iter().map(|other| before[*other] | 1 << other);
            before.push(all.fold(0, |all, one| all | one));
        }
        Self {
            case,
            kind,
            before,
            offsets: Vec::new(),
            times: Vec::new(),
            end: 0,
            sequence: Vec::new(),
            is_possible: false,
            found: Found::default(),
        }
    }

    fn is_over(&self) -> bool {
        self.found.kept && self.found.broken
    }

    fn set_clocks(&mut self) {
        if self.offsets.len() == self.case.processes {
            self.set_times();
            return;
        }
        let most = match (self.offsets.is_empty(), self.case.error) {
            (true, _) => 0,
            (false, Some(error)) => error,
            (false, None) => APART_MAX,
        };
        for offset in -most..=most {
            let error = self.case.error.unwrap_or(2 * APART_MAX);
            if self
                .offsets
                .iter()
                .all(|other| (offset - other).abs() <= error)
                && !self.is_over()
            {
                self.offsets.push(offset);
                self.set_clocks();
                self.offsets.pop();
            }
        }
    }

    fn set_times(&mut self) {
        let at = self.times.len();
        if at == self.case.events.len() {
            self.is_possible = true;
            self.end = self.times.iter().copied().max().unwrap();
            self.place(&mut vec![None; self.case.effects.len()], 0);
            return;
        }
        let event = &self.case.events[at];
        let offset = self.offsets[event.process];
        let least = event.after.iter().map(|other| self.times[*other]).max();
        let range = match event.time {
            Some(time) => time + offset..=time + offset,
            None => least.unwrap_or(-APART_MAX)..=TIME_MAX + APART_MAX,
        };
        for time in range {
            if least.is_none_or(|least| least <= time) && !self.is_over() {
                self.times.push(time);
                self.set_times();
                self.times.pop();
            }
        }
    }

    /// Chooses when each effect takes place.
    fn place(&mut self, placed: &mut Vec<Option<i64>>, at: usize) {
        let Some(effect) = self.case.effects.get(at) else {
            self.order(placed);
            return;
        };
        let from = self.times[effect.lo];
        let to = effect
            .hi
            .map_or(self.end + BOUND_MAX + 1, |hi| self.times[hi]);
        for time in from..=to {
            placed[at] = Some(time);
            self.place(placed, at + 1);
            if self.is_over() {
                return;
            }
        }
        placed[at] = None;
        if !effect.is_certain {
            self.place(placed, at + 1);
        }
    }

    /// Writes down every order that agrees with the times.
    fn order(&mut self, left: &mut Vec<Option<i64>>) {
        let Some(next) = left.iter().flatten().min().copied() else {
            let end = self.end;
            let found = (self.kind.judge)(&self.sequence, end, self.case.bound);
            self.found.kept |= found.kept;
            self.found.broken |= found.broken;
            return;
        };
        let effects = &self.case.effects;
        for at in 0..left.len() {
            let waits = |other: usize| {
                let hi = effects[other].hi;
                left[other].is_some()
                    && hi.is_some_and(|hi| self.before[effects[at].lo] >> hi & 1 == 1)
            };
            if left[at] != Some(next) || (0..left.len()).any(waits) {
                continue;
            }
            left[at] = None;
            self.sequence.push((next, effects[at].said));
            self.order(left);
            self.sequence.pop();
            left[at] = Some(next);
        }
    }
}

/// The verdict; `None`: the clocks cannot have been set in any way.
fn expected(kind: &Kind, case: &Case) -> Option<Verdict> {
    let mut oracle = Oracle::new(kind, case);
    oracle.set_clocks();
    oracle.is_possible.then_some(match oracle.found {
        Found { broken: false, .. } => Verdict::Kept,
        Found { kept: false, .. } => Verdict::Broken,
        _ => Verdict::Undecided,
    })
}

fn leads_to(sequence: &[(i64, Said)], end: i64, bound: i64) -> Found {
    let mut found = Found::of(true);
    for (at, (since, said)) in sequence.iter().enumerate() {
        if said.name != "after" {
            continue;
        }
        let done = sequence[at..]
            .iter()
            .filter(|(_, said)| said.name == "done");
        if done.clone().any(|(time, _)| time - since <= bound) {
            continue;
        }
        if end > since + bound {
            return Found::of(false);
        }
        found.broken = true;
    }
    found
}

fn exclusive(sequence: &[(i64, Said)], _end: i64, _bound: i64) -> Found {
    let mut until: [Option<i64>; 3] = [None; 3];
    for (time, said) in sequence {
        let holder = said.number as usize;
        until[holder] = None;
        if said.name == "hold" {
            let is_held = until.iter().flatten().any(|until| until > time);
            if is_held {
                return Found::of(false);
            }
            until[holder] = Some(said.lasts.map_or(i64::MAX, |lasts| time + lasts));
        }
    }
    Found::of(true)
}

fn fresh(sequence: &[(i64, Said)], _end: i64, bound: i64) -> Found {
    let is_stale = |(at, (time, said)): (usize, &(i64, Said))| {
        let mut before = sequence[..at].iter();
        said.name == "get"
            && before.any(|(written, other)| {
                other.name == "put" && other.number > said.number && time - written > bound
            })
    };
    Found::of(!sequence.iter().enumerate().any(is_stale))
}

/// What the library says; `None`: nothing was judged.
fn judged<P: testimony::check::promise::Promise>(
    case: &Case,
    promise: P,
) -> Result<Option<Verdict>, Unjudged> {
    let history = History::parse(&case.text).unwrap();
    let session = check_history(history).promise(promise);
    let session = match case.error {
        None => session,
        Some(error) => session.clock_error(Duration::from_nanos(error as u64)),
    };
    let judged = session.judge()?;
    let judgement = &judged.findings[0].judgement;
    for missing in &judgement.missing {
        assert!(
            missing.question.ends_with(['?', '.']),
            "{}",
            missing.question
        );
    }
    Ok((judgement.judged() > 0).then_some(judgement.verdict))
}

fn bound(case: &Case) -> Duration {
    Duration::from_nanos(case.bound as u64)
}

fn compare(kind: &Kind) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    pool.install(|| tried(kind));
}

fn tried(kind: &Kind) {
    let mut random = Random(number_of("TESTIMONY_SEED", 0x7173));
    let mut seen = [0_u64; 3];
    let (mut refuted, mut open) = (0_u64, 0_u64);
    let cases = number_of("TESTIMONY_CASES", CASES);
    for number in 0..cases {
        let case = random_case(kind, &mut random);
        let expected = expected(kind, &case);
        let says = || {
            format!(
                "case {number}: within {}, clock-error {:?}\n{}",
                case.bound, case.error, case.text
            )
        };
        let (found, expected) = match ((kind.found)(&case), expected) {
            (Err(Unjudged::Clocks { .. }), None) => {
                refuted += 1;
                continue;
            }
            (Err(unjudged), _) => panic!("{unjudged}\n{}", says()),
            // No two lines refute the bound, but all of them together do.
            (Ok(_), None) => continue,
            (Ok(None), Some(_)) => continue,
            (Ok(Some(found)), Some(expected)) => (found, expected),
        };
        seen[found as usize] += 1;
        if found == expected {
            continue;
        }
        assert!(
            found == Verdict::Undecided,
            "found {found:?}, expected {expected:?}, {}",
            says()
        );
        let is_plain = case.events.iter().all(|event| event.time.is_some())
            && case
                .effects
                .iter()
                .all(|effect| effect.hi == Some(effect.lo));
        assert!(
            case.processes > 1 || !is_plain,
            "one clock leaves nothing open: {}",
            says()
        );
        open += 1;
    }
    println!(
        "kept, broken, undecided: {seen:?}; refuted: {refuted}; undecided although all settings of the clocks agree: {open}"
    );
    assert!(
        seen.iter().all(|count| count * 100 > cases),
        "each verdict is met often enough to mean something: {seen:?}"
    );
    assert!(
        open * 20 < cases,
        "what the clocks settle is rarely left open: {open}"
    );
}

#[test]
fn leads_to_within() {
    compare(&Kind {
        names: &[("after", true), ("done", true), ("done", true)],
        judge: leads_to,
        found: |case| judged(case, LeadsTo::new("after", "done").within(bound(case))),
    });
}

#[test]
fn unknown_resolved_within() {
    compare(&Kind {
        names: &[("after", false), ("done", true)],
        judge: leads_to,
        found: |case| {
            judged(
                case,
                UnknownResolved::new("after", "done").within(bound(case)),
            )
        },
    });
}

#[test]
fn fresh_within() {
    compare(&Kind {
        names: &[("put", true), ("get", false)],
        judge: fresh,
        found: |case| judged(case, Fresh::new("get", "put", "number").within(bound(case))),
    });
}

#[test]
fn holds_that_expire() {
    compare(&Kind {
        names: &[("hold", true), ("hold", false), ("release", false)],
        judge: exclusive,
        found: |case| {
            let mut promise = Exclusive::new("unused", "hold", "release")
                .held_by("number")
                .expires("lasts");
            promise.resource.clear();
            judged(case, promise)
        },
    });
}

#[test]
fn a_clock_error_that_the_history_refutes_is_bad_input() {
    let text = [
        r#"{"process": "a", "type": "send", "msg": 1, "time": 9}"#,
        r#"{"process": "b", "type": "receive", "msg": 1, "time": 2}"#,
        r#"{"process": "b", "type": "fact", "f": "hold", "value": {"seat": 1, "cart": 1}}"#,
    ];
    let says = |error: u64| {
        let history = History::parse(&text.join("\n")).unwrap();
        let hold = Exclusive::new("seat", "hold", "free");
        let session = check_history(history).promise(hold.held_by("cart"));
        let judged = session.clock_error(Duration::from_nanos(error)).judge();
        judged.map(|_| ()).map_err(|unjudged| unjudged.to_string())
    };
    assert_eq!(says(7), Ok(()));
    assert_eq!(
        says(6).unwrap_err(),
        "history: clock-error = 6ns: line 2 received what line 1 sent, but its time is smaller by 7 ns: no smaller error of the clocks is possible"
    );
}
