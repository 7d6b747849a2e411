"""One service process: from a composition root to a running, observable, stoppable service."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
import uvloop

from services.chassis import clock_set_back, outbox, redrives, retention
from services.chassis.abreast import Abreast
from services.chassis.background import Runtime, keep_running
from services.chassis.breaker import Breaker
from services.chassis.clock import Clock, SteadyClock, clock_from_environment
from services.chassis.consumer import Consumer
from services.chassis.guard import Due, Guard
from services.chassis.health import Progress
from services.chassis.http import HealthApp, HttpEdge
from services.chassis.logs import Logger, configure_logs, fault_of, place_of
from services.chassis.metrics import Metrics
from services.chassis.migrate import migrate
from services.chassis.presence import Presence
from services.chassis.processor import Batch, Patience, Processor
from services.chassis.record import Record
from services.chassis.relay import Connect, Relay
from services.chassis.service import Service
from services.chassis.settings import ChassisSettings
from services.chassis.watermark import Watermark

_RELAY_SILENT_SECONDS = 30
"""A relay speaks several times a second; one that is silent so long leaves its shards to others."""

_MIGRATION_SILENT_SECONDS = 30
"""Between two statements of a migration lie milliseconds."""

_CONNECTED_SECONDS = 60
COLLECTOR_THRESHOLDS = (200_000, 20, 20)
"""The garbage of a batch has no cycles and goes by itself; a collection while one is decided finds
all of it alive, and a batch of five hundred holds a hundred thousand objects.
"""

_ANSWERS_WITHIN_SECONDS = 8
_NOTHING_TO_FORGET_SECONDS = 60
_BETWEEN_SWEEPS_SECONDS = 0.05
_BETWEEN_LOOKS_AT_THE_CLOCK_SECONDS = 60
_ASKED_LATELY_SECONDS = 5
GAUGES = """
select outbox.depth as outbox_depth, outbox.age as outbox_age,
       (select count(*) from delivery.dead_letter
        where status = 'open') as dead_letters,
       (select count(*) from delivery.parked) as parked
from (
    select coalesce(sum(events), 0) as depth,
           coalesce(extract(epoch from now() - min(created_at))::int, 0) as age
    from delivery.outbox
) as outbox
"""
"""The outbox is walked once: it turns over so fast that most of its pages hold what is gone."""


_KNOW_TYPES = """
select $1::text[], $2::uuid[], $3::timestamptz[], $4::date[], $5::bytea[], $6::smallint[],
       $7::int[], $8::bigint[], $9::boolean[], $10::jsonb[]
"""


async def _know_types(connection: asyncpg.Connection) -> None:
    """Have the client look up at once what it would look up type by type, 10 ms each."""
    await connection.prepare(_KNOW_TYPES)


async def _keep_as_it_is(connection: asyncpg.Connection) -> None:
    """Nothing to reset: no statement changes a pooled connection's session."""


async def connect_pool(dsn: str, settings: ChassisSettings) -> asyncpg.Pool:
    """A pool whose every statement has a time-out."""
    return await asyncpg.create_pool(
        dsn,
        min_size=2,
        max_size=settings.pool_connections,
        command_timeout=settings.statement_timeout_seconds,
        init=_know_types,
        reset=_keep_as_it_is,
        server_settings=session_settings(settings),
    )


def session_settings(settings: ChassisSettings) -> dict[str, str]:
    """What the database does with a session of a process that froze or vanished: it ends it.

    Until then its locks keep others from keys and shards. The network is probed, and a transaction
    that stands still is ended as late as the slowest batch would be.

    A statement is planned each time it runs: a plan that is kept was made while the tables were
    small, and goes on reading the whole of them long after they have grown (ADR 0030).
    """
    return {
        "application_name": f"claimstream-{settings.instance}",
        "plan_cache_mode": "force_custom_plan",
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "3",
        "tcp_keepalives_count": "3",
        "idle_in_transaction_session_timeout": f"{settings.slowest_batch_seconds}s",
    }


