//! Lifecycle: the effects of each key follow an automaton.
//!
//! # What it says
//! "An order is submitted, paid and shipped, in this order." In every
//! world and for each key: beginning in `start`, each effect that the steps
//! name is one that a step allows in the present state, and leads to the
//! state that this step names. Where several steps have the same state and
//! effect, one of them must fit. A life may end in any state.
//!
//! ```toml
//! [[promise]]
//! name = "orders live as designed"
//! kind = "lifecycle"
//! per = "order"               # a path, or a list: a compound key
//! start = "new"
//! steps = [                   # [state, effect, state]; the effect is a
//!   ["new", "submit", "pending"],              # name, or a list
//!   ["pending", "pay", "paid"],
//!   ["pending", ["cancel", "expire"], "closed"],
//!   ["paid", "ship", "closed"],
//! ]
//! ```
//! In Rust: `Lifecycle::per("order").start("new")
//! .step("new", "submit", "pending")`, and so on.
//!
//! # Why systems break it
//! The states live in one service and the effects in others: each looks at
//! a copy of the state, and two of them act on the same one. Messages
//! overtake each other. A handler is written for the usual order, and a
//! retry, a late cancellation or a second worker brings another.
//!
//! # A history that breaks it
//! ```text
//! {"process": "orders",   "type": "fact", "f": "submit",
//!  "value": {"order": 1}, "id": "a"}
//! {"process": "shipping", "type": "fact", "f": "ship",
//!  "value": {"order": 1}, "id": "b", "after": ["a"]}
//! {"process": "payment",  "type": "fact", "f": "pay",
//!  "value": {"order": 1}, "after": ["b"]}
//! ```
//! Without the last `after` it is undecided: the payment may have come
//! before the shipment.
//!
//! # How to repair such a system
//! Keep the state with its owner, and change it only by "from this state to
//! that one", which is refused where the state is another. Act on the new
//! state, never on the wish. Give each change a number that grows, so that
//! whoever sees a late message knows that it is late.
//!
//! # Source
//! Harel, "Statecharts: a visual formalism for complex systems", Science of
//! Computer Programming 1987; typestate: Strom and Yemini, IEEE TSE 1986.

use testimony::prelude::*;

/// How the command line finds this file.
pub const ENTRY: PromiseEntry = PromiseEntry {
    name: "lifecycle",
    page: include_str!("lifecycle.rs"),
    build: |parameters| {
        let mut promise = Lifecycle {
            start: String::new(),
            steps: Vec::new(),
            per: parameters.required_names("per")?,
        };
        promise.start = parameters.text("start")?;
        for step in parameters.list("steps")? {
            promise.steps.extend(steps(&step)?);
        }
        if promise.steps.is_empty() {
            return Err(fault("steps", "is required".to_owned()));
        }
        let begins = |step: &Step| step.from == promise.start;
        if !promise.steps.iter().any(begins) {
            let says = format!(
                "must be a state that a step begins in: {}",
                promise.states()
            );
            return Err(fault("start", says));
        }
        Ok(AnyPromise::of(promise))
    },
};

fn fault(name: &str, says: String) -> ParameterFault {
    ParameterFault {
        name: name.to_owned(),
        says,
    }
}

/// Reads `[state, effect, state]`, where the effect is a name or a list of names: a step for each.
fn steps(given: &Value) -> Result<Vec<Step>, ParameterFault> {
    let read = || {
        let [from, effect, to] = given.as_array()? else {
            return None;
        };
        let effects = match effect {
            Value::Array(names) if !names.is_empty() => names.to_vec(),
            name => vec![name.clone()],
        };
        let step = |effect: &Value| {
            Some(Step {
                from: from.as_str()?.to_owned(),
                effect: effect.as_str()?.to_owned(),
                to: to.as_str()?.to_owned(),
            })
        };
        effects.iter().map(step).collect()
    };
    read().ok_or_else(|| {
        let says = format!("must be a list of [state, effect, state], and has {given}");
        fault("steps", says)
    })
}

