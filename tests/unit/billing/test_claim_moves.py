"""What one decision does with a claim is one event, and the topics alone tell every state."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas.claim import ClaimAcknowledged, ClaimStateChanged, ClaimSubmitted, PassedState
from services.chassis.effects import Effects, Refused
from tests.unit.billing.desk import Desk, decided, line, negated, policy


@dataclass
class Witness(Desk):
    """A desk at which somebody notes each claim's state from the topics alone."""

    told: dict[str, str] = field(default_factory=dict)

    def take(self, event: BaseModel, *, topic: str = "") -> Effects:
        effects = super().take(event, topic=topic)
        if isinstance(event, ClaimAcknowledged) and event.stage == "277CA":
            stood = self.told.get(event.claim_id)
            if event.outcome == "accepted" and stood == "submitted":
                self.told[event.claim_id] = "accepted_payer"
        for emission in effects.emissions:
            published = emission.event
            if isinstance(published, ClaimSubmitted):
                self.told[published.claim_id] = "submitted"
            elif isinstance(published, ClaimStateChanged):
                assert published.from_state == self.told.get(published.claim_id, "draft")
                self.told[published.claim_id] = published.to_state
        return effects

    def kept(self) -> dict[str, str]:
        """The state of each claim as the account keeps it."""
        return {claim.claim_id: claim.state for claim in self.account().claims}


def sent(*payers: str) -> Witness:
    desk = Witness()
    desk.register(*(policy(payer, rank) for rank, payer in enumerate(payers or ["BLUERIVER"], 1)))
    desk.code()
    return desk


def paid_in_full(desk: Desk, **changes: Any) -> None:
    desk.adjudicate(decided(1, 25000, 25000), decided(2, 6000, 6000), **changes)


def accepted(desk: Desk) -> None:
    desk.acknowledge("277CA", "accepted", payer_control_number="ICN1")


def test_a_claim_that_is_paid_and_closed_at_once_is_told_of_once_with_both_reasons() -> None:
    desk = sent()
    paid_in_full(desk)
    (moved,) = desk.of(ClaimStateChanged)
    assert (moved.from_state, moved.to_state, moved.reason) == (
        "submitted",
        "closed",
        "balance_zero",
    )
    assert moved.passed == (PassedState(state="paid", reason="claim_status_1"),)
    assert moved.open_insurance_cents == 0


def test_that_a_claim_was_accepted_is_said_by_the_acknowledgement_alone() -> None:
    desk = sent()
    accepted(desk)
    assert desk.of(ClaimStateChanged) == []
    assert desk.kept() == desk.told == {desk.claims[0].claim_id: "accepted_payer"}


def test_that_a_claim_asked_about_was_accepted_is_told() -> None:
    desk = sent()
    desk.due("claim_silence")
    accepted(desk)
    assert desk.states[-1] == ("status_inquiry", "accepted_payer")


def test_claims_that_one_decision_moves_are_each_told_of() -> None:
    desk = sent()
    desk.code(line(1, "99214"), version=2)
    paid_in_full(desk)
    old, new = desk.claims
    assert [(each.claim_id, each.to_state) for each in desk.of(ClaimStateChanged)] == [
        (old.claim_id, "resubmitted")
    ]
    assert desk.kept() == desk.told
    assert desk.told[new.claim_id] == "submitted"


def _withdraw(desk: Desk) -> None:
    desk.withdraw()


def _other_codes(desk: Desk) -> None:
    coded = desk.account().coded
    desk.code(line(1, "99214"), version=coded.version + 1 if coded else 1)


def _taken_back(desk: Desk) -> None:
    first = desk.adjudication(decided(1, 25000, 25000), decided(2, 6000, 6000))
    desk.take(negated(first))


def _denied(desk: Desk) -> None:
    desk.adjudicate(
        decided(1, 25000, 0, ("CO", "50", 25000)),
        decided(2, 6000, 0, ("CO", "50", 6000)),
        remittance_id="R2",
        trace_number="T2",
    )


def _silence(desk: Desk) -> None:
    if any(each.kind == "claim_silence" for each in desk.deadlines):
        desk.due("claim_silence")


STEPS: list[Callable[[Desk], object]] = [
    accepted,
    paid_in_full,
    _denied,
    _taken_back,
    _withdraw,
    _other_codes,
    _silence,
    lambda desk: desk.acknowledge("277CA", "forwarded"),
    lambda desk: desk.acknowledge("277CA", "rejected", "A7:164"),
    lambda desk: desk.acknowledge("999", "rejected", "I5"),
    lambda desk: desk.adjudicate(claim_status_code="5", charge_cents=0),
    lambda desk: desk.pay(1000, f"PAY{len(desk.published)}"),
]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(STEPS), max_size=8), st.booleans())
def test_whatever_happens_the_topics_tell_where_each_claim_stands(
    steps: list[Callable[[Desk], object]], second_payer: bool
) -> None:
    desk = sent("BLUERIVER", "SUMMIT") if second_payer else sent()
    for step in steps:
        try:
            step(desk)
        except Refused:
            continue
        assert desk.told == desk.kept()


@pytest.mark.parametrize("stage", ["999", "277CA"])
def test_a_rejection_is_told_with_the_hold_that_it_leads_to(stage: str) -> None:
    desk = sent()
    desk.acknowledge(stage, "rejected", "A7")
    (moved,) = desk.of(ClaimStateChanged)
    assert moved.to_state == "held"
    assert [each.state for each in moved.passed] in (["rejected_syntax"], ["rejected_ch"])
