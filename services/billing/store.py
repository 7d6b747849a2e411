"""Billing's rows in PostgreSQL: the only place with SQL that decisions depend on.

Each function uses a number of statements that does not depend on the size of the batch.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import asyncpg
import msgspec
from pydantic import BaseModel

from schemas.claim import (
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimTransmitted,
    RemittanceReceived,
)
from schemas.coding import EncounterCoded, EncounterStateChanged
from schemas.patient_account import PatientPaymentReceived
from schemas.reference import CoverageRegistered
from services.billing.decisions import EncounterDecision
from services.billing.domain import ledger_account as accounts
from services.billing.domain.coverage import PatientCoverage
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.patient_account import PatientAccount
from services.billing.domain.remittance import Remittance
from services.billing.domain.scrub import service_fingerprint
from services.billing.keeping import SEPARATOR, is_unsent
from services.billing.projection import figures_of, open_by_claim
from services.billing.workspace import BillingWorkspace, Key, LedgerRow
from services.chassis.incoming import DeadlineDue, Incoming

_ACCOUNT = msgspec.json.Decoder(EncounterAccount)
_COVERAGE = msgspec.json.Decoder(PatientCoverage)
_PATIENT_ACCOUNT = msgspec.json.Decoder(PatientAccount)
_REMITTANCE = msgspec.json.Decoder(Remittance)
_BY_ENCOUNTER = (
    EncounterCoded,
    EncounterStateChanged,
    ClaimTransmitted,
    ClaimAcknowledged,
    ClaimAdjudicated,
    EncounterDecision,
)

_UNSENT = """
select e.practice_id, e.encounter_id
from billing.encounter_account e
join unnest($1::text[], $2::text[]) as k(practice_id, patient_id) using (practice_id, patient_id)
where e.unsent
"""

_ENCOUNTERS = """
select e.practice_id, e.encounter_id, e.state
from billing.encounter_account e
join unnest($1::text[], $2::text[]) as k(practice_id, encounter_id)
    using (practice_id, encounter_id)
order by e.practice_id, e.encounter_id for update of e
"""

_PATIENTS = """
select k.practice_id, k.patient_id, p.account_id, c.state
from unnest($1::text[], $2::text[]) as k(practice_id, patient_id)
left join billing.patient p using (practice_id, patient_id)
left join billing.coverage c using (practice_id, patient_id)
"""

_SERVICES = """
select e.practice_id, e.patient_id, e.service_date, e.encounter_id, e.fingerprint
from billing.encounter_account e
join unnest($1::text[], $2::text[], $3::date[]) as k(practice_id, patient_id, service_date)
    using (practice_id, patient_id, service_date)
where e.fingerprint <> ''
"""

_PATIENT_ACCOUNTS = """
select a.practice_id, a.account_id, a.state
from billing.patient_account a
join unnest($1::text[], $2::text[]) as k(practice_id, account_id) using (practice_id, account_id)
order by a.practice_id, a.account_id for update of a
"""

_REMITTANCES = """
select r.practice_id, r.remittance_id, r.state
from billing.remittance r
join unnest($1::text[], $2::text[]) as k(practice_id, remittance_id)
    using (practice_id, remittance_id)
