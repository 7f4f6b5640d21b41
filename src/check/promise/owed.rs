//! What some effects owe until others take place, and by when: what `leads-to` and `unknown-resolved` remember.

use std::time::Duration;

use super::time::{Bound, Open, OpenBound, When};

/// Which part an effect plays, and when, where that matters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Duty {
    /// From here on something is owed.
    Owed(Option<Box<When>>),
    /// What is owed is done.
    Done(Option<Box<When>>),
}

impl Duty {
    /// When the effect took place; nothing is known of it where that does not matter.
    #[must_use]
    pub fn when(&self) -> When {
        let (Self::Owed(when) | Self::Done(when)) = self;
        when.as_deref().copied().unwrap_or_default()
    }
}

/// What is owed, and since when; of one clock only what is due first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Owed(Vec<When>);

impl Owed {
    /// One more effect takes place. Without `within` it is done in time whenever it is done.
    pub fn observe(&mut self, duty: &Duty, within: Option<Duration>, open: Open) {
        let Self(owed) = self;
        let when = duty.when();
        match duty {
            Duty::Done(_) => owed.retain(|since| {
                let mut bounds = within.iter();
                !bounds.all(|within| since.until(&when).is_at_most(*within, open))
            }),
            Duty::Owed(_) => {
                let is_stricter = |since: &When| since.is_stricter(&when, open);
                if !owed.iter().any(is_stricter) {
                    owed.retain(|since| !when.is_stricter(since, open));
                    owed.push(when);
                    owed.sort_unstable();
                }
            }
        }
    }

    /// Whether nothing is owed at the end of the record, or only what may still be done in time.
    #[must_use]
    pub fn is_settled(&self, within: Option<Duration>, open: Open) -> bool {
        self.0.iter().all(|since| match (within, open) {
            (Some(within), Open::Met) => !since.is_due(within),
            _ => false,
        })
    }

    /// What is owed in a world, and not surely done in time.
    #[must_use]
    pub fn open_bounds(world: &[&Duty], within: Option<Duration>) -> Vec<OpenBound> {
        let Some(within) = within else {
            return Vec::new();
        };
        let owed = world.iter().enumerate();
        let owed = owed.filter(|(_, duty)| matches!(duty, Duty::Owed(_)));
        let open = owed.filter_map(|(earlier, duty)| {
            let done = (earlier + 1..world.len()).filter(|at| matches!(world[*at], Duty::Done(_)));
            let is_met = |at: &usize, open| {
                let elapsed = duty.when().until(&world[*at].when());
                elapsed.is_at_most(within, open)
            };
            if done.clone().any(|at| is_met(&at, Open::Missed)) {
                return None;
            }
            let later = done.clone().find(|at| is_met(at, Open::Met));
            Some(OpenBound {
                earlier,
                later,
                bound: Bound::AtMost(within),
            })
        });
        open.collect()
    }
}
