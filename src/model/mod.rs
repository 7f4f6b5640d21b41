//! Workflow models: what services, databases, queues and clients do, so that every way in which it can go may be tried.
//!
//! A [`Workflow`] names its [`Participant`]s. A participant reacts to what comes in (a message, a timer, its own start) with a list
//! of effects: it sends, it saves, it records facts. A crash may fall after any of them. Nothing here runs anything: `sim` does.
//!
//! ```
//! use testimony::prelude::*;
//!
//! /// A lamp that answers each press of its switch.
//! struct Lamp;
//!
//! #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
//! #[serde(rename_all = "kebab-case")]
//! enum Msg {
//!     Press,
//!     IsLit(bool),
//! }
//!
//! impl Participant for Lamp {
//!     type Msg = Msg;
//!     type Durable = bool; // what survives a crash: whether it is lit
//!     type Volatile = ();
//!
//!     fn on(&self, cx: &mut Cx<'_, Self>, incoming: Incoming<Msg>) {
//!         if let Incoming::Message(from, Msg::Press) = incoming {
//!             let is_lit = !cx.durable();
//!             cx.save(|lamp| *lamp = is_lit);
//!             cx.send(from, Msg::IsLit(is_lit));
//!         }
//!     }
//! }
//! ```

mod cast;
mod cx;
mod faults;
mod noise;
mod output;
mod participant;
mod words;

pub use cast::{Address, Cast, Member, To};
pub use cx::{Cx, Op};
pub use faults::{Faults, ModelFault};
pub use noise::Noise;
pub use participant::{Incoming, Message, Participant, Remembered, Workflow};

pub(crate) use cast::{Company, Role};
pub(crate) use noise::with_noise;
pub(crate) use output::{Group, Output, Reaction};
pub(crate) use words::{Words, text_of};