class ServiceProcess:
    """Starts, watches and stops everything that one service process consists of."""

    def __init__(
        self,
        service: Service[Any],
        pool: asyncpg.Pool,
        settings: ChassisSettings,
        clock: Clock,
        *,
        connect: Connect,
        log: Logger,
    ) -> None:
        self.settings = settings
        self.log = log
        self.metrics = Metrics(service.name)
        self.progress = Progress(settings.stalled_after_seconds)
        self.processor = Processor(
            service,
            pool,
            clock,
            metrics=self.metrics,
            patience=Patience(settings.reference_limit, settings.retry_after),
        )
        self._guard = Guard(
            self.processor,
            partial(
                Breaker,
                settings.breaker_window,
                settings.breaker_least_keys,
                settings.breaker_percent,
            ),
            settings.instance,
            progress=self.progress,
            metrics=self.metrics,
            log=log,
        )
        self._watermark = Watermark(
            settings.outbox_watermark,
            settings.outbox_patience_seconds,
            self._outbox_depth,
            progress=self.progress,
            metrics=self.metrics,
            log=log,
        )
        self._parked_wake = asyncio.Event()
        self.consumer = Consumer(
            service.name,
            list(service.subscriptions),
            settings,
            self._process,
            room=self._watermark.room,
            progress=self.progress,
            metrics=self.metrics,
            log=log,
            unhurried=service.unhurried,
            leisurely=service.leisurely,
        )
        self.relay = Relay(
            connect,
            settings.kafka_bootstrap,
            client_id=f"claimstream-{service.name}-{settings.instance}-relay",
            metrics=self.metrics,
            log=log,
            unhurried=service.unhurried,
        )
        self.runtime = Runtime(
            service.name,
            pool,
            clock,
            asyncio.Event(),
            log,
            self.relay.wake,
            lambda: self.progress.held_back,
        )
        self.edge = HttpEdge(
            HealthApp(self.status, self.metrics),
            settings.http_host,
            settings.http_port,
            settings.port_file,
        )
        self._retention = retention.Retention(
            settings.inbox_retention_days,
            settings.dead_letter_retention_days,
            list(retention.forgetful_topics(service.subscriptions)),
        )
        self._steady = SteadyClock(clock)
        self._presence = Presence(settings.instance)
        self._abreast = Abreast(pool, self.progress, settings.instance)
        self._asked_lately = 0.0
        self._gauges: dict[str, int] = {}
        self._looking: asyncio.Task[None] | None = None

    async def _process(self, records: Sequence[Record]) -> None:
        await self._guard.let_through(records)
        batch = await self.processor.process(records)
        if batch.outgoing or batch.letters:
            self.relay.wake()
        if batch.arrivals:
            self._parked_wake.set()
        await self._guard.watch(batch)

    async def _outbox_depth(self) -> int:
        async with self.runtime.pool.acquire() as connection:
            return await outbox.depth(connection)

    def status(self) -> dict[str, Any]:
        """What ``/status`` answers."""
        gauges = self._gauges
        return {
            "service": self.processor.service.name,
            "instance": self.settings.instance,
            "state": self.progress.state,
            "alive": self.progress.alive,
            "ready": self.progress.ready,
            "lag_events": self.progress.lag_events,
            "lag_seconds": self.progress.lag_seconds(),
            "outbox_depth": gauges.get("outbox_depth", 0),
            "outbox_age_seconds": gauges.get("outbox_age", 0),
            "dead_letters": gauges.get("dead_letters", 0),
            "parked_events": gauges.get("parked", 0),
        }

    async def run(self, until: asyncio.Event) -> None:
        """Run until ``until`` is set, then drain: finish, commit, publish, release, close."""
        await self.edge.start()
        self.log.info("listening", port=self.edge.port)
        await self._recall(until)
        relay = asyncio.create_task(self.relay.run())
        tasks = [
            asyncio.create_task(self._repeat("deadlines", self._run_deadlines)),
            asyncio.create_task(self._repeat("parked", self._retry_parked)),
            asyncio.create_task(self._repeat("redrives", self._redrive)),
            asyncio.create_task(self._repeat("watch", self._watch)),
            asyncio.create_task(self._repeat("forget", self._forget)),
            asyncio.create_task(self._repeat("clock", self._look_at_the_clock)),
            *(
                asyncio.create_task(keep_running(self.runtime, task, self.metrics))
                for task in self.processor.service.background
            ),
        ]
        try:
            if await self.consumer.start(until):
                gc.collect()
                gc.freeze()
                self.log.info("started", topics=len(self.processor.service.subscriptions))
                await until.wait()
        finally:
            self.log.info("draining")
            self.runtime.stopping.set()
            await self.consumer.stop()
            _, unfinished = await asyncio.wait(tasks, timeout=self.settings.drain_seconds)
            for task in unfinished:
                task.cancel()
            if self._looking is not None:
                self._looking.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._leave()
            self.relay.stop()
            await asyncio.wait([relay], timeout=self.settings.drain_seconds)
            relay.cancel()
            await asyncio.gather(relay, return_exceptions=True)
            await self.edge.stop()
            self.log.info("stopped")

    async def _recall(self, until: asyncio.Event) -> None:
        """Begin as this instance ended; a database that hangs up meanwhile is asked again."""
        while not until.is_set():
            try:
                await self._guard.recall()
                return
            except Exception as error:
                self.metrics.fault(fault_of(error))
                self.log.error(  # noqa: TRY400 - an exception's text is never logged
                    "step failed", kind="recall", fault=fault_of(error), where=place_of(error)
                )
                await _wait(until, 1)

    async def _repeat(self, kind: str, step: Callable[[], Awaitable[None]]) -> None:
        while not self.runtime.stopping.is_set():
            try:
                await step()
            except Exception as error:
                self.metrics.fault(fault_of(error))
                self.log.error(  # noqa: TRY400 - an exception's text is never logged
                    "step failed", kind=kind, fault=fault_of(error), where=place_of(error)
                )
                await self.runtime.pause(1)

    async def _run_deadlines(self) -> None:
        came = Batch()
        if await self._may_run("deadlines") and await self.processor.run_deadlines(came=came):
            self.relay.wake()
            await self._guard.watch(came, "deadlines")
        else:
            await _wait(self.runtime.stopping, 0.5)

    async def _retry_parked(self) -> None:
        self._parked_wake.clear()
        came = Batch()
        if await self._may_run("parked") and await self.processor.retry_parked(came=came):
            self.relay.wake()
            await self._guard.watch(came, "parked")
        else:
            await _wait(self._parked_wake, 0.5)

    async def _redrive(self) -> None:
        """Do what people ask for, also while the breaker is open: nothing new is set aside by it.

        What is only tried adds nothing to an outbox that is full. Who asks once asks for more, so
        that the next look comes sooner for a while.
        """
        held_back, pool = self.progress.held_back, self.runtime.pool
        if await redrives.do_next(self.processor.desk, pool, only_rehearsals=held_back):
            self._asked_lately = monotonic()
            self.relay.wake()
            self._parked_wake.set()
            return
        lately = monotonic() - self._asked_lately < _ASKED_LATELY_SECONDS
        await _wait(self.runtime.stopping, 0.05 if lately else 1)

    async def _leave(self) -> None:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            async with asyncio.timeout(1), self.runtime.pool.acquire() as connection:
                await self._presence.leave(connection)

    async def _may_run(self, kind: Due) -> bool:
        """Whether what is due may be decided; deadlines that stopped the service are tried first.

        Until that lets it go on, it reads nothing and cannot come abreast of its topics.
        """
        if self.progress.held_back:
            return False
        waits = kind == "deadlines" and not await self._abreast.is_so()
        if waits and not self.progress.tripped:
            return False
        return await self._guard.may_run(kind) and not waits

    async def _look(self) -> None:
        async with self.runtime.pool.acquire() as connection:
            row = await connection.fetchrow(GAUGES)
            await self._presence.say(connection, self._abreast.state)
        self._gauges = dict(row)
        self._watermark.noted(row["outbox_depth"])
        await self._guard.look()

    async def _watch(self) -> None:
        """Look at database and broker.

        A database that says nothing for some seconds does not answer, though the statement has
        longer; the look goes on, and no second one is begun meanwhile.
        """
        looking = self._looking = self._looking or asyncio.create_task(self._look())
        await asyncio.wait([looking], timeout=_ANSWERS_WITHIN_SECONDS)
        if not looking.done():
            self.progress.database_answers = False
        else:
            self._looking = None
            try:
                await looking
                self.progress.database_answers = True
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                self.progress.database_answers = False
        self.consumer.rest()
        lag = await self.consumer.lag()
        self.progress.broker_answers = lag is not None
        if lag is not None:
            self.progress.observed(
                sum(lag.values()) + self.consumer.records_in_hand,
                has_caught_up=self.consumer.has_caught_up,
            )
        self.metrics.lag_events.set(self.progress.lag_events)
        self.metrics.lag_seconds.set(self.progress.lag_seconds())
        self.metrics.outbox_depth.set(self._gauges.get("outbox_depth", 0))
        self.metrics.outbox_age_seconds.set(self._gauges.get("outbox_age", 0))
        self.metrics.dead_letters_open.set(self._gauges.get("dead_letters", 0))
        self.metrics.parked_events.set(self._gauges.get("parked", 0))
        await _wait(self.runtime.stopping, 0.5)

    async def _forget(self) -> None:
        """Forget, a few pages at a time, what its retention no longer asks for."""
        swept = await retention.sweep(self.runtime.pool, self._retention, self._steady.now())
        if swept is None:
            await redrives.forget_void(self.runtime.pool)
            await _wait(self.runtime.stopping, _NOTHING_TO_FORGET_SECONDS)
            return
        self.metrics.forgotten(swept.what, swept.gone)
        if swept.is_through:
            self.log.info("swept", kind=swept.what, count=swept.gone_so_far)
        await _wait(self.runtime.stopping, _BETWEEN_SWEEPS_SECONDS)

    async def _look_at_the_clock(self) -> None:
        """Call back what was put off by a clock that has been set back since."""
        now, retry_after = self.processor.clock.now(), self.settings.retry_after
        if count := await clock_set_back.put_right(self.runtime.pool, now, retry_after):
            self.log.warning("clock set back: what it had put off is due", count=count)
        await _wait(self.runtime.stopping, _BETWEEN_LOOKS_AT_THE_CLOCK_SECONDS)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), timeout=seconds)
    except TimeoutError:
        return


