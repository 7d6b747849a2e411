"""Records that were decided by a repaired copy: the checks go by what the service decided on."""

from collections.abc import Iterable
from dataclasses import replace

import asyncpg

from claimstream.lineage.history import Fact, History
from schemas.catalogue import MODEL_OF_TOPIC
from services.chassis import repaired
from services.chassis.record import Record, deliver

_RESOLVED = """
select id, topic, partition, record_offset, failed_at from delivery.dead_letter d
where status = 'resolved' and partition is not null
  and exists (select 1 from delivery.dead_letter_repair r where r.letter_id = d.id)
"""


async def repaired_facts(connection: asyncpg.Connection) -> list[Fact]:
    """What a service decided by a repaired copy, in the place of the record that came."""
    rows = await connection.fetch(_RESOLVED)
    copies = await repaired.newest(connection, [row["id"] for row in rows])
    return [
        Fact(
            deliver(
                Record(
                    row["topic"],
                    row["partition"],
                    row["record_offset"],
                    row["failed_at"],
                    copies[row["id"]].contents.key,
                    copies[row["id"]].contents.headers,
                    copies[row["id"]].contents.value,
                ),
                MODEL_OF_TOPIC,
            )
        )
        for row in rows
    ]


def with_repairs(history: History, repairs: Iterable[Fact]) -> History:
    """The history as it was decided: each repaired fact instead of the record in its place.

    A repaired copy of an event that lies elsewhere under the same id changed nothing.
    """
    lies = {fact.delivery.identity: _place(fact) for fact in history.facts}
    by_place = {
        _place(fact): fact
        for fact in repairs
        if lies.get(fact.delivery.identity, _place(fact)) == _place(fact)
    }
    return replace(history, facts=tuple(by_place.get(_place(fact), fact) for fact in history.facts))


def _place(fact: Fact) -> tuple[str, int, int]:
    return fact.record.topic, fact.record.partition, fact.record.offset
