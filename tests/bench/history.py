"""What an event costs on top of much history, against what it costs on top of little.

Each service, without Kafka, on two databases of one server: one with the history of few claims,
one of many. Both take in the same records of a real run, some batches each in turn, so that
whatever else the machine does falls on both. Then time passes: what becomes due is acted upon.
Last, nothing is to do: what a service asks its database again and again is measured by itself.

The server's own housekeeping (autovacuum) is off meanwhile: it would fall on one of the two.
"""

import asyncio
import gc
import logging
import statistics
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import structlog
import uvloop

from deploy.embedded.postgres import running_postgres
from schemas.claim import ClaimSubmitted
from schemas.envelope import EnvelopeError, decode
from services.chassis.background import Runtime
from services.chassis.migrate import migrate
from services.chassis.processor import Processor
from services.chassis.record import Record
from services.chassis.runtime import COLLECTOR_THRESHOLDS, GAUGES, connect_pool
from services.chassis.service import Service
from services.chassis.settings import ChassisSettings
from services.patient_statements.issuing import issue_batch
from services.patient_statements.rendering.document import Documents
from services.patient_statements.settings import PatientStatementsSettings
from tests.bench.capture import Captured
from tests.bench.grown import grow
from tests.bench.partner import Partner
from tests.bench.server_cost import ServerCost, server_cost
from tests.bench.stage_clock import StageClock
from tests.bench.traffic import Say
from tests.support import ManualClock

BATCH_RECORDS = 250
LOOKS = 100
_TURN_RECORDS = 2 * BATCH_RECORDS
_LATER = timedelta(days=40)
_BLOCKS = "select blks_hit, blks_read from pg_stat_database where datname = current_database()"
_BLANK = Documents(html=b"-", pdf=b"-")
"""Printing costs the same whatever lies in the database."""

CostNow = Callable[[], Awaitable[ServerCost]]


@dataclass(frozen=True, slots=True)
class Turn:
    """Some events on one side: processor nanoseconds of the service and of the server."""

    events: int
    service_ns: int
    server_ns: int

    @property
    def event_ns(self) -> int:
        """Nanoseconds an event, of both."""
        return (self.service_ns + self.server_ns) // max(self.events, 1)


@dataclass(slots=True)
class Side:
    """A service on top of ``claims`` claims. Blocks are pages that PostgreSQL asked for.

    ``later``: what was acted upon as time passed. ``looks``: looks at what may be to do, when
    nothing was. ``table_bytes`` of the history, with indexes.
    """

    claims: int
    table_bytes: dict[str, int] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    later: Turn = Turn(0, 0, 0)
    looks: Turn = Turn(0, 0, 0)
    blocks_found: int = 0
    blocks_read: int = 0
    wal_bytes: int = 0

    @property
    def taken_in(self) -> Turn:
        """All turns as one."""
        return Turn(
            sum(turn.events for turn in self.turns),
            sum(turn.service_ns for turn in self.turns),
            sum(turn.server_ns for turn in self.turns),
        )


@dataclass(frozen=True, slots=True)
class HistoryCost:
    """Both sides of one service."""

    service: str
    few: Side
    many: Side

    @property
    def ratio_percent(self) -> int:
        """What an event costs on much history, in percent of what it costs on little."""
        return self.many.taken_in.event_ns * 100 // max(self.few.taken_in.event_ns, 1)

    @property
    def median_percent(self) -> int:
        """The same as a median over the turns, each against its own counterpart."""
        return int(
            statistics.median(
                many.event_ns * 100 // max(few.event_ns, 1)
                for few, many in zip(self.few.turns, self.many.turns, strict=True)
            )
        )


class _Runner:
    """A service on one database, fed with records. Figures are nanoseconds of this process."""

    def __init__(
        self, service: Service[Any], pool: asyncpg.Pool, start: datetime, folder: Path
    ) -> None:
        self.clock = ManualClock(start)
        self.pool = pool
        self._stages = StageClock()
        self._processor = Processor(service, pool, self.clock)
        self._name = service.name
        self._partner = Partner(folder, pool, self.clock) if _has_partner(service) else None

    async def take(self, records: Sequence[Record]) -> tuple[int, int]:
        """Take records in, and what is due meanwhile; how many events that were, and its cost."""
        self._stages.nanoseconds.clear()
        due = 0
        for first in range(0, len(records), BATCH_RECORDS):
            batch = records[first : first + BATCH_RECORDS]
            newest = max(_occurred_at(record) for record in batch)
            self.clock.advance(max(newest - self.clock.now(), timedelta(seconds=1)))
            with self._stages.running():
                await self._processor.process(batch)
                due += await self._act()
            if self._partner is not None:
                await self._partner.exchange(self._stages)
        return len(records) + due, self._stages.nanoseconds.total()

    async def pass_time(self) -> tuple[int, int]:
        """Let time pass and do what is due."""
        self._stages.nanoseconds.clear()
        self.clock.advance(_LATER)
        with self._stages.running():
            done = await self._act()
        return done, self._stages.nanoseconds.total()

    async def look(self) -> tuple[int, int]:
        """Look a number of times for what may be to do, where nothing is."""
        self._stages.nanoseconds.clear()
        for _ in range(LOOKS):
            with self._stages.running():
                await self._act()
                await self._processor.retry_parked()
                async with self.pool.acquire() as connection:
                    await connection.fetchrow(GAUGES)
            if self._partner is not None:
                await self._partner.exchange(self._stages)
        return LOOKS, self._stages.nanoseconds.total()

    async def _act(self) -> int:
        done = 0
        while due := await self._processor.run_deadlines():
            done += due
        if self._name == "patient_statements":
            while issued := await self._issue():
                done += issued
        return done

    async def _issue(self) -> int:
        settings = PatientStatementsSettings.read()
        log = structlog.wrap_logger(
            structlog.ReturnLogger(),
            wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        )
        runtime = Runtime(self._name, self.pool, self.clock, asyncio.Event(), log, lambda: None)
        return await issue_batch(
            runtime, settings.policy(), settings.render_batch, render=lambda _: _BLANK
        )

    async def close(self) -> None:
        if self._partner is not None:
            await self._partner.close()
        await self.pool.close()


