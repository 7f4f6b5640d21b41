//! Reads what findings count for: levels, `[[accepted]]` and `[profile.NAME]`.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use crate::check::catalog::ParameterFault;
use crate::check::linear::Consistency;
use crate::history::{Value, Verdict, closest};

use super::reading::{Fields, Reader, one_of};
use super::{AcceptedEntry, Date, Level, Pattern, Profile, Undecided, units};

const BROKEN: &str = Verdict::Broken.as_str();
const UNDECIDED: &str = Verdict::Undecided.as_str();

impl Reader<'_> {
    /// Takes the `level` of a promise.
    pub(super) fn level(&mut self, fields: &mut Fields) -> Level {
        let given = fields.parameters.value("level");
        let words = Level::ALL.map(Level::as_str);
        let at = given.and_then(|given| self.word(&given, &words, fields.value_span("level")));
        at.map_or_else(Level::default, |at| Level::ALL[at])
    }

    /// The position of a word among the known ones; `None`, with the fault noted, where it is none of them.
    fn word(&mut self, given: &Value, known: &[&str], span: Range<usize>) -> Option<usize> {
        let found = given.as_str().unwrap_or_default();
        let at = known.iter().position(|word| *word == found);
        if at.is_none() {
            let says = format!("{given} is none of the words that may stand here");
            self.unknown(says, found, known, span);
        }
        at
    }

    pub(super) fn accepted(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Array(entries) = value.get_ref() else {
            let fault = self.fault("`accepted` is not a list of tables", value.span());
            fault.expected = Some("`[[accepted]]`".to_owned());
            return;
        };
        for entry in entries.iter() {
            if let Some(mut fields) = self.fields("accepted", entry) {
                match accepted_texts(&mut fields) {
                    Err(faults) => {
                        for fault in faults {
                            self.refuse(&fields, &fault);
                        }
                    }
                    Ok(texts) => self.accepted_entry(fields, texts),
                }
            }
        }
    }

    fn accepted_entry(&mut self, mut fields: Fields, texts: AcceptedTexts) {
        let check = self.check_id(&texts.promise, fields.value_span("promise"));
        if texts.reason.trim().is_empty() {
            let fault = self.fault("a `reason` that says nothing", fields.value_span("reason"));
            fault.expected = Some("why the finding is accepted".to_owned());
        }
        let until = texts.until.as_deref().map(Date::parse);
        if until == Some(None) {
            let fault = self.fault("`until` is no day", fields.value_span("until"));
            fault.expected = Some("a day such as \"2027-01-31\"".to_owned());
        }
        let verdict = fields.parameters.value("verdict");
        let verdict = verdict.and_then(|given| {
            let span = fields.value_span("verdict");
            self.word(&given, &[BROKEN, UNDECIDED], span)
        });
        self.leftovers("of an accepted finding", &fields);
        let spot = self.spot(fields.header.clone());
        self.config.accepted.push(AcceptedEntry {
            check,
            scope: texts.scope.as_deref().map(Pattern::new),
            history: texts.history.as_deref().map(Pattern::new),
            verdict: verdict.map(|at| [Verdict::Broken, Verdict::Undecided][at]),
            reason: texts.reason,
            until: until.flatten(),
            spot,
        });
    }

    /// The id of the check that a name or id means; a fault is noted where there is none.
    fn check_id(&mut self, name: &str, span: Range<usize>) -> String {
        if let Some(promise) = self.config.promise(name) {
            return promise.id().to_owned();
        }
        let known = self.known_checks();
        if !known.iter().any(|id| id == without_parameters(name)) {
            let fault = self.fault(format!("unknown check `{name}`"), span);
            let known = known.iter().map(String::as_str);
            fault.meant = closest(name, known).map(str::to_owned);
            fault.expected = Some("the id of a promise, or of a check of `--spec`".to_owned());
        }
        name.to_owned()
    }

    /// Every check that this configuration can speak of, specifications without their parameters.
    fn known_checks(&self) -> Vec<String> {
        let promises = self.config.promises.iter();
        let mut known: Vec<String> = promises.map(|promise| promise.id().to_owned()).collect();
        known.extend_from_slice(self.others);
        for spec in &self.catalog.specs {
            let orders = Consistency::ALL.iter();
            known.extend(orders.map(|order| format!("{}:{}", order.as_str(), spec.name)));
        }
        known
    }

    pub(super) fn profiles(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Table(entries) = value.get_ref() else {
            let fault = self.fault("`profile` is not a table of profiles", value.span());
            fault.expected = Some("`[profile.NAME]`".to_owned());
            return;
        };
        for (name, entry) in entries {
            if let Some(mut fields) = self.fields("profile", entry) {
                let profile = self.profile(name.get_ref(), &mut fields);
                self.leftovers("of a profile", &fields);
                let spot = self.spot(name.span());
                self.config.profiles.push(Profile { spot, ..profile });
            }
        }
        let profiles = &mut self.config.profiles;
        profiles.sort_by_key(|profile| profile.spot.span.start);
    }

    fn profile(&mut self, name: &str, fields: &mut Fields) -> Profile {
        let words = Undecided::ALL.map(Undecided::as_str);
        let undecided = fields.parameters.value("undecided");
        let undecided =
            undecided.and_then(|given| self.word(&given, &words, fields.value_span("undecided")));
        let budget_nodes = match fields.parameters.whole("budget-nodes", 1) {
            Ok(nodes) => nodes.and_then(|nodes| u64::try_from(nodes).ok()),
            Err(fault) => {
                self.refuse(fields, &fault);
                None
            }
        };
        Profile {
            name: name.to_owned(),
            undecided: undecided.map(|at| Undecided::ALL[at]),
            select: self.patterns("select", fields),
            ignore: self.patterns("ignore", fields),
            levels: self.levels(fields),
            budget_nodes,
            timeout: self.quantity("timeout", fields, units::duration),
            memory_bytes: self.quantity("memory", fields, units::bytes),
            spot: self.spot(fields.header.clone()),
        }
    }

    /// A text with a unit: a time or a size.
    fn quantity<T>(
        &mut self,
        name: &'static str,
        fields: &mut Fields,
        read: fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let given = fields.parameters.value(name)?;
        match read(given.as_str().unwrap_or_default()) {
            Ok(quantity) => Some(quantity),
            Err(expected) => {
                let says = format!("`{name}` is {given}; {expected}");
                self.fault(says, fields.value_span(name));
                None
            }
        }
    }

    /// Checks by their ids, with `*`: each pattern must stand for one at least.
    fn patterns(&mut self, name: &'static str, fields: &mut Fields) -> Vec<Pattern> {
        let texts = match fields.parameters.names(name) {
            Ok(texts) => texts,
            Err(fault) => {
                self.refuse(fields, &fault);
                return Vec::new();
            }
        };
        let known = self.known_checks();
        for text in &texts {
            let pattern = Pattern::new(text);
            let is_meant =
                |id: &String| pattern.matches(id) || without_parameters(text) == id.as_str();
            if !known.iter().any(is_meant) {
                let says = format!("no check is called `{text}`");
                let fault = self.fault(says, fields.value_span(name));
                fault.meant = closest(text, known.iter().map(String::as_str)).map(str::to_owned);
            }
        }
        texts.iter().map(|text| Pattern::new(text)).collect()
    }

    /// `level.ID = "warn"`: the ids with their levels.
    fn levels(&mut self, fields: &mut Fields) -> Vec<(String, Level)> {
        let span = fields.value_span("level");
        let words = Level::ALL.map(Level::as_str);
        let Some(given) = fields.parameters.value("level") else {
            return Vec::new();
        };
        let Value::Object(entries) = &given else {
            let fault = self.fault(format!("`level` is {given}"), span);
            fault.expected = one_of(&["level.CHECK-ID"]).map(|key| format!("{key} = \"warn\""));
            return Vec::new();
        };
        let mut levels = Vec::new();
        for (name, word) in entries.iter() {
            let id = self.check_id(name, span.clone());
            let at = self.word(word, &words, span.clone());
            levels.extend(at.map(|at| (id, Level::ALL[at])));
        }
        levels
    }
}

