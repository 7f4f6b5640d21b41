//! A checker of your own: the whole command line of testimony, with your specification and your promise.
//!
//! ```text
//! cargo run --example own_checker -- check histories/tickets/
//! cargo run --example own_checker -- list
//! ```

use std::collections::BTreeMap;

use testimony::prelude::*;

fn main() -> std::process::ExitCode {
    testimony::Cli::new()
        .with(testimony::specs::all())
        .spec("seat-map", SeatMap)
        .promise(NoDoubleHold)
        .run()
}

/// What the ticket site records of a seat.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Fact {
    Hold { seat: String, cart: String },
    Release { seat: String, cart: String },
    Expire { seat: String, cart: String },
}

/// A seat is held by one cart at a time.
struct NoDoubleHold;

impl Promise for NoDoubleHold {
    type Fact = Fact;
    type State = Option<String>;

    fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Fact)>, Misfit> {
        Ok(effect.parse::<Fact>()?.map(|fact| {
            let (Fact::Hold { seat, .. } | Fact::Release { seat, .. } | Fact::Expire { seat, .. }) =
                &fact;
            (Scope::of(seat.as_str()), fact.clone())
        }))
    }

    fn observe(&self, holder: &mut Option<String>, fact: &Fact) -> Result<(), Breach> {
        match (&holder, fact) {
            (Some(other), Fact::Hold { cart, .. }) if other != cart => {
                return Err(Breach::new(format!("held by {other} and {cart} at once")));
            }
            (_, Fact::Hold { cart, .. }) => *holder = Some(cart.clone()),
            (Some(own), Fact::Release { cart, .. } | Fact::Expire { cart, .. }) if own == cart => {
                *holder = None;
            }
            (_, Fact::Release { .. } | Fact::Expire { .. }) => {}
        }
        Ok(())
    }
}

/// Who has which seat: `sell` [seat, buyer], and `owner` seat answers the buyer or null.
struct SeatMap;

/// What can be asked of the seat map.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Call {
    Sell(String, String),
    Owner(String),
}

impl Spec for SeatMap {
    type State = BTreeMap<String, String>;
    type Call = Call;
    type Reply = Option<String>;

    fn initial(&self) -> Self::State {
        BTreeMap::new()
    }

    fn step(
        &self,
        seats: &Self::State,
        call: &Call,
        reply: Option<&Option<String>>,
    ) -> impl IntoIterator<Item = Self::State> {
        match call {
            Call::Sell(seat, _) if seats.contains_key(seat) => None,
            Call::Sell(seat, buyer) => {
                let mut after = seats.clone();
                after.insert(seat.clone(), buyer.clone());
                Some(after)
            }
            Call::Owner(seat) => reply
                .is_none_or(|seen| seen.as_ref() == seats.get(seat))
                .then(|| seats.clone()),
        }
    }
}