def _has_partner(service: Service[Any]) -> bool:
    return service.name == "payer_gateway"


def _occurred_at(record: Record) -> datetime:
    try:
        return decode(record.headers).occurred_at
    except EnvelopeError:
        return record.recorded_at


@asynccontextmanager
async def _running(
    service: Service[Any], url: str, start: datetime, folder: Path
) -> AsyncIterator[_Runner]:
    pool = await connect_pool(url, ChassisSettings(kafka_bootstrap="none:0"))
    runner = _Runner(service, pool, start, folder)
    try:
        yield runner
    finally:
        await runner.close()


async def _past(
    service: Service[Any], url: str, captured: Captured, copies: int, folder: Path
) -> dict[str, int]:
    """Have the service decide the captured run for real, then clone what it wrote; its bytes."""
    connection = await asyncpg.connect(url)
    try:
        await migrate(connection, service.migrations)
        prepared, records = captured.of(service.subscriptions)
        async with _running(service, url, _occurred_at(prepared[0]), folder) as runner:
            await runner.take([*prepared, *records])
            await runner.pass_time()
        return await grow(connection, copies)
    finally:
        await connection.close()


def claims_of(captured: Captured) -> int:
    """How many claims a captured run submitted."""
    return sum(record.topic == ClaimSubmitted.TOPIC for record in captured.records)


async def _measure(
    name: str, captured: Captured, claims: tuple[int, int], say: Say, scratch: Path
) -> HistoryCost:
    service: Service[Any] = import_module(f"services.{name}.app").service()
    each = claims_of(captured)
    few, many = (-(-wanted // each) for wanted in claims)
    sides = {f"{name}_few": Side(few * each), f"{name}_many": Side(many * each)}
    async with running_postgres(scratch / "postgres", databases=list(sides)) as postgres:
        admin = await asyncpg.connect(postgres.admin_url)
        try:
            await admin.execute("alter system set autovacuum = off")
            await admin.execute("select pg_reload_conf()")
            urls = {database: postgres.database_url(database) for database in sides}
            for database, side in sides.items():
                say(f"{name}: making the history of {side.claims} claims")
                folder = scratch / f"{database}-past"
                side.table_bytes = await _past(
                    service, urls[database], captured, side.claims // each, folder
                )
            await admin.execute("checkpoint")
            say(f"{name}: measuring")
            cost_now = partial(server_cost, postgres.data, admin)
            await _alternate(service, urls, sides, captured, cost_now=cost_now, scratch=scratch)
        finally:
            await admin.close()
    return HistoryCost(name, *sides.values())


async def _alternate(
    service: Service[Any],
    urls: Mapping[str, str],
    sides: Mapping[str, Side],
    captured: Captured,
    *,
    cost_now: CostNow,
    scratch: Path,
) -> None:
    """Take the captured run in on both sides, in turns; the first eighth is not counted."""
    prepared, records = captured.of(service.subscriptions)
    warm, measured = records[: len(records) // 8], records[len(records) // 8 :]
    async with AsyncExitStack() as stack:
        runners = {
            name: await stack.enter_async_context(
                _running(service, urls[name], _occurred_at(prepared[0]), scratch / name)
            )
            for name in sides
        }
        for name, runner in runners.items():
            await runner.take([*prepared, *warm])
            found, read = await _blocks(runner.pool)
            sides[name].blocks_found, sides[name].blocks_read = -found, -read
        gc.collect()
        gc.freeze()
        stack.callback(gc.unfreeze)
        names = list(sides)
        for first in range(0, len(measured), _TURN_RECORDS):
            for name in names:
                step = runners[name].take(measured[first : first + _TURN_RECORDS])
                turn, spent = await _turn(step, cost_now)
                sides[name].turns.append(turn)
                sides[name].wal_bytes += spent.wal_bytes
            names.reverse()
        for name in names:
            found, read = await _blocks(runners[name].pool)
            sides[name].blocks_found += found
            sides[name].blocks_read += read
        for name in names:
            sides[name].later, _ = await _turn(runners[name].pass_time(), cost_now)
        for name in names:
            sides[name].looks, _ = await _turn(runners[name].look(), cost_now)


async def _turn(step: Awaitable[tuple[int, int]], cost_now: CostNow) -> tuple[Turn, ServerCost]:
    before = await cost_now()
    events, spent = await step
    server = (await cost_now()).since(before)
    return Turn(events, spent, server.cpu_milliseconds * 1_000_000), server


async def _blocks(pool: asyncpg.Pool) -> tuple[int, int]:
    """Pages of a database found among the server's buffers, and read, so far."""
    async with AsyncExitStack() as held:
        connections = [
            await held.enter_async_context(pool.acquire()) for _ in range(pool.get_size())
        ]
        for connection in connections:
            await connection.execute("select pg_stat_force_next_flush()")
        row = await connections[0].fetchrow(_BLOCKS)
    return row["blks_hit"], row["blks_read"]


def measure_history(
    name: str, captured: Captured, claims: tuple[int, int], say: Say
) -> HistoryCost:
    """What service ``name`` spends an event on top of few and of many claims of history."""
    former = gc.get_threshold()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="claimstream-history-") as scratch,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            return runner.run(_measure(name, captured, claims, say, Path(scratch)))
    finally:
        gc.set_threshold(*former)
