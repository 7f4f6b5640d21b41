//! Holds a monitor to a search of every order, on random small histories.

use std::collections::HashSet;

use crate::history::Value;

use super::container::Kind;
use super::{Act, Deed, Family, Finding, NEVER, Scene, decide};

/// How many histories a test tries: `TESTIMONY_CASES`, when it is compiled, makes it a long run.
pub(super) fn cases() -> u64 {
    let given = option_env!("TESTIMONY_CASES").and_then(|given| given.parse().ok());
    given.unwrap_or(20_000)
}

/// Numbers that are the same on every run.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }

    pub(super) fn hits(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }
}

/// An object of a family.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum State {
    Value(Value),
    Elements(Vec<Value>),
    Sum(i64),
    Out(u64, u64),
    Holder(Option<Value>),
    /// What a container gives out next stands last.
    Inside(Kind, Vec<Value>),
}

impl State {
    pub(super) fn of(family: &Family) -> Self {
        match family {
            Family::Register { initial } => Self::Value(initial.clone()),
            Family::Set { initial } => Self::Elements(initial.clone()),
            Family::Counter { initial } => Self::Sum(*initial),
            Family::Semaphore { permits } => Self::Out(0, *permits),
            Family::Queue { initial } => Self::inside(Kind::Queue, initial),
            Family::Stack { initial } => Self::inside(Kind::Stack, initial),
            Family::PriorityQueue { initial } => Self::inside(Kind::PriorityQueue, initial),
            Family::OwnedMutex => Self::Holder(None),
        }
    }

    fn inside(kind: Kind, initial: &[Value]) -> Self {
        let empty = Self::Inside(kind, Vec::new());
        initial.iter().fold(empty, |state, value| {
            state.after(Act::Insert(value)).unwrap_or(state)
        })
    }

    pub(super) fn after(&self, act: Act<'_>) -> Option<Self> {
        let same = |is_right: bool| is_right.then(|| self.clone());
        match (self, act) {
            (Self::Value(_), Act::Write(new)) => Some(Self::Value(new.clone())),
            (Self::Value(value), Act::Read(seen)) => same(seen == value),
            (Self::Value(value), Act::Differs(other)) => same(other != value),
            (Self::Value(value), Act::Swap(old, new)) => {
                (old == value).then(|| Self::Value(new.clone()))
            }
            (Self::Elements(all), Act::Add(new)) => {
                let mut all = all.clone();
                all.push(new.clone());
                all.sort_unstable();
                all.dedup();
                Some(Self::Elements(all))
            }
            (Self::Elements(all), Act::Discard(old)) => {
                let left = all.iter().filter(|element| *element != old);
                Some(Self::Elements(left.cloned().collect()))
            }
            (Self::Elements(all), Act::Contains(element, is_in)) => {
                same(all.contains(element) == is_in)
            }
            (Self::Elements(all), Act::Elements(seen)) => same(all == seen),
            (Self::Sum(sum), Act::Plus(amount)) => Some(Self::Sum(sum + amount)),
            (Self::Sum(sum), Act::Sum(seen)) => same(*sum == seen),
            (Self::Out(out, permits), Act::Acquire(count)) => {
                (out + count <= *permits).then(|| Self::Out(out + count, *permits))
            }
            (Self::Out(out, permits), Act::Release(count)) => {
                out.checked_sub(count).map(|out| Self::Out(out, *permits))
            }
            (Self::Holder(None), Act::Hold(holder)) => Some(Self::Holder(Some(holder.clone()))),
            (Self::Holder(Some(holder)), Act::Yield(who)) => {
                (holder == who).then_some(Self::Holder(None))
            }
            (Self::Inside(kind, all), Act::Insert(new)) => {
                let at = match kind {
                    Kind::Queue => 0,
                    Kind::Stack => all.len(),
                    Kind::PriorityQueue => all.partition_point(|value| value < new),
                };
                let mut all = all.clone();
                all.insert(at, new.clone());
                Some(Self::Inside(*kind, all))
            }
            (Self::Inside(_, all), Act::FoundEmpty) => same(all.is_empty()),
            (Self::Inside(kind, all), Act::Take(taken)) => match all.split_last() {
                Some((next, rest)) => taken
                    .is_none_or(|taken| taken == next)
                    .then(|| Self::Inside(*kind, rest.to_vec())),
                None => same(taken.is_none()),
            },
            _ => None,
        }
    }
}

