//! Worlds of a promise that specifications allow: effects and operations in one search.
//!
//! # Idea
//! An operation that is an effect of the promise and belongs to an object of a specification is one item: where it takes
//! place, both machines take a step. All others belong to one side. A world of the product is a world of the history,
//! restricted to both, in which every answer is right.
//!
//! # Soundness
//! An effect and an operation are made one only where both are read as taking place at the same time in the same outcomes.
//! Effects that are settled by a fact, or that may be a repeat, are left apart. That, and objects that are not looked
//! at, only add worlds: "no world of the product" stays true.

use rustc_hash::FxHashMap;

use crate::check::linear::Objects;
use crate::check::worlds::{Item, Joint, Machine};
use crate::history::OpId;

use super::effect::Source;

/// The objects that may rule out worlds of some effects.
pub(super) struct Product<'c> {
    objects: &'c Objects<'c>,
    concerned: Vec<u32>,
    /// Of each operation that is one of the effects: which.
    ties: FxHashMap<OpId, u32>,
}

/// Items with whom each belongs to, and the machines that follow them.
pub(super) struct Assembly<'m> {
    pub(super) items: Vec<Item>,
    pub(super) of_item: Vec<Vec<(u32, u32)>>,
    pub(super) parts: Vec<Box<dyn Machine + 'm>>,
}

impl<'m> Assembly<'m> {
    /// The items of one machine.
    pub(super) fn of_one(items: Vec<Item>, machine: Box<dyn Machine + 'm>) -> Self {
        Self {
            of_item: (0..items.len() as u32).map(|own| vec![(0, own)]).collect(),
            items,
            parts: vec![machine],
        }
    }

    pub(super) fn into_parts(self) -> (Vec<Item>, Joint<'m>) {
        (self.items, Joint::new(self.parts, self.of_item))
    }
}

/// What is taken as given of the specifications' operations.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told<'t> {
    /// Every answer.
    All,
    /// The answers of these operations; the others may have answered anything, and done nothing.
    Only(&'t [OpId]),
}

impl<'c> Product<'c> {
    /// The product of these effects with the objects that concern them; `None` where there is no such object.
    pub(super) fn of(objects: &'c Objects<'c>, effects: &[(Item, Source)]) -> Option<Self> {
        let mut ties = FxHashMap::default();
        for (at, (item, source)) in (0..).zip(effects) {
            if let Source::Operation(op) = source
                && objects.item(*op) == Some(*item)
            {
                ties.entry(*op).or_insert(at);
            }
        }
        let items: Vec<Item> = effects.iter().map(|(item, _)| *item).collect();
        let mut ops: Vec<OpId> = ties.keys().copied().collect();
        ops.sort_unstable();
        let concerned = objects.concerning(&items, &ops);
        (!concerned.is_empty()).then_some(Self {
            objects,
            concerned,
            ties,
        })
    }

    pub(super) fn concerned(&self) -> &[u32] {
        &self.concerned
    }

    /// The operations whose answers are known, in the order of their invocations.
    pub(super) fn answered(&self) -> Vec<OpId> {
        let objects = self.concerned.iter();
        let sightings = objects.flat_map(|object| self.objects.sightings(*object));
        let answered = sightings.filter(|sighting| sighting.item.is_certain);
        let mut answered: Vec<OpId> = answered.map(|sighting| sighting.op).collect();
        answered.sort_unstable();
        answered.dedup();
        answered
    }

    /// The specifications that speak of one of these operations.
    pub(super) fn specs_of(&self, ops: &[OpId]) -> Vec<String> {
        let objects = self.concerned.iter().copied();
        let speaks = |object: &u32| {
            let mut sightings = self.objects.sightings(*object);
            sightings.any(|sighting| ops.contains(&sighting.op))
        };
        let mut specs: Vec<String> = objects
            .filter(speaks)
            .map(|object| self.objects.spec(object).to_owned())
            .collect();
        specs.dedup();
        specs
    }

    /// Adds the operations to an assembly of the effects. `place` says which of its items an effect is; `None`: it
    /// certainly did not take place.
    pub(super) fn extend<'m>(
        &'m self,
        assembly: &mut Assembly<'m>,
        place: impl Fn(u32) -> Option<u32>,
        told: Told<'_>,
    ) {
        let mut places: FxHashMap<OpId, u32> = FxHashMap::default();
        for object in &self.concerned {
            let part = assembly.parts.len() as u32;
            let mut members: Vec<(u32, bool)> = Vec::new();
            for (own, sighting) in (0..).zip(self.objects.sightings(*object)) {
                let op = sighting.op;
                let counts = match told {
                    Told::All => true,
                    Told::Only(ops) => !sighting.item.is_certain || ops.binary_search(&op).is_ok(),
                };
                let tie = self.ties.get(&op).map(|effect| place(*effect));
                if tie == Some(None) || (!counts && sighting.is_idle) {
                    continue;
                }
                let at = tie.flatten().unwrap_or_else(|| {
                    *places.entry(op).or_insert_with(|| {
                        assembly.items.push(sighting.item);
                        assembly.of_item.push(Vec::new());
                        assembly.items.len() as u32 - 1
                    })
                });
                assembly.of_item[at as usize].push((part, members.len() as u32));
                members.push((own, counts));
            }
            let machine = self.objects.machine(*object, &members);
            assembly.parts.push(machine);
        }
    }
}
