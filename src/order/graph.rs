//! The graph of events for petgraph's algorithms, and its drawing.
//!
//! Nodes are events. Edges are neighbours in one participant's order, messages, causes and, where one
//! observer saw every line, each line and the next.

use std::fmt::Write as _;

use petgraph::Directed;
use petgraph::Direction;
use petgraph::dot::{Config, Dot};
use petgraph::visit::{
    Data, EdgeCount, EdgeRef, GraphBase, GraphProp, IntoEdgeReferences, IntoEdges, IntoNeighbors,
    IntoNeighborsDirected, IntoNodeIdentifiers, IntoNodeReferences, NodeCompactIndexable,
    NodeCount, NodeIndexable, NodeRef, VisitMap, Visitable,
};

use crate::history::{EventId, History};

use super::{Order, Reason, event_id, number};

impl Order {
    /// Draws the order as a Graphviz graph: events with their lines and participants.
    ///
    /// `history` must be the one that the order was made of. Draw small histories only: every event
    /// becomes a box.
    #[must_use]
    pub fn dot(&self, history: &History) -> String {
        let node = |node: Node| {
            let label = escaped(&label(history, node.event));
            format!("shape = box label = \"{label}\"")
        };
        let edge = |edge: Edge| match edge.because {
            Reason::Process => "style = bold".to_owned(),
            Reason::Message | Reason::Cause => format!("label = \"{}\"", edge.because),
            Reason::RealTime | Reason::Clock => "style = dotted".to_owned(),
        };
        let config = [Config::NodeNoLabel, Config::EdgeNoLabel];
        let (edges, nodes) = (
            |_, reference| edge(reference),
            |_, reference| node(reference),
        );
        format!(
            "{:?}",
            Dot::with_attr_getters(self, &config, &edges, &nodes)
        )
    }
}

/// What a person needs to find the event again: line, participant, kind and name.
fn label(history: &History, id: EventId) -> String {
    let event = history.event(id);
    let mut label = match event.place.line {
        0 => format!("event {}", number(id) + 1),
        line => format!("line {line}"),
    };
    let process = history.process_name(event.process);
    let _ = write!(label, "\n{process}\n{}", event.kind.as_str());
    let name = event.f.map(|f| history.name(f).to_owned());
    let message = event.msg.map(|msg| history.plain(msg));
    for word in name.into_iter().chain(message) {
        let _ = write!(label, " {word}");
    }
    label
}

/// Quotes text for a Graphviz string.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

/// A node: one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// The event.
    pub event: EventId,
}

impl NodeRef for Node {
    type NodeId = EventId;
    type Weight = EventId;

    fn id(&self) -> EventId {
        self.event
    }

    fn weight(&self) -> &EventId {
        &self.event
    }
}

/// An edge: one event directly before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The earlier event.
    pub from: EventId,
    /// The later event.
    pub to: EventId,
    /// Why it is later.
    pub because: Reason,
    /// Its number among the edges out of `from`.
    place: u32,
}

impl EdgeRef for Edge {
    type NodeId = EventId;
    type EdgeId = (EventId, u32);
    type Weight = Reason;

    fn source(&self) -> EventId {
        self.from
    }

    fn target(&self) -> EventId {
        self.to
    }

    fn weight(&self) -> &Reason {
        &self.because
    }

    fn id(&self) -> (EventId, u32) {
        (self.from, self.place)
    }
}

/// The edges out of one event or of all events, by line.
#[derive(Clone, Debug)]
pub struct Edges<'a> {
    order: &'a Order,
    event: u32,
    end: u32,
    place: u32,
}

impl Iterator for Edges<'_> {
    type Item = Edge;

    fn next(&mut self) -> Option<Edge> {
        while self.event < self.end {
            let place = self.place;
            let successor = self.order.net.successor(self.event, place);
            if let Some((to, because)) = successor {
                self.place += 1;
                let from = event_id(self.event);
                return Some(Edge {
                    from,
                    to: event_id(to),
                    because,
                    place,
                });
            }
            self.event += 1;
            self.place = 0;
        }
        None
    }
}

/// The events directly after or directly before one event.
#[derive(Clone, Debug)]
pub struct Neighbors<'a> {
    neighbour: Option<u32>,
    others: std::slice::Iter<'a, u32>,
}

