"""Records and waiting, for tests that drive a service or a process."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from schemas.envelope import encode
from schemas.event import Event
from schemas.event_id import root_event_id
from services.chassis.record import Record

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LONG_ENOUGH_S = 120
"""How long anything may take on a busy machine; no test waits so long where all is well."""


def record(
    event: Event,
    *,
    event_id: UUID | None = None,
    occurred_at: datetime = NOON,
    partition: int = 0,
    offset: int = 0,
) -> Record:
    """``event`` as a consumer would read it; the same event has the same id unless one is given."""
    made = encode(
        event,
        event_id=event_id or root_event_id(occurred_at, event.TOPIC, event.to_json().decode()),
        source="urn:test",
        occurred_at=occurred_at,
    )
    return Record(
        topic=made.topic,
        partition=partition,
        offset=offset,
        recorded_at=occurred_at,
        key=made.key,
        headers=made.headers,
        value=made.value,
    )


async def until(
    condition: Callable[[], Awaitable[bool]],
    *,
    within: int = LONG_ENOUGH_S,
    what: str = "the condition",
) -> None:
    """Return as soon as ``condition`` holds; fail when it does not hold in time."""
    deadline = time.monotonic() + within
    while not await condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about within {within} s")
        await asyncio.sleep(0.02)


def wait_for(condition: Callable[[], bool], what: str = "the condition") -> None:
    """``until`` for a test that is no coroutine, and waits for a process."""
    deadline = time.monotonic() + LONG_ENOUGH_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come about within {LONG_ENOUGH_S} s")
        time.sleep(0.01)


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime = NOON) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> None:
        self._now += by

    async def sleep_until(self, instant: datetime) -> None:
        async def reached() -> bool:
            return self._now >= instant

        await until(reached)
