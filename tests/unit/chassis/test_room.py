"""What decides beside the consumer rests too while the outbox is full or the breaker is open."""

import asyncio
from typing import cast

import asyncpg
import pytest
import structlog

from services.chassis.background import Runtime
from services.chassis.health import Progress
from tests.support import LONG_ENOUGH_S, ManualClock


@pytest.mark.parametrize("held", ["tripped", "held_back"])
def test_nothing_may_be_decided_while_the_service_is_held(held: str) -> None:
    progress = Progress(60, assignment_held=True, database_answers=True)
    assert progress.may_decide
    setattr(progress, held, True)
    assert (progress.may_decide, progress.ready) == (False, False)


async def test_a_background_task_waits_for_room_and_ends_when_the_process_does() -> None:
    stopping, looks = asyncio.Event(), iter([True, False])
    runtime = Runtime(
        "till",
        cast(asyncpg.Pool, None),
        ManualClock(),
        stopping,
        structlog.get_logger(),
        lambda: None,
        lambda: next(looks, True),
    )
    async with asyncio.timeout(LONG_ENOUGH_S):
        await runtime.room()
        assert next(looks, None) is None
        waiting = asyncio.create_task(runtime.room())
        stopping.set()
        await waiting
