"""What the gateway's database says it published, for the proof."""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

import asyncpg
import msgspec

from schemas.claim import (
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimTransmitted,
    RemittanceReceived,
)
from services.chassis.told import Told

_TRANSMITTED = """
select c.practice_id, c.claim_id, f.sent_at from claim c
join outbound_file f using (file_id) left join paper_batch p using (file_id)
where f.sent_at is not null and c.claim_id <> all(coalesce(p.withdrawn, '{}'))
"""
_CLAIMS = """
select c.practice_id, c.claim_id, c.state, f.created_at
from claim c left join outbound_file f using (file_id)
"""
_REMITTANCES = """
select practice_id, remittance_id, received_at, claim_count, quarantined_claims, file_sha256
from remittance
"""
_ASIDE = """
select file_sha256, state = 'released' as is_released, opened_at, held from quarantine
where kind = 'adjudication'
"""
_PAGE = 500

_ACKNOWLEDGED: Mapping[str, Mapping[str, bool]] = {
    "received": {"forwarded": False},
    "accepted": {"accepted": True, "forwarded": False},
    "rejected": {"rejected": True, "accepted": False, "forwarded": False},
    "refused": {"rejected": True, "accepted": False, "forwarded": False},
    "adjudicated": {"rejected": False, "accepted": False, "forwarded": False},
}
"""By the state of a claim the outcomes that were told of it, and whether they surely were."""

Claims: TypeAlias = dict[tuple[str, str], set[int]]
"""Of a payment in a file, by its hash and the remittance's id: positions of some of its claims."""


class _Held(msgspec.Struct):
    events: tuple[tuple[str, str], ...] = ()


class _Named(msgspec.Struct):
    remittance_id: str
    sequence: int


_held = msgspec.json.Decoder(_Held).decode
_named = msgspec.json.Decoder(_Named).decode


async def published(connection: asyncpg.Connection) -> AsyncIterator[Told]:
    """Each claim that was sent, what was acknowledged of it, each payment and claim paid.

    A claim keeps where it stands: what was acknowledged before that is not kept, nor how often.
    Claims paid go by their remittance and position; its id is one over all practices.
    """
    async with connection.transaction():
        async for practice_id, claim_id, at in connection.cursor(_TRANSMITTED, prefetch=_PAGE):
            yield Told(ClaimTransmitted.TOPIC, practice_id, (claim_id,), at)
        async for practice_id, claim_id, state, at in connection.cursor(_CLAIMS, prefetch=_PAGE):
            for outcome, is_certain in _ACKNOWLEDGED.get(state, {}).items():
                name = (claim_id, outcome)
                yield Told(ClaimAcknowledged.TOPIC, practice_id, name, at, is_certain)
        aside = await _set_aside(connection)
        for (remittance_id, sequence), at in aside.released.items():
            yield Told(ClaimAdjudicated.TOPIC, "", (remittance_id, sequence), at)
        async for row in connection.cursor(_REMITTANCES, prefetch=_PAGE):
            practice_id, remittance_id, at = row[:3]
            yield Told(RemittanceReceived.TOPIC, practice_id, (remittance_id,), at)
            for each in _paid(row, aside):
                yield each


async def set_aside_claims(connection: asyncpg.Connection) -> frozenset[tuple[str, int]]:
    """Claims of payments, by remittance and position, that are published later than the rest.

    Released or not: somebody may release one at any moment.
    """
    aside = await _set_aside(connection)
    waiting = {
        (remittance_id, sequence)
        for (_, remittance_id), sequences in aside.kept.items()
        for sequence in sequences
    }
    return frozenset(waiting | aside.released.keys())


class _Aside(msgspec.Struct):
    """Claims of payments that were set aside.

    released: when those were set aside that were published after all. kept: those that were not, by
    file and remittance. unnamed: the files of which some claim could not be made an event of.
    """

    released: dict[tuple[str, int], datetime] = msgspec.field(default_factory=dict)
    kept: Claims = msgspec.field(default_factory=dict)
    unnamed: set[str] = msgspec.field(default_factory=set)


async def _set_aside(connection: asyncpg.Connection) -> _Aside:
    aside = _Aside()
    for sha256, is_released, opened_at, text in await connection.fetch(_ASIDE):
        events = _held(text).events
        if not events:
            aside.unnamed.add(sha256)
            continue
        claim = _named(events[0][1])
        if is_released:
            aside.released[claim.remittance_id, claim.sequence] = opened_at
        else:
            place = (sha256, claim.remittance_id)
            aside.kept.setdefault(place, set()).add(claim.sequence)
    return aside


def _paid(row: asyncpg.Record, aside: _Aside) -> Iterator[Told]:
    """The claims of a payment that were published: all but those set aside.

    Where a claim could not be read or made an event of, nothing says which position is its own:
    none of them is certain then, and there may be so many more.
    """
    _, remittance_id, at, count, set_aside, sha256 = row
    is_certain = not set_aside or sha256 not in aside.unnamed
    most = count if is_certain else count + set_aside
    kept = aside.kept.get((sha256, remittance_id), set())
    for sequence in range(1, most + 1):
        if sequence not in kept:
            yield Told(ClaimAdjudicated.TOPIC, "", (remittance_id, sequence), at, is_certain)
