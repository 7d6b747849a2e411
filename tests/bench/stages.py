"""One service in one process on a real PostgreSQL, fed with what it read in a real run.

No Kafka: records go straight to the processor, in batches, in the order read, and what it decides
stays in its outbox. So a change of one service shows in its own figures, undisturbed.
"""

import asyncio
import gc
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import uvloop
from asyncpg.connection import LoggedQuery

from deploy.embedded.postgres import running_postgres
from schemas.envelope import EnvelopeError, decode
from services.chassis.migrate import migrate
from services.chassis.processor import Batch, Processor
from services.chassis.record import Record
from services.chassis.runtime import COLLECTOR_THRESHOLDS, connect_pool
from services.chassis.service import Service
from services.chassis.settings import ChassisSettings
from tests.bench.capture import Captured
from tests.bench.partner import Partner
from tests.bench.run import SETTINGS, variables
from tests.bench.sampling import Sampler
from tests.bench.server_cost import ServerCost, server_cost
from tests.bench.stage_clock import StageClock
from tests.support import ManualClock

BATCH_RECORDS = 500
_PROBES = (
    ("services.chassis.processor", "deliver", "decode"),
    ("services.chassis.outbox", "outgoing", "encode"),
    ("services.chassis.inbox", "admit", "inbox"),
    ("services.chassis.outbox", "append", "outbox"),
    ("services.chassis.parking", "lock_blocked", "lanes"),
    ("services.chassis.deadlines", "keep", "deadlines"),
    ("services.chassis.deadlines", "take_due", "deadlines"),
)
"""Functions of the chassis that a stage is counted for. One that is not there counts as rest."""


@dataclass(frozen=True, slots=True)
class StageCost:
    """What one service spent. Processor nanoseconds by stage; resident in KiB.

    ``statements``: how often each was sent, ``batches`` transactions of records among them.
    ``set_aside``: dead letters by reason.
    """

    service: str
    encounters: int
    records: int
    batches: int
    decided: int
    set_aside: dict[str, int]
    parked: int
    emitted: int
    nanoseconds: dict[str, int]
    server: ServerCost
    statements: dict[str, int]
    resident_before_kib: int
    resident_after_kib: int

    @property
    def total_nanoseconds(self) -> int:
        return sum(self.nanoseconds.values())

    @property
    def statements_a_batch(self) -> float:
        """Statements for each batch of records, whatever they were for."""
        return sum(self.statements.values()) / max(self.batches, 1)


@dataclass(slots=True)
class _Replay:
    """One service on its database, with everything that counts around it."""

    clock: ManualClock
    stages: StageClock
    processor: Processor
    partner: Partner | None
    statements: Counter[str] = field(default_factory=Counter)
    batches: int = 0
    done: Batch = field(default_factory=Batch)
    emitted: int = 0

    async def take(self, records: Sequence[Record]) -> None:
        """One batch, then what is due by the clock, then what goes to partners and comes back."""
        self.clock.advance(max(_newest(records) - self.clock.now(), timedelta(seconds=1)))
        with self.stages.running():
            self.done.add(await self.processor.process(records))
            self.batches += 1
            with self.stages.stage("deadlines"):
                while await self.processor.run_deadlines():
                    continue
        if self.partner is not None:
            await self.partner.exchange(self.stages)

    async def all(self, records: Sequence[Record], size: int) -> None:
        for first in range(0, len(records), size):
            await self.take(records[first : first + size])


async def replay(
    name: str,
    captured: Captured,
    *,
    batch_records: int = BATCH_RECORDS,
    sampler: Sampler | None = None,
) -> StageCost:
    """What service ``name`` spends on the encounters of ``captured``; ``sampler`` sees it work."""
    with tempfile.TemporaryDirectory(prefix="claimstream-stages-") as scratch:
        folder = Path(scratch)
        async with running_postgres(folder / "postgres", databases=[name]) as postgres:
            admin = await asyncpg.connect(postgres.admin_url)
            try:
                cost_now = partial(server_cost, postgres.data, admin)
                url = postgres.database_url(name)
                return await _replayed(
                    name,
                    captured,
                    folder,
                    url,
                    batch_records=batch_records,
                    sampler=sampler,
                    cost_now=cost_now,
                )
            finally:
                await admin.close()


