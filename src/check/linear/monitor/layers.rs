//! How many values certainly lie on a stack in each gap, and what becomes possible when none does any more.
//!
//! # Complexity
//! O(log n) time for each operation on n gaps or intervals; O(n) space. Trees stand in arrays: node i has the children 2i
//! and 2i + 1, the root is node 1.

use std::ops::Range;

/// What is added to a gap that was taken: more than there are values.
const TAKEN: i32 = 1 << 30;

/// The number of values that certainly lie in each gap, and the smallest number of all.
#[derive(Debug)]
pub(super) struct Layers {
    /// Of each node: the smallest number below it, without what was added further up.
    least: Vec<i32>,
    /// Of each node: what was added to everything below it.
    added: Vec<i32>,
}

impl Layers {
    /// So many gaps, and what covers them.
    pub(super) fn new(gaps: u32, covers: impl Iterator<Item = Range<u32>>) -> Self {
        let leaves = (gaps as usize).next_power_of_two();
        let mut changes = vec![0_i32; leaves + 1];
        for cover in covers {
            changes[cover.start as usize] += 1;
            changes[cover.end as usize] -= 1;
        }
        let mut least = vec![TAKEN; leaves * 2];
        let mut layers = 0;
        for gap in 0..gaps as usize {
            layers += changes[gap];
            least[leaves + gap] = layers;
        }
        for node in (1..leaves).rev() {
            least[node] = least[node * 2].min(least[node * 2 + 1]);
        }
        let added = vec![0; leaves];
        Self { least, added }
    }

    /// A gap without layers that was not taken yet.
    pub(super) fn take_free(&mut self) -> Option<u32> {
        if self.least[1] != 0 {
            return None;
        }
        let mut node = 1;
        while node < self.added.len() {
            node *= 2;
            node += usize::from(self.least[node] > self.least[node + 1]);
        }
        self.add(node, TAKEN);
        self.settle(node);
        Some((node - self.added.len()) as u32)
    }

    /// Takes one layer away from these gaps.
    pub(super) fn remove(&mut self, gaps: Range<u32>) {
        let leaves = self.added.len();
        let (first, last) = (gaps.start as usize + leaves, gaps.end as usize + leaves - 1);
        let (mut from, mut to) = (first, last + 1);
        while from < to {
            if from % 2 == 1 {
                self.add(from, -1);
                from += 1;
            }
            if to % 2 == 1 {
                to -= 1;
                self.add(to, -1);
            }
            from /= 2;
            to /= 2;
        }
        self.settle(first);
        self.settle(last);
    }

    fn add(&mut self, node: usize, layers: i32) {
        self.least[node] += layers;
        if let Some(added) = self.added.get_mut(node) {
            *added += layers;
        }
    }

    /// Brings the nodes above up to date.
    fn settle(&mut self, mut node: usize) {
        while node > 1 {
            node /= 2;
            let below = self.least[node * 2].min(self.least[node * 2 + 1]);
            self.least[node] = below + self.added[node];
        }
    }
}

/// Intervals of gaps that are taken out when one of their gaps becomes free.
#[derive(Debug)]
pub(super) struct Stabbed {
    /// The numbers of the intervals, by their starts.
    intervals: Vec<u32>,
    starts: Vec<u32>,
    /// Of each node: the greatest end below it of those that are left.
    ends: Vec<u32>,
}

impl Stabbed {
    pub(super) fn new(intervals: impl Iterator<Item = Range<u32>>) -> Self {
        let mut all: Vec<(u32, u32, u32)> = intervals
            .zip(0..)
            .map(|(gaps, number)| (gaps.start, gaps.end, number))
            .collect();
        all.sort_unstable();
        let leaves = all.len().next_power_of_two();
        let mut ends = vec![0; leaves * 2];
        for (at, (_, end, _)) in all.iter().enumerate() {
            ends[leaves + at] = *end;
        }
        for node in (1..leaves).rev() {
            ends[node] = ends[node * 2].max(ends[node * 2 + 1]);
        }
        Self {
            intervals: all.iter().map(|(_, _, number)| *number).collect(),
            starts: all.iter().map(|(start, _, _)| *start).collect(),
            ends,
        }
    }

