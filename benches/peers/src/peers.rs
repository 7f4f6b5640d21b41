//! One register history in the form that each checker wants, and how long the checker takes.
//!
//! An operation of unknown outcome becomes one that returns behind all others (porcupine-rs, todc-utils), or that never
//! returns (stateright); a read of unknown outcome says nothing and is left out. Where histories have keys,
//! porcupine-rs partitions them itself; the other two are asked key by key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use porcupine_rs::{Model, Operation, check_operations};
use stateright::semantics::register::{Register, RegisterOp, RegisterRet};
use stateright::semantics::{ConsistencyTester, LinearizabilityTester};
use testimony::check::linear::{AnySpec, SpecCheck, SpecOptions};
use testimony::check::{Budget, Check, session};
use testimony::history::{EventId, History, Outcome, ValueId, Verdict, View};
use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History as Actions};
use todc_utils::specifications::Specification;

/// Answers are measured at least so often, and until so many seconds have passed; the least counts.
const TIMES_MIN: usize = 9;
const SECONDS_MIN: f64 = 0.1;
/// Longer ones are measured once.
const LONG_SECONDS: f64 = 1.0;
/// stateright calls itself once an operation, and keeps a copy of all that came before.
const STACK_BYTES: usize = 1 << 30;

/// Prints the least seconds that checking takes, and whether the history is linearizable.
pub fn measure(checker: &str, path: &str, is_keyed: bool) {
    let history = History::open(path).unwrap();
    let mut history = Some(history);
    let mut best = (f64::INFINITY, false);
    let begin = Instant::now();
    for time in 0.. {
        if time >= TIMES_MIN && begin.elapsed().as_secs_f64() > SECONDS_MIN {
            break;
        }
        let (seconds, is_kept) = match checker {
            "testimony" => testimony(&mut history, is_keyed, true),
            "explained" => testimony(&mut history, is_keyed, false),
            "porcupine-rs" => translated(&history, is_keyed, porcupine),
            "todc-utils" => translated(&history, is_keyed, todc),
            _ => translated(&history, is_keyed, stateright),
        };
        best = (seconds.min(best.0), is_kept);
        if seconds > LONG_SECONDS {
            break;
        }
    }
    println!("{} {}", best.0, best.1);
}

/// An operation on one of several registers; 0 stands for a value that was never written.
#[derive(Clone, Copy, Debug)]
struct Call {
    key: u32,
    process: u32,
    invoked: i64,
    /// [`i64::MAX`] where nobody saw it return.
    returned: i64,
    act: Act,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Read(i64),
    Write(i64),
}

impl Act {
    /// Whether a register with this value allows it, and the value behind it.
    fn on(self, value: i64) -> (bool, i64) {
        match self {
            Self::Read(seen) => (seen == value, value),
            Self::Write(new) => (true, new),
        }
    }
}

impl Call {
    /// The operations of a history, by their invocations.
    fn all(history: &History, is_keyed: bool) -> Vec<Self> {
        let mut keys: BTreeMap<Option<ValueId>, u32> = BTreeMap::new();
        let mut calls = Vec::new();
        for operation in history.operations() {
            let invoke = history.event(operation.invoke);
            let is_read = history.name(invoke.f.unwrap()) == "read";
            let returned = operation
                .completion
                .filter(|_| operation.outcome == Outcome::Ok);
            let (key, input) = content(history, operation.invoke, is_keyed);
            let act = match (is_read, returned) {
                (false, _) => Act::Write(input),
                (true, Some(end)) => Act::Read(content(history, end, is_keyed).1),
                (true, None) => continue,
            };
            let next = keys.len() as u32;
            calls.push(Self {
                key: *keys.entry(key).or_insert(next),
                process: invoke.process.index() as u32,
                invoked: operation.invoke.index() as i64,
                returned: returned.map_or(i64::MAX, |end| end.index() as i64),
                act,
            });
        }
        calls
    }

    fn by_key(calls: &[Self]) -> Vec<Vec<Self>> {
        let mut parts: BTreeMap<u32, Vec<Self>> = BTreeMap::new();
        for call in calls {
            parts.entry(call.key).or_default().push(*call);
        }
        parts.into_values().collect()
    }

    /// Invocations and returns in the order of the history; the unseen returns stand behind all.
    fn ends(calls: &[Self]) -> Vec<(i64, bool, Self)> {
        let ends = calls
            .iter()
            .flat_map(|call| [(call.invoked, false, *call), (call.returned, true, *call)]);
        let mut ends: Vec<(i64, bool, Self)> = ends.collect();
        ends.sort_by_key(|end| end.0);
        ends
    }
}

