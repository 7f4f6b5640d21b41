//! Finds room in an order of a register for those who saw that the value was another one.
//!
//! # Idea
//! Who saw that the value was *not* v changes nothing. So he may stand anywhere between his call and his return where the value
//! is not v. The order that is there already is looked at as one that takes every operation as early as possible; where each refusal
//! finds a place in it, the whole is an order. Where one finds none, another order might have one: then only a value that was
//! certainly v all the time refutes it, and the search decides the rest.
//!
//! # Complexity
//! O(n log n). Deciding all such registers in polynomial time is open, as far as is known here.

use super::Finding;
use super::register::{BEGINNING, INITIAL, NONE, Register};

/// A deed that saw that the value was not this one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refusal {
    pub(super) deed: u32,
    pub(super) value: u32,
}

/// What the value is after each deed of an order, and from when on.
struct Course {
    /// When each deed takes effect, at the earliest: the latest call so far.
    times: Vec<i64>,
    /// The value behind each deed; the first entry is the beginning.
    values: Vec<u32>,
    /// The next entry with another value.
    change: Vec<u32>,
}

/// Places the refusals in the order of all others, or says why not.
pub(super) fn place(register: &Register<'_, '_>, order: Vec<u32>, refusals: &[Refusal]) -> Finding {
    let course = Course::of(register, &order);
    let mut placed: Vec<(u32, i64, u32)> = Vec::with_capacity(refusals.len());
    for refusal in refusals {
        match course.room(register.ends(refusal.deed), refusal.value) {
            Some((behind, time)) => placed.push((behind, time, refusal.deed)),
            None => return certain(register, *refusal),
        }
    }
    placed.sort_unstable();
    let mut placed = placed.into_iter().peekable();
    let mut whole = Vec::with_capacity(order.len() + refusals.len());
    let others = std::iter::once(None).chain(order.into_iter().map(Some));
    for (at, deed) in (0..).zip(others) {
        whole.extend(deed);
        while let Some((_, _, refusal)) = placed.next_if(|(behind, _, _)| *behind == at) {
            whole.push(refusal);
        }
    }
    Finding::Order(whole)
}

impl Course {
    fn of(register: &Register<'_, '_>, order: &[u32]) -> Self {
        let (mut times, mut values) = (vec![-1], vec![INITIAL]);
        let (mut time, mut value) = (-1, INITIAL);
        for deed in order {
            time = register.ends(*deed).0.max(time);
            let writes = register.writes(*deed);
            value = if writes == NONE { value } else { writes };
            times.push(time);
            values.push(value);
        }
        let mut change = vec![values.len() as u32; values.len()];
        for at in (0..values.len() - 1).rev() {
            change[at] = match values[at] == values[at + 1] {
                true => change[at + 1],
                false => at as u32 + 1,
            };
        }
        Self {
            times,
            values,
            change,
        }
    }

    /// Behind which entry, and when, somebody open between `call` and `ret` finds another value.
    fn room(&self, (call, ret): (i64, i64), value: u32) -> Option<(u32, i64)> {
        let first = self.times.partition_point(|time| *time < call) - 1;
        let at = match self.values[first] == value {
            true => self.change[first] as usize,
            false => first,
        };
        let time = *self.times.get(at)?;
        (time < ret).then_some((at as u32, time.max(call)))
    }
}

/// A breach where the value was certainly the one that was not found, from before the call to behind the return.
fn certain(register: &Register<'_, '_>, refusal: Refusal) -> Finding {
    let words = |deed: u32| (register.scene.words)(deed);
    let (call, ret) = register.ends(refusal.deed);
    let holders = register.holders(refusal.value);
    let before = holders.iter().find(|deed| register.ends(**deed).1 < call);
    let behind = holders.iter().find(|deed| register.ends(**deed).0 > ret);
    let (Some(before), Some(behind)) = (before, behind) else {
        let why = format!("{} depends on which order is chosen", words(refusal.deed));
        return Finding::Unfit(why);
    };
    let value = register.value(refusal.value);
    let mut named = vec![refusal.deed, *before, *behind];
    named.extend(
        holders
            .iter()
            .filter(|deed| register.writes(**deed) == refusal.value),
    );
    let why = vec![
        format!("{} found another value than {value}.", words(refusal.deed)),
        match *before {
            BEGINNING => format!("But {value} was there at the beginning."),
            before => format!("But {} had returned before that.", words(before)),
        },
        format!(
            "And {} was invoked after that: nobody wrote {value} a second time, so it was the value all the time.",
            words(*behind)
        ),
    ];
    Finding::Breach(register.breach(&named, why))
}
