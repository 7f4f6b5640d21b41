//! A queue that delivers at least once: what is not acknowledged in time is delivered again.
//!
//! It stores each job before it says so, and forgets it when it is acknowledged. A job is named by its
//! number: one that is put in again while it waits is one job.
//!
//! ```
//! use testimony::prelude::*;
//! use testimony::specs::participants::queue::{self, Queue};
//!
//! #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
//! #[serde(rename_all = "kebab-case")]
//! enum Msg {
//!     Queue(queue::Message),
//! }
//!
//! fn cast(cast: &mut Cast<Msg>) {
//!     let jobs = Queue::new(Msg::Queue, |Msg::Queue(own)| Some(*own));
//!     cast.add("jobs", jobs.delivers_to("worker").redelivers(2)).crashes();
//! }
//! ```

use std::collections::{BTreeMap, BTreeSet};

use testimony::prelude::Message as AnyMessage;
use testimony::prelude::*;

/// What a queue, its producers and its consumers say to each other. The number is the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// A producer puts a job in. Answered by `Stored`.
    Put(u32),
    /// The job will be delivered, whatever crashes.
    Stored(u32),
    /// Here is a job: to be acknowledged once it is done.
    Deliver(u32),
    /// The job is done.
    Acknowledge(u32),
    /// The queue's own timer: the job is visible again.
    Visible(u32),
}

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue<M> {
    wrap: fn(Message) -> M,
    open: fn(&M) -> Option<Message>,
    consumers: Vec<String>,
    redelivers: u8,
}

impl<M: AnyMessage> Queue<M> {
    /// Makes a queue from what turns its messages into the workflow's, and back.
    #[must_use]
    pub fn new(wrap: fn(Message) -> M, open: fn(&M) -> Option<Message>) -> Self {
        Self {
            wrap,
            open,
            consumers: Vec::new(),
            redelivers: 1,
        }
    }

    /// Lets it deliver to the participant of this name (too): each delivery of a job goes to the next of them.
    #[must_use]
    pub fn delivers_to(mut self, consumer: impl Into<String>) -> Self {
        self.consumers.push(consumer.into());
        self
    }

    /// Sets how often it delivers a job again before it waits for a restart: once, where this is not said.
    #[must_use]
    pub fn redelivers(mut self, times: u8) -> Self {
        self.redelivers = times;
        self
    }

    fn deliver(&self, cx: &mut Cx<'_, Self>, job: u32) {
        let deliveries = cx.volatile().entry(job).or_default();
        let number = *deliveries;
        *deliveries += 1;
        let mut consumers = self.consumers.iter().cycle();
        if let Some(consumer) = consumers.nth(usize::from(number)) {
            cx.send(consumer, (self.wrap)(Message::Deliver(job)));
        }
        if number < self.redelivers {
            let visible = (self.wrap)(Message::Visible(job));
            cx.timer(visible, Duration::from_secs(30));
        }
    }

    fn store(&self, cx: &mut Cx<'_, Self>, from: Address, job: u32) {
        let is_new = !cx.durable().contains(&job);
        if is_new {
            cx.save(|jobs| {
                jobs.insert(job);
            });
        }
        cx.send(from, (self.wrap)(Message::Stored(job)));
        if is_new {
            self.deliver(cx, job);
        }
    }

    fn forget(&self, cx: &mut Cx<'_, Self>, job: u32) {
        if !cx.durable().contains(&job) {
            return;
        }
        cx.volatile().remove(&job);
        cx.save(|jobs| {
            jobs.remove(&job);
        });
        cx.cancel((self.wrap)(Message::Visible(job)));
    }
}

impl<M: AnyMessage> Participant for Queue<M> {
    type Msg = M;
    /// The jobs that are not acknowledged.
    type Durable = BTreeSet<u32>;
    /// How often each was delivered.
    type Volatile = BTreeMap<u32, u8>;

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<M>) {
        let (from, message) = match incoming {
            Incoming::Start => return,
            Incoming::Restart => {
                let jobs = cx.durable().clone();
                jobs.into_iter().for_each(|job| self.deliver(cx, job));
                return;
            }
            Incoming::Message(from, msg) => (Some(from), (self.open)(&msg)),
            Incoming::Timer(msg) => (None, (self.open)(&msg)),
        };
        match (from, message) {
            (Some(from), Some(Message::Put(job))) => self.store(cx, from, job),
            (Some(_), Some(Message::Acknowledge(job))) => self.forget(cx, job),
            (None, Some(Message::Visible(job))) => self.deliver(cx, job),
            _ => {}
        }
    }
}
