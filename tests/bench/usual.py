"""The usual FastStream service: one message, one transaction, one confirmed publish per event.

    python -m tests.bench.usual SERVICE

The domain, the statements and the background tasks are the service's own; only how messages come
in and events go out differs. Where usual services differ among themselves the cheaper way is
taken: FastStream's own acknowledgement (offsets committed in the background, so that a crash loses
what was in hand), no inbox, no check for blocked keys, no thread hop for message parameters. What
background tasks and deadlines emit still goes by outbox and relay.
"""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

import asyncpg
import uvloop
from aiokafka import TopicPartition
from faststream.kafka import KafkaBroker
from faststream.message import StreamMessage

from claimstream.stack.state import database_variable
from schemas.envelope import OutgoingRecord, decode
from schemas.event import Event
from services.chassis import deadlines, outbox
from services.chassis.clock import Clock, clock_from_environment
from services.chassis.consumer import Consumer
from services.chassis.effects import Effects, Refused, Waiting
from services.chassis.health import Progress
from services.chassis.incoming import Incoming
from services.chassis.logs import Logger, configure_logs
from services.chassis.metrics import Metrics
from services.chassis.migrate import migrate
from services.chassis.record import Record
from services.chassis.relay import Connect
from services.chassis.runtime import COLLECTOR_THRESHOLDS, ServiceProcess, connect_pool
from services.chassis.service import Service
from services.chassis.settings import ChassisSettings

Publish = Callable[[OutgoingRecord], Awaitable[None]]

_TRIES = 100
_PAUSE_SECONDS = 0.05
_CONFLICTS = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.UniqueViolationError,
)


class Handling:
    """What the usual handler does with one message."""

    def __init__(
        self, service: Service[Any], pool: asyncpg.Pool, clock: Clock, publish: Publish
    ) -> None:
        self.service = service
        self._pool = pool
        self._clock = clock
        self._publish = publish

    async def handle(self, incoming: Incoming[Any]) -> None:
        """Decide in a transaction of its own, then publish each event and await its receipt.

        A reference that is not known yet and a conflict with another transaction are tried again;
        what a rule refuses, and what was tried too often, becomes a dead letter.
        """
        for _ in range(_TRIES):
            try:
                effects = await self._decide(incoming)
                break
            except (Waiting, *_CONFLICTS):
                await asyncio.sleep(_PAUSE_SECONDS)
            except Refused:
                await self._set_aside(incoming)
                return
        else:
            await self._set_aside(incoming)
            return
        now = self._clock.now()
        for emission in effects.emissions:
            await self._publish(
                outbox.outgoing(
                    emission,
                    service=self.service.name,
                    cause_id=incoming.event_id,
                    now=now,
                    correlation_id=incoming.correlation_id,
                    traceparent=incoming.traceparent,
                )
            )

    async def _decide(self, incoming: Incoming[Any]) -> Effects:
        async with self._pool.acquire() as connection, connection.transaction():
            workspace = await self.service.load(connection, [incoming])
            handler = self.service.handlers[type(incoming.event)]
            with workspace.deciding():
                effects: Effects = handler(workspace, incoming, self._clock.now())
            await self.service.save(connection, workspace)
            await deadlines.keep(
                connection, [(incoming.event_id, deadline) for deadline in effects.deadlines]
            )
            return effects

    async def _set_aside(self, incoming: Incoming[Any]) -> None:
        topic = f"{incoming.topic}.{self.service.name}.dlq"
        value = incoming.event.to_json()
        await self._publish(OutgoingRecord(topic, incoming.key.encode(), [], value))


class OneByOne(Consumer):
    """A plain subscriber for each topic of a service, in place of the batch consumer."""

    def __init__(
        self,
        service: Service[Any],
        pool: asyncpg.Pool,
        clock: Clock,
        settings: ChassisSettings,
        *,
        progress: Progress,
        metrics: Metrics,
        log: Logger,
    ) -> None:
        topics = list(service.subscriptions)
        super().__init__(
            service.name,
            topics,
            settings,
            _nothing,
            room=_nothing,
            progress=progress,
            metrics=metrics,
            log=log,
        )
        self._handling = Handling(service, pool, clock, self._publish)
        self.broker = KafkaBroker(
            settings.kafka_bootstrap,
            client_id=f"usual-{service.name}",
            acks="all",
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
            graceful_timeout=settings.drain_seconds,
        )
        self._subscribers = []
        for topic, model in service.subscriptions.items():
            subscriber = self.broker.subscriber(
                topic,
                group_id=service.name,
                auto_offset_reset="earliest",
                decoder=_decoder(topic, model),
            )
            subscriber(self._on_message)
            self._subscribers.append(subscriber)

    async def lag(self) -> dict[TopicPartition, int]:
        """Records not yet read, per assigned partition; ready once every topic is assigned."""
        found: dict[TopicPartition, int] = {}
        assigned = 0
        for subscriber in self._subscribers:
            client = subscriber.consumer
            places = list(client.assignment()) if client is not None else []
            if client is None or not places:
                continue
            assigned += 1
            ends = await client.end_offsets(places)
            for place in places:
                found[place] = max(ends[place] - await client.position(place), 0)
        if assigned == len(self._subscribers) and not self._progress.assignment_held:
            self._progress.assigned()
        return found

    async def _on_message(self, incoming: Incoming[Any]) -> None:
        self.records_in_hand += 1
        try:
            await self._handling.handle(incoming)
        finally:
            self.records_in_hand -= 1
        self._progress.batch_ended(0)

    async def _publish(self, record: OutgoingRecord) -> None:
        await self.broker.publish(
            record.value,
            topic=record.topic,
            key=record.key,
            headers={name: value.decode() for name, value in record.headers},
        )


async def _nothing(*_records: Sequence[Record]) -> None:
    """The batch consumer's part, which no batch ever reaches here."""


def _decoder(
    topic: str, model: type[Event]
) -> Callable[[StreamMessage[Any]], Awaitable[Incoming[Any]]]:
    """The subscriber's model, with the envelope beside it."""

    async def read(message: StreamMessage[Any]) -> Incoming[Any]:
        event = model.from_json(message.body)
        envelope = decode([(name, str(text).encode()) for name, text in message.headers.items()])
        return Incoming(
            envelope.event_id,
            topic,
            event.key,
            event,
            envelope.occurred_at,
            envelope.correlation_id,
            envelope.traceparent,
        )

    return read


class UsualProcess(ServiceProcess):
    """A service process with the usual way in and out; the rest is the chassis's."""

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
        super().__init__(service, pool, settings, clock, connect=connect, log=log)
        self.consumer = OneByOne(
            service, pool, clock, settings, progress=self.progress, metrics=self.metrics, log=log
        )


def main(name: str) -> None:
    """Be one service of the usual pipeline until told to stop."""
    service: Service[Any] = import_module(f"services.{name}.app").service()
    settings = ChassisSettings.read()
    log = configure_logs(service.name, settings.instance)
    clock = clock_from_environment()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)

    async def run() -> None:
        until = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, until.set)
        url = os.environ[database_variable(name)]
        pool = await connect_pool(url, settings)
        try:
            async with pool.acquire() as connection:
                await migrate(connection, service.migrations)
            connect = partial(asyncpg.connect, url)
            await UsualProcess(service, pool, settings, clock, connect=connect, log=log).run(until)
        finally:
            pool.terminate()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


if __name__ == "__main__":
    main(sys.argv[1])
