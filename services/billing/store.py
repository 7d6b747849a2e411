"""Billing's rows in PostgreSQL: what a batch reads and writes.

Each function uses a number of statements that does not depend on the size of the batch.
"""

from collections.abc import Iterable
from typing import Any

import asyncpg

from services.billing import stored
from services.billing.columns import add_rows, columns
from services.billing.domain import ledger_account as accounts
from services.billing.loading import load
from services.billing.saving_accounts import save_encounters
from services.billing.workspace import BillingWorkspace, Key, LedgerRow

__all__ = ["load", "save"]

_SAVE_PATIENTS = """
insert into billing.patient select * from unnest($1::text[], $2::text[], $3::text[])
on conflict (practice_id, patient_id) do update set account_id = excluded.account_id
"""

_SAVE_COVERAGES = """
insert into billing.coverage select * from unnest($1::text[], $2::text[], $3::bytea[])
on conflict (practice_id, patient_id) do update set state = excluded.state
"""

_JOURNAL = ("practice_id", "ledger", "number", "ordinal", "source", "posted_at", "entries")

_SAVE_MONEY = """
with new_accounts as (
    insert into billing.patient_account
    select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[])
),
changed_accounts as (
    update billing.patient_account a set unapplied_cents = k.unapplied_cents, state = k.state
    from unnest($5::text[], $6::text[], $7::bigint[], $8::bytea[])
        as k(practice_id, account_id, unapplied_cents, state)
    where a.practice_id = k.practice_id and a.account_id = k.account_id
),
remittances as (
    insert into billing.remittance
    select * from unnest($9::text[], $10::text[], $11::text[], $12::text[], $13::date[],
        $14::bigint[], $15::bigint[], $16::bytea[])
)
insert into billing.remittance_cash
select * from unnest($17::text[], $18::text[], $19::bigint[])
on conflict (practice_id, remittance_id)
do update set claims_cents = billing.remittance_cash.claims_cents + excluded.claims_cents
"""


async def save(connection: asyncpg.Connection, rows: BillingWorkspace) -> None:
    """Write what the batch changed.

    An account, claim, work item, posting or remittance that another transaction added since it was
    looked for raises ``asyncpg.UniqueViolationError``. Patients and coverages are written over:
    each event holds the whole of one, and one lane brings the events of each in their order. The
    cash of a remittance is added to what is there.
    """
    await _save_references(connection, rows)
    await save_encounters(connection, rows)
    await _save_money(connection, rows)


async def _save_references(connection: asyncpg.Connection, rows: BillingWorkspace) -> None:
    patients = sorted(rows.patients.changed().items())
    if patients:
        await connection.execute(
            _SAVE_PATIENTS, *columns([(*key, account) for key, account in patients], 3)
        )
    coverages = sorted(rows.coverages.changed().items())
    if coverages:
        await connection.execute(
            _SAVE_COVERAGES,
            *columns([(*key, stored.encode(state)) for key, state in coverages], 3),
        )


async def _save_money(connection: asyncpg.Connection, rows: BillingWorkspace) -> None:
    posted = rows.postings.all()
    await add_rows(connection, "journal", _JOURNAL, [journal_row(row) for row in posted])
    new: list[tuple[Any, ...]] = []
    old: list[tuple[Any, ...]] = []
    for key, account in sorted(rows.patient_accounts.changed().items()):
        row = (*key, account.unapplied_cents, stored.encode(account))
        (new if rows.patient_accounts.is_new(key) else old).append(row)
    remittances = [
        (
            *key,
            each.payer_id,
            each.trace_number,
            each.paid_on,
            each.payment_cents,
            each.claims_paid_cents,
            stored.encode(each),
        )
        for key, each in sorted(rows.remittances.changed().items())
    ]
    cash = [(*key, cents) for key, cents in sorted(claims_cash(posted).items())]
    if new or old or remittances or cash:
        await connection.execute(
            _SAVE_MONEY,
            *columns(new, 4),
            *columns(old, 4),
            *columns(remittances, 8),
            *columns(cash, 3),
        )


def claims_cash(posted: Iterable[LedgerRow]) -> dict[Key, int]:
    """By remittance, the cash that these postings took in for claims, in cents."""
    cash: dict[Key, int] = {}
    for row in posted:
        if row.ledger.startswith("remittance:"):
            continue
        for posting in row.postings:
            remittance_id = posting.origin.remittance_id
            if not remittance_id or accounts.CASH_INS not in {posting.debit, posting.credit}:
                continue
            signed = (
                posting.amount_cents
                if posting.debit == accounts.CASH_INS
                else -posting.amount_cents
            )
            key = (row.practice_id, remittance_id)
            cash[key] = cash.get(key, 0) + signed
    return cash


def journal_row(row: LedgerRow) -> tuple[Any, ...]:
    """What one cause posted, in the order of the journal's columns."""
    first = row.postings[0]
    return (
        row.practice_id,
        row.ledger,
        first.number,
        first.ordinal,
        first.source,
        row.posted_at,
        stored.entries_of(row.postings),
    )
