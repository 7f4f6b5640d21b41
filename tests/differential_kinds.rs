//! Holds each ready-made kind of promise to an enumeration of every world.
//!
//! Random small histories (one or two scopes, one to three participants, messages, causes, failed and
//! unknown operations, both orders of lines) are judged by the library and by this file, which shares no code
//! with it: it computes happened-before itself, chooses each outcome, writes down each order, and asks of
//! the whole sequence what the contract says of the kind. Of incomplete records it also tries what they may
//! hide in each place. Verdict and tallies must be equal.
//!
//! `TESTIMONY_CASES` says how many histories are tried for each promise; the seeds are fixed.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot read its own history has failed"
)]
#![expect(
    clippy::print_stdout,
    reason = "`--nocapture` shows how often each verdict was met"
)]

use std::fmt::Write;
use std::sync::Arc;

use testimony::check::config::Config;
use testimony::check::{Budget, Check, session};
use testimony::history::{History, Verdict};

const CASES: u64 = 8_000;
const EFFECTS_MAX: u64 = 6;
const UNKNOWN_MAX: usize = 3;
/// Effects of a history whose record is incomplete, and hidden ones that are tried with them: enough to
/// bring any two of them into any order that a kind allows.
const EFFECTS_IN_PART_MAX: u64 = 2;
const HIDDEN_MAX: usize = 3;

/// What an effect says: all that the sentences below look at.
#[derive(Clone, Debug)]
struct Said {
    name: &'static str,
    /// The scope; `None`: every scope.
    scope: Option<u8>,
    number: i64,
    list: Vec<u8>,
}

/// A promise as this file understands it.
struct Kind {
    /// The fields of its `[[promise]]`.
    fields: &'static str,
    /// The names of its effects; `*` marks a read, which says something by its answer only.
    names: &'static [&'static str],
    /// Whether a scope that shows this is judged.
    judges: fn(&Said) -> bool,
    /// Whether a whole sequence of one scope's effects keeps it.
    holds: fn(&[&Said]) -> bool,
    /// The JSON of a value and of an answer.
    values: fn(&Said) -> (String, String),
    /// Names whose unknown outcome is itself what the promise looks at, as an effect named `unknown`.
    doubts: &'static [&'static str],
    /// What an incomplete record may hide: names and numbers.
    hidden: &'static [(&'static str, i64)],
}

