"""SQL of the file side: batches into files, files sent, files received."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from schemas.event_id import root_event_id
from services.payer_gateway.domain.batching import WaitingClaims
from services.payer_gateway.domain.reference_data import Practice
from services.payer_gateway.domain.trading_partner import MOST_CLAIMS_A_FILE, PAPER
from services.payer_gateway.paper.printing import PrintedBatch
from services.payer_gateway.x12.maker import maker
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.professional_claim_writer import ClaimText, claim_text

_LARGE_BYTES = 262_144
"""What is longer is loaded by itself, and one at a time."""

_claim_text = maker(ClaimText)
_PARTS = msgspec.json.Decoder(tuple[str, str, str, str])

_WAITING = """
with recursive sender as (
    (select payer_id, sender_id, practice_id, waiting_since from waiting_claim
     order by payer_id, sender_id, practice_id, waiting_since limit 1)
    union all
    select w.* from sender s cross join lateral (
        select payer_id, sender_id, practice_id, waiting_since from waiting_claim
        where (payer_id, sender_id, practice_id) > (s.payer_id, s.sender_id, s.practice_id)
        order by payer_id, sender_id, practice_id, waiting_since limit 1) w
)
select payer_id, sender_id, practice_id, (
           select count(*) from (
               select from waiting_claim w
               where (w.payer_id, w.sender_id, w.practice_id)
                   = (s.payer_id, s.sender_id, s.practice_id) limit $1) counted
       ) as claims, waiting_since as oldest
from sender s
"""
_LOCK_NUMBERS = """
select pg_advisory_xact_lock(hashtextextended(place, 0))
from (select distinct place from unnest($1::text[]) as t (place) order by place) as ordered
"""
_TAKE_WAITING = """
with wanted as (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::int[]) with ordinality
        as t (payer_id, sender_id, practice_id, most, number)
), oldest as materialized (
    select w.number, o.place, o.claim_id, w.practice_id
    from wanted w cross join lateral (
        select ctid as place, claim_id from waiting_claim c
        where (c.payer_id, c.sender_id, c.practice_id) = (w.payer_id, w.sender_id, w.practice_id)
        order by waiting_since, claim_id limit w.most) o
), held as materialized (
    select c.claim_id, c.practice_id from claim c
    where c.claim_id = any(array(select claim_id from oldest)) and c.state = 'waiting'
    order by c.claim_id, c.practice_id for update of c
), taken as (
    delete from waiting_claim where ctid = any(array(select place from oldest))
    returning practice_id, waiting_since, claim_id, content)
select oldest.number, claim_id, content
from taken join held using (claim_id, practice_id) join oldest using (claim_id, practice_id)
order by oldest.number, waiting_since, claim_id
"""
_PRACTICES = """
select practice_id, state from reference
where kind = 'practice' and practice_id = any($1::text[]) and own_id = practice_id
"""
_NEXT_NUMBERS = """
insert into control_number (sender_id, receiver_id, last)
select * from unnest($1::text[], $2::text[], $3::bigint[]) order by 1, 2
on conflict (sender_id, receiver_id) do update set last = control_number.last + excluded.last
returning sender_id, receiver_id, last
"""
_INSERT_FILE = """
insert into outbound_file (file_id, practice_id, payer_id, sender_id, receiver_id,
    interchange_control_number, name, sha256, content, claim_ids, claim_count, state, created_at,
    kind)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'created', $12, $13)
"""
_INSERT_PAPER = """
insert into paper_batch (file_id, cover_name, cover, cover_sha256, forms, cuts, attached)
values ($1, $2, $3, $4, $5, $6::jsonb, $7)
"""
_FILE_CLAIMS = """
update claim set state = 'filed', file_id = $1
where claim_id = any($3::text[]) and practice_id = $2 and state = 'waiting'
"""
_REFUSE_CLAIMS = """
update claim set state = 'refused'
where claim_id = any($2::text[]) and practice_id = $1 and state = 'waiting'
returning claim_id, encounter_id
"""
_IS_ANY_TO_SEND = """
select exists (select from waiting_claim)
    or exists (select from outbound_file where state = 'created')
"""
_UNSENT = """
select file_id, payer_id, cardinality(claim_ids) as claims from outbound_file
where state = 'created'
order by created_at, interchange_control_number
"""
_LOCK_UNSENT = """
with file as materialized (
    select file_id, practice_id, payer_id, interchange_control_number, name, claim_ids, kind,
           staged_place, content
    from outbound_file where file_id = any($1::uuid[]) and state = 'created'
    for update skip locked)
