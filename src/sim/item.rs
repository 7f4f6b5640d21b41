//! What can happen next in a run, and how it is called.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use crate::model::Address;

/// The kind of something that can happen: what it is, to whom, with which content. Equal kinds have equal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kind {
    pub(crate) what: What,
    /// The participant that reacts; of a cut link: one of its ends.
    pub(crate) to: Address,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Start,
    Restart,
    /// A message of this content arrives.
    Message {
        from: Address,
        content: u32,
    },
    /// A timer of this content fires.
    Timer {
        content: u32,
    },
    /// The link to this participant heals.
    Heal {
        other: Address,
    },
}

impl Kind {
    /// Whether it happens only where nothing else can, unless a schedule says otherwise.
    pub(crate) const fn is_patient(self) -> bool {
        matches!(self.what, What::Timer { .. } | What::Heal { .. })
    }

    pub(crate) const fn is_start(self) -> bool {
        matches!(self.what, What::Start)
    }

    pub(crate) const fn sender(self) -> Option<Address> {
        match self.what {
            What::Message { from, .. } => Some(from),
            _ => None,
        }
    }
}

/// One thing that happens in a run, under a name that other runs, threads and versions of testimony know too.
///
/// `kind` is a hash of what people read; `copy` counts equal things in one run, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ItemName {
    pub(crate) kind: u64,
    pub(crate) copy: u16,
}

/// The hash of a text that is the same on every machine.
pub(crate) fn stable_hash(text: &str) -> u64 {
    let mut hasher = FxHasher::default();
    // Bytes one by one: `Hash for str` may change its form from one version of Rust to the next.
    for byte in text.bytes() {
        hasher.write_u64(u64::from(byte));
    }
    mixed(hasher.finish())
}

/// Spreads a number over all its bits: the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014, figure 17).
pub(crate) const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// What people read of a kind: `{"charge":{"order":1}} checkout->payment`.
pub(crate) fn spelt(kind: Kind, names: &[String], content: impl FnOnce(u32) -> String) -> String {
    let to = &names[kind.to.index()];
    match kind.what {
        What::Start => format!("start {to}"),
        What::Restart => format!("restart {to}"),
        What::Message { from, content: id } => {
            format!("{} {}->{to}", content(id), names[from.index()])
        }
        What::Timer { content: id } => format!("timer {} {to}", content(id)),
        What::Heal { other } => format!("heal {}-{to}", names[other.index()]),
    }
}