"""


async def load(connection: asyncpg.Connection, inputs: Sequence[Incoming[Any]]) -> BillingWorkspace:
    """Every row that the batch may need; accounts are locked in the order of their keys."""
    rows = BillingWorkspace()
    wanted = _Wanted.of(inputs)
    await _load_encounters(connection, rows, wanted)
    if wanted.patients:
        for row in await connection.fetch(_PATIENTS, *_columns(sorted(wanted.patients), 2)):
            key = (row["practice_id"], row["patient_id"])
            if row["account_id"] is not None:
                rows.patients.fill({key: row["account_id"]})
            if row["state"] is not None:
                rows.coverages.fill({key: _COVERAGE.decode(row["state"])})
    if wanted.services:
        found: dict[tuple[str, str, date], dict[str, str]] = {}
        for row in await connection.fetch(_SERVICES, *_columns(sorted(wanted.services), 3)):
            day = (row["practice_id"], row["patient_id"], row["service_date"])
            found.setdefault(day, {})[row["encounter_id"]] = row["fingerprint"]
        rows.services.fill(found)
    if wanted.accounts:
        for row in await connection.fetch(_PATIENT_ACCOUNTS, *_columns(sorted(wanted.accounts), 2)):
            key = (row["practice_id"], row["account_id"])
            rows.patient_accounts.fill({key: _PATIENT_ACCOUNT.decode(row["state"])})
            rows.known_patient_accounts.add(key)
    if wanted.remittances:
        for row in await connection.fetch(_REMITTANCES, *_columns(sorted(wanted.remittances), 2)):
            key = (row["practice_id"], row["remittance_id"])
            rows.remittances.fill({key: _REMITTANCE.decode(row["state"])})
    return rows


async def _load_encounters(
    connection: asyncpg.Connection, rows: BillingWorkspace, wanted: "_Wanted"
) -> None:
    keys = set(wanted.encounters)
    if wanted.covered:
        for row in await connection.fetch(_UNSENT, *_columns(sorted(wanted.covered), 2)):
            keys.add((row["practice_id"], row["encounter_id"]))
    if not keys:
        return
    found: dict[Key, EncounterAccount] = {}
    for row in await connection.fetch(_ENCOUNTERS, *_columns(sorted(keys), 2)):
        key = (row["practice_id"], row["encounter_id"])
        account = _ACCOUNT.decode(row["state"])
        found[key] = account
        if is_unsent(account):
            patient = (account.practice_id, account.patient_id)
            rows.unsent.setdefault(patient, set()).add(account.encounter_id)
    rows.encounters.fill(found)
    rows.before = found


class _Wanted:
    """The keys that a batch names."""

    def __init__(self) -> None:
        self.encounters: set[Key] = set()
        self.patients: set[Key] = set()
        self.covered: set[Key] = set()
        self.services: set[tuple[str, str, date]] = set()
        self.accounts: set[Key] = set()
        self.remittances: set[Key] = set()

    @classmethod
    def of(cls, inputs: Sequence[Incoming[Any]]) -> "_Wanted":
        wanted = cls()
        for incoming in inputs:
            wanted._add(incoming.event)
        return wanted

    def _add(self, event: BaseModel) -> None:
        if isinstance(event, _BY_ENCOUNTER):
            self.encounters.add((event.practice_id, event.encounter_id))
        if isinstance(event, EncounterCoded):
            self.patients.add((event.practice_id, event.patient_id))
            self.services.add((event.practice_id, event.patient_id, event.service_date))
        elif isinstance(event, CoverageRegistered):
            self.patients.add((event.practice_id, event.patient_id))
            self.covered.add((event.practice_id, event.patient_id))
        elif isinstance(event, PatientPaymentReceived):
            self.accounts.add((event.practice_id, event.account_id))
            for each in event.allocations:
                self.encounters.add((event.practice_id, each.encounter_id))
        elif isinstance(event, RemittanceReceived):
            self.remittances.add((event.practice_id, event.remittance_id))
        elif isinstance(event, DeadlineDue):
            self.encounters.add((event.practice_id, event.key.split(SEPARATOR, 1)[0]))


def _columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    columns: list[list[Any]] = [[] for _ in range(width)]
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            column.append(value)
    return columns


_SAVE_PATIENTS = """
insert into billing.patient select * from unnest($1::text[], $2::text[], $3::text[])
on conflict (practice_id, patient_id) do update set account_id = excluded.account_id
"""

_SAVE_COVERAGES = """
insert into billing.coverage select * from unnest($1::text[], $2::text[], $3::bytea[])
on conflict (practice_id, patient_id) do update set state = excluded.state
"""

_ACCOUNT_COLUMNS = {
    "practice_id": "text",
    "encounter_id": "text",
    "patient_id": "text",
    "account_id": "text",
    "service_date": "date",
    "fingerprint": "text",
    "unsent": "bool",
    "not_billable": "bool",
    "balance_told": "bool",
    "charge_cents": "bigint",
    "insurance_paid_cents": "bigint",
    "contractual_cents": "bigint",
    "sequestration_cents": "bigint",
    "other_write_off_cents": "bigint",
    "patient_applied_cents": "bigint",
    "open_insurance_cents": "bigint",
    "undecided_cents": "bigint",
    "open_patient_cents": "bigint",
    "unapplied_cents": "bigint",
    "postings": "bigint",
    "state": "bytea",
}
_ACCOUNT_NAMES = tuple(_ACCOUNT_COLUMNS)
_ACCOUNT_TYPES = tuple(_ACCOUNT_COLUMNS.values())


def _unnest(types: Sequence[str]) -> str:
    return ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types, start=1))


_NEW_ACCOUNTS = (
    f"insert into billing.encounter_account ({', '.join(_ACCOUNT_NAMES)}) "
    f"select * from unnest({_unnest(_ACCOUNT_TYPES)})"
)
_CHANGED_ACCOUNTS = (
    "update billing.encounter_account e set "
    + ", ".join(f"{name} = k.{name}" for name in _ACCOUNT_NAMES[2:])
    + f" from unnest({_unnest(_ACCOUNT_TYPES)}) as k({', '.join(_ACCOUNT_NAMES)}) "
    "where e.practice_id = k.practice_id and e.encounter_id = k.encounter_id"
)

_SAVE_CLAIMS = """
insert into billing.claim
select * from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::text[],
    $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::date[],
    $13::timestamptz[])
