"""Redrives that people ask of the running service, which does them by its own rules and settings.

Who asks writes letters, in order, and says now and then that the answers are still wanted. One
instance at a time takes the first of them; what came of each is written in the transaction that
decided it. So none is done twice, whoever is killed; and what nobody waits for any more is void
(ADR 0032).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile
from uuid import UUID

import asyncpg
import msgspec

from services.chassis import dead_letters
from services.chassis.letter_desk import LetterDesk, Person, Redriven
from services.chassis.record import headers_from_bytes, headers_to_bytes
from services.chassis.repair import Contents

AT_ONCE = 20
"""Letters in one transaction, if they are small."""

_TURN = 0x726564726976
_ASK = """
insert into delivery.redrive (run, letter_id, is_rehearsal, actor, role, key, headers, value)
select $1, wanted.id, $3, $4, $5, $6, $7, $8
from unnest($2::uuid[]) with ordinality as wanted (id, place) order by place
"""
_WANTED = """
select seq, run, letter_id, is_rehearsal, actor, role, key, headers, value,
       (select coalesce(length(l.key), 0) + length(l.headers) + coalesce(length(l.value), 0)
        from delivery.dead_letter l where l.id = letter_id) as bytes
from delivery.redrive
where answer is null and wanted_at > now() - interval '1 minute'
  and (is_rehearsal or not $2::boolean)
order by seq limit $1
"""
_STILL_WANTED = """
update delivery.redrive set wanted_at = now()
where seq = any(array(
    select seq from delivery.redrive where run = $1 and answer is null for update skip locked
))
"""
"""Those under way are locked; they need no more time."""

_ANSWER = """
update delivery.redrive r set answer = a.answer, key = null, headers = null, value = null
from unnest($1::bigint[], $2::text[]) as a (seq, answer)
where r.seq = a.seq and r.answer is null
"""
_TAKE_ANSWERS = """
with taken as (
    delete from delivery.redrive where run = $1 and answer is not null returning seq, answer
)
select answer from taken order by seq
"""
_FORGET = "delete from delivery.redrive where wanted_at < now() - interval '1 hour'"


@dataclass(frozen=True, slots=True)
class _Asked:
    """One letter, of so many bytes, that somebody wants decided again.

    ``copy`` is only to be tried.
    """

    seq: int
    run: UUID
    letter_id: UUID
    is_rehearsal: bool
    person: Person
    copy: Contents | None
    bytes: int


class _Errand:
    """Redrives that were asked for together, done and answered in the same transactions."""

    def __init__(self, asked: Sequence[_Asked]) -> None:
        self._seq_of = {each.letter_id: each.seq for each in asked}

    async def begin(self, connection: asyncpg.Connection, letter_ids: Sequence[UUID]) -> bool:
        """Whether these are what comes next, and no other instance has its turn."""
        if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", _TURN):
            return False
        rows = await connection.fetch(f"{_WANTED} for update", len(letter_ids), False)
        return [row["seq"] for row in rows] == [self._seq_of[each] for each in letter_ids]

    async def end(self, connection: asyncpg.Connection, answers: Sequence[Redriven]) -> None:
        """Answer in the transaction that did it."""
        await _answer(connection, [(self._seq_of[each.letter_id], each) for each in answers])


async def ask(
    connection: asyncpg.Connection,
    run: UUID,
    letter_ids: Sequence[UUID],
    person: Person,
    *,
    is_rehearsal: bool = False,
    copy: Contents | None = None,
) -> None:
    """Ask for letters, each once, to be decided again in that order, under ``run``.

    With ``is_rehearsal`` to say only what would come of them; with ``copy`` of that in their stead.
    """
    await connection.execute(
        _ASK,
        run,
        list(letter_ids),
        is_rehearsal,
        person.actor,
        person.role,
        copy.key if copy else None,
        headers_to_bytes(copy.headers) if copy else None,
        copy.value if copy else None,
    )


async def still_wanted(connection: asyncpg.Connection, run: UUID) -> None:
    """Say that somebody waits for the rest of the answers; without it they are void in a minute."""
    await connection.execute(_STILL_WANTED, run)


async def withdraw(connection: asyncpg.Connection, run: UUID) -> None:
    """Ask no more for what is not answered; what is being decided at this moment is waited for."""
    await connection.execute(
        "delete from delivery.redrive where run = $1 and answer is null", run, timeout=120
    )


async def take_answers(connection: asyncpg.Connection, run: UUID) -> list[Redriven]:
    """Answers that came since the last call, in order."""
    rows = await connection.fetch(_TAKE_ANSWERS, run)
    return [msgspec.json.decode(row["answer"], type=Redriven) for row in rows]


async def forget_void(pool: asyncpg.Pool) -> None:
    """Remove what nobody waits for any more, with the copies that were to be tried."""
    await pool.execute(_FORGET)


async def do_next(
    desk: LetterDesk, pool: asyncpg.Pool, most: int = AT_ONCE, *, only_rehearsals: bool = False
) -> int:
    """Do the first of what is wanted; how many are answered by it.

    With ``only_rehearsals`` the first of what is only to be tried, of which nothing stays.
    """
    async with pool.acquire() as connection:
        rows = await connection.fetch(_WANTED, most, only_rehearsals)
    wanted = [_asked(row) for row in rows]
    if not wanted:
        return 0
    first = wanted[0]
    some = _at_once(list(takewhile(lambda each: each.run == first.run, wanted)))
    ids = [each.letter_id for each in some]
    if not first.is_rehearsal:
        return len(await desk.redrive(ids, first.person, errand=_Errand(some)))
    answers = await desk.rehearse(ids, first.copy)
    async with pool.acquire() as connection:
        pairs = zip((each.seq for each in some), answers, strict=True)
        await _answer(connection, list(pairs))
    return len(answers)


def _at_once(wanted: list[_Asked]) -> list[_Asked]:
    """The first of them, as many as hold ``MOST_BYTES_DUE`` together, or one."""
    sums = accumulate(each.bytes for each in wanted)
    fitting = sum(1 for _ in takewhile(lambda held: held <= dead_letters.MOST_BYTES_DUE, sums))
    return wanted[: max(fitting, 1)]


def _asked(row: asyncpg.Record) -> _Asked:
    headers = row["headers"]
    copy = (
        None
        if headers is None
        else Contents(row["key"], tuple(headers_from_bytes(headers)), row["value"])
    )
    person = Person(row["actor"], row["role"])
    return _Asked(
        row["seq"],
        row["run"],
        row["letter_id"],
        row["is_rehearsal"],
        person,
        copy,
        row["bytes"] or 0,
    )


async def _answer(connection: asyncpg.Connection, answers: Sequence[tuple[int, Redriven]]) -> None:
    await connection.execute(
        _ANSWER,
        [seq for seq, _ in answers],
        [msgspec.json.encode(answer).decode() for _, answer in answers],
    )
