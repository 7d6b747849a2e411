"""Billing's ledger as its postings say, for the comparison with the second one."""

import asyncpg

from claimstream.verify.reference_ledger import Balances, LedgerState, Place

_BALANCES = """
select practice_id, substr(ledger, 11) as encounter_id, account, sum(cents)::bigint as cents
from (
    select practice_id, ledger, debit as account, amount_cents as cents from billing.posting
    where ledger like 'encounter:%'
    union all
    select practice_id, ledger, credit, -amount_cents from billing.posting
    where ledger like 'encounter:%'
) as sides
group by 1, 2, 3
"""
_BY_PEOPLE = """
select distinct practice_id, substr(ledger, 11) as encounter_id from billing.posting
where ledger like 'encounter:%' and source like 'command:%'
union
select practice_id, encounter_id from billing.work_item
where kind = 'unmatched_remittance' and closed_at is null
"""
_UNDECIDED = """
select id from delivery.dead_letter where status <> 'resolved'
union
select event_id from delivery.parked
"""


async def read_ledger(connection: asyncpg.Connection) -> LedgerState:
    """The balances of every encounter's ledger, summed by the database."""
    balances: dict[Place, Balances] = {}
    for row in await connection.fetch(_BALANCES):
        of = balances.setdefault((row["practice_id"], row["encounter_id"]), {})
        of[row["account"]] = row["cents"]
    people = await connection.fetch(_BY_PEOPLE)
    undecided = await connection.fetch(_UNDECIDED)
    return LedgerState(
        balances,
        frozenset((row["practice_id"], row["encounter_id"]) for row in people),
        frozenset(row["id"] for row in undecided),
    )
