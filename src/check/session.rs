//! From a history to its judgements in one call: what `cargo test` and the command line share.
//!
//! ```no_run
//! # use testimony::prelude::*;
//! # struct NoDoubleHold;
//! # impl Promise for NoDoubleHold {
//! #     type Fact = Value;
//! #     type State = Value;
//! #     fn read(&self, effect: &Effect<'_>) -> Result<Option<(Scope, Value)>, Misfit> { Ok(None) }
//! #     fn observe(&self, _: &mut Value, _: &Value) -> Result<(), Breach> { Ok(()) }
//! # }
//! testimony::check_file("histories/tickets.jsonl").promise(NoDoubleHold).assert_kept();
//! ```

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rayon::prelude::*;

use crate::history::{EventId, History, ReadError, Verdict};
use crate::order::{ClockFault, Cycle, Order, Relation};
use crate::verdict::Judgement;

use super::linear::{AnySpec, Beside, Spec, SpecCheck, SpecOptions};
use super::promise::{AnyPromise, Promise, PromiseCheck};
use super::{Budget, Check, Objection, Subject, nanoseconds};

/// The kind of a promise that is written in Rust.
pub const RUST_KIND: &str = "rust";

impl<S: Spec> From<S> for AnySpec {
    fn from(spec: S) -> Self {
        Self::of(spec)
    }
}

impl<P: Promise> From<P> for AnyPromise {
    fn from(promise: P) -> Self {
        Self::of(promise)
    }
}

/// A history with everything that its checks found out.
#[derive(Debug)]
pub struct Judged {
    /// What was witnessed.
    pub history: History,
    /// Everything that is known of its order.
    pub order: Order,
    /// What each check says, in the order in which they were asked for.
    pub findings: Vec<Finding>,
}

/// What one check says of a history.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The check's id: `linearizable:register`, `charge-at-most-once`.
    pub id: String,
    /// The check's kind: `linearizable`, `at-most-once`.
    pub kind: String,
    /// What it says.
    pub judgement: Judgement,
}

/// Why a history could not be judged: bad input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unjudged {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its events would come before themselves.
    #[error("{}: a cycle in happened-before: {cycle}", history.path())]
    Cycle {
        /// What was witnessed.
        history: Box<History>,
        /// The events, each before the next.
        cycle: Cycle,
    },
    /// Clocks cannot agree as far as a check was told that they do.
    #[error("{}: clock-error = {error:?}: {fault}", history.path())]
    Clocks {
        /// What was witnessed.
        history: Box<History>,
        /// How far they were said to differ at most.
        error: Duration,
        /// What shows that they differ by more.
        fault: ClockFault,
    },
    /// It does not speak the words of a check.
    #[error("{}", Objections(history, list))]
    Objections {
        /// What was witnessed.
        history: Box<History>,
        /// The objections with the ids of their checks, check by check; never empty.
        list: Vec<(String, Objection)>,
    },
}

struct Objections<'a>(&'a History, &'a [(String, Objection)]);

impl fmt::Display for Objections<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN_MAX: usize = 10;
        let Self(history, list) = self;
        for (position, (check, objection)) in list.iter().take(SHOWN_MAX).enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            let line = history.event(objection.event).place.line;
            let Objection { says, expected, .. } = objection;
            write!(
                f,
                "{}:{line}: {says}; {check} expected {expected}",
                history.path()
            )?;
            write!(f, "\n    {}", history.event_text(objection.event))?;
        }
        match list.len().saturating_sub(SHOWN_MAX) {
            0 => Ok(()),
            more => write!(f, "\n{}: {more} more", history.path()),
        }
    }
}

