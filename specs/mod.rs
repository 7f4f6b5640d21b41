//! Specifications and promises that ship with testimony, one file each.
//!
//! Each file imports only `testimony::prelude::*`: copy any of them into your own crate and change it.

use testimony::prelude::*;

pub mod cas_register;
pub mod counter;
pub mod register;
pub mod strict_cas_register;

/// Everything in this folder, in the order in which `testimony list` shows it.
#[must_use]
pub fn all() -> Catalog {
    Catalog {
        specs: vec![
            register::ENTRY,
            cas_register::ENTRY,
            strict_cas_register::ENTRY,
            counter::ENTRY,
        ],
        promises: vec![],
    }
}
