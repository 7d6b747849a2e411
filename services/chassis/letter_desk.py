"""The desk for dead letters: try one again, repair a copy of it, give it up; each audited.

A letter is decided again by the very rules that refused it, in one transaction with what follows
from it. Its lane stays closed until the letter is settled; then what waits behind it goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar
from uuid import UUID

import asyncpg
import orjson

from services.chassis import audit, dead_letters, inbox, parking, repaired
from services.chassis.dead_letters import DeadLetter
from services.chassis.letter_again import Again, contents_of, read_again
from services.chassis.record import Refusal
from services.chassis.repair import Change, Contents
from services.chassis.repair import repaired as with_changes
from services.chassis.repaired import Repair

if TYPE_CHECKING:
    from services.chassis.processor import Processor

R = TypeVar("R")

_MOST_CROSSINGS = 3
"""So often work that waits for the service while that waits for it is tried again."""

_STAND_ASIDE_SECONDS = 0.1
"""Until the other is awake, which would else find the same row taken again and cross it again."""

_TRIES = 2
"""What the database refused once may have been a race for a row, which the next try finds."""

Outcome = Literal["accepted", "refused", "known", "parked", "closed", "behind", "unchanged"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, under which role, and why."""

    actor: str
    role: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Redriven:
    """What came of a letter, or would come of it.

    ``accepted``: decided. ``known``: its event had been taken in under its id already, so that it
    changes nothing. ``parked``: a repair gave it another key, behind which it now waits.
    ``refused``: with ``refusal``; it stays. ``behind``: an earlier letter of its key is open still.
    ``closed``: it was not open. ``unchanged``: a repair would keep what is kept; it was not tried.
    ``publishes``: the topics of the events that follow.
    """

    letter_id: UUID
    outcome: Outcome
    refusal: Refusal | None = None
    publishes: tuple[str, ...] = ()
    deadlines: tuple[str, ...] = ()

    @property
    def settled(self) -> bool:
        """Whether the letter is dealt with by it."""
        return self.outcome in {"accepted", "known", "parked"}


class Errand(Protocol):
    """On whose behalf letters are redriven, in the transactions that do it."""

    async def begin(self, connection: asyncpg.Connection, letter_ids: Sequence[UUID]) -> bool:
        """Whether these letters are still wanted now; where not, nothing is done."""
        ...

    async def end(self, connection: asyncpg.Connection, answers: Sequence[Redriven]) -> None:
        """What came of them."""
        ...


class _Rehearsed(Exception):  # noqa: N818 - the way out of a transaction that is not to last
    """Rolls back what was only tried."""