/// Judges a history by each check, in the order in which they are given.
///
/// Promises are judged beside the specifications: worlds that one of these rules out do not count.
///
/// What is found does not depend on the number of threads; the checks run in rayon's current pool.
///
/// # Errors
/// Bad input: a cycle in happened-before, or events that a check cannot read.
pub fn judge(
    history: History,
    checks: &[Arc<dyn Check>],
    budget: &Budget,
) -> Result<Judged, Unjudged> {
    let order = match Order::of(&history, Relation::HappenedBefore) {
        Ok(order) => order,
        Err(cycle) => {
            let history = Box::new(history);
            return Err(Unjudged::Cycle { history, cycle });
        }
    };
    let by_clocks = match orders_by_clocks(&history, checks) {
        Ok(orders) => orders,
        Err((error, fault)) => {
            let history = Box::new(history);
            return Err(Unjudged::Clocks {
                history,
                error,
                fault,
            });
        }
    };
    let subject = |check: &Arc<dyn Check>| Subject {
        history: &history,
        order: check
            .clock_error()
            .and_then(|error| by_clocks.get(&error))
            .unwrap_or(&order),
    };
    // The first objection ends the searches of all checks: nobody will see what they find.
    let budget = budget.part();
    let plain = Subject {
        history: &history,
        order: &order,
    };
    let judgements = judge_all(plain, subject, checks, &budget);
    let mut findings = Vec::new();
    let mut list = Vec::new();
    for (check, judged) in checks.iter().zip(judgements) {
        let id = check.id().to_owned();
        match judged {
            Ok(judgement) => findings.push(Finding {
                kind: check.kind().to_owned(),
                id,
                judgement,
            }),
            Err(objections) => list.extend(
                objections
                    .into_iter()
                    .map(|objection| (id.clone(), objection)),
            ),
        }
    }
    if !list.is_empty() {
        let history = Box::new(history);
        return Err(Unjudged::Objections { history, list });
    }
    Ok(Judged {
        history,
        order,
        findings,
    })
}

/// An order for each bound that some check sets to the error of the clocks.
fn orders_by_clocks(
    history: &History,
    checks: &[Arc<dyn Check>],
) -> Result<BTreeMap<Duration, Order>, (Duration, ClockFault)> {
    let mut orders = BTreeMap::new();
    for error in checks.iter().filter_map(|check| check.clock_error()) {
        if let Entry::Vacant(place) = orders.entry(error) {
            let order = Order::with_clocks(history, nanoseconds(error));
            place.insert(order.map_err(|fault| (error, fault))?);
        }
    }
    Ok(orders)
}

/// Specifications first, then the others beside them.
fn judge_all<'s>(
    plain: Subject<'s>,
    subject: impl Fn(&Arc<dyn Check>) -> Subject<'s> + Sync,
    checks: &[Arc<dyn Check>],
    budget: &Budget,
) -> Vec<Result<Judgement, Vec<Objection>>> {
    let stopping = |judged: Result<Judgement, Vec<Objection>>| {
        if judged.is_err() {
            budget.stop();
        }
        judged
    };
    let of_specs: Vec<Option<Result<Judgement, Vec<Objection>>>> = checks
        .par_iter()
        .map(|check| {
            let is_spec = check.as_spec().is_some();
            is_spec.then(|| stopping(check.read_and_judge(subject(check), budget)))
        })
        .collect();
    let judged = checks.iter().zip(&of_specs);
    let judged: Vec<(&SpecCheck, Verdict)> = judged
        .filter_map(|(check, judged)| {
            let judgement = judged.as_ref()?.as_ref().ok()?;
            (judgement.judged() > 0).then_some((check.as_spec()?, judgement.verdict))
        })
        .collect();
    let beside = Beside::of(plain, &judged);
    let all = checks.par_iter().zip(of_specs);
    all.map(|(check, judged)| match judged {
        Some(judged) => judged,
        None => stopping(check.judge_beside(subject(check), &beside, budget)),
    })
    .collect()
}

impl Judged {
    /// What the check of this id says.
    #[must_use]
    pub fn judgement(&self, id: &str) -> Option<&Judgement> {
        let finding = self.findings.iter().find(|finding| finding.id == id)?;
        Some(&finding.judgement)
    }

