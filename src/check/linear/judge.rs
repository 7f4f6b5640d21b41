//! Judges one history against a specification: object by object, and together where that is needed.

use rayon::prelude::*;

use crate::check::certify::certify_world;
use crate::check::worlds::{Item, Joint, Machine, Search, Slice, entangled, find_world};
use crate::check::{Budget, Spent};
use crate::history::{History, Value, Verdict};
use crate::order::Order;
use crate::verdict::{Because, Judgement, Linearization, Missing, Tally};

use super::SpecOptions;
use super::decide::{Decision, Method, decide};
use super::explain;
use super::hint::Versions;
use super::race::race;
use super::reading::{Member, Operations};

/// Nodes that are spent on each object before it is known whether another one is broken; an eighth of all, where that is less.
const FIRST_NODES_MAX: u64 = 200_000;

/// What is judged, and by what.
#[derive(Clone, Copy)]
pub(super) struct Case<'c> {
    pub(super) history: &'c History,
    pub(super) order: &'c Order,
    pub(super) operations: &'c dyn Operations,
    pub(super) budget: &'c Budget,
}

/// The operations of one object, as positions among the entries.
pub(super) struct Object {
    pub(super) name: Option<Value>,
    pub(super) entries: Vec<u32>,
    /// The order in which a search tries them, where versions say so.
    pub(super) urgency: Option<Vec<u32>>,
}

impl Case<'_> {
    pub(super) fn items(&self, entries: &[u32]) -> Vec<Item> {
        entries
            .iter()
            .map(|entry| self.operations.entries()[*entry as usize].item)
            .collect()
    }

    pub(super) fn machine(&self, entries: &[u32]) -> Box<dyn Machine + '_> {
        let members = entries.iter().copied().map(Member::answered);
        self.operations.machine(members.collect())
    }

    pub(super) fn searcher(&self, entries: &[u32]) -> Box<dyn Machine + '_> {
        let members = entries.iter().copied().map(Member::answered);
        self.operations.searcher(self.order, members.collect())
    }
}

impl Object {
    pub(super) fn scope(&self) -> Option<String> {
        self.name.as_ref().map(|name| match name {
            Value::Str(text) => text.to_string(),
            other => other.to_string(),
        })
    }
}

pub(super) fn judge(
    case: &Case<'_>,
    versions: Option<&Versions>,
    options: SpecOptions,
) -> Judgement {
    let mut objects = objects(case.operations);
    let misled = versions.map(|versions| guide(case, versions, &mut objects));
    let decisions = search_all(case, &objects, options.witness);
    let is_cut_short = decisions.iter().any(|decision| decision.found.is_none());
    let mut judgement = Judgement::of_nothing();
    judgement.scopes = tally(&decisions);
    judgement.verdict = overall(judgement.scopes);
    judgement.notes = notes(case);
    judgement.notes.extend(misled.unwrap_or_default());
    judgement.methods = methods(&objects, &decisions);
    judgement.violations = objects
        .par_iter()
        .zip(&decisions)
        .filter(|(_, decision)| decision.found.is_none())
        .map(|(object, decision)| match &decision.breach {
            _ if options.verdict_only => explain::nothing(object),
            Some(breach) => explain::breach(case, object, breach),
            None => explain::violation(case, object),
        })
        .collect();
    for (object, decision) in objects.iter().zip(&decisions) {
        if let Search::Spent(spent) = &decision.found {
            let scope = object.scope();
            judgement.missing.push(match is_cut_short {
                true => cut_short(scope),
                false => spent.missing(scope),
            });
        }
    }
    if !case.order.is_total() && judgement.verdict == Verdict::Kept {
        judge_together(case, &objects, &mut judgement);
    }
    if options.witness && judgement.verdict == Verdict::Kept {
        judgement.witnesses = objects
            .iter()
            .zip(&decisions)
            .filter_map(|(object, decision)| linearization(case, object, &decision.found))
            .collect();
    }
    judgement
}

/// The objects in the order in which operations first name them.
fn objects(operations: &dyn Operations) -> Vec<Object> {
    let names = operations.objects().iter().cloned();
    let object = |name| Object {
        name,
        entries: Vec::new(),
        urgency: None,
    };
    let mut objects: Vec<Object> = names.map(object).collect();
    for (entry, of) in (0..).zip(operations.entries()) {
        objects[of.object as usize].entries.push(entry);
    }
    objects
}

/// Searches every object a little, and on only where nothing is broken by then: one broken object settles
/// the verdict, and the hard ones are often hard because they are broken too.
fn search_all(case: &Case<'_>, objects: &[Object], wants_witness: bool) -> Vec<Decision> {
    let short = case
        .budget
        .with_nodes(FIRST_NODES_MAX.min(case.budget.nodes / 8));
    let first = Case {
        budget: &short,
        ..*case
    };
    let mut decisions: Vec<Decision> = objects
        .par_iter()
        .map(|object| decide(&first, object))
        .collect();
    if !decisions.iter().any(|decision| decision.found.is_none()) {
        decisions
            .par_iter_mut()
            .zip(objects)
            .for_each(|(decision, object)| {
                if decision.found == Search::Spent(Spent::Nodes) {
                    decision.found = race(case, object, wants_witness);
                }
            });
    }
    decisions
}

