"""A member of the group under measurement: SUFFIX NAME DATABASE_URL ASSIGNOR NOTES.

It writes a line of JSON to the file NOTES whenever the group gives it partitions.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from time import time_ns

import orjson
from aiokafka import TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

from services.chassis import consumer
from services.chassis.runtime import main
from services.chassis.settings import ChassisSettings
from tests.delivery.till import Topics, till_service

ASSIGNORS = {"range": RangePartitionAssignor, "sticky": StickyPartitionAssignor}


def note_assignments(notes: Path, topic: str) -> None:
    """Write down each assignment from now on: which of the topic's partitions this member has."""
    whole = consumer._Rebalance.on_partitions_assigned
    instance = ChassisSettings.read().instance

    async def noting(self: consumer._Rebalance, assigned: Sequence[TopicPartition]) -> None:
        mine = sorted(place.partition for place in assigned if place.topic == topic)
        with notes.open("ab") as file:
            note = {"at": time_ns() // 1_000_000, "member": instance, "partitions": mine}
            file.write(orjson.dumps(note) + b"\n")
        await whole(self, assigned)

    consumer._Rebalance.on_partitions_assigned = noting  # type: ignore[method-assign]


if __name__ == "__main__":
    suffix, name, url, assignor, file = sys.argv[1:]
    topics = Topics.named(suffix)
    setattr(consumer, RangePartitionAssignor.__name__, ASSIGNORS[assignor])
    note_assignments(Path(file), topics.deposit.TOPIC)
    main(till_service(topics, name), url)
