//! Every kind of fault in a configuration, as its user reads it.

use std::time::Duration;

use insta::assert_snapshot;

use super::*;
use crate::check::catalog::{ParameterFault, Parameters, PromiseEntry};
use crate::check::promise::{AnyPromise, Breach, Effect, Misfit, Promise, Scope};
use crate::history::Value;

/// A promise that holds of everything: only its fields matter here.
struct Anything;

impl Promise for Anything {
    type Fact = ();
    type State = ();

    fn read(&self, _effect: &Effect<'_>) -> Result<Option<(Scope, ())>, Misfit> {
        Ok(None)
    }

    fn observe(&self, (): &mut (), (): &()) -> Result<(), Breach> {
        Ok(())
    }
}

fn at_most_once(fields: &mut Parameters) -> Result<AnyPromise, ParameterFault> {
    fields.required_names("effect")?;
    fields.names("per")?;
    fields.whole("times", 1)?;
    Ok(AnyPromise::of(Anything))
}

fn exclusive(fields: &mut Parameters) -> Result<AnyPromise, ParameterFault> {
    fields.required_names("resource")?;
    fields.required_names("held-by")?;
    Ok(AnyPromise::of(Anything))
}

fn catalog() -> Catalog {
    let entry = |name, build| PromiseEntry {
        name,
        page: "",
        build,
    };
    Catalog {
        specs: vec![crate::check::catalog::SpecEntry {
            name: "register",
            page: "",
            build: |_| {
                Err(ParameterFault {
                    name: String::new(),
                    says: "is only named here".to_owned(),
                })
            },
        }],
        promises: vec![
            entry("at-most-once", at_most_once),
            entry("exclusive", exclusive),
        ],
    }
}

fn parse(text: &str) -> Result<Config, ConfigFaults> {
    Config::parse("testimony.toml", text, &catalog())
}

/// The message of a configuration that must be refused.
fn refusal(text: &str) -> String {
    parse(text).expect_err("a fault").to_string()
}

#[test]
fn promises_and_effects_are_read_in_the_order_of_the_file() {
    let text = r#"
        [[promise]]
        name = "Seat held once"
        kind = "exclusive"
        resource = ["show", "seat.id"]
        held-by = "cart"

        [effect.refund]
        fact = ["refunded", "returned"]
        owner = 7

        [effect.charge]
        operation = "authorize"
        fact = "authorized"
        owner = "payment"
        same = "attempt"
        complete = true

        [[promise]]
        name = "charge at most once"
        kind = "at-most-once"
        effect = "charge"
        per = "order"
        times = 1
    "#;
    let config = parse(text).unwrap();
    let promises: Vec<(&str, &str, u32)> = config
        .promises
        .iter()
        .map(|promise| (promise.id(), promise.kind(), promise.spot.line))
        .collect();
    assert_eq!(
        promises,
        [
            ("seat-held-once", "exclusive", 3),
            ("charge-at-most-once", "at-most-once", 20)
        ]
    );
    assert_eq!(
        config.promise("seat-held-once").unwrap().name,
        "Seat held once"
    );
    assert!(config.promise("Seat held once").is_some());
    assert!(config.promise("seat").is_none());
    let [refund, charge] = config.effects.as_slice() else {
        panic!("two effects, not {:?}", config.effects);
    };
    assert_eq!(refund.facts, ["refunded", "returned"]);
    assert_eq!(refund.owner, Some(Value::Int(7)));
    assert!(!refund.is_complete);
    assert_eq!(charge.operations, ["authorize"]);
    assert_eq!(charge.same, ["attempt"]);
    assert_eq!(charge.owner, Some(Value::from("payment")));
    assert!(charge.is_complete);
}

#[test]
fn an_empty_configuration_promises_nothing() {
    let config = parse("# nothing yet\n").unwrap();
    assert!(config.promises.is_empty() && config.effects.is_empty());
}

