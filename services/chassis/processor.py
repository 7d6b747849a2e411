"""One batch, one transaction: inbox, decisions, state, outbox, dead letters, parked, deadlines."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Any, TypeVar
from uuid import UUID, uuid4

import asyncpg

from schemas.envelope import OutgoingRecord
from schemas.event_id import text_of
from services.chassis import audit, dead_letters, deadlines, inbox, outbox, parking
from services.chassis.clock import Clock
from services.chassis.deadlines import deadline_delivery
from services.chassis.effects import Deadline, Effects, Refused, Waiting
from services.chassis.incoming import Command, DeadlineDue, Incoming
from services.chassis.letter_desk import LetterDesk, Person
from services.chassis.logs import fault_of, place_of
from services.chassis.metrics import Metrics
from services.chassis.one_by_one import Attempt, one_by_one, together, uncrossed
from services.chassis.parking import Block
from services.chassis.record import Delivery, Record, Refusal, deliver
from services.chassis.retention import lasting_topics
from services.chassis.service import Handler, Service
from services.chassis.workspace import Workspace

_TURN_SECONDS = 0.25
"""No rule awaits anything: after so long without, the event loop has a turn between two of them, so
that heartbeats go out, people are answered, and a batch that takes too long is stopped."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may wait: for a reference, and between two looks at a waiting lane.

    ``retry_soon`` is until the first look, ``retry_after`` until the next ones; those that have
    waited for long are looked at less often (``parking.retry_in``).
    """

    reference_limit: timedelta = timedelta(days=3)
    retry_after: timedelta = timedelta(seconds=30)
    retry_soon: timedelta = timedelta(seconds=1)


R = TypeVar("R")


_BY_ITSELF = Person("claimstream", "service", "the reference that it lacked has come")


@dataclass(slots=True)
class Batch:
    """What came of a batch."""

    decided: int = 0
    duplicates: int = 0
    letters: list[tuple[Delivery, Refusal]] = field(default_factory=list)
    to_park: list[Delivery] = field(default_factory=list)
    blocks: dict[str, Block] = field(default_factory=dict)
    outgoing: list[OutgoingRecord] = field(default_factory=list)
    deadlines: list[tuple[UUID, Deadline]] = field(default_factory=list)
    arrivals: list[str] = field(default_factory=list)

    def add(self, other: "Batch") -> None:
        """Count another batch in."""
        self.decided += other.decided
        self.duplicates += other.duplicates
        self.letters += other.letters
        self.to_park += other.to_park
        self.blocks |= other.blocks
        self.outgoing += other.outgoing
        self.deadlines += other.deadlines
        self.arrivals += other.arrivals


class Processor:
    """Applies inputs to one service's database. Safe to call again with the same inputs."""

    def __init__(
        self,
        service: Service[Any],
        pool: asyncpg.Pool,
        clock: Clock,
        *,
        metrics: Metrics | None = None,
        patience: Patience | None = None,
    ) -> None:
        self.service = service
        self.pool = pool
        self.clock = clock
        self.metrics = metrics or Metrics(service.name)
        self.patience = patience or Patience()
        self.desk = LetterDesk(self)
        self._lasting = lasting_topics(service.subscriptions)

    async def process(self, records: Sequence[Record]) -> Batch:
        """Take in records of any topics, in the order read.

        A record that cannot be stored, or at which our own code fails, is set aside by itself.
        Raises what else the database raises; then nothing of the batch has happened.
        """
        started = perf_counter()

        async def apart() -> Batch:
            batch = Batch()
            for record in records:
                batch.add(await one_by_one(partial(self._take_in, [record])))
            return batch

        batch = await together(partial(self._take_in, records), apart)
        self.metrics.batch_seconds.observe(perf_counter() - started)
        self.metrics.batch_records.observe(len(records))
        return batch

    async def retry_parked(
        self, most_lanes: int = 100, most_records: int = 1000, *, came: Batch | None = None
    ) -> int:
        """Try what waits and whose time has come, letters that lack a reference too; how many.

        What came of records that were parked is added to ``came``.
        """
        if not await self._anything(parking.anything_ready):
            return 0
        settled = await together(
            partial(self._retry, most_lanes, most_records, came=came),
            partial(one_by_one, partial(self._retry, 1, 1, came=came)),
        )
        return settled + await self.desk.redrive_due(_BY_ITSELF)

    async def run_deadlines(self, most: int = 500, *, came: Batch | None = None) -> int:
        """Act on deadlines that have passed, earliest first; returns how many.

        One instance at a time does so; for the others nothing is due meanwhile. What came of them
        is added to ``came``.
        """
        if not await self._anything(deadlines.anything_due):
            return 0
        return await together(
            partial(self._run_due, most, came=came),
            partial(one_by_one, partial(self._run_due, 1, came=came)),
        )

    async def _anything(
        self, look: Callable[[asyncpg.Connection, datetime], Awaitable[bool]]
    ) -> bool:
        """A look that costs one statement: most of the time nothing is due."""
        async with self.pool.acquire() as connection:
            return await look(connection, self.clock.now())

    async def _take_in(self, records: Sequence[Record], attempt: Attempt | None = None) -> Batch:
        contracts, views = self.service.subscriptions, self.service.views
        deliveries = [deliver(record, contracts, views) for record in records]
        if attempt is not None:
            deliveries = attempt.on(deliveries)
        batch = Batch()
        async with self.pool.acquire() as connection, connection.transaction():
            if await self.admit(connection, deliveries, batch):
                await self._write(connection, batch)
        self._count(deliveries, batch)
        return batch

    async def admit(
        self, connection: asyncpg.Connection, deliveries: Sequence[Delivery], batch: Batch
    ) -> bool:
        """Decide those deliveries that are new, within the caller's transaction; whether any is.

        State is written; what else comes of it is in ``batch``, for ``write``.
        """
        new = await inbox.admit_deliveries(connection, deliveries, self._lasting)
        set_aside = await dead_letters.known_by_place(connection, deliveries)
        if set_aside:
            await inbox.forget(connection, new & set_aside)
            new -= set_aside
        if len(new) == len(deliveries):
            fresh = list(deliveries)
        else:
            fresh = []
            for delivery in deliveries:
                if delivery.identity in new:
                    new.discard(delivery.identity)
                    fresh.append(delivery)
        batch.duplicates = len(deliveries) - len(fresh)
        if fresh:
            lanes = {delivery.lane for delivery in fresh if delivery.lane}
            blocked = await parking.lock_blocked(connection, lanes)
            await self._decide(connection, fresh, blocked, batch)
        return bool(fresh)

    async def _retry(
        self,
        most_lanes: int,
        most_records: int,
        attempt: Attempt | None = None,
        *,
        came: Batch | None = None,
    ) -> int:
        now = self.clock.now()
        batch = Batch()
        async with self.pool.acquire() as connection, connection.transaction():
            ready = await parking.ready_lanes(connection, now, most_lanes)
            if not ready:
                return 0
            lanes = [lane.lane for lane in ready]
            parked, left = await parking.parked_records(connection, lanes, most_records)
            contracts, views = self.service.subscriptions, self.service.views
            read = [(each, deliver(each.record, contracts, views)) for each in parked]
            others = [own for each, own in read if own.identity != each.identity]
            renamed = {own.identity for own in others}
            unknown = await inbox.admit_deliveries(connection, others, self._lasting)
            deliveries: list[Delivery] = []
            for _, delivery in read:
                if delivery.identity in renamed:
                    if delivery.identity not in unknown:
                        continue
                    unknown.discard(delivery.identity)
                deliveries.append(delivery)
            if attempt is not None:
                deliveries = attempt.on(deliveries)
            overdue = {
                delivery.identity
                for each, delivery in read
                if now - each.parked_at > self.patience.reference_limit
            }
            await self._decide(connection, deliveries, set(), batch, overdue=overdue)
            for lane in ready:
                block = batch.blocks.get(lane.lane)
                if block is not None and block.waiting_for == lane.waiting_for:
                    batch.blocks[lane.lane] = replace(block, since=lane.blocked_at)
            still_parked = {delivery.identity for delivery in batch.to_park}
            await inbox.forget(connection, renamed & still_parked)
            batch.to_park.clear()
            settled = [
                (each.lane, each.seq)
                for each, delivery in read
                if delivery.identity not in still_parked
            ]
            await parking.unpark(connection, settled)
            open_lanes = [lane for lane in lanes if lane not in batch.blocks and lane not in left]
            await parking.let_go_on(connection, open_lanes, now)
            await self._write(connection, batch)
        self._count(
            [delivery for delivery in deliveries if delivery.identity not in still_parked], batch
        )
        if came is not None:
            came.add(batch)
        return len(settled)

    async def _run_due(
        self, most: int, attempt: Attempt | None = None, *, came: Batch | None = None
    ) -> int:
        now = self.clock.now()
        batch = Batch()
        async with self.pool.acquire() as connection, connection.transaction():
            due = await deadlines.take_due(connection, now, most)
            if not due:
                return 0
            held = await self.held(connection, due)
            await deadlines.hold(connection, held, now + self.patience.retry_after)
            waiting = {each.event_id for each in held}
            deliveries = [deadline_delivery(each) for each in due if each.event_id not in waiting]
            if attempt is not None:
                deliveries = attempt.on(deliveries)
            await self._decide(connection, deliveries, set(), batch)
            await self._write(connection, batch)
        self._count(deliveries, batch)
        if came is not None:
            came.add(batch)
        return len(due)

    async def held(
        self, connection: asyncpg.Connection, due: Sequence[Incoming[DeadlineDue]]
    ) -> list[Incoming[DeadlineDue]]:
        """Those deadlines that must wait for their lane, which is blocked."""
        lane_of = self.service.deadline_lanes
        lanes = [
            (each, lane_of[each.event.kind](each.event))
            for each in due
            if each.event.kind in lane_of
        ]
        blocked = (
            await parking.are_blocked(connection, [lane for _, lane in lanes]) if lanes else ()
        )
        return [each for each, lane in lanes if lane in blocked]

    async def act(self, command: Command, command_id: UUID | None = None) -> Effects:
        """Carry out a person's decision in one transaction with its outbox and audit rows.

        Raises ``Refused`` or ``Waiting`` when a rule says no; then nothing has happened.
        """
        return await uncrossed(partial(self._act, command, command_id or uuid4()))

    async def _act(self, command: Command, command_id: UUID) -> Effects:
        now = self.clock.now()
        name = type(command).__name__
        incoming: Incoming[Any] = Incoming(
            event_id=command_id,
            topic=f"command:{name}",
            key=command.key,
            event=command,
            occurred_at=now,
        )
        async with self.pool.acquire() as connection, connection.transaction():
            if not await inbox.admit(connection, [incoming.event_id]):
                return Effects()
            workspace = await self.service.load(connection, [incoming])
            with workspace.deciding():
                effects = self._handler(incoming)(workspace, incoming, now)
            await self.service.save(connection, workspace)
            batch = Batch()
            self._collect(batch, incoming, effects, now)
            await self._write(connection, batch)
            await audit.append(
                connection,
                audit.AuditEntry(
                    now, command.actor, command.role, name, command.key, command.reason
                ),
            )
        return effects

    async def redrive(self, letter_id: UUID, actor: str, role: str) -> Refusal | None:
        """Try a dead letter again; afterwards what waited behind it goes on.

        Returns the refusal when it fails again; then it stays where it is.
        Raises ``LookupError`` when there is no such open dead letter.
        """
        (answer,) = await self.desk.redrive([letter_id], Person(actor, role))
        if answer.outcome in {"closed", "behind"}:
            raise LookupError(f"there is no open dead letter {letter_id}")
        if answer.refusal and answer.refusal.reason == dead_letters.TOO_LARGE:
            raise LookupError(answer.refusal.message)
        return answer.refusal

    async def dismiss(self, letter_id: UUID, actor: str, role: str, reason: str) -> None:
        """Give a dead letter up, with a reason; what waited behind it goes on.

        Raises ``LookupError`` when there is no such open dead letter.
        """
        await self.desk.dismiss(letter_id, Person(actor, role, reason))

    async def decide_again(self, connection: asyncpg.Connection, *deliveries: Delivery) -> Batch:
        """Decide deliveries whose lanes may be blocked, within the caller's transaction.

        State is written; what else comes of it is for ``write``.
        """
        batch = Batch()
        overdue = {delivery.identity for delivery in deliveries}
        await self._decide(connection, deliveries, set(), batch, overdue=overdue)
        return batch

    async def write(self, connection: asyncpg.Connection, batch: Batch) -> None:
        """Write what came of a batch beside state, within the caller's transaction."""
        await self._write(connection, batch)

    async def _decide(
        self,
        connection: asyncpg.Connection,
        deliveries: Sequence[Delivery],
        blocked: set[str],
        batch: Batch,
        *,
        overdue: set[UUID] | None = None,
    ) -> None:
        now = self.clock.now()
        ready = [
            delivery.incoming
            for delivery in deliveries
            if delivery.incoming is not None and delivery.lane not in blocked
        ]
        workspace = await self.service.load(connection, ready)
        turn = perf_counter()
        for delivery in deliveries:
            if perf_counter() - turn > _TURN_SECONDS:
                await asyncio.sleep(0)
                turn = perf_counter()
            if delivery.lane in blocked:
                batch.to_park.append(delivery)
                continue
            outcome = self._decide_one(workspace, delivery, now)
            if isinstance(outcome, Waiting):
                due = delivery.incoming.event if delivery.incoming else None
                if type(due) is DeadlineDue:
                    later = now + self.patience.retry_after
                    batch.deadlines.append((delivery.identity, deadlines.postponed(due, later)))
                    continue
                if overdue and delivery.identity in overdue:
                    outcome = dead_letters.reference_missing(outcome.reference)
            if isinstance(outcome, Refusal):
                batch.letters.append((delivery, outcome))
                if delivery.lane:
                    blocked.add(delivery.lane)
                    batch.blocks[delivery.lane] = Block(dead_letter_id=delivery.identity)
            elif isinstance(outcome, Waiting):
                batch.to_park.append(delivery)
                if delivery.lane:
                    blocked.add(delivery.lane)
                    batch.blocks[delivery.lane] = Block(waiting_for=outcome.reference)
            elif delivery.incoming is not None:
                batch.decided += 1
                self._collect(batch, delivery.incoming, outcome, now)
        await self.service.save(connection, workspace)

    def _decide_one(
        self, workspace: Workspace, delivery: Delivery, now: datetime
    ) -> Effects | Refusal | Waiting:
        incoming = delivery.incoming
        if incoming is None:
            return delivery.refusal or Refusal("unreadable", "the record cannot be read")
        try:
            with workspace.deciding():
                return self._handler(incoming)(workspace, incoming, now)
        except Refused as refused:
            return Refusal(refused.reason, refused.message)
        except Waiting as waiting:
            return waiting
        except Exception as error:
            return Refusal("rule_failed", f"{fault_of(error)} at {place_of(error)}")

    def _handler(self, incoming: Incoming[Any]) -> Handler[Any]:
        event = incoming.event
        handler = (
            self.service.deadline_handlers.get(event.kind)
            if type(event) is DeadlineDue
            else self.service.handlers.get(type(event))
        )
        if handler is None:
            raise Refused(
                "handler_missing", f"{self.service.name} does not act on {incoming.topic}"
            )
        return handler

    def _collect(
        self, batch: Batch, incoming: Incoming[Any], effects: Effects, now: datetime
    ) -> None:
        if effects.emissions:
            cause = text_of(incoming.event_id)
            batch.outgoing += [
                outbox.outgoing(
                    emission,
                    service=self.service.name,
                    correlation_id=incoming.correlation_id,
                    traceparent=incoming.traceparent,
                    cause_id=cause,
                    now=now,
                )
                for emission in effects.emissions
            ]
        batch.deadlines.extend((incoming.event_id, deadline) for deadline in effects.deadlines)
        batch.arrivals.extend(effects.arrivals)

    async def _write(self, connection: asyncpg.Connection, batch: Batch) -> None:
        now = self.clock.now()
        name = self.service.name
        copies = [
            dead_letters.published_copy(delivery, refusal, name)
            for delivery, refusal in batch.letters
            if delivery.record.topic in self.service.subscriptions
        ]
        await dead_letters.keep(connection, batch.letters, now)
        patience = self.patience
        await parking.block(
            connection, batch.blocks, now, patience.retry_soon, patience.retry_after
        )
        await parking.park(connection, batch.to_park, now)
        await parking.wake(connection, batch.arrivals, now)
        await deadlines.keep(connection, batch.deadlines)
        await outbox.append(connection, batch.outgoing + copies)

    def _count(self, deliveries: Sequence[Delivery], batch: Batch) -> None:
        if batch.duplicates:
            self.metrics.inputs("any", "duplicate", batch.duplicates)
        for delivery, refusal in batch.letters:
            self.metrics.dead_letter(delivery.record.topic, refusal.reason)
        outcomes = dict.fromkeys((delivery.identity for delivery, _ in batch.letters), "dead")
        outcomes |= dict.fromkeys((delivery.identity for delivery in batch.to_park), "parked")
        counts = Counter(
            (delivery.record.topic, outcomes.get(delivery.identity, "decided"))
            if outcomes
            else (delivery.record.topic, "decided")
            for delivery in deliveries
        )
        for (topic, outcome), count in counts.items():
            self.metrics.inputs(topic, outcome, count)
