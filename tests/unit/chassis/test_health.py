"""What health says of a consumer, whatever it has been through."""

import pytest

from services.chassis import health
from services.chassis.health import Progress


class Time:
    """Both of the module's clocks, moved by hand; seconds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000_000
        monkeypatch.setattr(health, "monotonic", lambda: self.now)
        monkeypatch.setattr(health, "time", lambda: self.now)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


@pytest.fixture
def progress(time: Time) -> Progress:
    made = Progress(stalled_after=60)
    made.assigned()
    made.database_answers = True
    return made


def test_a_service_that_was_idle_for_hours_is_alive_when_an_event_comes(
    time: Time, progress: Progress
) -> None:
    progress.batch_ended(time.now * 1000)
    progress.observed(0)
    time.now += 7_200
    progress.observed(1)
    assert progress.alive
    assert progress.lag_seconds() == 0
    assert progress.state == "running"


def test_one_whose_events_wait_too_long_is_stalled(time: Time, progress: Progress) -> None:
    progress.observed(5)
    time.now += 61
    assert not progress.alive
    assert progress.state == "stalled"
    assert progress.lag_seconds() == 61


def test_one_that_was_given_no_partitions_yet_has_not_caught_up() -> None:
    joining = Progress(stalled_after=60)
    joining.observed(0)
    assert not joining.caught_up
    joining.assigned()
    assert not joining.caught_up
    joining.observed(3)
    assert not joining.caught_up
    joining.observed(0)
    joining.observed(3)
    assert joining.caught_up


def test_one_that_has_read_what_lay_there_has_caught_up_though_more_came(
    progress: Progress,
) -> None:
    progress.observed(3, has_caught_up=True)
    assert progress.caught_up


def test_lag_after_a_restart_is_the_age_of_what_is_in_hand(time: Time, progress: Progress) -> None:
    progress.observed(100)
    progress.batch_started((time.now - 3_600) * 1000)
    assert progress.lag_seconds() == 3_600


def test_a_batch_put_back_does_not_count_as_finished(time: Time, progress: Progress) -> None:
    progress.observed(5)
    for _ in range(7):
        time.now += 10
        progress.batch_ended(None)
    assert not progress.alive


def test_a_tripped_breaker_is_alive_and_not_ready(time: Time, progress: Progress) -> None:
    progress.observed(5)
    progress.tripped = True
    time.now += 3_600
    assert progress.alive
    assert not progress.ready
    assert progress.state == "stopped by its breaker"


def test_a_broker_that_does_not_answer_is_said(progress: Progress) -> None:
    progress.broker_answers = False
    assert not progress.ready
    assert progress.state == "broker unreachable"


def test_one_that_never_joins_its_group_is_not_alive_for_ever(
    time: Time, progress: Progress
) -> None:
    progress.unassigned()
    assert progress.alive
    time.now += 61
    assert not progress.alive
