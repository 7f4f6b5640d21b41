//! A payment provider that charges once for each idempotency key.
//!
//! It records `charged` and `refunded`, with `order`, `amount` and `key`, in one step with its own
//! book. A repeat of a key is answered from the book with what was charged at first, whatever the
//! repeat says. Keys are kept for good, or [for a time](Payment::keys_expire_after).
//!
//! ```
//! use testimony::prelude::*;
//! use testimony::specs::participants::payment::{self, Payment};
//!
//! #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
//! #[serde(rename_all = "kebab-case")]
//! enum Msg {
//!     Payment(payment::Message),
//!     Hello,
//! }
//!
//! fn cast(cast: &mut Cast<Msg>) {
//!     let payment = Payment::new(Msg::Payment, |msg| match msg {
//!         Msg::Payment(own) => Some(own.clone()),
//!         Msg::Hello => None,
//!     });
//!     cast.add("payment", payment).crashes();
//! }
//! ```

use std::collections::BTreeMap;

use testimony::prelude::Message as AnyMessage;
use testimony::prelude::*;

/// What a provider and its callers say to each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// Asks for a charge. Answered by `Charged`, or by `Declined` where the key is void.
    Charge(Charge),
    /// This was charged under the key.
    Charged(Charge),
    /// Nothing is charged under this key any more.
    Declined(Charge),
    /// Asks for the money of a key back. Answered by `Refunded`, or by `NotCharged`.
    Refund(Charge),
    /// What was charged under the key is paid back.
    Refunded(Charge),
    /// Nothing was charged under the key so far; a charge may still be on its way.
    NotCharged(Charge),
    /// Asks that nothing stays charged under the key, now or later. Answered by `Voided`.
    Void(Charge),
    /// What was charged under the key is paid back, and nothing more will be charged.
    Voided(Charge),
    /// The provider's own timer: the key is forgotten.
    Forget(String),
}

/// A charge.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Charge {
    /// What is paid for.
    pub order: u32,
    /// How much.
    pub amount: u32,
    /// The idempotency key: charges of one key are one charge.
    pub key: String,
}

/// What a provider records.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// Money was taken.
    Charged(Charge),
    /// It was paid back.
    Refunded(Charge),
}

/// What a provider knows of a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// This was charged.
    Charged(Charge),
    /// It was paid back.
    Refunded,
    /// Nothing is charged, and nothing will be.
    Void,
}

/// A payment provider.
#[derive(Clone, Debug)]
pub struct Payment<M> {
    wrap: fn(Message) -> M,
    open: fn(&M) -> Option<Message>,
    keys_expire_after: Option<Duration>,
}

impl<M: AnyMessage> Payment<M> {
    /// Makes a provider from what turns its messages into the workflow's, and back.
    #[must_use]
    pub fn new(wrap: fn(Message) -> M, open: fn(&M) -> Option<Message>) -> Self {
        Self {
            wrap,
            open,
            keys_expire_after: None,
        }
    }

    /// Lets it forget each key, so long after it was first used: whoever comes later with it is charged anew.
    #[must_use]
    pub fn keys_expire_after(mut self, time: Duration) -> Self {
        self.keys_expire_after = Some(time);
        self
    }

    fn answer(&self, cx: &mut Cx<'_, Self>, to: Address, message: Message) {
        cx.send(to, (self.wrap)(message));
    }

    fn keep_for_a_time(&self, cx: &mut Cx<'_, Self>, key: String) {
        if let Some(time) = self.keys_expire_after {
            cx.timer((self.wrap)(Message::Forget(key)), time);
        }
    }

    fn charge(&self, cx: &mut Cx<'_, Self>, from: Address, charge: Charge) {
        let answer = match cx.durable().get(&charge.key) {
            Some(Entry::Charged(first)) => Message::Charged(first.clone()),
            Some(Entry::Refunded | Entry::Void) => Message::Declined(charge),
            None => {
                write(
                    cx,
                    Fact::Charged(charge.clone()),
                    &charge.key,
                    Entry::Charged(charge.clone()),
                );
                self.keep_for_a_time(cx, charge.key.clone());
                Message::Charged(charge)
            }
        };
        self.answer(cx, from, answer);
    }

    fn refund(&self, cx: &mut Cx<'_, Self>, from: Address, asked: Charge) {
        let answer = match cx.durable().get(&asked.key).cloned() {
            Some(Entry::Charged(charge)) => {
                write(
                    cx,
                    Fact::Refunded(charge.clone()),
                    &asked.key,
                    Entry::Refunded,
                );
                Message::Refunded(charge)
            }
            Some(Entry::Refunded) => Message::Refunded(asked),
            Some(Entry::Void) | None => Message::NotCharged(asked),
        };
        self.answer(cx, from, answer);
    }

    fn void(&self, cx: &mut Cx<'_, Self>, from: Address, asked: Charge) {
        match cx.durable().get(&asked.key).cloned() {
            Some(Entry::Charged(charge)) => {
                write(cx, Fact::Refunded(charge), &asked.key, Entry::Void);
            }
            Some(Entry::Refunded | Entry::Void) => {}
            None => {
                let key = asked.key.clone();
                cx.save(|book| {
                    book.insert(key, Entry::Void);
                });
            }
        }
        self.answer(cx, from, Message::Voided(asked));
    }
}

fn write<M: AnyMessage>(cx: &mut Cx<'_, Payment<M>>, fact: Fact, key: &str, entry: Entry) {
    cx.record(fact, |book| {
        book.insert(key.to_owned(), entry);
    });
}

impl<M: AnyMessage> Participant for Payment<M> {
    type Msg = M;
    /// What it knows of each key.
    type Durable = BTreeMap<String, Entry>;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<M>) {
        let (from, message) = match incoming {
            Incoming::Start => return,
            Incoming::Restart => {
                let keys: Vec<String> = cx.durable().keys().cloned().collect();
                keys.into_iter()
                    .for_each(|key| self.keep_for_a_time(cx, key));
                return;
            }
            Incoming::Message(from, msg) => (Some(from), (self.open)(&msg)),
            Incoming::Timer(msg) => (None, (self.open)(&msg)),
        };
        match (from, message) {
            (Some(from), Some(Message::Charge(charge))) => self.charge(cx, from, charge),
            (Some(from), Some(Message::Refund(asked))) => self.refund(cx, from, asked),
            (Some(from), Some(Message::Void(asked))) => self.void(cx, from, asked),
            (None, Some(Message::Forget(key))) => cx.save(|book| {
                book.remove(&key);
            }),
            _ => {}
        }
    }
}
