"""Records that were decided by a repaired copy: the checks go by what the service decided on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self
from uuid import UUID

import asyncpg
from msgspec import structs

from claimstream.lineage.history import Fact, History
from schemas.catalogue import MODEL_OF_TOPIC
from services.chassis import repaired
from services.chassis.record import Record, deliver, identity_of_bytes

_RESOLVED = """
select id, topic, partition, record_offset, failed_at from delivery.dead_letter d
where status = 'resolved' and partition is not null and removed_at is null
  and exists (select 1 from delivery.dead_letter_repair r where r.letter_id = d.id)
"""
"""A copy whose contents retention removed outlived its record's topic."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a service decided instead of the record that its letter ``letter_id`` stands for."""

    letter_id: UUID
    fact: Fact


async def repaired_facts(connection: asyncpg.Connection) -> list[Decided]:
    """What a service decided by repaired copies."""
    rows = await connection.fetch(_RESOLVED)
    copies = await repaired.newest(connection, [row["id"] for row in rows])
    return [
        Decided(
            row["id"],
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
            ),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Mending:
    """Repaired facts instead of the very records that they mend.

    A record is known by its identity and not by its place, at which another lies once topics were
    made again. A letter of a time when its record could not be read has the identity of its bytes.
    A repaired copy of an event that lies elsewhere under the same id changed nothing: ``lies`` says
    where the first record of each such id is.
    """

    by_letter: Mapping[UUID, Fact]
    places: frozenset[tuple[str, int, int]]
    wanted: frozenset[UUID]
    lies: dict[UUID, tuple[str, int, int]]

    @classmethod
    def of(cls, repairs: Iterable[Decided]) -> Self:
        """What was repaired; where it lies is yet to be looked for."""
        by_letter = {decided.letter_id: decided.fact for decided in repairs}
        mended = by_letter.values()
        return cls(
            by_letter,
            frozenset(_place(fact) for fact in mended),
            frozenset(fact.delivery.identity for fact in mended),
            {},
        )

    def look_for(self, facts: Iterable[Fact]) -> None:
        """Note where the repaired events lie among these."""
        for fact in facts:
            if fact.delivery.identity in self.wanted:
                self.lies.setdefault(fact.delivery.identity, _place(fact))

    def as_decided(self, fact: Fact) -> Fact:
        """The fact that the service decided on."""
        if not self.by_letter:
            return fact
        mended = self.by_letter.get(fact.delivery.identity)
        if mended is None and _place(fact) in self.places:
            mended = self.by_letter.get(identity_of_bytes(fact.record))
        if mended is None:
            return fact
        if self.lies.get(mended.delivery.identity, _place(fact)) != _place(fact):
            return fact
        return _at(mended, fact)


def with_repairs(history: History, repairs: Iterable[Decided]) -> History:
    """The history as it was decided: each repaired fact instead of the very record it mends."""
    mending = Mending.of(repairs)
    mending.look_for(history.facts)
    return replace(history, facts=tuple(mending.as_decided(fact) for fact in history.facts))


def _at(mended: Fact, fact: Fact) -> Fact:
    """The mended fact where the record that it mends lies now."""
    record = structs.replace(
        mended.record, partition=fact.record.partition, offset=fact.record.offset
    )
    return Fact(structs.replace(mended.delivery, record=record))


def _place(fact: Fact) -> tuple[str, int, int]:
    return fact.record.topic, fact.record.partition, fact.record.offset
