//! The ends of operations in their order: what the sweeps of several monitors go through.

use super::Deed;

/// A call or a return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) deed: u32,
    pub(super) is_return: bool,
}

/// All ends in their order; an operation of unknown outcome has no return.
pub(super) fn ends(deeds: &[Deed<'_>]) -> impl Iterator<Item = End> {
    let mut ends: Vec<(u32, u32)> = Vec::with_capacity(2 * deeds.len());
    for (at, deed) in (0..).zip(deeds) {
        ends.push((deed.call, at));
        if deed.is_certain() {
            ends.push((deed.ret, at));
        }
    }
    ends.sort_unstable();
    let is_return = |at: u32, deed: u32| deeds[deed as usize].ret == at;
    ends.into_iter().map(move |(at, deed)| End {
        deed,
        is_return: is_return(at, deed),
    })
}
