"""SQL of the file side: batches into files, files sent, files received, answers applied."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import asyncpg
import msgspec

from services.payer_gateway.domain.acknowledgement_match import SentFile
from services.payer_gateway.domain.answer_file import AnswerFile
from services.payer_gateway.domain.batching import WaitingClaims
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.intake import Intake, Known
from services.payer_gateway.domain.quarantine import QuarantineItem
from services.payer_gateway.domain.reference_data import Practice
from services.payer_gateway.domain.trading_partner import MOST_CLAIMS_A_FILE
from services.payer_gateway.store import (
    CLAIM_COLUMNS,
    CLAIMS_BY_ID,
    claim_record,
    insert_remittances,
    loaded_remittances,
    move_claims,
)
from services.payer_gateway.x12.professional_claim import Claim
from services.payer_gateway.x12.professional_claim_writer import ClaimText, claim_text

_MOST_FINDINGS = 100

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
_TAKE_WAITING = """
with oldest as materialized (
    select ctid as place, claim_id, practice_id from waiting_claim
    where payer_id = $1 and sender_id = $2 and practice_id = $3
    order by waiting_since, claim_id limit $4
), held as materialized (
    select c.claim_id from claim c join oldest using (claim_id, practice_id)
    where c.state = 'waiting' order by c.claim_id for update of c
), taken as (
    delete from waiting_claim where ctid = any(array(select place from oldest))
    returning waiting_since, claim_id, content)
select claim_id, content from taken join held using (claim_id) order by waiting_since, claim_id
"""
_NEXT_NUMBER = """
insert into control_number (sender_id, receiver_id, last) values ($1, $2, 1)
on conflict (sender_id, receiver_id) do update set last = control_number.last + 1
returning last
"""
_INSERT_FILE = """
insert into outbound_file (file_id, practice_id, payer_id, sender_id, receiver_id,
    interchange_control_number, name, sha256, content, claim_ids, claim_count, state, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'created', $12)
"""
_FILE_CLAIMS = """
update claim set state = 'filed', file_id = $1
where claim_id = any($3::text[]) and practice_id = $2 and state = 'waiting'
"""
_IS_ANY_TO_SEND = """
select exists (select from waiting_claim)
    or exists (select from outbound_file where state = 'created')
"""
_UNSENT = """
select file_id from outbound_file where state = 'created'
order by created_at, interchange_control_number
"""
_LOCK_UNSENT = """
select file_id, practice_id, payer_id, interchange_control_number, name, content, created_at,
       claim_ids
from outbound_file where file_id = $1 and state = 'created' for update skip locked
"""
_MARK_SENT = "update outbound_file set state = 'sent', sent_at = $2 where file_id = $1"
_CLAIMS_SENT = f"""
with held as materialized (
    select claim_id, practice_id from claim
    where claim_id = any($2::text[]) and practice_id = $1
    order by claim_id, practice_id for update)
update claim set state = case state when 'filed' then 'sent' else state end
from held where claim.claim_id = held.claim_id and claim.practice_id = held.practice_id
returning {", ".join(f"claim.{name}" for name in CLAIM_COLUMNS.split(", "))}
"""
_KEEP_RECEIVED = """
insert into inbound_file (sha256, payer_id, name, content, received_at, deliveries, state)
select sha256, $5, name, content, $6, deliveries, 'received'
from unnest($1::text[], $2::text[], $3::bytea[], $4::int[])
    as t (sha256, name, content, deliveries)
on conflict (sha256) do update
    set deliveries = inbound_file.deliveries + excluded.deliveries
returning sha256, deliveries
"""
_NEXT_UNREAD = """
with held as materialized (
    select sha256, received_at, name, octet_length(content) as size from inbound_file
    where state = 'received' order by received_at, name limit $1 for update skip locked
), counted as (
    select sha256, sum(size) over (order by received_at, name, sha256) as bytes,
           row_number() over (order by received_at, name, sha256) as place
    from held)
