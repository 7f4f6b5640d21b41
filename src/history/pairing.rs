//! Pairs invocations with completions, sends with receives, and ids with what they name.
//!
//! The rules of the format live here once: readers and the builder add events in the order of their
//! lines and get back an indexed history, and troubles that name events and fields.
//!
//! # Invariants
//! - Every event that is added stands in the table, whatever is wrong with it.
//! - An operation has at most one completion, of its own process, on a later line.
//! - An id names one operation or one event.
//!
//! # Complexity
//! Constant amortised time an event and a declared cause, whatever the number of open operations.

mod fields;
mod links;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use super::fault::{FaultKind, Faults, Trouble};
use super::json::Field;
use super::stamps::Stamps;
use super::{
    Event, EventId, EventKind, History, LineOrder, NameId, OpId, Operation, Outcome, Place,
    ProcessId, ValueId, Values,
};

type FxHashMap<K, V> = HashMap<K, V, FxBuildHasher>;

/// A part of an event: one of its fields, or the whole of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) event: EventId,
    pub(super) field: Option<Field>,
    /// The element of the field, where it is a list.
    pub(super) element: Option<u32>,
}

/// A fault at parts of events.
pub(super) type PartTrouble = Trouble<Part>;

/// One event before it is paired: its fields as they were written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft<'a> {
    pub(super) process: ValueId,
    pub(super) kind: EventKind,
    pub(super) f: Option<ValueId>,
    pub(super) value: Option<ValueId>,
    pub(super) id: Option<ValueId>,
    pub(super) intent: Option<ValueId>,
    pub(super) msg: Option<ValueId>,
    pub(super) after: Option<&'a [ValueId]>,
    pub(super) time_ns: Option<i64>,
    pub(super) place: Place,
}

/// What an id names.
#[derive(Clone, Copy, Debug)]
enum Named {
    Operation(OpId),
    Event(EventId),
}

/// An id that stands in an `after`.
#[derive(Clone, Copy, Debug)]
struct Declared {
    later: EventId,
    id: ValueId,
    /// Its position in the list.
    element: u32,
}

/// What a process is doing.
#[derive(Debug, Default)]
struct Activity {
    /// Operations in the order of their invocations; completed ones leave when they come to the top.
    open: Vec<OpId>,
    open_count: u32,
    /// The `info` that ended its last operation, where neither had an id.
    done: Option<EventId>,
}

/// Events on their way to a history.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    pub(super) values: Values,
    pub(super) troubles: Vec<PartTrouble>,
    /// Faults beyond those that were kept.
    pub(super) more: usize,
    trouble_count: usize,
    events: Vec<Event>,
    stamps: Stamps,
    operations: Vec<Operation>,
    processes: Vec<ValueId>,
    process_ids: FxHashMap<ValueId, ProcessId>,
    activities: Vec<Activity>,
    names: Vec<ValueId>,
    name_ids: FxHashMap<ValueId, NameId>,
    ids: FxHashMap<ValueId, Named>,
    sends: FxHashMap<ValueId, EventId>,
    receives: Vec<EventId>,
    declared: Vec<Declared>,
    has_after: bool,
}

/// A history, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Paired {
    pub(super) history: History,
    pub(super) troubles: Vec<PartTrouble>,
    /// Faults beyond those that were kept.
    pub(super) more: usize,
}

impl Pairing {
    pub(super) fn over(values: Values, events_max: usize) -> Self {
        Self {
            values,
            events: Vec::with_capacity(events_max),
            ..Self::default()
        }
    }

    /// Whether nothing was declared that only happened-before can express.
    pub(super) fn implies_real_time(&self) -> bool {
        !self.has_after && self.sends.is_empty() && self.receives.is_empty()
    }

    pub(super) fn place(&self, event: EventId) -> Place {
        self.event(event).place
    }

