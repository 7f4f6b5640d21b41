//! States as small numbers: each distinct state is stored once.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// A table of states. Equal states have equal numbers.
#[derive(Debug)]
pub(crate) struct States<T> {
    all: Vec<T>,
    table: HashTable<u32>,
    heap_bytes: u64,
}

impl<T: Hash + Eq> States<T> {
    pub(crate) fn new() -> Self {
        Self {
            all: Vec::new(),
            table: HashTable::new(),
            heap_bytes: 0,
        }
    }

    /// The number of `state`, which itself holds `heap_bytes` elsewhere.
    pub(crate) fn intern(&mut self, state: T, heap_bytes: usize) -> u32 {
        let hash = fingerprint(&state);
        if let Some(known) = self
            .table
            .find(hash, |known| self.all[*known as usize] == state)
        {
            return *known;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        assert!(
            number < u32::MAX,
            "a budget ends every search before 2^32 states"
        );
        self.all.push(state);
        self.heap_bytes += heap_bytes as u64;
        self.table.insert_unique(hash, number, |known| {
            fingerprint(&self.all[*known as usize])
        });
        number
    }

    pub(crate) fn get(&self, number: u32) -> &T {
        &self.all[number as usize]
    }

    /// Bytes in use; the table's spare room is not counted.
    pub(crate) fn heap_bytes(&self) -> u64 {
        (self.all.len() * (size_of::<T>() + 2 * size_of::<u32>())) as u64 + self.heap_bytes
    }
}

fn fingerprint<T: Hash>(state: &T) -> u64 {
    let mut hasher = FxHasher::default();
    state.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_states_hold_is_counted_once() {
        let mut states = States::new();
        assert_eq!(states.heap_bytes(), 0);
        for (number, state) in [7_u64, 8, 9].into_iter().enumerate() {
            assert_eq!(states.intern(state, 50), number as u32);
            assert_eq!(states.intern(state, 50), number as u32);
            assert_eq!(states.get(number as u32), &state);
        }
        // Each with 8 bytes of its own, two numbers in the table, and 50 bytes elsewhere.
        assert_eq!(states.heap_bytes(), 3 * (8 + 8 + 50));
    }
}