select f.sha256, f.payer_id, f.name, f.content, f.received_at
from counted join inbound_file f using (sha256)
where place = 1 or bytes <= $2 order by place
"""
_IS_ANY_UNREAD = "select exists (select from inbound_file where state = 'received')"
_FILES_BY_NUMBER = """
select f.file_id, f.state, f.sender_id, f.receiver_id, f.interchange_control_number,
       f.practice_id, f.claim_ids
from outbound_file f
join unnest($1::text[], $2::text[], $3::bigint[]) as t (sender_id, receiver_id, number)
    on f.sender_id = t.sender_id and f.receiver_id = t.receiver_id
    and f.interchange_control_number = t.number
order by f.file_id for update of f
"""
_PRACTICES_BY_NPI = """
select npi, practice_id from reference where kind = 'practice' and npi = any($1::text[])
order by practice_id
"""
_ANSWER_FILES = """
update outbound_file f set state = t.state, answer = t.answer
from unnest($1::uuid[], $2::text[], $3::text[]) as t (file_id, state, answer)
where f.file_id = t.file_id
"""
_INSERT_ITEMS = """
insert into quarantine (item_id, practice_id, payer_id, kind, subject, reason, findings, held,
    file_sha256, state, opened_at)
select item_id, practice_id, payer_id, kind, subject, reason, findings::jsonb, held::jsonb,
    file_sha256, 'open', opened_at
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::timestamptz[])
    as t (item_id, practice_id, payer_id, kind, subject, reason, findings, held, file_sha256,
          opened_at)
on conflict (item_id) do update set state = 'open', settled_at = null, settled_because = ''
"""
_FILES_READ = """
update inbound_file f set state = t.state, kinds = t.kinds, findings = t.findings::jsonb
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as t (sha256, state, kinds, findings)
where f.sha256 = t.sha256
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Claims taken for one file, and the number that the file gets."""

    claim_ids: list[str]
    claims: list[ClaimText]
    practice: Practice
    number: int


@dataclass(frozen=True, slots=True)
class OutboundFile:
    """A file that the partner does not have yet, and the claims in it."""

    file_id: UUID
    practice_id: str
    payer_id: str
    number: int
    name: str
    content: bytes
    created_at: datetime
    claim_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file as the partner left it."""

    name: str
    content: bytes

    @property
    def shown_name(self) -> str:
        """The name as text: bytes of it that are not UTF-8 are written as backslash and hex."""
        return self.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


@dataclass(frozen=True, slots=True)
class InboundFile:
    """A file that was received and not read yet."""

    sha256: str
    payer_id: str
    name: str
    content: bytes
    received_at: datetime


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


async def take_batch(
    connection: asyncpg.Connection, waiting: WaitingClaims, receiver_id: str, most: int
) -> Batch | None:
    """Lock the oldest waiting claims and allocate their control number, in one transaction.

    A claim that moved on while it waited, since the payer answered it already, is not sent: it
    waits no more. ``None`` where no claim is left; no number is spent on an empty file, nor unless
    the caller's transaction commits: none is lost, none repeated.
    """
    place = f"batch:{waiting.sender_id}:{receiver_id}"
    await connection.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", place)
    rows = await connection.fetch(
        _TAKE_WAITING, waiting.payer_id, waiting.sender_id, waiting.practice_id, most
    )
    if not rows:
        return None
    practice = await connection.fetchval(
        "select state from reference where kind = 'practice' and practice_id = $1 and own_id = $1",
        waiting.practice_id,
    )
    number = await connection.fetchval(_NEXT_NUMBER, waiting.sender_id, receiver_id)
    return Batch(
        [row["claim_id"] for row in rows],
        [text_from_bytes(row["content"]) for row in rows],
        msgspec.json.decode(practice, type=Practice),
        number,
    )


def text_from_bytes(content: bytes) -> ClaimText:
    """A claim that waits; one that waited before claims were kept as text is written now."""
    if content.startswith(b"{"):
        return claim_text(msgspec.json.decode(content, type=Claim))
    return ClaimText(*msgspec.json.decode(content, type=tuple[str, str, str, str]))


