//! The states that a search has visited, and what slept in each.
//!
//! # Idea
//! A table with open addressing: an entry of 16 bytes holds 96 bits of a state's fingerprint and the number of the set of kinds that slept
//! whenever it was entered. Four entries share a line of the cache, so that most looks cost one access to memory; asked for several
//! states in a row, these accesses overlap.
//!
//! # Invariants
//! - I1: what is asleep in a state only becomes less. So a state in which nothing sleeps has nothing left to try, now and later.
//! - I2: two of `n` states are taken for one with a probability of about n² / 2^97: 10^-12 for 3 × 10^8 states, which is as many as fit in 8 GiB.
//!
//! # Complexity
//! O(1) expected; 21 to 43 bytes a state.

use crate::sim::interned::Interned;
use crate::sim::world::Print;

/// The number of the empty set.
const NOTHING_SLEEPS: u32 = 0;

/// A state that was visited, or none.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    high: u64,
    low: u32,
    /// One more than the number of the set of kinds that slept; 0: there is no state.
    asleep: u32,
}

impl Entry {
    const fn of(print: Print, asleep: u32) -> Self {
        Self {
            high: print.high,
            low: (print.low >> 32) as u32,
            asleep: asleep + 1,
        }
    }

    const fn is_of(self, print: Print) -> bool {
        self.high == print.high && self.low == (print.low >> 32) as u32
    }
}

/// Entries that share a line of the cache.
#[repr(align(64))]
#[derive(Clone, Copy, Debug, Default)]
struct Bucket([Entry; 4]);

/// The states that were visited.
#[derive(Debug)]
pub(super) struct Visits {
    /// A power of two of them.
    buckets: Vec<Bucket>,
    count: usize,
    sets: Interned<Box<[u32]>>,
}

/// What is to be tried in a state.
pub(super) enum Try {
    Nothing,
    Everything,
    /// What slept before and does not now; what slept before still sleeps.
    Awoken {
        kinds: Vec<u32>,
        still: Vec<u32>,
    },
}

/// How a look for a state ends: at its place, or at the first that is free.
type Place = (usize, usize);

impl Visits {
    pub(super) fn new() -> Self {
        let mut sets = Interned::default();
        let empty = sets.intern_ref::<[u32]>(&[]);
        debug_assert_eq!(empty, NOTHING_SLEEPS);
        Self {
            buckets: vec![Bucket::default(); 1 << 6],
            count: 0,
            sets,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        (self.buckets.len() * size_of::<Bucket>()) as u64
    }

    /// Where a state stands, or where it would.
    fn place(&self, print: Print) -> Place {
        let mask = self.buckets.len() - 1;
        let mut bucket = print.high as usize & mask;
        loop {
            for (slot, entry) in self.buckets[bucket].0.iter().enumerate() {
                if entry.asleep == 0 || entry.is_of(print) {
                    return (bucket, slot);
                }
            }
            bucket = (bucket + 1) & mask;
        }
    }

    /// Whether a state was visited and has nothing left to try.
    pub(super) fn is_spent(&self, print: Print) -> bool {
        let (bucket, slot) = self.place(print);
        self.buckets[bucket].0[slot].asleep == NOTHING_SLEEPS + 1
    }

    /// Enters a state with these kinds asleep, in the order of their numbers.
    pub(super) fn enter(&mut self, print: Print, asleep: &[u32]) -> Try {
        let (bucket, slot) = self.place(print);
        let known = &mut self.buckets[bucket].0[slot];
        if known.asleep == 0 {
            *known = Entry::of(print, self.sets.intern_ref(asleep));
            self.count += 1;
            // Three quarters full, so that there is always a place that is free.
            if self.count > self.buckets.len() * 3 {
                self.grow();
            }
            return Try::Everything;
        }
        if known.asleep == NOTHING_SLEEPS + 1 {
            return Try::Nothing;
        }
        let before = self.sets.get(known.asleep - 1);
        let sleeps = |kind: &&u32| asleep.binary_search(kind).is_ok();
        if before.iter().all(|kind| sleeps(&kind)) {
            return Try::Nothing;
        }
        let (still, kinds): (Vec<u32>, Vec<u32>) = before.iter().partition(sleeps);
        known.asleep = self.sets.intern_ref(still.as_slice()) + 1;
        Try::Awoken { kinds, still }
    }

    fn grow(&mut self) {
        let larger = vec![Bucket::default(); self.buckets.len() * 2];
        let known = std::mem::replace(&mut self.buckets, larger);
        for entry in known.iter().flat_map(|bucket| bucket.0) {
            if entry.asleep > 0 {
                let print = Print {
                    high: entry.high,
                    low: u64::from(entry.low) << 32,
                };
                let (bucket, slot) = self.place(print);
                self.buckets[bucket].0[slot] = entry;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Print, Try, Visits};
    use crate::sim::item::mixed;

    fn print(number: u64) -> Print {
        Print {
            low: mixed(number),
            high: mixed(!number),
        }
    }

    #[test]
    fn a_state_is_new_once_however_many_there_are() {
        let mut visits = Visits::new();
        for number in 0..5_000 {
            assert!(matches!(visits.enter(print(number), &[]), Try::Everything));
            assert!(visits.is_spent(print(number)));
            assert!(!visits.is_spent(print(number + 1)));
        }
        for number in 0..5_000 {
            assert!(matches!(visits.enter(print(number), &[]), Try::Nothing));
        }
    }

    #[test]
    fn what_slept_before_and_does_not_now_is_tried() {
        let mut visits = Visits::new();
        assert!(matches!(
            visits.enter(print(1), &[2, 4, 6]),
            Try::Everything
        ));
        assert!(!visits.is_spent(print(1)));
        assert!(matches!(
            visits.enter(print(1), &[2, 3, 4, 6]),
            Try::Nothing
        ));
        let Try::Awoken { kinds, still } = visits.enter(print(1), &[4]) else {
            unreachable!("two kinds awoke");
        };
        assert_eq!((kinds, still), (vec![2, 6], vec![4]));
        let Try::Awoken { kinds, still } = visits.enter(print(1), &[]) else {
            unreachable!("one kind awoke");
        };
        assert_eq!((kinds, still), (vec![4], vec![]));
        assert!(visits.is_spent(print(1)));
    }
}
