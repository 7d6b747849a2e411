"""Deadlines that passed while a service stood still are decided on what was said meanwhile."""

import asyncpg
import pytest

from services.chassis import abreast
from services.chassis.abreast import CATCHING_UP, Abreast
from services.chassis.health import Progress
from services.chassis.presence import Presence, present
from tests.delivery.test_traps import Bench, _is, bench
from tests.delivery.till import running
from tests.support import until

__all__ = ["bench"]

CLOSES = 99
"""A deposit of this number has its till closed a day later: nothing is left in it."""


@pytest.fixture
def progress() -> Progress:
    made = Progress(stalled_after=60)
    made.database_answers = True
    return made


def read_everything(progress: Progress) -> None:
    progress.assigned()
    progress.observed(0)


async def test_one_that_has_not_read_what_lay_there_is_not_abreast(
    pool: asyncpg.Pool, progress: Progress
) -> None:
    here = Abreast(pool, progress, "1")
    assert not await here.is_so()
    progress.assigned()
    progress.observed(7)
    assert (await here.is_so(), here.state) == (False, CATCHING_UP)
    progress.observed(0)
    assert (await here.is_so(), here.state) == (True, "running")
    progress.observed(7)
    assert await here.is_so(), "it is once for good"


async def test_it_waits_for_an_instance_that_reads_other_keys_and_for_none_that_is_gone(
    pool: asyncpg.Pool, progress: Progress
) -> None:
    read_everything(progress)
    here = Abreast(pool, progress, "1")
    other = Presence("2")
    async with pool.acquire() as connection:
        await Presence("1").say(connection, CATCHING_UP)
        await other.say(connection, CATCHING_UP)
        assert not await here.is_so()
        await other.say(connection, "running")
        assert await present(connection) == {"1": CATCHING_UP, "2": "running"}
        assert await here.is_so()
        there = Abreast(pool, progress, "3")
        assert not await there.is_so()
        await connection.execute("update delivery.instance set seen_at = now() - interval '11 s'")
        assert await there.is_so()


async def test_one_that_never_catches_up_keeps_its_deadlines_all_the_same(
    pool: asyncpg.Pool, progress: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1_000]
    monkeypatch.setattr(abreast, "monotonic", lambda: clock[-1])
    here = Abreast(pool, progress, "1")
    clock.append(1_000 + 3_600)
    assert not await here.is_so()
    clock.append(1_000 + 3_601)
    assert await here.is_so()


async def _closes_while_it_stands_still(bench: Bench) -> int:
    """A till's day is over, and deposits came, while the service was away; how many inputs."""
    await bench.send("A", CLOSES)
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await until(lambda: _is(bench.total("A"), 100))
    await bench.fetchval("update delivery.deadline set due_at = now() - interval '1 hour'")
    for number in range(1, 51):
        await bench.send("A", number)
    return 51


async def _has_caught_up(bench: Bench, inputs: int) -> None:
    await until(lambda: _is(bench.fetchval("select count(*) from delivery.inbox"), inputs))
    await until(lambda: _is(bench.fetchval("select count(*) from delivery.deadline"), 0))


async def test_a_running_service_reads_what_came_before_it_acts_on_what_passed(
    bench: Bench,
) -> None:
    inputs = await _closes_while_it_stands_still(bench)
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await _has_caught_up(bench, inputs)
        assert await bench.total("A") == 0


async def test_one_whose_deadlines_opened_its_breaker_reads_on_once_they_no_longer_would(
    bench: Bench,
) -> None:
    inputs = await _closes_while_it_stands_still(bench)
    await bench.fetchval(
        "insert into delivery.breaker (instance, opened_at, inputs, dead, keys, cause, opened_by) "
        "values ('1', now(), 1000, 900, 60, 'rule_failed: KeyError', 'deadlines')"
    )
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await _has_caught_up(bench, inputs)
        assert await bench.total("A") == 0


async def test_one_that_is_never_done_with_reading_acts_once_it_has_read_what_lay_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = await _closes_while_it_stands_still(bench)
    observed = Progress.observed

    def as_if_more_had_come(
        progress: Progress, lag_events: int, *, has_caught_up: bool = False
    ) -> None:
        observed(progress, lag_events + 1, has_caught_up=has_caught_up)

    monkeypatch.setattr(Progress, "observed", as_if_more_had_come)
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await _has_caught_up(bench, inputs)
        assert await bench.total("A") == 0
