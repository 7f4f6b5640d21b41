//! For a person at a terminal: which promise broke, on which order or seat, through which lines, and why
//! no other order saves it.
//!
//! ```text
//! histories/checkout/double-charge.jsonl
//!   order: happened-before (each participant's own order, messages and causes)
//!   9 events, 3 operations, 2 participants: checkout, payment
//!
//! ✗ broken     charge-at-most-once (judged 2: 1 broken, 1 kept)
//!
//!   charged twice for order-781
//!     line  participant  type  name        value
//!        6  payment      fact  authorized  {"order":"order-781"}
//!        9  payment      fact  authorized  {"order":"order-781"}
//!     why: payment recorded both itself: neither can be missing from any world.
//! ```
//! The text is for people and may change; programs read `json`.

use std::io::{self, Write};

use crate::check::config::{Acceptance, Level};
use crate::history::{EventId, History, LineOrder, Verdict};
use crate::verdict::{
    Because, DeadEnd, Judgement, Linearization, Missing, Settled, Tally, Twins, Violation,
};

use super::concise::{sentence, summary};
use super::excerpt::{event_table, operation_table, twins_table};
use super::layout::{Ink, Palette, Table, cut, printable, wrap};
use super::standing::acceptance_words;
use super::{CheckReport, Detail, HistoryReport, Report, counted, name};

/// So many violations, and so many pieces of missing evidence, are shown in full.
const IN_FULL_MAX: usize = 3;
/// So many scopes of the others are named.
const SCOPES_MAX: usize = 6;
/// So many events of one finding are shown.
const EVENTS_MAX: usize = 24;
/// So many operations of one linearization are shown.
const OPERATIONS_MAX: usize = 100;
/// So many steps of twin worlds are shown.
const TWIN_STEPS_MAX: usize = 10;
/// Nothing is laid out for a narrower screen.
pub(super) const WIDTH_MIN: usize = 40;

/// How the report looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The columns of the screen.
    pub width: usize,
    /// Colours, or none.
    pub palette: Palette,
    /// How much is told.
    pub detail: Detail,
}

impl Default for Look {
    /// 80 columns without colour, every verdict.
    fn default() -> Self {
        Self {
            width: 80,
            palette: Palette::default(),
            detail: Detail::default(),
        }
    }
}

/// Writes the report: a part for each history, and a last line with the counts.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn write(report: &Report, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let look = Look {
        width: look.width.max(WIDTH_MIN),
        ..look
    };
    let mut printer = Printer {
        out,
        look,
        last: None,
    };
    for part in &report.histories {
        match Part::of(part, look.detail) {
            None => {}
            Some(Part::Brief) => printer.brief(part)?,
            Some(Part::Full) => printer.full(part)?,
        }
    }
    printer.begin(Part::Full)?;
    printer.wrapped("", &summary(report))
}

/// How one history is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// One line for the history and one for each check.
    Brief,
    /// All about it.
    Full,
}

impl Part {
    fn of(part: &HistoryReport, detail: Detail) -> Option<Self> {
        let is_kept =
            |check: &CheckReport| !check.is_shown(detail) || check.verdict() == Some(Verdict::Kept);
        let is_brief = |check: &CheckReport| {
            let verdict = check.verdict();
            let is_told = verdict.is_some_and(|verdict| verdict != Verdict::Kept)
                || !check.judgement.witnesses.is_empty();
            !check.is_shown(detail) || !is_told
        };
        match detail {
            Detail::Findings if part.checks.iter().all(is_kept) => None,
            Detail::Everything => Some(Self::Full),
            _ if part.checks.iter().all(is_brief) => Some(Self::Brief),
            _ => Some(Self::Full),
        }
    }
}

struct Printer<'o> {
    out: &'o mut dyn Write,
    look: Look,
    /// The part that was written last.
    last: Option<Part>,
}

