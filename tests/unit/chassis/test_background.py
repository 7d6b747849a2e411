"""A background task that fails is run again, ever less often."""

import asyncio
from typing import Any, cast

import pytest
import structlog

from services.chassis import background
from services.chassis.background import Runtime, keep_running
from services.chassis.metrics import Metrics


class Time:
    """The machine's clock, moved by pauses and by the tasks themselves; seconds."""

    def __init__(self) -> None:
        self.now = 1_000
        self.pauses: list[int] = []

    async def pause(self, seconds: int) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr(background, "monotonic", lambda: made.now)
    monkeypatch.setattr(Runtime, "pause", made.pause)
    return made


async def run(time: Time, lives: list[int]) -> None:
    """A task that fails after so many seconds, life after life, and then comes to its end."""
    left = iter(lives)

    async def task(_: Runtime) -> None:
        seconds = next(left, None)
        if seconds is not None:
            time.now += seconds
            raise ConnectionResetError

    nothing = cast("Any", None)
    runtime = Runtime(
        "till", nothing, nothing, asyncio.Event(), structlog.get_logger(), lambda: None
    )
    await keep_running(runtime, task, Metrics("till"))


async def test_one_that_fails_at_once_again_and_again_waits_ever_longer(time: Time) -> None:
    await run(time, [0] * 7)
    assert time.pauses == [1, 2, 4, 8, 10, 10, 10]


async def test_one_that_ran_for_a_minute_is_run_again_soon(time: Time) -> None:
    await run(time, [0, 0, 0, 60, 0])
    assert time.pauses == [1, 2, 4, 1, 2]


async def test_one_that_comes_to_its_end_is_not_run_again(time: Time) -> None:
    await run(time, [])
    assert time.pauses == []
