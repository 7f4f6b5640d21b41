//! `testimony explain ID`: the page of anything that has a name; with `--order`, the stories of an identity.

use std::path::Path;

use super::args::ExplainArgs;
use super::exit;
use super::page;
use super::promises::Promises;
use super::registry::{Registry, SpecText};
use super::story;
use super::suggest::did_you_mean;
use super::terminal::{Stop, Terminal};

/// Pages of what is no specification and no promise.
const TOPICS: [(&str, &str); 5] = [
    ("exit-codes", exit::PAGE),
    (
        "linearizable",
        "\
# linearizable

Is there one order of all operations in which every answer is one that the specification could give, and in \
which an operation that was completed before another one began comes before it?

What was completed before what began is known from everything that orders events: each participant's own order, \
messages, declared causes, and the order of the lines where one observer saw them all.
",
    ),
    (
        "sequential",
        "\
# sequential

Is there one order of all operations in which every answer is one that the specification could give, and in \
which the operations of each participant stand in its own order? Real time, messages and causes do not count.
",
    ),
    (
        "causal-order",
        "\
# causal-order

Is there one order of all operations in which every answer is one that the specification could give, and which \
agrees with each participant's own order, with messages and with declared causes? Real time does not count.
",
    ),
    (
        "verdicts",
        "\
# Verdicts

- kept: in every possible world. The report says how many scopes (keys, intents, objects) were judged.
- broken: in every possible world, with the events that show it.
- undecided: in some worlds only, or a budget ran out. The report names the missing evidence.

A world is one way in which everything may have gone: a choice for each operation of unknown outcome, and one \
order of all events that agrees with everything that is known of their order.
",
    ),
];

/// Prints the page that `args` names, or the two stories of an identity.
pub(super) fn run(args: &ExplainArgs, registry: &Registry, terminal: Terminal) -> Result<u8, Stop> {
    let mut promises = Promises::new(registry, args.configured.config.as_deref(), terminal);
    if let Some(identity) = &args.order {
        return story::run(args, identity, &mut promises, terminal);
    }
    let Some(text) = page_of(&args.id, registry, &mut promises)? else {
        let names = registry
            .spec_names()
            .chain(registry.catalog.promises.iter().map(|entry| entry.name))
            .chain(registry.own_promises.iter().map(|check| check.id()))
            .chain(registry.workflow_names())
            .chain(TOPICS.map(|(name, _)| name));
        let meant = match did_you_mean(&args.id, names) {
            meant if meant.is_empty() => ": `testimony list` shows what there is".to_owned(),
            meant => meant,
        };
        return Err(Stop::failed(format!(
            "nothing is called `{}`{meant}",
            args.id
        )));
    };
    terminal.print(page::wrapped(&text, Terminal::width()).as_bytes())?;
    Ok(exit::KEPT)
}

fn page_of(
    id: &str,
    registry: &Registry,
    promises: &mut Promises<'_>,
) -> Result<Option<String>, Stop> {
    if let Some((_, text)) = TOPICS.iter().find(|(name, _)| *name == id) {
        return Ok(Some((*text).to_owned()));
    }
    let entry = registry
        .catalog
        .promises
        .iter()
        .find(|entry| entry.name == id);
    if let Some(entry) = entry {
        return Ok(Some(page::header(entry.page)));
    }
    let spec = SpecText::parse(id);
    let entry = registry
        .catalog
        .specs
        .iter()
        .find(|entry| entry.name == spec.name);
    if let Some(entry) = entry {
        let topic = spec.consistency.map(|consistency| consistency.as_str());
        let topic = TOPICS.iter().find(|(name, _)| Some(*name) == topic);
        let above = topic.map_or_else(String::new, |(_, text)| format!("{text}\n"));
        let title = topic.map_or_else(String::new, |_| format!("# {}\n\n", spec.name));
        return Ok(Some(format!("{above}{title}{}", page::header(entry.page))));
    }
    if registry.own_specs.iter().any(|(name, _)| name == spec.name) {
        return Ok(Some(format!(
            "`{}` is a specification that this program was built with. Its documentation is in its source.\n",
            spec.name
        )));
    }
    if registry.own_promises.iter().any(|check| check.id() == id) {
        return Ok(Some(format!(
            "`{id}` is a promise that this program was built with. Its documentation is in its source.\n"
        )));
    }
    let mut workflows = registry.workflows.iter();
    if let Some(entry) = workflows.find(|entry| entry.name == spec.name) {
        return Ok(Some(page::header(entry.page)));
    }
    promises
        .page_of(id, Path::new("."))
        .map_err(|_told| Stop::Told)
}
