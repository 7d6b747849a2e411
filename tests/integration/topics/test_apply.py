"""Applying a catalogue to a real broker."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidTimestampError
from typer.testing import CliRunner

from claimstream.commands import topics as topics_command
from claimstream.topics.apply import apply_topics, cluster_topics
from claimstream.topics.broker import BrokerRefusedError, BrokerUnreachableError
from claimstream.topics.plan import TopicOnBroker
from schemas.catalogue import Topic, topics
from tests.support import until

MakeEntry = Callable[..., Topic]


@pytest.fixture
async def entry(kafka_bootstrap: str) -> AsyncIterator[MakeEntry]:
    """Entries of a catalogue whose topics no other test has; deleted after the test."""
    made: set[str] = set()

    def make(**changes: object) -> Topic:
        topic = Topic(
            name=f"billing.apply-{uuid.uuid4().hex[:10]}.v1",
            owner="billing",
            key="practice_id:encounter_id",
            phi="ids",
            partitions=2,
            retention_days=30,
            compaction=False,
            max_message_bytes=1_048_576,
            consumers=(),
        )
        made.add(topic.name)
        return replace(topic, **changes)  # type: ignore[arg-type]

    yield make
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    present = sorted(made & set(await admin.list_topics()))
    if present:
        await admin.delete_topics(present)
    await admin.close()


async def on_broker(bootstrap: str, topic: Topic) -> TopicOnBroker | None:
    return (await cluster_topics(bootstrap)).topics.get(topic.name)


async def actions(bootstrap: str, *catalogue: Topic, **options: bool) -> list[str]:
    steps = await apply_topics(bootstrap, catalogue=catalogue, **options)
    return [step.action for step in steps]


async def test_a_dry_run_says_what_it_would_do_and_does_nothing(
    kafka_bootstrap: str, entry: MakeEntry
) -> None:
    topic = entry()
    assert await actions(kafka_bootstrap, topic, dry_run=True) == ["create"]
    assert await on_broker(kafka_bootstrap, topic) is None


async def test_topics_are_created_as_the_catalogue_says_and_once(
    kafka_bootstrap: str, entry: MakeEntry
) -> None:
    events = entry(partitions=3)
    reference = entry(key="practice_id:patient_id", compaction=True)
    assert await actions(kafka_bootstrap, events, reference) == ["create", "create"]
    found = await on_broker(kafka_bootstrap, events)
    assert found is not None
    assert (found.partitions, found.replication) == (3, 1)
    assert found.configs["retention.ms"] == "2592000000"
    kept = await on_broker(kafka_bootstrap, reference)
    assert kept is not None
    assert kept.configs["cleanup.policy"] == "compact"
    assert await actions(kafka_bootstrap, events, reference) == ["unchanged", "unchanged"]


async def test_two_that_apply_at_once_both_succeed(kafka_bootstrap: str, entry: MakeEntry) -> None:
    topic = entry()
    await asyncio.gather(*(apply_topics(kafka_bootstrap, catalogue=[topic]) for _ in range(3)))
    assert await actions(kafka_bootstrap, topic) == ["unchanged"]


async def test_settings_are_altered_and_those_of_others_are_kept(
    kafka_bootstrap: str, entry: MakeEntry
) -> None:
    topic = entry()
    await apply_topics(kafka_bootstrap, catalogue=[topic])
    await _set(kafka_bootstrap, topic, {"flush.ms": "3600000", "retention.ms": "1000"})
    changed = replace(topic, max_message_bytes=2_000_000)
    assert await actions(kafka_bootstrap, changed) == ["alter"]
    found = await on_broker(kafka_bootstrap, changed)
    assert found is not None
    assert found.configs["retention.ms"] == "2592000000"
    assert found.configs["max.message.bytes"] == "2000000"
    assert found.configs["flush.ms"] == "3600000"


@pytest.mark.parametrize("compaction", [False, True])
async def test_a_record_that_a_topic_would_forget_at_once_is_refused_and_no_other(
    kafka_bootstrap: str, entry: MakeEntry, compaction: bool
) -> None:
    topic = entry(compaction=compaction)
    await apply_topics(kafka_bootstrap, catalogue=[topic])
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    try:
        for days in (0, 29, 31):
            written = datetime.now(UTC) - timedelta(days=days)
            is_forgotten = days > topic.retention_days and not compaction
            with pytest.raises(InvalidTimestampError) if is_forgotten else nullcontext():
                await producer.send_and_wait(
                    topic.name, b"{}", key=b"k", timestamp_ms=int(written.timestamp() * 1000)
                )
    finally:
        await producer.stop()


async def _set(bootstrap: str, topic: Topic, configs: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, configs)])
    await admin.close()

    async def are_heard() -> bool:
        found = await on_broker(bootstrap, topic)
        return found is not None and configs.items() <= found.configs.items()

    await until(are_heard)


async def test_partitions_grow_only_when_allowed_and_never_shrink(
    kafka_bootstrap: str, entry: MakeEntry
) -> None:
    topic = entry()
    await apply_topics(kafka_bootstrap, catalogue=[topic])
    wider = replace(topic, partitions=5, retention_days=7)
    assert await actions(kafka_bootstrap, wider) == ["refuse"]
    untouched = await on_broker(kafka_bootstrap, wider)
    assert untouched is not None
    assert (untouched.partitions, untouched.configs["retention.ms"]) == (2, "2592000000")

    assert await actions(kafka_bootstrap, wider, allow_more_partitions=True) == ["grow"]
    grown = await on_broker(kafka_bootstrap, wider)
    assert grown is not None
    assert (grown.partitions, grown.configs["retention.ms"]) == (5, "604800000")

    assert await actions(kafka_bootstrap, topic, allow_more_partitions=True) == ["alter"]
    kept = await on_broker(kafka_bootstrap, topic)
    assert kept is not None
    assert kept.partitions == 5


async def test_a_topic_that_was_grown_by_hand_is_caught_up_with_by_those_of_its_key(
    kafka_bootstrap: str, entry: MakeEntry
) -> None:
    grown, left, new = entry(), entry(), entry()
    await apply_topics(kafka_bootstrap, catalogue=[grown, left])
    await apply_topics(
        kafka_bootstrap, catalogue=[replace(grown, partitions=5)], allow_more_partitions=True
    )
    assert await actions(kafka_bootstrap, grown, left, new) == ["unchanged", "refuse", "refuse"]
    assert await on_broker(kafka_bootstrap, new) is None
    wide = [replace(each, partitions=5) for each in (grown, left, new)]
    assert await actions(kafka_bootstrap, *wide, allow_more_partitions=True) == [
        "unchanged",
        "grow",
        "create",
    ]
    assert await actions(kafka_bootstrap, *wide) == ["unchanged"] * 3


async def test_more_copies_than_brokers_are_refused_by_the_broker(
    kafka_bootstrap: str, entry: MakeEntry
) -> None:
    with pytest.raises(BrokerRefusedError, match=r"(?i)replication factor"):
        await apply_topics(kafka_bootstrap, catalogue=[entry()], replication=99)


async def test_a_broker_that_is_not_there_is_said_so() -> None:
    with pytest.raises(BrokerUnreachableError, match="No Kafka broker answers"):
        await apply_topics("127.0.0.1:1", catalogue=[])


def test_the_command_applies_the_whole_catalogue_and_then_lists_it_as_it_should_be(
    kafka_bootstrap: str,
) -> None:
    run = CliRunner(env={"CLAIMSTREAM_KAFKA_BOOTSTRAP": kafka_bootstrap})
    assert run.invoke(topics_command.app, ["apply"]).exit_code == 0
    again = run.invoke(topics_command.app, ["apply"])
    assert again.exit_code == 0
    assert again.output == f"{len(topics())} topics: {len(topics())} as it should be.\n"
    listed = run.invoke(topics_command.app, ["list"])
    assert listed.exit_code == 0
    assert "ehr.encounter-documented.v1" in listed.output


def test_the_command_fails_when_something_is_refused(kafka_bootstrap: str) -> None:
    asyncio.run(apply_topics(kafka_bootstrap))
    command = ["apply", "--bootstrap", kafka_bootstrap, "--partitions", "64", "--dry-run"]
    result = CliRunner().invoke(topics_command.app, command)
    assert result.exit_code == 1
    assert "refused" in result.output
