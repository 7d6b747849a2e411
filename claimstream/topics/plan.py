"""What must change on the broker so that it matches the topic catalogue, and what must not.

Pure: the catalogue and what the broker has go in, steps come out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from schemas.catalogue import Topic

MILLISECONDS_A_DAY = 86_400_000
_SEGMENT_MILLISECONDS = 23 * 3_600_000
"""A broker removes a segment whole, some minutes after its youngest record grew too old: so each
record is gone within a day of its own time. It would fill a segment for a week."""

Action = Literal["create", "alter", "grow", "unchanged", "refuse"]


@dataclass(frozen=True, slots=True)
class TopicOnBroker:
    """One topic as the broker has it; ``configs`` are its effective settings by Kafka's names."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What to do about one topic; ``details`` say it to a person, one sentence a part.

    ``configs`` are the settings to write; ``partitions`` is the number to have afterwards. A step
    that is refused changes nothing of its topic.
    """

    topic: str
    action: Action
    details: tuple[str, ...] = ()
    configs: Mapping[str, str] = field(default_factory=dict)
    partitions: int = 0
    replication: int = 0


def wanted_configs(topic: Topic) -> dict[str, str]:
    """The topic's settings by Kafka's names (Kafka topic configuration reference).

    A compacted topic keeps the last event of every key for ever, so age never deletes from it.
    Elsewhere age is by the time that a producer writes on a record: one that is too old already
    would go unread within minutes, and is refused, so that its producer hears of it.
    """
    configs = {
        "cleanup.policy": "compact" if topic.compaction else "delete",
        "retention.ms": "-1",
        "max.message.bytes": str(topic.max_message_bytes),
    }
    if not topic.compaction and topic.retention_days >= 0:
        kept = str(topic.retention_days * MILLISECONDS_A_DAY)
        configs["retention.ms"] = configs["message.timestamp.before.max.ms"] = kept
        configs["segment.ms"] = str(_SEGMENT_MILLISECONDS)
    return configs


def sized(topic: Topic, partitions: int | None) -> Topic:
    """The topic with as many partitions as this installation wants of those that have several."""
    if partitions is None or topic.partitions == 1:
        return topic
    return replace(topic, partitions=partitions)


def default_replication(brokers: int) -> int:
    """Three copies where there are three brokers; as many as there are where there are fewer."""
    return max(1, min(3, brokers))


def _creation_configs(topic: Topic, replication: int) -> dict[str, str]:
    """Three copies let one be down: a write is acknowledged by two (``acks=all``)."""
    configs = wanted_configs(topic)
    if replication >= 3:
        configs["min.insync.replicas"] = str(replication - 1)
    return configs


def plan(
    catalogue: Iterable[Topic],
    on_broker: Mapping[str, TopicOnBroker],
    *,
    replication: int,
    partitions: int | None = None,
    allow_more_partitions: bool = False,
) -> list[Step]:
    """One step for each topic of the catalogue, in its order; other topics are left alone.

    ``partitions`` is how many the installation wants of topics that have several; a topic that has
    more keeps them, since Kafka takes none away. What would leave topics of one key with different
    numbers is refused.
    """
    wanted = [sized(topic, partitions) for topic in catalogue]
    steps = []
    for topic in wanted:
        found = on_broker.get(topic.name)
        if found is None:
            steps.append(_create(topic, replication))
        else:
            steps.append(_change(topic, found, allow_more_partitions=allow_more_partitions))
    number_of = _numbers_of_keys(wanted, steps, on_broker)
    return [
        _alike(step, number_of[topic.key], is_there=topic.name in on_broker)
        if topic.partitions > 1
        else step
        for topic, step in zip(wanted, steps, strict=True)
    ]


def _numbers_of_keys(
    wanted: Sequence[Topic], steps: Sequence[Step], on_broker: Mapping[str, TopicOnBroker]
) -> dict[str, tuple[int, str]]:
    """By key: how many partitions its topics must have, and one of them that has as many.

    The most that a topic of it has on the broker once the steps are done; where there is none yet,
    the most that the catalogue wants. Topics of one partition, which the dead letters' are, are
    nobody's order.
    """
    most: dict[str, tuple[bool, int, str]] = {}
    for topic, step in zip(wanted, steps, strict=True):
        if topic.partitions > 1:
            is_there = topic.name in on_broker
            mine = (is_there, step.partitions, topic.name)
            most[topic.key] = max(most.get(topic.key, mine), mine, key=lambda each: each[:2])
    return {key: (number, name) for key, (_, number, name) in most.items()}


def _alike(step: Step, number_and_name: tuple[int, str], *, is_there: bool) -> Step:
    """The step, refused where its topic would have another number than those of the same key.

    A service's instance is given the same partition of all topics (range assignment), and so all
    events of a key, only where they have as many.
    """
    number, name = number_and_name
    if step.partitions == number or step.action == "refuse":
        return step
    how = (
        f"apply with --partitions {number} --allow-more-partitions, once its producers are stopped"
        " and its consumers have read to the end"
        if is_there
        else f"apply with --partitions {number}"
    )
    return Step(
        step.topic,
        "refuse",
        (
            f"would have {step.partitions} partitions, and {name} of the same key has {number}:"
            f" one instance would no longer get all events of a key; {how}",
        ),
        partitions=step.partitions if is_there else 0,
    )


def refused(steps: Sequence[Step]) -> list[Step]:
    """The steps that a person has to decide about."""
    return [step for step in steps if step.action == "refuse"]


def _create(topic: Topic, replication: int) -> Step:
    partitions = "1 partition" if topic.partitions == 1 else f"{topic.partitions} partitions"
    copies = "1 copy" if replication == 1 else f"{replication} copies"
    return Step(
        topic.name,
        "create",
        (f"{partitions}, {copies}, {_kept(topic)}",),
        configs=_creation_configs(topic, replication),
        partitions=topic.partitions,
        replication=replication,
    )


def _kept(topic: Topic) -> str:
    if topic.compaction:
        return "the last event of each key kept"
    if topic.retention_days < 0:
        return "kept for ever"
    return f"kept {topic.retention_days} days"


def _change(topic: Topic, found: TopicOnBroker, *, allow_more_partitions: bool) -> Step:
    grows = topic.partitions > found.partitions
    if grows and not allow_more_partitions:
        return Step(
            topic.name,
            "refuse",
            (
                f"has {found.partitions} partitions, {topic.partitions} are asked for: more"
                " partitions move keys, so events of one key would be read out of order while old"
                " ones are unread; stop its producers, let its consumers read to the end, then"
                " apply with --allow-more-partitions",
            ),
            partitions=found.partitions,
        )
    configs = {
        name: value
        for name, value in wanted_configs(topic).items()
        if found.configs.get(name) != value
    }
    details = [
        f"{name} {found.configs.get(name, 'unset')} -> {value}" for name, value in configs.items()
    ]
    if grows:
        details.insert(0, f"partitions {found.partitions} -> {topic.partitions}")
    action: Action = "grow" if grows else "alter" if configs else "unchanged"
    return Step(
        topic.name,
        action,
        tuple(details),
        configs=configs,
        partitions=max(topic.partitions, found.partitions),
    )
