//! From TOML with the place of every value to promises and effects.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::check::catalog::{Catalog, ParameterFault, Parameters, PromiseEntry};
use crate::check::promise::{PromiseCheck, slug};
use crate::history::{Spot, Value, closest};

use super::fault::spot;
use super::units;
use super::{Config, ConfigFault, ConfigFaults, ConfiguredPromise, EffectEntry};

/// The tables that a configuration may have, and what may stand above them.
const TABLES: [&str; 5] = ["promise", "effect", "accepted", "profile", CLOCK_ERROR];
const CLOCK_ERROR: &str = "clock-error";

pub(super) fn read(
    path: &str,
    text: &str,
    catalog: &Catalog,
    others: &[String],
) -> Result<Config, ConfigFaults> {
    let mut reader = Reader {
        text,
        catalog,
        others,
        faults: Vec::new(),
        config: Config {
            path: path.to_owned(),
            ..Config::default()
        },
    };
    match DeTable::parse(text) {
        Ok(document) => reader.document(document.get_ref()),
        Err(error) => {
            let end = text.len();
            reader.fault(error.message(), error.span().unwrap_or(end..end));
        }
    }
    let Reader {
        mut faults, config, ..
    } = reader;
    if faults.is_empty() {
        return Ok(config);
    }
    faults.sort_by_key(|fault| (fault.at.span.start, fault.at.span.end));
    Err(ConfigFaults {
        path: path.to_owned(),
        text: text.to_owned(),
        list: faults,
    })
}

pub(super) struct Reader<'t> {
    text: &'t str,
    pub(super) catalog: &'t Catalog,
    /// The ids of checks that stand in no catalog.
    pub(super) others: &'t [String],
    faults: Vec<ConfigFault>,
    pub(super) config: Config,
}

/// The fields of one table, each with its place.
pub(super) struct Fields {
    /// Of each field: where its name and where its value stand.
    spans: BTreeMap<String, (Range<usize>, Range<usize>)>,
    pub(super) parameters: Parameters,
    /// Where the table begins: what is absent has no other place.
    pub(super) header: Range<usize>,
}

