"""Fixtures that every test may ask for, and how tests run wherever they run."""

import pytest
from hypothesis import settings

pytest_plugins = ("tests.fixtures.kafka", "tests.fixtures.postgres")

settings.register_profile("claimstream", deadline=None)
settings.load_profile("claimstream")


def pytest_configure(config: pytest.Config) -> None:
    """Keep tests of one ``xdist_group`` in one worker, however workers were asked for."""
    if getattr(config.option, "dist", "no") == "load":
        config.option.dist = "loadgroup"
