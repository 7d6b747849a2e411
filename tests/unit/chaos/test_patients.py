"""The same patients pay the same on the last day of every run."""

from hypothesis import given
from hypothesis import strategies as st

from claimstream.chaos.patients import paid_cents

CENTS = st.integers(min_value=1, max_value=10_000_000)


@given(account=st.text(max_size=20), cents=CENTS, seed=st.integers())
def test_nobody_pays_more_than_is_due_and_the_same_twice(
    account: str, cents: int, seed: int
) -> None:
    paid = paid_cents(account, cents, seed)
    assert paid in (0, (cents + 1) // 2, cents)
    assert paid == paid_cents(account, cents, seed)


def test_some_pay_all_some_half_and_some_nothing() -> None:
    assert {paid_cents(f"P1:A{number}", 1_001, 1) for number in range(100)} == {0, 501, 1_001}
