"""Patients who pay what they owe on the last day, the same ones in every run."""

from hashlib import blake2b
from pathlib import Path

import asyncpg

from services.chassis.clock import FileClock
from services.chassis.effects import Refused, Waiting
from services.chassis.processor import Processor
from services.patient_statements.app import service
from services.patient_statements.decisions import RecordPayment

_DUE = (
    "select practice_id, account_id, due_cents from account where due_cents > 0 "
    "order by practice_id, account_id"
)


def paid_cents(account: str, due_cents: int, seed: int) -> int:
    """What the patient of an account pays: all of it, half of it, or nothing."""
    chance = blake2b(f"{seed}|{account}".encode(), digest_size=1).digest()[0]
    if chance < 100:
        return due_cents
    return (due_cents + 1) // 2 if chance < 160 else 0


async def pay(database_url: str, clock_file: Path, seed: int) -> int:
    """Record the payments, each under an id that a second try repeats; how many there are.

    Raises ``OSError`` or ``asyncpg.PostgresError`` where the database goes away meanwhile.
    """
    pool = await asyncpg.create_pool(database_url, min_size=1, max_size=1, command_timeout=60)
    try:
        processor = Processor(service(), pool, FileClock(clock_file))
        count = 0
        for row in await pool.fetch(_DUE):
            account = f"{row['practice_id']}:{row['account_id']}"
            cents = paid_cents(account, row["due_cents"], seed)
            if not cents:
                continue
            command = RecordPayment(
                practice_id=row["practice_id"],
                account_id=row["account_id"],
                payment_id=f"last-day-{row['account_id']}",
                amount_cents=cents,
                method="check",
                actor="patient",
                role="cashier",
            )
            try:
                await processor.act(command)
            except (Refused, Waiting):
                continue
            count += 1
        return count
    finally:
        await pool.close()