/// The effects of each key follow an automaton.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// The state before any effect.
    pub start: String,
    /// What may happen in which state.
    pub steps: Vec<Step>,
    /// The paths that make the key; none: the whole history is one scope.
    pub per: Vec<String>,
}

/// One step of a life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The state before it.
    pub from: String,
    /// The name of the effect.
    pub effect: String,
    /// The state after it.
    pub to: String,
}

impl Lifecycle {
    /// Follows apart each value at this path; say what is allowed by the other methods.
    #[must_use]
    pub fn per(path: impl Into<String>) -> Self {
        Self {
            start: String::new(),
            steps: Vec::new(),
            per: vec![path.into()],
        }
    }

    /// Says in which state a life begins.
    #[must_use]
    pub fn start(mut self, state: impl Into<String>) -> Self {
        self.start = state.into();
        self
    }

    /// Allows an effect in a state.
    #[must_use]
    pub fn step(
        mut self,
        from: impl Into<String>,
        effect: impl Into<String>,
        to: impl Into<String>,
    ) -> Self {
        self.steps.push(Step {
            from: from.into(),
            effect: effect.into(),
            to: to.into(),
        });
        self
    }

    /// The first step with this effect: what stands for the name.
    fn number(&self, effect: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.effect == effect)
    }

    /// The states that steps begin in, as people write them.
    fn states(&self) -> String {
        let mut states: Vec<&str> = self.steps.iter().map(|step| &*step.from).collect();
        states.sort_unstable();
        states.dedup();
        any_of(&states)
    }
}

fn any_of(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}

/// An effect that the steps name: the place of the first step that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Event(pub usize);

/// Where a life may have come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LifecycleState {
    /// The last steps that it may have taken, each the first that leads to its state, in their order;
    /// none: it has not begun.
    steps: Vec<usize>,
}

impl Promise for Lifecycle {
    type Fact = Event;
    type State = LifecycleState;

