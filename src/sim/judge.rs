//! What watches a run: an automaton over its lines.

use super::Line;

/// Why a judge cannot read a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It does not say what it must: a fragment in lower case.
    Misfit(String),
    /// It means something only beside other lines: the whole history must be judged.
    NeedsHistory,
}

/// An automaton that reads the lines of a run in the order in which they are written.
///
/// Its state must hold all that its answers depend on, and no more: a search takes two runs with equal states for one. States are
/// numbers; equal states have equal numbers. Equal lines in equal states lead to equal states: each case is asked once.
pub(crate) trait Judge: Send {
    /// The state before the first line.
    fn start(&mut self) -> u32;

    /// Which lines can affect each other in this judge's eyes: those of one scope, and those of scope 0 with all others. `None`: it
    /// ignores the line.
    ///
    /// # Errors
    /// What is wrong with the line: a defect of the model.
    fn scope(&mut self, line: &Line) -> Result<Option<u32>, Unreadable>;

    /// Whether the line asks for a judgement: where none does in any run, the judge has judged nothing.
    fn concerns(&mut self, line: &Line) -> bool;

    /// Whether some run that was settled asked for a judgement, where no line alone can tell.
    fn has_judged(&self) -> bool {
        false
    }

    /// Whether some run that was settled was neither surely kept nor surely broken.
    fn is_undecided(&self) -> bool {
        false
    }

    /// The state behind a line; `Err`: what is broken, whatever comes after.
    fn observe(&mut self, state: u32, line: &Line) -> Result<u32, String>;

    /// Whether what [`Judge::settle`] finds broken is broken however the run goes on.
    fn judges_prefixes(&self) -> bool {
        false
    }

    /// Nothing more comes.
    ///
    /// # Errors
    /// What is broken by what did not happen.
    fn settle(&mut self, state: u32) -> Result<(), String>;
}
