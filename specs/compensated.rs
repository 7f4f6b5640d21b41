//! Compensated: what a job did is undone, step by step, unless the job is done.
//!
//! # What it says
//! "A booking that does not come about leaves nothing behind." In every
//! world and for each key: where `done` takes place, nothing is undone.
//! Where it does not, each step that was done is undone once, after it: a
//! step that was done twice is undone twice. And nothing is undone that was
//! not done before.
//!
//! ```toml
//! [[promise]]
//! name = "a booking leaves nothing behind"
//! kind = "compensated"
//! per = "order"               # a path, or a list: a compound key
//! steps = [["reserve", "release"], ["charge", "refund"]]
//!                             # [do, undo]: names
//! done = "receipt"            # a name, or a list: any of them says so
//! ```
//! In Rust: `Compensated::until("receipt").step("reserve", "release")
//! .step("charge", "refund").per("order")`.
//!
//! # Why systems break it
//! The step that failed is not undone because it failed, but it only timed
//! out: it took effect, or still will. The list of what to undo is in the
//! memory of the process that died. An undo is repeated and takes away
//! twice. An undo overtakes what it undoes and finds nothing to do.
//!
//! # A history that breaks it
//! ```text
//! {"process": "inventory", "type": "fact", "f": "reserve",
//!  "value": {"order": 1}, "id": "a"}
//! {"process": "payment",   "type": "fact", "f": "charge",
//!  "value": {"order": 1}, "id": "b", "after": ["a"]}
//! {"process": "inventory", "type": "fact", "f": "release",
//!  "value": {"order": 1}, "after": ["b"]}
//! ```
//! With the charge an operation whose outcome is unknown it is undecided:
//! only payment can say whether there is something to refund.
//!
//! # How to repair such a system
//! Record what is going to be done before it is done, and undo from that
//! record: also what may have been done. Make each undo safe to repeat and
//! safe to arrive first: it leaves a mark that turns away what it undoes.
//! Decide "done" or "undo" once, in one place.
//!
//! # Source
//! Garcia-Molina and Salem, "Sagas", SIGMOD 1987.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "compensated",
    page: include_str!("compensated.rs"),
    build: |parameters| {
        let mut promise = Compensated {
            steps: Vec::new(),
            done: parameters.required_names("done")?,
            per: parameters.required_names("per")?,
        };
        for step in parameters.list("steps")? {
            let pair: Option<Vec<&str>> = step
                .as_array()
                .and_then(|names| names.iter().map(Value::as_str).collect());
            let Some([act, undo]) = pair.as_deref() else {
                return Err(fault(format!(
                    "must be a list of [do, undo], and has {step}"
                )));
            };
            promise = promise.step(*act, *undo);
        }
        if promise.steps.is_empty() {
            return Err(fault("is required".to_owned()));
        }
        let mut known: Vec<&String> = promise.done.iter().collect();
        for name in promise.steps.iter().flat_map(|(act, undo)| [act, undo]) {
            if promise.done.contains(name) {
                return Err(fault(format!("must not name `{name}`, which `done` names")));
            }
            if known.contains(&name) {
                return Err(fault(format!("must not name `{name}` twice")));
            }
            known.push(name);
        }
        Ok(AnyPromise::of(promise))
    },
};

fn fault(says: String) -> ParameterFault {
    ParameterFault {
        name: "steps".to_owned(),
        says,
    }
}

/// What a job did is undone, step by step, unless the job is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compensated {
    /// The names of what does a step, and of what undoes it.
    pub steps: Vec<(String, String)>,
    /// The names of what says that the job is done.
    pub done: Vec<String>,
    /// The paths that make the key; none: the whole history is one scope.
    pub per: Vec<String>,
}

impl Compensated {
    /// Promises that all steps are undone until `done`; say which by [`Self::step`].
    #[must_use]
    pub fn until(done: impl Into<String>) -> Self {
        Self {
            steps: Vec::new(),
            done: vec![done.into()],
            per: Vec::new(),
        }
    }