#[test]
fn a_fault_of_syntax_stands_alone() {
    assert_snapshot!(refusal("[[promise]]\nname = \"charge\nkind = 7\n"), @r#"
    testimony.toml:2:15: invalid basic string, expected `"`
        name = "charge
                      ^
    "#);
    assert_snapshot!(refusal("[[promise]]\nname = ?"), @r"
    testimony.toml:2:8: string values must be quoted, expected literal string
        name = ?
               ^
    ");
    assert_snapshot!(refusal("[[promise]]\nname = \"a\"\nname = \"b\"\n"), @r#"
    testimony.toml:3:1: duplicate key
        name = "b"
        ^^^^
    "#);
}

#[test]
fn an_unknown_kind_is_told_which_there_are() {
    let text = |kind: &str| format!("[[promise]]\nname = \"charge\"\nkind = \"{kind}\"\n");
    assert_snapshot!(refusal(&text("at-most-onec")), @r#"
    testimony.toml:3:8: unknown kind `at-most-onec`; expected `at-most-once` or `exclusive`; did you mean `at-most-once`?
        kind = "at-most-onec"
               ^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(refusal(&text("linearizable")), @r#"
    testimony.toml:3:8: unknown kind `linearizable`; expected `at-most-once` or `exclusive`
        kind = "linearizable"
               ^^^^^^^^^^^^^^
    "#);
}

#[test]
fn an_unknown_table_is_told_which_there_are() {
    assert_snapshot!(refusal("[[promises]]\nname = \"charge\"\n"), @r"
    testimony.toml:1:3: unknown table `promises`; expected `promise`, `effect`, `accepted`, `profile` or `clock-error`; did you mean `promise`?
        [[promises]]
          ^^^^^^^^
    ");
}

#[test]
fn the_clock_error_is_a_length_of_time() {
    let read = |text: &str| Config::parse("testimony.toml", text, &catalog());
    let error = |text: &str| read(text).unwrap().clock_error;
    assert_eq!(
        error("clock-error = \"5ms\"\n"),
        Some(Duration::from_millis(5))
    );
    assert_eq!(error("clock-error = \"0s\"\n"), Some(Duration::ZERO));
    assert_eq!(error(""), None);
    assert_snapshot!(refusal("clock-error = \"-5ms\"\n"), @r#"
    testimony.toml:1:15: `clock-error` is not a length of time; expected a number with its unit, in quotes: `"5ms"`
        clock-error = "-5ms"
                      ^^^^^^
    "#);
    assert_snapshot!(refusal("clock-error = 5\n"), @r#"
    testimony.toml:1:15: `clock-error` is not a length of time; expected a number with its unit, in quotes: `"5ms"`
        clock-error = 5
                      ^
    "#);
}

#[test]
fn an_unknown_field_is_told_which_there_are() {
    let text = |field: &str| {
        format!(
            "[[promise]]\nname = \"charge\"\nkind = \"at-most-once\"\neffect = \"charge\"\n{field}\n"
        )
    };
    assert_snapshot!(refusal(&text("time = 2")), @r"
    testimony.toml:5:1: unknown field `time` of kind `at-most-once`; expected `name`, `kind`, `level`, `effect`, `per` or `times`; did you mean `times`?
        time = 2
        ^^^^
    ");
    assert_snapshot!(refusal(&text("colour = \"red\"")), @r#"
    testimony.toml:5:1: unknown field `colour` of kind `at-most-once`; expected `name`, `kind`, `level`, `effect`, `per` or `times`
        colour = "red"
        ^^^^^^
    "#);
    assert_snapshot!(refusal("[effect.charge]\nfact = \"charged\"\nowned-by = \"payment\"\n"), @r#"
    testimony.toml:3:1: unknown field `owned-by` of an effect; expected `operation`, `fact`, `owner`, `same` or `complete`
        owned-by = "payment"
        ^^^^^^^^
    "#);
}

#[test]
fn a_required_field_is_missing_or_misspelt() {
    assert_snapshot!(refusal("[[promise]]\nkind = \"at-most-once\"\n"), @r"
    testimony.toml:1:1: `name` is required
        [[promise]]
        ^^^^^^^^^^^
    ");
    assert_snapshot!(refusal("[[promise]]\n"), @r"
    testimony.toml:1:1: `name` is required
        [[promise]]
        ^^^^^^^^^^^
    testimony.toml:1:1: `kind` is required
        [[promise]]
        ^^^^^^^^^^^
    ");
    assert_snapshot!(
        refusal("[[promise]]\nname = \"charge\"\nkind = \"at-most-once\"\nper = \"order\"\n"),
        @r"
    testimony.toml:1:1: `effect` is required
        [[promise]]
        ^^^^^^^^^^^
    "
    );
    assert_snapshot!(
        refusal("[[promise]]\nname = \"charge\"\nkind = \"at-most-once\"\nefect = \"charge\"\n"),
        @r#"
    testimony.toml:4:1: unknown field `efect`; did you mean `effect`?
        efect = "charge"
        ^^^^^
    "#
    );
    assert_snapshot!(refusal("[effect.charge]\nowner = \"payment\"\n"), @r"
    testimony.toml:1:1: `operation` or `fact` is required
        [effect.charge]
        ^^^^^^^^^^^^^^^
    ");
}

#[test]
fn a_value_of_another_type_is_shown_beside_what_was_expected() {
    assert_snapshot!(refusal("[[promise]]\nname = 7\nkind = [\"exclusive\"]\n"), @r#"
    testimony.toml:2:8: `name` must be a text, and is 7
        name = 7
               ^
    testimony.toml:3:8: `kind` must be a text, and is ["exclusive"]
        kind = ["exclusive"]
               ^^^^^^^^^^^^^
    "#);
    let text = |field: &str| {
        format!(
            "[[promise]]\nname = \"charge\"\nkind = \"at-most-once\"\neffect = \"charge\"\n{field}\n"
        )
    };
    assert_snapshot!(refusal(&text("times = \"two\"")), @r#"
    testimony.toml:5:9: `times` must be a whole number of at least 1, and is "two"
        times = "two"
                ^^^^^
    "#);
    assert_snapshot!(refusal(&text("per = [\"order\", 3]")), @r#"
    testimony.toml:5:7: `per` must be a name or a list of names, and is ["order",3]
        per = ["order", 3]
              ^^^^^^^^^^^^
    "#);
    assert_snapshot!(refusal(&text("times = 99999999999999999999")), @r"
    testimony.toml:5:9: `times` is an integer beyond 64 bits
        times = 99999999999999999999
                ^^^^^^^^^^^^^^^^^^^^
    ");
    assert_snapshot!(refusal(&text("times = nan")), @r"
    testimony.toml:5:9: `times` is not a finite number
        times = nan
                ^^^
    ");
    assert_snapshot!(refusal(&text("per = [\"a\", 2026-11-21]")), @r#"
    testimony.toml:5:13: `per` is a date or a time; write it as a text, in quotes
        per = ["a", 2026-11-21]
                    ^^^^^^^^^^
    "#);
    assert_snapshot!(refusal("[effect.charge]\nfact = \"a\"\nowner = true\n"), @r"
    testimony.toml:3:9: `owner` must be a participant (a text or an integer), and is true
        owner = true
                ^^^^
    ");
    assert_snapshot!(refusal("[effect.charge]\nfact = \"a\"\ncomplete = \"yes\"\n"), @r#"
    testimony.toml:3:12: `complete` must be true or false, and is "yes"
        complete = "yes"
                   ^^^^^
    "#);
}

#[test]
fn a_table_of_another_shape_is_shown_how_to_write_it() {
    assert_snapshot!(refusal("[promise]\nname = \"charge\"\n"), @r"
    testimony.toml:1:1: `promise` is not a list of tables; expected `[[promise]]`
        [promise]
        ^^^^^^^^^
    ");
    assert_snapshot!(refusal("promise = [\"charge\"]\n"), @r#"
    testimony.toml:1:12: a `promise` that is no table; expected a table of fields
        promise = ["charge"]
                   ^^^^^^^^
    "#);
    assert_snapshot!(refusal("effect = \"charge\"\n"), @r#"
    testimony.toml:1:10: `effect` is not a table of effects; expected `[effect.NAME]`
        effect = "charge"
                 ^^^^^^^^
    "#);
    assert_snapshot!(refusal("[effect]\ncharge = \"authorize\"\n"), @r#"
    testimony.toml:2:10: an `effect` that is no table; expected a table of fields
        charge = "authorize"
                 ^^^^^^^^^^^
    "#);
    assert_snapshot!(refusal("[effect.\"\"]\nfact = \"charged\"\n"), @r#"
    testimony.toml:1:9: an effect without a name
        [effect.""]
                ^^
    "#);
}

#[test]
fn two_promises_of_one_id_are_both_shown() {
    let one = |name: &str| {
        format!("[[promise]]\nname = \"{name}\"\nkind = \"at-most-once\"\neffect = \"charge\"\n")
    };
    assert_snapshot!(refusal(&(one("charge once") + &one("Charge: once!"))), @r#"
    testimony.toml:6:8: a second promise with the id `charge-once`
        name = "Charge: once!"
               ^^^^^^^^^^^^^^^
      testimony.toml:2:8: the first one
        name = "charge once"
               ^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_name_must_make_an_id() {
    let one = |name: &str| {
        format!("[[promise]]\nname = \"{name}\"\nkind = \"at-most-once\"\neffect = \"charge\"\n")
    };
    assert_snapshot!(refusal(&one("")), @r#"
    testimony.toml:2:8: a name without a letter or digit; expected a name that can be told from others
        name = ""
               ^^
    "#);
    assert_snapshot!(refusal(&one("?!")), @r#"
    testimony.toml:2:8: a name without a letter or digit; expected a name that can be told from others
        name = "?!"
               ^^^^
    "#);
}

#[test]
fn all_faults_are_shown_in_the_order_of_the_text() {
    let text = "[[promise]]\nname = \"a\"\nkind = \"exklusive\"\n\n[[promise]]\nname = \"b\"\n\
                kind = \"at-most-once\"\neffect = 3\n\n[other]\n";
    assert_snapshot!(refusal(text), @r#"
    testimony.toml:3:8: unknown kind `exklusive`; expected `at-most-once` or `exclusive`; did you mean `exclusive`?
        kind = "exklusive"
               ^^^^^^^^^^^
    testimony.toml:8:10: `effect` must be a name or a list of names, and is 3
        effect = 3
                 ^
    testimony.toml:10:2: unknown table `other`; expected `promise`, `effect`, `accepted`, `profile` or `clock-error`
        [other]
         ^^^^^
    "#);
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let long = "x".repeat(300);
    let text = format!("promise = [{{ name = \"{long}\", kind = \"{long}\" }}]\r\n");
    assert_snapshot!(refusal(&text), @r#"
    testimony.toml:1:332: unknown kind `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`; expected `at-most-once` or `exclusive`
        …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", kind = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
                                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

const CHARGE: &str =
    "[[promise]]\nname = \"Charge once\"\nkind = \"at-most-once\"\neffect = \"charge\"\n";

#[test]
fn accepted_findings_levels_and_profiles_are_read() {
    let text = CHARGE.to_owned()
        + r#"
        level = "warn"

        [[accepted]]
        promise = "Charge once"
        scope = 781
        verdict = "undecided"
        reason = "known"

        [[accepted]]
        promise = "linearizable:register:initial=3"
        history = "old/*"
        reason = "known"
        until = "2027-01-31"

        [profile.ci]
        undecided = "pass"
        select = ["charge-*", "linearizable:*"]
        level.charge-once = "deny"
        level."sequential:register" = "allow"
        budget-nodes = 1000
        timeout = "30s"
        memory = "1GiB"
    "#;
    let config = Config::parse("testimony.toml", &text, &catalog()).unwrap();
    let [charge, register] = config.accepted.as_slice() else {
        panic!("two entries, not {:?}", config.accepted);
    };
    assert_eq!(charge.check, "charge-once");
    assert_eq!(charge.scope, Some(Pattern::new("781")));
    assert_eq!(charge.verdict, Some(crate::history::Verdict::Undecided));
    assert_eq!(charge.spot.line, 8);
    assert_eq!(register.check, "linearizable:register:initial=3");
    assert_eq!(register.until, Date::parse("2027-01-31"));
    assert!(register.concerns("linearizable:register:initial=3", "old/a.jsonl"));
    assert!(!register.concerns("linearizable:register:initial=3", "a.jsonl"));
    let ci = config.profile("ci").unwrap();
    assert_eq!(ci.undecided, Some(Undecided::Pass));
    assert_eq!(ci.select.len(), 2);
    assert_eq!(ci.budget_nodes, Some(1000));
    assert_eq!(ci.timeout, Some(std::time::Duration::from_secs(30)));
    assert_eq!(ci.memory_bytes, Some(1 << 30));
    assert_eq!(config.level("charge-once", None), Level::Warn);
    assert_eq!(config.level("charge-once", Some(ci)), Level::Deny);
    assert_eq!(config.level("sequential:register", Some(ci)), Level::Allow);
    assert_eq!(config.level("sequential:register", None), Level::Deny);
}

#[test]
fn an_accepted_finding_needs_a_check_and_a_reason() {
    let entry = |fields: &str| refusal(&format!("{CHARGE}[[accepted]]\n{fields}\n"));
    assert_snapshot!(entry("promise = \"charge-onec\"\nreason = \"known\""), @r#"
    testimony.toml:6:11: unknown check `charge-onec`; expected the id of a promise, or of a check of `--spec`; did you mean `charge-once`?
        promise = "charge-onec"
                  ^^^^^^^^^^^^^
    "#);
    assert_snapshot!(entry("promise = \"charge-once\"\nscope = \"a\""), @r#"
    testimony.toml:5:1: `reason` is required
        [[accepted]]
        ^^^^^^^^^^^^
    "#);
    assert_snapshot!(entry("promise = \"charge-once\"\nreason = \" \""), @r#"
    testimony.toml:7:10: a `reason` that says nothing; expected why the finding is accepted
        reason = " "
                 ^^^
    "#);
    assert_snapshot!(entry("promise = \"charge-once\"\nreason = \"known\"\nuntil = \"31.1.2027\""), @r#"
    testimony.toml:8:9: `until` is no day; expected a day such as "2027-01-31"
        until = "31.1.2027"
                ^^^^^^^^^^^
    "#);
    assert_snapshot!(entry("promise = \"charge-once\"\nreason = \"known\"\nuntil = 2027-01-31"), @r#"
    testimony.toml:8:9: `until` is a date or a time; write it as a text, in quotes
        until = 2027-01-31
                ^^^^^^^^^^
    "#);
    assert_snapshot!(entry("promise = \"charge-once\"\nreason = \"known\"\nverdict = \"kept\""), @r#"
    testimony.toml:8:11: "kept" is none of the words that may stand here; expected `broken` or `undecided`
        verdict = "kept"
                  ^^^^^^
    "#);
    assert_snapshot!(entry("promise = \"charge-once\"\nreason = \"known\"\nscopes = \"a\""), @r#"
    testimony.toml:8:1: unknown field `scopes` of an accepted finding; expected `promise`, `reason`, `scope`, `history`, `until` or `verdict`; did you mean `scope`?
        scopes = "a"
        ^^^^^^
    "#);
    assert_snapshot!(entry("promise = \"linearizable:regsiter\"\nreason = \"known\""), @r#"
    testimony.toml:6:11: unknown check `linearizable:regsiter`; expected the id of a promise, or of a check of `--spec`; did you mean `linearizable:register`?
        promise = "linearizable:regsiter"
                  ^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_level_is_one_of_three_words() {
    assert_snapshot!(refusal(&format!("{CHARGE}level = \"alow\"\n")), @r#"
    testimony.toml:5:9: "alow" is none of the words that may stand here; expected `deny`, `warn` or `allow`; did you mean `allow`?
        level = "alow"
                ^^^^^^
    "#);
}

#[test]
fn a_profile_says_what_is_known() {
    let entry = |fields: &str| refusal(&format!("{CHARGE}[profile.ci]\n{fields}\n"));
    assert_snapshot!(entry("undecided = \"warning\""), @r#"
    testimony.toml:6:13: "warning" is none of the words that may stand here; expected `fail`, `warn` or `pass`
        undecided = "warning"
                    ^^^^^^^^^
    "#);
    assert_snapshot!(entry("budget_nodes = 7"), @r#"
    testimony.toml:6:1: unknown field `budget_nodes` of a profile; expected `undecided`, `budget-nodes`, `select`, `ignore`, `level`, `timeout` or `memory`; did you mean `budget-nodes`?
        budget_nodes = 7
        ^^^^^^^^^^^^
    "#);
    assert_snapshot!(entry("budget-nodes = 0"), @r#"
    testimony.toml:6:16: `budget-nodes` must be a whole number of at least 1, and is 0
        budget-nodes = 0
                       ^
    "#);
    assert_snapshot!(entry("timeout = 30"), @r#"
    testimony.toml:6:11: `timeout` is 30; expected a number with its unit: 500ms, 30s, 5m or 1h
        timeout = 30
                  ^^
    "#);
    assert_snapshot!(entry("select = [\"charge-*\", \"charge-onse\"]"), @r#"
    testimony.toml:6:10: no check is called `charge-onse`; did you mean `charge-once`?
        select = ["charge-*", "charge-onse"]
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    assert_snapshot!(entry("level = \"warn\""), @r#"
    testimony.toml:6:9: `level` is "warn"; expected `level.CHECK-ID` = "warn"
        level = "warn"
                ^^^^^^
    "#);
    assert_snapshot!(entry("level.charge-onec = \"warn\""), @r#"
    testimony.toml:6:1: unknown check `charge-onec`; expected the id of a promise, or of a check of `--spec`; did you mean `charge-once`?
        level.charge-onec = "warn"
        ^^^^^
    "#);
    assert_snapshot!(entry("level.charge-once = \"wran\""), @r#"
    testimony.toml:6:1: "wran" is none of the words that may stand here; expected `deny`, `warn` or `allow`; did you mean `warn`?
        level.charge-once = "wran"
        ^^^^^
    "#);
    assert_snapshot!(refusal("profile = 3"), @r#"
    testimony.toml:1:11: `profile` is not a table of profiles; expected `[profile.NAME]`
        profile = 3
                  ^
    "#);
    assert_snapshot!(refusal("accepted = 3"), @r#"
    testimony.toml:1:12: `accepted` is not a list of tables; expected `[[accepted]]`
        accepted = 3
                   ^
    "#);
}

#[test]
fn checks_of_the_program_may_be_named_too() {
    let text = "[[accepted]]\npromise = \"no-double-hold\"\nreason = \"known\"\n";
    assert!(parse(text).is_err());
    let others = ["no-double-hold".to_owned()];
    let config = Config::parse_beside("testimony.toml", text, &catalog(), &others).unwrap();
    assert_eq!(config.accepted[0].check, "no-double-hold");
}
