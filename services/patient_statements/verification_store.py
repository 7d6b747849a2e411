"""Everything that was kept, for the proof. SQL only; no name, address or document leaves it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import asyncpg
import msgspec

from schemas.patient_account import PatientPaymentReceived, StatementIssued, StatementSuppressed
from services.chassis.told import Told
from services.patient_statements.domain.payment import Allocation
from services.patient_statements.domain.statement_gate import GateDecision, GateInputs
from services.patient_statements.domain.verification import (
    Finding,
    History,
    KeptAccount,
    KeptDecision,
    KeptItem,
    KeptPayment,
    KeptReport,
    KeptStatement,
    Key,
    findings,
    histories,
)
from services.patient_statements.rows import from_document, from_json

_MOST_ACCOUNTS = 2_000

_NEXT_ACCOUNTS = """
select practice_id, account_id from (
    select practice_id, account_id from account
    union select practice_id, account_id from balance_report
    union select practice_id, account_id from payment
    union select practice_id, account_id from statement
) as every
where (practice_id, account_id) > ($1, $2)
order by practice_id, account_id
limit $3
"""

_CHOSEN = (
    "join unnest($1::text[], $2::text[]) as w (practice_id, account_id) "
    "using (practice_id, account_id)"
)

_ACCOUNTS = f"""
select a.practice_id, a.account_id, a.due_cents, a.document from account a {_CHOSEN}
"""

_REPORTS = f"""
select r.practice_id, r.account_id, r.revision, r.encounter_id, r.version, r.patient_paid_cents,
       r.balance_cents
from balance_report r {_CHOSEN}
"""

_PAYMENTS = f"""
select p.practice_id, p.account_id, p.revision, p.payment_id, p.amount_cents, p.unapplied_cents,
       p.allocations
from payment p {_CHOSEN}
"""

_DECISIONS = f"""
select d.practice_id, d.account_id, d.revision, d.occasion, d.statement_id, d.inputs, d.decision
from statement_decision d {_CHOSEN}
"""

_STATEMENTS = f"""
select s.practice_id, s.account_id, s.statement_id, s.number, s.revision, s.state, s.total_cents,
       s.failures,
       (s.state <> 'issued' or (encode(sha256(s.html), 'hex') = s.html_sha256
                                and encode(sha256(s.pdf), 'hex') = s.pdf_sha256)) as whole,
       (select jsonb_agg(jsonb_build_object(
                   'encounter_id', e->'encounter_id', 'version', e->'version',
                   'balance_cents', e->'balance_cents'))
        from jsonb_array_elements(s.content->'encounters') as e) as items
from statement s {_CHOSEN}
"""

_ISSUED = "select practice_id, statement_id, issued_at from statement where state = 'issued'"
_PAID = "select practice_id, payment_id, received_at from payment"
_WITHDRAWN = """
select d.practice_id, d.account_id, r.reason, d.decided_at, r.reason = s.withdrawn_as
from statement s
join statement_decision d using (practice_id, account_id, statement_id)
cross join lateral (
    select b->>'reason' as reason from jsonb_array_elements(d.decision->'blocked') b
    union
    values (s.withdrawn_as), ('credit_balance'), ('nothing_due')
) r
where s.state = 'withdrawn' and d.occasion = 'issue'
"""
_BLOCKED = """
select practice_id, account_id, reason, decided_at,
       bool_or(encounter_id is null or (before is distinct from reason and not is_withdrawn))
from (
    select d.practice_id, d.account_id, d.decided_at, b->>'reason' as reason, e as encounter_id,
           lag(b->>'reason') over (
               partition by d.practice_id, d.account_id, e order by d.revision
           ) as before,
           w.account_id is not null as is_withdrawn
    from statement_decision d
    cross join lateral jsonb_array_elements(d.decision->'blocked') b
    left join lateral jsonb_array_elements_text(b->'encounter_ids') e on true
    left join (
        select distinct practice_id, account_id from statement where state = 'withdrawn'
    ) w using (practice_id, account_id)
    where d.occasion = 'statement_day'
) blocked
group by 1, 2, 3, 4
"""
"""A withdrawn statement leaves reasons behind as well: of such an account nothing is certain."""
_PAGE = 500


def _key(row: asyncpg.Record) -> Key:
    return row["practice_id"], row["account_id"]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What the proof needs of an account's document; the rest of it is not looked at."""

    unapplied_cents: int
    statements: int


