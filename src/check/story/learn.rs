//! What each participant could know from which event on.
//!
//! # Idea
//! News comes in only where a participant receives a message or declares a cause. At each such event, what it can know
//! of another chain of events is a prefix that only grows, so one pointer a chain finds each news once.

use std::collections::BTreeMap;

use crate::history::{EventId, EventKind, ProcessId};

use super::{Lesson, Telling};

/// The concerned events of one chain, by their positions.
struct Chain {
    number: u32,
    events: Vec<(u32, EventId)>,
}

/// What the participants that have concerned events of their own could learn of others', by the event at which they
/// could.
pub(super) fn lessons(telling: Telling<'_>) -> BTreeMap<EventId, Vec<Lesson>> {
    let Telling {
        history, concern, ..
    } = telling;
    let chains = chains(telling);
    let mut takes_part = vec![false; history.processes().len()];
    for event in &concern.events {
        takes_part[history.event(*event).process.index()] = true;
    }
    let received = history.messages().iter().map(|message| message.receive);
    let caused = history.causes().iter().map(|cause| cause.later);
    let mut hearing: Vec<EventId> = received.chain(caused).collect();
    hearing.sort_unstable();
    hearing.dedup();
    let mut by_process: Vec<Vec<EventId>> = vec![Vec::new(); takes_part.len()];
    for event in hearing {
        let process = history.event(event).process.index();
        if takes_part[process] {
            by_process[process].push(event);
        }
    }
    let mut lessons = BTreeMap::new();
    for (process, hearing) in by_process.iter().enumerate() {
        let process = ProcessId::new(process);
        let mut known = vec![0; chains.len()];
        for event in hearing {
            let news = news(telling, (&chains, &mut known), process, *event);
            if !news.is_empty() {
                lessons.insert(*event, news);
            }
        }
    }
    lessons
}

/// The chains on which concerned events stand.
fn chains(telling: Telling<'_>) -> Vec<Chain> {
    let mut chains: BTreeMap<u32, Vec<(u32, EventId)>> = BTreeMap::new();
    for event in &telling.concern.events {
        let (number, position) = telling.causal.chain(*event);
        chains.entry(number).or_default().push((position, *event));
    }
    let chains = chains.into_iter();
    chains
        .map(|(number, mut events)| {
            events.sort_unstable();
            Chain { number, events }
        })
        .collect()
}

fn news(
    telling: Telling<'_>,
    (chains, known): (&[Chain], &mut [usize]),
    process: ProcessId,
    at: EventId,
) -> Vec<Lesson> {
    let Telling {
        history, causal, ..
    } = telling;
    let mut heard = Vec::new();
    for (chain, known) in chains.iter().zip(known) {
        let Some(last) = causal.last_before(chain.number, at) else {
            continue;
        };
        let new = chain.events[*known..].iter();
        let new = new.take_while(|(position, _)| *position <= last);
        for (_, event) in new {
            *known += 1;
            heard.push(*event);
        }
    }
    heard.retain(|event| history.event(*event).process != process);
    // That an operation began says nothing more to whom can know how it ended; nor do the messages themselves.
    let has_ended = |event: &EventId| {
        let end = history
            .event(*event)
            .op
            .map(|op| history.operation(op).completion);
        end.flatten()
            .is_some_and(|end| end != *event && heard.contains(&end))
    };
    let is_message = |event: &EventId| {
        matches!(
            history.event(*event).kind,
            EventKind::Send | EventKind::Receive
        )
    };
    let told = heard
        .iter()
        .filter(|event| !has_ended(event) && !is_message(event));
    told.map(|of| Lesson {
        of: *of,
        how: causal.why(*of, at).unwrap_or_default(),
    })
    .collect()
}
