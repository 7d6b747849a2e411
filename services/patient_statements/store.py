"""The batch's rows: one statement a table to read, one a table to write, whatever its size."""

from collections.abc import Iterable, Sequence
from typing import Any

import asyncpg

from schemas.patient_account import PatientBalanceDue
from schemas.reference import CoverageRegistered, PatientRegistered
from services.chassis.incoming import DeadlineDue, Incoming
from services.patient_statements.decisions import AccountCommand, RecordPayment
from services.patient_statements.domain.account import Account
from services.patient_statements.domain.coverage_programme import CoverageProgramme
from services.patient_statements.domain.payment import Allocation, Payment
from services.patient_statements.domain.readings import ReportedBalance
from services.patient_statements.domain.responsible_party import Patient, Practice
from services.patient_statements.rows import from_document, from_json, to_document, to_json
from services.patient_statements.workspace import (
    DecisionRecord,
    Key,
    StatementsWorkspace,
)

_PAIRS = "unnest($1::text[], $2::text[])"

_ACCOUNTS_OF_PATIENTS = f"""
select p.practice_id, p.account_id
from patient p join {_PAIRS} as w (practice_id, patient_id) using (practice_id, patient_id)
order by p.practice_id, p.patient_id
for update of p
"""
"""Held until the end: news of a patient and the balance that opens the account see each other,
though no row of the account was there to be locked."""

_LOCK_ACCOUNTS = f"""
select a.practice_id, a.account_id, a.document
from account a join {_PAIRS} as w (practice_id, account_id) using (practice_id, account_id)
order by a.practice_id, a.account_id
for update of a
"""

_PATIENTS = f"""
select p.practice_id, p.patient_id, p.document
from patient p join {_PAIRS} as w (practice_id, account_id) using (practice_id, account_id)
union
select p.practice_id, p.patient_id, p.document
from patient p
join unnest($3::text[], $4::text[]) as w (practice_id, patient_id) using (practice_id, patient_id)
"""

_COVERAGE = f"""
select c.practice_id, c.patient_id, c.document
from coverage_programme c
join {_PAIRS} as w (practice_id, patient_id) using (practice_id, patient_id)
"""

_PRACTICES = "select practice_id, document from practice where practice_id = any($1::text[])"

_PAYMENTS = f"""
select p.* from payment p
join {_PAIRS} as w (practice_id, payment_id) using (practice_id, payment_id)
"""

_SAVE_PRACTICES = """
insert into practice (practice_id, document)
select practice_id, document
from unnest($1::text[], $2::bytea[]) as n (practice_id, document)
on conflict (practice_id) do update set document = excluded.document
"""

_SAVE_PATIENTS = """
insert into patient (practice_id, patient_id, account_id, document)
select practice_id, patient_id, account_id, document
from unnest($1::text[], $2::text[], $3::text[], $4::bytea[])
    as n (practice_id, patient_id, account_id, document)
on conflict (practice_id, patient_id) do update
set account_id = excluded.account_id, document = excluded.document
"""

_SAVE_COVERAGE = """
insert into coverage_programme (practice_id, patient_id, document)
select practice_id, patient_id, document
from unnest($1::text[], $2::text[], $3::bytea[]) as n (practice_id, patient_id, document)
on conflict (practice_id, patient_id) do update set document = excluded.document
"""

_SAVE_ACCOUNTS = """
with kept as materialized (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::bigint[],
                         $7::timestamptz[], $8::bytea[], $9::boolean[])
        as n (practice_id, account_id, state, revision, due_cents, credit_cents,
              next_statement_at, document, is_new)
), added as (
    insert into account (practice_id, account_id, state, revision, due_cents, credit_cents,
                         next_statement_at, document)
    select practice_id, account_id, state, revision, due_cents, credit_cents,
           next_statement_at, document
    from kept where is_new
)
update account a
set state = k.state, revision = k.revision, due_cents = k.due_cents,
    credit_cents = k.credit_cents, next_statement_at = k.next_statement_at, document = k.document
from kept k
where not k.is_new and a.practice_id = k.practice_id and a.account_id = k.account_id
"""

_REPORT = (
    "practice_id",
    "account_id",
    "revision",
    "encounter_id",
    "version",
    "patient_paid_cents",
    "balance_cents",
    "protection",
    "insurance_final",
    "as_of",
)

