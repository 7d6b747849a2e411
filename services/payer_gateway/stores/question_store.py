"""SQL of questions to payers (276, 270) and of what they answered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

import asyncpg
import msgspec

from services.payer_gateway.domain.question import Answer, Asked, Question
from services.payer_gateway.domain.question_match import AskedQuestions, Pair

_INSERT_FILES = """
insert into outbound_file (file_id, practice_id, payer_id, sender_id, receiver_id,
    interchange_control_number, name, sha256, content, claim_count, state, created_at, kind)
select file_id, practice_id, payer_id, sender_id, receiver_id, number, name, sha256, content,
       questions, 'created', asked_at, kind
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[],
            $8::text[], $9::bytea[], $10::int[], $11::timestamptz[], $12::text[])
    as t (file_id, practice_id, payer_id, sender_id, receiver_id, number, name, sha256, content,
          questions, asked_at, kind)
"""
_INSERT_QUESTIONS = """
insert into question (trace, kind, practice_id, payer_id, subject, provider_npi, about_file_id,
    about_day, file_id, asked_at, asked_by)
select trace, kind, practice_id, payer_id, subject, provider_npi, about_file_id, about_day,
       file_id, asked_at, asked_by
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::uuid[],
            $8::date[], $9::uuid[], $10::timestamptz[], $11::text[])
    as t (trace, kind, practice_id, payer_id, subject, provider_npi, about_file_id, about_day,
          file_id, asked_at, asked_by)
"""
_BY_TRACE = """
select kind, practice_id, payer_id, subject, provider_npi, about_file_id, about_day, trace
from question where trace = any($1::text[])
"""
_UNANSWERED = """
select f.sender_id, f.receiver_id, lpad(f.interchange_control_number::text, 9, '0') as number,
    q.kind, q.practice_id, q.payer_id, q.subject, q.provider_npi, q.about_file_id, q.about_day,
    q.trace
from question q join outbound_file f using (file_id)
join unnest($1::text[], $2::text[]) as p (sender_id, receiver_id) using (sender_id, receiver_id)
where q.is_open and f.kind in ('276', '270') and f.sent_at is not null
order by q.asked_at, q.trace
"""
_LATEST = """
select distinct on (q.subject) q.subject, q.trace, q.asked_at, f.state = 'rejected' as is_refused,
    coalesce(f.uploaded_at, q.stored_at) > now() - make_interval(secs => $2) as is_fresh
from question q join outbound_file f using (file_id)
where q.about_file_id = $1 and q.kind = '276' order by q.subject, q.asked_at desc, q.trace
"""
_ANSWERS = """
select trace, received_at, outcome, codes, detail::text as detail from answer
where trace = any($1::text[]) order by received_at, file_sha256, number
"""
_ASKED_WITHIN = """
select distinct on (q.subject, q.about_day) q.subject, q.about_day, q.trace
from unnest($4::text[], $5::date[]) as wanted (subject, day)
join question q on q.subject = wanted.subject and q.about_day is not distinct from wanted.day
join outbound_file f using (file_id)
where q.kind = $1 and q.practice_id = $2 and q.payer_id = $3
    and (f.state = 'created' or f.uploaded_at > now() - make_interval(secs => $6))
order by q.subject, q.about_day, q.stored_at desc, q.trace
"""
_INSERT_ANSWERS = """
with answered as (
    update question set is_open = false where trace = any(array(
        select trace from question where is_open and trace = any($1::text[])
        order by trace for update))
)
insert into answer (trace, file_sha256, number, received_at, outcome, codes, detail)
select trace, file_sha256, number, received_at, outcome, codes, detail::jsonb
from unnest($1::text[], $2::text[], $3::int[], $4::timestamptz[], $5::text[], $6::text[],
            $7::text[])
    as t (trace, file_sha256, number, received_at, outcome, codes, detail)
on conflict (trace, file_sha256, number) do nothing
"""
_LOOK_NOW = """
update outbound_file set watch_at = least(watch_at, $2)
where file_id = any(array(
    select file_id from outbound_file
    where file_id = any(array(select about_file_id from question where trace = any($1::text[])))
        and watch_at is not null
    order by file_id for update skip locked))
"""
"""Waits for nobody: a file that someone else holds is looked at at its own time."""
_OF_SUBJECT = """
select q.kind, q.practice_id, q.payer_id, q.subject, q.provider_npi, q.about_file_id, q.about_day,
    q.trace, q.asked_at, q.asked_by, f.name, f.state
from question q join outbound_file f using (file_id)
where q.subject = $1 and q.kind = $2 and ($3::text is null or q.practice_id = $3)
order by q.asked_at, q.trace
"""


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """A file that asks, as it will be sent. ``asked_by``: who asked, empty for the gateway."""

    file_id: UUID
    kind: str
    practice_id: str
    payer_id: str
    sender_id: str
    receiver_id: str
    number: int
    name: str
    content: bytes
    questions: Sequence[Question]
    asked_at: datetime
    asked_by: str = ""


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question as people read it, with its file and all that was said to it."""

    question: Question
    asked_at: datetime
    asked_by: str
    file_name: str
    file_state: str
    answers: Sequence[Answer]