    /// Whether every check has this verdict and judged something, and there is one at all.
    #[must_use]
    pub fn all_are(&self, verdict: Verdict) -> bool {
        let is_so = |judgement: &Judgement| judgement.judged() > 0 && judgement.verdict == verdict;
        !self.findings.is_empty()
            && self
                .findings
                .iter()
                .all(|finding| is_so(&finding.judgement))
    }

    fn write_events(&self, f: &mut fmt::Formatter<'_>, events: &[EventId]) -> fmt::Result {
        for event in events {
            let place = self.history.event(*event).place;
            match self.history.event_text(*event) {
                "" => {
                    let process = self
                        .history
                        .process_name(self.history.event(*event).process);
                    write!(f, "\n    event {} of {process}", event.index() + 1)?;
                }
                text => write!(f, "\n    line {}: {text}", place.line)?,
            }
        }
        Ok(())
    }

    fn write_finding(&self, f: &mut fmt::Formatter<'_>, finding: &Finding) -> fmt::Result {
        let Finding { id, judgement, .. } = finding;
        match judgement.judged() {
            0 => return write!(f, "{id}: nothing was judged: no event concerns it"),
            judged => write!(f, "{id}: {}, judged {judged}", judgement.verdict.as_str())?,
        }
        for violation in &judgement.violations {
            write!(f, "\n  {}", violation.says)?;
            self.write_events(f, &violation.events)?;
            for why in &violation.why {
                write!(f, "\n    {why}")?;
            }
        }
        for settled in &judgement.settled {
            write!(f, "\n  {}", settled.says)?;
        }
        for missing in &judgement.missing {
            let scope = missing.scope.as_ref().map(|scope| format!(" ({scope})"));
            let because = missing.because.as_str();
            let scope = scope.unwrap_or_default();
            write!(
                f,
                "\n  undecided for want of {because}{scope}: {}",
                missing.question
            )?;
            self.write_events(f, &missing.events)?;
        }
        Ok(())
    }
}

impl fmt::Display for Judged {
    /// Plain text for the message of a failed test: each check with what broke and the lines that show it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.history.path().is_empty() {
            write!(f, "{}", self.history.path())?;
        }
        for finding in &self.findings {
            f.write_char('\n')?;
            self.write_finding(f, finding)?;
        }
        Ok(())
    }
}

/// A history and the checks that it is going to be judged by.
///
/// Made by [`check_file`] and [`check_history`].
#[must_use = "nothing is judged before `judge` or one of the assertions"]
pub struct Session {
    source: Source,
    checks: Vec<Asked>,
    clock_error: Option<Duration>,
    budget: Budget,
}

/// What a session was asked for: a check as it is, or a promise that heeds the session's clock error.
enum Asked {
    Check(Arc<dyn Check>),
    Promise(PromiseCheck),
}

enum Source {
    File(PathBuf),
    History(Box<History>),
}

/// Starts to judge the history in a file, in any form that [`History::open`] reads.
pub fn check_file(path: impl AsRef<Path>) -> Session {
    Session::over(Source::File(path.as_ref().to_owned()))
}

/// Starts to judge a history that a test has read or built.
pub fn check_history(history: History) -> Session {
    Session::over(Source::History(Box::new(history)))
}

impl Session {
    fn over(source: Source) -> Self {
        Self {
            source,
            checks: Vec::new(),
            clock_error: None,
            budget: Budget::default(),
        }
    }

    /// Asks for linearizability against a specification, which reports call `name`.
    pub fn spec(self, name: &str, spec: impl Into<AnySpec>) -> Self {
        self.spec_with(name, spec, SpecOptions::default())
    }

    /// Asks for a specification with another consistency, by key, or with its witness.
    pub fn spec_with(self, name: &str, spec: impl Into<AnySpec>, options: SpecOptions) -> Self {
        self.check(Arc::new(SpecCheck::new(name, spec.into(), options)))
    }

    /// Asks for a promise, which reports call by the slug of its type's name: `NoDoubleHold` is
    /// `no-double-hold`.
    pub fn promise<P: Promise>(self, promise: P) -> Self {
        self.named_promise(&slug_of_type::<P>(), promise)
    }

