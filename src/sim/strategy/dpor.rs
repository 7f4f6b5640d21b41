//! One run of each kind, where runs are of one kind if they differ only in the order of steps that commute.
//!
//! # Source
//! Source sets with sleep sets: Abdulla, Aronis, Jonsson and Sagonas, "Optimal Dynamic Partial Order Reduction", POPL 2014, algorithm 1.
//! There a process has one next step. Here what plays the part of a process is a *kind* of item (a message of one content on one link, a timer, …):
//! its next step is that the oldest item of the kind happens, and that step has several ways (whole, lost, cut short by a crash, …). A kind
//! that is tried is tried in all its ways, and sleeps only while all of them commute with what happens.
//!
//! # Idea
//! Play any run to its end. Wherever two steps of it do not commute and nothing in between orders them (a *race*), some other run has them the
//! other way round: at the state before the first of them, a step that begins such a run must be tried too. States are not remembered, so that
//! what is unrelated costs nothing: one order of it is enough.
//!
//! # Invariants
//! - I1: for each run there is one among those played to their end that differs in the order of commuting steps only, unless a run was cut
//!   short by the limit of steps.
//! - I2: what a step takes away (a timer that is cancelled, replaced or wiped out) is tried in the step's stead, asleep or not: it is never seen in
//!   a race behind it, and what sleeps is only covered where nothing that it does not commute with comes first.
//! - I3: messages that wait for a participant that is down race with what made it crash in the run in which that did not crash: every
//!   crash is a way of a step that also happens whole.
//! - I4: where participants start together, each start comes before all that follows it: there is no other order of these to try.
//! - I5: a message that arrived twice comes from nobody but the participant that it reached, so the n-th item of a kind depends on the sender's
//!   (n − copies)-th message, whatever the order in which equal items came about.
//!
//! # Complexity
//! No more runs end than there are kinds of runs; others may be given up half way because all that could happen sleeps. A step of a
//! run of `n` steps: O(n) to find its races, O(n²/64) for each race. Space: O(n²/64), and the worlds of one run.

use crate::model::{Address, ModelFault};
use crate::sim::exploration::{Exploration, Limits, Notes, Watcher};
use crate::sim::footprint::Footprint;
use crate::sim::item::{Kind, What};
use crate::sim::program::Program;
use crate::sim::run::Way;
use crate::sim::worker::AfterRun;
use crate::sim::world::{Move, Witness, World};

use super::exhaustive::Sleeper;

/// A set of steps of the run at hand.
#[derive(Clone, Debug, Default)]
struct Steps(Vec<u64>);

impl Steps {
    fn clear(&mut self) {
        self.0.clear();
    }

    fn insert(&mut self, step: usize) {
        let word = step / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (step % 64);
    }

    fn contains(&self, step: usize) -> bool {
        let word = self.0.get(step / 64);
        word.is_some_and(|word| word >> (step % 64) & 1 == 1)
    }

    fn add_all(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let words = self.0.iter_mut().zip(&other.0);
        words.for_each(|(word, other)| *word |= other);
    }

    fn meets(&self, other: &Self) -> bool {
        let mut words = self.0.iter().zip(&other.0);
        words.any(|(word, other)| word & other != 0)
    }
}

/// A step of the run at hand.
#[derive(Debug, Default)]
struct Event {
    kind: u32,
    way: Option<Way>,
    touches: Footprint,
    /// The steps that happened before it in every run of this kind.
    before: Steps,
    /// The kinds of the items that it brought about, each as often as it did.
    made: Vec<u32>,
    /// The kinds of the items that it took away.
    taken_away: Vec<u32>,
    /// The participant that it brought up.
    woke: Option<Address>,
}

impl Event {
    fn is_twice(&self) -> bool {
        self.way == Some(Way::Twice)
    }
}

impl Witness for Event {
    fn added(&mut self, kind: u32) {
        self.made.push(kind);
    }

    fn removed(&mut self, kind: u32) {
        self.taken_away.push(kind);
    }
}

/// A state of the run at hand.
#[derive(Debug, Default)]
struct Node {
    world: World,
    /// The kinds that must be tried here.
    wanted: Vec<u32>,
    next: usize,
    /// The ways of the kind under way that are still to be tried, the last one first.
    ways: Vec<Move>,
    touched: Footprint,
    sleepers: Vec<Sleeper>,
    /// The kinds that were tried here.
    tried: Vec<u32>,
    /// The step that was taken from here.
    event: Event,
}

impl Node {
    fn sleeps(&self, kind: u32) -> bool {
        self.sleepers.iter().any(|sleeper| sleeper.kind == kind)
    }

