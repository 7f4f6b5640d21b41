//! Reading what was written gives the same history, whatever stands in it.

use proptest::prelude::*;

use testimony::history::{
    EventDraft, EventKind, Format, History, HistoryBuilder, LineOrder, OnFault, Value, Verdict,
};

/// Any JSON value, with awkward text and numbers.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no others", |float| float.is_finite())
            .prop_map(Value::from_f64),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any_text(), inner, 0..5).prop_map(|fields| {
                let fields = fields.into_iter().map(|(key, value)| (key.into(), value));
                Value::Object(fields.collect())
            }),
        ]
    })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{0,2}",
        "\\PC{0,6}",
        any::<String>(),
        Just("\"\\/\u{0}\u{1f}\u{7f}\u{2028}\u{feff}é😀\r\n\t".to_owned()),
    ]
}

/// A name that is a string or an integer.
fn any_name() -> impl Strategy<Value = Value> {
    prop_oneof![
        (0..4_i64).prop_map(Value::from),
        any_text().prop_map(Value::from)
    ]
}

/// What one step of a generated history does; it becomes an event where the rules allow it.
#[derive(Clone, Debug)]
struct Step {
    process: usize,
    action: usize,
    has_id: bool,
    value: Option<Value>,
    f: String,
    names_f: bool,
    intent: Option<Value>,
    time_ns: Option<i64>,
    after: Vec<usize>,
    extras: Vec<(String, Value)>,
}

fn any_step() -> impl Strategy<Value = Step> {
    let first = (
        0..4_usize,
        0..9_usize,
        any::<bool>(),
        prop::option::of(any_value()),
    );
    let second = (any_text(), any::<bool>(), prop::option::of(any_text()));
    let time_ns = prop::option::of(prop_oneof![any::<i64>(), 0..100_i64]);
    let after = prop::collection::vec(0..40_usize, 0..3);
    let extra_name = prop_oneof!["(to|from|index|error)", "x-[a-z\"é]{0,3}"];
    let extras = prop::collection::vec((extra_name, any_value()), 0..3);
    (first, second, time_ns, after, extras).prop_map(|(first, second, time_ns, after, extras)| {
        Step {
            process: first.0,
            action: first.1,
            has_id: first.2,
            value: first.3,
            f: second.0,
            names_f: second.1,
            intent: second.2.map(Value::from),
            // The smallest integer stands for a missing time.
            time_ns: time_ns.filter(|time_ns| *time_ns != i64::MIN),
            after,
            extras,
        }
    })
}

/// Plays steps on some processes so that the history keeps the rules.
struct Play {
    builder: HistoryBuilder,
    processes: Vec<Value>,
    /// Open operations of each process: the name, and the id where there is one.
    open: Vec<Vec<(String, Option<String>)>>,
    is_done: Vec<bool>,
    ids: Vec<String>,
    sent: Vec<String>,
    names: usize,
}

impl Play {
    fn step(&mut self, step: &Step, may_send: bool) {
        let process = step.process % self.processes.len();
        let uses_ids = self.open[process].iter().all(|(_, id)| id.is_some());
        let open = self.open[process].clone();
        match step.action {
            0..=2 if open.is_empty() || (uses_ids && step.has_id) => {
                let has_id = step.has_id || self.is_done[process];
                let id = has_id.then(|| self.fresh("op"));
                let draft = self.draft(step, EventKind::Invoke, id.clone()).f(&step.f);
                self.ids.extend(id.clone());
                self.open[process].push((step.f.clone(), id));
                self.builder.push(draft);
            }
            3..=5 if !open.is_empty() => {
                let (f, id) = self.open[process].remove(step.after.len() % open.len());
                let kinds = [EventKind::Ok, EventKind::Fail, EventKind::Info];
                let kind = kinds[step.action - 3];
                self.is_done[process] |= kind == EventKind::Info && id.is_none();
                let names_id = step.has_id || open.len() > 1;
                // A completion cannot happen after itself.
                let after = step.after.iter().copied();
                let after = after
                    .filter(|at| self.ids.get(*at) != id.as_ref())
                    .collect();
                let step = &Step {
                    after,
                    ..step.clone()
                };
                let mut draft = self.draft(step, kind, id.filter(|_| names_id));
                if step.names_f {
                    draft = draft.f(&f);
                }
                self.builder.push(draft);
            }
            7 if may_send => {
                let msg = self.fresh("m");
                let id = step.has_id.then(|| self.fresh("send"));
                let draft = self.draft(step, EventKind::Send, id).msg(msg.clone());
                self.sent.push(msg);
                self.builder.push(draft);
            }
            8 if !self.sent.is_empty() => {
                let msg = self.sent[step.f.len() % self.sent.len()].clone();
                let draft = self.draft(step, EventKind::Receive, None).msg(msg);
                self.builder.push(draft);
            }
            _ => {
                let id = step.has_id.then(|| self.fresh("fact"));
                let draft = self.draft(step, EventKind::Fact, id.clone()).f(&step.f);
                self.ids.extend(id);
                self.builder.push(draft);
            }
        }
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}-{}", self.names)
    }

    fn draft(&self, step: &Step, kind: EventKind, id: Option<String>) -> EventDraft {
        let process = self.processes[step.process % self.processes.len()].clone();
        let mut draft = EventDraft::new(process, kind);
        if let Some(value) = &step.value {
            draft = draft.value(value.clone());
        }
        if let Some(id) = id {
            draft = draft.id(id);
        }
        if let Some(intent) = &step.intent {
            draft = draft.intent(intent.clone());
        }
        if let Some(time_ns) = step.time_ns {
            draft = draft.time_ns(time_ns);
        }
        let known = step
            .after
            .iter()
            .filter_map(|at| self.ids.get(*at).cloned());
        let known: Vec<String> = known.collect();
        if !known.is_empty() {
            draft = draft.after(known);
        }
        for (name, value) in &step.extras {
            draft = draft.extra(name, value.clone());
        }
        draft
    }
}

