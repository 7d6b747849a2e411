"""Publishing to a broker that falls silent ends with a sentence; a slow one is waited for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from simulators.ehr import publisher
from simulators.ehr.clinic.schedule import FIRST_DAY, generate
from simulators.ehr.publisher import BrokerSilentError, PublishReport, publish


class Broker:
    """Acknowledges ``answers`` records, each after a while, and then nothing more."""

    def __init__(self, answers: int) -> None:
        self._left = answers

    async def send(self, *_: Any, **__: Any) -> asyncio.Future[None]:
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._left:
            self._left -= 1
            asyncio.get_running_loop().call_later(0.02, acknowledged.set_result, None)
        return acknowledged


async def published(answers: int, monkeypatch: pytest.MonkeyPatch) -> PublishReport:
    @asynccontextmanager
    async def of_ours(*_: str) -> AsyncIterator[Broker]:
        yield Broker(answers)

    monkeypatch.setattr(publisher, "producer_for", of_ours)
    monkeypatch.setattr(publisher, "SILENT_SECONDS", 0.2)
    monkeypatch.setattr(publisher, "LOOK_SECONDS", 0.01)
    report = PublishReport()
    await publish(generate(2, 7, FIRST_DAY, 10), "kafka:9092", report, rate=200)
    return report


@pytest.mark.parametrize("answers", [0, 3])
async def test_a_broker_that_acknowledges_nothing_any_more_is_told_and_not_waited_for(
    answers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BrokerSilentError, match="kafka:9092 acknowledges nothing any more"):
        await published(answers, monkeypatch)


async def test_a_broker_that_is_slow_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await published(1_000, monkeypatch)).total > 2
