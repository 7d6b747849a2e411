"""What billing reports about an encounter, and what was paid here in the meantime."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.patient_statements.domain.encounter_balance import paid, reported
from services.patient_statements.domain.refusal import RuleRefusal
from tests.unit.patient_statements.examples import balance_due, encounter, line


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"credit_cents": 100}, "balance_and_credit"),
        ({"lines": (line(charge_cents=19_999),)}, "lines_do_not_sum"),
        ({"insurance_paid_cents": 15_001}, "balance_not_explained"),
        ({"insurance_paid_cents": 15_000, "adjusted_cents": 1}, "balance_not_explained"),
    ],
)
def test_a_balance_that_its_own_figures_do_not_explain_is_refused(
    said: dict[str, object], reason: str
) -> None:
    with pytest.raises(RuleRefusal) as refusal:
        reported(None, balance_due(5000, **said))
    assert refusal.value.reason == reason


def test_a_balance_need_not_be_explained_while_insurance_is_pending() -> None:
    found = reported(None, balance_due(5000, insurance_paid_cents=19_000, insurance_final=False))
    assert found is not None
    assert found.due_cents == 5000


def test_what_insurance_still_works_on_is_neither_paid_nor_owed() -> None:
    found = encounter(5000, insurance_paid_cents=9_000)
    assert found.in_progress_cents == 6_000
    assert found.due_cents == 5_000


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_or_equal_version_is_ignored_even_where_it_is_wrong(version: int) -> None:
    current = encounter(5000, version=2)
    stale = balance_due(900_000, version=version, insurance_paid_cents=900_000)
    assert reported(current, stale) is None


def test_a_payment_lowers_the_balance_until_billing_says_so_too() -> None:
    after = paid(encounter(5000), 2000)
    assert (after.due_cents, after.paid_cents) == (3000, 2000)
    heard = reported(after, balance_due(3000, version=2, patient_paid_cents=2000))
    assert heard is not None
    assert (heard.due_cents, heard.paid_cents, heard.pending_cents) == (3000, 2000, 0)


def test_a_report_from_before_the_payment_does_not_bring_the_balance_back() -> None:
    after = paid(encounter(5000), 5000)
    heard = reported(after, balance_due(5500, version=2))
    assert heard is not None
    assert (heard.due_cents, heard.pending_cents) == (500, 5000)


def test_a_refund_in_billing_makes_no_payment_pending_again() -> None:
    after = paid(encounter(6000), 6000)
    credited = reported(
        after, balance_due(0, version=2, patient_paid_cents=6000, credit_cents=3500)
    )
    refunded = reported(credited, balance_due(0, version=3, patient_paid_cents=2500))
    assert refunded is not None
    assert (refunded.pending_cents, refunded.due_cents) == (0, 0)
    raised = reported(refunded, balance_due(1000, version=4, patient_paid_cents=2500))
    assert raised is not None
    assert raised.due_cents == 1000


def test_a_balance_that_rose_starts_its_notices_again_and_one_that_fell_does_not() -> None:
    stated = replace(encounter(5000), notices=2)
    fell = reported(stated, balance_due(4000, version=2))
    rose = reported(stated, balance_due(6000, version=2))
    assert fell is not None
    assert rose is not None
    assert (fell.notices, rose.notices) == (2, 0)


@pytest.mark.parametrize(
    ("said", "closed_by"),
    [
        ({"patient_paid_cents": 5000}, "payment"),
        ({"adjusted_cents": 5000, "insurance_paid_cents": 15_000}, "write_off"),
        ({"insurance_paid_cents": 20_000}, "insurance"),
    ],
)
def test_what_closed_a_balance_is_remembered(said: dict[str, int], closed_by: str) -> None:
    closed = reported(encounter(5000), balance_due(0, version=2, **said))
    assert closed is not None
    assert closed.closed_by == closed_by


@given(
    balance=st.integers(0, 10**7),
    payments=st.lists(st.integers(1, 10**6), max_size=5),
    heard=st.integers(0, 5),
)
def test_payments_and_billings_echo_of_them_agree_in_any_interleaving(
    balance: int, payments: list[int], heard: int
) -> None:
    current = encounter(balance)
    applied: list[int] = []
    for amount in payments:
        part = min(amount, current.due_cents)
        current = paid(current, part) if part else current
        applied.append(part)
    echoed = sum(applied[:heard])
    again = reported(current, balance_due(balance - echoed, version=2, patient_paid_cents=echoed))
    assert again is not None
    assert again.due_cents == current.due_cents == balance - sum(applied)
    assert again.paid_cents == sum(applied)
