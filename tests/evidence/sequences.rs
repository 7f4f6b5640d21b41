//! All worlds of one scope, written down as sequences, and which of them agree with what is claimed.

use testimony::history::EventId;
use testimony::verdict::{Claim, Unseen, Verdict};

use super::kinds::{Case, HIDDEN_MAX, Kind, Record, Said, told};

/// One place of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// An effect of the case.
    Shown(usize),
    /// Something that no line shows: one of what the kind's record may hide.
    Hidden(usize),
}

#[derive(Debug)]
struct World {
    places: Vec<Place>,
    is_kept: bool,
}

/// The worlds of one scope.
pub(crate) struct Sequences<'s> {
    case: &'s Case,
    worlds: Vec<World>,
}

impl<'s> Sequences<'s> {
    pub(crate) fn of(kind: &Kind, record: Record, case: &'s Case, scope: u8) -> Self {
        let of_scope = |at: &usize| case.effects[*at].said.scope.is_none_or(|of| of == scope);
        let own: Vec<usize> = (0..case.effects.len()).filter(of_scope).collect();
        let mut sequences = Vec::new();
        let mut begun = vec![Vec::new()];
        while let Some(sequence) = begun.pop() {
            let is_left = |at: &&usize| !sequence.contains(*at);
            for next in own.iter().filter(is_left) {
                let before = case.before[case.effects[*next].point];
                let waits = own.iter().filter(is_left).any(|other| {
                    before >> case.effects[*other].point & 1 == 1 && case.effects[*other].is_certain
                });
                if !waits {
                    begun.push(sequence.iter().chain([next]).copied().collect());
                }
            }
            if own
                .iter()
                .filter(is_left)
                .all(|at| !case.effects[*at].is_certain)
            {
                sequences.push(sequence);
            }
        }
        let hidden_max = match record {
            Record::Whole => 0,
            // Where few things can be hidden, more of them are tried: a limit may be far away.
            Record::InPart => match kind.hidden.len() {
                0..=3 => HIDDEN_MAX + 2,
                4..=5 => HIDDEN_MAX + 1,
                _ => HIDDEN_MAX,
            },
        };
        let mut worlds = Vec::new();
        for sequence in sequences {
            let mut layer: Vec<Vec<Place>> = vec![sequence.into_iter().map(Place::Shown).collect()];
            for left in (0..=hidden_max).rev() {
                let mut next = Vec::new();
                for places in layer {
                    // Each set of places is written down once: what is new stands behind what was put in before.
                    let last = places
                        .iter()
                        .rposition(|place| matches!(place, Place::Hidden(_)));
                    for place in last.map_or(0, |last| last + 1)..=places.len() {
                        for number in 0..kind.hidden.len() {
                            if left > 0 {
                                let mut more = places.clone();
                                more.insert(place, Place::Hidden(number));
                                next.push(more);
                            }
                        }
                    }
                    let said: Vec<Said> = places
                        .iter()
                        .map(|place| said(kind, case, *place, scope))
                        .collect();
                    worlds.push(World {
                        is_kept: (kind.holds)(&said.iter().collect::<Vec<&Said>>()),
                        places,
                    });
                }
                layer = next;
            }
        }
        Self { case, worlds }
    }

    /// Whether the verdict is this one among the worlds that agree with all claims.
    pub(crate) fn is(&self, wanted: Verdict, claims: &[Claim]) -> bool {
        let agreeing = self
            .worlds
            .iter()
            .filter(|world| claims.iter().all(|claim| self.agrees(&world.places, claim)));
        let is_scripted = claims.iter().any(|claim| matches!(claim, Claim::Unseen(_)));
        // Which of several hidden effects of a name is meant, a claim does not say: one that makes it true is enough.
        let mut groups: Vec<(Vec<usize>, bool, bool)> = Vec::new();
        for world in agreeing {
            let hidden = if is_scripted {
                hidden(&world.places)
            } else {
                Vec::new()
            };
            let at = match groups.iter().position(|(known, ..)| *known == hidden) {
                Some(at) => at,
                None => {
                    groups.push((hidden, false, false));
                    groups.len() - 1
                }
            };
            groups[at].1 |= world.is_kept;
            groups[at].2 |= !world.is_kept;
        }
        groups.iter().any(|(_, is_kept, is_broken)| {
            wanted
                == match (is_kept, is_broken) {
                    (true, true) => Verdict::Undecided,
                    (true, false) => Verdict::Kept,
                    (false, _) => Verdict::Broken,
                }
        })
    }

    fn agrees(&self, places: &[Place], claim: &Claim) -> bool {
        let at = |event: &EventId| self.place(places, *event);
        match claim {
            Claim::TookEffect(event) => at(event).is_some(),
            Claim::HadNoEffect(event) => at(event).is_none(),
            Claim::InOrder { earlier, later } => {
                matches!((at(earlier), at(later)), (Some(earlier), Some(later)) if earlier < later)
            }
            Claim::NotBoth(one, other) => at(one).is_none() || at(other).is_none(),
            Claim::NothingUnseen => hidden(places).is_empty(),
            Claim::SomethingUnseen => !hidden(places).is_empty(),
            Claim::Unseen(unseen) => {
                let is_hidden = |at: &usize| matches!(places[*at], Place::Hidden(_));
                let found: Vec<usize> = (0..places.len()).filter(is_hidden).collect();
                let fits = |own: usize, unseen: &Unseen| {
                    let mut after = unseen.after.iter();
                    let mut before = unseen.before.iter();
                    after.all(|event| at(event).is_some_and(|at| at < own))
                        && before.all(|event| at(event).is_some_and(|at| at > own))
                };
                stand_for(&found, unseen, &fits)
            }
        }
    }

    fn place(&self, places: &[Place], event: EventId) -> Option<usize> {
        places.iter().position(|place| match place {
            Place::Shown(effect) => self.case.effects[*effect].line == event.index(),
            Place::Hidden(_) => false,
        })
    }
}

/// Whether hidden effects are what is claimed, in its order. A promise may take several for one: what no line shows is then of
/// any amount.
fn stand_for(found: &[usize], unseen: &[Unseen], fits: &dyn Fn(usize, &Unseen) -> bool) -> bool {
    match (found.split_first(), unseen.split_first()) {
        (None, None) => true,
        (Some((own, found)), Some((first, rest))) => {
            fits(*own, first) && (stand_for(found, rest, fits) || stand_for(found, unseen, fits))
        }
        _ => false,
    }
}

fn hidden(places: &[Place]) -> Vec<usize> {
    let hidden = places.iter().filter_map(|place| match place {
        Place::Hidden(number) => Some(*number),
        Place::Shown(_) => None,
    });
    hidden.collect()
}

fn said(kind: &Kind, case: &Case, place: Place, scope: u8) -> Said {
    match place {
        Place::Shown(effect) => told(&case.effects[effect].said, scope),
        Place::Hidden(number) => {
            let (name, number) = kind.hidden[number];
            Said {
                name,
                scope: None,
                number,
                list: Vec::new(),
            }
        }
    }
}
