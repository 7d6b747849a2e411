"""Chassis that break one promise each: the histories that find nothing in ours find all of them."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from services.chassis import audit, dead_letters, inbox, outbox, parking
from services.chassis.processor import Batch, Processor
from services.chassis.record import Record
from services.chassis.relay import Connect, Relay
from tests.delivery.protocol import sweep
from tests.delivery.protocol.broker import Broker, Sent
from tests.delivery.protocol.conftest import SERVICE, Stage
from tests.delivery.protocol.ledger import BrokenPromiseError
from tests.delivery.protocol.machine import Protocol
from tests.delivery.protocol.schedule import CURRENT, ConnectionProxy
from tests.delivery.protocol.world import World
from tests.delivery.till import TillWorkspace

MOST_HISTORIES = 400
_admit, _append, _parked = inbox.admit, outbox.append, parking.parked_records


class NoTransaction:
    """Begins and ends nothing: every statement is committed by itself."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        return None


class Autocommit(ConnectionProxy):
    """A connection whose transactions are none."""

    def transaction(self, **_options: object) -> Any:
        return NoTransaction()


async def another_connection() -> ConnectionProxy:
    operation = CURRENT.get()
    lent: ConnectionProxy = await operation.world.connections.lend(operation)
    return lent


async def admit_outside(
    _connection: asyncpg.Connection, ids: Sequence[UUID], lasting: Collection[UUID] = ()
) -> set[UUID]:
    return await _admit(await another_connection(), ids, lasting)


async def admit_everything(
    connection: asyncpg.Connection, ids: Sequence[UUID], lasting: Collection[UUID] = ()
) -> set[UUID]:
    await _admit(connection, ids, lasting)
    return set(ids)


async def append_outside(_connection: asyncpg.Connection, records: Sequence[Any]) -> None:
    await _append(await another_connection(), records)


async def append_in_any_order(connection: asyncpg.Connection, records: Sequence[Any]) -> None:
    await _append(connection, list(reversed(records)))


async def nothing_blocked(_connection: asyncpg.Connection, _lanes: Iterable[str]) -> set[str]:
    return set()


async def parked_backwards(*arguments: Any) -> tuple[list[parking.Parked], set[str]]:
    parked, left = await _parked(*arguments)
    return list(reversed(parked)), left


async def nothing(*_: Any) -> None:
    return None


class CommitsOffsetsFirst(Processor):
    """A consumer that says a batch is done before it is."""

    async def process(self, records: Sequence[Record]) -> Batch:
        operation = CURRENT.get()
        ends = {(each.topic, each.partition): each.offset + 1 for each in records}
        operation.world.broker.commit(operation.instance, ends)
        return await super().process(records)


class CommitsBeforePublishing(Relay):
    """A relay whose deletion is committed by itself, before anything is sent."""

    def __init__(self, connect: Connect, *arguments: Any, **options: Any) -> None:
        async def connect_without_transactions() -> Any:
            await connect()
            operation = CURRENT.get()
            return Autocommit(operation.connections[-1], operation)

        super().__init__(connect_without_transactions, *arguments, **options)


class LandsBackwards(Broker):
    """A broker that turns what it is sent at once round."""

    def land(self, sent: Iterable[Sent]) -> None:
        for each in sent:
            for record in reversed(each.batch.records):
                self.append(each.place, *record)


def functions(module: Any, **instead: Any) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: patch.multiple(module, **instead)


def plain(stage: Stage) -> World:
    return stage.world()


def processing(kind: type[Processor]) -> Callable[[Stage], World]:
    return lambda stage: World(stage.connections, SERVICE, processor=kind)


def relaying(stage: Stage) -> World:
    return World(stage.connections, SERVICE, relay=CommitsBeforePublishing)


async def write_over(connection: asyncpg.Connection, work: TillWorkspace) -> None:
    for key, total in work.totals.changed().items():
        await connection.execute(
            "insert into till values ($1, $2, $3) "
            "on conflict (key) do update set number = excluded.number, cents = excluded.cents",
            key,
            total.number,
            total.cents,
        )


def writing_over(stage: Stage) -> World:
    return World(stage.connections, replace(SERVICE, save=write_over))


def landing_backwards(stage: Stage) -> World:
    world = stage.world()
    world.broker = LandsBackwards(owner=world.broker.owner, committed=world.broker.committed)
    return world


SABOTAGE: dict[str, tuple[Callable[[], AbstractContextManager[Any]], Callable[[Stage], World]]] = {
    "the inbox is written outside the transaction": (functions(inbox, admit=admit_outside), plain),
    "the inbox forgets": (functions(inbox, admit=admit_everything), plain),
    "the outbox is written outside the transaction": (
        functions(outbox, append=append_outside),
        plain,
    ),
    "the outbox is written in another order": (
        functions(outbox, append=append_in_any_order),
        plain,
    ),
    "a blocked lane is not looked at": (functions(parking, lock_blocked=nothing_blocked), plain),
    "what was parked comes back in another order": (
        functions(parking, parked_records=parked_backwards),
        plain,
    ),
    "what is parked is lost": (functions(parking, park=nothing), plain),
    "people's actions are not audited": (functions(audit, append=nothing), plain),
    "offsets are committed before the batch": (nullcontext, processing(CommitsOffsetsFirst)),
    "the broker turns a batch round": (nullcontext, landing_backwards),
}


@pytest.mark.parametrize("name", SABOTAGE)
def test_a_chassis_that_breaks_a_promise_is_found(stage: Stage, name: str) -> None:
    sabotaged, new_world = SABOTAGE[name]
    with sabotaged(), pytest.raises(BrokenPromiseError):
        run_state_machine_as_test(
            lambda: Protocol(stage.loop, lambda: new_world(stage)),  # type: ignore[arg-type]
            settings=settings(
                max_examples=MOST_HISTORIES,
                stateful_step_count=30,
                phases=[Phase.generate],
                derandomize=True,
                database=None,
                deadline=None,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_a_relay_that_commits_before_it_publishes_is_found(stage: Stage) -> None:
    with pytest.raises(BrokenPromiseError):
        stage.loop.run_until_complete(
            sweep.end_everywhere(lambda: relaying(stage), sweep.relay, "kill")
        )


def test_a_letter_that_stays_open_after_it_was_settled_is_found(stage: Stage) -> None:
    with patch.object(dead_letters, "settle", nothing), pytest.raises(BrokenPromiseError):
        stage.loop.run_until_complete(sweep.end_everywhere(stage.world, sweep.dismiss, "kill"))


def test_a_fault_that_does_harm_at_one_await_only_is_found_and_named(stage: Stage) -> None:
    with (
        functions(outbox, append=append_outside)(),
        pytest.raises(BrokenPromiseError) as found,
    ):
        stage.loop.run_until_complete(sweep.end_everywhere(stage.world, sweep.correct, "fault"))
    (place,) = found.value.__notes__
    assert re.fullmatch(r"fault at await \d+, committed", place)


def test_a_service_that_writes_over_a_row_that_it_did_not_find_is_found(stage: Stage) -> None:
    new = sweep.correct_what_is_new
    with pytest.raises(BrokenPromiseError):
        stage.loop.run_until_complete(sweep.cross_everywhere(lambda: writing_over(stage), new, new))