impl Reader<'_> {
    pub(super) fn spot(&self, span: Range<usize>) -> Spot {
        spot(self.text, span)
    }

    pub(super) fn fault(
        &mut self,
        says: impl Into<String>,
        span: Range<usize>,
    ) -> &mut ConfigFault {
        let fault = ConfigFault::new(says, self.spot(span));
        self.faults.push(fault);
        let last = self.faults.len() - 1;
        &mut self.faults[last]
    }

    /// A word that is none of the known ones.
    pub(super) fn unknown(&mut self, says: String, word: &str, known: &[&str], span: Range<usize>) {
        let fault = self.fault(says, span);
        fault.expected = one_of(known);
        fault.meant = closest(word, known.iter().copied()).map(str::to_owned);
    }

    fn document(&mut self, document: &DeTable<'_>) {
        for (key, value) in document {
            match key.get_ref().as_ref() {
                "promise" => self.promises(value),
                "effect" => self.effects(value),
                // They name promises: read once those are known.
                "accepted" | "profile" => {}
                CLOCK_ERROR => self.clock_error(value),
                other => {
                    let what = match value.get_ref() {
                        DeValue::Table(_) | DeValue::Array(_) => "table",
                        _ => "field",
                    };
                    let says = format!("unknown {what} `{other}`");
                    self.unknown(says, other, &TABLES, key.span());
                }
            }
        }
        let mut ids: BTreeMap<String, Spot> = BTreeMap::new();
        for promise in std::mem::take(&mut self.config.promises) {
            match ids.get(promise.id()) {
                None => {
                    ids.insert(promise.id().to_owned(), promise.spot.clone());
                    self.config.promises.push(promise);
                }
                Some(first) => {
                    let says = format!("a second promise with the id `{}`", promise.id());
                    let mut fault = ConfigFault::new(says, promise.spot.clone());
                    fault.related = Some(("the first one".to_owned(), first.clone()));
                    self.faults.push(fault);
                }
            }
        }
        self.config
            .effects
            .sort_by_key(|entry| entry.spot.span.start);
        let effects: Arc<[EffectEntry]> = self.config.effects.clone().into();
        for promise in &mut self.config.promises {
            let check = promise.check.clone();
            let check = check.with_effects(Arc::clone(&effects));
            promise.check = check.with_clock_error(self.config.clock_error);
        }
        if !self.faults.is_empty() {
            return; // a promise that was not read would be unknown, too
        }
        for (key, value) in document {
            match key.get_ref().as_ref() {
                "accepted" => self.accepted(value),
                "profile" => self.profiles(value),
                _ => {}
            }
        }
    }

    fn clock_error(&mut self, value: &Spanned<DeValue<'_>>) {
        let error = match value.get_ref() {
            DeValue::String(text) => units::duration(text).ok(),
            _ => None,
        };
        if error.is_none() {
            let says = format!("`{CLOCK_ERROR}` is not a length of time");
            let fault = self.fault(says, value.span());
            fault.expected = Some("a number with its unit, in quotes: `\"5ms\"`".to_owned());
        }
        self.config.clock_error = error;
    }

    fn promises(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Array(entries) = value.get_ref() else {
            let fault = self.fault("`promise` is not a list of tables", value.span());
            fault.expected = Some("`[[promise]]`".to_owned());
            return;
        };
        for entry in entries.iter() {
            if let Some(fields) = self.fields("promise", entry) {
                self.promise(fields);
            }
        }
    }

    fn promise(&mut self, mut fields: Fields) {
        let name = fields.parameters.text("name");
        let kind = fields.parameters.text("kind");
        let (name, kind) = match (name, kind) {
            (Ok(name), Ok(kind)) => (name, kind),
            (name, kind) => {
                for fault in [name.err(), kind.err()].into_iter().flatten() {
                    self.refuse(&fields, &fault);
                }
                return;
            }
        };
        if slug(&name).is_empty() {
            let fault = self.fault(
                "a name without a letter or digit",
                fields.value_span("name"),
            );
            fault.expected = Some("a name that can be told from others".to_owned());
        }
        let Some(entry) = self.kind(&kind, &fields) else {
            return;
        };
        let level = self.level(&mut fields);
        let repairs = repairs(fields.parameters.clone());
        match (entry.build)(&mut fields.parameters) {
            Err(fault) => self.refuse(&fields, &fault),
            Ok(promise) => {
                self.leftovers(&format!("of kind `{kind}`"), &fields);
                let spot = self.spot(fields.value_span("name"));
                self.config.promises.push(ConfiguredPromise {
                    check: PromiseCheck::new(&name, &kind, promise),
                    name,
                    level,
                    repairs,
                    spot,
                });
            }
        }
    }

    fn kind(&mut self, kind: &str, fields: &Fields) -> Option<PromiseEntry> {
        let known = &self.catalog.promises;
        let found = known.iter().find(|entry| entry.name == kind).copied();
        if found.is_none() {
            let names: Vec<&str> = known.iter().map(|entry| entry.name).collect();
            let says = format!("unknown kind `{kind}`");
            self.unknown(says, kind, &names, fields.value_span("kind"));
        }
        found
    }

    fn effects(&mut self, value: &Spanned<DeValue<'_>>) {
        let DeValue::Table(entries) = value.get_ref() else {
            let fault = self.fault("`effect` is not a table of effects", value.span());
            fault.expected = Some("`[effect.NAME]`".to_owned());
            return;
        };
        for (name, entry) in entries {
            if name.get_ref().is_empty() {
                self.fault("an effect without a name", name.span());
            }
            let Some(mut fields) = self.fields("effect", entry) else {
                continue;
            };
            match effect(&mut fields.parameters) {
                Err(fault) => self.refuse(&fields, &fault),
                Ok(read) => {
                    self.leftovers("of an effect", &fields);
                    let spot = self.spot(name.span());
                    self.config.effects.push(EffectEntry {
                        name: name.get_ref().to_string(),
                        spot,
                        ..read
                    });
                }
            }
        }
    }

    /// The fields of a table; `None`, with the faults noted, where it is none or holds what cannot be read.
    pub(super) fn fields(&mut self, of: &str, entry: &Spanned<DeValue<'_>>) -> Option<Fields> {
        let DeValue::Table(table) = entry.get_ref() else {
            let article = if of.starts_with(['a', 'e']) {
                "an"
            } else {
                "a"
            };
            let fault = self.fault(format!("{article} `{of}` that is no table"), entry.span());
            fault.expected = Some("a table of fields".to_owned());
            return None;
        };
        let mut given = Vec::new();
        let mut spans = BTreeMap::new();
        for (key, value) in table {
            let name = key.get_ref().to_string();
            spans.insert(name.clone(), (key.span(), value.span()));
            match to_value(value) {
                Ok(value) => given.push((name, value)),
                Err((says, span)) => {
                    self.fault(format!("`{name}` {says}"), span);
                }
            }
        }
        (given.len() == spans.len()).then(|| Fields {
            spans,
            parameters: Parameters::new(given),
            header: entry.span(),
        })
    }

    /// Reports what is wrong with one field: at its value, at the misspelt name, or at the table.
    pub(super) fn refuse(&mut self, fields: &Fields, fault: &ParameterFault) {
        if let Some((_, value)) = fields.spans.get(&fault.name) {
            self.fault(fault.to_string(), value.clone());
            return;
        }
        let (unread, _) = fields.parameters.leftover();
        let Some(misspelt) = closest(&fault.name, unread) else {
            self.fault(fault.to_string(), fields.header.clone());
            return;
        };
        let says = format!("unknown field `{misspelt}`");
        let fault = fault.name.clone();
        self.fault(says, fields.key_span(misspelt)).meant = Some(fault);
    }

    /// Reports the fields that nobody asked for.
    pub(super) fn leftovers(&mut self, of: &str, fields: &Fields) {
        let (unread, asked) = fields.parameters.leftover();
        for name in unread {
            let says = format!("unknown field `{name}` {of}");
            self.unknown(says, name, asked, fields.key_span(name));
        }
    }
}

