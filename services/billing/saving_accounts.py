"""Writing encounter accounts, and the claims and work items that lists are made from."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from services.billing import stored
from services.billing.columns import columns
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.scrub import service_fingerprint
from services.billing.keeping import is_open_to_coverage
from services.billing.projection import figures_of, open_by_claim
from services.billing.workspace import BillingWorkspace

_ACCOUNT_COLUMNS = {
    "practice_id": "text",
    "encounter_id": "text",
    "patient_id": "text",
    "account_id": "text",
    "service_date": "date",
    "fingerprint": "text",
    "open_to_coverage": "bool",
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


async def save_encounters(connection: asyncpg.Connection, rows: BillingWorkspace) -> None:
    """Write changed accounts; an account that another made meanwhile fails the transaction."""
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
        await connection.execute(_NEW_ACCOUNTS, *columns(new, len(_ACCOUNT_NAMES)))
    if old:
        await connection.execute(_CHANGED_ACCOUNTS, *columns(old, len(_ACCOUNT_NAMES)))
    if claims:
        await connection.execute(_SAVE_CLAIMS, *columns(claims, 13))
    if items:
        await connection.execute(_SAVE_ITEMS, *columns(items, 15))


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
        is_open_to_coverage(account),
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
        stored.encode(account),
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
