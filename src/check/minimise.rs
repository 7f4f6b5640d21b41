//! The smallest subset found for which a test still holds.
//!
//! # Source      Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2), 2002.
//! Where we differ: pieces are only taken away, the latest first, so that the earliest members stay; no piece is tried alone.
//!
//! # Complexity
//! O(s log n) tests for a result of s members in the usual case, O(n) for the last round.

/// Takes away members of `0..len` as long as `holds` does, big pieces first, at most `tests_max` times.
///
/// The test is given the members that stay, in order. It must hold for all of them.
pub(crate) fn minimise(
    len: usize,
    tests_max: usize,
    mut holds: impl FnMut(&[usize]) -> bool,
) -> Vec<usize> {
    let mut left: Vec<usize> = (0..len).collect();
    let mut tests = 0;
    let mut piece = len.div_ceil(2);
    while piece > 0 {
        let mut end = left.len();
        while end > 0 && tests < tests_max {
            let start = end.saturating_sub(piece);
            let candidate: Vec<usize> = left[..start].iter().chain(&left[end..]).copied().collect();
            tests += 1;
            if holds(&candidate) {
                left = candidate;
            }
            end = start;
        }
        piece = if piece == 1 { 0 } else { piece.div_ceil(2) };
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_stays_and_nothing_else() {
        let needed = [3, 40, 41];
        let left = minimise(100, 1000, |kept| {
            needed.iter().all(|member| kept.contains(member))
        });
        assert_eq!(left, needed);
        assert_eq!(minimise(5, 1000, |kept| kept.len() >= 2), [0, 1]);
        assert!(minimise(5, 1000, |_| true).is_empty());
        assert!(minimise(0, 1000, |_| true).is_empty());
    }
}
