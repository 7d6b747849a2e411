"""The breaker against a real broker: it stops a service, loses nothing, and lets it go on."""

from pathlib import Path
from typing import Any

import asyncpg

from services.chassis.breaker import resume
from tests.delivery import test_traps
from tests.delivery.test_traps import Bench, _answer, _body, _is
from tests.delivery.till import running
from tests.support import NOON, until

bench = test_traps.bench

SMALL: dict[str, Any] = {
    "batch_records": 10,
    "breaker_window": 20,
    "breaker_least_keys": 10,
    "breaker_percent": 50,
}
DEAD = "select count(*) from delivery.dead_letter"
TAKEN = "select count(*) from delivery.inbox"


def service(bench: Bench, port_file: Path) -> Any:
    return running(
        bench.topics,
        bench.bootstrap,
        bench.url,
        name=bench.name,
        port_file=str(port_file),
        **SMALL,
    )


async def stopped(port_file: Path) -> bool:
    return await _answer(port_file, "/health/ready") == 503 and (
        "stopped by its breaker" in await _body(port_file, "/health/ready")
    )


async def number(bench: Bench, query: str) -> int:
    return int(str(await bench.fetchval(query)))


async def trip(bench: Bench, port_file: Path) -> None:
    """A constraint that no deposit fits stands for a bad release: all that comes is set aside."""
    await bench.fetchval("alter table till add constraint bad_release check (cents < 0)")
    for each in range(60):
        await bench.send(f"K{each}", 1)
    await until(lambda: stopped(port_file), what="the breaker opening")


async def test_a_service_that_sets_most_aside_stops_says_so_and_goes_on_by_itself_once_mended(
    bench: Bench,
    tmp_path: Path,
) -> None:
    port_file = tmp_path / "port"
    async with service(bench, port_file):
        await trip(bench, port_file)
        assert await _answer(port_file, "/health/live") == 200, "a restart would not help"
        gauge = 'claimstream_breaker_open{service="' + bench.name + '"} 1.0'
        assert gauge in await _body(port_file, "/metrics")
        row = await bench.fetchval("select cause from delivery.breaker where resumed_at is null")
        assert str(row).startswith("storage_refused")
        aside = await number(bench, DEAD)
        assert aside < 60
        await bench.fetchval("alter table till drop constraint bad_release")
        await until(lambda: _is(_answer(port_file, "/health/ready"), 200), what="going on")
        await until(lambda: _is(bench.fetchval(TAKEN), 60), what="all being read")
        assert await number(bench, DEAD) == aside, "nothing was set aside while it stood"
        assert await number(bench, "select count(*) from till") == 60 - aside
        assert await number(bench, "select count(*) from delivery.breaker") == 0


async def test_a_stopped_service_that_starts_again_unmended_sets_nothing_more_aside(
    bench: Bench,
    tmp_path: Path,
) -> None:
    async with service(bench, tmp_path / "port"):
        await trip(bench, tmp_path / "port")
        aside = await number(bench, DEAD)
    async with service(bench, tmp_path / "again"):
        await until(lambda: stopped(tmp_path / "again"), what="being stopped still")
        await until(lambda: _faults(tmp_path / "again"), what="a batch being tried and put back")
        assert await number(bench, DEAD) == aside
        await bench.fetchval("alter table till drop constraint bad_release")
        await until(lambda: _is(bench.fetchval(TAKEN), 60), what="all being read")
        assert await number(bench, DEAD) == aside


async def _faults(port_file: Path) -> bool:
    return "BreakerOpenError" in await _body(port_file, "/metrics")


async def test_a_person_may_let_it_go_on_as_it_is_and_all_of_it_is_kept(
    bench: Bench,
    tmp_path: Path,
) -> None:
    async with service(bench, tmp_path / "port"):
        await trip(bench, tmp_path / "port")
        connection = await asyncpg.connect(bench.url)
        assert await resume(connection, None, NOON, 1000) == ["1"]
        await connection.close()
        await until(lambda: _is(bench.fetchval(DEAD), 60), what="all being set aside")
        await until(lambda: _is(_answer(tmp_path / "port", "/health/ready"), 200), what="ready")


async def test_one_bad_key_does_not_stop_a_service_however_often_it_comes(
    bench: Bench,
    tmp_path: Path,
) -> None:
    for each in range(1, 61):
        await bench.send("BAD", each, cents=-1)
    await bench.send("GOOD", 1)
    async with service(bench, tmp_path / "port"):
        await until(lambda: _is(bench.fetchval(TAKEN), 61), what="all being read")
        assert await _answer(tmp_path / "port", "/health/ready") == 200
    assert await number(bench, DEAD) == 1
    assert await bench.total("GOOD") == 100


async def test_records_without_a_key_are_not_taken_for_one_bad_key(
    bench: Bench,
    tmp_path: Path,
) -> None:
    for each in range(60):
        await bench.send(f"K{each}", 1, key=None)
    async with service(bench, tmp_path / "port"):
        await until(lambda: stopped(tmp_path / "port"), what="the breaker opening")
    assert await number(bench, DEAD) < 60


async def test_deadlines_that_are_all_refused_stop_a_service_until_they_would_be_accepted(
    bench: Bench,
    tmp_path: Path,
) -> None:
    port_file = tmp_path / "port"
    await bench.fetchval("alter table till add constraint bad_release check (cents > 0)")
    await bench.fetchval(
        "insert into delivery.deadline (id, kind, practice_id, key, due_at, payload) "
        "select gen_random_uuid(), 'close', 'P1', 'K' || n, now(), '{}' "
        "from generate_series(1, 60) n"
    )
    async with service(bench, port_file):
        await until(lambda: stopped(port_file), what="the breaker opening")
        await bench.send("A", 1)
        await until(lambda: _faults(port_file), what="a batch being put back")
        assert await number(bench, DEAD) == SMALL["breaker_least_keys"]
        await bench.fetchval("alter table till drop constraint bad_release")
        await until(lambda: _is(bench.fetchval(TAKEN), 1), what="reading going on")
        await until(lambda: _is(bench.fetchval("select count(*) from delivery.deadline"), 0))
        assert await _answer(port_file, "/health/ready") == 200
    assert await number(bench, DEAD) == SMALL["breaker_least_keys"]
    assert await number(bench, "select count(*) from till") == 51
