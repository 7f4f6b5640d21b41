//! A run as a sequence diagram of text: one column a participant, time from top to bottom.
//!
//! ```text
//!  shop                 payment
//!    │                     │
//!    ├ pay order-1         │
//!    ├──{"charge":1}──────▶│
//!    │                     ● charged {"order":1}
//! ```

use crate::history::Value;
use crate::sim::{Entry, Loss, Operation, Tale, Told};

use super::layout::{cut, printable};

/// Columns that one participant takes at least and at most.
const COLUMN_MIN: usize = 16;
const COLUMN_MAX: usize = 36;
/// Columns before the first participant.
const MARGIN: usize = 2;

/// Draws a run in at most `width` columns, as long as the participants leave each other room. Participants that only talk among
/// themselves and recorded nothing are left out.
#[must_use]
pub fn diagram(tale: &Tale, width: usize) -> String {
    let shown = concerned(tale);
    let count = shown.iter().filter(|is_shown| **is_shown).count();
    let column = width.saturating_sub(MARGIN) / count.max(1);
    let mut drawing = Drawing {
        tale,
        at: columns(&shown, column.clamp(COLUMN_MIN, COLUMN_MAX)),
        width,
        lines: Vec::new(),
    };
    drawing.heading();
    let mut entries = tale.entries.iter().peekable();
    while let Some(entry) = entries.next() {
        if !shown[entry.participant] {
            continue;
        }
        let arrives = matches!(
            (&entry.told, entries.peek().map(|next| &next.told)),
            (Told::Sent(sent), Some(Told::Received(received))) if sent == received
        );
        if arrives {
            entries.next();
            drawing.arrow(entry, true);
        } else {
            drawing.entry(entry);
        }
    }
    let left_out = shown.len() - count;
    drawing.finish(left_out)
}

/// Which participants have to do with somebody who recorded something or met a fault.
fn concerned(tale: &Tale) -> Vec<bool> {
    let mut concerned = vec![false; tale.participants.len()];
    for entry in &tale.entries {
        let is_news = !matches!(
            entry.told,
            Told::Sent(_) | Told::Received(_) | Told::Timer(_)
        );
        concerned[entry.participant] |= is_news;
    }
    loop {
        let mut more = false;
        for letter in &tale.letters {
            if concerned[letter.from] != concerned[letter.to] {
                concerned[letter.from] = true;
                concerned[letter.to] = true;
                more = true;
            }
        }
        if !more {
            return concerned;
        }
    }
}

/// The column of each participant that is shown.
fn columns(shown: &[bool], column: usize) -> Vec<Option<usize>> {
    let mut next = MARGIN;
    let columns = shown.iter().map(|is_shown| {
        is_shown.then(|| {
            next += column;
            next - column
        })
    });
    columns.collect()
}

struct Drawing<'t> {
    tale: &'t Tale,
    /// The column of each participant's line.
    at: Vec<Option<usize>>,
    width: usize,
    lines: Vec<String>,
}

