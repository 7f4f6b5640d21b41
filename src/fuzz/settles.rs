//! Judges how a run ends: everything comes to rest, and somebody has found out what became of each operation of unknown outcome.
//!
//! # Source
//! The two phases of TigerBeetle's simulator: faults first, then none, and the system must recover. That makes liveness a matter of
//! finitely many steps, without assumptions of fairness beyond those of the default order.
//!
//! # Idea
//! Behind the last deviation of a schedule a crashed participant restarts, links heal, and the default order goes on. So many steps later nothing may
//! be pending. An operation becomes unknown where its caller gives up or crashes; one that nobody ended at all is unknown from its call on.
//! Behind that point somebody must end an operation of the same intent, or record a fact of it. Without an intent nobody can ask.
//!
//! # Complexity
//! A state is the operations that are open or in doubt: O(those) for each new pair of state and line.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::history::Value;
use crate::sim::{Ending, Judge, Line, Says, Unreadable, Why};

/// What reports call it.
pub(super) const ID: &str = "settles";

/// An operation that is open or in doubt.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Doubt {
    f: String,
    intent: Option<Value>,
    /// Whether somebody learnt of its intent since it began.
    is_known: bool,
}

impl Doubt {
    fn order(&self) -> (String, String) {
        let intent = self.intent.as_ref().map(Value::to_string);
        (self.f.clone(), intent.unwrap_or_default())
    }
}

/// The state of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Doubts {
    /// By participant and slot.
    open: BTreeMap<(u16, u8), Doubt>,
    /// Those of which the outcome is unknown.
    unknown: Vec<Doubt>,
}

/// Whether each unknown outcome is found out.
#[derive(Debug)]
pub(super) struct Settles {
    states: Vec<Doubts>,
    numbers: FxHashMap<Doubts, u32>,
    /// The scopes: one for each intent.
    intents: FxHashMap<Value, u32>,
}

impl Settles {
    pub(super) fn new() -> Self {
        let mut settles = Self {
            states: Vec::new(),
            numbers: FxHashMap::default(),
            intents: FxHashMap::default(),
        };
        settles.number(Doubts::default());
        settles
    }

    fn number(&mut self, doubts: Doubts) -> u32 {
        if let Some(number) = self.numbers.get(&doubts) {
            return *number;
        }
        let number = self.states.len() as u32;
        self.states.push(doubts.clone());
        self.numbers.insert(doubts, number);
        number
    }
}

impl Doubts {
    fn observe(&mut self, line: &Line) {
        let intent = intent_of(line);
        match &line.says {
            Says::Invoked(call) => {
                let doubt = Doubt {
                    f: call.words.f.clone(),
                    intent: intent.cloned(),
                    is_known: false,
                };
                self.open.insert((line.participant.0, call.slot), doubt);
            }
            Says::Ended(call, ending) => {
                let ended = self.open.remove(&(line.participant.0, call.slot));
                match (ending, ended) {
                    (Ending::Unknown(Why::NeverAnswered), Some(ended)) if ended.is_known => {}
                    (Ending::Unknown(_), Some(ended)) => {
                        self.unknown.push(Doubt {
                            is_known: false,
                            ..ended
                        });
                        self.unknown.sort_by_cached_key(Doubt::order);
                        self.unknown.dedup();
                    }
                    _ => self.learn(intent),
                }
            }
            Says::Fact(_) => self.learn(intent),
        }
    }

    /// Somebody learns what became of an intent.
    fn learn(&mut self, intent: Option<&Value>) {
        if intent.is_none() {
            return;
        }
        self.unknown.retain(|doubt| doubt.intent.as_ref() != intent);
        let open = self.open.values_mut();
        let of_it = open.filter(|doubt| doubt.intent.as_ref() == intent);
        of_it.for_each(|doubt| doubt.is_known = true);
    }
}

fn intent_of(line: &Line) -> Option<&Value> {
    match &line.says {
        Says::Invoked(call) | Says::Ended(call, _) => call.words.intent.as_ref(),
        Says::Fact(words) => words.intent.as_ref(),
    }
}

impl Judge for Settles {
    fn start(&mut self) -> u32 {
        0
    }

    fn scope(&mut self, line: &Line) -> Result<Option<u32>, Unreadable> {
        let Some(intent) = intent_of(line) else {
            // Operations that nobody can ask for: they have nothing to do with any intent.
            let is_fact = matches!(line.says, Says::Fact(_));
            return Ok((!is_fact).then_some(1));
        };
        if let Some(scope) = self.intents.get(intent) {
            return Ok(Some(*scope));
        }
        let scope = self.intents.len() as u32 + 2;
        self.intents.insert(intent.clone(), scope);
        Ok(Some(scope))
    }

    /// That a run comes to rest is judged in each of them.
    fn concerns(&mut self, _: &Line) -> bool {
        true
    }

    fn observe(&mut self, state: u32, line: &Line) -> Result<u32, String> {
        let mut doubts = self.states[state as usize].clone();
        doubts.observe(line);
        Ok(self.number(doubts))
    }

    fn settle(&mut self, state: u32) -> Result<(), String> {
        match self.states[state as usize].unknown.first() {
            None => Ok(()),
            Some(Doubt {
                f,
                intent: Some(intent),
                ..
            }) => Err(format!("nobody finds out what became of `{f}` of {intent}")),
            Some(Doubt { f, .. }) => Err(format!(
                "nobody can find out what became of `{f}`: it has no intent to ask for"
            )),
        }
    }
}
