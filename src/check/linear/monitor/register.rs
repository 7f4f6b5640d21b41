//! Decides whether reads, writes and swaps of a register have a linearization, where each value that somebody saw
//! was written once.
//!
//! # Source      Phillip Gibbons and Ephraim Korach, "Testing Shared Memories", SIAM J. Comput. 26(4), 1997 (zones).
//! Where we differ: writes of unknown outcome, swaps, values that were written often and never seen, small witnesses.
//!
//! # Idea
//! Who saw a value says which write it saw. A write and all who saw its value stand together in every order: a
//! *cluster*. A swap that saw a and wrote b makes the cluster of b follow that of a at once: a *chain* of clusters
//! begins with a blind write (or with the initial value) and is one block in every order. `zones.rs` puts the
//! blocks in order; here they are built.
//!
//! # Preconditions
//! Of each value that somebody saw, one operation at most could have written it; the initial value counts as written
//! before all. Values that nobody saw may be written as often as one likes: each such write is a block of its own.
//! Where that fails, `stale.rs` still refutes most broken histories.
//!
//! # Unknown outcomes
//! A write or swap of unknown outcome took effect if somebody saw its value who is known to have taken effect himself
//! (completed, or by the same argument); then it stands in the cluster, without an end. Any other may be left out: take it
//! out of an order, and whoever came behind it sees what was there before, or saw nothing. So any number of them costs nothing.
//!
//! # Invariants
//! I1 each block lists its operations in the only order that is possible up to readers of one value; those stand by their calls.
//! I2 in a block, nobody returned before somebody ahead of him was called; else these two, with the swaps between, are the breach.
//!
//! # Complexity
//! O(n log n) time, O(n) space, for n operations. The general problem is NP-complete.
//!
//! # Not chosen
//! Negative reads are not easy even with distinct values (to satisfy one can force other blocks apart): see `refusals.rs`.

use rustc_hash::FxHashMap;

use crate::history::Value;

use super::refusals::{self, Refusal};
use super::zones::{self, Block};
use super::{Act, Breach, Finding, NEVER, Scene, stale};

/// No value, no deed.
pub(super) const NONE: u32 = u32::MAX;
/// The writer of the initial value.
pub(super) const BEGINNING: u32 = u32::MAX - 1;
/// The number of the initial value.
pub(super) const INITIAL: u32 = 0;

/// What a deed saw and what it wrote, as numbers of values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Role {
    pub(super) sees: u32,
    pub(super) writes: u32,
}

/// What is known of one value.
#[derive(Clone, Copy, Debug)]
struct Story {
    writer: u32,
    /// A second deed that could have written it.
    rival: u32,
    /// A deed that took effect and saw it; `NONE` where nobody did.
    support: u32,
    /// The deed that saw it and replaced it.
    swap: u32,
    /// The first and last of those who only saw it, linked by `Register::next`.
    readers: (u32, u32),
}

/// A register's operations, by value.
pub(super) struct Register<'s, 'v> {
    pub(super) scene: Scene<'s, 'v>,
    initial: &'v Value,
    pub(super) roles: Vec<Role>,
    stories: Vec<Story>,
    next: Vec<u32>,
    /// Deeds of unknown outcome whose value somebody saw.
    is_needed: Vec<bool>,
    refusals: Vec<Refusal>,
}

/// Decides a register.
pub(super) fn decide<'v>(initial: &'v Value, scene: Scene<'_, 'v>) -> Finding {
    let mut register = match Register::of(initial, scene) {
        Ok(register) => register,
        Err(why) => return Finding::Unfit(why),
    };
    if let Some(value) = register.follow_support() {
        return match stale::refute(&register.roles, scene) {
            Some(breach) => Finding::Breach(breach),
            None => Finding::Unfit(register.repeated(value)),
        };
    }
    let blocks = match register.blocks() {
        Ok(blocks) => blocks,
        Err(breach) => return Finding::Breach(breach),
    };
    match zones::order(&register, &blocks.deeds, blocks.blocks) {
        Err(breach) => Finding::Breach(breach),
        Ok(order) if register.refusals.is_empty() => Finding::Order(order),
        Ok(order) => refusals::place(&register, order, &register.refusals),
    }
}