select f.file_id, f.practice_id, f.payer_id, f.interchange_control_number, f.name, f.staged_place,
       array(select row (c.claim_id, c.encounter_id) from claim c
             where f.staged_place <> '' and c.claim_id = any(f.claim_ids)
                   and c.practice_id = f.practice_id
             order by c.claim_id) as claims, f.kind,
       case when f.staged_place = '' and octet_length(f.content) <= $2 then f.content end,
       case when f.kind = 'paper' then
           (select cover_name from paper_batch p where p.file_id = f.file_id) else '' end,
       set_config('idle_in_transaction_session_timeout', '15min', true)
from file f
"""
_CONTENT = "select content from outbound_file where file_id = $1"
_MARK_STAGED = """
update outbound_file f set staged_place = t.place
from unnest($1::uuid[], $2::text[]) as t (file_id, place) where f.file_id = t.file_id
"""
_MARK_SENT = """
update outbound_file f
set state = case when f.answer like '999%' then 'accepted' else 'sent' end, sent_at = $3,
    watch_at = t.watch_at, uploaded_at = now(), uploads = 1, staged_place = ''
from unnest($1::uuid[], $2::timestamptz[]) as t (file_id, watch_at)
where f.file_id = t.file_id
"""
"""A 999 that came before this was noted accepts: one that refuses leaves nothing to send."""
_KEEP_RECEIVED = """
insert into inbound_file (sha256, payer_id, name, content, received_at, deliveries, state)
select sha256, payer_id, name, content, $6, deliveries, 'received'
from unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::int[])
    as t (sha256, payer_id, name, content, deliveries)
on conflict (sha256) do update
    set deliveries = inbound_file.deliveries + excluded.deliveries
returning sha256, deliveries
"""
_NEXT_UNREAD = """
with held as materialized (
    select sha256, received_at, name, octet_length(content) + piece_bytes as size from inbound_file
    where state = 'received' and sha256 <> all($3::text[])
    order by received_at, name limit $1 for update skip locked
), counted as (
    select sha256, sum(size) over (order by received_at, name, sha256) as bytes,
           row_number() over (order by received_at, name, sha256) as place
    from held)
select f.sha256, f.payer_id, f.name, f.content, f.received_at, f.piece_bytes
from counted join inbound_file f using (sha256)
where place = 1 or bytes <= $2 order by place
"""
_IS_ANY_UNREAD = "select exists (select from inbound_file where state = 'received')"


@dataclass(frozen=True, slots=True)
class Batch:
    """Claims taken for one file, and the number that the file gets."""

    waiting: WaitingClaims
    receiver_id: str
    number: int
    practice: Practice
    claim_ids: list[str]
    claims: list[ClaimText]


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file as it will be sent; ``printed`` where it is a batch of forms."""

    file_id: UUID
    batch: Batch
    name: str
    content: bytes
    created_at: datetime
    printed: PrintedBatch | None = None


@dataclass(frozen=True, slots=True)
class OutboundFile:
    """A file that the partner does not have yet.

    staged_place: where it lies whole under its unfinished name, empty while it does nowhere.
    claims: once it lies there, the ids of those in it, each with that of its encounter; none in a
    file that asks.
    kind: 837, 276, 270 or paper.
    content: while it lies nowhere, unless it is large.
    cover_name: of a batch of forms, the name of the list that lies beside it.
    """

    file_id: UUID
    practice_id: str
    payer_id: str
    number: int
    name: str
    staged_place: str
    claims: Sequence[tuple[str, str]]
    kind: str = "837"
    content: bytes | None = None
    cover_name: str = ""


def shown_name(name: str) -> str:
    """The name as text: bytes of it that are no text here are written as backslash and hex."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text.replace("\0", "\\x00")


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as the partner left it."""

    name: str
    content: bytes

    @property
    def shown_name(self) -> str:
        """The name as text: bytes of it that are no text here are written as backslash and hex."""
        return shown_name(self.name)


@dataclass(frozen=True, slots=True)
class InboundFile:
    """A file that was received and not read yet.

    piece_bytes: how much of it is kept in pieces, where it is too large for ``content``.
    """

    sha256: str
    payer_id: str
    name: str
    content: bytes
    received_at: datetime
    piece_bytes: int = 0

    @property
    def cause(self) -> UUID:
        """The id that everything the file causes is derived from."""
        return root_event_id(self.received_at, "inbound-file", self.sha256)