    /// Adds a step: what does it, and what undoes it.
    #[must_use]
    pub fn step(mut self, act: impl Into<String>, undo: impl Into<String>) -> Self {
        self.steps.push((act.into(), undo.into()));
        self
    }

    /// Judges apart for each value at this path (too).
    #[must_use]
    pub fn per(mut self, path: impl Into<String>) -> Self {
        self.per.push(path.into());
        self
    }

    fn undone_and_done(&self, step: usize) -> Breach {
        let undo = &self.steps[step].1;
        let done = any_of(&self.done);
        Breach::new(format!("both {done} and `{undo}` took effect"))
    }
}

fn any_of(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}

/// Which part an effect plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Turn {
    /// This step is done.
    Do(usize),
    /// This step is undone.
    Undo(usize),
    /// The job is done.
    Done,
    /// This step is done without a line that shows it, where none is left to undo.
    DoneUnseen(usize),
    /// All that is left of this step is undone without a line that shows it.
    UndoneUnseen(usize),
}

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CompensatedState {
    is_done: bool,
    /// The first step of which something was undone.
    undone: Option<usize>,
    /// Of each step, how often it was done and not undone; empty: never.
    left: Vec<u32>,
}

impl Promise for Compensated {
    type Fact = Turn;
    type State = CompensatedState;

