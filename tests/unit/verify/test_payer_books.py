"""What the payer's books and billing's cash must agree on, and how a known difference is named."""

from dataclasses import replace

from claimstream.verify.finding import Report
from claimstream.verify.payer_books import (
    Believed,
    BelievedPayment,
    HeldClaim,
    Posted,
    check_payer_books,
)

PAID = BelievedPayment("T1", 9_000, (("C1", 6_000), ("C2", 4_000)))
"""10 000 for claims, 1 000 less at provider level."""
EQUAL = Posted({"T1": 9_000}, {"C1": 6_000, "C2": 4_000}, 9_000)


def looked(believed: Believed, posted: Posted) -> tuple[list[str], list[str]]:
    report = Report()
    check_payer_books(report, believed, posted)
    return (
        [f"{each.subject}: {each.message}" for each in report.findings],
        [f"{each.subject}: {each.message}" for each in report.explained],
    )


def test_equal_books_are_no_finding() -> None:
    assert looked(Believed((PAID,)), EQUAL) == ([], [])


def test_a_cent_less_for_a_claim_is_found_with_the_claim_and_in_all() -> None:
    posted = Posted({"T1": 9_000}, {"C1": 5_999, "C2": 4_000}, 8_999)
    found, explained = looked(Believed((PAID,)), posted)
    assert found == [
        "claim C1: the payer paid $60.00, the ledger has $59.99",
        "all payers: the payers paid $90.00, the ledger has $89.99",
    ]
    assert explained == []


def test_a_deposit_of_another_amount_is_found() -> None:
    found, _ = looked(Believed((PAID,)), replace(EQUAL, deposits={"T1": 9_001}))
    assert found == ["payment T1: the payer paid $90.00, billing has $90.01"]


def test_a_deposit_that_the_payer_never_made_is_found() -> None:
    posted = replace(EQUAL, deposits={"T1": 9_000, "T9": 500})
    found, _ = looked(Believed((PAID,)), posted)
    assert found == ["payment T9: billing has $5.00 that the payer never paid"]


def test_provider_adjustments_posted_twice_are_found_in_the_total_alone() -> None:
    found, _ = looked(Believed((PAID,)), replace(EQUAL, total_cents=8_000))
    assert found == ["all payers: the payers paid $90.00, the ledger has $80.00"]


def test_a_payment_that_is_nowhere_is_found() -> None:
    found, explained = looked(Believed((PAID,)), Posted())
    assert found == ["payment T1: $90.00: nowhere to be found"]
    assert explained == []


def test_a_payment_on_its_way_or_set_aside_is_named() -> None:
    content = b"ISA~TRN*1*T1*1510000009~"
    for believed, posted, words in (
        (Believed((PAID,), (content,)), Posted(), "the payer has not delivered it yet"),
        (Believed((PAID,), (), (content,)), Posted(), "delivered, and not read yet"),
        (Believed((PAID,)), Posted(unread=(content,)), "delivered, and not read yet"),
        (
            Believed((PAID,)),
            Posted(set_aside={"T1": "remittance.transaction-balance"}),
            "in quarantine, not released (remittance.transaction-balance)",
        ),
    ):
        assert looked(believed, posted) == ([], [f"payment T1: $90.00: {words}"])


def test_a_claim_set_aside_is_named_where_it_is_exactly_the_difference() -> None:
    held = HeldClaim("T1", "C1", "remittance.line-balance", 6_000)
    posted = Posted({"T1": 9_000}, {"C2": 4_000}, 3_000, held=(held,))
    assert looked(Believed((PAID,)), posted) == (
        [],
        [
            "claim C1: the payer paid $60.00, the ledger has $0.00: "
            "in quarantine, not released (remittance.line-balance)"
        ],
    )


def test_a_claim_set_aside_does_not_excuse_another_amount() -> None:
    held = HeldClaim("T1", "C1", "remittance.line-balance", 5_000)
    posted = Posted({"T1": 9_000}, {"C2": 4_000}, 4_000, held=(held,))
    found, _ = looked(Believed((PAID,)), posted)
    assert found == [
        "claim C1: the payer paid $60.00, the ledger has $0.00",
        "all payers: the payers paid $90.00, the ledger has $40.00",
    ]


def test_cash_that_a_work_item_keeps_off_the_ledger_is_named_to_the_cent() -> None:
    posted = replace(EQUAL, cash={"C2": 4_000}, total_cents=3_000, unapplied={"C1": 6_000})
    assert looked(Believed((PAID,)), posted) == (
        [],
        [
            "claim C1: the payer paid $60.00, the ledger has $0.00: "
            "$60.00 in a work item, to be matched"
        ],
    )


def test_a_work_item_does_not_excuse_another_amount() -> None:
    posted = replace(EQUAL, cash={"C2": 4_000}, total_cents=3_000, unapplied={"C1": 5_999})
    found, explained = looked(Believed((PAID,)), posted)
    assert found == [
        "claim C1: the payer paid $60.00, the ledger has $0.00",
        "all payers: the payers paid $90.00, the ledger has $30.00",
    ]
    assert explained == []
    found, _ = looked(Believed((PAID,)), replace(EQUAL, unapplied={"C2": 1}))
    assert found == ["claim C2: more is set aside than was paid"]


def test_a_reversal_that_waits_for_its_original_is_named_with_its_sign() -> None:
    taken = BelievedPayment("T2", 0, (("C1", -6_000),))
    posted = replace(EQUAL, deposits={"T1": 9_000, "T2": 0}, unapplied={"C1": -6_000})
    posted = replace(posted, total_cents=15_000)
    believed = Believed((PAID, taken))
    found, explained = looked(believed, posted)
    assert found == []
    assert explained == [
        "claim C1: the payer paid $0.00, the ledger has $60.00: "
        "-$60.00 in a work item, to be matched"
    ]


def test_a_claim_held_without_its_amount_excuses_what_was_paid_for_it_and_nothing_else() -> None:
    held = HeldClaim("", "C1", "remittance.not-usable", None)
    posted = Posted({"T1": 9_000}, {"C2": 4_000}, 3_000, held=(held,))
    found, explained = looked(Believed((PAID,)), posted)
    assert (found, len(explained)) == ([], 1)
    found, _ = looked(Believed((PAID,)), replace(posted, cash={"C1": 1, "C2": 4_000}))
    assert found[0] == "claim C1: the payer paid $60.00, the ledger has $0.01"
