"""One stack for all end-to-end tests of a session, in one worker, in an order that makes sense.

A quiet run comes first; then bad input, kills and what they leave behind are looked at on the same
stack; what is broken on purpose comes last, since it stays broken.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from claimstream.demo.run import Demo, DemoOptions
from claimstream.stack.control import Stack
from claimstream.stack.state import (
    KAFKA_VARIABLE,
    SERVICES,
    STATE_VARIABLE,
    StateFolder,
    database_variable,
)
from services.chassis.clock import ENVIRONMENT_VARIABLE
from tests.e2e.world import World

ORDER = (
    "test_chaos",
    "test_small_run",
    "test_commands",
    "test_bad_records",
    "test_mended_records",
    "test_bad_files",
    "test_kills",
    "test_private_data",
    "test_broken_on_purpose",
)
_OWN_FOLDER = Path(__file__).parent
_LIMIT_S = 600

ENCOUNTERS = 70
SEED = 11
DAYS_A_SECOND = 3
REFERENCE_LIMIT_DAYS = 20
"""In quick time a busy machine needs days for what else takes it a moment."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the end-to-end tests last, in their order, and give each the time that it may need."""
    mine = [item for item in items if item.path.parent == _OWN_FOLDER]
    for item in mine:
        item.add_marker(pytest.mark.timeout(_LIMIT_S))
    others = [item for item in items if item.path.parent != _OWN_FOLDER]
    mine.sort(key=lambda item: ORDER.index(item.path.stem))
    items[:] = [*others, *mine]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A stack through which a seeded EHR's encounters have gone, and which is still up.

    Its patients have paid; time has slowed down to the machine's own. It has servers of its own,
    which can be killed, whatever servers other tests were given.
    """
    with pytest.MonkeyPatch.context() as environment:
        for name in (KAFKA_VARIABLE, STATE_VARIABLE, *map(database_variable, SERVICES)):
            environment.delenv(name, raising=False)
        environment.delenv(ENVIRONMENT_VARIABLE, raising=False)
        yield from _world(tmp_path_factory)


def _world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = StateFolder(tmp_path_factory.mktemp("e2e") / "state")
    stack = Stack(folder, {"CLAIMSTREAM_REFERENCE_LIMIT": f"P{REFERENCE_LIMIT_DAYS}D"})
    options = DemoOptions(encounters=ENCOUNTERS, seed=SEED, speed=DAYS_A_SECOND)
    demo = Demo(stack, options, lambda *_: None)
    demo.prepare()
    addresses = stack.start(tethered=True)
    try:
        with ThreadPoolExecutor(1) as apart:
            apart.submit(asyncio.run, demo.run(addresses)).result()
        yield World(stack)
    finally:
        stack.stop()
        stack.wipe()
