"""Records and waiting, for tests that drive a service."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import UUID

from schemas.envelope import encode
from schemas.event import Event
from schemas.event_id import root_event_id
from services.chassis.record import Record

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


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
    condition: Callable[[], Awaitable[bool]], *, within: int = 30, what: str = "the condition"
) -> None:
    """Return as soon as ``condition`` holds; fail when it does not hold in time."""
    deadline = monotonic() + within
    while not await condition():
        if monotonic() > deadline:
            raise AssertionError(f"{what} did not come about within {within} s")
        await asyncio.sleep(0.02)


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
