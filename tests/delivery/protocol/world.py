"""A service with two instances, its database, its topics, and everything that can befall them."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg

from schemas.event_id import caused_event_id, root_event_id
from services.chassis import redrives, relay
from services.chassis.effects import Refused
from services.chassis.letter_desk import Person
from services.chassis.metrics import Metrics
from services.chassis.processor import Patience, Processor
from services.chassis.record import Record, deliver
from services.chassis.relay import Relay
from services.chassis.repair import Change
from services.chassis.service import Service
from tests.delivery.protocol import snapshot
from tests.delivery.protocol.broker import PARTITIONS, Broker, Place, Producer, place_of
from tests.delivery.protocol.ledger import (
    PERSON,
    REPAIRED_CENTS,
    BrokenPromiseError,
    Correction,
    Input,
    Kind,
    Known,
    Seen,
    check,
    check_at_rest,
)
from tests.delivery.protocol.schedule import (
    CURRENT,
    ConnectionProxy,
    Connections,
    Driver,
    Killed,
    Operation,
    PoolProxy,
)
from tests.delivery.till import Adjust, Counted, Deposit, Opened
from tests.support import NOON, ManualClock, record

INSTANCES = ("one", "two")
PLACES: tuple[Place, ...] = tuple(
    (topic, partition) for topic in (Deposit.TOPIC, Opened.TOPIC) for partition in range(PARTITIONS)
)
LARGEST_TOTAL_CENTS = 1_000_000
PATIENCE = Patience(retry_soon=timedelta(seconds=1), retry_after=timedelta(seconds=30))
PACKS = 2
MOST_RETRIES = 40
MOST_STEPS = 5_000


class Unlucky:
    """A log that ends a relay's run at the first fault, as a restart of its process would."""

    def error(self, *_: object, **__: object) -> None:
        """Called where the relay would pause and start again."""
        raise Killed

    def info(self, *_: object, **__: object) -> None:
        """Nothing is looked at."""


@dataclass(slots=True)
class Instance:
    """One process of the service: where it reads, and the batch that it has in hand."""

    name: str
    processor: Processor
    position: dict[Place, int] = field(default_factory=dict)
    in_hand: list[Record] = field(default_factory=list)