/// Whether these deeds have an order, found by trying all.
pub(super) fn is_possible(start: &State, deeds: &[Deed<'_>]) -> bool {
    let mut open = vec![(0_u32, start.clone())];
    let mut seen: HashSet<(u32, State)> = HashSet::new();
    while let Some((taken, state)) = open.pop() {
        let left = || (0..deeds.len()).filter(|at| taken & (1 << at) == 0);
        if left().all(|at| !deeds[at].is_certain()) {
            return true;
        }
        let first_return = left().map(|at| deeds[at].ret).min().unwrap_or(NEVER);
        for at in left().filter(|at| deeds[*at].call < first_return) {
            if let Some(next) = state.after(deeds[at].act) {
                let node = (taken | 1 << at, next);
                if seen.insert(node.clone()) {
                    open.push(node);
                }
            }
        }
    }
    false
}

/// Where an operation of a random history stands.
struct Open {
    deed: usize,
    has_acted: bool,
}

/// A random history: `act` says what an operation does at the moment when it takes effect.
pub(super) fn story<'v>(
    dice: &mut Dice,
    family: &Family,
    mut act: impl FnMut(&mut Dice, &State) -> Act<'v>,
) -> Vec<Deed<'v>> {
    let mut state = State::of(family);
    let mut deeds: Vec<Deed<'v>> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let (total, width, unknown) = (
        1 + dice.roll(9),
        1 + dice.roll(4),
        [0, 10, 30][dice.roll(3)],
    );
    let mut at = 0;
    while deeds.len() < total || !open.is_empty() {
        at += 1 + dice.roll(2) as u32;
        if deeds.len() < total && open.len() < width && dice.hits(60) {
            open.push(Open {
                deed: deeds.len(),
                has_acted: false,
            });
            deeds.push(Deed {
                call: at,
                ret: NEVER,
                act: Act::FoundEmpty,
            });
        }
        if open.is_empty() {
            continue;
        }
        let turn = dice.roll(open.len());
        if !open[turn].has_acted {
            let new = act(dice, &state);
            deeds[open[turn].deed].act = new;
            open[turn].has_acted = true;
            let is_left_out = dice.hits(unknown);
            if is_left_out && matches!(new, Act::Take(_) | Act::FoundEmpty) {
                // Nobody saw what it took.
                deeds[open[turn].deed].act = Act::Take(None);
            }
            if is_left_out && dice.hits(50) {
                open.swap_remove(turn);
                continue;
            }
            state = state.after(new).unwrap_or(state);
            if is_left_out {
                open.swap_remove(turn);
            }
        } else if dice.hits(60) {
            at += 1;
            deeds[open[turn].deed].ret = at;
            open.swap_remove(turn);
        }
    }
    deeds
}

/// How often a monitor said what.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) kept: u64,
    pub(super) broken: u64,
    pub(super) unfit_kept: u64,
    pub(super) unfit_broken: u64,
    /// The most certain operations that a breach named.
    pub(super) named_max: usize,
    /// Breaches that stand even if all others are only relaxed.
    pub(super) strict: u64,
}

impl Tally {
    /// The share of histories that the monitor decided, in percent.
    pub(super) fn decided(&self) -> u64 {
        let decided = self.kept + self.broken;
        100 * decided / (decided + self.unfit_kept + self.unfit_broken).max(1)
    }
}

