//! Workflow models that ship with testimony, one file each: the zoo of bugs that a search must find.
//!
//! Each workflow is done right, unless it is asked for with a bug: `leader` keeps its promise, `leader:bug=zombie` breaks it. `d` is
//! the fewest deviations from the default order (delays, early timers, faults) that show the bug.
//!
//! | # | workflow:bug | breaks | d |
//! | --- | --- | --- | --- |
//! | 01 | `checkout:new-key` | `charge-at-most-once` | 1 |
//! | 02 | `checkout:timeout-is-failure` | `told-failed-never-charged` | 1 |
//! | 03 | `outbox:dual-write` | `a-stored-order-is-shipped` | 1 |
//! | 04 | `lease:no-fencing` | `tokens-never-go-back` | 1 |
//! | 05 | `seat-hold:late-confirm` | `a-seat-is-sold-once` | 1 |
//! | 06 | `cancellation:refund-what-is-there` | `an-order-that-is-not-paid-costs-nothing` | 1 |
//! | 07 | `delivery:ship-each-delivery` | `shipped-at-most-once` | 1 |
//! | 08 | `counter:lost-update` | `linearizable:counter` | 0 |
//! | 09 | `cart-edit:key-reused` | `the-amount-shown-is-captured` | 0 |
//! | 10 | `checkout:record-after-effect` | `charge-at-most-once` | 1 |
//! | 11 | `key-expiry:keys-expire` | `charge-at-most-once` | 1 |
//! | 12 | `overtaking:cancel-what-is-there` | `what-is-cancelled-stays-cancelled` | 1 |
//! | 13 | `regions:sell-from-the-copy` | `a-seat-is-sold-once` | 1 |
//! | 14 | `replica:read-anything` | `users-read-their-writes` | 1 |
//! | 15 | `leader:zombie` | `epochs-never-go-back` | 1 |
//! | 16 | `stock:check-then-act` | `never-oversell` | 0 |
//! | 17 | `relay:consumer-repeats` | `ship-at-most-once` | 1 |
//! | 18 | `on-call:write-skew` | `somebody-is-on-call` | 0 |
//! | 19 | `refund:two-paths` | `refund-at-most-once` | 1 |
//! | 20 | `quote:no-correlation` | `ok-names-its-attempt` | 1 |
//! | 21 | `webhook:by-arrival` | `the-last-status-wins` | 1 |
//! | 22 | `worker:acks-first` | `an-acknowledged-order-is-shipped` | 1 |
//! | 23 | `worker:dedupe-in-memory` | `ship-at-most-once` | 1 |
//! | 24 | `profile:wall-clock` | `the-later-acknowledged-change-wins` | 1 |
//! | 25 | `dead-letter:keys-purged` (10 hops) | `charge-at-most-once` | 2 |
//! | 26 | `dead-letter:keys-purged-far` (22 hops) | `charge-at-most-once` | 2 |
//! | 27 | `quorum:ack-before-fsync` | `an-acknowledged-write-is-not-lost` | 3 |
//! | 28 | `shared-cart:blind-merge` | `an-acknowledged-thing-is-never-dropped` | 1 |
//! | 29 | `hold-ids:reused-id` | `who-lost-the-seat-never-gets-it` | 1 |
//! | 30 | `rate-limit:retry-storm` | `no-more-calls-than-the-bank-allows` | 1 |
//! | 31 | `batch:all-or-nothing` | `what-was-paid-is-not-called-failed` | 1 |
//! | 32 | `consumer-group:stale-assignment` | `ship-at-most-once` | 1 |
//! | 33 | `inquiry:nobody-asks` | `no-charge-stays-unknown` | 1 |
//! | 34 | `inquiry:nobody-looks` | `no-charge-stays-unknown` | 1 |
//! | 35 | `confirm:marks-first` | `a-stored-order-is-published` | 1 |
//! | 36 | `confirm:repeat-is-an-error` | `settles` | 1 |
//! | 37 | `transfers:opposite-order` | `every-transfer-is-booked` | 0 |
//! | 38 | `transfers:forgets-its-locks` | `every-transfer-is-booked` | 1 |

use testimony::prelude::*;

pub mod batch;
pub mod cancellation;
pub mod cart_edit;
pub mod checkout;
pub mod confirm;
pub mod consumer_group;
pub mod counter;
pub mod dead_letter;
pub mod delivery;
pub mod hold_ids;
pub mod inquiry;
pub mod key_expiry;
pub mod leader;
pub mod lease;
pub mod on_call;
pub mod outbox;
pub mod overtaking;
pub mod profile;
pub mod quorum;
pub mod quote;
pub mod rate_limit;
pub mod refund;
pub mod regions;
pub mod relay;
pub mod replica;
pub mod seat_hold;
pub mod shared_cart;
pub mod stock;
pub mod transfers;
pub mod webhook;
pub mod worker;

/// Every workflow in this folder, in the order of the table above.
#[must_use]
pub fn all() -> Vec<WorkflowEntry> {
    vec![
        checkout::ENTRY,
        outbox::ENTRY,
        lease::ENTRY,
        seat_hold::ENTRY,
        cancellation::ENTRY,
        delivery::ENTRY,
        counter::ENTRY,
        cart_edit::ENTRY,
        key_expiry::ENTRY,
        overtaking::ENTRY,
        regions::ENTRY,
        replica::ENTRY,
        leader::ENTRY,
        stock::ENTRY,
        relay::ENTRY,
        on_call::ENTRY,
        refund::ENTRY,
        quote::ENTRY,
        webhook::ENTRY,
        worker::ENTRY,
        profile::ENTRY,
        dead_letter::ENTRY,
        quorum::ENTRY,
        shared_cart::ENTRY,
        hold_ids::ENTRY,
        rate_limit::ENTRY,
        batch::ENTRY,
        consumer_group::ENTRY,
        inquiry::ENTRY,
        confirm::ENTRY,
        transfers::ENTRY,
    ]
}
