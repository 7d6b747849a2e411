"""What the payer does by chance follows from the seed and the claim alone."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.payer.file_fault import FAULTS
from simulators.payer.occasion import busy_day, parse_occasions
from simulators.payer.provider_level import provider_adjustment
from simulators.payer.scenario import DESCRIPTIONS, PROVIDER_REASONS, Request, scenario_of

BUSY = parse_occasions(busy_day())


@given(st.text(min_size=1, max_size=20), st.integers(0, 1000))
def test_a_claim_meets_the_same_scenario_every_time(claim_id: str, seed: int) -> None:
    assert BUSY.scenario("M1", claim_id, seed) == BUSY.scenario("M2", claim_id, seed)


def test_a_member_id_that_asks_is_heard_before_chance() -> None:
    for number in range(200):
        asked = BUSY.scenario("DENY-CO197-1", f"C{number}", 7)
        assert (asked.request, asked.reason) == (Request.DENY, "197")


def test_scenarios_come_as_often_as_the_file_says() -> None:
    occasions = parse_occasions('[scenarios]\nREVERSE = 2000\n"DENY-CO197" = 1000')
    met = Counter(occasions.scenario("M1", f"C{n}", 7).request for n in range(10_000))
    assert abs(met[Request.REVERSE] - 2000) < 150
    assert abs(met[Request.DENY] - 1000) < 120
    assert met[None] > 6500


def test_without_occasions_nothing_happens_by_chance() -> None:
    nothing = parse_occasions("")
    assert all(nothing.scenario("M1", f"C{n}", 7).request is None for n in range(500))
    assert nothing.fault_share == 0


def test_a_busy_day_asks_for_every_scenario_and_every_fault() -> None:
    asked = {scenario_of(word).request for word in BUSY.scenarios}
    assert asked == set(DESCRIPTIONS)
    assert set(BUSY.fault_kinds) == set(FAULTS)


@pytest.mark.parametrize("reason", sorted(PROVIDER_REASONS))
def test_every_provider_reason_moves_money_under_its_own_code(reason: str) -> None:
    entries = provider_adjustment(reason, "ICN1")
    assert reason in {code for code, _, _, _ in entries}
    assert all(type(cents) is int and cents for _, _, cents, _ in entries)


def test_an_acknowledged_refund_is_beside_what_it_settles() -> None:
    assert sum(cents for _, _, cents, _ in provider_adjustment("72", "ICN1")) == 0