    fn want(&mut self, kind: u32) {
        if !self.wanted.contains(&kind) {
            self.wanted.push(kind);
        }
    }

    /// Wants a kind though it sleeps.
    fn want_awake(&mut self, kind: u32) {
        if !self.tried.contains(&kind) && self.world.has(kind) {
            self.sleepers.retain(|sleeper| sleeper.kind != kind);
            if !self.wanted[self.next..].contains(&kind) {
                self.wanted.push(kind);
            }
        }
    }
}

/// A search under way.
struct Search<'p> {
    program: &'p mut Program,
    /// The states of the run at hand; those behind `depth` keep their memory.
    nodes: Vec<Node>,
    /// The topmost state; `None`: all is done.
    depth: Option<usize>,
    kinds: Vec<u32>,
    races: Vec<usize>,
    between: Steps,
    after: Option<&'p mut (dyn AfterRun + 'p)>,
    notes: Notes,
}

/// Plays one run of each kind, or as many as the limits allow. `after` is asked of each that comes to its end: what it says must be the same for
/// all runs of a kind, even where no judge heeds a line.
///
/// # Errors
/// What is wrong with the model.
pub(crate) fn by_traces<'p>(
    program: &'p mut Program,
    limits: Limits,
    watcher: Watcher<'_>,
    after: Option<&'p mut (dyn AfterRun + 'p)>,
) -> Result<Exploration, ModelFault> {
    program.tells_messages_apart = after.is_some();
    let node = Node {
        world: World::new(program),
        ..Node::default()
    };
    let mut search = Search {
        program,
        nodes: vec![node],
        depth: Some(0),
        kinds: Vec::new(),
        races: Vec::new(),
        between: Steps::default(),
        after,
        notes: Notes::new(limits),
    };
    search.enter(0)?;
    let mut ended = None;
    while let (Some(depth), None) = (search.depth, ended) {
        search.advance(depth)?;
        let bytes = || bytes(&search.nodes);
        ended = search.notes.must_end(&mut *watcher, bytes);
    }
    let Search { notes, program, .. } = search;
    program.tells_messages_apart = false;
    notes.close(program, ended)
}

fn bytes(nodes: &[Node]) -> u64 {
    let world = nodes.last().map_or(0, |node| node.world.bytes());
    let node = size_of::<Node>() + world + nodes.len() / 8;
    (nodes.len() * node) as u64
}

