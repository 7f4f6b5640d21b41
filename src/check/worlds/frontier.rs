//! How far a world has gone: which nodes are passed, which items are open, and how to step back.

use super::slice::Slice;

/// A position in the game that a [`Slice`] defines, with a log to undo every step.
#[derive(Debug)]
pub(super) struct Frontier<'s> {
    slice: &'s Slice,
    /// Passed nodes of each chain.
    passed: Vec<u32>,
    /// Of each node: predecessors not yet passed.
    waits: Vec<u32>,
    /// Of each node: items that end there and have not taken place.
    awaits: Vec<u32>,
    /// Items that may take place now, the most urgent first.
    open: Vec<u32>,
    /// Items that took place and whose end is not passed, sorted: the window that a key must name.
    early: Vec<u32>,
    /// Of each item: assumed predecessors that have not taken place.
    blocked: Vec<u32>,
    /// Certain items that have not taken place.
    left: usize,
    log: Vec<Change>,
    /// Nodes that were just reached.
    reached: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Opened(u32),
    Closed(u32),
    WentEarly(u32),
    CaughtUp(u32),
    Awaited(u32),
    Passed(u32),
    Unblocked(u32),
    Certain,
}

impl<'s> Frontier<'s> {
    pub(super) fn new(slice: &'s Slice) -> Self {
        let mut blocked = vec![0; slice.items.len()];
        for (_, later) in &slice.assumed {
            blocked[*later as usize] += 1;
        }
        let mut frontier = Self {
            slice,
            passed: vec![0; slice.chains],
            waits: slice.nodes.iter().map(|node| node.predecessors).collect(),
            awaits: slice.nodes.iter().map(|node| node.awaits).collect(),
            open: Vec::new(),
            early: Vec::new(),
            blocked,
            left: slice.items.iter().filter(|item| item.is_certain).count(),
            log: Vec::new(),
            reached: Vec::new(),
        };
        frontier.reached = (0..slice.nodes.len() as u32)
            .filter(|node| slice.nodes[*node as usize].predecessors == 0)
            .collect();
        frontier.reach();
        frontier.log.clear();
        frontier
    }

    /// How many certain items have not taken place.
    pub(super) const fn left(&self) -> usize {
        self.left
    }

    /// Whether every certain item took place.
    pub(super) const fn is_complete(&self) -> bool {
        self.left == 0
    }

    /// The items that may take place now, the most urgent first.
    pub(super) fn candidates(&self) -> impl Iterator<Item = u32> + '_ {
        let open = self.open.iter().copied();
        open.filter(|item| self.blocked[*item as usize] == 0)
    }

    /// A place in the log to come back to.
    pub(super) const fn mark(&self) -> usize {
        self.log.len()
    }

    /// Lets an open item take place.
    pub(super) fn place(&mut self, item: u32) {
        debug_assert!(self.open.contains(&item), "only open items take place");
        self.close(item);
        self.go_early(item);
        if self.slice.items[item as usize].is_certain {
            self.left -= 1;
            self.log.push(Change::Certain);
        }
        for (earlier, later) in &self.slice.assumed {
            if *earlier == item {
                self.blocked[*later as usize] -= 1;
                self.log.push(Change::Unblocked(*later));
            }
        }
        if let Some(end) = self.slice.hi[item as usize] {
            self.awaits[end as usize] -= 1;
            self.log.push(Change::Awaited(end));
            if self.waits[end as usize] == 0 && self.awaits[end as usize] == 0 {
                self.pass(end);
                self.reach();
            }
        }
    }

    /// Takes back everything since `mark`.
    pub(super) fn undo(&mut self, mark: usize) {
        while self.log.len() > mark {
            match self.log.pop() {
                None => return,
                Some(Change::Opened(item)) => remove(&mut self.open, self.slice, item),
                Some(Change::Closed(item)) => insert(&mut self.open, self.slice, item),
                Some(Change::WentEarly(item)) => remove_sorted(&mut self.early, item),
                Some(Change::CaughtUp(item)) => insert_sorted(&mut self.early, item),
                Some(Change::Awaited(node)) => self.awaits[node as usize] += 1,
                Some(Change::Unblocked(item)) => self.blocked[item as usize] += 1,
                Some(Change::Certain) => self.left += 1,
                Some(Change::Passed(node)) => {
                    self.passed[self.slice.nodes[node as usize].chain as usize] -= 1;
                    for next in self.slice.successors.get(node) {
                        self.waits[*next as usize] += 1;
                    }
                }
            }
        }
    }

    /// Writes what tells this position from others: passed nodes a chain, the window, and the state.
    ///
    /// Two positions with equal keys have the same items behind them: all that end at a passed node, and
    /// those of the window; so they have the same future.
    pub(super) fn write_key(&self, state: u32, key: &mut Vec<u32>) {
        key.clear();
        key.extend_from_slice(&self.passed);
        key.extend_from_slice(&self.early);
        key.push(state);
    }

    /// Opens what begins at reached nodes, and passes those that wait for nothing; no recursion.
    fn reach(&mut self) {
        while let Some(node) = self.reached.pop() {
            let slice = self.slice;
            for item in slice.opens.get(node) {
                insert(&mut self.open, slice, *item);
                self.log.push(Change::Opened(*item));
            }
            if self.awaits[node as usize] == 0 {
                self.pass(node);
            }
        }
    }

    /// Passes a node, which may reach others.
    fn pass(&mut self, node: u32) {
        let slice = self.slice;
        self.passed[slice.nodes[node as usize].chain as usize] += 1;
        self.log.push(Change::Passed(node));
        let log = &mut self.log;
        self.early.retain(|item| {
            let is_past = slice.hi[*item as usize] == Some(node);
            if is_past {
                log.push(Change::CaughtUp(*item));
            }
            !is_past
        });
        for next in slice.successors.get(node) {
            self.waits[*next as usize] -= 1;
            if self.waits[*next as usize] == 0 {
                self.reached.push(*next);
            }
        }
    }

    fn close(&mut self, item: u32) {
        remove(&mut self.open, self.slice, item);
        self.log.push(Change::Closed(item));
    }

    fn go_early(&mut self, item: u32) {
        insert_sorted(&mut self.early, item);
        self.log.push(Change::WentEarly(item));
    }
}

fn insert(open: &mut Vec<u32>, slice: &Slice, item: u32) {
    let urgency = |item: &u32| slice.urgency[*item as usize];
    let at = open.partition_point(|other| urgency(other) < urgency(&item));
    open.insert(at, item);
}

fn remove(open: &mut Vec<u32>, slice: &Slice, item: u32) {
    let urgency = |item: &u32| slice.urgency[*item as usize];
    let at = open.partition_point(|other| urgency(other) < urgency(&item));
    debug_assert_eq!(open.get(at), Some(&item), "an item that closes was open");
    open.remove(at);
}

fn insert_sorted(items: &mut Vec<u32>, item: u32) {
    let at = items.partition_point(|other| *other < item);
    items.insert(at, item);
}

fn remove_sorted(items: &mut Vec<u32>, item: u32) {
    let at = items.partition_point(|other| *other < item);
    debug_assert_eq!(
        items.get(at),
        Some(&item),
        "an item that steps back was early"
    );
    items.remove(at);
}
