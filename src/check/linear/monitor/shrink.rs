//! The operations that a sweep names when it has refuted an object.
//!
//! # Idea
//! What the sweep needed is what cannot be taken away without it falling silent. Operations that only observed are left out,
//! others are made to be of unknown outcome: they may take effect at any time after their call, or never. Either way there are
//! only more orders than before, so what is left is still refuted by the whole history.
//! What was open when the sweep stopped counts as of unknown outcome from the beginning.
//!
//! # Complexity
//! At most [`VISITS_MAX`] deeds are swept in all, whatever the length of the history; less is taken away then.

use crate::check::minimise::minimise;

use super::{Act, Breach, Deed, NEVER, Scene};

/// Attempts to take operations away.
const ATTEMPTS_MAX: usize = 2_000;
/// Deeds that all attempts together may sweep.
const VISITS_MAX: usize = 10_000_000;

/// A smallest set of deeds found that is refuted, like all those that ended at `until` or before.
pub(super) fn shrink<'v>(
    scene: Scene<'_, 'v>,
    until: u32,
    why: Vec<String>,
    is_refuted: impl Fn(&[Deed<'v>]) -> bool,
) -> Breach {
    let all = (0..).zip(scene.deeds);
    let called: Vec<(u32, &Deed<'v>)> = all.filter(|(_, deed)| deed.call <= until).collect();
    let ended: Vec<u32> = (called.iter())
        .filter(|(_, deed)| deed.ret <= until)
        .map(|(at, _)| *at)
        .collect();
    let with = |kept: &[usize]| -> Vec<Deed<'v>> {
        let mut kept = kept.iter().map(|at| ended[*at]).peekable();
        let stands = called
            .iter()
            .filter_map(|(at, deed)| match kept.next_if_eq(at) {
                Some(_) => Some(**deed),
                None if observes(deed.act) => None,
                None => Some(Deed {
                    ret: NEVER,
                    ..**deed
                }),
            });
        stands.collect()
    };
    let mut visits = 0;
    let kept = minimise(ended.len(), ATTEMPTS_MAX, |kept| {
        visits += called.len();
        visits <= VISITS_MAX && is_refuted(&with(kept))
    });
    let unknown = called.iter().filter(|(_, deed)| !deed.is_certain());
    Breach {
        deeds: kept.into_iter().map(|at| ended[at]).collect(),
        excuses: unknown.map(|(at, _)| *at).collect(),
        why,
    }
}

const fn observes(act: Act<'_>) -> bool {
    matches!(
        act,
        Act::Read(_)
            | Act::Differs(_)
            | Act::Contains(..)
            | Act::Elements(_)
            | Act::Sum(_)
            | Act::FoundEmpty
    )
}