/// The fields of an `[[accepted]]` that are texts.
struct AcceptedTexts {
    promise: String,
    scope: Option<String>,
    history: Option<String>,
    reason: String,
    until: Option<String>,
}

fn accepted_texts(fields: &mut Fields) -> Result<AcceptedTexts, Vec<ParameterFault>> {
    let parameters = &mut fields.parameters;
    let promise = parameters.text("promise");
    let reason = parameters.text("reason");
    let optional = ["scope", "history", "until"].map(|name| match parameters.value(name) {
        None => Ok(None),
        Some(Value::Str(text)) => Ok(Some(text.to_string())),
        // A scope may be a number, and is written as the report prints it.
        Some(Value::Int(int)) if name == "scope" => Ok(Some(int.to_string())),
        Some(found) => Err(ParameterFault {
            name: name.to_owned(),
            says: format!("must be a text, and is {found}"),
        }),
    });
    match (promise, reason, optional) {
        (Ok(promise), Ok(reason), [Ok(scope), Ok(history), Ok(until)]) => Ok(AcceptedTexts {
            promise,
            scope,
            history,
            reason,
            until,
        }),
        (promise, reason, optional) => {
            let faults = [promise.err(), reason.err()].into_iter().flatten();
            let others = optional.into_iter().filter_map(Result::err);
            Err(faults.chain(others).collect())
        }
    }
}

/// The id of a check without what follows a specification's name: `linearizable:register:initial=3`.
fn without_parameters(id: &str) -> &str {
    let colons = id.match_indices(':').map(|(at, _)| at);
    let second = colons.take(2).nth(1);
    &id[..second.unwrap_or(id.len())]
}
