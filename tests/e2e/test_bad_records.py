"""Records that cannot be used are kept whole, with their reason, where an operator sees them.

All are published at once, each in one partition with a good neighbour right behind it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from uuid import uuid4

import pytest

from schemas.catalogue import dead_letter_topic
from schemas.claim import ClaimAdjudicated
from schemas.coding import EncounterCoded
from schemas.encounter import EncounterDocumented
from schemas.envelope import encode
from schemas.event import Event
from schemas.patient_account import PatientPaymentReceived
from schemas.reference import CoverageRegistered, PatientRegistered
from services.chassis.record import headers_from_bytes
from tests.builders import make
from tests.e2e.conftest import REFERENCE_LIMIT_DAYS
from tests.e2e.world import Raw, World
from tests.support import until

PARTITION = 0
TEN_MEGABYTES = 10 * 1024 * 1024


def raw(event: Event, partition: int | None = PARTITION) -> Raw:
    """An event as a record, under an id that nothing else has."""
    made = encode(
        event, event_id=uuid4(), source="urn:claimstream:test", occurred_at=datetime.now(UTC)
    )
    return Raw(made.topic, made.key, made.headers, made.value, partition)


def with_header(record: Raw, name: str, value: bytes | None) -> Raw:
    """The record with another value of a header, or without it."""
    kept = [header for header in record.headers if header[0] != name]
    return replace(record, headers=kept if value is None else [*kept, (name, value)])


def with_value(record: Raw, change: Callable[[bytes], bytes | None]) -> Raw:
    assert record.value is not None
    return replace(record, value=change(record.value))


BROKEN: Mapping[str, tuple[str, Callable[[Raw], Raw]]] = {
    "malformed JSON": ("not_json", lambda one: with_value(one, lambda value: value[:-20])),
    "an unknown version of the event": (
        "type_unknown",
        lambda one: with_header(one, "ce_type", b"ehr.encounter-documented.v9"),
    ),
    "an unknown version of CloudEvents": (
        "specversion_unknown",
        lambda one: with_header(one, "ce_specversion", b"2.0"),
    ),
    "a missing header": ("header_missing", lambda one: with_header(one, "ce_id", None)),
    "a header that is not UTF-8": (
        "header_not_utf8",
        lambda one: with_header(one, "ce_source", b"urn:\xff\xfe"),
    ),
    "a tombstone": ("tombstone", lambda one: with_value(one, lambda _: None)),
    "ten megabytes": (
        "too_large",
        lambda one: with_value(one, lambda value: value + b" " * TEN_MEGABYTES),
    ),
    "the key of another encounter": ("key_mismatch", lambda one: replace(one, key=b"NOBODY:1")),
}


@dataclass(frozen=True, slots=True)
class Published:
    """What was published: bad records by what is wrong with them, and their good neighbours."""

    bad: dict[str, tuple[str, str, Raw]]
    neighbours: list[EncounterDocumented]
    patient: PatientRegistered
    coverage: CoverageRegistered
    waiting: EncounterDocumented
    forgotten: EncounterDocumented


async def published_by_a_good_clinic(world: World) -> tuple[Event, Event, EncounterDocumented]:
    """An encounter that was coded without a question, and its patient."""
    facts = (await world.history()).facts
    coded = {
        (fact.event.practice_id, fact.event.encounter_id)
        for fact in facts
        if isinstance(fact.event, EncounterCoded)
        and fact.event.version == 1
        and fact.event.decided_by == "engine"
    }
    encounter = next(
        fact.event
        for fact in facts
        if isinstance(fact.event, EncounterDocumented)
        and (fact.event.practice_id, fact.event.encounter_id) in coded
        and fact.event.revision == 1
    )
    patient, coverage = (
        next(
            fact.event
            for fact in facts
            if isinstance(fact.event, kind)
            and (fact.event.practice_id, fact.event.patient_id)
            == (encounter.practice_id, encounter.patient_id)
        )
        for kind in (PatientRegistered, CoverageRegistered)
    )
    return patient, coverage, encounter


@pytest.fixture(scope="module")
async def published(world: World) -> Published:
    """Publish everything, and wait until the last of it has been read."""
    patient, coverage, good = await published_by_a_good_clinic(world)
    assert isinstance(patient, PatientRegistered)
    assert isinstance(coverage, CoverageRegistered)

    def encounter(number: str, patient_id: str = good.patient_id) -> EncounterDocumented:
        return good.model_copy(update={"encounter_id": f"E2E-{number}", "patient_id": patient_id})

    bad = {
        what: (reason, "coding", spoil(raw(encounter(f"BAD{number}"))))
        for number, (what, (reason, spoil)) in enumerate(BROKEN.items())
    }
    people = [f"E2E-N{number}" for number in range(len(bad))]
    neighbours = [encounter(f"GOOD{number}", person) for number, person in enumerate(people)]
    registered = [
        raw(each, None)
        for person in people
        for each in (
            patient.model_copy(update={"patient_id": person, "account_id": person}),
            coverage.model_copy(update={"patient_id": person}),
        )
    ]
    payment = raw(make(PatientPaymentReceived, account_id="E2E-A1", amount_cents=12_345))
    bad["negative money"] = (
        "contract_broken",
        "billing",
        with_value(payment, lambda value: value.replace(b":12345", b":-12345")),
    )
    paid = raw(make(ClaimAdjudicated, encounter_id="E2E-E1", paid_cents=54_321))
    bad["fractional money"] = (
        "contract_broken",
        "billing",
        with_value(paid, lambda value: value.replace(b":54321", b":543.21")),
    )
    waiting, forgotten = encounter("WAITS", "E2E-P1"), encounter("FORGOTTEN", "E2E-P2")
    behind = [raw(each) for each in neighbours]
    spoilt = [record for _, _, record in bad.values()]
    pairs = chain.from_iterable(zip(spoilt, behind, strict=False))
    await world.publish([*registered, *pairs, *spoilt[len(behind) :], raw(waiting), raw(forgotten)])
    await until(lambda: has_read_everything(world), what="everything being read")
    return Published(
        bad,
        neighbours,
        patient.model_copy(update={"patient_id": "E2E-P1", "account_id": "E2E-P1"}),
        coverage.model_copy(update={"patient_id": "E2E-P1"}),
        waiting,
        forgotten,
    )


async def has_read_everything(world: World) -> bool:
    report = (await world.verified()).report
    return not any(
        count for what, count in report.in_flight.items() if what.endswith("not yet read")
    )


async def letter_of(world: World, service: str, record: Raw) -> dict[str, object]:
    """The dead letter that holds exactly this record."""
    rows = await world.rows(
        service,
        "select id, reason, status, key, headers, value from delivery.dead_letter "
        "where topic = $1 and key is not distinct from $2 "
        "and value is not distinct from $3 and partition = $4",
        record.topic,
        record.key,
        record.value,
        record.partition,
    )
    (row,) = rows
    return dict(row)


@pytest.mark.parametrize("what", [*BROKEN, "negative money", "fractional money"])
async def test_it_is_kept_whole_with_its_reason(
    world: World, published: Published, what: str
) -> None:
    reason, service, record = published.bad[what]
    letter = await letter_of(world, service, record)
    assert (letter["reason"], letter["status"]) == (reason, "open")
    headers = letter["headers"]
    assert isinstance(headers, bytes)
    assert headers_from_bytes(headers) == list(record.headers)


async def test_an_operator_sees_each_of_them(world: World, published: Published) -> None:
    said = world.say("dead-letters", "list", "--json")
    assert said.code == 0
    listed = {(line["service"], line["id"]): line for line in said.lines()}
    for reason, service, record in published.bad.values():
        letter = await letter_of(world, service, record)
        line = listed[service, str(letter["id"])]
        assert (line["reason"], line["topic"]) == (reason, record.topic)
        assert line["value_bytes"] == (None if record.value is None else len(record.value))


async def test_one_can_be_looked_at_with_its_value_only_when_asked(
    world: World, published: Published
) -> None:
    _, service, record = published.bad["malformed JSON"]
    letter = await letter_of(world, service, record)
    short = world.say("dead-letters", "show", str(letter["id"]))
    whole = world.say("dead-letters", "show", str(letter["id"]), "--value")
    assert (short.code, whole.code) == (0, 0)
    assert "not_json" in short.out
    assert f"redrive {letter['id']}" in short.out
    assert record.value is not None
    assert record.value.decode() in whole.out
    assert record.value.decode() not in short.out


async def test_each_has_its_copy_on_the_consumers_dead_letter_topic(
    world: World, published: Published
) -> None:
    for what, (reason, service, record) in published.bad.items():
        history = await world.history(dead_letter_topic(record.topic, service))
        copies = [
            dict(fact.record.headers)
            for fact in (*history.facts, *history.copies)
            if (fact.record.key or None) == record.key
        ]
        assert [copy["deadletter-reason"] for copy in copies] == [reason.encode()], what


async def test_the_neighbours_of_bad_records_are_coded(world: World, published: Published) -> None:
    wanted = {each.encounter_id for each in published.neighbours}

    async def coded() -> bool:
        facts = (await world.history(EncounterCoded.TOPIC)).facts
        return wanted <= {
            fact.event.encounter_id for fact in facts if isinstance(fact.event, EncounterCoded)
        }

    await until(coded, what="the neighbours being coded")


def test_an_encounter_of_an_unknown_patient_is_shown_waiting(
    world: World, published: Published
) -> None:
    said = world.say("dead-letters", "list")
    practice = published.waiting.practice_id
    assert f"patient:{practice}:E2E-P1" in said.out
    assert f"{practice}:E2E-WAITS" in said.out
    assert f"patient:{practice}:E2E-P2" in said.out


async def test_it_goes_on_when_the_patient_arrives(world: World, published: Published) -> None:
    await world.publish([raw(published.patient, None), raw(published.coverage, None)])

    async def coded() -> bool:
        facts = (await world.history(EncounterCoded.TOPIC)).facts
        return any(
            fact.event is not None and fact.event.key == published.waiting.key for fact in facts
        )

    await until(coded, what="the waiting encounter being coded")


async def test_one_whose_patient_never_arrives_is_set_aside_after_the_limit(
    world: World, published: Published
) -> None:
    begun = world.today
    world.pace(6)

    async def set_aside() -> bool:
        rows = await world.rows(
            "coding",
            "select reason from delivery.dead_letter where key = $1",
            published.forgotten.key.encode(),
        )
        return [row["reason"] for row in rows] == ["reference_missing"]

    try:
        await until(set_aside, what="the encounter being set aside")
    finally:
        world.pace(0)
    assert (world.today - begun).days >= REFERENCE_LIMIT_DAYS


async def test_what_was_set_aside_breaks_no_promise(world: World, published: Published) -> None:
    assert (await world.proof()).findings == []
    kept = await world.rows("coding", "select count(*) from delivery.dead_letter")
    assert kept[0]["count"] > len(BROKEN)