impl Iterator for Neighbors<'_> {
    type Item = EventId;

    fn next(&mut self) -> Option<EventId> {
        self.neighbour
            .take()
            .or_else(|| self.others.next().copied())
            .map(event_id)
    }
}

/// The events that a walk has visited: one bit each.
#[derive(Clone, Debug)]
pub struct Visited {
    bits: Vec<u64>,
}

impl Visited {
    fn bit(event: EventId) -> (usize, u64) {
        (event.index() / 64, 1 << (event.index() % 64))
    }
}

impl VisitMap<EventId> for Visited {
    fn visit(&mut self, event: EventId) -> bool {
        let is_new = !self.is_visited(&event);
        let (word, bit) = Self::bit(event);
        self.bits[word] |= bit;
        is_new
    }

    fn is_visited(&self, event: &EventId) -> bool {
        let (word, bit) = Self::bit(*event);
        self.bits[word] & bit != 0
    }

    fn unvisit(&mut self, event: EventId) -> bool {
        let was_visited = self.is_visited(&event);
        let (word, bit) = Self::bit(event);
        self.bits[word] &= !bit;
        was_visited
    }
}

impl GraphBase for Order {
    type EdgeId = (EventId, u32);
    type NodeId = EventId;
}

impl GraphProp for Order {
    type EdgeType = Directed;
}

impl Data for Order {
    type NodeWeight = EventId;
    type EdgeWeight = Reason;
}

impl NodeCount for Order {
    fn node_count(&self) -> usize {
        self.len()
    }
}

impl EdgeCount for Order {
    fn edge_count(&self) -> usize {
        self.edge_references().count()
    }
}

impl NodeIndexable for Order {
    fn node_bound(&self) -> usize {
        self.len()
    }

    fn to_index(&self, event: EventId) -> usize {
        event.index()
    }

    fn from_index(&self, index: usize) -> EventId {
        EventId::new(index)
    }
}

impl NodeCompactIndexable for Order {}

impl Visitable for Order {
    type Map = Visited;

    fn visit_map(&self) -> Visited {
        Visited {
            bits: vec![0; self.len().div_ceil(64)],
        }
    }

    fn reset_map(&self, map: &mut Visited) {
        *map = self.visit_map();
    }
}

impl<'a> IntoNeighbors for &'a Order {
    type Neighbors = Neighbors<'a>;

    fn neighbors(self, event: EventId) -> Neighbors<'a> {
        self.neighbors_directed(event, Direction::Outgoing)
    }
}

impl<'a> IntoNeighborsDirected for &'a Order {
    type NeighborsDirected = Neighbors<'a>;

    fn neighbors_directed(self, event: EventId, direction: Direction) -> Neighbors<'a> {
        let event = number(event);
        let (neighbour, others) = match direction {
            Direction::Outgoing => (
                self.net.chains.next(event).map(|(next, _)| next),
                self.net.edges.targets(event),
            ),
            Direction::Incoming => (
                self.net.chains.previous(event),
                self.net.edges.sources(event),
            ),
        };
        Neighbors {
            neighbour,
            others: others.iter(),
        }
    }
}

impl<'a> IntoEdgeReferences for &'a Order {
    type EdgeRef = Edge;
    type EdgeReferences = Edges<'a>;

    fn edge_references(self) -> Edges<'a> {
        Edges {
            order: self,
            event: 0,
            end: self.len() as u32,
            place: 0,
        }
    }
}

impl<'a> IntoEdges for &'a Order {
    type Edges = Edges<'a>;

    fn edges(self, event: EventId) -> Edges<'a> {
        let event = number(event);
        Edges {
            order: self,
            event,
            end: event + 1,
            place: 0,
        }
    }
}

impl IntoNodeIdentifiers for &Order {
    type NodeIdentifiers = std::iter::Map<std::ops::Range<usize>, fn(usize) -> EventId>;

    fn node_identifiers(self) -> Self::NodeIdentifiers {
        (0..self.len()).map(EventId::new)
    }
}

impl IntoNodeReferences for &Order {
    type NodeRef = Node;
    type NodeReferences = std::iter::Map<std::ops::Range<usize>, fn(usize) -> Node>;

    fn node_references(self) -> Self::NodeReferences {
        (0..self.len()).map(|index| Node {
            event: EventId::new(index),
        })
    }
}
