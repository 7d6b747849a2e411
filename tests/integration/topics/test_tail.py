"""Reading a real topic as a person does."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer

from claimstream.commands.tail import PhiNotAllowedError, TailOptions, tail
from claimstream.topics.apply import apply_topics
from claimstream.topics.reading import NoSuchTopicError
from schemas.envelope import encode
from schemas.event import Event
from schemas.event_id import root_event_id
from schemas.patient_account import StatementSuppressed
from schemas.reference import PatientRegistered
from tests.builders import make
from tests.fixtures.kafka import MakeTopic
from tests.support import LONG_ENOUGH_S

AT = datetime(2026, 1, 14, 21, 20, 5, tzinfo=UTC)


@pytest.fixture
async def producer(kafka_bootstrap: str) -> AsyncIterator[AIOKafkaProducer]:
    await apply_topics(kafka_bootstrap)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    yield producer
    await producer.stop()


async def publish(producer: AIOKafkaProducer, *events: Event) -> None:
    for number, event in enumerate(events):
        record = encode(
            event, event_id=root_event_id(AT, str(number)), source="urn:x", occurred_at=AT
        )
        await producer.send_and_wait(
            record.topic, record.value, key=record.key, headers=record.headers
        )


def suppressions(practice: str, account: str, count: int) -> list[StatementSuppressed]:
    return [
        make(StatementSuppressed, practice_id=practice, account_id=account, balance_cents=number)
        for number in range(count)
    ]


async def printed(bootstrap: str, options: TailOptions) -> list[str]:
    lines: list[str] = []
    await tail(bootstrap, options, lines.append)
    return lines


async def balances(bootstrap: str, options: TailOptions) -> list[int]:
    return [
        json.loads(line)["event"]["balance_cents"] for line in await printed(bootstrap, options)
    ]


def of_key(key: str, last: int | None) -> TailOptions:
    return TailOptions(StatementSuppressed.TOPIC, key=key, last=last, json_lines=True)


async def test_the_events_of_a_key_come_in_order_all_or_the_last(
    kafka_bootstrap: str, producer: AIOKafkaProducer
) -> None:
    practice = f"p{uuid.uuid4().hex[:8]}"
    await publish(producer, *suppressions(practice, "A1", 5), *suppressions(practice, "A2", 3))
    assert await balances(kafka_bootstrap, of_key(f"{practice}:A1", None)) == [0, 1, 2, 3, 4]
    assert await balances(kafka_bootstrap, of_key(f"{practice}:A1", 2)) == [3, 4]
    assert await balances(kafka_bootstrap, of_key(f"{practice}:A2", 50)) == [0, 1, 2]
    assert await balances(kafka_bootstrap, of_key(f"{practice}:nobody", None)) == []


async def test_records_of_all_partitions_come_in_the_order_of_their_time(
    kafka_bootstrap: str, producer: AIOKafkaProducer, make_topic: MakeTopic
) -> None:
    topic = await make_topic("merged", partitions=4)
    for number in range(40):
        await producer.send_and_wait(
            topic, str(number).encode(), partition=number % 4, timestamp_ms=1_000 + number
        )
    everything = await printed(kafka_bootstrap, TailOptions(topic, last=None, json_lines=True))
    offsets = [(json.loads(line)["offset"], json.loads(line)["partition"]) for line in everything]
    assert offsets == [(number // 4, number % 4) for number in range(40)]
    last = await printed(kafka_bootstrap, TailOptions(topic, last=6, json_lines=True))
    assert last == everything[-6:]
    assert await printed(kafka_bootstrap, TailOptions(topic, last=0)) == []


async def test_a_malformed_record_is_shown_and_those_after_it_too(
    kafka_bootstrap: str, producer: AIOKafkaProducer, make_topic: MakeTopic
) -> None:
    topic = await make_topic("broken")
    await producer.send_and_wait(topic, b"\xff{", key=b"\xfe", headers=[("ce_id", b"\xff")])
    await producer.send_and_wait(topic, None, key=b"k")
    lines = await printed(kafka_bootstrap, TailOptions(topic))
    assert len(lines) == 2
    assert all("malformed record" in line for line in lines)


async def test_phi_is_masked_and_shown_only_where_it_is_allowed(
    kafka_bootstrap: str, producer: AIOKafkaProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = make(PatientRegistered, practice_id=f"p{uuid.uuid4().hex[:8]}")
    await publish(producer, patient)
    options = TailOptions(PatientRegistered.TOPIC, key=patient.key)
    openly = TailOptions(PatientRegistered.TOPIC, key=patient.key, show_phi=True)
    monkeypatch.delenv("CLAIMSTREAM_ALLOW_PHI", raising=False)
    (masked,) = await printed(kafka_bootstrap, options)
    assert "•••" in masked
    assert patient.family_name not in masked
    with pytest.raises(PhiNotAllowedError):
        await printed(kafka_bootstrap, openly)
    monkeypatch.setenv("CLAIMSTREAM_ALLOW_PHI", "1")
    (shown,) = await printed(kafka_bootstrap, openly)
    assert patient.family_name in shown


async def test_following_goes_on_with_what_is_written_later(
    kafka_bootstrap: str, producer: AIOKafkaProducer
) -> None:
    practice = f"p{uuid.uuid4().hex[:8]}"
    first, second, third = suppressions(practice, "A1", 3)
    await publish(producer, first)
    seen: asyncio.Queue[int] = asyncio.Queue()

    def keep(line: str) -> None:
        seen.put_nowait(json.loads(line)["event"]["balance_cents"])

    options = TailOptions(
        StatementSuppressed.TOPIC, key=f"{practice}:A1", follow=True, json_lines=True
    )
    following = asyncio.create_task(tail(kafka_bootstrap, options, keep))
    try:
        assert await asyncio.wait_for(seen.get(), LONG_ENOUGH_S) == 0
        await publish(producer, second, third)
        assert [await asyncio.wait_for(seen.get(), LONG_ENOUGH_S) for _ in range(2)] == [1, 2]
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_a_topic_that_is_not_there_is_said_so(kafka_bootstrap: str) -> None:
    with pytest.raises(NoSuchTopicError, match=r"has no topic billing\.no-such\.v1"):
        await printed(kafka_bootstrap, TailOptions("billing.no-such.v1"))