impl Drawing<'_> {
    fn heading(&mut self) {
        let mut line = Vec::new();
        for (name, at) in self.tale.participants.iter().zip(&self.at) {
            let Some(at) = *at else { continue };
            put(&mut line, at.saturating_sub(1), &printable(name));
        }
        self.lines.push(line.into_iter().collect());
    }

    /// A row with nothing but the participants' lines.
    fn row(&self) -> Vec<char> {
        let mut row = Vec::new();
        for at in self.at.iter().flatten() {
            put(&mut row, *at, "│");
        }
        row
    }

    fn push(&mut self, row: Vec<char>) {
        let row: String = row.into_iter().collect();
        self.lines.push(row.trim_end().to_owned());
    }

    fn entry(&mut self, entry: &Entry) {
        let (mark, text) = match &entry.told {
            Told::Sent(_) => return self.arrow(entry, false),
            Told::Received(letter) => return self.arrival(entry, *letter),
            Told::Lost(letter, loss) => {
                let why = match loss {
                    Loss::Dropped => "is lost",
                    Loss::InCut => "is lost: the link is cut",
                };
                let text = said(&self.tale.letters[*letter].text);
                ('✗', format!("{} {text} {why}", number(*letter)))
            }
            Told::Timer(text) => ('◷', format!("timer {}", said(text))),
            Told::Crashed(0) => ('✗', "crashes before any effect".to_owned()),
            Told::Crashed(_) => ('✗', "crashes".to_owned()),
            Told::Restarted => ('↻', "restarts".to_owned()),
            Told::Cut(other) => (
                '✂',
                format!("link to {} is cut", self.tale.participants[*other]),
            ),
            Told::Healed(other) => (
                '↻',
                format!("link to {} heals", self.tale.participants[*other]),
            ),
            Told::Skewed(ms) => ('◷', format!("its clock is wrong by {ms} ms")),
            Told::Invoked(operation) => ('├', format!("{} …", called(operation))),
            Told::Ok(operation, answer) => {
                ('├', format!("{} → ok{}", called(operation), spaced(answer)))
            }
            Told::Failed(operation, error) => (
                '├',
                format!("{} failed{}", called(operation), spaced(error)),
            ),
            Told::Unknown(operation, why) => {
                ('?', format!("{}: unknown, {why}", called(operation)))
            }
            Told::Fact(f, value, _) => ('●', format!("{f}{}", spaced(value))),
        };
        let Some(at) = self.at[entry.participant] else {
            return;
        };
        let mut row = self.row();
        let room = self.width.saturating_sub(at + 2);
        let text = cut(&printable(&text), room);
        put(&mut row, at, &format!("{mark} {text} "));
        self.push(row);
    }

    /// A message on its way: as far as its receiver, where it arrives at once.
    fn arrow(&mut self, entry: &Entry, arrives: bool) {
        let Told::Sent(letter) = entry.told else {
            return;
        };
        let message = &self.tale.letters[letter];
        let (Some(from), Some(to)) = (self.at[message.from], self.at[message.to]) else {
            return;
        };
        let text = match arrives {
            true => said(&message.text),
            false => format!("{} {}", number(letter), said(&message.text)),
        };
        let mut row = self.row();
        if from == to {
            put(
                &mut row,
                from,
                &format!("├ to itself: {} ", printable(&text)),
            );
            return self.push(row);
        }
        let length = from.abs_diff(to) - 1;
        let text = cut(&printable(&text), length.saturating_sub(3));
        let written = text.chars().count();
        let dashes = length.saturating_sub(written + 2);
        let (line, head) = if arrives {
            ("─", '▶')
        } else {
            ("┄", '┄')
        };
        let back = if arrives { '◀' } else { '┄' };
        if from < to {
            let arrow = format!("├{line}{text}{}{head}", line.repeat(dashes));
            put(&mut row, from, &arrow);
        } else {
            let arrow = format!("{back}{}{text}{line}┤", line.repeat(dashes));
            put(&mut row, to + 1, &arrow);
        }
        self.push(row);
    }

    /// A message that left earlier.
    fn arrival(&mut self, entry: &Entry, letter: usize) {
        let message = &self.tale.letters[letter];
        let (Some(from), Some(to)) = (self.at[message.from], self.at[entry.participant]) else {
            return;
        };
        let text = format!("{} {}", number(letter), said(&message.text));
        let mut row = self.row();
        if from == to {
            put(
                &mut row,
                to,
                &format!("├ from itself: {} ", printable(&text)),
            );
        } else if from < to {
            let room = to - from - 1;
            let text = cut(&printable(&text), room.saturating_sub(3));
            let arrow = format!("┄{text}┄▶");
            put(&mut row, to - arrow.chars().count(), &arrow);
        } else {
            let room = from - to - 1;
            let text = cut(&printable(&text), room.saturating_sub(3));
            put(&mut row, to + 1, &format!("◀┄{text}┄"));
        }
        self.push(row);
    }

    fn finish(mut self, left_out: usize) -> String {
        if left_out > 0 {
            let others = if left_out == 1 {
                "participant"
            } else {
                "participants"
            };
            self.lines
                .push(format!("({left_out} unrelated {others} not shown)"));
        }
        self.lines.join("\n") + "\n"
    }
}

/// How a message is told from the others.
fn number(letter: usize) -> String {
    format!("m{}", letter + 1)
}

fn called(operation: &Operation) -> String {
    format!("{}{}", operation.f, spaced(&operation.value))
}

fn spaced(value: &Value) -> String {
    match plain(value) {
        nothing if nothing.is_empty() => String::new(),
        text => format!(" {text}"),
    }
}

/// A value in as few signs as can be: names of variants one after the other, fields as `order=1`.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Str(text) => text.to_string(),
        Value::Object(fields) => match &fields[..] {
            // A variant that holds another one only says to whom the message belongs.
            [(_, inner @ Value::Object(more))] if is_variant(more) => plain(inner),
            [(name, inner)] => format!("{name}{}", spaced(inner)),
            many => {
                let fields = many
                    .iter()
                    .map(|(name, value)| format!("{name}={}", plain(value)));
                fields.collect::<Vec<_>>().join(" ")
            }
        },
        Value::Array(elements) => {
            let elements: Vec<String> = elements.iter().map(plain).collect();
            format!("[{}]", elements.join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// Whether an object's only field holds an object: a variant inside a variant.
fn is_variant(fields: &[(std::sync::Arc<str>, Value)]) -> bool {
    matches!(fields, [(_, Value::Object(_))])
}

/// A message as [`plain`] shows it.
fn said(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => plain(&value),
        Err(_) => text.to_owned(),
    }
}

/// Writes a text into a row at a column; the row grows as it must.
fn put(row: &mut Vec<char>, at: usize, text: &str) {
    let end = at + text.chars().count();
    if row.len() < end {
        row.resize(end, ' ');
    }
    for (place, character) in row[at..].iter_mut().zip(text.chars()) {
        *place = character;
    }
}
