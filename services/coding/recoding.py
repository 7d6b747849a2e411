"""Coding again what a release changes: which encounters, what would come of it, and doing it."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import uuid4

import asyncpg
from msgspec import Struct

from schemas.encounter import EncounterDocumented
from services.chassis.effects import Refused, Waiting
from services.chassis.incoming import Incoming
from services.chassis.processor import Processor
from services.coding import store
from services.coding.codesets.artefact import Manifest
from services.coding.codesets.library import SEMANTIC, CodeSetLibrary, NoReleaseError
from services.coding.domain.encounter_state import EncounterState
from services.coding.domain.recode_difference import Difference, difference
from services.coding.progress import Told
from services.coding.recode_encounter import NOT_FINAL, RecodeEncounter
from services.coding.records import CodingWorkspace, EncounterRow, Key

_AT_A_TIME = 100
_TABLES = {
    "ncci-mue-practitioner": "ncci-mue",
    "ncci-mue-facility": "ncci-mue",
    "ncci-mue-dme": "ncci-mue",
    "lcd": "coverage",
    "ncd": "coverage",
}
_CODED_ON = ("icd10cm", "hcpcs")


class Wanted(Struct, frozen=True):
    """What to code again: a release, the dates of service, whose, and how many at most."""

    manifest: Manifest
    first: date
    last: date
    practice_id: str | None
    most: int


class Person(Struct, frozen=True):
    """Who has it done, under which role and why."""

    actor: str
    role: str
    reason: str


class Recoded(Struct, frozen=True):
    """What came of it: a difference an encounter, refusals by reason; ``left``: not looked at."""

    differences: tuple[Difference, ...]
    refused: dict[str, int]
    left: int


def release_named(library: CodeSetLibrary, name: str) -> Manifest:
    """The release called ``icd10cm-FY2027`` or, where that is unmistakable, ``FY2027``.

    Raises ``NoReleaseError`` with what is at hand.
    """
    found = [
        each
        for each in library.manifests
        if name in (each.name, each.release) and each.code_set != SEMANTIC
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise NoReleaseError(f"which one? {', '.join(each.name for each in found)}")
    manifest = library.named(name)
    raise NoReleaseError(f"{manifest.name} codes nothing: name a release of a code set")


def dates_of(manifest: Manifest, stand_in: str) -> tuple[date, date]:
    """The dates of service that the release can decide about: all where it stands in."""
    if manifest.code_set in _CODED_ON and stand_in == manifest.release:
        return date.min, date.max
    return date.fromisoformat(manifest.effective_from), date.fromisoformat(manifest.effective_to)


def is_used(library: CodeSetLibrary, manifest: Manifest, day: date) -> bool:
    """Whether the release is the one in use for a date of service."""
    if manifest.code_set in _CODED_ON:
        try:
            return library.manifest(manifest.code_set, day)[0].name == manifest.name
        except NoReleaseError:
            return False
    named = library.edits.release(_TABLES.get(manifest.code_set, manifest.code_set), day)
    return isinstance(named, str) and manifest.release in named.split("+")


def is_coded_under(state: EncounterState, library: CodeSetLibrary, manifest: Manifest) -> bool:
    """Whether the codes proposed now were proposed, or judged by the edits, under it already."""
    if manifest.code_set in _CODED_ON:
        _, stands_in = library.manifest(manifest.code_set, state.service_date)
        return any(
            (each.code_set, each.release, each.stands_in)
            == (manifest.code_set, manifest.release, stands_in)
            for each in state.proposal.releases
        )
    table = _TABLES.get(manifest.code_set, manifest.code_set)
    return any(
        each.code_set == table and manifest.release in each.release.split("+")
        for each in state.proposal.releases
    )


async def candidates(
    pool: asyncpg.Pool, library: CodeSetLibrary, wanted: Wanted
) -> tuple[list[Key], int]:
    """The first encounters not final that the release decides about, and how many more there are.

    By date of service. Only the days that the release is in use for are read, page by page.
    """
    found: list[Key] = []
    more = 0
    whose = wanted.practice_id
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        days = await store.open_days(connection, NOT_FINAL, whose, wanted.first, wanted.last)
        used = [day for day in days if is_used(library, wanted.manifest, day)]
        if not used:
            return found, more
        async for practice_id, encounter_id, state in store.open_on(
            connection, NOT_FINAL, whose, used
        ):
            if is_coded_under(state, library, wanted.manifest):
                continue
            if len(found) < wanted.most:
                found.append((practice_id, encounter_id))
            else:
                more += 1
    return found, more


async def rehearse(
    processor: Processor, library: CodeSetLibrary, wanted: Wanted, person: Person, told: Told
) -> Recoded:
    """What would come of it; the very handler decides, and all of it is undone."""
    keys, left = await candidates(processor.pool, library, wanted)
    found: list[Difference] = []
    refused: Counter[str] = Counter()
    for first in range(0, len(keys), _AT_A_TIME):
        batch = keys[first : first + _AT_A_TIME]
        async with _undone(processor.pool) as connection:
            incoming = [_incoming(processor, wanted, person, key) for key in batch]
            workspace: CodingWorkspace = await processor.service.load(connection, incoming)
            for each in incoming:
                found += _rehearsed(processor, library, workspace, each, refused)
        told(first + len(batch), len(keys))
    return Recoded(tuple(found), dict(refused), left)


def _rehearsed(
    processor: Processor,
    library: CodeSetLibrary,
    workspace: CodingWorkspace,
    incoming: Incoming[RecodeEncounter],
    refused: Counter[str],
) -> Sequence[Difference]:
    key = (incoming.event.practice_id, incoming.event.encounter_id)
    before = workspace.encounters.get(key)
    try:
        with workspace.deciding():
            handler = processor.service.handlers[RecodeEncounter]
            handler(workspace, incoming, processor.clock.now())
    except Refused as refusal:
        refused[refusal.reason] += 1
        return ()
    except Waiting:
        refused["reference_missing"] += 1
        return ()
    return _between(library, key, before, workspace.encounters.get(key))


async def apply(
    processor: Processor, library: CodeSetLibrary, wanted: Wanted, person: Person, told: Told
) -> Recoded:
    """Code them again, each by a command of its own, with its outbox and audit rows."""
    keys, left = await candidates(processor.pool, library, wanted)
    found: list[Difference] = []
    refused: Counter[str] = Counter()
    for done, key in enumerate(keys, start=1):
        before = await _row(processor.pool, key)
        try:
            await processor.act(_command(wanted, person, key))
        except Refused as refusal:
            refused[refusal.reason] += 1
        except Waiting:
            refused["reference_missing"] += 1
        else:
            found += _between(library, key, before, await _row(processor.pool, key))
        told(done, len(keys))
    return Recoded(tuple(found), dict(refused), left)


async def _row(pool: asyncpg.Pool, key: Key) -> EncounterRow | None:
    async with pool.acquire() as connection:
        rows = await store.find(connection, key[1], key[0])
    return rows[0][1] if rows else None


def _between(
    library: CodeSetLibrary, key: Key, before: EncounterRow | None, after: EncounterRow | None
) -> Sequence[Difference]:
    if before is None or after is None:
        return ()
    place = EncounterDocumented.from_json(after.documentation).place_of_service
    sets = library.on(after.state.service_date)
    return (difference(key, before.state, after.state, place, sets),)


def _command(wanted: Wanted, person: Person, key: Key) -> RecodeEncounter:
    return RecodeEncounter(
        practice_id=key[0],
        actor=person.actor,
        role=person.role,
        reason=person.reason,
        encounter_id=key[1],
        release=wanted.manifest.name,
    )


def _incoming(
    processor: Processor, wanted: Wanted, person: Person, key: Key
) -> Incoming[RecodeEncounter]:
    command = _command(wanted, person, key)
    return Incoming(
        event_id=uuid4(),
        topic="command:RecodeEncounter",
        key=command.key,
        event=command,
        occurred_at=processor.clock.now(),
    )


@asynccontextmanager
async def _undone(pool: asyncpg.Pool) -> AsyncIterator[Any]:
    """A connection in a transaction of which nothing lasts."""
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
        finally:
            await transaction.rollback()
