"""Fixtures that every test may ask for, and how tests run wherever they run."""

import os

import psutil
import pytest
from hypothesis import settings
from xdist.remote import Producer  # type: ignore[import-untyped,unused-ignore]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped,unused-ignore]

pytest_plugins = ("tests.fixtures.kafka", "tests.fixtures.postgres")

settings.register_profile("claimstream", deadline=None)
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("CLAIMSTREAM_HYPOTHESIS_PROFILE", "claimstream"))

_ON_ONE_STACK = "tests/e2e"
_ON_ITS_OWN = "tests/e2e/test_chaos.py"
_LONGEST_FIRST = ("delivery", "e2e", "integration", "bench", "contract", "poison", "fuzz")
"""Folders whose tests wait for servers and processes most of their time."""

_WORKER_BYTES = 700 * 1024 * 1024
"""What a worker takes, with what it starts."""


class OneStack(LoadScopeScheduling):  # type: ignore[misc,unused-ignore]
    """Modules go to whichever worker is free; those on the one stack all to the same, in order."""

    def _split_scope(self, nodeid: str) -> str:
        module: str = nodeid.partition("::")[0]
        shared = module.startswith(f"{_ON_ONE_STACK}/") and module != _ON_ITS_OWN
        return _ON_ONE_STACK if shared else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneStack | None:
    """Used wherever workers are asked for without saying how tests are dealt out to them."""
    if config.getvalue("dist") != "load":
        return None
    config.option.loadscopereorder = False
    return OneStack(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores, as many tests wait; fewer where memory is short."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    room = psutil.virtual_memory().available // _WORKER_BYTES
    return max(1, min((cores or 1) * 3 // 2, room))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let workers begin with what takes longest: the one stack, then what waits."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    module = item.nodeid.partition("::")[0]
    folder = module.split("/")[1]
    if folder == "e2e" and module != _ON_ITS_OWN:
        return -1
    return _LONGEST_FIRST.index(folder) if folder in _LONGEST_FIRST else len(_LONGEST_FIRST)
