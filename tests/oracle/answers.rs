//! Whether a promise is kept in the worlds that agree with what is claimed: all subsets of a scope's effects, one
//! effect after the other.

use std::collections::BTreeSet;

use testimony::history::EventId;
use testimony::verdict::{Claim, Verdict};

use super::worlds::{Act, Case, State, Vow, Worlds};

/// What may have come of a set of effects: the state (`None`: broken) and how much of what is unseen has happened.
type Reached = BTreeSet<(Option<State>, usize)>;

/// The effects of one scope, and what is claimed of them.
struct Told<'t, 'c> {
    case: &'c Case,
    worlds: &'t Worlds<'c>,
    /// The scope's effects, as positions among the case's.
    effects: Vec<usize>,
    required: u32,
    forbidden: u32,
    /// The first before the second.
    ordered: Vec<(usize, usize)>,
    /// Not both of these.
    apart: Vec<u32>,
    hidden: Hidden,
}

enum Hidden {
    Any,
    Nothing,
    Something,
    /// Each with the effects before it and behind it.
    Exactly(Vec<(Act, u32, u32)>),
}

/// Whether the verdict on a scope is this one among the worlds that agree with all claims.
pub(crate) fn is(wanted: Verdict, worlds: &Worlds<'_>, scope: usize, claims: &[Claim]) -> bool {
    let case = worlds.case();
    let of_scope = |at: &usize| case.effects[*at].scope == scope;
    let effects: Vec<usize> = (0..case.effects.len()).filter(of_scope).collect();
    let mut told = Told {
        case,
        worlds,
        required: 0,
        forbidden: 0,
        ordered: Vec::new(),
        apart: Vec::new(),
        hidden: Hidden::Any,
        effects,
    };
    for (own, at) in told.effects.iter().enumerate() {
        if case.effects[*at].end.is_some() {
            told.required |= 1 << own;
        }
    }
    let mut scripts = vec![None];
    for claim in claims {
        let scripted = told.heed(claim, scope);
        if !scripted.is_empty() {
            scripts = scripted.into_iter().map(Some).collect();
        }
    }
    // Which effect of the name is meant, the claim does not say: one that makes it true is enough.
    scripts.into_iter().any(|script| {
        if let Some(script) = script {
            told.hidden = Hidden::Exactly(script);
        }
        told.verdict(scope) == Some(wanted)
    })
}

impl Told<'_, '_> {
    fn own(&self, event: EventId) -> usize {
        let begins = |at: &usize| self.case.effects[*at].begin == event.index();
        let own = self.effects.iter().position(begins);
        own.expect("a claim names effects of its scope")
    }

    fn set(&self, events: &[EventId]) -> u32 {
        events
            .iter()
            .fold(0, |set, event| set | 1 << self.own(*event))
    }

    /// Takes a claim for true; gives the ways in which what is unseen may be meant.
    fn heed(&mut self, claim: &Claim, scope: usize) -> Vec<Vec<(Act, u32, u32)>> {
        match claim {
            Claim::TookEffect(event) => self.required |= 1 << self.own(*event),
            Claim::HadNoEffect(event) => self.forbidden |= 1 << self.own(*event),
            Claim::InOrder { earlier, later } => {
                let (earlier, later) = (self.own(*earlier), self.own(*later));
                self.required |= 1 << earlier | 1 << later;
                self.ordered.push((earlier, later));
            }
            Claim::NotBoth(one, other) => self.apart.push(self.set(&[*one, *other])),
            Claim::NothingUnseen => self.hidden = Hidden::Nothing,
            Claim::SomethingUnseen => self.hidden = Hidden::Something,
            Claim::Unseen(unseen) => {
                let mut ways: Vec<Vec<(Act, u32, u32)>> = vec![Vec::new()];
                for unseen in unseen {
                    let (before, behind) = (self.set(&unseen.after), self.set(&unseen.before));
                    self.required |= before | behind;
                    let acts = self.case.unseen(scope);
                    let acts = acts
                        .into_iter()
                        .filter(|act| Vow::words(*act).contains(&&*unseen.name));
                    let acts: Vec<Act> = acts.collect();
                    let more = ways.iter().flat_map(|way| {
                        acts.iter().map(move |act| {
                            let mut way = way.clone();
                            way.push((*act, before, behind));
                            way
                        })
                    });
                    ways = more.collect();
                }
                return ways;
            }
        }
        Vec::new()
    }

