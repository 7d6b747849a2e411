"""A process that froze in the middle of something does not keep others from it."""

import asyncio
from functools import partial
from uuid import uuid4

import asyncpg
import pytest
import structlog

from services.chassis import inbox, migrate, runtime
from services.chassis.runtime import connect_pool, migrated, never_silent
from services.chassis.settings import ChassisSettings
from tests.delivery.till import (
    MIGRATIONS,
    Counted,
    Deposit,
    Opened,
    Topics,
    prepare,
    till_service,
)
from tests.fixtures.postgres import MakeDatabase
from tests.support import LONG_ENOUGH_S, ManualClock

SETTINGS = ChassisSettings(
    kafka_bootstrap="nowhere:1", slowest_batch_seconds=1, statement_timeout_seconds=1
)


async def test_the_inputs_of_a_batch_that_stands_still_are_anothers_in_the_end(
    make_database: MakeDatabase,
) -> None:
    url = await make_database("till", prepare)
    pool = await connect_pool(url, SETTINGS)
    other = await asyncpg.connect(url)
    event_id = uuid4()
    try:
        frozen = await pool.acquire()
        await frozen.execute("begin")
        await inbox.admit(frozen, [event_id])
        async with asyncio.timeout(LONG_ENOUGH_S):
            assert await inbox.admit(other, [event_id]) == {event_id}
    finally:
        await other.close()
        pool.terminate()


async def test_the_shards_of_a_relay_that_says_nothing_are_anothers_in_the_end(
    make_database: MakeDatabase,
) -> None:
    url = await make_database("till", prepare)
    silent = await asyncpg.connect(url, server_settings=never_silent(SETTINGS, 1))
    other = await asyncpg.connect(url)
    try:
        await silent.execute("select pg_advisory_lock(1, 0)")
        async with asyncio.timeout(LONG_ENOUGH_S):
            await other.execute("select pg_advisory_lock(1, 0)")
    finally:
        await other.close()
        silent.terminate()


async def test_who_freezes_while_it_migrates_keeps_nobody_from_starting(
    make_database: MakeDatabase,
) -> None:
    url = await make_database("till", prepare)
    frozen = await asyncpg.connect(url, server_settings=never_silent(SETTINGS, 1))
    try:
        await frozen.execute("select pg_advisory_lock($1)", migrate._LOCK)
        async with asyncio.timeout(LONG_ENOUGH_S):
            assert await migrated(url, MIGRATIONS, SETTINGS) == []
    finally:
        frozen.terminate()


async def test_a_service_whose_database_says_nothing_for_some_seconds_is_not_ready_until_it_does(
    make_database: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "_ANSWERS_WITHIN_SECONDS", 0.2)
    url = await make_database("till", prepare)
    settings = ChassisSettings(kafka_bootstrap="nowhere:1")
    pool = await connect_pool(url, settings)
    other = await asyncpg.connect(url)
    process = runtime.ServiceProcess(
        till_service(Topics(Deposit, Opened, Counted)),
        pool,
        settings,
        ManualClock(),
        connect=partial(asyncpg.connect, url),
        log=structlog.get_logger(),
    )
    try:
        process.progress.assigned()
        await process._watch()
        assert process.progress.ready
        async with other.transaction():
            await other.execute("lock table delivery.outbox in access exclusive mode")
            await process._watch()
            await process._watch()
            assert process.progress.state == "database unreachable"
        await process._watch()
        assert process.progress.ready
    finally:
        await other.close()
        pool.terminate()
