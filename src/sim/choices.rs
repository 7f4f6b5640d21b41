//! Which of several equal messages arrives.
//!
//! # Idea
//! To whoever reacts, equal messages are one and the same, and a search takes them for each other. What the receiver can know from them differs: they may
//! have been sent at different times. So where knowledge counts, each choice among equal messages that are under way makes a run of its own.
//!
//! Runs of one kind have the same choices, provided that messages are told apart (`Program::tells_messages_apart`): then no step that sends a
//! message commutes with one in which an equal message arrives, so in all runs of a kind the same ones are under way whenever one arrives.
//!
//! # Complexity
//! One run for each combination of choices, and one copy of a run for each choice.

use crate::model::ModelFault;

use super::program::Program;
use super::run::{Pending, Run};
use super::world::Move;

/// Shows each run that takes these steps, the one in which of equal messages always the first arrives first, until `is_enough` says so.
///
/// # Errors
/// What is wrong with the model.
pub(super) fn each(
    program: &mut Program,
    path: &[Move],
    mut is_enough: impl FnMut(&mut Program, Run) -> bool,
) -> Result<(), ModelFault> {
    let mut open = vec![(Run::new(program), 0)];
    while let Some((run, taken)) = open.pop() {
        let Some(step) = path.get(taken) else {
            if is_enough(program, run) {
                break;
            }
            continue;
        };
        let is_it = |item: &Pending| item.kind == step.kind;
        let last = open.len();
        for at in (0..run.pending.len()).filter(|at| is_it(&run.pending[*at])) {
            let mut next = run.clone();
            next.take(program, at, step.way)?;
            open.push((next, taken + 1));
        }
        debug_assert!(
            open.len() > last,
            "what happens in a world happens in a run"
        );
        open[last..].reverse();
    }
    Ok(())
}
