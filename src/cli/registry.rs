//! Finds by name what a history can be judged by.

use std::fmt;
use std::sync::Arc;

use crate::check::Check;
use crate::check::catalog::{Catalog, Parameters};
use crate::check::linear::{AnySpec, Consistency, SpecCheck, SpecOptions};
use crate::fuzz::{Suite, WorkflowEntry};
use crate::history::Value;

use super::suggest::did_you_mean;

/// A check that several histories share.
pub(super) type Shared = Arc<dyn Check>;

/// Everything that the program was built with.
#[derive(Default)]
pub(super) struct Registry {
    pub(super) catalog: Catalog,
    /// Workflows, with their bugs.
    pub(super) workflows: Vec<WorkflowEntry>,
    /// Workflows written in Rust by the owner of this binary.
    pub(super) own_workflows: Vec<(String, Suite)>,
    /// Specifications written in Rust by the owner of this binary.
    pub(super) own_specs: Vec<(String, AnySpec)>,
    /// Promises written in Rust by the owner of this binary.
    pub(super) own_promises: Vec<Shared>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let promises: Vec<&str> = self.own_promises.iter().map(|check| check.id()).collect();
        f.debug_struct("Registry")
            .field("catalog", &self.catalog)
            .field("workflows", &self.workflows)
            .field("own_workflows", &self.own_workflows)
            .field("own_specs", &self.own_specs)
            .field("own_promises", &promises)
            .finish()
    }
}

/// A specification as it is named on the command line and in headers:
/// `[linearizable:]semaphore[:permits=3,by-key]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpecText<'t> {
    pub(super) consistency: Option<Consistency>,
    /// Name and parameters, as written.
    pub(super) whole: &'t str,
    pub(super) name: &'t str,
    parameters: Vec<(&'t str, Option<&'t str>)>,
}

/// The parameter that every specification takes.
const BY_KEY: &str = "by-key";

impl<'t> SpecText<'t> {
    /// Splits the text; whether the names exist is not yet known.
    pub(super) fn parse(text: &'t str) -> Self {
        let (consistency, whole) = match consistency_of(text) {
            Some((consistency, rest)) => (Some(consistency), rest),
            None => (None, text),
        };
        let (name, rest) = whole.split_once(':').unwrap_or((whole, ""));
        let parameters = split_outside_brackets(rest)
            .into_iter()
            .filter(|parameter| !parameter.is_empty())
            .map(|parameter| match parameter.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value)),
                None => (parameter.trim(), None),
            });
        Self {
            consistency,
            whole,
            name,
            parameters: parameters.collect(),
        }
    }

    /// Takes the parameters apart from `by-key`, and whether that is asked for.
    pub(super) fn parameters(&self) -> Result<(Vec<(String, Value)>, bool), String> {
        let mut is_by_key = false;
        let mut given: Vec<(String, Value)> = Vec::new();
        for (name, value) in &self.parameters {
            if given.iter().any(|(other, _)| other == name) {
                return Err(format!(
                    "parameter `{name}` is given twice in `{}`",
                    self.whole
                ));
            }
            match (*name, *value) {
                (BY_KEY, None | Some("true")) => is_by_key = true,
                (BY_KEY, Some("false")) => is_by_key = false,
                (_, Some(value)) => given.push(((*name).to_owned(), value_of(value))),
                (_, None) => {
                    return Err(format!(
                        "parameter `{name}` of `{}` has no value: expected `{name}=VALUE`",
                        self.whole
                    ));
                }
            }
        }
        Ok((given, is_by_key))
    }
}

/// The order that a check's id begins with, and what follows it.
fn consistency_of(id: &str) -> Option<(Consistency, &str)> {
    let (word, rest) = id.split_once(':')?;
    let consistency = Consistency::ALL
        .into_iter()
        .find(|consistency| consistency.as_str() == word)?;
    Some((consistency, rest))
}

