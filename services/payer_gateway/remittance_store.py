"""SQL of payments: which were loaded before, and that some are now."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import asyncpg

from services.payer_gateway.domain.quarantine import LoadedRemittance, RemittanceKey

_LOADED = """
select r.payer_number, r.trace_number, r.paid_on, r.payment_cents, r.remittance_id, r.practice_id,
       r.payer_id, r.claims_paid_cents, r.provider_adjustment_cents, r.claim_count,
       r.quarantined_claims
from remittance r
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
    found = {}
    for row in rows:
        key = RemittanceKey(
            row["payer_number"],
            row["trace_number"],
            row["paid_on"].isoformat(),
            row["payment_cents"],
        )
        found[key] = LoadedRemittance(
            key,
            row["remittance_id"],
            row["practice_id"],
            row["payer_id"],
            row["claims_paid_cents"],
            row["provider_adjustment_cents"],
            row["claim_count"],
            row["quarantined_claims"],
        )
    return found


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
