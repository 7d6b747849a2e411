"""What is forgotten for good is not forgotten by a clock that is wrong for a day."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis import clock
from services.chassis.clock import SteadyClock
from tests.support import NOON, ManualClock

MINUTE, DAY, WEEKS = timedelta(minutes=1), timedelta(days=1), timedelta(days=40)


class Time:
    """A machine's clock, which is set now and then, and the time that passes in any case."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.wall = ManualClock()
        self.passed = 5_000.0
        monkeypatch.setattr(clock, "monotonic", lambda: self.passed)
        self.steady = SteadyClock(self.wall)

    def pass_(self, by: timedelta) -> None:
        self.wall.advance(by)
        self.passed += by.total_seconds()

    def shows(self) -> timedelta:
        """How far the steady clock has come since noon, to the hour."""
        return timedelta(hours=round((self.steady.now() - NOON) / timedelta(hours=1)))


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


def test_a_leap_of_weeks_that_is_taken_back_within_a_day_never_was(time: Time) -> None:
    time.pass_(DAY)
    time.wall.advance(WEEKS)
    assert time.shows() == DAY
    time.pass_(DAY)
    assert time.shows() == 2 * DAY
    time.wall.advance(-WEEKS)
    time.pass_(DAY)
    assert time.shows() == 3 * DAY


def test_a_leap_that_lasts_is_believed(time: Time) -> None:
    time.wall.advance(WEEKS)
    assert time.shows() == timedelta()
    time.pass_(2 * DAY - MINUTE)
    assert time.shows() == 2 * DAY
    time.pass_(2 * MINUTE)
    assert time.shows() == WEEKS + 2 * DAY


def test_a_clock_that_was_set_back_is_believed_at_once(time: Time) -> None:
    time.wall.advance(-WEEKS)
    assert time.shows() == -WEEKS


@given(st.lists(st.integers(-3, 3).map(lambda seconds: timedelta(seconds=seconds)), max_size=40))
def test_a_clock_that_is_put_right_by_seconds_is_followed(nudges: list[timedelta]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        time = Time(patch)
        for nudge in nudges:
            time.pass_(timedelta(hours=7))
            time.wall.advance(nudge)
            shown = time.steady.now()
            assert time.wall.now() - 3 * MINUTE <= shown <= time.wall.now() + MINUTE
