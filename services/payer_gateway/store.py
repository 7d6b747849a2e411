"""SQL of the event side: references, claims and quarantine, loaded and saved for a batch."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from services.chassis.incoming import Command, Incoming
from services.payer_gateway.decisions.paper import GiveBack, PaperCommand
from services.payer_gateway.decisions.quarantine import QuarantineCommand
from services.payer_gateway.decisions.remittance import EnterRemittance
from services.payer_gateway.decisions.silence import ResendFile, SettleSilence
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.filing_limit import last_day
from services.payer_gateway.domain.paper_remittance import FormError, entered_key, read_form
from services.payer_gateway.domain.readings import AnyClaim
from services.payer_gateway.domain.reference_data import Coverage, Person, Practice, Provider
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.state import FiledFile, GatewayWorkspace, NewClaim, OwnId
from services.payer_gateway.stores import (
    check_store,
    paper_store,
    quarantine_store,
    remittance_store,
    resend_store,
    silence_store,
)
from services.payer_gateway.stores.remittance_store import insert_remittances, loaded_remittances
from services.payer_gateway.x12.professional_claim_writer import ClaimText

MIGRATIONS = Path(__file__).with_name("migrations")

T = TypeVar("T")

_LONGEST_WAIT = timedelta(days=7)

_REFERENCES = """
select r.kind, r.practice_id, r.own_id, r.state
from unnest($1::text[]) as practice (practice_id) cross join lateral (
    select * from reference r where r.kind = 'practice'
        and r.practice_id = practice.practice_id and r.own_id = practice.practice_id limit 1) r
union all
select r.kind, r.practice_id, r.own_id, r.state
from unnest($2::text[], $3::text[]) as patient (practice_id, own_id) cross join lateral (
    select * from reference r where r.kind in ('patient', 'coverage')
        and r.practice_id = patient.practice_id and r.own_id = patient.own_id limit 2) r
union all
select r.kind, r.practice_id, r.own_id, r.state
from unnest($4::text[], $5::text[]) as provider (practice_id, own_id) cross join lateral (
    select * from reference r where r.kind = 'provider'
        and r.practice_id = provider.practice_id and r.own_id = provider.own_id limit 1) r
"""
"""Limits make each a look by key: joined, the whole table would be read while it is not huge."""
_SAVE_REFERENCES = """
insert into reference (kind, practice_id, own_id, npi, state)
select kind, practice_id, own_id, npi, state
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[])
    as t (kind, practice_id, own_id, npi, state)
on conflict (kind, practice_id, own_id) do update set npi = excluded.npi, state = excluded.state
"""
CLAIMS_BY_ID = """
select practice_id, claim_id, encounter_id, payer_id, state, payer_control_number from claim
where claim_id = any($1::text[]) order by claim_id, practice_id for update
"""
_FILED = """
select c.practice_id, c.encounter_id, c.payer_id, f.name, f.sha256, f.sent_at
from claim c join outbound_file f using (file_id)
where c.encounter_id = any($1::text[]) and f.sent_at is not null
order by f.sent_at, f.name
"""
"""Rare, and by no index: claims that come too late and are not the first of their encounter."""
_INSERT_CLAIMS = """
with new as materialized (
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
                         $6::timestamptz[], $7::bytea[])
        as t (practice_id, claim_id, encounter_id, payer_id, sender_id, waiting_since, content)
), kept as (
    insert into claim (practice_id, claim_id, encounter_id, payer_id, state)
    select practice_id, claim_id, encounter_id, payer_id,
           case when content is null then 'refused' else 'waiting' end from new
)
insert into waiting_claim (payer_id, sender_id, practice_id, waiting_since, claim_id, content)
select payer_id, sender_id, practice_id, waiting_since, claim_id, content
from new where content is not null
"""
_MOVE_CLAIMS = """
update claim c set state = t.state, payer_control_number = t.payer_control_number
from unnest($1::text[], $2::text[], $3::text[], $4::text[])
    as t (practice_id, claim_id, state, payer_control_number)
where c.claim_id = t.claim_id and c.practice_id = t.practice_id
    and c.claim_id = any($2::text[])
"""
_LOCK_FILES = """
select from inbound_file
where sha256 = any(array(select file_sha256 from quarantine where item_id = any($1::uuid[])))
order by sha256 for update
"""
"""In the receiver's order: the file first, then claims, then what was set aside of it."""
_READ_AGAIN = """
update inbound_file set state = 'received', stored_at = now() where sha256 = any($1::text[])
"""


