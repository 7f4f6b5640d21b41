//! `testimony convert`: writes a history in another format.

use std::io::{self, BufWriter, Write};

use crate::check::session::Unjudged;

use super::args::{ConvertArgs, Written};
use super::diagnostic;
use super::exit;
use super::terminal::{Stop, Terminal};
use super::work;

/// Reads the history and writes it to standard output.
pub(super) fn run(args: &ConvertArgs, terminal: Terminal) -> Result<u8, Stop> {
    let history = match work::read(&args.path, args.reading) {
        Ok(history) => history,
        Err(error) => {
            let unjudged = Unjudged::Read(error);
            terminal.show(&diagnostic::unjudged(&unjudged, args.reading.on_fault()));
            return Err(Stop::Told);
        }
    };
    // Not through the terminal's stream, which may leave out what it takes for colours.
    let mut stdout = BufWriter::new(io::stdout().lock());
    let written = match args.to {
        Written::Jsonl => history.write(&mut stdout),
        Written::Json => history.write_json(&mut stdout),
        Written::JepsenEdn => history.write_edn(&mut stdout),
    };
    let written = written.and_then(|()| stdout.flush());
    written.map_err(|error| Stop::writing("standard output", &error))?;
    Ok(exit::KEPT)
}
