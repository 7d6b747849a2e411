"""The gateway's small rules: text, batches, control numbers, claim states."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.domain.batching import WaitingClaims, ready_batches
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.control_number import (
    ControlNumbersUsedUpError,
    file_name,
    usable,
)
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.domain.x12_text import x12_text
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.segments import render

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PARTNER = TradingPartner(
    payer_id="A",
    name="A",
    x12_payer_id="A",
    receiver_id="A",
    receiver_name="A",
    connection="c",
    outbound_folder="in",
    inbound_folder="out",
    batch_window_minutes=60,
    claims_per_file=10,
)


@given(st.text(), st.integers(1, 80))
def test_any_text_becomes_text_that_can_be_written(text: str, longest: int) -> None:
    plain = x12_text(text, longest)
    assert len(plain) <= longest
    assert plain == plain.strip()
    assert render([("NM1", plain)], Delimiters()) == ("NM1" + ("*" + plain if plain else "") + "~")


@given(st.text())
def test_writing_text_twice_changes_it_once(text: str) -> None:
    assert x12_text(x12_text(text, 60), 60) == x12_text(text, 60)


def test_accents_are_taken_off_and_delimiters_become_spaces() -> None:
    assert x12_text("Muñoz-O'Neil ^ Łukasz:Søren*~", 60) == "MUNOZ-O'NEIL LUKASZ SOREN"


@pytest.mark.parametrize("number", [0, -1, 1_000_000_000])
def test_a_control_number_has_one_to_nine_digits_and_never_starts_again(number: int) -> None:
    with pytest.raises(ControlNumbersUsedUpError):
        usable(number)
    assert usable(999_999_999) == 999_999_999


def test_a_file_is_named_by_sender_receiver_and_number() -> None:
    assert file_name("1234567893", "SUMMIT", 42) == "1234567893_SUMMIT_000000042.837"


def waiting(count: int, age: timedelta, payer: str = "A", sender: str = "S") -> WaitingClaims:
    return WaitingClaims(payer, sender, "P1", count, NOW - age)


def test_a_batch_is_closed_when_it_is_full_or_its_oldest_claim_waited_long_enough() -> None:
    young, old = timedelta(minutes=59), timedelta(minutes=60)
    partners = {"A": PARTNER}
    assert ready_batches([waiting(9, young)], partners, NOW) == []
    assert ready_batches([waiting(10, young)], partners, NOW) != []
    assert ready_batches([waiting(1, old)], partners, NOW) != []
    assert ready_batches([waiting(1, old, "GONE")], partners, NOW) == []


def test_the_batch_that_waited_longest_is_made_first() -> None:
    several = [waiting(1, timedelta(hours=hours), sender=f"S{hours}") for hours in (2, 5, 3)]
    ready = ready_batches(several, {"A": PARTNER}, NOW)
    assert [each.sender_id for each in ready] == ["S5", "S3", "S2"]


STATES = ["waiting", "filed", "sent", "received", "accepted", "refused", "rejected", "adjudicated"]


@given(st.lists(st.sampled_from(STATES), max_size=8))
def test_a_claims_state_is_the_furthest_whatever_the_order_of_answers(states: list[str]) -> None:
    def after(order: list[str]) -> str:
        record = ClaimRecord("P1", "C1", "E1", "A", "waiting")
        for state in order:
            record = record.raised_to(state)
        return record.state

    first, second = after(states), after(states[::-1])
    assert first == second or {first, second} == {"refused", "rejected"}


def test_a_payers_number_once_given_is_kept() -> None:
    record = ClaimRecord("P1", "C1", "E1", "A", "sent").raised_to("accepted", "ICN1")
    assert record.raised_to("adjudicated").payer_control_number == "ICN1"
