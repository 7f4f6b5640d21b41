//! Writes events as JSON Lines.

use std::io::{self, Write};

use crate::history::{EventKind, Value};

/// What an event of a process says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'s> {
    pub(super) process: u64,
    pub(super) kind: EventKind,
    pub(super) f: &'static str,
    /// The key, as JSON, where values are `[key, …]`.
    pub(super) key: Option<&'s str>,
    pub(super) value: Option<&'s Value>,
}

/// One line after the other.
#[derive(Debug)]
pub(super) struct Lines<W> {
    to: W,
    line: Vec<u8>,
}

impl<W: Write> Lines<W> {
    pub(super) const fn to(to: W) -> Self {
        Self {
            to,
            line: Vec::new(),
        }
    }

    /// Writes a line of JSON.
    pub(super) fn text(&mut self, json: &str) -> io::Result<()> {
        writeln!(self.to, "{json}")
    }

    pub(super) fn event(&mut self, said: Said<'_>) -> io::Result<()> {
        let Said {
            process,
            kind,
            f,
            key,
            value,
        } = said;
        let line = &mut self.line;
        line.clear();
        let kind_name = kind.as_str();
        write!(
            line,
            r#"{{"process":{process},"type":"{kind_name}","f":"{f}""#
        )?;
        match (key, value) {
            (Some(key), Some(value)) => {
                write!(line, r#","value":[{key},"#)?;
                serde_json::to_writer(&mut *line, value)?;
                line.push(b']');
            }
            (Some(key), None) => write!(line, r#","value":[{key}]"#)?,
            (None, Some(value)) => {
                line.extend(br#","value":"#);
                serde_json::to_writer(&mut *line, value)?;
            }
            (None, None) => {}
        }
        if kind == EventKind::Info {
            line.extend(br#","error":"timed out""#);
        }
        line.extend(b"}\n");
        self.to.write_all(line)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.to.flush()
    }
}
