//! A schedule as a small file that people can read, compare and keep.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::Noise;
use crate::sim::{Act, Deviation, ItemName, Way, stable_hash};

/// What a file begins with.
const FORMAT: &str = "testimony-replay/1";
/// The order from which schedules depart.
const ORDER: &str = "oldest-first/1";

/// A schedule of one workflow, and what it is known to lead to.
///
/// Deviations name the item whose turn it is, by what it says and whom it concerns, so that a file survives small changes of the
/// model: a deviation whose item never comes up is passed over, and [`Replay::trace`] tells that the run is another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    format: String,
    /// The workflow with its parameters: `checkout:bug=new-key`.
    pub workflow: String,
    /// Pairs of participants that make noise, and messages of each.
    #[serde(default, skip_serializing_if = "is_quiet")]
    noise: [u8; 2],
    order: String,
    /// The id of the check that the run breaks, where it breaks one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaks: Option<String>,
    deviations: Vec<Written>,
    /// How many steps the run takes.
    pub steps: u32,
    /// A hash of the run: where it differs, the model has changed.
    pub trace: String,
}

fn is_quiet(noise: &[u8; 2]) -> bool {
    noise[0] == 0
}

/// One deviation, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// The item whose turn it is.
    at: String,
    #[serde(rename = "do")]
    act: Word,
    /// What happens before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    item: Option<String>,
    /// Behind how many effects it crashes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effects: Option<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Postpone,
    FirstLet,
    Lose,
    Duplicate,
    CrashAfter,
    Cut,
    ClockAhead,
    ClockBehind,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}:{column}: {says}")]
pub struct ReplayFault {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1; 0 where the fault has none.
    pub column: usize,
    /// What is wrong: a fragment in lower case.
    pub says: String,
}

/// The name of an item as it is written: `{"charge":1} shop->payment`, and ` #2` behind it where it is the second of that name.
pub(super) fn written(text: &str, copy: u16) -> String {
    match copy {
        0 => text.to_owned(),
        copy => format!("{text} #{}", u32::from(copy) + 1),
    }
}

fn item(written: &str) -> ItemName {
    let parts = written.rsplit_once(" #").and_then(|(text, number)| {
        let number: u16 = number.parse().ok()?;
        Some((text, number.checked_sub(1)?))
    });
    let (text, copy) = parts.unwrap_or((written, 0));
    ItemName {
        kind: stable_hash(text),
        copy,
    }
}