fn keyed(said: &Said) -> (String, String) {
    let key = said.scope.unwrap_or_default();
    (format!(r#"{{"k":{key}}}"#), "null".to_owned())
}

/// A generator of fixed sequence (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

/// One effect, and the points between which it takes place.
struct Effect {
    said: Said,
    point: usize,
    is_certain: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Ok,
    Fail,
    Info,
    Never,
}

struct Open {
    id: usize,
    process: usize,
    end: End,
    said: Said,
    /// The point of its effect.
    point: usize,
}

/// Whether every line of what happened is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Record {
    Whole,
    InPart,
}

impl Record {
    /// Effects in one history: each order is tried with each hidden effect in each place.
    fn effects_max(self) -> u64 {
        match self {
            Self::Whole => EFFECTS_MAX,
            Self::InPart => EFFECTS_IN_PART_MAX,
        }
    }

    /// Of how many cases one is tried.
    fn share(self) -> u64 {
        match self {
            Self::Whole => 1,
            Self::InPart => 8,
        }
    }
}

/// A history as text, with its order as bit sets: the points before each point.
struct Case {
    text: String,
    before: Vec<u64>,
    effects: Vec<Effect>,
    /// The last point of each process; of all of them, where one observer saw every line.
    last: [Option<usize>; 3],
    is_real_time: bool,
    open: Vec<Open>,
    /// Messages on their way: number, sender, point.
    messages: Vec<(usize, usize, usize)>,
    /// What an `after` may name, with its point.
    causes: Vec<(String, usize)>,
    unknown: usize,
    next_id: usize,
}

impl Case {
    fn new(is_real_time: bool, record: Record) -> Self {
        let order = if is_real_time {
            "real-time"
        } else {
            "happened-before"
        };
        let is_complete = record == Record::Whole;
        Self {
            text: format!("{{\"history\":1,\"order\":\"{order}\",\"complete\":{is_complete}}}\n"),
            before: Vec::new(),
            effects: Vec::new(),
            last: [None; 3],
            is_real_time,
            open: Vec::new(),
            messages: Vec::new(),
            causes: Vec::new(),
            unknown: 0,
            next_id: 0,
        }
    }

    fn point(&mut self, after: &[Option<usize>]) -> usize {
        let known = after.iter().flatten();
        let before = known.fold(0, |all, point| all | self.before[*point] | 1 << point);
        self.before.push(before);
        self.before.len() - 1
    }

    /// A line of a process, behind its last one.
    fn line(&mut self, process: usize, after: &[Option<usize>]) -> usize {
        let clock = if self.is_real_time { 0 } else { process };
        let mut after = after.to_vec();
        after.push(self.last[clock]);
        let point = self.point(&after);
        self.last[clock] = Some(point);
        point
    }

    fn write(&mut self, process: usize, kind: &str, rest: &str) {
        writeln!(
            self.text,
            "{{\"process\":\"p{process}\",\"type\":\"{kind}\"{rest}}}"
        )
        .unwrap();
    }

    fn id(&mut self) -> usize {
        self.next_id += 1;
        self.next_id
    }

    /// Perhaps an `after`: its text, and its point.
    fn cause(&self, random: &mut Random) -> (String, Option<usize>) {
        if self.causes.is_empty() || !random.percent(25) {
            return (String::new(), None);
        }
        let (id, point) = &self.causes[random.below(self.causes.len() as u64) as usize];
        (format!(",\"after\":[\"{id}\"]"), Some(*point))
    }

    fn fact(&mut self, process: usize, kind: &Kind, said: Said, random: &mut Random) {
        let (after, cause) = self.cause(random);
        let point = self.line(process, &[cause]);
        let id = format!("e{}", self.id());
        let (value, answer) = (kind.values)(&said);
        let value = if said.name.ends_with('*') {
            answer
        } else {
            value
        };
        let f = said.name.trim_end_matches('*');
        let rest = format!(",\"f\":\"{f}\",\"value\":{value},\"id\":\"{id}\"{after}");
        self.write(process, "fact", &rest);
        self.causes.push((id, point));
        let said = if kind.doubts.contains(&said.name) {
            doubt(&said)
        } else {
            said
        };
        self.effects.push(Effect {
            said,
            point,
            is_certain: true,
        });
    }

    fn invoke(&mut self, process: usize, kind: &Kind, said: Said, random: &mut Random) {
        let end = match random.below(100) {
            0..40 => End::Ok,
            40..55 => End::Fail,
            55..80 if self.unknown < UNKNOWN_MAX => End::Info,
            80..100 if self.unknown < UNKNOWN_MAX => End::Never,
            _ => End::Ok,
        };
        self.unknown += usize::from(matches!(end, End::Info | End::Never));
        let (after, cause) = self.cause(random);
        let line = self.line(process, &[cause]);
        let point = self.point(&[Some(line)]);
        let id = self.id();
        let (value, _) = (kind.values)(&said);
        let f = said.name.trim_end_matches('*');
        let rest = format!(",\"f\":\"{f}\",\"value\":{value},\"id\":\"o{id}\"{after}");
        self.write(process, "invoke", &rest);
        if end == End::Never {
            self.causes.push((format!("o{id}"), line));
            self.give_up(kind, &said, (line, point));
        } else {
            self.open.push(Open {
                id,
                process,
                end,
                said,
                point,
            });
        }
    }

    /// The outcome of an operation is unknown, from `line` on.
    fn give_up(&mut self, kind: &Kind, said: &Said, (line, point): (usize, usize)) {
        if kind.doubts.contains(&said.name) {
            self.effects.push(Effect {
                said: doubt(said),
                point: line,
                is_certain: true,
            });
        } else if !said.name.ends_with('*') {
            self.effects.push(Effect {
                said: said.clone(),
                point,
                is_certain: false,
            });
        }
    }

    fn complete(&mut self, at: usize, kind: &Kind) {
        let Open {
            id,
            process,
            end,
            said,
            point,
        } = self.open.remove(at);
        let ended = (end == End::Ok).then_some(point);
        let line = self.line(process, &[ended]);
        let (word, answer) = match end {
            End::Ok => ("ok", format!(",\"value\":{}", (kind.values)(&said).1)),
            End::Fail => ("fail", String::new()),
            End::Info | End::Never => ("info", String::new()),
        };
        let f = said.name.trim_end_matches('*');
        self.write(
            process,
            word,
            &format!(",\"f\":\"{f}\"{answer},\"id\":\"o{id}\""),
        );
        self.causes.push((format!("o{id}"), line));
        match end {
            End::Ok => self.effects.push(Effect {
                said,
                point,
                is_certain: true,
            }),
            End::Fail => {}
            End::Info | End::Never => self.give_up(kind, &said, (line, point)),
        }
    }

    fn message(&mut self, process: usize, random: &mut Random) {
        let here = self
            .messages
            .iter()
            .position(|(_, from, _)| *from != process);
        match here {
            Some(at) if random.percent(70) => {
                let (number, _, sent) = self.messages.remove(at);
                self.line(process, &[Some(sent)]);
                self.write(process, "receive", &format!(",\"msg\":\"m{number}\""));
            }
            _ => {
                let number = self.id();
                let sent = self.line(process, &[]);
                self.write(process, "send", &format!(",\"msg\":\"m{number}\""));
                self.messages.push((number, process, sent));
            }
        }
    }
}

fn doubt(said: &Said) -> Said {
    Said {
        name: "unknown",
        ..said.clone()
    }
}

fn random_case(kind: &Kind, record: Record, random: &mut Random) -> Case {
    let mut case = Case::new(random.percent(25), record);
    let scopes = 1 + random.below(2);
    let processes = 1 + random.below(3);
    let mut left = 1 + random.below(record.effects_max());
    while left > 0 {
        let process = random.below(processes) as usize;
        let own = case.open.iter().position(|open| open.process == process);
        match (random.below(100), own) {
            (0..25, Some(at)) => case.complete(at, kind),
            (25..45, _) if case.before.len() < 40 => case.message(process, random),
            (choice, _) => {
                left -= 1;
                let said = random_said(kind, scopes, random);
                if choice < 70 {
                    case.fact(process, kind, said, random);
                } else {
                    case.invoke(process, kind, said, random);
                }
            }
        }
    }
    while !case.open.is_empty() {
        let at = random.below(case.open.len() as u64) as usize;
        case.complete(at, kind);
    }
    case
}

fn random_said(kind: &Kind, scopes: u64, random: &mut Random) -> Said {
    let name = kind.names[random.below(kind.names.len() as u64) as usize];
    let scope = random.below(scopes) as u8;
    Said {
        name,
        scope: (!name.starts_with("list")).then_some(scope),
        number: random.below(4) as i64,
        list: (0..2).filter(|_| random.percent(50)).collect(),
    }
}

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

/// A list that concerns every scope is given the number 1 where it shows this one.
fn told(said: &Said, scope: u8) -> Said {
    match said.scope {
        Some(_) => said.clone(),
        None => Said {
            number: i64::from(said.list.contains(&scope)),
            ..said.clone()
        },
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

#[expect(
    clippy::disallowed_methods,
    reason = "how long a test takes is its caller's choice"
)]
fn cases() -> u64 {
    std::env::var("TESTIMONY_CASES").map_or(CASES, |cases| cases.parse().unwrap())
}

fn compare(kind: &Kind) {
    let config = format!(
        "[[promise]]\nname = \"promise\"\nper = \"k\"\n{}",
        kind.fields
    );
    let config = Config::parse("testimony.toml", &config, &testimony::specs::all())
        .unwrap_or_else(|faults| panic!("{faults}"));
    let check: Arc<dyn Check> = Arc::new(config.promises[0].check.clone());
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
        whole.iter().all(|count| count * 100 > cases()),
        "each verdict is met often enough to mean something: {whole:?}"
    );
}

