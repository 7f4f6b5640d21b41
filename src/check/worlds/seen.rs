//! Which nodes a search has visited: keys of any length in an arena, found by hash.
//!
//! # Idea
//! There are two generations. Keys are added to the young one; where that has taken half of what is allowed,
//! the old one is forgotten and the young one grows old. A key that is found in the old one is young again. A forgotten key
//! costs the time to visit its node again, never a wrong answer: what is remembered is only that nothing was found there.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// A set of keys that remembers the latest ones. A key is a stretch of words.
#[derive(Debug)]
pub(crate) struct Seen {
    young: Generation,
    old: Generation,
    /// Bytes that one generation may take.
    bytes_max: u64,
}

#[derive(Debug, Default)]
struct Generation {
    /// Each key behind its length.
    words: Vec<u32>,
    table: HashTable<u32>,
}

impl Seen {
    /// Remembers as many keys as fit into so many bytes, and always the last one.
    pub(crate) fn new(heap_bytes_max: u64) -> Self {
        // An arena cannot address more than 2^32 words.
        let words_max = u64::from(u32::MAX / 2);
        Self {
            young: Generation::default(),
            old: Generation::default(),
            bytes_max: (heap_bytes_max / 2).min(words_max * size_of::<u32>() as u64),
        }
    }

    /// Remembers a key; whether it was not known.
    pub(crate) fn insert(&mut self, key: &[u32]) -> bool {
        let hash = fingerprint(key);
        if self.young.has(hash, key) {
            return false;
        }
        let is_known = self.old.has(hash, key);
        if self.young.heap_bytes() >= self.bytes_max {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.add(hash, key);
        !is_known
    }

    /// Bytes in use; spare room that growing left is not counted.
    pub(crate) fn heap_bytes(&self) -> u64 {
        self.young.heap_bytes() + self.old.heap_bytes()
    }
}

impl Generation {
    fn has(&self, hash: u64, key: &[u32]) -> bool {
        let found = self
            .table
            .find(hash, |start| stored(&self.words, *start) == key);
        found.is_some()
    }

    fn add(&mut self, hash: u64, key: &[u32]) {
        let Self { words, table } = self;
        let start = words.len() as u32;
        words.push(key.len() as u32);
        words.extend_from_slice(key);
        table.insert_unique(hash, start, |start| fingerprint(stored(words, *start)));
    }

    fn heap_bytes(&self) -> u64 {
        (self.words.len() * size_of::<u32>() + self.table.len() * (size_of::<u32>() + 1)) as u64
    }
}

fn stored(words: &[u32], start: u32) -> &[u32] {
    let start = start as usize;
    &words[start + 1..][..words[start] as usize]
}

fn fingerprint(key: &[u32]) -> u64 {
    let mut hasher = FxHasher::default();
    key.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_apart_by_length_and_content() {
        let mut seen = Seen::new(1 << 20);
        for key in [&[1, 2][..], &[1, 2, 0], &[], &[2, 1]] {
            assert!(seen.insert(key));
            assert!(!seen.insert(key));
        }
        for i in 0..1000 {
            assert!(seen.insert(&[i, 7, 7]));
        }
        assert!(!seen.insert(&[500, 7, 7]));
    }

    #[test]
    fn what_keys_take_is_counted() {
        let mut seen = Seen::new(1 << 20);
        for i in 0..10 {
            seen.insert(&[i, 7, 7]);
            seen.insert(&[i, 7, 7]);
        }
        // Three words and their number, then a word and a byte of the table.
        assert_eq!(seen.heap_bytes(), 10 * (4 * 4 + 5));
    }

    #[test]
    fn the_oldest_keys_are_forgotten_where_room_is_short() {
        let mut seen = Seen::new(2_000);
        assert!((0..1000).all(|i| seen.insert(&[i]) && !seen.insert(&[i])));
        assert!(seen.heap_bytes() <= 2_100);
        assert!(seen.insert(&[0]), "forgotten");
        assert!(!seen.insert(&[990]));
    }
}
