//! Refutes registers whose values repeat, where one look at a stale value is enough.
//!
//! # Idea
//! Somebody saw v. Every write of v that was called before he returned had itself returned before somebody else was called who
//! saw or wrote another value, and who returned before the first one was called. Then v was gone, and nobody brought it back.
//! The same where no write of v was called in time at all.
//!
//! This holds however often values repeat: in every order the writes of v come before that other operation, it comes
//! before the reader, and behind it the value is not v until v is written.
//!
//! # Complexity
//! One sweep over the ends, O(n log n). It refutes, it never confirms: deciding registers with repeated values is NP-complete.

use super::deadlines::ends;
use super::register::{BEGINNING, INITIAL, NONE, Role};
use super::{Breach, Deed, Scene};

/// A deed after which the value was, for a moment, this one.
#[derive(Clone, Copy, Debug)]
struct Glimpse {
    call: u32,
    deed: u32,
    value: u32,
}

/// The last glimpses, by their calls, of two different values.
#[derive(Clone, Copy, Debug, Default)]
struct Glimpses {
    last: Option<Glimpse>,
    other: Option<Glimpse>,
}

impl Glimpses {
    fn add(&mut self, new: Glimpse) {
        let is_later = |old: Option<Glimpse>| old.is_none_or(|old| old.call < new.call);
        if self.last.is_some_and(|last| last.value == new.value) {
            if is_later(self.last) {
                self.last = Some(new);
            }
        } else if is_later(self.last) {
            self.other = self.last;
            self.last = Some(new);
        } else if is_later(self.other) {
            self.other = Some(new);
        }
    }

    /// The last of a value that is not this one.
    fn without(&self, value: u32) -> Option<Glimpse> {
        let other = |glimpse: &Glimpse| glimpse.value != value;
        self.last.filter(other).or(self.other.filter(other))
    }
}

/// A deed that saw a value that was certainly gone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stale {
    pub(super) reader: u32,
    /// Who found or left another value in between; `NONE` where nobody had begun to write the value.
    pub(super) between: u32,
    /// Who wrote the value and returned last; `BEGINNING` or `NONE` where nobody did.
    pub(super) writer: u32,
}

/// Finds a deed of a register that saw a value that was certainly gone, and says why.
pub(super) fn refute(roles: &[Role], scene: Scene<'_, '_>) -> Option<Breach> {
    find(roles, scene.deeds).map(|stale| tell(scene, stale))
}

/// Finds a deed that saw a value that was certainly gone.
pub(super) fn find(roles: &[Role], deeds: &[Deed<'_>]) -> Option<Stale> {
    let seen = roles.iter().map(|role| role.sees);
    let written = roles.iter().map(|role| role.writes);
    let values = seen.chain(written).filter(|value| *value != NONE).max()?;
    // Of each value, the deed that wrote it and returned last, among those called so far.
    let mut writers = vec![NONE; values as usize + 1];
    writers[INITIAL as usize] = BEGINNING;
    let mut glimpses = Glimpses::default();
    // Of each open deed, who saw another value just before.
    let mut before: Vec<u32> = vec![NONE; roles.len()];
    let return_of = |writer: u32| deeds.get(writer as usize).map(|deed| deed.ret);
    for end in ends(deeds) {
        let deed = deeds[end.deed as usize];
        let Role { sees, writes } = roles[end.deed as usize];
        if !end.is_return {
            if sees != NONE && deed.is_certain() {
                let glimpse = glimpses.without(sees);
                before[end.deed as usize] = glimpse.map_or(NONE, |glimpse| glimpse.deed);
            }
            if writes != NONE {
                let writer = &mut writers[writes as usize];
                if *writer == NONE || return_of(*writer) < Some(deed.ret) {
                    *writer = end.deed;
                }
            }
            continue;
        }
        if sees != NONE {
            let writer = writers[sees as usize];
            let between = before[end.deed as usize];
            let is_gone = deeds
                .get(between as usize)
                .is_some_and(|between| return_of(writer) < Some(between.call));
            if writer == NONE || is_gone {
                return Some(Stale {
                    reader: end.deed,
                    between,
                    writer,
                });
            }
        }
        for value in [sees, writes].into_iter().filter(|value| *value != NONE) {
            glimpses.add(Glimpse {
                call: deed.call,
                deed: end.deed,
                value,
            });
        }
    }
    None
}

fn tell(scene: Scene<'_, '_>, stale: Stale) -> Breach {
    let Stale {
        reader,
        between,
        writer,
    } = stale;
    let words = |deed: u32| (scene.words)(deed);
    if writer == NONE {
        let why = format!(
            "Nobody had begun to write the value that {} saw.",
            words(reader)
        );
        return Breach {
            deeds: vec![reader],
            excuses: Vec::new(),
            why: vec![why],
        };
    }
    let mut deeds = vec![between, reader];
    let line = (scene.line)(scene.deeds[between as usize].call);
    let first = match writer {
        BEGINNING => {
            "It is the value of the beginning, and nobody had begun to write it again.".to_owned()
        }
        writer => {
            deeds.push(writer);
            let last = words(writer);
            format!(
                "Whoever wrote this value had returned before line {line}; the last was {last}."
            )
        }
    };
    deeds.sort_unstable();
    let why = vec![
        format!("{} saw a value that was gone.", words(reader)),
        first,
        format!(
            "Between line {line} and line {}, {} found or left another value.",
            (scene.line)(scene.deeds[reader as usize].call),
            words(between)
        ),
    ];
    Breach {
        deeds,
        excuses: Vec::new(),
        why,
    }
}
