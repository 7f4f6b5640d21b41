//! Finds the histories that PATH arguments name: files, directories, globs, standard input.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The histories found, in the order of the arguments and then by name, each once.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) histories: Vec<PathBuf>,
    /// Arguments that name a place, but no history is there: lowercase fragments.
    pub(super) empty: Vec<String>,
    /// Arguments that cannot be read: lowercase fragments.
    pub(super) faults: Vec<String>,
}

/// How the names of histories end, where a directory is searched.
const ENDINGS: [&str; 6] = [
    ".jsonl",
    ".json",
    ".jsonl.gz",
    ".json.gz",
    ".jsonl.zst",
    ".json.zst",
];

/// Finds what the arguments name. A file that is named itself may have any name.
pub(super) fn find(arguments: &[PathBuf]) -> Found {
    let mut found = Found::default();
    let mut known = BTreeSet::new();
    for argument in arguments {
        for path in found.of(argument) {
            if known.insert(path.clone()) {
                found.histories.push(path);
            }
        }
    }
    found
}

impl Found {
    fn of(&mut self, argument: &Path) -> Vec<PathBuf> {
        let shown = argument.display();
        if argument == Path::new("-") {
            return vec![argument.to_owned()];
        }
        match fs::metadata(argument) {
            Ok(metadata) if metadata.is_dir() => {
                let histories = self.searched(argument);
                if histories.is_empty() {
                    self.empty.push(format!("no history in {shown}"));
                }
                histories
            }
            Ok(_) => vec![argument.to_owned()],
            Err(error) => match argument.to_str().filter(|text| is_glob(text)) {
                Some(pattern) => self.matching(pattern),
                None => {
                    self.faults.push(format!("failed to read {shown}: {error}"));
                    Vec::new()
                }
            },
        }
    }

    /// What a glob matches; directories among that are searched.
    fn matching(&mut self, pattern: &str) -> Vec<PathBuf> {
        let matches = match glob::glob(pattern) {
            Ok(matches) => matches,
            Err(error) => {
                self.faults
                    .push(format!("`{pattern}` is no pattern: {}", error.msg));
                return Vec::new();
            }
        };
        let mut histories = Vec::new();
        for path in matches {
            match path {
                Ok(path) if path.is_dir() => histories.extend(self.searched(&path)),
                Ok(path) => histories.push(path),
                Err(error) => self
                    .faults
                    .push(format!("failed to read {}", error.path().display())),
            }
        }
        if histories.is_empty() {
            self.empty.push(format!("no history matches `{pattern}`"));
        }
        histories
    }

    /// All histories below a directory, by name. What begins with a dot is passed over.
    fn searched(&mut self, top: &Path) -> Vec<PathBuf> {
        let mut histories = BTreeSet::new();
        let mut open = vec![top.to_owned()];
        while let Some(directory) = open.pop() {
            let entries = match entries(&directory) {
                Ok(entries) => entries,
                Err(error) => {
                    let shown = directory.display();
                    self.faults.push(format!("failed to read {shown}: {error}"));
                    continue;
                }
            };
            for (path, is_directory) in entries {
                let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
                match is_directory {
                    _ if name.starts_with('.') => {}
                    true => open.push(path),
                    false if is_history(name) => {
                        histories.insert(path);
                    }
                    false => {}
                }
            }
        }
        histories.into_iter().collect()
    }
}

/// The entries of a directory, and whether each is one itself. Links to directories are not followed, so
/// that the search ends.
fn entries(directory: &Path) -> io::Result<Vec<(PathBuf, bool)>> {
    let entries = fs::read_dir(directory)?.map(|entry| {
        let entry = entry?;
        Ok((entry.path(), entry.file_type()?.is_dir()))
    });
    entries.collect()
}

fn is_history(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_and_globs_are_searched_and_each_history_is_found_once() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("b/deep")).unwrap();
        fs::create_dir_all(at(".hidden")).unwrap();
        for name in [
            "z.jsonl",
            "a.json.gz",
            "b/deep/m.jsonl.zst",
            ".hidden/x.jsonl",
            "note.txt",
        ] {
            fs::write(at(name), "").unwrap();
        }
        let glob = at("*.jsonl");
        let found = find(&[folder.path().to_owned(), glob, at("z.jsonl")]);
        assert_eq!(
            found.histories,
            [at("a.json.gz"), at("b/deep/m.jsonl.zst"), at("z.jsonl")]
        );
        assert!(found.empty.is_empty() && found.faults.is_empty());

        let found = find(&[
            at("note.txt"),
            at("absent.jsonl"),
            at("*.edn"),
            PathBuf::from("-"),
        ]);
        assert_eq!(found.histories, [at("note.txt"), PathBuf::from("-")]);
        assert_eq!((found.empty.len(), found.faults.len()), (1, 1));
    }
}
