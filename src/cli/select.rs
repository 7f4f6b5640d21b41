//! Which of the checks are judged: `--select`, `--ignore` and the profile's.

use std::collections::BTreeSet;

use crate::check::config::{Pattern, Profile};

use super::args::Selecting;
use super::check::Job;
use super::exit;
use super::suggest::did_you_mean;
use super::terminal::{Stop, Terminal};

/// Leaves each job its selected checks, and takes away the jobs that are left none. The exit code is that of the
/// selection alone.
///
/// # Errors
/// A pattern stands for no check of the run, or no configuration has the profile.
pub(super) fn apply(
    selecting: &Selecting,
    jobs: &mut Vec<Job>,
    terminal: Terminal,
) -> Result<u8, Stop> {
    if jobs.is_empty() {
        return Ok(exit::KEPT);
    }
    let name = selecting.profile.as_deref();
    known_profile(name, jobs).map_err(Stop::Failed)?;
    known_checks(selecting, jobs).map_err(Stop::Failed)?;
    let select = patterns(&selecting.select);
    let ignore = patterns(&selecting.ignore);
    let mut emptied = Vec::new();
    jobs.retain_mut(|job| {
        if job.checks.is_empty() {
            return true; // that nothing could be selected is another fault
        }
        let profile = job.profile(name).cloned().unwrap_or_default();
        let checks = std::mem::take(&mut job.checks);
        let kept = checks.into_iter();
        let kept = kept.filter(|check| is_selected(check.id(), &select, &ignore, &profile));
        job.checks = kept.collect();
        if job.checks.is_empty() {
            emptied.push(job.path.display().to_string());
        }
        !job.checks.is_empty()
    });
    let Some(first) = emptied.first() else {
        return Ok(exit::KEPT);
    };
    let which = match emptied.len() - 1 {
        0 => first.clone(),
        more => format!("{first} and {more} more"),
    };
    let says = format!("--select, --ignore and the profile leave no check of {which}");
    if jobs.is_empty() {
        terminal.error(&format!("nothing to check: {says}"));
        return Ok(exit::NOTHING);
    }
    terminal.warn(&says);
    Ok(exit::KEPT)
}

/// Whether a check is judged. What the command line selects takes the place of the profile's selection; what either
/// ignores is ignored.
fn is_selected(id: &str, select: &[Pattern], ignore: &[Pattern], profile: &Profile) -> bool {
    let select = match select {
        [] => &profile.select,
        given => given,
    };
    let is_named = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(id));
    (select.is_empty() || is_named(select)) && !is_named(ignore) && !is_named(&profile.ignore)
}

fn patterns(texts: &[String]) -> Vec<Pattern> {
    texts.iter().map(|text| Pattern::new(text)).collect()
}

fn known_profile(name: Option<&str>, jobs: &[Job]) -> Result<(), String> {
    let Some(name) = name else { return Ok(()) };
    let configs = || jobs.iter().filter_map(|job| job.config.as_deref());
    if configs().any(|config| config.profile(name).is_some()) {
        return Ok(());
    }
    let Some(config) = configs().next() else {
        return Err(format!(
            "no configuration, so no profile `{name}`: no testimony.toml was found upward from the histories"
        ));
    };
    let known: BTreeSet<&str> = configs()
        .flat_map(|config| &config.profiles)
        .map(|profile| profile.name.as_str())
        .collect();
    let meant = did_you_mean(name, known.iter().copied());
    Err(format!("no profile `{name}` in {}{meant}", config.path))
}

/// Each pattern of the command line stands for some check: a misspelt one would leave out what it should not.
fn known_checks(selecting: &Selecting, jobs: &[Job]) -> Result<(), String> {
    let ids: BTreeSet<&str> = jobs
        .iter()
        .flat_map(|job| &job.checks)
        .map(|check| check.id())
        .collect();
    for text in selecting.select.iter().chain(&selecting.ignore) {
        let pattern = Pattern::new(text);
        if !ids.is_empty() && !ids.iter().any(|id| pattern.matches(id)) {
            let meant = match did_you_mean(text, ids.iter().copied()) {
                meant if meant.is_empty() => {
                    let ids: Vec<&str> = ids.iter().copied().collect();
                    format!(": there are {}", ids.join(", "))
                }
                meant => meant,
            };
            return Err(format!("no check of this run is called `{text}`{meant}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_selects_in_place_of_the_profile_and_ignores_beside_it() {
        let profile = Profile {
            select: patterns(&["charge-*".to_owned()]),
            ignore: patterns(&["charge-later".to_owned()]),
            ..Profile::default()
        };
        let is = |id, select: &[&str], ignore: &[&str]| {
            let own = |texts: &[&str]| texts.iter().map(|text| Pattern::new(text)).collect();
            let (select, ignore): (Vec<Pattern>, Vec<Pattern>) = (own(select), own(ignore));
            is_selected(id, &select, &ignore, &profile)
        };
        assert!(is("charge-once", &[], &[]));
        assert!(!is("charge-later", &[], &[]));
        assert!(!is("receipt", &[], &[]));
        assert!(is("receipt", &["receipt"], &[]));
        assert!(!is("charge-once", &["receipt"], &[]));
        assert!(!is("charge-later", &["*"], &[]));
        assert!(!is("charge-once", &[], &["*once"]));
    }
}
