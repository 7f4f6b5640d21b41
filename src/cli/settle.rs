//! What the findings of a run count for: levels, accepted findings, undecided checks, and the exit code of it all.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::check::config::{AcceptedEntry, Config, Date, Level, Undecided};
use crate::check::session::{Finding, Judged};
use crate::history::Verdict;
use crate::report::{CheckReport, HistoryReport, Stale, StaleEntry};

use super::args::CheckArgs;
use super::check::Job;
use super::exit;
use super::terminal::Terminal;

/// Counts the findings of one run.
pub(super) struct Settlement<'a> {
    profile: Option<&'a str>,
    undecided: Option<Undecided>,
    is_strict: bool,
    today: Date,
    terminal: Terminal,
    /// By the path of a configuration: what became of its accepted findings.
    seen: BTreeMap<String, Seen<'a>>,
}

/// What became of the accepted findings of one configuration.
struct Seen<'a> {
    config: &'a Config,
    /// Some history was not judged: a finding may stand there.
    is_partial: bool,
    /// Of each entry: whether its check was judged on a history that it speaks of, and what it accepted.
    entries: Vec<(bool, Option<Used>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Used {
    Valid,
    Expired,
}

impl<'a> Settlement<'a> {
    pub(super) fn new(args: &'a CheckArgs, terminal: Terminal) -> Self {
        Self {
            profile: args.selection.profile.as_deref(),
            undecided: args.undecided.map(|word| word.0),
            is_strict: args.strict,
            today: today(),
            terminal,
            seen: BTreeMap::new(),
        }
    }

    /// The report of a history, and its exit code.
    pub(super) fn settle(&mut self, job: &'a Job, judged: Judged) -> (HistoryReport, u8) {
        let path = judged.history.path().to_owned();
        let profile = job.profile(self.profile);
        let of_profile = profile.and_then(|profile| profile.undecided);
        let undecided = self.undecided.or(of_profile);
        let mut code = exit::KEPT;
        let mut checks = Vec::new();
        for finding in judged.findings {
            let check = self.check(job, finding);
            code = exit::worse(code, self.code_of(&path, &check, undecided));
            checks.push(check);
        }
        let report = HistoryReport {
            history: judged.history,
            order: judged.order,
            checks,
        };
        (report, code)
    }

    /// Remembers that a history was not judged.
    pub(super) fn unjudged(&mut self, job: &'a Job) {
        if let Some(config) = job.config.as_deref() {
            self.seen(config).is_partial = true;
        }
    }

    fn seen(&mut self, config: &'a Config) -> &mut Seen<'a> {
        self.seen
            .entry(config.path.clone())
            .or_insert_with(|| Seen {
                config,
                is_partial: false,
                entries: vec![(false, None); config.accepted.len()],
            })
    }

    fn check(&mut self, job: &'a Job, finding: Finding) -> CheckReport {
        let check = CheckReport::new(&finding.id, &finding.kind, finding.judgement);
        let Some(config) = job.config.as_deref() else {
            return check;
        };
        let path = beside(&job.path, Path::new(&config.path));
        let acceptances = config.acceptances(&check.id, &path, &check.judgement, self.today);
        let seen = self.seen(config);
        for (entry, (is_concerned, _)) in config.accepted.iter().zip(&mut seen.entries) {
            *is_concerned |= entry.concerns(&check.id, &path);
        }
        for one in &acceptances {
            let (_, used) = &mut seen.entries[one.entry];
            *used = match (one.is_expired, *used) {
                (true, None | Some(Used::Expired)) => Some(Used::Expired),
                _ => Some(Used::Valid),
            };
        }
        CheckReport {
            level: config.level(&check.id, job.profile(self.profile)),
            acceptances,
            ..check
        }
    }

    /// What a check amounts to.
    fn code_of(&self, path: &str, check: &CheckReport, undecided: Option<Undecided>) -> u8 {
        let id = &check.id;
        let verdict = check.unaccepted();
        let says = match verdict {
            None => format!("{path}: {id} judged nothing: no event concerns it"),
            Some(Verdict::Kept) => return exit::KEPT,
            Some(verdict) => format!("{path}: {id} is {}", verdict.as_str()),
        };
        let undecided = undecided.unwrap_or_default();
        match (check.level, verdict) {
            (Level::Allow, _) => exit::KEPT,
            (Level::Warn, _) => {
                self.terminal.warn(&format!("{says}, and of level warn"));
                exit::KEPT
            }
            (Level::Deny, None) => {
                self.terminal.warn(&says);
                exit::NOTHING
            }
            (Level::Deny, Some(Verdict::Undecided)) => match undecided {
                Undecided::Fail => exit::UNDECIDED,
                Undecided::Pass => exit::KEPT,
                Undecided::Warn => {
                    self.terminal.warn(&says);
                    exit::KEPT
                }
            },
            (Level::Deny, Some(_)) => exit::BROKEN,
        }
    }

    /// The entries that accept nothing, told on standard error, and the exit code that they make.
    ///
    /// An entry whose check was judged on no history that it speaks of is none of them: the run says nothing of it.
    pub(super) fn stale(self) -> (Vec<StaleEntry>, u8) {
        let mut stale = Vec::new();
        for seen in self.seen.values() {
            for (entry, (is_concerned, used)) in seen.config.accepted.iter().zip(&seen.entries) {
                let because = match used {
                    Some(Used::Valid) => continue,
                    Some(Used::Expired) => Stale::Expired,
                    None if *is_concerned && !seen.is_partial => Stale::Unmatched,
                    None => continue,
                };
                stale.push(StaleEntry {
                    config: seen.config.path.clone(),
                    line: entry.spot.line,
                    check: entry.check.clone(),
                    scope: entry.scope.as_ref().map(ToString::to_string),
                    because,
                });
                let says = stale_words(&seen.config.path, entry, because);
                match self.is_strict {
                    true => self.terminal.error(&says),
                    false => self.terminal.warn(&says),
                }
            }
        }
        let code = match self.is_strict && !stale.is_empty() {
            true => exit::BROKEN,
            false => exit::KEPT,
        };
        (stale, code)
    }
}

fn stale_words(config: &str, entry: &AcceptedEntry, because: Stale) -> String {
    let place = format!("{config}:{}", entry.spot.line);
    let check = &entry.check;
    let of = match &entry.scope {
        Some(scope) => format!(" for {scope}"),
        None => String::new(),
    };
    match (because, entry.until) {
        (Stale::Expired, Some(until)) => format!(
            "{place}: a finding of `{check}`{of} was accepted until {until}, and is still there: it counts"
        ),
        _ if entry.scope.is_none() => format!(
            "{place}: no finding of `{check}` without a scope was found: remove the entry, or name its `scope`"
        ),
        _ => format!("{place}: no finding of `{check}`{of} was found: remove the entry"),
    }
}

/// The path of a history from the folder of a configuration; as it was named where it stands elsewhere.
fn beside(history: &Path, config: &Path) -> String {
    let absolute = |path: &Path| std::path::absolute(path).ok();
    let from_folder = || {
        let config = absolute(config)?;
        let history = absolute(history)?;
        let rest = history.strip_prefix(config.parent()?).ok()?;
        let names = rest.iter().map(|name| name.to_string_lossy());
        Some(names.collect::<Vec<_>>().join("/"))
    };
    match history == Path::new("-") {
        true => "-".to_owned(),
        false => from_folder().unwrap_or_else(|| history.display().to_string()),
    }
}

/// The day on which the program runs (UTC).
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is where the clock is read"
)]
fn today() -> Date {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Date::of_unix_seconds(since.map_or(0, |since| since.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_named_from_the_configuration() {
        let beside = |history, config| beside(Path::new(history), Path::new(config));
        assert_eq!(beside("a/b/c.jsonl", "a/testimony.toml"), "b/c.jsonl");
        assert_eq!(beside("c.jsonl", "testimony.toml"), "c.jsonl");
        assert_eq!(beside("x/c.jsonl", "a/testimony.toml"), "x/c.jsonl");
        assert_eq!(beside("-", "testimony.toml"), "-");
    }
}
