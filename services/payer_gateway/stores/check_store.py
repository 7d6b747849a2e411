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
_OPEN = """
select c.practice_id, c.claim_id, c.payer_id, c.patient_id, c.on_day, c.trace, c.asked_at,
    (select a.outcome from answer a where a.trace = c.trace
     order by a.received_at desc, a.number desc limit 1) as said,
    c.waiting_since
from coverage_check c
where c.outcome = '' and (c.waiting_since, c.claim_id, c.practice_id) > ($1, $2, $3)
    and (c.trace is null or exists (select from answer a where a.trace = c.trace)
         or c.asked_at <= $4 and exists (
             select from question q join outbound_file f using (file_id)
             where q.trace = c.trace
                 and coalesce(f.uploaded_at, q.stored_at) <= now() - make_interval(secs => $5)))
order by c.waiting_since, c.claim_id, c.practice_id limit 1 for update of c skip locked
"""
_ASKED_BEFORE = """
select trace, asked_at from question
where kind = '270' and subject = $1 and practice_id = $2 and payer_id = $3 and about_day = $4
order by asked_at desc limit 1
"""
_ASKED = """
update coverage_check set trace = $3, asked_at = $4 where claim_id = $1 and practice_id = $2
"""
_RELEASE = """
with going as (
    select * from coverage_check where claim_id = $1 and practice_id = $2 and outcome = ''
), gone as (
    update coverage_check set outcome = $3, content = '' where claim_id = $1 and practice_id = $2)
insert into waiting_claim (payer_id, sender_id, practice_id, waiting_since, claim_id, content)
select payer_id, sender_id, practice_id, waiting_since, claim_id, content from going
"""
_REFUSE = """
with gone as (
    update coverage_check set outcome = $3, content = '' where claim_id = $1 and practice_id = $2)
update claim set state = 'refused'
where claim_id = $1 and practice_id = $2 and state = 'waiting' returning encounter_id
"""
_OUTCOME = "select outcome, on_day from coverage_check where claim_id = $1 and practice_id = $2"

Place = tuple[datetime, str, str]


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


async def next_open(
    connection: asyncpg.Connection, after: Place, asked_until: datetime, quiet_seconds: int
) -> tuple[CheckedClaim, Place] | None:
    """The claim that has waited longest, of those after a place in their order; and its place.

    It is not asked about yet, or answered, or was asked about by ``asked_until`` and so many real
    seconds ago.
    """
    row = await connection.fetchrow(_OPEN, *after, asked_until, quiet_seconds)
    if row is None:
        return None
    *claim, since = row.values()
    return CheckedClaim(*claim), (since, row["claim_id"], row["practice_id"])


async def asked_before(
    connection: asyncpg.Connection, claim: CheckedClaim
) -> tuple[str, datetime] | None:
    """The latest question about the same patient, payer and day: its trace, and when."""
    row = await connection.fetchrow(
        _ASKED_BEFORE, claim.patient_id, claim.practice_id, claim.payer_id, claim.on_day
    )
    return None if row is None else (row["trace"], row["asked_at"])


async def note_asked(
    connection: asyncpg.Connection, claim: CheckedClaim, trace: str, asked_at: datetime
) -> None:
    """The claim waits for the answer to this question."""
    await connection.execute(_ASKED, claim.claim_id, claim.practice_id, trace, asked_at)


async def release(connection: asyncpg.Connection, claim: CheckedClaim, outcome: str) -> None:
    """The claim waits for its file now; why is kept."""
    await connection.execute(_RELEASE, claim.claim_id, claim.practice_id, outcome)


async def refuse(connection: asyncpg.Connection, claim: CheckedClaim, outcome: str) -> str | None:
    """The claim is not sent; the encounter that it is given back for."""
    found: str | None = await connection.fetchval(
        _REFUSE, claim.claim_id, claim.practice_id, outcome
    )
    return found


async def outcome_of(
    connection: asyncpg.Connection, claim_id: str, practice_id: str
) -> tuple[str, date] | None:
    """What came of a claim's check, empty while it waits, and of which day; None without one."""
    row = await connection.fetchrow(_OUTCOME, claim_id, practice_id)
    return None if row is None else (row["outcome"], row["on_day"])
