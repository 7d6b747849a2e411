"""What people look up: held claims, refused amounts, one account with its postings."""

from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from services.billing import stored
from services.billing.domain.encounter_account import EncounterAccount
from services.billing.domain.ledger import Posting


@dataclass(frozen=True, slots=True)
class ListedItem:
    """A work item as a list shows it. Cents."""

    practice_id: str
    item_id: str
    encounter_id: str
    claim_id: str
    kind: str
    state: str
    reason: str
    line: int
    amount_cents: int
    action: str
    due_on: date | None
    owner: str
    opened_at: datetime


_ITEMS = """
select practice_id, item_id, encounter_id, claim_id, kind, state, reason, line, amount_cents,
    action, due_on, owner, opened_at
from billing.work_item
where closed_at is null and kind = any($1::text[])
    and ($2::text is null or practice_id = $2)
    and ($3::text is null or $3 in (encounter_id, claim_id, item_id))
order by due_on nulls last, opened_at, item_id limit $4
"""


_ACCOUNTS_OF = """
with named as materialized (
    select practice_id, encounter_id from billing.encounter_account
    where encounter_id = $1 and ($2::text is null or practice_id = $2)
    union
    select practice_id, encounter_id from billing.claim
    where claim_id = $1 and ($2::text is null or practice_id = $2)
)
select e.state from named cross join lateral (
    select practice_id, state from billing.encounter_account
    where (practice_id, encounter_id) = (named.practice_id, named.encounter_id) limit 1
) e
order by e.practice_id
"""
"""Each of the two is looked up by its key; together in one condition, every account is read."""


async def open_items(
    connection: asyncpg.Connection,
    kinds: tuple[str, ...],
    practice_id: str | None,
    subject: str | None = None,
    most: int = 100,
) -> list[ListedItem]:
    """Open work of some kinds, the most urgent first; of one encounter, claim or item if named."""
    rows = await connection.fetch(_ITEMS, list(kinds), practice_id, subject, most)
    return [ListedItem(**dict(row)) for row in rows]


async def find_accounts(
    connection: asyncpg.Connection, subject: str, practice_id: str | None
) -> list[EncounterAccount]:
    """The accounts that an encounter id or a claim id names; one a practice at most."""
    rows = await connection.fetch(_ACCOUNTS_OF, subject, practice_id)
    return [stored.ENCOUNTER_ACCOUNT.decode(row["state"]) for row in rows]


async def read_postings(
    connection: asyncpg.Connection, practice_id: str, ledger: str
) -> list[tuple[Posting, datetime]]:
    """A ledger's postings in order, each with its time."""
    rows = await connection.fetch(
        "select number, ordinal, source, posted_at, entries from billing.journal "
        "where practice_id = $1 and ledger = $2 order by number",
        practice_id,
        ledger,
    )
    return [(posting, row["posted_at"]) for row in rows for posting in postings_of(row)]


def postings_of(row: asyncpg.Record) -> list[Posting]:
    """The postings of a journal's row."""
    return stored.postings_of(
        row["entries"], source=row["source"], number=row["number"], ordinal=row["ordinal"]
    )
