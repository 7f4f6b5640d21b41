//! A tiny history as lines with their order: a closure over a matrix, and the text of the lines.

use std::collections::HashMap;
use std::fmt::Write;

use serde_json::{Value as Json, json};

use super::script::Script;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Invoke,
    Ok,
    Fail,
    Info,
    Fact,
    Send,
    Receive,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Invoke => "invoke",
            Self::Ok => "ok",
            Self::Fail => "fail",
            Self::Info => "info",
            Self::Fact => "fact",
            Self::Send => "send",
            Self::Receive => "receive",
        }
    }
}

/// One line of a history.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) process: Json,
    pub(crate) kind: Kind,
    pub(crate) f: Option<&'static str>,
    pub(crate) value: Option<Json>,
    /// The number of the operation that it begins or completes.
    pub(crate) op: Option<usize>,
    pub(crate) id: Option<String>,
    pub(crate) intent: Option<Json>,
    pub(crate) msg: Option<String>,
    pub(crate) after: Vec<String>,
    pub(crate) has_error: bool,
}

impl Line {
    pub(crate) fn new(process: &Json, kind: Kind) -> Self {
        Self {
            process: process.clone(),
            kind,
            f: None,
            value: None,
            op: None,
            id: None,
            intent: None,
            msg: None,
            after: Vec::new(),
            has_error: false,
        }
    }

    fn text(&self) -> String {
        let mut text = format!(
            r#"{{"process":{},"type":"{}""#,
            self.process,
            self.kind.word()
        );
        let mut field = |name: &str, value: String| {
            write!(text, r#","{name}":{value}"#).expect("a text grows");
        };
        if let Some(f) = self.f {
            field("f", format!("\"{f}\""));
        }
        if let Some(value) = &self.value {
            field("value", value.to_string());
        }
        if let Some(id) = &self.id {
            field("id", format!("\"{id}\""));
        }
        if let Some(intent) = &self.intent {
            field("intent", intent.to_string());
        }
        if let Some(msg) = &self.msg {
            field("msg", format!("\"{msg}\""));
        }
        if !self.after.is_empty() {
            field("after", json!(self.after).to_string());
        }
        if self.has_error {
            field("error", "\"timed out\"".to_owned());
        }
        text.push('}');
        text
    }
}

/// Which order counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    /// Own order, messages, causes, and the order of the lines where one observer saw them.
    Everything,
    /// Own order, messages and causes.
    Causal,
    /// Own order only.
    Own,
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) invoke: usize,
    pub(crate) completion: Option<usize>,
}

/// For each line, the set of lines before it, one bit a line.
pub(crate) type Past = Vec<u64>;

/// A whole history.
#[derive(Clone, Debug, Default)]
pub(crate) struct Story {
    pub(crate) lines: Vec<Line>,
    pub(crate) is_real_time: bool,
    /// Whether the header says the order; it must where the content would imply the other one.
    pub(crate) says_order: bool,
    /// The header's `complete`, where it has one.
    pub(crate) complete: Option<Json>,
}

impl Story {
    /// What stands in the file.
    pub(crate) fn text(&self) -> String {
        let mut header = json!({ "history": 1 });
        let implied = self
            .lines
            .iter()
            .all(|line| line.after.is_empty() && !matches!(line.kind, Kind::Send | Kind::Receive));
        let must_say = implied != self.is_real_time;
        if self.says_order || must_say {
            let order = if self.is_real_time {
                "real-time"
            } else {
                "happened-before"
            };
            header["order"] = json!(order);
        }
        if let Some(complete) = &self.complete {
            header["complete"] = complete.clone();
        }
        let mut text = String::new();
        if header.as_object().expect("an object").len() > 1 {
            text = format!("{header}\n");
        }
        for line in &self.lines {
            text.push_str(&line.text());
            text.push('\n');
        }
        text
    }

    /// The operations by their numbers.
    pub(crate) fn spans(&self, count: usize) -> Vec<Span> {
        let at = |op: usize, wanted: bool| {
            self.lines
                .iter()
                .position(|line| line.op == Some(op) && (line.kind == Kind::Invoke) == wanted)
        };
        (0..count)
            .map(|op| Span {
                invoke: at(op, true).expect("each operation has an invocation"),
                completion: at(op, false),
            })
            .collect()
    }

    /// Numbers the operations in the order of their invocations; gives the old number of each.
    pub(crate) fn renumbered(&mut self) -> Vec<usize> {
        let invokes = self.lines.iter().filter(|line| line.kind == Kind::Invoke);
        let old: Vec<usize> = invokes.filter_map(|line| line.op).collect();
        for line in &mut self.lines {
            line.op = line
                .op
                .and_then(|op| old.iter().position(|other| *other == op));
        }
        old
    }

