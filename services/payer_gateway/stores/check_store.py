"""SQL of claims that wait to hear whether their patient is covered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from services.payer_gateway.state import NewClaim

_HOLD = """
with wanted as (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::date[])
        as t (practice_id, claim_id, patient_id, on_day)
), held as (
    delete from waiting_claim w using wanted t
    where w.practice_id = t.practice_id and w.claim_id = t.claim_id
    returning w.practice_id, w.claim_id, w.payer_id, w.sender_id, w.waiting_since, w.content,
        t.patient_id, t.on_day)
insert into coverage_check (practice_id, claim_id, payer_id, sender_id, waiting_since, content,
    patient_id, on_day)
select * from held
"""
_IS_OPEN = """
c.outcome = ''
    and (c.trace is null or exists (select from answer a where a.trace = c.trace)
         or c.asked_at <= $1 and exists (
             select from question q join outbound_file f using (file_id)
             where q.trace = c.trace
                 and coalesce(f.uploaded_at, q.stored_at) <= now() - make_interval(secs => $2)))
"""
_ASKERS = f"""
select practice_id, payer_id from coverage_check c where {_IS_OPEN}
group by 1, 2 order by min(waiting_since), 1, 2
"""
_OPEN = f"""
select c.practice_id, c.claim_id, c.payer_id, c.patient_id, c.on_day, c.trace, c.asked_at,
    (select a.outcome from answer a where a.trace = c.trace
     order by a.received_at desc, a.number desc limit 1) as said,
    c.waiting_since
from coverage_check c
where {_IS_OPEN} and c.practice_id = $3 and c.payer_id = $4
    and (c.waiting_since, c.claim_id) > ($5, $6)
order by c.waiting_since, c.claim_id limit $7 for update of c skip locked
"""
_ASKED_BEFORE = """
select t.patient_id, t.on_day, q.trace, q.asked_at
from unnest($3::text[], $4::date[]) as t (patient_id, on_day) cross join lateral (
    select trace, asked_at from question
    where kind = '270' and practice_id = $1 and payer_id = $2 and subject = t.patient_id
        and about_day = t.on_day
    order by asked_at desc limit 1) q
"""
_ASKED = """
update coverage_check c set trace = t.trace, asked_at = $4
from unnest($2::text[], $3::text[]) as t (claim_id, trace)
where c.claim_id = t.claim_id and c.practice_id = $1
"""
_RELEASE = """
with going as materialized (
    select c.*, t.because from unnest($2::text[], $3::text[]) as t (claim_id, because)
    join coverage_check c on c.claim_id = t.claim_id and c.practice_id = $1 and c.outcome = ''
), gone as (
    update coverage_check c set outcome = going.because, content = '' from going
    where c.claim_id = going.claim_id and c.practice_id = $1)
insert into waiting_claim (payer_id, sender_id, practice_id, waiting_since, claim_id, content)
select payer_id, sender_id, practice_id, waiting_since, claim_id, content from going
"""
_REFUSE = """
with gone as (
    update coverage_check set outcome = $3, content = ''
    where claim_id = any($2::text[]) and practice_id = $1)
update claim set state = 'refused'
where claim_id = any($2::text[]) and practice_id = $1 and state = 'waiting'
returning claim_id, encounter_id
"""
_OUTCOME = "select outcome, on_day from coverage_check where claim_id = $1 and practice_id = $2"

Place = tuple[datetime, str]
"""Since when a claim waits, and its id: its place among those of a practice and a payer."""


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim that waits, held until the transaction ends. ``said``: what the payer answered."""

    practice_id: str
    claim_id: str
    payer_id: str
    patient_id: str
    on_day: date
    trace: str | None
    asked_at: datetime | None
    said: str | None


async def hold(connection: asyncpg.Connection, new: Sequence[NewClaim]) -> None:
    """Keep new claims back until their coverage is known; in the transaction that added them."""
    checked = [(each.record, each.checked) for each in new if each.checked]
    if not checked:
        return
    await connection.execute(
        _HOLD,
        [record.practice_id for record, _ in checked],
        [record.claim_id for record, _ in checked],
        [patient_id for _, (patient_id, _) in checked],
        [day for _, (_, day) in checked],
    )


async def askers(
    connection: asyncpg.Connection, asked_until: datetime, quiet_seconds: int
) -> list[tuple[str, str]]:
    """Practices, each with a payer, whose claims wait and may go on, the longest waiting first.

    Such a claim is not asked about yet, or answered, or was asked about by ``asked_until`` and so
    many real seconds ago.
    """
    rows = await connection.fetch(_ASKERS, asked_until, quiet_seconds)
    return [(row["practice_id"], row["payer_id"]) for row in rows]


async def next_open(
    connection: asyncpg.Connection,
    asker: tuple[str, str],
    after: Place,
    asked_until: datetime,
    *,
    quiet_seconds: int,
    most: int,
) -> tuple[list[CheckedClaim], Place]:
    """Such claims of an asker, after a place in their order; and the place of the last of them."""
    rows = await connection.fetch(_OPEN, asked_until, quiet_seconds, *asker, *after, most)
    found = [CheckedClaim(*list(row.values())[:-1]) for row in rows]
    return found, (rows[-1]["waiting_since"], rows[-1]["claim_id"]) if rows else after


async def asked_before(
    connection: asyncpg.Connection, asker: tuple[str, str], claims: Sequence[CheckedClaim]
) -> dict[tuple[str, date], tuple[str, datetime]]:
    """The latest question about each patient and day of an asker's claims: its trace, and when."""
    rows = await connection.fetch(
        _ASKED_BEFORE,
        *asker,
        [each.patient_id for each in claims],
        [each.on_day for each in claims],
    )
    return {(row["patient_id"], row["on_day"]): (row["trace"], row["asked_at"]) for row in rows}


async def note_asked(
    connection: asyncpg.Connection,
    practice_id: str,
    asked: Sequence[tuple[CheckedClaim, str]],
    asked_at: datetime,
) -> None:
    """Claims wait for the answers to these questions."""
    if asked:
        claim_ids = [claim.claim_id for claim, _ in asked]
        await connection.execute(
            _ASKED, practice_id, claim_ids, [trace for _, trace in asked], asked_at
        )


async def release(
    connection: asyncpg.Connection, practice_id: str, going: Sequence[tuple[CheckedClaim, str]]
) -> None:
    """Claims wait for their files now; why is kept of each."""
    if going:
        claim_ids = [claim.claim_id for claim, _ in going]
        await connection.execute(
            _RELEASE, practice_id, claim_ids, [because for _, because in going]
        )


async def refuse(
    connection: asyncpg.Connection,
    practice_id: str,
    claims: Sequence[CheckedClaim],
    because: str,
) -> dict[str, str]:
    """Claims are not sent; by claim the encounter that it is given back for."""
    if not claims:
        return {}
    claim_ids = [each.claim_id for each in claims]
    rows = await connection.fetch(_REFUSE, practice_id, claim_ids, because)
    return {row["claim_id"]: row["encounter_id"] for row in rows}


async def outcome_of(
    connection: asyncpg.Connection, claim_id: str, practice_id: str
) -> tuple[str, date] | None:
    """What came of a claim's check, empty while it waits, and of which day; None without one."""
    row = await connection.fetchrow(_OUTCOME, claim_id, practice_id)
    return None if row is None else (row["outcome"], row["on_day"])