    fn names(&self) -> Option<Vec<&str>> {
        let names = self.steps.iter().map(|step| step.effect.as_str());
        Some(names.collect())
    }

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Event)>, Misfit> {
        match self.number(effect.name()) {
            None => Ok(None),
            Some(number) => Ok(Some((effect.scope(&self.per)?, Event(number)))),
        }
    }

    fn observe(&self, state: &mut LifecycleState, event: &Event) -> Result<(), Breach> {
        let now: Vec<&str> = match &*state.steps {
            [] => vec![&self.start],
            steps => steps.iter().map(|step| &*self.steps[*step].to).collect(),
        };
        let effect = &self.steps[event.0].effect;
        let fits = |step: &&Step| step.effect == *effect && now.contains(&&*step.from);
        let leads_to = |to: &str| self.steps.iter().position(|step| step.to == to);
        let taken = self.steps.iter().filter(fits);
        let mut next: Vec<usize> = taken.filter_map(|step| leads_to(&step.to)).collect();
        next.sort_unstable();
        next.dedup();
        if next.is_empty() {
            let now = any_of(&now);
            return Err(Breach::new(format!(
                "`{effect}` took effect in state {now}"
            )));
        }
        state.steps = next;
        Ok(())
    }

    /// Any effect that the steps name may be hidden.
    fn unseen(&self, _events: &[Event]) -> Option<Vec<(String, Event)>> {
        let steps = self.steps.iter().enumerate();
        let first = steps.filter(|(place, step)| self.number(&step.effect) == Some(*place));
        Some(
            first
                .map(|(place, step)| (step.effect.clone(), Event(place)))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Lifecycle {
        Lifecycle::per("order")
            .start("new")
            .step("new", "submit", "pending")
            .step("pending", "pay", "paid")
            .step("pending", "cancel", "closed")
            .step("paid", "ship", "closed")
    }

    fn says(promise: &Lifecycle, effects: &[&str]) -> Option<String> {
        let mut state = LifecycleState::default();
        let mut events = effects.iter().map(|name| promise.number(name).unwrap());
        let breach = events.find_map(|event| promise.observe(&mut state, &Event(event)).err());
        breach.map(|breach| breach.says().to_owned())
    }

    #[test]
    fn effects_follow_the_steps() {
        let order = order();
        let table: [(&[&str], Option<&str>); 7] = [
            (&[], None),
            (&["submit", "pay", "ship"], None),
            (&["submit", "cancel"], None),
            (&["pay"], Some("`pay` took effect in state `new`")),
            (
                &["submit", "ship"],
                Some("`ship` took effect in state `pending`"),
            ),
            (
                &["submit", "pay", "pay"],
                Some("`pay` took effect in state `paid`"),
            ),
            (
                &["submit", "cancel", "submit"],
                Some("`submit` took effect in state `closed`"),
            ),
        ];
        for (effects, expected) in table {
            assert_eq!(says(&order, effects).as_deref(), expected, "{effects:?}");
        }
    }

    #[test]
    fn of_several_steps_one_must_fit() {
        let job = Lifecycle::per("job")
            .start("new")
            .step("new", "run", "done")
            .step("new", "run", "failed")
            .step("failed", "retry", "done")
            .step("done", "close", "closed");
        assert_eq!(says(&job, &["run", "close"]), None);
        assert_eq!(says(&job, &["run", "retry", "close"]), None);
        assert_eq!(
            says(&job, &["run", "run"]).unwrap(),
            "`run` took effect in state `done` or `failed`"
        );
        assert_eq!(
            says(&job, &["run", "close", "retry"]).unwrap(),
            "`retry` took effect in state `closed`"
        );
    }

    #[test]
    fn a_life_may_come_back_to_its_start() {
        let door = Lifecycle::per("door")
            .start("shut")
            .step("shut", "open", "open")
            .step("open", "shut", "shut");
        assert_eq!(says(&door, &["open", "shut", "open", "shut"]), None);
        assert_eq!(
            says(&door, &["open", "shut", "shut"]).unwrap(),
            "`shut` took effect in state `shut`"
        );
    }

    #[test]
    fn each_effect_may_be_hidden() {
        let unseen = order().step("closed", "submit", "new").unseen(&[]).unwrap();
        let names: Vec<&str> = unseen.iter().map(|(name, _)| &**name).collect();
        assert_eq!(names, ["submit", "pay", "cancel", "ship"]);
    }

    #[test]
    fn it_is_built_from_the_fields_of_its_entry() {
        let built = |start: &str, steps: &str| {
            let steps: Value = serde_json::from_str(steps).unwrap();
            let fields = [
                ("per".to_owned(), Value::from("order")),
                ("start".to_owned(), Value::from(start)),
                ("steps".to_owned(), steps),
            ];
            (ENTRY.build)(&mut Parameters::new(fields)).map_err(|fault| fault.to_string())
        };
        assert!(built("a", r#"[["a", "b", "c"], ["c", ["d", "e"], "a"]]"#).is_ok());
        let table = [
            ("a", "[]", "`steps` is required"),
            (
                "x",
                r#"[["a", "b", "c"], ["c", "b", "a"]]"#,
                "`start` must be a state that a step begins in: `a` or `c`",
            ),
            (
                "a",
                r#"[["a", "b"]]"#,
                r#"`steps` must be a list of [state, effect, state], and has ["a","b"]"#,
            ),
            (
                "a",
                r#"[["a", 1, "c"]]"#,
                r#"`steps` must be a list of [state, effect, state], and has ["a",1,"c"]"#,
            ),
        ];
        for (start, steps, expected) in table {
            assert_eq!(built(start, steps).unwrap_err(), expected);
        }
    }
}