def never_silent(settings: ChassisSettings, seconds: int) -> dict[str, str]:
    """Settings of a session that holds locks between its transactions: ended once it is silent."""
    return {**session_settings(settings), "idle_session_timeout": f"{seconds}s"}


async def migrated(dsn: str, folder: Path, settings: ChassisSettings) -> list[str]:
    """Migrate the database; which files were applied.

    Who freezes while it migrates loses its session and the lock with it, so that the others, who
    wait for the lock, wait no longer than a migration takes. How long that is nobody can say.
    """
    silent = never_silent(settings, _MIGRATION_SILENT_SECONDS)
    connection = await asyncpg.connect(dsn, timeout=_CONNECTED_SECONDS, server_settings=silent)
    try:
        return await migrate(connection, folder)
    finally:
        await connection.close(timeout=settings.drain_seconds)


async def run_service(
    service: Service[Any],
    dsn: str,
    until: asyncio.Event,
    *,
    settings: ChassisSettings,
    clock: Clock,
    log: Logger,
) -> None:
    """Migrate the database, run the service until ``until`` is set, and drain."""
    applied = await migrated(dsn, service.migrations, settings)
    if applied:
        log.info("migrated", migrations=len(applied))
    pool = await connect_pool(dsn, settings)

    connect = partial(
        asyncpg.connect,
        dsn,
        command_timeout=settings.statement_timeout_seconds,
        server_settings=never_silent(settings, _RELAY_SILENT_SECONDS),
    )
    try:
        await ServiceProcess(service, pool, settings, clock, connect=connect, log=log).run(until)
    finally:
        try:
            await asyncio.wait_for(pool.close(), timeout=settings.drain_seconds)
        except TimeoutError:
            pool.terminate()


def main(service: Service[Any], dsn: str) -> None:
    """Be a service process: logs, collector, event loop and signals are this one's to set."""
    settings = ChassisSettings.read()
    log = configure_logs(service.name, settings.instance)
    clock = clock_from_environment()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)

    async def until_signalled() -> None:
        until = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, until.set)
        await run_service(service, dsn, until, settings=settings, clock=clock, log=log)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(until_signalled())
