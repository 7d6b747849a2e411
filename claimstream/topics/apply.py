"""Make the broker match the topic catalogue."""

from collections.abc import Iterable

from claimstream.topics.broker import Broker, Cluster, connected
from claimstream.topics.plan import Step, default_replication, plan
from schemas.catalogue import Topic, topics


async def apply_topics(
    bootstrap: str,
    *,
    catalogue: Iterable[Topic] | None = None,
    replication: int | None = None,
    partitions: int | None = None,
    allow_more_partitions: bool = False,
    dry_run: bool = False,
) -> list[Step]:
    """Create, alter and grow topics at ``bootstrap``; return one step for each of the catalogue.

    Steps with the action ``refuse`` are not done, all others are (none when ``dry_run``). Doing it
    twice changes nothing the second time. ``replication`` is for topics it creates, ``partitions``
    is how many those have that have several; the catalogue's number where it is not given.

    Raises ``BrokerUnreachableError`` and ``BrokerRefusedError``.
    """
    async with connected(bootstrap) as broker:
        return await _apply(
            broker,
            tuple(topics() if catalogue is None else catalogue),
            replication,
            partitions,
            allow_more_partitions=allow_more_partitions,
            dry_run=dry_run,
        )


async def _apply(
    broker: Broker,
    catalogue: tuple[Topic, ...],
    replication: int | None,
    partitions: int | None,
    *,
    allow_more_partitions: bool,
    dry_run: bool,
) -> list[Step]:
    cluster = await broker.cluster(topic.name for topic in catalogue)
    steps = plan(
        catalogue,
        cluster.topics,
        replication=default_replication(cluster.brokers) if replication is None else replication,
        partitions=partitions,
        allow_more_partitions=allow_more_partitions,
    )
    if not dry_run:
        await broker.create([step for step in steps if step.action == "create"])
        await broker.change([step for step in steps if step.action in {"alter", "grow"}])
    return steps


async def cluster_topics(bootstrap: str) -> Cluster:
    """The cluster's topics with their settings.

    Raises ``BrokerUnreachableError`` and ``BrokerRefusedError``.
    """
    async with connected(bootstrap) as broker:
        return await broker.cluster()
