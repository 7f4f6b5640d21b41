//! Any bytes are read or refused, never a panic; what is read is written and read again as the same.
//!
//! ```text
//! cargo +nightly fuzz run read fuzz/corpus/read fuzz/seeds/read
//! ```
#![no_main]

use libfuzzer_sys::fuzz_target;
use testimony::history::{History, OnFault};

fuzz_target!(|bytes: &[u8]| {
    let history = match History::read("fuzz", bytes.to_vec(), OnFault::KeepGoing) {
        Ok(history) => history,
        Err(faults) => {
            let first = History::read("fuzz", bytes.to_vec(), OnFault::Stop);
            let first = first.expect_err("what keeps going finds, stopping finds, too");
            assert_eq!(first.list.len(), 1);
            assert!(!faults.list.is_empty() && !faults.to_string().is_empty());
            for fault in &faults.list {
                for spot in fault.related.iter().map(|(_, spot)| spot).chain([&fault.at]) {
                    assert!(faults.text.get(spot.span.clone()).is_some(), "{spot:?}");
                }
            }
            return;
        }
    };
    let mut written = Vec::new();
    history.write(&mut written).expect("a vector takes everything");
    let again = History::read("written", written, OnFault::Stop);
    let again = again.unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(history.first_difference(&again), None);
});
