//! What ships with testimony, one file each: specifications, promises, participants and workflows.
//!
//! Each file imports only `testimony::prelude::*`: copy any of them into your own crate and change it.

use testimony::prelude::*;

pub mod at_most_once;
pub mod cas_register;
pub mod compensated;
pub mod counter;
pub mod exclusive;
pub mod explained;
pub mod fenced_lock;
pub mod fresh;
pub mod honest;
pub mod kv;
pub mod leads_to;
pub mod lifecycle;
pub mod limit;
pub mod log;
pub mod multi_register;
pub mod mutex;
pub mod never_after;
pub mod not_lost;
pub mod one_outcome;
pub mod only_after;
pub mod owned_by;
pub mod owned_mutex;
pub mod participants;
pub mod priority_queue;
pub mod queue;
pub mod register;
pub mod semaphore;
pub mod set;
pub mod stable_identity;
pub mod stack;
pub mod strict_cas_register;
pub mod unknown_resolved;
pub mod workflows;

/// Everything in this folder, in the order in which `testimony list` shows it.
#[must_use]
pub fn all() -> Catalog {
    Catalog {
        specs: vec![
            register::ENTRY,
            cas_register::ENTRY,
            strict_cas_register::ENTRY,
            counter::ENTRY,
            set::ENTRY,
            queue::ENTRY,
            stack::ENTRY,
            priority_queue::ENTRY,
            mutex::ENTRY,
            owned_mutex::ENTRY,
            fenced_lock::ENTRY,
            semaphore::ENTRY,
            kv::ENTRY,
            log::ENTRY,
            multi_register::ENTRY,
        ],
        promises: vec![
            at_most_once::ENTRY,
            one_outcome::ENTRY,
            leads_to::ENTRY,
            only_after::ENTRY,
            never_after::ENTRY,
            exclusive::ENTRY,
            limit::ENTRY,
            lifecycle::ENTRY,
            not_lost::ENTRY,
            unknown_resolved::ENTRY,
            compensated::ENTRY,
            fresh::ENTRY,
            honest::ENTRY,
            explained::ENTRY,
            stable_identity::ENTRY,
            owned_by::ENTRY,
        ],
    }
}