/// How often each verdict was met.
fn tried(kind: &Kind, record: Record, check: &Arc<dyn Check>) -> [u64; 3] {
    let mut random = Random(0x7E57);
    let mut seen = [0_u64; 3];
    for case in 0..cases() / record.share() {
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

fn places<'s>(said: &'s [&Said], name: &'s str) -> impl Iterator<Item = usize> + 's {
    (0..said.len()).filter(move |at| said[*at].name == name)
}

fn has(said: &[&Said], names: &[&str]) -> bool {
    said.iter().any(|said| names.contains(&said.name))
}

fn count(said: &[&Said], name: &str) -> usize {
    places(said, name).count()
}

#[test]
fn one_outcome() {
    compare(&Kind {
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
    });
}

#[test]
fn leads_to() {
    compare(&Kind {
        fields: "kind = \"leads-to\"\nafter = \"paid\"\nalways = [\"ship\", \"refund\"]",
        names: &["paid", "ship", "refund"],
        judges: |said| said.name == "paid",
        holds: |said| places(said, "paid").all(|at| has(&said[at..], &["ship", "refund"])),
        values: keyed,
        doubts: &[],
        hidden: &[("ship", 0)],
    });
}

#[test]
fn never_after() {
    compare(&Kind {
        fields: "kind = \"never-after\"\nnever = [\"charge\", \"ship\"]\nonce = \"cancel\"",
        names: &["charge", "ship", "cancel"],
        judges: |said| said.name == "cancel",
        holds: |said| places(said, "cancel").all(|at| !has(&said[at..], &["charge", "ship"])),
        values: keyed,
        doubts: &[],
        hidden: &[("charge", 0), ("cancel", 0)],
    });
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

#[test]
fn limit_from_below() {
    compare(&Kind {
        fields: "kind = \"limit\"\nplus = \"charge\"\nminus = \"refund\"\n\
                 amount = \"paid.amount\"\nat-least = 0",
        names: &["charge", "refund"],
        judges: |_| true,
        holds: |said| within(said, 0, i64::MAX),
        values: amounts,
        doubts: &[],
        hidden: &[("charge", 9), ("refund", 9)],
    });
}

#[test]
fn limit_from_both_sides() {
    compare(&Kind {
        fields: "kind = \"limit\"\nplus = \"charge\"\nminus = \"refund\"\n\
                 amount = \"paid.amount\"\nat-least = -0.1\nat-most = \"0.40\"",
        names: &["charge", "refund"],
        judges: |_| true,
        holds: |said| within(said, -1, 4),
        values: amounts,
        doubts: &[],
        hidden: &[
            ("charge", 1),
            ("charge", 2),
            ("charge", 3),
            ("charge", 9),
            ("refund", 1),
            ("refund", 2),
            ("refund", 3),
            ("refund", 9),
        ],
    });
}

#[test]
fn limit_of_a_count() {
    compare(&Kind {
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
    });
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

#[test]
fn lifecycle() {
    compare(&Kind {
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
    });
}

#[test]
fn lifecycle_with_a_choice() {
    compare(&Kind {
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
    });
}

#[test]
fn not_lost() {
    compare(&Kind {
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
    });
}

#[test]
fn unknown_resolved_by_a_retry() {
    compare(&Kind {
        fields: "kind = \"unknown-resolved\"\nunknown = \"charge\"\n\
                 resolved-by = [\"charge\", \"status\"]",
        names: &["charge", "charge", "status"],
        judges: |said| said.name == "unknown",
        holds: |said| places(said, "unknown").all(|at| has(&said[at..], &["charge", "status"])),
        values: keyed,
        doubts: &["charge"],
        hidden: &[("status", 0)],
    });
}

#[test]
fn unknown_resolved_by_others() {
    compare(&Kind {
        fields: "kind = \"unknown-resolved\"\nunknown = [\"charge\", \"refund\"]\n\
                 resolved-by = [\"review\", \"status\"]",
        names: &["charge", "refund", "status", "review"],
        judges: |said| said.name == "unknown",
        holds: |said| places(said, "unknown").all(|at| has(&said[at..], &["review", "status"])),
        values: keyed,
        doubts: &["charge", "refund"],
        hidden: &[("review", 0)],
    });
}

#[test]
fn compensated() {
    compare(&Kind {
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
    });
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

#[test]
fn fresh() {
    compare(&Kind {
        fields: "kind = \"fresh\"\nread = \"get\"\nwrite = \"put\"\nversion = \"version\"\n\
                 behind-at-most = 0",
        names: &["get*", "put"],
        judges: |said| said.name == "get*",
        holds: |said| is_fresh(said, 0),
        values: versions,
        doubts: &[],
        hidden: &[("put", 8), ("put", 9)],
    });
}

#[test]
fn fresh_within_a_version() {
    compare(&Kind {
        fields: "kind = \"fresh\"\nread = \"get\"\nwrite = \"put\"\nversion = \"version\"\n\
                 behind-at-most = 1",
        names: &["get*", "put", "put"],
        judges: |said| said.name == "get*",
        holds: |said| is_fresh(said, 1),
        values: versions,
        doubts: &[],
        hidden: &[("put", 8), ("put", 9)],
    });
}