impl Search<'_> {
    /// Makes one step from the topmost state, or leaves it.
    fn advance(&mut self, depth: usize) -> Result<(), ModelFault> {
        let Some(taken) = self.next_move(depth)? else {
            self.depth = depth.checked_sub(1);
            return Ok(());
        };
        if self.nodes.len() == depth + 1 {
            self.nodes.push(Node::default());
        }
        let (before, behind) = self.nodes.split_at_mut(depth + 1);
        let (node, next) = (&mut before[depth], &mut behind[0]);
        node.event.made.clear();
        node.event.taken_away.clear();
        next.world.copy_from(&node.world);
        next.world.take(self.program, taken, &mut node.event)?;
        let kind = self.program.kind_of(taken.kind);
        let wakes = matches!(kind.what, What::Start | What::Restart);
        let touches = next.world.footprint;
        node.event.kind = taken.kind;
        node.event.way = Some(taken.way);
        node.event.touches = touches;
        node.event.woke = wakes.then_some(kind.to);
        node.touched.join(touches);
        for at in 0..node.event.taken_away.len() {
            node.want_awake(node.event.taken_away[at]);
        }
        next.sleepers.clear();
        let awake = node.sleepers.iter();
        let awake = awake.filter(|sleeper| sleeper.touches.commutes(touches));
        next.sleepers.extend(awake);
        let found = next.world.found;
        self.notes.count.transitions += 1;
        self.order(depth);
        if let Some(found) = found {
            let path = path(&self.nodes[..=depth]);
            return self.notes.break_at(self.program, found, path);
        }
        self.enter(depth + 1)
    }

    /// The next way of the kind under way, or of the next kind that is wanted and awake.
    fn next_move(&mut self, depth: usize) -> Result<Option<Move>, ModelFault> {
        let node = &mut self.nodes[depth];
        if let Some(taken) = node.ways.pop() {
            return Ok(Some(taken));
        }
        if let Some(kind) = node.tried.last().copied()
            && !node.sleeps(kind)
        {
            let touches = node.touched;
            node.sleepers.push(Sleeper { kind, touches });
        }
        while let Some(kind) = node.wanted.get(node.next).copied() {
            node.next += 1;
            debug_assert!(node.world.has(kind), "what is wanted can happen");
            if !node.sleeps(kind) {
                node.tried.push(kind);
                node.touched = Footprint::NONE;
                node.world.moves(self.program, kind, &mut node.ways)?;
                node.ways.reverse();
                return Ok(node.ways.pop());
            }
        }
        Ok(None)
    }

    /// Enters the state at this depth, whose world and sleepers are there.
    fn enter(&mut self, depth: usize) -> Result<(), ModelFault> {
        let node = &mut self.nodes[depth];
        node.wanted.clear();
        node.tried.clear();
        node.ways.clear();
        node.next = 0;
        self.notes.count.states += 1;
        self.notes.count.steps = self.notes.count.steps.max(depth as u32);
        self.kinds.clear();
        node.world.enabled(self.program, &mut self.kinds);
        if self.kinds.is_empty() {
            let (run, last) = self.nodes.split_at(depth);
            self.notes.end(self.program, &last[0].world, path(run))?;
            return match &mut self.after {
                Some(after) => self.notes.look_at(self.program, &mut **after, path(run)),
                None => Ok(()),
            };
        }
        if depth as u32 >= self.notes.limits.steps_max {
            self.notes.is_cut_short = true;
            return Ok(());
        }
        let awake = self.kinds.iter().find(|kind| !node.sleeps(**kind));
        node.wanted.extend(awake);
        self.depth = Some(depth);
        Ok(())
    }

    /// Places the step that was just taken among those before it, and wants the other order of each race.
    fn order(&mut self, depth: usize) {
        let (earlier, latest) = self.nodes.split_at_mut(depth);
        let event = &mut latest[0].event;
        event.before.clear();
        self.races.clear();
        let kind = self.program.kind_of(event.kind);
        if let Some(cause) = cause(earlier, event, kind) {
            event.before.add_all(&earlier[cause].event.before);
            event.before.insert(cause);
        }
        for (at, node) in earlier.iter().enumerate().rev() {
            let other = &node.event;
            let is_same = other.kind == event.kind;
            let has_started_all = self.program.starts_together && self.program.is_start(other.kind);
            let commutes = !is_same && !has_started_all && other.touches.commutes(event.touches);
            if event.before.contains(at) || commutes {
                continue;
            }
            let is_enabled_by = has_started_all
                || other.woke == Some(kind.to) && !matches!(kind.what, What::Heal { .. });
            if !is_same && !is_enabled_by {
                self.races.push(at);
            }
            event.before.add_all(&other.before);
            event.before.insert(at);
        }
        for race in 0..self.races.len() {
            self.reverse(self.races[race], depth);
        }
    }

    /// Sees to it that a run is played in which the step at `depth` comes before the one at `first`.
    fn reverse(&mut self, first: usize, depth: usize) {
        self.between.clear();
        for at in first + 1..depth {
            if !self.nodes[at].event.before.contains(first) {
                self.between.insert(at);
            }
        }
        let mut beginning = None;
        for at in (first + 1..=depth).rev() {
            let event = &self.nodes[at].event;
            let is_of_it = at == depth || self.between.contains(at);
            if !is_of_it || event.before.meets(&self.between) {
                continue;
            }
            if self.nodes[first].wanted.contains(&event.kind) {
                return;
            }
            beginning = Some(event.kind);
        }
        if let Some(kind) = beginning {
            self.nodes[first].want(kind);
        }
    }
}

/// The step that brought the item about that has just happened, where there is one: of equal messages those that arrived twice come
/// first, then those that were sent first.
///
/// What a participant sends itself comes from nobody else, arrived twice or not.
fn cause(earlier: &[Node], event: &Event, kind: Kind) -> Option<usize> {
    let number = event.kind;
    let Some(from) = kind.sender() else {
        return earlier
            .iter()
            .rposition(|node| node.event.made.contains(&number));
    };
    let happened = earlier.iter().filter(|node| node.event.kind == number);
    let is_copy = |event: &Event| from != kind.to && event.kind == number;
    let copies = happened
        .clone()
        .filter(|node| is_copy(&node.event) && node.event.is_twice());
    let mut left = (happened.count() + 1).checked_sub(copies.count())?;
    for (at, node) in earlier.iter().enumerate() {
        if left == 0 {
            return None;
        }
        if !is_copy(&node.event) {
            let made = node.event.made.iter().filter(|made| **made == number);
            left = left.saturating_sub(made.count());
        }
        if left == 0 {
            return Some(at);
        }
    }
    None
}

/// The moves that lead behind these states.
fn path(run: &[Node]) -> impl Iterator<Item = Move> {
    run.iter().filter_map(|node| {
        let Event { kind, way, .. } = node.event;
        Some(Move { kind, way: way? })
    })
}
