"""Every process is killed (-9) in mid-stream, one after another, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from claimstream.lineage.history import read_history
from claimstream.lineage.standing import standings
from deploy.embedded.child import Child
from services.billing.verification import money_in_flight
from tests.e2e.world import World
from tests.support import until

ENCOUNTERS = 900
SEED = 23
DAYS = 300
"""Three encounters a day: more days than the kills take, so that each is in mid-stream.

Days pass only while something new is waited for, and not while a process starts again or all is
checked: a slow machine would come into a year that there are no code sets for.
"""

AFTERWARDS_DAYS = 30
OUTPUT = {
    "coding": ("coding.encounter-coded.v1",),
    "billing": ("billing.claim-submitted.v1",),
    "payer_gateway": ("payer.claim-transmitted.v1",),
    "patient_statements": ("patient.statement-issued.v1", "patient.statement-suppressed.v1"),
    "payer": ("payer.claim-acknowledged.v1",),
    "kafka": ("coding.encounter-coded.v1",),
    "postgres": ("billing.claim-submitted.v1",),
}


@pytest.fixture(scope="module")
async def ehr(world: World) -> AsyncIterator[Child]:
    """An EHR that documents encounters all the while, a day a second."""
    child = world.ehr(encounters=ENCOUNTERS, seed=SEED, days=DAYS)
    world.pace(1)
    child.start()
    try:
        yield child
    finally:
        await asyncio.to_thread(child.stop, 10)
        world.pace(0)


@pytest.mark.parametrize("victim", OUTPUT)
async def test_what_is_killed_in_mid_stream_starts_again_and_everything_holds(
    world: World, ehr: Child, victim: str
) -> None:
    restarts = world.process(victim).restarts
    await world.grows(*OUTPUT[victim])
    former = world.kill(victim)
    with world.slowly():
        await world.back(victim, former)
    assert world.process(victim).restarts == restarts + 1
    await world.grows(*OUTPUT[victim])
    with world.slowly():
        assert (await world.proof()).findings == []


async def test_an_ehr_killed_in_mid_stream_goes_on_where_it_was(world: World, ehr: Child) -> None:
    documented = "ehr.encounter-documented.v1"
    await world.grows(documented)
    ehr.kill()
    ehr.wait_or_kill(10)
    ehr.start()
    await world.grows(documented)
    with world.slowly():
        assert (await world.proof()).findings == []


async def test_in_the_end_every_encounter_stands_somewhere_and_every_cent_is_there(
    world: World, ehr: Child
) -> None:
    await asyncio.to_thread(ehr.stop, 10)
    opened = world.today
    world.pace(6)

    async def later() -> bool:
        return (world.today - opened).days >= AFTERWARDS_DAYS

    await until(later, what="a month")
    world.pace(0)
    report = await world.settled()
    assert report.findings == []
    found = await world.verified()
    history = await read_history(world.addresses.kafka_bootstrap)
    stands = standings(history.facts, found.set_aside)
    assert not [place for place, text in stands.items() if text.startswith("documented (")]
    charged = await world.rows(
        "billing", "select sum(charge_cents)::bigint as cents from billing.encounter_account"
    )
    async with world.connection("billing") as connection:
        money = await money_in_flight(connection)
    assert sum(money.values()) == charged[0]["cents"]
    assert "claim:none" not in money