impl<'s, 'v> Register<'s, 'v> {
    /// Reads the acts; the reason where one is none of a register's.
    fn of(initial: &'v Value, scene: Scene<'s, 'v>) -> Result<Self, String> {
        let changes = scene.deeds.iter().map(|deed| deed.act);
        let changes = changes.filter(|act| matches!(act, Act::Write(_) | Act::Swap(..)));
        let mut numbers: FxHashMap<&Value, u32> = FxHashMap::default();
        numbers.reserve(changes.count() + 1);
        numbers.insert(initial, INITIAL);
        let mut roles = Vec::with_capacity(scene.deeds.len());
        let mut refusals = Vec::new();
        for (at, deed) in (0..).zip(scene.deeds) {
            let mut number = |value: &'v Value| {
                let next = numbers.len() as u32;
                *numbers.entry(value).or_insert(next)
            };
            let (sees, writes) = match deed.act {
                Act::Write(value) => (NONE, number(value)),
                Act::Swap(old, new) if old != new => (number(old), number(new)),
                // Who changes nothing and was never answered is in nobody's way.
                _ if !deed.is_certain() => (NONE, NONE),
                Act::Read(value) | Act::Swap(value, _) => (number(value), NONE),
                Act::Differs(value) => {
                    let value = number(value);
                    refusals.push(Refusal { deed: at, value });
                    (NONE, NONE)
                }
                _ => return Err(format!("{} is no act of a register", (scene.words)(at))),
            };
            roles.push(Role { sees, writes });
        }
        let values = numbers.len();
        drop(numbers);
        let mut register = Self {
            scene,
            initial,
            stories: vec![Story::UNTOLD; values],
            next: vec![NONE; roles.len()],
            is_needed: vec![false; roles.len()],
            roles,
            refusals,
        };
        register.stories[INITIAL as usize].writer = BEGINNING;
        for (at, role) in (0..).zip(&register.roles) {
            if role.writes != NONE {
                register.stories[role.writes as usize].add_writer(at);
            }
        }
        Ok(register)
    }

    /// Finds out which values were seen and which unknown deeds took effect because of that; a value that was
    /// seen and may have been written twice, where there is one.
    fn follow_support(&mut self) -> Option<u32> {
        let mut open = Vec::new();
        for (at, role) in (0..).zip(&self.roles) {
            if role.sees != NONE && self.scene.deeds[at as usize].is_certain() {
                let story = &mut self.stories[role.sees as usize];
                if story.support == NONE {
                    story.support = at;
                    open.push(role.sees);
                }
            }
        }
        while let Some(value) = open.pop() {
            let Story { writer, rival, .. } = self.stories[value as usize];
            if rival != NONE {
                return Some(value);
            }
            if writer == NONE || writer == BEGINNING || self.is_active(writer) {
                continue;
            }
            self.is_needed[writer as usize] = true;
            let sees = self.roles[writer as usize].sees;
            if sees != NONE && self.stories[sees as usize].support == NONE {
                self.stories[sees as usize].support = writer;
                open.push(sees);
            }
        }
        None
    }

    /// Whether a deed took effect.
    fn is_active(&self, deed: u32) -> bool {
        self.scene.deeds[deed as usize].is_certain() || self.is_needed[deed as usize]
    }

    fn repeated(&self, value: u32) -> String {
        let line = |deed: u32| (self.scene.line)(self.scene.deeds[deed as usize].call);
        let Story { writer, rival, .. } = self.stories[value as usize];
        let value = self.value(value);
        match writer {
            BEGINNING => format!(
                "{value} was there at the beginning, and is written again (line {})",
                line(rival)
            ),
            _ => format!(
                "{value} is written twice (lines {} and {})",
                line(writer),
                line(rival)
            ),
        }
    }

    /// The text of a value.
    pub(super) fn value(&self, value: u32) -> String {
        let mut acts = self.scene.deeds.iter().zip(&self.roles);
        let text = acts.find_map(|(deed, role)| match deed.act {
            Act::Write(new) | Act::Swap(_, new) if role.writes == value => Some(new),
            Act::Swap(old, _) | Act::Read(old) if role.sees == value => Some(old),
            _ => None,
        });
        text.unwrap_or(self.initial).to_string()
    }

    /// Where a deed was called and where it returned; the beginning is before all lines.
    pub(super) fn ends(&self, deed: u32) -> (i64, i64) {
        match self.scene.deeds.get(deed as usize) {
            Some(deed) => (deed.call.into(), deed.ret.into()),
            None => (-1, -1),
        }
    }

    /// What a deed wrote; the beginning wrote the initial value.
    pub(super) fn writes(&self, deed: u32) -> u32 {
        match deed {
            BEGINNING => INITIAL,
            deed => self.roles[deed as usize].writes,
        }
    }

    /// Who wrote a value or saw it, where somebody saw it.
    pub(super) fn holders(&self, value: u32) -> Vec<u32> {
        let story = self.stories[value as usize];
        if story.support == NONE {
            return Vec::new();
        }
        let mut holders = vec![story.writer];
        let mut reader = story.readers.0;
        while reader != NONE {
            holders.push(reader);
            reader = self.next[reader as usize];
        }
        holders.extend(Some(story.swap).filter(|swap| *swap != NONE));
        holders
    }

    /// The blocks, each a run of one list of deeds.
    fn blocks(&mut self) -> Result<Blocks, Breach> {
        self.link()?;
        let mut blocks = Blocks {
            deeds: Vec::with_capacity(self.roles.len() + 1),
            blocks: Vec::with_capacity(self.stories.len()),
        };
        if self.stories[INITIAL as usize].support != NONE {
            self.walk(BEGINNING, &mut blocks)?;
        }
        let mut active = usize::from(!blocks.deeds.is_empty());
        for at in 0..self.roles.len() as u32 {
            let Role { sees, writes } = self.roles[at as usize];
            if (sees, writes) == (NONE, NONE) || !self.is_active(at) {
                continue;
            }
            active += 1;
            if sees == NONE {
                self.walk(at, &mut blocks)?;
            }
        }
        match blocks.deeds.len() == active {
            true => Ok(blocks),
            false => Err(self.circle(&blocks)),
        }
    }

    /// Links those who saw a value to it; refutes values from nowhere and two swaps of one value.
    fn link(&mut self) -> Result<(), Breach> {
        for at in 0..self.roles.len() as u32 {
            let Role { sees, writes } = self.roles[at as usize];
            if sees == NONE || !self.is_active(at) {
                continue;
            }
            let story = self.stories[sees as usize];
            if story.writer == NONE {
                let why = format!("Nobody ever wrote {}.", self.value(sees));
                return Err(self.breach(&[at], vec![why]));
            }
            if writes == NONE {
                match story.readers.1 {
                    NONE => self.stories[sees as usize].readers.0 = at,
                    last => self.next[last as usize] = at,
                }
                self.stories[sees as usize].readers.1 = at;
            } else if story.swap == NONE {
                self.stories[sees as usize].swap = at;
            } else {
                let value = self.value(sees);
                let why = vec![
                    format!(
                        "{} and {} both replaced {value}.",
                        (self.scene.words)(story.swap),
                        (self.scene.words)(at)
                    ),
                    format!("{value} was written once, so only one of them can have found it."),
                ];
                return Err(self.breach(&[story.writer, story.swap, at], why));
            }
        }
        Ok(())
    }

    /// Appends the block that begins with a blind write.
    fn walk(&self, root: u32, blocks: &mut Blocks) -> Result<(), Breach> {
        let start = blocks.deeds.len();
        let mut block = Block::empty(start as u32);
        let mut writer = root;
        while writer != NONE {
            self.append(writer, &mut block, &mut blocks.deeds)?;
            let story = self.stories[self.writes(writer) as usize];
            if story.support == NONE {
                break;
            }
            let mut reader = story.readers.0;
            while reader != NONE {
                self.append(reader, &mut block, &mut blocks.deeds)?;
                reader = self.next[reader as usize];
            }
            writer = story.swap;
        }
        block.end = blocks.deeds.len() as u32;
        blocks.blocks.push(block);
        Ok(())
    }

    fn append(&self, deed: u32, block: &mut Block, deeds: &mut Vec<u32>) -> Result<(), Breach> {
        let (call, ret) = self.ends(deed);
        deeds.push(deed);
        if ret < block.latest_call {
            return Err(self.backwards(&deeds[block.start as usize..]));
        }
        block.include((call, ret));
        Ok(())
    }

    /// The last deed of a block returned before one ahead of it was called (I2).
    fn backwards(&self, block: &[u32]) -> Breach {
        let Some((last, ahead)) = block.split_last() else {
            return Breach::default();
        };
        let (_, ret) = self.ends(*last);
        let late = ahead
            .iter()
            .rposition(|deed| self.ends(*deed).0 > ret)
            .unwrap_or(0);
        let between = ahead[late + 1..].iter().copied();
        let mut named: Vec<u32> = between.filter(|deed| self.writes(*deed) != NONE).collect();
        let (first, second) = ((self.scene.words)(ahead[late]), (self.scene.words)(*last));
        let how = if !named.is_empty() {
            format!(
                "{second} comes after {first}: swaps lead from the value of one to that of the other."
            )
        } else if self.writes(ahead[late]) == NONE {
            format!("{second} replaced the value that {first} saw, and nobody wrote it again.")
        } else {
            format!("{second} saw what {first} wrote, and nobody else wrote it.")
        };
        named.extend([ahead[late], *last]);
        let lines = format!(
            "But it had returned on line {}, before the other was called on line {}.",
            (self.scene.line)(ret as u32),
            (self.scene.line)(self.ends(ahead[late]).0 as u32)
        );
        self.breach(&named, vec![how, lines])
    }

    /// Swaps that no blind write leads to: each saw what another of them wrote.
    fn circle(&self, blocks: &Blocks) -> Breach {
        let mut is_known = vec![false; self.roles.len()];
        for deed in blocks.deeds.iter().filter(|deed| **deed != BEGINNING) {
            is_known[*deed as usize] = true;
        }
        let lost = (0..self.roles.len() as u32).find(|deed| {
            let is_swap = self.roles[*deed as usize].sees != NONE;
            is_swap && self.is_active(*deed) && !is_known[*deed as usize]
        });
        let source = |deed: u32| self.stories[self.roles[deed as usize].sees as usize].writer;
        let mut deed = lost.map_or(BEGINNING, source);
        while deed != BEGINNING && !is_known[deed as usize] {
            is_known[deed as usize] = true;
            deed = source(deed);
        }
        let mut named = vec![deed];
        let mut other = source(deed);
        while other != deed {
            named.push(other);
            other = source(other);
        }
        let why = vec![
            "Each of these swaps saw what another of them wrote, and each value was written once."
                .to_owned(),
            "So none of them can have been the first.".to_owned(),
        ];
        self.breach(&named, why)
    }

    /// A breach that names these deeds, and for those of unknown outcome who saw that they took effect.
    pub(super) fn breach(&self, named: &[u32], why: Vec<String>) -> Breach {
        let mut breach = Breach {
            why,
            ..Breach::default()
        };
        for deed in named.iter().filter(|deed| **deed != BEGINNING) {
            let mut deed = *deed;
            while !self.scene.deeds[deed as usize].is_certain() {
                breach.excuses.push(deed);
                deed = self.stories[self.writes(deed) as usize].support;
            }
            breach.deeds.push(deed);
        }
        for deeds in [&mut breach.deeds, &mut breach.excuses] {
            deeds.sort_unstable();
            deeds.dedup();
        }
        breach
    }
}

