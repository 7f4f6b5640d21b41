//! Rows of a table in which most rows are empty: where the row of each key begins.
//!
//! # Idea
//! One bit for each key says whether its row holds anything, and only those rows have a beginning: it stands at the
//! number of set bits before the key's own, of which a count for each word says all but those of its own word (Jacobson, "Space-efficient
//! static trees and graphs", FOCS 1989).
//!
//! # Complexity
//! 3/16 bytes a key and four a row that holds something; O(1) to find a row, O(keys + entries) to make all.

use std::ops::Range;

use super::index;

/// How many keys share a word.
const WORD: usize = u64::BITS as usize;

/// Where the rows of keys `0..n` stand in a list of entries that is sorted by their keys.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// A bit for each key; set where its row holds something.
    held: Vec<u64>,
    /// Of each word: how many bits are set before it.
    before: Vec<u32>,
    /// Of each row that holds something, where it begins; at last the end.
    starts: Vec<u32>,
}

impl Rows {
    /// The rows of so many keys, given the key of each entry.
    pub(super) fn of(keys: usize, entries: impl Iterator<Item = u32> + Clone) -> Self {
        let mut held = vec![0_u64; keys.div_ceil(WORD)];
        for key in entries.clone() {
            held[index(key) / WORD] |= 1 << (index(key) % WORD);
        }
        let mut count = 0;
        let before = held.iter().map(|word| {
            let before = count;
            count += word.count_ones();
            before
        });
        let before = before.collect();
        let rows = Self {
            held,
            before,
            starts: Vec::new(),
        };
        let starts = starts(index(count), entries.filter_map(|key| rows.row(key)));
        Self { starts, ..rows }
    }

    /// Where the entries of a key stand.
    pub(super) fn range(&self, key: u32) -> Range<usize> {
        match self.row(key) {
            Some(row) => index(self.starts[index(row)])..index(self.starts[index(row) + 1]),
            None => 0..0,
        }
    }

    /// Hands out the places of entries, row by row.
    pub(super) fn filling(&self) -> Filling<'_> {
        Filling {
            rows: self,
            next: self.starts.clone(),
        }
    }

    fn row(&self, key: u32) -> Option<u32> {
        let (word, bit) = (index(key) / WORD, index(key) % WORD);
        let held = *self.held.get(word)?;
        let below = (held & ((1 << bit) - 1)).count_ones();
        (held >> bit & 1 == 1).then(|| self.before[word] + below)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.held.capacity() * size_of::<u64>()
            + (self.before.capacity() + self.starts.capacity()) * size_of::<u32>()
    }
}

/// Rows that are being filled.
#[derive(Debug)]
pub(super) struct Filling<'r> {
    rows: &'r Rows,
    next: Vec<u32>,
}

impl Filling<'_> {
    /// Takes the next free place of a row that has one.
    pub(super) fn claim(&mut self, key: u32) -> usize {
        let row = self.rows.row(key).unwrap_or_default();
        claim(&mut self.next, row)
    }
}

/// Running sums of how often each key occurs: where the row of each key begins, and the end.
pub(super) fn starts(keys: usize, occurrences: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut starts = vec![0; keys + 1];
    for key in occurrences {
        starts[index(key) + 1] += 1;
    }
    for key in 0..keys {
        starts[key + 1] += starts[key];
    }
    starts
}

/// Takes the next free place of a row.
pub(super) fn claim(next: &mut [u32], key: u32) -> usize {
    let place = next[index(key)];
    next[index(key)] += 1;
    index(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_holds_the_entries_of_its_key() {
        let keys = [0, 3, 3, 63, 64, 64, 64, 127, 129];
        let rows = Rows::of(130, keys.iter().copied());
        let mut filling = rows.filling();
        let mut places: Vec<usize> = keys.iter().rev().map(|key| filling.claim(*key)).collect();
        places.sort_unstable();
        assert_eq!(places, (0..keys.len()).collect::<Vec<_>>());
        for key in 0..130 {
            let of_key = |at: &usize| keys[*at] == key;
            let expected: Vec<usize> = (0..keys.len()).filter(of_key).collect();
            assert_eq!(rows.range(key).collect::<Vec<_>>(), expected, "{key}");
        }
    }

    #[test]
    fn without_entries_all_rows_are_empty() {
        assert_eq!(Rows::default().range(7), 0..0);
        assert_eq!(Rows::of(70, std::iter::empty()).range(69), 0..0);
    }
}
