//! `testimony generate`: makes a history whose verdict is known.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use crate::check::linear::SpecOptions;
use crate::generate::{GenerateError, Plan};

use super::args::GenerateArgs;
use super::exit;
use super::registry::{Registry, SpecText};
use super::terminal::Stop;

/// Writes the history to standard output or to a file.
pub(super) fn run(args: &GenerateArgs, registry: &Registry) -> Result<u8, Stop> {
    let plan = plan(args, registry)?;
    let is_stdout = args.output == Path::new("-");
    let (place, written) = if is_stdout {
        // Not through the terminal's stream, which may leave out what it takes for colours.
        let stdout = BufWriter::new(io::stdout().lock());
        ("standard output".to_owned(), plan.write(stdout))
    } else {
        let file = File::create(&args.output).map_err(GenerateError::from);
        let written = file.and_then(|file| plan.write(BufWriter::new(file)));
        (args.output.display().to_string(), written)
    };
    match written {
        Ok(()) => Ok(exit::KEPT),
        Err(GenerateError::Plan(says)) => Err(Stop::Failed(says)),
        Err(GenerateError::Write(error)) => Err(Stop::writing(&place, &error)),
    }
}

/// What the arguments ask for; names and parameters are those of `check`.
fn plan(args: &GenerateArgs, registry: &Registry) -> Result<Plan, Stop> {
    let text = SpecText::parse(&args.spec);
    if text.consistency.is_some() {
        let says = format!("`{}` names an order: expected a specification", args.spec);
        return Err(Stop::Failed(says));
    }
    registry
        .spec(&text, SpecOptions::default())
        .map_err(Stop::Failed)?;
    let (parameters, is_by_key) = text.parameters().map_err(Stop::Failed)?;
    let keys = args.keys.or(is_by_key.then_some(1));
    let plan = Plan {
        parameters: parameters.into_iter().collect(),
        ops: args.ops,
        clients: args.clients,
        keys,
        values: args.values,
        unknown: args.unknown,
        is_broken: args.broken,
        seed: args.seed,
        ..Plan::of(text.name)
    };
    if is_by_key && !plan.is_by_key() {
        let says = format!(
            "`{}` has keys of its own: say how many with --keys",
            text.name
        );
        return Err(Stop::Failed(says));
    }
    plan.refuse()
        .map_err(|error| Stop::Failed(error.to_string()))?;
    Ok(plan)
}
