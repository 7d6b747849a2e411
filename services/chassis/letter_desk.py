"""The desk for dead letters: try one again, repair a copy of it, give it up; each audited.

A letter is decided again by the very rules that refused it, in one transaction with what follows
from it. Its lane stays closed until the letter is settled; then what waits behind it goes on.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol
from uuid import UUID

import asyncpg
import orjson
from pydantic import ValidationError

from services.chassis import audit, dead_letters, deadlines, inbox, parking, repaired
from services.chassis.dead_letters import STORAGE_FAULTS, DeadLetter
from services.chassis.deadlines import DEADLINE_TOPIC, deadline_delivery
from services.chassis.record import Delivery, Record, Refusal, deliver
from services.chassis.repair import Change, Contents
from services.chassis.repair import repaired as with_changes
from services.chassis.repaired import Repair

if TYPE_CHECKING:
    from services.chassis.processor import Processor

_MOST_CROSSINGS = 3
"""So often a redrive that waits for the service while that waits for it is tried again."""

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

    @property
    def unstorable(self) -> bool:
        """Whether the database refused what came of it."""
        return self.refusal is not None and self.refusal.reason == dead_letters.STORAGE_REFUSED


@dataclass(frozen=True, slots=True)
class _Again:
    """A letter as it is decided again: the delivery, and the lane that its contents name now."""

    letter: DeadLetter
    delivery: Delivery
    lane: str | None

    @property
    def event_id(self) -> UUID | None:
        """The id of its event, where the inbox does not yet know it by the letter's own."""
        incoming = self.delivery.incoming
        return incoming.event_id if incoming and incoming.event_id != self.letter.id else None


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

        What the database refuses to store is refused by itself, and where several cross with the
        service's own work each gets a transaction. Of what its ``errand`` does not want any more
        there is no answer. Raises what else the database raises; then nothing has happened of those
        that are not on record.
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
        later = [each.letter_id for each in answers if each.outcome == "behind" or each.unstorable]
        if later:
            await dead_letters.look_later(self._processor.pool, later, now)
        return sum(each.settled for each in answers)

    async def rehearse(
        self, letter_ids: Sequence[UUID], contents: Contents | None = None
    ) -> list[Redriven]:
        """What ``redrive`` would come to now, by ``contents`` if given; nothing of it lasts."""
        answers: list[Redriven] = []
        for letter_id in letter_ids:
            async with self._processor.pool.acquire() as connection:
                with suppress(_Rehearsed):
                    async with connection.transaction():
                        letters = await dead_letters.lock_letters(connection, [letter_id])
                        letter = letters.get(letter_id)
                        answers.append(await self._tried(connection, letter, contents))
                        raise _Rehearsed
        return [
            replace(answer, letter_id=letter_id)
            for letter_id, answer in zip(letter_ids, answers, strict=True)
        ]

    async def dismiss(self, letter_id: UUID, person: Person) -> None:
        """Give a letter up, with a reason; what waited behind it goes on.

        Raises ``LookupError`` when there is no such open letter.
        """
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
        except STORAGE_FAULTS as error:
            if len(letter_ids) == 1:
                tries -= 1
            if not tries:
                refusal = dead_letters.storage_refused(error)
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
            for answer in answers:
                if answer.outcome in {"closed", "behind"} or (automatic and not answer.settled):
                    continue
                copy = copies.get(answer.letter_id)
                details = {"outcome": answer.outcome, "repair": copy.number if copy else 0}
                said = person.reason or (answer.refusal.reason if answer.refusal else "")
                await _audit(
                    connection,
                    now,
                    replace(person, reason=said),
                    "redrive",
                    answer.letter_id,
                    orjson.dumps(details).decode(),
                )
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
    ) -> Redriven:
        """Decide one letter again within the caller's transaction, and settle it if it may be.

        With ``refusal`` it was tried and could not be stored. One that lacks a reference goes on
        lacking it then, so that it is looked at again.
        """
        if letter is None or letter.status != "open":
            return Redriven(UUID(int=0), "closed")
        if letter.reason == dead_letters.TOO_LARGE:
            too_large = Refusal(letter.reason, "no topic takes it: it can only be dismissed")
            return Redriven(letter.id, "refused", too_large)
        if await self._is_behind(connection, letter):
            return Redriven(letter.id, "behind")
        if refusal is not None and letter.reason == dead_letters.REFERENCE_MISSING:
            return Redriven(letter.id, "refused", refusal)
        again = self._again(letter, copy)
        if refusal is not None:
            again = replace(again, delivery=again.delivery.refused(refusal))
        if again.event_id and not await inbox.admit(connection, [again.event_id]):
            await dead_letters.settle(connection, [letter.id], "resolved", now)
            return Redriven(letter.id, "known")
        if await self._is_closed_elsewhere(connection, again):
            moved = Delivery(
                again.delivery.record,
                again.lane,
                again.event_id or letter.id,
                again.delivery.incoming,
                again.delivery.refusal,
            )
            await parking.park(connection, [moved], now)
            await dead_letters.settle(connection, [letter.id], "resolved", now)
            return Redriven(letter.id, "parked")
        answer = await self._decide(connection, again)
        if answer.settled:
            await dead_letters.settle(connection, [letter.id], "resolved", now)
        elif again.event_id:
            await inbox.forget(connection, [again.event_id])
        return answer

    async def _decide(self, connection: asyncpg.Connection, again: _Again) -> Redriven:
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
        """What a redrive would come to, within the caller's transaction, of which nothing stays."""
        answers: list[Redriven] = []
        if letter is not None and copy is None:
            kept = (await repaired.newest(connection, [letter.id])).get(letter.id)
            copy = kept.contents if kept else None
        try:
            async with connection.transaction():
                if letter is not None:
                    await self._lock_lanes(connection, [letter])
                answers.append(
                    await self._one(connection, letter, copy, refusal=None, now=self._clock.now())
                )
                raise _Rehearsed
        except _Rehearsed:
            return answers[0]
        except STORAGE_FAULTS as error:
            refusal = dead_letters.storage_refused(error)
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

    async def _is_closed_elsewhere(self, connection: asyncpg.Connection, again: _Again) -> bool:
        """Whether the letter now belongs to another lane than its own, and that one is blocked."""
        elsewhere = again.lane is not None and again.lane != again.letter.lane
        if again.delivery.incoming is None or again.lane is None or not elsewhere:
            return False
        return bool(await parking.lock_blocked(connection, [again.lane]))

    def _again(self, letter: DeadLetter, copy: Contents | None) -> _Again:
        contents = copy or contents_of(letter)
        if letter.topic.startswith(DEADLINE_TOPIC):
            return _Again(letter, _deadline(letter, contents), None)
        record = Record(
            letter.topic,
            letter.partition or 0,
            letter.offset or 0,
            letter.failed_at,
            contents.key,
            contents.headers,
            contents.value,
        )
        service = self._processor.service
        read = deliver(record, service.subscriptions, service.views)
        delivery = Delivery(record, letter.lane, letter.id, read.incoming, read.refusal)
        return _Again(letter, delivery, read.lane)


def _deadline(letter: DeadLetter, contents: Contents) -> Delivery:
    try:
        return deadline_delivery(deadlines.from_letter(letter.id, contents.value or b""))
    except ValidationError:
        record = Record(letter.topic, 0, 0, letter.failed_at, contents.key, (), contents.value)
        broken = Refusal("contract_broken", "the value is no deadline")
        return Delivery(record, None, letter.id, None, broken)


def contents_of(letter: DeadLetter) -> Contents:
    """What of a letter can be repaired, as it came."""
    return Contents(letter.key, letter.headers, letter.value)


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