    /// Adds the event of the next line.
    pub(super) fn add(&mut self, draft: Draft<'_>) -> EventId {
        let id = EventId::new(self.events.len());
        self.check_name(Field::Process.in_event(id), draft.process);
        if draft.time_ns == Some(Stamps::ABSENT) {
            let at = Field::Time.in_event(id);
            let expected = "a time after -2^63 nanoseconds";
            self.trouble(Trouble::new(FaultKind::IntegerTooLarge, at, expected));
        }
        let event = Event {
            process: self.process(draft.process),
            kind: draft.kind,
            f: self.name_of(id, &draft),
            value: draft.value,
            id: self.optional_name(id, Field::Id, draft.id),
            intent: self.intent_of(id, draft.intent),
            msg: self.message_of(id, &draft),
            op: None,
            place: draft.place,
        };
        self.events.push(event);
        if let Some(time_ns) = draft.time_ns {
            self.stamps.add(id, time_ns);
        }
        match draft.kind {
            EventKind::Invoke => self.invoke(id, &event),
            EventKind::Ok | EventKind::Fail | EventKind::Info => self.complete(id, &event),
            EventKind::Fact => self.name_event(id, &event),
            EventKind::Send => {
                self.name_event(id, &event);
                self.send(id, &event);
            }
            EventKind::Receive => {
                self.name_event(id, &event);
                self.receives.extend(event.msg.map(|_| id));
            }
        }
        if let Some(after) = draft.after {
            self.declare(id, after);
        }
        id
    }

    /// Adds what can be known only when all events are there, and gives the history.
    pub(super) fn finish(mut self, order: Option<LineOrder>) -> Paired {
        let order = order.unwrap_or(if self.implies_real_time() {
            LineOrder::RealTime
        } else {
            LineOrder::HappenedBefore
        });
        let messages = self.receive_all(order);
        let causes = self.resolve_causes();
        self.values.shrink_to_fit();
        self.events.shrink_to_fit();
        self.stamps.shrink_to_fit();
        self.operations.shrink_to_fit();
        let history = History {
            order,
            events: self.events,
            stamps: self.stamps,
            operations: self.operations,
            processes: self.processes,
            names: self.names,
            messages,
            causes,
            values: self.values,
            ..History::default()
        };
        Paired {
            history,
            troubles: self.troubles,
            more: self.more,
        }
    }

    /// Reports a field beyond the table whose name is one of the table's.
    pub(super) fn refuse_extra(&mut self, event: EventId, name: &str) {
        let expected = "the field of the table to be given as such";
        let kind = FaultKind::RepeatedKey(name.to_owned());
        self.trouble(Trouble::new(kind, whole(event), expected));
    }

