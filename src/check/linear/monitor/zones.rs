//! Puts the blocks of a register in order, or shows two that stand in each other's way.
//!
//! # Idea
//! Let m be the earliest return in a block and M the latest call. Where m < M the block *spans* [m, M]: its values, one
//! after the other, were current all that time. Where M < m all its operations were open between M and m: the
//! block *floats*, it can stand at any one moment there.
//! There is an order if and only if no two spans overlap and no floating block lies inside a span.
//!
//! *Only if*: a block is contiguous in every order. In [m, M] of a spanning one nothing else can be current; another
//! block that floats inside it, or spans a part of it, has to be.
//! *If*: a span begins just before m, each of its operations takes effect there or where the operations ahead of it have all been
//! called, which is before M and before its own return. Spans are disjoint, so a floating block that lies in none has a
//! moment outside all of them: just behind M, or just behind the span that M lies in.
//!
//! # Complexity
//! O(n log n) for n blocks.
//!
//! # Witness
//! Of each of the two blocks: who returned first, who was called last, and the writes of the values between; at most six
//! operations of a register without swaps. Long chains are narrowed to the piece that still stands in the way.

use std::ops::Range;

use super::Breach;
use super::register::{BEGINNING, INITIAL, NONE, Register};

/// Operations that stand together in every order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) earliest_return: i64,
    pub(super) latest_call: i64,
    /// Its run in the list of deeds.
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Block {
    pub(super) const fn empty(start: u32) -> Self {
        Self {
            earliest_return: i64::MAX,
            latest_call: i64::MIN,
            start,
            end: start,
        }
    }

    const fn spans(&self) -> bool {
        self.earliest_return < self.latest_call
    }

    /// Whether no moment is left to one of them outside the other, where one of them spans.
    const fn collides(&self, other: &Self) -> bool {
        self.earliest_return < other.latest_call && other.earliest_return < self.latest_call
    }

    pub(super) fn include(&mut self, (call, ret): (i64, i64)) {
        self.latest_call = self.latest_call.max(call);
        self.earliest_return = self.earliest_return.min(ret);
    }

    const fn run(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The blocks that span a time, in their order.
struct Spans(Vec<Block>);

impl Spans {
    /// The last one that begins before a moment: the only one that can reach behind it.
    fn before(&self, moment: i64) -> Option<&Block> {
        let count = self.0.partition_point(|span| span.earliest_return < moment);
        self.0[..count].last()
    }

    /// Where a block stands in the order: a spanning one where it begins, a floating one behind the moment at which all
    /// its operations are called, or behind the span that this moment lies in. The span where it has no place.
    fn place(&self, block: &Block) -> Result<i64, &Block> {
        if block.spans() {
            return Ok(block.earliest_return);
        }
        match self.before(block.latest_call) {
            Some(span) if span.collides(block) => Err(span),
            Some(span) => Ok(span.latest_call.max(block.latest_call)),
            None => Ok(block.latest_call),
        }
    }
}

/// All deeds of the blocks in a legal order.
pub(super) fn order(
    register: &Register<'_, '_>,
    deeds: &[u32],
    blocks: Vec<Block>,
) -> Result<Vec<u32>, Breach> {
    let mut spans: Vec<Block> = blocks
        .iter()
        .filter(|block| block.spans())
        .copied()
        .collect();
    spans.sort_unstable_by_key(|span| span.earliest_return);
    let overlap = spans.windows(2).find(|pair| pair[0].collides(&pair[1]));
    if let Some(pair) = overlap {
        return Err(clash(register, deeds, &pair[0], &pair[1]));
    }
    let spans = Spans(spans);
    // Each place in front of its block's number: one number sorts faster than a block whose place is asked for.
    let mut places: Vec<u64> = Vec::with_capacity(blocks.len());
    for (at, block) in (0..).zip(&blocks) {
        match spans.place(block) {
            Ok(place) => places.push(((place + 1) as u64) << 32 | at),
            Err(span) => return Err(clash(register, deeds, span, block)),
        }
    }
    places.sort_unstable();
    let mut order = Vec::with_capacity(deeds.len());
    for place in places {
        let run = &deeds[blocks[place as u32 as usize].run()];
        order.extend(run.iter().filter(|deed| **deed != BEGINNING));
    }
    Ok(order)
}

/// Two blocks that stand in each other's way, the first of which spans.
fn clash(register: &Register<'_, '_>, deeds: &[u32], span: &Block, other: &Block) -> Breach {
    let other = narrow(register, deeds, other, |piece| {
        piece.collides(span) && (span.spans() || piece.spans())
    });
    let span = narrow(register, deeds, span, |piece| {
        piece.collides(&other) && (piece.spans() || other.spans())
    });
    let mut named = Vec::new();
    let mut why = Vec::new();
    for piece in [&span, &other] {
        let run = &deeds[piece.run()];
        let first = run.iter().min_by_key(|deed| register.ends(**deed).1);
        let last = run.iter().max_by_key(|deed| register.ends(**deed).0);
        let (Some(first), Some(last)) = (first, last) else {
            continue;
        };
        let ahead = deeds[..=piece.start as usize].iter().rev();
        let writer = ahead.copied().find(|deed| register.writes(*deed) != NONE);
        named.extend(writer);
        named.extend([*first, *last]);
        named.extend(run.iter().filter(|deed| register.writes(**deed) != NONE));
        why.push(sentence(register, piece, (*first, *last), (writer, run)));
    }
    why.push(
        "Nobody wrote a value twice of those that were seen, so none of them came back.".to_owned(),
    );
    named.sort_unstable();
    named.dedup();
    register.breach(&named, why)
}

/// What a piece of a block says about the values.
fn sentence(
    register: &Register<'_, '_>,
    piece: &Block,
    (first, last): (u32, u32),
    (writer, run): (Option<u32>, &[u32]),
) -> String {
    let words = |deed: u32| (register.scene.words)(deed);
    let line = |position: i64| (register.scene.line)(position as u32);
    let value = |deed: u32| register.value(register.writes(deed));
    let wrote = run
        .iter()
        .rev()
        .copied()
        .find(|deed| register.writes(*deed) != NONE);
    let values = match (writer, wrote) {
        (Some(first), Some(last)) if first != last => {
            format!("{}, then by swaps {}", value(first), value(last))
        }
        (Some(writer), _) => value(writer),
        (None, _) => register.value(INITIAL),
    };
    if !piece.spans() {
        return format!(
            "At some moment between lines {} and {} the value was {values}: {}.",
            line(piece.latest_call),
            line(piece.earliest_return),
            match first == last {
                true => words(first),
                false => format!("{} and {}", words(last), words(first)),
            }
        );
    }
    match first {
        BEGINNING => format!(
            "From the beginning to line {} the value was {values}: {} was invoked there.",
            line(piece.latest_call),
            words(last)
        ),
        first => format!(
            "From line {} to line {} the value was {values}: {} had returned, and {} was invoked.",
            line(piece.earliest_return),
            line(piece.latest_call),
            words(first),
            words(last)
        ),
    }
}

/// A smallest piece of a block for which the test still holds; the test holds for the whole, and for all that
/// contains a piece for which it does.
fn narrow(
    register: &Register<'_, '_>,
    deeds: &[u32],
    block: &Block,
    holds: impl Fn(&Block) -> bool,
) -> Block {
    let mut piece = Block::empty(block.start);
    for at in block.run() {
        piece.include(register.ends(deeds[at]));
        piece.end = at as u32 + 1;
        if holds(&piece) {
            break;
        }
    }
    let end = piece.end;
    let mut piece = Block {
        end,
        ..Block::empty(end)
    };
    for at in (block.start as usize..end as usize).rev() {
        piece.include(register.ends(deeds[at]));
        piece.start = at as u32;
        if holds(&piece) {
            break;
        }
    }
    piece
}