impl Printer<'_> {
    /// An empty line between two parts, save between two brief ones.
    fn begin(&mut self, part: Part) -> io::Result<()> {
        match (self.last.replace(part), part) {
            (None, _) | (Some(Part::Brief), Part::Brief) => Ok(()),
            _ => writeln!(self.out),
        }
    }

    fn wrapped(&mut self, first: &str, text: &str) -> io::Result<()> {
        for line in wrap(first, &printable(text), self.look.width) {
            writeln!(self.out, "{line}")?;
        }
        Ok(())
    }

    fn brief(&mut self, part: &HistoryReport) -> io::Result<()> {
        self.begin(Part::Brief)?;
        let history = &part.history;
        let events = counted(history.events().len(), "event", "events");
        let order = history.line_order().as_str();
        self.wrapped("", &format!("{} ({events}, {order})", name(history)))?;
        self.checks(part)
    }

    fn full(&mut self, part: &HistoryReport) -> io::Result<()> {
        self.begin(Part::Full)?;
        let history = &part.history;
        let heading = self
            .look
            .palette
            .paint(Ink::Strong, &printable(name(history)));
        writeln!(self.out, "{heading}")?;
        if let Some(title) = &history.header().title {
            self.wrapped("  ", title)?;
        }
        self.wrapped("  ", order_words(history.line_order()))?;
        self.wrapped("  ", &size_words(history, self.look.width))?;
        writeln!(self.out)?;
        self.checks(part)
    }

    fn checks(&mut self, part: &HistoryReport) -> io::Result<()> {
        let mut last_told = None;
        let detail = self.look.detail;
        for check in part.checks.iter().filter(|check| check.is_shown(detail)) {
            if self.look.detail == Detail::Findings && check.verdict() == Some(Verdict::Kept) {
                continue;
            }
            let is_told = self.is_told(check);
            // Checks of which only the verdict is told stand together.
            if last_told.is_some_and(|last_told| last_told || is_told) {
                writeln!(self.out)?;
            }
            last_told = Some(is_told);
            self.verdict(check)?;
            if is_told {
                self.findings(check, &part.history)?;
            }
        }
        Ok(())
    }

    /// Whether there is more to tell of a check than its verdict.
    fn is_told(&self, check: &CheckReport) -> bool {
        let told = &check.judgement;
        let has_findings = !told.violations.is_empty() || !told.missing.is_empty();
        let has_notes = self.look.detail == Detail::Everything
            && !(told.notes.is_empty() && told.methods.is_empty());
        has_findings || has_notes || !(told.witnesses.is_empty() && told.settled.is_empty())
    }

    /// One line: mark and word, the check, and how many scopes there are of each verdict.
    fn verdict(&mut self, check: &CheckReport) -> io::Result<()> {
        let (ink, mark, word) = match check.verdict() {
            Some(Verdict::Broken) => (Ink::Broken, "✗", "broken"),
            Some(Verdict::Kept) => (Ink::Kept, "✓", "kept"),
            Some(Verdict::Undecided) => (Ink::Undecided, "?", "undecided"),
            None => (Ink::Undecided, "-", "nothing"),
        };
        let first = format!("{mark} {word:<9}  ");
        let kind = match check.id.contains(&check.kind) {
            true => String::new(),
            false => format!("{}; ", check.kind),
        };
        let judged = judged_words(check.judgement.scopes);
        let counts = counts_words(check);
        let text = format!("{} ({kind}{judged}{counts})", check.id);
        for (position, line) in wrap(&first, &printable(&text), self.look.width)
            .iter()
            .enumerate()
        {
            match line.strip_prefix(&first) {
                Some(rest) if position == 0 => {
                    writeln!(self.out, "{}{rest}", self.look.palette.paint(ink, &first))?;
                }
                _ => writeln!(self.out, "{line}")?,
            }
        }
        Ok(())
    }

    fn findings(&mut self, check: &CheckReport, history: &History) -> io::Result<()> {
        let Judgement {
            violations,
            missing,
            twins,
            witnesses,
            settled,
            notes,
            methods,
            ..
        } = &check.judgement;
        let is_everything = self.look.detail == Detail::Everything;
        let methods: &[String] = if is_everything { methods } else { &[] };
        for violation in violations.iter().take(IN_FULL_MAX) {
            let accepted = check.acceptance(violation.scope.as_deref(), Verdict::Broken);
            self.violation(violation, accepted, history)?;
        }
        self.more_violations(violations.get(IN_FULL_MAX..).unwrap_or_default())?;
        let twins_max = match self.look.detail {
            Detail::Everything => IN_FULL_MAX,
            _ => 1,
        };
        let twins = &twins[..twins.len().min(twins_max)];
        for (at, one) in missing.iter().take(IN_FULL_MAX).enumerate() {
            let accepted = check.acceptance(one.scope.as_deref(), Verdict::Undecided);
            self.missing(one, accepted, history)?;
            let of_scope = |other: &&Missing| other.scope == one.scope;
            let is_last = missing[at + 1..].iter().find(of_scope).is_none();
            if is_last && one.answers.iter().any(|answer| answer.is_as_kept) {
                self.together(missing.iter().filter(of_scope).count())?;
            }
            let is_last = is_last || at + 1 == IN_FULL_MAX;
            let of_scope = twins.iter().find(|twins| twins.scope == one.scope);
            if let (Some(twins), true) = (of_scope, is_last) {
                self.twins(twins, history)?;
            }
        }
        self.more_missing(missing.get(IN_FULL_MAX..).unwrap_or_default())?;
        self.settled(settled)?;
        for witness in witnesses {
            self.witness(witness, history)?;
        }
        if !(notes.is_empty() && methods.is_empty()) {
            writeln!(self.out)?;
        }
        for note in notes.iter().chain(methods) {
            self.wrapped("  note: ", note)?;
        }
        Ok(())
    }

    /// What the specifications beside a promise decide.
    fn settled(&mut self, settled: &[Settled]) -> io::Result<()> {
        for one in settled.iter().take(IN_FULL_MAX) {
            self.wrapped("  ", &one.says)?;
        }
        match settled.len().saturating_sub(IN_FULL_MAX) {
            0 => Ok(()),
            more => self.wrapped("  ", &format!("{more} more are settled in this way")),
        }
    }

    fn violation(
        &mut self,
        violation: &Violation,
        accepted: Option<&Acceptance>,
        history: &History,
    ) -> io::Result<()> {
        self.says(&sentence(violation))?;
        self.accepted(accepted)?;
        self.events(&violation.events, history)?;
        self.labelled("    why: ", violation.why.iter().map(String::as_str))?;
        match &violation.dead_end {
            Some(dead_end) => self.dead_end(dead_end, history),
            None => Ok(()),
        }
    }

    /// How far an order gets, and what then refuses.
    fn dead_end(&mut self, dead_end: &DeadEnd, history: &History) -> io::Result<()> {
        let reached = match dead_end.order.as_slice() {
            [] => "no operation can come first".to_owned(),
            [only] => format!("{} can come first", history.aloud(*only)),
            [.., last] => format!(
                "{} operations can be ordered so that every answer is right, up to {}",
                dead_end.order.len(),
                history.aloud(*last)
            ),
        };
        self.labelled("    farthest: ", [reached.as_str()].into_iter())?;
        let refused = dead_end.refused.iter();
        let refused: Vec<String> = refused
            .map(|(op, reason)| format!("{}: {reason}", history.aloud(*op)))
            .collect();
        self.labelled("    then not: ", refused.iter().map(String::as_str))
    }

    fn accepted(&mut self, accepted: Option<&Acceptance>) -> io::Result<()> {
        match accepted {
            None => Ok(()),
            Some(one) => self.wrapped("    ", &acceptance_words(one)),
        }
    }

    fn missing(
        &mut self,
        missing: &Missing,
        accepted: Option<&Acceptance>,
        history: &History,
    ) -> io::Result<()> {
        let because = because_words(missing.because);
        match &missing.scope {
            Some(scope) => self.says(&format!("{scope}: {because}"))?,
            None => self.says(because)?,
        }
        self.accepted(accepted)?;
        self.events(&missing.events, history)?;
        let ask = missing.ask.map(|ask| history.plain(ask));
        let label = match &ask {
            Some(participant) => format!("    ask {}: ", printable(participant)),
            None => "    question: ".to_owned(),
        };
        self.labelled(&label, [missing.question.as_str()].into_iter())?;
        for answer in &missing.answers {
            let mark = if answer.is_as_kept { '*' } else { '-' };
            let then = answer.then.as_str();
            self.wrapped(
                &format!("      {mark} "),
                &format!("{}: {then}", answer.says),
            )?;
        }
        match &missing.clocks {
            None => Ok(()),
            Some(clocks) => self.wrapped("    clocks: ", &clocks.says),
        }
    }

    /// What the answers marked with a star come to, where no one of them does alone.
    fn together(&mut self, questions: usize) -> io::Result<()> {
        match questions {
            0 | 1 => Ok(()),
            _ => self.wrapped("    ", "With all answers marked * it is kept."),
        }
    }

    fn twins(&mut self, twins: &Twins, history: &History) -> io::Result<()> {
        self.wrapped("    ", "two worlds that agree with everything on record:")?;
        let steps = twins.keeps.len().max(twins.breaks.len());
        // What is the same in both is left out where there is much of it.
        let from = match steps {
            0..=TWIN_STEPS_MAX => 0,
            _ => twins.first_difference.saturating_sub(1),
        };
        let to = steps.min(from + TWIN_STEPS_MAX);
        self.table(&twins_table(twins, from..to, history))?;
        self.unshown(steps - (to - from), "step", "steps")?;
        let place = twins.breach_at.map(|at| format!("step {}", at + 1));
        let place = place.unwrap_or_else(|| "at the end".to_owned());
        self.wrapped(&format!("    ✗ {place}: "), &twins.breach)
    }

    fn witness(&mut self, witness: &Linearization, history: &History) -> io::Result<()> {
        match &witness.scope {
            Some(scope) => {
                self.says(&format!("{scope}: an order in which every answer is right"))?
            }
            None => self.says("an order in which every answer is right")?,
        }
        let shown = &witness.operations[..witness.operations.len().min(OPERATIONS_MAX)];
        self.table(&operation_table(shown, history))?;
        self.unshown(
            witness.operations.len() - shown.len(),
            "operation",
            "operations",
        )
    }

    fn says(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out)?;
        for line in wrap("  ", &printable(text), self.look.width) {
            let text = self.look.palette.paint(Ink::Strong, line.trim_start());
            writeln!(self.out, "  {text}")?;
        }
        Ok(())
    }

    fn events(&mut self, events: &[EventId], history: &History) -> io::Result<()> {
        let shown = &events[..events.len().min(EVENTS_MAX)];
        if !shown.is_empty() {
            self.table(&event_table(shown, history))?;
        }
        self.unshown(events.len() - shown.len(), "event", "events")
    }

    fn table(&mut self, table: &Table) -> io::Result<()> {
        for (position, line) in table.lines(self.look.width - 4).iter().enumerate() {
            match position {
                0 => writeln!(
                    self.out,
                    "    {}",
                    self.look.palette.paint(Ink::Faint, line)
                )?,
                _ => writeln!(self.out, "    {line}")?,
            }
        }
        Ok(())
    }

    fn unshown(&mut self, count: usize, one: &str, many: &str) -> io::Result<()> {
        if count == 0 {
            return Ok(());
        }
        let count = counted(count, &format!("more {one}"), &format!("more {many}"));
        self.wrapped("    ", &format!("… and {count}; --format json lists all"))
    }

    /// Sentences below each other, the first one behind a label.
    fn labelled<'t>(
        &mut self,
        label: &str,
        sentences: impl Iterator<Item = &'t str>,
    ) -> io::Result<()> {
        let indent = " ".repeat(label.chars().count());
        for (position, text) in sentences.filter(|text| !text.is_empty()).enumerate() {
            self.wrapped(if position == 0 { label } else { &indent }, text)?;
        }
        Ok(())
    }

    fn more_violations(&mut self, rest: &[Violation]) -> io::Result<()> {
        let phrase = |violation: &Violation| match &violation.scope {
            None => violation.says.clone(),
            Some(scope) => match violation.says.strip_suffix(scope.as_str()) {
                Some(head) => head.trim_end().trim_end_matches(" for").to_owned(),
                None => violation.says.clone(),
            },
        };
        let entries = rest.iter().map(|one| (phrase(one), one.scope.as_deref()));
        self.more(entries.collect())
    }

    fn more_missing(&mut self, rest: &[Missing]) -> io::Result<()> {
        let entries = rest.iter().map(|one| {
            let phrase = because_words(one.because).to_owned();
            (phrase, one.scope.as_deref())
        });
        self.more(entries.collect())
    }

    /// One entry a phrase: how many scopes it holds for, and the first of them.
    fn more(&mut self, rest: Vec<(String, Option<&str>)>) -> io::Result<()> {
        if rest.is_empty() {
            return Ok(());
        }
        let mut groups: Vec<(String, Vec<&str>, usize)> = Vec::new();
        for (phrase, scope) in &rest {
            let at = match groups.iter().position(|(known, ..)| known == phrase) {
                Some(at) => at,
                None => {
                    groups.push((phrase.clone(), Vec::new(), 0));
                    groups.len() - 1
                }
            };
            let (_, scopes, count) = &mut groups[at];
            *count += 1;
            scopes.extend(scope);
        }
        let more = format!("… and {} more; --format json lists all", rest.len());
        writeln!(self.out)?;
        self.wrapped("  ", &more)?;
        let unnamed = groups.len().saturating_sub(SCOPES_MAX);
        for (phrase, scopes, count) in groups.iter().take(SCOPES_MAX) {
            let scopes = scopes_words(scopes);
            self.wrapped("    ", &format!("{count} × {phrase}{scopes}"))?;
        }
        self.unshown(unnamed, "kind of finding", "kinds of finding")
    }
}