async def keep_question_files(
    connection: asyncpg.Connection, files: Sequence[QuestionFile]
) -> None:
    """Store files that ask, and their questions; the sender sends them like any other."""
    await connection.execute(
        _INSERT_FILES,
        [file.file_id for file in files],
        [file.practice_id for file in files],
        [file.payer_id for file in files],
        [file.sender_id for file in files],
        [file.receiver_id for file in files],
        [file.number for file in files],
        [file.name for file in files],
        [sha256(file.content).hexdigest() for file in files],
        [file.content for file in files],
        [len(file.questions) for file in files],
        [file.asked_at for file in files],
        [file.kind for file in files],
    )
    asked = [(file, each) for file in files for each in file.questions]
    await connection.execute(
        _INSERT_QUESTIONS,
        [each.trace for _, each in asked],
        [each.kind for _, each in asked],
        [each.practice_id for _, each in asked],
        [each.payer_id for _, each in asked],
        [each.subject for _, each in asked],
        [each.provider_npi for _, each in asked],
        [each.about_file_id for _, each in asked],
        [each.about_day for _, each in asked],
        [file.file_id for file, _ in asked],
        [file.asked_at for file, _ in asked],
        [file.asked_by for file, _ in asked],
    )


async def asked_questions(
    connection: asyncpg.Connection, traces: Iterable[str], pairs: Iterable[Pair]
) -> AskedQuestions:
    """The questions of these traces, and those without an answer between these two parties."""
    wanted, spoken_for = sorted(traces), sorted(pairs)
    by_trace = {
        row["trace"]: Question(*row.values())
        for row in (await connection.fetch(_BY_TRACE, wanted) if wanted else ())
    }
    unanswered: dict[Pair, list[tuple[str, Question]]] = {}
    if spoken_for:
        senders, receivers = (list(column) for column in zip(*spoken_for, strict=True))
        for row in await connection.fetch(_UNANSWERED, senders, receivers):
            sender, receiver, number, *question = row.values()
            unanswered.setdefault((sender, receiver), []).append((number, Question(*question)))
    return AskedQuestions(by_trace, unanswered)


async def keep_answers(
    connection: asyncpg.Connection, read: Sequence[tuple[str, Sequence[Answer]]]
) -> None:
    """Store what files (by sha256) say, and have those claims' own files looked at at once."""
    rows = [(answer, sha, number) for sha, said in read for number, answer in enumerate(said, 1)]
    if not rows:
        return
    traces = [answer.trace for answer, _, _ in rows]
    await connection.execute(
        _INSERT_ANSWERS,
        traces,
        [sha for _, sha, _ in rows],
        [number for _, _, number in rows],
        [answer.received_at for answer, _, _ in rows],
        [answer.outcome for answer, _, _ in rows],
        [answer.codes for answer, _, _ in rows],
        [msgspec.json.encode(answer.detail).decode() for answer, _, _ in rows],
    )
    await connection.execute(_LOOK_NOW, traces, max(a.received_at for a, _, _ in rows))


async def asked_within(
    connection: asyncpg.Connection,
    seconds: int,
    whom: tuple[str, str, str],
    what: Sequence[tuple[str, date | None]],
) -> dict[tuple[str, date | None], str]:
    """Traces by subject and day of what was sent within so many real seconds, or is on its way.

    ``whom``: the kind of question, the practice, and the payer.
    """
    subjects, days = [subject for subject, _ in what], [day for _, day in what]
    rows = await connection.fetch(_ASKED_WITHIN, *whom, subjects, days, seconds)
    return {(row["subject"], row["about_day"]): row["trace"] for row in rows}


async def latest_about(
    connection: asyncpg.Connection, file_id: UUID, quiet_seconds: int
) -> dict[str, Asked]:
    """The latest question about each claim of a file, and what was said to it."""
    rows = await connection.fetch(_LATEST, file_id, quiet_seconds)
    said = await _answers(connection, [row["trace"] for row in rows])
    return {
        row["subject"]: Asked(
            row["asked_at"],
            row["is_refused"],
            tuple(said.get(row["trace"], ())),
            row["is_fresh"],
        )
        for row in rows
    }


async def questions_about(
    connection: asyncpg.Connection, kind: str, subject: str, practice_id: str | None = None
) -> list[AskedQuestion]:
    """Everything that was asked of that kind about a claim or a patient, oldest first."""
    rows = [tuple(row) for row in await connection.fetch(_OF_SUBJECT, subject, kind, practice_id)]
    said = await _answers(connection, [row[7] for row in rows])
    return [
        AskedQuestion(
            Question(*row[:8]),
            asked_at=row[8],
            asked_by=row[9],
            file_name=row[10],
            file_state=row[11],
            answers=tuple(said.get(row[7], ())),
        )
        for row in rows
    ]


async def _answers(
    connection: asyncpg.Connection, traces: Sequence[str]
) -> Mapping[str, Sequence[Answer]]:
    found: dict[str, list[Answer]] = {}
    for row in await connection.fetch(_ANSWERS, traces) if traces else ():
        answer = Answer(
            trace=row["trace"],
            received_at=row["received_at"],
            outcome=row["outcome"],
            codes=row["codes"],
            detail=msgspec.json.decode(row["detail"], type=dict[str, object]),
        )
        found.setdefault(answer.trace, []).append(answer)
    return found