    /// Keeps a fault, or only counts it where there are enough of them.
    fn trouble(&mut self, trouble: PartTrouble) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.trouble_count += 1;
            self.troubles.push(trouble);
        }
    }

    /// Whether further faults are only counted: then what they would say need not be found out.
    const fn is_full(&self) -> bool {
        self.trouble_count >= Faults::LIST_MAX
    }
    fn invoke(&mut self, event: EventId, invoke: &Event) {
        let activity = &self.activities[invoke.process.index()];
        if activity.open_count > 0 {
            self.check_overlap(event, invoke);
        } else if let (Some(done), None) = (activity.done, invoke.id) {
            let kind = FaultKind::Done(self.shown_process(invoke.process));
            let expected = "no further invocation without ids: its operation may still take effect";
            let trouble = Trouble::new(kind, Field::Process.in_event(event), expected);
            self.trouble(trouble.with("its outcome became unknown here", whole(done)));
        }
        let operation = OpId::new(self.operations.len());
        self.operations.push(Operation {
            invoke: event,
            completion: None,
            outcome: Outcome::Unknown,
        });
        self.events[event.index()].op = Some(operation);
        let activity = &mut self.activities[invoke.process.index()];
        activity.open.push(operation);
        activity.open_count += 1;
        if invoke.id.is_none() {
            // Reported above: what follows from it is not another fault.
            activity.done = None;
        }
        if let Some(id) = invoke.id {
            self.give_id(event, id, Named::Operation(operation));
        }
    }

    /// Reports an invocation that overlaps another one of its process, unless both have ids.
    fn check_overlap(&mut self, event: EventId, invoke: &Event) {
        let Some(open) = self.last_open(invoke.process) else {
            return;
        };
        let earlier = self.operations[open.index()].invoke;
        if invoke.id.is_some() && self.event(earlier).id.is_some() {
            return;
        }
        let kind = FaultKind::Busy(self.shown_process(invoke.process));
        let expected = "its completion first, or an `id` on each of the overlapping operations";
        let trouble = Trouble::new(kind, Field::Process.in_event(event), expected);
        self.trouble(trouble.with("this operation is still open", whole(earlier)));
    }

    /// The open operation of a process that was invoked last.
    fn last_open(&mut self, process: ProcessId) -> Option<OpId> {
        let open = &mut self.activities[process.index()].open;
        while let Some(last) = open.last() {
            if self.operations[last.index()].completion.is_none() {
                return Some(*last);
            }
            open.pop();
        }
        None
    }

    fn complete(&mut self, event: EventId, completion: &Event) {
        let operation = match completion.id {
            Some(id) => self.operation_with_id(event, completion, id),
            None => self.open_operation(event, completion),
        };
        let Some(operation) = operation else {
            return;
        };
        self.events[event.index()].op = Some(operation);
        let known = &mut self.operations[operation.index()];
        assert!(known.completion.is_none(), "an operation completes once");
        known.completion = Some(event);
        known.outcome = match completion.kind {
            EventKind::Ok => Outcome::Ok,
            EventKind::Fail => Outcome::Failed,
            _ => Outcome::Unknown,
        };
        let invoke = known.invoke;
        self.check_completion_name(event, completion, invoke);
        let uses_ids = self.event(invoke).id.is_some();
        let is_nemesis = self.is_nemesis(completion.process);
        let activity = &mut self.activities[completion.process.index()];
        activity.open_count -= 1;
        if activity.open_count == 0 {
            activity.open.clear();
        }
        if completion.kind == EventKind::Info && !uses_ids && !is_nemesis {
            activity.done = Some(event);
        }
    }

    /// A completion without `f` takes its invocation's; another `f` is a fault.
    fn check_completion_name(&mut self, event: EventId, completion: &Event, invoke: EventId) {
        let invoked = self.event(invoke).f;
        match (completion.f, invoked) {
            (None, _) => self.events[event.index()].f = invoked,
            (Some(own), Some(other)) if own != other => {
                let name = |id: NameId| {
                    let name = self.values.as_str(self.names[id.index()]);
                    name.unwrap_or_default().to_owned()
                };
                let kind = FaultKind::OtherName {
                    completion: name(own),
                    invoke: name(other),
                };
                let expected = format!("`{}`, or no `f` at all", name(other));
                let trouble = Trouble::new(kind, Field::F.in_event(event), expected);
                self.trouble(trouble.with("invoked here", Field::F.in_event(invoke)));
            }
            _ => {}
        }
    }

    fn is_nemesis(&self, process: ProcessId) -> bool {
        let name = self.values.as_str(self.processes[process.index()]);
        matches!(name, Some("nemesis" | ":nemesis"))
    }

    /// The operation that a completion with an id belongs to.
    fn operation_with_id(
        &mut self,
        event: EventId,
        completion: &Event,
        id: ValueId,
    ) -> Option<OpId> {
        let operation = match self.ids.get(&id) {
            Some(Named::Operation(operation)) => *operation,
            _ if self.is_full() => {
                self.more += 1;
                return None;
            }
            Some(Named::Event(other)) => {
                let other = Field::Id.in_event(*other);
                let expected = "the id of an operation: one id names one operation or one event";
                let trouble = Trouble::new(
                    FaultKind::WithoutInvocation,
                    Field::Id.in_event(event),
                    expected,
                );
                self.trouble(trouble.with("this id names an event", other));
                return None;
            }
            None if completion.kind == EventKind::Info && self.is_note(completion.process) => {
                self.name_event(event, completion);
                return None;
            }
            None => {
                let open = self.some_open(completion.process).into_iter();
                let meant = self.meant(id, open.filter_map(|open| self.event(open).id));
                let id = self.shown(id);
                let expected = format!("an earlier invocation with the id {id}{meant}");
                self.trouble(Trouble::new(
                    FaultKind::WithoutInvocation,
                    Field::Id.in_event(event),
                    expected,
                ));
                return None;
            }
        };
        let known = self.operations[operation.index()];
        let invoker = self.event(known.invoke).process;
        if invoker != completion.process {
            let kind = FaultKind::OtherProcess {
                completion: self.shown_process(completion.process),
                invoke: self.shown_process(invoker),
            };
            let expected = format!("process {}, which invoked it", self.shown_process(invoker));
            let trouble = Trouble::new(kind, Field::Process.in_event(event), expected);
            self.trouble(trouble.with("invoked here", Field::Process.in_event(known.invoke)));
            return None;
        }
        if let Some(first) = known.completion {
            let expected = "one completion an operation";
            let trouble = Trouble::new(FaultKind::AlreadyCompleted, whole(event), expected);
            let trouble = trouble.with("first completed here", whole(first));
            self.trouble(trouble.with("invoked here", whole(known.invoke)));
            return None;
        }
        Some(operation)
    }

    /// The operation that a completion without an id belongs to.
    fn open_operation(&mut self, event: EventId, completion: &Event) -> Option<OpId> {
        let process = completion.process;
        if self.activities[process.index()].open_count == 1 {
            return self.last_open(process);
        }
        if self.is_full() {
            self.more += 1;
            return None;
        }
        let name = self.shown_process(process);
        if self.activities[process.index()].open_count > 1 {
            let expected = "the `id` of the operation that it completes";
            let kind = FaultKind::SeveralOpen(name);
            let mut trouble = Trouble::new(kind, whole(event), expected);
            for operation in self.some_open(process).into_iter().take(3) {
                trouble = trouble.with("open since here", whole(operation));
            }
            self.trouble(trouble);
        } else if completion.kind != EventKind::Info || !self.is_note(process) {
            let expected = format!("an open operation of process {name}");
            let at = Field::Type.in_event(event);
            let mut trouble = Trouble::new(FaultKind::WithoutInvocation, at, expected);
            if let Some(last) = self.last_completion(event, process) {
                trouble = trouble.with("its last operation completed here", whole(last));
            }
            self.trouble(trouble);
        }
        None
    }

    /// Jepsen's nemesis writes `info` where it begins and where it ends: neither is an operation.
    fn is_note(&self, process: ProcessId) -> bool {
        self.activities[process.index()].open_count == 0 && self.is_nemesis(process)
    }

    /// Invocations of a process that are still open, but not very many.
    fn some_open(&self, process: ProcessId) -> Vec<EventId> {
        const OPEN_MAX: usize = 100;
        let open = self.activities[process.index()].open.iter();
        open.map(|operation| self.operations[operation.index()])
            .filter(|operation| operation.completion.is_none())
            .map(|operation| operation.invoke)
            .take(OPEN_MAX)
            .collect()
    }

    /// The completion before `event` that its process saw last, among the thousand lines before.
    fn last_completion(&self, event: EventId, process: ProcessId) -> Option<EventId> {
        const LINES_MAX: usize = 1000;
        let end = event.index();
        (end.saturating_sub(LINES_MAX)..end)
            .rev()
            .find(|at| {
                let earlier = &self.events[*at];
                let is_completion = earlier.op.is_some() && earlier.kind != EventKind::Invoke;
                earlier.process == process && is_completion
            })
            .map(EventId::new)
    }
}

impl Field {
    const fn in_event(self, event: EventId) -> Part {
        Part {
            event,
            field: Some(self),
            element: None,
        }
    }
}

/// The whole of an event.
pub(super) const fn whole(event: EventId) -> Part {
    Part {
        event,
        field: None,
        element: None,
    }
}

const fn after_element(event: EventId, element: u32) -> Part {
    Part {
        event,
        field: Some(Field::After),
        element: Some(element),
    }
}
