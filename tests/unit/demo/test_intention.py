"""What the demonstration's patients do about a statement."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from claimstream.demo.patients import PAYING_PERCENT, intention
from schemas.patient_account import StatementIssued
from tests.builders import make

MANY = 600


def statement(number: int = 1, cents: int = 12_345) -> StatementIssued:
    return make(
        StatementIssued, practice_id="P1", statement_id=f"S{number}", total_cents=cents, items=()
    )


@given(st.integers(), st.integers(0, 10**9), st.integers(0, 10**6))
def test_the_same_statement_and_seed_have_the_same_answer(
    seed: int, number: int, cents: int
) -> None:
    assert intention(statement(number, cents), seed) == intention(statement(number, cents), seed)


@given(st.integers(), st.integers(0, 10**9), st.integers(1, 10**8))
def test_nobody_pays_more_than_the_statement_or_before_it_came(
    seed: int, number: int, cents: int
) -> None:
    issued = statement(number, cents)
    payment = intention(issued, seed)
    if payment is not None:
        assert payment.cents in (cents, (cents + 1) // 2)
        assert timedelta(days=4) <= payment.at - issued.issued_at <= timedelta(days=19)


@given(st.integers(), st.integers(0, 10**9))
def test_a_statement_over_nothing_is_paid_by_nobody(seed: int, number: int) -> None:
    assert intention(statement(number, 0), seed) is None


def test_about_as_many_pay_as_are_said_to_and_some_pay_half() -> None:
    payments = [payment for number in range(MANY) if (payment := intention(statement(number), 7))]
    expected = MANY * PAYING_PERCENT // 100
    assert expected - 60 < len(payments) < expected + 60
    halves = sum(payment.cents < 12_345 for payment in payments)
    assert 0 < halves < len(payments) // 4


def test_another_seed_makes_other_patients() -> None:
    answers = [
        [
            payment and payment.cents
            for payment in (intention(statement(n), seed) for n in range(50))
        ]
        for seed in (7, 8)
    ]
    assert answers[0] != answers[1]