    /// Asks for a promise, which reports call by the slug of `name`.
    pub fn named_promise(mut self, name: &str, promise: impl Into<AnyPromise>) -> Self {
        let check = PromiseCheck::new(name, RUST_KIND, promise.into());
        self.checks.push(Asked::Promise(check));
        self
    }

    /// Says how far the clocks of different participants differ at most: the promises asked for by
    /// [`promise`](Self::promise) and [`named_promise`](Self::named_promise), before or after, are judged by an order in which
    /// they count. A bound that the history refutes is bad input.
    pub fn clock_error(mut self, error: Duration) -> Self {
        self.clock_error = Some(error);
        self
    }

    /// Asks for any check: one of a `testimony.toml`, or one that other sessions share.
    pub fn check(mut self, check: Arc<dyn Check>) -> Self {
        self.checks.push(Asked::Check(check));
        self
    }

    /// Limits what the search of one object or scope may cost.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Judges the history.
    ///
    /// # Errors
    /// Bad input. A history without a single check asked for is judged, and nothing is found.
    pub fn judge(self) -> Result<Judged, Unjudged> {
        let history = match self.source {
            Source::File(path) => History::open(path)?,
            Source::History(history) => *history,
        };
        let checks = self.checks.into_iter().map(|asked| match asked {
            Asked::Check(check) => check,
            Asked::Promise(promise) => Arc::new(promise.with_clock_error(self.clock_error)) as _,
        });
        judge(history, &checks.collect::<Vec<_>>(), &self.budget)
    }

    /// Asserts that every check is kept, and that each judged something.
    ///
    /// # Panics
    /// Where one is not, or nothing was asked for: with what broke and the lines that show it.
    #[track_caller]
    pub fn assert_kept(self) {
        self.assert(Verdict::Kept);
    }

    /// Asserts that every check is broken.
    ///
    /// # Panics
    /// Where one is not, or nothing was asked for: with what each check says.
    #[track_caller]
    pub fn assert_broken(self) {
        self.assert(Verdict::Broken);
    }

    /// Asserts that every check is undecided.
    ///
    /// # Panics
    /// Where one is not, or nothing was asked for: with what each check says.
    #[track_caller]
    pub fn assert_undecided(self) {
        self.assert(Verdict::Undecided);
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "an assertion of the user's test")]
    fn assert(self, verdict: Verdict) {
        let expected = verdict.as_str();
        match self.judge() {
            Ok(judged) if judged.all_are(verdict) => {}
            Ok(judged) if judged.findings.is_empty() => {
                panic!(
                    "expected {expected}, but no check was asked for: add `.promise(…)` or `.spec(…)`"
                )
            }
            Ok(judged) => panic!("expected every check to be {expected}: {judged}"),
            Err(unjudged) => panic!("expected {expected}, but could not check: {unjudged}"),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = |asked: &'_ Asked| match asked {
            Asked::Check(check) => check.id().to_owned(),
            Asked::Promise(promise) => promise.id().to_owned(),
        };
        let checks: Vec<String> = self.checks.iter().map(id).collect();
        let mut session = f.debug_struct("Session");
        match &self.source {
            Source::File(path) => session.field("path", path),
            Source::History(history) => session.field("history", &history.path()),
        };
        session
            .field("checks", &checks)
            .field("budget", &self.budget)
            .finish()
    }
}

/// The name of a Rust type as people would write it in a configuration: `NoDoubleHold` is
/// `no-double-hold`.
#[must_use]
pub fn slug_of_type<T: ?Sized>() -> String {
    let whole = std::any::type_name::<T>();
    let bare = whole.split('<').next().unwrap_or(whole);
    kebab(bare.rsplit("::").next().unwrap_or(bare))
}

