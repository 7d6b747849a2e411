"""What goes to the topics of everything a payer may answer: all that billing needs, and nobody."""

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

from schemas.claim import (
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimSubmitted,
    ClaimTransmitted,
    RemittanceReceived,
)
from services.chassis import outbox
from simulators.payer.scenario import DESCRIPTIONS
from tests.integration.payer_simulator.conftest import Office

MEMBERS = {
    "CROSS": ("MEDICARE_B", "CROSS-1"),
    "DENY-<GROUP><CARC>": ("BLUERIVER", "DENY-CO16-1"),
    "DENY-LINE-<GROUP><CARC>": ("BLUERIVER", "DENY-LINE-PI16-1"),
    "REJECT-277-<CATEGORY>[<STATUS>]": ("BLUERIVER", "REJECT-277-A7164-1"),
    "REJECT-TA1-<NOTE>": ("STATE_MEDICAID", "REJECT-TA1-006-1"),
    "REJECT-999": ("MEDIGAP_PLUS", "REJECT-999-1"),
    "PLB-<CODE>": ("BLUERIVER", "PLB-AP-1"),
}
"""Scenarios that want more than their name, or that take the other claims of a file with them."""

IDENTITY = re.compile(
    r"quillfeather|noor|1950-?05-?17|05/17/1950|12 elm|elm st|43004|columbus|6145550100",
    re.IGNORECASE,
)


def _members() -> list[tuple[str, str]]:
    """A member who asks for each thing that the payer can do."""
    found = []
    for shown, _ in DESCRIPTIONS.values():
        name = shown.removesuffix("-...")
        found.append(MEMBERS.get(name, ("SUMMIT", f"{name}-1")))
    return found


@pytest.fixture
async def office_after(office: Office) -> Office:
    """Every scenario happened, each to a patient of its own."""
    for payer_id, member_id in _members():
        policies = [(payer_id, member_id)]
        if payer_id == "MEDICARE_B":
            policies.append(("MEDIGAP_PLUS", "MG-1"))
        await office.visit(*policies, lines=(("99214", 1), ("36415", 2)))
    await office.days(60)
    return office


async def _records(office: Office) -> list[Any]:
    async with office.gateway.pool.acquire() as connection:
        return list(await outbox.unpublished(connection))


async def _claims(office: Office) -> Mapping[str, ClaimSubmitted]:
    async with office.pool.acquire() as connection:
        found = [
            ClaimSubmitted.from_json(each.value)
            for each in await outbox.unpublished(connection)
            if each.topic == ClaimSubmitted.TOPIC
        ]
    return {each.claim_id: each for each in found}


async def test_everything_that_billing_needs_stands_in_the_events_and_nobodys_name(
    office_after: Office,
) -> None:
    office = office_after
    records = await _records(office)
    _name_nobody(records)
    assert {each.topic for each in records} == {
        kind.TOPIC
        for kind in (ClaimTransmitted, ClaimAcknowledged, ClaimAdjudicated, RemittanceReceived)
    }
    claims = await _claims(office)
    decided = await office.gateway.said(ClaimAdjudicated)
    received = {each.remittance_id: each for each in await office.gateway.said(RemittanceReceived)}
    forwarded = {(each.claim_id, each.crossover_payer_id) for each in decided}
    for each in decided:
        claim = claims[each.claim_id]
        assert each.payer_id == claim.payer_id or (each.claim_id, each.payer_id) in forwarded
        _is_whole(each, claim)
        assert received[each.remittance_id].trace_number == each.trace_number
        assert received[each.remittance_id].paid_on == each.paid_on
    _balance(decided, received)
    statuses = {each.claim_status_code for each in decided}
    assert statuses >= {"1", "4", "19", "22", "23", "25"}
    remarks = {code for each in decided for line in each.lines for code in line.remark_codes}
    assert "M76" in remarks
    assert {e.crossover_payer_id for e in decided if e.claim_status_code == "19"} >= {
        "MEDIGAP_PLUS"
    }
    reasons = {a.reason for event in received.values() for a in event.provider_adjustments}
    assert reasons >= {"AP", "FB", "L6"}
    assert all(each.reasons for each in await office.gateway.said(ClaimAcknowledged))


def _name_nobody(records: list[Any]) -> None:
    members = {member.encode() for _, member in _members()}
    for each in records:
        headers = b" ".join(value for _, value in each.headers if value)
        text = b" ".join((each.key or b"", headers, each.value))
        assert IDENTITY.search(text.decode()) is None, each.topic
        assert not [member for member in members if member in text], each.topic


def _is_whole(event: ClaimAdjudicated, claim: ClaimSubmitted) -> None:
    """Ids, line keys, groups and reasons are there, and all of it adds up."""
    assert event.encounter_id == claim.encounter_id
    assert event.payer_control_number
    adjustments = [*event.adjustments, *(a for line in event.lines for a in line.adjustments)]
    assert {a.group for a in adjustments} <= {"CO", "PR", "OA", "PI"}
    assert all(a.reason for a in adjustments)
    assert event.charge_cents - sum(a.amount_cents for a in adjustments) == event.paid_cents
    shares = sum(a.amount_cents for a in adjustments if a.group == "PR")
    assert event.patient_responsibility_cents == shares
    billed = {line.line: line for line in claim.lines}
    for line in event.lines:
        off = sum(a.amount_cents for a in line.adjustments)
        assert line.charge_cents - off == line.paid_cents
        if line.line is None:
            assert line.code in {own.code for own in billed.values()}
            continue
        own = billed[line.line]
        assert own.code in {line.code, line.submitted_code}
        assert abs(line.charge_cents) == own.charge_cents


def _balance(decided: list[ClaimAdjudicated], received: Mapping[str, RemittanceReceived]) -> None:
    """Claims less provider adjustments are the payment; what strangers were paid waits apart."""
    paid: dict[str, int] = defaultdict(int)
    count: dict[str, int] = defaultdict(int)
    for each in decided:
        paid[each.remittance_id] += each.paid_cents
        count[each.remittance_id] += 1
    whole = 0
    for remittance_id, event in received.items():
        moved = sum(each.amount_cents for each in event.provider_adjustments)
        assert event.payment_cents == event.claims_paid_cents - moved
        if count[remittance_id] == event.claim_count:
            whole += 1
            assert paid[remittance_id] == event.claims_paid_cents
    assert whole >= len(received) - 2