    fn names(&self) -> Option<Vec<&str>> {
        let steps = self.steps.iter().flat_map(|(act, undo)| [act, undo]);
        let names = self.done.iter().chain(steps);
        Some(names.map(String::as_str).collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Turn)>, Misfit> {
        let name = effect.name();
        let act = if self.done.iter().any(|done| done == name) {
            Turn::Done
        } else if let Some(step) = self.steps.iter().position(|(act, _)| act == name) {
            Turn::Do(step)
        } else if let Some(step) = self.steps.iter().position(|(_, undo)| undo == name) {
            Turn::Undo(step)
        } else {
            return Ok(None);
        };
        Ok(Some((effect.scope(&self.per)?, act)))
    }

    fn observe(&self, state: &mut CompensatedState, turn: &Turn) -> Result<(), Breach> {
        state.left.resize(self.steps.len(), 0);
        match turn {
            Turn::Done => state.is_done = true,
            Turn::Do(step) => state.left[*step] += 1,
            Turn::DoneUnseen(step) => state.left[*step] = state.left[*step].max(1),
            Turn::Undo(step) | Turn::UndoneUnseen(step) if state.is_done => {
                return Err(self.undone_and_done(*step));
            }
            Turn::Undo(step) | Turn::UndoneUnseen(step) if state.left[*step] == 0 => {
                let (act, undo) = &self.steps[*step];
                return Err(Breach::new(format!(
                    "`{undo}` took effect without `{act}` before it"
                )));
            }
            Turn::Undo(step) | Turn::UndoneUnseen(step) => {
                state.left[*step] = match turn {
                    Turn::Undo(_) => state.left[*step] - 1,
                    _ => 0,
                };
                let first = state.undone.map_or(*step, |known| known.min(*step));
                state.undone = Some(first);
            }
        }
        match (state.is_done, state.undone) {
            (true, Some(step)) => Err(self.undone_and_done(step)),
            (true, None) => {
                // Nothing may be undone any more: what is left makes no difference.
                state.left = Vec::new();
                Ok(())
            }
            (false, _) => Ok(()),
        }
    }

    fn settle(&self, state: &CompensatedState) -> Result<(), Breach> {
        let left = state.left.iter().position(|count| *count > 0);
        match left {
            Some(step) if !state.is_done => {
                let (act, undo) = &self.steps[step];
                Err(Breach::new(format!("`{act}` was not undone by `{undo}`")))
            }
            _ => Ok(()),
        }
    }

    /// Where no step was done or undone there is nothing to judge.
    fn concerns(&self, turn: &Turn) -> bool {
        *turn != Turn::Done
    }

    /// Each of them may be hidden, any number of times. To keep the promise, a hidden step is needed only where
    /// an undo finds nothing, and a hidden undo only at the end, for all that is left; to break it, one
    /// of either is enough. So these few stand for all.
    fn unseen(&self, _turns: &[Turn]) -> Option<Vec<(String, Turn)>> {
        let steps = self.steps.iter().enumerate();
        let mut unseen: Vec<(String, Turn)> = steps
            .flat_map(|(step, (act, undo))| {
                [
                    (act.clone(), Turn::DoneUnseen(step)),
                    (undo.clone(), Turn::UndoneUnseen(step)),
                ]
            })
            .collect();
        unseen.extend(self.done.iter().map(|name| (name.clone(), Turn::Done)));
        Some(unseen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Turn::{Do, Done, DoneUnseen, Undo, UndoneUnseen};

    fn booking() -> Compensated {
        Compensated::until("receipt")
            .step("reserve", "release")
            .step("charge", "refund")
            .per("order")
    }

    #[test]
    fn what_was_done_is_undone_unless_the_job_is_done() {
        let booking = booking();
        let both = Some("both `receipt` and `refund` took effect");
        let early = Some("`refund` took effect without `charge` before it");
        let left = Some("`charge` was not undone by `refund`");
        let table: [(&[Turn], Option<&str>); 16] = [
            (&[], None),
            (&[Done], None),
            (&[Do(0), Do(1), Done], None),
            (&[Done, Do(0)], None),
            (&[Do(0), Undo(0)], None),
            (&[Do(0), Do(1), Undo(0), Undo(1)], None),
            (&[Do(1), Do(1), Undo(1), Undo(1)], None),
            (&[Do(0), Do(1), Undo(0)], left),
            (&[Do(1), Do(1), Undo(1)], left),
            (&[Undo(1), Do(1)], early),
            (&[Do(1), Undo(1), Undo(1)], early),
            (&[Do(1), Undo(1), Done], both),
            (&[DoneUnseen(1), DoneUnseen(1), Undo(1)], None),
            (&[Do(1), Do(1), UndoneUnseen(1)], None),
            (&[Do(1), DoneUnseen(1), Undo(1), UndoneUnseen(1)], early),
            (&[Do(1), Do(0), Undo(1), Do(1), Undo(1), Done], both),
        ];
        for (acts, expected) in table {
            let mut state = CompensatedState::default();
            let breach = acts
                .iter()
                .find_map(|act| booking.observe(&mut state, act).err())
                .or_else(|| booking.settle(&state).err());
            assert_eq!(breach.as_ref().map(Breach::says), expected, "{acts:?}");
        }
        let mut state = CompensatedState::default();
        for act in [Do(1), Done] {
            booking.observe(&mut state, &act).unwrap();
        }
        let undone = booking.observe(&mut state, &Undo(1)).unwrap_err();
        assert_eq!(undone.says(), "both `receipt` and `refund` took effect");
    }

    #[test]
    fn each_of_them_may_be_hidden() {
        let unseen = booking().unseen(&[]).unwrap();
        let expected = [
            ("reserve", DoneUnseen(0)),
            ("release", UndoneUnseen(0)),
            ("charge", DoneUnseen(1)),
            ("refund", UndoneUnseen(1)),
            ("receipt", Done),
        ];
        assert_eq!(unseen, expected.map(|(name, act)| (name.to_owned(), act)));
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |steps: &str| {
            let steps: Value = serde_json::from_str(steps).unwrap();
            let fields = [
                ("per".to_owned(), Value::from("order")),
                ("steps".to_owned(), steps),
                ("done".to_owned(), Value::from("receipt")),
            ];
            (ENTRY.build)(&mut Parameters::new(fields)).map_err(|fault| fault.to_string())
        };
        assert!(built(r#"[["reserve", "release"], ["charge", "refund"]]"#).is_ok());
        let table = [
            ("[]", "`steps` is required"),
            (
                r#"[["a"]]"#,
                r#"`steps` must be a list of [do, undo], and has ["a"]"#,
            ),
            (
                r#"[["a", "receipt"]]"#,
                "`steps` must not name `receipt`, which `done` names",
            ),
            (r#"[["a", "a"]]"#, "`steps` must not name `a` twice"),
        ];
        for (steps, expected) in table {
            assert_eq!(built(steps).unwrap_err(), expected);
        }
    }
}
