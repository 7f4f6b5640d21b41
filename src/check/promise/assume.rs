//! Searches the worlds of a scope that agree with what somebody might answer.
//!
//! # Idea
//! An outcome makes an item certain, or leaves it out; an order between two effects says that both took place. What is said
//! of effects that no line shows is followed beside the promise: a *script* lists them, and a state is that of the promise
//! with the number of those that have taken place.

use std::collections::BTreeSet;

use crate::check::Spent;
use crate::check::worlds::{Item, Machine, Move, Search, Slice, States, find_world_counting};
use crate::history::OpId;

use super::Promise;
use super::decide::Case;
use super::machine::{Goal, PromiseMachine};
use super::product::{Assembly, Product, Told};
use super::settle::of_effects;

/// Nodes that one search may cost.
const NODES_MAX: u64 = 20_000;
/// Nodes and items that all searches of one scope together may cost: questions must not take longer than a verdict.
const WORK_MAX: u64 = 2_000_000;
/// Effects of as many chains as this make a node cost one more: each node looks at all that may come next.
const CHAINS_OF_ONE: usize = 16;

/// Something that may be known of the worlds of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Given {
    /// What became of an unknown operation.
    Outcome { item: u32, took_effect: bool },
    /// Both took effect, in this order.
    Order { earlier: u32, later: u32 },
    /// What happened that no line shows is the script, in its order.
    Script,
    /// An effect of the script came before or after an item; both took place.
    Beside {
        unseen: u32,
        item: u32,
        comes_first: bool,
    },
    /// Nothing happened that no line shows.
    NothingUnseen,
    /// At least one thing happened that no line shows.
    SomethingUnseen,
}

/// The worlds of one scope, for many searches within one limit.
pub(super) struct Worlds<'s, 'c, P: Promise> {
    pub(super) case: &'s Case<'c, P>,
    /// What happens that no line shows, in the world that keeps the promise.
    pub(super) script: Vec<u32>,
    /// What only allows some of the worlds.
    pub(super) product: Option<&'s Product<'c>>,
    /// The operations whose answers count in it, sorted; `None`: all.
    pub(super) told: Option<Vec<OpId>>,
    /// What a node costs.
    weight: u64,
    work: u64,
}

impl<'s, 'c, P: Promise> Worlds<'s, 'c, P> {
    pub(super) fn new(case: &'s Case<'c, P>) -> Self {
        let chain = |item: &Item| case.subject.order.chain(item.lo).0;
        let chains: BTreeSet<u32> = case.items.iter().map(chain).collect();
        Self {
            weight: 1 + (chains.len() / CHAINS_OF_ONE) as u64,
            case,
            script: Vec::new(),
            product: None,
            told: None,
            work: 0,
        }
    }

    /// Whether all that searches may cost is spent.
    pub(super) const fn are_spent(&self) -> bool {
        self.work > WORK_MAX
    }

    /// Whether there is a world that agrees with `given` and keeps or breaks the promise.
    pub(super) fn find(&mut self, given: &[Given], goal: Goal) -> Search {
        let case = self.case;
        if self.are_spent() || case.budget.is_stopped() {
            return Search::Spent(Spent::Nodes);
        }
        self.work += (case.items.len() + given.len()) as u64 * self.weight;
        let Some(outcomes) = outcomes(case, given) else {
            return Search::None;
        };
        // Items that certainly did not take effect are left out; `chosen` says which the others are.
        let mut items: Vec<Item> = Vec::new();
        let mut facts: Vec<&P::Fact> = Vec::new();
        let mut chosen: Vec<u32> = Vec::new();
        let mut position = vec![0; case.items.len()];
        for (at, item) in case.items.iter().enumerate() {
            if outcomes[at] == Some(false) {
                continue;
            }
            position[at] = items.len() as u32;
            items.push(Item {
                is_certain: item.is_certain || outcomes[at] == Some(true),
                ..*item
            });
            facts.push(&case.effects.shown[at].fact);
            chosen.push(at as u32);
        }
        let pairs = given.iter().filter_map(|given| match given {
            Given::Order { earlier, later } => {
                Some((position[*earlier as usize], position[*later as usize]))
            }
            _ => None,
        });
        let pairs: Vec<(u32, u32)> = pairs.collect();
        let budget = case.budget.with_nodes(NODES_MAX / self.weight);
        let mut nodes = 0;
        let unseen: &[P::Fact] = match given.contains(&Given::NothingUnseen) {
            true => &[],
            false => &case.unseen,
        };
        let machine = PromiseMachine::new(case.form(goal), facts, unseen, goal);
        let machine: Box<dyn Machine + '_> = match hidden(given, &self.script, &position) {
            None => Box::new(machine),
            Some(hidden) => Box::new(Scripted::new(machine, hidden)),
        };
        let place = |at: u32| (outcomes[at as usize] != Some(false)).then(|| position[at as usize]);
        let (items, mut machine) = self.assemble(items, machine, place);
        let slice = Slice::new(case.subject.order, &items).assuming(&pairs);
        let found = find_world_counting(&slice, &mut *machine, &budget, &mut nodes);
        self.work += nodes * self.weight;
        match found {
            Search::World(moves) => Search::World(
                of_effects(moves, chosen.len())
                    .into_iter()
                    .map(|step| match step {
                        Move::Item(item) => Move::Item(chosen[item as usize]),
                        step @ Move::Unseen(_) => step,
                    })
                    .collect(),
            ),
            other => other,
        }
    }

    /// The items and the machine, with the operations of the product where there is one.
    fn assemble<'m>(
        &self,
        items: Vec<Item>,
        machine: Box<dyn Machine + 'm>,
        place: impl Fn(u32) -> Option<u32>,
    ) -> (Vec<Item>, Box<dyn Machine + 'm>)
    where
        's: 'm,
    {
        let Some(product) = self.product else {
            return (items, machine);
        };
        let told = self.told.as_deref().map_or(Told::All, Told::Only);
        let mut assembly = Assembly::of_one(items, machine);
        product.extend(&mut assembly, place, told);
        let (items, machine) = assembly.into_parts();
        (items, Box::new(machine))
    }
}

