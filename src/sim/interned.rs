//! Numbers for values: equal values have equal numbers.

use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// A growing table of distinct values.
///
/// # Complexity
/// O(1) expected for each value; one copy of it.
#[derive(Debug)]
pub(super) struct Interned<T> {
    values: Vec<T>,
    numbers: HashTable<u32>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            numbers: HashTable::new(),
        }
    }
}

impl<T: Eq + Hash> Interned<T> {
    /// The number of a value, and whether it is new.
    pub(super) fn intern(&mut self, value: T) -> (u32, bool) {
        let hash = FxBuildHasher.hash_one(&value);
        let values = &self.values;
        let is_it = |number: &u32| values[*number as usize] == value;
        if let Some(number) = self.numbers.find(hash, is_it) {
            return (*number, false);
        }
        let number = values.len() as u32;
        let hash_of = |number: &u32| FxBuildHasher.hash_one(&values[*number as usize]);
        self.numbers.insert_unique(hash, number, hash_of);
        self.values.push(value);
        (number, true)
    }

    /// The number of a value of which a copy is made only if it is new.
    pub(super) fn intern_ref<Q>(&mut self, value: &Q) -> u32
    where
        T: Borrow<Q> + for<'q> From<&'q Q>,
        Q: Eq + Hash + ?Sized,
    {
        let hash = FxBuildHasher.hash_one(value);
        let is_it = |number: &u32| self.values[*number as usize].borrow() == value;
        match self.numbers.find(hash, is_it) {
            Some(number) => *number,
            None => self.intern(T::from(value)).0,
        }
    }

    pub(super) fn get(&self, number: u32) -> &T {
        &self.values[number as usize]
    }
}
