//! How to hold a recorded history to a promise in `cargo test`; run here as a program.
//!
//! ```text
//! cargo run --example in_tests
//! ```

use testimony::prelude::*;

/// An order is charged once.
struct ChargedOnce;

impl Promise for ChargedOnce {
    type Fact = ();
    type State = u32;

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, ())>, Misfit> {
        match effect.name() {
            "charge" => Ok(Some((effect.scope(&["order".to_owned()])?, ()))),
            _ => Ok(None),
        }
    }

    fn observe(&self, charges: &mut u32, (): &()) -> Result<(), Breach> {
        *charges += 1;
        match *charges {
            1 => Ok(()),
            _ => Err(Breach::new("charged twice")),
        }
    }
}

fn main() {
    testimony::check_file("histories/checkout/authorization-recorded.jsonl")
        .promise(ChargedOnce)
        .assert_kept();
    testimony::check_file("histories/checkout/double-charge.jsonl")
        .promise(ChargedOnce)
        .assert_broken();
}