async def load(
    connection: asyncpg.Connection,
    batch: Sequence[Incoming[Any]],
    *,
    partners: Mapping[str, TradingPartner] = MappingProxyType({}),
) -> GatewayWorkspace:
    """Everything that the batch may need; two statements, four with commands in it.

    One more where a claim may come too late for its partner and was submitted before.
    """
    workspace = GatewayWorkspace()
    events = [each.event for each in batch]
    claims = [event for event in events if isinstance(event, AnyClaim)]
    if claims:
        await _load_references(connection, workspace, claims)
        rows = await connection.fetch(CLAIMS_BY_ID, sorted({c.claim_id for c in claims}))
        workspace.claims.fill({(r["practice_id"], r["claim_id"]): claim_record(r) for r in rows})
        if late := [c.encounter_id for c in claims if c.version > 1 and _may_be_late(c, partners)]:
            for *own, name, sha256, at in await connection.fetch(_FILED, late):
                workspace.filed.setdefault(tuple(own), []).append(FiledFile(name, sha256, at))
    if len(claims) < len(events):
        commands = [event for event in events if isinstance(event, Command)]
        await _load_for_commands(connection, workspace, commands)
    return workspace


async def _load_for_commands(
    connection: asyncpg.Connection, workspace: GatewayWorkspace, batch: Sequence[Command]
) -> None:
    commands = [each for each in batch if isinstance(each, QuarantineCommand)]
    if commands:
        await _load_quarantine(connection, workspace, [c.item_id for c in commands])
    said = [each for each in batch if isinstance(each, PaperCommand)]
    if said:
        found = await paper_store.batches(connection, [c.file_id for c in said])
        workspace.batches.fill({each.file_id: each for each in found})
        ids = sorted({c.claim_id for c in said if isinstance(c, GiveBack)})
        rows = await connection.fetch(CLAIMS_BY_ID, ids)
        workspace.claims.fill({(r["practice_id"], r["claim_id"]): claim_record(r) for r in rows})
    for command in [each for each in batch if isinstance(each, EnterRemittance)]:
        await _load_entered(connection, workspace, command)
    lost = [each.file_id for each in batch if isinstance(each, ResendFile)]
    if lost:
        found_files = await resend_store.files_at_partners(connection, lost)
        workspace.files.fill({each.file_id: each for each in found_files})
    settled = [each for each in batch if isinstance(each, SettleSilence)]
    if settled:
        kept = await silence_store.open_silences(connection, [c.silence for c in settled])
        workspace.silences.fill({each.key: each for each in kept})


def _may_be_late(claim: AnyClaim, partners: Mapping[str, TradingPartner]) -> bool:
    """Whether a claim is past its limit by the time that it has waited for all that it names."""
    partner = partners.get(claim.payer_id)
    last = last_day(partner, claim) if partner else None
    return last is not None and (claim.submitted_at + _LONGEST_WAIT).date() > last


async def _load_references(
    connection: asyncpg.Connection, workspace: GatewayWorkspace, claims: Sequence[AnyClaim]
) -> None:
    patients = {(claim.practice_id, claim.patient_id) for claim in claims}
    providers = {(claim.practice_id, claim.rendering_provider_id) for claim in claims}
    providers |= {
        (claim.practice_id, claim.referring_provider_id)
        for claim in claims
        if claim.referring_provider_id
    }
    rows = await connection.fetch(
        _REFERENCES,
        list({practice for practice, _ in patients}),
        *(list(column) for column in zip(*patients, strict=True)),
        *(list(column) for column in zip(*providers, strict=True)),
    )
    by_kind: dict[str, dict[OwnId, bytes]] = {}
    for row in rows:
        key = (row["practice_id"], row["own_id"])
        by_kind.setdefault(row["kind"], {})[key] = row["state"]
    workspace.practices.fill(_decoded(by_kind.get("practice", {}), Practice))
    workspace.patients.fill(_decoded(by_kind.get("patient", {}), Person))
    workspace.coverages.fill(_decoded(by_kind.get("coverage", {}), Coverage))
    workspace.providers.fill(_decoded(by_kind.get("provider", {}), Provider))


def _decoded(rows: Mapping[OwnId, bytes], kind: type[T]) -> dict[OwnId, T]:
    return {key: msgspec.json.decode(state, type=kind) for key, state in rows.items()}


def claim_record(row: asyncpg.Record) -> ClaimRecord:
    """A claim as its row has it."""
    return ClaimRecord(
        row["practice_id"],
        row["claim_id"],
        row["encounter_id"],
        row["payer_id"],
        row["state"],
        row["payer_control_number"],
    )


