"""What billing's database says beside what billing told: an event more or less is found."""

from datetime import date

import pytest

from claimstream.verify.claim_moves import MOVES
from claimstream.verify.publication import FOUNDED, PUBLISHED
from schemas.claim import ClaimStateChanged, ClaimSubmitted
from schemas.event import Event
from schemas.patient_account import PatientBalanceDue
from tests.builders import make
from tests.integration.billing.conftest import Running
from tests.integration.billing.test_lineage import Script
from tests.told_events import Books, books
from tests.unit.billing.desk import decided, line, negated, policy


async def story(running: Running) -> Books:
    """E1 paid, taken back and corrected; E2 accepted, then rejected; E3 held; E4 asked about."""
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99214"))
    first = desk.adjudicate(decided(1, 40000, 24000, ("CO", "45", 10000), ("PR", "2", 6000)))
    desk.pay(6000)
    desk.take(negated(first, remittance_id="R2", trace_number="T2"))
    desk.adjudicate(
        decided(1, 40000, 22500, ("CO", "45", 15000), ("PR", "3", 2500)),
        remittance_id="R2",
        trace_number="T2",
        sequence=2,
    )
    desk.code(line(1, "99214"), encounter_id="E2", service_date=date(2026, 2, 2))
    desk.acknowledge("277CA", "accepted", encounter_id="E2", payer_control_number="ICN2")
    desk.acknowledge("277CA", "rejected", "A7:164", encounter_id="E2")
    desk.code(line(1, "99999"), encounter_id="E3", service_date=date(2026, 2, 3))
    desk.code(line(1, "99214"), encounter_id="E4", service_date=date(2026, 2, 4))
    for event in desk.handed():
        await running.hear(event)
    await running.pass_days(60)
    async with running.pool.acquire() as connection, connection.transaction():
        return await books(connection, "billing")


def claims(told: Books) -> dict[str, str]:
    """The claim of each encounter."""
    submitted = [fact.event for fact in told.of(ClaimSubmitted)]
    return {
        each.encounter_id: each.claim_id for each in submitted if isinstance(each, ClaimSubmitted)
    }


async def test_what_was_told_is_what_the_database_says(running: Running) -> None:
    told = await story(running)
    assert told.findings() == []
    moved = {getattr(fact.event, "to_state", "") for fact in told.of(ClaimStateChanged)}
    assert {"held", "status_inquiry"} <= moved


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (ClaimSubmitted, PUBLISHED),
        (PatientBalanceDue, PUBLISHED),
        (ClaimStateChanged, MOVES),
    ],
)
async def test_each_single_event_that_never_came_to_its_topic_is_missed(
    running: Running, kind: type[Event], check: str
) -> None:
    told = await story(running)
    events = told.of(kind)
    assert events
    for fact in events:
        assert [each for each, _ in told.findings(without=fact)] == [check]


async def test_an_event_that_billing_never_decided_is_found(running: Running) -> None:
    told = await story(running)
    own = claims(told)
    unknown = make(ClaimSubmitted, practice_id="P1", encounter_id="E9", claim_id="NOBODYS")
    balance = make(PatientBalanceDue, practice_id="P1", encounter_id="E2", version=9)
    strange = make(ClaimStateChanged, practice_id="P1", encounter_id="E9", claim_id="NOBODYS")
    moved = make(
        ClaimStateChanged,
        practice_id="P1",
        encounter_id="E2",
        claim_id=own["E2"],
        from_state="held",
        to_state="closed",
        passed=(),
    )
    assert [check for check, _ in told.findings(besides=unknown)] == [FOUNDED]
    assert [check for check, _ in told.findings(besides=balance)] == [FOUNDED]
    assert [check for check, _ in told.findings(besides=strange)] == [FOUNDED]
    assert told.findings(besides=moved) == [(MOVES, f"P1:{own['E2']}")]


async def test_a_move_that_is_told_twice_is_found(running: Running) -> None:
    told = await story(running)
    event = told.of(ClaimStateChanged)[0].event
    assert isinstance(event, ClaimStateChanged)
    assert told.findings(besides=event) == [(MOVES, f"P1:{event.claim_id}")]
