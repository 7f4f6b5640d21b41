//! Who records what: whose record shows effects of a name, whether it is whole, and who can be asked.
//!
//! Read off a history once, O(events), so that each scope and each question costs O(1); not at all where nobody asks.

use std::sync::OnceLock;

use crate::history::{
    Completeness, EventId, EventKind, History, NameId, ProcessId, Value, ValueId,
};

use super::effect::Source;
use super::join::Joining;
use super::time::When;

/// Lines behind an invocation in which its message is looked for.
const LINES_MAX: usize = 1_000;

/// What a history shows of its participants' records.
#[derive(Debug)]
pub(super) struct Record<'h> {
    history: &'h History,
    joining: &'h Joining<'h>,
    names: OnceLock<Vec<Writers>>,
    /// Messages by their sends.
    messages: OnceLock<Vec<(EventId, EventId)>>,
}

/// The participants whose lines show a name.
#[derive(Clone, Copy, Debug, Default)]
struct Writers {
    /// The first to show it, as a fact or by calling it.
    first: Option<ProcessId>,
    /// The first two that recorded it as a fact.
    recorders: [Option<ProcessId>; 2],
    /// The first to show it whose record is not whole.
    partial: Option<ProcessId>,
}

impl<'h> Record<'h> {
    pub(super) fn of(joining: &'h Joining<'h>) -> Self {
        Self {
            history: joining.history(),
            joining,
            names: OnceLock::new(),
            messages: OnceLock::new(),
        }
    }

    /// When an effect took place, as far as the clocks say.
    pub(super) fn when(&self, source: Source) -> When {
        self.joining.times().when(self.history, source)
    }

    /// By how much clocks of different participants may differ; `None`: nobody knows.
    pub(super) const fn clock_error_ns(&self) -> Option<u64> {
        self.joining.times().error_ns()
    }

    fn names(&self) -> &[Writers] {
        self.names.get_or_init(|| self.all_writers())
    }

    /// Of each participant: whether its record is whole.
    fn is_whole(&self) -> Vec<bool> {
        let whole = &self.history.header().complete;
        let processes = self.history.processes().iter();
        let is_whole = processes.map(|process| match whole {
            Completeness::Whole => true,
            Completeness::InPart => false,
            Completeness::Only(whole) => whole.contains(process),
        });
        is_whole.collect()
    }

    /// The participant whose record is not whole, where it is only one.
    fn only_partial(&self) -> Option<ProcessId> {
        let is_whole = self.is_whole();
        let processes = (0..is_whole.len()).map(ProcessId::new);
        let mut partial = processes.filter(|process| !is_whole[process.index()]);
        partial.next().filter(|_| partial.next().is_none())
    }

    fn all_writers(&self) -> Vec<Writers> {
        let history = self.history;
        let is_whole = self.is_whole();
        let mut names = vec![Writers::default(); history.names().len()];
        for event in history.events() {
            let (Some(name), EventKind::Fact | EventKind::Invoke) = (event.f, event.kind) else {
                continue;
            };
            let writers = &mut names[name.index()];
            writers.first = writers.first.or(Some(event.process));
            let is_partial = !is_whole[event.process.index()];
            writers.partial = writers.partial.or(is_partial.then_some(event.process));
            if event.kind == EventKind::Fact {
                writers.add_recorder(event.process);
            }
        }
        names
    }

    fn messages(&self) -> &[(EventId, EventId)] {
        self.messages.get_or_init(|| {
            let messages = self.history.messages().iter();
            let mut messages: Vec<(EventId, EventId)> = messages
                .map(|message| (message.send, message.receive))
                .collect();
            messages.sort_unstable();
            messages
        })
    }

    /// Whether effects of this name may have happened without a line that shows it.
    ///
    /// A participant's record is whole or not; who records effects of a name are the participants that show some. So where
    /// the header names whose record is whole, an effect is wholly shown iff somebody shows it and
    /// everybody who does is named.
    pub(super) fn may_hide(&self, name: &str) -> bool {
        let complete = &self.history.header().complete;
        if *complete == Completeness::Whole {
            return false;
        }
        if let Some((entry, owner)) = self.joining.entry(name) {
            let is_named = matches!((complete, owner), (Completeness::Only(whole), Some(owner)) if whole.contains(&owner));
            return !(entry.is_complete || is_named);
        }
        self.writers(name)
            .is_none_or(|writers| writers.first.is_none() || writers.partial.is_some())
    }

    /// Whose record may hide effects of one of these names: their owner, the first whose record is not whole of those that
    /// show any, or the only participant whose record is not whole.
    pub(super) fn whom_to_ask_of(&self, names: &[String]) -> Option<ValueId> {
        let owner = |name: &String| self.joining.entry(name)?.1;
        let writers = || names.iter().filter_map(|name| self.writers(name));
        names.iter().find_map(owner).or_else(|| {
            let partial = writers().find_map(|writers| writers.partial);
            let asked = partial.or_else(|| self.only_partial());
            // Effects that lack their key may be hidden in a whole record.
            let asked = asked.or_else(|| writers().find_map(|writers| writers.first));
            asked.map(|process| self.history.process(process))
        })
    }

    /// Who can know what became of an operation: another participant that records such effects, else the one
    /// that received what the caller sent, else the caller.
    pub(super) fn whom_to_ask(&self, invoke: EventId) -> ValueId {
        let event = self.history.event(invoke);
        let is_other = |process: &ProcessId| *process != event.process;
        let recorders = event
            .f
            .map(|name| self.names()[name.index()].recorders)
            .unwrap_or_default();
        match recorders.into_iter().flatten().find(is_other) {
            Some(recorder) => self.history.process(recorder),
            None => self
                .receiver(invoke)
                .unwrap_or_else(|| self.history.process(event.process)),
        }
    }

    /// Who received what the caller sent while it waited, or was meant to.
    fn receiver(&self, invoke: EventId) -> Option<ValueId> {
        let history = self.history;
        let caller = history.event(invoke);
        let completion = caller.op.and_then(|op| history.operation(op).completion);
        let end = completion.map_or(history.events().len(), EventId::index);
        let during = (invoke.index() + 1..end).take(LINES_MAX).map(EventId::new);
        let mut sends = during.filter(|id| {
            let event = history.event(*id);
            event.kind == EventKind::Send && event.process == caller.process
        });
        sends.find_map(|send| self.addressee(send))
    }

    fn addressee(&self, send: EventId) -> Option<ValueId> {
        let history = self.history;
        let messages = self.messages();
        let at = messages.partition_point(|(known, _)| *known < send);
        if let Some((_, receive)) = messages.get(at).filter(|(known, _)| *known == send) {
            return Some(history.process(history.event(*receive).process));
        }
        let extras = history.extras(send);
        let (_, to) = extras.iter().find(|(name, _)| name == "to")?;
        let to: Value = serde_json::from_str(to).ok()?;
        history.values().find(&to)
    }

    fn writers(&self, name: &str) -> Option<&Writers> {
        let id: NameId = self.history.find_name(name)?;
        self.names().get(id.index())
    }
}

impl Writers {
    fn add_recorder(&mut self, process: ProcessId) {
        match self.recorders {
            [None, _] => self.recorders[0] = Some(process),
            [Some(first), None] if first != process => self.recorders[1] = Some(process),
            _ => {}
        }
    }
}
