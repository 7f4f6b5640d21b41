//! The gaps between the ends of operations, and in which of them something is certainly in a container.
//!
//! Gap g lies between the ends of rank g and g + 1. An operation called at rank c that returned at rank r took effect
//! in one of the gaps `c..r`.

use std::ops::Range;

/// Gaps that are not covered, while more and more become covered.
///
/// Disjoint sets with path halving (Tarjan and van Leeuwen, "Worst-case Analysis of Set Union Algorithms", JACM 1984):
/// each covered gap leads to a later one.
#[derive(Debug)]
pub(super) struct Uncovered {
    next: Vec<u32>,
}

impl Uncovered {
    /// All gaps up to `end`; that one is never covered.
    pub(super) fn new(end: u32) -> Self {
        Self {
            next: (0..=end).collect(),
        }
    }

    pub(super) fn cover(&mut self, gaps: Range<u32>) {
        debug_assert!(gaps.end < self.next.len() as u32 || gaps.is_empty());
        let mut gap = self.from(gaps.start);
        while gap < gaps.end {
            self.next[gap as usize] = gap + 1;
            gap = self.from(gap + 1);
        }
    }

    /// The first gap that is not covered, from `gap` on.
    pub(super) fn from(&mut self, mut gap: u32) -> u32 {
        while self.next[gap as usize] != gap {
            let later = self.next[self.next[gap as usize] as usize];
            self.next[gap as usize] = later;
            gap = later;
        }
        gap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_covered_is_found() {
        let mut uncovered = Uncovered::new(9);
        uncovered.cover(2..4);
        uncovered.cover(6..7);
        assert_eq!(uncovered.from(1), 1);
        assert_eq!(uncovered.from(2), 4);
        uncovered.cover(3..6);
        assert_eq!(uncovered.from(2), 7);
        uncovered.cover(8..8);
        uncovered.cover(0..9);
        assert_eq!(uncovered.from(0), 9);
    }
}
