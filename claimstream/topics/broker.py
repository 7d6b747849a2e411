"""The broker's topics, read and changed through Kafka's admin protocol."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from claimstream.topics.plan import Step, TopicOnBroker

SET_ON_THIS_TOPIC = 1
"""``config_source`` DYNAMIC_TOPIC_CONFIG of DescribeConfigs (Kafka protocol, API key 32)."""

_LOOKS = 600
_LOOK_EVERY_S = 0.05


class BrokerUnreachableError(Exception):
    """No broker answered at the given address."""

    def __init__(self, bootstrap: str) -> None:
        super().__init__(
            f"No Kafka broker answers at {bootstrap}. Start the stack with `claimstream up`, or"
            " set CLAIMSTREAM_KAFKA_BOOTSTRAP to a broker that runs."
        )


class BrokerRefusedError(Exception):
    """The broker answered with an error; the message names the topic and Kafka's reason."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a cluster holds: how many brokers, and its topics by name without internal ones."""

    brokers: int
    topics: Mapping[str, TopicOnBroker]


class Broker:
    """Admin operations on one cluster; use ``connected``."""

    def __init__(self, admin: AIOKafkaAdminClient) -> None:
        self._admin = admin

    async def cluster(self, names: Iterable[str] | None = None) -> Cluster:
        """Brokers and topics; settings are read for ``names`` (all topics when not given)."""
        described = await self._admin.describe_cluster()
        topics = await self._admin.describe_topics()
        present = {
            topic["topic"]: topic["partitions"]
            for topic in topics
            if not topic["is_internal"] and not topic["error_code"]
        }
        wanted = [name for name in (present if names is None else names) if name in present]
        configs = await self._configs(wanted)
        return Cluster(
            brokers=len(described["brokers"]),
            topics={
                name: TopicOnBroker(
                    name=name,
                    partitions=len(partitions),
                    replication=len(partitions[0]["replicas"]) if partitions else 0,
                    configs={key: value for key, (value, _) in configs.get(name, {}).items()},
                )
                for name, partitions in present.items()
            },
        )

    async def create(self, steps: Sequence[Step]) -> None:
        """Create the topics of these steps in one request; one that appeared meanwhile is fine."""
        if not steps:
            return
        response = await self._admin.create_topics(
            [
                NewTopic(
                    step.topic, step.partitions, step.replication, topic_configs=dict(step.configs)
                )
                for step in steps
            ]
        )
        for topic, code, message in response.topic_errors:
            if code and for_code(code) is not TopicAlreadyExistsError:
                raise BrokerRefusedError(f"{topic}: {message or for_code(code).__name__}")
        await self._until_visible(dict.fromkeys((step.topic for step in steps), 1))

    async def change(self, steps: Sequence[Step]) -> None:
        """Write settings that differ and add partitions; other settings of a topic are kept.

        AlterConfigs replaces all of a topic's own settings, so those it has are sent again.
        """
        growing = {step.topic: step.partitions for step in steps if step.action == "grow"}
        if growing:
            try:
                await self._admin.create_partitions(
                    {topic: NewPartitions(number) for topic, number in growing.items()}
                )
            except KafkaError as error:
                raise BrokerRefusedError(str(error)) from error
            await self._until_visible(growing)
        altering = [step for step in steps if step.configs]
        if altering:
            await self._alter(altering)

    async def _alter(self, altering: Sequence[Step]) -> None:
        own = await self._configs([step.topic for step in altering])
        responses = await self._admin.alter_configs(
            [
                ConfigResource(
                    ConfigResourceType.TOPIC,
                    step.topic,
                    {
                        **{
                            name: value
                            for name, (value, source) in own[step.topic].items()
                            if source == SET_ON_THIS_TOPIC
                        },
                        **step.configs,
                    },
                )
                for step in altering
            ]
        )
        for response in responses:
            for code, message, _, topic in response.resources:
                if code:
                    raise BrokerRefusedError(f"{topic}: {message or for_code(code).__name__}")
        await self._until_set(altering)

    async def _configs(self, names: Sequence[str]) -> dict[str, dict[str, tuple[str, int]]]:
        if not names:
            return {}
        responses: list[Any] = await self._admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
        )
        found: dict[str, dict[str, tuple[str, int]]] = {}
        for response in responses:
            for code, message, _, topic, entries in response.resources:
                if code:
                    raise BrokerRefusedError(f"{topic}: {message or for_code(code).__name__}")
                found[topic] = {
                    entry[0]: (entry[1], entry[3]) for entry in entries if entry[1] is not None
                }
        return found

    async def _until_visible(self, partitions: Mapping[str, int]) -> None:
        """Wait until topics have so many partitions, each with a leader, for whoever comes next.

        The controller's answer comes before brokers know of the change.
        """
        for _ in range(_LOOKS):
            ready = {
                topic["topic"]
                for topic in await self._admin.describe_topics(sorted(partitions))
                if not topic["error_code"]
                and len(topic["partitions"]) >= partitions[topic["topic"]]
                and all(partition["leader"] >= 0 for partition in topic["partitions"])
            }
            if ready >= partitions.keys():
                return
            await asyncio.sleep(_LOOK_EVERY_S)
        missing = ", ".join(sorted(partitions.keys() - ready))
        raise BrokerRefusedError(f"made, but without a leader after a while: {missing}")

    async def _until_set(self, steps: Sequence[Step]) -> None:
        """Wait until brokers know of settings that the controller has accepted."""
        for _ in range(_LOOKS):
            found = await self._configs([step.topic for step in steps])
            if all(
                found[step.topic].get(name, ("", 0))[0] == value
                for step in steps
                for name, value in step.configs.items()
            ):
                return
            await asyncio.sleep(_LOOK_EVERY_S)
        raise BrokerRefusedError("settings were accepted, but do not hold after a while")


@asynccontextmanager
async def connected(bootstrap: str) -> AsyncIterator[Broker]:
    """An admin connection to the cluster at ``bootstrap``.

    Raises ``BrokerUnreachableError`` when nothing answers there.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=20_000)
    try:
        try:
            await admin.start()
        except (KafkaError, OSError, ValueError) as error:
            raise BrokerUnreachableError(bootstrap) from error
        yield Broker(admin)
    finally:
        await admin.close()
