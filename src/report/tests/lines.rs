//! One line a finding.

use insta::assert_snapshot;

use super::*;

#[test]
fn a_finding_is_one_line() {
    assert_snapshot!(as_concise(&checkout(), Detail::Verdicts), @r"
    histories/checkout/double-charge.jsonl:9: broken charge-at-most-once: charged twice for order-781 (lines 6, 9)
    histories/checkout/double-charge.jsonl:7: undecided one-authorization for order-781: outcome: Did the `authorize` take effect that checkout began on line 5? (ask payment)
    histories/checkout/double-charge.jsonl: judged nothing receipt-sent: no event concerns it
    1 history, 4 checks: 1 kept, 1 broken, 1 undecided, 1 judged nothing
    ");
    assert_snapshot!(as_concise(&checkout(), Detail::Everything), @r"
    histories/checkout/double-charge.jsonl:9: broken charge-at-most-once: charged twice for order-781 (lines 6, 9)
    histories/checkout/double-charge.jsonl: kept confirm-only-what-was-charged (judged 2)
    histories/checkout/double-charge.jsonl:7: undecided one-authorization for order-781: outcome: Did the `authorize` take effect that checkout began on line 5? (ask payment)
    histories/checkout/double-charge.jsonl: note one-authorization: 1 operation named `confirm` belongs to something else and was left out
    histories/checkout/double-charge.jsonl: judged nothing receipt-sent: no event concerns it
    1 history, 4 checks: 1 kept, 1 broken, 1 undecided, 1 judged nothing
    ");
    assert_eq!(
        as_concise(&refunds(), Detail::Verdicts).lines().count(),
        98 + 1 + 1
    );
}
