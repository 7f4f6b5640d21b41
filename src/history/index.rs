//! Indices into a history's tables: four bytes each, also inside an `Option`.

/// Declares a newtype index that cannot be mixed up with another one.
macro_rules! index_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(std::num::NonZeroU32);

        impl $name {
            /// Makes the index of position `index`.
            ///
            /// # Panics
            /// At position `u32::MAX`, which no table reaches: readers refuse larger input.
            #[must_use]
            pub const fn new(index: usize) -> Self {
                assert!(index < u32::MAX as usize, "a table holds fewer than 2^32 - 1 entries");
                match std::num::NonZeroU32::new(index as u32 + 1) {
                    Some(stored) => Self(stored),
                    None => unreachable!(),
                }
            }

            /// The position, counted from 0.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.index())
            }
        }
    };
}

index_type!(
    /// One event: its position among the history's events, in the order of the lines.
    EventId
);
index_type!(
    /// One operation, in the order of the invocations.
    OpId
);
index_type!(
    /// One participant, in the order in which they first appear.
    ProcessId
);
index_type!(
    /// One name of an operation or a fact (`f`), in the order in which they first appear.
    NameId
);
index_type!(
    /// One interned JSON value: equal values have equal ids.
    ValueId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optional_index_takes_four_bytes() {
        assert_eq!(size_of::<Option<EventId>>(), 4);
        assert_eq!(EventId::new(7).index(), 7);
        assert_eq!(format!("{:?}", ValueId::new(0)), "ValueId(0)");
    }
}
