"""Putting questions to payers (276, 270): numbered and stored here, sent like any other file.

A payer is not asked the same twice within a real minute, however fast the service's clock is set
to run, and whoever asks.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

import asyncpg

from schemas.event_id import caused_event_id, root_event_id
from services.payer_gateway.domain.control_number import file_name, usable
from services.payer_gateway.domain.question import Question
from services.payer_gateway.domain.question_file import unsound
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.stores import file_store, question_store

_ONE_AT_A_TIME = "select pg_advisory_xact_lock(hashtextextended($1, 0))"


class NotAskedError(Exception):
    """The payer cannot be asked; the message says why, and names nobody."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The questions of a file, of one kind.

    ``write`` gives its bytes from the traced questions and the control number.
    """

    questions: Sequence[Question]
    write: Callable[[Sequence[Question], int], bytes]


@dataclass(frozen=True, slots=True)
class KeptQuestions:
    """The questions of a file, each with its trace, and by subject why others are left out."""

    asked: Sequence[Question]
    unsound: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks which payer, for which practice, and when.

    ``sender`` is ISA06; ``by`` is empty where the gateway itself asks. ``quiet_seconds``: real
    seconds that a payer has before it may be asked the same again.
    """

    partner: TradingPartner
    practice_id: str
    sender: str
    now: datetime
    by: str
    quiet_seconds: int


async def asked_just_now(
    connection: asyncpg.Connection,
    asker: Asker,
    kind: str,
    what: Iterable[tuple[str, date | None]],
) -> dict[tuple[str, date | None], str]:
    """Traces of what this payer was asked within a real minute, or is about to be.

    By subject and day; a claim is asked about without a day. Until the caller's transaction ends
    nobody else asks this payer for this sender.
    """
    receiver = asker.partner.receiver_id
    await connection.execute(_ONE_AT_A_TIME, f"ask:{asker.sender}:{receiver}")
    return await question_store.asked_within(
        connection,
        asker.quiet_seconds,
        (kind, asker.practice_id, asker.partner.payer_id),
        sorted(what, key=str),
    )


async def keep_asked(
    connection: asyncpg.Connection, asker: Asker, drafts: Sequence[Draft]
) -> list[KeptQuestions]:
    """Store files of questions, in the caller's transaction; of each draft what was kept.

    A question in which a check finds an error (SNIP levels 1 to 5) is left out; where none is left
    there is no file, and no control number is spent.
    """
    broken = [await asyncio.to_thread(unsound, _numbered(each), each.write) for each in drafts]
    sound = [
        [each for each in draft.questions if each.subject not in left_out]
        for draft, left_out in zip(drafts, broken, strict=True)
    ]
    count = sum(map(bool, sound))
    if not count:
        return [KeptQuestions((), left_out) for left_out in broken]
    sender, receiver = asker.sender, asker.partner.receiver_id
    numbers = iter(await file_store.next_numbers(connection, sender, receiver, count))
    files = [
        _file(asker, draft, questions, usable(next(numbers))) if questions else None
        for draft, questions in zip(drafts, sound, strict=True)
    ]
    await question_store.keep_question_files(connection, [each for each in files if each])
    return [
        KeptQuestions(file.questions if file else (), left_out)
        for file, left_out in zip(files, broken, strict=True)
    ]


def _numbered(draft: Draft) -> list[Question]:
    """The questions under traces of the length that theirs will have."""
    return [replace(each, trace=f"{place:032}") for place, each in enumerate(draft.questions)]


def _file(
    asker: Asker, draft: Draft, questions: Sequence[Question], number: int
) -> question_store.QuestionFile:
    (kind,) = {each.kind for each in questions}
    receiver = asker.partner.receiver_id
    name = file_name(asker.sender, receiver, number, kind)
    file_id = root_event_id(asker.now, "outbound-file", name)
    traced = [replace(each, trace=_trace(file_id, each.subject)) for each in questions]
    return question_store.QuestionFile(
        file_id=file_id,
        kind=kind,
        practice_id=asker.practice_id,
        payer_id=asker.partner.payer_id,
        sender_id=asker.sender,
        receiver_id=receiver,
        number=number,
        name=name,
        content=draft.write(traced, number),
        questions=traced,
        asked_at=asker.now,
        asked_by=asker.by,
    )


def _trace(file_id: UUID, subject: str) -> str:
    return caused_event_id(file_id, "question", subject).hex
