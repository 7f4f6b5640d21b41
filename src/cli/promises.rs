//! Finds the configuration of each history, and the promises in it.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::check::config::{Config, ConfiguredPromise, Level};

use super::diagnostic;
use super::page;
use super::registry::{Registry, Shared};
use super::suggest::did_you_mean;
use super::terminal::Terminal;

const FILE_NAME: &str = "testimony.toml";

/// Configurations by their paths, each read once.
#[derive(Debug)]
pub(super) struct Promises<'r> {
    registry: &'r Registry,
    /// What `--config` names.
    named: Option<PathBuf>,
    read: BTreeMap<PathBuf, Result<Arc<Config>, Unreadable>>,
    terminal: Terminal,
}

/// A configuration cannot be used; why was told on standard error when it was first asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unreadable;

/// What `list` shows of a configuration.
pub(super) struct Configured {
    pub(super) path: String,
    /// Ids with what they are.
    pub(super) promises: Vec<(String, String)>,
}

impl<'r> Promises<'r> {
    pub(super) fn new(registry: &'r Registry, named: Option<&Path>, terminal: Terminal) -> Self {
        Self {
            registry,
            named: named.map(Path::to_owned),
            read: BTreeMap::new(),
            terminal,
        }
    }

    /// The configuration of a history, or of the folder that is asked about: the one that `--config`
    /// names, else the nearest upward; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read, or something is wrong with it.
    pub(super) fn of(&mut self, place: &Path) -> Result<Option<Arc<Config>>, Unreadable> {
        let Some(path) = self.named.clone().or_else(|| nearest(place)) else {
            return Ok(None);
        };
        if let Some(known) = self.read.get(&path) {
            return known.clone().map(Some);
        }
        let read = self.parse(&path);
        self.read.insert(path, read.clone());
        read.map(Some)
    }

    fn parse(&self, path: &Path) -> Result<Arc<Config>, Unreadable> {
        let shown = path.display().to_string();
        let text = fs::read_to_string(path).map_err(|error| {
            self.terminal.error(&match error.kind() {
                ErrorKind::InvalidData => format!("{shown} is not UTF-8"),
                _ => format!("failed to read {shown}: {error}"),
            });
            Unreadable
        })?;
        let Registry { catalog, .. } = self.registry;
        let others = self.registry.own_check_ids();
        let config = Config::parse_beside(&shown, &text, catalog, &others).map_err(|faults| {
            self.terminal.show(&diagnostic::config(&faults));
            Unreadable
        })?;
        Ok(Arc::new(config))
    }

    /// The promise that `name` names in this program or in a configuration.
    ///
    /// # Errors
    /// Nothing is called so: a lowercase fragment.
    pub(super) fn promise(&self, name: &str, config: Option<&Config>) -> Result<Shared, String> {
        let own = &self.registry.own_promises;
        if let Some(check) = own.iter().find(|check| check.id() == name) {
            return Ok(Arc::clone(check));
        }
        if let Some(promise) = config.and_then(|config| config.promise(name)) {
            return Ok(Arc::new(promise.check.clone()) as Shared);
        }
        let configured = config.map_or(&[][..], |config| &config.promises);
        let names = own
            .iter()
            .map(|check| check.id())
            .chain(configured.iter().map(ConfiguredPromise::id));
        let meant = did_you_mean(name, names);
        let place = match config {
            Some(config) => format!(" in {}", config.path),
            None => format!(", and no {FILE_NAME} was found upward from the history"),
        };
        Err(format!("unknown promise `{name}`{place}{meant}"))
    }

    /// The promises of this program and of a configuration.
    pub(super) fn all(&self, config: Option<&Config>) -> Vec<Shared> {
        let configured = config.map_or(&[][..], |config| &config.promises).iter();
        let configured = configured.map(|promise| Arc::new(promise.check.clone()) as Shared);
        let own = self.registry.own_promises.iter().cloned();
        own.chain(configured).collect()
    }

