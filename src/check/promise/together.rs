//! Scopes of a promise that are undecided alone, in one world: perhaps none keeps all of them.
//!
//! # Beside specifications
//! Scopes that concern one object constrain each other through it, so they are searched together too, in the product with all
//! their objects. "No world" counts only where the product has worlds at all.

use std::collections::HashMap;

use petgraph::unionfind::UnionFind;
use rustc_hash::FxBuildHasher;

use crate::check::linear::Objects;
use crate::check::worlds::{Item, Machine, Search, Slice, entangled};
use crate::history::Verdict;
use crate::verdict::Judgement;

use super::Promise;
use super::decide::Case;
use super::effect::Source;
use super::explain;
use super::machine::Goal;
use super::product::{Assembly, Product, Told};
use super::settle;

/// Scopes that can constrain each other are searched together up to this many effects.
const ITEMS_MAX: usize = 4_096;

/// The effects of several scopes, each once, with the scopes that it concerns and its place in each.
struct Union {
    effects: Vec<(Item, Source)>,
    /// Of each effect: positions among the scopes, and among that scope's effects.
    of_item: Vec<Vec<(u32, u32)>>,
}

impl Union {
    fn of<P: Promise>(cases: &[&Case<'_, P>]) -> Self {
        let mut known: HashMap<Source, usize, FxBuildHasher> = HashMap::default();
        let mut union = Self {
            effects: Vec::new(),
            of_item: Vec::new(),
        };
        for (part, case) in cases.iter().enumerate() {
            for (own, shown) in case.effects.shown.iter().enumerate() {
                let at = *known.entry(shown.source).or_insert_with(|| {
                    union.effects.push((shown.item, shown.source));
                    union.of_item.push(Vec::new());
                    union.effects.len() - 1
                });
                union.of_item[at].push((part as u32, own as u32));
            }
        }
        union
    }

    fn items(&self) -> Vec<Item> {
        self.effects.iter().map(|(item, _)| *item).collect()
    }
}

/// Scopes that can each be kept, but perhaps not all in one world.
pub(super) fn decide_together<P: Promise>(
    cases: &[Case<'_, P>],
    objects: Option<&Objects<'_>>,
    judgement: &mut Judgement,
) {
    for group in groups(cases) {
        let members: Vec<&Case<'_, P>> = group.iter().map(|case| &cases[*case as usize]).collect();
        let union = Union::of(&members);
        if union.effects.len() > ITEMS_MAX {
            judgement.notes.push(format!(
                "whether one world keeps all {} undecided scopes from {} on was not searched: they constrain each other and have more than {ITEMS_MAX} effects",
                members.len(),
                members[0].scope().unwrap_or_default()
            ));
            continue;
        }
        let is_beside = members.iter().any(|case| case.product.is_some());
        let product = objects.filter(|_| is_beside);
        let product = product.and_then(|objects| Product::of(objects, &union.effects));
        match find(&members, &union, (product.as_ref(), Some(Goal::Keep))) {
            Search::World(_) => {}
            Search::None => judge_none(&members, &union, product.as_ref(), judgement),
            Search::Spent(spent) => judgement
                .missing
                .push(spent.missing(explain::names(&members))),
        }
    }
}

/// No world keeps all: the promise is broken, unless that is because the product has no world.
fn judge_none<P: Promise>(
    members: &[&Case<'_, P>],
    union: &Union,
    product: Option<&Product<'_>>,
    judgement: &mut Judgement,
) {
    let has_worlds = product.is_none_or(|product| {
        let any = find(members, union, (Some(product), None));
        matches!(any, Search::World(_))
    });
    if has_worlds {
        judgement.verdict = Verdict::Broken;
        judgement
            .violations
            .push(explain::violation_together(members));
    } else {
        judgement.notes.push(format!(
            "no world of all of {} was found that the specifications allow: together they rule out nothing",
            explain::names(members).unwrap_or_default()
        ));
    }
}

/// Groups of scopes that can constrain each other.
fn groups<P: Promise>(cases: &[Case<'_, P>]) -> Vec<Vec<u32>> {
    let Some(first) = cases.first().filter(|_| cases.len() > 1) else {
        return Vec::new();
    };
    let all: Vec<&Case<'_, P>> = cases.iter().collect();
    let union = Union::of(&all);
    let belongs = (0..).zip(&union.of_item);
    let belongs: Vec<(u32, u32)> = belongs
        .flat_map(|(item, scopes)| scopes.iter().map(move |(scope, _)| (item, *scope)))
        .collect();
    let slice = Slice::new(first.subject.order, &union.items());
    let groups = entangled(&slice, &belongs, cases.len());
    if cases.iter().all(|case| case.product.is_none()) {
        return groups;
    }
    let mut joined: UnionFind<u32> = UnionFind::new(cases.len());
    for group in &groups {
        for pair in group.windows(2) {
            joined.union(pair[0], pair[1]);
        }
    }
    let mut first_of: HashMap<u32, u32, FxBuildHasher> = HashMap::default();
    for (at, case) in (0..).zip(cases) {
        let concerned = case.product.iter().flat_map(Product::concerned);
        for object in concerned {
            joined.union(*first_of.entry(*object).or_insert(at), at);
        }
    }
    let labels = joined.into_labeling();
    let mut groups: Vec<Vec<u32>> = vec![Vec::new(); cases.len()];
    for (at, label) in (0..).zip(labels) {
        groups[label as usize].push(at);
    }
    groups.retain(|group| group.len() > 1);
    groups.sort_unstable();
    groups
}

/// A world of all these scopes that keeps them, or any where no goal is given.
fn find<P: Promise>(
    cases: &[&Case<'_, P>],
    union: &Union,
    (product, goal): (Option<&Product<'_>>, Option<Goal>),
) -> Search {
    let Some(first) = cases.first() else {
        return Search::World(Vec::new());
    };
    let build = || {
        let parts = cases.iter().filter_map(|case| {
            let machine = case.machine(goal?);
            Some(Box::new(machine) as Box<dyn Machine + '_>)
        });
        let mut assembly = Assembly {
            items: union.items(),
            parts: parts.collect(),
            of_item: match goal {
                Some(_) => union.of_item.clone(),
                None => vec![Vec::new(); union.effects.len()],
            },
        };
        if let Some(product) = product {
            product.extend(&mut assembly, Some, Told::All);
        }
        assembly.into_parts()
    };
    settle::search(first, build)
}