async def is_any_to_send(connection: asyncpg.Connection) -> bool:
    """Whether a claim waits for its file, or a file for its partner."""
    return bool(await connection.fetchval(_IS_ANY_TO_SEND))


async def waiting_claims(
    connection: asyncpg.Connection, most: int = MOST_CLAIMS_A_FILE
) -> list[WaitingClaims]:
    """Claims that wait for a file by partner, sender and practice, counted up to ``most``.

    Steps from one sender to the next: what it costs grows with the senders, not with the claims.
    """
    return [
        WaitingClaims(
            row["payer_id"], row["sender_id"], row["practice_id"], row["claims"], row["oldest"]
        )
        for row in await connection.fetch(_WAITING, most)
    ]


async def take_batches(
    connection: asyncpg.Connection, wanted: Sequence[tuple[WaitingClaims, str, int]]
) -> list[Batch]:
    """Lock the oldest waiting claims and allocate their control numbers, in one transaction.

    wanted: whose claims, our id for their receiver, and how many of them at most. A claim that
    moved on while it waited, since the payer answered it already, is not sent: it waits no more.
    Where no claim is left there is no batch; no number is spent on an empty file, nor unless the
    caller's transaction commits: none is lost, none repeated.
    """
    places = [f"batch:{waiting.sender_id}:{receiver}" for waiting, receiver, _ in wanted]
    await connection.execute(_LOCK_NUMBERS, places)
    rows = await connection.fetch(
        _TAKE_WAITING,
        [waiting.payer_id for waiting, _, _ in wanted],
        [waiting.sender_id for waiting, _, _ in wanted],
        [waiting.practice_id for waiting, _, _ in wanted],
        [most for _, _, most in wanted],
    )
    taken: dict[int, tuple[list[str], list[ClaimText]]] = {}
    for number, claim_id, content in rows:
        claim_ids, claims = taken.setdefault(number - 1, ([], []))
        claim_ids.append(claim_id)
        claims.append(text_from_bytes(content))
    if not taken:
        return []
    filled = [(*wanted[place][:2], *claims) for place, claims in taken.items()]
    practices = {
        row["practice_id"]: msgspec.json.decode(row["state"], type=Practice)
        for row in await connection.fetch(_PRACTICES, [each[0].practice_id for each in filled])
    }
    pairs = Counter((waiting.sender_id, receiver) for waiting, receiver, *_ in filled)
    numbers = {
        (sender, receiver): iter(range(last - pairs[sender, receiver] + 1, last + 1))
        for sender, receiver, last in await connection.fetch(
            _NEXT_NUMBERS,
            [sender for sender, _ in pairs],
            [receiver for _, receiver in pairs],
            list(pairs.values()),
        )
    }
    return [
        Batch(
            waiting,
            receiver,
            next(numbers[waiting.sender_id, receiver]),
            practices[waiting.practice_id],
            claim_ids,
            claims,
        )
        for waiting, receiver, claim_ids, claims in filled
    ]


async def next_numbers(
    connection: asyncpg.Connection, sender_id: str, receiver_id: str, count: int
) -> range:
    """The next control numbers between the two; given out once the caller's transaction commits."""
    (row,) = await connection.fetch(_NEXT_NUMBERS, [sender_id], [receiver_id], [count])
    return range(row["last"] - count + 1, row["last"] + 1)


def text_from_bytes(content: bytes) -> ClaimText:
    """A claim that waits; one that waited before claims were kept as text is written now."""
    if content.startswith(b"{"):
        return claim_text(msgspec.json.decode(content, type=Claim))
    return _claim_text(*_PARTS.decode(content))


async def keep_files(connection: asyncpg.Connection, files: Sequence[MadeFile]) -> None:
    """Store files as they will be sent, and put their claims into them."""
    await connection.executemany(
        _INSERT_FILE,
        [
            (
                file.file_id,
                file.batch.waiting.practice_id,
                file.batch.waiting.payer_id,
                file.batch.waiting.sender_id,
                file.batch.receiver_id,
                file.batch.number,
                file.name,
                sha256(file.content).hexdigest(),
                file.content,
                file.batch.claim_ids,
                len(file.batch.claim_ids),
                file.created_at,
                "837" if file.printed is None else PAPER,
            )
            for file in files
        ],
    )
    if any(file.printed for file in files):
        await connection.executemany(
            _INSERT_PAPER,
            [
                (
                    file.file_id,
                    file.printed.cover_name,
                    file.printed.cover,
                    file.printed.cover_sha256,
                    file.printed.form_count,
                    msgspec.json.encode(file.printed.cuts).decode(),
                    file.printed.attached,
                )
                for file in files
                if file.printed
            ],
        )
    await connection.executemany(
        _FILE_CLAIMS,
        [(file.file_id, file.batch.waiting.practice_id, file.batch.claim_ids) for file in files],
    )


