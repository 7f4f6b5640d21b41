//! Unrelated traffic beside a workflow: what makes a search show whether it finds a bug or only a small model.

use serde::{Serialize, Serializer};

use super::{Cast, Company, Cx, Group, Incoming, Message, Output, Participant, Reaction, Role};

/// How much unrelated traffic there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noise {
    /// Pairs of participants that talk to each other and to nobody else.
    pub pairs: u8,
    /// How many messages each pair exchanges.
    pub messages: u8,
}

impl Noise {
    /// None at all.
    pub const NONE: Self = Self {
        pairs: 0,
        messages: 0,
    };
}

/// A message of the workflow, or one of the noise: the number of messages still to be exchanged.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Noisy<M> {
    Own(M),
    Noise(u8),
}

impl<M: Serialize> Serialize for Noisy<M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Own(own) => own.serialize(serializer),
            Self::Noise(left) => serializer.serialize_newtype_variant("Noisy", 1, "noise", left),
        }
    }
}

/// A cast with noise beside it.
pub(crate) fn with_noise<M: Message>(cast: Cast<M>, noise: Noise) -> Cast<Noisy<M>> {
    let roles = cast.roles.into_iter();
    let lifted = roles.map(|role| Box::new(Lifted(role)) as Box<dyn Role<Noisy<M>>>);
    let mut noisy = Cast {
        names: cast.names,
        may_crash: cast.may_crash,
        roles: lifted.collect(),
        has_clocks: cast.has_clocks,
        starts_together: cast.starts_together,
    };
    for pair in 1..=noise.pairs {
        let other = format!("noise-{pair}b");
        let (begins, answers) = (Chatter::begin(&other, noise), Chatter::answer());
        noisy.add(format!("noise-{pair}a"), begins);
        noisy.add(other, answers);
    }
    noisy
}

/// Talks until a number of messages is exchanged.
struct Chatter<M> {
    begins_with: Option<(String, u8)>,
    of: std::marker::PhantomData<fn() -> M>,
}

impl<M> Chatter<M> {
    fn begin(other: &str, noise: Noise) -> Self {
        Self {
            begins_with: Some((other.to_owned(), noise.messages)),
            of: std::marker::PhantomData,
        }
    }

    fn answer() -> Self {
        Self {
            begins_with: None,
            of: std::marker::PhantomData,
        }
    }
}

impl<M: Message> Participant for Chatter<M> {
    type Msg = Noisy<M>;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Noisy<M>>) {
        match (incoming, &self.begins_with) {
            (Incoming::Start, Some((other, messages))) if *messages > 0 => {
                cx.send(other, Noisy::Noise(messages - 1));
            }
            (Incoming::Message(from, Noisy::Noise(left)), _) if left > 0 => {
                cx.send(from, Noisy::Noise(left - 1));
            }
            _ => {}
        }
    }
}

/// A participant of the workflow, among noise.
struct Lifted<M>(Box<dyn Role<M>>);

impl<M: Message> Role<Noisy<M>> for Lifted<M> {
    fn first_state(&mut self) -> u32 {
        self.0.first_state()
    }

    fn react(
        &mut self,
        state: u32,
        incoming: Incoming<Noisy<M>>,
        company: Company<'_>,
    ) -> Result<Reaction<Noisy<M>>, String> {
        let incoming = match incoming {
            Incoming::Start => Incoming::Start,
            Incoming::Restart => Incoming::Restart,
            Incoming::Message(from, msg) => Incoming::Message(from, own(msg)?),
            Incoming::Timer(msg) => Incoming::Timer(own(msg)?),
        };
        let reaction = self.0.react(state, incoming, company)?;
        let groups = reaction.groups.into_iter().map(|group| Group {
            outputs: group.outputs.into_iter().map(lifted).collect(),
            state_if_crashed: group.state_if_crashed,
        });
        Ok(Reaction {
            state_if_crashed_first: reaction.state_if_crashed_first,
            groups: groups.collect(),
            state: reaction.state,
            reads_now: reaction.reads_now,
        })
    }
}

fn own<M>(msg: Noisy<M>) -> Result<M, String> {
    match msg {
        Noisy::Own(msg) => Ok(msg),
        Noisy::Noise(_) => Err("hears noise, which goes to nobody but noise".to_owned()),
    }
}

fn lifted<M>(output: Output<M>) -> Output<Noisy<M>> {
    match output {
        Output::Send { to, msg } => Output::Send {
            to,
            msg: Noisy::Own(msg),
        },
        Output::SetTimer { msg, after } => Output::SetTimer {
            msg: Noisy::Own(msg),
            after,
        },
        Output::Cancel { msg } => Output::Cancel {
            msg: Noisy::Own(msg),
        },
        Output::Invoke {
            slot,
            words,
            intent,
        } => Output::Invoke {
            slot,
            words,
            intent,
        },
        Output::Ok { slot, value } => Output::Ok { slot, value },
        Output::Fail { slot, error } => Output::Fail { slot, error },
        Output::GiveUp { slot } => Output::GiveUp { slot },
        Output::Fact { words, intent } => Output::Fact { words, intent },
    }
}
