//! The formats of a report, and where each goes.

use std::io;
use std::path::PathBuf;

use crate::history::Verdict;
use crate::report::human::Look;
use crate::report::{Detail, Palette, Report, concise, human, json};

use super::exit;
use super::suggest;
use super::terminal::{Stop, Terminal};

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
    /// Those of a report on histories.
    const OF_HISTORIES: [Self; 3] = [Self::Human, Self::Concise, Self::Json];
    /// Those of a report on a workflow.
    const OF_WORKFLOWS: [Self; 2] = [Self::Human, Self::Json];

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
    /// Reads `json` or `json=report.json`, for a report on histories.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        Self::one_of(&Format::OF_HISTORIES, text)
    }

    /// The same, for a report on a workflow.
    pub(super) fn of_workflow(text: &str) -> Result<Self, String> {
        Self::one_of(&Format::OF_WORKFLOWS, text)
    }

    fn one_of(formats: &[Format], text: &str) -> Result<Self, String> {
        let (name, path) = match text.split_once('=') {
            Some((_, "")) => return Err("expected a path after `=`".to_owned()),
            Some((name, path)) => (name, Some(PathBuf::from(path))),
            None => (text, None),
        };
        let format = formats.iter().find(|format| format.as_str() == name);
        let format = format.ok_or_else(|| {
            let names: Vec<&str> = formats.iter().map(|format| format.as_str()).collect();
            let meant = suggest::did_you_mean(name, names.iter().copied());
            let (last, others) = names.split_last().unwrap_or((&"", &[]));
            format!("expected {} or {last}{meant}", others.join(", "))
        })?;
        Ok(Self {
            format: *format,
            path,
        })
    }
}

/// Where the reports go: what was asked for, and the human report unless another takes its place.
///
/// Files leave standard output alone, so that a CI job keeps a readable log beside its JSON.
pub(super) fn targets(asked: &[Target]) -> Result<Vec<Target>, String> {
    let on_stdout = asked.iter().filter(|target| target.path.is_none()).count();
    if on_stdout > 1 {
        let says = "only one format can go to standard output: give the others a file, as in \
                    --format json=report.json";
        return Err(says.to_owned());
    }
    for (position, target) in asked.iter().enumerate() {
        let mut before = asked[..position].iter();
        if target.path.is_some() && before.any(|other| other.path == target.path) {
            return Err("two formats would be written to one file".to_owned());
        }
    }
    let mut targets = asked.to_vec();
    if on_stdout == 0 {
        targets.push(Target {
            format: Format::Human,
            path: None,
        });
    }
    Ok(targets)
}

impl Target {
    /// The report as it goes to this target. Colours are left out where the target has none.
    ///
    /// What is for people is empty where no history was judged, and with `--quiet` where everything is
    /// kept.
    pub(super) fn render(&self, report: &Report, terminal: Terminal) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        if self.format == Format::Json {
            json::write(report, &mut text)?;
            return Ok(text);
        }
        let detail = terminal.detail();
        let checks = report.histories.iter().flat_map(|history| &history.checks);
        let is_kept = checks
            .filter(|check| check.is_shown(detail))
            .all(|check| check.verdict() == Some(Verdict::Kept));
        if report.histories.is_empty() || (is_kept && detail == Detail::Findings) {
            return Ok(text);
        }
        if self.format == Format::Concise {
            concise::write(report, detail, &mut text)?;
            return Ok(text);
        }
        let look = match self.path {
            None => Look {
                width: Terminal::width(),
                palette: Palette::Ansi,
                detail,
            },
            Some(_) => Look {
                width: Terminal::WIDTH,
                palette: Palette::Plain,
                detail,
            },
        };
        human::write(report, look, &mut text)?;
        Ok(text)
    }
}

/// Writes a report to each target: files first, so that a closed pipe takes none of them away. Where a file cannot be written,
/// the exit code says so.
pub(super) fn write(
    targets: &[Target],
    terminal: Terminal,
    code: u8,
    render: impl Fn(&Target) -> io::Result<Vec<u8>>,
) -> Result<u8, Stop> {
    let mut code = code;
    for target in targets {
        let Some(path) = &target.path else {
            continue;
        };
        if let Err(error) = render(target).and_then(|text| std::fs::write(path, text)) {
            terminal.error(&format!("failed to write {}: {error}", path.display()));
            code = exit::worse(code, exit::NOT_CHECKED);
        }
    }
    for target in targets.iter().filter(|target| target.path.is_none()) {
        let text = render(target).map_err(|error| Stop::writing("the report", &error))?;
        terminal.print(&text)?;
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_leave_the_human_report_on_standard_output() {
        let json = Target::parse("json=a.json").unwrap();
        let human = Target::parse("human").unwrap();
        assert_eq!(
            targets(std::slice::from_ref(&json)),
            Ok(vec![json.clone(), human.clone()])
        );
        assert!(targets(&[human.clone(), Target::parse("json").unwrap()]).is_err());
        assert!(targets(&[json.clone(), json]).is_err());
        assert!(Target::parse("json=").is_err());
        assert!(Target::parse("junit").is_err());
        assert_eq!(
            Target::of_workflow("concise"),
            Err("expected human or json".to_owned())
        );
    }
}