    /// The number of an interval with this gap, which it gives only once.
    pub(super) fn take_at(&mut self, gap: u32) -> Option<u32> {
        let leaves = self.ends.len() / 2;
        if self.ends[1] <= gap {
            return None;
        }
        // The first of all that end behind the gap: if that one starts too late, so do the others.
        let mut node = 1;
        while node < leaves {
            node *= 2;
            node += usize::from(self.ends[node] <= gap);
        }
        let at = node - leaves;
        if self.starts[at] > gap {
            return None;
        }
        self.ends[node] = 0;
        while node > 1 {
            node /= 2;
            self.ends[node] = self.ends[node * 2].max(self.ends[node * 2 + 1]);
        }
        Some(self.intervals[at])
    }
}

/// A growing set of gaps that finds neighbours: words of 64 bits over words of 64 bits.
#[derive(Debug)]
pub(super) struct FreeGaps {
    /// The lowest level has a bit a gap, each other one a bit a word of the level below.
    levels: Vec<Vec<u64>>,
}

impl FreeGaps {
    pub(super) fn new(gaps: u32) -> Self {
        let mut levels = Vec::new();
        let mut words = gaps as usize;
        while words > 1 || levels.is_empty() {
            words = words.div_ceil(64);
            levels.push(vec![0; words]);
        }
        Self { levels }
    }

    pub(super) fn insert(&mut self, gap: u32) {
        let mut at = gap as usize;
        for level in &mut self.levels {
            level[at / 64] |= 1 << (at % 64);
            at /= 64;
        }
    }

    /// The last one up to `gap`.
    pub(super) fn last_until(&self, gap: u32) -> Option<u32> {
        let mut before = gap as usize + 1;
        for (level, words) in self.levels.iter().enumerate() {
            let word = words.get(before / 64).copied().unwrap_or(0);
            let word = word & ((1 << (before % 64)) - 1);
            if word != 0 {
                let found = before / 64 * 64 + word.ilog2() as usize;
                return Some(self.within(level, found, |word| word.ilog2()));
            }
            before /= 64;
        }
        None
    }

    /// The first one from `gap` on.
    pub(super) fn first_from(&self, gap: u32) -> Option<u32> {
        let mut from = gap as usize;
        for (level, words) in self.levels.iter().enumerate() {
            let word = words.get(from / 64).copied().unwrap_or(0);
            let word = word & (u64::MAX << (from % 64));
            if word != 0 {
                let found = from / 64 * 64 + word.trailing_zeros() as usize;
                return Some(self.within(level, found, u64::trailing_zeros));
            }
            from = from / 64 + 1;
        }
        None
    }

    /// Goes down from a bit of a level, always to the bit that is picked.
    fn within(&self, level: usize, mut at: usize, pick: impl Fn(u64) -> u32) -> u32 {
        for words in self.levels[..level].iter().rev() {
            at = at * 64 + pick(words[at]) as usize;
        }
        at as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_become_free_as_layers_go() {
        let mut layers = Layers::new(5, [0..3, 2..5].into_iter());
        assert_eq!(layers.take_free(), None);
        layers.remove(0..3);
        assert_eq!(layers.take_free(), Some(0));
        assert_eq!(layers.take_free(), Some(1));
        assert_eq!(layers.take_free(), None);
        layers.remove(2..5);
        let rest: Vec<u32> = std::iter::from_fn(|| layers.take_free()).collect();
        assert_eq!(rest, [2, 3, 4]);
        assert_eq!(Layers::new(1, [].into_iter()).take_free(), Some(0));
    }

    #[test]
    fn an_interval_is_found_once() {
        let mut waiting = Stabbed::new([4..6, 0..2, 1..9].into_iter());
        assert_eq!(waiting.take_at(3), Some(2));
        assert_eq!(waiting.take_at(3), None);
        assert_eq!(waiting.take_at(5), Some(0));
        assert_eq!(waiting.take_at(1), Some(1));
        assert_eq!(waiting.take_at(1), None);
        assert_eq!(Stabbed::new([].into_iter()).take_at(0), None);
    }

    #[test]
    fn neighbours_are_found_at_any_distance() {
        let mut free = FreeGaps::new(300_000);
        assert_eq!((free.last_until(299_999), free.first_from(0)), (None, None));
        let inside = [3, 64, 65, 70_000, 299_999];
        inside.into_iter().for_each(|gap| free.insert(gap));
        for gap in [
            0, 2, 3, 4, 63, 64, 66, 4_096, 69_999, 70_000, 299_998, 299_999,
        ] {
            let before = inside.into_iter().filter(|other| *other <= gap).max();
            let after = inside.into_iter().find(|other| *other >= gap);
            assert_eq!(
                (free.last_until(gap), free.first_from(gap)),
                (before, after)
            );
        }
    }
}
