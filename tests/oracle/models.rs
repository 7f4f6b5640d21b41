//! The built-in objects once more, as functions over JSON, from the table of the contract.

use serde_json::{Value as Json, json};

use super::script::Script;

/// What was seen of an operation that takes effect.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seen<'a> {
    /// This answer.
    Answer(&'a Json),
    /// Nothing: any answer is possible.
    Nothing,
    /// That it was refused, where that is evidence.
    Refusal,
}

/// What was asked.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) process: Json,
    pub(crate) f: &'static str,
    pub(crate) input: Json,
}

impl Request {
    /// Whether it never changes anything.
    pub(crate) fn is_idle(&self) -> bool {
        match self.f {
            "read" | "get" | "contains" => true,
            "cas" => self.input[0] == self.input[1],
            "txn" => list(&self.input).iter().all(|step| step[0] == json!("r")),
            _ => false,
        }
    }
}

/// What an object does with a request when nobody is lying.
#[derive(Clone, Debug)]
pub(crate) enum Reaction {
    /// It answers.
    Answers(Json),
    /// It says no and changes nothing.
    Refuses,
    /// It cannot take effect now.
    Waits,
}

/// A specification with its parameters.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) name: &'static str,
    pub(crate) initial: Option<Json>,
    pub(crate) permits: i64,
}

fn texts(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Json) -> Vec<Json> {
    value.as_array().cloned().unwrap_or_default()
}

fn number(value: &Json) -> i64 {
    value.as_i64().expect("a whole number")
}

/// Whether two lists hold the same elements, each as often.
fn is_permutation(left: &[Json], right: &[Json]) -> bool {
    let count = |list: &[Json], wanted: &Json| list.iter().filter(|one| *one == wanted).count();
    left.len() == right.len() && left.iter().all(|one| count(left, one) == count(right, one))
}

impl Model {
    /// The state before the first operation on the object of this key.
    pub(crate) fn start(&self, key: Option<&Json>) -> Json {
        let initial = self.initial.clone();
        match self.name {
            "counter" => initial.unwrap_or(json!(0)),
            "set" | "queue" | "stack" | "priority-queue" | "log" => initial.unwrap_or(json!([])),
            "mutex" => json!(false),
            "owned-mutex" => json!([]),
            "fenced-lock" => json!([false, initial]),
            "semaphore" => json!(0),
            "kv" => match (initial, key) {
                (Some(Json::Object(by_key)), Some(key)) => {
                    by_key.get(&texts(key)).cloned().unwrap_or(Json::Null)
                }
                (all, _) => all.unwrap_or(Json::Null),
            },
            "multi-register" => match initial {
                Some(Json::Object(by_key)) => json!([by_key, null]),
                all => json!([{}, all]),
            },
            _ => initial.unwrap_or(Json::Null),
        }
    }

    /// The state after the request took effect with what was seen of it; `None`: it cannot.
    pub(crate) fn step(&self, state: &Json, request: &Request, seen: Seen<'_>) -> Option<Json> {
        let input = &request.input;
        match self.name {
            "register" | "cas-register" | "strict-cas-register" | "kv" => {
                cell(state, request, seen)
            }
            "counter" => match (request.f, seen) {
                ("add", _) => Some(json!(number(state) + number(input))),
                (_, Seen::Answer(sum)) if sum != state => None,
                _ => Some(state.clone()),
            },
            "set" => set(state, request, seen),
            "queue" | "stack" | "priority-queue" => self.container(state, request, seen),
            "mutex" => match (request.f, state == &json!(true)) {
                ("acquire", false) => Some(json!(true)),
                ("release", true) => Some(json!(false)),
                _ => None,
            },
            "owned-mutex" => match (request.f, list(state).first()) {
                ("acquire", None) => Some(json!([request.process])),
                ("release", Some(holder)) if *holder == request.process => Some(json!([])),
                _ => None,
            },
            "fenced-lock" => fenced(state, request, seen),
            "semaphore" => {
                let permits = input.as_i64().unwrap_or(1);
                let out = number(state)
                    + if request.f == "acquire" {
                        permits
                    } else {
                        -permits
                    };
                (0..=self.permits).contains(&out).then(|| json!(out))
            }
            "log" => log(state, request, seen),
            "multi-register" => transaction(state, request, seen),
            other => panic!("no model of {other}"),
        }
    }

    fn container(&self, state: &Json, request: &Request, seen: Seen<'_>) -> Option<Json> {
        let mut elements = list(state);
        if matches!(request.f, "enqueue" | "push" | "insert") {
            elements.push(request.input.clone());
            return Some(Json::Array(elements));
        }
        let place = match self.name {
            _ if elements.is_empty() => None,
            "queue" => Some(0),
            "stack" => Some(elements.len() - 1),
            _ => {
                let greatest = elements.iter().map(number).max();
                elements
                    .iter()
                    .position(|one| Some(number(one)) == greatest)
            }
        };
        let taken = place.map_or(Json::Null, |place| elements.remove(place));
        let is_right = match seen {
            Seen::Answer(answer) => *answer == taken,
            Seen::Nothing => true,
            Seen::Refusal => false,
        };
        is_right.then_some(Json::Array(elements))
    }