    /// The promises configured for a place; `None` where no configuration is.
    pub(super) fn listed(&mut self, place: &Path) -> Result<Option<Configured>, Unreadable> {
        let Some(config) = self.of(place)? else {
            return Ok(None);
        };
        let promises = config.promises.iter().map(|promise| {
            let level = match promise.level {
                Level::Deny => String::new(),
                level => format!(", level {}", level.as_str()),
            };
            let says = format!("{} ({}{level})", promise.name, promise.kind());
            (promise.id().to_owned(), says)
        });
        Ok(Some(Configured {
            path: config.path.clone(),
            promises: promises.collect(),
        }))
    }

    /// What `explain` prints of a configured promise: where it stands, its entry, and its kind's page.
    pub(super) fn page_of(&mut self, id: &str, place: &Path) -> Result<Option<String>, Unreadable> {
        let Some(config) = self.of(place)? else {
            return Ok(None);
        };
        let Some(promise) = config.promise(id) else {
            return Ok(None);
        };
        let (id, kind) = (promise.id(), promise.kind());
        let place = format!("{}:{}", config.path, promise.spot.line);
        let text = fs::read_to_string(&config.path).unwrap_or_default();
        let entry = entry_at(&text, promise.spot.line as usize);
        let kinds = &self.registry.catalog.promises;
        let page = kinds.iter().find(|entry| entry.name == kind);
        let page = page.map_or_else(String::new, |entry| page::header(entry.page));
        Ok(Some(format!(
            "# {id}\n\nA promise of kind `{kind}`, configured at {place}:\n\n\
             ```toml\n{entry}\n```\n\n# {kind}\n\n{page}"
        )))
    }
}

/// The table of a configuration that a line (counted from 1) stands in.
fn entry_at(text: &str, line: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let inside = line.saturating_sub(1).min(lines.len());
    let is_table = |line: &&str| line.starts_with('[');
    let start = lines[..inside].iter().rposition(is_table).unwrap_or(inside);
    let end = lines[inside..].iter().position(is_table);
    let end = end.map_or(lines.len(), |length| inside + length);
    lines[start..end].join("\n").trim_end().to_owned()
}

/// The nearest configuration upward from a history or folder, by a path as short as the place's own.
fn nearest(place: &Path) -> Option<PathBuf> {
    let place = if place == Path::new("-") {
        Path::new(".")
    } else {
        place
    };
    let start = if place.is_dir() {
        place
    } else {
        place.parent()?
    };
    for folder in start.ancestors() {
        let candidate = folder.join(FILE_NAME);
        if candidate.is_file() {
            return Some(candidate);
        }
    }
    if start.is_absolute() {
        return None;
    }
    // The path's own folders are searched: now those that it stands in.
    let absolute = std::path::absolute(start).ok()?;
    let mut above = absolute.ancestors().map(|folder| folder.join(FILE_NAME));
    above.find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_configuration_upward_counts() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::write(at(FILE_NAME), "").unwrap();
        assert_eq!(nearest(&at("a/b/history.jsonl")), Some(at(FILE_NAME)));
        fs::write(at("a/testimony.toml"), "").unwrap();
        assert_eq!(
            nearest(&at("a/b/history.jsonl")),
            Some(at("a/testimony.toml"))
        );
        assert_eq!(nearest(&at("a")), Some(at("a/testimony.toml")));
    }

    #[test]
    fn an_entry_is_its_table() {
        let text = "[[promise]]\nname = \"a\"\n\n[[promise]]\n# why\nname = \"b\"\nper = \"x\"\n\n[effect.c]\n";
        assert_eq!(
            entry_at(text, 6),
            "[[promise]]\n# why\nname = \"b\"\nper = \"x\""
        );
        assert_eq!(entry_at(text, 2), "[[promise]]\nname = \"a\"");
        assert_eq!(entry_at("", 9), "");
    }
}