class World:
    """One history, from empty tables on. ``service`` and the classes may be a sabotaged kind."""

    def __init__(
        self,
        connections: Connections,
        service: Service[Any],
        *,
        processor: type[Processor] = Processor,
        relay: type[Relay] = Relay,
    ) -> None:
        self.connections = connections
        self.service = service
        self.driver = Driver(connections)
        self.broker = Broker(owner=dict.fromkeys(PLACES, "one"))
        self.clock = ManualClock()
        self.known = Known(committed=self.broker.committed)
        self.deadline_of: dict[UUID, UUID] = {}
        self._processor = processor
        self._relay = relay
        self.instances = {name: self._started(name) for name in INSTANCES}
        self._count = 0
        self.deadlocks = 0
        self.interrupted = False
        self.copyable: list[tuple[int, str]] = []

    def _started(self, name: str) -> Instance:
        pool = PoolProxy(self.connections)
        return Instance(
            name,
            self._processor(self.service, pool, self.clock, patience=PATIENCE),
        )

    def produce(
        self, kind: Kind, till: str, *, needs: str = "", copy_of: int | None = None
    ) -> None:
        """Send a record; ``copy_of`` gives it the id, not the content, of an earlier one."""
        self._count += 1
        closes = kind is Kind.GOOD and self._count % 5 == 0
        amount = {Kind.REFUSED: -1, Kind.UNSTORABLE: LARGEST_TOTAL_CENTS}.get(kind, self._count)
        event: Deposit | Opened = Deposit(
            practice_id="P1",
            till_id=till,
            number=99 if closes else 666 if kind is Kind.FAILING else 1000 + self._count,
            amount_cents=amount,
            needs=needs,
        )
        if kind is Kind.REFERENCE:
            event = Opened(practice_id="P1", name=till)
        if kind is Kind.GOOD and copy_of is None:
            self.copyable.append((self._count, till))
        event_id = root_event_id(NOON, str(self._count if copy_of is None else copy_of))
        made = record(event, event_id=event_id)
        value = b"{" + str(self._count).encode() if kind is Kind.UNREADABLE else made.value
        headers = [] if kind is Kind.HEADLESS else made.headers
        place = place_of(made.topic, made.key)
        stored = self.broker.append(place, made.key, headers, value, self.clock.now())
        delivery = deliver(stored, self.service.subscriptions)
        came = Input(
            identity=delivery.identity,
            lane=delivery.lane or "",
            till=till,
            kind=kind,
            amount_cents=amount,
            needs=needs,
            produced_at=self.clock.now(),
            value=value or b"",
            closes=closes,
        )
        before = {each.identity for log in self.known.log.values() for each in log}
        self.known.log.setdefault((stored.topic, stored.partition), []).append(came)
        if closes and came.identity not in before:
            self.deadline_of[came.identity] = caused_event_id(
                came.identity, "deadline:close", f"{till}"
            )

    async def poll(self, name: str, most: int) -> Operation | None:
        """An instance reads what it owns and processes it, then commits its offsets."""
        instance = self.instances[name]
        if instance.in_hand:
            return None
        ends: dict[Place, int] = {}
        for place in PLACES:
            if self.broker.owner[place] != name:
                continue
            first = instance.position.setdefault(place, self.broker.committed.get(place, 0))
            got = self.broker.logs.get(place, [])[first : first + most - len(instance.in_hand)]
            instance.in_hand += got
            if got:
                ends[place] = instance.position[place] = got[-1].offset + 1
        if not instance.in_hand:
            return None

        async def work() -> None:
            try:
                await instance.processor.process(instance.in_hand)
            except Exception:
                for place in ends:
                    instance.position.pop(place, None)
                raise
            finally:
                instance.in_hand = []
            await CURRENT.get().gate("before the offsets are committed")
            self.broker.commit(name, ends)
            await CURRENT.get().gate("after the offsets are committed")

        return await self._begin("poll", name, work())

    async def retry(self, name: str) -> Operation:
        """An instance looks at the lanes that wait."""
        return await self._begin("retry", name, self.instances[name].processor.retry_parked(2, 3))

    async def deadlines(self, name: str) -> Operation:
        """An instance looks for deadlines."""
        return await self._begin("deadlines", name, self.instances[name].processor.run_deadlines(2))

    async def correct(self, name: str, till: str, cents: int, again: bool = False) -> Operation:
        """A person corrects a till; ``again``: the last command is sent once more."""
        command_id = root_event_id(NOON, "command", str(len(self.known.corrections) - again))
        if again and command_id in self.known.corrections:
            till, cents = (
                self.known.corrections[command_id].till,
                self.known.corrections[command_id].amount_cents,
            )
        self.known.corrections[command_id] = Correction(till, cents)
        command = Adjust(
            practice_id="P1", actor=PERSON, role="owner", till_id=till, amount_cents=cents
        )

        async def work() -> None:
            effects = await self.instances[name].processor.act(command, command_id)
            self.known.people_done += bool(effects.emissions)
            self.known.corrected.add(command_id)

        return await self._begin("act", name, work())

    async def redrive(self, name: str, letter: UUID) -> Operation:
        """A person lets a dead letter be tried again."""
        self.known.redrives_asked.append(letter)

        async def work() -> None:
            await self.instances[name].processor.redrive(letter, PERSON, "operator")
            self.known.people_done += 1

        return await self._begin("redrive", name, work())

    async def redrive_asked(self, name: str, letter: UUID) -> Operation:
        """An instance does a redrive that a person asked for."""
        self.known.redrives_asked.append(letter)
        run, person = UUID(int=len(self.known.redrives_asked)), Person(PERSON, "operator")
        await redrives.ask(self.connections.monitor, run, [letter], person)
        processor = self.instances[name].processor
        work = redrives.do_next(processor.desk, processor.pool)
        return await self._begin("redrive asked", name, work)

    async def dismiss(self, name: str, letter: UUID) -> Operation:
        """A person gives a dead letter up."""
        self.known.dismissals_asked.append(letter)

        async def work() -> None:
            await self.instances[name].processor.dismiss(letter, PERSON, "operator", "no use")
            self.known.people_done += 1
            self.known.dismissed.append(letter)

        return await self._begin("dismiss", name, work())

    async def repair(self, name: str, letter: UUID) -> Operation:
        """A person repairs the amount of a dead letter."""
        self.known.repairs_asked.append(letter)
        change = Change("amount_cents", str(REPAIRED_CENTS))
        person = Person(PERSON, "operator", "typed a minus")

        async def work() -> None:
            answer, _ = await self.instances[name].processor.desk.repair(letter, [change], person)
            if answer.outcome != "unchanged":
                self.known.people_done += 1

        return await self._begin("repair", name, work())

    async def relay(self, name: str, fate: int) -> Operation:
        """An instance publishes what waits in the outbox, then ends."""

        async def connect() -> ConnectionProxy:
            await CURRENT.get().gate("connect")
            one.stop()
            return await self.connections.lend(CURRENT.get())

        one = self._relay(
            connect,
            "",
            client_id=name,
            most_packs=PACKS,
            metrics=Metrics(self.service.name),
            log=Unlucky(),  # type: ignore[arg-type]
        )
        return await self._begin("relay", name, one.run(), fate)

    async def _begin(
        self, name: str, instance: str, work: Coroutine[Any, Any, Any], fate: int = 0
    ) -> Operation:
        operation = Operation(name, instance, fate, self)
        await self.driver.begin(operation, work)
        return operation

    def reap(self) -> None:
        """Look at how operations ended; what no fault explains is raised."""
        while self.driver.ended:
            operation = self.driver.ended.pop()
            self.interrupted |= operation.name == "relay" and operation.interrupted
            error = None if operation.task.cancelled() else operation.task.exception()
            if isinstance(error, asyncpg.DeadlockDetectedError):
                self.deadlocks += 1
            elif isinstance(error, Killed | LookupError | Refused) or operation.interrupted:
                continue
            elif error is not None:
                raise error

    async def kill(self, name: str) -> None:
        """End an instance with everything that it has under way; a new one starts from nothing."""
        for operation in [each for each in self.driver.under_way if each.instance == name]:
            await self.driver.kill(operation)
        self.instances[name] = self._started(name)

    async def abandon(self) -> None:
        """End everything that is under way, and ask no more."""
        for operation in list(self.driver.under_way):
            await self.driver.kill(operation)

    def rebalance(self, place: Place, name: str) -> None:
        """Give a partition to an instance; the one before may not have noticed yet."""
        self.broker.owner[place] = name
        for instance in self.instances.values():
            instance.position.pop(place, None)

    def replay(self, place: Place) -> None:
        """Set the group's offset back to the start."""
        self.broker.committed[place] = 0
        for instance in self.instances.values():
            instance.position.pop(place, None)

    async def look(self) -> Seen:
        """What is stored now."""
        published = [
            each
            for place in sorted(self.broker.logs)
            if place not in PLACES
            for each in self.broker.logs[place]
        ]
        return await snapshot.look(self.connections.monitor, published, Counted.TOPIC)

    async def check(self) -> Seen:
        """Raise ``BrokenPromiseError`` where a promise is broken at this moment."""
        relays = [each for each in self.driver.under_way if each.name == "relay"]
        self.known.relay_undone = self.interrupted or bool(relays)
        seen = await self.look()
        check(self.known, seen, self.deadline_of)
        return seen

    async def finish(self, operation: Operation) -> None:
        """Let an operation run to its end, and those that hold what it waits for."""
        for _ in range(MOST_STEPS):
            if operation.done:
                break
            movable = [each for each in self.driver.under_way if each.movable]
            await self.driver.advance(operation if operation.movable else movable[0], 1)
        else:
            raise BrokenPromiseError(f"{operation.name} comes to no end")
        self.reap()

    async def heal(self) -> None:
        """Let every fault end and give everything time; then everything must be at rest."""
        self.reap()
        for operation in list(self.driver.under_way):
            await self.finish(operation)
        self.broker.land_late()
        for place in PLACES:
            self.rebalance(place, "one")
        while (polled := await self.poll("one", 10)) is not None:
            await self.finish(polled)
        for _ in range(2):
            self.clock.advance(PATIENCE.retry_after)
            for _ in range(MOST_RETRIES):
                operation = await self.retry("one")
                await self.finish(operation)
                if not operation.task.result():
                    break
            else:
                raise BrokenPromiseError("something is tried again and again")
        operation = await self.relay("two", 0)
        await self.finish(operation)
        check_at_rest(self.known, await self.check())


@contextmanager
def stepped_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop to step through, on which relays meet the broker and the clock of their own world.

    What a killed process leaves open is no news to it.
    """
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda _loop, _context: None)

    def producer(**_options: object) -> Producer:
        return Producer(CURRENT.get().world.broker)

    def seconds() -> int:
        world: World = CURRENT.get().world
        return (world.clock.now() - NOON) // timedelta(seconds=1)

    try:
        with patch.multiple(relay, AIOKafkaProducer=producer, monotonic=seconds):
            yield loop
    finally:
        loop.close()
