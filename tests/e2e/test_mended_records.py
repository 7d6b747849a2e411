"""Records that were set aside are repaired as copies, redriven, and go the whole way."""

from dataclasses import replace

import pytest

from schemas.coding import EncounterCoded
from schemas.encounter import EncounterDocumented
from tests.e2e.test_bad_records import (
    has_read_everything,
    published_by_a_good_clinic,
    raw,
    with_header,
)
from tests.e2e.world import World
from tests.support import until


@pytest.fixture(scope="module")
async def spoilt(world: World) -> list[EncounterDocumented]:
    """Two encounters that coding has set aside: one with a wrong key, one of a wrong version."""
    patient, coverage, good = await published_by_a_good_clinic(world)
    people = [f"E2E-M{n}" for n in range(2)]
    encounters = [
        good.model_copy(update={"encounter_id": f"E2E-MEND{n}", "patient_id": person})
        for n, person in enumerate(people)
    ]
    wrong_key = replace(raw(encounters[0]), key=b"NOBODY:2")
    wrong_version = with_header(raw(encounters[1]), "ce_type", b"ehr.encounter-documented.v9")
    registered = [
        raw(each, None)
        for person in people
        for each in (
            patient.model_copy(update={"patient_id": person, "account_id": person}),
            coverage.model_copy(update={"patient_id": person}),
        )
    ]
    await world.publish([*registered, wrong_key, wrong_version])
    await until(lambda: has_read_everything(world), what="everything being read")
    return encounters


async def test_each_is_repaired_where_it_is_wrong_and_coded(
    world: World, spoilt: list[EncounterDocumented]
) -> None:
    (of_key,) = world.say("dead-letters", "list", "--key", "NOBODY:2", "--json").lines()
    (of_type,) = world.say("dead-letters", "list", "--key", spoilt[1].key, "--json").lines()
    changes = {
        of_key["id"]: f"record.key={spoilt[0].key}",
        of_type["id"]: f"header.ce_type={EncounterDocumented.TOPIC}",
    }
    for letter, change in changes.items():
        said = world.say("dead-letters", "repair", letter, "--set", change, "--reason", "by mail")
        assert said.code == 0, said.err
        assert EncounterCoded.TOPIC in said.out
    said = world.say("dead-letters", "redrive", *changes)
    assert (said.code, "2 of 2 dead letters: 2 accepted" in said.out) == (0, True), said.out

    async def coded() -> bool:
        facts = (await world.history(EncounterCoded.TOPIC)).facts
        keys = {fact.event.key for fact in facts if fact.event is not None}
        return {each.key for each in spoilt} <= keys

    await until(coded, what="the repaired encounters being coded")


async def test_what_was_decided_by_copies_breaks_no_promise(
    world: World, spoilt: list[EncounterDocumented]
) -> None:
    assert (await world.proof()).findings == []