class LetterDesk:
    """Deals with the dead letters of one service's database, by its own rules."""

    def __init__(self, processor: "Processor") -> None:
        self._processor = processor
        self._clock = processor.clock

    async def redrive(
        self, letter_ids: Sequence[UUID], person: Person, *, errand: Errand | None = None
    ) -> list[Redriven]:
        """Decide letters again, in the order given, in one transaction; the answers likewise.

        What the database refuses to store, or our own code fails at, is refused by itself, and
        where several cross with the service's own work each gets a transaction. Of what its
        ``errand`` does not want any more there is no answer. Raises what else the database raises;
        then nothing has happened of those that are not on record.
        """
        return await self._redrive(letter_ids, person, errand=errand)

    async def redrive_due(self, person: Person, most: int = 50) -> int:
        """Try letters again whose missing reference has come, or may have; how many are settled."""
        now = self._clock.now()
        async with self._processor.pool.acquire() as connection:
            due = await dead_letters.take_due(connection, now, most)
        if not due:
            return 0
        answers = await self._redrive(due, person, automatic=True)
        return sum(each.settled for each in answers)

    async def rehearse(
        self, letter_ids: Sequence[UUID], contents: Contents | None = None
    ) -> list[Redriven]:
        """What ``redrive`` would come to now, by ``contents`` if given; nothing of it lasts."""
        return [await _uncrossed(partial(self._rehearse, each, contents)) for each in letter_ids]

    async def _rehearse(self, letter_id: UUID, contents: Contents | None) -> Redriven:
        async with self._processor.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                letters = await dead_letters.lock_letters(connection, [letter_id])
                answer = await self._tried(connection, letters.get(letter_id), contents)
            finally:
                await transaction.rollback()
        return replace(answer, letter_id=letter_id)

    async def dismiss(self, letter_id: UUID, person: Person) -> None:
        """Give a letter up, with a reason; what waited behind it goes on.

        Raises ``LookupError`` when there is no such open letter.
        """
        await _uncrossed(partial(self._dismiss, letter_id, person))

    async def _dismiss(self, letter_id: UUID, person: Person) -> None:
        now = self._clock.now()
        async with self._processor.pool.acquire() as connection, connection.transaction():
            letter = _open(await dead_letters.lock_letters(connection, [letter_id]), letter_id)
            await self._lock_lanes(connection, [letter])
            await dead_letters.settle(connection, [letter_id], "dismissed", now)
            await _audit(connection, now, person, "dismiss", letter_id)

    async def reveal(self, letter_id: UUID, person: Person, shown: str) -> None:
        """Put on record that somebody looked at what a letter holds; ``shown`` says at what."""
        async with self._processor.pool.acquire() as connection, connection.transaction():
            await _audit(
                connection,
                self._clock.now(),
                person,
                "reveal",
                letter_id,
                orjson.dumps({"shown": shown}).decode(),
            )

    async def repair(
        self,
        letter_id: UUID,
        changes: Sequence[Change],
        person: Person,
        *,
        value: bytes | None = None,
        keep_refused: bool = False,
        dry_run: bool = False,
        forecast: tuple[Contents, Redriven] | None = None,
    ) -> tuple[Redriven, Contents]:
        """Make the next repaired copy of a letter; what a redrive would come to, and the copy.

        ``value`` replaces the record's value before ``changes`` are made. A copy that its rule
        would still refuse is kept only with ``keep_refused``; the original is never touched. Where
        the copy equals the last one, or the record without one, nothing is kept or put on record.
        ``forecast``: a copy that was tried elsewhere, and what came of it; any other is tried here.
        Raises ``LookupError`` when there is no such open letter, ``RepairError`` for a change that
        cannot be made.
        """
        return await _uncrossed(
            partial(
                self._repair,
                letter_id,
                changes,
                person,
                value=value,
                keep_refused=keep_refused,
                dry_run=dry_run,
                forecast=forecast,
            )
        )

    async def _repair(
        self,
        letter_id: UUID,
        changes: Sequence[Change],
        person: Person,
        *,
        value: bytes | None,
        keep_refused: bool,
        dry_run: bool,
        forecast: tuple[Contents, Redriven] | None,
    ) -> tuple[Redriven, Contents]:
        now = self._clock.now()
        async with self._processor.pool.acquire() as connection, connection.transaction():
            letter = _open(await dead_letters.lock_letters(connection, [letter_id]), letter_id)
            before = await repaired.newest(connection, [letter_id])
            base, after = _changed(letter, before, changes, value)
            if after == base:
                return Redriven(letter_id, "unchanged"), after
            paths = tuple(change.path for change in changes)
            made = Repair(
                letter_id,
                before[letter_id].number + 1 if before else 1,
                now,
                person.actor,
                person.role,
                person.reason,
                paths if value is None else ("value", *paths),
                after,
            )
            if forecast is not None and forecast[0] == after:
                answer = forecast[1]
            else:
                answer = await self._tried(connection, letter, after)
            if dry_run or (answer.outcome == "refused" and not keep_refused):
                return answer, after
            await repaired.add(connection, made)
            details = orjson.dumps(
                {"repair": made.number, "paths": made.paths, "sha256": after.digest().hex()}
            )
            await _audit(connection, now, person, "repair", letter_id, details.decode())
        return answer, after

    async def proposed(
        self, letter_id: UUID, changes: Sequence[Change], *, value: bytes | None = None
    ) -> Contents | None:
        """The copy that ``repair`` would make, None for no change. Raises what that raises."""
        async with self._processor.pool.acquire() as connection:
            letters = {letter_id: await dead_letters.find_letter(connection, letter_id)}
            before = await repaired.newest(connection, [letter_id])
        base, after = _changed(_open(letters, letter_id), before, changes, value)
        return None if after == base else after

    async def _redrive(
        self,
        letter_ids: Sequence[UUID],
        person: Person,
        *,
        errand: Errand | None = None,
        automatic: bool = False,
        crossings: int = 0,
        tries: int = _TRIES,
    ) -> list[Redriven]:
        """Try letters together; where that fails, each by itself, and a crossing again."""
        try:
            return await self._in_one(letter_ids, person, errand=errand, automatic=automatic)
        except asyncpg.DeadlockDetectedError:
            if crossings == _MOST_CROSSINGS:
                raise
            crossings += 1
            await asyncio.sleep(_STAND_ASIDE_SECONDS)
        except Exception as error:
            refusal = dead_letters.refusal_by(error)
            if refusal is None:
                raise
            if len(letter_ids) == 1:
                tries -= 1
            if not tries:
                return await self._in_one(
                    letter_ids, person, errand=errand, automatic=automatic, refusal=refusal
                )
        return [
            answer
            for letter_id in letter_ids
            for answer in await self._redrive(
                [letter_id],
                person,
                errand=errand,
                automatic=automatic,
                crossings=crossings,
                tries=tries,
            )
        ]

    async def _in_one(
        self,
        letter_ids: Sequence[UUID],
        person: Person,
        *,
        errand: Errand | None,
        automatic: bool,
        refusal: Refusal | None = None,
    ) -> list[Redriven]:
        now = self._clock.now()
        answers: list[Redriven] = []
        async with self._processor.pool.acquire() as connection, connection.transaction():
            if errand is not None and not await errand.begin(connection, letter_ids):
                return []
            letters = await dead_letters.lock_letters(connection, letter_ids)
            await self._lock_lanes(connection, list(letters.values()))
            copies = await repaired.newest(connection, letter_ids)
            for letter_id in letter_ids:
                kept = copies.get(letter_id)
                answer = await self._one(
                    connection,
                    letters.get(letter_id),
                    kept.contents if kept else None,
                    refusal=refusal,
                    now=now,
                )
                answers.append(replace(answer, letter_id=letter_id))
            tried = [each.letter_id for each in answers if each.outcome not in {"closed", "behind"}]
            await dead_letters.tried(connection, tried, now)
            if automatic:
                later = [a.letter_id for a in answers if a.outcome == "behind" or refusal]
                await dead_letters.look_later(connection, later, now)
            told = [a for a in answers if a.settled or (a.letter_id in tried and not automatic)]
            entries = [_redrive_entry(now, person, each, copies) for each in told]
            await audit.append(connection, *entries)
            if errand is not None:
                await errand.end(connection, answers)
        return answers

    async def _one(
        self,
        connection: asyncpg.Connection,
        letter: DeadLetter | None,
        copy: Contents | None,
        *,
        refusal: Refusal | None,
        now: datetime,
        as_first: bool = False,
    ) -> Redriven:
        """Decide one letter again within the caller's transaction, and settle it if it may be.

        With ``as_first`` also where another letter of its key comes first. With ``refusal`` it was
        tried and could not be stored. One that lacks a reference goes on lacking it then, so that
        it is looked at again.
        """
        if letter is None or letter.status != "open":
            return Redriven(UUID(int=0), "closed")
        if letter.reason == dead_letters.TOO_LARGE:
            too_large = Refusal(letter.reason, "no topic takes it: it can only be dismissed")
            return Redriven(letter.id, "refused", too_large)
        if not as_first and await self._is_behind(connection, letter):
            return Redriven(letter.id, "behind")
        if refusal is not None and letter.reason == dead_letters.REFERENCE_MISSING:
            return Redriven(letter.id, "refused", refusal)
        again = read_again(letter, copy, self._processor.service)
        if refusal is not None:
            again = replace(again, delivery=again.delivery.refused(refusal))
        if again.event_id and not await inbox.admit(connection, [again.event_id]):
            await dead_letters.settle(connection, [letter.id], "resolved", now)
            return Redriven(letter.id, "known")
        other = again.other_lane
        if other is not None and await parking.lock_blocked(connection, [other]):
            await parking.park(connection, [again.moved()], now)
            await dead_letters.settle(connection, [letter.id], "resolved", now)
            return Redriven(letter.id, "parked")
        answer = await self._decide(connection, again)
        if answer.settled:
            await dead_letters.settle(connection, [letter.id], "resolved", now)
        elif again.event_id:
            await inbox.forget(connection, [again.event_id])
        return answer

    async def _decide(self, connection: asyncpg.Connection, again: Again) -> Redriven:
        letter, processor = again.letter, self._processor
        batch = await processor.decide_again(connection, again.delivery)
        refusal = batch.letters[0][1] if batch.letters else None
        if refusal is not None and refusal.reason == letter.reason:
            await dead_letters.keep(connection, batch.letters, self._clock.now())
            batch.letters.clear()
        await processor.write(connection, batch)
        return Redriven(
            letter.id,
            "accepted" if refusal is None else "refused",
            refusal,
            tuple(record.topic for record in batch.outgoing),
            tuple(deadline.kind for _, deadline in batch.deadlines),
        )

    async def _tried(
        self,
        connection: asyncpg.Connection,
        letter: DeadLetter | None,
        copy: Contents | None = None,
    ) -> Redriven:
        """What a redrive would come to, within the caller's transaction, of which nothing stays.

        A ``copy`` is held against its rule though another letter of its key comes first.
        """
        answers: list[Redriven] = []
        as_first = copy is not None
        if letter is not None and copy is None:
            kept = (await repaired.newest(connection, [letter.id])).get(letter.id)
            copy = kept.contents if kept else None
        try:
            async with connection.transaction():
                is_behind = False
                if letter is not None:
                    await self._lock_lanes(connection, [letter])
                    is_behind = as_first and await self._is_behind(connection, letter)
                now = self._clock.now()
                answer = await self._one(
                    connection, letter, copy, refusal=None, now=now, as_first=as_first
                )
                if is_behind and answer.settled:
                    answer = replace(answer, outcome="behind", publishes=(), deadlines=())
                answers.append(answer)
                raise _Rehearsed
        except _Rehearsed:
            return answers[0]
        except Exception as error:
            refusal = dead_letters.refusal_by(error)
            if refusal is None:
                raise
            return Redriven(letter.id if letter else UUID(int=0), "refused", refusal)

    async def _lock_lanes(
        self, connection: asyncpg.Connection, letters: Sequence[DeadLetter]
    ) -> None:
        await parking.lock_blocked(connection, {each.lane for each in letters if each.lane})

    async def _is_behind(self, connection: asyncpg.Connection, letter: DeadLetter) -> bool:
        """Whether the letter's lane waits for another letter first."""
        if letter.lane is None:
            return False
        head = await parking.letter_that_blocks(connection, letter.lane)
        return head not in {None, letter.id}


