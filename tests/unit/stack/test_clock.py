"""A stack's clock changes its pace and never goes back."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimstream.stack.clock import change_pace, keep_clock, stack_clock
from claimstream.stack.state import StateFolder
from services.chassis.clock import ScaledClock

OPENING = datetime(2026, 1, 5, 6, tzinfo=UTC)
RATES = st.integers(1, 20 * 86_400)
LOOK_S = 0.25


@given(old=RATES, new=RATES, since_s=st.integers(0, 600))
def test_a_process_that_looks_late_sees_no_time_twice(
    tmp_path_factory: pytest.TempPathFactory, old: int, new: int, since_s: int
) -> None:
    folder = StateFolder(tmp_path_factory.mktemp("clock"))
    before = ScaledClock(int(time.time()) - since_s, OPENING, old)
    keep_clock(folder, before)
    late = before.now() + timedelta(seconds=old * LOOK_S)
    change_pace(folder, new)
    after = ScaledClock.parse((folder.path / "clock").read_text(encoding="utf-8").strip())
    assert after.rate == new
    looked_at = time.time() + LOOK_S
    shown = after.at(int(looked_at)) + timedelta(seconds=looked_at % 1 * new)
    assert shown >= late


def test_a_stack_goes_on_in_its_own_time_at_the_new_pace(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path)
    keep_clock(folder, ScaledClock(int(time.time()), OPENING, 1))
    change_pace(folder, 86_400)
    assert OPENING <= stack_clock(tmp_path).now() < OPENING.replace(month=3)
