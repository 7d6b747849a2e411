"""Counted services, on databases of a test's own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from services.chassis.service import Service
from tests.bench.statements import CountedService
from tests.fixtures.postgres import MakeDatabase

Start = Callable[[Service[Any]], Awaitable[CountedService]]


@pytest.fixture
async def start(make_database: MakeDatabase) -> AsyncIterator[Start]:
    """Starts a counted service on an empty database; it is stopped after the test."""
    started: list[CountedService] = []

    async def begin(service: Service[Any]) -> CountedService:
        counted = CountedService(service, await make_database())
        await counted.start()
        started.append(counted)
        return counted

    yield begin
    for counted in started:
        await counted.stop()
