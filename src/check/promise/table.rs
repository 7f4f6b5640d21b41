//! What is shown of each scope, in one table: a history has hundreds of thousands of scopes, and most show two or three effects.
//!
//! # Complexity
//! O(1) to add, O(n) to sort n by their scopes, in place. A scope costs 28 bytes, and 5 more while it is looked up.

use std::hash::{Hash, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxHasher;

use crate::history::EventId;

use super::effect::{Key, Scope};

/// What is shown, scope by scope; of each scope in the order of the lines.
#[derive(Debug)]
pub(super) struct Table<T> {
    scopes: Vec<Scope>,
    /// Where what is shown of each scope begins; one more than there are scopes.
    starts: Vec<u32>,
    shown: Vec<T>,
}

impl<T> Table<T> {
    /// A scope and what is shown of it.
    pub(super) fn scope(&self, scope: u32) -> (&Scope, &[T]) {
        let at = scope as usize;
        let (start, end) = (self.starts[at] as usize, self.starts[at + 1] as usize);
        (&self.scopes[at], &self.shown[start..end])
    }

    /// The scopes of which something is shown that `is_asked`, in the order in which they first appear.
    pub(super) fn those(&self, is_asked: impl Fn(&T) -> bool) -> Vec<u32> {
        let all = 0..self.scopes.len() as u32;
        let is_one = |scope: &u32| self.scope(*scope).1.iter().any(&is_asked);
        all.filter(is_one).collect()
    }
}

impl<T: Clone> Table<T> {
    /// Adds `every` to each scope, where it `begins`.
    pub(super) fn with_in_each(self, every: &[T], begins: impl Fn(&T) -> EventId) -> Self {
        if every.is_empty() {
            return self;
        }
        let mut starts = vec![0];
        let mut shown = Vec::with_capacity(self.shown.len() + every.len() * self.scopes.len());
        for scope in 0..self.scopes.len() as u32 {
            let start = shown.len();
            shown.extend(self.scope(scope).1.iter().chain(every).cloned());
            shown[start..].sort_by_key(&begins);
            starts.push(shown.len() as u32);
        }
        Self {
            scopes: self.scopes,
            starts,
            shown,
        }
    }
}

/// A table as it is found, in the order of the lines.
pub(super) struct Finding<T> {
    /// Finds a scope's position.
    known: HashTable<u32>,
    scopes: Vec<Scope>,
    shown: Vec<T>,
    /// Of each that is shown: its scope.
    belongs: Vec<u32>,
}

impl<T> Finding<T> {
    /// Has room for so many: growing a table holds it twice.
    pub(super) fn of_about(shown: usize) -> Self {
        Self {
            known: HashTable::new(),
            scopes: Vec::new(),
            shown: Vec::with_capacity(shown),
            belongs: Vec::with_capacity(shown),
        }
    }

    pub(super) fn add(&mut self, scope: Scope, shown: T) {
        let scopes = &mut self.scopes;
        let hash = fingerprint(&scope);
        let known = self.known.find(hash, |at| scopes[*at as usize] == scope);
        let at = known.copied().unwrap_or_else(|| {
            let at = scopes.len() as u32;
            scopes.push(scope);
            let rehash = |at: &u32| fingerprint(&scopes[*at as usize]);
            self.known.insert_unique(hash, at, rehash);
            at
        });
        self.belongs.push(at);
        self.shown.push(shown);
    }

    /// Sorts by the scopes, in place; what is shown of one stays in the order of the lines.
    pub(super) fn finish(self) -> Table<T> {
        let Self {
            known,
            mut scopes,
            mut shown,
            belongs,
        } = self;
        drop(known);
        scopes.shrink_to_fit();
        let mut starts = vec![0; scopes.len() + 1];
        for scope in &belongs {
            starts[*scope as usize + 1] += 1;
        }
        for scope in 0..scopes.len() {
            starts[scope + 1] += starts[scope];
        }
        let mut places = belongs;
        let mut next = starts.clone();
        for place in &mut places {
            let scope = *place as usize;
            *place = next[scope];
            next[scope] += 1;
        }
        for at in 0..places.len() {
            while places[at] as usize != at {
                let place = places[at] as usize;
                places.swap(at, place);
                shown.swap(at, place);
            }
        }
        Table {
            scopes,
            starts,
            shown,
        }
    }
}

/// A value's place is its own position: values that appear one after the other are looked up one after the other, and a table in their order
/// stays in the cache. At most v / s of v values can fall on one place of s, so this costs no more than a look at each
/// value even where all do. The seven upper bits tell those apart that fall together.
fn fingerprint(scope: &Scope) -> u64 {
    let mut hasher = FxHasher::default();
    scope.hash(&mut hasher);
    let hash = hasher.finish();
    match &scope.0 {
        Key::One(value) => hash & (0x7F << 57) | value.index() as u64,
        _ => hash,
    }
}
