//! Small made-up records, and what of them is before what.

use std::fmt::Write;

/// The participants; the last one is somebody whom nobody recorded.
pub(crate) const PROCESSES: [&str; 4] = ["a", "b", "c", "?"];
/// The names of facts and operations.
pub(crate) const NAMES: [&str; 5] = ["x", "y", "u", "v", "w"];

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Fact,
    Invoke,
    Ok,
    Fail,
    Info,
    Send,
    Receive,
}

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) process: usize,
    pub(crate) kind: Kind,
    /// Of a fact or an operation: a position in [`NAMES`].
    pub(crate) name: usize,
    /// The key, and the two parts of the identity.
    pub(crate) key: Option<u8>,
    pub(crate) identity: [Option<u8>; 2],
    /// Of a completion: the line of its invocation. Of a receive: the line of its send.
    pub(crate) of: usize,
    /// The line that it names as its cause: a fact, an invocation (which stands for its operation) or a send.
    pub(crate) after: Option<usize>,
}

/// A whole made-up history.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) lines: Vec<Line>,
    pub(crate) is_observed: bool,
    /// Whose record is whole; `None`: nobody says that anything is missing.
    pub(crate) whole: Option<Vec<usize>>,
    /// Whether nobody's record is whole.
    pub(crate) is_in_part: bool,
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

impl Record {
    pub(crate) fn random(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let mut lines: Vec<Line> = Vec::new();
        let count = 1 + random.below(9);
        while lines.len() < count {
            let line = random_line(&mut random, &lines);
            lines.push(line);
        }
        for at in 0..lines.len() {
            if random.one_in(3) {
                let to = if random.one_in(8) { lines.len() } else { at };
                if to > 0 {
                    let named = random.below(to);
                    let has_id = !matches!(
                        lines[named].kind,
                        Kind::Ok | Kind::Fail | Kind::Info | Kind::Receive
                    );
                    let is_own = lines[at].of == named && lines[at].kind != Kind::Receive;
                    lines[at].after = (has_id && named != at && !is_own).then_some(named);
                }
            }
        }
        let completeness = random.below(4);
        Self {
            lines,
            is_observed: random.one_in(5),
            whole: (completeness >= 2).then(|| (0..3).filter(|_| random.one_in(2)).collect()),
            is_in_part: completeness == 1,
        }
    }

    pub(crate) fn to_jsonl(&self) -> String {
        let order = if self.is_observed {
            "real-time"
        } else {
            "happened-before"
        };
        let complete = match &self.whole {
            None => (!self.is_in_part).to_string(),
            Some(whole) => {
                let names: Vec<&str> = whole.iter().map(|process| PROCESSES[*process]).collect();
                format!("{names:?}")
            }
        };
        let mut text = format!("{{\"history\":1,\"order\":\"{order}\",\"complete\":{complete}}}\n");
        for (at, line) in self.lines.iter().enumerate() {
            self.write_line(&mut text, at, line);
        }
        text
    }

    fn write_line(&self, text: &mut String, at: usize, line: &Line) {
        let kind = format!("{:?}", line.kind).to_lowercase();
        let process = PROCESSES[line.process];
        write!(text, "{{\"process\":\"{process}\",\"type\":\"{kind}\"").unwrap();
        match line.kind {
            Kind::Send => write!(text, ",\"msg\":{at},\"id\":{at}"),
            Kind::Receive => write!(text, ",\"msg\":{}", line.of),
            Kind::Ok | Kind::Fail | Kind::Info => write!(text, ",\"id\":{}", line.of),
            Kind::Fact | Kind::Invoke => {
                let fields = [
                    ("k", line.key),
                    ("i", line.identity[0]),
                    ("j", line.identity[1]),
                ];
                let fields = fields
                    .iter()
                    .filter_map(|(name, field)| Some((name, (*field)?)));
                let fields: Vec<String> = fields
                    .map(|(name, field)| format!("\"{name}\":{field}"))
                    .collect();
                let name = NAMES[line.name];
                let fields = fields.join(",");
                write!(text, ",\"f\":\"{name}\",\"value\":{{{fields}}},\"id\":{at}")
            }
        }
        .unwrap();
        if let Some(after) = line.after {
            write!(text, ",\"after\":[{after}]").unwrap();
        }
        text.push_str("}\n");
    }