/// What a monitor says of these deeds.
pub(super) fn find(family: &Family, deeds: &[Deed<'_>]) -> Finding {
    let words = |deed: u32| format!("{:?}", deeds[deed as usize].act);
    let line = |position: u32| {
        assert_ne!(position, NEVER, "only what happened has a line");
        position as usize
    };
    let scene = Scene {
        deeds,
        words: &words,
        line: &line,
    };
    decide(family, scene)
}

/// Holds what the monitor finds to the search of all orders.
pub(super) fn hold(family: &Family, deeds: &[Deed<'_>], tally: &mut Tally) {
    let start = State::of(family);
    let is_kept = is_possible(&start, deeds);
    let told = || format!("{family:?}\n{deeds:#?}");
    match find(family, deeds) {
        Finding::Unfit(_) if is_kept => tally.unfit_kept += 1,
        Finding::Unfit(_) => tally.unfit_broken += 1,
        Finding::Order(order) => {
            assert!(is_kept, "an order of what has none {}", told());
            assert!(stands(&start, deeds, &order), "{order:?} {}", told());
            tally.kept += 1;
        }
        Finding::Breach(breach) => {
            let told = || format!("{breach:?} {}", told());
            assert!(!is_kept, "a breach of what can be ordered {}", told());
            assert!(
                !breach.deeds.is_empty() && !breach.why.is_empty(),
                "{}",
                told()
            );
            assert!(breach.deeds.is_sorted() && breach.excuses.is_sorted());
            let is_named = |at: usize, of: &[u32]| of.contains(&(at as u32));
            let filtered = |is_kept: &dyn Fn(usize) -> bool| -> Vec<Deed<'_>> {
                let all = deeds.iter().enumerate();
                let all = all.filter(|(at, _)| is_kept(*at));
                all.map(|(_, deed)| *deed).collect()
            };
            let alone = filtered(&|at| {
                let deeds_hold = is_named(at, &breach.deeds) && deeds[at].is_certain();
                deeds_hold || is_named(at, &breach.excuses) && !deeds[at].is_certain()
            });
            assert_eq!(alone.len(), breach.deeds.len() + breach.excuses.len());
            assert!(!is_possible(&start, &alone), "not alone {}", told());
            let unknown = filtered(&|at| is_named(at, &breach.deeds) || !deeds[at].is_certain());
            assert!(
                !is_possible(&start, &unknown),
                "not with the unknown {}",
                told()
            );
            let relaxed =
                deeds
                    .iter()
                    .enumerate()
                    .map(|(at, deed)| match is_named(at, &breach.deeds) {
                        true => *deed,
                        false => Deed {
                            ret: NEVER,
                            ..*deed
                        },
                    });
            let relaxed: Vec<Deed<'_>> = relaxed.collect();
            tally.strict += u64::from(!is_possible(&start, &relaxed));
            tally.named_max = tally.named_max.max(breach.deeds.len());
            tally.broken += 1;
        }
    }
}

fn stands(start: &State, deeds: &[Deed<'_>], order: &[u32]) -> bool {
    let mut state = start.clone();
    let mut latest_call = 0;
    let mut taken = vec![0; deeds.len()];
    for at in order {
        let deed = deeds[*at as usize];
        latest_call = deed.call.max(latest_call);
        taken[*at as usize] += 1;
        match state.after(deed.act) {
            Some(next) if latest_call < deed.ret => state = next,
            _ => return false,
        }
    }
    let mut all = deeds.iter().zip(taken);
    all.all(|(deed, times)| times == 1 || times == 0 && !deed.is_certain())
}

/// Tries random histories of the families that `family` makes.
pub(super) fn run<'v>(
    seed: u64,
    mut family: impl FnMut(&mut Dice) -> Family,
    mut act: impl FnMut(&mut Dice, &State) -> Act<'v>,
) -> Tally {
    let mut dice = Dice(seed);
    let mut tally = Tally::default();
    for _ in 0..cases() {
        let family = family(&mut dice);
        let deeds = story(&mut dice, &family, &mut act);
        hold(&family, &deeds, &mut tally);
    }
    tally
}
