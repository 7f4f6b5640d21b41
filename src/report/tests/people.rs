//! What a person reads, on narrow screens and wide ones.

use insta::assert_snapshot;

use super::*;

fn told(report: &Report, detail: Detail) -> String {
    as_human(
        report,
        Look {
            detail,
            ..Look::default()
        },
    )
}

#[test]
fn a_newcomer_sees_what_broke_through_which_lines_and_why() {
    assert_snapshot!("checkout_80", at(&checkout(), 80));
    assert_snapshot!("checkout_120", at(&checkout(), 120));
}

#[test]
fn many_violations_are_counted_and_the_first_are_shown() {
    assert_snapshot!("refunds_80", at(&refunds(), 80));
    assert_snapshot!("refunds_120", at(&refunds(), 120));
}

#[test]
fn kept_histories_are_brief_beside_a_broken_one() {
    assert_snapshot!("etcd_80", at(&etcd(), 80));
    assert_snapshot!("etcd_120", at(&etcd(), 120));
}

#[test]
fn more_or_less_is_told() {
    let findings = told(&etcd(), Detail::Findings);
    assert!(findings.contains("etcd-000") && !findings.contains("kept  "));
    assert!(findings.ends_with("3 histories, 3 checks: 2 kept, 1 broken, 0 undecided\n"));
    let everything = told(&etcd(), Detail::Everything);
    assert!(
        everything
            .matches("order: real-time, as one observer saw it")
            .count()
            == 3
    );
    let checkout = told(&checkout(), Detail::Findings);
    assert!(checkout.contains("receipt-sent") && !checkout.contains("confirm-only"));
}

#[test]
fn a_linearization_is_shown_where_it_was_asked_for() {
    let report = witnessed();
    let shown = at(&report, 80);
    let head: Vec<&str> = shown.lines().take(14).collect();
    assert_snapshot!("witness_80", head.join("\n"));
}

/// Operations of a linearization beyond what a screen holds are counted.
#[test]
fn a_long_linearization_is_cut() {
    let mut report = witnessed();
    let witness = &mut report.histories[0].checks[0].judgement.witnesses[0];
    witness.operations = vec![witness.operations[0]; 150];
    let shown = at(&report, 80);
    assert!(shown.contains("… and 50 more operations; --format json lists all"));
}

#[test]
fn no_line_is_longer_than_the_screen_is_wide() {
    for report in [checkout(), refunds(), etcd()] {
        for width in [60, 80, 100, 120] {
            for line in at(&report, width).lines() {
                assert!(line.chars().count() <= width, "{width}: {line}");
                assert_eq!(line, line.trim_end());
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for report in [checkout(), etcd()] {
        let palette = Palette::Ansi;
        let look = Look {
            palette,
            ..Look::default()
        };
        let mut coloured = as_human(&report, look);
        assert!(coloured.contains("\x1b[1;31m✗ broken"));
        for code in ["0", "1", "2", "32", "1;31", "1;33"] {
            coloured = coloured.replace(&format!("\x1b[{code}m"), "");
        }
        assert_eq!(coloured, at(&report, 80));
    }
}