async def _load_quarantine(
    connection: asyncpg.Connection, workspace: GatewayWorkspace, item_ids: Sequence[UUID]
) -> None:
    await connection.execute(_LOCK_FILES, list(item_ids))
    items = await quarantine_store.items(connection, item_ids)
    workspace.items.fill(items)
    claim_ids = sorted({c for item in items.values() for c in item.held.claim_ids})
    found = await connection.fetch(CLAIMS_BY_ID, claim_ids)
    workspace.claims.fill({(r["practice_id"], r["claim_id"]): claim_record(r) for r in found})
    keys = [item.held.remittance.key for item in items.values() if item.held.remittance]
    known = await loaded_remittances(connection, [*keys, *map(entered_key, keys)])
    workspace.remittances.fill(known)


async def _load_entered(
    connection: asyncpg.Connection, workspace: GatewayWorkspace, command: EnterRemittance
) -> None:
    """What a payment that a person enters is about; nothing where its form cannot be read."""
    with suppress(FormError):
        entered = read_form(command.form)
        rows = await connection.fetch(CLAIMS_BY_ID, entered.claim_ids)
        workspace.claims.fill({(r["practice_id"], r["claim_id"]): claim_record(r) for r in rows})
        workspace.remittances.fill(await remittance_store.alike(connection, entered))


async def save(connection: asyncpg.Connection, workspace: GatewayWorkspace) -> None:
    """Write what the batch changed, each table in one statement.

    A claim or a payment that another transaction added since it was looked for raises
    ``asyncpg.UniqueViolationError``. References are written over: each event holds the whole of
    one, decided from nothing that was read.
    """
    await _save_references(connection, workspace)
    new = workspace.new_claims.all()
    if new:
        await _insert_claims(connection, new)
        await check_store.hold(connection, new)
    added = {(claim.record.practice_id, claim.record.claim_id) for claim in new}
    await move_claims(
        connection, [r for key, r in workspace.claims.changed().items() if key not in added]
    )
    items = list(workspace.items.changed().values())
    await quarantine_store.settle(connection, items)
    loaded = list(workspace.remittances.changed().values())
    if loaded:
        settled = {item.held.remittance: item for item in items if item.held.remittance}
        await insert_remittances(
            connection,
            [(each, settled[each].file_sha256, settled[each].settled_at) for each in loaded],
        )
    await remittance_store.keep_entered(connection, workspace.entered.all())
    await paper_store.save(connection, workspace.batches.changed())
    for asked in workspace.resent.all():
        await resend_store.ask(connection, [asked.file_id], asked.at)
    await silence_store.settle(connection, list(workspace.silences.changed().values()))
    again = workspace.read_again.all()
    if again:
        await connection.execute(_READ_AGAIN, [each.sha256 for each in again])


async def _save_references(connection: asyncpg.Connection, workspace: GatewayWorkspace) -> None:
    rows: list[tuple[str, str, str, str | None, bytes]] = []
    for key, practice in workspace.practices.changed().items():
        rows.append(("practice", *key, practice.npi, msgspec.json.encode(practice)))
    for kind, changed in (
        ("provider", workspace.providers.changed()),
        ("patient", workspace.patients.changed()),
        ("coverage", workspace.coverages.changed()),
    ):
        rows += [(kind, *key, None, msgspec.json.encode(value)) for key, value in changed.items()]
    if rows:
        rows.sort(key=lambda row: row[:3])
        await connection.execute(
            _SAVE_REFERENCES, *(list(column) for column in zip(*rows, strict=True))
        )


def text_to_bytes(text: ClaimText) -> bytes:
    """A written claim as a row keeps it."""
    return msgspec.json.encode((text.billing_provider, text.subscriber, text.patient, text.claim))


async def _insert_claims(connection: asyncpg.Connection, new: Sequence[NewClaim]) -> None:
    await connection.execute(
        _INSERT_CLAIMS,
        [claim.record.practice_id for claim in new],
        [claim.record.claim_id for claim in new],
        [claim.record.encounter_id for claim in new],
        [claim.record.payer_id for claim in new],
        [claim.sender_id for claim in new],
        [claim.waiting_since for claim in new],
        [None if claim.text is None else text_to_bytes(claim.text) for claim in new],
    )


async def move_claims(connection: asyncpg.Connection, claims: Iterable[ClaimRecord]) -> None:
    """Write states and payers' numbers."""
    moved = sorted(claims, key=lambda claim: (claim.claim_id, claim.practice_id))
    if moved:
        await connection.execute(
            _MOVE_CLAIMS,
            [claim.practice_id for claim in moved],
            [claim.claim_id for claim in moved],
            [claim.state for claim in moved],
            [claim.payer_control_number for claim in moved],
        )
