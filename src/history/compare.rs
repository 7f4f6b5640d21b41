//! Tells whether two histories say the same, whatever their indices, places and white space.

use super::{Completeness, Event, EventId, History, LineOrder, OpId, Value, Verdict};

/// What a header says, without the order: that the lines have one counts, not who says so.
#[derive(Debug, PartialEq)]
struct HeaderContent<'h> {
    title: Option<&'h str>,
    source: Option<&'h str>,
    order: LineOrder,
    complete: Option<Vec<Value>>,
    expect: &'h [(String, Verdict)],
    extras: &'h [(String, String)],
}

/// What an event says, without indices.
#[derive(Debug, PartialEq)]
struct EventContent<'h> {
    process: Value,
    kind: &'static str,
    f: Option<&'h str>,
    value: Option<Value>,
    id: Option<Value>,
    intent: Option<Value>,
    msg: Option<Value>,
    time_ns: Option<i64>,
    op: Option<OpId>,
    extras: Vec<(String, String)>,
}

impl History {
    /// The first thing in which two histories differ, in words; `None` where they say the same.
    ///
    /// Compares the content of the headers and events, the operations, the order, the messages and
    /// the causes. Paths, places, white space, the order of the fields within a line, and whether the
    /// order is declared or implied do not count.
    #[must_use]
    pub fn first_difference(&self, other: &Self) -> Option<String> {
        differ(
            "the headers",
            &self.header_content(),
            &other.header_content(),
        )
        .or_else(|| {
            let counts = (self.events.len(), other.events.len());
            differ("the numbers of events", &counts.0, &counts.1)
        })
        .or_else(|| {
            self.event_ids().find_map(|id| {
                let what = format!("event {}", id.index());
                differ(&what, &self.event_content(id), &other.event_content(id))
            })
        })
        .or_else(|| differ("the operations", &self.operations, &other.operations))
        .or_else(|| differ("the messages", &self.messages, &other.messages))
        .or_else(|| differ("the causes", &self.causes, &other.causes))
    }

    fn header_content(&self) -> HeaderContent<'_> {
        HeaderContent {
            title: self.header.title.as_deref(),
            source: self.header.source.as_deref(),
            order: self.order,
            complete: match &self.header.complete {
                Completeness::Whole => None,
                Completeness::InPart => Some(Vec::new()),
                Completeness::Only(participants) => {
                    let names = participants.iter().map(|name| self.values.to_value(*name));
                    Some([Value::Bool(true)].into_iter().chain(names).collect())
                }
            },
            expect: &self.header.expect,
            extras: &self.header.extras,
        }
    }

    fn event_content(&self, id: EventId) -> EventContent<'_> {
        let event: &Event = self.event(id);
        let owned = |value| self.values.to_value(value);
        let mut extras = self.extras(id);
        // The writer puts the fields that the format names first.
        extras.sort_by(|a, b| a.0.cmp(&b.0));
        EventContent {
            process: owned(self.process(event.process)),
            kind: event.kind.as_str(),
            f: event.f.map(|name| self.name(name)),
            value: event.value.map(owned),
            id: event.id.map(owned),
            intent: event.intent.map(owned),
            msg: event.msg.map(owned),
            time_ns: self.time_ns(id),
            op: event.op,
            extras,
        }
    }
}

fn differ<T: std::fmt::Debug + PartialEq>(what: &str, one: &T, other: &T) -> Option<String> {
    (one != other).then(|| format!("{what} differ: {one:?} and {other:?}"))
}
