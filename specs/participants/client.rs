//! A client that asks for something, waits, tries again with the same identity, and gives up honestly.
//!
//! Each try is an attempt at one intent: an operation (`request`, unless it is [called](Client::calls_it)
//! something else) that ends `ok` or `fail` where the service says so. Where the client stops waiting,
//! nobody knows what became of the attempt, and that is what it records.
//!
//! ```
//! use testimony::prelude::*;
//! use testimony::specs::participants::client::{self, Client};
//!
//! #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
//! #[serde(rename_all = "kebab-case")]
//! enum Msg {
//!     Client(client::Message),
//! }
//!
//! fn cast(cast: &mut Cast<Msg>) {
//!     let customer = Client::new(Msg::Client, |Msg::Client(own)| Some(*own));
//!     cast.add("customer", customer.asks("checkout", 1).tries_again(2));
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use testimony::prelude::Message as AnyMessage;
use testimony::prelude::*;

/// What a client and its service say to each other. The number is the intent: the same in every try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// Asks the service.
    Ask(u32),
    /// The service did it.
    Done(u32),
    /// The service did not do it, and will not.
    Failed(u32),
    /// The client's own timer: it has waited long enough.
    Late(u32),
}

/// A try that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Try {
    attempt: Op,
    tries_left: u8,
}

/// A client.
#[derive(Clone, Debug)]
pub struct Client<M> {
    wrap: fn(Message) -> M,
    open: fn(&M) -> Option<Message>,
    operation: String,
    asks: Vec<(String, u32)>,
    tries_again: u8,
}

impl<M: AnyMessage> Client<M> {
    /// Makes a client from what turns its messages into the workflow's, and back.
    #[must_use]
    pub fn new(wrap: fn(Message) -> M, open: fn(&M) -> Option<Message>) -> Self {
        Self {
            wrap,
            open,
            operation: "request".to_owned(),
            asks: Vec::new(),
            tries_again: 1,
        }
    }

    /// Lets it ask the service of this name for this intent (too).
    #[must_use]
    pub fn asks(mut self, service: impl Into<String>, intent: u32) -> Self {
        self.asks.push((service.into(), intent));
        self
    }

    /// Sets how often it tries again: once, where this is not said.
    #[must_use]
    pub fn tries_again(mut self, times: u8) -> Self {
        self.tries_again = times;
        self
    }

    /// Names its operation.
    #[must_use]
    pub fn calls_it(mut self, operation: impl Into<String>) -> Self {
        self.operation = operation.into();
        self
    }

    fn ask(&self, cx: &mut Cx<'_, Self>, intent: u32, tries_left: u8) {
        let Some((service, _)) = self.asks.iter().find(|(_, of)| *of == intent) else {
            return;
        };
        let attempt = cx.attempt(intent, &self.operation);
        cx.volatile().insert(
            intent,
            Try {
                attempt,
                tries_left,
            },
        );
        cx.send(service, (self.wrap)(Message::Ask(intent)));
        let late = (self.wrap)(Message::Late(intent));
        cx.timer(late, Duration::from_secs(5));
    }

    fn hear(&self, cx: &mut Cx<'_, Self>, intent: u32, answer: Answer) {
        let Some(Try { attempt, .. }) = cx.volatile().remove(&intent) else {
            return;
        };
        cx.together(|cx| {
            match answer {
                Answer::Done => cx.ok(attempt, ()),
                Answer::Failed => cx.fail(attempt, ()),
            }
            cx.save(|answered| {
                answered.insert(intent);
            });
        });
        cx.cancel((self.wrap)(Message::Late(intent)));
    }

    fn wait_no_longer(&self, cx: &mut Cx<'_, Self>, intent: u32) {
        let Some(Try {
            attempt,
            tries_left,
        }) = cx.volatile().remove(&intent)
        else {
            return;
        };
        cx.give_up(attempt);
        if tries_left > 0 {
            self.ask(cx, intent, tries_left - 1);
        }
    }
}

#[derive(Clone, Copy)]
enum Answer {
    Done,
    Failed,
}

impl<M: AnyMessage> Participant for Client<M> {
    type Msg = M;
    /// The intents that were answered.
    type Durable = BTreeSet<u32>;
    /// The tries under way, by intent.
    type Volatile = BTreeMap<u32, Try>;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<M>) {
        let message = match incoming {
            Incoming::Start | Incoming::Restart => {
                for (_, intent) in &self.asks {
                    if !cx.durable().contains(intent) {
                        self.ask(cx, *intent, self.tries_again);
                    }
                }
                return;
            }
            Incoming::Message(_, msg) | Incoming::Timer(msg) => (self.open)(&msg),
        };
        match message {
            Some(Message::Done(intent)) => self.hear(cx, intent, Answer::Done),
            Some(Message::Failed(intent)) => self.hear(cx, intent, Answer::Failed),
            Some(Message::Late(intent)) => self.wait_no_longer(cx, intent),
            Some(Message::Ask(_)) | None => {}
        }
    }
}