async def keep_file(
    connection: asyncpg.Connection, file: OutboundFile, sender_id: str, receiver_id: str
) -> None:
    """Store the file as it will be sent, and put its claims into it."""
    await connection.execute(
        _INSERT_FILE,
        file.file_id,
        file.practice_id,
        file.payer_id,
        sender_id,
        receiver_id,
        file.number,
        file.name,
        sha256(file.content).hexdigest(),
        file.content,
        file.claim_ids,
        len(file.claim_ids),
        file.created_at,
    )
    await connection.execute(_FILE_CLAIMS, file.file_id, file.practice_id, file.claim_ids)


async def unsent_files(connection: asyncpg.Connection) -> list[UUID]:
    """Files that were made and that no partner is known to have, oldest first."""
    return [row["file_id"] for row in await connection.fetch(_UNSENT)]


async def lock_unsent(connection: asyncpg.Connection, file_id: UUID) -> OutboundFile | None:
    """The file, held until the transaction ends; ``None`` when another instance sends it.

    The partner may be slow, so the transaction may stand still for longer than others may.
    """
    await connection.execute("set local idle_in_transaction_session_timeout = '15min'")
    row = await connection.fetchrow(_LOCK_UNSENT, file_id)
    return None if row is None else OutboundFile(*row.values())


async def mark_claims_sent(connection: asyncpg.Connection, file: OutboundFile) -> list[ClaimRecord]:
    """The file's claims as sent, in order; held until the transaction ends.

    Done before the file leaves, so that no answer overtakes it: without the file's own mark in the
    same transaction nothing of it stays.
    """
    rows = await connection.fetch(_CLAIMS_SENT, file.practice_id, file.claim_ids)
    return sorted(
        (claim_record(row) for row in rows), key=lambda claim: (claim.practice_id, claim.claim_id)
    )


async def mark_file_sent(connection: asyncpg.Connection, file_id: UUID, at: datetime) -> None:
    """The partner has the file."""
    await connection.execute(_MARK_SENT, file_id, at)


async def keep_received(
    connection: asyncpg.Connection, payer_id: str, files: Sequence[ReceivedFile], at: datetime
) -> set[str]:
    """Store files as they came, each once by content, in one statement; the names of new ones."""
    by_digest: dict[str, list[ReceivedFile]] = {}
    for file in files:
        by_digest.setdefault(sha256(file.content).hexdigest(), []).append(file)
    digests = sorted(by_digest)
    rows = await connection.fetch(
        _KEEP_RECEIVED,
        digests,
        [by_digest[digest][0].shown_name for digest in digests],
        [by_digest[digest][0].content for digest in digests],
        [len(by_digest[digest]) for digest in digests],
        payer_id,
        at,
    )
    return {
        by_digest[row["sha256"]][0].name
        for row in rows
        if row["deliveries"] == len(by_digest[row["sha256"]])
    }


async def is_any_unread(connection: asyncpg.Connection) -> bool:
    """Whether a file waits to be read; costs less than to look for it under a lock."""
    return bool(await connection.fetchval(_IS_ANY_UNREAD))


async def next_unread(
    connection: asyncpg.Connection, most: int, most_bytes: int
) -> list[InboundFile]:
    """The oldest files not read yet, at least one, held until the transaction ends."""
    rows = await connection.fetch(_NEXT_UNREAD, most, most_bytes)
    return [InboundFile(*row.values()) for row in rows]


