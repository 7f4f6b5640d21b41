//! What the exit code of the command line says. Scripts and CI jobs may rely on these constants.

use crate::report::workflow::Answer;

/// Every check was kept, and each judged something.
pub const KEPT: u8 = 0;
/// A promise or specification is broken.
pub const BROKEN: u8 = 1;
/// Something could not be checked: usage, configuration, input or output.
pub const NOT_CHECKED: u8 = 2;
/// Nothing is broken, and something is undecided: evidence is missing, or a budget ran out.
pub const UNDECIDED: u8 = 3;
/// There was nothing to check: no history, no check selected, or a check that concerned no event.
pub const NOTHING: u8 = 4;
/// A bug in testimony itself, with what to send.
pub const BUG: u8 = 70;

/// What `testimony explain exit-codes` prints.
pub(super) const PAGE: &str = "\
# Exit codes

- 0: every check was kept, and each judged something.
- 1: a promise or specification is broken (of `test`: an expectation is not met; with `--strict` also: an \
`[[accepted]]` entry accepts nothing).
- 2: something could not be checked: usage, configuration, input or output.
- 3: nothing is broken, and something is undecided: evidence is missing, or a budget ran out. \
`--undecided warn` and `--undecided pass` make it 0. Of `fuzz` and `explore` also: not all runs came to their end, or \
somebody interrupted it.
- 4: there was nothing to check: no history, no check selected, or a check that concerned no event at all \
(of `fuzz` and `explore`: that no run exercised).
- 70: a bug in testimony itself, with what to send.

What a configuration accepts, and checks of its level `warn` or `allow`, are reported and make none of these.

Where several hold, the first of 2, 1, 3, 4, 0 is the exit code. A closed pipe is success.
";

/// What a report on a workflow amounts to.
pub(super) const fn of_workflow(answer: Answer) -> u8 {
    match answer {
        Answer::Kept | Answer::NotBroken => KEPT,
        Answer::Broken => BROKEN,
        Answer::Undecided => UNDECIDED,
        Answer::NotExercised => NOTHING,
    }
}

/// Of two exit codes that both hold, the one that is reported: 2, then 1, 3, 4, 0.
#[must_use]
pub const fn worse(a: u8, b: u8) -> u8 {
    if rank(a) >= rank(b) { a } else { b }
}

const fn rank(code: u8) -> u8 {
    match code {
        KEPT => 0,
        NOTHING => 1,
        UNDECIDED => 2,
        BROKEN => 3,
        NOT_CHECKED => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_several_hold_it_is_2_then_1_3_4_0() {
        let order = [NOT_CHECKED, BROKEN, UNDECIDED, NOTHING, KEPT];
        for (position, code) in order.iter().enumerate() {
            for weaker in &order[position..] {
                assert_eq!(worse(*code, *weaker), *code);
                assert_eq!(worse(*weaker, *code), *code);
            }
        }
    }
}
