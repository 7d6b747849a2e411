"""SQL of what is waited for: files to look at again, and what stayed silent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.payer_gateway.domain.silence import Action, KeptSilence, Look, SentFile, SilenceKey
from services.payer_gateway.domain.trading_partner import PAPER
from services.payer_gateway.stores import question_store

_TO_LOOK_AT = """
select file_id, practice_id, payer_id, sender_id, name, state, kind,
    coalesce(sent_at, created_at) as sent_at, uploads, claim_ids, content,
    staged_place, resend_asked,
    exists (select from question q where q.about_file_id = f.file_id) as is_asked_about,
    set_config('idle_in_transaction_session_timeout', '15min', true)
from outbound_file f
where watch_at <= $1 and uploaded_at < now() - make_interval(secs => $2)
    and payer_id <> all($4::text[])
    and not (payer_id = any($3::text[])
             and (state = 'sent' or resend_asked or staged_place <> ''))
order by watch_at, file_id limit 1 for update of f skip locked
"""
_IS_ANY = "select exists (select from outbound_file where watch_at <= $1)"
_CLAIMS = """
select claim_id, state from claim where claim_id = any($1::text[]) and practice_id = $2
"""
_END = """
update silence set ended_at = $2
where file_id = $1 and ended_at is null
    and not (kind || ' ' || subject) = any($3::text[])
"""
_KEEP = """
insert into silence (file_id, kind, subject, practice_id, payer_id, since, noticed_at, action,
    reason)
select $1, kind, subject, $2, $3, since, $4, action, reason
from unnest($5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::text[])
    as t (kind, subject, since, action, reason)
on conflict (file_id, kind, subject) do update
    set action = excluded.action, reason = excluded.reason, ended_at = null,
        settled_at = case when silence.ended_at is null then silence.settled_at end
    where (silence.action, silence.reason) <> (excluded.action, excluded.reason)
        or silence.ended_at is not null
"""
_LOOKED = """
update outbound_file set watch_at = $2, uploads = uploads + $3,
    uploaded_at = case when $3 > 0 then now() else uploaded_at end,
    staged_place = '',
    resend_asked = resend_asked and $3 = 0
where file_id = $1
"""
_LIST = """
select kind, subject, practice_id, payer_id, since, noticed_at, action, reason, ended_at,
    settled_at, settled_by, settled_because
from silence
where ($1 or (ended_at is null and settled_at is null)) and ($2::text is null or payer_id = $2)
order by noticed_at, kind, subject limit $3
"""
_OPEN_OF = """
select file_id, kind, subject, practice_id from silence
where subject = $1 and ended_at is null and settled_at is null
    and ($2::text is null or practice_id = $2)
order by practice_id, noticed_at
"""
_OPEN = """
select file_id, kind, subject, practice_id, payer_id, action
from silence join unnest($1::uuid[], $2::text[], $3::text[]) as t (file_id, kind, subject)
    using (file_id, kind, subject)
where ended_at is null and settled_at is null order by 1, 2, 3 for update of silence
"""
_SETTLE = """
update silence s set settled_at = t.at, settled_by = t.by, settled_because = t.because
from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])
    as t (file_id, kind, subject, at, by, because)
where (s.file_id, s.kind, s.subject) = (t.file_id, t.kind, t.subject)
"""


@dataclass(frozen=True, slots=True)
class WatchedFile:
    """A file whose time to be looked at has come, held until the transaction ends."""

    file_id: UUID
    practice_id: str
    payer_id: str
    sender_id: str
    content: bytes
    file: SentFile
    staged_place: str = ""
    resend_asked: bool = False

    def is_to_resend(self, found: Look) -> bool:
        """Whether it is sent again: a person asked for it, or nobody acknowledges it."""
        return self.resend_asked or any(each.action is Action.RESENT for each in found.silences)


@dataclass(frozen=True, slots=True)
class SilenceEntry:
    """What was waited for, as people read it. ``ended_at`` is None while it is silent.

    ``settled_at``: when a person took it in hand, and why.
    """

    kind: str
    subject: str
    practice_id: str
    payer_id: str
    since: datetime
    noticed_at: datetime
    action: str
    reason: str
    ended_at: datetime | None
    settled_at: datetime | None = None
    settled_by: str = ""
    settled_because: str = ""


async def is_any_to_look_at(connection: asyncpg.Connection, now: datetime) -> bool:
    """Whether a file's time has come; costs less than to look for it under a lock."""
    return bool(await connection.fetchval(_IS_ANY, now))


