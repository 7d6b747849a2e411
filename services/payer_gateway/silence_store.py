"""SQL of what is waited for: files to look at again, and what stayed silent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.payer_gateway import question_store
from services.payer_gateway.domain.silence import Action, Look, SentFile

_TO_LOOK_AT = """
select file_id, practice_id, payer_id, sender_id, name, state, sent_at, uploads, claim_ids,
    content, exists (select from question q where q.about_file_id = f.file_id) as is_asked_about,
    set_config('idle_in_transaction_session_timeout', '15min', true)
from outbound_file f
where watch_at <= $1 and uploaded_at < now() - make_interval(secs => $2)
    and payer_id <> all($3::text[])
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
    set action = excluded.action, reason = excluded.reason, ended_at = null
    where (silence.action, silence.reason) <> (excluded.action, excluded.reason)
        or silence.ended_at is not null
"""
_LOOKED = """
update outbound_file set watch_at = $2, uploads = uploads + $3,
    uploaded_at = case when $3 > 0 then now() else uploaded_at end
where file_id = $1
"""
_LIST = """
select kind, subject, practice_id, payer_id, since, noticed_at, action, reason, ended_at
from silence where ($1 or ended_at is null) and ($2::text is null or payer_id = $2)
order by noticed_at, kind, subject limit $3
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


@dataclass(frozen=True, slots=True)
class SilenceEntry:
    """What was waited for, as people read it. ``ended_at`` is None while it is silent."""

    kind: str
    subject: str
    practice_id: str
    payer_id: str
    since: datetime
    noticed_at: datetime
    action: str
    reason: str
    ended_at: datetime | None


async def is_any_to_look_at(connection: asyncpg.Connection, now: datetime) -> bool:
    """Whether a file's time has come; costs less than to look for it under a lock."""
    return bool(await connection.fetchval(_IS_ANY, now))


async def next_to_look_at(
    connection: asyncpg.Connection, now: datetime, quiet_seconds: int, away: Collection[str]
) -> WatchedFile | None:
    """The file that has waited longest, sent so many real seconds ago or earlier.

    ``away``: payers whose files are left out. The transaction may stand still while a file is sent.
    """
    row = await connection.fetchrow(_TO_LOOK_AT, now, quiet_seconds, list(away))
    if row is None:
        return None
    states = await connection.fetch(_CLAIMS, row["claim_ids"], row["practice_id"])
    file = SentFile(
        name=row["name"],
        state=row["state"],
        sent_at=row["sent_at"],
        uploads=row["uploads"],
        claims=dict(states),
        asked=await question_store.latest_about(connection, row["file_id"])
        if row["is_asked_about"]
        else {},
    )
    return WatchedFile(
        file_id=row["file_id"],
        practice_id=row["practice_id"],
        payer_id=row["payer_id"],
        sender_id=row["sender_id"],
        content=row["content"],
        file=file,
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
    resent = any(each.action is Action.RESENT for each in silences)
    await connection.execute(_LOOKED, watched.file_id, found.again_at, int(resent))


async def list_silences(
    connection: asyncpg.Connection, *, ended: bool, payer_id: str | None, most: int
) -> Sequence[SilenceEntry]:
    """What stays silent, the longest noticed first; ``ended``: what came since, too."""
    rows = await connection.fetch(_LIST, ended, payer_id, most)
    return [SilenceEntry(*row.values()) for row in rows]
