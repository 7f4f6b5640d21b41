//! The command line, as a builder: a stranger's binary has all of it in a few lines.
//!
//! ```no_run
//! use testimony::prelude::*;
//! # struct NoDoubleHold;
//! # impl Promise for NoDoubleHold {
//! #     type Fact = Value;
//! #     type State = Value;
//! #     fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Value)>, Misfit> { Ok(None) }
//! #     fn observe(&self, _: &mut Value, _: &Value) -> Result<(), Breach> { Ok(()) }
//! # }
//! fn main() -> std::process::ExitCode {
//!     testimony::Cli::new().with(testimony::specs::all()).promise(NoDoubleHold).run()
//! }
//! ```
//!
//! This is the only stage that prints, and that reads arguments, the environment or the clock.

mod args;
mod check;
mod completions;
mod convert;
mod diagnostic;
pub mod exit;
mod explain;
mod format;
mod fuzz;
mod generate;
mod list;
mod page;
mod panics;
mod paths;
mod progress;
mod promises;
mod registry;
mod seed;
mod select;
mod settle;
mod story;
mod suggest;
mod terminal;
mod test;
mod work;

use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;

use crate::check::catalog::Catalog;
use crate::check::linear::AnySpec;
use crate::check::promise::{AnyPromise, Promise, PromiseCheck};
use crate::check::session::{RUST_KIND, slug_of_type};
use crate::fuzz::{Suite, WorkflowEntry};

use args::{Arguments, Command};
use registry::Registry;
use terminal::{Stop, Terminal, Volume};

/// The command line with everything that can be asked of it by name.
#[derive(Debug, Default)]
#[must_use = "nothing happens before `run`"]
pub struct Cli {
    registry: Registry,
}

impl Cli {
    /// Starts without a single specification or promise.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds specifications and kinds of promise: [`crate::specs::all`] is what ships with testimony.
    pub fn with(mut self, catalog: Catalog) -> Self {
        self.registry.catalog.specs.extend(catalog.specs);
        self.registry.catalog.promises.extend(catalog.promises);
        self
    }

    /// Adds a specification that `--spec NAME` asks for.
    pub fn spec(mut self, name: &str, spec: impl Into<AnySpec>) -> Self {
        self.registry.own_specs.push((name.to_owned(), spec.into()));
        self
    }

    /// Adds a promise that is called by the slug of its type's name: `NoDoubleHold` is `no-double-hold`.
    ///
    /// Every history is held to it, unless `--spec` or `--promise` selects something else.
    pub fn promise<P: Promise>(self, promise: P) -> Self {
        self.named_promise(&slug_of_type::<P>(), promise)
    }

    /// Adds a promise that is called by the slug of `name`.
    pub fn named_promise(mut self, name: &str, promise: impl Into<AnyPromise>) -> Self {
        let check = PromiseCheck::new(name, RUST_KIND, promise.into());
        self.registry.own_promises.push(Arc::new(check));
        self
    }

    /// Adds workflows that `fuzz`, `explore` and `replay` can name: [`crate::specs::workflows::all`] is what ships with testimony.
    pub fn workflows(mut self, entries: impl IntoIterator<Item = WorkflowEntry>) -> Self {
        self.registry.workflows.extend(entries);
        self
    }

    /// Adds a workflow without bugs and parameters.
    pub fn workflow(mut self, name: &str, suite: impl Into<Suite>) -> Self {
        let own = (name.to_owned(), suite.into());
        self.registry.own_workflows.push(own);
        self
    }

    /// Does what the arguments of the process ask for. The exit code is one of those in
    /// [`exit`].
    #[must_use]
    pub fn run(self) -> ExitCode {
        self.run_from(std::env::args_os())
    }

    /// Does what these arguments ask for; the first one is the name of the program.
    #[must_use]
    pub fn run_from(self, arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
        let arguments: Vec<OsString> = arguments.into_iter().collect();
        let code = panics::caught(&arguments, || self.dispatch(&arguments));
        ExitCode::from(code)
    }

    fn dispatch(&self, arguments: &[OsString]) -> u8 {
        let arguments = match Arguments::try_parse_from(arguments) {
            Ok(arguments) => arguments,
            Err(error) => return answered(&error),
        };
        let volume = match (arguments.quiet, arguments.verbose) {
            (true, _) => Volume::Quiet,
            (false, false) => Volume::Normal,
            (false, true) => Volume::Verbose,
        };
        let terminal = Terminal::new(arguments.color, volume);
        match self.command(&arguments.command, terminal) {
            Ok(code) => code,
            Err(Stop::ClosedPipe) => exit::KEPT,
            Err(Stop::Failed(says)) => {
                terminal.error(&says);
                exit::NOT_CHECKED
            }
            Err(Stop::Told) => exit::NOT_CHECKED,
        }
    }

    fn command(&self, command: &Command, terminal: Terminal) -> Result<u8, Stop> {
        let registry = &self.registry;
        if let Some(says) = registry.ambiguous() {
            return Err(Stop::Failed(says));
        }
        match command {
            Command::Check(args) => check::run(args, registry, terminal),
            Command::Test(args) => test::run(args, registry, terminal),
            Command::Convert(args) => convert::run(args, terminal),
            Command::Generate(args) => generate::run(args, registry),
            Command::Fuzz(args) => fuzz::run(args, registry, terminal),
            Command::Explore(args) => fuzz::explore(args, registry, terminal),
            Command::Replay(args) => fuzz::replay(args, registry, terminal),
            Command::List(args) => list::run(args, registry, terminal),
            Command::Explain(args) => explain::run(args, registry, terminal),
            Command::Completions(args) => completions::completions(args, terminal),
            Command::Man(args) => completions::man(args, terminal),
        }
    }
}

/// Prints what clap has to say: help and version to standard output, usage to standard error.
fn answered(error: &clap::Error) -> u8 {
    match error.print() {
        Err(failure) if failure.kind() != ErrorKind::BrokenPipe => exit::NOT_CHECKED,
        _ if error.use_stderr() => exit::NOT_CHECKED,
        _ => exit::KEPT,
    }
}