    /// The line that an id names: of an operation its completion if it has one, else its invocation.
    fn named(&self, id: &str) -> Option<usize> {
        self.lines
            .iter()
            .rposition(|line| line.id.as_deref() == Some(id))
    }

    /// What is before what: one-step reasons, then Floyd and Warshall.
    pub(crate) fn past(&self, relation: Relation) -> Past {
        let count = self.lines.len();
        assert!(count <= 64, "a bit a line");
        let mut past: Past = vec![0; count];
        let is_observed = relation == Relation::Everything && self.is_real_time;
        for (later, past) in past.iter_mut().enumerate() {
            for earlier in 0..later {
                let is_own = self.lines[earlier].process == self.lines[later].process;
                if is_own || is_observed {
                    *past |= 1 << earlier;
                }
            }
        }
        if relation != Relation::Own {
            for (later, line) in self.lines.iter().enumerate() {
                for id in &line.after {
                    past[later] |= 1 << self.named(id).expect("an id that some line has");
                }
                if line.kind == Kind::Receive {
                    let send = self
                        .lines
                        .iter()
                        .position(|other| other.kind == Kind::Send && other.msg == line.msg);
                    past[later] |= 1 << send.expect("a receive has its send");
                }
            }
        }
        for middle in 0..count {
            for later in 0..count {
                if past[later] & (1 << middle) != 0 {
                    past[later] |= past[middle];
                }
            }
        }
        assert!(
            (0..count).all(|line| past[line] & (1 << line) == 0),
            "no cycle is made"
        );
        past
    }

    /// Adds messages between lines at random: a send, and later perhaps its receive.
    pub(crate) fn exchange(&mut self, script: &mut Script<'_>, percent: usize) {
        let mut processes: Vec<Json> = Vec::new();
        for line in &self.lines {
            if !processes.contains(&line.process) {
                processes.push(line.process.clone());
            }
        }
        let old = std::mem::take(&mut self.lines);
        let mut open: Vec<(String, Json)> = Vec::new();
        let mut sent = 0;
        for line in old {
            while self.lines.len() < 40 && script.chance(percent) {
                let process = script.pick(&processes);
                let arriving = open.iter().position(|(_, from)| *from != process);
                let is_arriving = arriving.is_some() && script.below(3) > 0;
                let mut event = Line::new(
                    &process,
                    if is_arriving {
                        Kind::Receive
                    } else {
                        Kind::Send
                    },
                );
                if let (Some(arriving), true) = (arriving, is_arriving) {
                    event.msg = Some(open[arriving].0.clone());
                    if script.below(4) > 0 {
                        open.remove(arriving);
                    }
                } else {
                    event.msg = Some(format!("m{sent}"));
                    open.push((format!("m{sent}"), process));
                    sent += 1;
                }
                self.lines.push(event);
            }
            self.lines.push(line);
        }
    }

    /// Adds declared causes at random; each names a line that stands earlier.
    pub(crate) fn cause(&mut self, script: &mut Script<'_>, percent: usize) {
        for at in 0..self.lines.len() {
            if self.lines[at].id.is_none() && self.lines[at].op.is_none() {
                self.lines[at].id = Some(format!("e{at}"));
            }
        }
        let ids: HashMap<String, usize> = self
            .lines
            .iter()
            .filter_map(|line| line.id.clone())
            .map(|id| (id.clone(), self.named(&id).expect("it has one")))
            .collect();
        let mut named: Vec<(usize, String)> = ids.into_iter().map(|(id, at)| (at, id)).collect();
        named.sort_unstable();
        for at in 0..self.lines.len() {
            let earlier = named.iter().take_while(|(place, _)| *place < at).count();
            if earlier > 0 && script.chance(percent) {
                let own = self.lines[at].id.clone();
                let back = script.below(earlier).min(script.below(earlier));
                let id = named[earlier - 1 - back].1.clone();
                if own.as_ref() != Some(&id) {
                    self.lines[at].after.push(id);
                }
            }
        }
    }

    /// Writes the lines in another order that agrees with each participant's own.
    pub(crate) fn shuffle(&mut self, script: &mut Script<'_>) {
        let mut rest = std::mem::take(&mut self.lines);
        while !rest.is_empty() {
            let heads: Vec<usize> = (0..rest.len())
                .filter(|at| {
                    !rest[..*at]
                        .iter()
                        .any(|other| other.process == rest[*at].process)
                })
                .collect();
            let head = heads[script.below(heads.len())];
            self.lines.push(rest.remove(head));
        }
    }
}