def _account(row: asyncpg.Record) -> KeptAccount:
    kept = from_document(row["document"], _Kept)
    return KeptAccount(_key(row), row["due_cents"], kept.unapplied_cents, kept.statements)


def _payment(row: asyncpg.Record) -> KeptPayment:
    allocations: dict[str, int] = {}
    for each in from_json(row["allocations"], tuple[Allocation, ...]):
        allocations[each.encounter_id] = allocations.get(each.encounter_id, 0) + each.amount_cents
    return KeptPayment(
        _key(row),
        row["revision"],
        row["payment_id"],
        row["amount_cents"],
        row["unapplied_cents"],
        allocations,
    )


async def _kept(connection: asyncpg.Connection, keys: Sequence[Key]) -> dict[Key, History]:
    chosen = [practice_id for practice_id, _ in keys], [account_id for _, account_id in keys]
    return histories(
        accounts=[_account(row) for row in await connection.fetch(_ACCOUNTS, *chosen)],
        reports=[
            KeptReport(
                _key(row),
                row["revision"],
                row["encounter_id"],
                row["version"],
                row["patient_paid_cents"],
                row["balance_cents"],
            )
            for row in await connection.fetch(_REPORTS, *chosen)
        ],
        payments=[_payment(row) for row in await connection.fetch(_PAYMENTS, *chosen)],
        statements=[
            KeptStatement(
                account=_key(row),
                statement_id=row["statement_id"],
                number=row["number"],
                revision=row["revision"],
                state=row["state"],
                total_cents=row["total_cents"],
                items=msgspec.json.decode(row["items"] or "[]", type=list[KeptItem]),
                failures=row["failures"],
                documents_whole=bool(row["whole"]),
            )
            for row in await connection.fetch(_STATEMENTS, *chosen)
        ],
        decisions=[
            KeptDecision(
                account=_key(row),
                revision=row["revision"],
                occasion=row["occasion"],
                statement_id=row["statement_id"],
                inputs=from_json(row["inputs"], GateInputs),
                decision=from_json(row["decision"], GateDecision),
            )
            for row in await connection.fetch(_DECISIONS, *chosen)
        ],
    )


async def _findings(connection: asyncpg.Connection) -> list[Finding]:
    found: list[Finding] = []
    after: Key = ("", "")
    while rows := await connection.fetch(_NEXT_ACCOUNTS, *after, _MOST_ACCOUNTS):
        keys = [_key(row) for row in rows]
        found.extend(findings(await _kept(connection, keys)))
        after = keys[-1]
    return found


async def statement_findings(connection: asyncpg.Connection) -> list[Finding]:
    """What does not hold in this service's database; empty when all is proven.

    Statement totals equal the balances as of their revision; no statement was issued for what was
    suppressed; payments are allocated exactly; documents are what their digests say. One snapshot
    is read, some thousand accounts at a time, unless the caller's own transaction is used.
    """
    if connection.is_in_transaction():
        return await _findings(connection)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        return await _findings(connection)


async def published(connection: asyncpg.Connection) -> AsyncIterator[Told]:
    """Each issued statement and recorded payment, by its id; each suppression.

    A suppression goes by account, reason and the moment of the decision that is kept for it. A
    reason that a statement day found is told where it is news: surely where it is another than
    that of the last day on which the encounter was blocked, and where nothing is due at all. Found
    once more it may be news, since who is responsible may have changed in between, which is not
    kept. What was withdrawn was told with the reason that the statement keeps.
    """
    async with connection.transaction():
        for topic, sql in ((StatementIssued.TOPIC, _ISSUED), (PatientPaymentReceived.TOPIC, _PAID)):
            async for practice_id, own_id, at in connection.cursor(sql, prefetch=_PAGE):
                yield Told(topic, practice_id, (own_id,), at)
        for sql in (_WITHDRAWN, _BLOCKED):
            async for practice_id, account_id, reason, at, is_certain in connection.cursor(
                sql, prefetch=_PAGE
            ):
                name = (account_id, reason, at.isoformat())
                yield Told(StatementSuppressed.TOPIC, practice_id, name, at, is_certain)