impl Replay {
    pub(super) fn new(
        workflow: &str,
        noise: Noise,
        schedule: &[Deviation],
        name: impl Fn(ItemName) -> String,
    ) -> Self {
        let written = schedule.iter().map(|deviation| {
            let (act, item, effects) = match deviation.act {
                Act::Postpone => (Word::Postpone, None, None),
                Act::Before(other) => (Word::FirstLet, Some(name(other)), None),
                Act::Happen(Way::Lost) => (Word::Lose, None, None),
                Act::Happen(Way::Twice) => (Word::Duplicate, None, None),
                Act::Happen(Way::CrashAfter(effects)) => (Word::CrashAfter, None, Some(effects)),
                Act::Happen(Way::Cut) => (Word::Cut, None, None),
                Act::Happen(Way::Ahead) => (Word::ClockAhead, None, None),
                Act::Happen(Way::Behind | Way::Whole) => (Word::ClockBehind, None, None),
            };
            Written {
                at: name(deviation.at),
                act,
                item,
                effects,
            }
        });
        Self {
            format: FORMAT.to_owned(),
            workflow: workflow.to_owned(),
            noise: [noise.pairs, noise.messages],
            order: ORDER.to_owned(),
            breaks: None,
            deviations: written.collect(),
            steps: 0,
            trace: String::new(),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(path: &str, text: &str) -> Result<Self, ReplayFault> {
        let fault = |line, column, says: String| ReplayFault {
            path: path.to_owned(),
            line,
            column,
            says,
        };
        let replay: Self = serde_json::from_str(text).map_err(|error| {
            let says = error.to_string();
            let says = says.split(" at line ").next().unwrap_or_default();
            fault(error.line(), error.column(), says.to_owned())
        })?;
        let expected = |what: &str, found: &str, known: &str| {
            let says = format!("unknown {what} `{found}`: this version reads `{known}`");
            Err(fault(1, 0, says))
        };
        if replay.format != FORMAT {
            return expected("format", &replay.format, FORMAT);
        }
        if replay.order != ORDER {
            return expected("order", &replay.order, ORDER);
        }
        for written in &replay.deviations {
            let lacks = match written.act {
                Word::FirstLet if written.item.is_none() => "item",
                Word::CrashAfter if written.effects.is_none() => "effects",
                _ => continue,
            };
            let says = format!("the deviation at `{}` has no `{lacks}`", written.at);
            return Err(fault(1, 0, says));
        }
        Ok(replay)
    }

    pub(super) fn noise(&self) -> Noise {
        let [pairs, messages] = self.noise;
        Noise { pairs, messages }
    }

    pub(super) fn schedule(&self) -> Vec<Deviation> {
        let deviations = self.deviations.iter().map(|written| {
            let act = match written.act {
                Word::Postpone => Act::Postpone,
                Word::FirstLet => Act::Before(item(written.item.as_deref().unwrap_or_default())),
                Word::Lose => Act::Happen(Way::Lost),
                Word::Duplicate => Act::Happen(Way::Twice),
                Word::CrashAfter => {
                    Act::Happen(Way::CrashAfter(written.effects.unwrap_or_default()))
                }
                Word::Cut => Act::Happen(Way::Cut),
                Word::ClockAhead => Act::Happen(Way::Ahead),
                Word::ClockBehind => Act::Happen(Way::Behind),
            };
            Deviation {
                at: item(&written.at),
                act,
            }
        });
        deviations.collect()
    }

    /// How many deviations there are.
    #[must_use]
    pub fn deviations(&self) -> usize {
        self.deviations.len()
    }

    /// The deviations in words, one a line: `lose {"charge":1} shop->payment`.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        self.deviations.iter().map(Written::to_string).collect()
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = &self.at;
        match self.act {
            Word::Postpone => write!(f, "postpone behind everything else: {at}"),
            Word::FirstLet => {
                let item = self.item.as_deref().unwrap_or_default();
                write!(f, "before {at}, let happen: {item}")
            }
            Word::Lose => write!(f, "lose: {at}"),
            Word::Duplicate => write!(f, "deliver twice: {at}"),
            Word::CrashAfter => match self.effects.unwrap_or_default() {
                0 => write!(f, "crash before the first effect of: {at}"),
                1 => write!(f, "crash after the first effect of: {at}"),
                effects => write!(f, "crash after {effects} effects of: {at}"),
            },
            Word::Cut => write!(f, "cut the link, and lose: {at}"),
            Word::ClockAhead => write!(f, "set the clock ahead: {at}"),
            Word::ClockBehind => write!(f, "set the clock back: {at}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_was_written() {
        let at = |copy| ItemName {
            kind: stable_hash("{\"charge\":1} shop->payment"),
            copy,
        };
        let acts = [
            Act::Postpone,
            Act::Before(at(2)),
            Act::Happen(Way::Lost),
            Act::Happen(Way::CrashAfter(3)),
        ];
        let schedule: Vec<Deviation> = acts.map(|act| Deviation { at: at(1), act }).to_vec();
        let name = |name: ItemName| written("{\"charge\":1} shop->payment", name.copy);
        let replay = Replay::new("checkout", Noise::NONE, &schedule, name);
        let again = Replay::read("a.replay", &replay.text()).unwrap();
        assert_eq!(again, replay);
        assert_eq!(again.schedule(), schedule);
        insta::assert_snapshot!(replay.in_words().join("\n"), @r#"
        postpone behind everything else: {"charge":1} shop->payment #2
        before {"charge":1} shop->payment #2, let happen: {"charge":1} shop->payment #3
        lose: {"charge":1} shop->payment #2
        crash after 3 effects of: {"charge":1} shop->payment #2
        "#);
    }

    #[test]
    fn a_fault_has_its_place() {
        let says = |text: &str| Replay::read("a.replay", text).unwrap_err().to_string();
        insta::assert_snapshot!(says("{\n  \"format\": 3\n}"), @"a.replay:2:13: invalid type: integer `3`, expected a string");
        insta::assert_snapshot!(
            says(r#"{"format":"x/1","workflow":"a","order":"b","deviations":[],"steps":0,"trace":""}"#),
            @"a.replay:1:0: unknown format `x/1`: this version reads `testimony-replay/1`"
        );
    }
}