_ADD_PAYMENTS = """
insert into payment (practice_id, payment_id, account_id, revision, amount_cents, unapplied_cents,
                     method, received_at, allocations)
select practice_id, payment_id, account_id, revision, amount_cents, unapplied_cents, method,
       received_at, allocations::jsonb
from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::bigint[], $6::bigint[], $7::text[],
            $8::timestamptz[], $9::text[])
    as n (practice_id, payment_id, account_id, revision, amount_cents, unapplied_cents, method,
          received_at, allocations)
"""

_ADD_DECISIONS = """
insert into statement_decision (practice_id, account_id, revision, occasion, statement_id,
                                decided_at, inputs, decision)
select practice_id, account_id, revision, occasion, statement_id, decided_at, inputs::jsonb,
       decision::jsonb
from unnest($1::text[], $2::text[], $3::int[], $4::text[], $5::text[], $6::timestamptz[],
            $7::text[], $8::text[])
    as n (practice_id, account_id, revision, occasion, statement_id, decided_at, inputs, decision)
"""

_ADD_STATEMENTS = """
insert into statement (practice_id, statement_id, account_id, number, revision, state, notice,
                       total_cents, due_on, content, cause_id, decided_at)
select practice_id, statement_id, account_id, number, revision, 'to_render', notice, total_cents,
       due_on, content::jsonb, cause_id, decided_at
from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::text[], $7::bigint[],
            $8::date[], $9::text[], $10::uuid[], $11::timestamptz[])
    as n (practice_id, statement_id, account_id, number, revision, notice, total_cents, due_on,
          content, cause_id, decided_at)
"""


def _columns(keys: Iterable[Key]) -> tuple[list[str], list[str]]:
    ordered = sorted(set(keys))
    return [practice_id for practice_id, _ in ordered], [own_id for _, own_id in ordered]


def _payment(row: asyncpg.Record) -> Payment:
    return Payment(
        practice_id=row["practice_id"],
        payment_id=row["payment_id"],
        account_id=row["account_id"],
        amount_cents=row["amount_cents"],
        method=row["method"],
        allocations=from_json(row["allocations"], tuple[Allocation, ...]),
        unapplied_cents=row["unapplied_cents"],
        received_at=row["received_at"],
        revision=row["revision"],
    )


async def lock_households(
    connection: asyncpg.Connection,
    work: StatementsWorkspace,
    accounts: Iterable[Key],
    patients: Iterable[Key] = (),
) -> None:
    """Lock accounts, in order, and load them with their people; ``patients`` come along."""
    practice_ids, account_ids = _columns(accounts)
    rows = await connection.fetch(_LOCK_ACCOUNTS, practice_ids, account_ids)
    found = {
        (row["practice_id"], row["account_id"]): from_document(row["document"], Account)
        for row in rows
    }
    work.accounts.fill(found)
    on_them = {
        (account.practice_id, each.patient_id)
        for account in found.values()
        for each in account.encounters
    }
    rows = await connection.fetch(
        _PATIENTS, practice_ids, account_ids, *_columns(on_them | set(patients))
    )
    people = {
        (row["practice_id"], row["patient_id"]): from_document(row["document"], Patient)
        for row in rows
    }
    work.fill_patients(people)
    rows = await connection.fetch(_COVERAGE, *_columns({*people, *patients}))
    work.coverage.fill(
        {
            (row["practice_id"], row["patient_id"]): from_document(
                row["document"], CoverageProgramme
            )
            for row in rows
        }
    )


async def load(
    connection: asyncpg.Connection, incoming: Sequence[Incoming[Any]]
) -> StatementsWorkspace:
    """Every row that the batch may need; six statements.

    The patients that are named are locked in key order, then the accounts.
    """
    accounts: set[Key] = set()
    patients: set[Key] = set()
    practices: set[str] = set()
    payments: set[Key] = set()
    for each in incoming:
        event = each.event
        match event:
            case ReportedBalance() | PatientBalanceDue():
                accounts.add((event.practice_id, event.account_id))
                patients.add((event.practice_id, event.patient_id))
                practices.add(event.practice_id)
            case PatientRegistered():
                accounts.add((event.practice_id, event.account_id))
                patients.add((event.practice_id, event.patient_id))
            case CoverageRegistered():
                patients.add((event.practice_id, event.patient_id))
            case DeadlineDue():
                accounts.add((event.practice_id, event.key))
                practices.add(event.practice_id)
            case AccountCommand():
                accounts.add((event.practice_id, event.account_id))
                if isinstance(event, RecordPayment):
                    payments.add((event.practice_id, event.payment_id))
    work = StatementsWorkspace()
    rows = await connection.fetch(_ACCOUNTS_OF_PATIENTS, *_columns(patients))
    accounts.update((row["practice_id"], row["account_id"]) for row in rows)
    await lock_households(connection, work, accounts, patients)
    rows = await connection.fetch(_PRACTICES, sorted(practices))
    work.practices.fill(
        {row["practice_id"]: from_document(row["document"], Practice) for row in rows}
    )
    if payments:
        rows = await connection.fetch(_PAYMENTS, *_columns(payments))
        work.payments.fill({(row["practice_id"], row["payment_id"]): _payment(row) for row in rows})
    return work


