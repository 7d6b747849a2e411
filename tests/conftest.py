"""Fixtures that every test may ask for, and how tests run wherever they run."""

import os

import pytest
from hypothesis import settings
from xdist.remote import Producer  # type: ignore[import-untyped,unused-ignore]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped,unused-ignore]

pytest_plugins = ("tests.fixtures.kafka", "tests.fixtures.postgres")

settings.register_profile("claimstream", deadline=None)
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile(os.environ.get("CLAIMSTREAM_HYPOTHESIS_PROFILE", "claimstream"))

_ON_ONE_STACK = "tests/e2e"


class OneStack(LoadScopeScheduling):  # type: ignore[misc,unused-ignore]
    """Modules go to whichever worker is free; those on the one stack all to the same, in order."""

    def _split_scope(self, nodeid: str) -> str:
        module: str = nodeid.partition("::")[0]
        return _ON_ONE_STACK if module.startswith(f"{_ON_ONE_STACK}/") else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneStack | None:
    """Used wherever workers are asked for without saying how tests are dealt out to them."""
    return OneStack(config, log) if config.getvalue("dist") == "load" else None
