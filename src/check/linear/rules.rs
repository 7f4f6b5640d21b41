//! What the search may do beyond trying everything.

/// Which rules the search may use to look at fewer worlds. None changes a verdict; each can be switched off, so
/// that a test can name the guilty one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Operations that only observe are taken as soon as they are legal.
    pub observers_first: bool,
    /// Of several open operations without an answer that ask the same, the first is taken first.
    pub twins_in_order: bool,
    /// Of several open operations that asked and answered the same, the one that returned first is taken first.
    pub certain_twins_in_order: bool,
    /// Worlds are given up where a growing object has outgrown an answer that is still to come.
    pub looks_ahead: bool,
    /// A register is not left with a value that somebody still has to see and nobody can write again.
    pub owed_values: bool,
    /// Writes that nobody can see take place directly before other writes.
    pub hidden_writes: bool,
    /// Updates of unknown outcome are tried only where somebody open asks for what they leave.
    pub wanted_unknowns: bool,
    /// Values of a register that nobody can tell apart any more are one.
    pub merged_values: bool,
    /// Worlds are given up where a queue cannot be emptied in time; unknown insertions are tried only where some may be taken.
    pub queue_order: bool,
    /// Of a queue, only insertions or only removals are tried, by what must be over first.
    pub queue_turns: bool,
    /// Special algorithms decide where they apply; the search decides the rest.
    pub monitors: bool,
}

impl Rules {
    /// Whether operations that do the same are taken in order, for certain ones or for those that may have no effect.
    pub(super) const fn order_twins(self, is_certain: bool) -> bool {
        match is_certain {
            true => self.certain_twins_in_order,
            false => self.twins_in_order,
        }
    }

    /// The plain search.
    pub const NONE: Self = Self {
        observers_first: false,
        twins_in_order: false,
        certain_twins_in_order: false,
        looks_ahead: false,
        owed_values: false,
        hidden_writes: false,
        wanted_unknowns: false,
        merged_values: false,
        queue_order: false,
        queue_turns: false,
        monitors: false,
    };

    /// All of them.
    pub const ALL: Self = Self {
        observers_first: true,
        twins_in_order: true,
        certain_twins_in_order: true,
        looks_ahead: true,
        owed_values: true,
        hidden_writes: true,
        wanted_unknowns: true,
        merged_values: true,
        queue_order: true,
        queue_turns: true,
        monitors: true,
    };

    /// Each rule alone, with its name.
    pub const EACH: [(&'static str, Self); 11] = {
        let none = Self::NONE;
        [
            (
                "observers_first",
                Self {
                    observers_first: true,
                    ..none
                },
            ),
            (
                "twins_in_order",
                Self {
                    twins_in_order: true,
                    ..none
                },
            ),
            (
                "certain_twins_in_order",
                Self {
                    certain_twins_in_order: true,
                    ..none
                },
            ),
            (
                "looks_ahead",
                Self {
                    looks_ahead: true,
                    ..none
                },
            ),
            (
                "owed_values",
                Self {
                    owed_values: true,
                    ..none
                },
            ),
            (
                "hidden_writes",
                Self {
                    hidden_writes: true,
                    ..none
                },
            ),
            (
                "wanted_unknowns",
                Self {
                    wanted_unknowns: true,
                    ..none
                },
            ),
            (
                "merged_values",
                Self {
                    merged_values: true,
                    ..none
                },
            ),
            (
                "queue_order",
                Self {
                    queue_order: true,
                    ..none
                },
            ),
            (
                "queue_turns",
                Self {
                    queue_turns: true,
                    ..none
                },
            ),
            (
                "monitors",
                Self {
                    monitors: true,
                    ..none
                },
            ),
        ]
    };

    /// Whether some rule is for registers only.
    pub(super) const fn concern_cells(self) -> bool {
        self.owed_values || self.hidden_writes || self.wanted_unknowns || self.merged_values
    }

    /// Whether some rule is for queues only.
    pub(super) const fn concern_queues(self) -> bool {
        self.queue_order || self.queue_turns
    }
}

impl Default for Rules {
    fn default() -> Self {
        Self::ALL
    }
}
