"""Each thing that an instance does, ended at each of its awaits, and crossed there by another."""

from typing import Literal

import pytest

from tests.delivery.protocol import sweep
from tests.delivery.protocol.conftest import Stage

EACH: tuple[sweep.Start, ...] = (
    sweep.poll_what_is_new,
    sweep.poll_the_reference,
    sweep.poll_what_cannot_be_stored,
    sweep.poll_everything_again,
    sweep.retry,
    sweep.deadlines,
    sweep.correct,
    sweep.dismiss,
    sweep.repair,
    sweep.redrive_repaired,
    sweep.redrive,
    sweep.redrive_asked,
    sweep.relay,
)
PAIRS: tuple[tuple[sweep.Start, sweep.Start], ...] = (
    (sweep.poll_what_is_new, sweep.poll_everything_again),
    (sweep.poll_what_is_new, sweep.retry),
    (sweep.poll_the_reference, sweep.poll_what_is_new),
    (sweep.poll_what_is_new, sweep.poll_the_reference),
    (sweep.poll_what_is_new, sweep.correct),
    (sweep.poll_what_is_new, sweep.dismiss),
    (sweep.correct_again, sweep.correct_again),
    (sweep.correct_what_is_new, sweep.correct_what_is_new),
    (sweep.retry, sweep.retry),
    (sweep.retry, sweep.poll_what_is_new),
    (sweep.redrive, sweep.redrive),
    (sweep.redrive, sweep.retry),
    (sweep.redrive, sweep.poll_what_is_new),
    (sweep.redrive_asked, sweep.redrive_asked),
    (sweep.redrive_asked, sweep.redrive),
    (sweep.redrive_asked, sweep.retry),
    (sweep.redrive_asked, sweep.dismiss),
    (sweep.repair, sweep.redrive_repaired),
    (sweep.redrive_repaired, sweep.repair),
    (sweep.redrive_repaired, sweep.dismiss),
    (sweep.dismiss, sweep.dismiss),
    (sweep.dismiss, sweep.poll_what_is_new),
    (sweep.deadlines, sweep.deadlines),
    (sweep.relay, sweep.relay),
    (sweep.relay, sweep.poll_what_is_new),
)


@pytest.mark.parametrize("end", ["kill", "fault"])
@pytest.mark.parametrize("start", EACH, ids=lambda start: start.__name__)
def test_ended_at_any_await_nothing_is_lost_doubled_or_overtaken(
    stage: Stage, start: sweep.Start, end: Literal["kill", "fault"]
) -> None:
    work = sweep.end_everywhere(stage.world, start, end)
    assert stage.loop.run_until_complete(work) > 3


@pytest.mark.parametrize(
    ("first", "second"), PAIRS, ids=[f"{one.__name__}-{two.__name__}" for one, two in PAIRS]
)
def test_crossed_at_any_await_by_another_instance_nothing_is_lost_doubled_or_overtaken(
    stage: Stage, first: sweep.Start, second: sweep.Start
) -> None:
    work = sweep.cross_everywhere(stage.world, first, second)
    assert stage.loop.run_until_complete(work) > 3