pub(super) const fn order_words(order: LineOrder) -> &'static str {
    match order {
        LineOrder::RealTime => "order: real-time, as one observer saw it",
        LineOrder::HappenedBefore => {
            "order: happened-before (each participant's own order, messages and causes)"
        }
    }
}

/// The counts, and as many participants as one line holds.
fn size_words(history: &History, width: usize) -> String {
    let processes = history.processes();
    let counts = format!(
        "{}, {}, {}",
        counted(history.events().len(), "event", "events"),
        counted(history.operations().len(), "operation", "operations"),
        counted(processes.len(), "participant", "participants"),
    );
    let names: Vec<String> = processes
        .iter()
        .map(|process| history.plain(*process))
        .collect();
    match names.len() {
        0 => counts,
        _ => cut(&format!("{counts}: {}", names.join(", ")), width - 2),
    }
}

/// What of a check does not count: "; accepted", "; level warn".
fn counts_words(check: &CheckReport) -> String {
    let accepted = check.acceptances.iter().filter(|one| !one.is_expired);
    let accepted = match (accepted.count(), check.unaccepted()) {
        (0, _) => String::new(),
        (_, Some(Verdict::Kept)) => "; accepted".to_owned(),
        (count, _) => format!("; {count} accepted"),
    };
    match check.level {
        Level::Deny => accepted,
        level => format!("{accepted}; level {}", level.as_str()),
    }
}

fn judged_words(scopes: Tally) -> String {
    let parts = [
        (scopes.broken, "broken"),
        (scopes.undecided, "undecided"),
        (scopes.kept, "kept"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    match parts.len() {
        0 => "judged nothing: no event concerns it".to_owned(),
        1 => format!("judged {}", scopes.judged()),
        _ => format!("judged {}: {}", scopes.judged(), parts.join(", ")),
    }
}

const fn because_words(because: Because) -> &'static str {
    match because {
        Because::Outcome => "it turns on an operation whose outcome is unknown",
        Because::Order => "it turns on which came first, and nothing orders them",
        Because::Record => "it turns on a record that is not whole",
        Because::NotYetDue => "it may still be met",
        Because::Budget => "a limit was reached before the search was over",
    }
}

/// ", for a, b and 3 others".
fn scopes_words(scopes: &[&str]) -> String {
    let shown = scopes.iter().take(SCOPES_MAX).copied();
    let shown = shown.collect::<Vec<&str>>().join(", ");
    match scopes.len() {
        0 => String::new(),
        len if len <= SCOPES_MAX => format!(", for {shown}"),
        len => {
            let others = counted(len - SCOPES_MAX, "other", "others");
            format!(", for {shown} and {others}")
        }
    }
}