    /// The line on which an operation ends.
    pub(crate) fn end(&self, invoke: usize) -> Option<usize> {
        let is_end = |line: &Line| {
            matches!(line.kind, Kind::Ok | Kind::Fail | Kind::Info) && line.of == invoke
        };
        self.lines.iter().position(is_end)
    }

    /// All direct edges, save the order of each participant's own lines.
    pub(crate) fn edges(&self) -> Vec<(usize, usize)> {
        let mut edges = Vec::new();
        for (at, line) in self.lines.iter().enumerate() {
            if line.kind == Kind::Receive {
                edges.push((line.of, at));
            }
            if let Some(after) = line.after {
                let is_operation = self.lines[after].kind == Kind::Invoke;
                let end = self.end(after).filter(|_| is_operation);
                edges.push((end.unwrap_or(after), at));
            }
        }
        edges
    }

    /// Of each line: the lines before it, as bits; `None` where one is before itself.
    pub(crate) fn past(&self) -> Option<Vec<u32>> {
        let order: Vec<usize> = (0..self.lines.len()).collect();
        let process: Vec<usize> = self.lines.iter().map(|line| line.process).collect();
        close(&order, &process, &self.edges(), self.is_observed)
    }
}

/// Closes happened-before over nodes that stand in this `order`.
pub(crate) fn close(
    order: &[usize],
    process: &[usize],
    edges: &[(usize, usize)],
    is_observed: bool,
) -> Option<Vec<u32>> {
    let mut past = vec![0_u32; order.len()];
    for (at, later) in order.iter().enumerate() {
        for earlier in &order[..at] {
            if is_observed || process[*earlier] == process[*later] {
                past[*later] |= 1 << earlier;
            }
        }
    }
    for (earlier, later) in edges {
        past[*later] |= 1 << earlier;
    }
    for middle in 0..past.len() {
        let through = past[middle];
        for before in &mut past {
            if *before & (1 << middle) != 0 {
                *before |= through;
            }
        }
    }
    let is_cyclic = past
        .iter()
        .enumerate()
        .any(|(at, past)| past & (1 << at) != 0);
    (!is_cyclic).then_some(past)
}

fn random_line(random: &mut Random, lines: &[Line]) -> Line {
    let is_nobody = random.one_in(12);
    let mut line = Line {
        process: if is_nobody { 3 } else { random.below(3) },
        kind: Kind::Fact,
        name: random.below(NAMES.len() * 4) % NAMES.len(),
        key: Some(random.below(2) as u8).filter(|_| !random.one_in(12)),
        identity: [
            Some(random.one_in(6) as u8).filter(|_| !random.one_in(8)),
            Some(random.one_in(9) as u8).filter(|_| !random.one_in(12)),
        ],
        of: usize::MAX,
        after: None,
    };
    match random.below(10) {
        0..=4 => {}
        5 | 6 => line.kind = Kind::Invoke,
        7 => {
            let is_ended = |at: usize| {
                let mut others = lines.iter();
                others.any(|other| other.of == at && other.kind != Kind::Receive)
            };
            let open = (0..lines.len()).filter(|at| lines[*at].kind == Kind::Invoke);
            let open: Vec<usize> = open.filter(|at| !is_ended(*at)).collect();
            if open.is_empty() {
                line.kind = Kind::Invoke;
            } else {
                line.of = open[random.below(open.len())];
                line.process = lines[line.of].process;
                line.kind = [Kind::Ok, Kind::Ok, Kind::Fail, Kind::Info][random.below(4)];
            }
        }
        8 => line.kind = Kind::Send,
        _ => {
            let sent = (0..lines.len()).filter(|at| lines[*at].kind == Kind::Send);
            let sent: Vec<usize> = sent.collect();
            if sent.is_empty() {
                line.kind = Kind::Send;
            } else {
                line.of = sent[random.below(sent.len())];
                line.kind = Kind::Receive;
            }
        }
    }
    line
}