async def _uncrossed(work: Callable[[], Awaitable[R]]) -> R:
    """Do work of one transaction; where the database ended it for a crossing, do it again."""
    for _ in range(_MOST_CROSSINGS):
        with suppress(asyncpg.DeadlockDetectedError):
            return await work()
        await asyncio.sleep(_STAND_ASIDE_SECONDS)
    return await work()


def _changed(
    letter: DeadLetter,
    before: Mapping[UUID, Repair],
    changes: Sequence[Change],
    value: bytes | None,
) -> tuple[Contents, Contents]:
    """What is changed, which is the last copy if there is one, and that with the changes."""
    base = before[letter.id].contents if before else contents_of(letter)
    return base, with_changes(base if value is None else replace(base, value=value), changes)


def _open(letters: Mapping[UUID, DeadLetter | None], letter_id: UUID) -> DeadLetter:
    letter = letters.get(letter_id)
    if letter is None or letter.status != "open":
        raise LookupError(f"there is no open dead letter {letter_id}")
    return letter


def _redrive_entry(
    at: datetime, person: Person, answer: Redriven, copies: Mapping[UUID, Repair]
) -> audit.AuditEntry:
    copy = copies.get(answer.letter_id)
    details = orjson.dumps({"outcome": answer.outcome, "repair": copy.number if copy else 0})
    reason = person.reason or (answer.refusal.reason if answer.refusal else "")
    subject = str(answer.letter_id)
    return audit.AuditEntry(
        at, person.actor, person.role, "redrive", subject, reason, details.decode()
    )


async def _audit(  # noqa: PLR0917
    connection: asyncpg.Connection,
    at: datetime,
    person: Person,
    action: str,
    letter_id: UUID,
    details: str = "{}",
) -> None:
    await audit.append(
        connection,
        audit.AuditEntry(
            at, person.actor, person.role, action, str(letter_id), person.reason, details
        ),
    )