on conflict (practice_id, claim_id) do update set
    state = excluded.state, replaced_by = excluded.replaced_by, payer_id = excluded.payer_id,
    charge_cents = excluded.charge_cents, open_cents = excluded.open_cents,
    filing_deadline = excluded.filing_deadline, submitted_at = excluded.submitted_at
"""

_SAVE_ITEMS = """
insert into billing.work_item
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
    $7::text[], $8::int[], $9::bigint[], $10::text[], $11::date[], $12::text[], $13::timestamptz[],
    $14::timestamptz[], $15::text[])
on conflict (practice_id, item_id) do update set
    state = excluded.state, reason = excluded.reason, amount_cents = excluded.amount_cents,
    action = excluded.action, due_on = excluded.due_on, owner = excluded.owner,
    closed_at = excluded.closed_at, resolution = excluded.resolution
"""

_SAVE_POSTINGS = """
insert into billing.posting
select * from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::int[],
    $7::text[], $8::text[], $9::text[], $10::bigint[], $11::text[], $12::text[], $13::text[],
    $14::text[], $15::int[], $16::timestamptz[])
"""

_NEW_PATIENT_ACCOUNTS = """
insert into billing.patient_account
select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[])
"""

_CHANGED_PATIENT_ACCOUNTS = """
update billing.patient_account a set unapplied_cents = k.unapplied_cents, state = k.state
from unnest($1::text[], $2::text[], $3::bigint[], $4::bytea[])
    as k(practice_id, account_id, unapplied_cents, state)
where a.practice_id = k.practice_id and a.account_id = k.account_id
"""

_NEW_REMITTANCES = """
insert into billing.remittance
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::date[], $6::bigint[],
    $7::bigint[], $8::bytea[])
