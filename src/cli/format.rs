//! The formats of a report, and where each goes.

use std::path::PathBuf;

use crate::report::Report;

use super::suggest;
use super::terminal::Terminal;

/// A format that reports can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// For people.
    Human,
    /// One line a check.
    Concise,
    /// For programs.
    Json,
}

impl Format {
    const ALL: [Self; 3] = [Self::Human, Self::Concise, Self::Json];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Concise => "concise",
            Self::Json => "json",
        }
    }
}

/// One `--format`: a format, and the file it goes to; standard output where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) format: Format,
    pub(super) path: Option<PathBuf>,
}

impl Target {
    /// Reads `json` or `json=report.json`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (name, path) = match text.split_once('=') {
            Some((_, "")) => return Err("expected a path after `=`".to_owned()),
            Some((name, path)) => (name, Some(PathBuf::from(path))),
            None => (text, None),
        };
        let format = Format::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or_else(|| {
                let names = Format::ALL.map(Format::as_str);
                let meant = suggest::did_you_mean(name, names);
                format!("expected human, concise or json{meant}")
            })?;
        Ok(Self { format, path })
    }
}

/// Where the reports go: what was asked for, and the human report unless another takes its place.
///
/// Files leave standard output alone, so that a CI job keeps a readable log beside its JSON.
pub(super) fn targets(asked: &[Target], is_quiet: bool) -> Result<Vec<Target>, String> {
    let on_stdout = asked.iter().filter(|target| target.path.is_none()).count();
    if on_stdout > 1 {
        return Err(
            "only one format can go to standard output: give the others a file, as in --format json=report.json"
                .to_owned(),
        );
    }
    for (position, target) in asked.iter().enumerate() {
        if target.path.is_some()
            && asked[..position]
                .iter()
                .any(|other| other.path == target.path)
        {
            return Err("two formats would be written to one file".to_owned());
        }
    }
    let mut targets = asked.to_vec();
    if on_stdout == 0 && !is_quiet {
        targets.push(Target {
            format: Format::Human,
            path: None,
        });
    }
    Ok(targets)
}

/// The report in one format.
pub(super) fn render(format: Format, report: &Report, terminal: Terminal) -> Vec<u8> {
    let _ = (terminal, format);
    format!("{:?}\n", report.verdict()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_leave_the_human_report_on_standard_output() {
        let json = Target::parse("json=a.json").unwrap();
        let human = Target::parse("human").unwrap();
        assert_eq!(
            targets(std::slice::from_ref(&json), false),
            Ok(vec![json.clone(), human.clone()])
        );
        assert_eq!(
            targets(std::slice::from_ref(&json), true),
            Ok(vec![json.clone()])
        );
        assert!(targets(&[human.clone(), Target::parse("json").unwrap()], false).is_err());
        assert!(targets(&[json.clone(), json], false).is_err());
        assert!(Target::parse("json=").is_err());
        assert!(Target::parse("junit").is_err());
    }
}