    /// What an honest object would do.
    pub(crate) fn react(
        &self,
        state: &Json,
        request: &Request,
        script: &mut Script<'_>,
    ) -> Reaction {
        let is_possible = self.step(state, request, Seen::Nothing).is_some();
        if !is_possible {
            return Reaction::Waits;
        }
        let answer = match (self.name, request.f) {
            (_, "cas") => {
                let old = &request.input[0];
                if old != state {
                    return Reaction::Refuses;
                }
                Json::Null
            }
            (_, "get") | ("register" | "cas-register" | "strict-cas-register", "read") => {
                state.clone()
            }
            ("counter" | "log", "read") => state.clone(),
            ("set", "read") => {
                let mut elements = list(state);
                if script.chance(30) {
                    elements.reverse();
                }
                Json::Array(elements)
            }
            ("set", "contains") => {
                json!([request.input, list(state).contains(&request.input)])
            }
            ("queue", "dequeue") => list(state).first().cloned().unwrap_or(Json::Null),
            ("stack", "pop") => list(state).last().cloned().unwrap_or(Json::Null),
            ("priority-queue", "remove-max") => {
                let greatest = list(state).iter().map(number).max();
                json!(greatest)
            }
            ("fenced-lock", "acquire") => {
                let last = state[1].as_i64().unwrap_or(0);
                json!(last + 1 + script.below(2) as i64)
            }
            ("log", "append") => json!(list(state).len()),
            ("multi-register", "txn") => filled(state, &request.input).1,
            _ => Json::Null,
        };
        Reaction::Answers(answer)
    }
}

/// A register, with compare-and-set, appending and deleting.
fn cell(state: &Json, request: &Request, seen: Seen<'_>) -> Option<Json> {
    let input = &request.input;
    match request.f {
        "read" | "get" => match seen {
            Seen::Answer(answer) if answer != state => None,
            _ => Some(state.clone()),
        },
        "write" | "put" => Some(input.clone()),
        "delete" => Some(Json::Null),
        "append" => match state {
            Json::Null => Some(input.clone()),
            Json::String(text) => Some(json!(format!("{text}{}", texts(input)))),
            _ => None,
        },
        "cas" => match (state == &input[0], seen) {
            (true, Seen::Answer(_) | Seen::Nothing) => Some(input[1].clone()),
            (false, Seen::Refusal | Seen::Nothing) => Some(state.clone()),
            (true, Seen::Refusal) | (false, Seen::Answer(_)) => None,
        },
        other => panic!("no operation {other}"),
    }
}

fn set(state: &Json, request: &Request, seen: Seen<'_>) -> Option<Json> {
    let mut elements = list(state);
    let has = elements.contains(&request.input);
    match (request.f, seen) {
        ("add", _) => {
            if !has {
                elements.push(request.input.clone());
            }
            Some(Json::Array(elements))
        }
        ("remove", _) => {
            elements.retain(|one| *one != request.input);
            Some(Json::Array(elements))
        }
        ("contains", Seen::Answer(answer)) if *answer != json!([request.input, has]) => None,
        ("read", Seen::Answer(answer)) if !is_permutation(&list(answer), &elements) => None,
        _ => Some(state.clone()),
    }
}

/// The state is whether it is held, and the greatest token so far, or null.
fn fenced(state: &Json, request: &Request, seen: Seen<'_>) -> Option<Json> {
    let is_held = state[0] == json!(true);
    let greatest = state[1].as_i64();
    match (request.f, is_held, seen) {
        ("acquire", false, Seen::Answer(token)) => {
            let token = number(token);
            let is_greater = greatest.is_none_or(|greatest| token > greatest);
            is_greater.then(|| json!([true, token]))
        }
        // The token that nobody saw: the smallest that is possible leaves the most room.
        ("acquire", false, _) => Some(json!([true, greatest.map(|greatest| greatest + 1)])),
        ("release", true, _) => Some(json!([false, greatest])),
        _ => None,
    }
}

fn log(state: &Json, request: &Request, seen: Seen<'_>) -> Option<Json> {
    let mut entries = list(state);
    match (request.f, seen) {
        ("read", Seen::Answer(answer)) => (answer == state).then(|| state.clone()),
        ("append", Seen::Answer(offset))
            if !offset.is_null() && *offset != json!(entries.len()) =>
        {
            None
        }
        ("append", _) => {
            entries.push(request.input.clone());
            Some(Json::Array(entries))
        }
        _ => Some(state.clone()),
    }
}

/// The state after a transaction, and the transaction with its reads filled in.
fn filled(state: &Json, steps: &Json) -> (Json, Json) {
    let mut state = state.clone();
    let mut steps = list(steps);
    for step in &mut steps {
        let key = texts(&step[1]);
        if step[0] == json!("w") {
            state[0][&key] = step[2].clone();
        } else {
            let other = state[1].clone();
            step[2] = state[0].get(&key).cloned().unwrap_or(other);
        }
    }
    (state, Json::Array(steps))
}

fn transaction(state: &Json, request: &Request, seen: Seen<'_>) -> Option<Json> {
    let (after, answer) = filled(state, &request.input);
    match seen {
        Seen::Answer(seen) if *seen != answer => None,
        _ => Some(after),
    }
}