    /// `None`: no world agrees with all claims.
    fn verdict(&self, scope: usize) -> Option<Verdict> {
        let acts = self.case.unseen(scope);
        let count = self.effects.len();
        let mut reached: Vec<Reached> = vec![Reached::new(); 1 << count];
        reached[0].insert((Some(State::default()), 0));
        let (mut is_kept, mut is_broken) = (false, false);
        for placed in 0..1_u32 << count {
            let mut here = std::mem::take(&mut reached[placed as usize]);
            self.drift(&acts, placed, &mut here);
            let is_world = self.required & !placed == 0
                && self.forbidden & placed == 0
                && self.apart.iter().all(|pair| pair & placed != *pair);
            for (state, done) in here {
                if is_world && self.is_all(done) {
                    is_kept |= state.is_some();
                    is_broken |= state.is_none();
                }
                for next in (0..count).filter(|next| self.may_follow(*next, placed, done)) {
                    let act = self.case.effects[self.effects[next]].act;
                    let after = self.after(state.as_ref(), act);
                    reached[(placed | 1 << next) as usize].insert((after, done));
                }
            }
        }
        match (is_kept, is_broken) {
            (false, false) => None,
            (true, false) => Some(Verdict::Kept),
            (false, true) => Some(Verdict::Broken),
            (true, true) => Some(Verdict::Undecided),
        }
    }

    fn after(&self, state: Option<&State>, act: Act) -> Option<State> {
        self.case.vow.step(state?, act)
    }

    fn is_all(&self, done: usize) -> bool {
        match &self.hidden {
            Hidden::Any | Hidden::Nothing => true,
            Hidden::Something => done == 1,
            Hidden::Exactly(script) => done == script.len(),
        }
    }

    fn may_follow(&self, next: usize, placed: u32, done: usize) -> bool {
        let is_placed = |own: usize| placed & 1 << own != 0;
        let waits = |other: usize| {
            let (a, b) = (self.effects[other], self.effects[next]);
            !is_placed(other) && self.required & 1 << other != 0 && self.worlds.is_before(a, b)
        };
        let is_in_order = |(earlier, later): &(usize, usize)| *later != next || is_placed(*earlier);
        let is_in_script = match &self.hidden {
            Hidden::Exactly(script) => {
                let mut left = script[done..].iter();
                left.all(|(_, _, behind)| behind & 1 << next == 0)
            }
            _ => true,
        };
        !is_placed(next)
            && !(0..self.effects.len()).any(waits)
            && self.ordered.iter().all(is_in_order)
            && is_in_script
    }

    /// Lets happen what no line shows.
    fn drift(&self, acts: &[Act], placed: u32, here: &mut Reached) {
        let mut fresh: Vec<(Option<State>, usize)> = here.iter().cloned().collect();
        while let Some((state, done)) = fresh.pop() {
            let next: Vec<(Act, usize)> = match &self.hidden {
                Hidden::Nothing => Vec::new(),
                Hidden::Any => acts.iter().map(|act| (*act, done)).collect(),
                Hidden::Something => acts.iter().map(|act| (*act, 1)).collect(),
                Hidden::Exactly(script) => script
                    .get(done)
                    .filter(|(_, before, _)| before & !placed == 0)
                    .map(|(act, ..)| (*act, done + 1))
                    .into_iter()
                    .collect(),
            };
            for (act, done) in next {
                let after = (self.after(state.as_ref(), act), done);
                if here.insert(after.clone()) {
                    fresh.push(after);
                }
            }
        }
    }
}