fn any_header() -> impl Strategy<Value = HistoryBuilder> {
    let text = || prop::option::of(any_text());
    let order = prop::option::of(prop::sample::select(LineOrder::ALL.to_vec()));
    let complete = prop::option::of(prop::collection::vec(any_name(), 0..3));
    let expect = prop::collection::btree_map(any_text(), 0..3_usize, 0..3);
    (text(), text(), order, any::<bool>(), complete, expect).prop_map(
        |(title, source, order, is_whole, complete, expect)| {
            let mut builder = HistoryBuilder::new();
            if let Some(title) = title {
                builder = builder.title(&title);
            }
            if let Some(source) = source {
                builder = builder.source(&source);
            }
            if let Some(order) = order {
                builder = builder.order(order);
            }
            builder = match complete {
                Some(participants) => builder.complete_only(participants),
                None if is_whole => builder,
                None => builder.incomplete(),
            };
            for (check, verdict) in expect {
                builder = builder.expect(&check, Verdict::ALL[verdict]);
            }
            builder
        },
    )
}

fn any_history() -> impl Strategy<Value = Result<History, String>> {
    let processes = prop::collection::btree_set(any_name(), 1..4);
    let steps = prop::collection::vec(any_step(), 0..24);
    (any_header(), processes, steps, any::<bool>()).prop_map(
        |(builder, processes, steps, may_send)| {
            let mut play = Play {
                builder,
                open: vec![Vec::new(); processes.len()],
                is_done: vec![false; processes.len()],
                processes: processes.into_iter().collect(),
                ids: Vec::new(),
                sent: Vec::new(),
                names: 0,
            };
            for step in &steps {
                play.step(step, may_send);
            }
            play.builder.finish().map_err(|faults| faults.to_string())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn reading_what_was_written_gives_the_same_history(built in any_history()) {
        let built = built.map_err(TestCaseError::fail)?;
        let mut bytes = Vec::new();
        built.write(&mut bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let read = History::read("written", bytes.clone(), OnFault::Stop)
            .map_err(|faults| TestCaseError::fail(faults.to_string()))?;
        prop_assert_eq!(built.first_difference(&read), None);
        let mut again = Vec::new();
        read.write(&mut again).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(String::from_utf8(bytes), String::from_utf8(again));
    }

    #[test]
    fn other_formats_hold_the_same_history(built in any_history()) {
        let built = built.map_err(TestCaseError::fail)?;
        let failed = |error: std::io::Error| TestCaseError::fail(error.to_string());
        let (mut json, mut edn) = (Vec::new(), Vec::new());
        built.write_json(&mut json).map_err(failed)?;
        built.write_edn(&mut edn).map_err(failed)?;
        for (format, bytes) in [(Format::Json, json), (Format::JepsenEdn, edn)] {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let read = History::read_as(Some(format), "written", bytes, OnFault::Stop)
                .map_err(|faults| TestCaseError::fail(format!("{text}{faults}")))?;
            prop_assert_eq!(built.first_difference(&read), None, "{}", text);
        }
    }

    #[test]
    fn a_text_with_a_hole_is_read_or_refused_but_never_panics(
        built in any_history(),
        hole in (any::<prop::sample::Index>(), 0..9_usize, any::<u8>()),
    ) {
        let built = built.map_err(TestCaseError::fail)?;
        let mut bytes = Vec::new();
        built.write(&mut bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
        if !bytes.is_empty() {
            let (start, len, byte) = hole;
            let start = start.index(bytes.len());
            let end = (start + len).min(bytes.len());
            bytes.splice(start..end, [byte]);
        }
        if let Err(faults) = History::read("hole", bytes, OnFault::KeepGoing) {
            prop_assert!(!faults.list.is_empty());
            prop_assert!(!faults.to_string().is_empty());
        }
    }
}
