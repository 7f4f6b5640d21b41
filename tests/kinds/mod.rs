//! Random small histories of one promise of any ready-made kind, and what the contract says of each kind.
//!
//! One or two scopes, one to three participants, messages, causes, failed and unknown operations, both orders of lines;
//! happened-before is computed here.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot read its own history has failed"
)]
#![expect(
    dead_code,
    reason = "each test uses its own half: verdicts or evidence"
)]

pub(crate) mod table;

use std::fmt::Write;
use std::sync::Arc;

use testimony::check::Check;
use testimony::check::config::Config;

pub(crate) const EFFECTS_MAX: u64 = 6;
pub(crate) const UNKNOWN_MAX: usize = 3;
/// Effects of a history whose record is incomplete, and hidden ones that are tried with them: enough to
/// bring any two of them into any order that a kind allows.
pub(crate) const EFFECTS_IN_PART_MAX: u64 = 2;
pub(crate) const HIDDEN_MAX: usize = 3;

/// What an effect says: all that the sentences below look at.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) name: &'static str,
    /// The scope; `None`: every scope.
    pub(crate) scope: Option<u8>,
    pub(crate) number: i64,
    pub(crate) list: Vec<u8>,
}

/// A promise as this file understands it.
pub(crate) struct Kind {
    /// The fields of its `[[promise]]`.
    pub(crate) fields: &'static str,
    /// The names of its effects; `*` marks a read, which says something by its answer only.
    pub(crate) names: &'static [&'static str],
    /// Whether a scope that shows this is judged.
    pub(crate) judges: fn(&Said) -> bool,
    /// Whether a whole sequence of one scope's effects keeps it.
    pub(crate) holds: fn(&[&Said]) -> bool,
    /// The JSON of a value and of an answer.
    pub(crate) values: fn(&Said) -> (String, String),
    /// Names whose unknown outcome is itself what the promise looks at, as an effect named `unknown`.
    pub(crate) doubts: &'static [&'static str],
    /// What an incomplete record may hide: names and numbers.
    pub(crate) hidden: &'static [(&'static str, i64)],
}

pub(crate) fn keyed(said: &Said) -> (String, String) {
    let key = said.scope.unwrap_or_default();
    (format!(r#"{{"k":{key}}}"#), "null".to_owned())
}

/// A generator of fixed sequence (SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    /// The numbers of this run: `TESTIMONY_SEED` says which, otherwise always the same.
    #[expect(
        clippy::disallowed_methods,
        reason = "a long run by hand is asked for by the environment"
    )]
    pub(crate) fn of_this_run(otherwise: u64) -> Self {
        Self(std::env::var("TESTIMONY_SEED").map_or(otherwise, |seed| seed.parse().unwrap()))
    }

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

    pub(crate) fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }
}

/// One effect, and the points between which it takes place.
pub(crate) struct Effect {
    pub(crate) said: Said,
    /// The number of its line: of the fact, of the invocation, or where the caller gave up.
    pub(crate) line: usize,
    pub(crate) point: usize,
    pub(crate) is_certain: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Ok,
    Fail,
    Info,
    Never,
}

pub(crate) struct Open {
    id: usize,
    process: usize,
    end: End,
    said: Said,
    /// The line of the invocation.
    line: usize,
    /// The point of its effect.
    point: usize,
}

/// Whether every line of what happened is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    Whole,
    InPart,
}

impl Record {
    /// Effects in one history: each order is tried with each hidden effect in each place.
    pub(crate) fn effects_max(self) -> u64 {
        match self {
            Self::Whole => EFFECTS_MAX,
            Self::InPart => EFFECTS_IN_PART_MAX,
        }
    }

    /// Of how many cases one is tried.
    pub(crate) fn share(self) -> u64 {
        match self {
            Self::Whole => 1,
            Self::InPart => 8,
        }
    }
}

/// A history as text, with its order as bit sets: the points before each point.
pub(crate) struct Case {
    pub(crate) text: String,
    pub(crate) before: Vec<u64>,
    pub(crate) effects: Vec<Effect>,
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
    pub(crate) fn new(is_real_time: bool, record: Record) -> Self {
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
            line: self.last_line(),
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
            let began = self.last_line();
            self.give_up(kind, &said, (line, point), began);
        } else {
            self.open.push(Open {
                id,
                process,
                end,
                said,
                line: self.last_line(),
                point,
            });
        }
    }

    /// The outcome of an operation is unknown, from `line` on.
    fn give_up(&mut self, kind: &Kind, said: &Said, (line, point): (usize, usize), began: usize) {
        if kind.doubts.contains(&said.name) {
            self.effects.push(Effect {
                said: doubt(said),
                line: self.last_line(),
                point: line,
                is_certain: true,
            });
        } else if !said.name.ends_with('*') {
            self.effects.push(Effect {
                said: said.clone(),
                line: began,
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
            line: began,
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
                line: began,
                point,
                is_certain: true,
            }),
            End::Fail => {}
            End::Info | End::Never => self.give_up(kind, &said, (line, point), began),
        }
    }

    /// The number of the event that was written last.
    fn last_line(&self) -> usize {
        self.text.lines().count() - 2
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

pub(crate) fn doubt(said: &Said) -> Said {
    Said {
        name: "unknown",
        ..said.clone()
    }
}

pub(crate) fn random_case(kind: &Kind, record: Record, random: &mut Random) -> Case {
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

pub(crate) fn random_said(kind: &Kind, scopes: u64, random: &mut Random) -> Said {
    let name = kind.names[random.below(kind.names.len() as u64) as usize];
    let scope = random.below(scopes) as u8;
    Said {
        name,
        scope: (!name.starts_with("list")).then_some(scope),
        number: random.below(4) as i64,
        list: (0..2).filter(|_| random.percent(50)).collect(),
    }
}

/// A list that concerns every scope is given the number 1 where it shows this one.
pub(crate) fn told(said: &Said, scope: u8) -> Said {
    match said.scope {
        Some(_) => said.clone(),
        None => Said {
            number: i64::from(said.list.contains(&scope)),
            ..said.clone()
        },
    }
}

/// The promise of this kind, per `k`.
pub(crate) fn check(kind: &Kind) -> Arc<dyn Check> {
    let config = format!(
        "[[promise]]\nname = \"promise\"\nper = \"k\"\n{}",
        kind.fields
    );
    let config = Config::parse("testimony.toml", &config, &testimony::specs::all())
        .unwrap_or_else(|faults| panic!("{faults}"));
    Arc::new(config.promises[0].check.clone())
}

/// How many cases a test tries: `TESTIMONY_CASES`, or `otherwise`.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test takes is its caller's choice"
)]
pub(crate) fn cases(otherwise: u64) -> u64 {
    std::env::var("TESTIMONY_CASES").map_or(otherwise, |cases| cases.parse().unwrap())
}
