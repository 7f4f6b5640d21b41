//! Gives faults their lines and columns, also those that later stages find.

use std::ops::Range;
use std::sync::Arc;

use super::fault::{FaultKind, Trouble};
use super::json::{TextTrouble, elements, event_text, members, span_in};
use super::pairing::{Part, PartTrouble, whole};
use super::spot::Lines;
use super::{EventId, Faults, Format, History, Spot, edn};

impl History {
    /// The place of an event, from its first character to its last; line 0 for a built history.
    #[must_use]
    pub fn spot(&self, event: EventId) -> Spot {
        let text = self.event_text(event);
        if text.is_empty() {
            return Spot::default();
        }
        let span = span_in(&self.text, text);
        let head = self.text[..span.start].chars().rev();
        let column = head.take_while(|character| *character != '\n').count() + 1;
        Spot {
            line: self.event(event).place.line,
            column: u32::try_from(column).unwrap_or(u32::MAX),
            span,
        }
    }

    /// Makes the report of bad input that only a later stage can find, such as a cycle in
    /// happened-before; `related` are further events with a few words on each.
    ///
    /// The text of a built history's report is its events as they would be written.
    #[must_use]
    pub fn refuse(
        &self,
        kind: FaultKind,
        at: EventId,
        related: &[(String, EventId)],
        expected: &str,
    ) -> Faults {
        let mut trouble = Trouble::new(kind, whole(at), expected);
        for (label, event) in related {
            trouble = trouble.with(label, whole(*event));
        }
        self.faults(vec![trouble], 0)
    }

    /// Locates troubles in the history's own text, or in the text that it would be written as.
    pub(super) fn faults(&self, troubles: Vec<PartTrouble>, more: usize) -> Faults {
        let is_built = self.text.is_empty();
        let (text, offsets) = if is_built {
            let (text, offsets) = self.written();
            (Arc::new(text), offsets)
        } else {
            let places = self
                .events
                .iter()
                .map(|event| u64::from(event.place.offset));
            (Arc::clone(&self.text), places.collect())
        };
        let span = |part: Part| {
            let offset = offsets[part.event.index()];
            match self.format {
                Format::JepsenEdn if !is_built => edn::part_span_in(&text, offset, part),
                _ => part_span(&text, offset, part),
            }
        };
        let located = troubles.into_iter().map(|trouble| trouble.located(span));
        let located: Vec<TextTrouble> = located.collect();
        let mut faults = faults(&self.path, Arc::clone(&text), located, Faults::LIST_MAX);
        faults.more += more;
        faults
    }
}

/// Gives troubles their lines and columns, and keeps the first ones.
pub(super) fn faults(
    path: &str,
    text: Arc<String>,
    mut troubles: Vec<TextTrouble>,
    list_max: usize,
) -> Faults {
    assert!(!troubles.is_empty(), "faults are never empty");
    troubles.sort_by_key(|trouble| trouble.at.start);
    let more = troubles.len().saturating_sub(list_max);
    troubles.truncate(list_max);
    let lines = Lines::of(&text);
    let list = troubles
        .into_iter()
        .map(|trouble| trouble.into_fault(|span| lines.spot(span)))
        .collect();
    Faults {
        path: path.to_owned(),
        text,
        list,
        more,
    }
}

/// Where a part of the event at `offset` stands: the whole event where it has no such part.
pub(super) fn part_span(text: &str, offset: u64, part: Part) -> Range<usize> {
    let event = event_text(text, offset);
    let field = part.field.and_then(|field| {
        let members = members(event);
        let member = members.iter().find(|member| member.name == field.as_str());
        member.map(|member| member.raw)
    });
    let element = field.zip(part.element).and_then(|(field, element)| {
        let elements = elements(field);
        elements.get(element as usize).copied()
    });
    span_in(text, element.or(field).unwrap_or(event))
}
