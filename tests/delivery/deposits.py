"""Deposits for a till, and what became of them in its database."""

from uuid import UUID

import asyncpg

from services.chassis.processor import Processor
from services.chassis.record import Record
from tests.delivery.till import Deposit
from tests.support import record


def deposit(till: str, number: int, cents: int = 100, needs: str = "") -> Record:
    return record(
        Deposit(practice_id="P1", till_id=till, number=number, amount_cents=cents, needs=needs)
    )


async def total(pool: asyncpg.Pool, till: str) -> int:
    cents: int = await pool.fetchval("select cents from till where key = $1", f"P1:{till}")
    return cents or 0


async def the_letter(pool: asyncpg.Pool) -> UUID:
    letter: UUID = await pool.fetchval("select id from delivery.dead_letter where status = 'open'")
    return letter


async def statuses(pool: asyncpg.Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch(
        "select reason, status from delivery.dead_letter order by failed_at, id"
    )
    return [(row["reason"], row["status"]) for row in rows]


async def acts(pool: asyncpg.Pool) -> list[tuple[str, str, str]]:
    rows = await pool.fetch("select action, actor, reason from delivery.audit order by seq")
    return [tuple(row) for row in rows]


async def go_on(processor: Processor) -> None:
    while await processor.retry_parked():
        pass