/// A parameter's value: JSON where it is that, else the text itself.
fn value_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// Splits at the commas that stand in no string, list or object.
fn split_outside_brackets(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth) = (0, 0_usize);
    let (mut in_string, mut is_escaped) = (false, false);
    for (at, character) in text.char_indices() {
        if in_string {
            match character {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                '"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match character {
            '"' => in_string = true,
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

impl Registry {
    /// The names that `--spec` takes, in the order of `list`.
    pub(super) fn spec_names(&self) -> impl Iterator<Item = &str> {
        let built_in = self.catalog.specs.iter().map(|entry| entry.name);
        let own = self.own_specs.iter().map(|(name, _)| name.as_str());
        built_in.chain(own)
    }

    /// The ids of the checks that a configuration may speak of and the catalog does not hold.
    pub(super) fn own_check_ids(&self) -> Vec<String> {
        let promises = self.own_promises.iter().map(|check| check.id().to_owned());
        let specs = self.own_specs.iter().flat_map(|(name, _)| {
            let orders = Consistency::ALL.iter();
            orders.map(move |order| format!("{}:{name}", order.as_str()))
        });
        promises.chain(specs).collect()
    }

    /// Two things of one name, where there are any: the second could never be asked for.
    pub(super) fn ambiguous(&self) -> Option<String> {
        let specs: Vec<&str> = self.spec_names().collect();
        if let Some(name) = first_repeated(&specs) {
            return Some(format!("two specifications are called `{name}`"));
        }
        let promises: Vec<&str> = self.own_promises.iter().map(|check| check.id()).collect();
        first_repeated(&promises).map(|id| format!("two promises are called `{id}`"))
    }

    /// Makes the check that `--spec TEXT` or the id of an expectation names.
    ///
    /// # Errors
    /// Says which name is unknown or which parameter is wrong: a lowercase fragment.
    pub(super) fn spec(&self, text: &SpecText<'_>, options: SpecOptions) -> Result<Shared, String> {
        Ok(Arc::new(self.spec_check(text, options)?))
    }

    /// The same, before it is shared.
    ///
    /// # Errors
    /// As for [`Registry::spec`].
    pub(super) fn spec_check(
        &self,
        text: &SpecText<'_>,
        options: SpecOptions,
    ) -> Result<SpecCheck, String> {
        let (given, is_by_key) = text.parameters()?;
        let mut parameters = Parameters::new(given);
        let spec = self.build(text, &mut parameters)?;
        let (unknown, known) = parameters.leftover();
        if let Some(unknown) = unknown.first() {
            let meant = did_you_mean(unknown, known.iter().copied().chain([BY_KEY]));
            return Err(format!(
                "specification `{}` has no parameter `{unknown}`{meant}",
                text.name
            ));
        }
        let options = SpecOptions {
            consistency: text.consistency.unwrap_or(options.consistency),
            by_key: options.by_key || is_by_key,
            ..options
        };
        let mut check = SpecCheck::new(text.whole, spec, options);
        for (name, other) in self.others(text.name) {
            check = check.beside(name, &other);
        }
        Ok(check)
    }

    /// All specifications but one, as far as they can be made without parameters.
    fn others(&self, name: &str) -> impl Iterator<Item = (&str, AnySpec)> {
        let built_in = self.catalog.specs.iter().filter_map(|entry| {
            let spec = (entry.build)(&mut Parameters::default());
            Some((entry.name, spec.ok()?))
        });
        let own = self
            .own_specs
            .iter()
            .map(|(name, spec)| (name.as_str(), spec.clone()));
        built_in.chain(own).filter(move |(other, _)| *other != name)
    }

    fn build(&self, text: &SpecText<'_>, parameters: &mut Parameters) -> Result<AnySpec, String> {
        let own = self.own_specs.iter().find(|(name, _)| name == text.name);
        if let Some((_, spec)) = own {
            return Ok(spec.clone());
        }
        let entry = self
            .catalog
            .specs
            .iter()
            .find(|entry| entry.name == text.name);
        let Some(entry) = entry else {
            return Err(self.unknown_spec(text.name));
        };
        (entry.build)(parameters).map_err(|fault| format!("specification `{}`: {fault}", text.name))
    }

    /// The names of workflows, in the order of `list`.
    pub(super) fn workflow_names(&self) -> impl Iterator<Item = &str> {
        let known = self.workflows.iter().map(|entry| entry.name);
        known.chain(self.own_workflows.iter().map(|(name, _)| name.as_str()))
    }

    /// Makes the workflow that `checkout:bug=new-key` names.
    ///
    /// # Errors
    /// Says which name is unknown or which parameter is wrong: a lowercase fragment.
    pub(super) fn workflow(&self, text: &SpecText<'_>) -> Result<Suite, String> {
        let own = self
            .own_workflows
            .iter()
            .find(|(name, _)| name == text.name);
        if let Some((_, suite)) = own {
            return Ok(suite.clone());
        }
        let entry = self.workflows.iter().find(|entry| entry.name == text.name);
        let Some(entry) = entry else {
            let meant = match did_you_mean(text.name, self.workflow_names()) {
                meant if meant.is_empty() => ": `testimony list` shows them all".to_owned(),
                meant => meant,
            };
            return Err(format!("unknown workflow `{}`{meant}", text.name));
        };
        let (given, _) = text.parameters()?;
        let mut parameters = Parameters::new(given);
        let bug = parameters.value("bug");
        let bug = bug.as_ref().map(|bug| bug.as_str().unwrap_or_default());
        if let Some(bug) = bug.filter(|bug| entry.bugs.iter().all(|known| known.name != *bug)) {
            let names = entry.bugs.iter().map(|bug| bug.name);
            let meant = match did_you_mean(bug, names.clone()) {
                meant if meant.is_empty() => {
                    format!(": it has {}", names.collect::<Vec<_>>().join(", "))
                }
                meant => meant,
            };
            return Err(format!(
                "workflow `{}` has no bug `{bug}`{meant}",
                entry.name
            ));
        }
        let suite = (entry.build)(bug, &mut parameters)
            .map_err(|fault| format!("workflow `{}`: {fault}", text.name))?;
        match parameters.leftover() {
            (unknown, known) if !unknown.is_empty() => {
                let meant = did_you_mean(unknown[0], known.iter().copied());
                let name = text.name;
                Err(format!(
                    "workflow `{name}` has no parameter `{}`{meant}",
                    unknown[0]
                ))
            }
            _ => Ok(suite),
        }
    }

    fn unknown_spec(&self, name: &str) -> String {
        let meant = did_you_mean(name, self.spec_names());
        let meant = match meant.as_str() {
            "" => ": `testimony list` shows them all",
            meant => meant,
        };
        format!("unknown specification `{name}`{meant}")
    }
}

fn first_repeated<'n>(names: &[&'n str]) -> Option<&'n str> {
    let repeated = |(at, name): (usize, &&'n str)| names[..at].contains(name).then_some(*name);
    names.iter().enumerate().find_map(repeated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry() -> Registry {
        Registry {
            catalog: crate::specs::all(),
            ..Registry::default()
        }
    }

    fn check(text: &str) -> Result<Shared, String> {
        registry().spec(&SpecText::parse(text), SpecOptions::default())
    }

    fn says(text: &str) -> String {
        check(text).err().unwrap_or_default()
    }

    #[test]
    fn parameters_are_json_or_text() {
        let text =
            SpecText::parse(r#"sequential:multi-register:initial={"x":0,"y":[1,2]},a=b c,by-key"#);
        assert_eq!(text.consistency, Some(Consistency::Sequential));
        assert_eq!(text.name, "multi-register");
        let (given, is_by_key) = text.parameters().unwrap();
        let shown: Vec<String> = given
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(shown, [r#"initial={"x":0,"y":[1,2]}"#, r#"a="b c""#]);
        assert!(is_by_key);
    }

    #[test]
    fn an_id_is_what_was_written() {
        assert_eq!(check("register").unwrap().id(), "linearizable:register");
        assert_eq!(
            check("register:initial=3").unwrap().id(),
            "linearizable:register:initial=3"
        );
        assert_eq!(
            check("causal-order:register").unwrap().id(),
            "causal-order:register"
        );
    }

    #[test]
    fn misspelt_names_are_recognised() {
        assert_eq!(
            says("regsiter"),
            "unknown specification `regsiter`: did you mean `register`?"
        );
        assert_eq!(
            says("register:inital=3"),
            "specification `register` has no parameter `inital`: did you mean `initial`?"
        );
        assert_eq!(
            says("register:initial"),
            "parameter `initial` of `register:initial` has no value: expected `initial=VALUE`"
        );
        assert_eq!(
            says("banana"),
            "unknown specification `banana`: `testimony list` shows them all"
        );
    }
}