async def _replayed(
    name: str,
    captured: Captured,
    folder: Path,
    url: str,
    *,
    batch_records: int,
    sampler: Sampler | None,
    cost_now: Callable[[], Awaitable[ServerCost]],
) -> StageCost:
    stages = StageClock()
    service = _probed(_service(name), stages)
    connection = await asyncpg.connect(url)
    await migrate(connection, service.migrations)
    await connection.close()
    pool = await connect_pool(url, ChassisSettings(kafka_bootstrap="none:0"))
    prepared, records = captured.of(service.subscriptions)
    clock = ManualClock(_newest([*prepared, *records[:1]]))
    partner = Partner(folder / "partner", pool, clock) if name == "payer_gateway" else None
    replay = _Replay(clock, stages, Processor(service, pool, clock), partner)
    with _probes(stages):
        try:
            await replay.all(prepared, batch_records)
            await _count_statements(pool, replay.statements)
            stages.nanoseconds.clear()
            replay.batches, replay.done, emitted = 0, Batch(), await _emitted(pool)
            replay.statements.clear()
            gc.collect()
            gc.freeze()
            process = psutil.Process()
            before, resident = await cost_now(), process.memory_info().rss
            if sampler is None:
                await replay.all(records, batch_records)
            else:
                with sampler.running():
                    await replay.all(records, batch_records)
            spent = (await cost_now()).since(before)
            return StageCost(
                service=name,
                encounters=captured.sample.taken,
                records=len(records),
                batches=replay.batches,
                decided=replay.done.decided,
                set_aside=dict(Counter(refusal.reason for _, refusal in replay.done.letters)),
                parked=len(replay.done.to_park),
                emitted=await _emitted(pool) - emitted,
                nanoseconds=dict(stages.nanoseconds),
                server=spent,
                statements=dict(replay.statements),
                resident_before_kib=resident // 1024,
                resident_after_kib=process.memory_info().rss // 1024,
            )
        finally:
            gc.unfreeze()
            if partner is not None:
                await partner.close()
            pool.terminate()


def measured(
    name: str, captured: Captured, *, batch_records: int, sampler: Sampler | None = None
) -> StageCost:
    """``replay`` in an event loop and with the collector's settings of a service process."""
    former = gc.get_threshold()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(replay(name, captured, batch_records=batch_records, sampler=sampler))
    finally:
        gc.set_threshold(*former)


def _service(name: str) -> Service[Any]:
    """The service with the settings of the bench's stacks."""
    with variables(SETTINGS):
        service: Service[Any] = import_module(f"services.{name}.app").service()
    return service


def _probed(service: Service[Any], stages: StageClock) -> Service[Any]:
    decide = partial(stages.of_function, "decide")
    return replace(
        service,
        load=stages.of_coroutine("load", service.load),
        save=stages.of_coroutine("save", service.save),
        handlers={kind: decide(handler) for kind, handler in service.handlers.items()},
        deadline_handlers={
            kind: decide(handler) for kind, handler in service.deadline_handlers.items()
        },
    )


@contextmanager
def _probes(stages: StageClock) -> Iterator[None]:
    """The chassis's functions of ``_PROBES`` counted for the length of the block."""
    with ExitStack() as undo:
        for module_name, name, stage in _PROBES:
            module = import_module(module_name)
            function = getattr(module, name, None)
            if function is None:
                continue
            wrap = stages.of_coroutine if iscoroutinefunction(function) else stages.of_function
            setattr(module, name, wrap(stage, function))
            undo.callback(setattr, module, name, function)
        yield


async def _count_statements(pool: asyncpg.Pool, counts: Counter[str]) -> None:
    """Count what the pool's present connections send from now on."""

    async def note(query: LoggedQuery) -> None:
        counts[" ".join(query.query.split())] += 1

    async with AsyncExitStack() as held:
        for _ in range(pool.get_idle_size()):
            connection = await held.enter_async_context(pool.acquire())
            connection.add_query_logger(note)


async def _emitted(pool: asyncpg.Pool) -> int:
    count: int = await pool.fetchval("select coalesce(sum(events), 0) from delivery.outbox")
    return count


def _newest(records: Sequence[Record]) -> datetime:
    """The latest time at which any of ``records`` says that it occurred."""
    return max(_occurred_at(each) for each in records)


def _occurred_at(record: Record) -> datetime:
    try:
        return decode(record.headers).occurred_at
    except EnvelopeError:
        return record.recorded_at