/// What is said of each item; `None`: it contradicts itself.
fn outcomes<P: Promise>(case: &Case<'_, P>, given: &[Given]) -> Option<Vec<Option<bool>>> {
    let mut outcomes: Vec<Option<bool>> = case
        .items
        .iter()
        .map(|item| item.is_certain.then_some(true))
        .collect();
    for given in given {
        let said = match *given {
            Given::Outcome { item, took_effect } => [Some((item, took_effect)), None],
            Given::Order { earlier, later } => [Some((earlier, true)), Some((later, true))],
            Given::Beside { item, .. } => [Some((item, true)), None],
            Given::Script | Given::NothingUnseen | Given::SomethingUnseen => [None, None],
        };
        for (item, took_effect) in said.into_iter().flatten() {
            let known = &mut outcomes[item as usize];
            if known.is_some_and(|known| known != took_effect) {
                return None;
            }
            *known = Some(took_effect);
        }
    }
    Some(outcomes)
}

/// What is said of effects that no line shows, beyond that there are none.
fn hidden<'s>(given: &[Given], script: &'s [u32], position: &[u32]) -> Option<Hidden<'s>> {
    let beside: Vec<(u32, u32, bool)> = given
        .iter()
        .filter_map(|given| match *given {
            Given::Beside {
                unseen,
                item,
                comes_first,
            } => Some((unseen, position[item as usize], comes_first)),
            _ => None,
        })
        .collect();
    if given.contains(&Given::Script) || !beside.is_empty() {
        return Some(Hidden::Script { script, beside });
    }
    given
        .contains(&Given::SomethingUnseen)
        .then_some(Hidden::Something)
}

enum Hidden<'s> {
    Something,
    Script {
        script: &'s [u32],
        /// Place in the script, item, and whether the first comes first.
        beside: Vec<(u32, u32, bool)>,
    },
}

impl Hidden<'_> {
    /// How many unseen effects a world must have.
    fn wanted(&self) -> u32 {
        match self {
            Self::Something => 1,
            Self::Script { script, .. } => script.len() as u32,
        }
    }

    /// Whether an item may take place once so many effects of the script have.
    fn allows(&self, item: u32, done: u32) -> bool {
        match self {
            Self::Something => true,
            Self::Script { beside, .. } => beside.iter().all(|(unseen, other, comes_first)| {
                *other != item || (done > *unseen) == *comes_first
            }),
        }
    }
}

/// Follows a promise, and how many effects have taken place that no line shows.
struct Scripted<'s, M> {
    inner: M,
    hidden: Hidden<'s>,
    states: States<(u32, u32)>,
    next: Vec<u32>,
    next_unseen: Vec<(u32, u32)>,
}

impl<'s, M: Machine> Scripted<'s, M> {
    fn new(inner: M, hidden: Hidden<'s>) -> Self {
        Self {
            inner,
            hidden,
            states: States::new(),
            next: Vec::new(),
            next_unseen: Vec::new(),
        }
    }
}

impl<M: Machine> Machine for Scripted<'_, M> {
    fn start(&mut self) -> u32 {
        let start = self.inner.start();
        self.states.intern((start, 0), 0)
    }

    fn step(&mut self, state: u32, item: u32, next: &mut Vec<u32>) {
        let (own, done) = *self.states.get(state);
        if !self.hidden.allows(item, done) {
            return;
        }
        self.next.clear();
        self.inner.step(own, item, &mut self.next);
        next.extend(
            self.next
                .iter()
                .map(|own| self.states.intern((*own, done), 0)),
        );
    }

    fn unseen(&mut self, state: u32, next: &mut Vec<(u32, u32)>) {
        let (own, done) = *self.states.get(state);
        self.next_unseen.clear();
        self.inner.unseen(own, &mut self.next_unseen);
        for (number, own) in &self.next_unseen {
            let done = match &self.hidden {
                Hidden::Something => 1,
                Hidden::Script { script, .. } if script.get(done as usize) == Some(number) => {
                    done + 1
                }
                Hidden::Script { .. } => continue,
            };
            next.push((*number, self.states.intern((*own, done), 0)));
        }
    }

    fn accepts(&mut self, state: u32) -> bool {
        let (own, done) = *self.states.get(state);
        done == self.hidden.wanted() && self.inner.accepts(own)
    }

    /// The rest of a world must still agree with the script, so none is taken for granted before it ends.
    fn is_final(&mut self, _state: u32) -> bool {
        false
    }

    fn heap_bytes(&self) -> u64 {
        self.inner.heap_bytes() + self.states.heap_bytes()
    }
}
