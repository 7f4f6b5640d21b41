//! `testimony list`: everything that can be asked for by name, one line each.

use std::fmt::Write;
use std::path::Path;

use anstyle::Style;

use super::args::ListArgs;
use super::exit;
use super::page;
use super::promises::Promises;
use super::registry::Registry;
use super::terminal::{Stop, Terminal};

const HEADING: Style = Style::new().bold();

/// Prints the lists.
pub(super) fn run(args: &ListArgs, registry: &Registry, terminal: Terminal) -> Result<u8, Stop> {
    let mut text = String::new();
    let specs = registry
        .catalog
        .specs
        .iter()
        .map(|entry| (entry.name, entry.page));
    let mut rows: Vec<Row> = specs.map(Row::of_page).collect();
    let own = registry.own_specs.iter().map(|(name, _)| name.as_str());
    rows.extend(own.map(Row::of_rust));
    table(&mut text, "Specifications (--spec NAME)", &rows);

    let kinds = registry
        .catalog
        .promises
        .iter()
        .map(|entry| (entry.name, entry.page));
    let rows: Vec<Row> = kinds.map(Row::of_page).collect();
    table(
        &mut text,
        "Kinds of promise (kind = \"NAME\" in testimony.toml)",
        &rows,
    );

    let rows: Vec<Row> = registry
        .own_promises
        .iter()
        .map(|check| Row::of_rust(check.id()))
        .collect();
    table(
        &mut text,
        "Promises of this program (--promise NAME)",
        &rows,
    );

    let known = registry.workflows.iter();
    let mut rows: Vec<Row> = known
        .map(|entry| Row::of_page((entry.name, entry.page)))
        .collect();
    let own = registry.own_workflows.iter();
    rows.extend(own.map(|(name, _)| Row::of_rust(name)));
    table(&mut text, "Workflows (testimony fuzz NAME)", &rows);

    let mut promises = Promises::new(registry, args.configured.config.as_deref(), terminal);
    let place = args.path.as_deref().unwrap_or_else(|| Path::new("."));
    if let Some(configured) = promises.listed(place).map_err(|_told| Stop::Told)? {
        let rows: Vec<Row> = configured
            .promises
            .into_iter()
            .map(|(name, says)| Row { name, says })
            .collect();
        let title = format!("Promises of {} (--promise NAME)", configured.path);
        table(&mut text, &title, &rows);
    }
    terminal.print(text.as_bytes())?;
    Ok(exit::KEPT)
}

struct Row {
    name: String,
    says: String,
}

impl Row {
    fn of_page((name, source): (&str, &str)) -> Self {
        Self {
            name: name.to_owned(),
            says: page::summary(&page::header(source)),
        }
    }

    fn of_rust(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            says: "Written in Rust, built into this program".to_owned(),
        }
    }
}

/// One table with its heading; nothing where it has no row.
fn table(text: &mut String, title: &str, rows: &[Row]) {
    let Some(columns) = rows.iter().map(|row| row.name.chars().count()).max() else {
        return;
    };
    if !text.is_empty() {
        text.push('\n');
    }
    let _infallible = writeln!(text, "{HEADING}{title}{HEADING:#}");
    for Row { name, says } in rows {
        let _infallible = writeln!(text, "  {name:columns$}  {says}");
    }
}