async def refuse_claims(
    connection: asyncpg.Connection, practice_id: str, claim_ids: Sequence[str]
) -> list[tuple[str, str]]:
    """Claims that wait come into no file any more; those that waited, and their encounters."""
    rows = await connection.fetch(_REFUSE_CLAIMS, practice_id, claim_ids)
    return [(row["claim_id"], row["encounter_id"]) for row in rows]


class Unsent(NamedTuple):
    """A file that waits for its partner; ``claims`` is how many it holds, none where it asks."""

    file_id: UUID
    payer_id: str
    claims: int


async def unsent_files(connection: asyncpg.Connection) -> list[Unsent]:
    """Files that were made and that no partner is known to have, oldest first."""
    return [Unsent(*row.values()) for row in await connection.fetch(_UNSENT)]


async def lock_unsent(
    connection: asyncpg.Connection, file_ids: Sequence[UUID]
) -> dict[UUID, OutboundFile]:
    """Files, held until the transaction ends; without those that another instance sends now.

    While one is held, whoever reads an answer to one of its claims waits: no answer overtakes it.
    The partner may be slow, so the transaction may stand still for longer than others may.
    """
    return {
        row["file_id"]: OutboundFile(*tuple(row.values())[:-1])
        for row in await connection.fetch(_LOCK_UNSENT, file_ids, _LARGE_BYTES)
    }


async def content_of(connection: asyncpg.Connection, file_id: UUID) -> bytes:
    """The bytes of a file of ours, as they were made."""
    content: bytes = await connection.fetchval(_CONTENT, file_id)
    return content


async def mark_files_staged(
    connection: asyncpg.Connection, staged: Sequence[tuple[UUID, str]]
) -> None:
    """The files lie whole at their partners, under their unfinished names: each with its place."""
    if staged:
        await connection.execute(
            _MARK_STAGED, [file_id for file_id, _ in staged], [place for _, place in staged]
        )


async def mark_files_sent(
    connection: asyncpg.Connection, sent: Sequence[tuple[UUID, datetime | None]], at: datetime
) -> None:
    """The partners have the files: each with when it is looked at again, or never."""
    if sent:
        await connection.execute(
            _MARK_SENT, [file_id for file_id, _ in sent], [look for _, look in sent], at
        )


async def keep_received(
    connection: asyncpg.Connection, files: Sequence[tuple[str, ReceivedFile]], at: datetime
) -> set[tuple[str, str]]:
    """Store files as they came, each with whom from, once by content, in one statement.

    Gives payer and name of new ones.
    """
    by_digest: dict[str, list[tuple[str, ReceivedFile]]] = {}
    for payer_id, file in files:
        by_digest.setdefault(sha256(file.content).hexdigest(), []).append((payer_id, file))
    digests = sorted(by_digest)
    first = [by_digest[digest][0] for digest in digests]
    rows = await connection.fetch(
        _KEEP_RECEIVED,
        digests,
        [payer_id for payer_id, _ in first],
        [file.shown_name for _, file in first],
        [file.content for _, file in first],
        [len(by_digest[digest]) for digest in digests],
        at,
    )
    stored = {row["sha256"]: row["deliveries"] for row in rows}
    return {
        (payer_id, file.name)
        for digest, (payer_id, file) in zip(digests, first, strict=True)
        if stored[digest] == len(by_digest[digest])
    }


async def is_any_unread(connection: asyncpg.Connection) -> bool:
    """Whether a file waits to be read; costs less than to look for it under a lock."""
    return bool(await connection.fetchval(_IS_ANY_UNREAD))


async def next_unread(
    connection: asyncpg.Connection, most: int, most_bytes: int, without: Collection[str] = ()
) -> list[InboundFile]:
    """The oldest files not read yet, at least one, held until the transaction ends."""
    rows = await connection.fetch(_NEXT_UNREAD, most, most_bytes, list(without))
    return [InboundFile(*row.values()) for row in rows]