fn kebab(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut slug = String::new();
    for (at, character) in characters.iter().enumerate() {
        let after_lower = at > 0 && !characters[at - 1].is_uppercase();
        let before_lower = characters
            .get(at + 1)
            .is_some_and(|next| next.is_lowercase());
        if character.is_uppercase() && at > 0 && (after_lower || before_lower) {
            slug.push('-');
        }
        slug.extend(character.to_lowercase());
    }
    super::promise::slug(&slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_named_in_kebab_case() {
        assert_eq!(kebab("NoDoubleHold"), "no-double-hold");
        assert_eq!(kebab("HTTPServer2"), "http-server2");
        assert_eq!(kebab("Seat_Map"), "seat-map");
        assert_eq!(slug_of_type::<Vec<String>>(), "vec");
    }

    /// Says the same of every history.
    struct Always(&'static str, Judgement);

    impl Check for Always {
        fn id(&self) -> &str {
            self.0
        }

        fn kind(&self) -> &str {
            "always"
        }

        fn objections(&self, history: &History) -> Vec<Objection> {
            let events = history.event_ids().filter(|_| self.0 == "objecting");
            let objection = |event| Objection {
                event,
                says: "`f` is strange".to_owned(),
                expected: "`read`".to_owned(),
            };
            events.map(objection).collect()
        }

        fn judge(&self, _subject: Subject<'_>, _budget: &Budget) -> Judgement {
            self.1.clone()
        }
    }

    fn session(checks: impl IntoIterator<Item = Always>) -> Session {
        let text = r#"{"process":0,"type":"fact","f":"charge"}"#;
        let history = History::parse(text).unwrap();
        let start = check_history(history);
        checks
            .into_iter()
            .fold(start, |session, check| session.check(Arc::new(check)))
    }

    fn saying(verdict: Verdict) -> Judgement {
        let mut judgement = Judgement::of_nothing();
        judgement.verdict = verdict;
        judgement.scopes.add(verdict);
        if verdict == Verdict::Broken {
            judgement.violations.push(crate::verdict::Violation {
                scope: None,
                says: "charged twice".to_owned(),
                events: vec![EventId::new(0)],
                why: Vec::new(),
                dead_end: None,
            });
        }
        judgement
    }

    fn message_of(panics: impl FnOnce() + std::panic::UnwindSafe) -> String {
        let payload = std::panic::catch_unwind(panics).unwrap_err();
        *payload.downcast::<String>().unwrap()
    }

    #[test]
    fn an_assertion_holds_where_every_check_has_the_verdict() {
        session([Always("a", saying(Verdict::Kept))]).assert_kept();
        session([Always("a", saying(Verdict::Broken))]).assert_broken();
        session([Always("a", saying(Verdict::Undecided))]).assert_undecided();
    }

    #[test]
    fn a_failed_assertion_shows_the_lines() {
        let mixed = [
            Always("a", saying(Verdict::Kept)),
            Always("b", saying(Verdict::Broken)),
        ];
        let says = message_of(|| session(mixed).assert_kept());
        assert!(
            says.contains("a: kept, judged 1\nb: broken, judged 1\n  charged twice"),
            "{says}"
        );
        assert!(
            says.contains(r#"line 1: {"process":0,"type":"fact","f":"charge"}"#),
            "{says}"
        );
    }

    #[test]
    fn judging_nothing_is_not_kept() {
        let nothing = [Always("a", Judgement::of_nothing())];
        let says = message_of(|| session(nothing).assert_kept());
        assert!(says.contains("a: nothing was judged"), "{says}");
        let says = message_of(|| session([]).assert_kept());
        assert!(says.contains("no check was asked for"), "{says}");
    }

    #[test]
    fn bad_input_is_never_kept() {
        let objecting = [Always("objecting", saying(Verdict::Kept))];
        let says = message_of(|| session(objecting).assert_kept());
        assert!(
            says.contains("history:1: `f` is strange; objecting expected `read`"),
            "{says}"
        );
        let says = message_of(|| check_file("no/such/file.jsonl").assert_kept());
        assert!(says.contains("failed to read no/such/file.jsonl"), "{says}");
    }
}