/// The key and the value of an event.
fn content(history: &History, event: EventId, is_keyed: bool) -> (Option<ValueId>, i64) {
    let values = history.values();
    let view = |value: ValueId| values.view(value);
    let number = |value: Option<View<'_>>| match value {
        Some(View::Int(number)) => number,
        _ => 0,
    };
    let value = history.event(event).value.map(view);
    match value {
        Some(View::Array(parts)) if is_keyed => {
            (Some(parts[0]), number(parts.get(1).map(|part| view(*part))))
        }
        value => (None, number(value)),
    }
}

/// From the history as it was read to the verdict, or to the explanation of a broken one too.
fn testimony(history: &mut Option<History>, by_key: bool, verdict_only: bool) -> (f64, bool) {
    let spec = AnySpec::of(testimony::specs::register::Register::default());
    let options = SpecOptions {
        by_key,
        verdict_only,
        ..SpecOptions::default()
    };
    let check: Arc<dyn Check> = Arc::new(SpecCheck::new("register", spec, options));
    let start = Instant::now();
    let judged = session::judge(history.take().unwrap(), &[check], &Budget::default()).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let verdict = judged.findings[0].judgement.verdict;
    assert_ne!(verdict, Verdict::Undecided);
    *history = Some(judged.history);
    (seconds, verdict == Verdict::Kept)
}

/// A register for porcupine-rs, which splits histories by key itself.
#[derive(Clone)]
struct Registers;

impl Model for Registers {
    type State = i64;
    type Op = (u32, Act);
    type Metadata = ();

    fn partition_operations(history: &[Operation<Self>]) -> Vec<Vec<Operation<Self>>> {
        let mut parts: BTreeMap<u32, Vec<Operation<Self>>> = BTreeMap::new();
        for operation in history {
            parts
                .entry(operation.op.0)
                .or_default()
                .push(operation.clone());
        }
        parts.into_values().collect()
    }

    fn init() -> i64 {
        0
    }

    fn step(state: &i64, (_, act): &(u32, Act)) -> (bool, i64) {
        act.on(*state)
    }
}

/// From the history as it was read to a peer's answer.
fn translated(
    history: &Option<History>,
    is_keyed: bool,
    check: impl FnOnce(&[Call]) -> bool,
) -> (f64, bool) {
    let start = Instant::now();
    let is_kept = check(&Call::all(history.as_ref().unwrap(), is_keyed));
    (start.elapsed().as_secs_f64(), is_kept)
}

fn porcupine(calls: &[Call]) -> bool {
    let operation = |call: &Call| Operation::<Registers> {
        client_id: Some(call.process),
        call_time: call.invoked,
        return_time: call.returned,
        op: (call.key, call.act),
        metadata: None,
    };
    let history: Vec<Operation<Registers>> = calls.iter().map(operation).collect();
    check_operations(&history)
}

/// A register for todc-utils.
struct TodcRegister;

impl Specification for TodcRegister {
    type State = i64;
    type Operation = Act;

    fn init() -> i64 {
        0
    }

    fn apply(act: &Act, state: &i64) -> (bool, i64) {
        act.on(*state)
    }
}

fn todc(calls: &[Call]) -> bool {
    let parts = Call::by_key(calls);
    let action = |(_, is_return, call): (i64, bool, Call)| {
        let action = if is_return {
            Action::Response(call.act)
        } else {
            Action::Call(call.act)
        };
        (call.process as usize, action)
    };
    let history = |part: &Vec<Call>| {
        Actions::from_actions(Call::ends(part).into_iter().map(action).collect())
    };
    let histories: Vec<Actions<Act>> = parts.iter().map(history).collect();
    histories
        .into_iter()
        .all(WGLChecker::<TodcRegister>::is_linearizable)
}

fn stateright(calls: &[Call]) -> bool {
    let parts = Call::by_key(calls);
    let tester = |part: &Vec<Call>| {
        let mut tester = LinearizabilityTester::new(Register(0));
        for (at, is_return, call) in Call::ends(part) {
            let (op, ret) = match call.act {
                Act::Read(seen) => (RegisterOp::Read, RegisterRet::ReadOk(seen)),
                Act::Write(new) => (RegisterOp::Write(new), RegisterRet::WriteOk),
            };
            if !is_return {
                tester.on_invoke(call.process, op).unwrap();
            } else if at != i64::MAX {
                tester.on_return(call.process, ret).unwrap();
            }
        }
        tester
    };
    let testers: Vec<LinearizabilityTester<u32, Register<i64>>> =
        parts.iter().map(tester).collect();
    let check = move || testers.iter().all(ConsistencyTester::is_consistent);
    let deep = thread::Builder::new().stack_size(STACK_BYTES);
    deep.spawn(check).unwrap().join().unwrap()
}