/// The blocks, and the deeds that they are runs of.
pub(super) struct Blocks {
    pub(super) deeds: Vec<u32>,
    pub(super) blocks: Vec<Block>,
}

impl Story {
    const UNTOLD: Self = Self {
        writer: NONE,
        rival: NONE,
        support: NONE,
        swap: NONE,
        readers: (NONE, NONE),
    };

    const fn add_writer(&mut self, deed: u32) {
        if self.writer == NONE {
            self.writer = deed;
        } else if self.rival == NONE {
            self.rival = deed;
        }
    }
}

const _: () = assert!(BEGINNING < NEVER);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::linear::monitor::trial::{Dice, State, Tally, find, hold, run};
    use crate::check::linear::monitor::{Deed, Family};

    /// What an operation of a random register does; `wild` percent do not care about the value.
    fn act<'v>(
        dice: &mut Dice,
        state: &State,
        pool: &'v [Value],
        (wild, swaps, refusals): (usize, usize, usize),
    ) -> Act<'v> {
        let any = &pool[dice.roll(pool.len())];
        let now = match state {
            State::Value(value) if !dice.hits(wild) => pool.iter().find(|known| *known == value),
            _ => None,
        };
        let now = now.unwrap_or(&pool[dice.roll(pool.len())]);
        match dice.roll(100) {
            roll if roll < refusals => Act::Differs(any),
            roll if roll < refusals + swaps => Act::Swap(now, any),
            roll if roll < (100 + refusals + swaps) / 2 => Act::Write(any),
            _ => Act::Read(now),
        }
    }

    fn trial(seed: u64, values: i64, kinds: (usize, usize, usize)) -> Tally {
        let pool: Vec<Value> = (0..values).map(Value::from).collect();
        let family = |dice: &mut Dice| Family::Register {
            initial: pool[dice.roll(2)].clone(),
        };
        let tally = run(seed, family, |dice, state| act(dice, state, &pool, kinds));
        println!("{values} values, {kinds:?}: {tally:?}");
        tally
    }

    /// What the monitor says of operations between these positions, where a register begins with 0.
    fn found<'v>(deeds: &[(u32, u32, Act<'v>)]) -> Finding {
        let deeds = deeds.iter().map(|(call, ret, act)| Deed {
            call: *call,
            ret: *ret,
            act: *act,
        });
        let deeds: Vec<Deed<'v>> = deeds.collect();
        let family = Family::Register {
            initial: Value::from(0),
        };
        let mut tally = Tally::default();
        hold(&family, &deeds, &mut tally);
        find(&family, &deeds)
    }

    fn breach(deeds: &[u32], excuses: &[u32], finding: &Finding) {
        match finding {
            Finding::Breach(breach) => {
                assert_eq!(breach.deeds, deeds, "{breach:?}");
                assert_eq!(breach.excuses, excuses, "{breach:?}");
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_was_written_once_is_not_there_twice() {
        use Act::{Read, Swap, Write};
        let values: Vec<Value> = (0..9).map(Value::from).collect();
        let v = |at: usize| &values[at];
        // The initial value comes back.
        let stale = [(0, 1, Write(v(1))), (2, 3, Read(v(1))), (4, 5, Read(v(0)))];
        breach(&[0, 2], &[], &found(&stale));
        // An unknown write may be seen late, but not go away and come back.
        let late = [
            (0, NEVER, Write(v(1))),
            (1, 2, Read(v(0))),
            (3, 4, Write(v(2))),
            (5, 6, Read(v(1))),
        ];
        assert_eq!(found(&late), Finding::Order(vec![1, 2, 0, 3]));
        let back = [
            (0, NEVER, Write(v(1))),
            (1, 2, Read(v(1))),
            (3, 4, Read(v(0))),
        ];
        breach(&[1, 2], &[0], &found(&back));
        // Swaps of unknown outcome took effect where somebody saw their value, and those before them.
        let chain = [
            (0, NEVER, Swap(v(0), v(1))),
            (1, NEVER, Swap(v(1), v(2))),
            (2, NEVER, Swap(v(0), v(3))),
            (3, 4, Read(v(2))),
            (5, 6, Read(v(3))),
        ];
        breach(&[3, 4], &[0, 1, 2], &found(&chain));
        let circle = [(0, 3, Swap(v(1), v(2))), (1, 2, Swap(v(2), v(1)))];
        breach(&[0, 1], &[], &found(&circle));
        // A swap of a value for itself is a read of it.
        assert_eq!(found(&[(0, 1, Swap(v(0), v(0)))]), Finding::Order(vec![0]));
        breach(&[0], &[], &found(&[(0, 1, Swap(v(7), v(7)))]));
    }

    #[test]
    fn values_that_repeat_are_decided_where_nobody_saw_them() {
        use Act::{Differs, Read, Write};
        let values: Vec<Value> = (0..9).map(Value::from).collect();
        let v = |at: usize| &values[at];
        let unseen = [
            (0, 1, Write(v(0))),
            (2, 3, Write(v(5))),
            (4, 5, Write(v(5))),
            (6, 7, Write(v(3))),
            (8, 9, Read(v(3))),
        ];
        assert_eq!(found(&unseen), Finding::Order(vec![0, 1, 2, 3, 4]));
        let why = "3 is written twice (lines 0 and 2)".to_owned();
        let twice = [(0, 1, Write(v(3))), (2, 3, Write(v(3))), (4, 5, Read(v(3)))];
        assert_eq!(found(&twice), Finding::Unfit(why));
        let gone = [
            (0, 1, Write(v(3))),
            (2, 3, Write(v(3))),
            (4, 5, Write(v(4))),
            (6, 7, Read(v(3))),
        ];
        breach(&[1, 2, 3], &[], &found(&gone));
        let why = "0 was there at the beginning, and is written again (line 0)".to_owned();
        let null = [(0, 1, Write(v(0))), (2, 3, Read(v(0)))];
        assert_eq!(found(&null), Finding::Unfit(why));
        let differs = [
            (0, 1, Write(v(3))),
            (2, 3, Differs(v(3))),
            (4, 5, Read(v(3))),
        ];
        breach(&[0, 1, 2], &[], &found(&differs));
        let differs = [
            (0, 3, Write(v(3))),
            (1, 2, Differs(v(0))),
            (4, 5, Read(v(3))),
        ];
        assert_eq!(found(&differs), Finding::Order(vec![0, 1, 2]));
    }

    #[test]
    fn reads_and_writes_agree_with_all_orders() {
        let tally = trial(1, 12, (10, 0, 0));
        assert!(tally.decided() > 50 && tally.broken * 8 > tally.kept);
        assert!(tally.named_max <= 6);
        let repeated = trial(2, 4, (10, 0, 0));
        assert!(repeated.named_max <= 6);
    }

    #[test]
    fn swaps_agree_with_all_orders() {
        let tally = trial(3, 14, (10, 40, 0));
        assert!(tally.decided() > 50 && tally.broken * 8 > tally.kept);
        trial(4, 5, (10, 40, 0));
    }

    #[test]
    fn refusals_agree_with_all_orders() {
        let tally = trial(5, 12, (10, 20, 20));
        assert!(tally.decided() > 40 && tally.broken * 8 > tally.kept);
        trial(6, 4, (10, 20, 30));
    }
}
