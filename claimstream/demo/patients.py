"""The demonstration's patients: most pay what a statement says, some time after it came."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b

import asyncpg
from aiokafka import AIOKafkaConsumer

from schemas.patient_account import StatementIssued
from services.chassis.clock import Clock
from services.chassis.effects import Refused, Waiting
from services.chassis.processor import Processor
from services.chassis.record import deliver, record_from_kafka
from services.patient_statements.app import service
from services.patient_statements.decisions import RecordPayment

PAYING_PERCENT = 70


@dataclass(frozen=True, slots=True)
class Payment:
    """What a patient will pay, and when."""

    at: datetime
    statement: StatementIssued
    cents: int


def intention(statement: StatementIssued, seed: int) -> Payment | None:
    """What the patient does about a statement: pays all, pays half, or nothing.

    The same statement and seed always have the same answer.
    """
    digest = blake2b(
        f"{seed}|{statement.practice_id}|{statement.statement_id}".encode(), digest_size=4
    ).digest()
    chance, days, share = digest[0] % 100, 4 + digest[1] % 16, digest[2] % 10
    if chance >= PAYING_PERCENT or statement.total_cents <= 0:
        return None
    cents = statement.total_cents if share else (statement.total_cents + 1) // 2
    return Payment(statement.issued_at + timedelta(days=days), statement, cents)


class Patients:
    """Reads statements and pays them, as ``claimstream statements pay`` does."""

    def __init__(self, bootstrap: str, database_url: str, clock: Clock, seed: int) -> None:
        self._bootstrap = bootstrap
        self._database_url = database_url
        self._clock = clock
        self._seed = seed
        self._intended: list[Payment] = []

    async def run(self) -> None:
        """Pay until cancelled."""
        pool = await asyncpg.create_pool(
            self._database_url, min_size=1, max_size=1, command_timeout=60
        )
        processor = Processor(service(), pool, self._clock)
        consumer = AIOKafkaConsumer(
            StatementIssued.TOPIC,
            bootstrap_servers=self._bootstrap,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        await consumer.start()
        try:
            while True:
                batches = await consumer.getmany(timeout_ms=200)
                for raw in (raw for batch in batches.values() for raw in batch):
                    delivery = deliver(
                        record_from_kafka(raw), {StatementIssued.TOPIC: StatementIssued}
                    )
                    if delivery.incoming is not None:
                        payment = intention(delivery.incoming.event, self._seed)
                        self._intended += [payment] if payment else []
                await self._pay_due(processor)
        finally:
            await consumer.stop()
            await asyncio.shield(pool.close())

    async def _pay_due(self, processor: Processor) -> None:
        now = self._clock.now()
        due = [payment for payment in self._intended if payment.at <= now]
        self._intended = [payment for payment in self._intended if payment.at > now]
        for payment in due:
            command = RecordPayment(
                practice_id=payment.statement.practice_id,
                account_id=payment.statement.account_id,
                payment_id=f"pay-{payment.statement.statement_id}",
                amount_cents=payment.cents,
                method="card",
                actor="patient",
                role="cashier",
            )
            try:
                await processor.act(command)
            except (Refused, Waiting):
                continue
