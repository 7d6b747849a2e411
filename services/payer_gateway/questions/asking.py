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
    subjects: Iterable[str],
    day: date | None = None,
) -> dict[str, str]:
    """Traces by subject of what this payer was asked within a real minute, or is about to be.

    Until the caller's transaction ends nobody else asks this payer for this sender.
    """
    receiver = asker.partner.receiver_id
    await connection.execute(_ONE_AT_A_TIME, f"ask:{asker.sender}:{receiver}")
    return await question_store.asked_within(
        connection,
        asker.quiet_seconds,
        (kind, asker.practice_id, asker.partner.payer_id),
        sorted(subjects),
        day,
    )


async def keep_asked(
    connection: asyncpg.Connection,
    asker: Asker,
    questions: Sequence[Question],
    write: Callable[[Sequence[Question], int], bytes],
) -> KeptQuestions:
    """Store one file of questions of one kind, in the caller's transaction.

    ``write`` gives its bytes from the traced questions and the control number. A question in which
    a check finds an error (SNIP levels 1 to 5) is left out; where none is left there is no file,
    and no control number is spent.
    """
    (kind,) = {each.kind for each in questions}
    drafts = [replace(each, trace=f"{place:032}") for place, each in enumerate(questions)]
    broken = await asyncio.to_thread(unsound, drafts, write)
    questions = [each for each in questions if each.subject not in broken]
    if not questions:
        return KeptQuestions((), broken)
    receiver = asker.partner.receiver_id
    number = usable(await file_store.next_number(connection, asker.sender, receiver))
    name = file_name(asker.sender, receiver, number, kind)
    file_id = root_event_id(asker.now, "outbound-file", name)
    traced = [replace(each, trace=_trace(file_id, each.subject)) for each in questions]
    await question_store.keep_question_file(
        connection,
        question_store.QuestionFile(
            file_id=file_id,
            kind=kind,
            practice_id=asker.practice_id,
            payer_id=asker.partner.payer_id,
            sender_id=asker.sender,
            receiver_id=receiver,
            number=number,
            name=name,
            content=write(traced, number),
            questions=traced,
            asked_at=asker.now,
            asked_by=asker.by,
        ),
    )
    return KeptQuestions(traced, broken)


def _trace(file_id: UUID, subject: str) -> str:
    return caused_event_id(file_id, "question", subject).hex
