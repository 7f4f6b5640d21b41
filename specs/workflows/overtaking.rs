//! A guest books a table and cancels at once, and the cancellation overtakes the booking.
//!
//! # What happens
//! The guest sends the booking, and then the cancellation, without waiting. Where the cancellation
//! comes first, the restaurant keeps that the booking is cancelled, and refuses it when it comes.
//!
//! One message may be lost, one may arrive twice, and the restaurant may crash once.
//!
//! # What breaks it
//! - `cancel-what-is-there`: a cancellation of a booking that nobody knows is taken for done, and
//!   nothing is kept of it. The booking comes and stays.
//!
//! # How it is repaired
//! Keep a mark for what was cancelled before it came, or let the guest wait for the first answer.
//!
//! # Source
//! Leslie Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System", CACM 1978: a
//! network need not keep the order in which messages were sent.

use testimony::prelude::*;
use testimony::specs::at_most_once::AtMostOnce;
use testimony::specs::never_after::NeverAfter;

/// How the command line finds this file.
pub const ENTRY: WorkflowEntry = WorkflowEntry {
    name: "overtaking",
    page: include_str!("overtaking.rs"),
    bugs: &[Bug {
        name: "cancel-what-is-there",
        says: "nothing is kept of a cancellation that comes before its booking",
        breaks: "what-is-cancelled-stays-cancelled",
    }],
    build: |bug, _| {
        let overtaking = Overtaking {
            keeps_cancellations: bug.is_none(),
        };
        let stays = NeverAfter::new("booked", "cancelled").per("booking");
        Ok(Suite::of(overtaking)
            .promise("what is cancelled stays cancelled", stays)
            .promise(
                "booked at most once",
                AtMostOnce::new("booked").per("booking"),
            ))
    },
};

/// A guest and a restaurant.
#[derive(Clone, Copy, Debug)]
pub struct Overtaking {
    /// Whether the restaurant keeps a cancellation that comes before its booking.
    pub keeps_cancellations: bool,
}

/// What the guest asks of the restaurant. The number is the booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Msg {
    /// A table, please.
    Book(u32),
    /// No table, please.
    Cancel(u32),
}

impl Workflow for Overtaking {
    type Msg = Msg;

    fn cast(&self, cast: &mut Cast<Msg>) {
        cast.add("guest", Guest);
        cast.add("restaurant", *self).crashes();
    }

    fn faults(&self) -> Faults {
        Faults {
            drops: 1,
            duplicates: 1,
            crashes: 1,
            ..Faults::NONE
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Booked { booking: u32 },
    Cancelled { booking: u32 },
}

struct Guest;

impl Participant for Guest {
    type Msg = Msg;
    type Durable = ();
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        if incoming == Incoming::Start {
            cx.send("restaurant", Msg::Book(1));
            cx.send("restaurant", Msg::Cancel(1));
        }
    }
}

/// What the restaurant keeps of the booking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Booking {
    /// It never heard of it.
    #[default]
    Unheard,
    /// There is a table.
    Booked,
    /// There is none, and will be none.
    Cancelled,
}

/// The restaurant.
impl Participant for Overtaking {
    type Msg = Msg;
    type Durable = Booking;
    type Volatile = ();

    fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
        match (incoming, *cx.durable()) {
            (Incoming::Message(_, Msg::Book(booking)), Booking::Unheard) => {
                cx.record(Fact::Booked { booking }, |state| *state = Booking::Booked);
            }
            (Incoming::Message(_, Msg::Cancel(booking)), Booking::Unheard | Booking::Booked) => {
                let kept = *cx.durable() == Booking::Booked || self.keeps_cancellations;
                cx.record(Fact::Cancelled { booking }, |state| {
                    if kept {
                        *state = Booking::Cancelled;
                    }
                });
            }
            _ => {}
        }
    }
}
