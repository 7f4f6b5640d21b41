//! Where the command line writes: verdicts to standard output, everything else to standard error.

use std::io::{self, ErrorKind, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use crate::report::Detail;

use super::args::Color;

/// Why a command ended before its end.
#[derive(Debug)]
pub(super) enum Stop {
    /// Whoever read our output has seen enough: success.
    ClosedPipe,
    /// It cannot go on; what to print on standard error.
    Failed(String),
    /// It cannot go on; why was told on standard error.
    Told,
}

impl Stop {
    /// A lowercase fragment that says why it cannot go on.
    pub(super) fn failed(says: impl Into<String>) -> Self {
        Self::Failed(says.into())
    }

    /// What writing to `place` ended in.
    pub(super) fn writing(place: &str, error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::Failed(format!("failed to write {place}: {error}")),
        }
    }
}

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Volume {
    /// Only what is not kept.
    Quiet,
    /// What most people want to know.
    Normal,
    /// Also what was kept, and how it was found out.
    Verbose,
}

/// The two standard streams with their colours and widths.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terminal {
    color: Color,
    volume: Volume,
}

impl Terminal {
    /// Columns of a line where nobody looks at it on a terminal.
    pub(super) const WIDTH: usize = 100;

    pub(super) const fn new(color: Color, volume: Volume) -> Self {
        Self { color, volume }
    }

    /// Whether only what is not kept is of interest.
    pub(super) fn is_quiet(self) -> bool {
        self.volume == Volume::Quiet
    }

    /// How much of a report is shown.
    pub(super) const fn detail(self) -> Detail {
        match self.volume {
            Volume::Quiet => Detail::Findings,
            Volume::Normal => Detail::Verdicts,
            Volume::Verbose => Detail::Everything,
        }
    }

    /// Whether more is wanted than most people want to know.
    pub(super) fn is_verbose(self) -> bool {
        self.volume == Volume::Verbose
    }

    /// Prints verdicts, or whatever else the command was asked for.
    pub(super) fn print(self, text: &[u8]) -> Result<(), Stop> {
        let mut stream = AutoStream::new(io::stdout().lock(), self.color.choice());
        let written = stream.write_all(text).and_then(|()| stream.flush());
        written.map_err(|error| Stop::writing("standard output", &error))
    }

    /// Prints what is no verdict. That nobody reads it is no reason to stop.
    pub(super) fn tell(self, text: &str) {
        let mut stream = AutoStream::new(io::stderr().lock(), self.color.choice());
        let _unread = writeln!(stream, "{text}");
    }

    /// Prints what shows a place in an input, apart from what follows.
    pub(super) fn show(self, diagnostic: &str) {
        self.tell(&format!("{diagnostic}\n"));
    }

    /// Prints that something will be missed.
    pub(super) fn warn(self, text: &str) {
        self.tell(&format!("warning: {text}"));
    }

    /// Prints why the exit code is what it is.
    pub(super) fn error(self, text: &str) {
        self.tell(&format!("error: {text}"));
    }

    /// Columns of standard output.
    pub(super) fn width() -> usize {
        let stdout = io::stdout();
        if !stdout.is_terminal() {
            return Self::WIDTH;
        }
        terminal_size::terminal_size_of(stdout).map_or(Self::WIDTH, |(width, _)| width.0.into())
    }

    /// Columns of standard error.
    pub(super) fn error_width() -> usize {
        let stderr = io::stderr();
        if !stderr.is_terminal() {
            return Self::WIDTH;
        }
        terminal_size::terminal_size_of(stderr).map_or(Self::WIDTH, |(width, _)| width.0.into())
    }
}

impl Color {
    const fn choice(self) -> ColorChoice {
        match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        }
    }
}
