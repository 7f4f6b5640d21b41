//! Decides mutexes that only their holder releases.
//!
//! # Idea
//! An acquisition and the next release by the same participant are a tenure: the lock is certainly his from the return of the first to
//! the call of the second, for ever where he never released it. There is an order if and only if no two of these times overlap:
//! then each acquisition takes effect just before its return and each release just behind its call.
//!
//! # Preconditions
//! A participant does one thing after the other, and nothing after an operation of unknown outcome.
//!
//! # Unknown outcomes
//! Nobody needs an acquisition of unknown outcome: its participant did nothing afterwards, so it is left out. A release
//! of unknown outcome can take effect as soon as it is called, which is best for all others.
//!
//! # Complexity
//! O(n log n) time, O(n) space. A breach names four operations at most.

use rustc_hash::FxHashMap;

use crate::history::Value;

use super::register::NONE;
use super::{Act, Breach, Deed, Finding, NEVER, Scene};

/// The time for which a participant certainly holds the lock.
#[derive(Clone, Copy, Debug)]
struct Tenure {
    hold: u32,
    /// Its release; `NONE` where there is none.
    end: u32,
    from: u32,
    until: u32,
}

/// Decides a mutex with an owner.
pub(super) fn decide(scene: Scene<'_, '_>) -> Finding {
    let mut tenures = match tenures(scene) {
        Ok(tenures) => tenures,
        Err(finding) => return finding,
    };
    tenures.sort_unstable_by_key(|tenure| tenure.from);
    let overlap = tenures.windows(2).find(|pair| pair[1].from < pair[0].until);
    if let Some(pair) = overlap {
        return Finding::Breach(overlapping(scene, pair[0], pair[1]));
    }
    let order = tenures.iter().flat_map(|tenure| [tenure.hold, tenure.end]);
    Finding::Order(order.filter(|deed| *deed != NONE).collect())
}

/// The tenures, by participant.
fn tenures(scene: Scene<'_, '_>) -> Result<Vec<Tenure>, Finding> {
    let mut by_call: Vec<u32> = (0..scene.deeds.len() as u32).collect();
    by_call.sort_unstable_by_key(|deed| scene.deeds[*deed as usize].call);
    let mut tenures: Vec<Tenure> = Vec::new();
    // Of each participant: the last operation, and the tenure that it began.
    let mut last: FxHashMap<&Value, (u32, Option<usize>)> = FxHashMap::default();
    // Who did two things at once makes this no case for tenures, so all are looked at before anything is refuted.
    let mut broken: Option<(Vec<u32>, String)> = None;
    for at in by_call {
        let Deed { call, ret, act } = scene.deeds[at as usize];
        let words = || (scene.words)(at);
        let (who, holds) = match act {
            Act::Hold(who) => (who, true),
            Act::Yield(who) => (who, false),
            _ => return Err(Finding::Unfit(format!("{} is no act of a mutex", words()))),
        };
        let before = last.get(who).copied();
        if let Some((before, _)) = before
            && scene.deeds[before as usize].ret > call
        {
            let other = (scene.words)(before);
            let why = format!("{who} does {} before the end of {other}", words());
            return Err(Finding::Unfit(why));
        }
        let held = before.and_then(|(_, held)| held);
        let next = match (holds, held) {
            (true, None) => {
                tenures.push(Tenure {
                    hold: at,
                    end: NONE,
                    from: ret,
                    until: NEVER,
                });
                Some(tenures.len() - 1)
            }
            (false, Some(tenure)) => {
                tenures[tenure].end = at;
                tenures[tenure].until = call;
                None
            }
            // An operation of unknown outcome that cannot take effect.
            _ if ret == NEVER => held,
            (true, Some(tenure)) => {
                let deeds = vec![tenures[tenure].hold, at];
                broken.get_or_insert((deeds, format!("{who} held the lock already.")));
                held
            }
            (false, None) => {
                let deeds = before.map(|(before, _)| before).into_iter().chain([at]);
                broken.get_or_insert((deeds.collect(), format!("{who} did not hold the lock.")));
                None
            }
        };
        last.insert(who, (at, next));
    }
    if let Some((deeds, why)) = broken {
        return Err(alone(deeds, why));
    }
    tenures.retain(|tenure| tenure.from != NEVER);
    Ok(tenures)
}

fn alone(mut deeds: Vec<u32>, why: String) -> Finding {
    deeds.sort_unstable();
    Finding::Breach(Breach {
        deeds,
        excuses: Vec::new(),
        why: vec![why],
    })
}

fn overlapping(scene: Scene<'_, '_>, first: Tenure, second: Tenure) -> Breach {
    let mut breach = Breach::default();
    for tenure in [first, second] {
        let words = |deed: u32| (scene.words)(deed);
        let from = (scene.line)(tenure.from);
        breach.why.push(match tenure.end {
            NONE => format!("{} has held the lock since line {from} at the latest, and never released it.", words(tenure.hold)),
            end => format!(
                "{} held the lock from line {from} at the latest to line {} at the earliest, where {} was invoked.",
                words(tenure.hold),
                (scene.line)(tenure.until),
                words(end)
            ),
        });
        for deed in [tenure.hold, tenure.end]
            .into_iter()
            .filter(|deed| *deed != NONE)
        {
            match scene.deeds[deed as usize].is_certain() {
                true => breach.deeds.push(deed),
                false => breach.excuses.push(deed),
            }
        }
    }
    breach.why.push("So two held it at once.".to_owned());
    breach.deeds.sort_unstable();
    breach.excuses.sort_unstable();
    breach
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::linear::monitor::Family;
    use crate::check::linear::monitor::trial::{Dice, State, run};

    #[test]
    fn owned_mutexes_agree_with_all_orders() {
        let names: Vec<Value> = (0..5).map(Value::from).collect();
        let tally = run(
            1,
            |_: &mut Dice| Family::OwnedMutex,
            |dice, state| {
                let any = &names[dice.roll(names.len())];
                match state {
                    State::Holder(Some(holder)) if !dice.hits(10) => {
                        let holder = names.iter().find(|name| *name == holder);
                        Act::Yield(holder.unwrap_or(any))
                    }
                    _ if dice.hits(10) => Act::Yield(any),
                    _ => Act::Hold(any),
                }
            },
        );
        println!("{tally:?}");
        assert!(tally.decided() > 30 && tally.broken * 8 > tally.kept);
        assert!(tally.named_max <= 4);
    }
}
