"""The payer gateway beside others: a person and a file at once, a partner that is slow."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.chassis.background import Runtime
from services.chassis.runtime import session_settings
from services.chassis.settings import ChassisSettings
from services.payer_gateway.decisions.quarantine import ReleaseQuarantined
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.files.outbound import Sender
from services.payer_gateway.transport.directory import DirectoryTransport
from tests.integration.payer_gateway.conftest import Gateway, clock, gateway, wire
from tests.integration.payer_gateway.stories import claim, references
from tests.support import until

__all__ = ["clock", "gateway", "wire"]

BRISK = ChassisSettings(
    kafka_bootstrap="nowhere:1", slowest_batch_seconds=1, statement_timeout_seconds=1
)
_GATE = 4711
_STOP_AT_THE_GATE = f"""
create function at_the_gate() returns trigger language plpgsql as $$
begin perform pg_advisory_xact_lock({_GATE}); return new; end $$;
create trigger at_the_gate before update on quarantine
for each row when (new.state = 'released') execute function at_the_gate();
"""


async def _sent_back(gateway: Gateway) -> list[ReleaseQuarantined]:
    """A partner sends a file of ours back, twice in one; what a person does about each part."""
    await gateway.hear(*references(), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    (file,) = await gateway.rows("select content from outbound_file")
    box = gateway.wire.outgoing("BLUERIVER")
    (box / "back.837").write_bytes(file["content"] * 2)
    await gateway.receive()
    rows = await gateway.rows(
        "select item_id, practice_id, file_sha256 from quarantine where state = 'open' "
        "order by item_id"
    )
    assert len(rows) == 2
    assert len({row["file_sha256"] for row in rows}) == 1
    return [
        ReleaseQuarantined(
            practice_id=row["practice_id"],
            actor="someone",
            role="supervisor",
            reason="look again",
            item_id=row["item_id"],
        )
        for row in rows
    ]


async def _is_waiting(gateway: Gateway, what: str, wait: str = "Lock") -> bool:
    rows = await gateway.rows(
        "select 1 from pg_stat_activity where datname = current_database() "
        "and wait_event_type = $1 and query ilike $2 and pid <> pg_backend_pid()",
        wait,
        f"%{what}%",
    )
    return bool(rows)


@asynccontextmanager
async def _never_the_victim(gateway: Gateway) -> AsyncIterator[Runtime]:
    """A runtime of the same gateway whose transactions leave it to others to find a crossing."""
    pool = await asyncpg.create_pool(
        gateway.url, min_size=1, max_size=2, server_settings={"deadlock_timeout": "60s"}
    )
    try:
        yield replace(gateway.runtime, pool=pool)
    finally:
        await pool.close()


async def test_a_release_while_its_file_is_read_again_comes_to_its_end(gateway: Gateway) -> None:
    first, second = await _sent_back(gateway)
    await gateway.act(first)
    holder = await asyncpg.connect(gateway.url)
    receiver = Receiver(gateway.partners, gateway.transports)
    try:
        await holder.execute(_STOP_AT_THE_GATE)
        await holder.execute("select pg_advisory_lock($1)", _GATE)
        async with _never_the_victim(gateway) as runtime:
            releasing = asyncio.create_task(gateway.act(second))
            await until(lambda: _is_waiting(gateway, "update quarantine"), what="the release")
            reading = asyncio.create_task(receiver.step(runtime))

            async def reading_is_on() -> bool:
                return reading.done() or await _is_waiting(gateway, "insert into quarantine")

            await until(reading_is_on, what="the receiver")
            await holder.execute("select pg_advisory_unlock($1)", _GATE)
            async with asyncio.timeout(30):
                await asyncio.gather(releasing, reading)
    finally:
        await holder.close()
    while await gateway.receive():
        pass
    states = await gateway.rows("select state from inbound_file where state = 'received'")
    assert states == []
    assert len(await gateway.quarantined()) == 2
    decisions = await gateway.rows("select action from delivery.audit order by seq")
    assert [row["action"] for row in decisions] == ["ReleaseQuarantined"] * 2


class _Slow(DirectoryTransport):
    """A partner that takes a file only once ``taken`` is set."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.asked = asyncio.Event()
        self.taken = asyncio.Event()
        self.files = 0

    async def write(self, folder: str, name: str, content: bytes) -> None:
        self.asked.set()
        await self.taken.wait()
        self.files += 1
        await super().write(folder, name, content)


class _OneTransport:
    """Every connection is this one."""

    def __init__(self, transport: _Slow) -> None:
        self._transport = transport

    async def get(self, _name: str) -> _Slow:
        return self._transport


@pytest.fixture
async def brisk(gateway: Gateway) -> AsyncIterator[Runtime]:
    """A runtime whose transactions may stand still for a second, as those of a batch."""
    pool = await asyncpg.create_pool(
        gateway.url, min_size=1, max_size=3, server_settings=session_settings(BRISK)
    )
    yield replace(gateway.runtime, pool=pool)
    await pool.close()


async def test_a_file_may_take_its_partner_longer_than_any_batch_may_take(
    gateway: Gateway, brisk: Runtime, tmp_path: Path
) -> None:
    await gateway.hear(*references(), claim())
    partner = gateway.partners["BLUERIVER"]
    gateway.clock.advance(partner.batch_window)
    (tmp_path / "slow" / partner.outbound_folder).mkdir(parents=True)
    slow = _Slow(tmp_path / "slow")
    transports: Any = _OneTransport(slow)
    sending = asyncio.create_task(Sender(gateway.partners, transports).step(brisk))
    async with asyncio.timeout(30):
        await slow.asked.wait()

    async def outlasted_a_batch() -> bool:
        (row,) = await gateway.rows(
            "select extract(epoch from clock_timestamp() - xact_start) > $1 as so "
            "from pg_stat_activity where datname = current_database() "
            "and state = 'idle in transaction'",
            2 * BRISK.slowest_batch_seconds,
        )
        return bool(row["so"])

    await until(outlasted_a_batch, what="a partner slower than the slowest batch")
    other = Sender(gateway.partners, transports)
    assert await other.step(brisk) == 0, "the file is another's to send meanwhile"
    slow.taken.set()
    assert await sending > 0
    assert slow.files == 1
    assert [row["state"] for row in await gateway.rows("select state from outbound_file")] == [
        "sent"
    ]
    async with brisk.pool.acquire() as connection:
        assert await connection.fetchval("show idle_in_transaction_session_timeout") == "1s"


async def test_a_file_whose_partner_never_answers_is_anothers_in_the_end(
    gateway: Gateway, tmp_path: Path
) -> None:
    await gateway.hear(*references(), claim())
    partner = gateway.partners["BLUERIVER"]
    gateway.clock.advance(partner.batch_window)
    (tmp_path / "slow" / partner.outbound_folder).mkdir(parents=True)
    slow = _Slow(tmp_path / "slow")
    transports: Any = _OneTransport(slow)
    limits: list[str] = []
    held: list[Any] = []

    async def note(connection: Any) -> None:
        held.append(connection)

    pool = await asyncpg.create_pool(
        gateway.url, min_size=1, max_size=3, server_settings=session_settings(BRISK), setup=note
    )
    sending = asyncio.create_task(
        Sender(gateway.partners, transports).step(replace(gateway.runtime, pool=pool))
    )
    try:
        async with asyncio.timeout(30):
            await slow.asked.wait()
        limits.append(await held[-1].fetchval("show idle_in_transaction_session_timeout"))
    finally:
        slow.taken.set()
        await sending
        await pool.close()
    assert limits == ["15min"]
