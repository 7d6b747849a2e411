"""What the gateway's database says beside what it told: an event more or less is found."""

from dataclasses import dataclass

import asyncpg
import pytest

from claimstream.verify.publication import FOUNDED, PUBLISHED
from schemas.claim import (
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimTransmitted,
    RemittanceReceived,
)
from services.payer_gateway.decisions.quarantine import RejectQuarantined, ReleaseQuarantined
from services.payer_gateway.verification_published import set_aside_claims
from tests.builders import make
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import (
    claim,
    coverage,
    patient,
    policy,
    practice,
    provider,
)
from tests.told_events import Books, books

STRANGER = "STRANGER-835-1"


@dataclass(frozen=True, slots=True)
class Story:
    """What was told, and where the claim stands in its payment that was set aside."""

    told: Books
    remittance_id: str
    set_aside: int

    def of_claim(self, claim_id: str) -> ClaimAdjudicated:
        """What the payer decided about a claim."""
        found = [fact.event for fact in self.told.of(ClaimAdjudicated)]
        return next(e for e in found if isinstance(e, ClaimAdjudicated) and e.claim_id == claim_id)


async def story(gateway: Gateway, asking: str = "UNBALANCED-1") -> Story:
    """CLM1 is set aside, CLM2 paid, CLM3 rejected, CLM4 refused here; CLM5 was just accepted.

    ``asking``: by what CLM1 comes to that; ``STRANGER``: it is paid, beside one that is set aside.
    """
    members = {1: asking, 2: "M200", 3: "REJECT-277-A7164-1", 4: "M400", 5: "M500"}
    await gateway.hear(
        practice(),
        provider(),
        *(patient(f"PT{n}") for n in members),
        *(coverage(policy("BLUERIVER", own), patient_id=f"PT{n}") for n, own in members.items()),
        *(claim(f"CLM{n}", patient_id=f"PT{n}") for n in (1, 2, 3)),
        claim("CLM4", "NOBODY_PAYS", patient_id="PT4"),
    )
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(16)
    await gateway.hear(claim("CLM5", patient_id="PT5"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(4)
    async with gateway.pool.acquire() as connection:
        return await _story(connection)


async def _story(connection: asyncpg.Connection) -> Story:
    async with connection.transaction():
        ((remittance_id, sequence),) = await set_aside_claims(connection)
        return Story(await books(connection, "payer_gateway"), remittance_id, sequence)


async def test_what_was_told_is_what_the_database_says(gateway: Gateway) -> None:
    told = (await story(gateway)).told
    assert told.findings() == []
    states = await gateway.rows("select claim_id, state from claim order by 1")
    assert [row["state"] for row in states] == [
        *("accepted", "adjudicated", "rejected", "refused", "accepted"),
    ]


async def test_each_single_event_that_never_came_to_its_topic_is_missed(gateway: Gateway) -> None:
    told = (await story(gateway)).told
    for kind in (ClaimTransmitted, ClaimAdjudicated, RemittanceReceived):
        events = told.of(kind)
        assert events
        for fact in events:
            assert [check for check, _ in told.findings(without=fact)] == [PUBLISHED]
    lost = [each for fact in told.of(ClaimAcknowledged) for each in told.findings(without=fact)]
    assert sorted(lost) == [
        (PUBLISHED, "P1:CLM1 accepted"),
        (PUBLISHED, "P1:CLM3 rejected"),
        (PUBLISHED, "P1:CLM4 rejected"),
        (PUBLISHED, "P1:CLM5 accepted"),
    ]


async def test_an_event_that_the_gateway_never_decided_is_found(gateway: Gateway) -> None:
    known = await story(gateway, STRANGER)
    paid = known.of_claim("CLM1")
    assert paid.remittance_id == known.remittance_id
    lies = (
        make(ClaimTransmitted, practice_id="P1", claim_id="CLM4"),
        make(RemittanceReceived, practice_id="P1", remittance_id="NONE"),
        paid.model_copy(update={"sequence": paid.sequence + 9}),
        paid.model_copy(update={"claim_id": "STRANGER", "sequence": known.set_aside}),
        make(ClaimAcknowledged, practice_id="P1", claim_id="NOBODYS", outcome="accepted"),
        make(ClaimAcknowledged, practice_id="P1", claim_id="CLM5", outcome="rejected"),
    )
    for lie in lies:
        assert [check for check, _ in known.told.findings(besides=lie)] == [FOUNDED], lie


@pytest.mark.parametrize("command", [ReleaseQuarantined, RejectQuarantined])
async def test_what_was_set_aside_is_missed_once_it_was_released_and_only_then(
    gateway: Gateway, command: type[ReleaseQuarantined] | type[RejectQuarantined]
) -> None:
    before = await story(gateway)
    (item,) = await gateway.rows("select * from quarantine where state = 'open'")
    await gateway.act(
        command(
            practice_id=item["practice_id"],
            actor="ann",
            role="supervisor",
            reason="agreed with the payer",
            item_id=item["item_id"],
        )
    )
    async with gateway.pool.acquire() as connection:
        after = await _story(connection)
    assert after.told.findings() == []
    if command is ReleaseQuarantined:
        stale = Books(after.told.publication, after.told.standing, before.told.facts)
        assert (PUBLISHED, f"{after.remittance_id} {after.set_aside}") in stale.findings()


async def test_a_payment_of_which_a_claim_has_no_event_is_judged_but_for_its_claims(
    gateway: Gateway,
) -> None:
    known = await story(gateway, STRANGER)
    async with gateway.pool.acquire() as connection, connection.transaction():
        await connection.execute("update quarantine set held = '{}'")
        told = await books(connection, "payer_gateway")
    assert told.findings() == []
    unjudged, judged = known.of_claim("CLM1"), known.of_claim("CLM2")
    for fact in told.of(ClaimAdjudicated):
        found = [check for check, _ in told.findings(without=fact)]
        assert found == ([PUBLISHED] if fact.event == judged else [])
    beyond = unjudged.model_copy(update={"sequence": 99})
    assert [check for check, _ in told.findings(besides=beyond)] == [FOUNDED]
    for fact in told.of(RemittanceReceived):
        assert [check for check, _ in told.findings(without=fact)] == [PUBLISHED]