"""

_SAVE_CASH = """
insert into billing.remittance_cash
select * from unnest($1::text[], $2::text[], $3::bigint[])
on conflict (practice_id, remittance_id)
do update set claims_cents = billing.remittance_cash.claims_cents + excluded.claims_cents
"""


async def save(connection: asyncpg.Connection, rows: BillingWorkspace) -> None:
    """Write what the batch changed. A row that another made meanwhile fails the transaction."""
    await _save_references(connection, rows)
    await _save_encounters(connection, rows)
    await _save_money(connection, rows)


async def _save_references(connection: asyncpg.Connection, rows: BillingWorkspace) -> None:
    patients = sorted(rows.patients.changed().items())
    if patients:
        await connection.execute(
            _SAVE_PATIENTS, *_columns([(*key, account) for key, account in patients], 3)
        )
    coverages = sorted(rows.coverages.changed().items())
    if coverages:
        await connection.execute(
            _SAVE_COVERAGES,
            *_columns([(*key, msgspec.json.encode(state)) for key, state in coverages], 3),
        )


async def _save_encounters(connection: asyncpg.Connection, rows: BillingWorkspace) -> None:
    changed = [account for _, account in sorted(rows.encounters.changed().items())]
    new: list[tuple[Any, ...]] = []
    old: list[tuple[Any, ...]] = []
    claims: list[tuple[Any, ...]] = []
    items: list[tuple[Any, ...]] = []
    for account in changed:
        before = rows.before.get((account.practice_id, account.encounter_id))
        (new if before is None else old).append(_account_row(account))
        claims.extend(_claim_rows(account, before))
        items.extend(_item_rows(account, before))
    if new:
        await connection.execute(_NEW_ACCOUNTS, *_columns(new, len(_ACCOUNT_NAMES)))
    if old:
        await connection.execute(_CHANGED_ACCOUNTS, *_columns(old, len(_ACCOUNT_NAMES)))
    if claims:
        await connection.execute(_SAVE_CLAIMS, *_columns(claims, 13))
    if items:
        await connection.execute(_SAVE_ITEMS, *_columns(items, 15))


def _account_row(account: EncounterAccount) -> tuple[Any, ...]:
    figures = figures_of(account)
    coded = account.coded
    live = coded is not None and not account.not_billable
    return (
        account.practice_id,
        account.encounter_id,
        account.patient_id,
        account.account_id,
        coded.service_date if coded is not None else None,
        service_fingerprint(coded.rendering_provider_id, coded.lines)
        if coded is not None and live
        else "",
        is_unsent(account),
        account.not_billable,
        bool(account.told),
        figures.charge_cents,
        figures.insurance_paid_cents,
        figures.contractual_cents,
        figures.sequestration_cents,
        figures.other_write_off_cents,
        figures.patient_applied_cents,
        figures.open_insurance_cents,
        figures.undecided_cents,
        figures.open_patient_cents,
        figures.unapplied_cents,
        account.ledger.postings,
        msgspec.json.encode(account),
    )


def _claim_rows(
    account: EncounterAccount, before: EncounterAccount | None
) -> list[tuple[Any, ...]]:
    owed = open_by_claim(account)
    owed_before = open_by_claim(before) if before is not None else {}
    known = {claim.claim_id: claim for claim in before.claims} if before is not None else {}
    return [
        (
            account.practice_id,
            claim.claim_id,
            account.encounter_id,
            claim.level,
            claim.version,
            claim.frequency_code,
            claim.content.payer_id,
            claim.state,
            claim.replaced_by,
            claim.content.charge_cents,
            owed.get(claim.claim_id, 0),
            claim.filing_deadline,
            claim.submitted_at,
        )
        for claim in account.claims
        if known.get(claim.claim_id) != claim
        or owed.get(claim.claim_id, 0) != owed_before.get(claim.claim_id, 0)
    ]


def _item_rows(account: EncounterAccount, before: EncounterAccount | None) -> list[tuple[Any, ...]]:
    known = {item.item_id: item for item in before.items} if before is not None else {}
    return [
        (
            account.practice_id,
            item.item_id,
            account.encounter_id,
            item.claim_id,
            item.kind,
            item.state,
            item.reason,
            item.line,
            item.amount_cents,
            item.action,
            item.due_on,
            item.owner,
            item.opened_at,
            item.closed_at,
            item.resolution,
        )
        for item in account.items
        if known.get(item.item_id) != item
    ]


async def _save_money(connection: asyncpg.Connection, rows: BillingWorkspace) -> None:
    postings = rows.postings.all()
    if postings:
        await connection.execute(
            _SAVE_POSTINGS, *_columns([_posting_row(row) for row in postings], 16)
        )
    new: list[tuple[Any, ...]] = []
    old: list[tuple[Any, ...]] = []
    for key, account in sorted(rows.patient_accounts.changed().items()):
        row = (*key, account.unapplied_cents, msgspec.json.encode(account))
        (old if key in rows.known_patient_accounts else new).append(row)
    if new:
        await connection.execute(_NEW_PATIENT_ACCOUNTS, *_columns(new, 4))
    if old:
        await connection.execute(_CHANGED_PATIENT_ACCOUNTS, *_columns(old, 4))
    remittances = [
        (
            *key,
            each.payer_id,
            each.trace_number,
            each.paid_on,
            each.payment_cents,
            each.claims_paid_cents,
            msgspec.json.encode(each),
        )
        for key, each in sorted(rows.remittances.changed().items())
    ]
    if remittances:
        await connection.execute(_NEW_REMITTANCES, *_columns(remittances, 8))
    cash = claims_cash(postings)
    if cash:
        await connection.execute(
            _SAVE_CASH, *_columns([(*key, cents) for key, cents in sorted(cash.items())], 3)
        )


def claims_cash(postings: Iterable[LedgerRow]) -> dict[Key, int]:
    """By remittance, the cash that these postings took in for claims, in cents."""
    cash: dict[Key, int] = {}
    for row in postings:
        posting = row.posting
        if not posting.origin.remittance_id or row.ledger.startswith("remittance:"):
            continue
        if accounts.CASH_INS in {posting.debit, posting.credit}:
            signed = (
                posting.amount_cents
                if posting.debit == accounts.CASH_INS
                else -posting.amount_cents
            )
            key = (row.practice_id, posting.origin.remittance_id)
            cash[key] = cash.get(key, 0) + signed
    return cash


def _posting_row(row: LedgerRow) -> tuple[Any, ...]:
    posting = row.posting
    return (
        row.practice_id,
        row.ledger,
        posting.source,
        posting.ordinal,
        posting.number,
        posting.line,
        posting.kind,
        posting.debit,
        posting.credit,
        posting.amount_cents,
        posting.detail,
        posting.origin.claim_id,
        posting.origin.payer_id,
        posting.origin.remittance_id,
        posting.reverses,
        row.posted_at,
    )