async def next_to_look_at(
    connection: asyncpg.Connection,
    now: datetime,
    quiet_seconds: int,
    away: Collection[str],
    unknown: Collection[str],
) -> WatchedFile | None:
    """The file that has waited longest, sent so many real seconds ago or earlier.

    ``away``: payers whose files are left out where they may be sent again or taken back;
    ``unknown``: whose are left out. The transaction may stand still while a file is sent.
    """
    row = await connection.fetchrow(_TO_LOOK_AT, now, quiet_seconds, list(away), list(unknown))
    if row is None:
        return None
    states = await connection.fetch(_CLAIMS, row["claim_ids"], row["practice_id"])
    file = SentFile(
        name=row["name"],
        state=row["state"],
        sent_at=row["sent_at"],
        uploads=row["uploads"],
        claims=dict(states),
        asked=await question_store.latest_about(connection, row["file_id"], quiet_seconds)
        if row["is_asked_about"]
        else {},
        is_paper=row["kind"] == PAPER,
    )
    return WatchedFile(
        file_id=row["file_id"],
        practice_id=row["practice_id"],
        payer_id=row["payer_id"],
        sender_id=row["sender_id"],
        content=row["content"],
        file=file,
        staged_place=row["staged_place"],
        resend_asked=row["resend_asked"],
    )


async def keep_look(
    connection: asyncpg.Connection, watched: WatchedFile, found: Look, now: datetime
) -> None:
    """Store what a look found, end what is silent no more, and note when to look again."""
    silences = found.silences
    await connection.execute(
        _END, watched.file_id, now, [f"{each.kind} {each.subject}" for each in silences]
    )
    if silences:
        await connection.execute(
            _KEEP,
            watched.file_id,
            watched.practice_id,
            watched.payer_id,
            now,
            [each.kind.value for each in silences],
            [each.subject for each in silences],
            [each.since for each in silences],
            [each.action.value for each in silences],
            [each.reason for each in silences],
        )
    is_resent = watched.is_to_resend(found)
    await connection.execute(_LOOKED, watched.file_id, found.again_at, int(is_resent))


async def list_silences(
    connection: asyncpg.Connection, *, ended: bool, payer_id: str | None, most: int
) -> Sequence[SilenceEntry]:
    """What stays silent and nobody has in hand, the longest noticed first; ``ended``: all."""
    rows = await connection.fetch(_LIST, ended, payer_id, most)
    return [SilenceEntry(*row.values()) for row in rows]


async def find_silences(
    connection: asyncpg.Connection, subject: str, practice_id: str | None
) -> list[tuple[SilenceKey, str]]:
    """What of a claim or file is silent and in nobody's hand, each with its practice."""
    rows = await connection.fetch(_OPEN_OF, subject, practice_id)
    return [(SilenceKey(*key), practice) for *key, practice in rows]


async def open_silences(
    connection: asyncpg.Connection, keys: Sequence[SilenceKey]
) -> list[KeptSilence]:
    """Those that are silent and in nobody's hand, held until the transaction ends."""
    rows = await connection.fetch(_OPEN, *(list(column) for column in zip(*keys, strict=True)))
    return [KeptSilence(SilenceKey(*row[:3]), *row[3:]) for row in map(tuple, rows)]


async def settle(connection: asyncpg.Connection, settled: Sequence[KeptSilence]) -> None:
    """Write who took what in hand, and why."""
    if settled:
        await connection.execute(
            _SETTLE,
            [each.key.file_id for each in settled],
            [each.key.kind for each in settled],
            [each.key.subject for each in settled],
            [each.settled_at for each in settled],
            [each.settled_by for each in settled],
            [each.settled_because for each in settled],
        )
