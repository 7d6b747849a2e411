"""The gateway on a real database, a payer behind a real SFTP server, one clock for both."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import asyncssh
import pytest

from schemas.event import Event
from services.chassis import outbox
from services.chassis.background import Runtime
from services.chassis.incoming import Command
from services.chassis.logs import configure_logs
from services.chassis.migrate import migrate
from services.chassis.processor import Batch, Processor
from services.payer_gateway.app import NAME, service_for
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.files import folder
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.files.outbound import Sender
from services.payer_gateway.partners import load_partners
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.store import MIGRATIONS
from services.payer_gateway.transport.connections import Transports
from simulators.payer.contract import default_contract
from simulators.payer.process import PayerOptions, PayerProcess
from simulators.payer.server import Login, password_file, port_of, start_server, wait_until_closed
from tests.fixtures.postgres import MakeDatabase
from tests.support import ManualClock, record

E = TypeVar("E", bound=Event)


@dataclass
class Wire:
    """A payer and its server, on a folder of the test's own."""

    payer: PayerProcess
    server: asyncssh.SSHAcceptor

    @property
    def connections(self) -> Path:
        return self.payer.options.state / "connection.json"

    def outgoing(self, payer_id: str) -> Path:
        return next(box.outgoing for box in self.payer.boxes if box.payer_id == payer_id)

    def incoming(self, payer_id: str) -> Path:
        return next(box.incoming for box in self.payer.boxes if box.payer_id == payer_id)


@dataclass
class Gateway:
    """The service, driven by hand: no broker, a real database, a real SFTP server."""

    url: str
    pool: asyncpg.Pool
    clock: ManualClock
    processor: Processor
    runtime: Runtime
    partners: dict[str, TradingPartner]
    transports: Transports
    wire: Wire

    def agree(self, payer_id: str, **terms: Any) -> TradingPartner:
        """Change what was agreed with a payer, as a service that starts anew would read it."""
        self.partners[payer_id] = replace(self.partners[payer_id], **terms)
        settings = GatewaySettings(connections_file=self.wire.connections)
        self.processor = Processor(service_for(self.partners, settings), self.pool, self.clock)
        return self.partners[payer_id]

    async def hear(self, *events: Event) -> Batch:
        now = self.clock.now()
        return await self.processor.process([record(each, occurred_at=now) for each in events])

    async def act(self, command: Command) -> None:
        await self.processor.act(command)

    async def send(self) -> int:
        return await Sender(self.partners, self.transports).step(self.runtime)

    async def receive(self) -> int:
        """Two looks of a process that just started: what both find the same is taken."""
        receiver = Receiver(self.partners, self.transports, patience_seconds=None)
        return await receiver.step(self.runtime) + await receiver.step(self.runtime)

    async def exchange(self, days: int = 1) -> None:
        """Let days pass; each evening files go out, the payer works, and its answers come in."""
        for _ in range(days):
            await self.send()
            await asyncio.to_thread(self.wire.payer.step)
            await self.receive()
            self.clock.advance(timedelta(days=1))

    async def said(self, kind: type[E]) -> list[E]:
        async with self.pool.acquire() as connection:
            return [
                kind.from_json(record.value)
                for record in await outbox.unpublished(connection)
                if record.topic == kind.TOPIC
            ]

    async def rows(self, sql: str, *values: Any) -> Sequence[asyncpg.Record]:
        async with self.pool.acquire() as connection:
            found: list[asyncpg.Record] = await connection.fetch(sql, *values)
            return found

    async def quarantined(self) -> list[tuple[str, str, str]]:
        """Kind, subject and reason of what is open."""
        rows = await self.rows(
            "select kind, subject, reason from quarantine where state = 'open' "
            "order by kind, subject"
        )
        return [(row["kind"], row["subject"], row["reason"]) for row in rows]


async def _prepare(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection, MIGRATIONS)
    finally:
        await connection.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def wire(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Wire]:
    payer = PayerProcess(PayerOptions(tmp_path / "payer"), default_contract(), clock)
    login = Login("claimstream", password_file(payer.options.state, "claimstream"))
    server = await start_server(payer.options.state, [login])
    payer.write_connection(port_of(server), login)
    yield Wire(payer, server)
    await wait_until_closed(server)
    payer.books.close()


@pytest.fixture
async def gateway(
    make_database: MakeDatabase, wire: Wire, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Gateway]:
    """What may go on is taken at the second look: a test that writes in place says otherwise."""
    monkeypatch.setattr(folder, "_LOOKS_AT_WHAT_IS_LEFT", 0)
    url = await make_database(NAME, _prepare)
    pool = await asyncpg.create_pool(url, min_size=1, max_size=4)
    log = configure_logs(NAME, "test")
    runtime = Runtime(NAME, pool, clock, asyncio.Event(), log, lambda: None)
    transports = Transports(wire.connections)
    settings = GatewaySettings(connections_file=wire.connections)
    partners = load_partners(None)
    processor = Processor(service_for(partners, settings), pool, clock)
    yield Gateway(url, pool, clock, processor, runtime, partners, transports, wire)
    await transports.close()
    await pool.close()