impl Fields {
    pub(super) fn key_span(&self, name: &str) -> Range<usize> {
        let spans = self.spans.get(name);
        spans.map_or_else(|| self.header.clone(), |(key, _)| key.clone())
    }

    pub(super) fn value_span(&self, name: &str) -> Range<usize> {
        let spans = self.spans.get(name);
        spans.map_or_else(|| self.header.clone(), |(_, value)| value.clone())
    }
}

/// What a promise says resolves an unknown outcome (`resolved-by`) or undoes a step (`steps = [[do, undo]]`). What is
/// wrong with these fields is for its kind to say.
fn repairs(mut fields: Parameters) -> Vec<String> {
    let mut names = fields.names("resolved-by").unwrap_or_default();
    for step in fields.list("steps").unwrap_or_default() {
        if let Some([_, undo]) = step.as_array() {
            names.extend(undo.as_str().map(str::to_owned));
        }
    }
    names
}

/// Reads an effect, save its name and place.
fn effect(fields: &mut Parameters) -> Result<EffectEntry, ParameterFault> {
    let mistyped = |name: &str, expected: &str, found: &Value| ParameterFault {
        name: name.to_owned(),
        says: format!("must be {expected}, and is {found}"),
    };
    let entry = EffectEntry {
        name: String::new(),
        operations: fields.names("operation")?,
        facts: fields.names("fact")?,
        owner: match fields.value("owner") {
            Some(found) if found.as_str().is_none() && found.as_int().is_none() => {
                return Err(mistyped(
                    "owner",
                    "a participant (a text or an integer)",
                    &found,
                ));
            }
            owner => owner,
        },
        same: fields.names("same")?,
        is_complete: match fields.value("complete") {
            None => false,
            Some(Value::Bool(bool)) => bool,
            Some(found) => return Err(mistyped("complete", "true or false", &found)),
        },
        spot: Spot::default(),
    };
    if entry.operations.is_empty() && entry.facts.is_empty() {
        return Err(ParameterFault {
            name: "operation".to_owned(),
            says: "or `fact` is required".to_owned(),
        });
    }
    if !entry.operations.is_empty() && !entry.facts.is_empty() && entry.same.is_empty() {
        return Err(ParameterFault {
            name: "same".to_owned(),
            says: "is required: it says which operation and which fact are one effect".to_owned(),
        });
    }
    if entry.is_complete && (entry.owner.is_none() || entry.facts.is_empty()) {
        return Err(ParameterFault {
            name: "complete".to_owned(),
            says: "needs `owner` and `fact`: it says that the owner's record is whole".to_owned(),
        });
    }
    Ok(entry)
}

/// A TOML value as a value of a history, or what is wrong with it and where.
///
/// Recursion is bounded: the parser refuses more than 80 levels.
fn to_value(value: &Spanned<DeValue<'_>>) -> Result<Value, (String, Range<usize>)> {
    let wrong = |says: &str| Err((says.to_owned(), value.span()));
    match value.get_ref() {
        DeValue::String(text) => Ok(Value::from(text.as_ref())),
        DeValue::Boolean(bool) => Ok(Value::Bool(*bool)),
        DeValue::Integer(integer) => match to_int(integer) {
            Some(int) => Ok(Value::Int(int)),
            None => wrong("is an integer beyond 64 bits"),
        },
        DeValue::Float(float) => match float.as_str().parse::<f64>() {
            Ok(float) if float.is_finite() => Ok(Value::from_f64(float)),
            _ => wrong("is not a finite number"),
        },
        DeValue::Datetime(_) => wrong("is a date or a time; write it as a text, in quotes"),
        DeValue::Array(elements) => {
            let elements: Result<Vec<Value>, _> = elements.iter().map(to_value).collect();
            elements.map(Value::from)
        }
        DeValue::Table(table) => {
            let mut fields: Vec<(Arc<str>, Value)> = Vec::new();
            for (key, value) in table {
                fields.push((key.get_ref().as_ref().into(), to_value(value)?));
            }
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Ok(Value::Object(fields.into()))
        }
    }
}

fn to_int(integer: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// "`a`, `b` or `c`"; `None` where there is nothing.
pub(super) fn one_of(known: &[&str]) -> Option<String> {
    let (last, others) = known.split_last()?;
    let others: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
    Some(match others.as_slice() {
        [] => format!("`{last}`"),
        _ => format!("{} or `{last}`", others.join(", ")),
    })
}
