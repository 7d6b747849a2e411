"""Writing encounter accounts, and the claims and work items that lists are made from."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from services.billing import stored
from services.billing.columns import add_rows
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.scrub import service_fingerprint
from services.billing.domain.work_item import WorkItem
from services.billing.keeping import is_open_to_coverage
from services.billing.projection import figures_of, open_by_claim
from services.billing.workspace import BillingWorkspace

_ACCOUNT = (
    "practice_id",
    "encounter_id",
    "patient_id",
    "account_id",
    "service_date",
    "fingerprint",
    "open_to_coverage",
    "not_billable",
    "balance_told",
    "charge_cents",
    "insurance_paid_cents",
    "contractual_cents",
    "sequestration_cents",
    "other_write_off_cents",
    "patient_applied_cents",
    "open_insurance_cents",
    "undecided_cents",
    "open_patient_cents",
    "unapplied_cents",
    "postings",
    "state",
)
_STATE = ("practice_id", "encounter_id", "state")
_CLAIM = (
    "practice_id",
    "claim_id",
    "encounter_id",
    "payer_level",
    "version",
    "frequency_code",
    "payer_id",
    "state",
    "replaced_by",
    "charge_cents",
    "open_cents",
    "filing_deadline",
    "submitted_at",
)
_WORK_ITEM = (
    "practice_id",
    "item_id",
    "encounter_id",
    "claim_id",
    "kind",
    "state",
    "reason",
    "line",
    "amount_cents",
    "action",
    "due_on",
    "owner",
    "opened_at",
    "closed_at",
    "resolution",
)


def _change(place: int, table: str, kind: str, names: Sequence[str]) -> str:
    """An update of many rows, each a value of the type ``kind``; the first two names are its key.

    One array of rows costs both sides half of what an array a column does.
    """
    practice, own, *rest = names
    changes = ", ".join(f"{name} = k.{name}" for name in rest)
    return (
        f"update billing.{table} t set {changes} from unnest(${place}::billing.{kind}[]) k "
        f"where t.{practice} = k.{practice} and t.{own} = k.{own}"
    )


_CHANGE = f"""
with accounts as ({_change(1, "encounter_account", "account_row", _ACCOUNT)}),
states as ({_change(2, "encounter_account", "account_state", _STATE)}),
claims as ({_change(3, "claim", "claim_row", _CLAIM)}),
items as ({_change(4, "work_item", "work_item_row", _WORK_ITEM)})
insert into billing.work_item ({", ".join(_WORK_ITEM)})
select {", ".join(_WORK_ITEM)} from unnest($5::billing.work_item_row[])
"""
"""Every change of a batch in one statement; no row is named twice."""


@dataclass(slots=True)
class _Writes:
    """The rows of a batch by what is done with them."""

    accounts: list[tuple[Any, ...]] = field(default_factory=list)
    new_accounts: list[tuple[Any, ...]] = field(default_factory=list)
    states: list[tuple[Any, ...]] = field(default_factory=list)
    claims: list[tuple[Any, ...]] = field(default_factory=list)
    new_claims: list[tuple[Any, ...]] = field(default_factory=list)
    items: list[tuple[Any, ...]] = field(default_factory=list)
    new_items: list[tuple[Any, ...]] = field(default_factory=list)


async def save_encounters(connection: asyncpg.Connection, rows: BillingWorkspace) -> None:
    """Write changed accounts; an account that another made meanwhile fails the transaction."""
    writes = _Writes()
    for _, account in sorted(rows.encounters.changed().items()):
        _add(writes, account, rows.before.get((account.practice_id, account.encounter_id)))
    await add_rows(connection, "encounter_account", _ACCOUNT, writes.new_accounts)
    await add_rows(connection, "claim", _CLAIM, writes.new_claims)
    changes = (writes.accounts, writes.states, writes.claims, writes.items, writes.new_items)
    if any(changes):
        await connection.execute(_CHANGE, *changes)


def _add(writes: _Writes, account: EncounterAccount, before: EncounterAccount | None) -> None:
    if before is None:
        writes.new_accounts.append(_account_row(account))
        writes.new_claims += _claim_rows(account)
        writes.new_items += [_item_row(account, item) for item in account.items]
        return
    if _columns_differ(account, before):
        writes.accounts.append(_account_row(account))
    else:
        writes.states.append((account.practice_id, account.encounter_id, stored.encode(account)))
    if account.claims != before.claims or account.ledger != before.ledger:
        known = {row[1]: row for row in _claim_rows(before)}
        for row in _claim_rows(account):
            was = known.get(row[1])
            if was is None:
                writes.new_claims.append(row)
            elif was != row:
                writes.claims.append(row)
    if account.items != before.items:
        kept = {item.item_id: item for item in before.items}
        for item in account.items:
            if item.item_id not in kept:
                writes.new_items.append(_item_row(account, item))
            elif kept[item.item_id] != item:
                writes.items.append(_item_row(account, item))


def _columns_differ(account: EncounterAccount, before: EncounterAccount) -> bool:
    """Whether anything changed that a column beside the state shows."""
    return (
        account.ledger != before.ledger
        or account.items != before.items
        or account.applied != before.applied
        or account.coded != before.coded
        or account.told != before.told
        or account.patient_id != before.patient_id
        or account.account_id != before.account_id
        or account.not_billable != before.not_billable
        or is_open_to_coverage(account) != is_open_to_coverage(before)
    )


def _account_row(account: EncounterAccount) -> tuple[Any, ...]:
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
        *figures_of(account),
        account.ledger.postings,
        stored.encode(account),
    )


def _claim_rows(account: EncounterAccount) -> list[tuple[Any, ...]]:
    owed = open_by_claim(account)
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
    ]


def _item_row(account: EncounterAccount, item: WorkItem) -> tuple[Any, ...]:
    return (
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
