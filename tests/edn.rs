//! Jepsen's EDN histories: every piece of syntax, every kind of bad input, and recorded histories with
//! known verdicts where a folder of them is named.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the folder of recorded histories is named by the environment, and they are timed"
)]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use testimony::check::catalog::Parameters;
use testimony::check::linear::{SpecCheck, SpecOptions};
use testimony::check::{Budget, Check, session};
use testimony::history::{FaultKind, Format, History, OnFault, Value, Verdict};

fn read(text: &str) -> History {
    let read = History::read_as(
        Some(Format::JepsenEdn),
        "h.edn",
        text.as_bytes().to_vec(),
        OnFault::Stop,
    );
    read.unwrap_or_else(|faults| panic!("{text}\n{faults}"))
}

/// The value of a fact that is written in EDN, as JSON.
fn value(edn: &str) -> String {
    let history = read(&format!("{{:process 0, :type :fact, :f :x, :value {edn}}}"));
    let value = history.events()[0].value.unwrap();
    history.values().to_value(value).to_string()
}

fn written(history: &History) -> String {
    let mut bytes = Vec::new();
    history.write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The first fault as `line:column: kind; expected …`, and the text that it marks.
fn fault(text: &str) -> (String, String) {
    let bytes = text.as_bytes().to_vec();
    let faults =
        History::read_as(Some(Format::JepsenEdn), "h.edn", bytes, OnFault::Stop).unwrap_err();
    let fault = &faults.list[0];
    let says = format!(
        "{}:{}: {}; expected {}",
        fault.at.line, fault.at.column, fault.kind, fault.expected
    );
    (says, faults.text[fault.at.span.clone()].to_owned())
}

#[test]
fn values_become_json() {
    let cases = [
        ("nil", "null"),
        ("true", "true"),
        ("false", "false"),
        (":read", r#""read""#),
        (":jepsen.nemesis/start", r#""jepsen.nemesis/start""#),
        ("symbol", r#""symbol""#),
        ("-7", "-7"),
        ("9223372036854775807N", "9223372036854775807"),
        ("1.5M", "1.5"),
        ("2.5e-3", "0.0025"),
        ("1/3", r#""1/3""#),
        ("##NaN", r#""NaN""#),
        ("##-Inf", r#""-Inf""#),
        (r#""a\n\"b\\\u00e9\101é""#, r#""a\n\"b\\éAé""#),
        ("\"two\nlines\t\"", r#""two\nlines\t""#),
        (r"\a", r#""a""#),
        (
            r"[\newline \space \u0041 \( \\]",
            r#"["\n"," ","A","(","\\"]"#,
        ),
        ("[1, 2 3]", "[1,2,3]"),
        ("(1 (2))", "[1,[2]]"),
        ("()", "[]"),
        ("#{:a}", r#"["a"]"#),
        ("{:a 1, \"b\" [2], c nil}", r#"{"a":1,"b":[2],"c":null}"#),
        (
            "{1 :one, [1 2] :list, nil :none}",
            r#"{"1":"one","[1,2]":"list","null":"none"}"#,
        ),
        (
            "#inst \"2026-01-01T00:00:00Z\"",
            r#""2026-01-01T00:00:00Z""#,
        ),
        (
            "#object[java.lang.Thread 0x1f \"main\"]",
            r#"["java.lang.Thread",31,"main"]"#,
        ),
        (
            "#jepsen.independent.MapEntry{:key 3, :val [1 2]}",
            "[3,[1,2]]",
        ),
        ("#jepsen.independent.Tuple [3 nil]", "[3,null]"),
        ("#some.Record{:x 1}", r#"{"x":1}"#),
        ("[1 #_2 3 #_ #_ 4 5]", "[1,3]"),
        ("[1 ; two ]\n 3]", "[1,3]"),
        ("[[:r :x nil] [:w :y 2]]", r#"[["r","x",null],["w","y",2]]"#),
    ];
    for (edn, json) in cases {
        let json: Value = serde_json::from_str(json).unwrap();
        assert_eq!(value(edn), json.to_string(), "{edn}");
    }
}

#[test]
fn maps_stand_alone_or_in_a_list() {
    let invoke = "{:type :invoke, :f :write, :value 1, :process 0, :time 5, :index 0}";
    let ok = "#jepsen.history.Op{:type :ok, :f :write, :value 1, :process 0, :error [:x]}";
    let json = "\
        {\"process\":0,\"type\":\"invoke\",\"f\":\"write\",\"value\":1,\"time\":5,\"index\":0}\n\
        {\"process\":0,\"type\":\"ok\",\"f\":\"write\",\"value\":1,\"error\":[\"x\"]}\n";
    let forms = [
        format!("{invoke}\n{ok}\n"),
        format!("{invoke}{ok}"),
        format!("[{invoke}\n {ok}]"),
        format!("({invoke}, {ok}) ; the end"),
        format!("; a comment\n\n[{invoke}\n #_{{:type :info}}\n{ok}\n]\n#_more"),
        format!(
            "#jepsen.history.DenseHistory [{invoke} #knossos.op.Op {}]",
            &ok[18..]
        ),
    ];
    for form in forms {
        // Recognised without being named, and read alike.
        let history = History::parse(&form).unwrap();
        assert_eq!(written(&history), json, "{form}");
        let again = History::parse(json).unwrap();
        assert_eq!(history.first_difference(&again), None);
    }
    for empty in ["", " \n", "[]", "()", "; nothing\n", "#_{:a 1}"] {
        assert_eq!(read(empty).events().len(), 0, "{empty}");
    }
}

#[test]
fn json_stays_json() {
    let json = r#"{"process":0,"type":"fact","f":":x"}"#;
    for text in [
        json.to_owned(),
        format!("[{json}]"),
        format!(" \n[ {json} ]"),
        "[]".into(),
    ] {
        let recognised = History::parse(&text).unwrap();
        let bytes = text.clone().into_bytes();
        let forced = History::read_as(Some(Format::Json), "h", bytes, OnFault::Stop).unwrap();
        assert_eq!(recognised.first_difference(&forced), None, "{text}");
    }
    // JSON's strings and commas are EDN's; its colons are not.
    let (says, marked) = fault(json);
    assert_eq!(marked, ":", "{says}");
    let edn = "{:process 0 :type :info}".as_bytes().to_vec();
    let faults = History::read_as(Some(Format::Json), "h", edn, OnFault::Stop).unwrap_err();
    assert!(matches!(faults.list[0].kind, FaultKind::Malformed(_)));
}

#[test]
fn events_keep_their_lines_texts_and_extras() {
    let text = "; first\n[{:process :nemesis, :type :info, :f :start,\n  :value {:n1 #{:n2}}}\n\n \
                {:process 1, :type :invoke, :f :read, :node \"n1\"} {:process 1 :type :info, :error nil}]";
    let history = History::parse(text).unwrap();
    let lines: Vec<u32> = history
        .events()
        .iter()
        .map(|event| event.place.line)
        .collect();
    assert_eq!(lines, [2, 5, 5]);
    let ids: Vec<_> = history.event_ids().collect();
    assert_eq!(
        history.event_text(ids[2]),
        "{:process 1 :type :info, :error nil}"
    );
    assert_eq!(
        history.extras(ids[1]),
        [("node".to_owned(), r#""n1""#.to_owned())]
    );
    let spot = history.spot(ids[2]);
    assert_eq!((spot.line, spot.column), (5, 52));
    assert_eq!(&history.text()[spot.span], history.event_text(ids[2]));
    assert_eq!(history.text(), text);
}

/// Texts that are no EDN, with the fault and what it marks.
const SYNTAX: &[(&str, &str, &str)] = &[
    (
        "{:process 0",
        "1:12: the text ends in the middle of a map; expected `}` at its end",
        "",
    ),
    (
        "[{:process 0 :type :info]",
        "1:25: malformed EDN: unexpected `]`; expected `}`",
        "]",
    ),
    (
        "[\n",
        "1:2: the text ends in the middle of the list of events; expected `]` at its end",
        "",
    ),
    (
        "{:process}",
        "1:2: malformed EDN: a key without a value; expected a value after each key",
        ":process",
    ),
    (
        "{:process \"a\n",
        "2:1: the text ends in the middle of a string; expected `\"` at its end",
        "",
    ),
    (
        r#"{:process "a\qb"}"#,
        "1:13: malformed EDN: unknown escape in a string; expected \\\", \\\\, \\n, \\r, \\t, \\b, \\f or \\uXXXX",
        r"\q",
    ),
    (
        "{:process 08}",
        "1:11: malformed EDN: `08` is no number; expected an integer like 7, or a number like 0.5",
        "08",
    ),
    (
        "{: 0}",
        "1:2: malformed EDN: `:` names nothing; expected a keyword, like `:read`",
        ":",
    ),
    (
        r"{:process \xyz}",
        "1:11: malformed EDN: unknown character `\\xyz`; expected one character, \\uXXXX, \\newline, \\return, \\space or \\tab",
        r"\xyz",
    ),
    (
        "{:process @a}",
        "1:11: malformed EDN: unexpected `@`; expected a value",
        "@",
    ),
    (
        "{:process #\"a\"}",
        "1:11: malformed EDN: unknown `#`; expected `#{`, `#_` or a tag, like `#inst`",
        "#",
    ),
    (
        "[] 1",
        "1:4: text after the end of the list of events; expected nothing after the list",
        "1",
    ),
    (
        ")",
        "1:1: malformed EDN: unexpected `)`; expected an event, a map",
        ")",
    ),
    (
        "#a.Tag",
        "1:7: the text ends in the middle of an event; expected a map after the tag",
        "",
    ),
];

/// Texts that are EDN but no history.
const CONTENT: &[(&str, &str, &str)] = &[
    (
        ":a",
        "1:1: a keyword where an event must stand; expected a map with `:process` and `:type`",
        ":a",
    ),
    (
        "[[1 2]]",
        "1:2: a list where an event must stand; expected a map with `:process` and `:type`",
        "[1 2]",
    ),
    (
        " {:type :info}",
        "1:2: missing field `process`; expected `process`: the participant, a string or an integer",
        "{:type :info}",
    ),
    (
        "{:process 0 :type :banana}",
        "1:19: unknown type `banana`; expected invoke, ok, fail, info, fact, send or receive",
        ":banana",
    ),
    (
        "{:process 0 :process 1 :type :info}",
        "1:13: repeated key `process`; expected each key once in an object",
        ":process",
    ),
    (
        "{:process 0 :type :fact :f :x :value {:a [1 99999999999999999999N]}}",
        "1:45: integer beyond 64 bits; expected an integer from -2^63 to 2^63 - 1: write a larger one as a string",
        "99999999999999999999N",
    ),
    (
        "\n\n{:process [0] :type :ok}",
        "3:11: a list in field `process`; expected a string or an integer",
        "[0]",
    ),
    (
        "{:process 0, :type :ok}",
        "1:20: completion without an invocation; expected an open operation of process 0",
        ":ok",
    ),
];

#[test]
fn bad_input_has_its_place_and_what_was_expected() {
    let event = "{:process 0, :type :invoke, :f :read}";
    for (text, says, marked) in SYNTAX.iter().chain(CONTENT) {
        assert_eq!(
            fault(text),
            ((*says).to_owned(), (*marked).to_owned()),
            "{text}"
        );
    }
    // Both places, in a list with two events on a line.
    let faults = History::parse(&format!("[{event} {event}]")).unwrap_err();
    let spot = &faults.list[0].related[0].1;
    assert_eq!((spot.line, spot.column), (1, 2));
    let (deep, _) = fault(&format!("{{:process {}", "[".repeat(100_000)));
    assert!(
        deep.contains("values nested deeper than 128 levels"),
        "{deep}"
    );
    for open in ["#_ ", "#a ", "{:a ", "[", "#{"] {
        let (says, _) = fault(&format!("{{:a {}", open.repeat(100_000)));
        assert!(says.contains("deeper"), "{says}");
    }
    assert!(
        fault(&"#a ".repeat(100_000))
            .0
            .contains("ends in the middle")
    );
}

#[test]
fn all_faults_are_told_on_request() {
    let text = "{:process 0, :type :invoke, :f :read}\n{:process 0, :type :ok, :value [1}\n\
                {:process 0, :type :banana}\n7\n{:process 0, :type :ok, :value 1}\n\"";
    let bytes = text.as_bytes().to_vec();
    let faults = History::read("h.edn", bytes, OnFault::KeepGoing).unwrap_err();
    let lines: Vec<u32> = faults.list.iter().map(|fault| fault.at.line).collect();
    assert_eq!(lines, [2, 3, 4, 6], "{faults}");
}

/// EDN that is often right, often nearly.
fn any_edn() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        "[\\[\\](){}#_:;\\\\\" ,\n]",
        "[-+]?[0-9]{1,3}[NMex/.]?",
        ":(type|process|f|value|info|fact|invoke|ok)",
        Just("{:process 0, :type :fact, :f :x, :value ".to_owned()),
        Just("}".to_owned()),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(token, 0..24).prop_map(|tokens| tokens.join(" "))
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any_edn(), bytes in any::<Vec<u8>>()) {
        for bytes in [text.into_bytes(), bytes] {
            for on_fault in [OnFault::Stop, OnFault::KeepGoing] {
                let format = Some(Format::JepsenEdn);
                match History::read_as(format, "h", bytes.clone(), on_fault) {
                    Err(faults) => prop_assert!(!faults.to_string().is_empty()),
                    Ok(history) => {
                        let again = History::parse(&written(&history)).unwrap();
                        prop_assert_eq!(history.first_difference(&again), None);
                    }
                }
            }
        }
    }
}

fn convert(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_testimony"))
        .arg("convert")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn convert_writes_our_format() {
    let edn = "[{:process 0, :type :fact, :f :x, :value #{\"\u{7f}\\u001b[31m\"}}]";
    let json = "{\"process\":0,\"type\":\"fact\",\"f\":\"x\",\"value\":[\"\u{7f}\\u001b[31m\"]}\n";
    assert_eq!(convert(&[], edn), (Some(0), json.to_owned(), String::new()));
    let headed = format!("{{\"history\":1,\"title\":\"a\"}}\n{json}");
    let (code, out, _) = convert(&["--from", "jsonl", "--to", "jsonl", "-"], &headed);
    assert_eq!((code, out), (Some(0), headed));
    let (code, out, error) = convert(&["--from", "jepsen-edn"], "{:process 0, :type 1}");
    assert_eq!((code, out), (Some(2), String::new()));
    assert!(error.contains("-:1:20"), "{error}");
}

/// The verdict of one recorded history.
fn verdict(path: &Path, model: &str) -> (Verdict, Duration) {
    let (name, initial) = match model {
        _ if model.contains("cas-register") => ("cas-register", Some("0")),
        _ if model.contains("multi-register") => ("multi-register", Some(r#"{"x":0,"y":0}"#)),
        _ => ("mutex", None),
    };
    let entry = testimony::specs::all()
        .specs
        .into_iter()
        .find(|entry| entry.name == name);
    let initial = initial.map(|json| ("initial".to_owned(), serde_json::from_str(json).unwrap()));
    // Knossos takes a read of nil as a read of anything.
    let null_reads = ("null-reads".to_owned(), Value::from("anything"));
    let null_reads = (name == "cas-register").then_some(null_reads);
    let mut parameters = Parameters::new(initial.into_iter().chain(null_reads));
    let spec = (entry.unwrap().build)(&mut parameters).unwrap();
    let check: Arc<dyn Check> = Arc::new(SpecCheck::new(name, spec, SpecOptions::default()));
    let started = Instant::now();
    let history = History::open(path).unwrap();
    let again = History::parse(&written(&history)).unwrap();
    assert_eq!(history.first_difference(&again), None, "{}", path.display());
    let judged = session::judge(history, &[check], &Budget::default()).unwrap();
    (judged.findings[0].judgement.verdict, started.elapsed())
}

/// Knossos's own histories, which are not ours to ship: `TESTIMONY_KNOSSOS` names their folder.
#[test]
fn knossos_histories_have_their_verdicts() {
    let Some(folder) = std::env::var_os("TESTIMONY_KNOSSOS") else {
        println!("skipped: TESTIMONY_KNOSSOS names no folder");
        return;
    };
    let folder = Path::new(&folder);
    let list = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    let (mut kept, mut broken, mut wrong) = (0, 0, Vec::new());
    for line in list.lines().skip(1) {
        let mut columns = line.split('\t');
        let mut column = || columns.next().unwrap();
        let (path, model, expected) = (column(), column(), column());
        let path = path.strip_prefix("knossos/").unwrap_or(path);
        let (verdict, time) = verdict(&folder.join(path), model);
        match (verdict, expected) {
            (Verdict::Kept, "valid") => kept += 1,
            (Verdict::Broken, "invalid") => broken += 1,
            _ => wrong.push(format!("{path}: {verdict:?}, expected {expected}")),
        }
        if time > Duration::from_secs(5) {
            println!("{path}: {time:?}");
        }
    }
    println!("{kept} kept, {broken} broken, {} otherwise", wrong.len());
    assert_eq!(wrong, Vec::<String>::new());
}
