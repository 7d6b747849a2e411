"""Nobody is called silent before the answers that lay there at the start are read."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from services.payer_gateway import app
from services.payer_gateway.app import Traffic, once_answers_are_read
from services.payer_gateway.partners import load_partners
from services.payer_gateway.settings import GatewaySettings

HOUR = 3_600


async def begun_after(traffic: Traffic, looks: Sequence[int]) -> int | None:
    """After how many looks, each with what it found, the judging begins; None where it does not."""
    begun = asyncio.Event()

    async def judge(_: Any) -> None:
        begun.set()

    async def pause(_: int) -> None:
        await asyncio.sleep(0)

    runtime: Any = SimpleNamespace(stopping=asyncio.Event(), pause=pause)
    waiting = asyncio.create_task(once_answers_are_read(runtime, traffic=traffic, task=judge))
    for number, files in enumerate(looks, 1):
        traffic.received(files)
        for _ in range(3):
            await asyncio.sleep(0)
        if begun.is_set():
            await waiting
            return number
    runtime.stopping.set()
    await waiting
    assert not begun.is_set()
    return None


@pytest.mark.parametrize(
    ("looks", "begins"),
    [
        ([0, 0, 0], 3),
        ([0, 2, 1, 0, 0, 3, 0, 0, 0, 0], 9),
        ([0, 0, 1, 0, 0, 1, 0, 0], None),
        ([], None),
    ],
)
async def test_it_begins_once_a_few_looks_at_the_folders_found_nothing(
    looks: list[int], begins: int | None
) -> None:
    assert await begun_after(Traffic(), looks) == begins


async def test_files_that_are_sent_are_no_answers() -> None:
    traffic = Traffic()
    traffic.received(0)
    traffic.note(5)
    assert await begun_after(traffic, [0, 0]) == 2


async def test_where_answers_have_no_end_it_begins_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100]
    monkeypatch.setattr(app, "monotonic", lambda: clock[-1])
    traffic = Traffic()
    clock.append(100 + HOUR - 1)
    assert await begun_after(traffic, [1, 1]) is None
    clock.append(100 + HOUR)
    assert await begun_after(traffic, [1]) == 1


def test_the_gateway_watches_its_files_no_sooner() -> None:
    service = app.service_for(load_partners(None), GatewaySettings())
    tasks: list[Any] = list(service.background)
    (judging,) = [task for task in tasks if task.func is once_answers_are_read]
    assert judging.keywords["task"].func is app.watch_files
    assert app.watch_files not in [task.func for task in tasks]
