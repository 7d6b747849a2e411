"""Publishing to a real broker: all of it, once, in order, and nothing lost silently."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime

import pytest
from aiokafka import ConsumerRecord

from schemas.catalogue import MODEL_OF_TOPIC
from schemas.encounter import EncounterDocumented, NoteSection
from schemas.envelope import decode
from services.chassis.record import Record, deliver
from simulators.ehr.clinic.schedule import FIRST_DAY, generate, run_tag
from simulators.ehr.publisher import BrokerNotReachedError, PublishReport, publish, rehearse
from simulators.ehr.scheduled import Scheduled
from tests.contract.ehr.topics import EHR_TOPICS, records, with_topics

SEED = 4_711
COUNT = 60


def tag(days: int = 30) -> str:
    return run_tag(COUNT, SEED, FIRST_DAY, days)


def mine(record: ConsumerRecord) -> bool:
    return tag().encode() in record.key


@pytest.fixture
async def broker(kafka_bootstrap: str) -> str:
    return await with_topics(kafka_bootstrap)


async def test_everything_arrives_once_in_order_per_key_and_can_be_read(broker: str) -> None:
    items = list(generate(COUNT, SEED, days=30))
    report = PublishReport()
    await publish(items, broker, report)
    assert report.findings == []
    assert report.published == Counter(item.event.TOPIC for item in items)
    found = await records(broker, *EHR_TOPICS, wanted=mine)
    expected: dict[bytes, list[bytes]] = defaultdict(list)
    for item in items:
        made = item.record()
        if tag() in item.event.key:
            expected[made.topic.encode() + made.key].append(made.value)
    arrived: dict[bytes, list[bytes]] = defaultdict(list)
    for record in found:
        arrived[record.topic.encode() + record.key].append(record.value)
    assert arrived == expected


async def test_what_arrived_is_what_the_services_take_in(broker: str) -> None:
    await publish(generate(COUNT, SEED, days=30), broker, PublishReport())
    for one in await records(broker, *EHR_TOPICS, wanted=mine):
        delivery = deliver(
            Record(
                one.topic,
                one.partition,
                one.offset,
                datetime.fromtimestamp(one.timestamp // 1000, UTC),
                one.key,
                one.headers,
                one.value,
            ),
            MODEL_OF_TOPIC,
        )
        assert delivery.refusal is None
        assert delivery.incoming is not None
        assert delivery.incoming.event_id == decode(one.headers).event_id


async def test_publishing_again_gives_the_same_event_ids(broker: str) -> None:
    await publish(generate(COUNT, SEED, days=30), broker, PublishReport())
    await publish(generate(COUNT, SEED, days=30), broker, PublishReport())
    found = await records(broker, "ehr.encounter-documented.v1", wanted=mine)
    ids = Counter(decode(record.headers).event_id for record in found)
    assert len(ids) == len({(record.key, record.value) for record in found})
    assert min(ids.values()) >= 2


def too_large() -> Scheduled:
    event = EncounterDocumented(
        practice_id="ELM",
        encounter_id="V-HUGE",
        revision=1,
        patient_id="P-1",
        rendering_provider_id="DR-1",
        setting="office",
        place_of_service="11",
        service_date=date(2026, 3, 2),
        note=tuple(NoteSection(heading="Note", text="x" * 990_000) for _ in range(5)),
    )
    return Scheduled(event, datetime(2026, 3, 2, 12, tzinfo=UTC))


async def test_a_record_too_large_is_reported_by_key_and_stops_no_other(broker: str) -> None:
    items = [too_large(), *generate(1, SEED)]
    report = PublishReport()
    await publish(items, broker, report)
    assert [(one.path, one.reason) for one in report.findings] == [
        ("ELM:V-HUGE", "record_too_large")
    ]
    assert report.unreadable == 1
    assert report.total == len(items) - 1


def test_a_rehearsal_finds_the_record_that_is_too_large() -> None:
    report = PublishReport()
    rehearse([too_large()], report)
    assert [one.reason for one in report.findings] == ["record_too_large"]
    assert report.total == 0


async def test_a_broker_that_is_not_there_is_said_so() -> None:
    with pytest.raises(BrokerNotReachedError, match=r"127\.0\.0\.1:1"):
        await publish([], "127.0.0.1:1", PublishReport())
