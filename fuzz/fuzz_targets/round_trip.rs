//! Any events are built or refused; what is built is written and read again as the same, and what the
//! builder refuses the reader refuses, too.
//!
//! ```text
//! cargo +nightly fuzz run round_trip
//! ```
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use testimony::history::{EventDraft, EventKind, History, HistoryBuilder, LineOrder, OnFault, Value};

/// A value; nested one level deep, as the reader's own recursion is serde_json's.
#[derive(Arbitrary, Clone, Debug)]
enum Json {
    Scalar(Scalar),
    List(Vec<Scalar>),
    Object(Vec<(String, Scalar)>),
}

#[derive(Arbitrary, Clone, Debug)]
enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

/// A name out of few, so that names meet.
#[derive(Arbitrary, Clone, Debug)]
enum Name {
    Number(u8),
    Text(String),
}

#[derive(Arbitrary, Debug)]
struct Step {
    process: Name,
    kind: u8,
    f: Option<String>,
    value: Option<Json>,
    id: Option<Name>,
    intent: Option<Name>,
    msg: Option<Name>,
    after: Option<Vec<Name>>,
    time_ns: Option<i64>,
    extra: Option<(Extra, Json)>,
}

/// Fields that the format does not use.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Extra {
    To,
    Error,
    Own,
}

#[derive(Arbitrary, Debug)]
struct Plan {
    title: Option<String>,
    order: Option<bool>,
    steps: Vec<Step>,
}

impl From<Scalar> for Value {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Null => Self::Null,
            Scalar::Bool(bool) => bool.into(),
            Scalar::Int(int) => int.into(),
            Scalar::Float(float) if float.is_finite() => Self::from_f64(float),
            Scalar::Float(_) => Self::Null,
            Scalar::Text(text) => text.into(),
        }
    }
}

impl From<Json> for Value {
    fn from(json: Json) -> Self {
        match json {
            Json::Scalar(scalar) => scalar.into(),
            Json::List(elements) => elements.into_iter().map(Self::from).collect::<Vec<_>>().into(),
            Json::Object(fields) => {
                let fields: std::collections::BTreeMap<_, _> = fields.into_iter().collect();
                let fields = fields.into_iter();
                Self::Object(fields.map(|(key, value)| (key.into(), value.into())).collect())
            }
        }
    }
}

impl From<Name> for Value {
    fn from(name: Name) -> Self {
        match name {
            Name::Number(number) => i64::from(number % 4).into(),
            Name::Text(text) => text.into(),
        }
    }
}

impl Step {
    fn draft(self) -> EventDraft {
        let kind = EventKind::ALL[usize::from(self.kind) % EventKind::ALL.len()];
        let mut draft = EventDraft::new(self.process, kind);
        if let Some(f) = &self.f {
            draft = draft.f(f);
        }
        if let Some(value) = self.value {
            draft = draft.value(value);
        }
        if let Some(id) = self.id {
            draft = draft.id(id);
        }
        if let Some(intent) = self.intent {
            draft = draft.intent(intent);
        }
        if let Some(msg) = self.msg {
            draft = draft.msg(msg);
        }
        if let Some(after) = self.after {
            draft = draft.after(after);
        }
        // The smallest integer stands for a missing time.
        if let Some(time_ns) = self.time_ns.filter(|time_ns| *time_ns != i64::MIN) {
            draft = draft.time_ns(time_ns);
        }
        if let Some((extra, value)) = self.extra {
            let name = match extra {
                Extra::To => "to",
                Extra::Error => "error",
                Extra::Own => "\"own\"",
            };
            draft = draft.extra(name, value);
        }
        draft
    }
}

fuzz_target!(|plan: Plan| {
    let mut builder = HistoryBuilder::new();
    if let Some(title) = &plan.title {
        builder = builder.title(title);
    }
    if let Some(order) = plan.order {
        builder = builder.order(LineOrder::ALL[usize::from(order)]);
    }
    for step in plan.steps {
        builder.push(step.draft());
    }
    let built = match builder.finish() {
        Ok(built) => built,
        Err(faults) => {
            assert!(!faults.list.is_empty() && !faults.to_string().is_empty());
            return;
        }
    };
    let mut written = Vec::new();
    built.write(&mut written).expect("a vector takes everything");
    let read = History::read("written", written, OnFault::Stop);
    let read = read.unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(built.first_difference(&read), None);
});
