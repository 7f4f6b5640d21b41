//! Who takes part in a workflow.

use std::fmt;

use rustc_hash::FxHashMap;

use super::cx::Done;
use super::{Cx, Group, Incoming, Message, Participant, Reaction, Remembered};

/// A participant of a workflow, as others know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(pub(crate) u16);

impl Address {
    pub(crate) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a message goes: a participant's name, or an address that came with a message.
pub trait To {
    /// The participant; `None`: nobody has this name.
    fn locate(&self, names: &[String]) -> Option<Address>;
    /// How a fault speaks of it.
    fn spelt(&self) -> String;
}

impl To for Address {
    fn locate(&self, _: &[String]) -> Option<Address> {
        Some(*self)
    }

    fn spelt(&self) -> String {
        format!("participant {}", self.0)
    }
}

impl To for &str {
    fn locate(&self, names: &[String]) -> Option<Address> {
        let at = names.iter().position(|name| name == self)?;
        Some(Address(at as u16))
    }

    fn spelt(&self) -> String {
        format!("`{self}`")
    }
}

impl To for &String {
    fn locate(&self, names: &[String]) -> Option<Address> {
        self.as_str().locate(names)
    }

    fn spelt(&self) -> String {
        self.as_str().spelt()
    }
}

/// The participants of a workflow: what [`Workflow::cast`](super::Workflow::cast) fills.
pub struct Cast<M: Message> {
    pub(crate) names: Vec<String>,
    pub(crate) may_crash: Vec<bool>,
    pub(crate) roles: Vec<Box<dyn Role<M>>>,
    pub(crate) has_clocks: bool,
    pub(crate) starts_together: bool,
}

impl<M: Message> fmt::Debug for Cast<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cast").field(&self.names).finish()
    }
}

impl<M: Message> Cast<M> {
    pub(crate) fn new() -> Self {
        Self {
            names: Vec::new(),
            may_crash: Vec::new(),
            roles: Vec::new(),
            has_clocks: false,
            starts_together: false,
        }
    }

    /// Adds a participant under a name of its own.
    ///
    /// # Panics
    /// Where the name is taken, or there are more than 65,535 participants.
    pub fn add<P: Participant<Msg = M>>(
        &mut self,
        name: impl Into<String>,
        participant: P,
    ) -> Member<'_> {
        let name = name.into();
        assert!(
            !self.names.contains(&name),
            "two participants of the workflow are called `{name}`"
        );
        assert!(
            self.names.len() < usize::from(u16::MAX),
            "a workflow has at most 65,535 participants"
        );
        let address = Address(self.names.len() as u16);
        self.names.push(name);
        self.may_crash.push(false);
        self.roles.push(Box::new(Actor::new(participant)));
        let may_crash = &mut self.may_crash[address.index()];
        Member { address, may_crash }
    }

    /// Gives the participants clocks that [`Cx::now`] reads. Time then is part of every state: it passes with each look at a clock
    /// and with each timer, and an exhaustive search sees many more states.
    pub fn clocks(&mut self) {
        self.has_clocks = true;
    }

    /// Starts all participants before anything else happens, in the order in which they were added: for workflows in which a late start
    /// is not the question. Without it, a participant may start at any time, and what is sent to it waits until then.
    pub fn start_together(&mut self) {
        self.starts_together = true;
    }
}

/// A participant that was just added.
#[derive(Debug)]
pub struct Member<'c> {
    address: Address,
    may_crash: &'c mut bool,
}

impl Member<'_> {
    /// Lets it crash, as often as [`Faults::crashes`](super::Faults::crashes) allows.
    pub fn crashes(self) -> Self {
        *self.may_crash = true;
        self
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address
    }
}

/// What a participant sees of the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Company<'c> {
    pub(crate) names: &'c [String],
    /// What its clock shows, in milliseconds; `None`: the workflow has no clocks.
    pub(crate) now_ms: Option<i64>,
}

/// A participant with its states hidden behind numbers: equal states have equal numbers.
pub(crate) trait Role<M>: Send {
    /// The state in which it starts.
    fn first_state(&mut self) -> u32;
    /// What it does in a state when something comes in.
    fn react(
        &mut self,
        state: u32,
        incoming: Incoming<M>,
        company: Company<'_>,
    ) -> Result<Reaction<M>, String>;
}

/// All that a participant remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Mind<D, V> {
    pub(crate) durable: D,
    pub(crate) volatile: V,
    /// Its open operations, a bit each.
    pub(crate) open: u64,
}

impl<D: Remembered, V: Remembered> Mind<D, V> {
    /// What a crash leaves.
    pub(super) fn crashed(durable: D) -> Self {
        Self {
            durable,
            ..Self::default()
        }
    }
}

/// The mind of a type of participant.
pub(super) type MindOf<P> = Mind<<P as Participant>::Durable, <P as Participant>::Volatile>;

struct Actor<P: Participant> {
    participant: P,
    minds: Vec<MindOf<P>>,
    numbers: FxHashMap<MindOf<P>, u32>,
}

impl<P: Participant> Actor<P> {
    fn new(participant: P) -> Self {
        Self {
            participant,
            minds: Vec::new(),
            numbers: FxHashMap::default(),
        }
    }

    fn number(&mut self, mind: MindOf<P>) -> u32 {
        if let Some(number) = self.numbers.get(&mind) {
            return *number;
        }
        let number = self.minds.len() as u32;
        self.minds.push(mind.clone());
        self.numbers.insert(mind, number);
        number
    }
}

impl<P: Participant> Role<P::Msg> for Actor<P> {
    fn first_state(&mut self) -> u32 {
        self.number(Mind::default())
    }

    fn react(
        &mut self,
        state: u32,
        incoming: Incoming<P::Msg>,
        company: Company<'_>,
    ) -> Result<Reaction<P::Msg>, String> {
        let mind = self.minds[state as usize].clone();
        let before = mind.durable.clone();
        let mut cx = Cx::new(mind, company);
        self.participant.on(&mut cx, incoming);
        let Done {
            mind,
            groups,
            reads_now,
        } = cx.finish()?;
        let state_if_crashed_first = self.number(Mind::crashed(before));
        let groups = groups.into_iter().map(|(outputs, durable)| Group {
            outputs,
            state_if_crashed: self.number(Mind::crashed(durable)),
        });
        let groups = groups.collect();
        Ok(Reaction {
            state_if_crashed_first,
            groups,
            state: self.number(mind),
            reads_now,
        })
    }
}