async def save(connection: asyncpg.Connection, work: StatementsWorkspace) -> None:
    """Write what the batch changed and added; at most eight statements.

    An account or a payment that another transaction added since it was looked for raises
    ``asyncpg.UniqueViolationError``. Practices, patients and coverage are written over: each event
    holds the whole of one, and one lane brings the events of each in their order.
    """
    await _save_reference(connection, work)
    await save_accounts(connection, work)
    if reports := work.reports.all():
        await connection.copy_records_to_table(
            "balance_report",
            columns=_REPORT,
            records=[
                (
                    *each.account,
                    each.revision,
                    each.encounter.encounter_id,
                    each.encounter.version,
                    each.encounter.patient_paid_cents,
                    each.encounter.reported_cents,
                    each.encounter.protection,
                    each.encounter.insurance_final,
                    each.as_of,
                )
                for each in reports
            ],
        )
    if payments := list(work.payments.changed().values()):
        await connection.execute(
            _ADD_PAYMENTS,
            [each.practice_id for each in payments],
            [each.payment_id for each in payments],
            [each.account_id for each in payments],
            [each.revision for each in payments],
            [each.amount_cents for each in payments],
            [each.unapplied_cents for each in payments],
            [each.method for each in payments],
            [each.received_at for each in payments],
            [to_json(each.allocations) for each in payments],
        )
    await add_decisions(connection, work.decisions.all())
    if statements := work.statements.all():
        taken = [each.statement for each in statements]
        await connection.execute(
            _ADD_STATEMENTS,
            [each.practice_id for each in taken],
            [each.statement_id for each in taken],
            [each.account_id for each in taken],
            [each.number for each in taken],
            [each.revision for each in taken],
            [each.notice for each in taken],
            [each.total_cents for each in taken],
            [each.due_on for each in taken],
            [to_json(each) for each in taken],
            [each.cause_id for each in statements],
            [each.decided_at for each in statements],
        )


async def _save_reference(connection: asyncpg.Connection, work: StatementsWorkspace) -> None:
    if practices := dict(sorted(work.practices.changed().items())):
        await connection.execute(
            _SAVE_PRACTICES, list(practices), [to_document(each) for each in practices.values()]
        )
    if patients := dict(sorted(work.patients.changed().items())):
        await connection.execute(
            _SAVE_PATIENTS,
            [practice_id for practice_id, _ in patients],
            [patient_id for _, patient_id in patients],
            [each.account_id for each in patients.values()],
            [to_document(each) for each in patients.values()],
        )
    if coverage := dict(sorted(work.coverage.changed().items())):
        await connection.execute(
            _SAVE_COVERAGE,
            [practice_id for practice_id, _ in coverage],
            [patient_id for _, patient_id in coverage],
            [to_document(each) for each in coverage.values()],
        )


async def save_accounts(connection: asyncpg.Connection, work: StatementsWorkspace) -> None:
    """Write the accounts that changed.

    Raises ``asyncpg.UniqueViolationError`` for one that another added since it was looked for.
    """
    changed = sorted(work.accounts.changed().items())
    accounts = [account for _, account in changed]
    if accounts:
        await connection.execute(
            _SAVE_ACCOUNTS,
            [each.practice_id for each in accounts],
            [each.account_id for each in accounts],
            [each.state for each in accounts],
            [each.revision for each in accounts],
            [each.due_cents for each in accounts],
            [each.credit_cents for each in accounts],
            [each.cycle.next_at for each in accounts],
            [to_document(each) for each in accounts],
            [work.accounts.is_new(key) for key, _ in changed],
        )


async def add_decisions(
    connection: asyncpg.Connection, decisions: Sequence[DecisionRecord]
) -> None:
    """Keep the gate's decisions with their inputs."""
    if decisions:
        await connection.execute(
            _ADD_DECISIONS,
            [each.account[0] for each in decisions],
            [each.account[1] for each in decisions],
            [each.revision for each in decisions],
            [each.occasion for each in decisions],
            [each.statement_id for each in decisions],
            [each.decided_at for each in decisions],
            [to_json(each.inputs) for each in decisions],
            [to_json(each.decision) for each in decisions],
        )
