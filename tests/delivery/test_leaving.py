"""A service that is told to end does so in time, whatever its group or its broker waits for."""

import asyncio
import signal
from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition

from services.chassis.consumer import _Rebalance
from tests.delivery.test_instances import (
    NEVER_MIND_S,
    TILLS,
    all_taken,
    in_order,
    ours,
    process_of,
    send,
)
from tests.delivery.test_instances import Assignments as _Assignments
from tests.delivery.test_traps import Bench, bench

__all__ = ["bench"]

IN_TIME_S = 40
"""A drain of one second a step takes a few; the group's own wait would be a minute."""

PATIENT = {"session_timeout_seconds": NEVER_MIND_S, "drain_seconds": 1}


@pytest.fixture
def taken_away(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once the group takes partitions from an instance of this process, to share them anew."""
    seen = asyncio.Event()
    whole = _Rebalance.on_partitions_revoked

    async def noting(listener: _Rebalance, revoked: Sequence[TopicPartition]) -> None:
        await whole(listener, revoked)
        if revoked:
            seen.set()

    monkeypatch.setattr(_Rebalance, "on_partitions_revoked", noting)
    return seen


async def test_members_that_stop_while_their_group_waits_for_a_dead_one_end_in_time(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, taken_away: asyncio.Event
) -> None:
    assignments = _Assignments(monkeypatch)
    first = ours(bench, "1", **PATIENT)
    await first.__aenter__()
    async with process_of(bench, "2", **PATIENT) as dead:
        await assignments.newest(4)
        await send(bench, 1, 6)
        await all_taken(bench, 5 * len(TILLS))
        taken_away.clear()
        await dead.kill()
    async with process_of(bench, "3", **PATIENT) as joining:
        async with asyncio.timeout(IN_TIME_S):
            await taken_away.wait()
        async with asyncio.timeout(IN_TIME_S):
            await first.__aexit__(None, None, None)
        async with asyncio.timeout(IN_TIME_S):
            await joining.kill(signal.SIGTERM)
    assert await bench.fetchval("select count(*) from delivery.outbox") == 0
    assert await in_order(bench, 5)
