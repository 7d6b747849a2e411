"""``claimstream dead-letters redrive | repair`` while the service runs: its own rules decide."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from threading import Event, Thread
from typing import Any

import asyncpg
import pytest

from claimstream.dead_letters.running import RunningService
from schemas.reference import PatientRegistered
from services.chassis import redrives, set_aside
from services.chassis.effects import Effects, Refused
from services.chassis.incoming import Incoming
from services.chassis.letter_desk import Person
from services.chassis.presence import Presence
from services.chassis.processor import Processor
from services.chassis.repair import Change
from services.chassis.service import Handler
from services.chassis.set_aside import Filter
from tests.delivery.test_dead_letter_commands import Office, office, the_patient
from tests.delivery.test_instances import TILLS, all_taken, process_of
from tests.delivery.test_traps import Bench, _is, bench
from tests.delivery.till import running, till_service
from tests.support import ManualClock, until

__all__ = ["bench", "office"]

REPAIR = ("--set", 'sex="F"', "--reason", "as on the card")
BY_ITSELF = "No instance of billing runs: this command decides, under its own settings.\n"


def refuses(_work: Any, _incoming: Incoming[Any], _now: datetime) -> Effects:
    raise Refused("not_yet", "the service was started to take no patients")


@contextmanager
def billing_runs(office: Office, rule: Handler[Any] | None = None) -> Iterator[None]:
    """Billing does what is asked of it; with ``rule`` it decides patients by that."""
    own = import_module("services.billing.app").service()
    if rule is not None:
        own = replace(own, handlers={**own.handlers, PatientRegistered: rule})
    present, ended = Event(), Event()

    async def works() -> None:
        pool = await asyncpg.create_pool(office.urls["billing"], min_size=1, max_size=2)
        processor = Processor(own, pool, ManualClock())
        async with pool.acquire() as connection:
            await Presence("1").say(connection, "running")
        present.set()
        while not ended.is_set():
            await redrives.do_next(processor.desk, pool)
            await asyncio.sleep(0.01)
        await pool.close()

    thread = Thread(target=lambda: asyncio.run(works()))
    thread.start()
    try:
        present.wait()
        yield
    finally:
        ended.set()
        thread.join()


def test_a_letter_is_decided_by_the_rules_of_the_service_and_not_of_the_command(
    office: Office,
) -> None:
    letter = the_patient(office)
    assert office.say("repair", letter, *REPAIR).exit_code == 0
    with billing_runs(office, refuses):
        dry = office.say("redrive", letter, "--dry-run")
        done = office.say("redrive", letter)
    assert "It would be refused again: not_yet" in dry.stderr
    assert (done.exit_code, "Refused again: not_yet" in done.stderr) == (1, True)
    assert BY_ITSELF not in done.stderr
    acted = office.fetchval("select details from delivery.audit where action = 'redrive'")
    assert '"outcome":"refused"' in acted


def test_a_copy_that_the_service_would_refuse_is_not_kept(office: Office) -> None:
    letter = the_patient(office)
    with billing_runs(office, refuses):
        done = office.say("repair", letter, *REPAIR)
        assert (done.exit_code, "refused: not_yet" in done.stdout) == (1, True), done.output
        assert office.fetchval("select count(*) from delivery.dead_letter_repair") == 0
        assert office.say("repair", letter, *REPAIR, "--anyway").exit_code == 0
    assert office.fetchval("select count(*) from delivery.dead_letter_repair") == 1


def test_many_are_redriven_by_the_service_with_what_came_of_each(office: Office) -> None:
    with billing_runs(office):
        assert office.say("repair", the_patient(office), *REPAIR).exit_code == 0
        done = office.say("redrive", "--all")
    assert "4 of 4 dead letters: 1 accepted, 3 refused again" in done.stdout
    assert "3 x encounter_unknown" in done.stdout
    assert office.fetchval("select count(*) from delivery.redrive") == 0


def test_where_no_instance_runs_the_command_decides_and_says_so(office: Office) -> None:
    letter = the_patient(office)
    assert office.say("repair", letter, *REPAIR).stderr == BY_ITSELF
    done = office.say("redrive", letter)
    assert (done.exit_code, done.stderr) == (0, BY_ITSELF)
    assert "Accepted" in done.stdout


def test_an_instance_that_ends_meanwhile_leaves_the_rest_and_the_same_command_goes_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def was_running(_pool: asyncpg.Pool) -> bool:
        return True

    monkeypatch.setattr("claimstream.dead_letters.running.STILL_WANTED_EVERY_SECONDS", 0)
    with monkeypatch.context() as a_moment_ago:
        a_moment_ago.setattr("claimstream.commands.dead_letter_work.is_running", was_running)
        done = office.say("redrive", "--all")
    assert done.exit_code == 1
    assert "No instance of billing runs any more." in done.stdout
    assert "Stopped; 4 are left. The same command goes on." in done.stdout
    assert "4 of 4 dead letters" in office.say("redrive", "--all").stdout


async def test_redrives_asked_of_instances_that_are_killed_are_done_once_and_in_order(
    bench: Bench,
) -> None:
    for till in TILLS:
        await bench.send(till, 666)
        for number in range(1, 4):
            await bench.send(till, number, cents=1)
    pool = await asyncpg.create_pool(bench.url, min_size=1, max_size=2)
    async with pool, process_of(bench, "1") as first, process_of(bench, "2"):
        await until(
            lambda: _is(bench.fetchval("select count(*) from delivery.parked"), 3 * len(TILLS)),
            what="everything being set aside or parked",
        )
        async with pool.acquire() as connection:
            letters = await set_aside.letter_ids(connection, Filter())
        person = Person("ana", "operator")
        desk = Processor(till_service(bench.topics, bench.name), pool, ManualClock()).desk
        for letter in letters:
            await desk.repair(letter, [Change("number", "0")], person)
        service = RunningService(bench.name, pool, person, asyncio.Event())
        work = asyncio.create_task(service.redrive(letters, person))
        await first.kill()
        answers = await work
        await first.start()
        assert [(each.letter_id, each.outcome) for each in answers] == [
            (letter, "accepted") for letter in letters
        ]
        await all_taken(bench, len(TILLS) * (100 + 3))
    order = "select string_agg(subject, ' ' order by seq) from delivery.audit where action = $1"
    assert await bench.fetchval(order, "redrive") == " ".join(map(str, letters))
    assert [await bench.counted(till) for till in TILLS] == [[0, 1, 2, 3]] * len(TILLS)


async def test_an_instance_that_leaves_takes_its_name_away(bench: Bench) -> None:
    present = "select count(*) from delivery.instance"
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name):
        await until(lambda: _is(bench.fetchval(present), 1), what="an instance that says it runs")
    assert await bench.fetchval(present) == 0