fn tally(decisions: &[Decision]) -> Tally {
    let mut tally = Tally::default();
    for decision in decisions {
        tally.add(match decision.found {
            Search::World(_) => Verdict::Kept,
            Search::None => Verdict::Broken,
            Search::Spent(_) => Verdict::Undecided,
        });
    }
    tally
}

const fn overall(scopes: Tally) -> Verdict {
    if scopes.broken > 0 {
        Verdict::Broken
    } else if scopes.undecided > 0 {
        Verdict::Undecided
    } else {
        Verdict::Kept
    }
}

/// Objects that are right alone need not be right together where the order is not that of real time.
fn judge_together(case: &Case<'_>, objects: &[Object], judgement: &mut Judgement) {
    let entries: Vec<u32> = objects
        .iter()
        .flat_map(|object| object.entries.clone())
        .collect();
    let owners = objects.iter().enumerate();
    let owners =
        owners.flat_map(|(at, object)| std::iter::repeat_n(at as u32, object.entries.len()));
    let belongs: Vec<(u32, u32)> = (0..).zip(owners).collect();
    let slice = Slice::new(case.order, &case.items(&entries));
    for group in entangled(&slice, &belongs, objects.len()) {
        let members: Vec<&Object> = group
            .iter()
            .map(|object| &objects[*object as usize])
            .collect();
        match search_together(case, &members) {
            Search::World(_) => {}
            Search::None => {
                judgement.verdict = Verdict::Broken;
                judgement
                    .violations
                    .push(explain::violation_together(case, &members));
            }
            Search::Spent(spent) => {
                if judgement.verdict == Verdict::Kept {
                    judgement.verdict = Verdict::Undecided;
                }
                judgement.missing.push(spent.missing(names(&members)));
            }
        }
    }
}

fn search_together(case: &Case<'_>, objects: &[&Object]) -> Search {
    let entries: Vec<u32> = objects
        .iter()
        .flat_map(|object| object.entries.clone())
        .collect();
    let items = case.items(&entries);
    let machine = || {
        let parts = objects
            .iter()
            .map(|object| case.machine(&object.entries))
            .collect();
        let of_item = objects.iter().enumerate().flat_map(|(part, object)| {
            (0..object.entries.len()).map(move |own| vec![(part as u32, own as u32)])
        });
        Joint::new(parts, of_item.collect())
    };
    let found = find_world(&Slice::new(case.order, &items), &mut machine(), case.budget);
    if let Search::World(moves) = &found {
        certify_world(case.order, &items, &mut machine(), moves);
    }
    found
}

pub(super) fn names(objects: &[&Object]) -> Option<String> {
    let names: Vec<String> = objects.iter().filter_map(|object| object.scope()).collect();
    Some(names.join(", "))
}

fn cut_short(scope: Option<String>) -> Missing {
    let name = scope.clone().unwrap_or_default();
    let question =
        format!("Is {name} broken too? Its search was cut short, because others are broken.");
    Missing::new(Because::Budget, scope, question)
}

fn notes(case: &Case<'_>) -> Vec<String> {
    let left_out = case.operations.left_out().iter();
    left_out
        .map(|(name, count)| {
            let name = case.history.name(*name);
            match count {
                1 => {
                    format!("1 operation named `{name}` belongs to something else and was left out")
                }
                _ => format!(
                    "{count} operations named `{name}` belong to something else and were left out"
                ),
            }
        })
        .collect()
}

/// Lets versions say in which order each object's operations are tried. Those of an object whose versions contradict real
/// time are set aside; the sentences say so.
fn guide(case: &Case<'_>, versions: &Versions, objects: &mut [Object]) -> Vec<String> {
    let mut told = Vec::new();
    for object in objects {
        let items = case.items(&object.entries);
        match versions.urgency(case.order, (&object.entries, &items)) {
            Ok(urgency) => object.urgency = Some(urgency),
            Err((late, early)) => told.push(format!(
                "the hint was set aside: {} carries a smaller number than {}, which was over before it began",
                explain::words_of(case, late),
                explain::words_of(case, early)
            )),
        }
    }
    told
}

/// What decided how many objects, and why no special algorithm did; one sentence a method and reason.
fn methods(objects: &[Object], decisions: &[Decision]) -> Vec<String> {
    let mut groups: Vec<(&Method, Vec<&Object>)> = Vec::new();
    for (object, decision) in objects.iter().zip(decisions) {
        let known = groups
            .iter_mut()
            .find(|(method, _)| method.is_like(&decision.method));
        match known {
            Some((_, members)) => members.push(object),
            None => groups.push((&decision.method, vec![object])),
        }
    }
    let sentences = groups.iter().map(|(method, members)| {
        let count = match members.as_slice() {
            [only] => only.scope().unwrap_or_else(|| "the object".to_owned()),
            several => format!("{} objects", several.len()),
        };
        match method {
            Method::Monitor(name) => format!("{count}: decided by a special algorithm, {name}"),
            Method::Search(None) => format!("{count}: decided by the search"),
            Method::Search(Some(why)) => format!("{count}: decided by the search: {why}"),
        }
    });
    sentences.collect()
}

fn linearization(case: &Case<'_>, object: &Object, found: &Search) -> Option<Linearization> {
    let Search::World(moves) = found else {
        return None;
    };
    let operations = moves.iter().filter_map(|step| {
        let entry = object.entries[step.item()? as usize];
        Some(case.operations.entries()[entry as usize].op)
    });
    Some(Linearization {
        scope: object.scope(),
        operations: operations.collect(),
    })
}
