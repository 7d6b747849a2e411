"""SQL of payments: which were loaded before, and those that are now, by file or by hand."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import asyncpg

from services.payer_gateway.domain.paper_remittance import EnteredPayment
from services.payer_gateway.domain.quarantine import LoadedRemittance, RemittanceKey
from services.payer_gateway.state import EnteredRemittance
from services.payer_gateway.stores.quarantine_store import keep_items

_COLUMNS = """payer_number, trace_number, paid_on, payment_cents, remittance_id, practice_id,
       payer_id, claims_paid_cents, provider_adjustment_cents, claim_count, quarantined_claims"""
_LOADED = f"""
select {_COLUMNS} from remittance
join unnest($1::text[], $2::text[], $3::date[], $4::bigint[])
    as t (payer_number, trace_number, paid_on, payment_cents)
    using (payer_number, trace_number, paid_on, payment_cents)
"""
_INSERT_REMITTANCES = """
insert into remittance
select t.payer_number, t.trace_number, t.paid_on, t.payment_cents, t.remittance_id, t.practice_id,
       t.payer_id, t.claims_paid_cents, t.provider_adjustment_cents, t.claim_count,
       t.quarantined_claims, t.file_sha256, t.received_at
from unnest($1::text[], $2::text[], $3::date[], $4::bigint[], $5::text[], $6::text[], $7::text[],
            $8::bigint[], $9::bigint[], $10::int[], $11::int[], $12::text[],
            $13::timestamptz[])
    as t (payer_number, trace_number, paid_on, payment_cents, remittance_id, practice_id, payer_id,
          claims_paid_cents, provider_adjustment_cents, claim_count, quarantined_claims,
          file_sha256, received_at)
"""
_ALIKE = f"""
select {_COLUMNS} from remittance
where paid_on = $3 and payment_cents = $4 and payer_id = $1
    and coalesce(nullif(ltrim(trim(trace_number), '0'), ''), '0') = $2
"""
_KEEP_FORM = """
insert into inbound_file (sha256, payer_id, name, content, received_at, state, kinds, checked_at)
values ($1, $2, $3, $4, $5, 'loaded', 'EOB', $5) on conflict (sha256) do nothing
"""


async def loaded_remittances(
    connection: asyncpg.Connection, keys: Iterable[RemittanceKey]
) -> dict[RemittanceKey, LoadedRemittance]:
    """Those of the payments that were loaded before."""
    wanted = [key for key in keys if key.paid_on]
    if not wanted:
        return {}
    rows = await connection.fetch(
        _LOADED,
        [key.payer_number for key in wanted],
        [key.trace_number for key in wanted],
        [date.fromisoformat(key.paid_on) for key in wanted],
        [key.payment_cents for key in wanted],
    )
    return dict(map(_loaded, rows))


async def alike(
    connection: asyncpg.Connection, entered: EnteredPayment
) -> dict[RemittanceKey, LoadedRemittance]:
    """What may be the payment that somebody enters: that payer's, from a file or entered before.

    By number, day and amount; no index helps, it is asked by people.
    """
    key = entered.key
    rows = await connection.fetch(
        _ALIKE,
        entered.payer_id,
        key.trace_number,
        date.fromisoformat(key.paid_on),
        key.payment_cents,
    )
    return dict(map(_loaded, rows))


def _loaded(row: asyncpg.Record) -> tuple[RemittanceKey, LoadedRemittance]:
    payer_number, trace_number, paid_on, payment_cents, *rest = row.values()
    key = RemittanceKey(payer_number, trace_number, paid_on.isoformat(), payment_cents)
    return key, LoadedRemittance(key, *rest)


async def keep_entered(
    connection: asyncpg.Connection, entered: Sequence[EnteredRemittance]
) -> None:
    """Keep what people entered: the form, its payment, and the claims set aside."""
    for each in entered:
        await connection.execute(
            _KEEP_FORM,
            each.sha256,
            each.loaded.payer_id,
            each.name,
            each.content,
            each.entered_at,
        )
        await insert_remittances(connection, [(each.loaded, each.sha256, each.entered_at)])
        await keep_items(connection, [(item, each.entered_at) for item in each.items])


async def insert_remittances(
    connection: asyncpg.Connection,
    loaded: Sequence[tuple[LoadedRemittance, str | None, datetime | None]],
) -> None:
    """Note payments as loaded, each with the file it came in, and when."""
    if not loaded:
        return
    await connection.execute(
        _INSERT_REMITTANCES,
        [each.key.payer_number for each, _, _ in loaded],
        [each.key.trace_number for each, _, _ in loaded],
        [date.fromisoformat(each.key.paid_on) for each, _, _ in loaded],
        [each.key.payment_cents for each, _, _ in loaded],
        [each.remittance_id for each, _, _ in loaded],
        [each.practice_id for each, _, _ in loaded],
        [each.payer_id for each, _, _ in loaded],
        [each.claims_paid_cents for each, _, _ in loaded],
        [each.provider_adjustment_cents for each, _, _ in loaded],
        [each.claim_count for each, _, _ in loaded],
        [each.quarantined_claims for each, _, _ in loaded],
        [sha256 for _, sha256, _ in loaded],
        [at for _, _, at in loaded],
    )