async def known_of(connection: asyncpg.Connection, files: Sequence[AnswerFile]) -> Known:
    """What the database knows of everything the files name; four statements at most.

    Held until the transaction ends: files that were sent in the order of their ids, then all claims
    in the order of theirs, so that no two instances wait for each other.
    """
    sent = await _sent_files(connection, {n for file in files for n in file.answered_numbers()})
    named = {claim_id for file in files for claim_id in file.claim_ids()}
    named.update(*(file["claim_ids"] for file in sent))
    claims: dict[str, list[ClaimRecord]] = {}
    for row in await connection.fetch(CLAIMS_BY_ID, sorted(named)) if named else ():
        claims.setdefault(row["claim_id"], []).append(claim_record(row))
    practices: dict[str, list[str]] = {}
    npis = sorted({npi for file in files for npi in file.practice_npis()})
    for row in await connection.fetch(_PRACTICES_BY_NPI, npis):
        practices.setdefault(row["npi"], []).append(row["practice_id"])
    keys = dict.fromkeys(key for file in files for key in file.remittance_keys())
    loaded = await loaded_remittances(connection, keys)
    return Known(
        claims=claims,
        practices=practices,
        files={
            (f["sender_id"], f["receiver_id"], f["interchange_control_number"]): SentFile(
                f["file_id"],
                f["state"],
                [
                    claim
                    for claim_id in f["claim_ids"]
                    for claim in claims.get(claim_id, ())
                    if claim.practice_id == f["practice_id"]
                ],
            )
            for f in sent
        },
        loaded=frozenset(loaded),
    )


async def _sent_files(
    connection: asyncpg.Connection, numbers: Iterable[tuple[str, str, int]]
) -> Sequence[asyncpg.Record]:
    wanted = sorted(numbers)
    if not wanted:
        return ()
    found: list[asyncpg.Record] = await connection.fetch(
        _FILES_BY_NUMBER, *(list(column) for column in zip(*wanted, strict=True))
    )
    return found


async def apply_intake(
    connection: asyncpg.Connection, read: Sequence[tuple[InboundFile, Sequence[str], Intake]]
) -> None:
    """Write what followed from files, in their order: each file, what kinds of answers, what of it.

    What a later file says of a claim or of a file that was sent takes the place of an earlier's.
    """
    claims: dict[tuple[str, str], ClaimRecord] = {}
    answers: dict[UUID, tuple[str, str]] = {}
    for _, _, intake in read:
        claims |= intake.claims
        answers |= intake.answers
    await move_claims(connection, claims.values())
    await _answer_files(connection, answers)
    loaded = [(each, file.sha256, file.received_at) for file, _, i in read for each in i.loaded]
    await insert_remittances(connection, loaded)
    await keep_items(
        connection, [(each, file.received_at) for file, _, i in read for each in i.items]
    )
    await connection.execute(
        _FILES_READ,
        [file.sha256 for file, _, _ in read],
        [intake.state for _, _, intake in read],
        [" ".join(kinds) for _, kinds, _ in read],
        [_findings(intake) for _, _, intake in read],
    )


def _findings(intake: Intake) -> str:
    found = [finding for item in intake.items for finding in item.findings]
    return msgspec.json.encode(found[:_MOST_FINDINGS]).decode()


async def _answer_files(
    connection: asyncpg.Connection, answers: Mapping[UUID, tuple[str, str]]
) -> None:
    if answers:
        ordered = sorted(answers.items())
        await connection.execute(
            _ANSWER_FILES,
            [file_id for file_id, _ in ordered],
            [state for _, (state, _) in ordered],
            [answer for _, (_, answer) in ordered],
        )


async def keep_items(
    connection: asyncpg.Connection, items: Sequence[tuple[QuarantineItem, datetime]]
) -> None:
    """Set items aside, each with when; one that was settled and is found again is open again."""
    unique = {item.item_id: item for item, _ in items}
    opened_at = {item.item_id: at for item, at in items}
    if unique:
        await connection.execute(
            _INSERT_ITEMS,
            list(unique),
            [item.practice_id for item in unique.values()],
            [item.payer_id for item in unique.values()],
            [item.kind for item in unique.values()],
            [item.subject for item in unique.values()],
            [item.reason for item in unique.values()],
            [msgspec.json.encode(item.findings).decode() for item in unique.values()],
            [msgspec.json.encode(item.held).decode() for item in unique.values()],
            [item.file_sha256 for item in unique.values()],
            list(opened_at.values()),
        )
