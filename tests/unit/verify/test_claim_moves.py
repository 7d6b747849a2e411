"""The steps that were told of a claim lead to where it stands, in whatever order they are read."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimstream.lineage.history import Fact
from claimstream.verify.claim_moves import MOVES, ClaimMoves, Standing, StandingClaims
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from claimstream.verify.publication import FOUNDED, named
from schemas.claim import ClaimStateChanged
from tests.builders import make
from tests.support import NOON
from tests.unit.lineage.facts import told

TOPIC = ClaimStateChanged.TOPIC
DAY = date(2026, 2, 20)
SUBMITTED = ("submitted", "accepted_payer")


def step(before: str, after: str, claim_id: str = "CLM1") -> ClaimStateChanged:
    """A decision that moved a claim, and may have passed other states on the way."""
    return make(
        ClaimStateChanged, practice_id="P1", claim_id=claim_id, from_state=before, to_state=after
    )


def way(*states: str) -> list[Fact]:
    return told(step(before, after) for before, after in pairwise(states))


def found(
    facts: Sequence[Fact],
    state: str,
    begun: tuple[str, ...] = SUBMITTED,
    *,
    unsent: Sequence[Fact] = (),
    end: int = 100,
    horizon: Horizon | None = None,
) -> list[tuple[str, str]]:
    standing = StandingClaims(
        {named("P1", ("CLM1",)): Standing(state, begun, DAY)},
        {
            fact.delivery.identity: fact.event
            for fact in unsent
            if isinstance(fact.event, ClaimStateChanged)
        },
    )
    report = Report()
    moves = ClaimMoves(report, standing, {(TOPIC, 0): end})
    moves.take(facts)
    moves.close(horizon or Horizon())
    return [(each.check, each.subject) for each in report.findings]


LOST = [(MOVES, "P1:CLM1")]


def test_a_step_that_was_lost_is_found_wherever_it_was() -> None:
    facts = way("submitted", "denied", "reversed", "paid", "closed")
    assert found(facts, "closed") == []
    for lost in facts:
        assert found([fact for fact in facts if fact is not lost], "closed") == LOST


def test_a_claim_that_stands_elsewhere_than_it_was_told_to_be_is_found() -> None:
    assert found(way("submitted", "denied"), "paid") == LOST
    assert found([], "denied") == LOST


def test_a_step_that_was_never_taken_or_is_told_twice_is_found() -> None:
    facts = way("submitted", "denied")
    assert found([*facts, *told([step("denied", "paid")])], "denied") == LOST
    assert found([*facts, *facts], "denied") == LOST


@pytest.mark.parametrize("state", SUBMITTED)
def test_what_another_event_says_needs_no_step(state: str) -> None:
    assert found([], state) == []
    assert found(way(state, "paid"), "paid") == []


def test_a_claim_that_was_held_and_then_sent_was_told_there_and_back() -> None:
    assert found(way("draft", "held", "draft"), "submitted") == []
    assert found(way("draft", "held"), "held", ("draft",)) == []
    assert found(way("draft", "held"), "submitted") == LOST


@given(
    st.lists(st.sampled_from(["held", "denied", "paid", "closed"]), min_size=1, max_size=6),
    st.randoms(),
)
def test_any_way_in_any_order_leads_to_its_end_and_no_part_of_it_does(
    states: list[str], random: Random
) -> None:
    path = ["submitted", *states]
    facts = [fact for fact in way(*path) if _is_a_move(fact)]
    random.shuffle(facts)
    assert found(facts, path[-1]) == []
    for lost in facts:
        assert found([fact for fact in facts if fact is not lost], path[-1]) == LOST


def _is_a_move(fact: Fact) -> bool:
    event = fact.event
    return isinstance(event, ClaimStateChanged) and event.from_state != event.to_state


def test_a_step_that_is_in_the_outbox_counts_once_though_it_is_on_its_topic_already() -> None:
    facts = way("submitted", "denied", "closed")
    assert found(facts[:1], "closed", unsent=facts[1:]) == []
    assert found(facts, "closed", unsent=facts[1:]) == []


def test_a_claim_that_moved_when_the_databases_had_been_read_is_not_judged() -> None:
    facts = way("submitted", "denied", "closed")
    assert found(facts, "denied", end=1) == []
    assert found(facts, "denied", end=2) == LOST


def test_what_was_in_the_outbox_when_it_was_read_is_judged_though_it_came_later() -> None:
    facts = way("submitted", "denied", "closed")
    assert found(facts, "paid", unsent=facts[1:], end=1) == LOST


def test_a_claim_of_which_retention_may_have_removed_steps_is_not_judged() -> None:
    cut = Horizon({TOPIC: NOON})
    assert found([], "denied", horizon=cut) == []
    assert found([], "denied", horizon=Horizon({TOPIC: NOON - timedelta(days=20)})) == LOST


def test_a_step_of_a_claim_that_billing_does_not_know_is_found_unless_it_is_younger() -> None:
    stranger = told([step("submitted", "paid", "CLM9")])
    assert found(stranger, "submitted") == [(FOUNDED, f"{TOPIC} 0:0")]
    assert found(stranger, "submitted", end=0) == []
