//! Which nodes a search has visited: keys of any length in one arena, found by hash.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// A set of keys. A key is a stretch of words.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Each key behind its length.
    words: Vec<u32>,
    table: HashTable<u32>,
}

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Insert {
    New,
    Known,
    /// The arena cannot address more.
    Full,
}

impl Seen {
    pub(crate) fn insert(&mut self, key: &[u32]) -> Insert {
        let Self { words, table } = self;
        let hash = fingerprint(key);
        if table
            .find(hash, |start| stored(words, *start) == key)
            .is_some()
        {
            return Insert::Known;
        }
        let (Ok(start), Ok(len)) = (u32::try_from(words.len()), u32::try_from(key.len())) else {
            return Insert::Full;
        };
        words.push(len);
        words.extend_from_slice(key);
        table.insert_unique(hash, start, |start| fingerprint(stored(words, *start)));
        Insert::New
    }

    /// Bytes in use; spare room that growing left is not counted.
    pub(crate) fn heap_bytes(&self) -> u64 {
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
        let mut seen = Seen::default();
        for key in [&[1, 2][..], &[1, 2, 0], &[], &[2, 1]] {
            assert_eq!(seen.insert(key), Insert::New);
            assert_eq!(seen.insert(key), Insert::Known);
        }
        for i in 0..1000 {
            assert_eq!(seen.insert(&[i, 7, 7]), Insert::New);
        }
        assert_eq!(seen.insert(&[500, 7, 7]), Insert::Known);
    }
}
